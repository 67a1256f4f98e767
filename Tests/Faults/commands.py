"""The commands whose calls fail, and the small files that they work on."""

import dataclasses
import gzip
import hashlib
import http.server
import os
import re
import sqlite3
import struct
import threading
import zlib

CACHE = "cache/mnist"


@dataclasses.dataclass
class Command:
    name: str
    arguments: list
    # What goes on after a failure; the same if none.
    again: list = None
    # Files that lie where the command writes.
    old: dict = dataclasses.field(default_factory=dict)
    # What is removed or done to the prepared folder.
    change: object = None
    # A run writes some files more than once.
    has_stages: bool = False
    # Removes what was left of a killed process.
    clears: bool = False
    # Comes to the same when it is done twice.
    repeats: bool = True
    # Reads again what it has written, so that it can fail when all is written.
    reads_on: bool = False
    # Files that hold what a person should know of the run.
    notes: tuple = ()
    # SQLite makes calls of its own.
    has_library: bool = False
    # Among the few that script/test runs.
    is_short: bool = False
    # Time stands still.
    frozen: bool = True
    environment: dict = dataclasses.field(default_factory=dict)


def words(text):
    return text.split()


TRAINING = "--epochs 2 --checkpoint-seconds 0 --threads 1 --json --out new"
FIT = "--label-column Class --seed 3 --epochs 3 --threads 1 --json --out new"
NOTES = ("new/report.html", "new/result.json")

COMMANDS = [
    Command(
        "train", words(f"train plain.yaml {TRAINING}"), again=words(f"train plain.yaml {TRAINING} --resume"), has_stages=True,
        clears=True, is_short=True, notes=NOTES),
    Command(
        "train --resume", words(f"train plain.yaml {TRAINING} --resume"), has_stages=True, clears=True, is_short=True, notes=NOTES,
        change=lambda bench, room: bench.break_off(room, words(f"train plain.yaml {TRAINING}"))),
    Command("train on photos", words("train photos.yaml --epochs 1 --threads 1 --json --out new"),
            again=words("train photos.yaml --epochs 1 --threads 1 --json --out new --resume"), has_stages=True, clears=True, notes=NOTES),
    Command("train from files", words(f"train stays.yaml {TRAINING}"), again=words(f"train stays.yaml {TRAINING} --resume"),
            has_stages=True, clears=True, notes=NOTES),
    Command("evaluate", words("evaluate plain --threads 1 --json")),
    Command("verify", words("verify plain --threads 1 --json")),
    Command("lock", words("lock plain"), old={"plain/SHA256SUMS": b"old"}),
    Command("report", words("report plain --threads 1 --json"), old={"plain/report-card.html": b"old"}),
    Command("compare", words("compare plain packed --figure new.svg --report new.html --json")),
    Command("index", words("index plain --out new.index --threads 1 --json"), is_short=True),
    Command("index --approximate", words("index plain --out new.index --approximate --data classes --threads 1 --json"),
            old={"new.index": b"old"}),
    Command("index --add", words("index plain --data classes --out all.index --add --threads 1 --json"), repeats=False,
            is_short=True),
    Command("search", words("search all.index --data classes --out found.html --threads 1 --json"),
            old={"found.html": b"old"}),
    Command("search a picture", words("search all.index classes/a/1.png -k 3 --out found.csv --threads 1 --json")),
    Command("detect fit", words(f"detect fit rows.csv {FIT}"), has_stages=True, repeats=False, notes=NOTES, is_short=True),
    Command("detect fit -", words(f"detect fit - {FIT}"), has_stages=True, repeats=False, notes=NOTES),
    Command("detect fit images", words("detect fit --data classes --normal a --epochs 2 --threads 1 --json --out new"),
            has_stages=True, repeats=False, notes=NOTES),
    Command("detect score", words("detect score detector rows.csv --threads 1 --json"), old={"scores.csv": b"old"}),
    Command("detect score sqlite:", words("detect score detector sqlite:rows.db?table=rows --threads 1 --json"),
            old={"scores.csv": b"old"}, has_library=True),
    Command("detect score --into", words("detect score detector sqlite:rows.db?table=rows --into scores --threads 1 --json"),
            repeats=False, has_library=True, is_short=True),
    Command("detect --into a file", words("detect score detector rows.csv --into sqlite:new.db?table=scores --threads 1 --json"),
            repeats=False, has_library=True),
    Command("project", words("project plain --threads 1 --json --codes codes.csv"),
            old={"map.html": b"old", "map.csv": b"old"}),
    Command("project --into", words("project plain --data classes --into there.html --threads 1 --json"), is_short=True),
    Command("transform", words("transform plain --out new.npy --labels labels.npy --threads 1 --json"),
            old={"new.npy": b"old"}, is_short=True),
    Command("inverse-transform", words("inverse-transform plain codes.npy --out samples --threads 1 --json")),
    Command("features", words("features plain --threads 1 --json"), old={"features.html": b"old"}),
    Command("generate", words("generate plain --count 4 --threads 1 --json"), old={"samples.png": b"old"}),
    Command("interpolate", words("interpolate plain --from classes/a/1.png --to classes/b/1.png --threads 1 --json --out between.png")),
    Command("export", words("export plain --out new.onnx --json"), old={"new.onnx": b"old"}),
    Command("import", words("import plain.onnx --data cache/mnist --json --out new"), repeats=False),
    Command("compress", words("compress packed photo.png --out new.hgz --threads 1 --json"), old={"new.hgz": b"old"},
            is_short=True),
    Command("decompress", words("decompress packed photo.hgz --out new.png --threads 1 --json")),
    Command("rate-distortion", words("rate-distortion packed --threads 1 --json --out curve.html")),
    Command("denoise", words("denoise photos-run photos --out clean --threads 1 --json")),
    Command("detect fit sounds", words("detect fit --data machines --network dense --epochs 1 --threads 1 --json --out new"),
            has_stages=True, repeats=False, notes=NOTES),
    Command("detect score sounds", words("detect score ears machines --threads 1 --moments moments.csv --json"),
            old={"scores.csv": b"old", "moments.csv": b"old"}),
    Command("denoise a sound", words("denoise voices-run voice.wav --out clean.wav --threads 1 --json"), old={"clean.wav": b"old"}),
    Command("data", words("data mnist")),
    Command("data shard", words("data shard classes --out shards --shard-size 1"), repeats=False),
    Command("data check", words("data check there")),
    Command("download", words("data mnist"), is_short=True, frozen=False, reads_on=True),
]

VOICES = """\
name: voices
data:
  sounds: machines
  mixture: {noise: machines, window: 64, hop: 32, frames: 1, copies: 1}
validation: none
model:
  input: [99]
  encoder: [dense: {units: 4}]
  decoder: [dense: {units: 99}]
objective:
  denoising: {corruption: {hidden: 33}, loss: l2}
optimizer: {adam: {learning_rate: 0.001}}
epochs: 1
batch_size: 64
seed: 1
"""

PLAIN = """\
name: plain
summary: A small variational autoencoder
data: mnist
validation: test
model:
  input: [1, 8, 8]
  encoder:
    - flatten
    - dense: {units: 8, activation: relu}
    - gaussian_code: {units: 3}
  decoder:
    - dense: {units: 8, activation: relu}
    - dense: {units: 64, activation: sigmoid}
    - reshape: {shape: [1, 8, 8]}
objective:
  vae: {likelihood: bernoulli}
early_stopping: {patience: 5}
optimizer: adam
epochs: 2
batch_size: 20
seed: 1
"""

PACKED = """\
name: packed
summary: A small model that compresses
data: mnist
validation: test
model:
  input: [1, 8, 8]
  encoder:
    - flatten
    - dense: {units: 16}
    - quantized_code
  decoder:
    - dense: {units: 64}
    - reshape: {shape: [1, 8, 8]}
start: principal_components
objective:
  rate-distortion: {rate_weight: 0.02}
optimizer: adam
epochs: 1
batch_size: 20
seed: 1
"""

PHOTOS = """\
name: photos
summary: A small model that cleans photographs
data:
  images: photos
  channels: 1
  patches: {size: 8, count: 40}
validation: 0.1
model:
  input: [1, 8, 8]
  residual: true
  encoder:
    - conv2d: {filters: 4, kernel: 3}
  decoder:
    - conv2d: {filters: 1, kernel: 3, initializer: zeros}
objective:
  denoising:
    corruption: {gaussian: {deviation: 0.1}}
optimizer: adam
epochs: 1
batch_size: 20
seed: 1
"""


class Numbers:
    """The same in every run, on every machine."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % bound


def blob(numbers, side):
    """Rows of grey values."""
    row, column, radius = numbers.below(side), numbers.below(side), 2 + numbers.below(3)
    distances = [[(y - row) ** 2 + (x - column) ** 2 for x in range(side)] for y in range(side)]
    return [bytes(max(0, 255 - 9 * d) if d <= radius * radius else 0 for d in line) for line in distances]


def images(count, seed, side=8):
    numbers = Numbers(seed)
    return struct.pack(">4I", 0x803, count, side, side) + b"".join(b"".join(blob(numbers, side)) for _ in range(count))


def labels(count):
    return struct.pack(">2I", 0x801, count) + bytes(index % 10 for index in range(count))


def png(rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">2I5B", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def table(count):
    numbers = Numbers(5)
    lines = ["a,b,c,kind,Class"]
    for row in range(count):
        t = numbers.below(2000) / 1000 - 1
        c = numbers.below(1000) / 1000 if row % 12 == 7 else t * t
        kind = "up" if t > 0 else "down"
        lines.append(f"{t:.3f},{3 * t + numbers.below(100) / 2000:.4f},{c:.4f},{kind},{int(row % 12 == 7)}")
    return "\n".join(lines) + "\n"


def wave(numbers, count):
    """So many samples of 16 bits at 16 kHz."""
    samples = b"".join(struct.pack("<h", numbers.below(4000) - 2000) for _ in range(count))
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, 16000, 32000, 2, 16, b"data", len(samples))
    return header + samples


def write_data(room):
    def write(path, content):
        os.makedirs(os.path.dirname(os.path.join(room, path)), exist_ok=True)
        with open(os.path.join(room, path), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())

    for part, count, seed in (("train", 40, 1), ("t10k", 24, 2)):
        write(f"{CACHE}/{part}-images-idx3-ubyte", images(count, seed))
        write(f"{CACHE}/{part}-labels-idx1-ubyte", labels(count))
    stays = PLAIN.replace("data: mnist", "data: {name: mnist, keep: file}")
    for name, recipe in (("plain", PLAIN), ("stays", stays), ("packed", PACKED), ("photos", PHOTOS), ("voices", VOICES)):
        write(f"{name}.yaml", recipe)
    numbers = Numbers(7)
    for name in ("a", "b"):
        for number in range(16 if name == "a" else 4):
            write(f"classes/{name}/{number}.png", png(blob(numbers, 8)))
    for number in range(2):
        write(f"photos/{number}.png", png(blob(numbers, 20)))
    write("photo.png", png(blob(numbers, 20)))
    for number in range(6):
        write(f"machines/{number}.wav", wave(numbers, 8000))
    write("voice.wav", wave(numbers, 8000))
    write("rows.csv", table(120))
    names, *rows = table(120).splitlines()
    database = sqlite3.connect(os.path.join(room, "rows.db"))
    database.execute(f"CREATE TABLE rows (id INTEGER PRIMARY KEY, {names})")
    database.executemany(f"INSERT INTO rows ({names}) VALUES (?, ?, ?, ?, ?)", [row.split(",") for row in rows])
    database.commit()
    database.close()


PREPARATION = [
    "train plain.yaml --out plain",
    "train packed.yaml --out packed",
    "train photos.yaml --out photos-run",
    "train voices.yaml --out voices-run",
    "detect fit --data machines --network dense --epochs 1 --out ears",
    "index plain --out all.index",
    "data shard mnist --out there",
    "project plain --out there.html",
    "transform plain --out codes.npy",
    "compress packed photo.png --out photo.hgz",
    "export plain --out plain.onnx",
    "detect fit rows.csv --label-column Class --seed 3 --epochs 3 --out detector",
]


def prepare(bench):
    """Makes what the commands work on.

    Returns a function that gives the folder to start a command from.
    """
    base = bench.room()
    write_data(base)
    for line in PREPARATION:
        # Neither is work for threads.
        threads = [] if line.startswith(("export ", "data ")) else ["--threads", "1"]
        outcome = bench.run(base, words(line) + threads)
        if outcome.status != 0:
            raise SystemExit(f"faults: {line} ends with status {outcome.status}:\n{outcome.errors}")

    def template(command):
        room = bench.room(base)
        for path, content in command.old.items():
            with open(os.path.join(room, path), "wb") as file:
                file.write(content)
        if command.change:
            command.change(bench, room)
        if command.name == "download":
            serve(bench, room, command)
        return room

    return template


def serve(bench, room, command):
    """A mirror on this machine for the one file that the cache lacks; the digest of a small file is taken for the published."""
    name = "t10k-labels-idx1-ubyte"
    # As they are published.
    for plain in os.listdir(os.path.join(room, CACHE)):
        path = os.path.join(room, CACHE, plain)
        with open(path, "rb") as file, open(path + ".gz", "wb") as packed:
            packed.write(gzip.compress(file.read(), mtime=0))
        os.remove(path)
    with open(os.path.join(room, CACHE, name + ".gz"), "rb") as file:
        content = file.read()
    os.remove(os.path.join(room, CACHE, name + ".gz"))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    source = os.path.join(os.path.dirname(__file__), "../../Sources/HourglassData/DataSets/NamedDataSet.swift")
    with open(source, encoding="utf-8") as file:
        mnist = file.read().split("static let mnist")[1]
    published = re.search(name + r'\.gz",\s*sha256: "([0-9a-f]{64})"', mnist).group(1)
    command.environment = {
        "HOURGLASS_MIRROR": f"http://127.0.0.1:{server.server_port}",
        "FAULTS_DIGEST": f"{hashlib.sha256(content).hexdigest()}={published}",
    }
