"""Measures training on data larger than memory; script/bench memory starts it.

Two things are measured. How much memory of its own (RssAnon, from /proc) a run takes at most that trains an epoch on a .npy file of so many
gigabytes, 20 if not said otherwise. And how fast training is on a file that stays where it is, cached by the system, beside the same file read into
memory: samples for each second of processor time, since other work on the machine does not change it, and a second by the clock. Samples are
made up; their content does not change how long a step takes.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import numpy

from shared import BENCHMARKS, REPOSITORY, head, measurement, versions

# Recipe, numbers of a sample, bytes or floats.
ROWS = [("dense", "u1"), ("dense", "f4"), ("vae", "f4"), ("mnist-conv", "u1"), ("mnist-conv", "f4")]
SHAPE = (28, 28)
BLOCK = 20_000
EPOCHS = 3
# A recipe whose steps are short, so that reading matters most.
TINY = """name: tiny
data: data.npy
validation: none
model:
  input: [1, 28, 28]
  encoder: [flatten, {dense: {units: 16, activation: relu}}]
  decoder: [{dense: {units: 784, activation: sigmoid}}, {reshape: {shape: [1, 28, 28]}}]
epochs: 1
batch_size: 1024
"""


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=20, help="of the large file")
    parser.add_argument("--samples", type=int, default=60_000, help="of the small one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where the files are made, a temporary folder if not given")
    parser.add_argument("--program", type=Path, default=REPOSITORY / ".build" / "release" / "hourglass")
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "memory.md")
    return parser.parse_args()


def make(path, count, kind):
    """An array [count, 28, 28], written block by block."""
    random = numpy.random.default_rng(1)
    block = random.integers(0, 256, (BLOCK, *SHAPE), numpy.uint8)
    if kind == "f4":
        block = block.astype("<f4") / numpy.float32(255)
    with open(path, "wb") as file:
        numpy.lib.format.write_array_header_1_0(
            file, {"descr": block.dtype.str, "fortran_order": False, "shape": (count, *SHAPE)})
        for first in range(0, count, BLOCK):
            # No two blocks are the same, nor compressible into one.
            file.write(numpy.roll(block, first // BLOCK, axis=0)[: count - first].tobytes())


def train(options, recipe, data, keep, folder, epochs=None, threads=None):
    """The result of a run, the most memory of its own, in bytes, and its processor's seconds."""
    run = Path(tempfile.mkdtemp(dir=folder)) / "run"
    command = [
        options.program, "train", recipe, "--data", data, "--set", f"data.keep={keep}", "--set", "validation=none", "--threads",
        str(threads or options.threads), "--out", run, "--json"]
    if epochs:
        command += ["--epochs", str(epochs)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    most = 0

    def watch():
        nonlocal most
        while process.poll() is None:
            try:
                text = Path(f"/proc/{process.pid}/status").read_text()
                most = max(most, *(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("RssAnon")), 0)
            except (OSError, TypeError):
                pass
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, complaints = process.communicate()
    watcher.join()
    if process.returncode:
        raise SystemExit(complaints)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return json.loads(out), most, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def recipe_path(name):
    path = BENCHMARKS / "recipes" / f"{name}.yaml"
    return path if path.exists() else name


def compare(options, folder):
    """Rows of the table: a recipe from memory and from its file, in turn."""
    rows = []
    for name, kind in ROWS:
        data = folder / f"small-{kind}.npy"
        if not data.exists():
            make(data, options.samples, kind)
        figures = {"memory": [], "file": []}
        costs = {"memory": [], "file": []}
        digests = set()
        for _ in range(options.rounds):
            for keep in figures:
                result, _, _ = train(options, recipe_path(name), data, keep, folder, EPOCHS)
                digests.add(result["weights_sha256"])
                figures[keep].append(result["samples_per_second"])
                # What further epochs take: without start, reading and evaluation.
                one, more = (train(options, recipe_path(name), data, keep, folder, epochs, 1)[2] for epochs in (1, EPOCHS))
                costs[keep].append((more - one) / (EPOCHS - 1) / options.samples * 1e6)
        if len(digests) != 1:
            raise SystemExit(f"{name}: the weights differ")
        share = statistics.median(file / memory for file, memory in zip(figures["file"], figures["memory"]))
        prices = [statistics.median(costs[keep]) for keep in ("memory", "file")]
        medians = [statistics.median(figures[keep]) for keep in ("memory", "file")]
        rows.append((name, {"u1": "bytes", "f4": "floats"}[kind], *medians, share, *prices))
        print(rows[-1], flush=True)
    return rows


def main():
    options = parse_options()
    options.program = options.program.resolve()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        folder = Path(folder)
        text = "\n".join(head("Data larger than memory", measurement(), os.getloadavg()[0]) + [f"- {versions(['numpy'])}", ""])
        rows = compare(options, folder)
        text += f"\nSamples a second in {EPOCHS} epochs of {options.samples:,} samples, medians of {options.rounds} rounds in which the ways take "
        text += f"turns, and the median of the rounds' quotients; {options.threads} threads. Then the processor's microseconds for a sample with one thread. "
        text += "The weights are the same, bit for bit.\n\n"
        text += "| recipe, numbers | from memory | from the file, cached | share | microseconds, memory | file | share |\n"
        text += "| --- | --- | --- | --- | --- | --- | --- |\n"
        for name, kind, memory, file, share, cheap, dear in rows:
            text += f"| {name}, {kind} | {memory:,.0f} | {file:,.0f} | {share:.2f} | {cheap:.1f} | {dear:.1f} | {cheap / dear:.2f} |\n"
        if options.gigabytes:
            count = int(options.gigabytes * 1e9) // (4 * SHAPE[0] * SHAPE[1])
            data = folder / "large.npy"
            make(data, count, "f4")
            recipe = folder / "tiny.yaml"
            recipe.write_text(TINY)
            start = time.monotonic()
            result, most, _ = train(options, recipe, data, "file", folder)
            seconds = time.monotonic() - start
            text += f"\nA dense autoencoder of {result['parameters']:,} parameters on {os.path.getsize(data) / 1e9:.1f} GB, {count:,} samples, for one epoch: "
            text += f"{most / 1e6:,.0f} MB of anonymous memory at most, {result['samples_per_second']:,.0f} samples/s, {seconds:,.0f} s in all, "
            text += "with the look at all numbers before and the evaluation after.\n"
        options.output.write_text(text)
        print(text)


if __name__ == "__main__":
    main()
