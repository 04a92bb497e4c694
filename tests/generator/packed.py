# SPDX-License-Identifier: BSD-2-Clause
"""Write zstd frames (RFC 8878) of raw and repeated blocks, and xz streams, with every property chosen.

The zstd writer is our own, so that frames no tool would write can be had; xz comes from Python's own library.
"""

import lzma
import struct
from dataclasses import dataclass

M64 = (1 << 64) - 1
P1, P2, P3, P4, P5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)


def rotate(v, n):
    return (v << n | v >> (64 - n)) & M64


def one(acc, lane):
    return rotate((acc + lane * P2) & M64, 31) * P1 & M64


def xxh64(data):
    """The xxHash of 64 bits with seed 0, after its specification."""
    at, n = 0, len(data)
    if n >= 32:
        v = [(P1 + P2) & M64, P2, 0, -P1 & M64]
        while n - at >= 32:
            for i, lane in enumerate(struct.unpack_from("<4Q", data, at)):
                v[i] = one(v[i], lane)
            at += 32
        h = (rotate(v[0], 1) + rotate(v[1], 7) + rotate(v[2], 12) + rotate(v[3], 18)) & M64
        for lane in v:
            h = ((h ^ one(0, lane)) * P1 + P4) & M64
    else:
        h = P5
    h = (h + n) & M64
    while n - at >= 8:
        h = (rotate(h ^ one(0, struct.unpack_from("<Q", data, at)[0]), 27) * P1 + P4) & M64
        at += 8
    if n - at >= 4:
        h = (rotate(h ^ struct.unpack_from("<I", data, at)[0] * P1 & M64, 23) * P2 + P3) & M64
        at += 4
    for b in data[at:]:
        h = rotate(h ^ b * P5 & M64, 11) * P1 & M64
    h = (h ^ h >> 33) * P2 & M64
    h = (h ^ h >> 29) * P3 & M64
    return h ^ h >> 32


def frame(data, size=True, check=True, dictionary=0, window=0, block=1000, checksum=None, told=None):
    """A frame of raw blocks; `window`: the descriptor byte, 0 for a single segment, which needs the size."""
    single = size and not window
    told = len(data) if told is None else told
    flags = (3 << 6 if size else 0) | single << 5 | check << 2 | (3 if dictionary else 0)
    out = struct.pack("<IB", 0xFD2FB528, flags) + (b"" if single else bytes([window or 0x58]))
    out += struct.pack("<I", dictionary) if dictionary else b""
    out += struct.pack("<Q", told) if size else b""
    pieces = [data[i:i + block] for i in range(0, len(data), block)] or [b""]
    for i, piece in enumerate(pieces):
        last = i == len(pieces) - 1
        same = len(piece) > 1 and piece == piece[:1] * len(piece)
        out += struct.pack("<I", last | same << 1 | len(piece) << 3)[:3] + (piece[:1] if same else piece)
    return out + (struct.pack("<I", (xxh64(data) if checksum is None else checksum) & 0xFFFFFFFF) if check else b"")


def skippable(data):
    return struct.pack("<II", 0x184D2A50, len(data)) + data


def bomb(size):
    """Repeated zeros: 128 KiB from every four bytes."""
    blocks = size >> 17
    out = struct.pack("<IB", 0xFD2FB528, 0) + b"\x58"
    for i in range(blocks):
        out += struct.pack("<I", (i == blocks - 1) | 2 | (1 << 17) << 3)[:3] + b"\0"
    return out


def xz(data, check=lzma.CHECK_CRC32, filters=None, dictionary=1 << 20):
    filters = (filters or []) + [{"id": lzma.FILTER_LZMA2, "dict_size": dictionary}]
    return lzma.compress(data, lzma.FORMAT_XZ, check, filters=filters)


@dataclass
class Packed:
    name: str
    data: bytes
    reason: str
    linux: bool = True
    keyword: str = ""       # in what is said about Linux
    code: str = "ok"        # of a break
    at: int = -1            # its byte in the compressed file
    whole: bool = True      # the contents are all there


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def zstds(data):
    good = frame(data)
    yield Packed("good.zst", good, "as zstd writes it")
    yield Packed("good-no-check.zst", frame(data, check=False), "without a check")
    yield Packed("good-window.zst", frame(data, window=0x58), "with a window, and a size")
    yield Packed("no-size.zst", frame(data, size=False), "from a pipe: no size", False, "how many bytes")
    yield Packed("two-frames.zst", frame(data[:100]) + frame(data[100:]), "two frames", False, "more frames")
    yield Packed("skippable-first.zst", skippable(b"note") + good, "another kind of frame first", False, "more frames")
    yield Packed("skippable-last.zst", good + skippable(b"note"), "another kind of frame last")
    yield Packed("dictionary.zst", frame(data, dictionary=0x1234), "needs a dictionary", False, "dictionary", "hash", 0, False)
    yield Packed("cut.zst", good[:-1], "the last byte is missing", False, "broken", "truncated", len(good) - 1)
    yield Packed("cut-header.zst", good[:7], "cut inside the header", False, "broken", "truncated", 7, False)
    yield Packed("cut-block.zst", good[:600], "cut inside the first block", False, "broken", "truncated", 600, False)
    yield Packed("block-type.zst", good[:13] + b"\x07\0\0" + good[16:], "a reserved type of block", False, "broken", "hash", 13, False)
    yield Packed("bad-check.zst", frame(data, checksum=1), "a wrong check", False, "broken", "hash", len(good) - 4)
    yield Packed("bad-data.zst", flip(good, 300), "a flipped bit", False, "broken", "hash", len(good) - 4)
    yield Packed("told-less.zst", frame(data, told=len(data) - 1), "more than told", False, "broken", "hash", -1, False)
    yield Packed("behind.zst", good + b"no frame", "bytes behind the frame", False, "broken", "truncated", len(good) + 8)
    yield Packed("behind-long.zst", good + b"no frame" * 9, "bytes behind the frame", False, "broken", "magic", len(good))
    yield Packed("window-huge.zst", frame(data, window=0xA8), "a window of 2 GiB", True, "", "limit", 0, False)
    yield Packed("empty.zst", frame(b""), "nothing", False, "nothing", whole=False)
    yield Packed("bomb.zst", bomb(1 << 30), "a gigabyte of zeros", False, "how many bytes", "limit", -1, False)


def xzs(data):
    good = xz(data)
    yield Packed("good.xz", good, "as Linux wants it")
    yield Packed("good-none.xz", xz(data, lzma.CHECK_NONE), "without a check")
    yield Packed("good-arm.xz", xz(data, filters=[{"id": lzma.FILTER_ARM}]), "a BCJ filter")
    yield Packed("crc64.xz", xz(data, lzma.CHECK_CRC64), "as xz writes it", False, "--check=crc32")
    yield Packed("sha256.xz", xz(data, lzma.CHECK_SHA256), "another check", False, "--check=crc32")
    yield Packed("delta.xz", xz(data, filters=[{"id": lzma.FILTER_DELTA, "dist": 4}]), "the delta filter", False, "LZMA2")
    yield Packed("bcj-start.xz", xz(data, filters=[{"id": lzma.FILTER_ARM, "start_offset": 4096}]), "BCJ elsewhere", False, "LZMA2")
    yield Packed("two-filters.xz", xz(data, filters=[{"id": lzma.FILTER_ARM}, {"id": lzma.FILTER_X86}]), "two filters", False,
                 "LZMA2")
    yield Packed("two-streams.xz", xz(data[:100]) + xz(data[100:]), "two streams", False, "first stream")
    yield Packed("padded.xz", good + bytes(8), "padding behind the stream")
    yield Packed("cut.xz", good[:-1], "the last byte is missing", False, "broken", "truncated", len(good) - 1)
    yield Packed("cut-header.xz", good[:8], "cut inside the header", False, "broken", "truncated", 8, False)
    yield Packed("bad-data.xz", flip(good, 60), "a flipped bit", False, "broken", "hash", -1, False)
    yield Packed("behind.xz", good + b"no stream behind", "bytes behind the stream", False, "broken", "magic", -1)
    big = xz(b"", dictionary=1 << 20)
    yield Packed("nothing.xz", big, "no contents", whole=False)


def every(data):
    yield from zstds(data)
    yield from xzs(data)
