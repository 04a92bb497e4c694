// SPDX-License-Identifier: BSD-2-Clause
/*
 * host/sandbox.c - seccomp allow-lists from named groups
 *
 * Tables first: each group is a list of system calls, some with a condition on one argument.
 * Conditions are written so that they allow, never so that they forbid: what no rule allows is
 * killed, or refused when it is on the probe list.
 */
#include "host/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/spawn.h"

/* One allowed call. @mask 0: any arguments; else (argument @arg & @mask) must be @value. */
struct rule {
	unsigned group; /* any of these */
	int nr;
	unsigned arg;
	uint64_t mask, value;
};

#define INT 0xffffffffu /* an int argument: the kernel ignores the upper half */

/* clang-format off */
#define CALL(group, name)		  {group, SCMP_SYS(name), 0, 0, 0}
#define WHEN(group, name, arg, mask, val) {group, SCMP_SYS(name), arg, mask, val}

#define BASE	CW_SANDBOX_BASE
#define MSG	CW_SANDBOX_MSG
#define MEMORY	CW_SANDBOX_MEMORY
#define MEMFD	CW_SANDBOX_MEMFD
#define JIT	CW_SANDBOX_JIT
#define THREADS CW_SANDBOX_THREADS
#define LOADER	CW_SANDBOX_LOADER
#define SPAWN	CW_SANDBOX_SPAWN
#define FILES	CW_SANDBOX_FILES
#define RANDOM	CW_SANDBOX_RANDOM
#define REAP	CW_SANDBOX_REAP

static const struct rule rules[] = {
	CALL(BASE, read), CALL(BASE, write), CALL(BASE, readv), CALL(BASE, writev),
	CALL(BASE, pread64), CALL(BASE, pwrite64), CALL(BASE, lseek), CALL(BASE, close),
	CALL(BASE, poll), CALL(BASE, ppoll), CALL(BASE, epoll_create1), CALL(BASE, epoll_ctl),
	CALL(BASE, epoll_wait), CALL(BASE, epoll_pwait), CALL(BASE, epoll_pwait2),
	CALL(BASE, eventfd2), CALL(BASE, timerfd_create), CALL(BASE, timerfd_settime),
	CALL(BASE, timerfd_gettime), CALL(BASE, clock_gettime), CALL(BASE, clock_getres),
	CALL(BASE, clock_nanosleep), CALL(BASE, nanosleep), CALL(BASE, gettimeofday),
	CALL(BASE, time), CALL(BASE, futex), CALL(BASE, rt_sigreturn), CALL(BASE, rt_sigprocmask),
	CALL(BASE, rt_sigaction), CALL(BASE, sigaltstack), CALL(BASE, restart_syscall),
	CALL(BASE, exit), CALL(BASE, exit_group), CALL(BASE, getpid), CALL(BASE, gettid),
	CALL(BASE, getppid), CALL(BASE, getuid), CALL(BASE, geteuid), CALL(BASE, getgid),
	CALL(BASE, getegid), CALL(BASE, fstat), CALL(BASE, sched_yield), CALL(BASE, uname),
	/* stdio looks at its descriptors this way; the path may be anything, but tells only what stat tells */
	WHEN(BASE, newfstatat, 3, AT_EMPTY_PATH, AT_EMPTY_PATH),
	WHEN(BASE, fcntl, 1, INT, F_GETFD), WHEN(BASE, fcntl, 1, INT, F_SETFD),
	WHEN(BASE, fcntl, 1, INT, F_GETFL), WHEN(BASE, fcntl, 1, INT, F_SETFL),
	WHEN(BASE, fcntl, 1, INT, F_DUPFD_CLOEXEC),

	CALL(MSG, sendmsg), CALL(MSG, recvmsg), CALL(MSG, sendto), CALL(MSG, recvfrom),
	CALL(MSG, shutdown), CALL(MSG, getsockopt),

	WHEN(MEMORY, mmap, 2, PROT_EXEC, 0), WHEN(MEMORY, mprotect, 2, PROT_EXEC, 0),
	CALL(MEMORY, munmap), CALL(MEMORY, madvise), CALL(MEMORY, brk), CALL(MEMORY, mremap),

	CALL(MEMFD, memfd_create), CALL(MEMFD, ftruncate), CALL(MEMFD, fallocate),
	WHEN(MEMFD, fcntl, 1, INT, F_ADD_SEALS), WHEN(MEMFD, fcntl, 1, INT, F_GET_SEALS),

	CALL(JIT | LOADER, mmap), CALL(JIT | LOADER, mprotect),

	WHEN(THREADS, clone, 0, CLONE_THREAD, CLONE_THREAD), CALL(THREADS, set_robust_list),
	CALL(THREADS, rseq), CALL(THREADS, sched_getaffinity), CALL(THREADS, sched_setaffinity),
	CALL(THREADS, sched_getparam), CALL(THREADS, sched_getscheduler), CALL(THREADS, getcpu),
	CALL(THREADS, membarrier), WHEN(THREADS, prctl, 0, INT, PR_SET_NAME),

	WHEN(LOADER, openat, 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	WHEN(LOADER, open, 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	CALL(LOADER, newfstatat), CALL(LOADER, stat), CALL(LOADER, access), CALL(LOADER, faccessat),
	CALL(LOADER, faccessat2), CALL(LOADER, readlink), CALL(LOADER, readlinkat),
	CALL(LOADER, munmap), CALL(LOADER, brk), CALL(LOADER, getcwd), CALL(LOADER, statfs),
	/* a further filter, or a further Landlock domain: both only take away */
	CALL(LOADER, seccomp), WHEN(LOADER, prctl, 0, INT, PR_SET_NO_NEW_PRIVS),
	CALL(LOADER, landlock_create_ruleset),
	CALL(LOADER, landlock_add_rule), CALL(LOADER, landlock_restrict_self),

	CALL(SPAWN, clone), CALL(SPAWN, fork), CALL(SPAWN, vfork), CALL(SPAWN, execveat),
	CALL(SPAWN, execve), CALL(SPAWN, waitid), CALL(SPAWN, wait4), CALL(SPAWN, pidfd_open),
	CALL(SPAWN, pidfd_send_signal), CALL(SPAWN, socketpair), CALL(SPAWN, prctl),
	CALL(SPAWN, dup2), CALL(SPAWN, dup3), CALL(SPAWN, pipe2), CALL(SPAWN, close_range),
	CALL(SPAWN, setsid), CALL(SPAWN, chdir), CALL(SPAWN, prlimit64), CALL(SPAWN, setrlimit),
	CALL(SPAWN, fchmod), CALL(SPAWN, memfd_create), WHEN(SPAWN, fcntl, 1, INT, F_ADD_SEALS),
	WHEN(SPAWN, openat, 2, O_CREAT | O_TRUNC, 0), /* /dev/null */
	/* between exec and main */
	CALL(SPAWN, arch_prctl), CALL(SPAWN, set_tid_address), CALL(SPAWN, set_robust_list),
	CALL(SPAWN, rseq), CALL(SPAWN, getrandom),

	CALL(FILES, openat), CALL(FILES, open), CALL(FILES, newfstatat), CALL(FILES, stat),
	CALL(FILES, lstat), CALL(FILES, access), CALL(FILES, faccessat), CALL(FILES, faccessat2),
	CALL(FILES, rename), CALL(FILES, renameat), CALL(FILES, renameat2), CALL(FILES, unlink),
	CALL(FILES, unlinkat), CALL(FILES, mkdir), CALL(FILES, mkdirat), CALL(FILES, fsync),
	CALL(FILES, fdatasync), CALL(FILES, flock), CALL(FILES, getdents64), CALL(FILES, ftruncate),

	CALL(RANDOM, getrandom),

	CALL(REAP, waitid), CALL(REAP, pidfd_send_signal),
};
/* clang-format on */
#define N_RULES (sizeof(rules) / sizeof(*rules))

/* Libraries try these and live with a no: they are refused, not killed. */
static const struct {
	int nr;
	int code;
} probes[] = {
	{SCMP_SYS(open), EPERM},
	{SCMP_SYS(openat), EPERM},
	{SCMP_SYS(openat2), EPERM},
	{SCMP_SYS(creat), EPERM},
	{SCMP_SYS(execve), EPERM},
	{SCMP_SYS(execveat), EPERM},
	{SCMP_SYS(socket), EPERM},
	{SCMP_SYS(connect), EPERM},
	{SCMP_SYS(bind), EPERM},
	{SCMP_SYS(readlink), EPERM},
	{SCMP_SYS(readlinkat), EPERM},
	{SCMP_SYS(access), EPERM},
	{SCMP_SYS(faccessat), EPERM},
	{SCMP_SYS(faccessat2), EPERM},
	{SCMP_SYS(stat), EPERM},
	{SCMP_SYS(statx), ENOSYS},
	{SCMP_SYS(sysinfo), ENOSYS},
	{SCMP_SYS(getrandom), ENOSYS},
	{SCMP_SYS(sched_getaffinity), ENOSYS},
	{SCMP_SYS(prlimit64), EPERM},
	{SCMP_SYS(getrlimit), EPERM},
	{SCMP_SYS(ioctl), ENOTTY},
	/* no filter can judge arguments in memory; the C library falls back to clone */
	{SCMP_SYS(clone3), ENOSYS},
};
#define N_PROBES (sizeof(probes) / sizeof(*probes))

static int add_rule(scmp_filter_ctx ctx, const struct rule *r)
{
	if (!r->mask)
		return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, r->nr, 0);
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, r->nr, 1,
				SCMP_CMP(r->arg, SCMP_CMP_MASKED_EQ, r->mask, r->value));
}

static bool allowed_at_all(int nr, unsigned groups)
{
	for (unsigned i = 0; i < N_RULES; i++)
		if (rules[i].nr == nr && (rules[i].group & groups))
			return true;
	return false;
}

/* Opens that no condition above covers must be refused, not killed: spelled out, because a
 * condition can only be written as "these bits are". */
static int refuse_other_opens(scmp_filter_ctx ctx, unsigned groups)
{
	static const uint64_t bits[][2] = {
		{O_CREAT, O_CREAT}, {O_TRUNC, O_TRUNC}, {O_ACCMODE, O_WRONLY}, {O_ACCMODE, O_RDWR}};
	unsigned n = groups & SPAWN ? 2 : 4;
	int r = 0;

	for (unsigned i = 0; i < n && r == 0; i++) {
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(openat), 1,
				     SCMP_CMP(2, SCMP_CMP_MASKED_EQ, bits[i][0], bits[i][1]));
		if (r == 0 && (groups & LOADER))
			r = seccomp_rule_add(
				ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(open), 1,
				SCMP_CMP(1, SCMP_CMP_MASKED_EQ, bits[i][0], bits[i][1]));
	}
	return r;
}

static int fill(scmp_filter_ctx ctx, unsigned groups)
{
	int r = 0;

	for (unsigned i = 0; i < N_RULES && r == 0; i++)
		if (rules[i].group & groups)
			r = add_rule(ctx, &rules[i]);
	for (unsigned i = 0; i < N_PROBES && r == 0; i++)
		if (!allowed_at_all(probes[i].nr, groups))
			r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(probes[i].code), probes[i].nr, 0);
	/* abort() may end the process, and only it */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				     SCMP_CMP(0, SCMP_CMP_MASKED_EQ, INT, (uint64_t)getpid()));
	if (r == 0 && (groups & (LOADER | SPAWN)) && !(groups & FILES))
		r = refuse_other_opens(ctx, groups);
	return r;
}

/* libseccomp says the same of a kernel or container without seccomp as of too little memory. */
static bool filters_allowed(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static int no_filters(struct cw_error *err)
{
	return cw_error_set(err, -ENOSYS,
			    "seccomp: this kernel or container allows no system call filters, and without "
			    "them nothing is protected");
}

int cw_sandbox_seccomp(unsigned groups, struct cw_error *err)
{
	scmp_filter_ctx ctx;
	int r;

	if (cw_spawn_debug())
		return 0;
	ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!ctx)
		return filters_allowed() ? cw_error_set(err, -ENOMEM, "seccomp: out of memory")
					 : no_filters(err);
	r = fill(ctx, groups);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	if (r == -EINVAL || r == -ECANCELED || r == -ENOSYS)
		return no_filters(err);
	if (r < 0) {
		errno = -r;
		return cw_error_errno(err, "seccomp: install the filter");
	}
	return 0;
}
