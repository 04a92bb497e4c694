#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_sign.py PROGRAM FOLDER: `corewarden sign` against the independent writer and reader.

A plain container signed with RSA must be the writer's, byte for byte; every container must be right for the reader, hold
the records that were asked for in their order, and pass our own verify. What a board would refuse must not be written.
"""

import json
import os
import struct
import subprocess
import sys
import tempfile

import container as C
import elf as E
import images
import reader
from container import Container
from elf import Firmware, Segment
from keys import Keys


class Signer:
    def __init__(self, program, folder, keys):
        self.program, self.folder, self.keys, self.count = program, folder, keys, 0

    def path(self, name, data=None):
        path = os.path.join(self.folder, name)
        if data is not None:
            with open(path, "wb") as f:
                f.write(data)
        return path

    def run(self, elfs, key, *options):
        self.count += 1
        paths = [self.path("in%d.elf" % n, e) for n, e in enumerate(elfs)]
        out = self.path("out%d.rproc" % self.count)
        done = subprocess.run([self.program, "sign", *paths, "-o", out, "--key", self.keys[key].private, "--json", *options],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done, out

    def sign(self, elfs, key, *options):
        done, out = self.run(elfs, key, *options)
        assert done.returncode == 0, done.stderr
        with open(out, "rb") as f:
            data = f.read()
        answer = json.loads(done.stdout)
        assert answer["ok"] and answer["size"] == len(data)
        verify = subprocess.run([self.program, "verify", out, "--key", self.keys[key].public, "--board", "stm32mp15"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert verify.returncode == 0, verify.stderr
        return data

    def refuse(self, elfs, code, word, *options, status=1):
        done, out = self.run(elfs, "rsa2048", *options)
        sentence = done.stderr.decode()
        assert done.returncode == status, (done.returncode, sentence)
        assert word in sentence and sentence.count("\n") == 1, sentence
        assert status == 2 or json.loads(done.stdout)["code"] == code, done.stdout
        assert not os.path.exists(out), "something was written"


def plain_is_byte_exact(s):
    one, two = Firmware().build() + b"\1\2\3", images.second_image()
    info = s.path("info", b"who signed")
    plat = ["--plat-tlv", "0x10000", "0x38000000", "--plat-tlv", "65537", "text", "--plat-tlv", "0x10000", "0x5"]
    records = [(0x10000, struct.pack("<I", 5)), (0x10001, b"text")]
    for key in ("rsa2048", "rsa3072", "rsa4096"):
        k = s.keys[key]
        assert s.sign([one], key, "--plain") == Container(k, one).build(), key
        assert s.sign([one, two], key, "--plain") == Container(k, one, two).build(), key
    k = s.keys["rsa2048"]
    spki = s.path("spki", k.spki())
    want = Container(k, one, pkeyinfo=k.spki(), plat=records).build()
    assert s.sign([one], "rsa2048", "--plain", "--key-info", spki, *plat) == want
    # Information for another platform: ours would not boot it, but the plain container is not ours to judge.
    done, out = s.run([one], "rsa2048", "--plain", "--key-info", info)
    assert done.returncode == 0, done.stderr
    with open(out, "rb") as f:
        assert f.read() == Container(k, one, pkeyinfo=b"who signed").build()


def ours_is_right(s):
    fw = Firmware().build()
    upstream = [C.SIGNTYPE, C.NUM_IMG, C.IMGTYPE, C.IMGSIZE, C.HASHTYPE, C.HASHTABLE]
    for key in ("rsa2048", "rsa3072", "rsa4096", "p256"):
        data = s.sign([fw, images.second_image()], key, "--fw-version", "0xffffffffffffffff", "--target", images.TARGET,
                      "--debuggable", "--plat-tlv", "0x1ffff", "x")
        listed, elfs = reader.check(data, s.keys[key].public)
        assert [r[0] for r in listed] == upstream + [0x1FFFF, C.HEADERS, C.VERSION, C.TARGET, C.FLAGS, C.TABLE], listed
        records = dict(listed)
        assert records[C.VERSION] == b"\xff" * 8 and records[C.TARGET] == images.TARGET.encode()
        assert records[C.FLAGS] == b"\1\0\0\0" and elfs[0] == C.pad8(fw)
        plain = s.sign([fw], key, "--plain")
        assert [r[0] for r in reader.check(plain, s.keys[key].public)[0]] == upstream
        data = s.sign([fw], key)
        assert [r[0] for r in reader.check(data, s.keys[key].public)[0]] == upstream + [C.HEADERS, C.TABLE]
        data = s.sign([Firmware(with_table=False).build()], key)
        assert dict(reader.check(data, s.keys[key].public)[0])[C.TABLE] == bytes(12)


def the_reader_has_teeth(s):
    """A reader that never objects would prove nothing."""
    data = s.sign([Firmware().build()], "rsa2048", "--fw-version", "1")
    for at in (0, 4, 12, 20, 28, 100, 150, len(data) - 300, len(data) - 1200):
        try:
            reader.check(E.patch(data, at, bytes([data[at] ^ 1])), s.keys["rsa2048"].public)
        except reader.Wrong:
            continue
        raise AssertionError("a change at %d was not seen" % at)


def bad_input_is_not_signed(s):
    good = Firmware().build()

    def with_segment(segment):
        return Firmware(extra_segments=[segment]).build()

    s.refuse([with_segment(Segment(E.SRAM, bytes(16)))], "overlap", "segment 3")
    s.refuse([with_segment(Segment(E.SRAM + 0x9000, bytes(16), memsz=8))], "segment", "segment 3")
    outside = Segment(E.SRAM + 0x9000, bytes(16))
    outside.offset = 0x10000
    s.refuse([with_segment(outside)], "failed", "segment 3")
    s.refuse([Firmware(rsc=E.table([E.vdev()], ver=3)).build()], "resource-table", "version 3")
    s.refuse([good[:40]], "elf", "40 bytes")
    s.refuse([b"no ELF, but long enough to hold a header of one, which has 52 bytes"], "elf", "ELF")
    machine = Firmware()
    machine.e["machine"] = 183
    s.refuse([machine.build()], "failed", "machine 183")
    s.refuse([good] * 2, "overlap", "image 1")
    s.refuse([good], None, "--cert-chain", "--format", "mbn", status=2)
    s.refuse([good], "record", "0x1c003", "--target", "x" * 100)
    s.refuse([good], "failed", "0x1c001", "--plat-tlv", "0x1c001", "x")
    s.refuse([good], "failed", "0x20000", "--plat-tlv", "0x20000", "x")
    s.refuse([good], None, "--plain", "--plain", "--fw-version", "1", status=2)
    s.refuse([good], None, "32-bit", "--plat-tlv", "0x10000", "0x100000000", status=2)
    s.refuse([good], None, "64-bit", "--fw-version", "1e3", status=2)
    s.refuse([good] * 9, None, "holds 8", status=2)


def a_public_key_does_not_sign(s):
    done = subprocess.run([s.program, "sign", s.path("in0.elf", Firmware().build()), "-o", s.path("no"), "-k", s.keys["p256"].public],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 1 and b"public key where a private" in done.stderr, done.stderr
    assert not os.path.exists(s.path("no"))


def encrypted_keys_take_their_passphrase(s):
    s.path("in0.elf", Firmware().build())
    key, phrase = s.path("locked.pem"), s.path("phrase", b"correct horse\n")
    subprocess.run(["openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", s.keys["p256"].private, "-out", key,
                    "-passout", "pass:correct horse"], check=True, stderr=subprocess.DEVNULL)
    for path, status in ((phrase, 0), (s.path("wrong", b"battery\n"), 1)):
        done = subprocess.run([s.program, "sign", s.path("in0.elf"), "-o", s.path("locked.rproc"), "-k", key,
                               "--passin", "file:" + path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == status, done.stderr
    assert b"does not open" in done.stderr, done.stderr


def trusted_applications_are_signed(s):
    program = Firmware().build()
    elf, out = s.path("ta.elf", program), s.path("x.ta")
    uuid = "80a4c275-0a47-4905-8285-1486a9771a08"
    for key, status in (("rsa4096", 0), ("p256", 1)):
        done = subprocess.run([s.program, "sign", elf, "-o", out, "-k", s.keys[key].private, "--format", "ta", "--uuid", uuid,
                               "--fw-version", "3"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == status, done.stderr
    with open(out, "rb") as f:
        data = f.read()
    want = struct.pack("<4I2H", 0x4F545348, 1, len(program), 0x70004830, 32, 512)
    assert data[:20] == want and data[564:580].hex() == uuid.replace("-", "") and data[580:584] == b"\3\0\0\0"
    message = data[:20] + data[564:]
    reader.check_signature(message, data[52:564], 1, s.keys["rsa4096"].public)
    shown = subprocess.run([s.program, "inspect", out, "--json"], stdout=subprocess.PIPE, check=True).stdout
    assert json.loads(shown)["ta"]["uuid"] == uuid and json.loads(shown)["first_broken"] is None


CHECKS = [plain_is_byte_exact, ours_is_right, the_reader_has_teeth, bad_input_is_not_signed, a_public_key_does_not_sign,
          encrypted_keys_take_their_passphrase, trusted_applications_are_signed]


def main(argv):
    keys = Keys(os.path.join(argv[2], "keys"))
    bad = 0
    for check in CHECKS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(Signer(argv[1], folder, keys))
                print("ok   ", check.__name__)
            except (AssertionError, reader.Wrong, subprocess.CalledProcessError) as e:
                bad += 1
                print("FAIL ", check.__name__, repr(e))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
