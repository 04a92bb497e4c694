# SPDX-License-Identifier: BSD-2-Clause
"""The table of Qualcomm images: what each file is, how it is asked about, and the answer."""

import copy
import hashlib
import struct
from dataclasses import dataclass, field, replace

from certs import CA, LEAF, postdate
from mbn import Mbn, Segment, common7, flags7, meta6, meta7, segments

UNITS = ("01 0000000000000004 SW_ID", "02 0000000000000000 HW_ID", "03 0000000000000002 DEBUG", "04 0000 OEM_ID",
         "06 0000 MODEL_ID", "07 0001 SHA256", "11 6001 0000 0000 0000 SOC_VERS")
SIZE = "05 %08X SW_SIZE" % (40 + 32 * 6)  # four segments, headers, hash segment


@dataclass
class Image:
    name: str
    data: object            # bytes, or {ending: bytes} of a split one
    reason: str
    code: str = "ok"
    keyword: str = ""
    args: list = field(default_factory=lambda: ["--root", "self"])
    seen: bool = True       # inspect marks it, with the same code; good and not seen: inspect, which is told no root, finds fault


def patch(data, at, new):
    return data[:at] + new + data[at + len(new):]


def flip(data, at, bit=0):
    return patch(data, at, bytes([data[at] ^ 1 << bit]))


class World:
    """Chains by name."""

    def __init__(self, certs):
        self.certs = certs
        self.ec = certs.chain("p384")
        self.p256 = certs.chain("p256")
        self.pss = certs.chain("pss")
        self.qti = certs.chain("p384", name="qti", roots=1, days=6000)
        self.old = certs.chain("rsa", UNITS + (SIZE,), "old")
        self.old_pss = certs.chain("pss", UNITS + (SIZE,), "old")

    def leaf(self, *units, kind="rsa", name="leaf"):
        return self.certs.chain(kind, units, name)


# ---- good ones ----

def good(w):
    for version, chain in ((3, w.old), (3, w.old_pss), (5, w.old), (5, w.old_pss), (6, w.pss), (6, w.ec), (6, w.p256),
                           (7, w.pss), (7, w.ec), (7, w.p256)):
        for wide in (False, True):
            m = Mbn(chain, version, wide=wide)
            yield Image("good-v%d-%s%s" % (version, chain.kind, "-64" if wide else ""), m.build(), "every version and scheme",
                        args=["--root", chain.root_file(), "--pas", "adsp"])
    for version in (6, 7):
        m = Mbn(w.ec, version, w.qti)
        yield Image("good-v%d-both" % version, m.build(), "two authorities",
                    args=["--root", w.ec.root_file(), "--qti-root", w.qti.root_file()])
        yield Image("good-v%d-both-self" % version, m.build(), "two authorities, any root")
    yield Image("good-v5-both", Mbn(w.old_pss, 5, w.old).build(), "two authorities in version 5")
    for version in (3, 5, 6, 7):
        yield Image("good-v%d-split" % version, Mbn(w.old if version < 6 else w.ec, version).split(), "an .mdt and .bNN")


def good_shapes(w):
    yield Image("good-room", Mbn(w.ec, extra_hash=208).build(), "room of 0xFF behind the parts")
    yield Image("good-multi", Mbn(w.ec).build() + Mbn(w.pss, 6, wide=True).build(), "two ELF files, both signed")
    plain = patch(Mbn(w.ec).build()[:52 + 32], 44, b"\1\0") + bytes(12)
    plain = patch(plain, 52, struct.pack("<8I", 1, 84, 0x1000, 0x1000, 12, 12, 5, 4))
    yield Image("good-container", plain + Mbn(w.ec).build(), "an unsigned container first",
                args=["--root", "self", "--unsigned-container"])
    yield Image("bad-container", plain + Mbn(w.ec).build(), "an unsigned container, not allowed", "missing", "hash segment",
                seen=False)
    inside = segments() + [Segment(0, b"", at=0, memsz=0)]
    yield Image("good-odd-headers", Mbn(w.ec, segments=inside + [Segment(0, b"\2" * 40, ptype=2, memsz=40, flags=4)]).build(),
                "an empty LOAD, a DYNAMIC that is hashed")
    roots = w.certs.chain("p384", (), "roots", roots=4)
    yield Image("good-four-roots", Mbn(roots).build(), "four roots", args=["--root", roots.root_file()])
    together = hashlib.sha384(b"".join(roots.ders[2:])).hexdigest()
    yield Image("good-all-roots", Mbn(roots).build(), "the digest of all roots together", args=["--root", together])
    yield Image("good-digest-256", Mbn(w.ec).build(), "a root by SHA-256",
                args=["--root", hashlib.sha256(w.ec.ders[2]).hexdigest()])
    yield Image("good-digest-384", Mbn(w.ec).build(), "a root by SHA-384",
                args=["--root", hashlib.sha384(w.ec.ders[2]).hexdigest(), "--check-validity"])
    bound = meta7(flags=flags7("root"), algorithm=3, root_hash=hashlib.sha384(w.ec.ders[2]).digest())
    yield Image("good-root-bound", Mbn(w.ec, 7, w.qti, metas={"qti": bound}).build(), "QTI bound it to this OEM root")
    pathlen = w.certs.chain("p384", (), "pathlen", leaf_ext="basicConstraints=CA:FALSE,pathlen:0\n",
                            ca_ext="basicConstraints=CA:TRUE,pathlen:0\nkeyUsage=keyCertSign\n")
    yield Image("good-strange-constraints", Mbn(pathlen).build(), "constraints as vendors write them")


# ---- form ----

def bad_elf(w):
    m = Mbn(w.ec)
    data, wide = m.build(), Mbn(w.ec, wide=True).build()

    def image(name, d, code, keyword, why):
        return Image("bad-elf-" + name, d, why, code, keyword, seen=False)

    yield image("empty", b"", "elf", "no ELF", "no bytes")
    yield image("text", b"no firmware at all, but long enough for a header of any kind", "elf", "no ELF", "text")
    yield image("cut-30", data[:30], "truncated", "30 bytes", "cut in the header")
    yield image("cut-60-wide", wide[:60], "truncated", "60 bytes", "cut in the longer header")
    yield image("class", patch(data, 4, b"\3"), "elf", "class 3", "no such class")
    yield image("big-endian", patch(data, 5, b"\2"), "elf", "little-endian", "big-endian")
    yield image("version", patch(data, 6, b"\7"), "elf", "version 7", "ELF version")
    yield image("phentsize", patch(data, 42, b"\x38\0"), "elf", "56 bytes", "program headers of the other width")
    yield image("phentsize-wide", patch(wide, 54, b"\x20\0"), "elf", "32 bytes", "program headers of the other width")
    yield image("phnum-0", patch(data, 44, b"\0\0"), "elf", "no program headers", "no program headers")
    yield image("phnum-many", patch(data, 44, b"\1\2"), "limit", "513", "too many program headers")
    yield image("phoff-inside", patch(data, 28, b"\x10\0\0\0"), "elf", "inside the ELF header", "headers over the header")
    yield image("phoff-behind", patch(data, 28, struct.pack("<I", len(data))), "truncated", "past the end", "headers behind the end")
    yield image("phoff-wraps", patch(wide, 32, b"\xff" * 8), "truncated", "past the end", "offset of 64 bits that wraps")
    far = patch(data, 28, struct.pack("<I", 66000)) + bytes(70000)
    yield image("headers-far", far, "limit", "65536", "headers too far in")


def bad_headers(w):
    def image(name, d, code, keyword, why, **kw):
        return Image("bad-" + name, d, why, code, keyword, **kw)

    yield image("no-first", Mbn(w.ec, phdrs={0: {"flags": 0}}).build(), "missing", "program header 0",
                "nothing stands for the headers")
    yield image("first-loads", Mbn(w.ec, phdrs={0: {"type": 1}}).build(), "missing", "program header 0", "headers that load")
    yield image("first-short", Mbn(w.ec, phdrs={0: {"filesz": 52}}).build(), "segment", "52 bytes",
                "program headers that nothing covers")
    yield image("first-elsewhere", Mbn(w.ec, phdrs={0: {"offset": 4}}).build(), "segment", "byte 4", "headers from elsewhere")
    yield image("first-long", Mbn(w.ec, phdrs={0: {"filesz": 65537}}).build() + bytes(70000), "limit", "65536",
                "headers of too many bytes")
    yield image("first-past-end", Mbn(w.ec, phdrs={0: {"filesz": 60000}}).build(), "truncated", "60000", "headers past the end")
    yield image("no-hash", Mbn(w.ec, hash_flags=0).build(), "missing", "not signed", "no hash segment", seen=False)
    two = segments() + [Segment(0, b"x" * 64, ptype=0, flags=0x02000000, memsz=0)]
    yield image("two-hashes", Mbn(w.ec, segments=two).build(), "segment", "several", "two hash segments")
    yield image("filesz-over-memsz", Mbn(w.ec, segments=[Segment(0x86000000, b"x" * 100, memsz=50)]).build(), "segment",
                "only 50 in memory", "more bytes than memory")
    yield image("address-wraps", Mbn(w.ec, segments=[Segment(0xFFFFF000, b"x", memsz=0x1001)]).build(), "segment",
                "address space", "past 4 GiB")
    yield image("address-wraps-wide", Mbn(w.ec, wide=True, segments=[Segment(2**64 - 16, b"x", memsz=17)]).build(), "segment",
                "address space", "past 2^64")
    yield image("hash-large", Mbn(w.ec, extra_hash=65536).build(), "limit", "65536", "a hash segment of too many bytes")
    good = Mbn(w.ec).build()
    yield image("cut-last", good[:-1], "truncated", "bad-cut-last.b02", "last byte missing")
    yield image("cut-hash", good[:5000], "truncated", "behind the end", "cut in the hash segment")


def bad_split(w):
    files = Mbn(w.ec).split()
    yield Image("bad-split-missing", {k: v for k, v in files.items() if k != "b02"}, "a file is not there", "truncated", "b02")
    yield Image("bad-split-short", dict(files, b01=files["b01"][:-1]), "a file is short", "size", "its file has")
    yield Image("bad-split-long", dict(files, b01=files["b01"] + b"\0"), "a file is long", "size", "its file has")
    yield Image("bad-split-changed", dict(files, b01=flip(files["b01"], 7)), "a file is changed", "hash", "segment 1")
    yield Image("bad-split-swapped", dict(files, b01=files["b01"][:-1] + b"!"), "another file", "hash", "segment 1")


def bad_hash_header(w):
    def image(name, m, code, keyword, why, **kw):
        return Image("bad-hash-" + name, m.build(), why, code, keyword, **kw)

    ec = w.ec
    for version in (0, 1, 2, 4, 8, 0xFFFFFFFF):
        yield image("version-%x" % version, Mbn(ec, late_words={1: version}), "version", "version %u" % version, "no such version")
    yield image("tiny", Mbn(ec, phdrs={5: {"filesz": 4, "memsz": 4}}), "truncated", "4 bytes", "not even a version")
    yield image("cut", Mbn(ec, 6, phdrs={1: {"filesz": 44, "memsz": 44}}), "truncated", "44 bytes", "cut in the header")
    for word, part in ((5, "hash table"), (8, "OEM signature"), (9, "OEM certificate chain"), (6, "QTI signature")):
        yield image("long-%d" % word, Mbn(ec, late_words={word: 0x7FFFFFFF, 7: 1 if word == 6 else 0}), "size", part,
                    "a part past the end")
    yield image("long-sum", Mbn(ec, late_words={9: 4320 + 1}), "size", "past its end", "parts longer than the segment by one byte")
    yield image("common-size", Mbn(ec, metas={"common": common7() + bytes(4)}, words={2: 28}, extra_hash=4), "size",
                "common metadata has 28", "common metadata of another size")
    yield image("common-none", Mbn(ec, metas={"common": b""}, words={2: 0}), "size", "common metadata has 0", "no common metadata")
    yield image("meta6-size", Mbn(ec, 6, metas={"oem": meta6() + bytes(8)}), "size", "128 bytes", "metadata of 128 bytes, as a paper says")
    yield image("meta7-size", Mbn(ec, metas={"oem": meta7()[:-4]}), "size", "220 bytes", "metadata cut")
    yield image("no-chain", Mbn(ec, words={9: 0}, areas={"oem-chain": b""}), "size", "one without the other", "a signature without a chain")
    yield image("no-signature", Mbn(ec, words={8: 0}, areas={"oem-signature": b""}), "size", "one without the other",
                "a chain without a signature")
    yield image("unsigned", Mbn(ec, no_signature=("oem",)), "missing", "not signed", "no signature at all", seen=False)
    yield image("qti-only", Mbn(ec, 7, w.qti, no_signature=("oem",)), "missing", "OEM", "QTI alone", seen=False)
    yield image("no-meta6", Mbn(ec, 6, metas={"oem": b""}), "missing", "metadata", "no metadata")
    yield image("no-meta7", Mbn(ec, metas={"oem": b""}), "missing", "metadata", "no metadata")


def bad_table(w):
    def image(name, m, code, keyword, why, **kw):
        return Image("bad-table-" + name, m.build(), why, code, keyword, **kw)

    ec = w.ec
    yield image("short", Mbn(ec, words={5: 48 * 5}, table=lambda t: t[:48 * 5], extra_hash=48), "size", "6 program headers",
                "an entry too few")
    yield image("long", Mbn(ec, words={5: 48 * 7}, table=lambda t: t + bytes(48), extra_hash=48), "size", "6 program headers", "an entry too many")
    yield image("other-digest", Mbn(ec, digest="sha256"), "unsupported", "32 bytes", "SHA-256 where common metadata says SHA-384")
    yield image("algorithm", Mbn(ec, metas={"common": common7(algorithm=9)}), "unsupported", "algorithm 9", "an unknown algorithm")
    yield image("hash-entry", Mbn(ec, entries={5: b"\1" * 48}), "hash", "hash segment", "a digest for the hash segment")
    yield image("empty-entry", Mbn(ec, entries={3: hashlib.sha384(b"").digest()}), "hash", "has no bytes", "a digest of nothing")
    yield image("zero-entry", Mbn(ec, entries={2: bytes(48)}), "hash", "no digest for segment 2", "no digest for a segment")
    yield image("zero-entry-0", Mbn(ec, entries={0: bytes(48)}), "hash", "no digest for segment 0", "no digest for the headers")
    yield image("wrong-entry", Mbn(ec, entries={1: b"\7" * 48}), "hash", "segment 1", "another digest")
    for version, chain in ((3, w.old), (6, ec), (7, ec)):
        m = Mbn(chain, version)
        data = m.build()
        rows = m.layout()[1]
        for i, row in enumerate(rows):
            if row["filesz"] and i != m.hash_index():
                at = row["offset"] + row["filesz"] - 1 if i else 36
                yield Image("bad-changed-v%d-%d" % (version, i), flip(data, at), "one bit of segment %d" % i, "hash", "segment %d" % i)


# ---- trust ----

def hash_at(m):
    """Offsets of the parts in the file."""
    from mbn import PAGE, PARTS
    m.layout()
    at, out = PAGE + (48 if m.version == 6 else 40), {"header": PAGE}
    for part in PARTS:
        out[part] = at
        at += m.sizes[part]
    return out


def bad_signature(w):
    for version, chain in ((3, w.old), (5, w.old_pss), (6, w.pss), (6, w.ec), (7, w.ec), (7, w.p256)):
        m = Mbn(chain, version)
        data, at = m.build(), hash_at(m)
        name = "bad-signed-v%d-%s-" % (version, chain.kind)
        yield Image(name + "table", flip(data, at["table"] + 3), "a digest changed", "signature", "signature")
        yield Image(name + "signature", flip(data, at["oem-signature"] + 40), "the signature changed", "signature", "signature")
        yield Image(name + "header", flip(data, at["header"]), "word 0 changed", "signature", "signature")
        if version >= 6:
            yield Image(name + "meta", flip(data, at["oem-meta"] + 4), "metadata changed", "signature", "signature")
        last = data[at["oem-chain"] + m.sizes["oem-chain"] - 1]
        assert last == 0xFF
        yield Image(name.replace("bad", "good") + "padding", flip(data, at["oem-chain"] + m.sizes["oem-chain"] - 1),
                    "padding of the chain is not covered")
    m = Mbn(w.ec, 7)
    longer = Mbn(w.ec, 7).build()
    at = hash_at(m)["oem-signature"]
    end = at + 2 + longer[at + 1]
    if end < at + 104:
        yield Image("bad-signature-padding", patch(longer, at + 103, b"\1"), "bytes behind the signature", "signature", "signature")
    yield Image("bad-signature-zero", patch(longer, at, bytes(104)), "no signature in its place", "signature", "signature")
    old = Mbn(w.old, 3, sw_id=5)
    yield Image("bad-mixed-id", old.build(), "another image type mixed in", "signature", "ids mixed")
    both = Mbn(w.ec, 7, w.qti)
    data, at = both.build(), hash_at(both)
    for part in ("qti-signature", "oem-signature"):
        who = part[:3].upper()
        yield Image("bad-both-" + part, flip(data, at[part] + 30), "one of two signatures changed", "signature", who)
    yield Image("bad-both-qti-meta", flip(data, at["qti-meta"] + 5), "what QTI signed", "signature", "QTI")
    yield Image("bad-both-oem-meta", flip(data, at["oem-meta"] + 5), "what the OEM signed", "signature", "OEM")
    yield Image("bad-both-common", flip(data, at["common"] + 5), "what both signed", "signature", "OEM")


def bad_chain(w):
    def image(name, wrong, code, keyword, why, units=(), version=7, kind="p384", **kw):
        chain = w.certs.chain(kind, units, name, **wrong)
        return Image("bad-chain-" + name, Mbn(chain, version, **kw).build(), why, code, keyword)

    c = "certificate"
    yield image("impostor", {"swap_issuer": True}, c, "certificate 0 of the chain is not signed by certificate 1", "the leaf is of another")
    yield image("stranger", {"other_root": True}, c, "certificate 1 of the chain is not signed by certificate 2", "another root")
    yield image("name", {"name_lies": True}, c, "another issuer", "the names do not chain")
    yield image("no-ca", {"ca_ext": LEAF}, c, "certificate 1 of the chain is no authority", "a leaf as an authority")
    yield image("no-ca-root", {"root_ext": LEAF}, c, "certificate 2 of the chain is no authority", "a leaf as a root")
    yield image("no-constraints", {"ca_ext": "keyUsage=keyCertSign\n"}, c, "no authority", "no constraints")
    yield image("usage", {"ca_ext": CA.replace("keyCertSign", "digitalSignature")}, c, "may not sign certificates", "wrong usage")
    yield image("extensions", {"ca_ext": "basicConstraints=DER:04:01:00\n"}, c, "cannot be read", "constraints that are none")
    yield image("sha1", {"leaf_sign": ["-sha1"]}, c, "algorithm", "signed with SHA-1", kind="pss")
    yield image("sha512", {"leaf_sign": ["-sha512"]}, c, "algorithm", "signed with SHA-512")
    yield image("small-key", {"ca_kind": "rsa1024", "leaf_sign": ["-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt",
                              "rsa_pss_saltlen:32"]}, c, "certificate 1 of the chain has a key", "an authority of 1024 bits", kind="pss")
    yield image("mixed-kinds", {"ca_kind": "p384", "leaf_kind": "pss", "leaf_sign": ["-sha384"]}, "unsupported", "no way of signing",
                "an RSA leaf of an EC authority")
    chain = w.ec
    many = replace(Mbn(chain), areas={}, chain_area=4320)
    seven = type(chain)(chain.certs, chain.kind, chain.key, chain.ders[:2] + [chain.ders[2]] * 5, "seven")
    yield Image("bad-chain-seven", replace(many, oem=seven, chain_area=6144).build(), "seven certificates", c, "more than 6")
    two = type(chain)(chain.certs, chain.kind, chain.key, chain.ders[:2], "two")
    yield Image("bad-chain-two", replace(many, oem=two).build(), "two certificates", c, "2 certificates")
    none = type(chain)(chain.certs, chain.kind, chain.key, [], "none")
    yield Image("bad-chain-none", replace(many, oem=none).build(), "no certificate", c, "no certificate")
    cut = type(chain)(chain.certs, chain.kind, chain.key, [chain.ders[0], patch(chain.ders[1], 4, b"\x31")], "cut")
    yield Image("bad-chain-cut", replace(many, oem=cut).build(), "a certificate that is none", c, "certificate 1 of the chain is damaged")
    order = type(chain)(chain.certs, chain.kind, chain.key, chain.ders[::-1], "order")
    yield Image("bad-chain-order", replace(many, oem=order).build(), "root first", c, "certificate 0")
    yield Image("bad-chain-root-index", Mbn(chain, metas={"oem": meta7(root=1)}).build(), "asks for a root that is not there", c, "root 1")
    data, at = Mbn(chain).build(), hash_at(Mbn(chain))["oem-chain"]
    pos = at
    for i, der in enumerate(chain.ders):
        yield Image("bad-chain-bit-%d" % i, flip(data, pos + len(der) // 2), "one bit of certificate %d" % i, "*", "")
        pos += len(der)
    yield from bad_trust(w)


def bad_trust(w):
    chain, data = w.ec, Mbn(w.ec).build()
    yield Image("bad-root", data, "another root", "key", hashlib.sha256(w.p256.ders[2]).hexdigest(),
                ["--root", w.p256.root_file()], seen=False)
    yield Image("bad-root-digest", data, "another root by digest", "key", "SHA-384", ["--root", "ab" * 48], seen=False)
    yield from bad_self_signature(w)
    both = Mbn(chain, 7, w.p256).build()
    yield Image("bad-qti-untrusted", both, "QTI signed, no root for it", "key", "--qti-root", ["--root", chain.root_file()], seen=False)
    yield Image("bad-qti-root", both, "another QTI root", "key", "QTI",
                ["--root", chain.root_file(), "--qti-root", chain.root_file()], seen=False)
    yield Image("bad-qti-required", data, "QTI's signature is required", "required", "QTI",
                ["--root", "self", "--qti-root", "self"], seen=False)
    late = w.certs.chain("p384", (), "expired", days=-1)
    yield Image("bad-expired", Mbn(late).build(), "a leaf that is no longer valid", "certificate", "no longer valid",
                ["--root", "self", "--check-validity"], seen=False)
    early = copy.copy(w.old)
    early.ders = [postdate(w.old.ders[0], w.certs.key("rsa", "authority")), *w.old.ders[1:]]
    yield Image("bad-postdated", Mbn(early, 3).build(), "a leaf that is not valid yet", "certificate", "not valid yet",
                ["--root", "self", "--check-validity"], seen=False)
    yield Image("good-postdated", Mbn(early, 3).build(), "validity is not compared unless asked")
    yield Image("good-expired", Mbn(late).build(), "validity is not compared unless asked")
    other = meta7(flags=flags7("root"), algorithm=3, root_hash=b"\5" * 48)
    yield Image("bad-root-bound", Mbn(chain, 7, w.qti, metas={"qti": other}).build(), "QTI bound it to another OEM root", "target",
                "OEM root", seen=False)


def bad_self_signature(w):
    """One bit of a root's signature of itself: nothing else finds it, unless the root is named by its bytes."""
    def damaged(chain, at, name):
        ders = [flip(der, len(der) - 1) if i == at else der for i, der in enumerate(chain.ders)]
        return type(chain)(chain.certs, chain.kind, chain.key, ders, name)

    c, chain = "certificate", w.ec
    bad = damaged(chain, 2, "self-signature")
    data, itself = Mbn(bad).build(), "certificate 2 of the chain is not signed by certificate 2, itself"
    yield Image("bad-self-signature", data, "a root that did not sign itself", c, itself)
    yield Image("bad-self-signature-named", data, "the good root is named, this one is another", c, itself,
                ["--root", chain.root_file()])
    yield Image("bad-self-signature-digest", data, "the same by digest", c, itself,
                ["--root", hashlib.sha384(chain.ders[2]).hexdigest()])
    yield Image("good-self-signature-digest", data, "exactly these bytes are named", seen=False,
                args=["--root", hashlib.sha384(bad.ders[2]).hexdigest()])
    yield Image("good-self-signature-file", data, "exactly this certificate is named", seen=False, args=["--root", bad.root_file()])
    four = w.certs.chain("p384", (), "roots", roots=4)
    last = damaged(four, 5, "roots-last")
    data = Mbn(last).build()
    yield Image("bad-self-signature-last", data, "another root than the named one", c, "certificate 5", ["--root", four.root_file()])
    yield Image("good-self-signature-all", data, "all roots are named together", seen=False,
                args=["--root", hashlib.sha384(b"".join(last.ders[2:])).hexdigest()])
    both = Mbn(chain, 7, damaged(w.qti, 2, "qti-self-signature")).build()
    yield Image("bad-self-signature-qti", both, "QTI's root did not sign itself", c, "QTI: " + itself,
                ["--root", chain.root_file(), "--qti-root", "self"])


# ---- bindings ----

def bindings(w):
    ec = w.ec

    def image(name, m, args, why, code="ok", keyword="", **kw):
        return Image(("good-" if code == "ok" else "bad-") + name, m.build(), why, code, keyword, ["--root", "self", *args],
                     seen=code == "ok", **kw)

    six = meta6(oem=0x14D, model=2, flags=2, socs=(0x6003, 0x6007), rollback=3)
    seven = meta7(oem=0x14D, model=2, flags=flags7("soc", "oem", "model"), socs=(0xA001,), rollback=3)
    for version, meta, soc in ((6, six, "0x6007"), (7, seven, "0xa001")):
        m, n = Mbn(ec, version, metas={"oem": meta}), "v%d-" % version
        everything = ["--pas", "adsp", "--soc", soc, "--oem", "0x14d", "--model", "2", "--min-rollback", "3"]
        yield image(n + "bound", m, everything, "all that is bound is right")
        yield image(n + "pas", m, ["--pas", "modem"], "signed for another peripheral", "target", "PAS 4 (modem)")
        yield image(n + "pas-number", m, ["--pas", "18"], "the same by number", "target", "PAS 18 (cdsp)")
        yield image(n + "soc", m, ["--soc", "0x1234"], "another SoC", "target", "0x1234")
        yield image(n + "soc-0", m, ["--soc", "0"], "an unused word of the list is no SoC", "target", "0x0")
        yield image(n + "oem", m, ["--oem", "1"], "another OEM", "target", "OEM 0x14d")
        yield image(n + "model", m, ["--model", "1"], "another model", "target", "model 0x2")
        yield image(n + "rollback", m, ["--min-rollback", "4"], "too old", "rollback", "version 3")
    loose6 = Mbn(ec, 6, metas={"oem": meta6(oem=7, model=7, flags=0x808, major=1, socs=(1,))})
    loose7 = Mbn(ec, metas={"oem": meta7(oem=7, model=7, socs=(1,))})
    for n, m in (("v6-", loose6), ("v7-", loose7)):
        yield image(n + "loose", m, ["--soc", "5", "--oem", "5", "--model", "5"], "nothing is bound")
    yield image("v6-model-major-0", Mbn(ec, 6, metas={"oem": meta6(model=7, flags=0x800)}), ["--model", "5"],
                "the flag counts from major version 1 on", "target", "model 0x7")
    for flag in range(11):
        for value in (0, 3):
            wrong = flags7() & ~(3 << 2 * flag) | value << 2 * flag
            yield Image("bad-v7-flag-%d-%d" % (flag, value), Mbn(ec, metas={"oem": meta7(flags=wrong)}).build(),
                        "a flag that is neither no nor yes", "record", "neither no (1) nor yes (2)")
    both = Mbn(ec, 6, w.qti, metas={"oem": meta6(), "qti": meta6(software=2)})
    yield image("both-types", both, [], "the authorities disagree", "target", "must agree")
    both = Mbn(ec, 7, w.qti, metas={"qti": meta7(flags=flags7("soc"), socs=(0xA001,))})
    yield image("both-soc", both, ["--soc", "0xa002"], "QTI bound it to another SoC", "target", "QTI")


def old_leaves(w):
    def image(name, units, code, keyword, why, args=(), version=3, kind="rsa", seen=True, sw_id=4, hw_id=0):
        chain = w.certs.chain(kind, units, "old-" + name)
        return Image(("bad-" if code != "ok" else "good-") + "leaf-" + name, Mbn(chain, version, sw_id=sw_id, hw_id=hw_id).build(),
                     why, code, keyword, ["--root", "self", *args], seen)

    base = [u for u in UNITS if not u.endswith("SW_ID")]
    yield image("no-sw-id", base, "certificate", "SW_ID", "nothing to mix in", seen=False)
    yield image("no-hw-id", [UNITS[0]], "certificate", "HW_ID", "nothing to mix in")
    yield image("no-sw-id-pss", base, "missing", "SW_ID", "nothing says what it is for", kind="pss", version=5)
    yield image("twice", [*UNITS, UNITS[0]], "certificate", "repeated", "two image types")
    yield image("digits", ["01 00000004 SW_ID", *base], "certificate", "malformed", "too few digits")
    yield image("letters", ["01 000000000000000G SW_ID", *base], "certificate", "malformed", "no hex digit")
    yield image("soc-list", [*UNITS[:6], "11 6001 000 SOC_VERS"], "certificate", "malformed", "a word of three digits")
    yield image("soc-ten", [*UNITS[:6], "11 3005 " + "0000 " * 9 + "SOC_VERS"], "ok", "", "as many words as openssl lets us write")
    yield image("sw-size", [*UNITS, "05 00000068 SW_SIZE"], "size", "SW_SIZE", "for another number of segments")
    yield image("rollback", ["01 0000000200000004 SW_ID", *base], "rollback", "version 2", "too old", ["--min-rollback", "3"],
                seen=False, sw_id=0x200000004)
    yield image("rollback-ok", ["01 0000000300000004 SW_ID", *base], "ok", "", "new enough", ["--min-rollback", "3"], sw_id=0x300000004)
    yield image("pas", UNITS, "target", "modem", "another peripheral", ["--pas", "modem"], seen=False)
    yield image("soc", UNITS, "target", "0x6001", "another SoC", ["--soc", "0x6002"], seen=False)
    yield image("soc-ok", UNITS, "ok", "", "this SoC", ["--soc", "0x6001"])
    yield image("oem", UNITS, "target", "OEM 0x0", "another OEM", ["--oem", "1"], seen=False)
    yield image("hw-id", [UNITS[0], "02 6000000000000000 HW_ID"], "ok", "", "an HW_ID is mixed in", hw_id=0x6000000000000000)


def several(w):
    one = Mbn(w.ec).build()
    yield Image("bad-multi-second", one + flip(one, len(one) - 1), "the second of two is changed", "hash", "segment")
    yield Image("bad-multi-first", flip(one, len(one) - 1) + one, "the first of two is changed", "hash", "segment")
    yield Image("bad-multi-magic", one + flip(one, 0), "the second of two has no magic", "magic", "no ELF file", seen=False)
    yield Image("bad-trailing", one + b"something else", "bytes behind", "magic", "no padding", seen=False)
    yield Image("good-trailing", one + bytes(64), "padding behind")
    unsigned = Mbn(w.ec, hash_flags=0).build()
    yield Image("bad-multi-unsigned", one + unsigned, "the second of two is not signed", "missing", "not signed",
                ["--root", "self", "--unsigned-container"], seen=False)
    yield Image("bad-multi-none", unsigned, "alone, nothing is a container", "missing", "not signed",
                ["--root", "self", "--unsigned-container"], seen=False)


def sizes(w):
    one = Mbn(w.ec).build()
    yield Image("bad-multi-65", one * 65, "more images than are taken", "limit", "64 images", seen=False)
    yield Image("bad-multi-cut", one + one[:-1], "the second of two is cut", "truncated", "no file of its own")
    many = [Segment(0x86000000 + 0x1000 * i, b"x") for i in range(101)]
    yield Image("good-many", Mbn(w.ec, segments=many).build(), "a hundred and three program headers")
    yield Image("bad-many-cut", Mbn(w.ec, segments=many).build()[:-1], "cut in a segment whose number no .bNN has", "truncated",
                "name or number")


def every(w):
    for part in (good, good_shapes, bad_elf, bad_headers, bad_split, bad_hash_header, bad_table, bad_signature, bad_chain,
                 bindings, old_leaves, several, sizes):
        yield from part(w)
