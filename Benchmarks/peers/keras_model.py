"""The Keras form of the workloads. Import after `common.limit_threads`."""

import keras
from keras import ops

from workloads import (
    ADAM_BETAS,
    ADAM_EPSILON,
    CODE_DEPTH,
    KERNEL_SIDE,
    LEARNING_RATE,
    MODELS,
    PIXELS,
    images,
    is_convolutional,
    is_variational,
)


def keras_layer(layer):
    if layer.kind == "dense":
        return keras.layers.Dense(layer.width, activation=layer.activation)
    if layer.kind == "pool":
        return keras.layers.MaxPooling2D(2, padding="same")
    if layer.kind == "upsample":
        return keras.layers.UpSampling2D(2)
    kind = keras.layers.Conv2D if layer.kind == "conv" else keras.layers.Conv2DTranspose
    return kind(
        layer.width, KERNEL_SIDE, layer.stride, padding="same", activation=layer.activation
    )


class Variational(keras.Model):
    """Adds the divergence from a standard normal distribution to the loss, in nats a sample."""

    def __init__(self, layers, depth, seed):
        super().__init__()
        code = layers[depth - 1]
        self.encoder = keras.Sequential([keras_layer(layer) for layer in layers[: depth - 1]])
        self.mean = keras.layers.Dense(code.width)
        self.log_variance = keras.layers.Dense(code.width)
        self.decoder = keras.Sequential([keras_layer(layer) for layer in layers[depth:]])
        self.seeds = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        hidden = self.encoder(inputs)
        code, log_variance = self.mean(hidden), self.log_variance(hidden)
        divergence = ops.square(code) + ops.exp(log_variance) - 1 - log_variance
        self.add_loss(ops.mean(ops.sum(divergence, axis=1)) / 2)
        if training:
            noise = keras.random.normal(ops.shape(code), seed=self.seeds)
            code = code + ops.exp(log_variance / 2) * noise
        return self.decoder(code)


def summed_cross_entropy(targets, outputs):
    return PIXELS * keras.losses.binary_crossentropy(targets, outputs)


def build_model(workload, seed=1, **compile_options):
    """The model, compiled with the optimiser and loss of the benchmark."""
    layers, shape = MODELS[workload], images(workload)
    if is_convolutional(workload):
        inputs = keras.Input((shape.side, shape.side, shape.channels))
    else:
        inputs = keras.Input((shape.features,))
    if is_variational(workload):
        model = Variational(layers, CODE_DEPTH[workload], seed)
        model(inputs)
    else:
        model = keras.Sequential([inputs, *[keras_layer(layer) for layer in layers]])
    optimizer = keras.optimizers.Adam(LEARNING_RATE, *ADAM_BETAS, ADAM_EPSILON)
    loss = summed_cross_entropy if is_variational(workload) else "mse"
    model.compile(optimizer, loss, **compile_options)
    return model
