#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_svg.py PROGRAM IMAGES MBN BOARD...: the pictures of `corewarden inspect --svg`.

Every picture is well-formed XML of a few known elements, inside its page, with no two pieces of text over each other, addresses
that fall from top to bottom, and heights to scale. Hostile names stay text. Damaged images draw something or are refused in a
sentence. Where rsvg-convert is installed, every kind of picture is rendered too.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

import csffw
import elf as E
from check_inspect import damage
from elf import Elf, Firmware, Segment
from samples import elf64

NS = "{http://www.w3.org/2000/svg}"
KNOWN = {NS + n for n in ("svg", "title", "rect", "path", "text", "tspan")}


def draw(program, path, out, *args):
    done = subprocess.run([program, "inspect", path, "--svg", out, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr.decode("ascii")


def width(text, size, mono, bold):
    """Of Arial and its likes, rather too little than too much: what overlaps here overlaps in print."""
    if mono:
        return 0.6 * size * len(text)
    narrow = sum(c in "iljI.,:;|'!ftr()[]- /" for c in text)
    return size * (0.28 * narrow + (0.55 if bold else 0.5) * (len(text) - narrow))


class Text:
    def __init__(self, element):
        self.size = float(element.get("font-size"))
        self.y, x = float(element.get("y")), float(element.get("x"))
        mono, bold = "Mono" in element.get("font-family"), element.get("font-weight") == "bold"
        self.text, w = element.text or "", width(element.text or "", self.size, mono, bold)
        for span in element:
            w += float(span.get("dx")) + width(span.text or "", float(span.get("font-size")), False, False)
            self.text += " " + (span.text or "")
        self.x = x - {"start": 0, "middle": w / 2, "end": w}[element.get("text-anchor", "start")]
        self.end, self.mono = self.x + w, mono

    def over(self, other):
        return self.x < other.end and other.x < self.end and \
            self.y - 0.72 * self.size < other.y + 0.2 * other.size and other.y - 0.72 * other.size < self.y + 0.2 * self.size


def read(path):
    tree = ET.parse(path).getroot()
    assert all(e.tag in KNOWN for e in tree.iter()), {e.tag for e in tree.iter()} - KNOWN
    w, h = float(tree.get("width")), float(tree.get("height"))
    texts = [Text(e) for e in tree.iter(NS + "text")]
    for t in texts:
        assert 0 <= t.x and t.end <= w and 0 < t.y < h, ("outside of the page", t.text)
    for i, a in enumerate(texts):
        for b in texts[i + 1:]:
            assert not a.over(b), ("over each other", a.text, b.text)
    addresses = [int(t.text, 16) for t in sorted((t for t in texts if t.mono), key=lambda t: t.y)]
    assert len(addresses) >= 2 and addresses == sorted(addresses, reverse=True), "addresses do not fall"
    for r in tree.iter(NS + "rect"):
        x, y, rw, rh = (float(r.get(k)) for k in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and rw > 0 and rh >= 0 and x + rw <= w and y + rh <= h, "a box outside of the page"
    return tree, texts


def labels(texts):
    return " | ".join(t.text for t in texts)


def check_hostile(program, folder, board):
    """Names that would be markup, if they were not escaped."""
    name = "<script>\"'&--></text>"
    table = E.table([E.vdev(), E.trace(E.TRACE_AT, 0x100, name=name), E.carveout(da=E.SRAM_DATA + 0x8000, size=0x100, name="]]>&lt;")])
    path, out = os.path.join(folder, "<b>&\"'.elf"), os.path.join(folder, "out.svg")
    with open(path, "wb") as f:
        f.write(Firmware(rsc=table).build())
    assert draw(program, path, out, "--board", board) == (0, b"", "")
    tree, texts = read(out)
    assert any(name[:12] in t.text for t in texts) and tree.find(NS + "title").text == "Memory map of <b>&\"'.elf", labels(texts)
    with open(out) as f:
        source = f.read()
    assert "<script" not in source and "</text>&" not in source
    control = E.table([E.trace(E.TRACE_AT, 0x100, name="\x01\x1b[31m\x7f")])
    with open(path, "wb") as f:
        f.write(Firmware(rsc=control).build())
    assert draw(program, path, out, "--board", board)[0] == 0
    read(out)


def heights(tree):
    """Of the boxes of the file, from the top: the filled ones in its column."""
    boxes = [(float(r.get("y")), float(r.get("height"))) for r in tree.iter(NS + "rect")
             if r.get("x") == "132.0" and r.get("fill") != "none" and float(r.get("width")) > 100]
    return [h for _, h in sorted(boxes)]


def check_scale(program, folder):
    e = Elf()
    for at, size in ((0, 0x1000), (0x1000, 0x2000), (0x3000, 0x800)):
        e.add(Segment(E.SRAM + at, bytes(size)))
    path, out = os.path.join(folder, "scale.elf"), os.path.join(folder, "scale.svg")
    with open(path, "wb") as f:
        f.write(e.build())
    assert draw(program, path, out)[0] == 0
    third, second, first = heights(read(out)[0])
    assert abs(second / first - 2) < 0.02 and abs(first / third - 2) < 0.02, (first, second, third)


def check_echo(program, folder, board):
    """What is said of the standard firmware on the board."""
    path, out = os.path.join(folder, "fw.elf"), os.path.join(folder, "fw.svg")
    with open(path, "wb") as f:
        f.write(Firmware().build())
    assert draw(program, path, out, "--board", board)[0] == 0
    texts = labels(read(out)[1])
    for word in ("segment 0 r--, 256 bytes", "segment 1 r-x", "segment 2 rw-, 64 bytes", "segment 2, zeroed", "trace cm4_log 256 bytes",
                 "resource table 140 bytes", "vdev0vring0 438 bytes", "vdev0buffer", "retram", "mcuram2", "0x10000000", "Normal world",
                 "leaves open", "same memory as mcuram2", "no firewall covers"):
        assert word in texts, (word, texts)
    assert draw(program, path, out)[0] == 0
    texts = labels(read(out)[1])
    assert "retram" not in texts and "Normal world" not in texts and "vdev0vring0: the host chooses the address." in texts, texts


def check_usage(program, folder, board):
    path, out = os.path.join(folder, "fw.elf"), os.path.join(folder, "never.svg")
    for args in (("--board", board), ("--svg",), ("--svg", out, "--json"), ("--svg", out, "--rproc", "m4")):
        done = subprocess.run([program, "inspect", path, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 2 and done.stderr, args
    assert draw(program, path, out, "--board", "no-such-board")[0] == 1 and not os.path.exists(out)
    garbage = os.path.join(folder, "garbage")
    with open(garbage, "wb") as f:
        f.write(b"garbage")
    status, _, err = draw(program, garbage, out)
    assert status == 1 and "no memory map" in err and not os.path.exists(out), err


def main(argv):
    program, images, mbn, *boards = argv[1:]
    found, count, rendered, renderer = [], 0, 0, shutil.which("rsvg-convert")
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.svg")
        for name, what, args in (("hostile", check_hostile, boards[:1]), ("scale", check_scale, []), ("echo", check_echo, boards[:1]),
                                 ("usage", check_usage, boards[:1])):
            try:
                what(program, folder, *args)
            except (AssertionError, ET.ParseError) as e:
                found.append("%s: %s" % (name, e))
        wide, mali = os.path.join(folder, "wide.elf"), os.path.join(folder, "mali.bin")
        for path, data in ((wide, elf64()), (mali, csffw.Csffw().build())):
            with open(path, "wb") as f:
                f.write(data)
        work = [(os.path.join(images, n), ("--board", b)) for n in sorted(os.listdir(images)) if re.match(r"good-.*rproc$", n)
                for b in boards]
        work += [(os.path.join(mbn, n), ()) for n in sorted(os.listdir(mbn)) if re.match(r"good-.*\.(mbn|mdt)$", n)]
        for path, args in work + [(wide, ()), (mali, ())]:
            status, _, err = draw(program, path, out, *args)
            try:
                assert status == 0, err
                read(out)
                count += 1
                if renderer and (count % 25 == 1 or not args):
                    subprocess.run([renderer, out, "-o", out + ".png"], check=True, stderr=subprocess.PIPE)
                    rendered += 1
            except (AssertionError, ET.ParseError, subprocess.CalledProcessError) as e:
                found.append("%s: %s" % (os.path.basename(path), e))
        dice, broken = random.Random("svg"), os.path.join(folder, "broken")
        for number in range(150):
            path, args = work[dice.randrange(len(work))]
            with open(path, "rb") as f:
                data = damage(f.read(), dice)
            with open(broken, "wb") as f:
                f.write(data)
            if os.path.exists(out):
                os.unlink(out)
            status, _, err = draw(program, broken, out, *args)
            try:
                assert (status == 0 and not err) or (status == 1 and err.count("\n") == 1 and not os.path.exists(out)), (status, err)
                if status == 0:
                    read(out)
            except (AssertionError, ET.ParseError) as e:
                found.append("damaged %d (%s): %s" % (number, os.path.basename(path), e))
    print("\n".join(found + ["%d pictures, %d rendered%s, %d wrong" % (
        count, rendered, "" if renderer else " (no rsvg-convert)", len(found))]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
