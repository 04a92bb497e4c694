#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The manual says what the program does: commands, options, completion, pages of the libraries.

Usage: check_manual.py SOURCE_DIR COREWARDEN BASH_COMPLETION ZSH_COMPLETION PAGE...
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE, COREWARDEN, BASH, ZSH = (pathlib.Path(a).resolve() for a in sys.argv[1:5])
PAGES = [pathlib.Path(p).resolve() for p in sys.argv[5:]]
sys.path.insert(0, str(SOURCE / "docs"))
import manual  # noqa: E402

OPTION = re.compile(r"(?<![\w-])(--?[a-z][a-z-]*)")


def program(*args):
    p = subprocess.run([COREWARDEN, *args], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
    return p.returncode, p.stdout, p.stderr


# Commands that know several sets of options, and what comes before each.
SETS = {"verify": [[], ["--root", "self"], ["--tee"]], "sign": [[], ["--format", "mbn"]], "ca": [["init"], ["issue"]]}


def helps(command):
    """Every option that a help text names, but for commands that it quotes."""
    found = set()
    for words in SETS.get(command, [[]]):
        status, out, err = program(command, *words, "--help")
        if status == 2 and "unknown" in err:
            continue
        assert status == 0 and not err, (command, err)
        found |= set(OPTION.findall(re.sub(r"'corewarden [^']*'", "", out)))
    return found - {"--help", "-h"}


def check_options(m):
    status, out, _ = program("--help")
    assert status == 0
    listed = dict(re.findall(r"^  (\w+) +(\S.*)$", out, re.M))
    assert listed == {c.name: c.does for c in m.commands}, (listed, [c.name for c in m.commands])
    n = 0
    for c in m.commands:
        said = helps(c.name)
        documented = {name for o in c.options for name in o.names}
        assert said - {"--json"} == documented, f"{c.name}: --help and manual differ: {(said - {'--json'}) ^ documented}"
        for o in c.options + c.common:
            for name in o.names:
                tries = [program(c.name, *words, name)[2] for words in SETS.get(c.name, [[]])]
                assert any("unknown" not in err for err in tries), f"{c.name}: {tries}"
                n += 1
        assert f"*{c.name}*" in m.sections["SYNOPSIS"]
    status, out, _ = program("--version")
    assert status == 0 and re.fullmatch(r"corewarden \d+\.\d+\.\d+\n", out)
    return n


def complete(words, cwd):
    """What bash offers for the last of these words."""
    script = ('source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _corewarden; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    p = subprocess.run(["bash", "--norc", "-c", script, BASH, *words], capture_output=True, text=True, timeout=30,
                       cwd=cwd, check=True)
    assert not p.stderr, p.stderr
    return set(p.stdout.split("\n")) - {""}


def check_completion(m, work):
    (work / "a file.elf").touch()
    (work / "own.dtb").touch()
    (work / "folder").mkdir()
    offered = complete(["corewarden", ""], work)
    assert offered == {c.name for c in m.commands} | {"--help", "--version"}, offered
    assert complete(["corewarden", "pro"], work) == {"provision"}
    for c in m.commands:
        want = {n for o in c.options + c.common for n in o.names}
        offered = complete(["corewarden", c.name, "-"], work)
        assert offered == want, f"{c.name}: {offered ^ want}"
        assert complete(["corewarden", c.name, "a"], work) == {"a file.elf"}
        for o in c.options:
            for name in o.names:
                check_value(c, o, name, work)
    zsh = ZSH.read_text(encoding="utf-8")
    for c in m.commands:
        for o in c.options:
            assert all(f"'{n}[" in zsh for n in o.names)


def check_value(c, o, name, work):
    offered = complete(["corewarden", c.name, name, ""], work)
    if o.takes is None:
        assert "a file.elf" in offered
    elif isinstance(o.takes, list):
        assert offered == set(o.takes), (name, offered)
    elif o.takes == "file":
        assert "a file.elf" in offered
    elif o.takes == "dir":
        assert offered == {"folder"}, offered
    elif o.takes == "board":
        assert offered >= {"stm32mp15", "own.dtb"} and "a file.elf" not in offered, offered
    else:
        assert offered == set(), offered


def text_of(page):
    """What a man page says, without what only groff reads."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"^\.[A-Za-z]+ ?", "", text, flags=re.M)
    return re.sub(r"\\f.|\\&", "", text).replace("\\-", "-").replace("\\(aq", "'").replace("\\", "")


def check_pages(m):
    pages = {p.name: text_of(p) for p in PAGES}
    for c in m.commands:
        text = pages[f"corewarden-{c.name}.1"]
        for o in c.options:
            assert all(n in text for n in o.names), (c.name, o.names)
    for library, headers in {"libcorewarden.3": ["corewarden/rproc.h", "corewarden/rpmsg.h", "corewarden/board.h"],
                             "libcorewarden-image.3": ["corewarden/image.h"], "libteec.3": ["tee/tee_client_api.h"]}.items():
        for h in headers:
            code = re.sub(r"/\*.*?\*/|#[^\n]*", "", (SOURCE / "include" / h).read_text(encoding="utf-8"), flags=re.S)
            names = re.findall(r"\b((?:cw|TEEC)_\w+)\s*\(", code)
            assert names
            missing = [n for n in names if n not in pages[library]]
            assert not missing, (library, missing)
    assert len(pages) == len(m.commands) + 4
    return len(pages)


def main():
    os.environ["LC_ALL"] = "C.UTF-8"
    m = manual.Manual(SOURCE / "docs/corewarden.1.scd")
    n = check_options(m)
    pages = check_pages(m)
    with tempfile.TemporaryDirectory() as d:
        check_completion(m, pathlib.Path(d))
    print(f"{n} options and {pages} pages compared with the program")


if __name__ == "__main__":
    main()
