#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run the core's guest programs on our core and on QEMU's mps2-an386 and compare their logs, word by word.

oracle.py RUN_CORE DIFFERENCES PROGRAM.elf:PROGRAM.bin...

The same file runs on both. QEMU's side is driven over its debugger stub on a pipe: a watchpoint on the log's end
marker tells that the program has finished, so nothing is waited for by time. Differences that are known are in
DIFFERENCES, each with the reason; one that is not there, and one that is there and does not occur, fail the test. (With
another QEMU than the one the list was made with, what agrees now is fine.)
Exit 77 when there is no QEMU.
"""

import os
import select
import shutil
import struct
import subprocess
import sys

LOG = 0x2000F000
WORDS = 1022
LISTED = "7.2"  # the QEMU of the list
SHOWN = 20
PATIENCE = 30  # seconds for one program


class Trouble(Exception):
    pass


class Stub:
    """The remote serial protocol of GDB, as far as it is needed."""

    def __init__(self, elf):
        self.qemu = subprocess.Popen(
            ["qemu-system-arm", "-M", "mps2-an386", "-nodefaults", "-net", "none", "-nographic",
             "-icount", "shift=5,sleep=off", "-S", "-kernel", elf, "-gdb", "stdio"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.buffer = b""

    def close(self):
        self.qemu.kill()
        self.qemu.communicate()

    def byte(self):
        if not self.buffer:
            if not select.select([self.qemu.stdout], [], [], PATIENCE)[0]:
                raise Trouble("QEMU: the program does not end")
            self.buffer = os.read(self.qemu.stdout.fileno(), 65536)
            if not self.buffer:
                raise Trouble("QEMU: " + self.qemu.stderr.read().decode(errors="replace").strip())
        first, self.buffer = self.buffer[:1], self.buffer[1:]
        return first

    def send(self, text):
        data = text.encode()
        self.qemu.stdin.write(b"$" + data + b"#%02x" % (sum(data) & 0xFF))
        self.qemu.stdin.flush()

    def receive(self):
        while self.byte() != b"$":
            pass
        data = b""
        while (c := self.byte()) != b"#":
            data += c
        self.byte()
        self.byte()
        self.qemu.stdin.write(b"+")
        self.qemu.stdin.flush()
        return data.decode()

    def ask(self, text):
        self.send(text)
        return self.receive()

    def read(self, address, size):
        data = b""
        while len(data) < size:
            n = min(size - len(data), 1024)
            answer = self.ask("m%x,%x" % (address + len(data), n))
            if len(answer) != 2 * n:
                raise Trouble("QEMU: memory at 0x%x cannot be read: %s" % (address + len(data), answer))
            data += bytes.fromhex(answer)
        return data


def on_qemu(elf):
    stub = Stub(elf)
    try:
        if stub.ask("Z2,%x,4" % LOG) != "OK":
            raise Trouble("QEMU: no watchpoint")
        answer = stub.ask("c")
        if "watch:%x;" % LOG not in answer:
            raise Trouble("QEMU: stopped otherwise: " + answer)
        # It stands before that store, at which the rest of the log is complete.
        count = struct.unpack("<I", stub.read(LOG + 4, 4))[0]
        count = min(count, WORDS)
        return ["%08x" % w for w in struct.unpack("<%dI" % count, stub.read(LOG + 8, 4 * count))] + ["end"]
    finally:
        stub.close()


def on_ours(run_core, binary):
    try:
        done = subprocess.run([run_core, binary], capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired as e:
        raise Trouble("our core: the program does not end") from e
    if done.returncode:
        raise Trouble("our core: " + done.stderr.strip())
    return done.stdout.split()


def read_differences(path):
    """program, word's index, ours, QEMU's, reason: one a line, in columns."""
    known = {}
    for line in open(path):
        if not line.strip() or line.startswith("#"):
            continue
        program, index, ours, theirs, reason = line.split(None, 4)
        known[program, int(index)] = (ours, theirs, reason.strip())
    return known


def listed_for_this_qemu():
    done = subprocess.run(["qemu-system-arm", "--version"], capture_output=True, text=True)
    return " version %s." % LISTED in done.stdout


def compare(name, ours, theirs, known):
    """The unexplained differences, as sentences. A longer log differs by "-" in the other."""
    bad, used = [], set()
    for i in range(max(len(ours), len(theirs))):
        a = ours[i] if i < len(ours) else "-"
        b = theirs[i] if i < len(theirs) else "-"
        why = known.get((name, i))
        if why and (a, b) == why[:2]:
            used.add((name, i))
            print("    word %d: ours %s, QEMU's %s: %s" % (i, a, b, why[2]))
        elif a != b:
            bad.append("%s %d %s %s" % (name, i, a, b))
    for key in known if listed_for_this_qemu() else ():
        if key[0] == name and key not in used:
            bad.append("%s: word %d is listed as different and is not, or not so" % key)
    return bad


def main():
    run_core, differences, *programs = sys.argv[1:]
    if not shutil.which("qemu-system-arm"):
        print("SKIP: no qemu-system-arm (package qemu-system-arm)")
        return 77
    known = read_differences(differences)
    bad, words = [], 0
    for pair in programs:
        elf, binary = pair.split(":")
        name = os.path.basename(binary).split(".")[0]
        try:
            ours, theirs = on_ours(run_core, binary), on_qemu(elf)
        except Trouble as e:
            bad.append("%s: %s" % (name, e))
            continue
        new = compare(name, ours, theirs, known)
        print("%s: %d words, %d unexplained differences" % (name, len(ours), len(new)))
        bad += new
        words += len(ours)
    for line in bad[:SHOWN]:
        print("FAIL:", line)
    if len(bad) > SHOWN:
        print("and %d more" % (len(bad) - SHOWN))
    print("%d programs, %d words, %d listed differences" % (len(programs), words, len(known)))
    return 1 if bad else 0


sys.exit(main())
