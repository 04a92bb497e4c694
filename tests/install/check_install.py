#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is installed works where it was moved to, and can be built against.

Usage: check_install.py MESON BUILD_DIR SOURCE_DIR PREFIX LIBDIR SANITIZE CC TEE_DOOR
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

MESON, BUILD, SOURCE, PREFIX, LIBDIR, SANITIZE, CC, DOOR = sys.argv[1:]
SOURCE = pathlib.Path(SOURCE)
TIMEOUT = 60


def run(*args, status=0, **kw):
    p = subprocess.run([str(a) for a in args], capture_output=True, text=True, timeout=TIMEOUT,
                       stdin=subprocess.DEVNULL, **kw)
    assert p.returncode == status, f"{shlex.join(map(str, args))}: {p.returncode}\n{p.stdout}{p.stderr}"
    return p.stdout + p.stderr


def installed(work):
    """Install below a root of its own, then move the prefix to where nobody configured it."""
    root = work / "root"
    run(MESON, "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", root)
    moved = work / "moved"
    (root / PREFIX.lstrip("/")).rename(moved)
    left = [p for p in root.rglob("*") if p.is_file()]
    assert not left, f"installed outside of the prefix: {left}"
    shutil.rmtree(root)
    return moved


def environment(work, moved):
    env = {"PATH": f"{moved}/bin:/usr/bin:/bin", "HOME": str(work), "LC_ALL": "C.UTF-8",
           "LD_LIBRARY_PATH": str(moved / LIBDIR)}
    for name in os.environ:
        if name.endswith("SAN_OPTIONS"):
            env[name] = os.environ[name]
    return env


def check_tools(work, moved, env):
    fw = moved / "share/corewarden/firmware/echo.elf"
    run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", work / "key.pem")
    run("openssl", "pkey", "-in", work / "key.pem", "-pubout", "-out", work / "key.pub")
    assert re.fullmatch(r"corewarden \d+\.\d+\.\d+\n", run("corewarden", "--version", env=env))
    run("corewarden", "provision", "--key", work / "key.pub", "--state", work / "board", env=env)
    run("corewarden", "sign", fw, "-o", work / "echo.signed", "--key", work / "key.pem", env=env)
    run("corewarden", "verify", work / "echo.signed", "--key", work / "key.pub", "--board", "stm32mp15", env=env)
    out = run("corewarden", "boot", work / "echo.signed", "--state", work / "board", "--echo", "10", env=env)
    assert "10 messages" in out, out
    # Nothing is looked for where it was configured, nor in the build tree.
    out = run("corewarden", "verify", work / "echo.signed", "--key", work / "key.pub", "--board", "none",
              env=env, status=1)
    assert f"tried {moved}/share/corewarden/boards/none.dtb" in out, out
    hidden = moved / "libexec/corewarden/corewarden-ta"
    hidden.rename(hidden.with_suffix(".away"))
    out = run("corewarden", "boot", work / "echo.signed", "--state", work / "board", env=env, status=1)
    assert f"{moved}/libexec/corewarden/corewarden-ta" in out and BUILD not in out, out
    hidden.with_suffix(".away").rename(hidden)
    # The TEE by itself knows no folder of the build tree, and takes no TA from there when its own has none.
    tee = (moved / "libexec/corewarden/corewarden-tee").read_bytes()
    assert f"{BUILD}/secure/ta".encode() not in tee
    for ta in moved.rglob("*.ta"):
        ta.rename(ta.with_suffix(".away"))
    out = run("corewarden", "boot", work / "echo.signed", "--state", work / "board", env=env, status=1)
    assert "there is no file" in out, out
    for ta in moved.rglob("*.away"):
        ta.rename(ta.with_suffix(".ta"))


def build_example(work, moved, name, package):
    pc = moved / LIBDIR / "pkgconfig"
    env = dict(os.environ, PKG_CONFIG_PATH=str(pc))
    args = ["pkg-config"]
    if "pcfiledir" not in (pc / f"{package}.pc").read_text(encoding="utf-8"):
        args.append(f"--define-variable=prefix={shlex.quote(str(moved))}")  # a build tree of before it was relocatable
    flags = shlex.split(run(*args, "--cflags", "--libs", package, env=env))
    if SANITIZE != "none":
        flags.append(f"-fsanitize={SANITIZE}")
    out = work / name
    run(*shlex.split(CC), "-Wall", "-Wextra", "-Werror", SOURCE / "examples" / f"{name}.c", "-o", out, *flags)
    assert len((SOURCE / "examples" / f"{name}.c").read_text().splitlines()) <= 50
    return out


def check_examples(work, moved, env):
    judge = build_example(work, moved, "judge", "corewarden-image")
    out = run(judge, work / "echo.signed", work / "key.pub", env=env)
    assert "rproc, authentic" in out and "0x10000000" in out, out
    report = json.loads(run("corewarden", "verify", work / "echo.signed", "--key", work / "key.pub", "--json",
                            env=env))
    code = max(report["load"]["segments"], key=lambda s: s["bytes"])
    bad = bytearray((work / "echo.signed").read_bytes())
    elf = bad.index(b"\x7fELF")
    header = elf + int.from_bytes(bad[elf + 28:elf + 32], "little") + 32 * code["segment"]
    bad[elf + int.from_bytes(bad[header + 4:header + 8], "little") + code["bytes"] // 2] ^= 1
    (work / "bad.signed").write_bytes(bad)
    out = run(judge, work / "bad.signed", work / "key.pub", env=env, status=1)
    assert "refused (hash)" in out, out
    check_mbn_example(work, moved, env)
    boot = build_example(work, moved, "boot", "corewarden")
    out = run(boot, work / "echo.signed", work / "board", env=env)
    assert "m4 is running and serves" in out, out
    out = run(boot, work / "bad.signed", work / "board", env=env, status=1)
    assert "boot: " in out, out


def check_mbn_example(work, moved, env):
    mbn = build_example(work, moved, "mbn", "corewarden-image")
    run("corewarden", "ca", "init", work / "ca", "--name", "Example", env=env)
    run("corewarden", "ca", "issue", work / "ca", "-o", work / "leaf", "--name", "Example", env=env)
    run("corewarden", "sign", moved / "share/corewarden/firmware/echo.elf", "--format", "mbn", "--pas", "adsp", "--key",
        work / "leaf.key", "--cert-chain", work / "leaf.crt", "-o", work / "echo.mbn", env=env)
    root = work / "ca" / "root.crt"
    out = run(mbn, work / "echo.mbn", root, "adsp", env=env)
    assert "authentic" in out and "OEM: image type 0x4 (adsp)" in out, out
    assert "whole, but nobody" in run(mbn, work / "echo.mbn", env=env)
    assert "refused (target)" in run(mbn, work / "echo.mbn", root, "modem", env=env, status=1)
    assert "refused (key)" in run(mbn, work / "echo.mbn", "00" * 48, env=env, status=1)


def check_tee(work, moved, env):
    tee = build_example(work, moved, "tee", "teec")
    path = str(work / "tee.sock")
    # Which TEE there is without a name is the machine's affair: only that it is told is asked.
    out = run(tee, f"corewarden:{path}", env=env, status=1)
    assert "TEEC_ERROR_ITEM_NOT_FOUND" in out, out
    door = subprocess.Popen([DOOR, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert door.stdout.readline() == "ready\n"
        out = run(tee, env=dict(env, COREWARDEN_TEE=path))
        assert "session with the remoteproc service" in out, out
    finally:
        door.stdin.close()
        status = door.wait(TIMEOUT)
        door.stdout.close()
    assert status == 0, f"the board behind the TEE ended with {status}"


SYMBOLS = {
    "libcorewarden.so.0": ["board.h", "error.h", "rpmsg.h", "rproc.h"],
    "libcorewarden-image.so.0": ["image.h"],
}

# OP-TEE's libteec.so.2 exports these, without version.
TEEC = {"TEEC_InitializeContext", "TEEC_FinalizeContext", "TEEC_OpenSession", "TEEC_CloseSession",
        "TEEC_InvokeCommand", "TEEC_RegisterSharedMemory", "TEEC_RegisterSharedMemoryFileDescriptor",
        "TEEC_AllocateSharedMemory",
        "TEEC_ReleaseSharedMemory", "TEEC_RequestCancellation"}


def exported(lib):
    """{name: version} of what a shared library offers."""
    out = {}
    for line in run("nm", "-D", "--defined-only", lib).splitlines():
        kind, name = line.split()[-2:]
        if kind == "T":
            out[name.partition("@")[0]] = name.partition("@@")[2]
    return out


def declared(header):
    text = re.sub(r"/\*.*?\*/|#[^\n]*", "", header.read_text(encoding="utf-8"), flags=re.S)
    return set(re.findall(r"\b((?:cw|TEEC)_\w+)\s*\(", text))


def check_symbols(moved):
    for lib, headers in SYMBOLS.items():
        have = exported(moved / LIBDIR / lib)
        want = set().union(*(declared(moved / "include/corewarden" / h) for h in headers))
        assert set(have) == want, f"{lib}: {set(have) ^ want}"
        assert all(have.values()), f"{lib}: a symbol without version"
        assert f"Library soname: [{lib}]" in run("readelf", "-d", moved / LIBDIR / lib)
    lib = moved / LIBDIR / "libteec.so.2"
    have = exported(lib)
    # OP-TEE's library also offers its two trace functions, to programs that were built with its headers.
    teec = {n for n in have if n.startswith("TEEC_")} | {"_dprintf", "dump_buffer"}
    assert teec == TEEC | {"_dprintf", "dump_buffer"}, teec ^ TEEC
    assert not any(have[n] for n in teec), "TEEC_* have a version; programs built for OP-TEE's library ask for none"
    ours = set(have) - teec
    assert ours == declared(moved / "include/corewarden-tee/teec_ext.h"), ours
    assert all(have[n] == "COREWARDEN_TEEC_0" for n in ours)
    assert "Library soname: [libteec.so.2]" in run("readelf", "-d", lib)


def check_headers(moved):
    """Each header stands alone, in C and in C++."""
    flags = ["-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I", moved / "include",
             "-I", moved / "include/corewarden-tee"]
    headers = sorted((moved / "include").rglob("*.h"))
    assert len(headers) >= 7, headers
    cxx = shutil.which("g++") or shutil.which("clang++")
    for h in headers:
        run(*shlex.split(CC), "-x", "c", *flags, h)
        if cxx:
            run(cxx, "-x", "c++", *flags, h)


def main():
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="corewarden-install.") as d:
        work = pathlib.Path(d).resolve()
        moved = installed(work)
        env = environment(work, moved)
        check_symbols(moved)
        check_headers(moved)
        check_tools(work, moved, env)
        check_examples(work, moved, env)
        check_tee(work, moved, env)
    print("installed, moved, booted and built against")


if __name__ == "__main__":
    main()
