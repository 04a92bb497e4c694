#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""encrypted.py FOLDER TABLE [--firmware ELF]: encrypted images, good ones and every way to be wrong.

TABLE is tab-separated with a heading line: file, key (public, PEM), device (the board's device key, DER, or "-": it has none),
offline (the code of who has no key), code and keyword (of the board), reason. Off-line an image is judged by all but what is
encrypted, so most are fine there.
"""

import hashlib
import os
import struct
import sys

import container as C
import elf as E
import seal
from container import Container
from elf import Firmware, Segment
from keys import Keys, openssl

COLUMNS = ("file", "key", "device", "offline", "code", "keyword", "reason")
TARGET = "st,stm32mp1-m4"


class Device:
    def __init__(self, folder, name):
        self.private = os.path.join(folder, "keys", name + ".der")
        self.public = os.path.join(folder, "keys", name + ".device.pem")
        if not os.path.exists(self.public):
            pem = os.path.join(folder, "keys", name + ".pem")
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", pem)
            openssl("pkcs8", "-topk8", "-nocrypt", "-in", pem, "-outform", "DER", "-out", self.private)
            openssl("pkey", "-in", pem, "-pubout", "-out", self.public)
        self.row = "keys/%s.der" % name


class Sealed:
    """An image whose segments are encrypted, with hooks for what shall be wrong."""

    def __init__(self, key, device, folder, *elfs, signer=None, other_header=False):
        self.key, self.content = key, os.urandom(32)
        self.seals = []
        self.elfs = [self.encrypt(C.pad8(e), other_header) for e in elfs]
        self.plain = elfs
        self.wrapped = seal.wrap(folder, device.public, hashlib.sha256((signer or key).spki()).digest(), self.content)

    def encrypt(self, elf, other_header):
        out = bytearray(elf)
        for n, p in enumerate(E.phdrs(elf)):
            if p[0] != E.PT_LOAD:
                continue
            if not p[4]:
                self.seals.append(bytes(28))
                continue
            head, iv = struct.pack("<8I", *p), os.urandom(12)
            if other_header:
                head = head[:12] + struct.pack("<I", p[3] ^ 0x100) + head[16:]
            data, tag = seal.gcm(self.content, iv, head, elf[p[1]:p[1] + p[4]])
            out[p[1]:p[1] + p[4]] = data
            self.seals.append(iv + tag)
        return bytes(out)

    def record(self):
        return b"".join(self.seals) + self.wrapped

    def flip(self, seal_number, at):
        s = bytearray(self.seals[seal_number])
        s[at] ^= 1
        self.seals[seal_number] = bytes(s)
        return self

    def flip_wrapped(self, at):
        w = bytearray(self.wrapped)
        w[at] ^= 1
        self.wrapped = bytes(w)
        return self

    def build(self, with_record=True, table=True, version=7):
        c = Container(self.key, *self.elfs).ours(version=version, target=TARGET, table=False)
        if with_record:
            c.records.append([C.ENCRYPTION, self.record()])
        if table:
            c.records.append([C.TABLE, C.table_record(*self.plain)])
        return c.build()


def good(k, device, folder, firmware):
    fw = Firmware().build()

    def row(name, data, why, key="rsa2048"):
        return name, data, key, device, "ok", "ok", "", why

    for name in ("rsa2048", "p256"):
        yield row("sealed-" + name, Sealed(k[name], device, folder, fw).build(), "encrypted to this board", name)
    yield row("sealed-no-table-record", Sealed(k["rsa2048"], device, folder, fw).build(table=False),
              "the table is searched for in what was decrypted")
    bare = Firmware(with_table=False).build()
    yield row("sealed-no-table", Sealed(k["rsa2048"], device, folder, bare).build(), "no resource table")
    bss = Firmware(extra_segments=[Segment(E.SRAM + 0x9000, b"", memsz=0x400)]).build()
    yield row("sealed-bss", Sealed(k["rsa2048"], device, folder, bss).build(), "a segment without bytes")
    second = E.Elf(entry=E.SRAM + 0x8000)
    second.add(Segment(E.SRAM + 0x8000, bytes(range(256)), flags=6))
    yield row("sealed-two-images", Sealed(k["rsa2048"], device, folder, fw, second.build()).build(), "two ELF files, one key")
    odd = Firmware(extra_segments=[Segment(E.SRAM + 0x9001, b"\1\2\3", align=1), Segment(E.SRAM + 0x9004, b"\4", align=1)])
    yield row("sealed-odd", Sealed(k["rsa2048"], device, folder, odd.build()).build(), "segments of 3 and 1 bytes")
    if firmware:
        yield row("sealed-firmware", Sealed(k["rsa2048"], device, folder, firmware).build(), "a real firmware")


def bad_keys(k, device, other, folder):
    fw, key = Firmware().build(), k["rsa2048"]

    def row(name, data, why, keyword, board=device):
        return name, data, "rsa2048", board, "ok", "device-key", keyword, why

    whole = Sealed(key, device, folder, fw)
    yield row("bad-sealed-no-key", whole.build(), "the board has no device key", "this board has no device key", None)
    yield row("bad-sealed-other-board", whole.build(), "encrypted to another board", "does not open", other)
    yield row("bad-sealed-signer", Sealed(key, device, folder, fw, signer=k["other"]).build(), "made for another signer's images",
              "does not open")
    for at, what in ((1, "the point, off its curve"), (64, "the point's last byte"), (65, "the wrapped key"), (96, "its last byte"),
                     (97, "its tag"), (112, "the tag's last byte")):
        yield row("bad-sealed-wrapped-%d" % at, Sealed(key, device, folder, fw).flip_wrapped(at).build(), "a bit changed in " + what,
                  "does not open")
    swapped = Sealed(key, device, folder, fw)
    swapped.wrapped = seal.point_of(openssl("pkey", "-pubin", "-in", other.public, "-outform", "DER")) + swapped.wrapped[65:]
    yield row("bad-sealed-point", swapped.build(), "another point of the curve", "does not open")


def bad_segments(k, device, folder):
    fw, key = Firmware().build(), k["rsa2048"]

    def row(name, s, why, number):
        return name, s.build(), "rsa2048", device, "ok", "decrypt", "segment %d " % number, why

    def fresh():
        return Sealed(key, device, folder, fw)

    for n in range(3):
        for at, what in ((0, "the IV"), (11, "the IV's end"), (12, "the tag"), (27, "the tag's end")):
            yield row("bad-sealed-%d-%d" % (n, at), fresh().flip(n, at), "a bit changed in %s of segment %d" % (what, n), n)
    s = fresh()
    s.seals[0], s.seals[1] = s.seals[1], s.seals[0]
    yield row("bad-sealed-swapped", s, "the entries of two segments swapped", 0)
    s = fresh()
    s.seals[1] = bytes(28)
    yield row("bad-sealed-zeros", s, "no IV and no tag for a segment that has bytes", 1)
    yield row("bad-sealed-header", Sealed(key, device, folder, fw, other_header=True),
              "encrypted for another address than it is loaded to", 0)
    s = fresh()
    s.content = os.urandom(32)
    s.wrapped = seal.wrap(folder, device.public, hashlib.sha256(key.spki()).digest(), s.content)
    yield row("bad-sealed-content-key", s, "another content key than the segments'", 0)
    s = fresh()
    s.elfs = [C.pad8(fw)]
    yield row("bad-sealed-plain", s, "a record, but the segments are not encrypted", 0)


def bad_contents(k, device, folder):
    key = k["rsa2048"]
    broken = Firmware(rsc=E.table([E.vdev()], ver=2)).build()
    yield ("bad-sealed-table", Sealed(key, device, folder, broken).build(), "rsa2048", device, "ok", "resource-table", "version 2",
           "the decrypted resource table is malformed")
    twin = Firmware(extra_segments=[Segment(E.SRAM + 0x9000, E.standard_table())]).build()
    yield ("bad-sealed-twin", Sealed(key, device, folder, twin).build(table=False), "rsa2048", device, "ok", "resource-table",
           "another resource table", "the decrypted bytes hold a second table, and no record says which counts")
    yield ("bad-sealed-no-record", Sealed(key, device, folder, Firmware().build()).build(with_record=False), "rsa2048", device,
           "resource-table", "resource-table", "version", "encrypted, but nothing says so")
    short = Sealed(key, device, folder, Firmware().build())
    short.seals = short.seals[:2]
    yield ("bad-sealed-two-of-three", short.build(), "rsa2048", device, "record", "record", "for 2 segments", "an entry too few")


def main(argv):
    folder, table = argv[1], argv[2]
    os.makedirs(folder, exist_ok=True)
    firmware = None
    if len(argv) > 4:
        with open(argv[4], "rb") as f:
            firmware = f.read()
    k = Keys(os.path.join(folder, "keys"))
    device, other = Device(folder, "device"), Device(folder, "other-device")
    rows = list(good(k, device, folder, firmware)) + list(bad_keys(k, device, other, folder))
    rows += list(bad_segments(k, device, folder)) + list(bad_contents(k, device, folder))
    rows.append(("plain-good", Container(k["rsa2048"], Firmware().build()).ours(7, TARGET).build(), "rsa2048", None, "ok", "ok", "",
                 "not encrypted, on a board without device key"))
    lines = ["\t".join(COLUMNS)]
    for name, data, key, board, offline, code, keyword, why in rows:
        with open(os.path.join(folder, name + ".rproc"), "wb") as f:
            f.write(data)
        lines.append("\t".join((name + ".rproc", "keys/%s.pub.pem" % key, board.row if board else "-", offline, code, keyword, why)))
    with open(table, "w") as f:
        f.write("\n".join(lines) + "\n")
    print("%d encrypted images" % (len(lines) - 1))


if __name__ == "__main__":
    main(sys.argv)
