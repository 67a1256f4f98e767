"""The JAX form of the workloads and their losses. Import after `common.limit_threads`."""

import functools

import jax
from jax import lax
from jax import numpy as jnp

from workloads import (
    CODE_DEPTH,
    CONTRACTION,
    KERNEL_SIDE,
    MODELS,
    images,
    is_contractive,
    is_variational,
)

ACTIVATIONS = {"": lambda values: values, "relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid}
DIMENSIONS = ("NHWC", "HWIO", "NHWC")


def initial_parameters(workload, key):
    """For each layer a (kernel, bias) pair, with Keras' initial values, or nothing."""
    initialize = jax.nn.initializers.glorot_uniform()
    parameters = []
    channels, features = images(workload).channels, images(workload).features
    for layer in MODELS[workload]:
        if not layer.width:
            parameters.append(())
            continue
        width = layer.width
        if layer.kind in ("dense", "gaussian"):
            # Mean and logarithm of the variance side by side: one product for both.
            width = 2 * width if layer.kind == "gaussian" else width
            shape = (features, width)
        else:
            shape = (KERNEL_SIDE, KERNEL_SIDE, channels, width)
        channels = features = layer.width
        key, layer_key = jax.random.split(key)
        parameters.append((initialize(layer_key, shape), jnp.zeros(width)))
    return parameters


def apply_layer(layer, parameters, values):
    if layer.kind == "pool":
        # The gradient of a reduction over an axis is much faster on a CPU than that of
        # lax.reduce_window, which XLA turns into a select-and-scatter.
        count, rows, columns, channels = values.shape
        windows = values.reshape(count, rows // 2, 2, columns // 2, 2, channels)
        return windows.max(axis=(2, 4))
    if layer.kind == "upsample":
        return values.repeat(2, axis=1).repeat(2, axis=2)
    kernel, bias = parameters
    if layer.kind in ("dense", "gaussian"):
        values = values @ kernel
    else:
        convolve = lax.conv_transpose if layer.kind == "transposed" else lax.conv_general_dilated
        strides = (layer.stride, layer.stride)
        values = convolve(values, kernel, strides, "SAME", dimension_numbers=DIMENSIONS)
    return ACTIVATIONS[layer.activation](values + bias)


def apply_layers(layers, parameters, values):
    for layer, own in zip(layers, parameters, strict=True):
        values = apply_layer(layer, own, values)
    return values


def halves(workload, parameters):
    """Encoder and decoder as functions of values."""
    depth = CODE_DEPTH[workload]
    layers = MODELS[workload]
    return (
        lambda values: apply_layers(layers[:depth], parameters[:depth], values),
        lambda values: apply_layers(layers[depth:], parameters[depth:], values),
    )


def reconstruct(workload, parameters, values):
    if is_variational(workload):
        encode, decode = halves(workload, parameters)
        mean, _ = jnp.split(encode(values), 2, axis=1)
        return decode(mean)
    return apply_layers(MODELS[workload], parameters, values)


def variational_loss(workload, parameters, inputs, targets, key):
    """Nats a sample: cross-entropy and the divergence from a standard normal distribution."""
    encode, decode = halves(workload, parameters)
    mean, log_variance = jnp.split(encode(inputs), 2, axis=1)
    code = mean + jnp.exp(log_variance / 2) * jax.random.normal(key, mean.shape)
    outputs = jnp.clip(decode(code), 1e-7, 1 - 1e-7)
    entropy = -jnp.sum(targets * jnp.log(outputs) + (1 - targets) * jnp.log1p(-outputs))
    divergence = jnp.sum(jnp.square(mean) + jnp.exp(log_variance) - 1 - log_variance) / 2
    return (entropy + divergence) / len(inputs)


def contractive_loss(workload, parameters, inputs, targets, key):
    """Reconstruction and the squared Frobenius norm of the code's Jacobian, for any encoder."""
    encode, decode = halves(workload, parameters)

    def encode_twice(sample):
        code = encode(sample)
        return code, code

    rows, codes = jax.vmap(jax.jacrev(encode_twice, has_aux=True))(inputs)
    penalty = jnp.sum(jnp.square(rows)) / len(inputs)
    return jnp.mean(jnp.square(decode(codes) - targets)) + CONTRACTION * penalty


def squared_error(workload, parameters, inputs, targets, key):
    return jnp.mean(jnp.square(reconstruct(workload, parameters, inputs) - targets))


def loss_function(workload):
    """A function of parameters, inputs, targets and a key for draws."""
    loss = squared_error
    if is_variational(workload):
        loss = variational_loss
    elif is_contractive(workload):
        loss = contractive_loss
    return functools.partial(loss, workload)
