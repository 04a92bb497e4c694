#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_mbn.py PROGRAM TABLE FOLDER: ask `corewarden verify` and `corewarden inspect` about every Qualcomm image of the table.

verify must give the table's code and a sentence with its keyword; inspect must mark first what is broken without asking who is
trusted, and nothing in what is in order. A code of "*" is any refusal. Damaged copies of some images may be called anything,
but the program must end by itself, and a signed image with a changed byte must not become another good one unless the byte is
covered by nothing.
"""

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

DAMAGED = ["good-v3-rsa.mbn", "good-v5-both.mbn", "good-v6-both.mbn", "good-v7-both.mbn", "good-v7-p384-64.mbn", "good-multi.mbn"]
ROUNDS = 60


def table_rows(table):
    with open(table) as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def arguments(folder, row):
    return [os.path.join(folder, a) if a.endswith(".crt") else a for a in row["args"].split()]


def check_verify(program, folder, row):
    status, out, errors = run([program, "verify", os.path.join(folder, row["file"]), *arguments(folder, row), "--json"])
    try:
        answer = json.loads(out)
    except ValueError:
        return "verify: no JSON: %r %r" % (out[:200], errors[:400])
    good, sentence = row["code"] == "ok", answer.get("sentence", "")
    if status != (0 if good else 1) or answer.get("ok") is not good or answer["verdict"] != ("accept" if good else "refuse"):
        return "verify: status %d, %s: %s" % (status, answer.get("code"), sentence)
    if answer["code"] != row["code"] and row["code"] != "*":
        return "verify: code %s, not %s: %s" % (answer["code"], row["code"], sentence)
    if row["keyword"].lower() not in sentence.lower():
        return "verify: no '%s' in: %s" % (row["keyword"], sentence)
    if good and errors or not good and (sentence not in errors or errors.count("\n") != 1):
        return "verify: stderr %r" % errors
    return None


def check_inspect(program, folder, row):
    path = os.path.join(folder, row["file"])
    status, text, errors = run([program, "inspect", path])
    if status or errors:
        return "inspect: status %d, %r" % (status, errors[:400])
    answer = json.loads(run([program, "inspect", path, "--json"])[1])
    first = answer["first_broken"]
    if answer["format"] == "mbn" and bool(first) != (b"!!" in text):
        return "inspect: text and JSON differ"
    if row["code"] == "ok":
        return "inspect: marked %s" % first if bool(first) == (row["seen"] == "yes") else None
    if row["seen"] == "yes" and (not first or row["code"] not in ("*", first["code"])):
        return "inspect: first broken is %s" % first
    return None


def check_image(program, folder, row):
    return [w for w in (check_verify(program, folder, row), check_inspect(program, folder, row)) if w]


def damage(data, dice):
    data = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 8))):
        # Half of the time in headers and hash segment, where the structure is.
        at = dice.randrange(min(len(data), dice.choice((512, 12000, len(data)))))
        kind = dice.randrange(4)
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            at &= ~3
            data[at:at + 4] = dice.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xf8\xff\xff\x7f", b"\0\0\0\x80"))
        elif kind == 2:
            del data[at:]
        else:
            data[at:at] = bytes(dice.randrange(64))
        if not data:
            break
    return bytes(data)


def check_damaged(program, folder, name):
    with open(os.path.join(folder, name), "rb") as f:
        data = f.read()
    dice, found = random.Random(name), []
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "damaged.mbn")
        for number in range(ROUNDS):
            sample = damage(data, dice)
            with open(path, "wb") as f:
                f.write(sample)
            command = [program, "verify", path, "--root", "self"] if number % 3 == 0 else [program, "inspect", path]
            command += ["--json"] if number % 2 else []
            status, out, errors = run(command)
            if status not in ((0, 1) if number % 3 == 0 else (0,)) or "Sanitizer" in errors:
                found.append("%s round %d: status %d, %s" % (name, number, status, errors[-500:]))
            elif number % 2:
                json.loads(out)
    return found


def main(argv):
    program, table, folder = argv[1:4]
    rows = table_rows(table)
    assert len(rows) >= 200, "the table has %d rows" % len(rows)
    found = []
    with ThreadPoolExecutor(2) as pool:
        for row, wrong in zip(rows, pool.map(lambda row: check_image(program, folder, row), rows)):
            found += ["%s (%s): %s" % (row["file"], row["reason"], w) for w in wrong]
        for wrong in pool.map(lambda name: check_damaged(program, folder, name), DAMAGED):
            found += wrong
    good = sum(row["code"] == "ok" for row in rows)
    print("\n".join(found + ["%d images (%d good) and %d damaged ones: %d differences" % (
        len(rows), good, ROUNDS * len(DAMAGED), len(found))]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
