# SPDX-License-Identifier: BSD-2-Clause
"""Read and check signed containers without the code under test: the opposite direction of container.py.

Follows docs/formats/rproc-container.md. check() raises Wrong with a reason, or returns what it found.
"""

import hashlib
import os
import struct
import subprocess
import tempfile

import container as C
import elf as E
from keys import ecdsa_der


class Wrong(Exception):
    pass


def need(condition, reason):
    if not condition:
        raise Wrong(reason)


def up8(n):
    return -(-n // 8) * 8


def read_records(area):
    records, at = [], 0
    while at < len(area):
        need(len(area) - at >= 8, "bytes behind the last record")
        rtype, length = struct.unpack_from("<II", area, at)
        need(at + 8 + up8(length) <= len(area), "record 0x%x too long" % rtype)
        value = area[at + 8:at + 8 + length]
        need(not any(area[at + 8 + length:at + 8 + up8(length)]), "padding of record 0x%x" % rtype)
        need(rtype not in [r[0] for r in records], "record 0x%x twice" % rtype)
        records.append((rtype, value))
        at += 8 + up8(length)
    return records


def check_signature(message, signature, signtype, public):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "signature")
        with open(path, "wb") as f:
            f.write(signature if signtype == 1 else ecdsa_der(signature))
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", public, "-signature", path], input=message,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    need(done.returncode == 0, "signature: %s" % done.stdout.decode().strip())


def check_images(images, records):
    count = records[C.NUM_IMG][0]
    need(records[C.IMGTYPE] == b"\1" * count, "image types")
    sizes = struct.unpack("<%dI" % count, records[C.IMGSIZE])
    need(sum(sizes) == len(images), "sizes do not add up")
    out, at = [], 0
    for size in sizes:
        out.append(images[at:at + size])
        at += size
    return out


def check_hashes(elfs, table):
    need(table == b"".join(h for e in elfs for h in C.hash_entries(e)), "hash table")


def check(data, public):
    """Records by type (in file order), and the ELF files with their padding."""
    magic, version, tlv_len, sign_len, img_len = struct.unpack_from("<5I", data)
    need(magic == C.MAGIC and version == 1, "magic or version")
    need(tlv_len % 8 == 0, "record area of %d bytes" % tlv_len)
    signature_at = 20 + tlv_len
    images_at = signature_at + up8(sign_len)
    need(len(data) == images_at + up8(img_len), "size")
    listed = read_records(data[20:signature_at])
    records = dict(listed)
    for rtype in (C.SIGNTYPE, C.NUM_IMG, C.IMGTYPE, C.IMGSIZE, C.HASHTYPE, C.HASHTABLE):
        need(rtype in records, "record 0x%x is missing" % rtype)
    need(records[C.HASHTYPE] == b"\1", "hash type")
    check_signature(data[:signature_at], data[signature_at:signature_at + sign_len], records[C.SIGNTYPE][0], public)
    elfs = check_images(data[images_at:], records)
    check_hashes(elfs, records[C.HASHTABLE])
    if C.HEADERS in records:
        need(records[C.HEADERS] == b"".join(map(C.headers_digest, elfs)), "headers digest")
    if C.TABLE in records:
        need(records[C.TABLE] == C.table_record(*elfs), "place of the resource table")
    return listed, elfs
