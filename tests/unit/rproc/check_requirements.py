#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/requirements.md and the tests must name each other.

usage: check_requirements.py SOURCE_DIR
"""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
text = (source / "docs/requirements.md").read_text()
wrong = []

# every test that the document names exists, and is run
named = re.findall(r"`([\w/]+\.c): (\w+)`", text)
for file, function in named:
    path = source / "tests" / file
    code = path.read_text() if path.exists() else ""
    if f"static void {function}(void **state)" not in code:
        wrong.append(f"docs/requirements.md names {file}: {function}, which does not exist")
    elif not re.search(rf"(?:\bT|cmocka_unit_test)\({function}\)", code):
        wrong.append(f"{file}: {function} exists but is not run")

# every test that bears an id is in the document, in that id's row
for path in sorted((source / "tests").rglob("*.c")):
    for function in re.findall(r"static void (tee_\d\d\w*)\(void \*\*state\)", path.read_text()):
        for number in re.findall(r"tee_(\d\d)", function):
            row = re.search(rf"^\| TEE-{number} \|.*$", text, re.M)
            if not row or function not in row.group(0):
                wrong.append(f"{path.relative_to(source)}: {function} is not in the row of TEE-{number}")

# every id is there once
ids = re.findall(r"^\| TEE-(\d\d) \|", text, re.M)
if ids != [f"{n:02}" for n in range(1, 49)]:
    wrong.append("the ids are not TEE-01 to TEE-48, each once, in order")

print("\n".join(wrong) or f"{len(named)} tests prove {len(set(ids))} requirements' rows")
sys.exit(bool(wrong))
