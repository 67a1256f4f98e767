"""Trains every shipped recipe for an epoch on small data, exports it, and compares what ONNX Runtime makes of the files with
what the program makes of the runs: codes and reconstructions, in batches of several sizes."""

import argparse
import json
import pathlib
import struct
import subprocess
import sys

import numpy
import onnx
import onnxruntime
from PIL import Image

BATCHES = (1, 3, 16, 17)
SAMPLES = 37
# The largest difference that rounding may make, as a share of the range of the numbers.
TOLERANCE = 1e-5
# Pixels from the edge of a photo that the layers of a denoiser see.
EDGE = 30
PHOTO_RECIPES = ("photo-denoise", "photo-deblur")


def smooth(random, *shape):
    """Bytes that look a little like pictures: noise, blurred along both axes."""
    numbers = random.random(shape)
    for axis in (-1, -2):
        numbers = sum(numpy.roll(numbers, shift, axis) for shift in range(5)) / 5
    low, high = numbers.min(), numbers.max()
    return numpy.round((numbers - low) / (high - low) * 255).astype(numpy.uint8)


def write_idx(path, numbers):
    head = struct.pack(">HBB", 0, 8, numbers.ndim) + struct.pack(f">{numbers.ndim}I", *numbers.shape)
    path.write_bytes(head + numbers.tobytes())


def make_data(folder):
    random = numpy.random.default_rng(1)
    grey = folder / "grey"
    grey.mkdir()
    for part, count in (("train", 200), ("t10k", SAMPLES)):
        write_idx(grey / f"{part}-images-idx3-ubyte", smooth(random, count, 28, 28))
        write_idx(grey / f"{part}-labels-idx1-ubyte", random.integers(0, 10, count).astype(numpy.uint8))
    numpy.save(folder / "colours.npy", smooth(random, 200, 3, 32, 32).transpose(0, 2, 3, 1))
    photos = folder / "photos"
    photos.mkdir()
    for index in range(4):
        Image.fromarray(smooth(random, 3, 101 - index, 93).transpose(1, 2, 0)).save(photos / f"{index}.png")


def run(program, *arguments, **options):
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"hourglass {' '.join(map(str, arguments))}: {result.stderr}")
    return result.stdout


def session(path):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def in_batches(network, inputs):
    """The outputs for the first samples, in batches of each size, by name; those of all sizes must agree."""
    names = [output.name for output in network.get_outputs()]
    taken = network.get_inputs()[0].name
    for size in BATCHES:
        yield size, dict(zip(names, network.run(None, {taken: inputs[:size]})))


def difference(found, expected):
    if found.shape != expected.shape:
        sys.exit(f"shapes differ: {found.shape} and {expected.shape}")
    extent = max(1.0, float(numpy.abs(expected).max()))
    return float(numpy.abs(found.astype(numpy.float64) - expected).max()) / extent


def compare_recipe(program, recipe, folder):
    data = {"cifar-deblur": "colours.npy"}.get(recipe, "photos" if recipe in PHOTO_RECIPES else "grey")
    options = ["--data", folder / data, "--epochs", 1, "--limit", 200, "--batch-size", 20, "--seed", 3]
    if data != "grey":
        options += ["--set", "validation=0.2"]
    if recipe in PHOTO_RECIPES:
        options += ["--set", "data.patches.count=200"]
    place = folder / recipe
    run(program, "train", recipe, *options, "--out", place)
    file = folder / f"{recipe}.onnx"
    run(program, "export", place, "--out", file, "--axes", "first")
    network = session(file)
    random = numpy.random.default_rng(2)
    # Of a denoiser, which takes any size, that of its recipe.
    usual = {"grey": 28, "colours.npy": 32, "photos": 40}[data]
    shape = [size if isinstance(size, int) else usual for size in network.get_inputs()[0].shape[1:]]
    samples = smooth(random, SAMPLES, *shape)
    numpy.save(folder / "samples.npy", samples)
    # The model's file alone: the run of a denoiser would cut patches.
    run(program, "transform", place / "model.safetensors", "--data", folder / "samples.npy", "--axes", "first",
        "--out", folder / "codes.npy")
    codes = numpy.load(folder / "codes.npy")
    worst = {}

    def note(name, value):
        worst[name] = max(worst.get(name, 0), value)

    for size, outputs in in_batches(network, samples.astype(numpy.float32)):
        note("code", difference(outputs["code"], codes[:size]))
        if "mean" in outputs:
            note("mean", difference(outputs["mean"], codes[:size]))
            if not numpy.isfinite(outputs["log_variance"]).all():
                sys.exit(f"{recipe}: log_variance has numbers that are none")
    if recipe in PHOTO_RECIPES or recipe == "cifar-deblur" and not has_decoder(program, place, folder):
        note("photo (levels)", compare_photo(program, place, network, folder))
    else:
        run(program, "inverse-transform", place, folder / "codes.npy", "--out", folder / "rebuilt.npy")
        rebuilt = numpy.load(folder / "rebuilt.npy")
        run(program, "export", place, "--part", "decoder", "--out", folder / "decoder.onnx", "--axes", "first")
        decoder = session(folder / "decoder.onnx")
        for size, outputs in in_batches(network, samples.astype(numpy.float32)):
            note("reconstruction", difference(outputs["reconstruction"] / 255, rebuilt[:size]))
        for size, outputs in in_batches(decoder, codes):
            note("decoder", difference(outputs["reconstruction"] / 255, rebuilt[:size]))
    return worst


def has_decoder(program, place, folder):
    answer = subprocess.run(
        [program, "export", place, "--part", "decoder", "--out", folder / "decoder.onnx"], capture_output=True)
    return answer.returncode == 0


def compare_photo(program, place, network, folder):
    """The largest difference of a photo that is one tile to the program, in levels of 255, but for the edges: there
    `denoise` mirrors the photo, and the file, as in training, sees nothing."""
    photo = folder / "photos" / "1.png"
    run(program, "denoise", place, photo, "--out", folder / "clean.png", "--tile", 128)
    pixels = numpy.asarray(Image.open(photo)).transpose(2, 0, 1)[None].astype(numpy.float32)
    found = network.run(["reconstruction"], {"input": pixels})[0]
    clean = numpy.asarray(Image.open(folder / "clean.png")).transpose(2, 0, 1)[None].astype(numpy.float32)
    inner = (..., slice(EDGE, -EDGE), slice(EDGE, -EDGE))
    return float(numpy.abs(numpy.round(found.clip(0, 255)) - clean)[inner].max())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path, help="an empty folder to work in")
    parser.add_argument("recipes", nargs="*")
    chosen = parser.parse_args()
    make_data(chosen.folder)
    recipes = chosen.recipes or [recipe["name"] for recipe in json.loads(run(chosen.program, "recipes", "--json"))]
    failed = []
    for recipe in recipes:
        worst = compare_recipe(chosen.program, recipe, chosen.folder)
        texts = [f"{name} {value:.1e}" for name, value in worst.items()]
        print(f"{recipe:20} {'  '.join(texts)}", flush=True)
        if any(value > (1 if "levels" in name else TOLERANCE) for name, value in worst.items()):
            failed.append(recipe)
    if failed:
        sys.exit(f"more than {TOLERANCE} from the program: {', '.join(failed)}")
    print(f"{len(recipes)} recipes in batches of {', '.join(map(str, BATCHES))}: all within {TOLERANCE}")


if __name__ == "__main__":
    main()
