#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""consoles.py [--show] [--silence S] OUT COMMAND...: run a machine with two consoles to the end of its job.

COMMAND starts QEMU; "@linux" and "@optee" in it stand for the paths of `-serial pipe:`. What each console says goes to
OUT/linux.log and OUT/optee.log, and both, line by line in the order of arrival, with the second and the speaker in front, to
OUT/both.log; --show prints that, of the boot only who comes up. A machine that says nothing for S seconds (600) is ended.

Order: Linux can ask for it. An ENQ (0x05) of its console is answered with an ACK (0x06) when all that OP-TEE said before is
printed. OP-TEE speaks while Linux waits for it, so what lies between two answers belongs to the call between them.

Exit status: that of the job, by its last line "JOB n"; 125 when the machine did not come to it.
"""

import argparse
import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time

ENQ, ACK = b"\x05", b"\x06"
BOOT = re.compile(r"NOTICE:  BL\d+: v|I/TC: OP-TEE version|I/TC: .* switching to normal|U-Boot \d|Starting kernel|Linux \d")


class Console:
    def __init__(self, folder, name, label, out):
        self.name, self.label, self.rest = name, label, b""
        self.path = os.path.join(folder, name)
        os.mkfifo(self.path + ".in")
        os.mkfifo(self.path + ".out")
        # Both ends of each, so that no order of opening can block: the machine does the same.
        self.input = os.open(self.path + ".in", os.O_RDWR | os.O_CLOEXEC)
        self.output = os.open(self.path + ".out", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self.log = open(os.path.join(out, name + ".log"), "wb", buffering=0)

    def read(self):
        try:
            data = os.read(self.output, 65536)
        except BlockingIOError:
            return b""
        self.log.write(data.replace(ENQ, b""))
        return data


class Machine:
    def __init__(self, out, show, folder):
        self.linux = Console(folder, "linux", "Linux ", out)
        self.optee = Console(folder, "optee", "OP-TEE", out)
        self.both = open(os.path.join(out, "both.log"), "w", errors="replace", buffering=1)
        self.show, self.booting, self.job, self.start = show, True, None, time.monotonic()

    def tell(self, console, line):
        text = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[78])|[^\t -~]", "", line.decode("ascii", "replace"))
        self.both.write("%8.3f  %s | %s\n" % (time.monotonic() - self.start, console.label, text))
        if console is self.linux:
            found = re.fullmatch(r"JOB (\d+)", text)
            if found:
                self.job, self.show = int(found[1]), False
            self.booting &= not text.startswith("== ")
        if self.show and (not self.booting or BOOT.match(text)):
            print("%s | %s" % (console.label, text), flush=True)

    def lines(self, console, data):
        *whole, console.rest = (console.rest + data).split(b"\n")
        for line in whole:
            self.tell(console, line)

    def drain(self, console):
        while data := console.read():
            self.lines(console, data)

    def hear_linux(self):
        data = self.linux.read()
        *asked, rest = data.split(ENQ)
        for text in asked:
            self.lines(self.linux, text)
            self.drain(self.optee)
            os.write(self.linux.input, ACK)
        self.lines(self.linux, rest)
        return data

    def end(self):
        self.drain(self.optee)
        while self.hear_linux():
            pass


def run(machine, command, silence):
    """Until the machine ends, or is ended because it is silent."""
    consoles = (machine.linux, machine.optee)
    command = [re.sub(r"@(linux|optee)", lambda m: getattr(machine, m[1]).path, word) for word in command]
    selector = selectors.DefaultSelector()
    for console in consoles:
        selector.register(console.output, selectors.EVENT_READ, console)
    # Whatever ends this ends the machine.
    with subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdin=subprocess.DEVNULL) as qemu:
        pidfd = os.pidfd_open(qemu.pid)
        selector.register(pidfd, selectors.EVENT_READ)
        try:
            while True:
                ready = [key.data for key, _ in selector.select(silence)]
                if not ready:
                    print("consoles.py: nothing was said for %d s: ended" % silence, file=sys.stderr)
                    break
                if machine.linux in ready:
                    machine.hear_linux()
                elif machine.optee in ready:
                    machine.drain(machine.optee)
                if None in ready:
                    break
        finally:
            qemu.kill()
            os.close(pidfd)
    machine.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--silence", type=float, default=600)
    parser.add_argument("out")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(args.out, args.show, folder)
        run(machine, args.command, args.silence)
    return 125 if machine.job is None else machine.job


if __name__ == "__main__":
    sys.exit(main())
