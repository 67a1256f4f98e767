"""Has one system call after another fail beneath the program, or kills it there, and looks at what is left.

Run by script/faults, which builds the library that makes calls fail (faults.c) and the program. For each command, a first run
counts its calls; then one call after another fails with the errors that it can have, gives or takes half of the bytes, or is the
last that the process makes. What must then hold:

- the status is 0 only where all is done: the files are byte for byte those of the undisturbed run, and so is standard output;
- else it is 1, 64 or 65 with one sentence on standard error that names a file or folder concerned; no trap, no other signal;
- interrupted calls (EINTR) and half ones are gone on with, and nothing is told of them;
- each file is the whole old one or the whole new one, and no unfinished one is left, but by a kill;
- the same command, `--resume` for a run, then comes to the undisturbed result, bit for bit.
"""

import argparse
import collections
import concurrent.futures
import errno as codes
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading

from commands import COMMANDS, prepare

# What each kind of call can say.
ERRORS = {
    "look": ["EIO", "EACCES", "ESTALE", "ENOMEM", "EINTR"],
    "list": ["EIO", "EACCES", "EMFILE", "ESTALE"],
    "entry": ["EIO", "ESTALE"],
    "open": ["EIO", "EACCES", "EMFILE", "ESTALE", "ENOSPC", "EINTR"],
    "read": ["EIO", "ESTALE", "EINTR"],
    "write": ["ENOSPC", "EIO", "EDQUOT", "EINTR"],
    "flush": ["EIO", "ENOSPC", "EINTR"],
    "rename": ["EIO", "EACCES", "ENOSPC", "ESTALE"],
    "link": ["EIO", "EACCES"],
    "remove": ["EIO", "EACCES"],
    "make": ["ENOSPC", "EACCES", "EIO"],
    "map": ["ENOMEM", "EACCES"],
    "truncate": ["EIO", "ENOSPC", "EINTR"],
    "mode": ["EPERM", "EIO"],
    "lock": ["EIO", "ENOLCK", "ESTALE", "EINTR"],
    "close": ["EIO", "ENOSPC", "EINTR"],
}
# Disks that stay full, and processes that have no files left.
LASTING = {"open": ["EMFILE"], "write": ["ENOSPC", "EIO"], "flush": ["EIO"], "read": ["EIO"], "look": ["EIO", "ESTALE"], "lock": ["ESTALE"]}
# Kinds that change something: there is a before and an after.
CHANGING = ["open", "write", "rename", "remove", "make", "lock", "flush", "close", "truncate", "mode", "link"]

Fault = collections.namedtuple("Fault", "kind number action lasting")
Outcome = collections.namedtuple("Outcome", "status output errors files log")


def actions(kind):
    """All that can happen to a call of this kind, as (action, lasts): what is gone on with, failures, kills."""
    errors = ERRORS[kind]
    partial = [("EINTR", False)] if "EINTR" in errors else []
    if kind in ("read", "write"):
        partial += [("short", False), ("short", True)]
    failures = [(error, False) for error in errors if error != "EINTR"]
    failures += [(error, True) for error in LASTING.get(kind, [])]
    kills = [("before", False)]
    if kind in CHANGING:
        kills.append(("after", False))
    if kind == "write":
        kills.append(("torn", False))
    return [partial, failures, kills]


def is_kill(action):
    return action in ("before", "after", "torn")


def tree(folder):
    """All files below a folder: digests by path; None for a folder."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(place, name), folder)] = None
        for name in files:
            path = os.path.join(place, name)
            if name.endswith(".db"):
                found[os.path.relpath(path, folder)] = database(path)
                continue
            with open(path, "rb") as file:
                # Recipes hold the place of their data.
                content = file.read().replace(os.fsencode(folder), b"FOLDER")
            found[os.path.relpath(path, folder)] = hashlib.sha256(content).hexdigest()
    return found


# A database that holds nothing, as one that was being made when its process was killed.
EMPTY = "an empty database"


def database(path):
    """A digest of what the next program finds in a file of SQLite, which undoes by the journal what was not committed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "copy.db")
        for ending in ("", JOURNAL):
            if os.path.exists(path + ending):
                shutil.copy(path + ending, copy + ending)
        connection = sqlite3.connect(copy)
        try:
            state = "\n".join(row[0] for row in connection.execute("PRAGMA integrity_check"))
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            content = "\n".join([state, *connection.iterdump()])
        except sqlite3.DatabaseError as error:
            return f"a damaged database: {error}"
        finally:
            connection.close()
    return hashlib.sha256(content.encode()).hexdigest() if tables else EMPTY


# What SQLite keeps beside a database until a transaction is committed.
JOURNAL = "-journal"


def is_own(path):
    """Files that are there for a moment: unfinished ones and what lies in unfinished folders, locks."""
    return path.endswith(JOURNAL) or any(
        name.startswith(".") and name.endswith((".partial", ".part", ".lock")) for name in path.split(os.sep))


class Bench:
    """Runs commands, each in a copy of a prepared folder."""

    def __init__(self, program, library, scratch):
        self.program, self.library, self.scratch = program, library, scratch
        self.number = 0
        self.guard = threading.Lock()

    def room(self, template=None):
        with self.guard:
            self.number += 1
            room = os.path.join(self.scratch, f"room-{self.number:06}")
        if template:
            shutil.copytree(template, room)
        else:
            os.mkdir(room)
        return room

    def run(self, room, arguments, fault=None, environment={}, frozen=True, seconds=60):
        """Runs the program in a folder to its end. The status is negative for a signal, as subprocess has it."""
        beside = room + ".files"
        os.makedirs(beside, exist_ok=True)
        log = os.path.join(beside, "log")
        if os.path.exists(log):
            os.remove(log)
        full = {name: value for name, value in os.environ.items() if not name.startswith(("HOURGLASS_", "FAULTS_"))}
        full.update(LD_PRELOAD=self.library, FAULTS_FOLDER=os.path.realpath(room), FAULTS_LOG=log)
        full.update(HOURGLASS_CACHE="cache", HOURGLASS_MIRROR="http://127.0.0.1:9", HOME=beside, LC_ALL="C")
        if frozen:
            full["FAULTS_CLOCK"] = "1"
        if fault:
            number = getattr(codes, fault.action, None)
            full.update(
                FAULTS_KIND=fault.kind, FAULTS_AT=str(fault.number),
                FAULTS_ACTION=fault.action if number is None else str(number))
            if fault.lasting:
                full["FAULTS_LASTING"] = "1"
        full.update(environment)
        output, errors = os.path.join(beside, "output"), os.path.join(beside, "errors")
        given = os.path.join(room, "rows.csv") if "-" in arguments else os.devnull
        with open(given, "rb") as source, open(output, "wb") as out, open(errors, "wb") as err:
            process = subprocess.Popen(
                [self.program] + arguments, cwd=room, env=full, stdin=source, stdout=out, stderr=err)
            try:
                status = process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                status = None
        calls = []
        if os.path.exists(log):
            with open(log, encoding="utf-8", errors="replace") as file:
                calls = file.read().splitlines()
        with open(output, "rb") as file:
            said = file.read()
        with open(errors, encoding="utf-8", errors="replace") as file:
            told = file.read()
        return Outcome(status, said, told, tree(room), calls)

    def break_off(self, room, arguments):
        """Leaves a run that was killed within its first epoch, after its first whole checkpoint."""
        trial = self.room(room)
        log = self.run(trial, arguments).log
        names = [line.split(" ")[2] for line in log if line.startswith("rename ")]
        self.clear(trial)
        manifest = next(index for index, path in enumerate(names) if path.endswith("manifest.json"))
        self.run(room, arguments, Fault("rename", manifest + 1, "after", False))

    def clear(self, room):
        shutil.rmtree(room, ignore_errors=True)
        shutil.rmtree(room + ".files", ignore_errors=True)


class Examination:
    """One command: its undisturbed run, and what becomes of it when calls fail."""

    def __init__(self, bench, command, template, is_short):
        self.bench, self.command, self.template, self.is_short = bench, command, template, is_short
        # At which error the next kind begins, so that all have their turn.
        self.turn = 0
        room = bench.room(template)
        self.before = tree(room)
        self.whole = self.run(room, command.arguments)
        if self.whole.status != 0:
            sys.exit(f"faults: {command.name} ends with status {self.whole.status}:\n{self.whole.errors}")
        # Twice the same, or nothing can be compared.
        again = bench.room(template)
        second = self.run(again, command.arguments)
        if (second.files, second.output, second.errors) != self.whole[3:4] + self.whole[1:3]:
            different = [path for path in second.files if second.files[path] != self.whole.files.get(path)]
            sys.exit(f"faults: {command.name} is not the same twice: {different or second.errors}")
        for place in (room, again):
            bench.clear(place)
        self.counts = collections.Counter(line.split(" ")[0] for line in self.whole.log)
        # States that a file may have: before, after, and those in between of files that are written more than once.
        self.known = collections.defaultdict(set)
        for files in (self.before, self.whole.files):
            for path, digest in files.items():
                self.known[path].add(digest)
        if command.has_stages:
            for number in range(1, self.counts["rename"] + 1):
                room = bench.room(template)
                for path, digest in self.run(room, command.arguments, Fault("rename", number, "after", False)).files.items():
                    if not is_own(path):
                        self.known[path].add(digest)
                bench.clear(room)

    def run(self, room, arguments, fault=None):
        return self.bench.run(
            room, arguments, fault, environment=self.command.environment, frozen=self.command.frozen)

    def faults(self, most):
        """All faults, or as many places of each kind as `most`, spread from the first to the last."""
        for kind in ERRORS:
            count = self.counts[kind]
            places = list(range(1, count + 1))
            if count > most:
                places = sorted({1 + round(index * (count - 1) / (most - 1)) for index in range(most)})
            # All that can happen happens to the first and the last call; to those between one thing of each sort in turn. The
            # few faults of the short list are of one sort each.
            for index, place in enumerate(places):
                turn = index + self.turn
                sorts = [sort for sort in actions(kind) if sort]
                for sort in [sorts[turn % len(sorts)]] if self.is_short else sorts:
                    is_end = place in (1, count) and not self.is_short
                    step = turn // len(sorts) if self.is_short else turn
                    for action, lasting in sort if is_end else [sort[step % len(sort)]]:
                        yield Fault(kind, place, action, lasting)
            self.turn += len(places)

    def examine(self, fault):
        """What became of it: `survived`, `told`, `failed` or `killed`, and what is wrong with it."""
        room = self.bench.room(self.template)
        try:
            outcome = self.run(room, self.command.arguments, fault)
            verdict, wrong = self.judge(fault, outcome)
            if verdict != "survived":
                wrong += self.judge_rerun(fault, outcome, room)
            return verdict, wrong, outcome
        finally:
            self.bench.clear(room)

    def judge(self, fault, outcome):
        wrong = []
        hits = [line.split(" ", 3)[3] for line in outcome.log if line.startswith("! ")]
        if not hits:
            return "survived", ["the call was not made again"]
        if outcome.status is None:
            return "failed", ["it did not end within a minute"]
        if is_kill(fault.action):
            if outcome.status != -signal.SIGKILL:
                wrong.append(f"status {outcome.status} of a killed process")
            return "killed", wrong + self.judge_files(outcome, may_leave=True)
        if outcome.status < 0 or "Fatal error" in outcome.errors:
            return "failed", [f"it died of signal {-outcome.status}"]
        if outcome.status == 0:
            return self.judge_success(fault, outcome)
        if outcome.status not in (1, 65, 64):
            wrong.append(f"status {outcome.status}")
        # Files and folders that are looked at, and flushes, are not interrupted on common systems, so SQLite takes it for a failure.
        is_librarys = self.command.has_library and fault.kind in ("look", "flush")
        if fault.action in ("EINTR", "short") and fault.kind != "close" and not is_librarys:
            wrong.append("an interrupted or half call is not gone on with")
        wrong += self.judge_sentence(outcome, hits)
        if outcome.output:
            wrong.append("it wrote to standard output before it failed")
        is_written = self.whole.files != self.before and not self.differences(outcome.files)
        if is_written and not self.command.reads_on and "is written, but" not in outcome.errors:
            wrong.append(f"status {outcome.status}, but all is done")
        # What cannot be removed stays, and so does a lock's file that cannot be locked or looked at: it may be another's.
        may_leave = fault.kind in ("remove", "lock") or any(path.endswith(".lock") for path in hits)
        # What cannot be undone now is undone by the journal, later.
        may_leave = may_leave or self.command.has_library and fault.lasting
        return "failed", wrong + self.judge_files(outcome, may_leave)

    def judge_success(self, fault, outcome):
        wrong = []
        different = self.differences(outcome.files)
        if fault.kind in ("list", "entry", "remove", "lock"):
            # What cannot be listed or removed stays, and so does the file of a lock that cannot be had.
            different = [path for path in different if path in self.whole.files or not self.is_known(path, outcome)]
        # A run keeps the note that nothing was locked.
        is_noted = fault.kind == "lock" and self.command.notes
        different = [path for path in different if not (is_noted and path in self.command.notes)]
        if different:
            wrong.append(f"status {outcome.status}, but other files than undisturbed: {', '.join(different)}")
        if outcome.output != self.whole.output and not is_noted:
            wrong.append(f"status {outcome.status}, but another standard output: {outcome.output[:200]}")
        if outcome.errors == self.whole.errors:
            return "survived", wrong
        if fault.action in ("EINTR", "short"):
            wrong.append("something is told of an interrupted or half call")
        return "told", wrong

    def judge_sentence(self, outcome, hits):
        complaints = [line for line in outcome.errors.splitlines() if line.startswith("error: ")]
        if len(complaints) != 1:
            return [f"{len(complaints)} sentences of what went wrong"]
        sentence = complaints[0]
        if not outcome.errors.endswith(sentence + "\n"):
            return ["the sentence is not the last"]
        if not sentence.endswith("."):
            return ["the sentence has no end"]
        names = set()
        for path in hits:
            name = os.path.basename(path)
            if name.startswith(".") or name.startswith("room-"):
                # Its own files, and the folder that everything lies in, go by what is in the making.
                names |= {os.path.basename(os.path.dirname(path))} | {os.path.basename(file) for file in self.whole.files}
            else:
                # What comes through standard input has no name that the program knows.
                names |= {name, "Standard input"} if "-" in self.command.arguments else {name.removesuffix(JOURNAL)}
        if not any(name in sentence for name in names):
            return [f"the sentence names none of {', '.join(sorted(names))}"]
        return []

    def judge_files(self, outcome, may_leave):
        wrong = []
        for path, digest in outcome.files.items():
            if is_own(path) or digest == EMPTY:
                if not may_leave and path not in self.before:
                    wrong.append(f"{path} is left")
            elif digest not in self.known.get(path, ()):
                wrong.append(f"{path} is neither the old nor the new one")
        for path in self.before:
            if path not in outcome.files and path in self.whole.files:
                wrong.append(f"{path} is gone")
        return wrong

    def judge_rerun(self, fault, outcome, room):
        is_done = not [path for path in self.differences(outcome.files) if not is_own(path)]
        if not self.command.repeats and (outcome.status == 0 or is_done):
            return []
        rerun = self.run(room, self.command.again or self.command.arguments)
        if rerun.status != 0:
            return [f"after it, the command ends with status {rerun.status}: {rerun.errors.splitlines()[-1:]}"]
        different = self.differences(rerun.files)
        if fault.kind == "lock":
            different = [path for path in different if path not in self.command.notes]
        # What a failure left may be left, but a run's folder is cleared.
        if not self.command.clears:
            different = [path for path in different if not (is_own(path) and path in outcome.files)]
        return [f"after it, the command comes to other files: {', '.join(different)}"] if different else []

    def differences(self, files):
        """Files that are not those of the undisturbed run; unfinished ones and locks that were there before count for none."""
        return sorted(
            path for path in set(files) | set(self.whole.files)
            if files.get(path, 0) != self.whole.files.get(path, 0) and not (is_own(path) and path in self.before))

    def is_known(self, path, outcome):
        return is_own(path) or outcome.files[path] in self.known.get(path, ())


def main():
    parser = argparse.ArgumentParser(prog="script/faults", description=__doc__.split("\n\n")[0])
    parser.add_argument("commands", nargs="*", help=f"these only, of: {', '.join(c.name for c in COMMANDS)}")
    parser.add_argument("--short", action="store_true", help="a few faults of each kind, in less than a minute")
    parser.add_argument("--most", type=int, help="how many calls of a kind fail, spread over all of them; 12 if not given")
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--library", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.commands) - {command.name for command in COMMANDS}
    if options.most is not None and options.most < 2:
        parser.error(f"--most is {options.most}, but must be 2 or more")
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")

    with tempfile.TemporaryDirectory(prefix="hourglass-faults-") as scratch:
        bench = Bench(os.path.abspath(options.program), os.path.abspath(options.library), os.path.realpath(scratch))
        sys.exit(1 if examine_all(bench, options) else 0)


def examine_all(bench, options):
    templates = prepare(bench)
    columns = ["faults", "survived", "told", "failed", "killed", "wrong"]
    print(f"{'':22}" + "".join(f"{name:>10}" for name in columns), flush=True)
    all_wrong = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for command in COMMANDS:
            if options.commands and command.name not in options.commands:
                continue
            if options.short and not command.is_short and not options.commands:
                continue
            examination = Examination(bench, command, templates(command), options.short)
            faults = list(examination.faults(options.most or (4 if options.short else 12)))
            tally, complaints = collections.Counter(faults=len(faults)), []
            for fault, (verdict, wrong, outcome) in zip(faults, pool.map(examination.examine, faults)):
                tally[verdict] += 1
                if wrong:
                    tally["wrong"] += 1
                    complaints.append((fault, wrong, outcome))
            print(f"{command.name:22}" + "".join(f"{tally[name]:>10}" for name in columns), flush=True)
            for fault, wrong, outcome in complaints:
                hits = [line for line in outcome.log if line.startswith("! ")]
                print(f"  {' '.join(map(str, fault[:3]))}{' and all later' if fault.lasting else ''}: {'; '.join(wrong)}")
                print(f"    at {hits[0][2:] if hits else 'no call'}; status {outcome.status}")
                for line in outcome.errors.splitlines()[-2:]:
                    print(f"    {line}")
            sys.stdout.flush()
            all_wrong += tally["wrong"]
    print("nothing is wrong" if not all_wrong else f"{all_wrong} are wrong", flush=True)
    return all_wrong


if __name__ == "__main__":
    main()
