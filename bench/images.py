# SPDX-License-Identifier: BSD-2-Clause
"""Firmware of any size, as ELF bytes: the generator's standard one with more segments in DDR."""
import hashlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/generator"))
import elf  # noqa: E402


def contents(size, seed):
    """Bytes that nothing recognises as zero, cheap to make: a megabyte of noise over and over."""
    noise = b"".join(hashlib.sha256(b"%d %d" % (seed, i)).digest() for i in range(1 << 15))
    return (noise * (size // len(noise) + 1))[:size]


def large_elf(sizes, with_table=True):
    """PT_LOADs of @sizes, one after the other from the start of DDR (boards/bench-ddr.dts)."""
    firmware, at = elf.Firmware(with_table=with_table), elf.DDR
    for i, size in enumerate(sizes):
        firmware.add(elf.Segment(at, contents(size, i)))
        at += (size + 4095) & ~4095
    return firmware.build()
