# SPDX-License-Identifier: BSD-2-Clause
"""Keys and signatures by the openssl command: made fresh for each run, kept nowhere else."""

import hashlib
import os
import subprocess

KINDS = {
    "rsa2048": ["RSA", "rsa_keygen_bits:2048"],
    "rsa3072": ["RSA", "rsa_keygen_bits:3072"],
    "rsa4096": ["RSA", "rsa_keygen_bits:4096"],
    "p256": ["EC", "ec_paramgen_curve:P-256"],
    "other": ["RSA", "rsa_keygen_bits:2048"],
    "other-p256": ["EC", "ec_paramgen_curve:P-256"],
}


def openssl(*args, stdin=b""):
    done = subprocess.run(["openssl", *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise RuntimeError("openssl %s: %s" % (args[0], done.stderr.decode(errors="replace").strip()))
    return done.stdout


def der_length(data, at):
    """Length of a DER value and where it starts."""
    if data[at] < 0x80:
        return data[at], at + 1
    n = data[at] & 0x7F
    return int.from_bytes(data[at + 1:at + 1 + n], "big"), at + 1 + n


def ecdsa_raw(der):
    """SEQUENCE { INTEGER r, INTEGER s } to r || s."""
    assert der[0] == 0x30
    _, at = der_length(der, 1)
    out = b""
    for _ in range(2):
        assert der[at] == 2
        n, at = der_length(der, at + 1)
        out += int.from_bytes(der[at:at + n], "big").to_bytes(32, "big")
        at += n
    return out


def ecdsa_der(raw):
    """The reverse, for openssl -verify."""
    def integer(b):
        b = b.lstrip(b"\0") or b"\0"
        b = (b"\0" if b[0] & 0x80 else b"") + b
        return bytes([2, len(b)]) + b
    body = integer(raw[:32]) + integer(raw[32:64])
    return bytes([0x30, len(body)]) + body


class Key:
    """A key pair in two files of `folder`."""

    def __init__(self, folder, name):
        self.name, self.private = name, os.path.join(folder, name + ".pem")
        self.public = os.path.join(folder, name + ".pub.pem")
        self.rsa = KINDS[name][0] == "RSA"
        if not os.path.exists(self.public):
            algorithm, option = KINDS[name]
            openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", self.private)
            openssl("pkey", "-in", self.private, "-pubout", "-out", self.public)
        self._spki = None

    def spki(self):
        if self._spki is None:
            self._spki = openssl("pkey", "-pubin", "-in", self.public, "-outform", "DER")
        return self._spki

    def fingerprint(self):
        return hashlib.sha256(self.spki()).hexdigest()

    def sign(self, message):
        sig = openssl("dgst", "-sha256", "-sign", self.private, stdin=message)
        return sig if self.rsa else ecdsa_raw(sig)

    def sign_der(self, message):
        """An ECDSA signature in the wrong form."""
        return openssl("dgst", "-sha256", "-sign", self.private, stdin=message)


class Keys:
    """All keys by name, made when first asked for."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.made = folder, {}

    def __getitem__(self, name):
        if name not in self.made:
            self.made[name] = Key(self.folder, name)
        return self.made[name]
