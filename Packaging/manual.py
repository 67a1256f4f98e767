"""Writes a program's man page from what it says of itself (--experimental-dump-help of Swift's argument parser), to standard output.

    manual.py PROGRAM DATE
"""

import json
import subprocess
import sys


def text(words):
    """Words as roff takes them: no hyphen is broken or made longer, no line begins a request."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in escaped.splitlines())


def spelled(name):
    return ("-" if name["kind"] == "short" else "--") + name["name"]


def heading(argument):
    """An argument as it is typed: `-o, --out dir`, `<recipe>`."""
    value = f"<{argument['valueName']}>" + ("..." if argument["isRepeating"] else "")
    if argument["kind"] == "positional":
        return value
    names = ", ".join(spelled(name) for name in argument["names"])
    return names if argument["kind"] == "flag" else f"{names} {value}"


def synopsis(argument):
    if argument["kind"] == "positional":
        shown = heading(argument)
    else:
        value = "" if argument["kind"] == "flag" else f" <{argument['valueName']}>"
        shown = spelled(argument["preferredName"]) + value
    return f"[{shown}]" if argument["isOptional"] else shown


def shown(items):
    return [item for item in items if item["shouldDisplay"]]


def explained(arguments):
    for argument in arguments:
        yield f".TP\n\\fB{text(heading(argument))}\\fR"
        default = f" (default: {argument['defaultValue']})" if argument.get("defaultValue") else ""
        yield text(argument.get("abstract", "") + default)


def section(command, path, common):
    # What every command has stands at the top.
    arguments = [argument for argument in shown(command.get("arguments", [])) if argument not in common]
    yield f".SS {text(' '.join(path))}"
    yield text(command.get("abstract", ""))
    yield ".PP\n" + text(" ".join([*path, *map(synopsis, arguments)]))
    if command.get("discussion"):
        yield ".PP\n" + text(command["discussion"])
    yield from explained(arguments)
    for inner in shown(command.get("subcommands", [])):
        yield from section(inner, [*path, inner["commandName"]], common)


def main():
    program, date = sys.argv[1:]
    command = json.loads(subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True).stdout)["command"]
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    name = command["commandName"]
    common = shown(command["arguments"])
    lines = [
        f'.TH {name.upper()} 1 {date} "{name} {version}"',
        ".nh",
        f".SH NAME\n{name} \\- {text(command['abstract'])}",
        f".SH SYNOPSIS\n\\fB{name}\\fR \\fIcommand\\fR [\\fIoptions\\fR]",
        ".SH OPTIONS",
        *explained(common),
        ".SH COMMANDS",
    ]
    for inner in shown(command["subcommands"]):
        lines.extend(section(inner, [name, inner["commandName"]], common))
    print("\n".join(line for line in lines if line))


main()
