"""The models and batch sizes every framework is measured on.

Plain Python without numpy: training.py imports it too, whose memory is a floor under the
peak memory the kernel reports for the processes it starts.
"""

from dataclasses import dataclass

PIXELS = 28 * 28
NOISE_DEVIATION = 0.4
BLUR_DEVIATION = 1.0
# The weight of the contractive penalty, the squared Frobenius norm of the code's Jacobian.
CONTRACTION = 1e-4
LEARNING_RATE = 1e-3
ADAM_BETAS = (0.9, 0.999)
ADAM_EPSILON = 1e-7
KERNEL_SIDE = 3


@dataclass(frozen=True)
class Images:
    """What a data set's images are like."""

    name: str
    channels: int
    side: int
    training: int
    test: int

    @property
    def features(self):
        return self.channels * self.side * self.side


FASHION = Images("Fashion-MNIST", 1, 28, 60_000, 10_000)
CIFAR = Images("CIFAR-10", 3, 32, 50_000, 10_000)


@dataclass(frozen=True)
class Layer:
    """One layer; 3x3 kernels, same padding.

    `kind` is conv, transposed, pool, upsample, dense or gaussian: two dense layers on one vector,
    a normal distribution's mean and the logarithm of its variance.
    """

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
    "cifar-deblur": [
        conv(8),
        POOL,
        conv(16),
        POOL,
        transposed(16),
        transposed(16),
        conv(3, "sigmoid"),
    ],
    "vae": [dense(400), Layer("gaussian", 20), dense(400), dense(PIXELS, "sigmoid")],
    "contractive": [dense(128, "sigmoid"), dense(PIXELS, "sigmoid")],
}

# Layers of the encoder, where the loss needs the code.
CODE_DEPTH = {"vae": 2, "contractive": 1}

PARAMETERS = {
    "fashion-denoise": 3_217,
    "mnist-conv": 4_385,
    "dense": 222_384,
    "cifar-deblur": 6_467,
    "vae": 652_824,
    "contractive": 201_616,
}

# (workload, batch size); the extra pairs are measured with --extra.
PAIRS = [
    ("fashion-denoise", 32),
    ("fashion-denoise", 256),
    ("mnist-conv", 256),
    ("dense", 256),
    ("cifar-deblur", 512),
    ("vae", 128),
    ("contractive", 128),
]
EXTRA_PAIRS = [("dense", 32)]

# A peer trains on the first images only where it would take very long: its rate is the same.
PEER_SAMPLES = {"contractive": 6_400}


def images(workload):
    return CIFAR if workload == "cifar-deblur" else FASHION


def peer_samples(workload):
    return PEER_SAMPLES.get(workload, images(workload).training)


def is_convolutional(workload):
    return MODELS[workload][0].kind != "dense"


def is_variational(workload):
    return workload == "vae"


def is_contractive(workload):
    return workload == "contractive"


def is_denoising(workload):
    return workload == "fashion-denoise"


def is_deblurring(workload):
    return workload == "cifar-deblur"


def forward_operations(workload):
    """Floating-point operations of each layer for one image, a multiply and an add as two.

    Only the products of the convolutions and dense layers count. Biases, activations, pooling and
    the optimiser are left out, so a share of the machine's peak taken from these is a lower bound.
    """
    shape = images(workload)
    side, channels, features = shape.side, shape.channels, shape.features
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
        elif layer.kind == "gaussian":
            operations.append(2 * features * 2 * layer.width)
            features = layer.width
        elif layer.kind == "pool":
            side //= 2
        elif layer.kind == "upsample":
            side *= 2
        channels = layer.width or channels
    return operations


def training_operations(workload):
    """Operations of one training image: forward, weight gradients and input gradients.

    The first layer needs no gradient of its input. None for the contractive model: the operations
    of its penalty depend on how it is computed.
    """
    if is_contractive(workload):
        return None
    operations = forward_operations(workload)
    return 3 * sum(operations) - operations[0]
