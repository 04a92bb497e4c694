#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""qcom.py PROGRAM SOURCE SANITIZE: Qualcomm's own images, from Debian's package firmware-qcom-soc.

Every signed file verifies against its own root and inspects without a mark. One flipped bit in whatever is covered is found,
by the check that covers it; one in what is not covered is not. What is covered is worked out here, without the code under
test. Exit 77 with the reason when the package cannot be had.

A build with sanitizers reads every file, too, but flips bits in one file of each kind only: which check finds which bit is the
same there, and what it looks for instead is fuzzed (tests/fuzz/mbn.c).
"""

import collections
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

PARTS = ("common", "qti-meta", "oem-meta", "table", "qti-signature", "qti-chain", "oem-signature", "oem-chain")
WORDS = {3: (None, None, None, 5, None, None, 7, 9), 5: (None, None, None, 5, 2, 3, 7, 9),
         6: (None, 10, 11, 5, 2, 3, 7, 9), 7: (2, 3, 4, 5, 6, 7, 8, 9)}
FORM = {"elf", "truncated", "limit", "missing", "version", "size", "segment", "unsupported", "record", "magic"}
EXPECTED = {"headers": FORM | {"hash", "certificate", "signature"}, "hash-header": FORM | {"signature", "certificate"},
            "common": FORM | {"signature"}, "oem-meta": FORM | {"signature", "certificate"},
            "qti-meta": FORM | {"signature", "certificate"}, "table": {"signature"},
            "oem-signature": {"signature"}, "qti-signature": {"signature"},
            "oem-chain": {"certificate", "signature", "unsupported", "missing", "size"},
            "qti-chain": {"certificate", "signature", "unsupported", "missing", "size"}, "segment": {"hash"}}


def der_end(data, at):
    n, head = data[at + 1], 2
    if n & 0x80:
        head += n & 0x7F
        n = int.from_bytes(data[at + 2:at + head], "big")
    return at + head + n


def chain_end(data, at, end):
    while at < end and data[at] == 0x30:
        at = der_end(data, at)
    return at


class Image:
    """Covered ranges of one signed ELF file that lies at `base`."""

    def __init__(self, data, base):
        self.base, self.covered, self.free = base, collections.defaultdict(list), []
        wide = data[base + 4] == 2
        phoff, = struct.unpack_from("<Q" if wide else "<I", data, base + (32 if wide else 28))
        phnum, = struct.unpack_from("<H", data, base + (56 if wide else 44))
        self.phdrs = []
        for i in range(phnum):
            if wide:
                ptype, flags, off, _, _, size, _, _ = struct.unpack_from("<IIQQQQQQ", data, base + phoff + 56 * i)
            else:
                ptype, off, _, _, size, _, flags, _ = struct.unpack_from("<8I", data, base + phoff + 32 * i)
            self.phdrs.append((ptype, flags, base + off, size))
        hashes = [p for i, p in enumerate(self.phdrs) if i and p[1] >> 24 & 7 == 2]
        self.signed = len(hashes) == 1
        self.end = max([base + phoff] + [p[2] + p[3] for p in self.phdrs if p[3]])
        if not self.signed:
            return
        self.covered["headers"].append((base, base + self.phdrs[0][3]))
        for p in self.phdrs[1:]:
            if p[3] and p is not hashes[0]:
                self.covered["segment"].append((p[2], p[2] + p[3]))
        self.read_hash(data, hashes[0][2], hashes[0][3])

    def read_hash(self, data, at, size):
        end = at + size
        self.version, = struct.unpack_from("<I", data, at + 4)
        length = 48 if self.version == 6 else 40
        words = struct.unpack_from("<%dI" % (length // 4), data, at)
        self.hash_header = (at, at + length)
        self.covered["hash-header"].append((at, at + length))
        pos = at + length
        self.metas = []
        for part, word in zip(PARTS, WORDS[self.version]):
            size = words[word] if word is not None else 0
            if not size:
                continue
            if part.endswith("chain"):
                stop = chain_end(data, pos, pos + size)
                self.free.append((stop, pos + size))
            elif part.endswith("signature") and data[pos] == 0x30 and size < 128:
                stop = der_end(data, pos)
            else:
                stop = pos + size
            if part.endswith("meta") or part == "common":
                self.metas.append((part, pos, stop))
            self.covered[part].append((pos, stop))
            pos += size
        self.free.append((pos, end))
        self.dual = bool(self.covered.get("qti-signature"))


def images(data):
    out, at = [], 0
    while at < len(data):
        found = Image(data, at)
        out.append(found)
        at = data.find(b"\x7fELF", found.end) if found.end < len(data) else -1
        if at < 0:
            break
    return out


def firmware(folders):
    for folder in folders:
        for where, _, names in os.walk(folder):
            for name in sorted(names):
                path = os.path.join(where, name)
                if os.path.islink(path):
                    continue
                with open(path, "rb") as f:
                    if f.read(4) == b"\x7fELF":
                        yield path


def run(program, *args):
    done = subprocess.run([program, *args, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        return done.returncode, {"code": "no JSON: %r" % done.stderr[-300:]}


def flips(found, dice):
    """(what, byte, bit, may be found): a few for every kind of byte of an image."""
    for what, ranges in sorted(found.covered.items()):
        for start, end in (ranges if what != "segment" else dice.sample(ranges, min(3, len(ranges)))):
            for at in {start, end - 1, dice.randrange(start, end)} if what != "segment" else {dice.randrange(start, end)}:
                yield what, at, dice.randrange(8), True
    for start, end in found.free:
        if end > start:
            yield "free", dice.randrange(start, end), dice.randrange(8), False


def all_fields(found):
    """Every byte of the header of the hash segment, every fourth of metadata."""
    for at in range(*found.hash_header):
        yield "hash-header", at, at % 8, True
    for part, start, end in found.metas:
        for at in range(start, end, 4):
            yield part, at, at // 4 % 8, True


def check_flip(program, path, data, flip, extra):
    what, at, bit, covered = flip
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(bytes([data[at] ^ 1 << bit]))
    code, answer = run(program, "verify", path, "--root", "self", *extra)
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(data[at:at + 1])
    if not covered:
        return None if code == 0 else "byte %d (not covered) is refused: %s" % (at, answer.get("sentence"))
    if code == 1 and answer.get("code") in EXPECTED[what]:
        return None
    return "byte %d bit %d (%s): status %d, %s, %s" % (at, bit, what, code, answer.get("code"), answer.get("sentence"))


def check_file(program, path, data, found, extra, some, every):
    wrong, dice, count = [], random.Random(os.path.basename(path)), 0
    code, answer = run(program, "verify", path, "--root", "self", *extra)
    if code:
        return ["verify: %s" % answer.get("sentence", answer)], 0
    if sum("oem" in i for i in answer["images"]) != sum(i.signed for i in found):
        wrong.append("verify saw %d signed images" % len(answer["images"]))
    code, answer = run(program, "inspect", path)
    if code or answer.get("first_broken"):
        wrong.append("inspect: %s" % answer.get("first_broken", answer))
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "copy.mbn")
        with open(copy, "wb") as f:
            f.write(data)
        for image in (i for i in found if i.signed and some):
            for flip in [*flips(image, dice), *(all_fields(image) if every else ())]:
                count += 1
                answer = check_flip(program, copy, data, flip, extra)
                if answer:
                    wrong.append(answer)
    return wrong, count


def kinds(found):
    return [(i.version, i.dual) for i in found if i.signed]


def main(argv):
    program, source, sanitize = argv[1:]
    whole = sanitize == "none"
    fetched = subprocess.run([os.path.join(source, "scripts/fetch_qcom_firmware.sh")], stdout=subprocess.PIPE)
    if fetched.returncode:
        return fetched.returncode
    seen, work, unsigned, tally = set(), [], 0, collections.Counter()
    for path in firmware(fetched.stdout.decode().split()):
        with open(path, "rb") as f:
            data = f.read()
        if hash(data) in seen:
            continue
        seen.add(hash(data))
        found = images(data)
        if not any(i.signed for i in found):
            unsigned += 1
            continue
        first = any(k not in tally for k in kinds(found))
        tally.update(kinds(found))
        work.append((path, data, found, ["--unsigned-container"] if not found[0].signed else [], whole or first, whole and first))
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda w: check_file(program, *w), work))
    bad = 0
    for (path, *_), (wrong, _) in zip(work, results):
        bad += bool(wrong)
        for line in wrong:
            print("%s: %s" % (path, line))
    print("%d files (%d unsigned), %s; %d flipped bits; %d files wrong" % (
        len(work), unsigned, ", ".join("%d of version %d%s" % (n, v, " by both" if d else "")
                                       for (v, d), n in sorted(tally.items())), sum(n for _, n in results), bad))
    return 1 if bad or len(work) < 20 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
