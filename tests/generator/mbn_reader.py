# SPDX-License-Identifier: BSD-2-Clause
"""Read and check Qualcomm images without the code under test: the opposite direction of mbn.py.

check() raises Wrong with a reason, or returns what it found. Signatures and chains are checked by the openssl command.
"""

import hashlib
import os
import struct
import subprocess
import tempfile

from certs import der_to_pem
from keys import der_length, openssl
from mbn import OTHERS, PARTS, WORDS


class Wrong(Exception):
    pass


def need(condition, reason):
    if not condition:
        raise Wrong(reason)


def phdrs(data):
    wide = data[4] == 2
    at, = struct.unpack_from("<Q" if wide else "<I", data, 32 if wide else 28)
    count, = struct.unpack_from("<H", data, 56 if wide else 44)
    out = []
    for i in range(count):
        if wide:
            ptype, flags, offset, _, paddr, filesz, memsz, _ = struct.unpack_from("<IIQQQQQQ", data, at + 56 * i)
        else:
            ptype, offset, _, paddr, filesz, memsz, flags, _ = struct.unpack_from("<8I", data, at + 32 * i)
        out.append((ptype, flags, offset, paddr, filesz, memsz))
    return out, at + count * (56 if wide else 32)


def gather(path):
    """Headers, bytes of every program header, hash segment's number; merged or split."""
    with open(path, "rb") as f:
        data = f.read()
    rows, headers = phdrs(data)
    need(rows[0][0] == 0 and rows[0][1] == 0x07000000 and rows[0][2] == 0 and rows[0][4] == headers, "program header 0")
    hashes = [i for i, r in enumerate(rows) if i and r[1] >> 24 & 7 == 2]
    need(len(hashes) == 1, "%d hash segments" % len(hashes))
    out = []
    for i, (_, _, offset, _, filesz, _) in enumerate(rows):
        part = "%sb%02d" % (path[:-3], i)
        if path.endswith(".mdt"):
            need(os.path.exists(part) == bool(filesz), part)
            piece = open(part, "rb").read() if filesz else b""
        else:
            piece = data[offset:offset + filesz]
        need(len(piece) == filesz, "segment %d has %d bytes" % (i, len(piece)))
        out.append(piece)
    if path.endswith(".mdt"):
        need(data == out[0] + out[hashes[0]], "the .mdt is not headers and hash segment")
    return rows, out, hashes[0]


def cut(segment):
    version, = struct.unpack_from("<I", segment, 4)
    words = list(struct.unpack_from("<%dI" % (12 if version == 6 else 10), segment))
    at, parts = 4 * len(words), {}
    for part, word in zip(PARTS, WORDS[version]):
        size = words[word] if word is not None else 0
        parts[part] = segment[at:at + size]
        need(len(parts[part]) == size, part + " is cut")
        at += size
    need(at == len(segment), "%d bytes behind the parts" % (len(segment) - at))
    return version, words, parts


def certificates(area):
    out, at = [], 0
    while at < len(area) and area[at] == 0x30:
        length, start = der_length(area, at + 1)
        out.append(area[at:start + length])
        at = start + length
    need(not area[at:].strip(b"\xff"), "padding of the chain")
    need(len(out) == 3, "%d certificates" % len(out))
    return out


def field(leaf_text, name):
    for word in leaf_text.replace("OU = ", "OU=").split("OU=")[1:]:
        pieces = word.split(",")[0].split("\n")[0].split("/")[0].split()
        if len(pieces) > 2 and pieces[-1] == name:
            return int(pieces[1], 16)
    raise Wrong("no %s in %s" % (name, leaf_text))


def check_signature(chain, message, area):
    with tempfile.TemporaryDirectory() as folder:
        def path(name, data=None):
            name = os.path.join(folder, name)
            if data is not None:
                with open(name, "wb") as f:
                    f.write(data)
            return name
        leaf, ca, root = (path(n, der_to_pem(d)) for n, d in zip(("leaf", "ca", "root"), chain))
        openssl("verify", "-no_check_time", "-trusted", root, "-untrusted", ca, leaf)
        public = path("public", openssl("x509", "-in", leaf, "-noout", "-pubkey"))
        text = openssl("x509", "-in", leaf, "-noout", "-text").decode()
        algorithm = text.split("Signature Algorithm: ")[1].split()[0]
        if algorithm.startswith("ecdsa"):
            length, start = der_length(area, 1)
            need(not any(area[start + length:]), "padding of the signature")
            how = ["dgst", "-sha384" if algorithm.endswith("384") else "-sha256"]
            signature = area[:start + length]
        elif algorithm == "rsassaPss":
            how = ["dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]
            signature = area
        else:
            subject = openssl("x509", "-in", leaf, "-noout", "-subject", "-nameopt", "RFC2253").decode()
            digest = hashlib.sha256(message).digest()
            for ident, pad in ((field(subject, "SW_ID"), 0x36), (field(subject, "HW_ID"), 0x5C)):
                digest = hashlib.sha256(bytes(b ^ pad for b in ident.to_bytes(8, "big")) + digest).digest()
            block = openssl("pkeyutl", "-verifyrecover", "-pubin", "-inkey", public, "-pkeyopt", "rsa_padding_mode:none",
                            stdin=area)
            need(block == b"\0\1" + b"\xff" * (len(area) - 35) + b"\0" + digest, "id-mixed signature")
            return algorithm
        done = subprocess.run(["openssl", *how, "-verify", public, "-signature", path("signature", signature)], input=message,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        need(done.returncode == 0, "signature: %s" % done.stdout.decode().strip())
    return algorithm


def check(path):
    """{version, words, parts, rows, pieces, hash, who: (chain, algorithm)}"""
    rows, pieces, number = gather(path)
    version, words, parts = cut(pieces[number])
    digest = hashlib.sha256 if version < 6 else hashlib.sha384
    width = digest().digest_size
    need(len(parts["table"]) == width * len(rows), "size of the table")
    for i, piece in enumerate(pieces):
        entry = bytes(width) if i == number or not piece else digest(piece).digest()
        need(parts["table"][width * i:width * (i + 1)] == entry, "entry %d" % i)
    found = dict(version=version, words=words, parts=parts, rows=rows, pieces=pieces, hash=number)
    both = parts["qti-signature"] and parts["oem-signature"]
    for who, other in (("oem", "qti"), ("qti", "oem")):
        if not parts[who + "-signature"]:
            continue
        mine = list(words)
        for i in OTHERS[version][who] if both else ():
            mine[i] = 0
        message = struct.pack("<%dI" % len(mine), *mine)
        for part in PARTS[:4]:
            message += bytes(len(parts[part])) if both and part == other + "-meta" else parts[part]
        chain = certificates(parts[who + "-chain"])
        found[who] = chain, check_signature(chain, message, parts[who + "-signature"])
    need("oem" in found, "no OEM signature")
    return found
