#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_inspect.py PROGRAM TABLE FOLDER: `corewarden inspect` on every image, and on damaged copies of some.

What the judge refuses for its form, inspect must mark as the first broken thing, with the same kind and an offset inside
the file; what is in order must have no mark. Damaged at random (the same way in every run), a file may say anything, but
the program must end by itself with status 0, in text and in valid JSON.
"""

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from check_verify import rows

# Not visible without a key, a board, or what the board insists on.
UNSEEN = {"signature", "key", "rollback", "target", "required", "address"}
# Other formats: nothing is broken in a plain ELF; one byte is no format at all.
OTHER = {"plain-elf"}
NOT_CONTAINERS = {"bad-cut-1.rproc"}
# The offset told is where the missing bytes would be.
BEYOND = {"bad-offset.rproc", "bad-offset-wraps.rproc"}
DAMAGED = ["good-ours-rsa2048", "good-eight-images", "good-table-full", "good-exidx-same-address", "bad-old-layout",
           "bad-plain-elf"]
ROUNDS = 40


def inspect(program, path, *flags):
    done = subprocess.run([program, "inspect", path, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode or done.stderr:
        raise AssertionError("exit %d, stderr %r" % (done.returncode, done.stderr[:2000]))
    return done.stdout


def check_image(program, folder, row):
    path = os.path.join(folder, row["file"])
    text = inspect(program, path).decode("ascii")
    answer = json.loads(inspect(program, path, "--json"))
    first = answer["first_broken"]
    if answer["size"] != os.path.getsize(path):
        return "size %d" % answer["size"]
    if bool(first) != ("!!" in text):
        return "text and JSON differ"
    if row["verdict"] == "accept" and first:
        return "marked: %s" % first
    if row["verdict"] == "accept" or row["code"] in UNSEEN | OTHER or row["file"] in NOT_CONTAINERS | {"bad-overlap-alias.rproc"}:
        return None
    if not first or first["code"] != row["code"]:
        return "expected %s, first broken is %s" % (row["code"], first)
    if first["offset"] is not None and not 0 <= first["offset"] <= answer["size"] and row["file"] not in BEYOND:
        return "offset %d is outside" % first["offset"]
    return None


def damage(data, dice):
    data = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 8))):
        at = dice.randrange(len(data))
        kind = dice.randrange(4)
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[at:at + 4] = dice.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xf8\xff\xff\x7f", b"\0\0\0\x80"))
        elif kind == 2:
            del data[at:]
        else:
            data[at:at] = bytes(dice.randrange(64))
        if not data:
            break
    return bytes(data)


def check_damaged(program, folder, name):
    with open(os.path.join(folder, name + ".rproc"), "rb") as f:
        data = f.read()
    dice, found = random.Random(name), []
    for number in range(ROUNDS):
        read, write = os.pipe()
        sample = damage(data, dice)
        os.write(write, sample)  # smaller than a pipe
        os.close(write)
        flag = ["--json"] if number % 2 else []
        done = subprocess.run([program, "inspect", "/dev/fd/%d" % read, *flag], pass_fds=[read], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        os.close(read)
        try:
            assert done.returncode == 0 and not done.stderr, "exit %d: %r" % (done.returncode, done.stderr[:2000])
            if flag:
                json.loads(done.stdout)
        except (AssertionError, ValueError) as e:
            found.append("%s round %d: %s; bytes: %s" % (name, number, e, sample.hex()))
    return found


def main(argv):
    program, table, folder = argv[1:4]
    table, found = rows(table), []
    with ThreadPoolExecutor(2) as pool:
        for row, wrong in zip(table, pool.map(lambda row: check_image(program, folder, row), table)):
            if wrong:
                found.append("%s: %s" % (row["file"], wrong))
        for wrong in pool.map(lambda name: check_damaged(program, folder, name), DAMAGED):
            found += wrong
    print("\n".join(found + ["%d images and %d damaged ones inspected, %d wrong" % (
        len(table), ROUNDS * len(DAMAGED), len(found))]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
