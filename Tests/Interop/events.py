"""TensorBoard's own readers take what `hourglass train --tensorboard` writes, also of a run that was broken off and went on.

    python Tests/Interop/events.py --program .build/release/hourglass --folder WORK [--serve]

needs the package tensorboard. Every scalar is compared with the run's history.csv and result.json; --serve also starts TensorBoard
and asks its plugins over HTTP, as its page does.
"""

import argparse
import csv
import json
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request

from google.protobuf import text_format
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata as hparams
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from tensorboard.util import tensor_util

RECIPE = """\
name: curves
data: {{images: {data}}}
validation: 0.25
model:
  input: [1, 8, 8]
  encoder: [flatten, {{dense: {{units: 16, activation: relu}}}}, {{dense: {{units: 3}}}}]
  decoder: [{{dense: {{units: 16, activation: relu}}}}, {{dense: {{units: 64, activation: sigmoid}}}}, {{reshape: {{shape: [1, 8, 8]}}}}]
objective: {{undercomplete: {{loss: mse}}}}
epochs: 6
batch_size: 16
seed: 3
"""


def check(holds, what):
    if not holds:
        sys.exit(f"events.py: {what}")


def pictures(folder):
    """Squares of two classes."""
    for number in range(80):
        kind = ["light", "dark"][number % 2]
        (folder / kind).mkdir(parents=True, exist_ok=True)
        shade = 200 + number % 50 if kind == "light" else 30 + number % 50
        picture = Image.new("L", (8, 8), 128)
        picture.paste(shade, (number % 4, number % 3, number % 4 + 4, number % 3 + 4))
        picture.save(folder / kind / f"{number:03}.png")


def train(program, *arguments, breaks_off=False):
    command = [program, "train", *map(str, arguments), "--threads", "1"]
    if not breaks_off:
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        return
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("epoch 3 "):
            process.send_signal(signal.SIGKILL)
            break
    process.wait()


def near(number, wanted):
    """As near as 32 bits come."""
    return struct.pack("f", wanted) == struct.pack("f", number)


def compare(run, events):
    accumulator = EventAccumulator(str(events), size_guidance={"tensors": 0, "scalars": 0, "images": 0, "histograms": 0})
    accumulator.Reload()
    tags = accumulator.Tags()
    history = list(csv.DictReader(open(run / "history.csv")))
    curves = {"loss/training": "train_loss", "loss/validation": "validation_loss", "training/learning_rate": "learning_rate"}
    for tag, column in curves.items():
        points = accumulator.Scalars(tag)
        check([point.step for point in points] == [int(row["epoch"]) for row in history], f"{run}: the steps of {tag}")
        check(all(near(point.value, float(row[column])) for point, row in zip(points, history)), f"{run}: {tag}")
    result = json.load(open(run / "result.json"))
    for name, value in result["metrics"].items():
        check(near(accumulator.Scalars(f"measures/{name}")[-1].value, value), f"{run}: {name}")
    for tag in tags["histograms"]:
        found = accumulator.Histograms(tag)
        check([entry.step for entry in found][-1] == len(history), f"{run}: the steps of {tag}")
        check(all(sum(entry.histogram_value.bucket) == entry.histogram_value.num for entry in found), f"{run}: {tag}")
    check(len(tags["histograms"]) == 8, f"{run}: weights and biases of four layers")
    shown = accumulator.Images("reconstructions")
    check([image.step for image in shown][-1] == len(history), f"{run}: the steps of the pictures")
    for image in shown:
        check(image.encoded_image_string[:4] == b"\x89PNG", f"{run}: a picture")
    for name in ["model", "recipe"]:
        text = tensor_util.make_ndarray(accumulator.Tensors(f"{name}/text_summary")[0].tensor_proto).item().decode()
        check("dense" in text.lower() and all(line.startswith("    ") for line in text.split("\n")), f"{run}: {name}")
    content = accumulator.SummaryMetadata(hparams.SESSION_START_INFO_TAG).plugin_data.content
    settings = hparams.parse_session_start_info_plugin_data(content).hparams
    check(settings["optimizer.adam.learning_rate"].number_value == 0.001, f"{run}: settings")
    end = accumulator.SummaryMetadata(hparams.SESSION_END_INFO_TAG).plugin_data.content
    check(hparams.parse_session_end_info_plugin_data(end).end_time_secs > 1e9, f"{run}: the end")
    projector(events)


def projector(events):
    config = text_format.Parse((events / "projector_config.pbtxt").read_text(), ProjectorConfig())
    (embedding,) = config.embeddings
    codes = (events / embedding.tensor_path).read_text().splitlines()
    labels = (events / embedding.metadata_path).read_text().splitlines()
    check(len(codes) == 20 and all(len(code.split("\t")) == 3 for code in codes), f"{events}: codes")
    check(labels[0] == "sample\tclass" and {label.split("\t")[1] for label in labels[1:]} == {"light", "dark"}, f"{events}: classes")
    check(len(labels) == len(codes) + 1, f"{events}: a class for each code")
    sheet = Image.open(events / embedding.sprite.image_path)
    width, height = embedding.sprite.single_image_dim
    check((width, height) == (8, 8) and sheet.width // width * (sheet.height // height) >= len(codes), f"{events}: sprite")


def serve(folder):
    """What TensorBoard's server says when its page asks for the runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--logdir", folder, "--port", str(port), "--load_fast", "false"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/data/{path}", body, {"Content-Type": "application/json"})
        return json.load(urllib.request.urlopen(request, timeout=30))

    try:
        for _ in range(120):
            time.sleep(0.5)
            try:
                if len(ask("runs")) == 2:
                    break
            except OSError:
                continue
        check(sorted(ask("runs")) == ["broken", "whole"], "the server finds both runs")
        for plugin, tag in [
            ("scalars", "loss/training"), ("images", "reconstructions"), ("histograms", "weights/encoder.1.dense.kernel"),
            ("text", "model/text_summary"),
        ]:
            tags = ask(f"plugin/{plugin}/tags")
            check(all(any(tag.split("/")[0] in name for name in tags[run]) for run in ["broken", "whole"]), f"the server's {plugin}: {tags}")
        check("whole" in "".join(ask("plugin/projector/runs")), "the server's projector")
        body = json.dumps({"experimentName": ""}).encode()
        experiment = ask("plugin/hparams/experiment", body)
        names = {info["name"] for info in experiment["hparamInfos"]}
        check({"optimizer.adam.learning_rate", "batch_size", "epochs"} <= names, f"the server's settings: {names}")
    finally:
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    folder = options.folder / "events"
    shutil.rmtree(folder, ignore_errors=True)
    pictures(folder / "data")
    recipe = folder / "curves.yaml"
    recipe.write_text(RECIPE.format(data=folder / "data"))
    logs = folder / "logs"
    train(options.program, recipe, "--out", folder / "whole", "--tensorboard", logs)
    train(options.program, recipe, "--out", folder / "broken", "--tensorboard", logs, breaks_off=True)
    # Where the log is, the run knows.
    train(options.program, recipe, "--out", folder / "broken", "--resume")
    weights = [json.load(open(folder / name / "result.json"))["weights_sha256"] for name in ["whole", "broken"]]
    check(weights[0] == weights[1], "the weights differ")
    for name in ["whole", "broken"]:
        compare(folder / name, logs / name)
    # More epochs go on in the same curves.
    train(options.program, recipe, "--out", folder / "broken", "--resume", "--epochs", 9)
    compare(folder / "broken", logs / "broken")
    if options.serve:
        serve(logs)
    print("TensorBoard reads all curves, weights, pictures, texts, settings and codes of a run, of one that went on, and of one that "
          "went on to more epochs.")


main()
