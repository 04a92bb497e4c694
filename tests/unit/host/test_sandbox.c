// SPDX-License-Identifier: BSD-2-Clause
/* host/test_sandbox.c - each group permits what its name says and nothing more; each try in a
 * process of its own */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/msg.h"
#include "host/sandbox.h"
#include "host/spawn.h"

#define BASE CW_SANDBOX_BASE

/* Each returns 0 when the kernel did it, else the errno. Those that need an object got it before
 * the filter. */
static int sock[2];
static int dir_fd;

static int do_write(void)
{
	return write(2, "", 0) == 0 ? 0 : errno;
}

static int do_clock(void)
{
	struct timespec t;

	return syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t) == 0 ? 0 : errno;
}

static int do_msg(void)
{
	struct cw_msg m;
	int r = cw_msg_send(sock[0], 1, 1, 0, "x", 1, NULL, 0);

	return r == 0 && cw_msg_recv(sock[1], &m, 0) == 1 ? 0 : -r;
}

static int do_mmap(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ) == 0 && munmap(p, 4096) == 0 ? 0
											    : errno;
}

static int do_mmap_exec(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) != MAP_FAILED
		       ? 0
		       : errno;
}

static int do_mprotect_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0 ? 0 : errno;
}

static int do_memfd(void)
{
	int fd = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd >= 0 && ftruncate(fd, 4096) == 0 &&
			       fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) ==
				       0 &&
			       fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0 && close(fd) == 0
		       ? 0
		       : errno;
}

static void *nothing(void *arg)
{
	return arg;
}

static int do_thread(void)
{
	pthread_t t;
	int r = pthread_create(&t, NULL, nothing, NULL);

	return r ? r : pthread_join(t, NULL);
}

static int do_open(void)
{
	int fd = openat(dir_fd, "status", O_RDONLY);

	return fd >= 0 ? 0 : errno;
}

static int do_open_write(void)
{
	int fd = openat(dir_fd, "comm", O_RDWR);

	return fd >= 0 ? 0 : errno;
}

static int do_open_create(void)
{
	int fd = openat(dir_fd, "none", O_RDONLY | O_CREAT, 0600);

	return fd >= 0 || errno == EACCES || errno == ENOENT ? 0 : errno;
}

static int do_exec(void)
{
	execl("/proc/self/nothing", "x", NULL);
	return errno == ENOENT ? 0 : errno;
}

static int do_fork(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid ? 0 : errno;
}

static int do_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno;
}

static int do_socketpair(void)
{
	int s[2];

	return cw_msg_pair(s) == 0 ? 0 : errno;
}

static int do_rename(void)
{
	return renameat(dir_fd, "none", dir_fd, "none2") == 0 || errno == ENOENT ||
			       errno == EXDEV || errno == EPERM
		       ? 0
		       : errno;
}

static int do_random(void)
{
	char c;

	return getrandom(&c, 1, 0) == 1 ? 0 : errno;
}

static int do_reap(void)
{
	siginfo_t si;

	return waitid(P_ALL, 0, &si, WEXITED | WNOHANG) < 0 && errno == ECHILD ? 0 : errno;
}

static int do_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 ? 0 : errno;
}

static int do_process_vm(void)
{
	char a, b;
	struct iovec l = {&a, 1}, r = {&b, 1};

	return syscall(SYS_process_vm_readv, getpid(), &l, 1, &r, 1, 0) == 1 ? 0 : errno;
}

static int do_kill(void)
{
	return kill(getpid(), 0) == 0 ? 0 : errno;
}

static int do_second_filter(void)
{
	return cw_sandbox_seccomp(BASE, NULL) == 0 ? 0 : EIO;
}

static int do_dup2(void)
{
	return syscall(SYS_dup2, 2, 20) == 20 ? 0 : errno;
}

enum { OK = 0, KILLED = 1000 };

/* Outcome of @fn under @groups: 0, an errno, or KILLED. */
static int under(unsigned groups, int (*fn)(void))
{
	struct cw_error err;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (cw_sandbox_seccomp(groups, &err) < 0)
			_exit(255);
		_exit(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : 2000 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

static const struct {
	const char *what;
	unsigned groups;
	int (*fn)(void);
	int outcome;
} table[] = {
	{"write", BASE, do_write, OK},
	{"clock", BASE, do_clock, OK},
	{"messages with MSG", BASE | CW_SANDBOX_MSG, do_msg, OK},
	{"messages without", BASE, do_msg, KILLED},
	{"mmap with MEMORY", BASE | CW_SANDBOX_MEMORY, do_mmap, OK},
	{"mmap without", BASE, do_mmap, KILLED},
	{"executable mmap with MEMORY", BASE | CW_SANDBOX_MEMORY, do_mmap_exec, KILLED},
	{"executable mprotect with MEMORY", BASE | CW_SANDBOX_MEMORY, do_mprotect_exec, KILLED},
	{"executable mmap with JIT", BASE | CW_SANDBOX_MEMORY | CW_SANDBOX_JIT, do_mmap_exec, OK},
	{"executable mprotect with JIT", BASE | CW_SANDBOX_MEMORY | CW_SANDBOX_JIT,
	 do_mprotect_exec, OK},
	{"memfd with MEMFD", BASE | CW_SANDBOX_MEMFD, do_memfd, OK},
	{"memfd without", BASE | CW_SANDBOX_MEMORY, do_memfd, KILLED},
	{"thread with THREADS", BASE | CW_SANDBOX_MEMORY | CW_SANDBOX_THREADS, do_thread, OK},
	{"thread without", BASE | CW_SANDBOX_MEMORY, do_thread, KILLED},
	{"fork with THREADS", BASE | CW_SANDBOX_THREADS | CW_SANDBOX_REAP, do_fork, KILLED},
	{"open without LOADER", BASE | CW_SANDBOX_MEMORY, do_open, EPERM},
	{"open with LOADER", BASE | CW_SANDBOX_LOADER, do_open, OK},
	{"write open with LOADER", BASE | CW_SANDBOX_LOADER, do_open_write, EPERM},
	{"creating open with LOADER", BASE | CW_SANDBOX_LOADER, do_open_create, EPERM},
	{"creating open with SPAWN", BASE | CW_SANDBOX_SPAWN | CW_SANDBOX_LOADER, do_open_create,
	 EPERM},
	{"executable mmap with LOADER", BASE | CW_SANDBOX_LOADER, do_mmap_exec, OK},
	{"second filter with LOADER", BASE | CW_SANDBOX_LOADER | CW_SANDBOX_MEMORY,
	 do_second_filter, OK},
	{"second filter without", BASE | CW_SANDBOX_MEMORY, do_second_filter, KILLED},
	{"open with FILES", BASE | CW_SANDBOX_FILES, do_open, OK},
	{"write open with FILES", BASE | CW_SANDBOX_FILES, do_open_write, OK},
	{"creating open with FILES and LOADER", BASE | CW_SANDBOX_FILES | CW_SANDBOX_LOADER,
	 do_open_create, OK},
	{"rename with FILES", BASE | CW_SANDBOX_FILES, do_rename, OK},
	{"rename without", BASE | CW_SANDBOX_LOADER, do_rename, KILLED},
	{"exec without SPAWN", BASE, do_exec, EPERM},
	{"exec with SPAWN", BASE | CW_SANDBOX_SPAWN, do_exec, OK},
	{"fork with SPAWN", BASE | CW_SANDBOX_SPAWN, do_fork, OK},
	{"fork without", BASE, do_fork, KILLED},
	{"socketpair with SPAWN", BASE | CW_SANDBOX_SPAWN, do_socketpair, OK},
	{"socketpair without", BASE | CW_SANDBOX_MSG, do_socketpair, KILLED},
	{"dup2 without SPAWN", BASE | CW_SANDBOX_MSG, do_dup2, KILLED},
	{"socket, everything allowed", ~0u, do_socket, EPERM},
	{"ptrace, everything allowed", ~0u, do_ptrace, KILLED},
	{"process_vm_readv, everything allowed", ~0u, do_process_vm, KILLED},
	{"kill, everything allowed", ~0u, do_kill, KILLED},
	{"random with RANDOM", BASE | CW_SANDBOX_RANDOM, do_random, OK},
	{"random without", BASE, do_random, ENOSYS},
	{"reap with REAP", BASE | CW_SANDBOX_REAP, do_reap, OK},
	{"reap without", BASE, do_reap, KILLED},
};

static void skip_in_debug_mode(void)
{
	if (!cw_spawn_debug())
		return;
	print_message("SKIP: debug mode has no filters\n");
	skip();
}

static void groups_do_what_they_say(void **state)
{
	unsigned wrong = 0;

	(void)state;
	skip_in_debug_mode();
	for (unsigned i = 0; i < sizeof(table) / sizeof(*table); i++) {
		int got = under(table[i].groups, table[i].fn);

		if (got == table[i].outcome)
			continue;
		print_message("%s: got %d, expected %d\n", table[i].what, got, table[i].outcome);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static int pointless_abort(void)
{
	signal(SIGABRT, SIG_DFL);
	abort();
}

static void abort_ends_as_abort(void **state)
{
	(void)state;
	skip_in_debug_mode();
	assert_int_equal(under(BASE, pointless_abort), 2000 + SIGABRT);
}

/* Exit codes of the Landlock child: 77 no Landlock here, else a bit for each thing that was wrong.
 */
static int landlocked(const char *dir)
{
	const struct cw_sandbox_path paths[] = {{"/proc/self", CW_SANDBOX_READ},
						{dir, CW_SANDBOX_READ | CW_SANDBOX_WRITE},
						{"/does/not/exist", CW_SANDBOX_READ},
						{NULL, 0}};
	char path[128];
	int wrong = 0, r = cw_sandbox_paths(paths, NULL);

	if (r <= 0)
		return r == 0 ? 77 : 78;
	snprintf(path, sizeof(path), "%s/file", dir);
	wrong |= (open("/proc/self/status", O_RDONLY) < 0) << 0;
	wrong |= (open(path, O_RDWR | O_CREAT, 0600) < 0) << 1;
	wrong |= (unlink(path) < 0) << 2;
	wrong |= (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES) << 3;
	wrong |= (open("/", O_RDONLY | O_DIRECTORY) >= 0 || errno != EACCES) << 4;
	execl("/bin/true", "true", NULL);
	wrong |= (errno != EACCES) << 5;
	/* a second domain only takes away */
	wrong |= (cw_sandbox_paths(NULL, NULL) != 1) << 6;
	wrong |= (open("/proc/self/status", O_RDONLY) >= 0) << 6;
	return wrong;
}

static void paths_are_kept(void **state)
{
	char dir[] = "/tmp/cw-landlock-XXXXXX";
	int status;
	pid_t pid;

	(void)state;
	skip_in_debug_mode();
	assert_non_null(mkdtemp(dir));
	pid = fork();
	if (pid == 0)
		_exit(landlocked(dir));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	rmdir(dir);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("SKIP: this kernel has no Landlock\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void debug_mode_has_no_filter(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		setenv("COREWARDEN_DEBUG", "1", 1);
		if (cw_sandbox_seccomp(BASE, NULL) != 0 || cw_sandbox_paths(NULL, NULL) != 0)
			_exit(1);
		_exit(do_fork() == 0 && do_socketpair() == 0 ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_do_what_they_say),
		cmocka_unit_test(abort_ends_as_abort),
		cmocka_unit_test(paths_are_kept),
		cmocka_unit_test(debug_mode_has_no_filter),
	};

	dir_fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cw_msg_pair(sock) < 0 || dir_fd < 0)
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
