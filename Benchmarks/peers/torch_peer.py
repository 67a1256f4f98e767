"""PyTorch: eager, eager in channels-last memory format, or torch.compile."""

import common
from workloads import (
    ADAM_BETAS,
    ADAM_EPSILON,
    KERNEL_SIDE,
    LEARNING_RATE,
    MODELS,
    PIXELS,
    is_convolutional,
)

MODES = ["eager", "channels-last", "compile"]


def build_model(workload):
    from torch import nn

    activations = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}
    modules = []
    channels, features = 1, PIXELS
    for layer in MODELS[workload]:
        if layer.kind == "conv":
            modules.append(
                nn.Conv2d(channels, layer.width, KERNEL_SIDE, layer.stride, padding=1)
            )
        elif layer.kind == "transposed":
            # output_padding makes the side exactly twice as long. Torch starts its strided
            # windows one pixel earlier than Keras' "same" does: the same model on mirrored images.
            modules.append(
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
            modules.append(nn.Linear(features, layer.width))
            features = layer.width
        elif layer.kind == "pool":
            modules.append(nn.MaxPool2d(2))
        elif layer.kind == "upsample":
            modules.append(nn.Upsample(scale_factor=2))
        channels = layer.width or channels
        if layer.activation:
            modules.append(activations[layer.activation]())
    return nn.Sequential(*modules)


def main():
    options = common.parse_options(__doc__, MODES)
    if options.mode == "channels-last" and not is_convolutional(options.workload):
        raise SystemExit(f"{options.workload} has no channels")
    common.limit_threads(options.threads)
    import torch

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    data = common.load_data(options, channels_first=True)
    train_inputs = torch.from_numpy(data.train_inputs)
    train_targets = torch.from_numpy(data.train_targets)
    test_inputs = torch.from_numpy(data.test_inputs)
    same_arrays = data.train_inputs is data.train_targets

    model = build_model(options.workload)
    if options.mode == "channels-last":
        # With one channel both formats are the same bytes, but a batch has to say which it is in
        # for the convolutions to pick their channels-last kernels.
        model = model.to(memory_format=torch.channels_last)
        train_inputs = train_inputs.to(memory_format=torch.channels_last)
        train_targets = train_targets.to(memory_format=torch.channels_last)
        test_inputs = test_inputs.to(memory_format=torch.channels_last)
    # Static shapes: an epoch has a full batch and perhaps one smaller, each worth its own code.
    forward = torch.compile(model, dynamic=False) if options.mode == "compile" else model
    optimizer = torch.optim.Adam(
        model.parameters(), LEARNING_RATE, ADAM_BETAS, ADAM_EPSILON, fused=True
    )

    def train_epoch(batches):
        model.train()
        for indices in batches:
            indices = torch.from_numpy(indices)
            inputs = train_inputs[indices]
            targets = inputs if same_arrays else train_targets[indices]
            loss = torch.nn.functional.mse_loss(forward(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    clock = common.run_epochs(options, train_epoch)

    def predict():
        model.eval()
        with torch.inference_mode():
            batches = test_inputs.split(common.inference_batch(options))
            return torch.cat([forward(batch) for batch in batches]).numpy()

    parameters = sum(parameter.numel() for parameter in model.parameters())
    common.report(f"torch-{options.mode}", options, data, clock, predict, parameters)


if __name__ == "__main__":
    main()
