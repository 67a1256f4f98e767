"""Puts the libraries that a program is linked with beside it, and has it and them look there first.

    libraries.py PROGRAM FOLDER

PROGRAM is changed: its search path becomes that of FOLDER, relative to where it lies. Whatever `ldd` names is copied, but for the parts
of glibc, which are one with the system. Prints the paths of the originals, a line each, for the licences.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

# Parts of glibc by their names there: only the loader that starts the program fits them.
SYSTEM = re.compile(
    r"(linux-vdso|ld-linux.*|libc|libm|libmvec|libdl|libpthread|librt|libresolv|libutil|libnsl|libanl|libBrokenLocale"
    r"|libthread_db|libnss_.*)\.so(\.\d+)*"
)


def libraries(program):
    """What the loader brings for the program: path by name."""
    found = {}
    for line in subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout.splitlines():
        name, _, target = line.strip().partition(" => ")
        if not target or SYSTEM.fullmatch(pathlib.Path(name).name):
            continue
        if target.startswith("not found"):
            sys.exit(f"libraries.py: {name}, which {program} needs, is not on this machine; install it.")
        found[name] = pathlib.Path(target.rpartition(" (")[0])
    return found


def search(file, path):
    """Has the loader look in this path, and there before LD_LIBRARY_PATH, which may name other versions."""
    subprocess.run(["patchelf", "--force-rpath", "--set-rpath", path, file], check=True)


def main():
    program, folder = map(pathlib.Path, sys.argv[1:])
    found = libraries(program)
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in sorted(found.items()):
        copy = folder / name
        shutil.copyfile(path, copy)
        subprocess.run(["strip", "--strip-unneeded", copy], check=True)
        search(copy, "$ORIGIN")
        print(path)
    subprocess.run(["strip", program], check=True)
    search(program, f"$ORIGIN/{os.path.relpath(folder, program.parent)}")


main()
