"""Measures rates and distortions of Hourglass, libjpeg-turbo and libwebp on Fashion-MNIST.

A training of the recipe image-compression for each weight of the rate; the 10,000 test images go into one file of
each model, and side by side on one sheet of 2,800 x 2,800 pixels into JPEG and WebP files (by Pillow). Errors are measured
here, from what each program decompresses.
"""

import argparse
import io
import json
import math
import os
import statistics
import tempfile
import time
from pathlib import Path

from shared import BENCHMARKS, REPOSITORY, head, measurement, run

# Weights of the rate, from large to small files, and the PSNR at which each is compared.
RATE_WEIGHTS = [0.14, 0.09, 0.045, 0.02, 0.0095, 0.004]
TARGETS = [18.0, 19.6, 21.1, 21.4, 23.8]
# What Hourglass may take at most, as bits per pixel at a PSNR: half of JPEG's, and less than WebP's at 21.1 dB.
BOUNDS = {18.0: 0.139, 19.6: 0.2135, 21.1: 0.352, 21.4: 0.3405, 23.8: 0.5305}
JPEG_QUALITIES = [1, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40]
WEBP_QUALITIES = [0, 0.5, 1, 1.5, 2, 3, 5, 8, 12]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="of compressing and decompressing")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, help="other than the recipe's")
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--runs", type=Path, help="keep the runs here, and use those that are there")
    parser.add_argument(
        "--hourglass", type=Path, default=REPOSITORY / ".build" / "release" / "hourglass"
    )
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "compression.md")
    return parser.parse_args()


def images(folder):
    import gzip

    import numpy

    path = folder / "t10k-images-idx3-ubyte"
    packed = path.with_name(path.name + ".gz")
    data = gzip.open(packed).read() if packed.exists() else path.read_bytes()
    return numpy.frombuffer(data[16:], dtype=numpy.uint8).reshape(-1, 28, 28)


def sheet_of(samples):
    return samples.reshape(100, 100, 28, 28).transpose(0, 2, 1, 3).reshape(2800, 2800)


def ratio(original, other):
    import numpy

    error = numpy.mean((original.astype(numpy.float64) - other.astype(numpy.float64)) ** 2)
    return -10 * math.log10(error / 255**2)


def train(options, folder, weight):
    path = folder / f"rate-{weight}"
    if (path / "result.json").exists():
        return path, json.loads((path / "result.json").read_text())
    command = [options.hourglass, "train", "image-compression", "--data", options.data, "--out", path]
    command += ["--set", f"objective.rate-distortion.rate_weight={weight}", "--threads", options.threads]
    if options.epochs:
        command += ["--epochs", options.epochs]
    return path, run(command + ["--json"])


def hourglass_point(options, folder, weight, samples):
    import numpy

    path, trained = train(options, folder, weight)
    times = []
    for _ in range(options.rounds):
        file, array = folder / "x.hgz", folder / "x.npy"
        command = [options.hourglass, "compress", path, "--data", options.data, "--split", "test"]
        packed = run(command + ["--out", file, "--threads", options.threads, "--json"])
        command = [options.hourglass, "decompress", path, file, "--out", array]
        unpacked = run(command + ["--threads", options.threads, "--json"])
        times.append((packed["encode_seconds"], unpacked["seconds"]))
    size = file.stat().st_size
    decoded = numpy.load(array).reshape(samples.shape).astype(numpy.float64)
    # Bytes come as they are, floats as 255ths.
    decoded = decoded if decoded.max() > 1.5 else numpy.round(decoded * 255)
    measured = ratio(samples, decoded)
    if abs(measured - packed["psnr"]) > 1e-3:
        raise SystemExit(f"Hourglass finds {packed['psnr']} dB, NumPy {measured}")
    return {
        "name": f"rate weight {weight:g}",
        "rate": 8 * size / samples.size,
        "psnr": measured,
        "ms_ssim": packed["ms_ssim"],
        "encode": statistics.median(first for first, _ in times),
        "decode": statistics.median(second for _, second in times),
        "training": trained["seconds"],
    }


def pillow_points(name, qualities, sheet, rounds, **settings):
    import numpy
    from PIL import Image

    points = []
    for quality in qualities:
        encoding, decoding = [], []
        for _ in range(rounds):
            begun = time.perf_counter()
            buffer = io.BytesIO()
            Image.fromarray(sheet).save(buffer, name, quality=quality, **settings)
            encoding.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            decoded = numpy.array(Image.open(io.BytesIO(buffer.getvalue())).convert("L"))
            decoding.append(time.perf_counter() - begun)
        points.append(
            {
                "name": f"quality {quality:g}",
                "rate": 8 * len(buffer.getvalue()) / sheet.size,
                "psnr": ratio(sheet, decoded),
                "encode": statistics.median(encoding),
                "decode": statistics.median(decoding),
            }
        )
    return points


def rate_at(points, target):
    """Bits per pixel at a PSNR: logarithms interpolated between the two nearest files."""
    ordered = sorted(points, key=lambda point: point["psnr"])
    for low, high in zip(ordered, ordered[1:]):
        if low["psnr"] <= target <= high["psnr"]:
            share = (target - low["psnr"]) / max(high["psnr"] - low["psnr"], 1e-12)
            return low["rate"] * (high["rate"] / low["rate"]) ** share
    return None


def describe(options, load):
    import numpy
    import PIL
    from PIL import features

    libraries = f"libjpeg-turbo {features.version('libjpeg_turbo')}, libwebp {features.version('webp')}"
    return head("Compression of images", measurement(), load) + [
        f"- Threads used: {options.threads}; Pillow {PIL.__version__} ({libraries}), NumPy {numpy.__version__}",
        "",
        "The 10,000 test images of Fashion-MNIST: one `.hgz` file of each model (the recipe `image-compression` with a "
        "weight of the rate each), and one sheet of 2,800 x 2,800 pixels for JPEG (optimised Huffman tables) and WebP "
        "(method 6). Bits per pixel count whole files, without the models. PSNR is that of the mean squared error over "
        "all images.",
        "",
    ]


def number(value, digits=4):
    return "–" if value is None else f"{value:.{digits}f}"


def tables(own, jpeg, webp):
    lines = [
        "| At | Hourglass | bound | JPEG | of JPEG's | WebP | of WebP's |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for target in TARGETS:
        rates = [rate_at(points, target) for points in (own, jpeg, webp)]
        shares = ["–" if None in (rates[0], rate) else f"{100 * rates[0] / rate:.1f} %" for rate in rates]
        lines.append(
            f"| {target} dB | {number(rates[0])} | {BOUNDS[target]} | {number(rates[1])} | {shares[1]} "
            f"| {number(rates[2])} | {shares[2]} |"
        )
    lines += [
        "",
        "Bits per pixel; rates between two files are interpolated, their logarithm against PSNR. Bounds: half of JPEG's "
        "bytes, and at 21.1 dB WebP's.",
        "",
    ]
    low, high = min(p["psnr"] for p in own), max(p["psnr"] for p in own)
    steps = [low + 0.01 * step for step in range(int((high - low) * 100) + 1)]
    crossing = [
        ratio
        for ratio in steps
        if (rate_at(webp, ratio) or math.inf) < (rate_at(own, ratio) or math.inf)
    ]
    lines += [
        f"WebP needs fewer bytes from {crossing[0]:.2f} dB on."
        if crossing
        else f"WebP nowhere needs fewer bytes between {low:.2f} and {high:.2f} dB.",
        "",
        "| File | bits per pixel | PSNR, dB | MS-SSIM | compressed in, s | decompressed in, s | trained in, s |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for title, points in [("Hourglass", own), ("JPEG", jpeg), ("WebP", webp)]:
        for point in points:
            lines.append(
                f"| {title}, {point['name']} | {point['rate']:.4f} | {point['psnr']:.2f} "
                f"| {number(point.get('ms_ssim'))} | {point['encode']:.2f} | {point['decode']:.2f} "
                f"| {number(point.get('training'), 0)} |"
            )
    lines += ["", "MS-SSIM of 28 x 28 pixels is the mean over images, at 2 of the 5 scales."]
    return lines


def main():
    options = parse_options()
    load = os.getloadavg()[0]
    samples = images(options.data)
    with tempfile.TemporaryDirectory() as name:
        folder = options.runs or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        own = [hourglass_point(options, folder, weight, samples) for weight in RATE_WEIGHTS]
    sheet = sheet_of(samples)
    jpeg = pillow_points("JPEG", JPEG_QUALITIES, sheet, options.rounds, optimize=True)
    webp = pillow_points("WEBP", WEBP_QUALITIES, sheet, options.rounds, method=6)
    options.output.write_text("\n".join(describe(options, load) + tables(own, jpeg, webp)) + "\n")
    print(options.output.read_text())


if __name__ == "__main__":
    main()
