"""Trains Keras's form of the recipes for the column "Keras, here" of docs/results.md.

On Fashion-MNIST, with Keras's own initial values and shuffling; not part of script/bench. Prints one JSON line for each
recipe: the measures on the 10,000 test images and the seconds of training alone.
"""

import argparse
import json
import os
import time
from pathlib import Path

import common
from workloads import ADAM_BETAS, ADAM_EPSILON, LEARNING_RATE, PIXELS


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipes", default=",".join(RECIPES), help="comma-separated")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, help="the recipe's own if not given")
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    options = parser.parse_args()
    options.recipes = options.recipes.split(",")
    unknown = set(options.recipes) - set(RECIPES)
    if unknown:
        parser.error(f"unknown recipes: {', '.join(sorted(unknown))}")
    return options


def dense(units, activation=None):
    return keras().layers.Dense(units, activation=activation)


def keras():
    """Imported late: `common.limit_threads` must come first."""
    import keras

    return keras


def optimizer(rate=LEARNING_RATE):
    return keras().optimizers.Adam(rate, *ADAM_BETAS, ADAM_EPSILON)


def chain(*layers):
    return keras().Sequential([keras().Input((PIXELS,)), *layers])


def autoencoder(encoder, decoder):
    """The model and its encoder."""
    model = keras().Sequential([keras().Input((PIXELS,)), encoder, decoder])
    return model, encoder


def plain(loss, epochs=10):
    def build(widths, activation="relu", code="linear"):
        def train(data, options):
            encoder = chain(*[dense(width, activation) for width in widths[:-1]], dense(widths[-1], code))
            decoder = keras().Sequential(
                [dense(width, activation) for width in reversed(widths[:-1])] + [dense(PIXELS, "sigmoid")]
            )
            model, _ = autoencoder(encoder, decoder)
            return fit(model, loss, data, data, epochs, options)

        return train

    return build


def fit(model, loss, inputs, targets, epochs, options, rate=LEARNING_RATE, callbacks=(), rates=None):
    model.compile(optimizer(rates or rate), loss)
    begun = time.monotonic()
    model.fit(
        inputs.train,
        targets.train,
        batch_size=128,
        epochs=options.epochs or epochs,
        verbose=0,
        callbacks=list(callbacks),
    )
    seconds = time.monotonic() - begun
    outputs = model.predict(inputs.test, batch_size=256, verbose=0)
    return {"mse": mean_square(outputs - targets.test), "seconds": seconds}


def mean_square(differences):
    import numpy

    return float(numpy.mean(numpy.square(differences, dtype=numpy.float64)))


class Data:
    def __init__(self, train, test):
        self.train, self.test = train, test


# Sparse and contractive


def activity(encoder, data):
    """The mean activation, and the share of activations above a hundredth."""
    codes = encoder.predict(data.test, batch_size=256, verbose=0)
    return {"mean_activation": float(codes.mean()), "active_share": float((codes > 0.01).mean())}


def penalized(activation, units, penalty):
    def train(data, options):
        k = keras()

        class Penalty(k.layers.Layer):
            def __init__(self, dense):
                super().__init__()
                self.dense = dense

            def call(self, code):
                self.add_loss(penalty(code, self.dense.kernel))
                return code

        hidden = dense(units, activation)
        encoder = chain(hidden)
        model = k.Sequential([k.Input((PIXELS,)), encoder, Penalty(hidden), dense(PIXELS, "sigmoid")])
        result = fit(model, "mse", data, data, 10, options)
        return result | activity(encoder, data)

    return train


def absolute_sum(code, kernel):
    ops = keras().ops
    return 1e-4 * ops.mean(ops.sum(ops.abs(code), axis=1))


def divergence(code, kernel):
    ops = keras().ops
    mean = ops.clip(ops.mean(code, axis=0), 1e-6, 1 - 1e-6)
    rho = 0.05
    return 1e-3 * ops.sum(rho * ops.log(rho / mean) + (1 - rho) * ops.log((1 - rho) / (1 - mean)))


def contraction(code, kernel):
    """The closed form for one sigmoid layer (Rifai et al. 2011)."""
    ops = keras().ops
    slopes = ops.square(code * (1 - code))
    return 1e-4 * ops.mean(ops.matmul(slopes, ops.sum(ops.square(kernel), axis=0)[:, None]))


# Others


def denoising(data, options):
    """Each pixel is lost with a probability of 0.3, anew in every epoch."""
    k = keras()

    class Masking(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.seeds = k.random.SeedGenerator(options.seed)

        def call(self, inputs):
            draws = k.random.uniform(k.ops.shape(inputs), seed=self.seeds)
            return inputs * k.ops.cast(draws >= 0.3, inputs.dtype)

    model = chain(
        Masking(), dense(256, "relu"), dense(64, "relu"), dense(256, "relu"), dense(PIXELS, "sigmoid")
    )
    return fit(model, "mse", data, data, 10, options)


def linear(data, options):
    steps = (options.epochs or 20) * ((len(data.train) + 127) // 128)
    rates = keras().optimizers.schedules.CosineDecay(0.002, steps, alpha=0.01)
    return fit(chain(dense(32), dense(PIXELS)), "mse", data, data, 20, options, rates=rates)


def stacked(data, options):
    """Greedy pretraining, three epochs a layer, then all layers together."""
    k = keras()
    widths, codes, encoders, decoders = [512, 128, 32], data, [], []
    seconds, below = 0.0, PIXELS
    for place, width in enumerate(widths):
        encoder = dense(width, "sigmoid" if place < 2 else None)
        decoder = dense(below, "sigmoid")
        model = k.Sequential([k.Input((below,)), encoder, decoder])
        seconds += fit(model, "mse", codes, codes, 3, options)["seconds"]
        codes = Data(*[k.ops.convert_to_numpy(encoder(part)) for part in (codes.train, codes.test)])
        encoders.append(encoder)
        decoders.insert(0, decoder)
        below = width
    result = fit(chain(*encoders, *decoders), "mse", data, data, 10, options)
    result["seconds"] += seconds
    return result


def variational(make_encoder, make_decoder, units, epochs, shape):
    def train(data, options):
        k = keras()
        ops = k.ops

        class Model(k.Model):
            def __init__(self):
                super().__init__()
                self.encoder, self.decoder = make_encoder(k), make_decoder(k)
                self.mean, self.log_variance = dense(units), dense(units)
                self.seeds = k.random.SeedGenerator(options.seed)
                self.weight = self.add_weight(shape=(), initializer="zeros", trainable=False)

            def divergence(self, mean, log_variance):
                return ops.mean(ops.sum(ops.square(mean) + ops.exp(log_variance) - 1 - log_variance, axis=1)) / 2

            def call(self, inputs):
                hidden = self.encoder(inputs)
                mean, log_variance = self.mean(hidden), self.log_variance(hidden)
                self.add_loss(self.weight * self.divergence(mean, log_variance))
                noise = k.random.normal(ops.shape(mean), seed=self.seeds)
                return self.decoder(mean + ops.exp(log_variance / 2) * noise)

        model = Model()
        images = Data(*[part.reshape(-1, *shape) for part in (data.train, data.test)])
        model(images.test[:2])
        batches = (len(data.train) + 127) // 128

        class WarmUp(k.callbacks.Callback):
            """The divergence's weight rises over two epochs."""

            count = 0

            def on_train_batch_begin(self, batch, logs=None):
                self.model.weight.assign(min(1.0, self.count / (2 * batches)))
                self.count += 1

        def nats(targets, outputs):
            losses = k.losses.binary_crossentropy(targets[..., None], outputs[..., None])
            return ops.sum(ops.reshape(losses, (-1, PIXELS)), axis=1)

        model.compile(optimizer(), nats)
        begun = time.monotonic()
        model.fit(
            images.train,
            images.train,
            batch_size=128,
            epochs=options.epochs or epochs,
            verbose=0,
            callbacks=[WarmUp()],
        )
        seconds = time.monotonic() - begun
        model.weight.assign(1.0)
        bound = model.evaluate(images.test, images.test, batch_size=250, verbose=0)
        hidden = model.encoder.predict(images.test, batch_size=250, verbose=0)
        code = model.divergence(model.mean(hidden), model.log_variance(hidden))
        outputs = model.predict(images.test, batch_size=250, verbose=0)
        return {
            "mse": mean_square(outputs - images.test),
            "elbo_nats": -float(bound),
            "divergence_nats": float(code),
            "seconds": seconds,
        }

    return train


def convolutional_encoder(k):
    convolution = lambda filters: k.layers.Conv2D(filters, 3, 2, padding="same", activation="relu")
    return k.Sequential([convolution(16), convolution(32), k.layers.Flatten(), dense(64, "relu")])


def convolutional_decoder(k):
    convolution = lambda filters: k.layers.Conv2DTranspose(filters, 3, 2, padding="same", activation="relu")
    return k.Sequential(
        [
            dense(7 * 7 * 32, "relu"),
            k.layers.Reshape((7, 7, 32)),
            convolution(32),
            convolution(16),
            k.layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
        ]
    )


RECIPES = {
    "undercomplete": plain("mae")([128, 32]),
    "sparse-l1": penalized("relu", 256, absolute_sum),
    "sparse-kl": penalized("sigmoid", 256, divergence),
    "contractive": penalized("sigmoid", 128, contraction),
    "denoising": denoising,
    "linear-pca": linear,
    "stacked": stacked,
    "fashion-codes": plain("mse")([256, 128, 32]),
    "fashion-plane": plain("mse")([256, 128, 2]),
    "vae": variational(
        lambda k: k.Sequential([dense(400, "relu")]),
        lambda k: k.Sequential([dense(400, "relu"), dense(PIXELS, "sigmoid")]),
        20,
        20,
        (PIXELS,),
    ),
    "vae-fashion": variational(convolutional_encoder, convolutional_decoder, 2, 15, (28, 28, 1)),
}


def main():
    options = parse_options()
    common.limit_threads(options.threads)
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    train, test = [
        common.read_fashion(options.data / f"{part}-images-idx3-ubyte.gz") for part in ("train", "t10k")
    ]
    data = Data(*[part.reshape(-1, PIXELS).astype("float32") / 255 for part in (train, test)])
    for name in options.recipes:
        keras().utils.set_random_seed(options.seed)
        result = {"recipe": name, "seed": options.seed} | RECIPES[name](data, options)
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
