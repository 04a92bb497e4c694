# SPDX-License-Identifier: BSD-2-Clause
"""What the checks of keys share: a folder, the program in it, keys by openssl, an ELF file to sign."""

import os
import struct
import subprocess

KEYS = {"rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]}


def need(condition, words):
    if not condition:
        raise AssertionError(words)


def openssl(*args, **more):
    return subprocess.run(["openssl", *args], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more).stdout


def elf():
    """A Cortex-M image of one segment in RETRAM."""
    data = struct.pack("<II", 0x10000400, 0x9) + bytes(range(248))
    head = b"\x7fELF\1\1\1" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 2, 40, 1, 8, 52, 0, 0x5000200, 52, 32, 1, 40, 0, 0)
    return head + struct.pack("<8I", 1, 84, 0, 0, len(data), len(data), 5, 4) + data


class Bench:
    def __init__(self, program, folder, env=None):
        self.program, self.folder, self.count = program, folder, 0
        self.env = dict(os.environ, **(env or {}))
        self.write("fw.elf", elf())
        for name, args in KEYS.items():
            openssl("genpkey", *args, "-out", self.at(name + ".pem"))
            openssl("pkey", "-in", self.at(name + ".pem"), "-pubout", "-out", self.at(name + ".pub"))

    def at(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.at(name), "wb") as f:
            f.write(data)

    def read(self, name):
        with open(self.at(name), "rb") as f:
            return f.read()

    def run(self, *args, **more):
        done = subprocess.run([self.program, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder,
                              env=self.env, **more)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def good(self, *args, **more):
        status, out, errors = self.run(*args, **more)
        need(status == 0 and not errors, "%s: status %d, %s" % (" ".join(args), status, errors))
        self.count += 1
        return out

    def bad(self, status, words, *args, **more):
        """Refused in one sentence that has @words, and without a file."""
        got, _, errors = self.run(*args, **more)
        need(got == status, "%s: status %d, %s" % (" ".join(args), got, errors))
        need(words in errors and errors.count("\n") == 1, "no '%s' in: %s" % (words, errors))
        need(not os.path.exists(self.at("no")), "something was written")
        self.count += 1
        return errors
