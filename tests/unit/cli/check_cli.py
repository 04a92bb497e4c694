#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_cli.py PROGRAM: what scripts depend on: exit status, one sentence, JSON, fuses that burn once."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
WRONG_USAGE = [
    [], ["fly"], ["sign"], ["sign", "x"], ["sign", "x", "-o", "y"], ["sign", "x", "-o", "y", "-k"], ["verify"],
    ["verify", "x"], ["verify", "x", "y", "-k", "z"], ["verify", "x", "-k", "y", "--rproc", "m4"],
    ["verify", "x", "-k", "y", "--minimum-version", "new"], ["verify", "x", "-k", "y", "--require", "luck"],
    ["verify", "x", "-k", "y", "--root", "self"], ["verify", "--tee"],
    ["verify", "--tee", "x", "y"], ["verify", "--tee=a", "x", "--state", "y"], ["verify", "--tee", "x", "--rproc-id", "m4"],
    ["inspect"], ["inspect", "x", "y"], ["inspect", "--wrong", "x"],
    ["provision"], ["provision", "-k", "x", "y"], ["provision", "-k", "x", "--slot", "4"],
    ["provision", "--reset", "--require", "version"], ["provision", "--reset", "--slot", "1"],
    ["sign", "x", "-o", "y", "-k", "z", "--format", "zip"],
    ["sign", "x", "-o", "y", "-k", "z", "--format", "ta"], ["sign", "x", "-o", "y", "-k", "z", "--uuid", "0"],
]
FAILS = [
    ["inspect", "/nonexistent"], ["inspect", "/"], ["verify", "/nonexistent", "-k", "/nonexistent"],
    ["verify", "/nonexistent", "--tee"], ["verify", "/dev/null", "--tee=/nonexistent"],
    ["sign", "/nonexistent", "-o", "/nonexistent/x", "-k", "/nonexistent"], ["provision", "-k", "/nonexistent"],
    ["provision", "--reset", "--state", "/proc/nonexistent"],
]


def run(*args, **env):
    done = subprocess.run([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **env})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def one_sentence(text):
    return text.startswith("corewarden") and text.count("\n") == 1 and text.endswith("\n")


def wrong_usage_is_status_2():
    for args in WRONG_USAGE:
        status, out, err = run(*args)
        assert status == 2 and not out and one_sentence(err) and "--help'" in err, (args, status, out, err)
    for command in ["verify", "x"], ["provision"]:
        assert "not 'luck'" in run(*command, "-k", "y", "--require", "version,luck,target")[2], command


def failures_are_status_1():
    for args in FAILS:
        status, out, err = run(*args)
        assert status == 1 and not out and one_sentence(err), (args, status, out, err)
        status, out, err = run(*args, "--json")
        answer = json.loads(out)
        assert status == 1 and answer["ok"] is False and answer["sentence"] in err, (args, status, out, err)


def help_is_status_0():
    status, out, err = run("--help")
    assert status == 0 and not err and out.startswith("corewarden ")
    for command in ("sign", "verify", "inspect", "provision"):
        assert "\n  %s " % command in out, command
        status, text, err = run(command, "--help")
        assert status == 0 and not err and text.startswith("usage: corewarden %s " % command), command
        assert max(map(len, text.splitlines())) <= 115, command
    assert run("--version")[1].startswith("corewarden 0.")


def make_key(folder, name):
    private, public = os.path.join(folder, name), os.path.join(folder, name + ".pub")
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", private],
                   check=True, stderr=subprocess.DEVNULL)
    der = subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-outform", "DER"], check=True,
                         stdout=subprocess.PIPE).stdout
    with open(public, "wb") as f:
        f.write(der)
    return public, hashlib.sha256(der).hexdigest(), der


def burn(state, *args):
    status, out, err = run("provision", "--state", state, "--json", *args)
    return status, json.loads(out), err


def fuses_burn_once():
    with tempfile.TemporaryDirectory() as folder:
        state = os.path.join(folder, "state")
        one, one_fp, one_der = make_key(folder, "one")
        two, two_fp, _ = make_key(folder, "two")
        status, answer, err = burn(state, "-k", one, "--require", "version")
        assert status == 0 and answer["fingerprint"] == one_fp and not answer["was_burnt"], (answer, err)
        with open(os.path.join(state, "tee", "keys", one_fp + ".der"), "rb") as f:
            assert f.read() == one_der
        with open(os.path.join(state, "fuses")) as f:
            before = f.read()
        assert "key0 %s\n" % one_fp in before and "require version\n" in before

        status, answer, err = burn(state, "-k", two)
        assert status == 1 and one_fp in err and "--slot 1" in err and "--reset" in err, err
        with open(os.path.join(state, "fuses")) as f:
            assert f.read() == before, "a refused burn changed the fuses"
        status, answer, _ = burn(state, "-k", one)
        assert status == 0 and answer["was_burnt"] and answer["require"] == "version", "requirements stay"
        status, answer, _ = burn(state, "-k", two, "--slot", "1", "--require", "target,headers")
        assert status == 0 and answer["require"] == "version,target,headers"
        assert [f["fingerprint"] for f in answer["fuses"]] == [one_fp, two_fp]

        status, answer, _ = burn(state, "--reset")
        assert status == 0 and answer["reset"] and answer["fuses"] == []
        status, answer, _ = burn(state, "-k", two, "--reset")
        assert status == 0 and [f["fingerprint"] for f in answer["fuses"]] == [two_fp]
        assert not os.path.exists(os.path.join(state, "tee", "keys", one_fp + ".der"))


def the_default_state_is_the_users():
    with tempfile.TemporaryDirectory() as folder:
        one, one_fp, _ = make_key(folder, "one")
        status, out, err = run("provision", "-k", one, XDG_STATE_HOME=os.path.join(folder, "s"))
        assert status == 0 and one_fp in out, err
        assert os.path.exists(os.path.join(folder, "s", "corewarden", "stm32mp15", "fuses"))


def names_need_not_be_utf8():
    """JSON is, so there a name's other bytes are spelt out."""
    with tempfile.TemporaryDirectory() as folder:
        name, gone = os.fsencode(folder) + b"/\xff.elf", os.fsencode(folder) + b"/\xfe.elf"
        with open(name, "wb") as f:
            f.write(b"nothing that is known")
        for args, status, member in (["inspect", name], 0, "file"), (["diff", name, name], 0, "a"), \
                (["inspect", gone], 1, "sentence"), (["diff", name, gone], 2, "sentence"):
            done = subprocess.run([PROGRAM, *args, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            assert done.returncode == status and "\\xf" in json.loads(done.stdout)[member], (args, done)


def compressed_firmware_is_not_booted():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "fw.rproc.zst")
        with open(path, "wb") as f:
            f.write(b"\x28\xb5\x2f\xfd and more")
        status, out, err = run("boot", path, "--state", os.path.join(folder, "state"))
        assert status == 1 and not out and one_sentence(err) and "zstd -d" in err, (status, out, err)


def full_disks_are_noticed():
    with open("/dev/full", "w") as full:
        for args in (["--help"], ["sign", "--help"], ["inspect", PROGRAM], ["inspect", PROGRAM, "--json"]):
            done = subprocess.run([PROGRAM, *args], stdout=full, stderr=subprocess.PIPE)
            assert done.returncode == 1 and b"cannot be written" in done.stderr, (args, done)


CHECKS = [wrong_usage_is_status_2, failures_are_status_1, help_is_status_0, fuses_burn_once,
          the_default_state_is_the_users, names_need_not_be_utf8, compressed_firmware_is_not_booted,
          full_disks_are_noticed]


def main():
    bad = 0
    for check in CHECKS:
        try:
            check()
            print("ok   ", check.__name__)
        except AssertionError as e:
            bad += 1
            print("FAIL ", check.__name__, e)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
