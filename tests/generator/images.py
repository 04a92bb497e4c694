# SPDX-License-Identifier: BSD-2-Clause
"""The table of images: what each file is, whether it may boot, and why not.

Every function yields Image rows. Expected codes are names of base/refusal.h; the keyword must be in the sentence, which
has to say what and where.
"""

import struct
from dataclasses import dataclass

import container as C
import elf as E
from container import Container
from elf import Elf, Firmware, Segment

TARGET = "st,stm32mp1-m4"
REGIONS_WORD = "mcuram2"  # a refusal for a wrong address lists the regions


@dataclass
class Image:
    name: str
    data: bytes
    reason: str
    code: str = "ok"        # of base/refusal.h
    keyword: str = ""
    key: str = "rsa2048"    # the trusted key
    require: str = ""       # version,target,headers
    minimum: int = 0        # firmware version the board has run

    @property
    def verdict(self):
        return "accept" if self.code == "ok" else "refuse"


def standard(k, **kwargs):
    return Container(k["rsa2048"], Firmware().build(), **kwargs)


def ours(k, version=7, **kwargs):
    return standard(k, **kwargs).ours(version=version, target=TARGET)


# ---- good ones ----

def good_keys(k):
    for name in ("rsa2048", "rsa3072", "rsa4096", "p256"):
        yield Image("good-" + name, Container(k[name], Firmware().build()).build(),
                    "exactly the upstream container", key=name)
        yield Image("good-ours-" + name, Container(k[name], Firmware().build()).ours(7, TARGET, flags=0).build(),
                    "with the records of this project", key=name)


def second_image(da=E.SRAM + 0x8000):
    e = Elf(entry=da)
    e.add(Segment(da, bytes(range(256)), flags=6))
    return e.build()


def good_records(k):
    fw = Firmware().build()
    key = k["rsa2048"]
    yield Image("good-two-images", Container(key, fw, second_image()).ours(1).build(), "two ELF files, one signature")
    eight = [fw] + [second_image(E.SRAM + 0x1000 * (i + 1)) for i in range(7)]
    yield Image("good-eight-images", Container(key, *eight).build(), "the most images that fit")
    plat = [(0x10000, struct.pack("<I", 0x38000000)), (0x10001, b"hello"), (0x1FFFF, b"12345678")]
    yield Image("good-platform-records", Container(key, fw, plat=plat).build(), "records of other platforms are skipped")
    yield Image("good-platform-record-empty", Container(key, fw, plat=[(0x10002, b"")]).build(),
                "a platform record without a value")
    yield Image("good-pkeyinfo", Container(key, fw, pkeyinfo=key.spki()).build(), "asks for the key that is trusted")
    yield Image("good-pkeyinfo-empty", Container(key, fw, pkeyinfo=b"").build(), "an empty PKEYINFO as last record")
    yield Image("good-debuggable", Container(key, fw).ours(flags=1).build(), "marked debuggable")
    yield Image("good-version-equal", ours(k, 5).build(), "the version the board has run", minimum=5)
    yield Image("good-version-newer", ours(k, 2**64 - 1).build(), "the highest version there is", minimum=5)
    yield Image("good-all-required", ours(k).build(), "has all that the board requires",
                require="version,target,headers", minimum=7)
    odd = fw + b"\1\2\3"
    yield Image("good-padded-elf", Container(key, odd).build(), "an ELF file whose size is no multiple of 8")


def good_shapes(k):
    def image(name, fw, why):
        return Image(name, Container(k["rsa2048"], fw.build()).build(), why)

    yield image("good-no-table", Firmware(with_table=False), "no resource table")
    yield image("good-table-first", Firmware(table_section_first=True), "the table is the first section")
    stack = Segment(0, b"", ptype=E.PT_GNU_STACK, flags=6)
    yield image("good-gnu-stack", Firmware(extra_segments=[stack]), "a header that loads nothing")
    yield image("good-bss-only", Firmware(extra_segments=[Segment(E.SRAM + 0x9000, b"", memsz=0x400)]),
                "a segment of zeros only")
    yield image("good-alias", Firmware(data_at=E.SRAM_ALIAS + 0x20000), "data linked at the other address of the SRAM")
    odd = [Segment(E.SRAM + 0x9001, b"\1\2\3", align=1), Segment(E.SRAM + 0x9004, b"\4", align=1)]
    yield image("good-odd-bytes", Firmware(extra_segments=odd), "segments side by side at odd addresses")
    yield image("good-ends-with-region", Firmware(extra_segments=[Segment(E.RETRAM + 0xFFFC, b"last")]),
                "the last word of a region")
    e = Firmware()
    e.segments.insert(1, Segment(E.SRAM, bytes(8), ptype=E.PT_ARM_EXIDX, flags=4))
    yield image("good-exidx-same-address", e, "an EXIDX header before the LOAD of the same address")
    full = [E.vdev(), E.trace(E.TRACE_AT, E.TRACE_SIZE), E.trace(E.TRACE_AT, 16, name="second"),
            E.carveout(da=E.SRAM_DATA, size=0x1000, name="carved"), struct.pack("<II", 128, 0x1234)]
    yield image("good-table-full", Firmware(rsc=E.table(full)), "every kind of entry that a board without IOMMU takes")
    yield image("good-table-empty", Firmware(rsc=E.table([])), "a table without entries")
    e = Firmware(with_table=False)
    e.section(".resource_table", e.text, E.TABLE_AT, 0)
    yield image("good-table-section-empty", e, "a section for a table with nothing in it: there is none")
    yield image("good-vdev-config", Firmware(rsc=E.table([E.vdev(config=b"abcd")])), "a vdev with configuration space")


# ---- the file's form ----

def bad_form(k):
    good = standard(k).build()
    c = standard(k)
    area = len(c.area())
    yield Image("bad-empty", b"", "no bytes at all", "truncated", "0 bytes")
    for at, part in ((1, "first byte"), (19, "header"), (20, "header only"), (20 + 8, "first record"),
                     (20 + area // 2, "records"), (20 + area, "records only"), (20 + area + 100, "signature"),
                     (20 + area + 256, "no image"), (20 + area + 256 + 30, "ELF header"), (len(good) - 1, "last byte")):
        yield Image("bad-cut-%d" % at, good[:at], "cut in: " + part, "truncated", "%d bytes" % at)
    yield Image("bad-one-byte-more", good + b"\0", "a byte behind the end", "size", "announces only %d" % len(good))
    yield Image("bad-magic", E.patch(good, 0, b"\0"), "first byte changed", "magic", "0x3543a468")
    yield Image("bad-text", b"This is a text file, and no firmware at all.\n", "text", "magic", "0x3543a468")
    yield Image("bad-plain-elf", Firmware().build(), "the unsigned ELF", "plain-elf", "sign")
    yield Image("bad-old-layout", C.old_layout(k["rsa2048"], Firmware().build()), "2021 vendor layout", "old-layout", "2021")

    def header(name, why, code, keyword, **words):
        c = standard(k)
        c.header.update(words)
        return Image(name, c.build(), why, code, keyword)

    yield header("bad-version", "container version 2", "version", "version 2", version=2)
    yield header("bad-version-0", "container version 0", "version", "version 0", version=0)
    yield header("bad-no-records", "record length 0", "size", "no records", tlv_len=0)
    yield header("bad-no-signature", "signature length 0", "size", "no signature", sign_len=0)
    yield header("bad-no-image", "image length 0", "size", "no image", img_len=0)
    for word in ("tlv_len", "sign_len", "img_len"):
        yield header("bad-huge-" + word.replace("_", "-"), "4 GiB: sums wrap in 32 bits", "truncated", "announces",
                     **{word: 0xFFFFFFFF})
    short = standard(k)
    short.header["tlv_len"] = area - 8
    yield Image("bad-records-short", short.build(), "record area announced 8 bytes too short", "size", "announces only")
    many = standard(k, plat=[(0x10100 + i, bytes(1000)) for i in range(33)])
    yield Image("bad-too-many-records", many.build(), "more records than fit the limit", "limit", "32768")


# ---- records ----

def bad_records(k):
    def changed(name, rtype, value, why, code, keyword):
        return Image(name, standard(k).set(rtype, value).build(), why, code, keyword)

    names = {C.SIGNTYPE: "SIGNTYPE", C.NUM_IMG: "NUM_IMG", C.IMGTYPE: "IMGTYPE", C.IMGSIZE: "IMGSIZE",
             C.HASHTYPE: "HASHTYPE", C.HASHTABLE: "HASHTABLE"}
    for rtype, word in names.items():
        low = word.lower().replace("_", "-")
        yield changed("bad-missing-" + low, rtype, None, "record taken out", "missing", word)
        yield changed("bad-empty-" + low, rtype, b"", "record without a value", "record", word)
        yield Image("bad-twice-" + low, double(standard(k), rtype).build(), "record twice", "record", "already")
    yield changed("bad-signtype-long", C.SIGNTYPE, b"\1\0\0\0", "four bytes", "record", "4 bytes")
    yield changed("bad-signtype-3", C.SIGNTYPE, b"\3", "a signature nobody knows", "unsupported", "type 3")
    yield changed("bad-hashtype-2", C.HASHTYPE, b"\2", "a hash nobody knows", "unsupported", "type 2")
    yield changed("bad-no-images", C.NUM_IMG, b"\0", "no image", "missing", "NUM_IMG")
    yield changed("bad-nine-images", C.NUM_IMG, b"\x09", "too many images", "limit", "9 images")
    yield changed("bad-two-images-one-there", C.NUM_IMG, b"\2", "arrays are for one", "record", "2 images")
    yield changed("bad-imgtype-2", C.IMGTYPE, b"\2", "an image that is no ELF", "elf", "type 2")
    for delta in (-8, 8):
        c = standard(k)
        c.set(C.IMGSIZE, struct.pack("<I", len(c.elfs[0]) + delta))
        yield Image("bad-imgsize%+d" % delta, c.build(), "sizes do not add up", "size", "IMGSIZE")
    yield Image("bad-twice-platform", standard(k, plat=[(0x10000, b"a"), (0x10000, b"b")]).build(),
                "platform record twice", "record", "already")
    yield Image("bad-unknown-record", standard(k, plat=[(0x20, b"a")]).build(),
                "a record below the platform range that nobody knows", "record", "0x20")

    def edited(name, edit, why, keyword):
        c = standard(k)
        c.area_edit = edit
        return Image(name, c.build(), why, "record", keyword)

    yield edited("bad-padding", lambda a: E.patch(a, 9, b"x"), "non-zero padding behind SIGNTYPE", "padding")
    yield edited("bad-record-over-long", lambda a: a + struct.pack("<II", 0x10000, 9) + bytes(8),
                 "runs past the record area", "0x10000")
    yield edited("bad-record-4-gib", lambda a: a + struct.pack("<II", 0x10000, 0xFFFFFFFF),
                 "length wraps in 32 bits", "4294967295")
    yield edited("bad-record-behind-end", lambda a: a + b"\1\2\3\4", "four bytes behind the last record", "left")
    yield edited("bad-table-hidden-behind", lambda a: struct.pack("<II", 0x10000, 0x7FFFFFF8) + a,
                 "an over-long record that hides all others", "0x10000")


def double(c, rtype):
    value = next(r[1] for r in c.records if r[0] == rtype)
    if value is None:
        value = b"".join(c.entries)
    c.records.append([rtype, value])
    return c


def bad_own_records(k):
    def own(name, rtype, value, why, code, keyword):
        return Image(name, standard(k, records=[(rtype, value)]).build(), why, code, keyword)

    yield own("bad-headers-short", C.HEADERS, bytes(31), "31 bytes for one image", "record", "31 bytes")
    yield own("bad-headers-two", C.HEADERS, bytes(64), "digests for two images", "record", "64 bytes")
    yield own("bad-version-short", C.VERSION, bytes(4), "a version of 4 bytes", "record", "4 bytes")
    yield own("bad-target-empty", C.TARGET, b"", "a target without a name", "record", "0 bytes")
    yield own("bad-target-nul", C.TARGET, TARGET.encode() + b"\0x", "a NUL in the target", "record", "0x00")
    yield own("bad-flags-short", C.FLAGS, b"\1", "flags of 1 byte", "record", "1 bytes")
    yield own("bad-flags-unknown", C.FLAGS, struct.pack("<I", 2), "a flag nobody knows", "unsupported", "0x2")
    key = b"\4" + bytes(112)
    for size in (0, 28, 112, 113, 113 + 27, 113 + 29):
        yield own("bad-encryption-%d" % size, C.ENCRYPTION, bytes(size), "no length that an encryption record can have",
                  "record", "%d bytes" % size)
    for loads in (1, 2, 4, 100):
        yield own("bad-encryption-of-%d" % loads, C.ENCRYPTION, bytes(28 * loads) + key, "for another number of segments",
                  "record", "for %d segments" % loads)
    yield own("bad-encryption-point", C.ENCRYPTION, bytes(28 * 3) + b"\2" + bytes(112), "a compressed point", "record", "0x02")
    yield Image("bad-twice-encryption", standard(k, records=[(C.ENCRYPTION, bytes(28 * 3) + key)] * 2).build(),
                "two encryption records", "record", "already")
    bss = Container(k["rsa2048"], Firmware(extra_segments=[Segment(E.SRAM + 0x9000, b"", memsz=0x400)]).build(),
                    records=[(C.ENCRYPTION, bytes(28 * 3) + b"x" * 28 + key)])
    yield Image("bad-encryption-of-nothing", bss.build(), "an IV and a tag for a segment without bytes", "record", "entry 3")
    yield own("bad-newer-record", 0x1C007, b"", "one of our numbers, not yet given", "unsupported", "0x1c007")
    yield own("bad-headers-digest", C.HEADERS, bytes(32), "another digest of the headers", "hash", "0x1c001")
    yield Image("bad-twice-version", standard(k, records=[(C.VERSION, bytes(8))] * 2).build(), "two versions", "record",
                "already")


def bad_policy(k):
    yield Image("bad-rollback", ours(k, 4).build(), "older than the board has run", "rollback", "4", minimum=5)
    yield Image("bad-rollback-none", standard(k).build(), "no version where there is a minimum", "rollback", "0x1c002",
                minimum=1)
    other = standard(k).ours(target="st,stm32mp2-m33")
    yield Image("bad-target", other.build(), "made for another processor", "target", "st,stm32mp2-m33")
    longer = standard(k).ours(target=TARGET + "x")
    yield Image("bad-target-longer", longer.build(), "a target that begins like ours", "target", TARGET + "x")
    shorter = standard(k).ours(target=TARGET[:-1])
    yield Image("bad-target-shorter", shorter.build(), "a target that ours begins with", "target", TARGET[:-1])
    for word, rtype in (("version", "0x1c002"), ("target", "0x1c003"), ("headers", "0x1c001")):
        c = standard(k).ours(version=None if word == "version" else 7, target=None if word == "target" else TARGET,
                             headers=word != "headers")
        yield Image("bad-required-" + word, c.build(), "the board insists on it", "required", rtype,
                    require="version,target,headers")


# ---- signatures ----

def bad_signatures(k):
    fw = Firmware().build()
    fp, fp_p256 = k["rsa2048"].fingerprint(), k["p256"].fingerprint()  # the trusted key is always named
    c = Container(k["rsa2048"], fw)
    c.sign_key = k["other"]
    yield Image("bad-key", c.build(), "signed with another key", "signature", fp)
    c = Container(k["p256"], fw)
    c.sign_key = k["other-p256"]
    yield Image("bad-key-p256", c.build(), "signed with another key", "signature", fp_p256, key="p256")
    good = standard(k)
    data, at = good.build(), good.image_at() - 256
    for where in (0, 255):
        yield Image("bad-signature-%d" % where, E.patch(data, at + where, bytes([data[at + where] ^ 1])),
                    "a bit of the signature changed", "signature", fp)
    table = good.where(C.HASHTABLE)
    yield Image("bad-signed-record", E.patch(data, table + 8 + 40, b"\xAA\xAA"), "a signed digest changed", "signature", fp)
    yield Image("bad-signed-number", E.patch(data, good.where(C.NUM_IMG) + 8, b"\2"), "a signed count changed",
                "signature", fp)
    yield Image("bad-signed-header", E.patch(data, 16, struct.pack("<I", len(good.elfs[0]) - 8))[:-8],
                "image length and image cut together", "signature", fp)

    def edited(name, key, edit, why, code="signature", **kwargs):
        c = Container(k[key], fw)
        c.signature_edit = edit
        c.header.update(kwargs)
        return Image(name, c.build(), why, code, k[key].fingerprint(), key=key)

    yield edited("bad-signature-short", "rsa2048", lambda s, m: s[:-8], "8 bytes short", sign_len=248)
    yield edited("bad-signature-long", "rsa2048", lambda s, m: s + bytes(8), "8 bytes more", sign_len=264)
    yield edited("bad-signature-zero", "p256", lambda s, m: bytes(64), "r and s are 0")
    yield edited("bad-signature-ones", "p256", lambda s, m: b"\xFF" * 64, "r and s above the order")
    der = k["p256"].sign_der(b"")
    yield edited("bad-signature-der", "p256", lambda s, m: der.ljust(72, b"\0")[:72], "DER instead of r and s", sign_len=72)
    c = Container(k["rsa2048"], fw).set(C.SIGNTYPE, b"\2")
    yield Image("bad-signtype-of-rsa", c.build(), "RSA signature that says ECDSA", "signature", fp)
    c = Container(k["p256"], fw).set(C.SIGNTYPE, b"\1")
    yield Image("bad-signtype-of-p256", c.build(), "ECDSA signature that says RSA", "signature", fp_p256, key="p256")
    c = Container(k["rsa2048"], fw, pkeyinfo=k["other"].spki())
    yield Image("bad-pkeyinfo", c.build(), "asks for a key that is not trusted", "key", "PKEYINFO")
    c = Container(k["other"], fw, pkeyinfo=k["other"].spki())
    yield Image("bad-pkeyinfo-own-key", c.build(), "brings its own key", "key", "PKEYINFO")


# ---- what was changed after signing ----

def bad_after_signing(k):
    fw = Firmware()
    elf = fw.build()
    key = k["rsa2048"]

    def swapped(name, changed, why, code, keyword, records=False):
        c = Container(key, changed, signed_elfs=[elf])
        if records:
            c.records.append([C.HEADERS, C.headers_digest(C.pad8(elf))])
        return Image(name, c.build(), why, code, keyword)

    for index, seg in enumerate(fw.segments):
        for at in (0, len(seg.data) - 1):
            yield swapped("bad-hash-%d-%d" % (index, at), E.patch(elf, seg.offset + at, bytes([seg.data[at] ^ 0x80])),
                          "a byte of segment %d changed" % index, "hash", "segment %d" % index)
    drop = E.patch(elf, 44, struct.pack("<H", 2))
    yield swapped("bad-dropped", drop, "number of program headers lowered", "segment", "2")
    yield swapped("bad-dropped-headers", drop, "the same, with the headers signed", "hash", "0x1c001", records=True)
    yield swapped("bad-pt-null", E.patch_phdr(elf, 2, 0, E.PT_NULL), "a segment made PT_NULL", "segment", "segment 2")
    yield swapped("bad-pt-note", E.patch_phdr(elf, 1, 0, E.PT_NOTE), "a segment made PT_NOTE", "segment", "segment 1")
    for field, word in ((1, "offset"), (2, "vaddr"), (3, "paddr"), (4, "filesz"), (5, "memsz"), (6, "flags"), (7, "align")):
        old = E.phdrs(elf)[1][field]
        yield swapped("bad-signed-" + word, E.patch_phdr(elf, 1, field, old + 8), word + " of segment 1 changed",
                      "segment", "segment 1")
    twice = E.patch(elf, E.EHDR + E.PHDR * 2, elf[E.EHDR + E.PHDR:E.EHDR + E.PHDR * 2])
    yield swapped("bad-segment-twice", twice, "one signed segment instead of another", "segment", "segment 2")
    yield swapped("bad-entry-headers", E.patch(elf, 24, struct.pack("<I", 0x10000101)), "entry point changed", "hash",
                  "0x1c001", records=True)
    hidden = E.patch(elf, 48, b"\0\0\0\0")
    yield swapped("bad-table-hidden-headers", hidden, "section headers hidden", "hash", "0x1c001", records=True)


# ---- the ELF inside ----

def bad_elf(k):
    def image(name, fw, why, code, keyword):
        elf = fw.build() if isinstance(fw, Elf) else fw
        return Image(name, Container(k["rsa2048"], elf, signed_elfs=[Firmware().build().ljust(len(elf), b"\0")]
                                     if code == "elf" else None).build(), why, code, keyword)

    def ident(at, value):
        fw = Firmware()
        fw.ident[at] = value
        return fw

    def field(name, value):
        fw = Firmware()
        fw.e[name] = value
        return fw

    yield image("bad-elf-magic", ident(0, 0), "no ELF magic", "elf", "ELF")
    yield image("bad-elf-class", ident(4, 2), "64 bits", "elf", "class 2")
    yield image("bad-elf-endian", ident(5, 2), "big-endian", "elf", "little-endian")
    yield image("bad-elf-version", ident(6, 0), "ELF version 0", "elf", "version 0")
    yield image("bad-elf-type", field("type", 1), "a relocatable object", "elf", "type 1")
    yield image("bad-elf-no-segments", field("phnum", 0), "no program headers", "elf", "program headers")
    yield image("bad-elf-phentsize", field("phentsize", 56), "program headers of 56 bytes", "elf", "56")
    yield image("bad-elf-phoff", field("phoff", 0xFFFFFFF0), "program headers outside", "elf", "0xfffffff0")
    yield image("bad-elf-phnum", field("phnum", 0xFFFF), "65535 program headers", "elf", "65535")
    yield image("bad-elf-shoff", field("shoff", 0x7FFFFFFC), "section headers outside", "elf", "0x7ffffffc")
    yield image("bad-elf-shentsize", field("shentsize", 64), "section headers of 64 bytes", "elf", "64")
    tiny = Container(k["rsa2048"], Firmware().build(), signed_elfs=None)
    tiny.elfs = [tiny.elfs[0][:48]]
    tiny.set(C.IMGSIZE, struct.pack("<I", 48))
    yield Image("bad-elf-tiny", tiny.build(), "an ELF shorter than its header", "elf", "48 bytes")
    two = Container(k["rsa2048"], Firmware().build(), second_image())
    two.elfs[1] = E.patch(two.elfs[1], 0, b"\0\0\0\0")
    yield Image("bad-elf-second", two.build(), "the second image is no ELF", "elf", "image 1")


def bad_segments(k):
    def image(name, extra, why, code, keyword):
        return Image(name, Container(k["rsa2048"], Firmware(extra_segments=extra).build()).build(), why, code, keyword)

    yield image("bad-filesz", [Segment(E.SRAM + 0x9000, bytes(64), memsz=32)], "more bytes than memory", "segment", "segment 3")
    outside = Segment(E.SRAM + 0x9000, bytes(64))
    outside.offset = 0x100000
    yield image("bad-offset", [outside], "bytes behind the end of the file", "segment", "segment 3")
    wraps = Segment(E.SRAM + 0x9000, bytes(64))
    wraps.offset = 0xFFFFFFF0
    yield image("bad-offset-wraps", [wraps], "offset and size wrap", "segment", "segment 3")
    yield image("bad-overlap-same", [Segment(E.SRAM, bytes(16))], "on the first bytes of the code", "overlap", "segment 3")
    yield image("bad-overlap-one", [Segment(E.SRAM_DATA + 0xFFF, bytes(2))], "one byte on the bss", "overlap", "segment 3")
    yield image("bad-overlap-around", [Segment(E.SRAM_DATA - 16, bytes(8), memsz=0x4000)], "around the data", "overlap",
                "segment 3")
    yield image("bad-overlap-alias", [Segment(E.SRAM_ALIAS, bytes(16))], "the same SRAM by its other address", "overlap",
                "segment 3")
    two = Container(k["rsa2048"], Firmware().build(), second_image(E.SRAM + 4))
    yield Image("bad-overlap-images", two.build(), "the second image on the first", "overlap", "image 1")
    yield image("bad-address-ddr", [Segment(E.DDR, bytes(16))], "in DDR", "address", REGIONS_WORD)
    yield image("bad-address-host", [Segment(E.RETRAM_HOST, bytes(16))], "RETRAM as the host sees it", "address",
                REGIONS_WORD)
    yield image("bad-address-end", [Segment(E.RETRAM + 0xFFF8, bytes(16))], "over the end of RETRAM", "address",
                REGIONS_WORD)
    yield image("bad-address-bss", [Segment(E.SRAM + 0x3F000, bytes(8), memsz=0x2000)], "zeros over the end of the SRAM",
                "address", REGIONS_WORD)
    yield image("bad-address-buffer", [Segment(E.VDEV_BUFFER, bytes(16))], "in the rpmsg buffers", "address", REGIONS_WORD)
    yield image("bad-address-wraps", [Segment(0xFFFFFFF8, bytes(16))], "address and size wrap", "address", "0xfffffff8")
    yield image("bad-address-peripheral", [Segment(0x50000000, bytes(16))], "on the reset controller", "address",
                REGIONS_WORD)


# ---- the resource table ----

class Twin(Firmware):
    """Data with a second table that no section names, and with the head of an empty one."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.twin, self.empty = 0x40, 0x40 + len(E.standard_table()) + 4
        data = bytes(range(64)) + E.standard_table() + b"\xff" * 4 + struct.pack("<4I", 1, 0, 0, 0) + b"\xff" * 4
        self.data.data, self.data.filesz = data, len(data)


def pointed(elf, segment, at, size):
    """The section .resource_table over other bytes of the same firmware."""
    head, _, _, _ = E.table_section(elf)
    return E.patch(elf, head + 12, struct.pack("<3I", segment.vaddr + at, segment.offset + at, size))


def renamed(elf):
    return elf.replace(b"\0.resource_table\0", b"\0.resource-table\0")


def table_places(k):
    """Section headers are not signed: what they may say with the signed record, and what without."""
    key, size = k["rsa2048"], len(E.standard_table())
    fw, twin = Firmware(), Twin()
    elf, twins = fw.build(), twin.build()

    def row(name, why, *elfs, code="resource-table", keyword="table", signed=None, record=None):
        c = Container(key, *elfs, signed_elfs=signed)
        for value in (record if isinstance(record, list) else [record]):
            if value is not None:
                c.records.append([C.TABLE, value])
        return Image(name, c.build(), why, code, "" if code == "ok" else keyword)

    def said(image, at, length):
        return struct.pack("<3I", image, at, length)

    def good(name, why, *elfs, record=None):
        return row(name, why, *elfs, code="ok", record=C.table_record(*elfs) if record is None else record)

    bare = Firmware(with_table=False).build()
    yield good("good-table-record", "the signed record says where the table is", elf)
    yield good("good-table-record-none", "the signed record says that there is none", bare)
    yield good("good-table-record-second", "the table is in the second of two images", second_image(), elf)
    yield good("good-table-record-twin", "a second table in the data, and a signed record of the first", twins)
    yield good("good-table-record-data", "bytes that form a table, and a signed record that there is none",
               Firmware(with_table=False, extra_segments=[Segment(E.SRAM + 0x9000, E.standard_table())]).build())
    right = C.table_record(elf)
    yield row("bad-table-dropped", "the section's name taken away; a record", renamed(elf), signed=[elf], record=right,
              keyword="0x1c006")
    yield row("bad-table-dropped-plain", "the section's name taken away", renamed(elf), signed=[elf],
              keyword="holds a resource table")
    none = E.patch(elf, 48, b"\0\0\0\0")
    yield row("bad-table-no-sections", "section headers hidden; a record", none, signed=[elf], record=right, keyword="0x1c006")
    moved = pointed(twins, twin.data, twin.twin, size)
    yield row("bad-table-misdirected", "the section moved to other hashed bytes that form a table; a record", moved,
              signed=[twins], record=C.table_record(twins), keyword="0x1c006")
    yield row("bad-table-misdirected-plain", "the same without a record", moved, signed=[twins], keyword="another resource table")
    empty = pointed(twins, twin.data, twin.empty, 16)
    yield row("bad-table-misdirected-empty", "the section moved to what forms an empty table", empty, signed=[twins],
              keyword="another resource table")
    yield row("bad-table-twin", "two tables, one of them without a section", twins, keyword="another resource table")
    yield row("bad-table-record-none", "the record says that there is none", elf, record=bytes(12), keyword="0x1c006")
    yield row("bad-table-record-address", "the record names another address", elf,
              record=said(0, E.SRAM + E.TABLE_AT + 4, size), keyword="0x1c006")
    yield row("bad-table-record-size", "the record names another size", elf,
              record=said(0, E.SRAM + E.TABLE_AT, size + 4), keyword="0x1c006")
    yield row("bad-table-record-image", "the record names an image that is not there", elf,
              record=said(1, E.SRAM + E.TABLE_AT, size), keyword="0x1c006")
    yield row("bad-table-record-without-table", "the record names a table, the firmware has none", bare, record=right,
              keyword="0x1c006")
    yield row("bad-twice-table-record", "the record twice", elf, record=[right, right], code="record", keyword="already")
    yield row("bad-table-record-short", "a record of 8 bytes", elf, record=right[:8], code="record", keyword="8 bytes")
    yield row("bad-table-record-long", "a record of 16 bytes", elf, record=right + bytes(4), code="record", keyword="16 bytes")
    yield row("bad-table-record-empty", "the record of a table without bytes", elf, record=said(0, E.SRAM + E.TABLE_AT, 0),
              code="record", keyword="no bytes")
    odd = Firmware(with_table=False, extra_segments=[Segment(E.SRAM + 0x9000, b"x" + E.standard_table())])
    odd.section(".resource_table", odd.segments[3], 1, size)
    yield row("bad-table-unaligned", "at an odd address", odd.build(), keyword="aligned")
    vendor = E.table([E.vdev(), struct.pack("<II", 128, 0)])
    wide = Firmware(rsc=vendor + bytes(0x200 - len(vendor)) + b"secret!!")
    yield row("bad-table-enlarged", "reaches from its last entry, of a vendor, to what is not the table's", wide.build(),
              keyword="enlarged")


def bad_tables(k):
    def built(name, fw, why, keyword, code="resource-table", build=None):
        return Image(name, Container(k["rsa2048"], build or fw.build()).build(), why, code, keyword)

    def rsc(name, data, why, keyword, code="resource-table"):
        return built("bad-rsc-" + name, Firmware(rsc=data), why, keyword, code)

    ok = [E.vdev(), E.trace(E.TRACE_AT, E.TRACE_SIZE)]
    yield rsc("tiny", bytes(12), "12 bytes", "12 bytes")
    yield rsc("version", E.table(ok, ver=2), "version 2", "version 2")
    yield rsc("reserved", E.table(ok, reserved=(0, 1)), "a reserved word set", "reserved")
    yield rsc("num", E.table(ok, num=1000), "1000 entries", "1000")
    yield rsc("num-wraps", E.table(ok, num=0x40000000), "entry count wraps in 32 bits", "1073741824")
    yield rsc("many", E.table([struct.pack("<II", 128, 0)] * 65), "65 entries", "65", "limit")
    yield rsc("big", E.table(ok, tail=bytes(5000)), "more than 4096 bytes", "4096", "limit")
    yield rsc("offset", E.table(ok, offsets=[24, 0x1000]), "an entry outside", "entry 1")
    yield rsc("offset-wraps", E.table(ok, offsets=[24, 0xFFFFFFFC]), "an entry's offset wraps", "entry 1")
    yield rsc("offset-header", E.table(ok, offsets=[24, 4]), "an entry inside the header", "entry 1")
    yield rsc("entry-cut", E.table(ok)[:-8], "the last entry's body runs out", "entry 1")
    yield rsc("entries-overlap", E.table(ok, offsets=[24, 28]), "two entries share bytes", "entry")
    yield rsc("vrings-3", E.table([E.vdev([E.vring()] * 3)]), "three vrings", "vring")
    yield rsc("vrings-255", E.table([E.vdev(count=255)]), "255 vrings announced", "vring")
    yield rsc("vring-num", E.table([E.vdev([E.vring(num=15), E.vring()])]), "15 descriptors", "15")
    yield rsc("vring-num-0", E.table([E.vdev([E.vring(num=0), E.vring()])]), "no descriptors", "vring")
    yield rsc("vring-align", E.table([E.vdev([E.vring(align=0), E.vring()])]), "alignment 0", "align")
    yield rsc("vdev-reserved", E.table([E.vdev(reserved=b"\0\1")]), "a reserved byte set", "reserved")
    yield rsc("vdev-config", E.table([E.vdev(config_len=0xFFFFFFF0)]), "configuration space wraps", "entry 0")
    yield rsc("trace-reserved", E.table([E.trace(E.TRACE_AT, 16, reserved=1)]), "a reserved word set", "reserved")
    yield rsc("trace-name", E.table([E.trace(E.TRACE_AT, 16, name="x" * 32)]), "a name without an end", "name")
    yield rsc("carveout-reserved", E.table([E.carveout(reserved=7)]), "a reserved word set", "reserved")

    fw = Firmware()
    fw.rsc_section.offset, fw.rsc_section.addr = 0x40, E.SRAM + E.TABLE_AT
    yield built("bad-table-moved-offset", fw, "the section points into the headers", "table")
    fw = Firmware()
    fw.rsc_section.addr = E.SRAM + E.TABLE_AT + 0x100
    fw.rsc_section.offset = None
    yield built("bad-table-moved-address", fw, "address and offset do not agree", "table")
    fw = Firmware()
    fw.rsc_section.size = 0x100000
    yield built("bad-table-size", fw, "larger than its segment", "table")
    fw = Firmware(with_table=False)
    fw.section(".resource_table", data=E.standard_table())
    fw.sections[-1].addr = E.SRAM + E.TABLE_AT
    yield built("bad-table-unhashed", fw, "in no loaded segment, behind bytes that are", "table")
    fw = Firmware()
    fw.section(".resource_table", fw.data, 0, 32)
    yield built("bad-tables-two", fw, "two sections of that name", "table")
    other = Firmware()
    other.segments = [Segment(E.SRAM + 0x8000, E.standard_table())]
    other.sections = []
    other.section(".resource_table", other.segments[0], 0, len(E.standard_table()))
    two = Container(k["rsa2048"], Firmware().build(), other.build())
    yield Image("bad-tables-two-images", two.build(), "a table in each of two images", "resource-table", "table")


GROUPS = [good_keys, good_records, good_shapes, bad_form, bad_records, bad_own_records, bad_policy, bad_signatures,
          bad_after_signing, bad_elf, bad_segments, bad_tables, table_places]


def every(keys):
    for group in GROUPS:
        yield from group(keys)


def of_firmware(keys, elf, name):
    """The same few questions about a firmware file that someone built."""
    key = keys["rsa2048"]
    c = Container(key, elf).ours(version=1, target=TARGET)
    data, loads = c.build(), [p for p in E.phdrs(elf) if p[0] == E.PT_LOAD and p[4]]
    yield Image("firmware-%s" % name, data, "built firmware, signed")
    yield Image("firmware-%s-plain" % name, Container(key, elf).build(), "exactly the upstream container")
    for p in loads:
        at = c.image_at() + p[1] + p[4] // 2
        yield Image("firmware-%s-changed-%x" % (name, p[3]), E.patch(data, at, bytes([data[at] ^ 1])),
                    "one bit of a segment changed", "hash", "0x%08x" % p[3])
    unsigned = E.patch(elf, 48, b"\0\0\0\0")
    if b"\0.resource_table\0" in elf:
        yield Image("firmware-%s-table-hidden" % name, Container(key, unsigned, signed_elfs=[elf]).build(),
                    "its section headers hidden", "resource-table", "table")
        signed = Container(key, unsigned, signed_elfs=[elf])
        signed.records.append([C.TABLE, C.table_record(elf)])
        yield Image("firmware-%s-record-table-hidden" % name, signed.build(), "the same, with the signed record",
                    "resource-table", "0x1c006")
    elif b"rpmsg" not in elf:
        yield Image("firmware-%s-no-sections" % name, Container(key, unsigned).build(), "firmware without section headers")
