#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every line of JSON that the program prints is what docs/json.md says.

Usage: check_json.py SOURCE_DIR BUILD_DIR
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

SOURCE, BUILD = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
PAGE = (SOURCE / "docs/json.md").read_text(encoding="utf-8")
TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "list": list, "null": type(None)}
STEPS = ["power on", "session", "load", "resource table", "carveouts", "vrings", "start", "virtio", "shutdown", "stop",
         "release", "close", "power off"]


def events():
    """event: {member: type word} of the first table."""
    table = PAGE[PAGE.index("## `boot`"):PAGE.index("## The other")]
    out = {}
    for name, members in re.findall(r"^\| `([a-z-]+)` \| (.+?) \| .+ \|$", table, re.M):
        out[name] = dict(re.findall(r"`(\w+)` (\w+)", members))
    return out


def members(heading):
    """member: (type words, always there) of the table below this heading."""
    table = PAGE[PAGE.index(f"### {heading}\n"):].split("\n### ", 2)[0]
    out = {}
    for opening, name, words in re.findall(r"^\| (\[?)`(\w+)`\]? \| ([a-z ]+?) \|", table, re.M):
        out[name] = (words.split(" or "), not opening)
    assert out, heading
    return out


def is_a(value, word):
    if word == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[word])


def check_text(value):
    if isinstance(value, str):
        assert all(" " <= c <= "~" or c == "\t" for c in value), value
    elif isinstance(value, (list, dict)):
        for v in value.values() if isinstance(value, dict) else value:
            check_text(v)


def check_object(o, heading):
    table = members(heading)
    for name, (words, always) in table.items():
        assert name in o or not always, f"{heading}: no {name} in {o}"
        if name in o:
            assert any(is_a(o[name], w) for w in words), f"{heading}: {name} is {o[name]!r}"
    check_text(o)
    return table


class Bench:
    def __init__(self, work):
        self.work = work
        self.seen = {}
        self.lines = 0

    def run(self, *args, status=0, stop_after=None):
        p = subprocess.Popen([BUILD / "corewarden", *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             stdin=subprocess.DEVNULL, cwd=self.work, text=True)
        if stop_after:
            head = ""
            while stop_after not in head:
                line = p.stdout.readline()
                assert line, (head, p.stderr.read())
                json.loads(line)  # whole when it comes
                head += line
            p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=120)
        assert p.returncode == status, (args, p.returncode, out, err)
        return (head if stop_after else "") + out

    def boot(self, *args, status=0, stop_after=None):
        out = self.run("boot", *args, "--json", status=status, stop_after=stop_after)
        table = events()
        assert out.endswith("\n")
        found = [json.loads(line) for line in out.splitlines()]
        for line, e in zip(out.splitlines(), found):
            assert line.startswith('{"event":"'), line
            want = table[e["event"]]
            assert set(e) == {"event"} | set(want), f"{e} against {want}"
            assert all(is_a(e[m], w) for m, w in want.items()), e
            check_text(e)
            self.seen[e["event"]] = self.seen.get(e["event"], 0) + 1
            assert e["event"] != "step" or e["step"] in STEPS, e
        self.lines += len(found)
        assert [e["event"] for e in found].count("end") == 1 and found[-1] == {"event": "end", "ok": status == 0}
        assert (found[-2]["event"] == "error") == (status != 0), found[-2:]
        return found

    def one(self, heading, *args, status=0):
        o = json.loads(self.run(*args, "--json", status=status))
        self.lines += 1
        assert o["ok"] == (status == 0), o
        return o, check_object(o, heading)


def exact(pair):
    o, table = pair
    assert set(o) <= set(table), f"not in docs/json.md: {set(o) - set(table)}"
    return o


def prepare(b):
    for name in ("ours", "theirs"):
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
                        b.work / f"{name}.pem"], check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["openssl", "pkey", "-in", b.work / f"{name}.pem", "-pubout", "-out", b.work / f"{name}.pub"],
                       check=True)
    exact(b.one("`provision`", "provision", "--key", "ours.pub", "--state", "board"))
    for fw, key in (("echo", "ours"), ("fault", "ours"), ("echo", "theirs")):
        exact(b.one("`sign`", "sign", BUILD / f"firmware/{fw}.elf", "-o", f"{fw}-{key}", "--key", f"{key}.pem",
                    "--fw-version", "1", "--target", "st,stm32mp1-m4"))


def check_boots(b):
    b.boot("echo-ours", "--state", "board", "--echo", "3")
    found = b.boot("echo-ours", "--state", "board", stop_after='"endpoint"')
    steps = [e["step"] for e in found if e["event"] == "step"]
    assert steps == STEPS, steps
    crash = [e for e in b.boot("fault-ours", "--state", "board", status=1) if e["event"] == "crash"]
    assert [c["count"] for c in crash] == [1, 2, 3] and crash[0]["access"] == "read" and crash[0]["pc"]
    refused = b.boot("echo-theirs", "--state", "board", status=1)[-2]
    assert refused["code"] == "signature" and refused["tee_result"], refused
    missing = b.boot("nothing", "--state", "board", status=1)[-2]
    assert missing["code"] == "failed" and missing["errno"] == "ENOENT", missing
    b.boot(BUILD / "firmware/echo.elf", "--state", "blank", "--unauthenticated", "--timeout", "1")
    left = set(events()) - set(b.seen)
    assert left <= {"remark"}, f"events that nothing showed: {left}"


def check_objects(b):
    o = exact(b.one("`verify`", "verify", "echo-ours", "--key", "ours.pub", "--board", "stm32mp15"))
    assert o["code"] == "ok" and o["load"]["segments"]
    o = exact(b.one("`verify`", "verify", "echo-ours", "--key", "theirs.pub", status=1))
    assert o["code"] == "signature" and o["board"] is None
    for name in ("echo-ours", BUILD / "firmware/echo.elf", "ours.pem"):
        b.one("`inspect`", "inspect", name)
    exact(b.one("`diff`", "diff", "echo-ours", "echo-ours"))
    failure = "When a command fails before it has an answer"
    exact(b.one(failure, "verify", "nothing", "--key", "ours.pub", status=1))
    exact(b.one(failure, "inspect", "nothing", status=1))
    exact(b.one(failure, "sign", "nothing", "-o", "x", "--key", "ours.pem", status=1))
    exact(b.one(failure, "provision", "--key", "theirs.pub", "--state", "board", status=1))
    exact(b.one("`provision`", "provision", "--reset", "--state", "board"))


def main():
    os.environ["LC_ALL"] = "C.UTF-8"
    assert len(events()) == 10
    with tempfile.TemporaryDirectory(prefix="corewarden-json.") as d:
        b = Bench(pathlib.Path(d))
        prepare(b)
        check_boots(b)
        check_objects(b)
    print(f"{b.lines} objects compared with docs/json.md: {b.seen}")


if __name__ == "__main__":
    main()
