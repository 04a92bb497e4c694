#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_tokens.py PROGRAM MODULE: keys in tokens, by SoftHSM2: RSA and EC, containers and Qualcomm images, and every refusal.

77 when SoftHSM2 is not there.
"""

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile

from bench import Bench, need, openssl

LIBRARIES = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/lib64/libsofthsm2.so",
             "/usr/local/lib/softhsm/libsofthsm2.so"]
PIN, OFFICER = "4711-user", "0815-officer"
CKA_LABEL, CKA_SIGN = 3, 0x108


def skip(reason):
    print("SKIP: " + reason)
    sys.exit(77)


def tool(*args):
    subprocess.run(["softhsm2-util", *args], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def new_token(label):
    tool("--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", OFFICER)


def put_key(b, token, pem, label, number):
    tool("--import", b.at(pem), "--token", token, "--label", label, "--id", number, "--pin", PIN)


class Attribute(ctypes.Structure):
    _fields_ = [("type", ctypes.c_ulong), ("value", ctypes.c_void_p), ("length", ctypes.c_ulong)]


def set_attribute(library, token, label, kind, value):
    """In a process of its own: change a CK_BBOOL of the private key @label."""
    if os.fork() == 0:
        p11, ok = ctypes.CDLL(library), 0
        p11.C_Initialize(None)
        slots, n = (ctypes.c_ulong * 16)(), ctypes.c_ulong(16)
        p11.C_GetSlotList(1, slots, ctypes.byref(n))
        for slot in slots[:n.value]:
            info = ctypes.create_string_buffer(512)
            p11.C_GetTokenInfo(ctypes.c_ulong(slot), info)
            if info.raw[:32].rstrip() != token.encode():
                continue
            session = ctypes.c_ulong()
            p11.C_OpenSession(ctypes.c_ulong(slot), ctypes.c_ulong(6), None, None, ctypes.byref(session))
            p11.C_Login(session, ctypes.c_ulong(1), PIN.encode(), ctypes.c_ulong(len(PIN)))
            name, cls = ctypes.create_string_buffer(label.encode(), len(label)), ctypes.c_ulong(3)
            want = (Attribute * 2)(Attribute(0, ctypes.addressof(cls), 8), Attribute(CKA_LABEL, ctypes.addressof(name), len(label)))
            p11.C_FindObjectsInit(session, want, ctypes.c_ulong(2))
            found, n_found = ctypes.c_ulong(), ctypes.c_ulong()
            p11.C_FindObjects(session, ctypes.byref(found), ctypes.c_ulong(1), ctypes.byref(n_found))
            p11.C_FindObjectsFinal(session)
            flag = ctypes.c_ubyte(value)
            change = Attribute(kind, ctypes.addressof(flag), 1)
            ok = n_found.value == 1 and p11.C_SetAttributeValue(session, found, ctypes.byref(change), ctypes.c_ulong(1)) == 0
        p11.C_Finalize(None)
        os._exit(0 if ok else 1)
    need(os.wait()[1] == 0, "the attribute of %s cannot be set" % label)


def set_up(b):
    os.mkdir(b.at("tokens"))
    b.write("softhsm2.conf", ("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n" % b.at("tokens")).encode())
    b.env["SOFTHSM2_CONF"] = os.environ["SOFTHSM2_CONF"] = b.at("softhsm2.conf")
    for token in ("first", "second"):
        new_token(token)
    for name, number in (("rsa", "a1"), ("p256", "b2"), ("p384", "c3")):
        put_key(b, "first", name + ".pem", "my " + name, number)
    b.write("pin", (PIN + "\n").encode())


def containers(b, uri):
    for name in ("rsa", "p256"):
        key = uri("token=first;object=my%20" + name)
        b.good("sign", "fw.elf", "-o", "out", "--key", key)
        b.good("verify", "out", "--key", name + ".pub")
    b.good("sign", "fw.elf", "-o", "one", "--key", "rsa.pem")
    b.good("sign", "fw.elf", "-o", "two", "--key", uri("token=first;id=%a1"))
    need(b.read("one") == b.read("two"), "the token's RSA signature is another")
    b.good("sign", "fw.elf", "-o", "out", "--key", uri("token=first;id=%b2;type=private"))
    b.good("sign", "fw.elf", "-o", "x.ta", "--format", "ta", "--uuid", "80a4c275-0a47-4905-8285-1486a9771a08", "--key",
           uri("token=first;id=%a1"))


def pins(b, uri, library):
    key = "pkcs11:token=first;id=%%b2?module-path=%s" % library
    sign = ["sign", "fw.elf", "-o", "out", "--key"]
    b.good(*sign, key + "&pin-source=" + b.at("pin"))
    b.good(*sign, key + "&pin-source=file:" + b.at("pin"))
    b.good(*sign, key + "&pin-source=file://" + b.at("pin"))
    b.good(*sign, key, "--passin", "pass:" + PIN)
    b.good(*sign, key, "--passin", "stdin", input=PIN.encode() + b"\n")
    sign[3] = "no"
    b.bad(1, "wants a PIN and none was given", *sign, key, start_new_session=True)
    errors = b.bad(1, "neither file: nor an absolute path", *sign, key + "&pin-source=" + PIN)
    need(PIN not in errors, "a PIN was told")
    b.bad(1, "No such file", *sign, key + "&pin-source=/nowhere/pin")
    errors = b.bad(1, "the PIN does not open the token 'first', and was not tried again", *sign, key + "&pin-value=999999")
    need("999999" not in errors, "a PIN was told")
    errors = b.bad(1, "no such private key", *sign, "pkcs11:token=first;id=%%ff?module-path=%s&pin-value=%s" % (library, PIN))
    need(PIN not in errors, "a PIN was told")
    for command in (sign, ["verify", "out", "--key"], ["sign", "fw.elf", "-o", "no", "--digest-out", "no", "--key"]):
        status, out, errors = b.run(*command, "pkcs11:token=first;pin-value=%s;id=%%ff?module-path=%s" % (PIN, library))
        need(status == 1 and PIN not in out + errors, "a PIN that stands in front of the query: status %d, %s" % (status, errors))


def refusals(b, uri, library):
    sign = ["sign", "fw.elf", "-o", "no", "--key"]
    b.bad(1, "no such token is present", *sign, uri("token=third"))
    b.bad(1, "means 2 tokens, '", *sign, uri("object=my%20rsa"))
    b.bad(1, "holds no such private key", *sign, uri("token=second"))
    b.bad(1, "means more than one private key", *sign, uri("token=first"))
    b.bad(1, "does not mean a private key", *sign, uri("token=first;type=public;id=%a1"))
    b.bad(1, "is no PKCS#11 URI", *sign, uri("token=first;id=%x"))
    b.bad(1, "has an attribute that is not known", *sign, uri("token=first;colour=red"))
    b.bad(1, "cannot be loaded", *sign, "pkcs11:token=first?module-path=/nowhere/lib.so")
    b.bad(1, "p11-kit knows no", *sign, "pkcs11:token=first?module-name=nobody")
    b.bad(1, "only P-256 (prime256v1) is taken", *sign, uri("token=first;id=%c3"))
    b.bad(1, "a public key belongs", "verify", "out", "--key", uri("token=first;id=%a1"))
    put_key(b, "second", "rsa.pem", "quiet", "d4")
    set_attribute(library, "second", "quiet", CKA_SIGN, 0)
    b.bad(1, "may not sign (its CKA_SIGN is false)", *sign, uri("token=second;object=quiet"))


def mbn(b, uri):
    for kind, name in (("p384", "p384"), ("p256", "p256"), ("rsa-pss", "rsa"), ("rsa", "rsa")):
        key = uri("token=first;object=my%20" + name)
        b.good("ca", "init", "ca-" + kind, "--kind", kind)
        version, more = ("5", ["--for", "fw.elf", "--pas", "adsp"]) if kind == "rsa" else ("7", [])
        b.good("ca", "issue", "ca-" + kind, "-o", "leaf", "--key", key, *more)
        b.good("sign", "fw.elf", "--format", "mbn", "-o", "out.mbn", "--key", key, "--cert-chain", "leaf.crt", "--mbn-version",
               version, "--pas", "adsp")
        b.good("verify", "out.mbn", "--root", "self")
        os.remove(b.at("leaf.crt"))


def configured(b):
    """As installed: p11-kit's own configuration names the module."""
    if not os.path.exists("/usr/share/p11-kit/modules/softhsm2.module"):
        print("p11-kit's configuration names no SoftHSM2 here: it was found by its path only")
        return
    for query in ("", "module-name=softhsm2&"):
        b.good("sign", "fw.elf", "-o", "out", "--key", "pkcs11:token=first;id=%%a1?%spin-value=%s" % (query, PIN))
        b.good("verify", "out", "--key", "rsa.pub")


def logins(b, module, library):
    """A module that counts logins and tells other things of its token than SoftHSM2 does: never twice, never the last try."""
    count = b.at("logins")
    b.env.update(REAL_MODULE=library, LOGIN_COUNT=count)
    key = "pkcs11:token=first;id=%%b2?module-path=" + module + "&pin-value=%s"
    sign = ["sign", "fw.elf", "-o", "no", "--key"]
    for flags, pin, words, tries in (("0", "123456", "was not tried again", 1),
                                     ("low", "123456", "few tries are left", 1),
                                     ("final", PIN, "one try left before it locks, which is not taken", 0),
                                     ("locked", PIN, "is locked; its security officer", 0)):
        b.write("logins", b"")
        b.env["TOKEN_FLAGS"] = flags
        b.bad(1, words, *sign, key % pin)
        need(len(b.read("logins")) == tries, "%s: %d logins" % (flags, len(b.read("logins"))))
    b.write("logins", b"")
    b.env["TOKEN_FLAGS"] = "keypad"
    b.good("sign", "fw.elf", "-o", "out", "--key", key % "ignored")
    need(b.read("logins") == b"n", "a token with a keypad is given a PIN")
    b.env["TOKEN_FLAGS"] = "each"
    b.write("logins", b"")
    b.good("sign", "fw.elf", "-o", "out", "--key", key % PIN)
    need(b.read("logins") == b"pp", "a key that wants the PIN at each signature")
    b.env["TOKEN_FLAGS"] = "mechanism"
    b.bad(1, "cannot sign in this way", *sign, key % PIN)
    b.env["TOKEN_FLAGS"] = "removed"
    b.bad(1, "was removed; put it back", *sign, key % PIN)


def main():
    library = next((p for p in LIBRARIES if os.path.exists(p)), None)
    if not library or not shutil.which("softhsm2-util"):
        skip("SoftHSM2 is not installed")
    with tempfile.TemporaryDirectory() as folder:
        b = Bench(os.path.abspath(sys.argv[1]), folder)
        set_up(b)

        def uri(path):
            return "pkcs11:%s?module-path=%s&pin-value=%s" % (path, library, PIN)

        containers(b, uri)
        pins(b, uri, library)
        mbn(b, uri)
        refusals(b, uri, library)
        configured(b)
        logins(b, os.path.abspath(sys.argv[2]), library)
        print("%d commands did what they should" % b.count)


main()
