# SPDX-License-Identifier: BSD-2-Clause
"""Encrypted images, from the standards and docs/formats/rproc-container.md: AES (FIPS 197), GCM (SP 800-38D), HKDF (RFC 5869).

Written to be read, not to be fast, and for test keys only. ECDH on P-256 is the openssl command's.
"""

import hashlib
import hmac
import os
import struct
import tempfile

from keys import openssl

LABEL = b"corewarden image key"


# ---- AES-256 ----

def _sbox():
    box, p, q = [0x63] * 256, 1, 1
    while True:
        p = p ^ (p << 1) & 0xFF ^ (0x1B if p & 0x80 else 0)
        for shift in (1, 2, 4):
            q ^= q << shift & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        x = q
        for turn in (1, 2, 3, 4):
            x ^= (q << turn | q >> (8 - turn)) & 0xFF
        box[p] = x ^ 0x63
        if p == 1:
            return bytes(box)


SBOX = _sbox()


def _double(b):
    return b << 1 & 0xFF ^ (0x1B if b & 0x80 else 0)


def _round_keys(key):
    words = [key[4 * i:4 * i + 4] for i in range(8)]
    rcon = 1
    for i in range(8, 60):
        w = words[-1]
        if i % 8 == 0:
            w = bytes([SBOX[w[1]] ^ rcon, SBOX[w[2]], SBOX[w[3]], SBOX[w[0]]])
            rcon = _double(rcon)
        elif i % 8 == 4:
            w = bytes(SBOX[b] for b in w)
        words.append(bytes(a ^ b for a, b in zip(words[i - 8], w)))
    return [b"".join(words[4 * i:4 * i + 4]) for i in range(15)]


class Aes256:
    def __init__(self, key):
        self.keys = _round_keys(key)

    def block(self, data):
        s = [a ^ b for a, b in zip(data, self.keys[0])]
        for n in range(1, 15):
            s = [SBOX[s[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if n < 14:
                mixed = []
                for c in range(0, 16, 4):
                    col, total = s[c:c + 4], s[c] ^ s[c + 1] ^ s[c + 2] ^ s[c + 3]
                    mixed += [col[i] ^ total ^ _double(col[i] ^ col[(i + 1) % 4]) for i in range(4)]
                s = mixed
            s = [a ^ b for a, b in zip(s, self.keys[n])]
        return bytes(s)


# ---- GCM with an IV of 12 bytes ----

def _times(x, y):
    z = 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            z ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return z


def _ghash(h, data):
    y = 0
    for i in range(0, len(data), 16):
        y = _times(y ^ int.from_bytes(data[i:i + 16], "big"), h)
    return y


def gcm(key, iv, header, plain):
    """Ciphertext and tag."""
    aes = Aes256(key)
    h = int.from_bytes(aes.block(bytes(16)), "big")
    out = b""
    for i in range(0, len(plain), 16):
        stream = aes.block(iv + struct.pack(">I", 2 + i // 16))
        out += bytes(a ^ b for a, b in zip(plain[i:i + 16], stream))
    def pad(d):
        return d + bytes(-len(d) % 16)
    s = _ghash(h, pad(header) + pad(out) + struct.pack(">QQ", 8 * len(header), 8 * len(out)))
    tag = s ^ int.from_bytes(aes.block(iv + b"\0\0\0\1"), "big")
    return out, tag.to_bytes(16, "big")


# ---- the wrapped key ----

def hkdf(secret, salt, info, size):
    prk = hmac.new(salt, secret, hashlib.sha256).digest()
    out, block = b"", b""
    while len(out) < size:
        block = hmac.new(prk, block + info + bytes([len(out) // 32 + 1]), hashlib.sha256).digest()
        out += block
    return out[:size]


def point_of(spki):
    """The point is the end of the DER of a P-256 public key."""
    assert spki[-65] == 4
    return spki[-65:]


def wrap(folder, device_public, signer, content):
    """Point, wrapped key and tag, for the device whose public key is in the file @device_public."""
    with tempfile.TemporaryDirectory(dir=folder) as work:
        own = os.path.join(work, "own.pem")
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", own)
        secret = openssl("pkeyutl", "-derive", "-inkey", own, "-peerkey", device_public)
        point = point_of(openssl("pkey", "-in", own, "-pubout", "-outform", "DER"))
    device = point_of(openssl("pkey", "-pubin", "-in", device_public, "-outform", "DER"))
    made = hkdf(secret, point + device, LABEL + signer, 44)
    sealed, tag = gcm(made[:32], made[32:], b"", content)
    return point + sealed + tag
