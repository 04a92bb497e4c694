#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_large.py PROGRAM SANITIZE: images of 64 MiB. Memory at the peak is the file and 8 MiB, whoever looks at it; what is
covered is covered to the last byte; a file that arrives through a pipe is judged as one on a disk.
"""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

import elf as E

MIB = 1 << 20
SEGMENTS, SEGMENT = 4, 16 * MIB
ROOM = 8 * MIB


def mark(i):
    """What segment @i begins with."""
    return bytes([i]) * 64


def make(path):
    """Run as a process of its own: what it needs is not counted."""
    noise = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(1 << 15))
    firmware = E.Firmware()
    for i in range(SEGMENTS):
        firmware.add(E.Segment(E.DDR + i * SEGMENT, (mark(i) + noise * (SEGMENT // MIB))[:SEGMENT]))
    pathlib.Path(path).write_bytes(firmware.build())


class Program:
    def __init__(self, path, folder, measured):
        self.path, self.dir, self.measured = path, folder, measured

    def run(self, *args, status=0, limit=None, stdin=subprocess.DEVNULL):
        """Returns what it said; @limit: bytes of memory at its peak."""
        log = self.dir / "out"
        with open(log, "wb") as out:
            p = subprocess.Popen([self.path, *map(str, args)], stdin=stdin, stdout=out, stderr=subprocess.STDOUT,
                                 cwd=self.dir)
            _, code, usage = os.wait4(p.pid, 0)
            p.returncode = os.waitstatus_to_exitcode(code)
        text = log.read_text()
        assert p.returncode == status, f"{args}: {p.returncode}, not {status}\n{text}"
        if limit and self.measured:
            peak = usage.ru_maxrss * 1024
            print(f"{args[0]:8} {args[1]:12} {peak / MIB:7.1f} MiB at the peak, {(limit - peak) / MIB:.1f} below the limit")
            assert peak <= limit, f"{args}: {peak} bytes of memory, more than {limit}"
        return text


def flip(path, at):
    with open(path, "r+b") as f:
        f.seek(at)
        byte = f.read(1)[0]
        f.seek(at)
        f.write(bytes([byte ^ 1]))


def check_covered(p, image, verify):
    """First and last byte of every large segment."""
    for i in range(SEGMENTS):
        start = find(p.dir / image, mark(i) + hashlib.sha256(b"0").digest())
        for at in (start, start + SEGMENT - 1):
            flip(p.dir / image, at)
            text = p.run(*verify, status=1)
            assert "hash" in text, text
            flip(p.dir / image, at)
    p.run(*verify)


def find(path, what):
    """Offset of the first @what, read in parts."""
    with open(path, "rb") as f:
        at, tail = 0, b""
        while True:
            part = f.read(MIB)
            assert part, f"{what[:8]} is not in {path}"
            k = (tail + part).find(what)
            if k >= 0:
                return at - len(tail) + k
            at += len(part)
            tail = (tail + part)[-len(what):]


def check_container(p, limit):
    p.run("sign", "large.elf", "-o", "large.rproc", "--key", "key.pem", limit=limit)
    verify = ("verify", "large.rproc", "--key", "key.pub")
    p.run(*verify, limit=limit)
    p.run("inspect", "large.rproc", limit=limit)
    check_covered(p, "large.rproc", verify)
    with open(p.dir / "large.rproc", "rb") as f:
        cat = subprocess.Popen(["cat"], stdin=f, stdout=subprocess.PIPE)
        p.run("verify", "/dev/stdin", "--key", "key.pub", stdin=cat.stdout)
        cat.stdout.close()
        assert cat.wait() == 0
    os.truncate(p.dir / "large.rproc", 40 * MIB)
    assert "truncated" in p.run(*verify, status=1)
    (p.dir / "large.rproc").unlink()


def check_mbn(p, limit):
    p.run("ca", "init", "ca", "--kind", "p256", "--name", "Large")
    p.run("ca", "issue", "ca", "-o", "leaf", "--name", "Large")
    sign = ("sign", "large.elf", "--format", "mbn", "--pas", "adsp", "--key", "leaf.key", "--cert-chain", "leaf.crt")
    p.run(*sign, "-o", "large.mbn", limit=limit)
    p.run("verify", "large.mbn", "--root", "self", limit=limit)
    p.run("inspect", "large.mbn", limit=limit)
    check_covered(p, "large.mbn", ("verify", "large.mbn", "--root", "self"))
    p.run(*sign, "--split", "-o", "split.mdt", limit=limit)
    p.run("verify", "split.mdt", "--root", "self", limit=limit)
    p.run("inspect", "split.mdt", limit=limit)


def main():
    program, sanitize = sys.argv[1:]
    os.environ.pop("MALLOC_PERTURB_", None)  # meson's; it touches pages that nobody else would
    with tempfile.TemporaryDirectory(prefix="corewarden-large.") as d:
        folder = pathlib.Path(d)
        subprocess.run([sys.executable, "-B", __file__, "--make", folder / "large.elf"], check=True)
        subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
                        folder / "key.pem"], check=True)
        subprocess.run(["openssl", "pkey", "-in", folder / "key.pem", "-pubout", "-out", folder / "key.pub"], check=True)
        p = Program(os.path.abspath(program), folder, sanitize == "none")
        limit = (folder / "large.elf").stat().st_size + ROOM
        check_container(p, limit)
        check_mbn(p, limit)
    print("64 MiB, to the last byte" + ("" if p.measured else "; memory is not measured under a sanitizer"))


if __name__ == "__main__":
    if sys.argv[1] == "--make":
        make(sys.argv[2])
    else:
        main()
