#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""drift.py COMPILER ROOT KIT CLIENT: our GlobalPlatform and OP-TEE-compatible headers against OP-TEE's own.

KIT is an exported TA dev kit, CLIENT the include folder of OP-TEE's client library. Every number that both sides define, and
the size and the member offsets of every structure, as the same compiler sees them.
"""

import re
import subprocess
import sys
import tempfile

STRUCTS = {
    "TEE_Param": ["memref.buffer", "memref.size", "value.a", "value.b"],
    "TEE_UUID": ["timeLow", "timeMid", "timeHiAndVersion", "clockSeqAndNode"],
    "TEE_Attribute": ["attributeID", "content.ref.buffer", "content.ref.length", "content.value.a", "content.value.b"],
    "TEE_Identity": ["login", "uuid"],
    "TEE_Time": ["seconds", "millis"],
    "TEE_OperationInfo": ["algorithm", "operationClass", "mode", "digestLength", "maxKeySize", "keySize",
                          "requiredKeyUsage", "handleState"],
    "TEE_ObjectInfo": ["objectType"],
    "struct rproc_pta_key_info": ["algo", "info_size", "info"],
}
CLIENT_STRUCTS = {
    "TEEC_Context": [], "TEEC_UUID": ["timeLow", "timeMid", "timeHiAndVersion", "clockSeqAndNode"],
    "TEEC_SharedMemory": ["buffer", "size", "flags"], "TEEC_TempMemoryReference": ["buffer", "size"],
    "TEEC_RegisteredMemoryReference": ["parent", "size", "offset"], "TEEC_Value": ["a", "b"], "TEEC_Parameter": [],
    "TEEC_Session": [], "TEEC_Operation": ["started", "paramTypes", "params"],
}


def compile_(compiler, flags, text, *more):
    with tempfile.NamedTemporaryFile("w", suffix=".c") as f:
        f.write(text)
        f.flush()
        return subprocess.run([compiler, "-std=gnu11", *flags, *more, f.name, "-o", "-"], capture_output=True, text=True)


def macros(compiler, flags, head):
    done = compile_(compiler, flags, head, "-dM", "-E")
    assert done.returncode == 0, done.stderr
    return {m[1] for m in re.finditer(r"^#define (\w+) \S", done.stdout, re.M)}


def values(compiler, flags, head, names, structs):
    """What each name is; names that are no numbers drop out."""
    exprs = {n: "(unsigned long long)(%s)" % n for n in names}
    for s, members in structs.items():
        exprs["sizeof " + s] = "sizeof(%s)" % s
        exprs.update({"%s.%s" % (s, m): "__builtin_offsetof(%s, %s)" % (s, m) for m in members})
    while True:
        order = list(exprs)
        text = head + "".join("const unsigned long long drift_%d = %s;\n" % (i, exprs[n]) for i, n in enumerate(order))
        done = compile_(compiler, flags, text, "-S", "-w", "-fmax-errors=0")
        first = head.count("\n") + 1
        wrong = {int(m[1]) - first for m in re.finditer(r":(\d+):\d+: error", done.stderr)}
        bad = {order[i] for i in wrong if 0 <= i < len(order)}
        if not bad:
            assert done.returncode == 0, done.stderr[:2000]
            break
        for name in bad:
            assert name in names, "%s: %s" % (name, done.stderr[:500])
            del exprs[name]
    out = {}
    for m in re.finditer(r"^drift_(\d+):\n\t\.(?:xword|quad|zero|8byte)\t(\S+)", done.stdout, re.M):
        out[order[int(m[1])]] = 0 if ".zero" in m[0] else int(m[2], 0) & 0xFFFFFFFFFFFFFFFF
    return out


def compare(compiler, what, head, ours, theirs, structs, prefix):
    both = {n for n in macros(compiler, ours, head) & macros(compiler, theirs, head) if re.match(prefix, n)}
    a, b = (values(compiler, flags, head, both, structs) for flags in (ours, theirs))
    wrong = ["%s: %s is 0x%x, OP-TEE's 0x%x" % (what, n, a[n], b[n]) for n in sorted(a) if n in b and a[n] != b[n]]
    only = sorted(set(a) ^ set(b))
    wrong += ["%s: %s is a number on one side only" % (what, n) for n in only]
    return len(a), wrong


def main(compiler, root, kit, client):
    ours = ["-I%s/%s" % (root, d) for d in ("include/tee", "include/tee/ext", "secure/api")]
    theirs = ["-I%s/include" % kit, "-DTRACE_LEVEL=1"]
    head = "#include <tee_internal_api.h>\n#include <tee_internal_api_extensions.h>\n#include <remoteproc_pta.h>\n"
    n1, wrong = compare(compiler, "TA", head, ours, theirs, STRUCTS, r"(TEE_|TA_|PTA_RPROC|PTA_REMOTEPROC)")
    n2, more = compare(compiler, "client", "#include <tee_client_api.h>\n", ["-I%s/include/tee" % root],
                       ["-I" + client], CLIENT_STRUCTS, r"TEEC?_")
    print("\n".join(wrong + more))
    print("%d numbers, sizes and offsets of TAs, %d of clients: %s" % (
        n1, n2, "%d differ" % len(wrong + more) if wrong + more else "the same as OP-TEE's"))
    return bool(wrong + more)


sys.exit(main(*sys.argv[1:]))
