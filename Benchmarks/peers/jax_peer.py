"""JAX without a neural network library: one jitted training step, Adam written by hand."""

import common
from workloads import ADAM_BETAS, ADAM_EPSILON, LEARNING_RATE


def main():
    options = common.parse_options(__doc__)
    common.limit_threads(options.threads)
    import jax
    import numpy
    from jax import numpy as jnp

    from jax_model import initial_parameters, loss_function, reconstruct

    data = common.load_data(options)
    train_inputs = jnp.asarray(data.train_inputs)
    same_arrays = data.train_inputs is data.train_targets
    train_targets = train_inputs if same_arrays else jnp.asarray(data.train_targets)
    test_inputs = jnp.asarray(data.test_inputs)

    loss_of = loss_function(options.workload)
    draws = jax.random.key(options.seed + 1)

    def train_step(parameters, first_moments, second_moments, step, all_inputs, all_targets, indices):
        inputs = all_inputs[indices]
        targets = inputs if same_arrays else all_targets[indices]
        key = jax.random.fold_in(draws, step.astype(jnp.int32))
        gradients = jax.grad(loss_of)(parameters, inputs, targets, key)
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
