#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/limits.md says what the sources say.

Every row's constant has, in the file it names, the value it gives; every limit of the headers in WHOLE has a row.

Usage: limits_page.py SOURCE_ROOT
"""
import pathlib
import re
import sys

ROW = re.compile(r"^\| .* \| `(\w+)` \| ([^|]+) \| `([^`]+)` \| [^|]+ \|$")
DEFINE = re.compile(r"^#define[ \t]+(\w+)[ \t]+(.+?)[ \t]*(?:/\*.*)?$", re.M)
UNITS = {"": 1, "bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "s": 1, "ms": 1}

# Headers whose every limit users can meet.
WHOLE = ["include/corewarden/*.h", "lib/image/rproc.h", "lib/image/rsc_table.h", "lib/image/ta_header.h",
         "lib/image/mbn.h", "lib/image/csffw.h", "lib/crypto/x509.h",
         "lib/crypto/key.h", "lib/crypto/verify.h", "lib/dt/tree.h", "lib/host/msg.h", "silicon/mem/mem.h",
         "secure/tee/quota.h", "cli/cli.h",
         "cli/unpack.h"]
# Sizes that nobody can go beyond: computed, or given by a format.
DERIVED = {"CW_MSG_PAYLOAD_MAX", "CW_MBN_WORDS_MAX", "CW_MBN_DIGEST_MAX", "CW_SCHEME_SIGNATURE_MAX", "CW_KEY_RAW_MAX"}


def number(expression):
    """A C expression of literals as a number, or None."""
    text = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]*\b", r"\1", expression)
    if not re.fullmatch(r"[0-9a-fA-Fx()+*<\-\s]+", text):
        return None
    return eval(text, {"__builtins__": {}})  # nothing but digits and operators is left


def defines(path):
    return {n: number(v) for n, v in DEFINE.findall(path.read_text(encoding="utf-8"))}


def value(cell):
    m = re.fullmatch(r"(\d+(?:\.\d+)?)(?: (\w+))?", cell.strip())
    return float(m[1]) * UNITS[m[2] or ""] if m and (m[2] or "") in UNITS else None


def check(root):
    problems = []
    rows = set()
    for n, line in enumerate((root / "docs/limits.md").read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("|") or line.startswith("|---") or line.startswith("| what |"):
            continue
        m = ROW.match(line)
        if not m:
            problems.append(f"docs/limits.md:{n}: not a row of five cells with `CONSTANT` and `file`")
            continue
        name, cell, where = m.groups()
        rows.add((where, name))
        path = root / where
        have = defines(path).get(name) if path.is_file() else None
        if have is None:
            problems.append(f"docs/limits.md:{n}: {where} does not define {name} as a number")
        elif value(cell) != have:
            problems.append(f"docs/limits.md:{n}: {name} is {have} in {where}, the page says {cell}")
    for pattern in WHOLE:
        for path in sorted(root.glob(pattern)):
            where = path.relative_to(root).as_posix()
            for name in defines(path):
                if name.endswith("_MAX") and name not in DERIVED and (where, name) not in rows:
                    problems.append(f"docs/limits.md: {name} of {where} is not there")
    return len(rows), problems


def main():
    assert number("(64u << 20)") == 64 << 20 and number("(30 * 24 * 3600)") == 2592000 and number("FOO") is None
    assert value("16 KiB") == 16384 and value("many") is None
    rows, problems = check(pathlib.Path(sys.argv[1]))
    for p in problems:
        print(p, file=sys.stderr)
    print(f"{rows} limits compared with the sources")
    return 1 if problems or rows < 60 else 0


if __name__ == "__main__":
    sys.exit(main())
