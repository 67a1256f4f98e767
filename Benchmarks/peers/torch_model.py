"""The PyTorch form of the workloads and their losses. Import after `common.limit_threads`."""

import torch
from torch import nn
from torch.nn import functional

from workloads import (
    CODE_DEPTH,
    CONTRACTION,
    KERNEL_SIDE,
    MODELS,
    images,
    is_contractive,
    is_variational,
)

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}


def modules(layers, channels, features):
    """The modules of `layers`, which follow an image of `channels` or a vector of `features`."""
    result = []
    for layer in layers:
        if layer.kind == "conv":
            result.append(nn.Conv2d(channels, layer.width, KERNEL_SIDE, layer.stride, padding=1))
        elif layer.kind == "transposed":
            # output_padding makes the side exactly twice as long. Torch starts its strided
            # windows one pixel earlier than Keras' "same" does: the same model on mirrored images.
            result.append(
                nn.ConvTranspose2d(
                    channels,
                    layer.width,
                    KERNEL_SIDE,
                    layer.stride,
                    padding=1,
                    output_padding=1,
                )
            )
        elif layer.kind == "dense":
            result.append(nn.Linear(features, layer.width))
        elif layer.kind == "gaussian":
            # Mean and logarithm of the variance side by side: one product for both.
            result.append(nn.Linear(features, 2 * layer.width))
        elif layer.kind == "pool":
            result.append(nn.MaxPool2d(2))
        elif layer.kind == "upsample":
            result.append(nn.Upsample(scale_factor=2))
        channels = features = layer.width or channels
        if layer.activation:
            result.append(ACTIVATIONS[layer.activation]())
    return result


class Coded(nn.Module):
    """A model whose loss needs its code."""

    def __init__(self, workload):
        super().__init__()
        layers, depth = MODELS[workload], CODE_DEPTH[workload]
        self.encoder = nn.Sequential(*modules(layers[:depth], 0, images(workload).features))
        self.decoder = nn.Sequential(*modules(layers[depth:], 0, layers[depth - 1].width))
        self.code_width = layers[depth - 1].width

    def forward(self, inputs):
        # Of a variational model's code the mean, which comes first.
        return self.decoder(self.encoder(inputs)[:, : self.code_width])


def build_model(workload):
    if workload in CODE_DEPTH:
        return Coded(workload)
    shape = images(workload)
    return nn.Sequential(*modules(MODELS[workload], shape.channels, shape.features))


def variational_loss(model, inputs, targets):
    """Nats a sample: cross-entropy and the divergence from a standard normal distribution."""
    mean, log_variance = model.encoder(inputs).chunk(2, dim=1)
    code = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
    entropy = functional.binary_cross_entropy(model.decoder(code), targets, reduction="sum")
    divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum() / 2
    return (entropy + divergence) / len(inputs)


def jacobians(model, inputs):
    """The code, and [code, samples, features] of its derivatives in each sample, for any encoder.

    All rows come from one vectorised backward pass, which is recorded to be differentiated again.
    torch.func.jacrev and torch.autograd.grad with is_grads_batched are as fast; a loop over the
    code, the usual way before them, takes 25 times as long.
    """
    codes, pull_back = torch.func.vjp(model.encoder, inputs)
    units = torch.eye(model.code_width).unsqueeze(1).expand(-1, len(inputs), -1)
    (rows,) = torch.func.vmap(pull_back)(units)
    return codes, rows


def contractive_loss(model, inputs, targets):
    """Reconstruction and the squared Frobenius norm of the code's Jacobian."""
    codes, rows = jacobians(model, inputs)
    penalty = rows.square().sum() / len(inputs)
    return functional.mse_loss(model.decoder(codes), targets) + CONTRACTION * penalty


def build_loss(workload, model):
    """A function of inputs and targets."""
    if is_variational(workload):
        return lambda inputs, targets: variational_loss(model, inputs, targets)
    if is_contractive(workload):
        return lambda inputs, targets: contractive_loss(model, inputs, targets)
    return lambda inputs, targets: functional.mse_loss(model(inputs), targets)
