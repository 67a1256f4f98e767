"""Makes a Python wheel of an unpacked package.

    wheel.py TREE FOLDER --version VERSION --tag PLATFORM --epoch SECONDS --level N

The program goes where an environment has its commands and the rest beside it, so that its relative search path holds: the command
`hourglass` is the program itself, with its exit status and signals, and no Python runs. The form is that of the binary distribution
format (PEP 427); the same tree gives the same bytes.
"""

import argparse
import base64
import hashlib
import pathlib
import stat
import time
import zipfile

NAME = "hourglass"


class Wheel:
    def __init__(self, path, epoch, level):
        # Times before 1980 have no form in a zip archive.
        self.time = time.gmtime(max(epoch, 315_532_800))[:6]
        self.archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level)
        self.record = []

    def add(self, name, content, executable=False):
        entry = zipfile.ZipInfo(name, self.time)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3  # Unix, whose modes the next line has.
        entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
        self.archive.writestr(entry, content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        self.record.append(f"{name},sha256={digest},{len(content)}\n")

    def close(self, record):
        self.add(record, "".join([*self.record, f"{record},,\n"]).encode())
        self.archive.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tree", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--tag", required=True)
    parser.add_argument("--epoch", type=int, required=True)
    parser.add_argument("--level", type=int, required=True)
    options = parser.parse_args()

    tag = f"py3-none-{options.tag}"
    path = options.folder / f"{NAME}-{options.version}-{tag}.whl"
    data = f"{NAME}-{options.version}.data"
    information = f"{NAME}-{options.version}.dist-info"
    readme = options.tree / f"share/doc/{NAME}/README.md"
    licence = options.tree / f"share/doc/{NAME}/LICENSE"

    wheel = Wheel(path, options.epoch, options.level)
    for file in sorted(path for path in options.tree.rglob("*") if path.is_file()):
        place = file.relative_to(options.tree)
        if place.parts[0] == "bin":
            wheel.add(f"{data}/scripts/{place.name}", file.read_bytes(), executable=True)
        else:
            wheel.add(f"{data}/data/{place}", file.read_bytes())
    wheel.add(f"{information}/licenses/LICENSE", licence.read_bytes())
    metadata = (
        f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {options.version}\n"
        "Summary: Trains and uses autoencoders on the CPU, as a command line\nLicense: Apache-2.0\nLicense-File: LICENSE\n"
        "Description-Content-Type: text/markdown\n\n"
    )
    wheel.add(f"{information}/METADATA", metadata.encode() + readme.read_bytes())
    wheel.add(f"{information}/WHEEL", f"Wheel-Version: 1.0\nGenerator: hourglass\nRoot-Is-Purelib: false\nTag: {tag}\n".encode())
    wheel.close(f"{information}/RECORD")


main()
