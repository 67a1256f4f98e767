"""Writes expected.json: loss curves of small PyTorch models, which Hourglass must repeat.

Run by hand with a Python that has PyTorch, such as the benchmark's:

    python Tests/Parity/make_expected.py

Tests/HourglassTests/Parity/ParityTests.swift trains the same models from the same numbers.

Nothing is drawn at random. Samples, first weights and the noise of `denoising` and `vae` follow
formulas whose values float32 holds exactly; batches are the samples in order. Sums are in double
precision, so that the curves carry no rounding of their own.
"""

import json
from pathlib import Path

import torch

FEATURES = 64
HIDDEN = 32
CODE = 8
SAMPLES = 64
BATCH = 16
STEPS = 20
LEARNING_RATE = 0.01
ADAM_BETAS = (0.9, 0.999)
ADAM_EPSILON = 1e-7
NOISE_DEVIATION = 0.4
SPARSE_L1 = 0.01
SPARSE_KL = 0.1
SPARSE_RHO = 0.05
CONTRACTIVE = 0.1


def samples():
    """[SAMPLES, FEATURES], from 0 to 1."""
    rows = [
        [((31 * s + 17 * f + 5 * (s * f % 13)) % 129) / 128 for f in range(FEATURES)]
        for s in range(SAMPLES)
    ]
    return torch.tensor(rows, dtype=torch.float64)


def noise(width):
    """[SAMPLES, width], from -1.5 to 1.5, in the place of normal draws."""
    rows = [[((53 * s + 29 * e) % 97 - 48) / 32 for e in range(width)] for s in range(SAMPLES)]
    return torch.tensor(rows, dtype=torch.float64)


def first_numbers(shape, position):
    """First values of the parameter at this position: weights within 0.2, biases within 0.05."""
    count = torch.Size(shape).numel()
    divisor = 256 if len(shape) == 2 else 1024
    numbers = [((37 * i + 17 * position + 11) % 101 - 50) / divisor for i in range(count)]
    return torch.tensor(numbers, dtype=torch.float64).reshape(shape).requires_grad_()


def make_parameters(shapes):
    return {name: first_numbers(shape, position) for position, (name, shape) in enumerate(shapes)}


def layer(name, width, inputs):
    return [(f"{name}weight", (width, inputs)), (f"{name}bias", (width,))]


DECODER = layer("decoder.0.", HIDDEN, CODE) + layer("decoder.1.", FEATURES, HIDDEN)
PLAIN = layer("encoder.0.", HIDDEN, FEATURES) + layer("encoder.1.", CODE, HIDDEN) + DECODER
VARIATIONAL = (
    layer("encoder.0.", HIDDEN, FEATURES)
    + layer("encoder.1.mean_", CODE, HIDDEN)
    + layer("encoder.1.log_variance_", CODE, HIDDEN)
    + DECODER
)


def dense(parameters, name, values):
    return values @ parameters[f"{name}weight"].T + parameters[f"{name}bias"]


def encode(parameters, x):
    hidden = torch.relu(dense(parameters, "encoder.0.", x))
    return torch.sigmoid(dense(parameters, "encoder.1.", hidden))


def decode(parameters, code):
    hidden = torch.relu(dense(parameters, "decoder.0.", code))
    return torch.sigmoid(dense(parameters, "decoder.1.", hidden))


def squared_error(outputs, x):
    """The mean over a sample's elements, then over the batch."""
    return (outputs - x).square().mean(dim=1).mean()


def undercomplete(parameters, x, batch):
    return squared_error(decode(parameters, encode(parameters, x)), x)


def denoising(parameters, x, batch):
    shown = (x + NOISE_DEVIATION * noise(FEATURES)[batch]).clamp(0, 1)
    return squared_error(decode(parameters, encode(parameters, shown)), x)


def sparse_l1(parameters, x, batch):
    code = encode(parameters, x)
    return squared_error(decode(parameters, code), x) + SPARSE_L1 * code.abs().sum(dim=1).mean()


def sparse_kl(parameters, x, batch):
    code = encode(parameters, x)
    mean = code.mean(dim=0)
    divergence = SPARSE_RHO * torch.log(SPARSE_RHO / mean) + (1 - SPARSE_RHO) * torch.log(
        (1 - SPARSE_RHO) / (1 - mean)
    )
    return squared_error(decode(parameters, code), x) + SPARSE_KL * divergence.sum()


def contractive(parameters, x, batch):
    jacobians = torch.func.vmap(torch.func.jacrev(lambda sample: encode(parameters, sample)))(x)
    penalty = jacobians.square().sum(dim=(1, 2)).mean()
    return squared_error(decode(parameters, encode(parameters, x)), x) + CONTRACTIVE * penalty


def vae(parameters, x, batch):
    """Nats: cross-entropy over all elements, and the divergence from a standard normal code."""
    hidden = torch.relu(dense(parameters, "encoder.0.", x))
    mean = dense(parameters, "encoder.1.mean_", hidden)
    log_variance = dense(parameters, "encoder.1.log_variance_", hidden)
    outputs = decode(parameters, mean + torch.exp(log_variance / 2) * noise(CODE)[batch])
    cross_entropy = -(x * torch.log(outputs) + (1 - x) * torch.log(1 - outputs)).sum(dim=1)
    divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1) / 2
    return (cross_entropy + divergence).mean()


CASES = {
    "undercomplete": (PLAIN, undercomplete),
    "denoising": (PLAIN, denoising),
    "sparse-l1": (PLAIN, sparse_l1),
    "sparse-kl": (PLAIN, sparse_kl),
    "contractive": (PLAIN, contractive),
    "vae": (VARIATIONAL, vae),
}


def loss_curve(shapes, loss_of):
    """The loss of every step before its update. Adam's epsilon stands where Keras puts it."""
    parameters = make_parameters(shapes)
    first = {name: torch.zeros_like(value) for name, value in parameters.items()}
    second = {name: torch.zeros_like(value) for name, value in parameters.items()}
    beta1, beta2 = ADAM_BETAS
    data = samples()
    losses = []
    for step in range(1, STEPS + 1):
        start = (step - 1) * BATCH % SAMPLES
        batch = slice(start, start + BATCH)
        loss = loss_of(parameters, data[batch], batch)
        losses.append(loss.item())
        gradients = torch.autograd.grad(loss, list(parameters.values()))
        rate = LEARNING_RATE * (1 - beta2**step) ** 0.5 / (1 - beta1**step)
        with torch.no_grad():
            for (name, value), gradient in zip(parameters.items(), gradients):
                first[name].mul_(beta1).add_((1 - beta1) * gradient)
                second[name].mul_(beta2).add_((1 - beta2) * gradient.square())
                value -= rate * first[name] / (second[name].sqrt() + ADAM_EPSILON)
    return losses


def main():
    curves = {name: loss_curve(shapes, loss_of) for name, (shapes, loss_of) in CASES.items()}
    expected = {"made_by": "make_expected.py", "torch": torch.__version__, "losses": curves}
    path = Path(__file__).with_name("expected.json")
    path.write_text(json.dumps(expected, indent=1) + "\n")
    for name, losses in curves.items():
        print(f"{name}: {losses[0]:.6f} to {losses[-1]:.6f}")


if __name__ == "__main__":
    main()
