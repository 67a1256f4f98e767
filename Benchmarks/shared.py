"""What the benchmarks share: how a program is run and how a page begins."""

import datetime
import importlib.metadata
import json
import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent
REPOSITORY = BENCHMARKS.parent
DASH = "–"
ISA_FLAGS = [
    "avx2",
    "fma",
    "avx512f",
    "avx512vl",
    "avx512_bf16",
    "avx512_fp16",
    "avx_vnni",
    "amx_bf16",
    "asimd",
    "sve",
]


def run(command, threads=None):
    """The JSON of a command's last line.

    `threads` is how many the numerical libraries of a Python program may use, where it does not say so itself.
    """
    environment = dict(os.environ)
    if threads is not None:
        for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"]:
            environment[name] = str(threads)
    print("$", shlex.join(map(str, command)), file=sys.stderr, flush=True)
    finished = subprocess.run(
        list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True, env=environment
    )
    return json.loads(finished.stdout.strip().splitlines()[-1])


def output_of(command):
    """The first line a command prints, or a dash."""
    try:
        finished = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    except OSError:
        return DASH
    return (finished.stdout.strip().splitlines() or [DASH])[0]


def processor():
    """The model of the processor and those of its instruction sets that matter here."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine(), []
    fields = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    flags = set(fields.get("flags", fields.get("Features", "")).split())
    model = fields.get("model name", platform.machine())
    if "cpu family" in fields:
        model += f" (family {fields['cpu family']}, model {fields.get('model')})"
    return model, [flag for flag in ISA_FLAGS if flag in flags]


def measurement():
    """When, of which commit and with which command the running benchmark measures, and on which processor."""
    model, flags = processor()
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": shlex.join(["script/bench", Path(sys.argv[0]).stem, *sys.argv[1:]]),
        "commit": output_of(["git", "rev-parse", "--short=12", "HEAD"]),
        "processor": model,
        "cores": os.cpu_count(),
        "instruction_sets": flags,
    }


def head(title, measured, load=None):
    """The first lines of a page; `measured` is what `measurement` gave."""
    flags = " ".join(measured["instruction_sets"])
    busy = "" if load is None else f"; load at the start: {load:.2f}"
    return [
        f"# {title}",
        "",
        f"- Date: {measured['date']}, commit {measured['commit']}",
        f"- Command: `{measured['command']}`",
        f"- Processor: {measured['processor']}, {measured['cores']} cores; {flags}{busy}",
    ]


def versions(packages):
    """Such as "scipy 1.17.1, numpy 2.4.6"."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
