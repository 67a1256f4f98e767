"""PyTorch: eager, eager in channels-last memory format, or torch.compile."""

import common
from workloads import ADAM_BETAS, ADAM_EPSILON, LEARNING_RATE, is_convolutional

MODES = ["eager", "channels-last", "compile"]


def main():
    options = common.parse_options(__doc__, MODES)
    if options.mode == "channels-last" and not is_convolutional(options.workload):
        raise SystemExit(f"{options.workload} has no channels")
    common.limit_threads(options.threads)
    import torch

    from torch_model import build_loss, build_model

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
    forward, loss_of = model, build_loss(options.workload, model)
    if options.mode == "compile":
        # Static shapes: an epoch has a full batch and perhaps one smaller, each worth its own code.
        forward = torch.compile(model, dynamic=False)
        loss_of = torch.compile(loss_of, dynamic=False)
    optimizer = torch.optim.Adam(
        model.parameters(), LEARNING_RATE, ADAM_BETAS, ADAM_EPSILON, fused=True
    )

    def train_epoch(batches):
        model.train()
        for indices in batches:
            indices = torch.from_numpy(indices)
            inputs = train_inputs[indices]
            targets = inputs if same_arrays else train_targets[indices]
            loss = loss_of(inputs, targets)
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
