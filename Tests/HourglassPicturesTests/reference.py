"""Writes JPEGFixtures.swift and ResamplingReferences.swift beside itself with Pillow 11 and NumPy."""

import base64
import io
import pathlib

import numpy
from PIL import Image

folder = pathlib.Path(__file__).parent

# 24 x 16 pixels: red grows to the right, green downwards.
colours = numpy.zeros((16, 24, 3), "u1")
colours[:, :, 0] = numpy.arange(24) * 10
colours[:, :, 1] = numpy.arange(16)[:, None] * 15
colours[:, :, 2] = 128
picture = Image.fromarray(colours)
inks = numpy.zeros((16, 24, 4), "u1")
inks[:, :, :3] = 255 - colours

files = {}


def save(name, image, **options):
    memory = io.BytesIO()
    image.save(memory, "JPEG", **options)
    files[name] = memory.getvalue()


save("grey", Image.fromarray(colours[:, :, 0]), quality=90)
save("colour", picture, quality=92, subsampling=0)
save("progressive", picture, quality=92, subsampling=0, progressive=True)
save("inks", Image.frombytes("CMYK", (24, 16), inks.tobytes()), quality=95)

# What a camera stores that was held so: the inverse of what is to be done.
move = Image.Transpose
stored = [
    None, move.FLIP_LEFT_RIGHT, move.ROTATE_180, move.FLIP_TOP_BOTTOM, move.TRANSPOSE, move.ROTATE_90,
    move.TRANSVERSE, move.ROTATE_270,
]
for orientation, transposition in enumerate(stored, 1):
    exif = Image.Exif()
    exif[0x0112] = orientation
    if orientation % 2:
        exif[0x010F] = "maker"
    turned = picture if transposition is None else picture.transpose(transposition)
    save(f"turned{orientation}", turned, quality=85, subsampling=0, exif=exif.tobytes())

text = "/// The files of `JPEGTests`, in base64; `reference.py` makes them.\nlet jpegFixtures = [\n"
for name, data in files.items():
    code = base64.b64encode(data).decode()
    lines = [f'"{code[start:start + 96]}"' for start in range(0, len(code), 96)]
    text += f'  "{name}":\n    ' + "\n    + ".join(lines) + ",\n"
(folder / "JPEGFixtures.swift").write_text(text + "]\n")

text = """/// Pillow's results for `ResamplingTests`; `reference.py` makes them.
struct ResamplingReference {
  var width: Int
  var height: Int
  var channels: Int
  var newWidth: Int
  var newHeight: Int
  var bytes: [UInt8]
}

let resamplingReferences = [
"""
for width, height, channels, new_width, new_height in [
    (7, 5, 1, 3, 2), (5, 4, 1, 8, 9), (11, 9, 3, 4, 3), (3, 3, 3, 5, 2), (40, 1, 1, 3, 1)
]:
    count = width * height * channels
    pattern = numpy.array([(i * 37 + i // 7 * 59) % 256 for i in range(count)], "u1")
    image = Image.fromarray(pattern.reshape((height, width, 3) if channels == 3 else (height, width)))
    resized = image.resize((new_width, new_height), Image.Resampling.BILINEAR)
    numbers = numpy.asarray(resized).reshape(-1).tolist()
    text += "  ResamplingReference(\n"
    text += f"    width: {width}, height: {height}, channels: {channels}, newWidth: {new_width}, "
    text += f"newHeight: {new_height},\n    bytes: [\n"
    for start in range(0, len(numbers), 20):
        text += "      " + ", ".join(map(str, numbers[start:start + 20])) + ",\n"
    text += "    ]),\n"
(folder / "ResamplingReferences.swift").write_text(text + "]\n")
