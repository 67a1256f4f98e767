"""One sample at a time with PyTorch (inference mode) or ONNX Runtime, on one thread.

Both get their input where it already is and return the reconstruction; of a variational model's code the mean goes on.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy
import torch
from torch import nn


def model_of(workload):
    """The model in the order of its layers, and the shape of its input."""
    if workload == "dense-30":
        return nn.Sequential(nn.Linear(30, 14), nn.ReLU(), nn.Linear(14, 30)), (1, 30)
    if workload == "vae":
        # The mean alone, as whoever serves the model would cut it.
        layers = [nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 20), nn.Linear(20, 400), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(400, 784), nn.Sigmoid()), (1, 784)
    from torch_model import build_model

    return build_model(workload), (1, 1, 28, 28)


def torch_call(model, sample):
    inputs = torch.from_numpy(sample)

    def call():
        return model(inputs)

    return call


def scripted_call(model, sample):
    """TorchScript, frozen: what PyTorch itself offers for serving without a compiler."""
    inputs = torch.from_numpy(sample)
    frozen = torch.jit.optimize_for_inference(torch.jit.trace(model, inputs))
    return lambda: frozen(inputs)


def onnx_call(model, sample):
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.onnx")
        torch.onnx.export(
            model, (torch.from_numpy(sample),), path, input_names=["x"], output_names=["y"], dynamo=False
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    # Bound once: no array is made or copied in a call.
    binding = session.io_binding()
    output = numpy.empty(sample.shape, numpy.float32)
    inputs = onnxruntime.OrtValue.ortvalue_from_numpy(sample)
    outputs = onnxruntime.OrtValue.ortvalue_from_numpy(output)
    binding.bind_ortvalue_input("x", inputs)
    binding.bind_ortvalue_output("y", outputs)
    return lambda: session.run_with_iobinding(binding)


CALLS = {"torch": torch_call, "torchscript": scripted_call, "onnxruntime": onnx_call}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workload", choices=["dense-30", "vae", "fashion-denoise"], required=True)
    parser.add_argument("--framework", choices=sorted(CALLS), required=True)
    parser.add_argument("--calls", type=int, default=10_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    model, shape = model_of(options.workload)
    model.eval()
    sample = numpy.random.default_rng(1).random(shape, dtype=numpy.float32)
    seconds = []
    with torch.inference_mode():
        call = CALLS[options.framework](model, sample)
        for number in range(-(options.calls // 10), options.calls):
            started = time.perf_counter()
            call()
            if number >= 0:
                seconds.append(time.perf_counter() - started)
    seconds.sort()
    result = {
        "framework": options.framework,
        "workload": options.workload,
        "median_us": 1e6 * seconds[len(seconds) // 2],
        "p99_us": 1e6 * seconds[len(seconds) * 99 // 100],
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
