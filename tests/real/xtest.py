#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""xtest.py LOG: OP-TEE's regression tests with OP-TEE's libteec and with ours, one after the other in LOG, case by case.

A run lies between the lines "XTEST <library> begins" and "XTEST <library> ends". Every case and every part of one must have the
same result with both. A case that fails with both is the machine's matter, and listed. How many checks a case makes is told
but not compared: with one library it is another number every time (threads, time).
"""

import re
import sys

LIBRARIES = ("debian", "ours")


class Run:
    def __init__(self):
        self.results, self.says, self.counts, self.ended = {}, {}, [], False
        self.case, self.text = None, []

    def line(self, line):
        begins = re.match(r"[*o] (regression_[\w.]+) (.*)", line)
        ends = re.match(r" *(regression_[\w.]+) (OK|FAILED|SKIPPED)", line)
        if begins:
            self.case, self.text = begins[1], []
        elif ends:
            self.results[ends[1]] = ends[2]
            self.says.setdefault(ends[1], [t for t in self.text if re.search(r"unexpected value|[Ss]kip|Ignore", t)])
        elif re.match(r"\d+ (subtests|test cases) ", line):
            self.counts.append(line)
        else:
            self.text.append(line.strip())


def read(path):
    runs, run = {}, None
    for line in open(path, errors="replace"):
        line = re.sub(r"[^\t -~]", "", line.rstrip("\r\n"))
        mark = re.match(r"XTEST (\w+) (begins|ends)", line)
        if mark and mark[2] == "begins":
            run = runs[mark[1]] = Run()
        elif mark:
            run.ended, run = True, None
        elif run:
            run.line(line)
    return runs


def compare(theirs, ours):
    problems = []
    for case in sorted(set(theirs.results) | set(ours.results)):
        a, b = theirs.results.get(case, "not run"), ours.results.get(case, "not run")
        if a != b:
            problems.append("%s: %s with OP-TEE's libteec, %s with ours: %s" % (
                case, a, b, " ".join(ours.says.get(case, []) or theirs.says.get(case, []))))
    return problems


def main(path):
    runs = read(path)
    missing = [name for name in LIBRARIES if name not in runs or not runs[name].ended or not runs[name].counts]
    if missing:
        print("did not come to its end: %s" % ", ".join(missing))
        return True
    theirs, ours = (runs[name] for name in LIBRARIES)
    problems = compare(theirs, ours)
    for case, says in sorted(ours.says.items()):
        if ours.results[case] != "OK" or says:
            print("%s %s with both: %s" % (case, ours.results[case], " ".join(says)))
    print("with OP-TEE's: %s\nwith ours: %s" % (", ".join(theirs.counts), ", ".join(ours.counts)))
    cases = [c for c in ours.results if "." not in c]
    failed = [c for c in cases if ours.results[c] != "OK"]
    if len(cases) < 10:
        problems.append("only %d cases" % len(cases))
    print("\n".join(problems) if problems else "%d cases of OP-TEE's xtest and %d parts of them: the same with our libteec and with "
          "OP-TEE's, %d not passed with either" % (len(cases), len(ours.results) - len(cases), len(failed)))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
