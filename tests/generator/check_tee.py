#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_tee.py PROGRAM TABLE FOLDER [OUT]: every image before a virtual board's TEE, asked by `verify --tee`.

Verdict, code and keyword are the table's, and code and sentence are those of the off-line judge but for the key that a TEE
names at the end. OUT gets a line of each: file, code, sentence off-line, code, result and sentence of the TEE.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile

OFFLINE_KNOWS_MORE = {
    "key": "off-line the asked key is named, too",
    "address": "off-line the region that is for exchange is named, too",
}


def ask(*args):
    done = subprocess.run(list(args) + ["--json"], capture_output=True, text=True)
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["ok"] else 1), (args, done)
    assert answer["ok"] or answer["sentence"] in done.stderr, (args, done)
    return answer


def provision(program, folder, row, state):
    args = [program, "provision", "--key", os.path.join(folder, row["key"]), "--state", state]
    if row["require"]:
        args += ["--require", row["require"]]
    out = subprocess.run(args + ["--json"], capture_output=True, text=True, check=True).stdout
    if row["minimum"] != "0":
        # The TEE's record of what the board has run, as if it had.
        os.makedirs(os.path.join(state, "tee"), exist_ok=True)
        with open(os.path.join(state, "tee", "rollback"), "w") as f:
            f.write("m4 %s %s\n" % (json.loads(out)["fingerprint"], row["minimum"]))


def judge(program, folder, row, state):
    path, key = os.path.join(folder, row["file"]), os.path.join(folder, row["key"])
    offline = [program, "verify", path, "--key", key, "--board", "stm32mp15", "--minimum-version", row["minimum"]]
    offline = ask(*offline, *(["--require", row["require"]] if row["require"] else []))
    tee = ask(program, "verify", path, "--tee", "--state", state)
    for who, answer in (("off-line", offline), ("TEE", tee)):
        sentence = answer.get("sentence", "")
        assert answer["code"] == row["code"], "%s: %s: %s instead of %s: %s" % (
            row["file"], who, answer["code"], row["code"], sentence)
        assert row["keyword"].lower() in sentence.lower(), "%s: %s: no '%s' in: %s" % (
            row["file"], who, row["keyword"], sentence)
    said = tee.get("sentence", "").split("; trusted key ")[0]
    assert said == offline.get("sentence", "") or row["code"] in OFFLINE_KNOWS_MORE, "%s:\n  off-line: %s\n  TEE: %s" % (
        row["file"], offline.get("sentence"), tee.get("sentence"))
    who = tee["tee"].get("application"), tee["tee"].get("system", "").split(" 0.")[0]
    assert who == ("Remote processor firmware, authenticated 1.0", "Corewarden TEE"), "%s: judged by %s" % (row["file"], who)
    return offline, tee


def main(program, table, folder, out=None):
    lines, states = [], {}
    with tempfile.TemporaryDirectory() as work, open(table) as f:
        for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
            what = row["key"], row["require"], row["minimum"]
            if what not in states:
                states[what] = os.path.join(work, "state%d" % len(states))
                provision(program, folder, row, states[what])
            offline, tee = judge(program, folder, row, states[what])
            lines.append("\t".join((row["file"], offline["code"], offline.get("sentence", ""), tee["code"],
                                    "%08x" % tee["tee"]["result"], tee.get("sentence", ""))))
    if out:
        with open(out, "w") as f:
            f.write("\n".join(lines) + "\n")
    print("%d images, one judge, off-line and in the TEE" % len(lines))


main(*sys.argv[1:])
