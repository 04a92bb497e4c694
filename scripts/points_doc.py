#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/points.md from lib/host/points.def.

Usage: points_doc.py SOURCE_ROOT           write docs/points.md
       points_doc.py SOURCE_ROOT --check   fail when it is not what it would be, when a number or a name is there twice,
                                           when a point is in no source of its party, or a source has one that is not in
                                           the table
"""
import pathlib
import re
import sys

DEF = re.compile(r'^CW_POINT_DEF\((\d+), (\w+), (\w+), "([^"]+)"\)$', re.M)
USE = re.compile(r"\bCW_POINT\((\w+)")

# Where the code of a party is.
FOLDERS = {
    "any": ["lib/host", "lib/bus"],
    "client": ["lib/bus", "lib/teec", "lib/rproc", "lib/rpmsg", "lib/mem"],
    "silicon": ["silicon"],
    "tee": ["secure/tee", "secure/pta"],
    "ta": ["secure/api"],
}
TITLES = {
    "any": "Code that several parties run",
    "client": "The normal world",
    "silicon": "Silicon",
    "tee": "The TEE and its platform services",
    "ta": "The process of a trusted application",
}

HEAD = """# Points

Numbered points at state changes and at crossings between worlds. Each is a USDT probe of provider `corewarden`; its first
argument is its number, the others stand in parentheses. A probe costs a nop as long as nobody listens:

    bpftrace -e 'usdt:./build/corewarden:corewarden:rproc_state { printf("%s %d -> %d\\n", str(arg1), arg2, arg3); }'

In builds with faults (`-Dfaults=enabled`, and every build with sanitizers) they are also the places where a process can be
made to die: `docs/faults.md`. Numbers and names are never used again for something else.

<!-- made by scripts/points_doc.py from lib/host/points.def -->
"""


def document(points):
    out = [HEAD]
    for party, title in TITLES.items():
        out.append(f"\n## {title}\n\n| number | name | marks |\n|---|---|---|\n")
        out += [f"| {n} | `{name}` | {marks} |\n" for n, name, p, marks in points if p == party]
    return "".join(out)


def used(root, folders):
    names = set()
    for folder in folders:
        for path in (root / folder).rglob("*.c"):
            names |= set(USE.findall(path.read_text(encoding="utf-8")))
    return names


def check(root, points):
    problems = []
    for column, what in ((0, "number"), (1, "name")):
        values = [p[column] for p in points]
        problems += [f"{what} {v} is there twice" for v in sorted({v for v in values if values.count(v) > 1})]
    for n, name, party, _ in points:
        if party not in FOLDERS:
            problems.append(f"{name}: there is no party {party}")
        elif name not in used(root, FOLDERS[party]):
            problems.append(f"{name}: no source of {party} has it")
    every = used(root, [f for folders in FOLDERS.values() for f in folders]) - {"name", "point"}
    problems += [f"{name}: not in points.def" for name in sorted(every - {p[1] for p in points})]
    return problems


def main():
    root = pathlib.Path(sys.argv[1])
    points = DEF.findall((root / "lib/host/points.def").read_text(encoding="utf-8"))
    doc = root / "docs/points.md"
    if "--check" not in sys.argv:
        doc.write_text(document(points), encoding="utf-8")
        return 0
    problems = check(root, points)
    if not doc.is_file() or doc.read_text(encoding="utf-8") != document(points):
        problems.append("docs/points.md is not what scripts/points_doc.py makes: run it")
    for p in problems:
        print(p, file=sys.stderr)
    print(f"{len(points)} points, {len(problems)} problems")
    return 1 if problems or len(points) < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
