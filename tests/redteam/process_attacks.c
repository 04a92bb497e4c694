// SPDX-License-Identifier: BSD-2-Clause
/* redteam/process_attacks.c - /proc, ptrace, pidfd and friends against a process of the same uid */
#include "tests/redteam/process_attacks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cleanup.h"

static int open_proc(pid_t pid, const char *file, int flags)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return open(path, flags | O_CLOEXEC);
}

static int can_open(pid_t pid, const char *file, int flags)
{
	cleanup_fd int fd = open_proc(pid, file, flags);
	char byte;

	/* Some files open and refuse to be read; /proc/PID/mem reads at 0 fail for everybody, so opening counts. */
	if (fd < 0)
		return 0;
	if (!strcmp(file, "mem"))
		return 1;
	return read(fd, &byte, 1) > 0;
}

static int attack_mem_read(pid_t pid)
{
	return can_open(pid, "mem", O_RDONLY);
}

static int attack_mem_write(pid_t pid)
{
	return can_open(pid, "mem", O_RDWR);
}

static int attack_maps(pid_t pid)
{
	return can_open(pid, "maps", O_RDONLY);
}

static int attack_environ(pid_t pid)
{
	return can_open(pid, "auxv", O_RDONLY);
}

static int attack_syscall(pid_t pid)
{
	return can_open(pid, "syscall", O_RDONLY);
}

/* Can any entry of a /proc directory be opened? That is a way to its files and memory files. */
static int open_entries(pid_t pid, const char *sub)
{
	char path[64], entry[600];
	int got = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, sub);
	dir = opendir(path);
	if (!dir)
		return 0;
	for (struct dirent *e = readdir(dir); e && !got; e = readdir(dir)) {
		cleanup_fd int fd = -1;

		if (e->d_name[0] == '.')
			continue;
		snprintf(entry, sizeof(entry), "%s/%s", path, e->d_name);
		fd = open(entry, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0)
			got = 1;
	}
	closedir(dir);
	return got;
}

static int attack_fd_open(pid_t pid)
{
	return open_entries(pid, "fd");
}

/* Descriptor numbers need not be listed to be guessed. */
static int attack_fd_guess(pid_t pid)
{
	for (int n = 0; n < 64; n++) {
		char file[16];
		cleanup_fd int fd = -1;

		snprintf(file, sizeof(file), "fd/%d", n);
		fd = open_proc(pid, file, O_RDWR | O_NONBLOCK);
		if (fd >= 0)
			return 1;
	}
	return 0;
}

/* Following these links needs a capability of its own; listing them alone gives the address layout away. */
static int attack_map_files(pid_t pid)
{
	char path[64];
	int got = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/map_files", (int)pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	for (struct dirent *e = readdir(dir); e; e = readdir(dir))
		got |= e->d_name[0] != '.';
	closedir(dir);
	return got;
}

static int attack_exe(pid_t pid)
{
	return can_open(pid, "exe", O_RDONLY);
}

static int attack_pidfd_getfd(pid_t pid)
{
	cleanup_fd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	for (int n = 0; pidfd >= 0 && n < 64; n++) {
		cleanup_fd int fd = (int)syscall(SYS_pidfd_getfd, pidfd, n, 0);

		if (fd >= 0)
			return 1;
	}
	return 0;
}

static int attack_ptrace_seize(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return 0;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0)
		waitpid(pid, NULL, __WALL);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 1;
}

/* A refused process answers EPERM; one that may be read answers EFAULT for address 16. */
static int attack_vm_readv(pid_t pid)
{
	char byte;
	struct iovec local = {&byte, 1}, remote = {(void *)(uintptr_t)16, 1};

	return process_vm_readv(pid, &local, 1, &remote, 1, 0) >= 0 || errno == EFAULT;
}

static int attack_vm_writev(pid_t pid)
{
	char byte = 0;
	struct iovec local = {&byte, 1}, remote = {(void *)(uintptr_t)16, 1};

	return process_vm_writev(pid, &local, 1, &remote, 1, 0) >= 0 || errno == EFAULT;
}

static int attack_kcmp(pid_t pid)
{
	return syscall(SYS_kcmp, getpid(), pid, 0 /* KCMP_FILE */, 0, 0) >= 0;
}

const struct process_attack process_attacks[] = {
	{"/proc/PID/mem, read", attack_mem_read},
	{"/proc/PID/mem, write", attack_mem_write},
	{"/proc/PID/maps", attack_maps},
	{"/proc/PID/auxv", attack_environ},
	{"/proc/PID/syscall", attack_syscall},
	{"/proc/PID/fd, listed", attack_fd_open},
	{"/proc/PID/fd, guessed", attack_fd_guess},
	{"/proc/PID/map_files", attack_map_files},
	{"/proc/PID/exe", attack_exe},
	{"pidfd_getfd", attack_pidfd_getfd},
	{"ptrace(PTRACE_SEIZE)", attack_ptrace_seize},
	{"process_vm_readv", attack_vm_readv},
	{"process_vm_writev", attack_vm_writev},
	{"kcmp", attack_kcmp},
	{NULL, NULL},
};

static pid_t parent_of(pid_t pid)
{
	cleanup_fd int fd = open_proc(pid, "stat", O_RDONLY);
	char text[512];
	const char *after;
	ssize_t n;
	int ppid;

	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	after = strrchr(text, ')');
	if (!after || sscanf(after + 1, " %*c %d", &ppid) != 1)
		return -1;
	return ppid;
}

unsigned process_children(pid_t pid, pid_t *ret, unsigned max)
{
	DIR *dir = opendir("/proc");
	unsigned n = 0;

	if (!dir)
		return 0;
	for (struct dirent *e = readdir(dir); e && n < max; e = readdir(dir)) {
		pid_t candidate = (pid_t)atoi(e->d_name);

		if (candidate > 0 && parent_of(candidate) == pid)
			ret[n++] = candidate;
	}
	closedir(dir);
	return n;
}

void process_name(pid_t pid, char *buf, size_t size)
{
	cleanup_fd int fd = open_proc(pid, "comm", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}
