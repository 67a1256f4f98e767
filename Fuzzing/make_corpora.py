#!/usr/bin/env python3
"""Writes Corpora/TARGET/whole-*: a few small whole files for every reader, from which fuzzing and the tests of
mutations start. Needs NumPy, soundfile, libwebp and the program, whose path is the argument:

    Fuzzing/make_corpora.py .build/release/hourglass

To be run when a format of ours changes; what fuzzing found beside them (other names) stays.
"""
import base64
import ctypes
import ctypes.util
import gzip
import io
import pathlib
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import zlib

import numpy
import soundfile

program = pathlib.Path(sys.argv[1]).resolve()
corpora = pathlib.Path(__file__).resolve().parent / "Corpora"
scratch = pathlib.Path(tempfile.mkdtemp())
numbers = numpy.random.default_rng(1)


def keep(target, name, content):
    folder = corpora / target
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(content, pathlib.Path):
        content = content.read_bytes()
    if isinstance(content, str):
        content = content.encode()
    (folder / f"whole-{name}").write_bytes(content)


def run(*words):
    done = subprocess.run([str(word) for word in words], cwd=scratch, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(str(word) for word in words)}\n{done.stderr}")


def hourglass(*words):
    run(program, *words)


def saved(save, *values, **named):
    file = io.BytesIO()
    save(file, *values, **named)
    return file.getvalue()


# Text

keep("json", "kinds", '{"a":[1,-2.5e3,true,null,"\\u00e9\\ud83d\\ude00é"],"b":{"c":{}, "d":[[]]}}')
keep("json", "numbers", "[0, -0, 1e308, 1E-400, 9223372036854775807, 9223372036854775808, 0.1, -1.5e+2]")
keep("csv", "plain", "x,y,sign\n1,2.5,low\n2,,high\n-3,1e3,low\n")
keep("csv", "quoted", 'a;"b ""c""";d\r\n1;"x\ny";2020-01-02 03:04\r\n2;"";2021-12-31 23:59\r\n')
keep("csv", "dressed", 'name\tprice\twhen\na\t"$1,234.50"\t5%\nb\t(12)\t0.5%\n')
keep("csv", "commas", 'x;y\n"1,5";1.234,5\n2,5;-3\n')
keep("csv", "latin", "é,ü\n1,2\n".encode("latin-1"))
keep("csv", "packed.gz", gzip.compress(b"x,y\n" + b"1,2\n3,4\n" * 20, mtime=0))
keep("recipe", "dense", """name: a
summary: b
data: {file: c.npz, axes: last}
model:
  input: [6]
  encoder:
    - dense: {units: 4, activation: relu}
    - dense: {units: 2}
  decoder:
    - dense: {units: 6}
objective: {denoising: {corruption: {gaussian: {deviation: 0.1}}}}
optimizer: {adam: {learning_rate: 0.01, schedule: cosine}}
epochs: 2
batch_size: 8
seed: 1
""")
for name in ["mnist-conv", "vae", "stacked"]:
    keep("recipe", name, subprocess.run([program, "recipes", "--show", name], capture_output=True, check=True).stdout)

# Arrays

floats = numbers.standard_normal((2, 3)).astype("<f4")
keep("npy", "floats", saved(numpy.save, floats))
keep("npy", "doubles", saved(numpy.save, numbers.standard_normal((2, 2, 2))))
keep("npy", "images", saved(numpy.save, numbers.integers(0, 256, (2, 4, 4, 3), numpy.uint8)))
images = numbers.integers(0, 256, (3, 2, 2), numpy.uint8)
parts = dict(x_train=images, y_train=numpy.array([0, 1, 1]), x_test=images[:1], y_test=numpy.array([1]))
keep("npz", "stored", saved(numpy.savez, **parts))
keep("npz", "deflated", saved(numpy.savez_compressed, **parts))
keep("npz", "one", saved(numpy.savez, x=floats))

# Shards

numpy.save(scratch / "bytes.npy", numbers.integers(0, 256, (5, 2, 3), numpy.uint8))
(scratch / "table.csv").write_text("x,y\n" + "".join(f"{i},{i / 4}\n" for i in range(5)))
for name, source in [("bytes", "bytes.npy"), ("table", "table.csv"), ("labels", "fashion-mnist")]:
    subprocess.run([program, "data", "shard", source, "--out", name, "--shard-size", "40"], cwd=scratch, check=True)
    keep("shards", name, scratch / name / "manifest.json")

# Images with labels


def idx(*extents):
    header = b"\0\0\x08" + bytes([len(extents)]) + b"".join(extent.to_bytes(4, "big") for extent in extents)
    return header + numbers.integers(0, 256, numpy.prod(extents), numpy.uint8).tobytes()


keep("idx", "images", idx(3, 4, 5))
keep("idx", "labels", idx(6))
keep("idx", "packed.gz", gzip.compress(idx(2, 3, 3), mtime=0))
keep("gzip", "text", gzip.compress(b"hourglass " * 9, mtime=0))
keep("gzip", "two", gzip.compress(b"one", mtime=0) + gzip.compress(b"two", mtime=0))
keep("gzip", "stored", gzip.compress(b"stored", 0, mtime=0))
keep("cifar", "one", bytes([7]) + bytes(range(256)) * 12)


def tar(form):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, size in [("a/one", 5), ("a/two", 600)]:
            member = tarfile.TarInfo(name)
            member.size = size
            archive.addfile(member, io.BytesIO(bytes(size)))
    # Without the zeros up to a record of 10,240 bytes.
    return file.getvalue()[: 512 * 5 + 1024]


keep("tar", "ustar", tar(tarfile.USTAR_FORMAT))
keep("tar", "gnu.gz", gzip.compress(tar(tarfile.GNU_FORMAT), mtime=0))

# Pictures



def png(width, height, depth, colour, rows, palette=b"", interlaced=0):
    def chunk(kind, body):
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + bytes([depth, colour, 0, 0, interlaced]))
            + (chunk(b"PLTE", palette) + chunk(b"tRNS", bytes([128])) if palette else b"")
            + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def rows(height, length, filters=(0, 1, 2, 3, 4)):
    return b"".join(bytes([filters[row % len(filters)]]) + numbers.integers(0, 256, length, numpy.uint8).tobytes()
                    for row in range(height))


keep("png", "colour", png(5, 6, 8, 2, rows(6, 15)))
keep("png", "palette", png(6, 4, 2, 3, rows(4, 2), bytes(range(12))))
keep("png", "deep", png(3, 4, 16, 6, rows(4, 24)))
keep("png", "grey", png(4, 3, 8, 4, rows(3, 8)))
keep("png", "bits", png(9, 4, 1, 0, rows(4, 2)))
# Adam7: the rows and columns of 3 x 3 pixels in its passes, the second and third of which have none.
keep("png", "interlaced", png(3, 3, 8, 0, b"".join(rows(high, wide) for high, wide in
     [(1, 1), (1, 1), (1, 2), (2, 1), (1, 3)]), interlaced=1))

# JPEG files of all kinds stand in the tests of the reader already.
fixtures = (corpora.parent.parent / "Tests/HourglassPicturesTests/JPEGFixtures.swift").read_text()
for name, text in re.findall(r'"(\w+)":\s*((?:"[\w+/=]*"[\s+]*)+)', fixtures):
    if name in ["grey", "colour", "progressive", "inks", "turned6"]:
        keep("jpeg", name, base64.b64decode("".join(re.findall(r'"([^"]*)"', text))))

webp = ctypes.CDLL(ctypes.util.find_library("webp"))
pixels = numbers.integers(0, 256, 9 * 7 * 3, numpy.uint8).tobytes()
for name, encode in [("lossy", lambda out: webp.WebPEncodeRGB(pixels, 9, 7, 27, ctypes.c_float(50), out)),
                     ("exact", lambda out: webp.WebPEncodeLosslessRGB(pixels, 9, 7, 27, out))]:
    out = ctypes.c_void_p()
    webp.WebPEncodeRGB.restype = webp.WebPEncodeLosslessRGB.restype = ctypes.c_size_t
    size = encode(ctypes.byref(out))
    keep("webp", name, ctypes.string_at(out, size))

# Sound

wave = 0.4 * numpy.sin(numpy.arange(400) / 5)
both = numpy.stack([wave, wave[::-1]], 1)
for name, sound, rate, form, subtype in [("wave", wave[:200], 8000, "WAV", "PCM_16"), ("float", both[:120], 44100, "WAV", "FLOAT"),
                                         ("wide", both[:100], 48000, "WAV", "PCM_24"), ("flac", both, 16000, "FLAC", "PCM_16"),
                                         ("ogg", wave, 8000, "OGG", "VORBIS")]:
    out = io.BytesIO()
    soundfile.write(out, sound, rate, format=form, subtype=subtype)
    keep("sound", name, out.getvalue())

# Files of ours

random.seed(1)
smooth = numpy.linspace(0, 255, 16)[None, :] * numbers.random((60, 1))
numpy.savez(scratch / "images.npz", x_train=smooth.reshape(60, 4, 4).astype(numpy.uint8), y_train=numpy.arange(60) % 3)


def recipe(name, objective, encoder, decoder):
    (scratch / f"{name}.yaml").write_text(f"""name: {name}
data: {{file: images.npz}}
validation: none
model:
  input: [1, 4, 4]
  encoder: [flatten, {encoder}]
  decoder: [{decoder}, {{reshape: {{shape: [1, 4, 4]}}}}]
objective: {objective}
optimizer: adam
epochs: 2
batch_size: 16
seed: 1
""")
    hourglass("train", f"{name}.yaml", "--data", "images.npz", "--out", name)


recipe("plain", "undercomplete", "{dense: {units: 2}}", "{dense: {units: 16, activation: sigmoid}}")
recipe("coded", "{rate-distortion: {rate_weight: 0.02}}", "{dense: {units: 2}}, quantized_code",
       "{dense: {units: 16, activation: sigmoid}}")
keep("model", "plain", scratch / "plain/model.safetensors")
keep("model", "coded", scratch / "coded/model.safetensors")
for name in ["plain", "coded"]:
    hourglass("export", name, "--out", f"{name}.onnx")
    keep("onnx", name, scratch / f"{name}.onnx")
keep("index", "exact", (hourglass("index", "plain", "--data", "images.npz", "--limit", "8", "--out", "exact.index"),
                        scratch / "exact.index")[1])
hourglass("index", "plain", "--data", "images.npz", "--limit", "12", "--approximate", "--m", "3", "--out", "graph.index")
keep("index", "graph", scratch / "graph.index")
for method in ["tsne", "pca"]:
    hourglass("project", "plain", "--data", "images.npz", "--limit", "12", "--method", method, "--out", f"{method}.html")
    keep("map", method, scratch / f"{method}.safetensors")
hourglass("compress", "coded", "--data", "images.npz", "--split", "train", "--limit", "8", "--out", "samples.hgz")
keep("hgz", "samples", scratch / "samples.hgz")
(scratch / "grey.png").write_bytes(png(7, 5, 8, 0, rows(5, 7)))
hourglass("compress", "coded", "grey.png", "--out", "picture.hgz")
keep("hgz", "picture", scratch / "picture.hgz")

# All that a detector of a table can hold. whole-rows, of the first format, and whole-sums, of the second, stay: tables are
# no longer written in them.
sums = "key,net,tax,total,land,money,unit,when\n"
for row in range(60):
    net, tax, land = round(random.uniform(10, 90), 2), round(random.uniform(1, 9), 2), random.choice(["de", "us"])
    is_odd = row == 7
    sums += f"r{row}x,{net},{tax},{net + tax:.2f},{land},{'eur' if (land == 'de') != is_odd else 'usd'},m3,"
    sums += f"2024-0{1 + row % 9}-{10 + row % 17} {row % 24:02d}:30\n"
(scratch / "sums.csv").write_text(sums)
hourglass("detect", "fit", "sums.csv", "--code", "1", "--hidden", "2", "--epochs", "1", "--out", "sums")
third = (scratch / "sums/model.safetensors").read_bytes()
for word in [b"hourglass detector 3", b"hourglass detector 4", b"combination", b"neighbours", b"tails", b"mean", b"joined_scales", b"relations", b"odd_pairs", b"identifier_column",
             b"detector.reference_rows", b"constant_columns", b"clock"]:
    if word not in third:
        sys.exit(f"the detector of sums.csv has no {word.decode()}")
keep("detector", "joined", third)


def safetensors(header, data):
    return len(header).to_bytes(8, "little") + header.encode() + data


keep("safetensors", "kinds", safetensors(
    '{"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},'
    '"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[4,8]},"c":{"dtype":"I64","shape":[],"data_offsets":[8,16]},'
    '"d":{"dtype":"F64","shape":[1],"data_offsets":[16,24]},"e":{"dtype":"U8","shape":[0],"data_offsets":[24,24]},'
    '"f":{"dtype":"I32","shape":[1],"data_offsets":[24,28]}}', bytes(range(28))))
keep("safetensors", "plain", safetensors('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', bytes(8)))
