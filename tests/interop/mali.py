#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""mali.py PROGRAM SOURCE: firmware of Mali GPUs from Debian's package firmware-misc-nonfree.

Each file inspects without a mark, and its sections, names and build information are those that a reader written here finds.
Cut anywhere or with an entry's size broken, it is marked. Exit 77 with the reason when the package cannot be had.
"""

import json
import os
import struct
import subprocess
import sys
import tempfile


def read(data):
    """{type: [bodies]} of the entries, by Panthor's layout."""
    size, = struct.unpack_from("<I", data, 16)
    at, out = 20, {}
    while at < size:
        word, = struct.unpack_from("<I", data, at)
        out.setdefault(word & 0xFF, []).append((at, data[at + 4:at + (word >> 8 & 0xFF)]))
        at += word >> 8 & 0xFF
    assert at == size
    return out


def inspect(program, path):
    done = subprocess.run([program, "inspect", path, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0 and not done.stderr, done.stderr[-2000:]
    return json.loads(done.stdout)


def text(body):
    return body.split(b"\0")[0].decode()


def check(program, path, data, copy):
    answer, entries = inspect(program, path), read(data)
    assert answer["format"] == "mali-csffw" and answer["first_broken"] is None, answer["first_broken"]
    found = answer["memory"]["sections"]
    assert len(found) == len(entries[0])
    protected = 0
    for told, (at, body) in zip(found, entries[0]):
        flags, start, end, data_start, data_end = struct.unpack_from("<5I", body)
        assert (told["offset"], told["flags"], told["address"], told["size"], told["data_offset"], told["data_size"]) == \
            (at, flags, start, end - start, data_start, data_end - data_start), told
        assert ("PROTECTED" in told["kind"]) == bool(flags & 32)
        protected += bool(flags & 32)
    assert protected == 1, "%d protected sections" % protected
    assert [o["name"] for o in answer["configuration"]["options"]] == [text(b[12:]) for _, b in entries[1]]
    assert [o["name"] for o in answer["trace"]["buffers"]] == [text(b[28:]) for _, b in entries[3]]
    assert any(e["text"].startswith("git_sha: ") for e in answer["others"]["entries"] if e["type"] == 6)
    for length in (0, 3, 19, 20, 21, 500, len(data) // 2, max(struct.unpack_from("<5I", b)[4] for _, b in entries[0]) - 1):
        with open(copy, "wb") as f:
            f.write(data[:length])
        assert inspect(program, copy)["first_broken"], "cut to %d bytes" % length
    for at, _ in entries[0]:
        with open(copy, "wb") as f:
            f.write(data[:at + 1] + b"\0" + data[at + 2:])
        first = inspect(program, copy)["first_broken"]
        assert first["code"] == "record" and first["offset"] == at, first


def main(argv):
    program, source = argv[1:3]
    fetched = subprocess.run([os.path.join(source, "scripts/fetch_mali_firmware.sh")], stdout=subprocess.PIPE)
    if fetched.returncode:
        return fetched.returncode
    paths = sorted(os.path.join(where, n) for folder in fetched.stdout.decode().split()
                   for where, _, names in os.walk(folder) for n in names)
    seen, versions = set(), set()
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            with open(path, "rb") as f:
                data = f.read()
            if data[:4] == b"\x6e\x3a\xf1\xc3" and data not in seen:
                seen.add(data)
                versions.add(data[11])
                check(program, path, data, os.path.join(folder, "copy"))
    print("%d files, interface versions %s" % (len(seen), ", ".join(map(str, sorted(versions)))))
    return 0 if seen else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
