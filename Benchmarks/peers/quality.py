"""Trains the Keras models for the reference figures: test MSE and PSNR after ten epochs.

On Fashion-MNIST; not part of script/bench. Prints one JSON line for each model.
"""

import argparse
import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy

import common
from workloads import FASHION, PAIRS, images, is_convolutional


def peak_signal_to_noise(outputs, targets):
    """The mean over the images of each image's ratio in decibels; the largest value is 1."""
    errors = numpy.square(outputs - targets, dtype=numpy.float64)
    per_image = errors.reshape(len(errors), -1).mean(axis=1)
    return float(numpy.mean(-10 * numpy.log10(per_image)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--samples", type=int, default=FASHION.training)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    options = parser.parse_args()
    common.limit_threads(options.threads)
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    import keras

    from keras_model import build_model

    for workload, batch in PAIRS:
        if not is_convolutional(workload) or images(workload) != FASHION:
            continue
        keras.utils.set_random_seed(options.seed)
        data = common.load_data(SimpleNamespace(**vars(options), workload=workload))
        model = build_model(workload)
        model.fit(
            data.train_inputs,
            data.train_targets,
            batch_size=batch,
            epochs=options.epochs,
            verbose=0,
        )
        outputs = model.predict(data.test_inputs, batch_size=256, verbose=0)
        result = {
            "workload": workload,
            "batch": batch,
            "epochs": options.epochs,
            "seed": options.seed,
            "test_mse": float(numpy.mean(numpy.square(outputs - data.test_targets))),
            "test_psnr": peak_signal_to_noise(outputs, data.test_targets),
        }
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
