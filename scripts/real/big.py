# SPDX-License-Identifier: BSD-2-Clause
"""big.py GENERATOR OUT BYTES [MORE]: an ELF file with one segment of BYTES bytes for the machine's processor with megabytes of
memory, and MORE bytes behind it that are not loaded."""
import os
import random
import sys

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from elf import Elf, Segment  # noqa: E402

size = int(sys.argv[3])
elf = Elf(entry=0x80000000)
elf.add(Segment(0x80000000, random.Random(size).randbytes(size), flags=7))
elf.tail = bytes(int(sys.argv[4]) if len(sys.argv) > 4 else 0)
with open(os.path.abspath(sys.argv[2]), "wb") as f:
    f.write(elf.build())
