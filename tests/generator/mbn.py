# SPDX-License-Identifier: BSD-2-Clause
"""Write Qualcomm images without the code under test (docs/formats/mbn.md); every part can be made wrong.

Overrides: words {index: value} before signing, late_words after; entries {index: bytes} of the hash table, before signing;
metas {authority: bytes}; areas {part: bytes}, after signing; phdrs {index: {field: value}}; part sizes follow unless words say
otherwise.
"""

import hashlib
import struct
from dataclasses import dataclass, field

PARTS = ("common", "qti-meta", "oem-meta", "table", "qti-signature", "qti-chain", "oem-signature", "oem-chain")
WORDS = {3: (None, None, None, 5, None, None, 7, 9), 5: (None, None, None, 5, 2, 3, 7, 9),
         6: (None, 10, 11, 5, 2, 3, 7, 9), 7: (2, 3, 4, 5, 6, 7, 8, 9)}
OTHERS = {5: {"oem": (2, 3), "qti": (7, 9)}, 6: {"oem": (2, 3), "qti": (7, 9)}, 7: {"oem": (6, 7), "qti": (8, 9)}}
AREA = {"rsa": 256, "pss": 256, "p384": 104, "p256": 72}
PAGE = 4096


def meta6(software=4, oem=0, model=0, flags=0, socs=(), rollback=0, root=0, major=0, hw=0, app=0, serials=()):
    socs, serials = tuple(socs) + (0,) * (12 - len(socs)), tuple(serials) + (0,) * (8 - len(serials))
    return struct.pack("<8I12I8III", major, 0, software, hw, oem, model, app, flags, *socs, *serials, root, rollback)


def flags7(*yes):
    names = ("soc", "feature", "hw", "serial", "oem", "model", "soc-life", "life", "root", "debug", "rot")
    return sum((2 if n in yes else 1) << 2 * i for i, n in enumerate(names))


def meta7(oem=0, model=0, flags=flags7(), socs=(), rollback=0, root=0, root_hash=b"", algorithm=0):
    socs = tuple(socs) + (0,) * (12 - len(socs))
    return (struct.pack("<4I12III", 2, 0, rollback, root, *socs, 0, 0) + bytes(64) + struct.pack("<IIQI", oem, model, 0, algorithm)
            + root_hash.rjust(64, b"\0") + struct.pack("<I", flags))


def common7(software=4, algorithm=3, measurement=0):
    return struct.pack("<6I", 0, 0, software, 0, algorithm, measurement)


@dataclass
class Segment:
    paddr: int
    data: bytes
    memsz: int = -1
    ptype: int = 1
    flags: int = 0x08000005
    at: int = -1     # p_offset; -1: the next page
    align: int = PAGE


def segments():
    return [Segment(0x86000000, bytes(range(256)) * 5), Segment(0x86001000, b"data of the image" * 9, memsz=0x800, flags=0x08000006),
            Segment(0x86002000, b"", memsz=0x1000, flags=0x08000006),
            Segment(0, b"", memsz=0, ptype=0x6474E551, flags=6)]


@dataclass
class Mbn:
    oem: object                      # Chain
    version: int = 7
    qti: object = None
    wide: bool = False
    segments: list = field(default_factory=segments)
    metas: dict = field(default_factory=dict)
    sw_id: int = 4
    hw_id: int = 0
    words: dict = field(default_factory=dict)
    late_words: dict = field(default_factory=dict)
    entries: dict = field(default_factory=dict)
    areas: dict = field(default_factory=dict)
    phdrs: dict = field(default_factory=dict)
    hash_flags: int = 0x02000000
    extra_hash: int = 0              # room behind the parts
    room: bytes = b"\xff"
    cut_hash: int = 0
    table: object = None             # a function of the table
    chain_area: int = 0
    digest: str = ""
    ehdr: dict = field(default_factory=dict)  # offset: bytes
    no_signature: tuple = ()         # authorities whose parts are left out

    def hash_index(self):
        return len(self.segments) + 1 if self.version == 7 else 1

    def hasher(self):
        return getattr(hashlib, self.digest or ("sha256" if self.version < 6 else "sha384"))

    def part_sizes(self, table):
        area = self.chain_area or (6144 if self.version < 6 else 4320)
        out = {"common": 24 if self.version == 7 else 0, "table": len(table)}
        for who, chain in (("oem", self.oem), ("qti", self.qti)):
            there = chain is not None and who not in self.no_signature
            out[who + "-signature"] = AREA[chain.kind] if there else 0
            out[who + "-chain"] = area if there else 0
            out[who + "-meta"] = len(self.meta(who)) if chain is not None else 0
        return out

    def meta(self, who):
        if self.version < 6:
            return b""
        if who in self.metas:
            return self.metas[who]
        return meta6() if self.version == 6 else meta7()

    def layout(self):
        """Program headers as lists, with the hash segment's size from the parts."""
        size = (64, 56) if self.wide else (52, 32)
        n = len(self.segments) + 2
        headers = size[0] + n * size[1]
        width = self.hasher()().digest_size
        self.sizes = self.part_sizes(bytes(n * width))
        length = 48 if self.version == 6 else 40
        hash_size = length + sum(self.sizes.values()) + self.extra_hash - self.cut_hash
        at = PAGE + -(-hash_size // PAGE) * PAGE
        rows = [dict(type=0, flags=0x07000000, offset=0, vaddr=0, paddr=0, filesz=headers, memsz=0, align=0)]
        top = 0
        for s in self.segments:
            offset = s.at if s.at >= 0 else at
            memsz = len(s.data) if s.memsz < 0 else s.memsz
            rows.append(dict(type=s.ptype, flags=s.flags, offset=offset, vaddr=s.paddr, paddr=s.paddr, filesz=len(s.data),
                             memsz=memsz, align=s.align))
            top = max(top, s.paddr + memsz if s.ptype == 1 else 0)
            if s.at < 0 and s.data:
                at += -(-len(s.data) // PAGE) * PAGE
        self.load = -(-top // PAGE) * PAGE if self.version < 6 else 0
        rows.insert(self.hash_index(), dict(type=0, flags=self.hash_flags, offset=PAGE, vaddr=self.load, paddr=self.load,
                                            filesz=hash_size, memsz=hash_size, align=PAGE))
        for i, changes in self.phdrs.items():
            rows[i].update(changes)
        return headers, rows, at

    def headers(self, rows):
        n = len(rows)
        if self.wide:
            out = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 183, 1, 0x86000000, 64, 0, 0, 64, 56, n, 64, 0, 0)
            form = "<IIQQQQQQ"
            order = ("type", "flags", "offset", "vaddr", "paddr", "filesz", "memsz", "align")
        else:
            out = b"\x7fELF\1\1\1" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 2, 164, 1, 0x86000000, 52, 0, 0, 52, 32, n, 40, 0, 0)
            form, order = "<8I", ("type", "offset", "vaddr", "paddr", "filesz", "memsz", "flags", "align")
        for at, data in self.ehdr.items():
            out = out[:at] + data + out[at + len(data):]
        return out + b"".join(struct.pack(form, *(r[k] for k in order)) for r in rows)

    def make_table(self, head, rows):
        h, data = self.hasher(), {i: s.data for i, s in zip((i for i in range(1, len(rows)) if i != self.hash_index()), self.segments)}
        out = []
        for i, row in enumerate(rows):
            if i == 0:
                # What program header 0 says it covers, whatever that is.
                entry = h(head[:row["filesz"]]).digest()
            elif i == self.hash_index() or not data[i]:
                entry = bytes(h().digest_size)
            else:
                entry = h(data[i]).digest()
            out.append(self.entries.get(i, entry))
        return b"".join(out)

    def header_words(self):
        length = 12 if self.version == 6 else 10
        words = [0] * length
        words[1] = self.version
        for part, word in zip(PARTS, WORDS[self.version]):
            if word is not None:
                words[word] = self.sizes[part]
        rest = sum(v for k, v in self.sizes.items() if not k.endswith("meta") and k != "common")
        if self.version < 7:
            words[4] = rest
            words[6] = words[8] = 0xFFFFFFFF
        if self.version == 3:
            words[3] = self.load + 40
            words[6], words[8] = words[3] + self.sizes["table"], words[3] + self.sizes["table"] + 256
        for i, value in self.words.items():
            words[i] = value
        return words

    def message(self, who, words, parts):
        words, zero = list(words), ""
        if self.qti is not None and not self.no_signature:
            zero = "qti" if who == "oem" else "oem"
            for i in OTHERS[self.version][who]:
                words[i] = 0
        out = struct.pack("<%dI" % len(words), *words)
        for part in PARTS[:4]:
            data = parts.get(part, b"")
            out += bytes(len(data)) if zero and part == zero + "-meta" else data
        return out

    def signature(self, who, chain, words, parts):
        message = self.message(who, words, parts)
        if chain.kind == "rsa":
            h = hashlib.sha256(message).digest()
            for ident, pad in ((self.sw_id, 0x36), (self.hw_id, 0x5C)):
                h = hashlib.sha256(bytes(b ^ pad for b in ident.to_bytes(8, "big")) + h).digest()
            message = h
        return chain.sign(message).ljust(AREA[chain.kind], b"\0")

    def hash_segment(self, head, rows):
        table = self.make_table(head, rows)
        if self.table:
            table = self.table(table)
        parts = {"common": self.metas.get("common", common7()) if self.version == 7 else b"", "table": table}
        for who, chain in (("oem", self.oem), ("qti", self.qti)):
            if chain is not None:
                parts[who + "-meta"] = self.meta(who)
        words = self.header_words()
        for who, chain in (("oem", self.oem), ("qti", self.qti)):
            if chain is not None and who not in self.no_signature:
                parts[who + "-signature"] = self.signature(who, chain, words, parts)
                parts[who + "-chain"] = b"".join(chain.ders).ljust(self.sizes[who + "-chain"], b"\xff")
        parts.update(self.areas)
        for i, value in self.late_words.items():
            words[i] = value
        out = struct.pack("<%dI" % len(words), *words) + b"".join(parts.get(p, b"") for p in PARTS)
        out += self.room * self.extra_hash
        return out[:len(out) - self.cut_hash] if self.cut_hash else out

    def pieces(self):
        """ELF headers, hash segment, rows."""
        _, rows, end = self.layout()
        head = self.headers(rows)
        return head, self.hash_segment(head, rows), rows, end

    def build(self):
        head, segment, rows, end = self.pieces()
        out = bytearray(end)
        out[:len(head)] = head
        out[PAGE:PAGE + len(segment)] = segment
        others = (r for i, r in enumerate(rows) if i and i != self.hash_index())
        for row, s in zip(others, self.segments):
            if s.data:
                place = row["offset"]
                if place + len(s.data) > len(out):
                    out.extend(bytes(place + len(s.data) - len(out)))
                out[place:place + len(s.data)] = s.data
        last = max([PAGE + len(segment)] + [r["offset"] + r["filesz"] for r in rows if r["filesz"] and r["offset"] < len(out)])
        return bytes(out[:min(last, len(out))])

    def split(self):
        """{ending: bytes}: the .mdt and its .bNN."""
        head, segment, rows, _ = self.pieces()
        files = {"mdt": head + segment, "b00": head, "b%02d" % self.hash_index(): segment}
        others = (i for i in range(1, len(rows)) if i != self.hash_index())
        for i, s in zip(others, self.segments):
            if s.data:
                files["b%02d" % i] = s.data
        return files
