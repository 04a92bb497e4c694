#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every fuzzing target is run, and told of.

usage: fuzz_page.py SOURCE_ROOT

scripts/fuzz.sh runs what has a corpus; docs/fuzzing.md says what each target reaches. Both must be the targets of
tests/fuzz/meson.build.
"""
import pathlib
import re
import sys

CORPUS_FILES = 300


def targets(root):
    text = (root / "tests/fuzz/meson.build").read_text(encoding="utf-8")
    table = text[text.index("fuzz_targets = {"):]
    return set(re.findall(r"^  '(\w+)':", table, re.M))


def documented(root):
    names = set()
    for line in (root / "docs/fuzzing.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            names |= set(re.findall(r"`(\w+)`", line.split("|")[1]))
    return names


def check(root):
    problems = []
    corpus = {p.name: len(list(p.iterdir())) for p in (root / "tests/fuzz/corpus").iterdir()}
    wanted = targets(root)
    for what, there in (("a folder in tests/fuzz/corpus", set(corpus)), ("a row in docs/fuzzing.md", documented(root))):
        problems += [f"target {name} has no {what[2:]}" for name in sorted(wanted - there)]
        problems += [f"{name} has {what}, but is no target" for name in sorted(there - wanted)]
    problems += [f"the corpus of {name} has {n} files" for name, n in corpus.items() if not 0 < n <= CORPUS_FILES]
    return problems, len(wanted)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split("\n\n")[1])
    problems, n = check(pathlib.Path(sys.argv[1]))
    for p in problems:
        print(p, file=sys.stderr)
    print(f"{n} targets, {len(problems)} problems")
    sys.exit(bool(problems) or n < 10)


if __name__ == "__main__":
    main()
