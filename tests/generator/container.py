# SPDX-License-Identifier: BSD-2-Clause
"""Write signed remoteproc containers, right or deliberately wrong.

A Container is a list of records, a list of ELF files and a few header words. Whatever is changed before build() is
signed with the rest, so that exactly the intended damage is in the file; after() changes finished bytes.
"""

import hashlib
import struct

import elf as E

MAGIC = 0x3543A468
SIGNTYPE, HASHTYPE, NUM_IMG, IMGTYPE, IMGSIZE, HASHTABLE, PKEYINFO = 1, 2, 3, 4, 5, 0x10, 0x11
HEADERS, VERSION, TARGET, ENCRYPTION, FLAGS, TABLE = 0x1C001, 0x1C002, 0x1C003, 0x1C004, 0x1C005, 0x1C006


def pad8(data):
    return data + bytes(-len(data) % 8)


def record(rtype, value):
    return struct.pack("<II", rtype, len(value)) + pad8(value)


def hash_entries(elf):
    """One signed entry for each program header: its eight words and the digest of its bytes."""
    out = []
    for p in E.phdrs(elf):
        data = elf[p[1]:p[1] + p[4]]
        out.append(struct.pack("<8I", *p) + hashlib.sha256(data).digest())
    return out


def headers_digest(elf):
    phoff, = struct.unpack_from("<I", elf, 28)
    phnum, = struct.unpack_from("<H", elf, 44)
    return hashlib.sha256(elf[:E.EHDR] + elf[phoff:phoff + E.PHDR * phnum]).digest()


def table_record(*elfs):
    """Where the sections say that the resource table is: image, address, size; zeros for nowhere."""
    for i, elf in enumerate(elfs):
        found = E.table_section(elf)
        if found:
            return struct.pack("<3I", i, found[1], found[3])
    return bytes(12)


class Container:
    def __init__(self, key, *elfs, records=(), pkeyinfo=None, plat=(), signed_elfs=None):
        """`signed_elfs`: what the records are computed from, when `elfs` were changed after signing."""
        self.key, self.elfs = key, [pad8(e) for e in elfs]
        self.basis = basis = [pad8(e) for e in (signed_elfs or elfs)]
        self.entries = [h for e in basis for h in hash_entries(e)]
        self.records = [
            [SIGNTYPE, b"\x01" if key.rsa else b"\x02"],
            [NUM_IMG, bytes([len(elfs) & 0xFF])],
            [IMGTYPE, b"\x01" * len(elfs)],
            [IMGSIZE, b"".join(struct.pack("<I", len(e)) for e in basis)],
            [HASHTYPE, b"\x01"],
            [HASHTABLE, None],
        ]
        if pkeyinfo is not None:
            self.records.append([PKEYINFO, pkeyinfo])
        self.records += [list(r) for r in plat] + [list(r) for r in records]
        self.header = {"magic": MAGIC, "version": 1}
        self.area_tail = b""       # more bytes in the record area, signed
        self.area_edit = None      # function over the finished record area, before signing
        self.signature_edit = None
        self.sign_key = key

    def ours(self, version=None, target=None, headers=True, flags=None, table=True):
        """Add this project's records."""
        if headers:
            self.records.append([HEADERS, b"".join(headers_digest(e) for e in self.elfs)])
        if version is not None:
            self.records.append([VERSION, struct.pack("<Q", version)])
        if target is not None:
            self.records.append([TARGET, target.encode()])
        if flags is not None:
            self.records.append([FLAGS, struct.pack("<I", flags)])
        if table:
            self.records.append([TABLE, table_record(*self.basis)])
        return self

    def set(self, rtype, value):
        """Change a record's value; None takes the record out."""
        assert any(r[0] == rtype for r in self.records)
        if value is None:
            self.records = [r for r in self.records if r[0] != rtype]
        for r in self.records:
            if r[0] == rtype:
                r[1] = value
        return self

    def area(self):
        out = b""
        for rtype, value in self.records:
            if rtype == HASHTABLE and value is None:
                value = b"".join(self.entries)
            out += record(rtype, value)
        out += self.area_tail
        return self.area_edit(out) if self.area_edit else out

    def build(self):
        area, images = self.area(), b"".join(self.elfs)
        size = {"rsa2048": 256, "rsa3072": 384, "rsa4096": 512}.get(self.sign_key.name, 256 if self.key.rsa else 64)
        h = self.header
        h.setdefault("tlv_len", len(area))
        h.setdefault("sign_len", size)
        h.setdefault("img_len", len(images))
        head = struct.pack("<5I", h["magic"], h["version"], h["tlv_len"], h["sign_len"], h["img_len"])
        message = head + pad8(area)
        signature = self.sign_key.sign(message)
        if self.signature_edit:
            signature = self.signature_edit(signature, message)
        return message + pad8(signature) + images

    def where(self, rtype):
        """File offset of a record's head, for damage after signing."""
        at = 20
        for t, value in self.records:
            if t == rtype:
                return at
            at += len(record(t, b"".join(self.entries) if t == HASHTABLE and value is None else value))
        raise KeyError(rtype)

    def image_at(self, index=0):
        """File offset of an image."""
        sign = 64 if not self.sign_key.rsa else {"rsa3072": 384, "rsa4096": 512}.get(self.sign_key.name, 256)
        return 20 + len(pad8(self.area())) + sign + sum(len(e) for e in self.elfs[:index])


def old_layout(key, elf):
    """The 2021 vendor layout: same magic and version, 14 header words, no records."""
    table = b"".join(hash_entries(elf))
    head_len, key_info = 56, b""
    phdr_at = head_len
    sign_at = phdr_at + len(table)
    image_at = sign_at + 256
    head = struct.pack("<14I", MAGIC, 1, head_len, 256, sign_at, 1, len(table), phdr_at, 1, len(key_info), 0,
                       len(elf), image_at, 1)
    return head + table + key.sign(head + table) + elf
