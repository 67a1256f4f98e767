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


def write_table(path, rows, labels):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f"x{i + 1}" for i in range(rows.shape[1])] + ["Class"])
        for row, label in zip(rows.tolist(), labels.tolist()):
            writer.writerow(["" if value != value else value for value in row] + [label])


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


def hourglass(options, path, seed, folder):
    """The result, and the rows that were scored."""
    fitted = Path(tempfile.mkdtemp(dir=folder)) / "run"
    command = [options.hourglass, "detect", "fit", path, "--label-column", "Class", "--seed", seed, "--out", fitted]
    command += ["--threads", options.threads, "--json"]
    result = run(command)
    with open(fitted / "scores.csv") as file:
        scored = [(int(line["row"]) - 1, float(line["score"])) for line in csv.DictReader(file)]
    return result, scored


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


def measure_peer(name, seed, threads, rows, labels, training, test):
    import numpy
    from sklearn.metrics import average_precision_score, roc_auc_score

    detector = peer(name, seed, threads)
    # They take no blank cells.
    rows = numpy.where(numpy.isnan(rows), numpy.nanmedian(rows[training], axis=0), rows)
    mean, deviation = rows[training].mean(0), rows[training].std(0)
    scaled = ((rows - mean) / numpy.where(deviation > 0, deviation, 1))[:, deviation > 0]
    begun = time.perf_counter()
    detector.fit(scaled[training])
    scores = numpy.nan_to_num(detector.decision_function(scaled[test]), posinf=1e300)
    seconds = time.perf_counter() - begun
    return {
        "roc_auc": float(roc_auc_score(labels[test], scores)),
        "average_precision": float(average_precision_score(labels[test], scores)),
        "seconds": seconds,
    }


def measure(options, name, path, rows, labels, folder):
    """Figures of every detector, a list with one entry a round."""
    import numpy
    from sklearn.metrics import average_precision_score, roc_auc_score

    results = {}
    for seed in range(1, options.rounds + 1):
        result, scored = hourglass(options, path, seed, folder)
        test = numpy.array([row for row, _ in scored])
        scores = numpy.array([score for _, score in scored])
        area = float(roc_auc_score(labels[test], scores))
        # Equal scores in single precision may differ in double.
        if abs(area - result["metrics"]["roc_auc"]) > 1e-3:
            raise SystemExit(f"Hourglass finds a ROC-AUC of {result['metrics']['roc_auc']}, scikit-learn {area}")
        own = {
            "roc_auc": area,
            "average_precision": float(average_precision_score(labels[test], scores)),
            "seconds": result["seconds"] + result["seconds_scoring"],
        }
        results.setdefault("Hourglass", []).append(own)
        rest = numpy.setdiff1d(numpy.arange(len(labels)), test)
        training = rest[labels[rest] == 0]
        for peer_name in options.peers:
            figures = measure_peer(peer_name, seed, options.threads, rows, labels, training, test)
            print(name, peer_name, figures, file=sys.stderr, flush=True)
            results.setdefault(peer_name, []).append(figures)
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
        "Every detector sees the same split: 60 % of the rows, drawn at random, are trained on without their anomalies, all "
        f"other rows are scored. Defaults throughout; PyOD's detectors get standardised columns{blanks}. Medians of "
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
    tables = {name: (None, *table) for name, table in made.items()}
    if options.shuttle is None or not options.shuttle.exists():
        print("Shuttle is left out: give the file with --shuttle PATH.", file=sys.stderr)
    else:
        tables["Shuttle"] = (options.shuttle, *read_table(options.shuttle))
    for path in options.csv:
        tables[path.stem] = (path, *read_table(path))
    wanted = [name for name in options.tables.split(",") if name]
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (path, rows, labels) in tables.items():
            if wanted and name not in wanted:
                continue
            if path is None:
                path = Path(folder) / "table.csv"
                write_table(path, rows, labels)
            title = f"{name} ({len(labels):,} x {rows.shape[1]})"
            results[title] = measure(options, name, path, rows, labels, Path(folder))
    lines = describe(options, load, absent)
    lines += section("ROC-AUC", results, "roc_auc", 4)
    lines += section("Average precision", results, "average_precision", 4)
    lines += section("Seconds to fit and score", results, "seconds", 2)
    options.output.write_text("\n".join(lines))
    print(options.output.read_text())


if __name__ == "__main__":
    main()
