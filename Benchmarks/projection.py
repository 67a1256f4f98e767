"""Measures t-SNE of Hourglass, scikit-learn and openTSNE; script/bench projection starts it.

All of them map the same codes: those that the dense model, trained for one epoch, gives the test images. Every
measurement is a process of its own; all maps are judged by scikit-learn.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from shared import BENCHMARKS, REPOSITORY, head, measurement, run, versions

PEER = BENCHMARKS / "peers" / "projection_peer.py"
RECIPE = BENCHMARKS / "recipes" / "dense.yaml"

TITLES = {
    "hourglass": "Hourglass",
    "sklearn": "scikit-learn, Barnes-Hut",
    "opentsne-bh": "openTSNE, Barnes-Hut",
    "opentsne-fft": "openTSNE, FFT",
}
PEERS = [name for name in TITLES if name != "hourglass"]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", default=",".join(PEERS), help="comma-separated")
    parser.add_argument("--limit", type=int, default=10_000, help="codes to map")
    parser.add_argument("--iterations", type=int, default=1000, help="of the peers; Hourglass does 1,000")
    parser.add_argument(
        "--large", action="store_true", help="also the training images, with Hourglass alone"
    )
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument(
        "--hourglass", type=Path, default=REPOSITORY / ".build" / "release" / "hourglass"
    )
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "projection.md")
    options = parser.parse_args()
    options.peers = [name for name in options.peers.split(",") if name]
    unknown = set(options.peers) - set(PEERS)
    if unknown:
        parser.error(f"unknown peers: {', '.join(sorted(unknown))}")
    return options


def project(options, folder, split, limit):
    page = folder / f"{split}.html"
    command = [options.hourglass, "project", folder / "run", "--data", options.data, "--split", split]
    command += ["--limit", limit, "--out", page, "--codes", folder / f"{split}-codes.csv"]
    command += ["--seed", 1, "--threads", options.threads, "--json"]
    return run(command, options.threads)


def measure(options, folder):
    """Seconds and figures of every program, by its name."""
    results = {}
    for _ in range(options.rounds):
        outcome = project(options, folder, "test", options.limit)
        results.setdefault("hourglass", []).append(
            {
                "seconds": outcome["seconds"],
                "divergence": outcome["metrics"]["kl_divergence"],
                "own_trustworthiness": outcome["metrics"]["trustworthiness"],
                "map": folder / "test.csv",
            }
        )
        for name in options.peers:
            map_path = folder / f"{name}.csv"
            command = [sys.executable, PEER, "--method", name, "--codes", folder / "test-codes.csv"]
            command += ["--threads", options.threads, "--iterations", options.iterations]
            command += ["--output", map_path]
            outcome = run(command, options.threads)
            results.setdefault(name, []).append({**outcome, "map": map_path})
    return results


def judge(path, codes, labels):
    import numpy
    from sklearn.manifold import trustworthiness
    from sklearn.neighbors import NearestNeighbors

    points = numpy.loadtxt(path, delimiter=",", skiprows=1, usecols=(0, 1))
    near = NearestNeighbors(n_neighbors=10).fit(points).kneighbors(return_distance=False)
    votes = numpy.stack([(labels[near] == label).sum(axis=1) for label in range(labels.max() + 1)])
    return {
        "trustworthiness": float(trustworthiness(codes, points, n_neighbors=5)),
        "accuracy": float((votes.argmax(axis=0) == labels).mean()),
    }


def describe(options, load):
    return head("t-SNE on the CPU", measurement(), load) + [
        f"- Threads used: {options.threads}; {versions(['scikit-learn', 'openTSNE', 'numpy'])}",
        "",
    ]


def table(options, results, codes, labels):
    lines = [
        f"{len(codes):,} codes of {codes.shape[1]} numbers, which the dense model "
        "(`Benchmarks/recipes/dense.yaml`, one epoch) gives test images of Fashion-MNIST; perplexity 30, "
        f"{options.iterations:,} iterations of which 250 exaggerated twelvefold, start from principal components. "
        f"Medians of {options.rounds} rounds. Seconds are those of neighbours, affinities and optimization, without "
        "reading and writing. Trustworthiness (5 neighbours) and the share of samples that have the class of most of "
        "their 10 nearest are scikit-learn's, for all maps; the divergence is what each program gives for its own.",
        "",
        "| Program | Seconds | Compared with Hourglass | Trustworthiness | 10 nearest, map | KL divergence |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    base = statistics.median(entry["seconds"] for entry in results["hourglass"])
    for name, entries in results.items():
        seconds = statistics.median(entry["seconds"] for entry in entries)
        figures = judge(entries[-1]["map"], codes, labels)
        lines.append(
            f"| {TITLES[name]} | {seconds:.2f} | {seconds / base:.1f}x "
            f"| {figures['trustworthiness']:.4f} | {figures['accuracy']:.4f} "
            f"| {entries[-1]['divergence']:.3f} |"
        )
        own = entries[-1].get("own_trustworthiness")
        if own is not None and abs(own - figures["trustworthiness"]) > 1e-5:
            raise SystemExit(f"Hourglass finds a trustworthiness of {own}, scikit-learn {figures}")
    return lines


def main():
    options = parse_options()
    load = os.getloadavg()[0]
    import numpy

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train = [options.hourglass, "train", RECIPE, "--data", options.data, "--epochs", 1]
        run(train + ["--out", folder / "run", "--json"], options.threads)
        results = measure(options, folder)
        codes = numpy.loadtxt(folder / "test-codes.csv", delimiter=",", skiprows=1, dtype=numpy.float32)
        labels = numpy.loadtxt(folder / "test.csv", delimiter=",", skiprows=1, usecols=2).astype(int)
        lines = describe(options, load) + table(options, results, codes, labels)
        if options.large:
            outcome = project(options, folder, "train", 60_000)
            metrics = outcome["metrics"]
            lines += [
                "",
                f"{outcome['samples']:,} codes of training images with Hourglass: {outcome['seconds']:.1f} s, "
                f"trustworthiness {metrics['trustworthiness']:.4f}, 10 nearest in the map "
                f"{metrics['label_accuracy']:.4f}, divergence {metrics['kl_divergence']:.3f}.",
            ]
    options.output.write_text("\n".join(lines) + "\n")
    print(options.output.read_text())


if __name__ == "__main__":
    main()
