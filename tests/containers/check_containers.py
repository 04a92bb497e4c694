#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/containers.md: each row, tried.

Usage: check_containers.py SOURCE_DIR BUILD_DIR DENY
Exit status 77 (skipped) when this machine lets us take nothing away.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE, BUILD, DENY = (pathlib.Path(a).resolve() for a in sys.argv[1:])
PAGE = (SOURCE / "docs/containers.md").read_text(encoding="utf-8")
COREWARDEN = str(BUILD / "corewarden")
TIMEOUT = 120
done, skipped, problems = 0, 0, []


def told(text):
    """The page promises this sentence."""
    assert f"`{text}`" in PAGE or text in PAGE, f"not in docs/containers.md: {text}"
    return text


def run(words, env=None, cwd=None):
    return subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=TIMEOUT, stdin=subprocess.DEVNULL, env=env, cwd=cwd, errors="replace")


class Case:
    def __init__(self, work):
        self.work = work
        self.boot = [COREWARDEN, "boot", work / "echo.signed", "--state", work / "board", "--echo", "1", "--log", "info"]

    def check(self, name, p, status, says):
        global done, skipped
        if p.returncode == 99:  # what was to be taken away is not ours
            skipped += 1
            return False
        done += 1
        if p.returncode != status or any(s not in p.stdout for s in says):
            problems.append(f"{name}: exit status {p.returncode}, wanted {status} and {says}; said:\n{p.stdout}")
        return True

    def works(self, name, wrapper, says=(), state=None, **kw):
        boot = [state if w == self.work / "board" else w for w in self.boot] if state else self.boot
        self.check(name, run([*wrapper, *boot], **kw), 0, [*says, "1 messages", "m4 is offline"])

    def fails(self, name, wrapper, *says, command=None, **kw):
        p = run([*wrapper, *(command or self.boot)], **kw)
        if not self.check(name, p, 1, says):
            return
        lines = [l for l in p.stdout.splitlines() if l.startswith("corewarden: ")]
        if len(lines) != 1:
            problems.append(f"{name}: not one sentence: {lines}")


def calls(c, protected):
    """Profiles that deny system calls."""
    deny = lambda names, code="EPERM": [DENY, code, names]
    landlock = "landlock_create_ruleset,landlock_add_rule,landlock_restrict_self"
    for code in ("EPERM", "ENOSYS"):
        c.works(f"no Landlock ({code})", deny(landlock, code), [
            told("silicon: protected: unreadable program, undumpable, system call filter; this kernel or container has no Landlock"),
            told("tee: confined by seccomp; this kernel has no Landlock")] if protected else [])
        c.works(f"no epoll_pwait2 ({code})", deny("epoll_pwait2", code))
    # Under our own filter the C library sees ENOSYS from clone3 in any case; without it, only from profiles that do not know it.
    c.works("no clone3", deny("clone3", "EPERM" if protected else "ENOSYS"))
    for name in ("rseq", "membarrier", "userfaultfd", "mlock", "fallocate", "getrandom", "sched_setaffinity",
                 "pidfd_send_signal"):
        c.works(f"no {name}", deny(name))
    c.works("an old profile", deny("clone3,rseq,epoll_pwait2," + landlock, "ENOSYS"))
    wanted = ["memfd_create", "pidfd_open", "socketpair"]
    if protected:
        wanted += ["seccomp", "prctl", "execveat"]
    for name in wanted:
        for code in ("EPERM", "ENOSYS"):
            c.fails(f"no {name} ({code})", deny(name, code), told(f"this container denies {name}, see docs/containers.md"))
    c.fails("no close_range", deny("close_range"), told("this container denies close_range, see docs/containers.md"))
    c.fails("no room for descriptors", ["sh", "-c", 'ulimit -n 12; exec "$@"', "sh"], told("Too many open files"))


def namespaces(c, protected):
    """Mounts and kernel settings of a container's own. Needs a mount namespace: root's, or a user's where that is allowed."""
    global skipped
    enter = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    if run([*enter, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).returncode:
        skipped += 1
        print("no mount namespaces here: rows about mounts are left out")
        return
    inside = lambda script: [*enter, "sh", "-c", script + ' || exit 99; exec "$@"', "sh"]
    c.works("full /dev/shm", inside("mount -t tmpfs -o size=4k tmpfs /dev/shm && head -c 4096 /dev/zero >/dev/shm/full"))
    c.works("no /dev/shm", inside("umount -l /dev/shm"))
    c.works("read-only /dev/shm", inside("mount -t tmpfs -o ro tmpfs /dev/shm"))
    read_only = "mount --bind / / && mount -o remount,bind,ro / && cd /"
    p = run(inside(read_only) + [COREWARDEN, "provision", "--key", c.work / "key.pub"],
            env=dict(os.environ, HOME=str(c.work / "home"), XDG_STATE_HOME=""))
    if os.path.ismount(c.work):  # a file system of its own stays writable
        skipped += 1
    else:
        c.check("read-only root, provision", p, 1, ["Read-only file system"])
    c.works("read-only root, state elsewhere", inside(f"mkdir -p {c.work}/volume; {read_only} && mount -t tmpfs tmpfs "
            f"{c.work}/volume && {COREWARDEN} provision --key {c.work}/key.pub --state {c.work}/volume/state >/dev/null"),
            state=c.work / "volume/state")
    if protected:
        c.fails("no /proc", inside("umount -l /proc"), told("this container denies /proc, see docs/containers.md"))
    c.fails("no /dev/null", inside("mount -t tmpfs tmpfs /dev"), told("this container denies /dev/null, see docs/containers.md"))
    sysctl = pathlib.Path("/proc/sys/vm/memfd_noexec")
    if os.geteuid() == 0 and sysctl.exists():
        pid = lambda n: ["unshare", "-pf", "--mount-proc", "sh", "-c", f'echo {n} >{sysctl} && exec "$@"', "sh"]
        if run([*pid(1), "true"]).returncode == 0:
            c.works("vm.memfd_noexec=1", pid(1))
            if protected:
                c.fails("vm.memfd_noexec=2", pid(2), told("this container denies executable memory files (sysctl "
                                                          "vm.memfd_noexec), see docs/containers.md"))


def users(c):
    """Without root, and as the root of a user namespace."""
    env = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_STATE_HOME")}
    c.fails("no home", [], told("neither XDG_STATE_HOME nor HOME is set; name a state directory"), env=env,
            command=[COREWARDEN, "provision", "--key", c.work / "key.pub"])
    drop = []
    if os.geteuid() == 0:
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--no-new-privs"]
        for root, folders, files in os.walk(c.work):
            for name in [root] + [os.path.join(root, n) for n in folders + files]:
                os.chown(name, 65534, 65534)
    if run([*drop, "test", "-x", COREWARDEN]).returncode:
        print("an ordinary user cannot reach the build tree: rows about users are left out")
        return
    c.works("an ordinary user without privileges", drop)
    for options in (["-Ur"], ["-Urpfmn", "--mount-proc"]):
        if run([*drop, "unshare", *options, "true"]).returncode == 0:
            c.works(f"unprivileged container {options}", [*drop, "unshare", *options])


def main():
    os.environ["LC_ALL"] = "C.UTF-8"
    if run([DENY, "EPERM", "mlock", "true"]).returncode or not shutil.which("unshare"):
        print("nothing can be taken away here: no seccomp, or no unshare")
        return 77
    with tempfile.TemporaryDirectory(prefix="corewarden-containers.") as d:
        work = pathlib.Path(d).resolve()
        os.chmod(work, 0o755)
        (work / "volume").mkdir()
        (work / "home").mkdir()
        run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", work / "key.pem"])
        run(["openssl", "pkey", "-in", work / "key.pem", "-pubout", "-out", work / "key.pub"])
        for words in (["provision", "--key", work / "key.pub", "--state", work / "board"],
                      ["sign", BUILD / "firmware/echo.elf", "-o", work / "echo.signed", "--key", work / "key.pem"]):
            assert run([COREWARDEN, *words]).returncode == 0
        c = Case(work)
        plain = run(c.boot)
        protected = "NOT PROTECTED" not in plain.stdout
        c.check("as it is", plain, 0, ["1 messages"])
        calls(c, protected)
        namespaces(c, protected)
        users(c)
    for p in problems:
        print(p, file=sys.stderr)
    assert len(re.findall(r"^\| .+ \|$", PAGE, re.M)) > 20
    print(f"{done} containers tried, {skipped} left out, {len(problems)} otherwise than docs/containers.md says")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
