"""Prints ReferenceNumbers.swift: what layers compute, written from Keras's documentation with numpy alone.

Run: python3 reference.py > ReferenceNumbers.swift
Images are [channels, rows, columns]; convolution weights [filters, channels, rows, columns], those of a
transposed convolution [channels, filters, rows, columns]. "same" pads so that ceil(size / stride) outputs fit,
the odd zero at the end.
"""

import math

import numpy as np


def sequence(shape, seed):
    count = int(np.prod(shape))
    return np.array([((i * 37 + seed * 17 + 11) % 101 - 50) / 25 for i in range(count)]).reshape(shape)


def pads(size, kernel, stride, padding):
    if padding == "valid":
        return 0, (size - kernel) // stride + 1
    outputs = -(-size // stride)
    return max((outputs - 1) * stride + kernel - size, 0) // 2, outputs


def windows(shape, kernel, stride, padding):
    """For each output row and column the (row, column, kernel row, kernel column) inside the image."""
    (pr, rows), (pc, columns) = (pads(shape[i + 1], kernel[i], stride[i], padding) for i in (0, 1))
    for y in range(rows):
        for x in range(columns):
            inside = []
            for a in range(kernel[0]):
                for b in range(kernel[1]):
                    r, c = y * stride[0] + a - pr, x * stride[1] + b - pc
                    if 0 <= r < shape[1] and 0 <= c < shape[2]:
                        inside.append((r, c, a, b))
            yield y, x, inside, (rows, columns)


def conv(x, w, bias, stride, padding):
    found = {}
    for y, c, inside, size in windows(x.shape, w.shape[2:], stride, padding):
        for o in range(w.shape[0]):
            found[o, y, c] = bias[o] + sum(x[:, r, k] @ w[o, :, a, b] for r, k, a, b in inside)
    return np.array([[[found[o, y, c] for c in range(size[1])] for y in range(size[0])] for o in range(w.shape[0])])


def conv_transpose(x, w, bias, stride, padding):
    """The adjoint of the convolution that makes x's size of the result's."""
    kernel = w.shape[2:]
    if padding == "same":
        size = [x.shape[i + 1] * stride[i] for i in (0, 1)]
    else:
        size = [x.shape[i + 1] * stride[i] + max(kernel[i] - stride[i], 0) for i in (0, 1)]
    result = np.zeros((w.shape[1], *size))
    for y, c, inside, _ in windows(result.shape, kernel, stride, padding):
        if y < x.shape[1] and c < x.shape[2]:
            for r, k, a, b in inside:
                result[:, r, k] += x[:, y, c] @ w[:, :, a, b]
    return result + bias[:, None, None]


def pool(x, kernel, stride, padding, reduce):
    rows = []
    for y, c, inside, size in windows(x.shape, kernel, stride, padding):
        rows.append([reduce(np.array([x[channel, r, k] for r, k, _, _ in inside])) for channel in range(x.shape[0])])
    return np.array(rows).T.reshape(x.shape[0], *size)


def bilinear(x, factors):
    """Half-pixel centres, edges repeated: tf.image.resize, which UpSampling2D calls."""
    for axis, factor in zip((1, 2), factors):
        places = (np.arange(x.shape[axis] * factor) + 0.5) / factor - 0.5
        low = np.floor(places).astype(int)
        part = places - low
        shape = [1, 1, 1]
        shape[axis] = -1
        first = np.take(x, np.clip(low, 0, x.shape[axis] - 1), axis)
        second = np.take(x, np.clip(low + 1, 0, x.shape[axis] - 1), axis)
        x = first + (second - first) * part.reshape(shape)
    return x


def layer_norm(x, gamma, beta, epsilon):
    mean = x.mean(0, keepdims=True)
    variance = ((x - mean) ** 2).mean(0, keepdims=True)
    scale = [-1] + [1] * (x.ndim - 1)
    return (x - mean) / np.sqrt(variance + epsilon) * gamma.reshape(scale) + beta.reshape(scale)


x, image = sequence((2, 5, 4), 1), sequence((2, 2, 3), 2)
w = sequence((2, 2, 3, 2), 3)
bias = sequence((2,), 4)
vector = np.array([-3, -1.5, -0.25, 0, 0.25, 1.5, 3])
erf = np.vectorize(math.erf)
cases = {
    "conv2d same 1": conv(x, w, bias, (1, 1), "same"),
    "conv2d valid 1": conv(x, w, bias, (1, 1), "valid"),
    "conv2d same 2": conv(x, w, bias, (2, 2), "same"),
    "conv2d valid 2": conv(x, w, bias, (2, 2), "valid"),
    "conv2d_transpose same 1": conv_transpose(image, w, bias, (1, 1), "same"),
    "conv2d_transpose valid 1": conv_transpose(image, w, bias, (1, 1), "valid"),
    "conv2d_transpose same 2": conv_transpose(image, w, bias, (2, 2), "same"),
    "conv2d_transpose valid 2": conv_transpose(image, w, bias, (2, 2), "valid"),
    "max_pool2d same": pool(x, (3, 2), (2, 2), "same", np.max),
    "max_pool2d valid": pool(x, (3, 2), (2, 2), "valid", np.max),
    "average_pool2d same": pool(x, (3, 2), (2, 2), "same", np.mean),
    "average_pool2d valid": pool(x, (3, 2), (2, 2), "valid", np.mean),
    "upsample2d nearest": image.repeat(2, 1).repeat(3, 2),
    "upsample2d bilinear": bilinear(image, (2, 3)),
    "dense": sequence((3, 7), 5) @ vector + sequence((3,), 4),
    "layer_norm image": layer_norm(x, sequence((2,), 6), sequence((2,), 7), 1e-3),
    "layer_norm vector": layer_norm(vector, sequence((7,), 6), sequence((7,), 7), 0.1),
    "relu": np.maximum(vector, 0),
    "leaky_relu": np.where(vector > 0, vector, 0.3 * vector),
    "elu": np.where(vector > 0, vector, np.expm1(vector)),
    "gelu": vector * 0.5 * (1 + erf(vector / math.sqrt(2))),
    "sigmoid": 1 / (1 + np.exp(-vector)),
    "tanh": np.tanh(vector),
    "softplus": np.log1p(np.exp(vector)),
}

print("// Made by reference.py beside this file; do not edit.\n\n/// What each layer gives, row-major.")
print("let referenceNumbers: [String: [Double]] = [")
for name, numbers in cases.items():
    texts = [repr(round(float(n), 12)) for n in numbers.flatten()]
    print(f'  "{name}": [')
    for start in range(0, len(texts), 6):
        print("    " + ", ".join(texts[start : start + 6]) + ",")
    print("  ],")
print("]")
