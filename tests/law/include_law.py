#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The dependency law of docs/architecture.md: who may include whom, and who may link whom.

Usage: include_law.py SOURCE_ROOT [--self-test]
"""
import pathlib
import re
import sys

# folder: folders of ours whose headers it may include (itself is implied)
LAW = {
    "include/corewarden": {"lib/base"},
    "include/tee": set(),
    "lib/base": set(),
    "lib/host": {"lib/base", "lib/bus", "include/corewarden"},
    "lib/image": {"lib/base"},
    "lib/crypto": {"lib/base", "lib/host", "lib/image", "include/corewarden"},
    "lib/sign": {"lib/base", "lib/host", "lib/image", "lib/crypto", "include/corewarden"},
    "lib/dt": {"lib/base", "lib/host", "include/corewarden"},
    "lib/bus": {"lib/base", "lib/host", "include/corewarden"},
    "lib/teec": {"lib/base", "lib/host", "include/tee", "include/corewarden"},
    "lib/rpmsg": {"lib/base", "lib/host", "lib/bus", "include/corewarden"},
    "lib/rproc": {"lib/base", "lib/host", "lib/image", "lib/dt", "lib/bus", "lib/teec", "lib/rpmsg",
                  "lib/mem", "include/corewarden", "include/tee", "secure/api"},
    "lib/mem": {"lib/base", "lib/host", "lib/bus", "lib/teec", "include/corewarden", "include/tee"},
    "silicon": {"lib/base", "lib/host", "lib/dt", "lib/bus", "include/corewarden"},
    "secure/tee": {"lib/base", "lib/host", "lib/bus", "lib/dt", "lib/crypto", "lib/image", "lib/teec",
                   "secure/api", "include/tee", "include/corewarden"},
    "secure/pta": {"lib/base", "lib/host", "lib/image", "lib/bus", "lib/crypto", "secure/tee", "secure/api",
                   "include/tee", "include/corewarden"},
    "secure/api": {"lib/base", "lib/host", "lib/image", "lib/crypto", "secure/tee", "include/tee"},
    "secure/ta": {"lib/base", "lib/image", "secure/api", "include/tee"},
    "cli": {"lib/*", "include/corewarden", "include/tee"},
}

# Headers of other worlds that are wire formats, so both ends share them.
WIRE = {"lib/bus/wire.h", "lib/teec/wire.h", "secure/api/remoteproc_ta.h", "secure/api/remoteproc_pta.h"}

# Made by the build.
GENERATED = {"ta_key.h"}

# Freestanding folders: these and nothing else of the system.
FREESTANDING = {"lib/base", "lib/image"}
FREESTANDING_SYSTEM = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "limits.h", "string.h"}

# What a folder's meson.build may link, by the *_dep variable. A shared library names, after "|", what its static parts need.
DEPS = {
    "lib/base": set(),
    "lib/host": {"base", "seccomp"},
    "lib/image": {"base"},
    "lib/crypto": {"base", "host", "image", "openssl", "p11"},
    "lib/sign": {"base", "host", "image", "crypto"} | {"openssl", "seccomp"},
    "lib/dt": {"base", "host", "fdt"},
    "lib/bus": {"base", "host"},
    "lib/teec": {"base", "host", "threads"},
    "lib/rpmsg": {"base", "host", "bus"},
    "lib/rproc": {"base", "host", "image", "dt", "bus", "teec", "rpmsg", "mem"} | {"threads", "seccomp", "fdt"},
    "lib/mem": {"base", "host", "bus", "teec"},
    "silicon": {"base", "host", "dt", "bus", "unicorn", "threads", "seccomp", "silicon_core", "silicon_soc",
                "silicon_mem", "silicon_bus", "silicon"},
    "secure/tee": None,  # the secure world's programs link everything of secure/ and what those may use
    "secure/api": None,
    "secure/pta": None,
    "secure/ta": None,
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
DEP = re.compile(r"\b([a-z0-9_]+)_dep\b")


def folder_of(path, folders):
    best = ""
    for f in folders:
        if (path + "/").startswith(f + "/") and len(f) > len(best):
            best = f
    return best


def resolve(root, includer, quote, name):
    """Path below the root that an include means, or None for a system header."""
    tries = [root / "lib" / name, root / name, root / "include" / name, root / "include/tee" / name,
             root / "secure/api" / name]
    if quote == '"':
        tries.insert(0, includer.parent / name)
    for t in tries:
        if t.is_file():
            return t.resolve().relative_to(root).as_posix()
    return None


def allowed(folder, target_folder, target):
    law = LAW[folder]
    if target in WIRE or target_folder == folder or target_folder in law:
        return True
    return any(l.endswith("/*") and target_folder.startswith(l[:-1]) for l in law)


def check_source(root, path, problems):
    rel = path.relative_to(root).as_posix()
    folder = folder_of(rel, LAW)
    if not folder:
        return 0
    n = 0
    for quote, name in INCLUDE.findall(path.read_text(encoding="utf-8", errors="replace")):
        n += 1
        target = resolve(root, path, quote, name)
        if target is None:
            if folder in FREESTANDING and name not in FREESTANDING_SYSTEM:
                problems.append(f"{rel}: freestanding code includes <{name}>")
            if quote == '"' and name not in GENERATED:
                problems.append(f'{rel}: includes "{name}", which is nowhere in the tree')
            continue
        target_folder = folder_of(target, LAW)
        if not target_folder or not allowed(folder, target_folder, target):
            problems.append(f"{rel}: {folder} may not include {target}")
    return n


def check_meson(root, path, problems):
    rel = path.relative_to(root).as_posix()
    folder = folder_of(rel, DEPS)
    if not folder or DEPS[folder] is None:
        return
    for dep in set(DEP.findall(re.sub(r"#.*", "", path.read_text(encoding="utf-8")))):
        own = folder.split("/")[-1]
        if dep != own and dep not in DEPS[folder]:
            problems.append(f"{rel}: {folder} may not link {dep}")


def check(root):
    problems = []
    includes = 0
    for folder in sorted(LAW):
        for path in sorted((root / folder).rglob("*.[ch]")):
            if folder_of(path.relative_to(root).as_posix(), LAW) == folder:
                includes += check_source(root, path, problems)
    for path in sorted(root.glob("lib/*/meson.build")) + sorted(root.glob("silicon/**/meson.build")):
        check_meson(root, path, problems)
    return includes, problems


def self_test():
    """The law must be able to say no."""
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        root = pathlib.Path(d).resolve()
        for rel, text in {
            "lib/base/a.h": "", "silicon/mem/m.h": "", "lib/image/i.c": '#include <stdio.h>\n',
            "lib/bus/b.c": '#include "silicon/mem/m.h"\n', "lib/base/meson.build": "x = [openssl_dep]\n",
            "lib/dt/ok.c": '#include "base/a.h"\n',
        }.items():
            (root / rel).parent.mkdir(parents=True, exist_ok=True)
            (root / rel).write_text(text)
        _, problems = check(root)
        assert len(problems) == 3, problems


def main():
    self_test()
    includes, problems = check(pathlib.Path(sys.argv[1]).resolve())
    for p in problems:
        print(p, file=sys.stderr)
    print(f"{includes} includes checked, {len(problems)} against the law")
    return 1 if problems or includes < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
