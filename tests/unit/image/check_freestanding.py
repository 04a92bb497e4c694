# SPDX-License-Identifier: BSD-2-Clause
"""check_freestanding.py COMPILER SOURCE_DIR SOURCE...: each source compiles for a bare Cortex-A7, as in a real TEE.

Also: they call nothing but each other, the memory functions that every compiler may call by itself and, from sources of
trusted applications, the TEE; and no frame is larger than 1 KiB.
"""

import os
import re
import subprocess
import sys
import tempfile

FLAGS = ["-std=gnu11", "-Os", "-ffreestanding", "-mcpu=cortex-a7", "-mthumb", "-Wall", "-Wextra", "-Wconversion",
         "-Wframe-larger-than=1024", "-Werror"]
BUILTINS = re.compile(r"^(mem(cpy|set|cmp|move)|__aeabi_\w+)$")
TEE = re.compile(r"^(TEE_\w+|tee_(map_zi|unmap))$")  # the latter: OP-TEE's libutee
# Callbacks and entry points have parameters that not every one of them needs.
TA_FLAGS = ["-Wno-unused-parameter", "-Wno-missing-field-initializers"]
TA_INCLUDES = ["include/tee", "include/tee/ext", "secure/api"]


def is_ta(source):
    return "secure/ta/" in source.replace(os.sep, "/")


def symbols(compiler, obj):
    nm = compiler.replace("gcc", "nm")
    defined, wanted = set(), set()
    for line in subprocess.run([nm, obj], check=True, capture_output=True, text=True).stdout.splitlines():
        kind, name = line.split()[-2:]
        (wanted if kind == "U" else defined).add(name)
    return defined, wanted


def main(compiler, root, *sources):
    defined, wanted, bad = set(), set(), 0
    with tempfile.TemporaryDirectory() as folder:
        for n, source in enumerate(sources):
            obj = os.path.join(folder, "%d.o" % n)
            flags = FLAGS + ["-I" + root, "-I" + os.path.join(root, "lib")]
            if is_ta(source):
                flags += TA_FLAGS + ["-I" + os.path.join(root, i) for i in TA_INCLUDES]
            run = subprocess.run([compiler, *flags, "-c", source, "-o", obj])
            if run.returncode:
                bad += 1
                continue
            have, need = symbols(compiler, obj)
            defined |= have
            wanted |= {n for n in need if not (is_ta(source) and TEE.match(n))}
    for name in sorted(wanted - defined):
        if not BUILTINS.match(name):
            print("not freestanding: %s is called" % name)
            bad += 1
    print("%d sources, %d wrong" % (len(sources), bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
