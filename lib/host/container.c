// SPDX-License-Identifier: BSD-2-Clause
/* host/container.c - try what a board needs of the kernel */
#include "host/container.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cleanup.h"

/* A call that was made as it must fail otherwise: did a profile answer in its place? */
static bool denied(long r)
{
	return r < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS);
}

static bool no_seccomp(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return denied(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
}

static bool no_prctl(void)
{
	return denied(prctl(PR_GET_DUMPABLE));
}

static bool no_memfd(void)
{
	cleanup_fd int fd = memfd_create("corewarden-probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd < 0 ? denied(-1) : denied(ftruncate(fd, 1)) || denied(fcntl(fd, F_GET_SEALS));
}

/* The sysctl vm.memfd_noexec is 2: no memory file may be executable. */
static bool no_exec_memfd(void)
{
	cleanup_fd int fd = open("/proc/sys/vm/memfd_noexec", O_RDONLY | O_CLOEXEC);
	char c = 0;

	return fd >= 0 && read(fd, &c, 1) == 1 && c == '2';
}

static bool no_execveat(void)
{
	char *const none[] = {NULL};

	return denied(syscall(SYS_execveat, -1, "", none, none, AT_EMPTY_PATH));
}

static bool no_close_range(void)
{
	return denied(syscall(SYS_close_range, ~0u, ~0u, 0));
}

static bool no_pidfd(void)
{
	cleanup_fd int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	return fd < 0 ? denied(-1) : denied(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
}

static bool no_waitid(void)
{
	siginfo_t info;

	return denied(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT));
}

static bool no_socketpair(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return denied(-1);
	close(fds[0]);
	close(fds[1]);
	return false;
}

static bool no_proc(void)
{
	return access("/proc/self/exe", F_OK) < 0;
}

static bool no_dev_null(void)
{
	return access("/dev/null", R_OK | W_OK) < 0;
}

static const struct {
	const char *name;
	bool (*lacks)(void);
} needs[] = {
	{"seccomp", no_seccomp},	 {"prctl", no_prctl},
	{"memfd_create", no_memfd},	 {"executable memory files (sysctl vm.memfd_noexec)", no_exec_memfd},
	{"execveat", no_execveat},	 {"close_range", no_close_range},
	{"pidfd_open", no_pidfd},	 {"waitid", no_waitid},
	{"socketpair", no_socketpair},	 {"/proc", no_proc},
	{"/dev/null", no_dev_null},
};

const char *cw_container_lacks(char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]) && used < size; i++)
		if (needs[i].lacks())
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
						 needs[i].name);
	return buf;
}

int cw_container_explain(int code, struct cw_error *err)
{
	char lacks[256], text[CW_ERROR_TEXT_MAX];

	if (!err || (code != -EPERM && code != -EACCES && code != -ENOSYS && code != -ENOENT && code != -EIO))
		return code;
	if (!cw_container_lacks(lacks, sizeof(lacks))[0])
		return code;
	snprintf(text, sizeof(text), "%s", err->text);
	return cw_error_set(err, code, "%s; this container denies %s, see docs/containers.md", text, lacks);
}
