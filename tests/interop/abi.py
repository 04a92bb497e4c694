#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare our GlobalPlatform headers with OP-TEE's, as Debian has them: values, layouts, prototypes.

abi.py CC SOURCE

For each pair of headers below: every macro and enumerator that both define, the size of every type and the place of every
member, each printed by a program compiled once with theirs and once with ours; and every function that we declare,
declared once more behind theirs, so that the compiler says whether it is the same. DIFFERENCES lists what is different and
why; anything else fails, and so does a row there that no longer applies. Exit 77 when OP-TEE's packages cannot be had.
"""

import os
import re
import subprocess
import sys
import tempfile

# What is compared: our headers, theirs, names that count.
SETS = [
    ("client", "optee-client-dev", ["tee_client_api.h"], ["tee_client_api.h"], ["usr/include"], r"TEEC_"),
    ("internal", "optee-os", ["tee_internal_api.h", "tee_internal_api_extensions.h", "user_ta_header.h", "utee_defines.h",
                              "types_ext.h", "trace.h"], None,
     ["lib/libutee/include", "lib/libutils/ext/include"], r"TEE_|TA_|USER_TA_|TRACE_|tee_|user_ta|ta_|__tee"),
    ("platform service", "optee-os", ["remoteproc_pta.h"], None, ["lib/libutee/include", "lib/libutils/ext/include"],
     r"PTA_|rproc_"),
    ("remoteproc TA", "optee-os", ["remoteproc_ta.h"], ["ta_remoteproc.h"],
     ["ta/remoteproc/include", "lib/libutee/include", "lib/libutils/ext/include"], r"TA_RPROC_"),
]

# Name, as a failure prints it: why it differs.
DIFFERENCES = {}

DEFINES = ["-D_GNU_SOURCE", "-DTRACE_LEVEL=3", "-DCFG_TEE_TA_LOG_LEVEL=3"]


def run(args, text):
    return subprocess.run(args, input=text, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})


class Side:
    def __init__(self, cc, dirs, headers):
        self.cc, self.headers = cc, headers
        self.dirs = [os.path.realpath(d) for d in dirs]
        self.flags = ["-std=gnu11", "-w"] + DEFINES + ["-I" + d for d in self.dirs]
        self.includes = "#include <stdio.h>\n#include <stddef.h>\n#include <string.h>\n" + "".join(
            "#include <%s>\n" % h for h in headers)

    def preprocess(self, *more):
        done = run([self.cc, *self.flags, "-E", *more, "-x", "c", "-"], self.includes)
        if done.returncode:
            raise SystemExit("FAIL: %s\n%s" % (" ".join(self.headers), done.stderr))
        return done.stdout

    def macros(self):
        """Object-like ones, by name."""
        return {m[1]: m[2] for m in re.finditer(r"^#define (\w+) (.+)$", self.preprocess("-dM"), re.M)}

    def own_text(self):
        """What the preprocessor leaves of this side's own headers, without the system's."""
        out, own = [], False
        for line in self.preprocess().split("\n"):
            marker = re.match(r'# \d+ "([^"]*)"', line)
            if marker:
                own = os.path.dirname(os.path.realpath(marker[1])) in self.dirs or any(
                    os.path.realpath(marker[1]).startswith(d + "/") for d in self.dirs)
            elif own:
                out.append(line)
        return re.sub(r"__attribute__\s*\(\(.*?\)\)", "", "\n".join(out))

    def compiles(self, text):
        """Line numbers that the compiler objects to, with what it says."""
        done = run([self.cc, *self.flags, "-fsyntax-only", "-x", "c", "-"], text)
        return {int(m[1]): m[2] for m in re.finditer(r"^<stdin>:(\d+):\d+: error: (.*)$", done.stderr, re.M)}

    def evaluate(self, lines):
        """name -> value, as the statements of C in @lines print them; without those that do not compile on this side."""
        lines = list(lines)
        head = self.includes + "int main(void)\n{\n"
        start = head.count("\n") + 1
        while True:
            bad = self.compiles(head + "".join(s + "\n" for s in lines) + "}\n")
            drop = {n - start for n in bad} & set(range(len(lines)))
            if not bad:
                break
            if not drop:
                raise SystemExit("FAIL: the probe does not compile: %s" % list(bad.values())[:3])
            lines = [line for i, line in enumerate(lines) if i not in drop]
        with tempfile.TemporaryDirectory() as work:
            exe = os.path.join(work, "probe")
            done = run([self.cc, *self.flags, "-x", "c", "-", "-o", exe, "-Wl,--unresolved-symbols=ignore-all"],
                       head + "".join(s + "\n" for s in lines) + "return 0;}\n")
            if done.returncode:
                raise SystemExit("FAIL: " + done.stderr)
            out = subprocess.run([exe], capture_output=True, text=True, check=True).stdout
        return dict(line.split(" ", 1) for line in out.splitlines())


def macro_probe(name, value):
    if value.lstrip().startswith("{"):
        return ('{ TEE_UUID_T u = %s; printf("%s "); for (size_t i = 0; i < sizeof(u); i++) '
                'printf("%%02x", ((unsigned char *)&u)[i]); puts(""); }' % (name, name))
    if value.lstrip().startswith('"'):
        return 'printf("%s %%s\\n", %s);' % (name, name)
    return 'printf("%s %%lld\\n", (long long)(%s));' % (name, name)


def enumerators(text):
    for body in re.findall(r"\benum\b[^{};]*\{([^}]*)\}", text):
        for item in body.split(","):
            name = item.split("=")[0].strip()
            if re.fullmatch(r"\w+", name):
                yield name


def bodies(text):
    """(how the type is named in C, its body) of each struct and union that has a name."""
    for m in re.finditer(r"\b(typedef\s+)?(struct|union)\s*(\w*)\s*\{", text):
        depth, end = 1, m.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        body = text[m.end():end - 1]
        tail = re.match(r"\s*(\w+)\s*;", text[end:])
        if m[1] and tail:
            yield tail[1], body
        elif m[3]:
            yield m[2] + " " + m[3], body


def members(body, prefix=""):
    """Paths of all members; those of unnamed unions and structs as if they were the outer's."""
    at = 0
    while at < len(body):
        brace, semicolon = body.find("{", at), body.find(";", at)
        if semicolon < 0:
            return
        if 0 <= brace < semicolon:
            depth, end = 1, brace + 1
            while depth:
                depth += {"{": 1, "}": -1}.get(body[end], 0)
                end += 1
            semicolon = body.find(";", end)
            name = body[end:semicolon].strip()
            if name:
                yield prefix + name
            yield from members(body[brace + 1:end - 1], prefix + name + "." if name else prefix)
        else:
            for part in body[at:semicolon].split(","):
                name = re.search(r"(\w+)\s*(\[[^\]]*\])*\s*$", part)
                if name:
                    yield prefix + name[1]
        at = semicolon + 1


def prototypes(text, names):
    """name -> declaration, of functions only."""
    flat = re.sub(r"\{[^{}]*\}", ";", re.sub(r"\{[^{}]*(\{[^{}]*\}[^{}]*)*\}", ";", text))
    found = {}
    for statement in flat.split(";"):
        s = " ".join(statement.split())
        m = re.match(r"(?!typedef|static)[\w\s\*]+?\b(\w+)\s*\([^()]*\)$", s)
        if m and re.match(names, m[1]):
            found[m[1]] = s
    return found


def compare_set(cc, source, entry, fetched):
    title, package, headers, their_headers, their_dirs, names = entry
    ours = Side(cc, [source + "/include/tee", source + "/include/tee/ext", source + "/secure/api"], headers)
    theirs = Side(cc, [fetched[package] + "/" + d for d in their_dirs], their_headers or headers)
    a, b = ours.macros(), theirs.macros()
    common = sorted(n for n in a if n in b and re.match(names, n))
    texts = ours.own_text()
    lines = [macro_probe(n, a[n]) for n in common]
    lines += [macro_probe(n, "0") for n in enumerators(texts) if re.match(names, n)]
    for type_name, body in bodies(texts):
        if not re.match(names, type_name.split()[-1]):
            continue
        lines.append('printf("sizeof:%s %%zu\\n", sizeof(%s));' % (type_name.replace(" ", "_"), type_name))
        for path in members(body):
            lines.append('printf("%s.%s %%zu/%%zu\\n", offsetof(%s, %s), sizeof(((%s *)0)->%s));' % (
                type_name.replace(" ", "_"), path, type_name, path, type_name, path))
    uuid = "#define TEE_UUID_T struct { unsigned a; unsigned short b, c; unsigned char d[8]; }\n"
    ours.includes += uuid
    theirs.includes += uuid
    mine, other = ours.evaluate(lines), theirs.evaluate(lines)
    bad = []
    for name, value in mine.items():
        if name in other and other[name] != value:
            bad.append((name, "ours %s, OP-TEE's %s" % (value, other[name])))
        elif name not in other and (name.startswith("sizeof") or "." in name):
            bad.append((name, "OP-TEE has no such member or type"))
    declared = prototypes(texts, names)
    head = theirs.includes
    wrong = theirs.compiles(head + "".join(d + ";\n" for d in declared.values()))
    start = head.count("\n") + 1
    for i, name in enumerate(declared):
        if start + i in wrong:
            bad.append((name + "()", wrong[start + i]))
    print("%s: %d values and places compared (of %d), %d prototypes, %d differences" % (
        title, len(set(mine) & set(other)), len(mine), len(declared), len(bad)))
    return [(title, name, what) for name, what in bad]


def main():
    cc, source = sys.argv[1:]
    fetched = {}
    for package in sorted({entry[1] for entry in SETS}):
        done = subprocess.run([source + "/scripts/fetch_optee.sh", package], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            return done.returncode
        fetched[package] = done.stdout.strip()
        print(open(fetched[package] + "/version").read().strip())
    failures, used = [], set()
    for entry in SETS:
        for title, name, what in compare_set(cc, source, entry, fetched):
            why = DIFFERENCES.get(name)
            if why:
                used.add(name)
                print("    %s: %s: %s" % (name, what, why))
            else:
                failures.append("%s: %s: %s" % (title, name, what))
    failures += ["%s is listed as different and is not" % name for name in DIFFERENCES if name not in used]
    for line in failures:
        print("FAIL:", line)
    return 1 if failures else 0


sys.exit(main())
