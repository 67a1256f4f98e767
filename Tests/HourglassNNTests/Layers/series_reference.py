"""Prints SeriesReferenceNumbers.swift: what PyTorch's layers for series compute, and their gradients, in double precision.

Run: python3 series_reference.py > SeriesReferenceNumbers.swift (needs torch)
Series are [channels, length]; weights as PyTorch has them. Zeros are put around by hand where PyTorch would put the odd one
elsewhere than Keras, which has it at the end.
"""

import torch
import torch.nn.functional as functional

torch.set_default_dtype(torch.float64)


def sequence(*shape):
    *shape, seed = shape
    count = int(torch.tensor(shape).prod())
    return torch.tensor([((i * 37 + seed * 17 + 11) % 101 - 50) / 25 for i in range(count)]).reshape(shape)


def convolution(padding, kernel, stride=1, dilation=1):
    def compute(x, weight, bias):
        extent = (kernel - 1) * dilation + 1
        length = x.shape[-1]
        before, after = 0, 0
        if padding == "causal":
            before = extent - 1
        elif padding == "same":
            total = max((-(-length // stride) - 1) * stride + extent - length, 0)
            before, after = total // 2, total - total // 2
        return functional.conv1d(functional.pad(x, (before, after)), weight, bias, stride=stride, dilation=dilation)

    return compute, (2, 3, kernel), 3


def transposed(padding, kernel, stride):
    def compute(x, weight, bias):
        whole = functional.conv_transpose1d(x, weight, bias, stride=stride)
        if padding == "valid":
            # Where the stride is longer than the kernel, Keras ends with zeros.
            missing = x.shape[-1] * stride + max(kernel - stride, 0) - whole.shape[-1]
            return whole if missing == 0 else functional.conv_transpose1d(x, weight, bias, stride=stride, output_padding=missing)
        before = max(kernel - stride, 0) // 2
        return whole[:, :, before : before + x.shape[-1] * stride]

    return compute, (2, 3, kernel), 3


def plain(function):
    return lambda x, weight, bias: function(x), None, 2


cases = {
    **{
        f"conv1d {padding} {kernel} {stride} {dilation}": (convolution(padding, kernel, stride, dilation), length)
        for padding, kernel, stride, dilation, length in [
            ("same", 3, 1, 1, 8),
            ("same", 4, 2, 1, 9),
            ("valid", 3, 2, 1, 9),
            ("causal", 3, 1, 1, 8),
            ("causal", 3, 2, 1, 8),
            ("same", 3, 1, 2, 9),
            ("same", 2, 1, 3, 10),
            ("same", 4, 1, 3, 10),
            ("valid", 3, 1, 4, 11),
            ("causal", 3, 1, 4, 11),
            ("causal", 2, 1, 8, 5),
        ]
    },
    **{
        f"conv1d_transpose {padding} {kernel} {stride}": (transposed(padding, kernel, stride), 5)
        for padding, kernel, stride in [("same", 3, 1), ("same", 4, 2), ("valid", 3, 2), ("valid", 3, 1)]
    },
    "max_pool1d 3 2": (plain(lambda x: functional.max_pool1d(x, 3, 2)), 9),
    "average_pool1d 3 2": (plain(lambda x: functional.avg_pool1d(x, 3, 2)), 9),
    "upsample1d nearest 3": (plain(lambda x: functional.interpolate(x, scale_factor=3, mode="nearest")), 4),
    "upsample1d linear 3": (plain(lambda x: functional.interpolate(x, scale_factor=3, mode="linear")), 4),
}

print("// Made by series_reference.py beside this file; do not edit.\n")
print("/// Of each layer its value, and the gradients of the sum of its products with `sequence`.")
print("let seriesReferenceNumbers: [String: [String: [Double]]] = [")
for name, ((compute, shape, filters), length) in cases.items():
    x = sequence(1, 2, length, 1).requires_grad_()
    weight = bias = None
    if shape:
        shape = shape if "transpose" in name else (3, 2, shape[2])
        weight, bias = sequence(*shape, 3).requires_grad_(), sequence(filters, 4).requires_grad_()
    y = compute(x, weight, bias)
    (y * sequence(*y.shape, 5)).sum().backward()
    print(f'  "{name}": [')
    numbers = {"y": y, "x": x.grad}
    if shape:
        numbers |= {"weight": weight.grad, "bias": bias.grad}
    for part, values in numbers.items():
        texts = [repr(round(float(n), 10)) for n in values.detach().flatten()]
        print(f'    "{part}": [')
        for start in range(0, len(texts), 6):
            print("      " + ", ".join(texts[start : start + 6]) + ",")
        print("    ],")
    print("  ],")
print("]")
