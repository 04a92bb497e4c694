#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is made of docs/corewarden.1.scd, the one source of the manual.

Usage: manual.py page COMMAND SCD	the scdoc source of corewarden-COMMAND(1)
       manual.py bash SCD [BOARD...]	completion for bash
       manual.py zsh SCD [BOARD...]	completion for zsh
       manual.py library NAME HEADER...	the scdoc source of NAME(3), from public headers
"""
import pathlib
import re
import sys


class Option:
    """One option: its names, and what it takes: None, "file", "dir", "board", "other" or a list of words."""

    def __init__(self, line, text):
        self.names = re.findall(r"\*(--?[a-z-]+)\*", line)
        rest = line.rsplit("*" + self.names[-1] + "*", 1)[1]
        words = re.findall(r"\*([a-z0-9-]+)\*", rest)
        values = re.findall(r"_([A-Z]+)_", rest)
        kinds = {"FILE": "file", "OUT": "file", "KEY": "file", "PUB": "file", "ROOT": "file", "CERTS": "file",
                 "ELF": "file", "PREFIX": "file", "DIR": "dir",
                 "BOARD": "board"}
        if rest.startswith("[="):  # within the same word, or not at all
            words = values = []
        self.takes = words or (kinds.get(values[0], "other") if values else None)
        self.text = text
        self.line = line


class Command:
    def __init__(self, name, body, common):
        self.name = name
        without = re.findall(r"^; without (\S+)$", body, re.M)
        self.common = [o for o in common if not set(without) & set(o.names)]
        self.does = re.search(r"^; does (.+)$", body, re.M)[1]
        self.body = re.sub(r"^; .+\n", "", body, flags=re.M).strip("\n")
        self.intro = self.body.split("\n\n*-")[0]
        self.options = options(self.body)


def options(text):
    return [Option(m[1], " ".join(m[2].split()))
            for m in re.finditer(r"^(\*-.+)\n((?:\t.+\n?)+)", text, re.M)]


class Manual:
    def __init__(self, path):
        self.text = pathlib.Path(path).read_text(encoding="utf-8")
        self.sections = dict(re.findall(r"^# ([A-Z ]+)\n(.*?)(?=^# |\Z)", self.text, re.M | re.S))
        parts = re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", self.sections["COMMANDS"], re.M | re.S)
        common = [o for o in options(self.sections["COMMON OPTIONS"]) if "--version" not in o.names]
        self.commands = [Command(name, body, common) for name, body in parts]

    def command(self, name):
        return next(c for c in self.commands if c.name == name)

    def synopsis(self, name):
        lines = [l.removesuffix("++") for l in self.sections["SYNOPSIS"].splitlines() if f"*{name}*" in l]
        return "++\n".join(lines)


def page(manual, name):
    c = manual.command(name)
    common = manual.sections["COMMON OPTIONS"].strip().split("\n\n")
    kept = {o.line for o in c.common}
    common = "\n\n".join(p for p in common if p.partition("\n")[0] in kept or not p.startswith("*-"))
    opts = c.body[len(c.intro):].strip()
    return "\n\n".join([
        f"corewarden-{name}(1)",
        f"# NAME\n\ncorewarden-{name} - {c.does}",
        f"# SYNOPSIS\n\n{manual.synopsis(name)}",
        f"# DESCRIPTION\n\n{c.intro}",
        f"# OPTIONS\n\n{opts + chr(10) + chr(10) if opts else ''}{common}",
        f"# EXIT STATUS\n\n{manual.sections['EXIT STATUS'].strip()}",
        "# SEE ALSO\n\n*corewarden*(1), which tells files, environment and the codes of refusals\n"])


# ---- completion ----

def bash_reply(words):
    return f"mapfile -t COMPREPLY < <({words})"


def bash_value(o, boards):
    if isinstance(o.takes, list):
        return bash_reply(f'compgen -W "{" ".join(o.takes)}" -- "$cur"')
    return {"file": bash_reply('compgen -f -- "$cur"'),
            "dir": bash_reply('compgen -d -- "$cur"'),
            "board": bash_reply(f'compgen -W "{" ".join(boards)}" -- "$cur"; compgen -f -X "!*.dtb" -- "$cur"'),
            "other": ":"}[o.takes]


def bash(manual, boards):
    out = ["# SPDX-License-Identifier: BSD-2-Clause", "# Completion of corewarden for bash, made from its manual.",
           "_corewarden()", "{",
           '\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} cmd=${COMP_WORDS[1]}', "",
           "\tCOMPREPLY=()",
           "\tif [ \"$COMP_CWORD\" -eq 1 ]; then",
           "\t\t" + bash_reply(f'compgen -W "{" ".join(c.name for c in manual.commands)} --help --version" -- "$cur"'),
           "\t\treturn", "\tfi", '\tcase "$cmd $prev" in']
    for c in manual.commands:
        for o in c.options:
            if o.takes:
                names = " | ".join(f'"{c.name} {n}"' for n in o.names)
                out += [f"\t{names})", f"\t\t{bash_value(o, boards)}", "\t\treturn", "\t\t;;"]
    out += ["\tesac", '\tif [[ $cur != -* ]]; then', "\t\t" + bash_reply('compgen -f -- "$cur"'), "\t\treturn", "\tfi",
            '\tcase "$cmd" in']
    for c in manual.commands:
        names = " ".join(n for o in c.options + c.common for n in o.names)
        out += [f"\t{c.name})", "\t\t" + bash_reply(f'compgen -W "{names}" -- "$cur"'), "\t\t;;"]
    out += ["\tesac", "}", "complete -o filenames -F _corewarden corewarden"]
    return "\n".join(out) + "\n"


def zsh_spec(o, boards):
    text = re.sub(r"[*_]", "", o.text).split(". ")[0].rstrip(".")
    text = re.sub(r"([\[\]:])", r"\\\1", text).replace("'", "")
    value = ""
    if o.takes:
        action = f"({' '.join(o.takes)})" if isinstance(o.takes, list) else {
            "file": "_files", "dir": "_files -/", "board": f"({' '.join(boards)})", "other": ""}[o.takes]
        value = f":value:{action}"
    return [f"'{n}[{text}]{value}'" for n in o.names]


def zsh(manual, boards):
    out = ["#compdef corewarden", "# SPDX-License-Identifier: BSD-2-Clause",
           "# Completion of corewarden for zsh, made from its manual.", "", "if (( CURRENT == 2 )); then",
           "\tlocal -a commands=("]
    out += [f"\t\t'{c.name}:{c.does}'" for c in manual.commands]
    out += ["\t)", "\t_describe command commands", "\treturn", "fi", 'local cmd=$words[2]', "shift words",
            "(( CURRENT-- ))", 'case $cmd in']
    for c in manual.commands:
        out += [f"{c.name})", "\t_arguments \\"]
        out += [f"\t\t{s} \\" for o in c.options + c.common for s in zsh_spec(o, boards)]
        out += ["\t\t'*:file:_files'", "\t;;"]
    out += ["esac"]
    return "\n".join(out) + "\n"


# ---- libraries ----

def escape(text):
    return re.sub(r"([\\*_`#\[\]|~<>.+-])", r"\\\1", text)


def paragraphs(comment):
    """A comment as scdoc: indented lines stay as they are."""
    lines = [re.sub(r"^/\* ?|^ \*(?!/) ?| ?\*/$", "", l) for l in comment.splitlines()]
    out, literal = [], []
    for line in lines + [""]:
        if line.startswith(("\t", "  ")):
            literal.append(line.expandtabs(8))
            continue
        if literal:
            out += ["```"] + literal + ["```", ""]
            literal = []
        out.append(escape(line.strip()))
    return "\n".join(out).strip()


def header_body(path):
    """The comment at the top, and what is between the include guards without what only the compiler needs."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    guard = re.search(r"^#ifndef (\w+)\n#define \1\n", text, re.M)
    top = re.findall(r"/\*.*?\*/", text[:guard.start()], re.S)[-1]
    body = text[guard.end():text.rindex("#endif")]
    body = re.sub(r"#ifdef __cplusplus\n[^#]*#endif\n|#pragma .*\n|#include .*\n", "", body)
    return re.sub(r"^(/\* )?\S+ - ", r"\1", re.sub(r"^( \* )\S+\.h - ", r"\1", top, flags=re.M)), body


def sections(body):
    """Comments at the margin as text, everything between them as it is."""
    out, code = [], []

    def flush():
        block = "\n".join(code).strip("\n")
        code.clear()
        if block:
            out.append("```\n" + block.expandtabs(8) + "\n```")

    lines = iter(body.splitlines())
    for line in lines:
        if not line.startswith("/*"):
            code.append(line)
            continue
        comment = [line]
        while not comment[-1].rstrip().endswith("*/"):
            comment.append(next(lines))
        flush()
        rule = re.fullmatch(r"/\* -+ (.+?) -+ \*/", line)
        out.append(f"## {rule[1]}" if rule else paragraphs("\n".join(comment)))
    flush()
    return "\n\n".join(out)


LIBRARIES = {
    "libcorewarden": ("corewarden", "boot signed firmware on remote processors through a TEE"),
    "libcorewarden-image": ("corewarden-image", "judge and inspect signed firmware images off-line"),
    "libteec": ("teec", "GlobalPlatform TEE Client API, and what is ours beside it"),
}


def library(name, headers):
    package, does = LIBRARIES[name]
    include = [("corewarden/" if "corewarden" in pathlib.Path(h).parts[-2] else "") + pathlib.Path(h).name
               for h in headers]
    out = [f"{name}(3)", f"# NAME\n\n{escape(name)} - {does}",
           "# SYNOPSIS\n\n```\n" + "\n".join(f"#include <{i}>" for i in include) +
           f"\n\ncc prog.c $(pkg-config --cflags --libs {package})\n```"]
    for path, name in zip(headers, include):
        top, body = header_body(path)
        out.append(f"# {escape(name.upper())}\n\n{paragraphs(top)}")
        out.append(sections(body))
    out.append("# SEE ALSO\n\n*corewarden*(1), _examples/_ in the sources\n")
    return "\n\n".join(out)


def main(what, *args):
    if what == "page":
        return page(Manual(args[1]), args[0])
    if what == "library":
        return library(args[0], args[1:])
    return {"bash": bash, "zsh": zsh}[what](Manual(args[0]), args[1:])


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:]))
