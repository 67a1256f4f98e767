"""Measures anomaly detection of Hourglass and PyOD; script/bench detection starts it.

Every detector sees the same split: the one that Hourglass makes (60 % of the rows drawn at random, their anomalies left
out of training; all other rows are scored). PyOD's detectors get standardised columns and their own defaults.
"""

import argparse
import csv
import gzip
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from shared import BENCHMARKS, REPOSITORY, head, measurement, run, versions

PEERS = ["IForest", "KNN", "LOF", "ECOD", "COPOD", "PCA", "HBOS", "AutoEncoder"]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="seeds 1, 2, ...; medians are told")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", default=",".join(PEERS), help="comma-separated")
    parser.add_argument("--tables", default="", help="comma-separated; all if empty")
    parser.add_argument(
        "--shuttle", type=Path, help="Statlog Shuttle as CSV or .csv.gz with the labels in Class; left out without it"
    )
    parser.add_argument(
        "--blank",
        type=float,
        default=0,
        metavar="SHARE",
        help="adds two of the made tables with this share of all cells blank, drawn at random",
    )
    parser.add_argument("--csv", type=Path, action="append", default=[], help="a table of your own, labels in Class")
    parser.add_argument(
        "--hourglass", type=Path, default=REPOSITORY / ".build" / "release" / "hourglass"
    )
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "detection.md")
    options = parser.parse_args()
    options.peers = [name for name in options.peers.split(",") if name]
    unknown = set(options.peers) - set(PEERS)
    if unknown:
        parser.error(f"unknown peers: {', '.join(sorted(unknown))}")
    if not 0 <= options.blank < 1:
        parser.error("--blank must be from 0 to below 1")
    return options


# MARK: tables


def built_in():
    """Tables as (rows, labels): scikit-learn's with one class as rare anomalies, and made ones."""
    import numpy
    from sklearn import datasets

    def rare(bunch, anomalous, share, seed=0):
        random = numpy.random.default_rng(seed)
        labels = numpy.isin(bunch.target, anomalous)
        normal, others = numpy.flatnonzero(~labels), numpy.flatnonzero(labels)
        wanted = max(5, int(share * len(normal) / (1 - share)))
        rows = random.permutation(numpy.r_[normal, random.permutation(others)[:wanted]])
        return bunch.data[rows], labels[rows].astype(int)

    def clusters(kind, rows=3000, columns=12, seed=1):
        random = numpy.random.default_rng(seed)
        centres = random.normal(0, 4, (3, columns))
        mixes = [
            random.normal(0, 1, (columns, columns // 2)) @ random.normal(0, 0.35, (columns // 2, columns))
            + 0.3 * numpy.eye(columns)
            for _ in range(3)
        ]
        which = random.integers(0, 3, rows)
        normal = numpy.stack([centres[c] + mixes[c] @ random.normal(0, 1, columns) for c in which])
        count = rows // 15
        if kind == "global":
            odd = random.uniform(normal.min(0) * 1.1, normal.max(0) * 1.1, (count, columns))
        elif kind == "local":
            odd = numpy.stack(
                [centres[c] + 2.2 * mixes[c] @ random.normal(0, 1, columns) for c in random.integers(0, 3, count)]
            )
        else:
            odd = centres.mean(0) + 3 * random.normal(0, 1, columns) + 0.5 * random.normal(0, 1, (count, columns))
        return shuffled(normal, odd, random)

    def dependent(rows=3000, columns=12, seed=4):
        random = numpy.random.default_rng(seed)
        factors = random.normal(0, 1, (rows, columns // 3)) @ random.normal(0, 1, (columns // 3, columns))
        normal = numpy.tanh(factors) + 0.1 * random.normal(0, 1, (rows, columns))
        count = rows // 15
        odd = numpy.stack([normal[random.permutation(rows)[:count], j] for j in range(columns)], axis=1)
        return shuffled(normal, odd, random)

    def heavy(rows=4000, columns=20, seed=5):
        random = numpy.random.default_rng(seed)
        normal = random.standard_t(2, (rows, 5)) @ random.normal(0, 1, (5, columns))
        normal = normal * numpy.exp(random.normal(0, 2, columns)) + numpy.exp(random.normal(0, 1, (rows, columns)))
        count = rows // 30
        odd = normal[random.permutation(rows)[:count]].copy()
        spread = numpy.median(numpy.abs(normal - numpy.median(normal, 0)), 0)
        odd += (random.random((count, columns)) < 0.3) * random.normal(0, 6, (count, columns)) * spread
        return shuffled(normal, odd, random)

    def shuffled(normal, odd, random):
        order = random.permutation(len(normal) + len(odd))
        return numpy.r_[normal, odd][order], numpy.r_[numpy.zeros(len(normal), int), numpy.ones(len(odd), int)][order]

    digits = datasets.load_digits()
    return {
        "breast cancer": rare(datasets.load_breast_cancer(), [0], 0.1),
        "wine": rare(datasets.load_wine(), [0], 0.1),
        "iris": rare(datasets.load_iris(), [2], 0.2),
        "digits 0": rare(digits, [0], 0.08),
        "digits 1": rare(digits, [1], 0.08),
        "digits 9": rare(digits, [9], 0.08),
        "global in clusters": clusters("global"),
        "local in clusters": clusters("local"),
        "a small cluster": clusters("cluster"),
        "broken dependencies": dependent(),
        "heavy tails": heavy(),
    }


def blanked(tables, share):
    """Tables with columns that depend on one another, with this share of all cells blank."""
    import numpy

    made = {}
    for name in ["broken dependencies", "heavy tails"]:
        rows, labels = tables[name]
        blank = numpy.random.default_rng(6).random(rows.shape) < share
        made[f"{name} with {100 * share:g} % blank"] = (numpy.where(blank, numpy.nan, rows), labels)
    return made


def write_table(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f"x{i + 1}" for i in range(rows.shape[1])])
        for row in rows.tolist():
            writer.writerow(["" if value != value else value for value in row])


def read_table(path):
    """A table of numbers with the labels in Class."""
    import numpy

    opened = gzip.open(path, "rt") if path.suffix == ".gz" else open(path)
    with opened as file:
        names = next(csv.reader(file))
        numbers = numpy.loadtxt(file, delimiter=",", dtype=numpy.float64, quotechar='"')
    label = names.index("Class")
    return numpy.delete(numbers, label, axis=1), (numbers[:, label] != 0).astype(int)


# MARK: detectors


def hourglass(options, rows, training, test, seed, folder):
    """Scores of the test rows, and how long fitting and scoring took. Where no row is for a test, every one of training has
    its score from a model that did not learn it."""
    import numpy

    place = Path(tempfile.mkdtemp(dir=folder))
    write_table(place / "training.csv", rows[training])
    command = [options.hourglass, "detect", "fit", place / "training.csv", "--seed", seed, "--out", place / "run"]
    fitted = run(command + ["--threads", options.threads, "--json"])
    seconds = fitted["seconds"]
    scores = place / "run" / "scores.csv"
    if len(test):
        write_table(place / "test.csv", rows[test])
        scores = place / "scores.csv"
        command = [options.hourglass, "detect", "score", place / "run", place / "test.csv", "--out", scores]
        seconds += run(command + ["--threads", options.threads, "--json"])["seconds"]
    with open(scores) as file:
        scored = {int(line["row"]) - 1: float(line["score"] or "nan") for line in csv.DictReader(file)}
    scored = numpy.array([scored[row] for row in range(len(test) or len(training))])
    return numpy.where(numpy.isnan(scored), numpy.nanmedian(scored), scored), seconds


def peer(name, seed, threads):
    """A detector of PyOD's; raises ImportError where what it needs is not installed."""
    import importlib

    module = {"AutoEncoder": "auto_encoder"}.get(name, name.lower())
    kind = getattr(importlib.import_module(f"pyod.models.{module}"), name)
    settings = {
        "IForest": {"random_state": seed, "n_jobs": threads},
        "KNN": {"n_jobs": threads},
        "LOF": {"novelty": True, "n_jobs": threads},
        "PCA": {"random_state": seed},
        "ECOD": {},
        "COPOD": {},
        "HBOS": {},
        "AutoEncoder": {"random_state": seed},
    }[name]
    return kind(**settings)


def needs(name, threads):
    """What must be installed for a detector of PyOD's and is not; None where nothing is missing."""
    try:
        peer(name, 1, threads)
    except ImportError as error:
        package = (error.name or "pyod").split(".")[0]
        return {"torch": "PyTorch", "pyod": "PyOD"}.get(package, package)
    return None


def measure_peer(name, rows, training, test, seed, threads):
    """As hourglass does; a detector without test rows has scores of those it was fitted to."""
    import numpy

    detector = peer(name, seed, threads)
    # They take no blank cells.
    rows = numpy.where(numpy.isnan(rows), numpy.nanmedian(rows[training], axis=0), rows)
    mean, deviation = rows[training].mean(0), rows[training].std(0)
    scaled = ((rows - mean) / numpy.where(deviation > 0, deviation, 1))[:, deviation > 0]
    begun = time.perf_counter()
    detector.fit(scaled[training])
    scores = detector.decision_function(scaled[test]) if len(test) else detector.decision_scores_
    return numpy.nan_to_num(scores, posinf=1e300), time.perf_counter() - begun


def measure(options, name, rows, labels, folder, is_clean):
    """Figures of every detector, a list with one entry a round."""
    import numpy
    from sklearn.metrics import average_precision_score, roc_auc_score

    results = {}
    for seed in range(1, options.rounds + 1):
        order = numpy.random.default_rng(seed).permutation(len(labels))
        training, test = numpy.arange(len(labels)), numpy.array([], dtype=int)
        if is_clean:
            first, test = order[: len(order) * 6 // 10], numpy.sort(order[len(order) * 6 // 10 :])
            training = numpy.sort(first[labels[first] == 0])
        truth = labels[test if is_clean else training]
        for detector in ["Hourglass"] + options.peers:
            if detector == "Hourglass":
                scores, seconds = hourglass(options, rows, training, test, seed, folder)
            else:
                scores, seconds = measure_peer(detector, rows, training, test, seed, options.threads)
            figures = {
                "roc_auc": float(roc_auc_score(truth, scores)),
                "average_precision": float(average_precision_score(truth, scores)),
                "seconds": seconds,
            }
            print(name, detector, figures, file=sys.stderr, flush=True)
            results.setdefault(detector, []).append(figures)
    return results


# MARK: the page


def describe(options, load, absent):
    lines = head("Anomaly detection on the CPU", measurement(), load) + [
        f"- Threads used: {options.threads}; {versions(['pyod', 'scikit-learn', 'numpy'])}",
    ]
    if absent:
        lines.append("- Not run: " + ", ".join(f"{name} (needs {package})" for name, package in absent.items()))
    blanks = ", and the training rows' medians for blank cells" if options.blank else ""
    return lines + [
        "",
        "Two protocols. Clean: 60 % of the rows, drawn at random, are trained on without their anomalies, all other rows are scored. "
        "Contaminated: nobody labels; all rows are trained on, their anomalies among them, and all are scored, by Hourglass each with a model "
        "that did not learn it, by PyOD's detectors as they score the rows that they were fitted to. "
        f"Defaults throughout; PyOD's detectors get standardised columns{blanks}. Medians of "
        f"{options.rounds} round{'s' if options.rounds > 1 else ''} with seeds from 1.",
        "",
    ]


def section(title, results, figure, digits):
    names = list(dict.fromkeys(name for result in results.values() for name in result))
    lines = [f"## {title}", "", "| Table | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    columns = {name: [] for name in names}
    for table, result in results.items():
        values = {name: statistics.median(entry[figure] for entry in entries) for name, entries in result.items()}
        best = max(values.values())
        cells = []
        for name in names:
            if name not in values:
                cells.append("–")
                continue
            columns[name].append(values[name])
            text = f"{values[name]:.{digits}f}"
            cells.append(f"**{text}**" if figure != "seconds" and values[name] == best else text)
        lines.append(f"| {table} | " + " | ".join(cells) + " |")
    if figure != "seconds":
        means = [f"{statistics.mean(columns[name]):.{digits}f}" for name in names]
        lines.append("| mean | " + " | ".join(means) + " |")
    return lines + [""]


def main():
    options = parse_options()
    load = os.getloadavg()[0]
    for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"]:
        os.environ[name] = str(options.threads)
    absent = {name: package for name in options.peers if (package := needs(name, options.threads))}
    options.peers = [name for name in options.peers if name not in absent]
    made = built_in()
    if options.blank:
        made |= blanked(made, options.blank)
    tables = dict(made)
    if options.shuttle is None or not options.shuttle.exists():
        print("Shuttle is left out: give the file with --shuttle PATH.", file=sys.stderr)
    else:
        tables["Shuttle"] = read_table(options.shuttle)
    for path in options.csv:
        tables[path.stem] = read_table(path)
    wanted = [name for name in options.tables.split(",") if name]
    results = {"clean": {}, "contaminated": {}}
    with tempfile.TemporaryDirectory() as folder:
        for name, (rows, labels) in tables.items():
            if wanted and name not in wanted:
                continue
            title = f"{name} ({len(labels):,} x {rows.shape[1]})"
            for protocol, measured in results.items():
                measured[title] = measure(options, name, rows, labels, Path(folder), protocol == "clean")
    lines = describe(options, load, absent)
    for protocol, measured in results.items():
        for title, figure, digits in [
            ("ROC-AUC", "roc_auc", 4), ("Average precision", "average_precision", 4), ("Seconds to fit and score", "seconds", 2)
        ]:
            lines += section(f"{title}, {protocol}", measured, figure, digits)
    options.output.write_text("\n".join(lines))
    print(options.output.read_text())


if __name__ == "__main__":
    main()
