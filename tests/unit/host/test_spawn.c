// SPDX-License-Identifier: BSD-2-Clause
/* host/test_spawn.c - nobody of the same uid looks into a spawned process; with debug mode on, it
 * can be seen that the attacks themselves work */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/msg.h"
#include "host/spawn.h"

#define NOBODY 65534

static int probe_exe = -1;

static void become_nobody(void)
{
	if (geteuid() != 0)
		return;
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(99);
}

/* Run @fn as an ordinary user in a process of its own, so that asserting is left to the parent. */
static int as_user(int (*fn)(bool debug), bool debug)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		become_nobody();
		if (debug)
			setenv("COREWARDEN_DEBUG", "1", 1);
		else
			unsetenv("COREWARDEN_DEBUG");
		_exit(fn(debug));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

struct probe {
	int sock, pidfd;
	pid_t pid;
	char text[CW_MSG_PAYLOAD_MAX + 1];
};

/* As anybody would: fork and exec of a file that can be read. */
static int start_by_hand(struct probe *p, char *const argv[], int sock)
{
	p->pid = fork();
	if (p->pid == 0) {
		int exe = fcntl(probe_exe, F_DUPFD_CLOEXEC, 20),
		    s = fcntl(sock, F_DUPFD_CLOEXEC, 20);

		if (dup2(s, 3) < 0 || syscall(SYS_close_range, 4, ~0u, 4 /* CLOEXEC */) < 0)
			_exit(98);
		fexecve(exe, argv, environ);
		_exit(97);
	}
	p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	return p->pidfd < 0 ? -1 : 0;
}

enum how { SPAWN, SESSION, BY_HAND };

static int start_with(struct probe *p, char *const argv[], enum how how)
{
	struct cw_error err;
	struct cw_msg m;
	int pair[2], r;

	if (cw_msg_pair(pair) < 0)
		return -1;
	p->sock = pair[0];
	if (how == BY_HAND)
		r = start_by_hand(p, argv, pair[1]);
	else
		r = (how == SESSION ? cw_spawn_session : cw_spawn)(probe_exe, argv, &pair[1], 1,
								   &p->pid, &p->pidfd, &err);
	close(pair[1]);
	if (r < 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	if (cw_msg_recv(p->sock, &m, 0) != 1)
		return -1;
	memcpy(p->text, m.payload, cw_msg_payload_len(&m));
	p->text[cw_msg_payload_len(&m)] = '\0';
	return 0;
}

static int start(struct probe *p, char *arg, enum how how)
{
	char *argv[] = {(char *)"some/where/probe", arg, NULL};

	return start_with(p, argv, how);
}

static int stop(struct probe *p)
{
	int status;

	close(p->sock);
	close(p->pidfd);
	return waitpid(p->pid, &status, 0) == p->pid ? status : -1;
}

static bool can_open(pid_t pid, const char *what, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	fd = open(path, flags);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* Does /proc/PID/mem give the secret away? */
static bool can_read_secret(const struct probe *p)
{
	unsigned long at = strtoul(strstr(p->text, "secret=") + 7, NULL, 16);
	char path[64], got[32] = {0};
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", p->pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	if (pread(fd, got, sizeof(got), (off_t)at) < 0)
		got[0] = '\0';
	close(fd);
	return strcmp(got, "the bytes nobody else may read") == 0;
}

static bool can_take_fd(const struct probe *p)
{
	int fd = (int)syscall(SYS_pidfd_getfd, p->pidfd, 3, 0);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static bool can_trace(const struct probe *p)
{
	int status;

	if (ptrace(PTRACE_SEIZE, p->pid, 0, 0) < 0)
		return false;
	kill(p->pid, SIGSTOP);
	waitpid(p->pid, &status, 0);
	ptrace(PTRACE_DETACH, p->pid, 0, 0);
	kill(p->pid, SIGCONT);
	return true;
}

/* A bit for each attack that worked. */
static int attacks(const struct probe *p)
{
	int worked = 0;

	worked |= can_read_secret(p) << 0;
	worked |= can_open(p->pid, "fd", O_RDONLY | O_DIRECTORY) << 1;
	worked |= can_open(p->pid, "map_files", O_RDONLY | O_DIRECTORY) << 2;
	worked |= can_open(p->pid, "maps", O_RDONLY) << 3;
	worked |= can_open(p->pid, "exe", O_RDONLY) << 4;
	worked |= can_open(p->pid, "environ", O_RDONLY) << 5;
	worked |= can_take_fd(p) << 6;
	return worked;
}
#define ALL_ATTACKS 0x7f

static int attack_spawned(bool debug)
{
	struct probe p;
	int worked;

	(void)debug;
	if (start(&p, (char *)"run", SPAWN) < 0)
		return 90;
	worked = attacks(&p);
	return stop(&p) == 0 ? worked : 91;
}

static int attack_session(bool debug)
{
	struct probe p;
	int worked;

	(void)debug;
	if (start(&p, (char *)"run", SESSION) < 0)
		return 90;
	worked = attacks(&p) | (getsid(p.pid) == getsid(0)) << 7;
	return stop(&p) == 0 ? worked : 91;
}

static int attack_hardened(bool debug)
{
	struct probe p;
	int worked;

	(void)debug;
	if (start(&p, (char *)"harden", BY_HAND) < 0)
		return 90;
	worked = attacks(&p);
	return stop(&p) == 0 ? worked : 91;
}

static int trace_spawned(bool debug)
{
	struct probe p;
	int worked;

	(void)debug;
	if (start(&p, (char *)"run", SPAWN) < 0)
		return 90;
	worked = can_trace(&p);
	return stop(&p) == 0 ? worked : 91;
}

static void skip_when_sanitized(void)
{
#ifdef CW_SANITIZED
	print_message("SKIP: a sanitizer build is always in debug mode\n");
	skip();
#endif
}

static void attacks_fail(void **state)
{
	(void)state;
	skip_when_sanitized();
	assert_int_equal(as_user(attack_spawned, false), 0);
	assert_int_equal(as_user(attack_session, false), 0);
	assert_int_equal(as_user(attack_hardened, false), 0);
	assert_int_equal(as_user(trace_spawned, false), 0);
}

static void attacks_work_without_protection(void **state)
{
	(void)state;
	assert_int_equal(as_user(attack_spawned, true), ALL_ATTACKS);
	assert_int_equal(as_user(attack_session, true), ALL_ATTACKS);
	assert_int_equal(as_user(attack_hardened, true), ALL_ATTACKS);
	assert_int_equal(as_user(trace_spawned, true), 1);
}

static void child_is_as_documented(void **state)
{
	struct probe p;

	(void)state;
	skip_when_sanitized();
	setenv("COREWARDEN_SECRET", "x", 1);
	setenv("LANG", "C.UTF-8", 1);
	unsetenv("LC_ALL");
	assert_int_equal(start(&p, (char *)"run", SPAWN), 0);
	assert_non_null(strstr(p.text, "nnp=1 fds=f env=LANG=C.UTF-8 "));
	assert_non_null(strstr(p.text, "exe=/memfd:probe"));
	assert_non_null(strstr(p.text, "argv1=run"));
	assert_int_equal(stop(&p), 0);
}

/* --debug is the first argument, or a word like any other: the name of somebody's state directory. */
static void debug_is_the_first_argument(void **state)
{
	char *value[] = {(char *)"probe", (char *)"harden", (char *)"--state", (char *)"--debug", NULL};
	char *first[] = {(char *)"probe", (char *)"--debug", NULL};
	struct probe p;

	(void)state;
	skip_when_sanitized();
	for (enum how how = SPAWN; how <= BY_HAND; how++) {
		assert_int_equal(start_with(&p, value, how), 0);
		assert_non_null(strstr(p.text, "dumpable=0 nnp=1"));
		assert_non_null(strstr(p.text, "exe=/memfd:probe"));
		assert_int_equal(stop(&p), 0);
	}
	assert_int_equal(start_with(&p, first, SPAWN), 0);
	assert_null(strstr(p.text, "exe=/memfd:"));
	assert_int_equal(stop(&p), 0);
}

static void hardening_keeps_arguments_and_descriptors(void **state)
{
	struct probe p;

	(void)state;
	skip_when_sanitized();
	assert_int_equal(start(&p, (char *)"harden", BY_HAND), 0);
	assert_non_null(strstr(p.text, "dumpable=0 nnp=1 fds="));
	assert_non_null(strstr(p.text, "exe=/memfd:probe"));
	assert_non_null(strstr(p.text, "argv1=harden"));
	assert_int_equal(stop(&p), 0);
}

/* A tracer that was there before is refused, in words. */
static int harden_traced(bool debug)
{
	char *argv[] = {(char *)"probe", NULL};
	struct cw_error err;
	int status;
	pid_t pid = fork();

	(void)debug;
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(90);
		if (cw_spawn_harden_self(argv, &err) != -EPERM)
			_exit(91);
		_exit(strstr(err.text, "traced by process") ? 0 : 92);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 93;
}

static void a_tracer_is_refused(void **state)
{
	(void)state;
	skip_when_sanitized();
	assert_int_equal(as_user(harden_traced, false), 0);
}

/* Kept descriptors land at 3.. whatever their numbers were, also when they overlap their places. */
static void descriptors_are_placed(void **state)
{
	char *argv[] = {(char *)"probe", (char *)"run", NULL};
	struct cw_error err;
	struct cw_msg m;
	int pair[2], other[2], keep[3], pidfd = -1, status;
	pid_t pid;

	(void)state;
	assert_int_equal(cw_msg_pair(pair), 0);
	assert_int_equal(cw_msg_pair(other), 0);
	keep[0] = pair[1];
	keep[1] = other[1];
	keep[2] = other[0];
	assert_int_equal(cw_spawn(probe_exe, argv, keep, 3, &pid, &pidfd, &err), 0);
	close(pair[1]);
	assert_int_equal(cw_msg_recv(pair[0], &m, 0), 1);
	m.payload[cw_msg_payload_len(&m)] = '\0';
	assert_non_null(strstr((char *)m.payload, "fds=3f "));
	close(pair[0]);
	close(other[0]);
	close(other[1]);
	close(pidfd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void exec_failure_is_told(void **state)
{
	char *argv[] = {(char *)"nonsense", NULL};
	cleanup_fd int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cleanup_fd int text = memfd_create("text", MFD_CLOEXEC);
	struct cw_error err = {0};
	int pidfd = 77;

	(void)state;
	assert_true(cw_spawn(fd, argv, NULL, 0, NULL, &pidfd, &err) < 0);
	assert_int_equal(write(text, "not a program", 13), 13);
	assert_int_equal(fchmod(text, 0755), 0);
	assert_int_equal(cw_spawn(text, argv, NULL, 0, NULL, &pidfd, &err), -ENOEXEC);
	assert_non_null(strstr(err.text, "start nonsense: exec"));
	assert_int_equal(pidfd, 77);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* The child of a dead parent dies: the grandchild's socket hangs up although nobody told it to end.
 */
static void child_dies_with_its_parent(void **state)
{
	char *argv[] = {(char *)"probe", (char *)"run", NULL};
	struct cw_error err;
	struct cw_msg m;
	int pair[2], status;
	pid_t parent;

	(void)state;
	assert_int_equal(cw_msg_pair(pair), 0);
	parent = fork();
	if (parent == 0) {
		int r = cw_spawn(probe_exe, argv, &pair[1], 1, NULL, NULL, &err);

		_exit(r == 0 ? 0 : 1);
	}
	close(pair[1]);
	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_int_equal(status, 0);
	/* The probe may or may not have got as far as its message. */
	while (cw_msg_recv(pair[0], &m, 0) == 1)
		;
	close(pair[0]);
}

static void helper_is_found(void **state)
{
	struct cw_error err = {0};
	cleanup_fd int fd = -1;

	char *tas = cw_spawn_ta_dir();

	(void)state;
	assert_non_null(strstr(tas, "/secure/ta")); /* this is a build tree */
	free(tas);
	unsetenv("COREWARDEN_LIBEXEC");
	assert_int_equal(cw_spawn_find("host-probe", &fd, &err), 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(cw_spawn_find("no-such-helper", &fd, &err), -ENOENT);
	assert_non_null(strstr(err.text, CW_LIBEXECDIR "/no-such-helper"));
	setenv("COREWARDEN_LIBEXEC", "/nowhere", 1);
	assert_int_equal(cw_spawn_find("host-probe", &fd, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nowhere/host-probe"));
	unsetenv("COREWARDEN_LIBEXEC");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attacks_fail),
		cmocka_unit_test(attacks_work_without_protection),
		cmocka_unit_test(child_is_as_documented),
		cmocka_unit_test(debug_is_the_first_argument),
		cmocka_unit_test(hardening_keeps_arguments_and_descriptors),
		cmocka_unit_test(a_tracer_is_refused),
		cmocka_unit_test(descriptors_are_placed),
		cmocka_unit_test(exec_failure_is_told),
		cmocka_unit_test(child_dies_with_its_parent),
		cmocka_unit_test(helper_is_found),
	};

	probe_exe = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	if (probe_exe < 0) {
		fprintf(stderr, "usage: %s PROBE\n", argv[0]);
		return 2;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
