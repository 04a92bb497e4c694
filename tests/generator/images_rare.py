# SPDX-License-Identifier: BSD-2-Clause
"""The table of images, continued: refusals that only an unusual file meets (check_refusals.py found that none did)."""

import struct

import container as C
import elf as E
from container import Container
from elf import Firmware, Segment
from images import Image, standard


def padding(k):
    """Lengths that are no multiples of 8, and what pads them."""
    def cut(area):  # the last record is one of 9 bytes, whose own padding is not announced
        return area[:-7]

    c = standard(k, plat=[(0x10000, b"123456789")])
    c.area_edit = cut
    message = c.build()
    at = 20 + len(c.area())
    yield Image("bad-rare-padding-records", E.patch(message, at, b"\1"), "a byte between records and signature", "record",
                "behind the records")
    c = standard(k)
    c.header["sign_len"] = 251
    data = c.build()
    yield Image("bad-rare-padding-signature", E.patch(data, c.image_at() - 1, b"\1"), "a byte between signature and image", "record",
                "behind the signature")


def counts(k):
    def notes(n):
        return [Segment(0, b"", ptype=E.PT_NOTE, flags=4) for _ in range(n)]

    many = Firmware(extra_segments=notes(130)).build()
    yield Image("bad-rare-many-headers", Container(k["rsa2048"], many).build(), "a signed table of over 128 entries", "limit",
                "hash table has")
    few = Firmware().build()
    yield Image("bad-rare-many-headers-unsigned", Container(k["rsa2048"], many, signed_elfs=[few + bytes(len(many) - len(few))]).build(),
                "over 128 program headers, few of them signed", "limit", "program headers or more")
    one = Firmware(extra_segments=notes(1)).build()
    base = E.patch(one, 44, struct.pack("<H", len(E.phdrs(one)) - 1))
    yield Image("bad-rare-header-added", Container(k["rsa2048"], one, signed_elfs=[base]).build(), "a program header more than signed",
                "segment", "added after signing")


def header(k):
    def changed(name, at, value, why, code, keyword):
        elf = Firmware().build()
        return Image(name, Container(k["rsa2048"], E.patch(elf, at, value), signed_elfs=[elf]).build(), why, code, keyword)

    half = struct.Struct("<H").pack
    word = struct.Struct("<I").pack
    yield changed("bad-rare-elf-machine", 18, half(62), "built for x86-64", "unsupported", "machine 62")
    yield changed("bad-rare-elf-ehsize", 40, half(64), "an ELF header of 64 bytes", "elf", "64 bytes, not 52")
    yield changed("bad-rare-elf-phoff", 28, word(32), "program headers inside the ELF header", "elf", "overlap the ELF header")
    yield changed("bad-rare-elf-shoff", 32, word(48), "section headers over the program headers", "elf", "section headers at")
    yield changed("bad-rare-elf-shstrndx", 50, half(9), "names in a section that is not there", "elf", "section 9")


def names(k):
    """The section of the names, and names in it."""
    elf = Firmware().build()
    shoff, = struct.unpack_from("<I", elf, 32)
    last = shoff + E.SHDR * (struct.unpack_from("<H", elf, 48)[0] - 1)
    size = len(elf)

    def changed(name, at, values, why, code, keyword, elf=elf):
        new = E.patch(elf, at, struct.pack("<%dI" % len(values), *values))
        return Image(name, Container(k["rsa2048"], new, signed_elfs=[elf]).build(), why, code, keyword)

    yield changed("bad-rare-names-outside", last + 16, [size], "names behind the end", "elf", "run past its end")
    yield changed("bad-rare-names-many", last + 16, [0, 8193], "8193 bytes of names", "limit", "8192", elf + bytes(9000))
    yield changed("bad-rare-names-headers", last + 16, [8, 16], "names inside the ELF header", "elf", "section names at")
    yield changed("bad-rare-names-sections", last + 16, [shoff, 16], "names inside the section headers", "elf",
                  "overlap the section headers")
    yield changed("bad-rare-name-outside", shoff + E.SHDR, [0x10000], "a name behind the names", "elf", "lies outside")


def destination(k):
    """A table whose virtual address, where it belongs, is not where its segment is loaded."""
    def linked(name, vaddr, why, code, keyword):
        fw = Firmware(with_table=False)
        seg = fw.add(Segment(E.SRAM + 0x9000, E.standard_table(), vaddr=vaddr))
        fw.section(".resource_table", seg, 0, len(seg.data))
        return Image(name, Container(k["rsa2048"], fw.build()).build(), why, code, keyword)

    yield linked("bad-rare-table-wraps", 0xFFFFFFF0, "the table would pass 4 GiB", "resource-table", "32-bit address space")
    yield linked("bad-rare-table-elsewhere", E.DDR, "the table belongs where nothing is loaded", "address", "resource table")
    yield linked("bad-rare-table-on-code", E.SRAM, "the table belongs on the code", "overlap", "overlaps")


def every(keys):
    for group in (padding, counts, header, names, destination):
        yield from group(keys)
