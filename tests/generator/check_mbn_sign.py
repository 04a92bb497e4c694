#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_mbn_sign.py PROGRAM FOLDER ELF...: what `corewarden ca` and `corewarden sign --format mbn` make.

Every version with every way of signing, one and two authorities, merged and split, 32 and 64 bits, from plain ELF files and
from images signed before: read by mbn_reader.py and openssl, and taken by `corewarden verify`. Then what must be refused.
"""

import itertools
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

import mbn_reader
from mbn_reader import need


class Bench:
    def __init__(self, program, folder):
        self.program, self.folder, self.count = program, folder, 0

    def run(self, *args):
        done = subprocess.run([self.program, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def good(self, *args):
        status, out, errors = self.run(*args)
        need(status == 0 and not errors, "%s: %s" % (" ".join(args), errors))
        self.count += 1
        return out

    def bad(self, status, words, *args):
        got, _, errors = self.run(*args)
        need(got == status, "%s: status %d" % (" ".join(args), got))
        need(words in errors and errors.count("\n") == 1, "no '%s' in: %s" % (words, errors))
        self.count += 1

    def authority(self, kind):
        self.good("ca", "init", "ca-" + kind, "--kind", kind, "--name", "Test " + kind)
        self.good("ca", "issue", "ca-" + kind, "-o", "leaf-" + kind, "--name", "Test " + kind)

    def old_leaf(self, kind, elf, name):
        self.good("ca", "issue", "ca-" + kind, "-o", name, "--pas", "adsp", "--soc", "0x3005,0x6001", "--hw-id", "0x6000000000000000",
                  "--rollback", "7", "--oem", "0", "--for", elf)

    def signed(self, elf, out, version, leaf, second=None, *more):
        args = ["sign", elf, "--format", "mbn", "-o", out, "--mbn-version", str(version), "--key", leaf + ".key", "--cert-chain",
                leaf + ".crt", "--json", *more]
        if second:
            args += ["--second-key", second + ".key", "--second-cert-chain", second + ".crt"]
        if out.endswith(".mdt"):
            args.append("--split")
        answer = json.loads(self.good(*args))
        need(answer["ok"] and answer["mbn_version"] == version, "sign says %s" % answer)
        return mbn_reader.check(os.path.join(self.folder, out))


def loads(rows):
    return [r[0:2] + r[3:] for r in rows if r[0] == 1]


def check_same(name, elf, found):
    """Segments as they were: type, flags, addresses, sizes, bytes."""
    with open(elf, "rb") as f:
        data = f.read()
    rows, _ = mbn_reader.phdrs(data)
    need(loads(rows) == loads(found["rows"]), name + ": segments differ")
    before = [data[r[2]:r[2] + r[4]] for r in rows if r[0] == 1]
    after = [p for p, r in zip(found["pieces"], found["rows"]) if r[0] == 1]
    need(before == after, name + ": bytes differ")


def check_layout(name, found):
    version, number = found["version"], found["hash"]
    need(number == (len(found["rows"]) - 1 if version == 7 else 1), name + ": hash segment is number %d" % number)
    size = len(found["pieces"][number])
    words, parts = found["words"], found["parts"]
    if version == 3:
        need(words[3] == found["rows"][number][3] + 40 and words[6] == words[3] + len(parts["table"]) and
             words[8] == words[6] + len(parts["oem-signature"]), name + ": addresses")
    if version < 6:
        need(words[4] == size - 40, name + ": size of all")
        need(found["rows"][number][3] >= max(r[3] + r[5] for r in found["rows"] if r[0] == 1), name + ": hash over a segment")
    if version == 6:
        need(words[4] == size - 48 - len(parts["oem-meta"]) - len(parts["qti-meta"]), name + ": size of all")


def check_versions(b, elfs):
    for elf, version, split in itertools.product(elfs, (6, 7), (False, True)):
        for kind in ("p384", "p256", "rsa-pss"):
            for second in (None, "leaf-rsa-pss" if kind != "rsa-pss" else "leaf-p384"):
                name = "%s-%d-%s%s%s" % (os.path.basename(elf)[:-4], version, kind, "-both" if second else "", ".mdt" if split else ".mbn")
                found = b.signed(elf, name, version, "leaf-" + kind, second, "--pas", "cdsp", "--soc", "0x6003,0x6007", "--oem", "0x14d",
                                 "--model", "any", "--rollback", "9")
                check_same(name, elf, found)
                check_layout(name, found)
                args = ["verify", name, "--root", "ca-%s/root.crt" % kind, "--pas", "cdsp", "--soc", "0x6007", "--oem", "0x14d",
                        "--model", "77", "--min-rollback", "9"]
                b.good(*args, *(["--qti-root", "ca-%s/root.crt" % second[5:]] if second else []))
                b.bad(1, "OEM 0x14d", *args[:-6], "--oem", "2", *(["--qti-root", "self"] if second else []))


def check_old(b, elfs):
    for elf, version, kind in itertools.product(elfs, (3, 5), ("rsa", "rsa-pss", "p384")):
        name = "%s-%d-%s.mbn" % (os.path.basename(elf)[:-4], version, kind)
        b.old_leaf(kind, elf, name + "-leaf")
        found = b.signed(elf, name, version, name + "-leaf")
        check_same(name, elf, found)
        check_layout(name, found)
        need(found["oem"][1].startswith({"rsa": "sha256WithRSA", "rsa-pss": "rsassaPss", "p384": "ecdsa"}[kind]), "algorithm")
        b.good("verify", name, "--root", "ca-%s/root.crt" % kind, "--pas", "adsp", "--min-rollback", "7", "--soc", "0x3005")
        b.bad(1, "SoC hardware versions 0x3005 0x6001", "verify", name, "--root", "self", "--soc", "0x1")
        if version == 5 and kind != "p384":
            b.old_leaf("p384", elf, name + "-second")
            b.signed(elf, "both-" + name, 5, name + "-leaf", name + "-second")
            b.good("verify", "both-" + name, "--root", "self", "--qti-root", "ca-p384/root.crt")


def check_again(b, elf):
    """Signing what was signed before, in every direction, keeps segments and bindings."""
    b.signed(elf, "first.mbn", 6, "leaf-p384", None, "--pas", "modem", "--soc", "0x6003", "--oem", "5", "--model", "6", "--rollback", "3")
    before = "first.mbn"
    for version, out in ((7, "second.mbn"), (6, "third.mdt"), (7, "fourth.mbn")):
        found = b.signed(before, out, version, "leaf-p256")
        check_same(out, elf, found)
        b.good("verify", out, "--root", "ca-p256/root.crt", "--pas", "modem", "--soc", "0x6003", "--oem", "5", "--model", "6",
               "--min-rollback", "3")
        b.bad(1, "rollback version 3", "verify", out, "--root", "self", "--min-rollback", "4")
        before = out


def wide_elf(path):
    """A small ELF64 with a DYNAMIC inside a LOAD, and one with its headers inside its first LOAD."""
    data = bytes(range(200)) * 3
    rows = [(1, 5, 0, 0x86000000, 0x86000000, 0x1000 + len(data), 0x2000, 0x1000),
            (2, 4, 0x1010, 0x86001010, 0x86001010, 64, 64, 8), (1, 6, 0x1000 + len(data), 0x86004000, 0x86004000, 0, 0x3000, 0x1000)]
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 183, 1, 0x86000000, 64, 0, 0, 64, 56, len(rows), 64, 0, 0)
    head += b"".join(struct.pack("<IIQQQQQQ", *r) for r in rows)
    with open(path, "wb") as f:
        f.write(head.ljust(0x1000, b"\xcc") + data)
    return path


def check_refusals(b, elf):
    sign = ["sign", elf, "--format", "mbn", "-o", "never.mbn"]
    ok = ["--key", "leaf-p384.key", "--cert-chain", "leaf-p384.crt"]
    b.good("sign", *sign[1:2], "--format", "mbn", "-o", "good.mbn", *ok, "--pas", "adsp")
    b.bad(1, "give --root instead of --key", "verify", "good.mbn", "--key", "leaf-p256.crt")
    b.bad(1, "does not say what it is for", *sign, *ok)
    b.bad(1, "is not that of the chain's leaf", *sign, "--key", "leaf-p256.key", "--cert-chain", "leaf-p384.crt", "--pas", "adsp")
    b.bad(1, "leaf, authority and root are needed", *sign, "--key", "ca-p384/root.key", "--cert-chain", "ca-p384/root.crt", "--pas", "adsp")
    b.bad(1, "no certificate", *sign, "--key", "leaf-p384.key", "--cert-chain", "leaf-p384.key", "--pas", "adsp")
    b.bad(1, "cannot be read", *sign, "--key", "leaf-p384.key", "--cert-chain", "nowhere.crt", "--pas", "adsp")
    b.bad(1, "one signature only", *sign, *ok, "--mbn-version", "3", "--second-key", "leaf-p256.key", "--second-cert-chain",
          "leaf-p256.crt")
    b.bad(1, "SW_ID", *sign, *ok, "--mbn-version", "5")
    b.bad(1, "issue it with those options", *sign, *ok, "--mbn-version", "5", "--rollback", "4")
    b.bad(2, "3, 5, 6 or 7", *sign, *ok, "--mbn-version", "4")
    b.bad(2, "belong together", *sign, *ok, "--second-key", "leaf-p256.key")
    b.bad(2, "--key and --cert-chain", *sign)
    b.bad(2, "named after its .mdt", *sign, *ok, "--split")
    b.old_leaf("rsa", elf, "size-leaf")
    small = os.path.join(b.folder, "small.elf")
    with open(elf, "rb") as f:
        data = f.read()
    with open(small, "wb") as f:
        f.write(data[:44] + b"\1\0" + data[46:])
    b.bad(1, "SW_SIZE", "sign", "small.elf", "--format", "mbn", "-o", "never.mbn", "--mbn-version", "3", "--key", "size-leaf.key",
          "--cert-chain", "size-leaf.crt")
    b.bad(1, "is for image type 0x4 (adsp), not 0x2 (modem)", *sign, "--mbn-version", "3", "--key", "size-leaf.key", "--cert-chain",
          "size-leaf.crt", "--pas", "modem")
    b.bad(1, "no ELF file", "sign", "leaf-p384.crt", "--format", "mbn", "-o", "never.mbn", *ok, "--pas", "adsp")
    b.bad(1, "exists, and no key", "ca", "init", "ca-p384")
    b.bad(1, "cannot be read: No such file", "ca", "issue", "nowhere", "-o", "leaf")
    with open(os.path.join(b.folder, "half.crt"), "w"):
        b.bad(1, "'half.crt' exists", "ca", "issue", "ca-p384", "-o", "half")
    need(not os.path.exists(os.path.join(b.folder, "half.key")), "a key was left without its certificate")
    b.bad(2, "--soc needs", "ca", "issue", "ca-p384", "-o", "leaf", "--pas", "adsp", "--soc", ",")
    b.bad(2, "a day at least", "ca", "init", "ca-none", "--days", "0")
    b.bad(2, "of the kind of its authority", "ca", "issue", "ca-p384", "-o", "leaf", "--kind", "rsa")
    b.bad(2, "--pas or --sw-id", "ca", "issue", "ca-p384", "-o", "leaf", "--oem", "1")
    need(not os.path.exists(os.path.join(b.folder, "never.mbn")), "something was written")
    for name in ("leaf-p384.key", "ca-p384/root.key"):
        need(os.stat(os.path.join(b.folder, name)).st_mode & 0o777 == 0o600, "others may read " + name)


def main(argv):
    program, elfs = os.path.abspath(argv[1]), [os.path.abspath(e) for e in argv[2:]]
    folder = tempfile.mkdtemp(prefix="corewarden-mbn-")
    try:
        b = Bench(program, folder)
        for kind in ("p384", "p256", "rsa-pss", "rsa"):
            b.authority(kind)
        wide = wide_elf(os.path.join(folder, "wide.elf"))
        check_versions(b, [elfs[0], wide])
        check_old(b, [elfs[0], wide])
        check_again(b, elfs[-1])
        check_refusals(b, elfs[0])
        print("%d commands as expected" % b.count)
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
