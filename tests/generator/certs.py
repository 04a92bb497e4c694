# SPDX-License-Identifier: BSD-2-Clause
"""Certificate chains by the openssl command, right and wrong in chosen ways."""

import os

from keys import der_length, openssl

SIGN = {"p384": ["-sha384"], "p256": ["-sha256"], "rsa": ["-sha256"],
        "pss": ["-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]}
KEYS = {"p384": ["EC", "ec_paramgen_curve:P-384"], "p256": ["EC", "ec_paramgen_curve:P-256"],
        "p521": ["EC", "ec_paramgen_curve:P-521"], "rsa": ["RSA", "rsa_keygen_bits:2048"],
        "pss": ["RSA", "rsa_keygen_bits:2048"], "rsa1024": ["RSA", "rsa_keygen_bits:1024"]}
CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
LEAF = "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n"


def der_to_pem(der):
    return openssl("x509", "-inform", "DER", stdin=der)


class Certs:
    """Keys and certificates in files of `folder`; made when first asked for."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.chains = folder, {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def key(self, kind, name):
        path = self.path("%s-%s.pem" % (kind, name))
        if not os.path.exists(path):
            algorithm, option = KEYS[kind]
            openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", path)
        return path

    def certificate(self, name, kind, key, subject, issuer=None, issuer_key=None, extensions=CA, days=7000, sign=None):
        """DER; self-signed without an issuer (the name of a certificate made before)."""
        pem, extfile, request = (self.path(name + end) for end in (".crt", ".ext", ".csr"))
        with open(extfile, "w") as f:
            f.write(extensions)
        openssl("req", "-new", "-key", key, "-subj", subject, "-out", request, "-multivalue-rdn", "-utf8")
        command = ["x509", "-req", "-in", request, "-days", str(days), "-extfile", extfile, "-out", pem,
                   "-set_serial", "1", *(sign or SIGN[kind])]
        if issuer:
            command += ["-CA", self.path(issuer + ".crt"), "-CAkey", issuer_key]
        else:
            command += ["-signkey", key]
        openssl(*command)
        return openssl("x509", "-in", pem, "-outform", "DER")

    def chain(self, kind, units=(), name="plain", **wrong):
        """A Chain of three certificates. wrong: leaf_kind, leaf_ext, ca_ext, root_ext, ca_subject_lies, roots, swap_issuer,
        leaf_sign, days, ca_kind."""
        known = (kind, tuple(units), name)
        if known not in self.chains:
            self.chains[known] = self.make(kind, units, "%s-%s-%d" % (kind, name, len(self.chains)), **wrong)
        return self.chains[known]

    def make(self, kind, units, name, leaf_kind=None, leaf_ext=LEAF, ca_ext=CA, root_ext=CA, roots=1, swap_issuer=False,
             leaf_sign=None, ca_kind=None, root_kind=None, days=7000, other_root=False, name_lies=False):
        ca_kind, root_kind, leaf_kind = ca_kind or kind, root_kind or kind, leaf_kind or kind
        ders = []
        for i in range(roots):
            key = self.key(root_kind, "root%d" % i)
            ders.append(self.certificate("%s-root%d" % (name, i), root_kind, key, "/O=Corewarden tests/CN=%s root" % kind,
                                         extensions=root_ext))
        if other_root:  # same name, another key: what signed the authority is not in the chain
            self.certificate("%s-root0" % name, root_kind, self.key(root_kind, "stranger"),
                             "/O=Corewarden tests/CN=%s root" % kind)
        root_key = self.key(root_kind, "stranger" if other_root else "root0")
        ca_key, leaf_key = self.key(ca_kind, "authority"), self.key(leaf_kind, "leaf")
        subject = "/O=Corewarden tests/CN=%s authority" % kind
        ca = self.certificate(name + "-authority", root_kind, ca_key, subject, name + "-root0", root_key, ca_ext)
        if name_lies:  # the leaf names an issuer that is not the next certificate
            self.certificate(name + "-authority", root_kind, ca_key, subject + " of others", name + "-root0", root_key)
        signer = self.key(ca_kind, "impostor") if swap_issuer else ca_key
        if swap_issuer:
            self.certificate(name + "-authority", root_kind, signer, subject, name + "-root0", root_key)
        subject = "".join("/OU=" + unit for unit in units) + "/O=Corewarden tests/CN=%s leaf" % kind
        leaf = self.certificate(name + "-leaf", ca_kind, leaf_key, subject, name + "-authority", signer, leaf_ext, days,
                                leaf_sign)
        return Chain(self, leaf_kind if leaf_kind != kind else kind, leaf_key, [leaf, ca, *ders], name)


def postdate(der, key):
    """An RSA certificate (SHA-256) that is valid from the end of 2048 on, signed anew with its issuer's key: openssl makes none."""
    first = der_length(der, 1)[1]
    length, start = der_length(der, first + 1)
    body, rest = der[first:start + length], der[start + length:]
    at = body.index(b"\x17\x0d")  # the first UTCTime: notBefore
    body = body[:at + 2] + b"481231000000Z" + body[at + 15:]
    signature = openssl("dgst", "-sha256", "-sign", key, stdin=body)
    assert len(signature) == 256 and rest[-261:-256] == b"\x03\x82\x01\x01\x00"
    return der[:first] + body + rest[:-256] + signature


class Chain:
    def __init__(self, certs, kind, key, ders, name):
        self.certs, self.kind, self.key, self.ders, self.name = certs, kind, key, ders, name

    def root_file(self, number=0):
        """The root as a file, relative to the folder of the images."""
        name = self.name + ".trusted%d.crt" % number
        with open(self.certs.path(name), "wb") as f:
            f.write(der_to_pem(self.ders[2 + number]))
        return os.path.join("certs", name)

    def sign(self, message, digest_prefix=None):
        if self.kind == "rsa":  # the caller mixes the ids; a type 1 block without DigestInfo
            return openssl("pkeyutl", "-sign", "-inkey", self.key, "-pkeyopt", "rsa_padding_mode:pkcs1", stdin=message)
        if self.kind == "pss":
            return openssl("dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32", "-sign",
                           self.key, stdin=message)
        return openssl("dgst", "-sha384" if self.kind == "p384" else "-sha256", "-sign", self.key, stdin=message)
