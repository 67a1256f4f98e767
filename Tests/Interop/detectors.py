"""Fits detectors to made tables and images, exports them, and compares what ONNX Runtime makes of the files with what
`hourglass detect score` says: scores, alerts and what is expected, in batches of several sizes."""

import argparse
import csv
import datetime
import json
import pathlib
import struct
import subprocess
import sys

import numpy
import onnx
import onnxruntime

BATCHES = (1, 3, 17)
# The largest difference of a score that rounding may make, as a share of the score or, where that is smaller, of 1. A score is a
# logarithm over a spread, which stretches the last digits of the network's 32 bits.
TOLERANCE = 3e-5
EPOCH = datetime.datetime(1970, 1, 1)


def run(program, *arguments):
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"hourglass {' '.join(map(str, arguments))}: {result.stderr}")
    return result.stdout


# Tables: each gives the columns of the fit, those that are scored, and options of `detect fit`.


def numbers(random, count, columns=8):
    inner = random.standard_normal((count, 3)) @ random.standard_normal((3, columns))
    values = inner + 0.2 * random.standard_normal((count, columns))
    return {f"x{index}": list(values[:, index]) for index in range(columns)}


def spoil(random, table, share=0.05):
    """Cells that are missing, far away, impossible or never seen."""
    for cells in table.values():
        is_text = any(isinstance(cell, str) and cell for cell in cells)
        for row in numpy.flatnonzero(random.random(len(cells)) < share):
            odd = ["", "never seen", "?"] if is_text else ["", 40.0, -1e7, 1e300]
            cells[row] = odd[random.integers(len(odd))]
    return table


def only_numbers(random):
    seed = random.integers(1000)
    rows = [numbers(numpy.random.default_rng(seed), 1900)]
    fit = {name: cells[:1500] for name, cells in rows[0].items()}
    return fit, spoil(random, {name: cells[1500:] for name, cells in rows[0].items()}), []


def mixed_rows(random, count):
    table = numbers(random, count, 3)
    kinds = random.choice(["red", "green", "blue", "grün"], count, p=[0.5, 0.3, 0.15, 0.05])
    table["amount"] = list(numpy.exp(2 * random.standard_normal(count) + (kinds == "red")))
    table["colour"] = list(map(str, kinds))
    table["place"] = [f"town {number}" for number in numpy.minimum(random.geometric(0.15, count), 60)]
    table["member"] = list(map(str, random.choice(["true", "false"], count)))
    table["unit"] = ["kg"] * count
    table["level"] = [7.0] * count
    for name in ("x1", "amount", "colour"):
        for row in numpy.flatnonzero(random.random(count) < 0.06):
            table[name][row] = ""
    return table


def mixed(random):
    scored = spoil(random, mixed_rows(random, 400))
    for name in scored:
        # Of this row nearly nothing is known.
        scored[name][5] = "" if name != "x0" else scored[name][5]
    return mixed_rows(random, 2000), scored, []


def times_rows(random, count):
    begins = random.uniform(0, 60, count)
    hours = numpy.clip(random.normal(13, 2.5, count), 0, 23.9)
    starts = [
        datetime.datetime(2024, 1, 1) + datetime.timedelta(days=int(day), seconds=int(hour * 3600))
        for day, hour in zip(begins, hours)
    ]
    took = random.gamma(4, 600, count)
    ends = [start + datetime.timedelta(seconds=int(seconds)) for start, seconds in zip(starts, took)]
    load = hours * 3 + random.standard_normal(count)
    return {"begun": list(map(str, starts)), "done": list(map(str, ends)), "load": list(load)}


def times(random):
    scored = times_rows(random, 300)
    for row in range(0, 300, 9):
        scored["done"][row] = "" if row % 2 else "2024-02-02 03:00:00"
    return times_rows(random, 1500), scored, []


def relation_rows(random, count):
    amount = numpy.round(random.uniform(1, 500, count), 2)
    vat = numpy.round(0.2 * amount, 2)
    items = random.integers(1, 20, count)
    price = numpy.round(random.uniform(1, 90, count), 2)
    return {
        "amount": list(amount), "vat": list(vat), "total": list(numpy.round(amount + vat, 2)),
        "items": list(items.astype(float)), "price": list(price), "sum": list(numpy.round(price * items, 2)),
    }


def relations(random):
    scored = relation_rows(random, 300)
    for row in range(0, 300, 7):
        scored["total" if row % 2 else "sum"][row] *= 1.3
    scored["vat"][1] = ""
    return relation_rows(random, 1500), scored, []


def few(random):
    return mixed_rows(random, 300), spoil(random, mixed_rows(random, 200)), []


def tiny(random):
    return numbers(random, 20, 4), spoil(random, numbers(random, 50, 4)), []


def repeated(random):
    """Rows of few different values, so that most are rows of the fit."""
    def rows(count):
        return {f"x{index}": list(random.integers(0, 3, count).astype(float)) for index in range(4)}
    return rows(1500), rows(300), []


def wide(random):
    return numbers(random, 700, 300), spoil(random, numbers(random, 120, 300), 0.02), []


def labelled(random):
    """Each column by itself tells the anomalies, so that another combination than the usual may be chosen."""
    def rows(count):
        table = {f"x{index}": list(random.standard_normal(count)) for index in range(6)}
        odd = random.random(count) < 0.05
        for row in numpy.flatnonzero(odd):
            table[f"x{random.integers(6)}"][row] = 6 + random.random()
        table["fraud"] = ["yes" if one else "no" for one in odd]
        return table
    return rows(2500), rows(400), ["--label-column", "fraud"]


def names(random):
    """Columns that have the names of outputs and of other values of the file."""
    table = numbers(random, 1200, 4)
    renamed = dict(zip(["score", "is_alert", "expected_score", "number.1.0"], table.values()))
    return renamed, {name: cells[:100] for name, cells in renamed.items()}, []


def with_options(make, *options):
    def made(random):
        fit, scored, others = make(random)
        return fit, scored, others + list(options)
    return made


TABLES = {
    "numbers only": only_numbers,
    "categories, missing cells, heavy tails": mixed,
    "times": times,
    "relations": relations,
    "300 rows": few,
    "20 rows": tiny,
    "rows that repeat": repeated,
    "300 columns": wide,
    "labels": labelled,
    "anomalies kept": with_options(labelled, "--keep-anomalies"),
    "names of outputs": names,
    **{f"--scoring {kind}": with_options(mixed, "--scoring", kind) for kind in ("reconstruction", "neighbours", "tails")},
    "--scaling robust": with_options(mixed, "--scaling", "robust"),
}


def write_table(path, table):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*table.values()))


def cell(text, kind):
    if kind == "tensor(string)":
        return text
    if text in ("", "?"):
        return float("nan")
    if "-" in text[1:] and ":" in text:
        return (datetime.datetime.fromisoformat(text) - EPOCH).total_seconds()
    return float(text)


def read_inputs(path, network):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    inputs = {}
    for port in network.get_inputs():
        cells = [cell(row[port.name], port.type) for row in rows]
        array = numpy.array(cells, object if port.type == "tensor(string)" else numpy.float64)
        inputs[port.name] = array.reshape(-1, 1)
    return inputs


def read_scores(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    scores = numpy.array([float(row["score"]) if row["score"] else numpy.nan for row in rows])
    return scores, numpy.array([row["alert"] == "1" for row in rows]), rows


def session(path):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def compare(network, inputs, scores, alerts, names):
    """The largest difference of a score over batches of all sizes, and how many alerts agree in the least agreeing."""
    worst, agreed, count = 0.0, len(scores), len(scores)
    for size in (*BATCHES, count):
        found = [
            network.run(names, {name: array[start:start + size] for name, array in inputs.items()})
            for start in range(0, count, size)
        ]
        made = [numpy.concatenate(parts) for parts in zip(*found)]
        if made[0].shape != scores.shape or made[1].dtype != bool:
            sys.exit(f"score is {made[0].shape} and is_alert {made[1].dtype}")
        if (numpy.isnan(made[0]) != numpy.isnan(scores)).any():
            sys.exit("other rows than the program's have no score")
        difference = numpy.abs(made[0] - scores) / numpy.maximum(numpy.abs(scores), 1)
        worst = max(worst, float(numpy.nanmax(difference)))
        agreed = min(agreed, int((made[1] == alerts).sum()))
    return worst, agreed


def compare_expected(network, inputs, rows):
    """What is expected must be there for every row."""
    names = [port.name for port in network.get_outputs()][2:]
    for name, values in zip(names, network.run(names, inputs)):
        if values.shape != (len(rows), 1):
            sys.exit(f"{name} is {values.shape}")


def library():
    """The library inside of Python's package."""
    folder = pathlib.Path(onnxruntime.__file__).parent / "capi"
    return next(path for path in sorted(folder.iterdir()) if path.name.startswith("libonnxruntime.") and ".so" in path.name)


def export(program, folder, scored, *options):
    """Writes the file, and lets the program itself compare it."""
    line = run(program, "export", folder / "run", "--out", folder / "detector.onnx", *options, "--verify", 1000,
               "--verify-data", scored, "--runtime", library(), "--json")
    found = json.loads(line)
    if found["equal_alerts"] != found["verified_samples"] or found["verified_samples"] == 0:
        sys.exit(f"--verify finds {found['equal_alerts']} of {found['verified_samples']} alerts equal")
    score = next(iter(found["outputs"]))
    if found["differences"][score] > TOLERANCE:
        sys.exit(f"--verify finds a difference of {found['differences'][score]}")


def table_case(program, name, make, folder, random):
    fit, scored, options = make(random)
    folder.mkdir()
    write_table(folder / "fit.csv", fit)
    write_table(folder / "scored.csv", scored)
    run(program, "detect", "fit", folder / "fit.csv", "--out", folder / "run", "--seed", 1, *options)
    run(program, "detect", "score", folder / "run", folder / "scored.csv", "--out", folder / "scores.csv")
    export(program, folder, folder / "scored.csv")
    network = session(folder / "detector.onnx")
    scores, alerts, rows = read_scores(folder / "scores.csv")
    inputs = read_inputs(folder / "scored.csv", network)
    outputs = [port.name for port in network.get_outputs()][:2]
    compare_expected(network, inputs, rows)
    worst, agreed = compare(network, inputs, scores, alerts, outputs)
    return worst, agreed, len(scores), int(alerts.sum())


def smooth(random, *shape):
    """Bytes that look a little like pictures: noise, blurred along two axes."""
    numbers = random.random(shape)
    for axis in (-1, -2):
        numbers = sum(numpy.roll(numbers, shift, axis) for shift in range(5)) / 5
    low, high = numbers.min(), numbers.max()
    return numpy.round((numbers - low) / (high - low) * 255).astype(numpy.uint8)


def image_case(program, shape, folder, random, axes="first"):
    folder.mkdir()
    samples = smooth(random, 500, *shape)
    samples[400:, :, : shape[1] // 3] //= 4
    numpy.save(folder / "fit.npy", samples[:400])
    numpy.save(folder / "scored.npy", samples[380:])
    run(program, "detect", "fit", "--data", folder / "fit.npy", "--axes", "first", "--out", folder / "run", "--seed", 1,
        "--epochs", 5)
    run(program, "detect", "score", folder / "run", "--data", folder / "scored.npy", "--axes", "first", "--out",
        folder / "scores.csv")
    export(program, folder, folder / "scored.npy", "--axes", axes)
    network = session(folder / "detector.onnx")
    scores, alerts, _ = read_scores(folder / "scores.csv")
    images = samples[380:].astype(numpy.float32)
    inputs = {"input": images if axes == "first" else images.transpose(0, 2, 3, 1)}
    expected = network.run(["expected"], inputs)[0]
    if expected.shape != inputs["input"].shape or numpy.abs(expected - inputs["input"]).mean() > 64:
        sys.exit(f"expected is {expected.shape}, and no picture like the one that was given")
    worst, agreed = compare(network, inputs, scores, alerts, ["score", "is_alert"])
    return worst, agreed, len(scores), int(alerts.sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path, help="where to work")
    parser.add_argument("cases", nargs="*", help="these only")
    chosen = parser.parse_args()
    work = chosen.folder / "detectors"
    work.mkdir(parents=True)
    cases = {}
    for index, (name, make) in enumerate(TABLES.items()):
        random = numpy.random.default_rng(index + 1)
        cases[name] = lambda name=name, make=make, random=random, index=index: table_case(
            chosen.program, name, make, work / f"table{index}", random)
    for index, (shape, axes) in enumerate([((1, 28, 28), "first"), ((3, 24, 20), "last"), ((1, 70, 66), "first")]):
        random = numpy.random.default_rng(100 + index)
        cases[f"images {' x '.join(map(str, shape))}"] = lambda shape=shape, axes=axes, random=random, index=index: (
            image_case(chosen.program, shape, work / f"images{index}", random, axes))
    failed = []
    for name in chosen.cases or cases:
        worst, agreed, count, alerts = cases[name]()
        print(f"{name:40} score {worst:.1e}  alerts equal: {agreed} of {count} ({alerts} alerts)", flush=True)
        if agreed < count or worst > TOLERANCE:
            failed.append(name)
    if failed:
        sys.exit(f"other scores than the program's: {', '.join(failed)}")
    print(f"{len(chosen.cases or cases)} detectors in batches of {', '.join(map(str, BATCHES))} and all: as the program scores")


if __name__ == "__main__":
    main()
