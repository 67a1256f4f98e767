"""Keras on TensorFlow: `fit` and `predict` on numpy arrays.

The mode `default` leaves every choice of speed to Keras; see MODES for the other.
"""

import os

import common

# Without an accelerator Keras chooses TensorFlow's own kernels over XLA, which is right for these
# models. What is left to tune is the cost of each call from Python, large for small batches.
MODES = {"default": {}, "tuned": {"steps_per_execution": 16}}


def main():
    options = common.parse_options(__doc__, list(MODES))
    common.limit_threads(options.threads)
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    import keras
    import tensorflow

    from keras_model import build_model

    tensorflow.config.threading.set_intra_op_parallelism_threads(options.threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(options.threads)
    keras.utils.set_random_seed(options.seed)
    data = common.load_data(options)
    model = build_model(options.workload, options.seed, **MODES[options.mode])
    clock = common.EpochClock()
    timing = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: clock.begin(),
        on_epoch_end=lambda epoch, logs: clock.end(),
    )
    model.fit(
        data.train_inputs,
        data.train_targets,
        batch_size=options.batch,
        epochs=options.epochs,
        verbose=0,
        callbacks=[timing],
    )

    def predict():
        return model.predict(
            data.test_inputs, batch_size=common.inference_batch(options), verbose=0
        )

    common.report(f"keras-{options.mode}", options, data, clock, predict, model.count_params())


if __name__ == "__main__":
    main()
