#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""measures.py FILE: a table of what real-client measured, beside `xtest --hash-perf` on as many bytes. Nothing is asserted."""

import re
import sys


def read(path):
    times, hashes = {}, {}
    for line in open(path, errors="replace"):
        part = line.rstrip("\r\n").split("\t")
        if part[0] == "MEASURE":
            times[part[1], part[2], int(part[3])] = float(part[4])
            continue
        found = re.match(r"HASH (\d+) .*?min=([\d.]+)([mu]?)s", line)
        if found:
            hashes[int(found[1])] = float(found[2]) * {"": 1000, "m": 1, "u": 0.001}[found[3]]
    return times, hashes


def main(path):
    times, hashes = read(path)
    tas = [ta for ta in ("ours", "ours32", "optee") if (ta, "session", 0) in times]
    assert tas, "nothing was measured"
    print("%-28s %s" % ("milliseconds, best of runs", "".join("%12s" % ta for ta in tas)))
    for what, size in sorted({(w, s) for _, w, s in times}, key=lambda x: (x[1] > 0, x[0], x[1])):
        cells = [times.get((ta, what, size)) for ta in tas]
        limit = hashes.get(size // 65536 * 65536)
        note = "   %.2f of OP-TEE's own" % (cells[0] / cells[-1]) if tas[-1] == "optee" and cells[-1] else ""
        if limit and size:
            note += "   the hash alone %.2f, ours %.2f of that" % (limit, cells[0] / limit)
        label = "%s %d KiB" % (what, size // 1024) if size else what
        print("%-28s %s%s" % (label, "".join("%12.3f" % c if c is not None else "%12s" % "-" for c in cells), note))
    told = [s for _, w, s in times if w == "load"]
    if "optee" in tas and told:
        worst = max(times["ours", w, s] / times["optee", w, s] for t, w, s in times if t == "optee" and s)
        print("loading takes ours at most %.2f of the time of OP-TEE's own" % worst)


main(sys.argv[1])
