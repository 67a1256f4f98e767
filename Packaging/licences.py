"""Collects the licences of what a package holds, with a list of it.

    licences.py FOLDER BUILD < PATHS

PATHS are the libraries shipped (what libraries.py prints). What is linked in comes beside them: Swift's runtime and its ICU, the C++
library, hnswlib, and the Swift packages that the manager of packages has fetched into BUILD. Licences of libraries are those of the Debian packages they come from, which also
says where their sources are; what nothing is known of ends it.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

DATA = pathlib.Path(__file__).parent / "licences"
COMMON = pathlib.Path("/usr/share/common-licenses")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def packages(paths):
    """The Debian package of each file."""
    # Where /lib is a link to /usr/lib, packages may know a file by either path.
    names = {path: {str(path), str(path.resolve())} for path in paths}
    for known in names.values():
        known |= {name.removeprefix("/usr") for name in known} | {f"/usr{name}" for name in known}
    asked = sorted(set().union(*names.values()))
    # What it does not know is told of and no failure here.
    lines = subprocess.run(["dpkg", "--search", *asked], capture_output=True, text=True).stdout.splitlines()
    owners = {name: package for package, _, name in (line.partition(": ") for line in lines)}
    for path, known in names.items():
        owner = next((owners[name] for name in sorted(known) if name in owners), None)
        if owner is None:
            sys.exit(f"licences.py: {path} is of no Debian package, so its licence is not known; leave it out or install its package.")
        yield path, owner


def swift():
    """The folder of Swift's libraries, its licence and its version."""
    information = json.loads(output("swift", "-print-target-info"))
    folder = pathlib.Path(information["paths"]["runtimeResourcePath"]).resolve()
    return folder, folder.parent.parent / "share/swift/LICENSE.txt", information["compilerVersion"]


class Licences:
    def __init__(self, folder):
        self.folder = folder
        self.rows = []

    def add(self, name, version, source, text):
        shutil.copyfile(text, self.folder / f"{name}.txt")
        self.rows.append((name, version, source))

    def add_debian(self, package):
        name = package.partition(":")[0]
        version, source = output("dpkg-query", "--show", "--showformat", "${Version}\t${source:Package} ${source:Version}", package).split("\t")
        self.add(name, version, f"Debian source package {source}", f"/usr/share/doc/{name}/copyright")

    def finish(self):
        # Debian's files name the texts that many packages share.
        texts = [file.read_text(encoding="utf-8", errors="replace") for file in self.folder.glob("*.txt")]
        named = {match for text in texts for match in re.findall(rf"{COMMON}/([A-Za-z]+(?:-\d+(?:\.\d+)*)?)", text)}
        (self.folder / "common").mkdir()
        for name in sorted(named):
            shutil.copyfile(COMMON / name, self.folder / "common" / name)
        with open(self.folder / "README", "w", encoding="utf-8") as file:
            file.write(
                "What this package holds besides Hourglass. The licence of each is in the file NAME.txt here; texts that these name\n"
                f"in {COMMON} are in common. Libraries in lib/hourglass are those of Debian and Swift, unchanged but for where\n"
                "they look for each other and names for debuggers; others that fit may take their place.\n\n"
            )
            file.writelines(f"{name} {version}: {source}\n" for name, version, source in sorted(self.rows))


def main():
    folder, build = map(pathlib.Path, sys.argv[1:])
    shipped = [pathlib.Path(line) for line in sys.stdin.read().splitlines()]
    folder.mkdir(parents=True)
    licences = Licences(folder)

    home, text, version = swift()
    licences.add("swift", version, "https://github.com/swiftlang", text)
    licences.add("icu", "in Swift's Foundation", "https://github.com/swiftlang/swift-foundation-icu", DATA / "icu.txt")
    for dependency in json.loads((build / "workspace-state.json").read_bytes())["object"]["dependencies"]:
        checkout = build / "checkouts" / dependency["subpath"]
        version = dependency["state"]["checkoutState"]["version"]
        licences.add(dependency["subpath"], version, dependency["packageRef"]["location"], next(checkout.glob("LICENSE*")))

    linked = [pathlib.Path(output("gcc", "-print-file-name=libstdc++.a")), pathlib.Path("/usr/include/hnswlib/hnswlib.h")]
    others = [path for path in shipped if home not in path.resolve().parents]
    for package in sorted({owner for _, owner in packages(linked + others)}):
        licences.add_debian(package)
    licences.finish()


main()
