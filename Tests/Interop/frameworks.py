"""Builds small autoencoders in PyTorch and Keras and has the frameworks export them: PyTorch by both of its exporters, Keras by its own
export with PyTorch or TensorFlow (tf2onnx) under it. Beside each NAME.onnx lies NAME.safetensors: samples, codes and reconstructions as
the framework itself makes them, channels first.

    python Tests/Interop/frameworks.py torch FOLDER
    KERAS_BACKEND=torch python Tests/Interop/frameworks.py keras FOLDER
    KERAS_BACKEND=tensorflow python Tests/Interop/frameworks.py keras FOLDER
    python Tests/Interop/frameworks.py weights FOLDER

The last writes state dicts, NAME.safetensors, and what the models make of samples, NAME.samples.safetensors; they lie in
Tests/HourglassModelsTests/StateDicts/Stored. With --stored the others write only what lies in Tests/HourglassONNXTests/Frameworks.
`script/test` replays both."""

import os
import pathlib
import sys
import warnings

import numpy
from safetensors.numpy import save_file

SAMPLES = 5

# Which exporter's file of a model is stored.
STORED = {
    "torch-dense-dynamo", "torch-convolutions-script", "torch-variational-dynamo", "torch-series-script",
    "torch-residual-dynamo", "torch-crops-script", "keras-dense-tensorflow", "keras-convolutions-torch",
    "keras-upsampling-torch", "keras-bilinear-tensorflow", "keras-series-tensorflow", "keras-variational-torch",
    "keras-residual-torch",
}


def write(folder, name, samples, code, rebuilt):
    arrays = {"input": samples, "code": code, "reconstruction": rebuilt}
    save_file({key: numpy.ascontiguousarray(value, numpy.float32) for key, value in arrays.items()},
              folder / f"{name}.safetensors")


# PyTorch


def torch_models():
    import torch
    from torch import nn

    class Halves(nn.Module):
        def __init__(self, encoder, decoder):
            super().__init__()
            self.encoder, self.decoder = nn.Sequential(*encoder), nn.Sequential(*decoder)

        def forward(self, x):
            return self.decoder(self.encoder(x))

        def code(self, x):
            return self.encoder(x)

    class Variational(nn.Module):
        """Mean and log variance from one layer, as many write it."""

        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(12, 10), nn.ReLU(), nn.Linear(10, 6))
            self.decoder = nn.Sequential(nn.Linear(3, 10), nn.LeakyReLU(0.2), nn.Linear(10, 12), nn.Sigmoid())

        def forward(self, x):
            mean, log_variance = self.body(x).chunk(2, dim=1)
            code = mean + torch.exp(log_variance / 2) * torch.randn_like(mean) if self.training else mean
            return self.decoder(code), mean, log_variance

        def code(self, x):
            return self.body(x)[:, :3]

    class Residual(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.layers = nn.Sequential(
                nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU(),
                nn.Conv2d(channels, channels, 3, padding=2, dilation=2))

        def forward(self, x):
            return x + self.layers(x)

    return {
        "dense": ((12,), lambda: Halves(
            [nn.Linear(12, 8), nn.GELU(), nn.LayerNorm(8), nn.Dropout(0.1), nn.Linear(8, 3)],
            [nn.Linear(3, 8), nn.ELU(), nn.Linear(8, 12), nn.Sigmoid()])),
        "convolutions": ((1, 28, 28), lambda: Halves(
            [nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 8, 3, stride=2, padding=1),
             nn.LeakyReLU(0.1), nn.Flatten(), nn.Linear(392, 6)],
            [nn.Linear(6, 392), nn.ReLU(), nn.Unflatten(1, (8, 7, 7)),
             nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
             nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1), nn.Sigmoid()])),
        "variational": ((12,), Variational),
        "series": ((2, 32), lambda: Halves(
            [nn.Conv1d(2, 4, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(4, 6, 3, padding=1, groups=2), nn.Tanh(),
             nn.Conv1d(6, 3, 3, stride=2, padding=1), nn.BatchNorm1d(3)],
            [nn.ConvTranspose1d(3, 4, 4, stride=2, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2),
             nn.Conv1d(4, 2, 3, padding=1)])),
        "residual": ((3, 16, 16), lambda: Halves(
            [nn.Conv2d(3, 6, 3, padding=1), Residual(6), nn.AvgPool2d(3, stride=2, padding=1),
             nn.Conv2d(6, 6, 3, padding=1, groups=6), nn.PReLU(), nn.Conv2d(6, 2, 3, stride=2, padding=1)],
            [nn.Upsample(scale_factor=2), nn.Conv2d(2, 6, 3, padding=1, bias=False), nn.Softplus(),
             nn.Upsample(scale_factor=2, mode="bilinear"), nn.ConvTranspose2d(6, 6, 3, padding=1, groups=2), nn.Tanh(),
             nn.Conv2d(6, 3, 3, padding=1)])),
        # Sizes 28, 10, 5, 3, 2 and back 5, 15, 28, as a well-known tutorial has them.
        "crops": ((1, 28, 28), lambda: Halves(
            [nn.Conv2d(1, 8, 3, stride=3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 4, 3, stride=2, padding=1),
             nn.ReLU(), nn.MaxPool2d(2, stride=1)],
            [nn.ConvTranspose2d(4, 8, 3, stride=2), nn.ReLU(), nn.ConvTranspose2d(8, 4, 5, stride=3, padding=1), nn.ReLU(),
             nn.ConvTranspose2d(4, 1, 2, stride=2, padding=1), nn.Tanh()])),
    }


def settled(model):
    """Weights and moving averages that are not those of an untrained model."""
    import torch

    with torch.no_grad():
        for name, value in list(model.named_parameters()) + list(model.named_buffers()):
            if name.endswith("running_var"):
                value.copy_(torch.rand_like(value) + 0.5)
            elif value.ndim == 1 and value.is_floating_point():
                value.copy_(torch.rand_like(value) * 0.6 - 0.2 if value.numel() > 1 else torch.full_like(value, 0.25))
    return model.eval()


def export_torch(folder, wanted):
    import torch

    for name, (shape, build) in torch_models().items():
        torch.manual_seed(3)
        model = settled(build())
        x = torch.rand(SAMPLES, *shape)
        with torch.no_grad():
            made = model(x)
            code = model.code(x)
        rebuilt = made[0] if isinstance(made, tuple) else made
        for exporter in ("script", "dynamo"):
            full = f"torch-{name}-{exporter}"
            if not wanted(full):
                continue
            path = str(folder / f"{full}.onnx")
            if exporter == "script":
                torch.onnx.export(model, (x,), path, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "batch"}})
            else:
                torch.onnx.export(model, (x,), path, dynamo=True, external_data=False, verbose=False,
                                  dynamic_shapes=({0: torch.export.Dim("batch")},))
                strip(path)
            write(folder, full, x.numpy(), code.numpy(), rebuilt.numpy())


def strip(path):
    """Leaves out the places in PyTorch's sources, which are most of a small file."""
    import onnx

    model = onnx.load(path)
    for node in model.graph.node:
        del node.metadata_props[:]
    del model.graph.value_info[:]
    onnx.save(model, path)


# State dicts of PyTorch


def weight_models():
    from torch import nn

    class Halves(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Sequential(
                nn.Conv2d(1, 4, 4, stride=2, padding=1), nn.BatchNorm2d(4, eps=1e-3), nn.ReLU(),
                nn.Conv2d(4, 8, 4, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(128, 5))
            self.decoder = nn.Sequential(
                nn.Linear(5, 128), nn.ReLU(), nn.Unflatten(1, (8, 4, 4)),
                nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1), nn.ReLU(),
                nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1), nn.Sigmoid())

        def forward(self, x):
            code = self.encoder(x)
            return code, self.decoder(code)

    class Variational(nn.Module):
        """Layers one beside another, in an order that their names do not have."""

        def __init__(self):
            super().__init__()
            self.input, self.output = nn.Linear(12, 10), nn.Linear(10, 12)
            self.fc_mu, self.fc_logvar, self.hidden = nn.Linear(10, 3), nn.Linear(10, 3), nn.Linear(3, 10)

        def forward(self, x):
            code = self.fc_mu(self.input(x).relu())
            return code, self.output(self.hidden(code).relu()).sigmoid()

    class Series(nn.Module):
        def __init__(self):
            super().__init__()
            self.enc1, self.enc2 = nn.Conv1d(2, 4, 5, padding=2), nn.Conv1d(4, 4, 5, padding=2)
            self.dec1, self.dec2 = nn.Conv1d(4, 4, 5, padding=2), nn.Conv1d(4, 2, 5, padding=2)

        def forward(self, x):
            code = self.enc2(self.enc1(x).relu())
            return code, self.dec2(self.dec1(code).relu())

    return {"halves": ((1, 16, 16), Halves), "variational": ((12,), Variational), "series": ((2, 16), Series)}


def export_weights(folder, wanted):
    import torch

    for name, (shape, build) in weight_models().items():
        torch.manual_seed(5)
        model = settled(build())
        x = torch.rand(SAMPLES, *shape)
        with torch.no_grad():
            code, rebuilt = model(x)
        state = {key: value.numpy() for key, value in model.state_dict().items()}
        save_file(state, folder / f"{name}.safetensors")
        write(folder, f"{name}.samples", x.numpy(), code.numpy(), rebuilt.numpy())


# Keras


def keras_models():
    import keras
    from keras import layers as l

    def halves(shape, encoder, decoder):
        x = keras.Input(shape)
        code = x
        for layer in encoder:
            code = layer(code)
        y = code
        for layer in decoder:
            y = layer(y)
        return keras.Model(x, y), keras.Model(x, code)

    def variational():
        x = keras.Input((12,))
        h = l.Dense(10, activation="relu")(x)
        mean, log_variance = l.Dense(3)(h), l.Dense(3)(h)
        y = l.Dense(12, activation="sigmoid")(l.Dense(10, activation="relu")(mean))
        return keras.Model(x, [y, mean, log_variance]), keras.Model(x, mean)

    def residual():
        x = keras.Input((8, 8, 3))
        h = l.Conv2D(6, 3, padding="same")(x)
        f = l.Conv2D(6, 3, padding="same")(l.Conv2D(6, 3, padding="same", activation="relu")(h))
        h = l.Activation("relu")(l.Add()([h, f]))
        code = l.Dense(4)(l.GlobalAveragePooling2D()(h))
        y = l.Reshape((8, 8, 6))(l.Dense(384, activation="relu")(code))
        y = l.Conv2D(3, 3)(l.ZeroPadding2D(1)(y))
        return keras.Model(x, y), keras.Model(x, code)

    # Keras's export by PyTorch refuses its own LayerNormalization, tf2onnx its GELU.
    is_torch = keras.backend.backend() == "torch"
    normalization = [] if is_torch else [l.LayerNormalization()]
    return {
        "dense": lambda: halves(
            (12,), [l.Dense(8, activation="gelu" if is_torch else "softplus"), l.BatchNormalization(), l.Dropout(0.1)]
            + normalization + [l.Dense(3)],
            [l.Dense(8, activation="elu"), l.Dense(12, activation="sigmoid")]),
        "convolutions": lambda: halves(
            (16, 16, 3), [l.Conv2D(4, 3, strides=2, padding="same", activation="relu"), l.MaxPooling2D(2),
                          l.Conv2D(2, 3, padding="same")],
            [l.Conv2DTranspose(4, 3, strides=2, padding="same"), l.LeakyReLU(0.1),
             l.Conv2DTranspose(3, 3, strides=2, padding="same", activation="sigmoid")]),
        "upsampling": lambda: halves(
            (12, 12, 1), [l.Conv2D(4, 3, padding="same"), l.BatchNormalization(), l.ReLU(), l.AveragePooling2D(2),
                          l.DepthwiseConv2D(3, padding="same"), l.Flatten(), l.Dense(5)],
            [l.Dense(144, activation="tanh"), l.Reshape((6, 6, 4)), l.UpSampling2D(2), l.Conv2D(1, 3, padding="same")]),
        "bilinear": lambda: halves(
            (8, 8, 2), [l.Conv2D(3, 3, strides=2, padding="same")],
            [l.UpSampling2D(2, interpolation="bilinear"), l.Conv2D(2, 3, padding="same", activation="softplus")]),
        "series": lambda: halves(
            (32, 2), [l.Conv1D(4, 5, padding="same", activation="relu"), l.MaxPooling1D(2),
                      l.Conv1D(3, 3, strides=2, padding="same")],
            [l.Conv1DTranspose(4, 4, strides=2, padding="same", activation="relu"), l.UpSampling1D(2),
             l.Conv1D(2, 3, padding="same")]),
        "variational": variational,
        "residual": residual,
    }


def first(array):
    """Channels first."""
    return numpy.moveaxis(array, -1, 1)


def export_keras(folder, wanted):
    import keras

    for name, build in keras_models().items():
        full = f"keras-{name}-{keras.backend.backend()}"
        if not wanted(full):
            continue
        keras.utils.set_random_seed(3)
        model, encoder = build()
        random = numpy.random.default_rng(3)
        for weight in model.weights:
            if "variance" in weight.path:
                weight.assign(random.random(weight.shape) + 0.5)
            elif len(weight.shape) == 1 and "seed" not in weight.path:
                weight.assign(random.random(weight.shape) * 0.6 - 0.2)
        x = random.random((SAMPLES, *model.input_shape[1:])).astype(numpy.float32)
        made = model.predict(x, verbose=0)
        rebuilt = made[0] if isinstance(made, list) else made
        model.export(folder / f"{full}.onnx", format="onnx", verbose=False)
        write(folder, full, first(x), first(encoder.predict(x, verbose=0)), first(rebuilt))


def main():
    framework, folder, *rest = sys.argv[1:]
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (lambda name: name in STORED) if rest == ["--stored"] else (lambda name: True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        {"torch": export_torch, "keras": export_keras, "weights": export_weights}[framework](folder, wanted)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
