#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""samples.py CUTS: small files of every format that inspect knows, for the program CUTS, which cuts them everywhere."""

import hashlib
import os
import struct
import subprocess
import sys
import tempfile

import csffw
import elf as E
import packed
from certs import Certs
from container import Container
from elf import Elf, Firmware, Segment
from keys import Keys
from mbn import Mbn
from mbn import Segment as MbnSegment


def old_layout(elf):
    """Fourteen words, a signature, the ELF: the container of 2021 vendor trees (docs/formats/rproc-container.md)."""
    sign, head = bytes(256), 56
    words = [0x3543A468, 1, head, len(sign), head, 1, 0, 0, 0, 0, 0, len(elf), head + len(sign), 1]
    return struct.pack("<14I", *words) + sign + elf


def ta(key, elf):
    """The signed file of a trusted application, by OP-TEE's layout (lib/image/ta_header.h)."""
    head = struct.pack("<IIIIHH", 0x4F545348, 1, len(elf), 0x70004830, 32, 256)
    boot = bytes(range(16)) + struct.pack("<I", 3)
    digest = hashlib.sha256(head + boot + elf).digest()
    return head + digest + bytes(256) + boot + elf


def small_elf():
    e = Elf()
    text = e.add(Segment(E.SRAM, E.CODE * 8 + E.standard_table()))
    e.section(".text", text, 0, 32)
    e.section(".resource_table", text, 32, len(E.standard_table()))
    return e.build()


def elf64():
    """An AArch64 file with two segments and one section header behind them."""
    data = b"code of 64 bits!"
    at = 64 + 2 * 56
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 183, 1, 0x1000, 64, at + 32, 0, 64, 56, 2, 64, 1, 0)
    phdrs = struct.pack("<IIQQQQQQ", 1, 5, at, 0x1000, 0x1000, 16, 16, 4096)
    phdrs += struct.pack("<IIQQQQQQ", 1, 6, at + 16, 0x2000, 0x2000, 16, 64, 4096)
    return head + phdrs + data * 2 + bytes(64)


def small_mbn(chain, **kwargs):
    parts = [MbnSegment(0x86000000, b"code" * 40), MbnSegment(0x86001000, b"data" * 9, memsz=0x100, flags=6)]
    return Mbn(chain, 7, segments=parts, chain_area=2600, **kwargs)


def every(folder):
    keys, certs = Keys(os.path.join(folder, "keys")), Certs(os.path.join(folder, "certs"))
    elf, chain = small_elf(), certs.chain("p256")
    yield "plain.elf", elf
    yield "firmware.elf", Firmware().build()
    yield "signed.rproc", Container(keys["p256"], elf).ours(7, "st,stm32mp1-m4").build()
    yield "two.rproc", Container(keys["p256"], elf, second()).build()
    yield "bad-2021.rproc", old_layout(elf)
    yield "table.bin", E.table([E.carveout(da=E.SRAM, size=0x100), E.trace(E.TRACE_AT, 256), E.vdev()])
    yield "app.ta", ta(keys["rsa2048"], elf)
    yield "wide.elf", elf64()
    yield "wide.ta", ta(keys["rsa2048"], elf64())
    yield "mali.bin", csffw.Csffw().build()
    yield "mali.bin.zst", packed.frame(csffw.Csffw().build())
    yield "mali.bin.xz", packed.xz(csffw.Csffw().build())
    yield "bad-garbage.bin", bytes(range(200))
    yield "merged.mbn", small_mbn(chain).build()
    yield "multi.mbn", small_mbn(chain).build() + small_mbn(chain, wide=True).build()


def split(folder):
    """Write a set of files for each of its members, in a folder of its own; the members' endings."""
    files = small_mbn(Certs(os.path.join(folder, "certs-split")).chain("p256")).split()
    for ending in ("mdt", "b01", "b02"):
        os.mkdir(os.path.join(folder, ending))
        # The hash segment, b03, is in the .mdt too; where it is cut there, loaders take the other one.
        for k, v in ((k, v) for k, v in files.items() if k != "b03"):
            with open(os.path.join(folder, ending, "image." + k), "wb") as f:
                f.write(v)
        yield ending


def second():
    e = Elf(entry=E.SRAM + 0x8000)
    e.add(Segment(E.SRAM + 0x8000, bytes(64), flags=6))
    return e.build()


def main(argv):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, data in every(folder):
            paths.append(os.path.join(folder, name))
            with open(paths[-1], "wb") as f:
                f.write(data)
        for ending in split(folder):
            copy = os.path.join(folder, ending, "image")
            paths.append("%s.mdt:%s.%s" % (copy, copy, ending))
        return subprocess.run([argv[1], *paths]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv))
