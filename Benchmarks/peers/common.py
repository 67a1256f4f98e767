"""Data, options and timing shared by the peers.

Imports no framework, and numpy only: a peer calls `limit_threads` before it imports its framework.
"""

import argparse
import gzip
import json
import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import numpy

from workloads import (
    BLUR_DEVIATION,
    CIFAR,
    FASHION,
    MODELS,
    NOISE_DEVIATION,
    PARAMETERS,
    images,
    is_convolutional,
    is_deblurring,
    is_denoising,
    peer_samples,
)

INFERENCE_REPEATS = 5
SMALLEST_INFERENCE_BATCH = 256
IDX_IMAGES_MAGIC = 2051
IDX_IMAGES_HEADER = 16
BLUR_RADIUS = 3
BLUR_PART = 1000


def parse_options(description, modes=None):
    """The command line of a peer; `modes` are the ways a framework can be run, the default first."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--workload", choices=sorted(MODELS), required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument(
        "--epochs", type=int, default=2, help="the first warms up, the others are timed"
    )
    parser.add_argument("--samples", type=int, help="see workloads.py if not given")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    if modes:
        parser.add_argument("--mode", choices=modes, default=modes[0])
    options = parser.parse_args()
    if options.epochs < 2:
        parser.error("--epochs must be at least 2: one to warm up, one to time")
    if options.samples is None:
        options.samples = peer_samples(options.workload)
    return options


def limit_threads(threads):
    """Sets what the frameworks read from the environment when they are imported."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(threads)
    os.environ["TF_NUM_INTEROP_THREADS"] = str(threads)
    # XLA has no flag for the size of its CPU thread pool; it reads this variable instead.
    os.environ["NPROC"] = str(threads)


@dataclass
class Data:
    """Float32 arrays. Without noise the inputs are the targets themselves, not a copy."""

    train_inputs: numpy.ndarray
    train_targets: numpy.ndarray
    test_inputs: numpy.ndarray
    test_targets: numpy.ndarray


def read_fashion(path):
    """Reads one gzipped IDX file of images."""
    with gzip.open(path) as file:
        content = file.read()
    magic, _, rows, columns = numpy.frombuffer(content, ">u4", count=4)
    if magic != IDX_IMAGES_MAGIC or (rows, columns) != (FASHION.side, FASHION.side):
        raise ValueError(f"{path}: not an IDX file of {FASHION.side}x{FASHION.side} images")
    pixels = numpy.frombuffer(content, numpy.uint8, offset=IDX_IMAGES_HEADER)
    return pixels.reshape(-1, 1, FASHION.side, FASHION.side)


def read_cifar(paths):
    """Reads files of CIFAR-10's binary version: a label, then the pixels, for each image."""
    records = [numpy.fromfile(path, numpy.uint8).reshape(-1, 1 + CIFAR.features) for path in paths]
    pixels = numpy.concatenate(records)[:, 1:]
    return pixels.reshape(-1, CIFAR.channels, CIFAR.side, CIFAR.side)


def read_images(workload, folder):
    """Training and test images as bytes, [images, channels, rows, columns]."""
    if images(workload) == CIFAR:
        batches = [folder / f"data_batch_{number}.bin" for number in range(1, 6)]
        return read_cifar(batches), read_cifar([folder / "test_batch.bin"])
    names = ["train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz"]
    train, test = [read_fashion(folder / name) for name in names]
    return train, test


def with_noise(values, generator):
    noisy = generator.standard_normal(values.shape, dtype=numpy.float32)
    noisy *= NOISE_DEVIATION
    noisy += values
    return numpy.clip(noisy, 0, 1, out=noisy)


def blurred(values, channels_first):
    """Gaussian blur along rows and columns; beyond the border the image is mirrored."""
    offsets = numpy.arange(-BLUR_RADIUS, BLUR_RADIUS + 1)
    weights = numpy.exp(-numpy.square(offsets / BLUR_DEVIATION) / 2)
    weights = (weights / weights.sum()).astype(numpy.float32)
    result = numpy.empty_like(values)
    # In parts, so that the peak memory is that of training.
    for start in range(0, len(values), BLUR_PART):
        part = values[start : start + BLUR_PART]
        for axis in (2, 3) if channels_first else (1, 2):
            size = part.shape[axis]
            distances = [abs(numpy.arange(size) + offset) for offset in offsets]
            places = [size - 1 - abs(size - 1 - distance) for distance in distances]
            part = sum(weight * part.take(place, axis) for weight, place in zip(weights, places))
        result[start : start + BLUR_PART] = part
    return result


def load_data(options, channels_first=False):
    """The images in the shape the workload's first layer takes.

    Noise is drawn once, as in the Keras example the denoising model comes from, so that no
    framework's random number generator is part of the measurement. Images are blurred once.
    """
    workload = options.workload

    def arranged(pixels):
        """In [0, 1]."""
        if not is_convolutional(workload):
            pixels = pixels.reshape(len(pixels), -1)
        elif not channels_first:
            pixels = pixels.transpose(0, 2, 3, 1)
        values = pixels.astype(numpy.float32, order="C")
        values /= 255
        return values

    train, test = read_images(workload, options.data)
    targets = [arranged(train[: options.samples]), arranged(test)]
    if is_deblurring(workload):
        inputs = [blurred(values, channels_first) for values in targets]
    elif is_denoising(workload):
        generator = numpy.random.default_rng(options.seed)
        inputs = [with_noise(values, generator) for values in targets]
    else:
        inputs = targets
    return Data(inputs[0], targets[0], inputs[1], targets[1])


def inference_batch(options):
    return max(options.batch, SMALLEST_INFERENCE_BATCH)


def shuffled_batches(count, batch, generator):
    """Indices of one epoch's batches; the last one may be smaller."""
    order = generator.permutation(count)
    return [order[start : start + batch] for start in range(0, count, batch)]


class EpochClock:
    """Times epochs, and the way from the start of the process to the end of the first one."""

    def __init__(self):
        # training.py stores the moment it starts the process, so that the start of the interpreter and
        # the imports count. By hand the clock starts here.
        self.process_started = float(os.environ.get("HOURGLASS_BENCH_STARTED", time.time()))
        self.seconds = []
        self.seconds_to_first_epoch = None
        self.epoch_started = None

    def begin(self):
        self.epoch_started = time.perf_counter()

    def end(self):
        self.seconds.append(time.perf_counter() - self.epoch_started)
        if self.seconds_to_first_epoch is None:
            self.seconds_to_first_epoch = time.time() - self.process_started

    def images_per_second(self, samples):
        """The rate after the warm-up epoch."""
        timed = self.seconds[1:]
        return samples * len(timed) / sum(timed)


def run_epochs(options, train_epoch):
    """Calls `train_epoch` with the shuffled batches of each epoch. Returns the clock."""
    clock = EpochClock()
    generator = numpy.random.default_rng(options.seed)
    for _ in range(options.epochs):
        clock.begin()
        train_epoch(shuffled_batches(options.samples, options.batch, generator))
        clock.end()
    return clock


def report(framework, options, data, clock, predict, parameters):
    """Times `predict` over the test images and prints the result as the last line.

    `predict` takes nothing and returns the reconstructions of all test images as numpy.
    """
    if parameters != PARAMETERS[options.workload]:
        raise ValueError(f"{parameters} parameters, expected {PARAMETERS[options.workload]}")
    outputs = predict()  # Also warms up.
    if outputs.shape != data.test_targets.shape:
        raise ValueError(f"outputs of shape {outputs.shape}, expected {data.test_targets.shape}")
    seconds = []
    for _ in range(INFERENCE_REPEATS):
        started = time.perf_counter()
        predict()
        seconds.append(time.perf_counter() - started)
    result = {
        "framework": framework,
        "workload": options.workload,
        "batch": options.batch,
        "training_images_per_second": clock.images_per_second(options.samples),
        "inference_images_per_second": len(outputs) / statistics.median(seconds),
        "seconds_to_first_epoch": clock.seconds_to_first_epoch,
        "test_mse": float(numpy.mean(numpy.square(outputs - data.test_targets))),
        "parameters": parameters,
    }
    print(json.dumps(result), flush=True)
