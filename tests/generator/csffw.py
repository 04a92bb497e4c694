# SPDX-License-Identifier: BSD-2-Clause
"""Write small imitations of Mali CSF firmware, right or deliberately wrong (docs/formats/mali-csffw.md)."""

import struct
from dataclasses import dataclass, field

MAGIC, SHARED_VA = 0xC3F13A6E, 0x04000000
UPDATE, OPTIONAL = 1 << 30, 1 << 31
R, W, X, CACHED, PROT, SHARED, ZERO = 1, 2, 4, 8, 32, 1 << 30, 1 << 31


@dataclass
class Entry:
    kind: int
    body: bytes
    bits: int = 0
    size: int = -1          # as told; -1: the right one

    def build(self):
        size = 4 + len(self.body) if self.size < 0 else self.size
        return struct.pack("<I", self.kind | size << 8 | self.bits) + self.body


@dataclass
class Section:
    va: int
    size: int
    flags: int
    data: bytes = b""
    at: int = -1            # data_start; -1: where the data is put
    end: int = -1           # data_end
    va_end: int = -1
    rest: bool = True       # the eight bytes behind

    def build(self, at):
        start = at if self.at < 0 else self.at
        end = start + len(self.data) if self.end < 0 else self.end
        va_end = self.va + self.size if self.va_end < 0 else self.va_end
        body = struct.pack("<5I", self.flags, self.va, va_end, start if self.data or self.at >= 0 else 0,
                           end if self.data or self.end >= 0 else 0)
        return Entry(0, body + (struct.pack("<Q", self.va << 8) if self.rest else b"")).build()


def text(name):
    return name.encode() + bytes(4 - len(name) % 4)


def sections():
    return [Section(0, 0x1000, R | CACHED, bytes(range(64))), Section(0x800000, 0x2000, R | X | CACHED, b"code" * 100),
            Section(0x2000000, 0x4000, R | W | CACHED | ZERO, b"data" * 50),
            Section(0x3000000, 0x40000, R | W | CACHED | PROT),
            Section(SHARED_VA, 0x10000, R | W | 3 << 3 | SHARED | ZERO, bytes(128))]


def others():
    return [Entry(1, struct.pack("<3I", 0x1040, 0, 3) + text("Log verbosity"), UPDATE),
            Entry(3, struct.pack("<7I", 1, 0x1014, 0x1018, 0x101C, 0x1020, 0x1024, 4) + text("firmware trace")),
            Entry(7, text("log"), OPTIONAL)]


@dataclass
class Csffw:
    sections: list = field(default_factory=sections)
    others: list = field(default_factory=others)
    magic: int = MAGIC
    major: int = 0
    interface: int = 0x030D0000
    size: int = -1
    build_text: bytes = b"git_sha: 0123456789abcdef\0"
    tail: bytes = b""       # of the table

    def build(self):
        parts = self.sections + self.others
        length = 20 + sum(len(p.build(0) if isinstance(p, Section) else p.build()) for p in parts) + 12 + len(self.tail)
        at, entries, data = length, b"", b""
        for p in parts:
            if isinstance(p, Section):
                entries += p.build(at)
                data += p.data
                at += len(p.data)
            else:
                entries += p.build()
        entries += Entry(6, struct.pack("<II", at, len(self.build_text))).build() + self.tail
        head = struct.pack("<IBBHIII", self.magic, 3, self.major, 0, self.interface, 0,
                           length if self.size < 0 else self.size)
        return head + entries + data + self.build_text


@dataclass
class Image:
    name: str
    data: bytes
    reason: str
    code: str = "ok"
    keyword: str = ""
    at: int = -1            # the byte that is marked; -1: not compared


def changed(**kwargs):
    """The standard firmware with its third section changed."""
    all_of = sections()
    for k, v in kwargs.items():
        setattr(all_of[2], k, v)
    return Csffw(all_of).build()


def every():
    good, third = Csffw().build(), 20 + 2 * 32
    yield Image("good-csf", good, "every kind of entry")
    yield Image("good-csf-plain", Csffw(others=[]).build(), "no entries but sections")
    twice = sections() + [Section(0x1000000, 0x4000, R | CACHED | ZERO, b"", 500, 600)]
    yield Image("good-csf-same-bytes", Csffw(twice).build(), "two sections may have the same bytes")
    yield Image("good-csf-empty-section", Csffw(sections() + [Section(0x800000, 0, R)]).build(), "a section of no size claims nothing")
    yield Image("bad-csf-header", good[:19], "cut inside the header", "truncated", "inside its header", 19)
    yield Image("bad-csf-major", Csffw(major=1).build(), "another major version", "version", "version 1.3", 5)
    yield Image("bad-csf-size", Csffw(size=len(good) + 1).build(), "the table runs past the file", "size", "the file has", 16)
    yield Image("bad-csf-size-small", Csffw(size=19).build(), "the table ends inside the header", "size", "19 bytes", 16)
    yield Image("bad-csf-size-0", Csffw(others=[Entry(1, b"", 0, 0)]).build(), "an entry of no size", "record", "0 bytes", 180)
    yield Image("bad-csf-size-odd", Csffw(others=[Entry(1, b"", 0, 6)]).build(), "not a multiple of 4", "record", "6 bytes", 180)
    yield Image("bad-csf-entry-past", Csffw(others=[Entry(1, b"", 0, 252)]).build(), "an entry past the table", "record",
                "runs past the table", 180)
    yield Image("bad-csf-half-word", Csffw(tail=b"\0\0").build(), "half a word behind the last entry", "record", "first word")
    yield Image("bad-csf-short-section", Csffw(sections() + [Entry(0, bytes(16))], others=[]).build(), "too short for a section",
                "record", "24 are needed", 180)
    yield Image("bad-csf-short-config", Csffw(others=[Entry(1, bytes(8))]).build(), "too short", "record", "configuration", 180)
    yield Image("bad-csf-short-trace", Csffw(others=[Entry(3, bytes(24))]).build(), "too short", "record", "trace buffer", 180)
    yield Image("bad-csf-unknown", Csffw(others=[Entry(9, b"")]).build(), "unknown and not optional", "unsupported", "type 9", 180)
    yield Image("bad-csf-flags", changed(flags=R | 1 << 6), "an unknown section flag", "unsupported", "0x00000040", third + 4)
    yield Image("bad-csf-reversed", changed(va_end=0x1000000), "ends before it starts", "segment", "before its start", third + 8)
    yield Image("bad-csf-page", changed(va=0x2000010), "not on a page", "segment", "pages of 4096", third + 8)
    yield Image("bad-csf-data-outside", changed(end=1 << 20), "data past the file", "truncated", "the file has", third + 20)
    yield Image("bad-csf-data-reversed", changed(at=400, end=300), "data ends before it starts", "segment", "before its start",
                third + 16)
    yield Image("bad-csf-data-large", changed(size=0, va_end=0x2000000), "more data than memory", "segment", "200 bytes of data",
                third + 16)
    yield Image("bad-csf-overlap", changed(va=0x801000), "two sections at one address", "overlap", "overlap", third + 8)
    kept = sections()
    kept[3].data = b"secret"
    yield Image("bad-csf-protected-data", Csffw(kept).build(), "data for protected memory", "segment", "protected section",
                20 + 3 * 32 + 16)
    kept = sections()
    kept[4].flags &= ~SHARED
    yield Image("bad-csf-not-shared", Csffw(kept).build(), "the host's interface is not shared", "segment", "not shared",
                20 + 4 * 32 + 4)
    yield Image("bad-csf-no-interface", Csffw(sections()[:4]).build(), "no interface to the host", "missing", "0x04000000")
    cut = Csffw().build()
    yield Image("bad-csf-cut", cut[:-10], "the last bytes are missing", "truncated", "build information")
