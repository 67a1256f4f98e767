"""Measures denoising of photos: Hourglass beside the median, the Gaussian filter and non-local means.

Noise of deviation 25 (of 255) is added to photos that training never saw, rounded and clipped to 8 bits as a PNG holds
it. Every filter runs at the settings that give the best PSNR against the original, which in earnest nobody has;
Hourglass has no settings. The photos are those that scikit-image and scikit-learn carry.
"""

import argparse
import importlib
import os
import statistics
import tempfile
import time
from pathlib import Path

from shared import BENCHMARKS, REPOSITORY, head, measurement, run, versions

# True photographs, coloured and grey; none of a test photo's scene among those of training.
TRAINING = [
    "skimage/data/motorcycle_left.png",
    "skimage/data/rocket.jpg",
    "skimage/data/brick.png",
    "skimage/data/grass.png",
    "skimage/data/gravel.png",
    "skimage/data/coins.png",
    "skimage/data/moon.png",
    "sklearn/datasets/images/china.jpg",
    "sklearn/datasets/images/flower.jpg",
]
HELD_OUT = ["camera.png", "astronaut.png", "chelsea.png", "coffee.png"]
SIGMA = 25
METHODS = {
    "noisy": "noisy",
    "median": "median (SciPy)",
    "gaussian": "Gaussian (SciPy)",
    "nlm": "non-local means (scikit-image)",
    "hourglass": "Hourglass",
}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="of timing; medians are shown")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, help="of training, if not the recipe's")
    parser.add_argument("--run", type=Path, help="a trained run, instead of training one")
    parser.add_argument("--keep", type=Path, help="keep run, photos and pictures in this folder")
    parser.add_argument("--no-large", action="store_true", help="leave out the photo of 12 megapixels")
    parser.add_argument(
        "--hourglass", type=Path, default=REPOSITORY / ".build" / "release" / "hourglass"
    )
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "denoising.md")
    options = parser.parse_args()
    options.hourglass = options.hourglass.resolve()
    return options


def package_file(path):
    package, inner = path.split("/", 1)
    root = Path(importlib.import_module(package).__file__).parent
    return root / inner


def read(path):
    import numpy
    from PIL import Image

    return numpy.asarray(Image.open(path))


def write(path, picture):
    from PIL import Image

    Image.fromarray(picture).save(path)


def quality(picture, original):
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    axis = None if original.ndim == 2 else -1
    return {
        "psnr": float(peak_signal_noise_ratio(original, picture, data_range=255)),
        "ssim": float(
            structural_similarity(
                original,
                picture,
                data_range=255,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
                channel_axis=axis,
            )
        ),
    }


def as_bytes(numbers):
    import numpy

    return numpy.clip(numpy.rint(numbers * 255), 0, 255).astype(numpy.uint8)


def best_of(candidates, noisy, original, rounds):
    """The setting with the best PSNR, and its seconds."""
    chosen = None
    for name, function in candidates:
        picture = as_bytes(function(noisy / 255.0))
        figures = quality(picture, original)
        if chosen is None or figures["psnr"] > chosen["psnr"]:
            chosen = {**figures, "setting": name, "picture": picture, "function": function}
    seconds = []
    for _ in range(rounds):
        begun = time.perf_counter()
        chosen["function"](noisy / 255.0)
        seconds.append(time.perf_counter() - begun)
    chosen["seconds"] = statistics.median(seconds)
    return chosen


def filters(noisy, original, rounds):
    from scipy import ndimage
    from skimage.restoration import denoise_nl_means

    axis = None if original.ndim == 2 else -1
    rest = () if original.ndim == 2 else (0,)
    single = () if original.ndim == 2 else (1,)
    results = {}
    results["median"] = best_of(
        [
            (f"side {k}", lambda x, k=k: ndimage.median_filter(x, size=(k, k) + single))
            for k in (3, 5, 7)
        ],
        noisy,
        original,
        rounds,
    )
    results["gaussian"] = best_of(
        [
            (f"deviation {s / 10}", lambda x, s=s: ndimage.gaussian_filter(x, sigma=(s / 10, s / 10) + rest))
            for s in range(4, 31)
        ],
        noisy,
        original,
        rounds,
    )

    def means(patch, distance, strength, fast):
        def function(x):
            return denoise_nl_means(
                x,
                patch_size=patch,
                patch_distance=distance,
                h=strength * SIGMA / 255,
                sigma=SIGMA / 255,
                fast_mode=fast,
                channel_axis=axis,
            )

        name = f"patches of {patch}, {distance} around, h {strength} sigma"
        return name if fast else name + ", weighted patches", function

    strengths = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    candidates = [
        means(patch, distance, strength, True)
        for patch in (5, 7)
        for distance in (6, 11)
        for strength in strengths
    ]
    # Patches weighted by a Gaussian take long; where the others are best they are tried too.
    candidates += [means(5, 6, strength, False) for strength in (0.4, 0.6)]
    results["nlm"] = best_of(candidates, noisy, original, rounds)
    return results


def large_photo(folder, options, trained):
    """Twelve megapixels of a real photo, enlarged, with noise."""
    import numpy
    from PIL import Image

    photo = Image.open(package_file("skimage/data/coffee.png")).resize((4000, 3000), Image.BICUBIC)
    clean = numpy.asarray(photo).astype(numpy.float32)
    noise = numpy.random.default_rng(7).normal(0, SIGMA, clean.shape).astype(numpy.float32)
    path = folder / "large.png"
    write(path, numpy.clip(numpy.rint(clean + noise), 0, 255).astype(numpy.uint8))
    outcomes = []
    for _ in range(options.rounds):
        begun = time.perf_counter()
        outcome = run(
            [options.hourglass, "denoise", trained, path, "--out", folder / "large-clean.png"]
            + ["--threads", options.threads, "--json"]
        )
        outcomes.append({**outcome, "wall": time.perf_counter() - begun})
    return {
        "wall": statistics.median(entry["wall"] for entry in outcomes),
        "seconds": statistics.median(entry["seconds"] for entry in outcomes),
        "memory": max(entry["peak_memory_bytes"] for entry in outcomes),
    }


def measure(options, folder):
    import shutil

    import numpy

    training = folder / "photos"
    training.mkdir(exist_ok=True)
    for path in TRAINING:
        shutil.copy(package_file(path), training)
    outcome = None
    trained = options.run
    if trained is None:
        trained = folder / "run"
        command = [options.hourglass, "train", "photo-denoise", "--data", training, "--out", trained]
        command += ["--threads", options.threads, "--json"]
        outcome = run(command + (["--epochs", options.epochs] if options.epochs else []))
    results = {}
    for number, name in enumerate(HELD_OUT):
        original = read(package_file(f"skimage/data/{name}"))
        random = numpy.random.default_rng(number)
        noise = random.normal(0, SIGMA, original.shape)
        noisy = numpy.clip(numpy.rint(original + noise), 0, 255).astype(numpy.uint8)
        write(folder / f"noisy-{name}", noisy)
        write(folder / f"original-{name}", original)
        entry = {"noisy": {**quality(noisy, original), "seconds": 0.0, "setting": ""}}
        entry.update(filters(noisy, original, options.rounds))
        seconds = []
        for _ in range(options.rounds):
            cleaned = run(
                [options.hourglass, "denoise", trained, folder / f"noisy-{name}"]
                + ["--out", folder / f"hourglass-{name}", "--clean", folder / f"original-{name}"]
                + ["--threads", options.threads, "--json"]
            )
            seconds.append(cleaned["seconds"])
        picture = read(folder / f"hourglass-{name}")
        entry["hourglass"] = {
            **quality(picture, original),
            "seconds": statistics.median(seconds),
            "setting": "",
        }
        for measure_name in ["psnr", "ssim"]:
            own, theirs = cleaned["metrics"][measure_name], entry["hourglass"][measure_name]
            if abs(own - theirs) > 5e-3:
                raise SystemExit(f"{name}: Hourglass finds {measure_name} {own}, scikit-image {theirs}")
        for method in ["median", "gaussian", "nlm"]:
            write(folder / f"{method}-{name}", entry[method]["picture"])
        results[name] = {"pixels": original.shape[0] * original.shape[1], "entry": entry}
    large = None if options.no_large else large_photo(folder, options, trained)
    return outcome, results, large


def describe(options, load):
    peers = ["scikit-image", "scipy", "scikit-learn", "numpy", "pillow"]
    return head("Denoising of photos on the CPU", measurement(), load) + [
        f"- Threads used by Hourglass: {options.threads} (the filters use one); {versions(peers)}",
        "",
    ]


def table(options, outcome, results, large):
    lines = [
        f"Normal noise of deviation {SIGMA} of 255, rounded and clipped to 8 bits. Held out: "
        + ", ".join(HELD_OUT)
        + ". Trained on "
        + ", ".join(path.split("/")[-1] for path in TRAINING)
        + ". Filters at the settings with the best PSNR of each photo. PSNR in dB and SSIM by scikit-image.",
        "",
    ]
    if outcome:
        lines += [
            f"Training (`hourglass train photo-denoise`): {outcome['parameters']:,} parameters, "
            f"{outcome['epochs']} epochs, {outcome['seconds']:.0f} s, "
            f"{outcome['samples_per_second']:,.0f} patches/s.",
            "",
        ]
    lines += [
        "| Photo | " + " | ".join(METHODS.values()) + " | over median and Gaussian | over non-local means |",
        "| --- " * (len(METHODS) + 3) + "|",
    ]
    gains, margins = [], []
    for name, result in results.items():
        entry = result["entry"]
        gain = entry["hourglass"]["psnr"] - max(entry["median"]["psnr"], entry["gaussian"]["psnr"])
        margin = entry["hourglass"]["psnr"] - entry["nlm"]["psnr"]
        gains.append(gain)
        margins.append(margin)
        cells = [f"{entry[method]['psnr']:.2f}, {entry[method]['ssim']:.3f}" for method in METHODS]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {gain:+.2f} dB | {margin:+.2f} dB |")
    means = []
    for method in METHODS:
        psnr = statistics.mean(result["entry"][method]["psnr"] for result in results.values())
        ssim = statistics.mean(result["entry"][method]["ssim"] for result in results.values())
        means.append(f"{psnr:.2f}, {ssim:.3f}")
    lines.append(
        "| mean | " + " | ".join(means)
        + f" | {statistics.mean(gains):+.2f} dB | {statistics.mean(margins):+.2f} dB |"
    )
    lines += ["", "| Photo | best median | best Gaussian | best non-local means |", "| --- | --- | --- | --- |"]
    for name, result in results.items():
        settings = [result["entry"][method]["setting"] for method in ("median", "gaussian", "nlm")]
        lines.append(f"| {name} | " + " | ".join(settings) + " |")
    lines += ["", "| Method | Seconds a megapixel |", "| --- | --- |"]
    for method in list(METHODS)[1:]:
        rates = [
            result["entry"][method]["seconds"] / result["pixels"] * 1e6 for result in results.values()
        ]
        lines.append(f"| {METHODS[method]} | {statistics.mean(rates):.2f} |")
    if large:
        lines += [
            "",
            f"A colour photo of 4,000 x 3,000 pixels with Hourglass: {large['wall']:.1f} s with reading and writing the "
            f"PNG, {large['seconds']:.1f} s of them the model; {large['memory'] / 2**20:.0f} MiB of memory at most. A "
            "megapixel of the small photos above takes longer, since a row of their tiles fills few of the sixteen lanes.",
        ]
    return lines


def main():
    options = parse_options()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = options.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        outcome, results, large = measure(options, folder)
        lines = describe(options, load) + table(options, outcome, results, large)
    options.output.write_text("\n".join(lines) + "\n")
    print(options.output.read_text())


if __name__ == "__main__":
    main()
