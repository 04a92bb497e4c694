#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_keys.py PROGRAM: keys in every file form, passphrases from everywhere, signatures that are made elsewhere."""

import json
import os
import pty
import signal
import sys
import tempfile
import termios

from bench import Bench, need, openssl

PHRASE = "correct horse 9f2c"


def forms(b):
    """PEM, DER, old and new, encrypted; the image verifies with the public half."""
    for name in ("rsa", "p256"):
        pem, old = b.at(name + ".pem"), "rsa" if name == "rsa" else "ec"
        openssl("pkey", "-in", pem, "-outform", "DER", "-out", b.at("8.der"))
        openssl(old, "-in", pem, "-outform", "DER", "-out", b.at("old.der"))
        openssl(old, "-in", pem, "-out", b.at("old.pem"), *(["-traditional"] if name == "rsa" else []))
        openssl("pkcs8", "-topk8", "-in", pem, "-out", b.at("locked.pem"), "-passout", "pass:" + PHRASE)
        openssl("pkcs8", "-topk8", "-in", pem, "-outform", "DER", "-out", b.at("locked.der"), "-passout", "pass:" + PHRASE)
        openssl(old, "-in", pem, "-aes128", "-out", b.at("oldlocked.pem"), "-passout", "pass:" + PHRASE,
                *(["-traditional"] if name == "rsa" else []))
        for key in (name + ".pem", "8.der", "old.der", "old.pem", "locked.pem", "locked.der", "oldlocked.pem"):
            b.good("sign", "fw.elf", "-o", "out", "--key", key, "--passin", "pass:" + PHRASE)
            b.good("verify", "out", "--key", name + ".pub")


def sources(b):
    """openssl's five, each right and wrong."""
    openssl("pkcs8", "-topk8", "-in", b.at("p256.pem"), "-out", b.at("locked.pem"), "-passout", "pass:" + PHRASE)
    b.write("phrase", (PHRASE + "\nsecond line\n").encode())
    b.write("empty", b"")
    sign = ["sign", "fw.elf", "--key", "locked.pem", "-o"]
    b.good(*sign, "out", "--passin", "pass:" + PHRASE)
    b.good(*sign, "out", "--passin", "file:phrase")
    b.good(*sign, "out", "--passin", "stdin", input=(PHRASE + "\n").encode())
    b.env["PHRASE"] = PHRASE
    b.good(*sign, "out", "--passin", "env:PHRASE")
    end, other = os.pipe()
    os.write(other, (PHRASE + "\nmore").encode())
    b.good(*sign, "out", "--passin", "fd:%d" % end, pass_fds=[end])
    need(os.read(end, 9) == b"more", "more than a line was taken")
    os.close(end)
    os.close(other)
    b.bad(1, "does not open the private key 'locked.pem'", *sign, "no", "--passin", "pass:battery")
    b.bad(1, "does not open", *sign, "no", "--passin", "file:empty")
    b.bad(1, "No such file", *sign, "no", "--passin", "file:nowhere")
    b.bad(1, "no passphrase was given", *sign, "no", "--passin", "env:NOT_SET_AT_ALL")
    b.bad(1, "Bad file descriptor", *sign, "no", "--passin", "fd:77")
    for text in ("secret", "fd:x", "", "prompt"):
        errors = b.bad(2, "pass:TEXT, file:PATH", *sign, "no", "--passin", text)
        need("secret" not in errors, "the passphrase was told")
    errors = b.bad(2, "unknown or ambiguous option '--pasin'", *sign, "no", "--pasin=pass:secret")
    need("secret" not in errors, "the passphrase of a misspelt option was told")


def without_terminal(b):
    """Nobody to ask: it says so and ends."""
    b.bad(1, "is encrypted and no passphrase was given", "sign", "fw.elf", "-o", "no", "--key", "locked.pem",
          start_new_session=True, stdin=-3)


def at_prompt(b, answer):
    """Sign in a terminal and answer what is asked: exit status, what was shown, and whether it echoes afterwards."""
    pid, master = pty.fork()
    if not pid:
        os.chdir(b.folder)
        os.execv(b.program, [b.program, "sign", "fw.elf", "-o", "tty.out", "--key", "locked.pem"])
    seen = b""
    while b"': " not in seen:
        seen += os.read(master, 1024)
    os.write(master, answer)
    _, status = os.waitpid(pid, 0)
    echoes = bool(termios.tcgetattr(master)[3] & termios.ECHO)
    try:
        while True:
            seen += os.read(master, 1024)
    except OSError:
        pass
    os.close(master)
    b.count += 1
    return os.waitstatus_to_exitcode(status), seen, echoes


def terminal(b):
    """Asked for once, without echo; the terminal echoes again afterwards, also when the answer is an interrupt."""
    try:
        for fd in os.openpty():
            os.close(fd)
    except OSError as e:
        print("no pseudo-terminal, so nobody was asked: %s" % e)
        return
    for answer, status in ((PHRASE.encode() + b"\n", 0), (b"wrong\n", 1), (b"\x03", -signal.SIGINT), (b"\x1c", -signal.SIGQUIT)):
        got, seen, echoes = at_prompt(b, answer)
        need(got == status and PHRASE.encode() not in seen and seen.count(b"passphrase or PIN of 'locked.pem'") == 1, seen)
        need(echoes, "the terminal does not echo any more")


def elsewhere(b, key, pubs, args, verify):
    """Two passes give what one gives; any other signature is refused."""
    first = ["sign", "fw.elf", "--key", key + ".pub", *args]
    said = json.loads(b.good(*first, "--digest-out", "digest", "--json"))
    digest = b.read("digest")
    need(said["digest"] == digest.hex() and said["algorithm"], "digest and words: %s" % said)
    b.good(*first, "-o", "no", "--digest-out", "again")
    need(b.read("again") == digest and not os.path.exists(b.at("no")), "the passes differ")
    options = said["openssl"].split("-out SIGNATURE ")[1].split()
    openssl("pkeyutl", "-sign", "-inkey", b.at(key + ".pem"), "-in", b.at("digest"), "-out", b.at("sig"), *options)
    b.good(*first, "-o", "out", "--signature-in", "sig")
    b.good(*verify)
    sig = b.read("sig")
    for i in (0, len(sig) // 2, len(sig) - 1):
        b.write("bent", sig[:i] + bytes([sig[i] ^ 1]) + sig[i + 1:])
        b.bad(1, "is not this key's for this image", *first, "-o", "no", "--signature-in", "bent")
    b.write("bent", sig + b"\0")
    b.bad(1, "is not this key's", *first, "-o", "no", "--signature-in", "bent")
    b.write("bent", bytes(513))
    b.bad(1, "are no signature", *first, "-o", "no", "--signature-in", "bent")
    b.write("bent", b"")
    b.bad(1, "is empty where a signature belongs", *first, "-o", "no", "--signature-in", "bent")
    b.bad(1, "is not this key's", *first, "--rollback" if "mbn" in args else "--fw-version", "9", "-o", "no", "--signature-in",
          "sig")
    b.bad(1, "is a private key where a public one belongs", "sign", "fw.elf", "--key", key + ".pem", *args, "-o", "no",
          "--signature-in", "sig")
    b.bad(2, "are two passes", *first, "-o", "no", "--signature-in", "sig", "--digest-out", "d")
    return sig


def raw(der, half):
    """r || s of an ECDSA signature."""
    out, at = b"", 2
    for _ in range(2):
        n = der[at + 1]
        out += der[at + 2:at + 2 + n].lstrip(b"\0").rjust(half, b"\0")
        at += 2 + n
    return out


def containers_elsewhere(b):
    for key in ("rsa", "p256"):
        sig = elsewhere(b, key, None, [], ["verify", "out", "--key", key + ".pub"])
    b.write("raw", raw(sig, 32))
    b.good("sign", "fw.elf", "--key", "p256.pub", "-o", "out", "--signature-in", "raw")
    b.good("verify", "out", "--key", "p256.pub")
    b.good("sign", "fw.elf", "--key", "rsa.pub", "--digest-out", "d")
    openssl("pkeyutl", "-sign", "-inkey", b.at("rsa.pem"), "-in", b.at("d"), "-out", b.at("sig"), "-pkeyopt", "digest:sha256")
    b.good("sign", "fw.elf", "--key", "rsa.pub", "-o", "two", "--signature-in", "sig")
    b.good("sign", "fw.elf", "--key", "rsa.pem", "-o", "one")
    need(b.read("one") == b.read("two"), "two passes make another file than one")


def mbn_elsewhere(b):
    for kind, key in (("p384", "p384"), ("p256", "p256"), ("rsa-pss", "rsa"), ("rsa", "rsa")):
        b.good("ca", "init", "ca-" + kind, "--kind", kind)
        fields = ["--pas", "adsp"] if kind == "rsa" else []
        b.good("ca", "issue", "ca-" + kind, "-o", "leaf-" + kind, "--key", key + ".pub", *fields)
        need(not os.path.exists(b.at("leaf-%s.key" % kind)), "a key that was given is not written")
        version = ["--mbn-version", "5"] if kind == "rsa" else ["--mbn-version", "7", "--pas", "adsp"]
        args = ["--format", "mbn", "--cert-chain", "leaf-%s.crt" % kind, *version]
        if kind == "rsa":
            b.good("ca", "issue", "ca-rsa", "-o", "short", "--key", "rsa.pub", "--pas", "adsp", "--for", "fw.elf")
            args[3] = "short.crt"
            elsewhere_v5(b, args)
        else:
            sig = elsewhere(b, key, None, args, ["verify", "out", "--root", "self"])
            if kind == "p384":
                b.write("raw", raw(sig, 48))
                b.good("sign", "fw.elf", "--key", "p384.pub", *args, "-o", "out", "--signature-in", "raw")
                b.good("verify", "out", "--root", "self")


def two_authorities_elsewhere(b):
    """The first key is elsewhere, the second at hand: its signature is not in the first one's digest."""
    b.good("ca", "init", "ca-qti", "--kind", "p384")
    b.good("ca", "issue", "ca-qti", "-o", "leaf-qti")
    args = ["--format", "mbn", "--cert-chain", "leaf-p384.crt", "--mbn-version", "7", "--pas", "adsp", "--second-key", "leaf-qti.key",
            "--second-cert-chain", "leaf-qti.crt"]
    elsewhere(b, "p384", None, args, ["verify", "out", "--root", "self"])


def elsewhere_v5(b, args):
    """Ids mixed in: the digest is not a plain one, and the block has no DigestInfo."""
    first = ["sign", "fw.elf", "--key", "rsa.pub", *args]
    said = json.loads(b.good(*first, "--digest-out", "digest", "--json"))
    need("without DigestInfo" in said["algorithm"], said)
    openssl("pkeyutl", "-sign", "-inkey", b.at("rsa.pem"), "-in", b.at("digest"), "-out", b.at("sig"),
            *said["openssl"].split("-out SIGNATURE ")[1].split())
    b.good(*first, "-o", "out", "--signature-in", "sig")
    b.good("verify", "out", "--root", "self")
    openssl("pkeyutl", "-sign", "-inkey", b.at("rsa.pem"), "-in", b.at("digest"), "-out", b.at("sig"), "-pkeyopt",
            "digest:sha256")
    b.bad(1, "is not this key's", *first, "-o", "no", "--signature-in", "sig")


def authorities(b):
    """Their keys may be encrypted; what they certify must go with them."""
    openssl("pkcs8", "-topk8", "-in", b.at("ca-p256/authority.key"), "-out", b.at("ca-p256/locked"), "-passout", "pass:" + PHRASE)
    os.replace(b.at("ca-p256/locked"), b.at("ca-p256/authority.key"))
    b.good("ca", "issue", "ca-p256", "-o", "leaf2", "--passin", "pass:" + PHRASE)
    b.bad(1, "does not open", "ca", "issue", "ca-p256", "-o", "no", "--passin", "pass:battery")
    b.bad(1, "certifies such keys only", "ca", "issue", "ca-p384", "-o", "no", "--key", "rsa.pub")
    b.bad(1, "certifies such keys only", "ca", "issue", "ca-rsa", "-o", "no", "--key", "p256.pub")
    b.bad(1, "is a private key", "ca", "issue", "ca-rsa", "-o", "no", "--key", "rsa.pem")


def main():
    with tempfile.TemporaryDirectory() as folder:
        b = Bench(os.path.abspath(sys.argv[1]), folder)
        forms(b)
        sources(b)
        without_terminal(b)
        terminal(b)
        containers_elsewhere(b)
        mbn_elsewhere(b)
        two_authorities_elsewhere(b)
        authorities(b)
        print("%d commands did what they should" % b.count)


main()
