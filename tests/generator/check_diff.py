#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_diff.py PROGRAM: `corewarden diff` on pairs of images of which we know what differs.

Each pair says which changes must be told (and no more than so many), which contents differ, and by how many bytes. Every file
must be the same as itself; damaged at random (the same way in every run), a file may say anything, but the program must end by
itself, in text and in valid JSON.
"""

import hashlib
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

import csffw
import elf as E
import packed
from certs import Certs
from check_inspect import damage
from container import Container
from elf import Firmware, Segment
from keys import Keys
from mbn import Mbn, meta7, flags7, segments
from samples import elf64, old_layout, ta


@dataclass
class Pair:
    name: str
    a: bytes
    b: bytes
    changes: list = field(default_factory=list)   # (where contains, what, was, now); None: not compared
    contents: dict = field(default_factory=dict)  # part: differing bytes; None: on one side only, or of another length
    most: int = 4                                 # changes that are no moves
    other: int = 0
    same: bool = False


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]


def signed(keys, elf, version=7):
    return Container(keys["rsa2048"], elf).ours(version, "st,stm32mp1-m4").build()


def rproc_pairs(keys):
    base = Firmware().build()
    yield Pair("version", signed(keys, base), signed(keys, base, 8), [("record firmware version", "text", "7", "8")],
               {"signature": None}, 1)
    offset = E.phdrs(base)[1][1]
    yield Pair("one-byte", signed(keys, base), signed(keys, flip(base, offset + 0x20)),
               [("signed segments, entry 1 (0x10000000)", "digest", None, None)],
               {"signature": None, "image 0, segment 0x10000000": 1}, 1)
    yield Pair("entry", signed(keys, base), signed(keys, E.patch(base, 24, struct.pack("<I", 0x10000011))),
               [("image 0", "entry", "0x10000001", "0x10000011")],
               {"signature": None, "record 0x1c001 (headers hash)": None}, 1)
    moved = Firmware(data_at=E.SRAM_DATA + 0x1000).build()
    yield Pair("moved-segment", signed(keys, base), signed(keys, moved),
               [("segments, segment 2 (0x10020000)", "paddr", "0x10020000", "0x10021000"),
                ("segments, segment 2 (0x10020000)", "vaddr", "0x10020000", "0x10021000")],
               {"signature": None, "record 0x1c001 (headers hash)": None}, 5)
    more = Firmware(extra_segments=[Segment(E.SRAM_DATA + 0x8000, bytes(40), flags=6)]).build()
    yield Pair("added-segment", signed(keys, base), signed(keys, more),
               [("segments, segment 3 (0x10028000)", None, None, None)],
               {"signature": None, "record 0x1c001 (headers hash)": None, "image 0, segment 0x10028000": None}, 9)
    yield Pair("flags", base, E.patch_phdr(base, 2, 6, 7), [("segment 2 (0x10020000)", "flags", "rw-", "rwx"),
                                                            ("", "remarks", None, None)], {}, 2)
    table = E.table([E.vdev(), E.trace(E.TRACE_AT, 0x200)])
    yield Pair("trace", base, Firmware(rsc=table).build(), [("resource table, entry trace", "text", None, None)],
               {"segment 0x10000000": 1}, 1)
    grown = E.table([E.vdev(), E.trace(E.TRACE_AT, 0x100), E.carveout(da=E.SRAM_DATA + 0x4000)])
    yield Pair("carveout", base, Firmware(rsc=grown).build(), [("resource table, entry carveout", None, None, None),
                                                                ("resource table", "num", "2", "3")],
               {"segment 0x10000000": None}, 8)
    yield Pair("old-layout", old_layout(base), flip(old_layout(base), 60), [], {"signature": 1}, 0)
    yield Pair("key", signed(keys, base), Container(keys["p256"], base).ours(7, "st,stm32mp1-m4").build(),
               [("record SIGNTYPE", "text", None, None), ("signature", "size", "256", "64")], {"signature": None}, 3)


def mbn_pairs(certs):
    chain, other = certs.chain("p384"), certs.chain("p256", name="short", days=6000)
    base = Mbn(chain)
    yield Pair("mbn-rollback", base.build(), Mbn(chain, metas={"oem": meta7(rollback=3)}).build(),
               [("OEM", "rollback", "0", "3")], {"OEM metadata": 1, "OEM signature": None}, 1)
    bound = meta7(oem=0x51, flags=flags7("oem"))
    yield Pair("mbn-oem", base.build(), Mbn(chain, metas={"oem": bound}).build(),
               [("OEM", "oem_id", "0x0", "0x51"), ("OEM", "oem_id_bound", "no", "yes")],
               {"OEM metadata": None, "OEM signature": None}, 4)
    yield Pair("mbn-certificates", base.build(), Mbn(other).build(),
               [("certificate leaf", "subject", "CN=p384 leaf,O=Corewarden tests", "CN=p256 leaf,O=Corewarden tests"),
                ("certificate leaf", "key", "ECDSA P-384", "ECDSA P-256"), ("certificate leaf", "sha256", None, None),
                ("certificate", "not_after", None, None), ("certificate root", "sha384", None, None)], {"OEM signature": None, "OEM certificate chain": None}, 40)
    changed = segments()
    changed[0].data = flip(flip(changed[0].data, 5), 700)
    yield Pair("mbn-contents", base.build(), Mbn(chain, segments=changed).build(),
               [("segment 1 (0x86000000)", "digest", None, None)],
               {"segment 0x86000000": 2, "hash table": None, "OEM signature": None}, 1)
    image = base.build()
    yield Pair("mbn-damaged", image, flip(image, 0x3000), [("first broken thing", "what", "none", None)],
               {"segment 0x86000000": 1}, 2)
    yield Pair("mbn-second", image, image + Mbn(certs.chain("p256")).build(), [("image 1", None, None, None)], most=40,
               contents={"ELF at %d, OEM signature" % len(image): None})


def other_pairs(keys):
    wide = ta(keys["rsa2048"], elf64())
    yield Pair("ta-version", wide, ta_version(keys, 4), [("ta", "version", "3", "4")], {"hash": None}, 1)
    yield Pair("elf64", elf64(), flip(elf64(), len(elf64()) - 70), [], {"segment 0x00002000": 1}, 0)
    mali = csffw.Csffw()
    yield Pair("mali-interface", mali.build(), csffw.Csffw(interface=0x03100000).build(),
               [("header", "interface_version", "3.13.0", "3.16.0")], {}, 1)
    unprotected = csffw.sections()
    unprotected[3].flags &= ~csffw.PROT
    yield Pair("mali-protected", mali.build(), csffw.Csffw(unprotected).build(),
               [("memory sections, section 3 (0x3000000)", "kind", "PROTECTED", "(nothing)")], {}, 3)
    code = csffw.sections()
    code[1].data = flip(code[1].data, 8)
    yield Pair("mali-code", mali.build(), csffw.Csffw(code).build(), [], {"section 0x00800000": 1}, 0)
    yield Pair("unknown", b"some bytes" * 9, flip(b"some bytes" * 9, 33), [], {"file": 1}, 0)
    yield Pair("formats", mali.build(), b"some bytes", [], {"file": None}, 0)
    yield Pair("packed", mali.build(), packed.xz(mali.build()), [("compression", None, None, None)], {}, 2)
    yield Pair("packings", packed.frame(mali.build()), packed.xz(mali.build()),
               [("compression", "format", "zstd", "xz")], {}, 7)
    base = Firmware().build()
    gap = base.index(bytes(4), E.phdrs(base)[2][1] + 64)
    yield Pair("between", base, flip(base, gap + 3), [], {}, 0, other=1)


def ta_version(keys, version):
    whole = ta(keys["rsa2048"], elf64())
    head, boot = whole[:20], whole[308:324] + struct.pack("<I", version)
    return head + hashlib.sha256(head + boot + whole[328:]).digest() + whole[52:308] + boot + whole[328:]


def run(program, *args):
    done = subprocess.run([program, "diff", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr


def value(v):
    return "(nothing)" if v == "" else v


def check(program, folder, pair):
    paths = [os.path.join(folder, n) for n in "ab"]
    for path, data in zip(paths, (pair.a, pair.b)):
        with open(path, "wb") as f:
            f.write(data)
        status, out, err = run(program, path, path, "--json")
        assert status == 0 and json.loads(out)["same"] and not err, ("not the same as itself", out[-500:])
    status, out, err = run(program, *paths, "--json")
    answer = json.loads(out)
    assert status == 1 and not answer["same"] and answer["ok"] and not err, (status, err)
    told = [c for c in answer["changes"] if c["kind"] != "moved"]
    for where, what, was, now in pair.changes:
        assert any(where in c["where"] and (what is None or c["what"] == what) and
                   (was is None or value(c["was"]) == was) and (now is None or value(c["now"]) == now) for c in told), \
            ("not told", where, what, told)
    assert len(told) <= pair.most, (len(told), told)
    contents = {c["part"]: c for c in answer["contents"]}
    for part, differing in pair.contents.items():
        assert part in contents, (part, list(contents))
        assert differing is None or contents[part]["differing"] == differing, contents[part]
    if pair.most < 30:
        assert set(contents) - {"segment 0x00000000"} == set(pair.contents), list(contents)
    assert answer["other_bytes"] == pair.other, answer["other_bytes"]
    status, text, err = run(program, *paths)
    assert status == 1 and not err and len(text.decode("ascii").splitlines()) < 8 + 2 * pair.most, text.decode()
    ranges = [r for c in answer["contents"] if c["a"] and c["b"] for r in c["first_ranges"]]
    assert all(r["size"] > 0 for r in ranges)


def check_damaged(program, folder, pair):
    dice, paths = random.Random(pair.name), [os.path.join(folder, n) for n in "ab"]
    for number in range(6):
        for path, data in zip(paths, (pair.a, damage(pair.b, dice))):
            with open(path, "wb") as f:
                f.write(data)
        status, out, err = run(program, *paths, *(["--json"] if number % 2 else []))
        assert status in (0, 1) and not err, (status, err[-1000:])
        if number % 2:
            assert json.loads(out)["same"] == (status == 0)


def check_usage(program, folder):
    path = os.path.join(folder, "a")
    for args in ((path,), (path, path, path), (path, "--no-such-option"), (path, os.path.join(folder, "missing"))):
        status, out, err = run(program, *args)
        assert status == 2 and err and not out, (args, status, out)
    status, out, _ = run(program, path, os.path.join(folder, "missing"), "--json")
    assert status == 2 and json.loads(out)["ok"] is False


def main(argv):
    program, found, count = argv[1], [], 0
    with tempfile.TemporaryDirectory() as folder:
        keys, certs = Keys(os.path.join(folder, "keys")), Certs(os.path.join(folder, "certs"))
        for pair in [*rproc_pairs(keys), *mbn_pairs(certs), *other_pairs(keys)]:
            count += 1
            for what in (check, check_damaged):
                try:
                    what(program, folder, pair)
                except (AssertionError, ValueError, KeyError) as e:
                    found.append("%s: %s %s" % (pair.name, what.__name__, e))
        check_usage(program, folder)
    print("\n".join(found + ["%d pairs, %d wrong" % (count, len(found))]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
