"""Measures sounds: faults of machines that are found, and noise that is taken off voices, beside simple methods.

Machines are made by `hourglass data machines`, voices by script/speech, noise by `hourglass data noises`. Wiener's filter and spectral
gating run at the settings of a grid that give the best mean SI-SDR at 0 dB over all noises; both are told half a second in which the
noise is alone, which Hourglass is not.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import noisereduce
import numpy
import scipy.signal
import soundfile

from shared import BENCHMARKS, REPOSITORY, head, measurement, versions

RATE, LEAD = 16000, 8000
KINDS, BACKGROUNDS, NOISES, LEVELS = ["rotor", "belt", "valve"], [6, 0, -6], ["white", "fan", "babble"], [0, 5, 10]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--voices", type=int, default=16, help="sentences that denoising is tried on")
    parser.add_argument("--run", type=Path, help="a trained run of sound-denoise, instead of training one")
    parser.add_argument("--folder", type=Path, help="where voices, noise and machines are made, and kept")
    parser.add_argument("--no-machines", action="store_true", help="leave out the faults of machines")
    parser.add_argument("--no-voices", action="store_true", help="leave out denoising")
    parser.add_argument("--hourglass", type=Path, default=REPOSITORY / ".build" / "release" / "hourglass")
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "sound.md")
    options = parser.parse_args()
    options.hourglass = options.hourglass.resolve()
    return options


def call(options, *words, cwd=None):
    done = subprocess.run([options.hourglass, *map(str, words)], cwd=cwd, capture_output=True, text=True, check=True)
    return done.stdout


def table(header, rows):
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


# Machines


def machines(options, folder):
    data = folder / "machines"
    if not data.exists():
        call(options, "data", "machines", "--out", data)
    rows, seconds = [], {}
    sums = {}
    for background in BACKGROUNDS:
        for kind in KINDS:
            cells = [f"{kind}, {background} dB"]
            results = {}
            for network in ["dense", "convolutional"]:
                begun = time.monotonic()
                with tempfile.TemporaryDirectory() as out:
                    text = call(options, "detect", "fit", "--data", data / f"{background}dB" / kind, "--network", network,
                                "--threads", options.threads, "--out", f"{out}/run", "--json")
                seconds.setdefault(network, []).append(time.monotonic() - begun)
                result = json.loads(text)
                for line in result["own"]:
                    results[f"{network}: {line['key']}"] = line
                if network == "dense":
                    for line in result["simple"]:
                        results[line["key"]] = line
            for name, line in results.items():
                sums.setdefault(name, []).append((line["roc_auc"], line["partial_auc"]))
            rows.append((cells[0], results))
            print(cells[0], {name: round(line["roc_auc"], 3) for name, line in results.items()}, flush=True)
    scores = ["mean", "percentile", "mahalanobis", "selective"]
    own = [f"{network}: {score}" for network in ["dense", "convolutional"] for score in scores]
    names = [name for name in own if name in sums] + [name for name in sums if name not in own]
    best = {title: max(results, key=lambda name: results[name]["roc_auc"]) for title, results in rows}
    lines = []
    for name in names:
        cells = [name]
        for title, results in rows:
            cell = f"{results[name]['roc_auc']:.3f} / {results[name]['partial_auc']:.3f}" if name in results else "–"
            cells.append(f"**{cell}**" if name == best[title] else cell)
        cells.append(f"{statistics.mean(a for a, _ in sums[name]):.3f} / {statistics.mean(p for _, p in sums[name]):.3f}")
        lines.append(cells)
    times = ", ".join(f"{network} {statistics.median(values):.0f} s" for network, values in seconds.items())
    return (
        "## Faults of machines\n\nROC-AUC / partial ROC-AUC (up to a tenth of false alerts, 0.5 is a guess) of recordings. A detector is fitted "
        "to 113 normal recordings of three machines of a kind, and measured on 37 others and 60 faulty ones, 6 s each. Scores: mean, "
        "percentile, mahalanobis, selective (two domains), see [the page of sounds](../docs/uses/sound.md).\n\n"
        + table(["score"] + [title for title, _ in rows] + ["mean"], lines) + f"\n\nMedian time to fit, measure and report: {times}.\n"
    )


# Voices


class Frames:
    """Short-time Fourier transforms with square-rooted Hann windows of 512 numbers, 256 apart."""

    window, hop = 512, 256
    shape = numpy.sqrt(scipy.signal.get_window("hann", window))

    def forward(self, sound):
        padded = numpy.pad(sound, (self.window, 2 * self.window))
        return numpy.fft.rfft(numpy.lib.stride_tricks.sliding_window_view(padded, self.window)[:: self.hop] * self.shape)

    def inverse(self, spectrum, count):
        frames = numpy.fft.irfft(spectrum, axis=1) * self.shape
        sound = numpy.zeros(len(frames) * self.hop + self.window)
        for index, frame in enumerate(frames):
            sound[index * self.hop : index * self.hop + self.window] += frame
        return sound[self.window : self.window + count]


def wiener(noisy, over, smoothing, floor, frames=Frames()):
    """Wiener's filter with the decision-directed estimate of Ephraim and Malah (1984); the noise is known from the lead."""
    spectrum = frames.forward(noisy)
    power = numpy.abs(spectrum) ** 2
    noise = power[4 : LEAD // frames.hop].mean(0) * over + 1e-12
    gains, last = numpy.zeros_like(power), None
    for index, row in enumerate(power):
        above = numpy.maximum(row / noise - 1, 0)
        prior = above if last is None else smoothing * last / noise + (1 - smoothing) * above
        gains[index] = numpy.maximum(prior / (1 + prior), floor)
        last = gains[index] ** 2 * row
    return frames.inverse(spectrum * gains, len(noisy))


def gating(noisy, stationary, share, threshold):
    if stationary:
        return noisereduce.reduce_noise(
            y=noisy, sr=RATE, stationary=True, y_noise=noisy[:LEAD], prop_decrease=share, n_std_thresh_stationary=threshold)
    return noisereduce.reduce_noise(y=noisy, sr=RATE, stationary=False, prop_decrease=share, thresh_n_mult_nonstationary=threshold)


def si_sdr(sound, clean):
    part = clean * (sound @ clean) / (clean @ clean)
    return 10 * numpy.log10((part @ part) / ((sound - part) @ (sound - part)))


def segmental(sound, clean, length=RATE * 32 // 1000):
    count = len(clean) // length * length
    signal = (clean[:count].reshape(-1, length) ** 2).sum(1)
    noise = ((sound - clean)[:count].reshape(-1, length) ** 2).sum(1)
    kept = signal / length > 1e-4 * (clean**2).mean()
    return float(numpy.clip(10 * numpy.log10(signal[kept] / numpy.maximum(noise[kept], 1e-30)), -10, 35).mean())


def mixtures(folder, count):
    draw = numpy.random.default_rng(1)
    for number, path in enumerate(sorted((folder / "speech/test").glob("*.wav"))[:count]):
        voice, rate = soundfile.read(path)
        voice = numpy.concatenate([numpy.zeros(LEAD), scipy.signal.resample_poly(voice, RATE, rate)])
        for kind in NOISES:
            paths = sorted((folder / "noise/test").glob(f"{kind}-*.wav"))
            noise, _ = soundfile.read(paths[number % len(paths)])
            start = draw.integers(0, len(noise) - len(voice))
            noise = noise[start : start + len(voice)]
            for level in LEVELS:
                mixed = voice + noise * numpy.sqrt((voice**2).mean() / (noise**2).mean() / 10 ** (level / 10))
                scale = 0.5 / numpy.abs(mixed).max()
                yield kind, level, voice * scale, mixed * scale


def best(method, grid, trials):
    """The settings with the best mean gain at 0 dB."""
    def gain(settings):
        return statistics.mean(si_sdr(method(noisy, *settings), clean) - si_sdr(noisy, clean) for _, level, clean, noisy in trials if level == 0)
    return max(grid, key=gain)


def voices(options, folder):
    if not (folder / "speech").exists():
        subprocess.run([REPOSITORY / "script/speech", folder / "speech"], check=True)
    if not (folder / "noise").exists():
        call(options, "data", "noises", "--out", folder / "noise", "--voices", folder / "speech", "--count", 12, "--seconds", 30)
    trained, training = options.run, None
    if trained is None:
        trained = folder / "denoise-run"
        begun = time.monotonic()
        call(options, "train", "sound-denoise", "--out", trained, "--threads", options.threads, cwd=folder)
        training = time.monotonic() - begun
    trials = list(mixtures(folder, options.voices))
    filters = best(wiener, [(o, s, f) for o in [0.7, 1, 1.5, 2.5] for s in [0.9, 0.96, 0.98] for f in [0, 0.05, 0.15]], trials)
    gates = best(gating, [(s, p, t) for s in [True, False] for p in [0.6, 0.8, 1] for t in [1, 1.5, 2]], trials)
    gains = {}
    with tempfile.TemporaryDirectory() as scratch:
        for kind, level, clean, noisy in trials:
            soundfile.write(f"{scratch}/noisy.wav", noisy, RATE, subtype="FLOAT")
            call(options, "denoise", trained, f"{scratch}/noisy.wav", "--out", f"{scratch}/out.wav", "--threads", options.threads)
            results = {
                "Wiener": wiener(noisy, *filters), "spectral gating": gating(noisy, *gates), "Hourglass": soundfile.read(f"{scratch}/out.wav")[0],
            }
            for name, sound in results.items():
                gains.setdefault((name, kind, level), []).append(
                    (si_sdr(sound, clean) - si_sdr(noisy, clean), segmental(sound, clean) - segmental(noisy, clean)))
        minute = numpy.tile(noisy, 60 * RATE // len(noisy) + 1)[: 60 * RATE]
        soundfile.write(f"{scratch}/minute.wav", minute, RATE)
        times = []
        for _ in range(3):
            begun = time.monotonic()
            call(options, "denoise", trained, f"{scratch}/minute.wav", "--out", f"{scratch}/out.wav", "--threads", options.threads)
            times.append(time.monotonic() - begun)
    names = ["Wiener", "spectral gating", "Hourglass"]
    def mean(name, kind, level, place):
        return statistics.mean(pair[place] for pair in gains[name, kind, level])
    rows = [[f"{kind}, {level} dB"] + [f"{mean(n, kind, level, 0):.2f} / {mean(n, kind, level, 1):.2f}" for n in names] for kind in NOISES for level in LEVELS]
    for level in LEVELS:
        rows.append([f"mean, {level} dB"] + [
            f"{statistics.mean(mean(n, k, level, 0) for k in NOISES):.2f} / {statistics.mean(mean(n, k, level, 1) for k in NOISES):.2f}" for n in names])
    text = (
        "## Noise over voices\n\nGain in SI-SDR / in segmental SNR, in dB, over "
        f"{options.voices} sentences of voices that training never heard, in noise that it never heard. Wiener's filter runs with {filters} "
        f"(noise times, smoothing, floor), spectral gating (noisereduce) with {gates} (stationary, share, threshold): the best of a grid; both "
        "are told half a second of the noise alone.\n\n" + table(["noise, level"] + names, rows)
        + f"\n\nA minute of sound takes {statistics.median(times):.2f} s with the start of the program, {options.threads} threads."
    )
    return text + (f" Training took {training / 60:.1f} minutes.\n" if training else "\n")


def main():
    options = parse_options()
    measured, load, parts = measurement(), os.getloadavg()[0], []
    with tempfile.TemporaryDirectory() as scratch:
        folder = (options.folder or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if not options.no_machines:
            parts.append(machines(options, folder))
        if not options.no_voices:
            parts.append(voices(options, folder))
    title = head("Sounds on the CPU", measured, load) + [
        f"- Threads used by Hourglass: {options.threads}; {versions(['noisereduce', 'scipy', 'numpy'])}", "", ""]
    options.output.write_text("\n".join(title) + "\n".join(parts))


main()
