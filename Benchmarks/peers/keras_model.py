"""The Keras form of the workloads. Import after `common.limit_threads`."""

import keras

from workloads import (
    ADAM_BETAS,
    ADAM_EPSILON,
    IMAGE_SIDE,
    KERNEL_SIDE,
    LEARNING_RATE,
    MODELS,
    PIXELS,
    is_convolutional,
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


def build_model(workload, **compile_options):
    """The model, compiled with the optimiser and loss of the benchmark."""
    shape = (IMAGE_SIDE, IMAGE_SIDE, 1) if is_convolutional(workload) else (PIXELS,)
    layers = [keras_layer(layer) for layer in MODELS[workload]]
    model = keras.Sequential([keras.Input(shape), *layers])
    optimizer = keras.optimizers.Adam(LEARNING_RATE, *ADAM_BETAS, ADAM_EPSILON)
    model.compile(optimizer, "mse", **compile_options)
    return model
