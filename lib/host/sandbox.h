/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host/sandbox.h - what a world's process may still ask of the kernel
 *
 * seccomp allow-lists are mandatory, Landlock is best effort. Each process builds its list from named groups, so that
 * reading the call shows what it may do. Filters only ever shrink: a second call adds a second filter. Children inherit
 * the filter, so a process that starts programs must itself be allowed what those need to start (SPAWN says what).
 */
#ifndef CW_HOST_SANDBOX_H
#define CW_HOST_SANDBOX_H

#include <corewarden/error.h>

enum cw_sandbox_group {
	CW_SANDBOX_BASE = 1u << 0,     /* read, write, close, poll, epoll, clock, timers, futex, signals return, exit */
	CW_SANDBOX_MSG = 1u << 1,      /* sendmsg, recvmsg on sockets held already */
	CW_SANDBOX_MEMORY = 1u << 2,   /* mmap (no PROT_EXEC), munmap, mprotect (no PROT_EXEC), madvise, brk */
	CW_SANDBOX_MEMFD = 1u << 3,    /* memfd_create, ftruncate, fallocate, fcntl seals, fstat */
	CW_SANDBOX_JIT = 1u << 4,      /* mmap and mprotect with PROT_EXEC */
	CW_SANDBOX_THREADS = 1u << 5,  /* clone of threads, set_robust_list, rseq, sched_* */
	CW_SANDBOX_LOADER = 1u << 6,   /* what dlopen needs: openat read-only, mmap PROT_EXEC, pread, fstat, readlink;
					* and a further filter */
	CW_SANDBOX_SPAWN = 1u << 7,    /* fork, execveat, waitid, pidfd_*, socketpair, prctl, dup3, close_range, fchmod
					* of a memfd; what a program does between exec and main (with LOADER) */
	CW_SANDBOX_FILES = 1u << 8,    /* openat, renameat, unlinkat, mkdirat, fsync, flock, getdents */
	CW_SANDBOX_RANDOM = 1u << 9,   /* getrandom */
	CW_SANDBOX_REAP = 1u << 10,    /* waitid and pidfd_send_signal: see children to their end */
};

/* Install a seccomp allow-list; a forbidden call kills the process, except that opens, execs and sockets that libraries
 * only probe for answer -EPERM. -ENOSYS when the kernel has no seccomp: the caller must not go on. No-op in debug mode.
 */
int cw_sandbox_seccomp(unsigned groups, struct cw_error *err);

struct cw_sandbox_path {
	const char *path;
	unsigned allow; /* CW_SANDBOX_READ | CW_SANDBOX_WRITE | CW_SANDBOX_EXEC */
};
#define CW_SANDBOX_READ	 1u
#define CW_SANDBOX_WRITE 2u
#define CW_SANDBOX_EXEC	 4u

/* Landlock: files only below these paths (a list ended by .path = NULL; NULL or an empty list = none at all), no TCP,
 * no abstract sockets outside. A path that does not exist is left out. Descriptors held already keep working. Sets
 * NO_NEW_PRIVS. 1 enforced, 0 the kernel has none (report it), -errno. No-op in debug mode (0). */
int cw_sandbox_paths(const struct cw_sandbox_path *paths, struct cw_error *err);

#endif
