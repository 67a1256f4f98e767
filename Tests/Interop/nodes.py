"""Runs the tests of single operators that come with the package onnx (onnx.backend.test.case.node, from which the project makes its
test data), as far as they can be put as a model that `hourglass import` takes, and compares with their results.

A test is put in one of two ways: its first input as samples, the first axis being the batch, and its result as the code, which two small
products lead back to the samples' shape; or all its inputs as numbers of the file, and its result added to a vector of zeros. What the
program refuses is listed with its reason in docs/uses/onnx-operators.md; a result that differs ends with an error, and so does a list
that is another than that page, which --write writes anew."""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import warnings

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

TOLERANCE = 1e-5

OPERATORS = """Add AveragePool BatchNormalization Cast Concat Constant ConstantOfShape Conv ConvTranspose Div Dropout Elu Erf Expand
Flatten Gather Gelu Gemm GlobalAveragePool GlobalMaxPool Greater Identity LayerNormalization LeakyRelu MatMul MaxPool Mul Neg PRelu Pad
Pow Reciprocal ReduceMax ReduceMean Relu Reshape Resize Round Shape Sigmoid Slice Softplus Split Sqrt Squeeze Sub Sum Tanh Tile Transpose
Unsqueeze Upsample Where Abs Ceil Equal Exp Floor Less Max Min Mod""".split()

# Their results but the first may be left out.
OPTIONAL = ("Dropout", "LayerNormalization", "MaxPool")

PAGE = pathlib.Path(__file__).parents[2] / "docs/uses/onnx-operators.md"


class Refusal(Exception):
    """The test cannot be put as a model, or the program says so."""


def model_of(test, nodes, tensors, shape):
    """A model from x, samples of a shape, to y."""
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "g", ports[:1], ports[1:], tensors)
    return helper.make_model(graph, opset_imports=test.opset_import, ir_version=test.ir_version)


def renamed(node, result):
    """The node with other names for what it reads and gives, and the names of what it reads."""
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    names = [f"input_{index}" if name else "" for index, name in enumerate(node.input)]
    copy.input[:] = names
    copy.output[:] = [result] + [f"other_{index}" for index in range(1, len(node.output))]
    if node.op_type in OPTIONAL:
        del copy.output[1:]
    return copy, [name for name in names if name]


def as_samples(test, node, inputs, expected):
    """The operator between samples and code."""
    x = inputs[0]
    if x.dtype != numpy.float32:
        raise Refusal("its numbers are no 32-bit floats")
    if expected.dtype != numpy.float32:
        raise Refusal("its result is no 32-bit floats")
    if x.ndim == 1 and expected.shape == x.shape:
        # One sample of what knows no batch.
        x, expected = x.reshape(1, -1), expected.reshape(1, -1)
    if x.ndim < 2:
        raise Refusal("its samples have no axis beside the batch")
    if expected.ndim < 1 or expected.shape[0] != x.shape[0]:
        raise Refusal("its result has not the samples' batch")
    copy, names = renamed(node, "code")
    copy.input[0] = "x"
    tensors = [numpy_helper.from_array(value, name) for name, value in zip(names[1:], inputs[1:])]
    random = numpy.random.default_rng(1)
    numbers = int(numpy.prod(expected.shape[1:]))
    count = int(numpy.prod(x.shape[1:]))
    tensors += [
        numpy_helper.from_array(random.random((numbers, 1)).astype(numpy.float32), "down_"),
        numpy_helper.from_array(random.random((1, count)).astype(numpy.float32), "up_"),
        numpy_helper.from_array(numpy.array([-1, *x.shape[1:]]), "shape_")]
    nodes = [copy, helper.make_node("Flatten", ["code"], ["flat_"]), helper.make_node("MatMul", ["flat_", "down_"], ["one_"]),
             helper.make_node("MatMul", ["one_", "up_"], ["all_"]), helper.make_node("Reshape", ["all_", "shape_"], ["y"])]
    return model_of(test, nodes, tensors, x.shape[1:]), x, expected


def as_numbers(test, node, inputs, expected):
    """The operator among numbers of the file."""
    if any(value.dtype not in (numpy.float32, numpy.int64, numpy.int32, numpy.bool_) for value in [*inputs, expected]):
        raise Refusal("its numbers are neither 32-bit floats nor whole numbers")
    if not 1 <= expected.size <= 2000:
        raise Refusal("its result is empty, or has too many numbers for a vector")
    copy, names = renamed(node, "result_")
    tensors = [numpy_helper.from_array(value, name) for name, value in zip(names, inputs)]
    tensors += [numpy_helper.from_array(numpy.array([1, -1]), "row_"),
                numpy_helper.from_array(numpy.eye(expected.size, dtype=numpy.float32), "one_")]
    result = "result_"
    nodes = [copy]
    if expected.dtype != numpy.float32:
        nodes.append(helper.make_node("Cast", [result], ["float_"], to=TensorProto.FLOAT))
        result = "float_"
    nodes += [helper.make_node("Reshape", [result, "row_"], ["bias_"]), helper.make_node("MatMul", ["x", "one_"], ["product_"]),
              helper.make_node("Add", ["product_", "bias_"], ["code"]), helper.make_node("Tanh", ["code"], ["y"])]
    zeros = numpy.zeros((2, expected.size), numpy.float32)
    wanted = numpy.broadcast_to(expected.reshape(1, -1), zeros.shape).astype(numpy.float32)
    return model_of(test, nodes, tensors, zeros.shape[1:]), zeros, wanted


def run(program, *arguments):
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode < 0:
        sys.exit(f"hourglass {' '.join(map(str, arguments))} ended by signal {-result.returncode}")
    if result.returncode != 0:
        raise Refusal(result.stderr.strip())
    return result.stdout


def difference(program, folder, model, x, expected):
    """Between the program's codes and the test's result, as a share of the largest number or of 1."""
    path, place = folder / "node.onnx", folder / "node-run"
    onnx.save(model, path)
    subprocess.run(["rm", "-rf", str(place)], check=True)
    try:
        facts = json.loads(run(program, "import", path, "--code", "code", "--out", place, "--json"))
    except Refusal as refusal:
        text = re.sub(r'^error: |\S*node\.onnx:? ?|\(node "[^"]*"\) ?', "", str(refusal))
        raise Refusal(text.removeprefix("the operator ")) from None
    takes = next(line for line in (place / "recipe.yaml").read_text().splitlines() if "input:" in line or line.strip() == "image:")
    shape = [int(number) for number in re.findall(r"\d+", takes)]
    # The program has its channels first, whatever the file has.
    given = numpy.moveaxis(x, -1, 1) if shape != list(x.shape[1:]) and sorted(shape) == sorted(x.shape[1:]) else x
    numpy.save(folder / "node.npy", given)
    run(program, "transform", place / "model.safetensors", "--data", folder / "node.npy", "--axes", "first", "--out",
        folder / "node-codes.npy")
    codes = numpy.load(folder / "node-codes.npy")
    # So has a code, if the file has it with its channels last.
    wanted = [expected] if given is x or expected.ndim < 3 else [expected, numpy.moveaxis(expected, -1, 1)]
    scale = max(1.0, float(numpy.abs(expected).max()))
    return min(float(numpy.abs(codes.reshape(-1) - value.reshape(-1)).max()) for value in wanted) / scale


def tests():
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    for case in sorted(cases, key=lambda case: case.name):
        nodes = case.model.graph.node if case.model else []
        if len(nodes) == 1 and nodes[0].op_type in OPERATORS and not nodes[0].domain:
            yield case


def measured(program, work):
    """For each operator, how often each way did, and the reasons why the others were refused."""
    found = collections.defaultdict(lambda: {"samples": [], "numbers": [], "refused": []})
    wrong = []
    for case in tests():
        test, node, name = case.model, case.model.graph.node[0], case.name.removeprefix("test_")
        inputs, outputs = ([numpy.asarray(value) if isinstance(value, numpy.generic) else value for value in values]
                           for values in case.data_sets[0])
        reasons = []
        for way, put in (("samples", as_samples), ("numbers", as_numbers)):
            try:
                if any(not isinstance(value, numpy.ndarray) for value in [*inputs, *outputs]):
                    raise Refusal("it is of other things than tensors")
                if way == "samples" and not inputs:
                    continue
                distance = difference(program, work, *put(test, node, inputs, outputs[0]))
            except Refusal as refusal:
                reasons.append(str(refusal))
                continue
            if not distance <= TOLERANCE:
                wrong.append(f"{name}: {distance:.1e}")
            found[node.op_type][way].append(name)
            break
        else:
            found[node.op_type]["refused"].append((name, reasons[0]))
    if wrong:
        sys.exit("differ from the tests' results: " + "; ".join(wrong))
    return found


def page(found):
    lines = [
        "# Which operators of ONNX are imported", "",
        "ONNX's own tests of single operators, in the Python package `onnx`, hold an operator, its inputs and its result. "
        "`script/interop` puts each as a model that `hourglass import` takes, compares to 1e-5 with the result, and compares the list "
        "with this page. A test passes with its first input as samples (the first axis is the batch), or among the numbers that a file "
        "holds, such as sizes and weights; of several results the first is compared. The others are refused in a sentence.", "",
        f"Version {onnx.__version__} of the package has {sum(sum(map(len, ways.values())) for ways in found.values())} tests of these "
        f"{len(found)} operators: {sum(len(ways['samples']) for ways in found.values())} pass on samples, "
        f"{sum(len(ways['numbers']) for ways in found.values())} among the file's numbers, "
        f"{sum(len(ways['refused']) for ways in found.values())} are refused.", "",
        "| operator | on samples | among numbers | refused |", "|---|---|---|---|"]
    for kind in sorted(found):
        ways = found[kind]
        lines.append(f"| `{kind}` | {len(ways['samples'])} | {len(ways['numbers'])} | {len(ways['refused'])} |")
    lines += ["", "## What is refused, and why", ""]
    for kind in sorted(found):
        groups = collections.defaultdict(list)
        for name, reason in found[kind]["refused"]:
            groups[reason].append(name)
        if groups:
            lines += [f"`{kind}`:", ""]
            for reason, names in sorted(groups.items()):
                lines.append(f"- {', '.join(names)}: {reason.rstrip('.')}.")
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path, help="a folder to work in")
    parser.add_argument("--write", action="store_true", help="write the page anew")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    found = measured(chosen.program, chosen.folder)
    text = page(found)
    passed = sum(len(ways["samples"]) + len(ways["numbers"]) for ways in found.values())
    print(f"operators' tests: {passed} pass, {sum(len(ways['refused']) for ways in found.values())} are refused")
    if chosen.write:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        sys.exit(f"{PAGE} lists others; run nodes.py with --write, and look at what changed")


if __name__ == "__main__":
    main()
