"""Imports ONNX files as PyTorch, Keras (tf2onnx) and scikit-learn export them, and compares codes and reconstructions with what ONNX
Runtime makes of the same files. scikit-learn's is exported here; some are built node by node as older exporters wrote them; those that
`frameworks.py` left in the folder's `frameworks` are compared with what the frameworks themselves make."""

import argparse
import pathlib
import subprocess
import sys
import warnings

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file
from sklearn.neural_network import MLPRegressor
from skl2onnx import to_onnx

SAMPLES = 17
TOLERANCE = 1e-5


class Graph:
    """Nodes and weights under construction."""

    def __init__(self, seed=1):
        self.nodes, self.tensors = [], []
        self.random = numpy.random.default_rng(seed)

    def weight(self, name, *shape):
        self.tensor(name, (self.random.random(shape) - 0.5) / numpy.sqrt(numpy.prod(shape[1:])) * 2)
        return name

    def tensor(self, name, values, kind=numpy.float32):
        self.tensors.append(numpy_helper.from_array(numpy.asarray(values, kind), name))
        return name

    def add(self, kind, inputs, output=None, **attributes):
        output = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=f"/{kind}_{len(self.nodes)}", **attributes))
        return output

    def save(self, path, shape, output, batch="batch"):
        ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, *shape]) for name in ("x", output)]
        graph = helper.make_graph(self.nodes, "g", ports[:1], ports[1:], self.tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def torch_dense(path):
    g = Graph()
    x = "x"
    for index, (wide, out) in enumerate([(12, 8), (8, 3), (3, 8), (8, 12)]):
        x = g.add("Gemm", [x, g.weight(f"{index}.weight", out, wide), g.weight(f"{index}.bias", out)], transB=1)
        if index == 0:
            # GELU as torch.onnx writes it.
            erf = g.add("Erf", [g.add("Div", [x, g.tensor("root", 1.4142135)])])
            x = g.add("Mul", [g.add("Mul", [x, g.add("Add", [erf, g.tensor("one", 1.0)])]), g.tensor("half", 0.5)])
        elif index == 2:
            x = g.add("LeakyRelu", [x], alpha=0.01)
    g.add("Sigmoid", [x], "y")
    g.save(path, [12], "y")
    return [12], [3]


def torch_convolutions(path):
    """Padding of 1 before strides of 2, a batch normalisation, a flattening by sizes worked out at run time."""
    g = Graph()
    x = g.add("Conv", ["x", g.weight("a", 4, 1, 3, 3), g.weight("ab", 4)], strides=[2, 2], pads=[1, 1, 1, 1])
    x = g.add("BatchNormalization",
              [x, g.weight("g", 4), g.weight("h", 4), g.weight("m", 4), g.tensor("v", [0.5, 1, 2, 3])], epsilon=1e-5)
    x = g.add("Relu", [x])
    x = g.add("Conv", [x, g.weight("b", 8, 4, 3, 3), g.weight("bb", 8)], strides=[2, 2], pads=[1, 1, 1, 1])
    x = g.add("Flatten", [x], axis=1)
    x = g.add("Gemm", [x, g.weight("c", 5, 392), g.weight("cb", 5)], transB=1)
    y = g.add("Gemm", [x, g.weight("d", 392, 5), g.weight("db", 392)], transB=1)
    size = g.add("Gather", [g.add("Shape", [y]), g.tensor("zero", 0, numpy.int64)], axis=0)
    size = g.add("Unsqueeze", [size, g.tensor("axes", [0], numpy.int64)])
    shape = g.add("Concat", [size] + [g.tensor(f"size{n}", [n], numpy.int64) for n in (8, 7)] + ["size7"], axis=0)
    y = g.add("Reshape", [y, shape])
    for index, (wide, out) in enumerate([(8, 4), (4, 1)]):
        y = g.add("ConvTranspose", [y, g.weight(f"t{index}", wide, out, 3, 3), g.weight(f"tb{index}", out)],
                  strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
        y = g.add("Sigmoid" if index else "Relu", [y], "y" if index else None)
    g.save(path, [1, 28, 28], "y")
    return [1, 28, 28], [5]


def keras_convolutions(path):
    """Channels last outside, first within: tf2onnx's transpositions, a flattening of images with their channels last, and the way
    back."""
    g = Graph()
    x = g.add("Transpose", ["x"], perm=[0, 3, 1, 2])
    x = g.add("Conv", [x, g.weight("a", 4, 3, 3, 3)], pads=[0, 0, 1, 1], strides=[2, 2])
    x = g.add("Add", [x, g.tensor("ab", g.random.random((1, 4, 1, 1)))])
    x = g.add("Relu", [x])
    x = g.add("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    x = g.add("Transpose", [x], perm=[0, 2, 3, 1])
    x = g.add("Reshape", [x, g.tensor("flat", [-1, 36], numpy.int64)])
    x = g.add("Add", [g.add("MatMul", [x, g.weight("b", 36, 4)]), g.weight("bb", 4)])
    y = g.add("Add", [g.add("MatMul", [x, g.weight("c", 4, 36)]), g.weight("cb", 36)])
    y = g.add("Elu", [y], alpha=1.0)
    y = g.add("Reshape", [y, g.tensor("image", [-1, 3, 3, 4], numpy.int64)])
    y = g.add("Transpose", [y], perm=[0, 3, 1, 2])
    y = g.add("Resize", [y, "", g.tensor("scales", [1, 1, 4, 4])], mode="nearest",
              coordinate_transformation_mode="half_pixel", nearest_mode="round_prefer_ceil")
    y = g.add("Conv", [y, g.weight("d", 3, 4, 3, 3), g.weight("db", 3)], auto_pad="SAME_UPPER")
    y = g.add("Sigmoid", [y])
    g.add("Transpose", [y], "y", perm=[0, 2, 3, 1])
    g.save(path, [12, 12, 3], "y")
    return [12, 12, 3], [4]


def scikit_learn(path):
    random = numpy.random.default_rng(1)
    data = random.random((200, 8)).astype(numpy.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = MLPRegressor(hidden_layer_sizes=(5, 2, 5), activation="tanh", max_iter=20, random_state=1)
        onnx.save(to_onnx(network.fit(data, data), data[:1]), path)
    return [8], [2]


CASES = {
    "scikit-learn": scikit_learn, "torch-dense": torch_dense, "torch-convolutions": torch_convolutions,
    "keras-convolutions": keras_convolutions,
}


def run(program, *arguments):
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"hourglass {' '.join(map(str, arguments))}: {result.stderr}")


def compare(program, name, folder):
    path = folder / f"{name}.onnx"
    shape, code = CASES[name](path)
    place = folder / f"imported-{name}"
    run(program, "import", path, "--out", place)
    samples = numpy.random.default_rng(3).random((SAMPLES, *shape)).astype(numpy.float32)
    network = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    expected = network.run(None, {network.get_inputs()[0].name: samples})[0].reshape(samples.shape)
    is_last = name.startswith("keras")
    codes, rebuilt = predictions(
        program, place / "model.safetensors", folder, samples.transpose(0, 3, 1, 2) if is_last else samples)
    if list(codes.shape[1:]) != code:
        sys.exit(f"{name}: codes have shape {codes.shape[1:]}, not {code}")
    if is_last:
        rebuilt = rebuilt.transpose(0, 2, 3, 1)
    return float(numpy.abs(rebuilt - expected).max()) / max(1.0, float(numpy.abs(expected).max()))


def predictions(program, model, folder, samples):
    """Codes and reconstructions of samples, channels first."""
    numpy.save(folder / "samples.npy", samples)
    run(program, "transform", model, "--data", folder / "samples.npy", "--axes", "first", "--out", folder / "codes.npy")
    run(program, "inverse-transform", model, folder / "codes.npy", "--out", folder / "rebuilt.npy")
    return numpy.load(folder / "codes.npy"), numpy.load(folder / "rebuilt.npy")


def compare_exported(program, path, folder):
    """A framework's file, with what the framework makes of samples beside it."""
    place = folder / f"imported-{path.stem}"
    run(program, "import", path, "--out", place)
    arrays = load_file(path.with_suffix(".safetensors"))
    codes, rebuilt = predictions(program, place / "model.safetensors", folder, arrays["input"])
    worst = 0.0
    for found, expected in ((codes, arrays["code"]), (rebuilt, arrays["reconstruction"])):
        distance = float(numpy.abs(found.reshape(-1) - expected.reshape(-1)).max())
        worst = max(worst, distance / max(1.0, float(numpy.abs(expected).max())))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path, help="a folder to work in")
    chosen = parser.parse_args()
    worst = {name: compare(chosen.program, name, chosen.folder) for name in CASES}
    for path in sorted((chosen.folder / "frameworks").glob("*.onnx")):
        worst[path.stem] = compare_exported(chosen.program, path, chosen.folder)
    for name, value in worst.items():
        print(f"import {name:32} {value:.1e}")
    if max(worst.values()) > TOLERANCE:
        sys.exit(f"more than {TOLERANCE} from ONNX Runtime")


if __name__ == "__main__":
    main()
