#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_formats.py PROGRAM: `corewarden inspect` on imitations of Mali firmware, and on compressed files, whole and broken."""

import json
import os
import subprocess
import sys
import tempfile

import csffw
import packed
from container import Container
from elf import Firmware
from keys import Keys


def inspect(program, path, data):
    with open(path, "wb") as f:
        f.write(data)
    answers = []
    for flags in ((), ("--json",)):
        done = subprocess.run([program, "inspect", path, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 0 and not done.stderr, "status %d, %r" % (done.returncode, done.stderr[-2000:])
        answers.append(done.stdout)
    text, answer = answers[0].decode("ascii"), json.loads(answers[1])
    assert answer["size"] == len(data)
    assert bool(answer["first_broken"]) == ("!!" in text), "text and JSON differ"
    return text, answer


def check_csf(program, path, image):
    text, answer = inspect(program, path, image.data)
    first = answer["first_broken"]
    assert answer["format"] == "mali-csffw", answer["format"]
    if image.code == "ok":
        assert not first, first
        section = [s for s in answer["memory"]["sections"] if s["address"] == 0x3000000]
        assert section[0]["kind"] == "PROTECTED" and section[0]["size"] == 0x40000
        assert "PROTECTED" in text and "must lie in protected memory" in text
        assert answer["header"]["interface_version"] == "3.13.0"
        return
    assert first and first["code"] == image.code, first
    assert image.keyword in first["sentence"], first
    assert image.at < 0 or first["offset"] == image.at, first
    assert first["offset"] is None or first["offset"] <= len(image.data), first


def check_packed(program, path, case, contents):
    text, answer = inspect(program, path, case.data)
    c, first = answer["compression"], answer["first_broken"]
    assert c["format"] == ("zstd" if case.name.endswith("zst") else "xz") and c["compressed"] == len(case.data)
    if case.whole:
        assert c["uncompressed"] == len(contents), c
        assert answer["format"] == "rproc" and len(answer["hash_table"]["entries"]) == 3, answer["format"]
    reasons = " ".join(c.get("linux_reasons", []))
    assert case.keyword in reasons, c
    if case.code == "limit":
        assert c["linux"] is None or not c["linux"], c
    else:
        assert c["linux"] == case.linux, c
    if case.code == "ok":
        assert not case.whole or not first, first
        return
    assert first and first["code"] == case.code and first["of"] == "compressed", first
    assert case.at < 0 or first["offset"] == case.at, first
    assert first["offset"] <= len(case.data), first


def attempt(found, name, check, *args):
    try:
        check(*args)
    except (AssertionError, ValueError, KeyError, IndexError) as e:
        found.append("%s: %s %s" % (name, type(e).__name__, e))


def verify(program, *args):
    done = subprocess.run([program, "verify", *args, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, json.loads(done.stdout)


def check_verify(program, folder, keys, data):
    """verify judges what is inside."""
    path, pub = os.path.join(folder, "fw"), os.path.join(folder, "keys/rsa2048.pub.pem")
    for case in packed.every(data):
        with open(path, "wb") as f:
            f.write(case.data)
        status, answer = verify(program, path, "--key", pub)
        if case.code == "ok" and case.whole:
            assert status == 0 and answer["code"] == "ok", (case.name, answer)
        elif case.code != "ok":
            assert status == 1 and answer["code"] == case.code and "decompressed" in answer["sentence"], (case.name, answer)
    with open(path, "wb") as f:
        f.write(packed.frame(data[:900] + bytes([data[900] ^ 1]) + data[901:]))
    status, answer = verify(program, path, "--key", pub)
    assert status == 1 and answer["code"] in ("signature", "hash", "segment", "key"), answer


def main(argv):
    program, found = argv[1], []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "mali_csffw.bin")
        images = list(csffw.every())
        for image in images:
            attempt(found, image.name, check_csf, program, path, image)
        keys = Keys(os.path.join(folder, "keys"))
        contents = Container(keys["rsa2048"], Firmware().build()).build()
        cases = list(packed.every(contents))
        for case in cases:
            attempt(found, case.name, check_packed, program, path, case, contents)
        attempt(found, "verify", check_verify, program, folder, keys, contents)
    print("\n".join(found + ["%d Mali images and %d compressed ones, %d wrong" % (len(images), len(cases), len(found))]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
