# SPDX-License-Identifier: BSD-2-Clause
"""Write 32-bit ARM firmware as ELF bytes, field by field, so that every field can also be wrong.

Part of the independent generator: Python's standard library only, no code shared with what is tested. The layout follows
the ELF specification (TIS 1.2) and the kernel's resource table (include/linux/rsc_table.h), as docs/formats describe.
"""

import struct

PT_NULL, PT_LOAD, PT_NOTE = 0, 1, 4
PT_GNU_STACK, PT_ARM_EXIDX = 0x6474E551, 0x70000001
ANY = 0xFFFFFFFF

EHDR, PHDR, SHDR = 52, 32, 40

# The parts of the virtual STM32MP15 that images load into, as the Cortex-M4 sees them.
RETRAM, SRAM, SRAM_DATA, SRAM_ALIAS = 0x0, 0x10000000, 0x10020000, 0x30000000
VDEV_BUFFER, DDR, RETRAM_HOST = 0x10042000, 0xC0000000, 0x38000000


class Segment:
    """One program header and the bytes it points at."""

    def __init__(self, paddr, data=b"", memsz=None, ptype=PT_LOAD, flags=5, align=4, vaddr=None):
        self.ptype, self.paddr, self.data, self.flags, self.align = ptype, paddr, data, flags, align
        self.vaddr = paddr if vaddr is None else vaddr
        self.filesz = len(data)
        self.memsz = self.filesz if memsz is None else memsz
        self.offset = None  # given at layout, unless set


class Section:
    """A section header: a range inside a segment's data, or (segment None) bytes of its own."""

    def __init__(self, name, segment=None, at=0, size=None, data=b"", stype=1):
        self.name, self.segment, self.at, self.data, self.stype = name, segment, at, data, stype
        self.size = size
        self.addr = self.offset = None  # given at layout, unless set


class Elf:
    """Collect segments and sections, then lay them out. `e` holds the ELF header's fields for overriding."""

    def __init__(self, entry=SRAM | 1):
        self.segments, self.sections = [], []
        self.e = {"type": 2, "machine": 40, "version": 1, "entry": entry, "flags": 0x05000200,
                  "ehsize": EHDR, "phentsize": PHDR, "shentsize": SHDR}
        self.ident = bytearray(b"\x7fELF\x01\x01\x01" + bytes(9))
        self.tail = b""

    def add(self, segment):
        self.segments.append(segment)
        return segment

    def section(self, *args, **kwargs):
        self.sections.append(Section(*args, **kwargs))
        return self.sections[-1]

    def _place_segments(self, out):
        for s in self.segments:
            if s.offset is None:
                out += bytes(-len(out) % 8)
                s.offset = len(out)
                out += s.data

    def _place_sections(self, out, names):
        for s in self.sections:
            if s.segment is not None:
                s.offset = s.segment.offset + s.at if s.offset is None else s.offset
                s.addr = s.segment.vaddr + s.at if s.addr is None else s.addr
            elif s.offset is None:
                out += bytes(-len(out) % 4)
                s.offset, s.addr = len(out), s.addr or 0
                out += s.data
            if s.size is None:
                s.size = len(s.data)
            s.name_at = len(names)
            names += s.name.encode() + b"\0"

    def build(self):
        """The file's bytes. Unset header fields are computed."""
        out, names = bytearray(EHDR + PHDR * len(self.segments)), bytearray(b"\0")
        self._place_segments(out)
        self._place_sections(out, names)
        headers = bytearray(SHDR)
        for s in self.sections:
            headers += struct.pack("<10I", s.name_at, s.stype, 2, s.addr, s.offset, s.size, 0, 0, 4, 0)
        names_at = len(out)
        headers += struct.pack("<10I", len(names), 3, 0, 0, names_at, len(names) + 10, 0, 0, 1, 0)
        out += names + b".shstrtab\0"
        out += bytes(-len(out) % 4)
        self.e.setdefault("phoff", EHDR)
        self.e.setdefault("shoff", len(out))
        self.e.setdefault("phnum", len(self.segments))
        self.e.setdefault("shnum", len(self.sections) + 2)
        self.e.setdefault("shstrndx", len(self.sections) + 1)
        out += headers + self.tail
        e = self.e
        out[:EHDR] = bytes(self.ident) + struct.pack(
            "<HHIIIIIHHHHHH", e["type"], e["machine"], e["version"], e["entry"], e["phoff"], e["shoff"],
            e["flags"], e["ehsize"], e["phentsize"], e["phnum"], e["shentsize"], e["shnum"], e["shstrndx"])
        for i, s in enumerate(self.segments):
            struct.pack_into("<8I", out, EHDR + PHDR * i, s.ptype, s.offset, s.vaddr & ANY, s.paddr & ANY,
                             s.filesz, s.memsz, s.flags, s.align)
        return bytes(out)


def phdrs(elf):
    """The program headers of finished ELF bytes, as lists of eight words."""
    phoff, = struct.unpack_from("<I", elf, 28)
    phnum, = struct.unpack_from("<H", elf, 44)
    return [list(struct.unpack_from("<8I", elf, phoff + PHDR * i)) for i in range(phnum)]


def sections(elf):
    """Name, place of the header, and ten words of every section of finished bytes."""
    shoff, = struct.unpack_from("<I", elf, 32)
    shnum, shstrndx = struct.unpack_from("<HH", elf, 48)
    headers = [struct.unpack_from("<10I", elf, shoff + SHDR * i) for i in range(shnum)]
    out = []
    for i, h in enumerate(headers):
        names = headers[shstrndx][4]
        end = elf.index(b"\0", names + h[0])
        out.append((elf[names + h[0]:end].decode(), shoff + SHDR * i, h))
    return out


def table_section(elf):
    """Place of the header, address, offset and size of the first section .resource_table with bytes; None."""
    for name, at, h in sections(elf):
        if name == ".resource_table" and h[5]:
            return at, h[3], h[4], h[5]
    return None


def patch(data, at, new):
    """`data` with the bytes at `at` replaced."""
    assert 0 <= at and at + len(new) <= len(data), "patch outside"
    return data[:at] + new + data[at + len(new):]


def patch_phdr(elf, index, field, value):
    """Change one word of a program header of finished bytes; fields count type 0 to align 7."""
    phoff, = struct.unpack_from("<I", elf, 28)
    return patch(elf, phoff + PHDR * index + 4 * field, struct.pack("<I", value & ANY))


# ---- resource tables ----

def name32(text):
    return text.encode().ljust(32, b"\0")


def carveout(da=ANY, pa=ANY, size=0x1000, flags=0, reserved=0, name="heap", kind=0):
    return struct.pack("<6I", kind, da, pa, size, flags, reserved) + name32(name)


def trace(da, size, reserved=0, name="cm4_log"):
    return struct.pack("<4I", 2, da, size, reserved) + name32(name)


def vring(da=ANY, align=16, num=16, notifyid=0, pa=0):
    return struct.pack("<5I", da, align, num, notifyid, pa)


def vdev(vrings=None, count=None, reserved=b"\0\0", config=b"", config_len=None, notifyid=0, vid=7):
    vrings = [vring(notifyid=0), vring(notifyid=1)] if vrings is None else vrings
    head = struct.pack("<6IBB2s", 3, vid, notifyid, 1, 0, len(config) if config_len is None else config_len,
                       0, len(vrings) if count is None else count, reserved)
    return head + b"".join(vrings) + config


def table(entries, ver=1, num=None, reserved=(0, 0), offsets=None, tail=b""):
    """A resource table; every header word can be overridden."""
    at, placed = 16 + 4 * len(entries), []
    for e in entries:
        placed.append(at)
        at += len(e)
    offsets = placed if offsets is None else offsets
    return struct.pack("<4I", ver, len(entries) if num is None else num, *reserved) + \
        b"".join(struct.pack("<I", o) for o in offsets) + b"".join(entries) + tail


# ---- the standard firmware ----

# wfi; b .-2: sleeps for ever, which is all the life that a load test wants
CODE = bytes.fromhex("30bffde7")
TRACE_AT, TRACE_SIZE = SRAM_DATA + 0x100, 0x100
TABLE_AT = 0x200  # in the code segment


def vectors():
    """Initial stack, reset, and every other exception into the same loop."""
    return struct.pack("<64I", SRAM_DATA + 0x1000, *([SRAM | 1] * 63))


def standard_table():
    return table([vdev(), trace(TRACE_AT, TRACE_SIZE)])


class Firmware(Elf):
    """Vectors in RETRAM, code with the resource table, data and bss: the shape of a vendor's image."""

    def __init__(self, rsc=None, with_table=True, extra_segments=(), table_section_first=False, data_at=SRAM_DATA):
        super().__init__()
        self.rsc = standard_table() if rsc is None else rsc
        code = (CODE * (TABLE_AT // len(CODE))) + (self.rsc if with_table else bytes(64))
        self.vectors = self.add(Segment(RETRAM, vectors(), flags=4))
        self.text = self.add(Segment(SRAM, code + bytes(-len(code) % 4)))
        self.data = self.add(Segment(data_at, bytes(range(64)), memsz=0x1000, flags=6))
        for s in extra_segments:
            self.add(s)
        self.rsc_section = None
        if table_section_first and with_table:
            self._table_section()
        self.section(".isr_vectors", self.vectors, 0, len(self.vectors.data))
        self.section(".text", self.text, 0, TABLE_AT)
        if with_table and not table_section_first:
            self._table_section()
        self.section(".data", self.data, 0, len(self.data.data))

    def _table_section(self):
        self.rsc_section = self.section(".resource_table", self.text, TABLE_AT, len(self.rsc))
