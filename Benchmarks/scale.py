"""Measures training in several processes of MPI; script/bench scale starts it.

Each row is one recipe at one batch size, trained for a few epochs on made samples (their content does not change how long a step takes):
by one process of one thread, by one process of several threads, by as many processes of one thread, and by PyTorch's
DistributedDataParallel on Gloo with a model of the same layers. Ways take turns, round by round; of each run the fastest epoch after the
first counts, and medians of the rounds are told. With --rates (root, Linux) the processes also talk over a link of so many gigabits a second each way: each
is in a network namespace of its own, as on a machine of its own, and a veth pair joins them, both ends of which tc shapes.
"""

import argparse
import atexit
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from shared import BENCHMARKS, REPOSITORY, head, measurement, versions

# Recipe, batch, samples of an epoch, shape of a sample.
ROWS = [
    ("mnist-conv", 256, 10240, (1, 28, 28)),
    ("cifar-deblur", 512, 4096, (3, 32, 32)),
    ("vae", 128, 20480, (1, 28, 28)),
    ("vae", 1024, 20480, (1, 28, 28)),
]
EPOCHS = 4
# Network namespaces and the addresses of the processes in them.
MACHINES = {"hourglass-scale-0": "10.77.0.1", "hourglass-scale-1": "10.77.0.2"}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rows", default="", help="such as vae-1024; comma-separated, all if empty")
    parser.add_argument("--rates", default="", help="gigabits a second, comma-separated, such as 1,10; needs root")
    parser.add_argument("--no-peer", action="store_true", help="without PyTorch")
    parser.add_argument("--program", type=Path, default=REPOSITORY / ".build" / "mpi" / "release" / "hourglass")
    parser.add_argument("--cores", default="", help="what is known of where the cores are, for the page")
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "scale.md")
    parser.add_argument("--torch-worker", help=argparse.SUPPRESS)
    return parser.parse_args()


# MARK: Hourglass


def environment():
    return dict(
        os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_rmaps_base_oversubscribe="1")


def samples_per_second(options, row, folder, processes, threads, network=False):
    recipe, batch, samples, shape = row
    run = Path(tempfile.mkdtemp(dir=folder)) / "run"
    command = [
        options.program, "train", recipe, "--data", data_of(folder, samples, shape), "--set", "validation=none", "--epochs", EPOCHS,
        "--batch-size", batch, "--threads", threads, "--out", run, "--checkpoint-seconds", 86400,
    ]
    if recipe == "cifar-deblur":
        command += ["--set", "data.augment=null"]
    if processes > 1:
        mpi = ["mpirun", "-n", processes]
        if network:
            mpi = over_the_link(folder, mpi)
        command = mpi + command
    elif threads == 1:
        command = ["taskset", "-c", "0"] + command
    finished = subprocess.run(list(map(str, command)), env=environment(), capture_output=True, text=True)
    if finished.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{finished.stderr}")
    with open(run / "history.csv") as file:
        seconds = [float(line["seconds"]) for line in csv.DictReader(file)][1:]
    digest = json.loads((run / "result.json").read_text())["weights_sha256"]
    return samples / min(seconds), digest


def data_of(folder, samples, shape):
    import numpy

    path = Path(folder) / f"{samples}-{'-'.join(map(str, shape))}.npy"
    if not path.exists():
        numpy.save(path, numpy.random.default_rng(1).integers(0, 256, (samples, *shape), dtype=numpy.uint8))
    return path


# MARK: PyTorch


def torch_model(recipe):
    import torch
    from torch import nn

    if recipe == "vae":

        class Variational(nn.Module):
            def __init__(self):
                super().__init__()
                self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 40))
                self.decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))

            def forward(self, x):
                mean, log_variance = self.encoder(x).chunk(2, 1)
                code = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
                rebuilt = nn.functional.binary_cross_entropy_with_logits(self.decoder(code), x.flatten(1), reduction="sum")
                return (rebuilt - 0.5 * torch.sum(1 + log_variance - mean**2 - log_variance.exp())) / len(x)

        return Variational()
    if recipe == "mnist-conv":
        from torch import nn

        layers = [
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2),
            nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(),
            nn.Conv2d(16, 1, 3, padding=1), nn.Sigmoid(),
        ]
        assert sum(number.numel() for layer in layers for number in layer.parameters()) == 4385
        loss = nn.MSELoss()
    else:
        return None

    class Rebuilding(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(*layers)

        def forward(self, x):
            return loss(self.layers(x), x)

    return Rebuilding()


def torch_worker(text):
    """One process of PyTorch's; rank 0 prints samples a second."""
    settings = json.loads(text)
    import torch
    import torch.distributed

    torch.set_num_threads(settings["threads"])
    torch.manual_seed(1)
    rank, count = settings["rank"], settings["count"]
    model = torch_model(settings["recipe"])
    if count > 1:
        torch.distributed.init_process_group(
            "gloo", init_method=f"file://{settings['file']}", rank=rank, world_size=count)
        model = torch.nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    samples, batch, shape = settings["samples"], settings["batch"], settings["shape"]
    data = torch.randint(0, 256, (samples, *shape), dtype=torch.uint8)
    share = batch // count
    best = 0.0
    for epoch in range(EPOCHS):
        order = torch.randperm(samples, generator=torch.Generator().manual_seed(epoch))
        begun = time.perf_counter()
        for start in range(0, samples, batch):
            mine = order[start + rank * share : start + (rank + 1) * share]
            optimizer.zero_grad()
            model(data[mine].float() / 255).backward()
            optimizer.step()
        if epoch > 0:
            best = max(best, samples / (time.perf_counter() - begun))
    if rank == 0:
        print(best)
    if count > 1:
        torch.distributed.destroy_process_group()


def peer_samples_per_second(row, folder, processes, threads):
    recipe, batch, samples, shape = row
    file = tempfile.mktemp(dir=folder)
    workers = []
    for rank in range(processes):
        settings = dict(
            recipe=recipe, batch=batch, samples=samples, shape=shape, rank=rank, count=processes, threads=threads, file=file)
        workers.append(
            subprocess.Popen(
                [sys.executable, __file__, "--torch-worker", json.dumps(settings)], stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True, env=dict(os.environ, OMP_NUM_THREADS=str(threads))))
    outputs = []
    for worker in workers:
        try:
            outputs.append(worker.communicate(timeout=600)[0])
        except subprocess.TimeoutExpired:
            break
    if any(worker.poll() != 0 for worker in workers):
        for worker in workers:
            worker.kill()
        sys.exit("a process of PyTorch failed")
    return float(outputs[0].strip().splitlines()[-1])


# MARK: a slow link


def shape_link(rate):
    """Two namespaces that a veth pair of so many gigabits a second joins; none if there is no rate."""
    for name in MACHINES:
        subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)
    if rate is None:
        return
    for name in MACHINES:
        subprocess.run(["ip", "netns", "add", name], check=True)
    first, second = MACHINES
    subprocess.run(
        ["ip", "link", "add", "link0", "netns", first, "type", "veth", "peer", "name", "link0", "netns", second], check=True)
    for name, address in MACHINES.items():
        inside = ["ip", "netns", "exec", name]
        for command in [
            ["ip", "link", "set", "lo", "up"],
            ["ip", "address", "add", f"{address}/24", "dev", "link0"],
            ["ip", "link", "set", "link0", "up"],
            ["tc", "qdisc", "add", "dev", "link0", "root", "tbf", "rate", f"{rate}gbit", "burst",
             f"{64 * max(1, round(float(rate)))}kb", "latency", "100ms"],
        ]:
            subprocess.run(inside + command, check=True)


def over_the_link(folder, mpi):
    """The command that starts a process in each namespace: what would be ssh to the other machine enters the other's namespace."""
    agent = Path(folder) / "enter-namespace"
    cases = "".join(f"  {address}) name={name} ;;\n" for name, address in MACHINES.items())
    agent.write_text(f'#!/bin/sh\nhost=$1; shift\ncase $host in\n{cases}esac\nexec ip netns exec "$name" sh -c "$*"\n')
    agent.chmod(0o755)
    return ["ip", "netns", "exec", next(iter(MACHINES))] + mpi + [
        # Each namespace seems a machine of its own, whose first core would be the same one.
        "--bind-to", "none", "--host", ",".join(MACHINES.values()), "--mca", "plm", "rsh", "--mca", "plm_rsh_agent", agent,
        "--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "link0", "--mca", "oob_tcp_if_include", "link0"]


# MARK: the page


def main():
    options = parse_options()
    if options.torch_worker:
        torch_worker(options.torch_worker)
        return
    count = options.processes
    load = os.getloadavg()[0]
    try:
        import torch  # noqa: F401

        has_torch = not options.no_peer
    except ImportError:
        has_torch = False
    rates = [rate for rate in options.rates.split(",") if rate]
    wanted = [name for name in options.rows.split(",") if name]
    lines = head("Training in several processes", measurement(), load)
    if has_torch:
        lines.append(f"- {versions(['torch', 'numpy'])}")
    if options.cores:
        lines.append(f"- Cores: {options.cores}")
    ways = {
        "1 process x 1 thread": lambda row, folder: samples_per_second(options, row, folder, 1, 1),
        f"1 process x {count} threads": lambda row, folder: samples_per_second(options, row, folder, 1, count),
        f"{count} processes x 1 thread": lambda row, folder: samples_per_second(options, row, folder, count, 1),
    }
    for rate in rates:
        def over_link(row, folder, rate=rate):
            shape_link(rate)
            return samples_per_second(options, row, folder, count, 1, network=True)

        ways[f"{count} processes, {rate} Gbit/s"] = over_link
    if has_torch:
        ways["PyTorch, 1 x 1"] = lambda row, folder: (peer_samples_per_second(row, folder, 1, 1), None)
        ways[f"PyTorch DDP, {count} x 1"] = lambda row, folder: (peer_samples_per_second(row, folder, count, 1), None)
    lines += [
        "",
        f"Samples a second in the fastest epoch after the first, medians of {options.rounds} rounds in which the ways take turns; in brackets the efficiency: beside "
        f"{count} times one process of one thread, of PyTorch beside its own. All ways of Hourglass gave the same weights, bit for bit.",
        "",
        "| recipe, batch | " + " | ".join(ways) + " |",
        "| --- |" + " --- |" * len(ways),
    ]
    atexit.register(shape_link, None)
    with tempfile.TemporaryDirectory() as folder:
        for row in ROWS:
            name = f"{row[0]}-{row[1]}"
            if wanted and name not in wanted:
                continue
            speeds, digests = {way: [] for way in ways}, set()
            for _ in range(options.rounds):
                for way, measure in ways.items():
                    if "PyTorch" in way and row[0] == "cifar-deblur":
                        continue
                    speed, digest = measure(row, folder)
                    speeds[way].append(speed)
                    digests |= {digest} - {None}
                    print(name, way, round(speed), file=sys.stderr, flush=True)
            if len(digests) != 1:
                sys.exit(f"{name}: the weights differ: {digests}")
            cells = []
            for way, values in speeds.items():
                if not values:
                    cells.append("–")
                    continue
                alone = "PyTorch, 1 x 1" if "PyTorch" in way else "1 process x 1 thread"
                base = statistics.median(speeds[alone])
                speed = statistics.median(values)
                cells.append(f"{speed:,.0f}" + ("" if way == alone else f" ({100 * speed / base / count:.0f} %)"))
            lines.append(f"| {row[0]}, {row[1]} | " + " | ".join(cells) + " |")
    options.output.write_text("\n".join(lines) + "\n")
    print(options.output.read_text())


if __name__ == "__main__":
    main()
