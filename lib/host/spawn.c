// SPDX-License-Identifier: BSD-2-Clause
/* host/spawn.c - start another world's process so that nobody of the same uid can look into it */
#include "host/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/memfd.h"
#include "host/point.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

#define FIRST_KEPT 3
#define ENV_MAX	   16

static bool debug_argument;

bool cw_spawn_debug(void)
{
#ifdef CW_SANITIZED
	return true;
#else
	const char *env = getenv("COREWARDEN_DEBUG");

	return debug_argument || (env && strcmp(env, "1") == 0);
#endif
}

void cw_spawn_debug_set(void)
{
	debug_argument = true;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What a world's process may know of its caller's environment. */
static void clean_environment(char *ret_env[ENV_MAX])
{
	static const char *const always[] = {"LANG=", "LC_ALL="};
	static const char *const debugging[] = {"ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=",
						"TSAN_OPTIONS=", "COREWARDEN_DEBUG=",
						"COREWARDEN_RUN=", "COREWARDEN_FAULT=",
						"COREWARDEN_FAULT_MAP=",
						"COREWARDEN_FAULT_PATIENCE="};
	unsigned n = 0;

	for (char **e = environ; e && *e && n < ENV_MAX - 1; e++) {
		bool pass = false;

		for (unsigned i = 0; i < sizeof(always) / sizeof(*always); i++)
			pass |= strncmp(*e, always[i], strlen(always[i])) == 0;
		for (unsigned i = 0; i < sizeof(debugging) / sizeof(*debugging); i++)
			pass |= cw_spawn_debug() &&
				strncmp(*e, debugging[i], strlen(debugging[i])) == 0;
		if (pass)
			ret_env[n++] = *e;
	}
	ret_env[n] = NULL;
}

/* Everything the child needs, made before the fork: after it only system calls are safe. */
struct launch {
	int exe;
	char *const *argv;
	char *env[ENV_MAX];
	const int *keep;
	unsigned n_keep;
	pid_t parent;
	int report; /* write end: an errno when the child could not exec */
	bool session, protect;
};

/* Bring the kept descriptors to 3.. without one overwriting another: first all of them out of the
 * way. */
static int place_descriptors(struct launch *l)
{
	int high[CW_SPAWN_KEEP_MAX];
	int floor = FIRST_KEPT + CW_SPAWN_KEEP_MAX;
	int null, report;

	report = fcntl(l->report, F_DUPFD_CLOEXEC, floor);
	if (report < 0)
		return -1;
	l->report = report;
	for (unsigned i = 0; i < l->n_keep; i++) {
		high[i] = fcntl(l->keep[i], F_DUPFD_CLOEXEC, floor);
		if (high[i] < 0)
			return -1;
	}
	l->exe = fcntl(l->exe, F_DUPFD_CLOEXEC, floor);
	if (l->exe < 0)
		return -1;
	for (unsigned i = 0; i < l->n_keep; i++)
		if (dup2(high[i], FIRST_KEPT + (int)i) < 0)
			return -1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		return -1;
	return (int)syscall(SYS_close_range, FIRST_KEPT + l->n_keep, ~0U, CLOSE_RANGE_CLOEXEC);
}

static void default_signals(void)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		sigaction(s, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int become_private(void)
{
	struct rlimit no_core = {0, 0};

	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &no_core) < 0)
		return -1;
	return 0;
}

static int child_prepare(struct launch *l)
{
	default_signals();
	if (l->session) {
		setsid();
	} else {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || chdir("/") < 0)
			return -1;
		/* The parent may have died before the line above. */
		if (getppid() != l->parent)
			_exit(127);
	}
	if (l->protect && become_private() < 0)
		return -1;
	return place_descriptors(l);
}

/* What a child says that could not become the program. */
enum step { STEP_PREPARE, STEP_EXEC };

struct report {
	int code;
	enum step step;
};

__attribute__((noreturn)) static void child_run(struct launch *l)
{
	struct report failed = {.step = STEP_PREPARE};

	if (child_prepare(l) == 0) {
		failed.step = STEP_EXEC;
		syscall(SYS_execveat, l->exe, "", l->argv, l->env, AT_EMPTY_PATH);
	}
	failed.code = errno;
	/* Nobody is left to tell when this write fails. */
	if (write(l->report, &failed, sizeof(failed)) < 0)
		_exit(126);
	_exit(127);
}

/* Wait until the child has exec'd (the pipe closes) or failed (a report comes). *@ret_step is then set. */
static int await_exec(int report, pid_t pid, enum step *ret_step)
{
	struct report failed = {.step = STEP_EXEC};
	ssize_t n;

	do
		n = read(report, &failed, sizeof(failed));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	/* Whatever the child did meanwhile: we know nothing of it. */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	*ret_step = failed.step;
	return n == sizeof(failed) ? -failed.code : -EIO;
}

static int run(struct launch *l, pid_t *ret_pid, int *ret_pidfd, struct cw_error *err)
{
	cleanup_fd int report_rx = -1, report_tx = -1, pidfd = -1;
	int pipe_fds[2], r;
	sigset_t all, before;
	enum step step;
	pid_t pid;

	clean_environment(l->env);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return cw_error_errno(err, "start %s", l->argv[0]);
	report_rx = pipe_fds[0];
	report_tx = l->report = pipe_fds[1];
	l->parent = getpid();
	/* A handler of the caller's program must not run in the child. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		child_run(l);
	r = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pid < 0) {
		errno = r;
		return cw_error_errno(err, "start %s", l->argv[0]);
	}
	cw_close_fd(&report_tx);
	CW_POINT(spawn_forked, pid);
	r = await_exec(report_rx, pid, &step);
	if (r < 0) {
		errno = -r;
		return cw_error_errno(err, "start %s: %s", l->argv[0],
				      step == STEP_EXEC ? "exec" : "prepare its process");
	}
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0) {
		r = cw_error_errno(err, "start %s: pidfd_open", l->argv[0]);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return r;
	}
	if (ret_pid)
		*ret_pid = pid;
	if (ret_pidfd)
		*ret_pidfd = cw_steal_fd(&pidfd);
	return 0;
}

/* Debug mode travels in the argument list; a child that will be in it is made so from the start. In one place only:
 * further on the word may be the value of an option, which others choose. */
static bool asks_debug(char *const argv[])
{
	return argv[0] && argv[1] && strcmp(argv[1], "--debug") == 0;
}

static int launch(struct launch *l, pid_t *ret_pid, int *ret_pidfd, struct cw_error *err)
{
	cleanup_fd int unreadable = -1;

	if (l->n_keep > CW_SPAWN_KEEP_MAX || !l->argv[0])
		return cw_error_set(err, -EINVAL, "start a process: bad argument");
	l->protect = !cw_spawn_debug() && !asks_debug(l->argv);
	if (l->protect) {
		unreadable = cw_memfd_program(base_name(l->argv[0]), l->exe);
		if (unreadable < 0) {
			errno = -unreadable;
			return cw_error_errno(err, "start %s: copy the program", l->argv[0]);
		}
		l->exe = unreadable;
	}
	return run(l, ret_pid, ret_pidfd, err);
}

int cw_spawn(int exe_fd, char *const argv[], const int *keep_fds, unsigned n_keep, pid_t *ret_pid,
	     int *ret_pidfd, struct cw_error *err)
{
	struct launch l = {.exe = exe_fd, .argv = argv, .keep = keep_fds, .n_keep = n_keep};

	return launch(&l, ret_pid, ret_pidfd, err);
}

int cw_spawn_session(int exe_fd, char *const argv[], const int *keep_fds, unsigned n_keep,
		     pid_t *ret_pid, int *ret_pidfd, struct cw_error *err)
{
	struct launch l = {
		.exe = exe_fd, .argv = argv, .keep = keep_fds, .n_keep = n_keep, .session = true};

	return launch(&l, ret_pid, ret_pidfd, err);
}

static int refuse_tracer(struct cw_error *err)
{
	cleanup_file FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	int tracer;

	if (!f)
		return cw_error_errno(err, "open /proc/self/status");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "TracerPid: %d", &tracer) == 1)
			return tracer ? cw_error_set(
						err, -EPERM,
						"traced by process %d: set COREWARDEN_DEBUG=1 to "
						"allow that, without protection",
						tracer)
				      : 0;
	return cw_error_set(err, -EIO, "/proc/self/status does not tell about tracers");
}

/* Run from a memfd that its owner may not read: what cw_memfd_program() makes. */
static bool runs_unreadable(void)
{
	char target[64];
	ssize_t n = readlink("/proc/self/exe", target, sizeof(target) - 1);
	struct stat st;

	if (n <= 0)
		return false;
	target[n] = '\0';
	return strncmp(target, "/memfd:", 7) == 0 && stat("/proc/self/exe", &st) == 0 &&
	       (st.st_mode & 0777) == 0111;
}

int cw_spawn_harden_self(char **argv, struct cw_error *err)
{
	cleanup_fd int exe = -1, unreadable = -1;
	char *env[ENV_MAX];
	int r;

	if (asks_debug(argv))
		cw_spawn_debug_set();
	if (cw_spawn_debug())
		return 0;
	if (become_private() < 0)
		return cw_error_errno(err, "become undumpable");
	/* A program run by descriptor is called after its number; people look for it by name. */
	prctl(PR_SET_NAME, base_name(argv[0]));
	r = refuse_tracer(err);
	if (r < 0)
		return r;
	if (runs_unreadable())
		return 0;

	exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (exe < 0)
		return cw_error_errno(err, "open /proc/self/exe");
	unreadable = cw_memfd_program(base_name(argv[0]), exe);
	if (unreadable < 0) {
		errno = -unreadable;
		return cw_error_errno(err, "copy the program");
	}
	clean_environment(env);
	syscall(SYS_execveat, unreadable, "", argv, env, AT_EMPTY_PATH);
	return cw_error_errno(err, "run from an unreadable copy");
}
