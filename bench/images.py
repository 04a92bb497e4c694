# SPDX-License-Identifier: BSD-2-Clause
"""Firmware of any size, as ELF bytes."""
import hashlib
import struct

PT_LOAD = 1
DDR = 0xC0000000  # of boards/bench-ddr.dts, as the processor sees it


def contents(size, seed):
    """Bytes that nothing compresses or recognises as zero, cheap to make: a megabyte of noise over and over."""
    noise = b"".join(hashlib.sha256(b"%d %d" % (seed, i)).digest() for i in range(1 << 15))
    return (noise * (size // len(noise) + 1))[:size]


def large_elf(sizes, base=DDR, first=b""):
    """An ELF with one PT_LOAD for each of @sizes, one after the other from @base on; @first: one at address 0."""
    loads = [(0, first)] if first else []
    at = base
    for i, size in enumerate(sizes):
        loads.append((at, contents(size, i)))
        at += (size + 4095) & ~4095
    offset = (52 + 32 * len(loads) + 63) & ~63
    headers, body = b"", b""
    parts = []
    for address, data in loads:
        headers += struct.pack("<8I", PT_LOAD, offset, address, address, len(data), len(data), 7, 64)
        parts.append(data + bytes(-len(data) % 64))
        offset += len(parts[-1])
    body = b"".join(parts)
    head = struct.pack("<16s2H5I6H", b"\x7fELF\x01\x01\x01", 2, 40, 1, base | 1, 52, 0, 0x05000200, 52, 32,
                       len(loads), 40, 0, 0)
    start = head + headers
    return start + bytes(-len(start) % 64) + body


def vectors(reset, stack=0x1000):
    return struct.pack("<2I", stack, reset | 1)
