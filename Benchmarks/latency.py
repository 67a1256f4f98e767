"""Measures how long Hourglass, PyTorch and ONNX Runtime take for one sample on one thread; script/bench starts it.

Programs take turns; every measurement is a process of its own, and the median over the rounds counts.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

from shared import BENCHMARKS, REPOSITORY, head, measurement, run, versions

PEER = BENCHMARKS / "peers" / "latency_peer.py"
RECIPES = {"dense-30": BENCHMARKS / "recipes" / "dense-30.yaml", "vae": "vae", "fashion-denoise": "fashion-denoise"}
PROGRAMS = {
    "hourglass": "Hourglass, `Predictor`",
    "onnxruntime": "ONNX Runtime",
    "torch": "PyTorch, inference mode",
    "torchscript": "PyTorch, TorchScript frozen",
}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--workloads", default=",".join(RECIPES), help="comma-separated")
    parser.add_argument("--programs", default=",".join(PROGRAMS), help="comma-separated")
    parser.add_argument("--hourglass", type=Path, default=REPOSITORY / ".build" / "release" / "hourglass")
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "latency.md")
    options = parser.parse_args()
    options.workloads = options.workloads.split(",")
    options.programs = options.programs.split(",")
    return options


def measure(options, program, workload):
    if program == "hourglass":
        command = [options.hourglass.resolve(), "benchmark-latency", RECIPES[workload], "--json"]
    else:
        command = [sys.executable, PEER, "--workload", workload, "--framework", program]
    return run(command + ["--calls", options.calls], threads=1)


def main():
    options = parse_options()
    measured, load = measurement(), os.getloadavg()[0]
    results = {}
    for _ in range(options.rounds):
        for workload in options.workloads:
            for program in options.programs:
                results.setdefault((workload, program), []).append(measure(options, program, workload))
    lines = head("One sample at a time on the CPU", measured, load)
    lines.append(f"- One thread; {versions(['torch', 'onnxruntime', 'numpy'])}")
    lines += [
        "",
        f"Microseconds from a sample in memory to its reconstruction in memory: the median of {options.calls:,} calls, and what 99 % of them "
        f"stay within; of both the median over {options.rounds} rounds, programs in turn, each measurement a process of its own.",
    ]
    for workload in options.workloads:
        lines += ["", f"## {workload}", "", "| Program | Median | 99 % within | Times Hourglass |", "| --- | --- | --- | --- |"]
        for program in options.programs:
            rounds = results[workload, program]
            median = statistics.median(r["median_us"] for r in rounds)
            late = statistics.median(r["p99_us"] for r in rounds)
            own = statistics.median(r["median_us"] for r in results[workload, options.programs[0]])
            lines.append(f"| {PROGRAMS[program]} | {median:.1f} | {late:.1f} | {median / own:.1f}x |")
    options.output.write_text("\n".join(lines) + "\n")
    print(f"wrote {options.output}", file=sys.stderr)


if __name__ == "__main__":
    main()
