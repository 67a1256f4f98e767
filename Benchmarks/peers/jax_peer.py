"""JAX without a neural network library: one jitted training step, Adam written by hand."""

import common
from workloads import ADAM_BETAS, ADAM_EPSILON, KERNEL_SIDE, LEARNING_RATE, MODELS, PIXELS

DIMENSIONS = ("NHWC", "HWIO", "NHWC")


def initial_parameters(workload, key):
    """A (kernel, bias) pair for each layer that has parameters, with Keras' initial values."""
    import jax

    initialize = jax.nn.initializers.glorot_uniform()
    parameters = []
    channels, features = 1, PIXELS
    for layer in MODELS[workload]:
        if not layer.width:
            continue
        if layer.kind == "dense":
            shape = (features, layer.width)
            features = layer.width
        else:
            shape = (KERNEL_SIDE, KERNEL_SIDE, channels, layer.width)
            channels = layer.width
        key, layer_key = jax.random.split(key)
        parameters.append((initialize(layer_key, shape), jax.numpy.zeros(layer.width)))
    return parameters


def reconstruct(workload, parameters, values):
    import jax
    from jax import lax

    activations = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid}
    pairs = iter(parameters)
    for layer in MODELS[workload]:
        if layer.kind == "pool":
            # The gradient of a reduction over an axis is much faster on a CPU than that of
            # lax.reduce_window, which XLA turns into a select-and-scatter.
            count, rows, columns, channels = values.shape
            windows = values.reshape(count, rows // 2, 2, columns // 2, 2, channels)
            values = windows.max(axis=(2, 4))
            continue
        if layer.kind == "upsample":
            values = values.repeat(2, axis=1).repeat(2, axis=2)
            continue
        kernel, bias = next(pairs)
        if layer.kind == "dense":
            values = values @ kernel
        else:
            convolve = lax.conv_transpose if layer.kind == "transposed" else lax.conv_general_dilated
            strides = (layer.stride, layer.stride)
            values = convolve(values, kernel, strides, "SAME", dimension_numbers=DIMENSIONS)
        values = activations[layer.activation](values + bias)
    return values


def main():
    options = common.parse_options(__doc__)
    common.limit_threads(options.threads)
    import jax
    import numpy
    from jax import numpy as jnp

    data = common.load_data(options)
    train_inputs = jnp.asarray(data.train_inputs)
    same_arrays = data.train_inputs is data.train_targets
    train_targets = train_inputs if same_arrays else jnp.asarray(data.train_targets)
    test_inputs = jnp.asarray(data.test_inputs)

    def loss_of(parameters, inputs, targets):
        return jnp.mean(jnp.square(reconstruct(options.workload, parameters, inputs) - targets))

    def train_step(parameters, first_moments, second_moments, step, all_inputs, all_targets, indices):
        inputs = all_inputs[indices]
        targets = inputs if same_arrays else all_targets[indices]
        gradients = jax.grad(loss_of)(parameters, inputs, targets)
        beta1, beta2 = ADAM_BETAS
        first_moments = jax.tree.map(
            lambda moment, gradient: beta1 * moment + (1 - beta1) * gradient,
            first_moments,
            gradients,
        )
        second_moments = jax.tree.map(
            lambda moment, gradient: beta2 * moment + (1 - beta2) * gradient * gradient,
            second_moments,
            gradients,
        )
        step = step + 1
        rate = LEARNING_RATE * jnp.sqrt(1 - beta2**step) / (1 - beta1**step)
        parameters = jax.tree.map(
            lambda value, first, second: value - rate * first / (jnp.sqrt(second) + ADAM_EPSILON),
            parameters,
            first_moments,
            second_moments,
        )
        return parameters, first_moments, second_moments, step

    train_step = jax.jit(train_step, donate_argnums=(0, 1, 2, 3))
    infer = jax.jit(lambda parameters, inputs: reconstruct(options.workload, parameters, inputs))

    parameters = initial_parameters(options.workload, jax.random.key(options.seed))
    zeros = lambda: jax.tree.map(jnp.zeros_like, parameters)
    state = (parameters, zeros(), zeros(), jnp.zeros((), jnp.float32))

    def train_epoch(batches):
        nonlocal state
        for indices in batches:
            state = train_step(*state, train_inputs, train_targets, indices.astype(numpy.int32))
        jax.block_until_ready(state)

    clock = common.run_epochs(options, train_epoch)

    def predict():
        size = common.inference_batch(options)
        batches = [
            infer(state[0], test_inputs[start : start + size])
            for start in range(0, len(test_inputs), size)
        ]
        return numpy.concatenate([numpy.asarray(batch) for batch in batches])

    count = sum(leaf.size for leaf in jax.tree.leaves(state[0]))
    common.report("jax", options, data, clock, predict, count)


if __name__ == "__main__":
    main()
