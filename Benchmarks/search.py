"""Measures the search of Hourglass, FAISS (flat) and hnswlib; script/bench starts it.

Two collections: the codes that the recipe image-search gives the training images of Fashion-MNIST (queries are the
codes of the test images), and random vectors from the normal distribution. Every measurement is a process of its own;
recall is counted against FAISS, whose search is exact.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from shared import BENCHMARKS, REPOSITORY, head, measurement, run, versions

PEER = BENCHMARKS / "peers" / "search_peer.py"

NEIGHBOURS = 10
PROGRAMS = {
    "hourglass": "Hourglass, exact",
    "faiss": "FAISS, IndexFlatL2",
    "hourglass-graph": "Hourglass, --approximate",
    "hnswlib": "hnswlib from PyPI",
}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--programs", default=",".join(PROGRAMS), help="comma-separated")
    parser.add_argument("--random", type=int, default=1_000_000, help="random vectors; 0 leaves them out")
    parser.add_argument("--random-queries", type=int, default=10_000)
    parser.add_argument("--large-graphs", action="store_true", help="graphs of the random vectors too: many minutes")
    parser.add_argument("--epochs", type=int, default=3, help="that the model of the codes is trained")
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument(
        "--hourglass", type=Path, default=REPOSITORY / ".build" / "release" / "hourglass"
    )
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "search.md")
    options = parser.parse_args()
    options.hourglass = options.hourglass.resolve()
    options.programs = [name for name in options.programs.split(",") if name]
    unknown = set(options.programs) - set(PROGRAMS)
    if unknown or "faiss" not in options.programs:
        parser.error(f"unknown programs: {', '.join(sorted(unknown))}, or faiss left out, which recall needs")
    return options


def codes(options, folder):
    """Vectors and queries of Fashion-MNIST."""
    run(
        [options.hourglass, "train", "image-search", "--data", options.data, "--epochs", options.epochs]
        + ["--threads", options.threads, "--out", folder / "run", "--json"],
        options.threads,
    )
    for split in ["train", "test"]:
        command = [options.hourglass, "transform", folder / "run", "--data", options.data, "--split", split]
        run(command + ["--out", folder / f"codes-{split}.npy", "--json"], options.threads)
    return folder / "codes-train.npy", folder / "codes-test.npy"


def random_vectors(options, folder):
    import numpy

    generator = numpy.random.default_rng(1)
    for name, count in [("vectors", options.random), ("queries", options.random_queries)]:
        numpy.save(folder / f"{name}.npy", generator.standard_normal((count, 32), dtype=numpy.float32))
    return folder / "vectors.npy", folder / "queries.npy"


def hourglass(options, folder, vectors, queries, single, graph):
    import numpy

    index, table = folder / "vectors.index", folder / "found.csv"
    command = [options.hourglass, "index", vectors, "--out", index, "--threads", options.threads, "--json"]
    built = run(command + (["--approximate"] if graph else []), options.threads)
    command = [options.hourglass, "search", index, "-k", NEIGHBOURS, "--threads", options.threads, "--json"]
    command += [] if graph else ["--exact"]
    batch = run(command + [queries, "--out", table], options.threads)
    one = run(command + [single, "--one-by-one"], options.threads)
    found = numpy.loadtxt(table, delimiter=",", skiprows=1, usecols=2, dtype=numpy.int64)
    return {
        "build_seconds": built["seconds"],
        "batch_queries_per_second": batch["queries_per_second"],
        "single_queries_per_second": one["queries_per_second"],
        "found": found.reshape(-1, NEIGHBOURS),
    }


def peer(options, folder, name, vectors, queries, single):
    import numpy

    output = folder / f"{name}.npy"
    command = [sys.executable, PEER, "--program", name, "--vectors", vectors, "--queries", queries]
    command += ["--neighbours", NEIGHBOURS, "--threads", options.threads, "--single", single, "--output", output]
    return {**run(command, options.threads), "found": numpy.load(output)}


def measure(options, folder, vectors, queries, graphs):
    """Figures of every program, by its name, one entry a round."""
    import numpy

    count = len(numpy.load(vectors, mmap_mode="r"))
    singles = min(len(numpy.load(queries, mmap_mode="r")), 1000 if count < 200_000 else 100)
    single = folder / "single.npy"
    numpy.save(single, numpy.load(queries)[:singles])
    results = {}
    for _ in range(options.rounds):
        for name in options.programs:
            if not graphs and name in ["hourglass-graph", "hnswlib"]:
                continue
            if name.startswith("hourglass"):
                outcome = hourglass(options, folder, vectors, queries, single, name != "hourglass")
            else:
                outcome = peer(options, folder, name, vectors, queries, singles)
            results.setdefault(name, []).append(outcome)
    return results


def recall(found, exact, vectors, queries):
    """The share of what was found that is no farther than the last of the exact results: ties are hits."""
    import numpy

    vectors, queries = numpy.load(vectors, mmap_mode="r"), numpy.load(queries)

    def squares(indices):
        return ((vectors[indices].astype(numpy.float64) - queries[:, None]) ** 2).sum(axis=2)

    return float((squares(found) <= squares(exact).max(axis=1, keepdims=True)).mean())


def figure(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def table(title, results, vectors, queries):
    lines = [
        f"## {title}",
        "",
        "| Program | Build, seconds | Queries/s, all at once | Times FAISS | Queries/s, one by one | Recall@10 |",
        "| --- | --- | --- | --- | --- | --- |",
    ]

    def median(name, key):
        return statistics.median(entry[key] for entry in results[name])

    base = median("faiss", "batch_queries_per_second")
    exact = results["faiss"][-1]["found"]
    for name, entries in results.items():
        speed = median(name, "batch_queries_per_second")
        lines.append(
            f"| {PROGRAMS[name]} | {median(name, 'build_seconds'):.2f} | {figure(speed)} | {speed / base:.1f}x "
            f"| {figure(median(name, 'single_queries_per_second'))} | {recall(entries[-1]['found'], exact, vectors, queries):.4f} |"
        )
    return lines + [""]


def describe(options, load):
    return head("Search on the CPU", measurement(), load) + [
        f"- Threads used: {options.threads}, and one to build graphs; {versions(['faiss-cpu', 'hnswlib', 'numpy'])}",
        "",
        f"The {NEIGHBOURS} nearest by the Euclidean distance of 32 numbers; medians of {options.rounds} rounds. Seconds and "
        "rates are of the search alone, without reading and writing files. Graphs have M = 16, ef_construction = 200 and "
        "ef = 64. Recall is the share of results that are no farther than the farthest of FAISS, so ties are hits.",
        "",
    ]


def main():
    options = parse_options()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = describe(options, load)
        vectors, queries = codes(options, folder)
        results = measure(options, folder, vectors, queries, graphs=True)
        lines += table("60,000 codes of Fashion-MNIST, 10,000 queries", results, vectors, queries)
        if options.random:
            vectors, queries = random_vectors(options, folder)
            results = measure(options, folder, vectors, queries, graphs=options.large_graphs)
            title = f"{options.random:,} random vectors, {options.random_queries:,} queries"
            lines += table(title, results, vectors, queries)
    options.output.write_text("\n".join(lines).rstrip() + "\n")
    print(options.output.read_text())


if __name__ == "__main__":
    main()
