"""The models and batch sizes every framework is measured on.

Plain Python without numpy: run.py imports it too, and the memory of run.py is a floor under the
peak memory the kernel reports for the processes it starts.
"""

from dataclasses import dataclass

IMAGE_SIDE = 28
PIXELS = IMAGE_SIDE * IMAGE_SIDE
NOISE_DEVIATION = 0.4
TRAINING_IMAGES = 60_000
TEST_IMAGES = 10_000
LEARNING_RATE = 1e-3
ADAM_BETAS = (0.9, 0.999)
ADAM_EPSILON = 1e-7
KERNEL_SIDE = 3


@dataclass(frozen=True)
class Layer:
    """One layer. `kind` is conv, transposed, pool, upsample or dense; 3x3 kernels, same padding."""

    kind: str
    width: int = 0
    activation: str = ""
    stride: int = 1


def conv(width, activation="relu", stride=1):
    return Layer("conv", width, activation, stride)


def transposed(width):
    return Layer("transposed", width, "relu", 2)


def dense(width, activation="relu"):
    return Layer("dense", width, activation)


POOL = Layer("pool")
UPSAMPLE = Layer("upsample")

MODELS = {
    "fashion-denoise": [
        conv(16, stride=2),
        conv(8, stride=2),
        transposed(8),
        transposed(16),
        conv(1, "sigmoid"),
    ],
    "mnist-conv": [
        conv(16),
        POOL,
        conv(8),
        POOL,
        conv(8),
        conv(8),
        UPSAMPLE,
        conv(8),
        UPSAMPLE,
        conv(16),
        conv(1, "sigmoid"),
    ],
    "dense": [dense(128), dense(64), dense(32), dense(64), dense(128), dense(PIXELS, "sigmoid")],
}

PARAMETERS = {"fashion-denoise": 3_217, "mnist-conv": 4_385, "dense": 222_384}

# (workload, batch size); the extra pairs are measured with --extra.
PAIRS = [("fashion-denoise", 32), ("mnist-conv", 256), ("dense", 256)]
EXTRA_PAIRS = [("fashion-denoise", 256), ("dense", 32)]


def is_convolutional(workload):
    return MODELS[workload][0].kind != "dense"


def is_denoising(workload):
    return workload == "fashion-denoise"


def forward_operations(workload):
    """Floating-point operations of each layer for one image, a multiply and an add as two.

    Only the products of the convolutions and dense layers count. Biases, activations, pooling and
    the optimiser are left out, so a share of the machine's peak taken from these is a lower bound.
    """
    side, channels, features = IMAGE_SIDE, 1, PIXELS
    operations = []
    for layer in MODELS[workload]:
        taps = KERNEL_SIDE * KERNEL_SIDE * channels * layer.width
        if layer.kind == "conv":
            side //= layer.stride
            operations.append(2 * side * side * taps)
        elif layer.kind == "transposed":
            operations.append(2 * side * side * taps)
            side *= layer.stride
        elif layer.kind == "dense":
            operations.append(2 * features * layer.width)
            features = layer.width
        elif layer.kind == "pool":
            side //= 2
        elif layer.kind == "upsample":
            side *= 2
        channels = layer.width or channels
    return operations


def training_operations(workload):
    """Operations of one training image: forward, weight gradients and input gradients.

    The first layer needs no gradient of its input.
    """
    operations = forward_operations(workload)
    return 3 * sum(operations) - operations[0]
