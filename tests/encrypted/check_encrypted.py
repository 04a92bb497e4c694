#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_encrypted.py PROGRAM TABLE FOLDER ELF: encrypted images before the tools.

The generator's images have the table's verdict off-line. What `sign --encrypt-to` makes opens with an independent
implementation of the format, is the firmware, and shows nothing of it. Then what must be refused.
"""

import csv
import hashlib
import json
import os
import struct
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "generator"), os.path.join(HERE, "..", "keys")]

import container as C  # noqa: E402
import elf as E  # noqa: E402
import seal  # noqa: E402
from bench import Bench, need  # noqa: E402
from keys import openssl  # noqa: E402


def every_row(b, table, folder):
    with open(table) as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    need(len(rows) >= 38, "the table has %d rows" % len(rows))
    for row in rows:
        path = os.path.join(folder, row["file"])
        _, out, _ = b.run("verify", path, "--key", os.path.join(folder, row["key"]), "--board", "stm32mp15", "--json")
        answer = json.loads(out)
        b.count += 1
        need(answer["code"] == row["offline"], "%s: %s instead of %s" % (row["file"], answer["code"], row["offline"]))
        encrypted = not row["file"].startswith("plain") and "no-record" not in row["file"]
        if answer["ok"]:
            need(answer["image"]["encrypted"] is encrypted, row["file"] + ": verify does not say that it is encrypted")
        shown = json.loads(b.good("inspect", path, "--json"))
        need(("encryption" in shown) is encrypted, row["file"] + ": inspect does not show the record")
        need(row["offline"] != "ok" or shown["first_broken"] is None, row["file"] + ": " + str(shown["first_broken"]))


# ---- what we make, opened by others ----

def records(data):
    _, _, tlv, sign, _ = struct.unpack_from("<5I", data)
    at, out = 20, {}
    while at + 8 <= 20 + tlv:
        kind, n = struct.unpack_from("<II", data, at)
        out[kind] = data[at + 8:at + 8 + n]
        at += 8 + n + -n % 8
    return out, 20 + tlv + -tlv % 8 + sign + -sign % 8


def unwrap(b, private, wrapped, signer):
    """The content key, by openssl's ECDH and the generator's HKDF and GCM."""
    point = wrapped[:65]
    spki = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + point
    b.write("point.der", spki)
    openssl("pkey", "-pubin", "-inform", "DER", "-in", b.at("point.der"), "-out", b.at("point.pem"))
    secret = openssl("pkeyutl", "-derive", "-inkey", private, "-peerkey", b.at("point.pem"))
    device = seal.point_of(openssl("pkey", "-in", private, "-pubout", "-outform", "DER"))
    made = seal.hkdf(secret, point + device, seal.LABEL + signer, 44)
    stream, _ = seal.gcm(made[:32], made[32:], b"", bytes(32))
    key = bytes(x ^ y for x, y in zip(stream, wrapped[65:97]))
    again, tag = seal.gcm(made[:32], made[32:], b"", key)
    need(again == wrapped[65:97] and tag == wrapped[97:], "the wrapped key does not have its tag")
    return key


def opened(b, name, elf, private):
    data = b.read(name)
    found, at = records(data)
    record = found[C.ENCRYPTION]
    signer = hashlib.sha256(openssl("pkey", "-in", b.at("rsa.pem"), "-pubout", "-outform", "DER")).digest()
    key = unwrap(b, private, record[-113:], signer)
    loads = [p for p in E.phdrs(elf) if p[0] == E.PT_LOAD]
    need(len(record) == 113 + 28 * len(loads), "the record has %d bytes" % len(record))
    for n, p in enumerate(loads):
        entry = record[28 * n:28 * n + 28]
        plain = elf[p[1]:p[1] + p[4]]
        if not plain:
            need(entry == bytes(28), "an entry for nothing")
            continue
        want, tag = seal.gcm(key, entry[:12], struct.pack("<8I", *p), plain)
        need(data[at + p[1]:at + p[1] + p[4]] == want and entry[12:] == tag, "segment %d is another" % n)
    return data[at:at + len(elf)], key, [record[28 * n:28 * n + 12] for n in range(len(loads))]


def shows_nothing(elf, sealed):
    """No 16 bytes of code, data, symbols or debug information are left, but zeros and what a loader must read."""
    head = struct.unpack_from("<HHIIIIIHHHHHH", elf, 16)
    keep = [(0, 52), (head[4], 32 * head[9]), (head[5], 40 * head[11])]
    names = struct.unpack_from("<10I", elf, head[5] + 40 * head[12])
    keep.append((names[4], names[5]))
    for at in range(0, len(elf) - 16, 16):
        piece = elf[at:at + 16]
        if len(set(piece)) < 6 or any(at + 16 > k and at < k + n for k, n in keep):
            continue
        need(piece not in sealed, "bytes of 0x%x are still there" % at)
    for at, n in keep:
        need(elf[at:at + n] == sealed[at:at + n], "what a loader must read was changed at 0x%x" % at)


def signed(b, elf_path):
    with open(elf_path, "rb") as f:
        elf = f.read()
    said = json.loads(b.good("provision", "--key", "rsa.pub", "--state", "state", "--device-key-out", "device.pub", "--json"))
    private = b.at("device.pem")
    openssl("pkey", "-inform", "DER", "-in", b.at("state/tee/device.key"), "-out", private)
    need(openssl("pkey", "-in", private, "-pubout") == b.read("device.pub"), "the public half is another key's")
    need(said["device_key"] == hashlib.sha256(openssl("pkey", "-pubin", "-in", b.at("device.pub"), "-outform", "DER")).hexdigest(),
         "fingerprint of the device key")
    seen = set()
    for n in range(2):
        out = json.loads(b.good("sign", elf_path, "-o", "out", "--key", "rsa.pem", "--encrypt-to", "device.pub", "--json"))
        need(out["encrypted_to"] == said["device_key"], "sign says to whom")
        sealed, key, ivs = opened(b, "out", elf, private)
        shows_nothing(elf, sealed)
        seen |= {key} | {iv for iv in ivs if any(iv)}
        b.good("verify", "out", "--key", "rsa.pub", "--board", "stm32mp15")
    need(len(seen) == 2 * (1 + sum(any(iv) for iv in ivs)), "a key or an IV was used twice")
    text = b.good("verify", "out", "--key", "rsa.pub")
    need("would boot on the board that has its key" in text and "only by the board" in text, "verify says what it cannot check")
    need("stock OP-TEE cannot" in b.good("sign", elf_path, "-o", "out", "--key", "rsa.pem", "--encrypt-to", "device.pub"),
         "sign says who cannot load it")


def provisioned(b):
    before = b.read("device.pub")
    b.good("provision", "--state", "state", "--device-key-out", "again.pub")
    need(b.read("again.pub") == before, "a device key is made once")
    need(os.stat(b.at("state/tee/device.key")).st_mode & 0o777 == 0o600, "the device key can be read by others")
    b.good("provision", "--state", "state", "--reset")
    need(not os.path.exists(b.at("state/tee/device.key")), "wiping leaves the device key")
    b.good("provision", "--state", "state", "--device-key-out", "again.pub")
    need(b.read("again.pub") != before, "a wiped board has its old device key")
    b.write("state/tee/device.key", b"nothing")
    b.bad(1, "what 'state' holds as its device key is none", "provision", "--state", "state", "--device-key-out", "no")


def refused(b, elf_path):
    sign = ["sign", elf_path, "-o", "no", "--key", "rsa.pem", "--encrypt-to"]
    b.bad(1, "a board's device key is on P-256", *sign, "rsa.pub")
    b.bad(1, "is a private key where a public one belongs", *sign, "device.pem")
    b.bad(2, "excludes", *sign, "device.pub", "--plain")
    b.bad(2, "the key must be at hand", "sign", elf_path, "--key", "rsa.pub", "--encrypt-to", "device.pub", "--digest-out", "no")
    b.bad(2, "a TA takes", *sign, "device.pub", "--format", "ta", "--uuid", "80a4c275-0a47-4905-8285-1486a9771a08")
    fw = E.Firmware().build()
    b.write("headers.elf", E.patch_phdr(fw, 0, 1, 0))
    b.bad(1, "holds headers of the ELF file", "sign", "headers.elf", *sign[2:], "device.pub")
    b.write("shared.elf", E.patch_phdr(fw, 1, 1, E.phdrs(fw)[0][1]))
    b.bad(1, "share bytes of the file", "sign", "shared.elf", *sign[2:], "device.pub")
    b.write("table.elf", E.Firmware(rsc=E.table([E.vdev()], ver=2)).build())
    b.bad(1, "this would be refused at boot: the resource table has version 2", "sign", "table.elf", *sign[2:], "device.pub")


def main(argv):
    with tempfile.TemporaryDirectory() as folder:
        b = Bench(os.path.abspath(argv[1]), folder)
        elf = os.path.abspath(argv[4])
        every_row(b, argv[2], os.path.abspath(argv[3]))
        signed(b, elf)
        provisioned(b)
        refused(b, elf)
        print("%d commands did what they should" % b.count)


main(sys.argv)
