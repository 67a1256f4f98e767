"""Trains and uses models in several processes by mpirun, as script/mpi starts it, and compares weights and files with those of one process.

Kills, stops and slows processes on the way. Data are made here.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from pathlib import Path

# A family each, dense and convolutional, with layers that average over the batch.
RECIPES = {
    "undercomplete": [],
    "sparse-l1": [],
    "sparse-kl": [],
    "contractive": [],
    "denoising": [],
    "vae": [],
    "mnist-conv": [],
    "stacked": ["--set", "pretraining.epochs=1"],
    "linear-pca": [],
    "image-compression": [],
}
SHORT = ["vae", "mnist-conv", "sparse-kl"]
# So long that there is time to kill and stop.
EPOCHS_OF_KILLED = 80


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, required=True, help="built with --traits MPI")
    parser.add_argument("--plain", type=Path, help="built without it")
    parser.add_argument("--folder", type=Path, required=True, help="for data and runs; emptied")
    parser.add_argument("--short", action="store_true", help="a fixed part of the checks")
    parser.add_argument("--seed", type=int, default=1, help="of the moments at which processes are killed")
    parser.add_argument("--kills", type=int, default=20)
    return parser.parse_args()


def make_data(path, count, seed, size=28):
    """Blurred spots on black, as bytes in NumPy's format."""
    numbers = random.Random(seed)
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (%d, %d, %d), }" % (count, size, size)
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    pixels = bytearray()
    for _ in range(count):
        y, x, width = numbers.uniform(6, 22), numbers.uniform(6, 22), numbers.uniform(2, 6)
        for row in range(size):
            for column in range(size):
                near = 1 - ((row - y) ** 2 + (column - x) ** 2) / width**2
                pixels.append(int(255 * near) if near > 0 else 0)
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(pixels))


class Checks:
    def __init__(self, options):
        self.options = options
        self.failed = []
        self.environment = dict(
            os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
            OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_btl_base_warn_component_unused="0")
        self.environment.pop("HOURGLASS_ISA", None)

    def report(self, name, holds, detail=""):
        print(f"{'ok    ' if holds else 'FAILED'} {name}{': ' + detail if detail else ''}", flush=True)
        if not holds:
            self.failed.append(name)

    def command(self, processes, arguments, environments=None, program=None):
        """`environments`: variables of single processes, by rank."""
        program = str((program or self.options.program).resolve())
        line = [program, *map(str, arguments)]
        if processes is None:
            return line
        if not environments:
            return ["mpirun", "-n", str(processes), *line]
        parts = []
        for rank in range(processes):
            variables = [f"{name}={value}" for name, value in environments.get(rank, {}).items()]
            parts += ([":"] if parts else []) + ["-n", "1", "env", *variables, *line]
        return ["mpirun", *parts]

    def start(self, *arguments, standard_input=None, **named):
        return subprocess.Popen(
            self.command(*arguments, **named), env=self.environment, stdin=standard_input, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def run(self, *arguments, **named):
        return self.end(self.start(*arguments, **named))

    def end(self, process, seconds=300):
        """The status and the output of what must end by itself; one that waits for ever is killed and has failed."""
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            self.report(f"ends within {seconds} s: {process.args}", False, output[-300:])
        return process.returncode, output

    def folder(self, name):
        path = self.options.folder / name
        shutil.rmtree(path, ignore_errors=True)
        return path

    def digest(self, run):
        path = run / "result.json"
        return json.loads(path.read_text())["weights_sha256"] if path.exists() else None

    def training(self, recipe, run, data, threads=1, epochs=2, batch=192, more=()):
        return [
            "train", recipe, "--data", data, "--epochs", epochs, "--batch-size", batch, "--threads", threads, "--out", run,
            "--set", "validation=0.1", *RECIPES[recipe], *more,
        ]


def ranks_of(program, run):
    """The processes that train into this folder, by their rank."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes().split(b"\0")
            if not line[0].endswith(program.name.encode()) or str(run).encode() not in line:
                continue
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        for variable in variables:
            if variable.startswith(b"OMPI_COMM_WORLD_RANK="):
                found[int(variable.split(b"=")[1])] = int(entry.name)
    return found


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return False


def same_bits(checks, data):
    short = checks.options.short
    for recipe in SHORT if short else RECIPES:
        whole = checks.folder(f"{recipe}-alone")
        status, output = checks.run(None, checks.training(recipe, whole, data))
        expected = checks.digest(whole)
        checks.report(f"{recipe} alone", status == 0 and expected is not None, output[-300:] if status else "")
        for processes in (2, 3) if short else (1, 2, 3, 4):
            for threads in (1,) if short else (1, 2):
                run = checks.folder(f"{recipe}-{processes}-{threads}")
                status, output = checks.run(processes, checks.training(recipe, run, data, threads))
                holds = status == 0 and checks.digest(run) == expected
                checks.report(f"{recipe}, {processes} processes of {threads}", holds, "" if holds else output[-600:])


def quiet(checks, data):
    """The first process tells people, once."""
    run = checks.folder("quiet")
    status, output = checks.run(3, checks.training("vae", run, data))
    checks.report("one tells", status == 0 and output.count("epoch 1 ") == 1 and "3 processes of 1 thread" in output, output[-200:] if status else "")
    status, output = checks.run(3, ["--version"])
    checks.report("one tells its version", status == 0 and len(output.splitlines()) == 1, output)


def killed(checks, data, kills):
    """A process is killed at some moment; the run goes on with fewer, and has the same weights."""
    numbers = random.Random(checks.options.seed)
    recipe, epochs = "vae", EPOCHS_OF_KILLED
    whole = checks.folder("killed-alone")
    checks.run(None, checks.training(recipe, whole, data, epochs=epochs))
    expected = checks.digest(whole)
    named, within, real = 0, 0, 0
    for number in range(kills):
        run = checks.folder("killed")
        arguments = checks.training(recipe, run, data, epochs=epochs, more=["--checkpoint-seconds", numbers.choice([0.05, 3600])])
        begun = time.monotonic()
        process = checks.start(4, arguments)
        wait_for(lambda: (run / "checkpoint" / "manifest.json").exists() or process.poll() is not None)
        time.sleep(numbers.uniform(0, 0.5))
        victim = numbers.randrange(4)
        pid = ranks_of(checks.options.program, run).get(victim)
        if pid:
            os.kill(pid, signal.SIGKILL)
        _, output = checks.end(process)
        is_done = checks.digest(run) is not None
        real += not is_done
        named += not is_done and bool(re.search(rf"process {victim} \(on [^)]*\)|rank {victim}\b", output))
        manifest = json.loads((run / "checkpoint" / "manifest.json").read_text())
        within += manifest["state"]["batch"] > 0
        fewer = numbers.choice([None, 1, 2])
        status, after = checks.run(fewer, [*arguments, "--resume"])
        holds = status == 0 and checks.digest(run) == expected
        checks.report(
            f"kill {number + 1} of process {victim}, then {fewer or 'no'} mpirun{' (was done)' if is_done else ''}", holds,
            "" if holds else (output + after)[-800:])
        if not is_done and pid and process.returncode == 0:
            checks.report(f"kill {number + 1} is told", False, output[-300:])
    checks.report("runs were cut short", real >= kills / 2, f"{real} of {kills}; {within} checkpoints within an epoch")
    checks.report("the lost process is named", named == real, f"{named} of {real}")


def stopped(checks, data):
    """A process that is stopped for seconds is waited for."""
    whole, run = checks.options.folder / "killed-alone", checks.folder("stopped")
    process = checks.start(3, checks.training("vae", run, data, epochs=EPOCHS_OF_KILLED))
    wait_for(lambda: (run / "checkpoint" / "manifest.json").exists())
    pid = ranks_of(checks.options.program, run).get(1)
    if pid:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(3)
        os.kill(pid, signal.SIGCONT)
    _, output = checks.end(process)
    holds = process.returncode == 0 and checks.digest(run) == checks.digest(whole) and pid is not None
    checks.report("stopped for 3 s", holds, "" if holds else output[-400:])


def slowed(checks, data):
    """Two processes in network namespaces of their own, joined by a link of 50 Mbit/s, as script/bench scale has them."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Benchmarks"))
    from scale import over_the_link, shape_link

    if os.geteuid() != 0 or not (shutil.which("ip") and shutil.which("tc")):
        checks.report("a slow link: left out, since it takes root, ip and tc", True)
        return
    whole, run = checks.folder("slowed-alone"), checks.folder("slowed")
    checks.run(None, checks.training("vae", whole, data))
    try:
        shape_link("0.05")
    except subprocess.CalledProcessError:
        checks.report("a slow link: left out, since this system lets nobody make one", True)
        shape_link(None)
        return
    try:
        line = over_the_link(checks.options.folder.resolve(), ["mpirun", "-n", "2"])
        line += checks.command(None, checks.training("vae", run.resolve(), data.resolve()))
        begun = time.monotonic()
        process = subprocess.Popen(
            list(map(str, line)), env=checks.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True)
        _, output = checks.end(process)
        holds = process.returncode == 0 and checks.digest(run) == checks.digest(whole)
        checks.report(f"over a slow link, in {time.monotonic() - begun:.0f} s", holds, "" if holds else output[-600:])
    finally:
        shape_link(None)


def interrupted(checks, data):
    """SIGTERM to mpirun ends the run at a checkpoint."""
    whole, run = checks.options.folder / "killed-alone", checks.folder("interrupted")
    arguments = checks.training("vae", run, data, epochs=EPOCHS_OF_KILLED)
    process = checks.start(2, arguments)
    wait_for(lambda: (run / "checkpoint" / "manifest.json").exists())
    process.send_signal(signal.SIGTERM)
    _, output = checks.end(process)
    is_cut = checks.digest(run) is None and "to go on:" in output
    status, after = checks.run(3, [*arguments, "--resume"])
    holds = is_cut and status == 0 and checks.digest(run) == checks.digest(whole)
    checks.report("SIGTERM, then three go on", holds, "" if holds else (output + after)[-600:])


def make_table(path, rows, seed):
    """Numbers that depend on one another, a category that follows the first, and a row in a thousand that breaks both."""
    numbers = random.Random(seed)
    lines = ["x,y,z,sign"]
    for row in range(rows):
        x = numbers.gauss(0, 1)
        y = (-2 if row % 1000 == 7 else 2) * x + 3 + numbers.gauss(0, 0.1)
        lines.append(f"{x:.6f},{y:.6f},{x * x + numbers.gauss(0, 0.1):.6f},{'high' if x > 0 else 'low'}")
    path.write_text("\n".join(lines) + "\n")


def uses(checks):
    """What takes long beside training: several processes write and tell what one does."""
    folder, short = checks.options.folder, checks.options.short
    samples, table, database = folder / "samples.npy", folder / "rows.csv", folder / "rows.db"
    make_data(samples, 2000, 3)
    make_table(table, 2_000, 4)
    detector = checks.folder("detector")
    status, output = checks.run(None, ["detect", "fit", table, "--epochs", 3, "--seed", 1, "--out", detector])
    checks.report("detector alone", status == 0, output[-300:] if status else "")
    make_table(table, 30_000, 5)
    database.unlink(missing_ok=True)
    with sqlite3.connect(database) as connection:
        connection.execute("create table rows (x real, y real, z real, sign text)")
        cells = [line.split(",") for line in table.read_text().splitlines()[1:]]
        connection.executemany("insert into rows values (?, ?, ?, ?)", cells)
    run, images = folder / "vae-alone", folder / "image-compression-alone"

    def into(out):
        """The table of scores that --into made, in a file of its own."""
        with sqlite3.connect(out / "scores.db") as connection:
            return repr(connection.execute("select * from scores").fetchall()).encode()

    def files(out):
        return {path.name: path.read_bytes() for path in sorted(out.iterdir())}

    def metrics(output):
        lines = [line for line in output.splitlines() if line.startswith("{")]
        return json.loads(lines[-1])["metrics"] if len(lines) == 1 else output

    commands = {
        "evaluate": (["evaluate", run, "--data", samples, "--importance-draws", 2, "--json"], None),
        "transform": (["transform", run, "--data", samples, "--out", "OUT/codes.npy"], None),
        "index": (["index", run, "--data", samples, "--approximate", "--out", "OUT/index"], None),
        "project": (["project", run, "--data", samples, "--limit", 1300, "--out", "OUT/map.html"], None),
        "detect score": (["detect", "score", detector, table, "--out", "OUT/scores.csv"], None),
        "detect score of standard input": (["detect", "score", detector, "-", "--out", "OUT/scores.csv"], table),
        "detect score of a database": (
            ["detect", "score", detector, f"sqlite:{database}?table=rows", "--into", "sqlite:OUT/scores.db?table=scores"], None),
    }
    if not short:
        commands["evaluate with files"] = (["evaluate", images, "--data", samples, "--json"], None)
    for name, (arguments, given) in commands.items():

        def done(processes):
            out = checks.folder(f"use-{processes or 'alone'}")
            out.mkdir()
            line = [str(argument).replace("OUT", str(out)) for argument in arguments] + ["--threads", 1]
            with open(given or os.devnull, "rb") as standard_input:
                status, output = checks.run(processes, line, standard_input=standard_input)
            found = metrics(output) if "--json" in arguments else into(out) if "--into" in arguments and status == 0 else files(out)
            return status, output, found

        status, output, expected = done(None)
        checks.report(f"{name} alone", status == 0 and bool(expected), output[-300:] if status else "")
        lines = len(output.splitlines())
        for processes in (2, 3) if short else (1, 2, 3, 4):
            status, output, found = done(processes)
            holds = status == 0 and found == expected and len(output.splitlines()) == lines
            checks.report(f"{name}, {processes} processes", holds, "" if holds else output[-600:])


def lost_use(checks):
    """A process that dies while others score ends them; no scores are left."""
    table, detector, out = checks.options.folder / "many.csv", checks.options.folder / "detector", checks.folder("lost")
    make_table(table, 400_000, 6)
    out.mkdir()
    scores = out / "scores.csv"
    process = checks.start(3, ["detect", "score", detector, table, "--threads", 1, "--out", scores])
    # The file that is to become the scores shows that rows are scored.
    wait_for(lambda: any(out.iterdir()) or process.poll() is not None)
    pid = ranks_of(checks.options.program, scores).get(1)
    if pid:
        os.kill(pid, signal.SIGKILL)
    _, output = checks.end(process, seconds=60)
    holds = pid is not None and process.returncode != 0 and not scores.exists()
    checks.report("a process dies while rows are scored", holds and bool(re.search(r"process 1 \(on|rank 1\b", output)), output[-400:])


def refused(checks, data, other):
    """What cannot be is said once, in a sentence, by name."""

    def check(name, wanted, status, output, run):
        sentences = [line for line in output.splitlines() if line.startswith("error: ")]
        holds = status in (1, 64, 65) and len(sentences) == 1 and all(word in sentences[0] for word in wanted)
        checks.report(name, holds and not run.exists(), output[-600:] if not holds else "")

    run = checks.folder("refused")
    link = checks.options.folder / "mine.npy"
    shell = f'if [ "$OMPI_COMM_WORLD_RANK" = 2 ]; then cp {other} {link}.2; else cp {data} {link}.$OMPI_COMM_WORLD_RANK; fi'
    line = " ".join(map(str, checks.command(None, checks.training("vae", run, f"{link}.$OMPI_COMM_WORLD_RANK.npy"))))
    script = checks.options.folder / "each.sh"
    script.write_text(f"#!/bin/sh\n{shell}\nmv {link}.$OMPI_COMM_WORLD_RANK {link}.$OMPI_COMM_WORLD_RANK.npy\nexec {line}\n")
    script.chmod(0o755)

    def each():
        process = subprocess.run(
            ["mpirun", "-n", "3", str(script)], env=checks.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=120)
        return process.returncode, process.stdout

    check("other data in one", ["process 2", "other data"], *each(), run)
    script.write_text(script.read_text().replace(f"cp {other} {link}.2", "true").replace(f"mv {link}", f"[ $OMPI_COMM_WORLD_RANK = 2 ] || mv {link}"))
    (checks.options.folder / "mine.npy.2.npy").unlink(missing_ok=True)
    check("no data in one", ["process 2", "mine.npy.2.npy"], *each(), run)
    # What the variable of each process names is another model, or other data, in one of them.
    alone, codes = checks.options.folder / "vae-alone", checks.options.folder / "refused-codes.npy"
    for wanted, models, sources in [
        ("another model", [alone, alone, checks.options.folder / "mnist-conv-alone"], [data, data, data]),
        ("other data", [alone, alone, alone], [data, other, data]),
    ]:
        environments = {rank: {"MODEL": models[rank], "SAMPLES": sources[rank]} for rank in range(3)}
        script.write_text(
            f'#!/bin/sh\nexec {checks.options.program.resolve()} transform "$MODEL" --data "$SAMPLES" --out {codes}\n')
        status, output = checks.run(3, [], environments=environments, program=script)
        check(f"{wanted} in one that transforms", [wanted, "process"], status, output, codes)
    status, output = checks.run(2, ["runs", checks.options.folder])
    check("a command for one", ["works in one", "without mpirun"], status, output, run)
    if checks.options.plain:
        status, output = checks.run(4, checks.training("vae", run, data), program=checks.options.plain)
        check("built without MPI", ["4 processes", "--traits MPI"], status, output, run)


def main():
    options = parse_options()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    data, other = options.folder / "data.npy", options.folder / "other.npy"
    make_data(data, 640, 1)
    make_data(other, 640, 2)
    checks = Checks(options)
    same_bits(checks, data)
    quiet(checks, data)
    killed(checks, data, 2 if options.short else options.kills)
    stopped(checks, data)
    interrupted(checks, data)
    if not options.short:
        slowed(checks, data)
    uses(checks)
    lost_use(checks)
    refused(checks, data, other)
    if checks.failed:
        sys.exit(f"failed: {', '.join(checks.failed)}")


if __name__ == "__main__":
    main()
