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
    parser.add_argument("--rounds", type=int, default=3)
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


def train(options, recipe, data, keep, folder, epochs=None):
    """The result of a run, its processor seconds and the most memory of its own, in bytes."""
    run = Path(tempfile.mkdtemp(dir=folder)) / "run"
    command = [
        options.program, "train", recipe, "--data", data, "--set", f"data.keep={keep}", "--set", "validation=none", "--threads",
        str(options.threads), "--out", run, "--json"]
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
    return json.loads(out), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, most


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
        digests = set()
        for _ in range(options.rounds):
            for keep in figures:
                # What a second epoch takes more than one: without start, reading and evaluation.
                one, two = (train(options, recipe_path(name), data, keep, folder, epochs) for epochs in (1, 3))
                digests.add(two[0]["weights_sha256"])
                figures[keep].append((2 * options.samples / (two[1] - one[1]), two[0]["samples_per_second"]))
        if len(digests) != 1:
            raise SystemExit(f"{name}: the weights differ")
        medians = {keep: [statistics.median(column) for column in zip(*values)] for keep, values in figures.items()}
        rows.append((name, {"u1": "bytes", "f4": "floats"}[kind], medians))
        print(rows[-1], flush=True)
    return rows


def main():
    options = parse_options()
    options.program = options.program.resolve()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        folder = Path(folder)
        text = "\n".join(head("Data larger than memory", measurement(), os.getloadavg()[0]) + [f"- {versions(['numpy'])}", ""])
        rows = compare(options, folder)
        text += "\nSamples for each second of processor time, in brackets by the clock, medians of "
        text += f"{options.rounds} rounds in which the ways take turns; {options.threads} threads. The weights are the same, bit for bit.\n\n"
        text += "| recipe, numbers | from memory | from the file, cached | share |\n| --- | --- | --- | --- |\n"
        for name, kind, medians in rows:
            (memory, memory_clock), (file, file_clock) = medians["memory"], medians["file"]
            text += f"| {name}, {kind} | {memory:,.0f} ({memory_clock:,.0f}) | {file:,.0f} ({file_clock:,.0f}) | {file / memory:.2f} |\n"
        if options.gigabytes:
            count = int(options.gigabytes * 1e9) // (4 * SHAPE[0] * SHAPE[1])
            data = folder / "large.npy"
            make(data, count, "f4")
            recipe = folder / "tiny.yaml"
            recipe.write_text(TINY)
            start = time.monotonic()
            result, _, most = train(options, recipe, data, "file", folder)
            seconds = time.monotonic() - start
            text += f"\nA dense autoencoder of {result['parameters']:,} parameters on {os.path.getsize(data) / 1e9:.1f} GB, {count:,} samples, for one epoch: "
            text += f"{most / 1e6:,.0f} MB of anonymous memory at most, {result['samples_per_second']:,.0f} samples/s, {seconds:,.0f} s in all, "
            text += "with the look at all numbers before and the evaluation after.\n"
        options.output.write_text(text)
        print(text)


if __name__ == "__main__":
    main()
