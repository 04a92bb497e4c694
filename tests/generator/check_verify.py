#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_verify.py PROGRAM TABLE FOLDER BOARD: ask `corewarden verify` about every image of the table.

Each answer must have the table's verdict, its code, and a sentence with its keyword; the exit status and the text for
people must say the same. Prints every difference, then the count; fails when there is one.
"""

import csv
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor


def rows(table):
    with open(table) as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def command(program, folder, board, row):
    out = [program, "verify", os.path.join(folder, row["file"]), "--key", os.path.join(folder, row["key"]), "--board", board]
    if row["require"]:
        out += ["--require", row["require"]]
    if row["minimum"] != "0":
        out += ["--minimum-version", row["minimum"]]
    return out


def differences(row, done, answer):
    good = row["verdict"] == "accept"
    if done.returncode != (0 if good else 1):
        yield "exit status %d" % done.returncode
    if answer.get("verdict") != row["verdict"] or answer.get("ok") is not good:
        yield "verdict %s" % answer.get("verdict")
    if answer.get("code") != row["code"]:
        yield "code %s" % answer.get("code")
    sentence = answer.get("sentence", "")
    if row["keyword"].lower() not in sentence.lower():
        yield "no '%s' in the sentence" % row["keyword"]
    errors = done.stderr.decode(errors="replace")
    if good and errors or not good and (sentence not in errors or errors.count("\n") != 1):
        yield "stderr: %r" % errors


def check(program, folder, board, row):
    done = subprocess.run(command(program, folder, board, row) + ["--json"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return ["no JSON: %r %r" % (done.stdout[:200], done.stderr[:400])]
    found = list(differences(row, done, answer))
    if found:
        found.append("expected %s %s '%s' (%s), sentence: %s" % (
            row["verdict"], row["code"], row["keyword"], row["reason"], answer.get("sentence")))
    return found


def main(argv):
    program, table, folder, board = argv[1:5]
    table = rows(table)
    assert len(table) >= 60, "the table has %d rows" % len(table)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda row: check(program, folder, board, row), table))
    bad = 0
    for row, found in zip(table, results):
        bad += bool(found)
        for line in found:
            print("%s: %s" % (row["file"], line))
    accepted = sum(row["verdict"] == "accept" for row in table)
    print("%d images (%d to accept, %d to refuse): %d as the table says, %d not" % (
        len(table), accepted, len(table) - accepted, len(table) - bad, bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
