"""Compares what ONNX Runtime makes of models with every layer, which the tests of HourglassONNX wrote, with what the library makes of
the same samples, in batches of several sizes."""

import pathlib
import sys

import numpy
import onnx
import onnxruntime

BATCHES = (1, 3, 16, 17)
TOLERANCE = 1e-5

failed = []
paths = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
for path in paths:
    onnx.checker.check_model(onnx.load(path), full_check=True)
    options = onnxruntime.SessionOptions()
    # A level in the inputs is meant.
    options.log_severity_level = 3
    network = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def numbers(name):
        return numpy.fromfile(path.with_suffix(f".{name}.f32"), numpy.float32).reshape(max(BATCHES), -1)

    samples = numbers("input")
    # Denoisers take any size; theirs is 8 by 8.
    shape = [size if isinstance(size, int) else 8 for size in network.get_inputs()[0].shape[1:]]
    worst = {}
    for size in BATCHES:
        names = [output.name for output in network.get_outputs()]
        results = dict(zip(names, network.run(names, {"input": samples[:size].reshape(size, *shape)})))
        for name, found in results.items():
            expected = numbers("code" if name == "mean" else name)[:size]
            extent = max(1.0, float(numpy.abs(expected).max()))
            difference = float(numpy.abs(found.reshape(size, -1) - expected).max()) / extent
            worst[name] = max(worst.get(name, 0), difference)
    print(f"{path.stem:20} {'  '.join(f'{name} {value:.1e}' for name, value in worst.items())}")
    if max(worst.values()) > TOLERANCE:
        failed.append(path.stem)
if failed or not paths:
    sys.exit(f"more than {TOLERANCE} from the library: {', '.join(failed) or 'no model was written'}")
