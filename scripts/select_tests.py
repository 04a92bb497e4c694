#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Choose tests of a build directory by name.

usage: select_tests.py BUILD [--targets] PATTERN [UNLESS]

Prints the names of the tests that match the regular expression PATTERN and not UNLESS, from their beginning; with
--targets what has to be built for them, as arguments for ninja.
"""
import json
import os
import re
import subprocess
import sys


def introspect(build, what):
    return json.loads(subprocess.check_output(["meson", "introspect", build, what]))


def main():
    args = [a for a in sys.argv[1:] if a != "--targets"]
    if len(args) not in (2, 3):
        sys.exit(__doc__.split("\n\n")[1])
    build, pattern = args[0], args[1]
    unless = args[2] if len(args) == 3 else r"(?!)"
    tests = [t for t in introspect(build, "--tests")
             if re.match(pattern, t["name"]) and not re.match(unless, t["name"])]
    if "--targets" not in sys.argv:
        print(" ".join(t["name"] for t in tests))
        return
    files = {t["id"]: t["filename"] for t in introspect(build, "--targets")}
    wanted = {f for t in tests for d in t["depends"] for f in files.get(d, [])}
    print(" ".join(sorted(os.path.relpath(f, os.path.abspath(build)) for f in wanted)))


if __name__ == "__main__":
    main()
