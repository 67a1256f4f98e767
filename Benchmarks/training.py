"""Measures Hourglass and its peers in turn; script/bench prepares what this needs and starts it.

Every measurement is a process of its own. One round runs every framework once, so that a change in
the machine's speed meets all of them, and the figures are medians over the rounds.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from shared import BENCHMARKS, DASH, REPOSITORY, head, measurement, output_of

PEERS = BENCHMARKS / "peers"
sys.path.insert(0, str(PEERS))

from workloads import (  # noqa: E402
    CIFAR,
    EXTRA_PAIRS,
    MODELS,
    PAIRS,
    PARAMETERS,
    images,
    is_contractive,
    is_convolutional,
    training_operations,
)

HOURGLASS = "hourglass"
EPOCHS = 2
SEED = 1
PROCESS_LIMIT_SECONDS = 3600

# The script of a peer and its mode, in the order of a round.
PEER_COMMANDS = {
    "keras": ["keras_peer.py", "--mode", "default"],
    "keras-tuned": ["keras_peer.py", "--mode", "tuned"],
    "torch": ["torch_peer.py", "--mode", "eager"],
    "torch-channels-last": ["torch_peer.py", "--mode", "channels-last"],
    "torch-compile": ["torch_peer.py", "--mode", "compile"],
    "jax": ["jax_peer.py"],
}
FRAMEWORK_TITLES = {
    HOURGLASS: "Hourglass",
    "keras": "Keras, TensorFlow",
    "keras-tuned": "Keras, TensorFlow, tuned",
    "torch": "PyTorch",
    "torch-channels-last": "PyTorch, channels last",
    "torch-compile": "PyTorch, compiled",
    "jax": "JAX",
}
RECIPES = {"dense": str(BENCHMARKS / "recipes" / "dense.yaml")}
CIFAR_FILES = [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]
CIFAR_FILE_IMAGES = 10_000
LIBRARIES = ["tensorflow-cpu", "tensorflow", "keras", "torch", "jax", "jaxlib", "numpy"]


class MeasurementFailed(Exception):
    """A framework is missing or failed; its row gets a note instead of figures."""


def parse_options():
    workloads = sorted(MODELS)
    frameworks = [HOURGLASS, *PEER_COMMANDS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only", action="append", choices=workloads, help="measure this workload; repeatable"
    )
    parser.add_argument(
        "--peers",
        default=",".join(frameworks),
        help=f"comma-separated, of {', '.join(frameworks)}; Hourglass always runs",
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--extra", action="store_true", help="further batch sizes")
    parser.add_argument(
        "--samples",
        type=int,
        help="training images for the peers; fewer only to try the benchmark out",
    )
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument(
        "--cifar",
        type=Path,
        help="a folder with CIFAR-10's binary files; random images of their kind if not given",
    )
    parser.add_argument(
        "--hourglass", type=Path, default=REPOSITORY / ".build" / "release" / "hourglass"
    )
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "results.md")
    options = parser.parse_args()
    chosen = set(options.peers.split(","))
    unknown = chosen - set(frameworks)
    if unknown:
        parser.error(f"unknown peers: {', '.join(sorted(unknown))}")
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    options.frameworks = [name for name in frameworks if name == HOURGLASS or name in chosen]
    pairs = PAIRS + (EXTRA_PAIRS if options.extra else [])
    options.pairs = [pair for pair in pairs if not options.only or pair[0] in options.only]
    return options


def run_process(command, extra_environment=None):
    """Runs a command; returns the JSON of its last line and its peak memory in MiB."""
    environment = {**os.environ, **(extra_environment or {})}
    environment["HOURGLASS_BENCH_STARTED"] = repr(time.time())
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(command, stdout=output, stderr=errors, env=environment)
        except OSError as error:
            raise MeasurementFailed(f"cannot start: {error.strerror}") from error
        timer = threading.Timer(PROCESS_LIMIT_SECONDS, process.kill)
        timer.start()
        try:
            # Not process.wait: only wait4 tells the memory of this one process.
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            os.kill(process.pid, signal.SIGTERM)
            raise
        finally:
            timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        lines = [text_lines(file) for file in (output, errors)]
    if process.returncode != 0:
        reason = lines[1][-1] if lines[1] else "no message"
        raise MeasurementFailed(f"exit code {process.returncode}: {reason}")
    try:
        result = json.loads(lines[0][-1])
    except (IndexError, json.JSONDecodeError) as error:
        raise MeasurementFailed("its last line is not JSON") from error
    # Linux counts ru_maxrss in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return result, usage.ru_maxrss * unit / 2**20


def text_lines(file):
    file.seek(0)
    return file.read().decode(errors="replace").strip().splitlines()


def write_random_images(folder):
    """Files like CIFAR-10's, of random bytes: what training costs does not depend on the images."""
    generator = random.Random(SEED)
    size = 1 + CIFAR.features
    for name in CIFAR_FILES:
        with open(folder / name, "wb") as file:
            # In small parts: the memory of this process is a floor under those it measures.
            for _ in range(CIFAR_FILE_IMAGES // 100):
                records = bytearray(generator.randbytes(100 * size))
                records[::size] = bytes(label % 10 for label in range(100))
                file.write(records)


def data_folder(options, workload):
    return options.cifar if images(workload) == CIFAR else options.data


def measure_hourglass(options, workload, batch):
    recipe = RECIPES.get(workload, workload)
    with tempfile.TemporaryDirectory() as directory:
        run = Path(directory) / "run"
        train = [options.hourglass, "train", recipe, "--data", data_folder(options, workload)]
        train += ["--epochs", EPOCHS, "--batch-size", batch, "--seed", SEED]
        train += ["--threads", options.threads, "--out", run, "--json"]
        trained, train_memory = run_process([str(word) for word in train])
        evaluate = [options.hourglass, "evaluate", run, "--json"]
        evaluate += ["--data", data_folder(options, workload)]
        evaluated, evaluate_memory = run_process([str(word) for word in evaluate])
    return {
        "training_images_per_second": trained["samples_per_second"],
        "inference_images_per_second": evaluated["samples_per_second"],
        "seconds_to_first_epoch": trained["seconds_to_first_epoch"],
        "test_mse": evaluated["metrics"]["mse"],
        "parameters": trained["parameters"],
        "peak_memory_mib": max(train_memory, evaluate_memory),
    }


def measure_peer(options, framework, workload, batch):
    script, *mode = PEER_COMMANDS[framework]
    command = [sys.executable, PEERS / script, *mode, "--workload", workload, "--batch", batch]
    command += ["--epochs", EPOCHS, "--threads", options.threads, "--seed", SEED]
    command += ["--data", data_folder(options, workload)]
    if options.samples:
        command += ["--samples", options.samples]
    # Every process starts without a compiler cache: the first epoch includes the compilation.
    with tempfile.TemporaryDirectory() as cache:
        environment = {"TORCHINDUCTOR_CACHE_DIR": cache}
        result, memory = run_process([str(word) for word in command], environment)
    return {**result, "peak_memory_mib": memory}


def measure(options, framework, workload, batch):
    """The figures of one run, or {"note": why there are none}."""
    try:
        if framework == HOURGLASS:
            result = measure_hourglass(options, workload, batch)
        else:
            result = measure_peer(options, framework, workload, batch)
        if result["parameters"] != PARAMETERS[workload]:
            raise MeasurementFailed(f"{result['parameters']} parameters: another model")
    except MeasurementFailed as error:
        return {"note": str(error)}
    except KeyError as error:
        return {"note": f"its JSON has no {error}"}
    return result


def applies(framework, workload):
    """Channels last is an order of images; dense layers have none. Keras has no Jacobians."""
    if framework == "torch-channels-last":
        return is_convolutional(workload)
    return not (framework.startswith("keras") and is_contractive(workload))


def measure_pair(options, workload, batch):
    """All rounds of one workload: {framework: [result of each round]}."""
    frameworks = [name for name in options.frameworks if applies(name, workload)]
    results = {framework: [] for framework in frameworks}
    for number in range(1, options.rounds + 1):
        for framework in frameworks:
            result = measure(options, framework, workload, batch)
            results[framework].append(result)
            rate = result.get("training_images_per_second")
            outcome = f"{rate:,.0f} images/s" if rate else result["note"]
            progress = f"{workload}, batch {batch}, round {number}, {framework}: {outcome}"
            print(progress, file=sys.stderr, flush=True)
    return results


def medians(results):
    """The median of each figure over the rounds that succeeded, and a note on those that did not."""
    succeeded = [result for result in results if "note" not in result]
    notes = {result["note"] for result in results if "note" in result}
    if not succeeded:
        return {"note": "; ".join(sorted(notes))}
    summary = {
        name: statistics.median(result[name] for result in succeeded)
        for name, value in succeeded[0].items()
        if isinstance(value, (int, float))
    }
    if notes:
        failed = len(results) - len(succeeded)
        summary["note"] = f"{failed} of {len(results)} rounds failed: {'; '.join(sorted(notes))}"
    return summary


def measured_peak(options):
    """What the cores reach with fused multiply-adds alone, or None."""
    try:
        return run_process([str(options.hourglass), "benchmark-peak", "--json"])[0]
    except MeasurementFailed as error:
        print(f"benchmark-peak: {error}", file=sys.stderr)
        return None


def peak_gigaflops(peak, threads):
    """The peak of as many cores as the benchmark uses."""
    if peak is None:
        return None
    if peak["threads"] == threads:
        return peak["gigaflops"]
    return peak["gigaflops_per_core"] * threads


def ratio(summaries, figure):
    """Hourglass against the best peer, such as "1.52× (torch)", or a dash."""
    peers = {
        framework: summary[figure]
        for framework, summary in summaries.items()
        if framework != HOURGLASS and figure in summary
    }
    own = summaries[HOURGLASS].get(figure)
    if not peers or own is None:
        return DASH
    best = max(peers, key=peers.get)
    return f"{own / peers[best]:.2f}× ({best})"


def format_figure(value, digits=0):
    return DASH if value is None else f"{value:,.{digits}f}"


def table_lines(measured, peak, threads):
    heads = ["Workload", "Batch", "Framework", "Training, images/s", "Inference, images/s"]
    heads += ["Peak memory, MiB", "First epoch, s", "Test MSE", "Training / best peer"]
    heads += ["Inference / best peer", "Share of FMA peak", "Note"]
    lines = [row(heads), row(["---"] * len(heads))]
    gigaflops = peak_gigaflops(peak, threads)
    for (workload, batch), summaries in measured.items():
        for framework, summary in summaries.items():
            training = summary.get("training_images_per_second")
            cells = [workload, batch, FRAMEWORK_TITLES[framework]]
            cells.append(format_figure(training))
            cells.append(format_figure(summary.get("inference_images_per_second")))
            cells.append(format_figure(summary.get("peak_memory_mib")))
            cells.append(format_figure(summary.get("seconds_to_first_epoch"), 1))
            cells.append(format_figure(summary.get("test_mse"), 5))
            if framework == HOURGLASS:
                share = None
                operations = training_operations(workload)
                if None not in (training, gigaflops, operations):
                    share = training * operations / (gigaflops * 1e9)
                cells.append(ratio(summaries, "training_images_per_second"))
                cells.append(ratio(summaries, "inference_images_per_second"))
                cells.append(DASH if share is None else f"{share:.1%}")
            else:
                cells += ["", "", ""]
            cells.append(summary.get("note", "").replace("|", "\\|"))
            lines.append(row(cells))
    return lines


def row(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def library_versions():
    versions = {}
    for library in LIBRARIES:
        try:
            versions[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def describe_machine(options, peak):
    return {
        **measurement(),
        "system": f"{platform.system()} {platform.release()}",
        "threads": options.threads,
        "rounds": options.rounds,
        "training_images": options.samples,
        "cifar": "random images" if options.cifar is None else "CIFAR-10",
        "python": platform.python_version(),
        "swift": output_of(["swift", "--version"]),
        "libraries": library_versions(),
        "peak": peak,
    }


def head_lines(machine):
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    peak = machine["peak"]
    if peak is None:
        peak_text = DASH
    else:
        peak_text = (
            f"{peak['gigaflops']:,.0f} Gflop/s on {peak['threads']} threads, "
            f"{peak['gigaflops_per_core']:,.0f} on one core"
        )
    lines = head("Training speed on the CPU", machine) + [
        f"- System: {machine['system']}; threads used: {machine['threads']}",
        f"- Versions: Python {machine['python']}, {libraries}; {machine['swift']}",
        f"- Measured fused multiply-add peak: {peak_text}",
        "",
        f"Medians of {machine['rounds']} rounds, the frameworks in turn in each. Fashion-MNIST, "
        "60,000 training and 10,000 test images; for cifar-deblur "
        f"{machine['cifar']}, 50,000 and 10,000. A peer's "
        "training rate is that of its second epoch. First epoch: from the start of the process, "
        "compilation included, to the end of that epoch. Share of FMA peak: multiply-adds of the "
        "convolutions and dense layers in training, counted as two operations each. Tuned Keras: "
        "see `Benchmarks/peers/keras_peer.py`.",
        "",
    ]
    if machine["training_images"]:
        lines += ["**Not a measurement: the peers trained on part of the images.**", ""]
    return lines


def write_results(options, machine, rounds):
    """Writes both files. Called after every workload, so that an interrupted run leaves its part."""
    measured = {
        pair: {framework: medians(results) for framework, results in by_framework.items()}
        for pair, by_framework in rounds.items()
    }
    lines = head_lines(machine) + table_lines(measured, machine["peak"], options.threads)
    options.output.write_text("\n".join(lines) + "\n")
    raw = {
        "machine": machine,
        "workloads": [
            {
                "workload": workload,
                "batch": batch,
                "training_operations_per_image": training_operations(workload),
                "medians": measured[workload, batch],
                "rounds": by_framework,
            }
            for (workload, batch), by_framework in rounds.items()
        ],
    }
    options.output.with_suffix(".json").write_text(json.dumps(raw, indent=2) + "\n")


def main():
    options = parse_options()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    if hasattr(os, "sched_setaffinity"):
        # Inherited by every process started here, so a framework whose thread count is not
        # obeyed everywhere has no more cores than the others.
        allowed = sorted(os.sched_getaffinity(0))[: options.threads]
        os.sched_setaffinity(0, allowed)
    machine = describe_machine(options, measured_peak(options))
    needs_cifar = any(images(workload) == CIFAR for workload, _ in options.pairs)
    rounds = {}
    with tempfile.TemporaryDirectory() as folder:
        if needs_cifar and options.cifar is None:
            options.cifar = Path(folder)
            write_random_images(options.cifar)
        for workload, batch in options.pairs:
            rounds[workload, batch] = measure_pair(options, workload, batch)
            write_results(options, machine, rounds)
    print(options.output.read_text())


if __name__ == "__main__":
    main()
