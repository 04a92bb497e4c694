// SPDX-License-Identifier: BSD-2-Clause
/*
 * faults/trial.c - run a life, and look for what is left of it
 *
 * The process that watches over a trial is the reaper of all its orphans, so that none can get away; the run id finds
 * whoever might have got away all the same. Every wait has an end.
 */
#include "tests/faults/trial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIFE_MS	  60000 /* a whole life, whatever goes wrong in it */
#define LINGER_MS 10000 /* and what it leaves behind: silicon gives the TEE 2 s, and itself gets 5 */
#define POLL_MS	  2
#define PATH_SIZE 400

struct watch {
	const struct trial_place *place;
	struct trial *trial;
	char run[64];	      /* "COREWARDEN_RUN=..." */
	char dir[PATH_SIZE]; /* of this trial */
};

__attribute__((format(printf, 2, 3))) static void left(struct trial *t, const char *fmt, ...)
{
	size_t used = strlen(t->left);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->left + used, sizeof(t->left) - used, fmt, ap);
	va_end(ap);
}

/* ---- files ---- */

static const char *copy_from;
static const char *copy_to;

static int copy_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char to[PATH_SIZE * 2], bytes[16384];
	ssize_t n;
	int in, out;

	snprintf(to, sizeof(to), "%s%s", copy_to, path + strlen(copy_from));
	if (type == FTW_D)
		return mkdir(to, 0700);
	in = open(path, O_RDONLY | O_CLOEXEC);
	n = in < 0 ? -1 : read(in, bytes, sizeof(bytes));
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (n < 0 || out < 0 || write(out, bytes, (size_t)n) != n)
		return -1;
	close(in);
	return close(out);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

/* What a state directory may hold; anything else is a leftover. */
static int judge_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	static const char *const known[] = {"version", "fuses", "lock", "board", "rollback", "device.key"};
	const char *name = path + ftw->base;

	if (type == FTW_D || strstr(name, ".der"))
		return 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(name, known[i]))
			return 0;
	return 1;
}

static uint64_t digest;

static void digest_bytes(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n--)
		digest = (digest ^ *p++) * 0x100000001B3u;
}

/* Name, mode and contents; in whatever order the folder has them. */
static int digest_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	uint64_t others = digest;
	uint8_t bytes[16384];
	ssize_t n = 0;
	int fd;

	digest = 0xCBF29CE484222325u;
	digest_bytes(path + strlen(copy_from), strlen(path + strlen(copy_from)));
	digest_bytes(&st->st_mode, sizeof(st->st_mode));
	fd = type == FTW_F ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	while (fd >= 0 && (n = read(fd, bytes, sizeof(bytes))) > 0)
		digest_bytes(bytes, (size_t)n);
	if (fd >= 0)
		close(fd);
	digest += others;
	return n < 0 || (type == FTW_F && fd < 0);
}

/* Of the state as it is now; 0: it cannot be told. */
static uint64_t digest_state(struct watch *w)
{
	char state[PATH_SIZE + 8];

	snprintf(state, sizeof(state), "%s/state", w->dir);
	copy_from = state;
	digest = 0;
	return nftw(state, digest_one, 16, FTW_PHYS) ? 0 : digest | 1;
}

static bool is_proved(const struct trial_states *states, uint64_t state)
{
	uint32_t n = states ? states->n : 0;

	for (uint32_t i = 0; i < n && i < STATES_MAX; i++)
		if (state && states->digest[i] == state)
			return true;
	return false;
}

static void note_proved(struct trial_states *states, uint64_t state)
{
	uint32_t at;

	if (!states || !state || is_proved(states, state))
		return;
	at = states->n++;
	if (at < STATES_MAX)
		states->digest[at] = state;
}

/* A leak check that was killed with its process reports that, too. */
static bool is_report(const char *dir, const char *name)
{
	char path[PATH_SIZE + 300], text[8192];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return n < 0 || strstr(text, "ERROR: ") || strstr(text, "runtime error: ") ||
	       strstr(text, "WARNING: ThreadSanitizer");
}

static void check_files(struct watch *w)
{
	char state[PATH_SIZE + 8];
	DIR *d = opendir(w->dir);
	struct dirent *e;

	snprintf(state, sizeof(state), "%s/state", w->dir);
	/* What a killed process left there, the next boot clears away. */
	if (!w->trial->same_state && nftw(state, judge_file, 16, FTW_PHYS) != 0)
		left(w->trial, "a strange file in the state directory; ");
	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, "report", 6) && is_report(w->dir, e->d_name))
			left(w->trial, "a sanitizer's report %s/%s; ", w->dir, e->d_name);
	if (d)
		closedir(d);
}

/* ---- processes ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void read_proc(int pid, const char *what, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	for (ssize_t i = 0; i + 1 < n; i++)
		if (!buf[i])
			buf[i] = '\n';
	if (fd >= 0)
		close(fd);
}

static bool carries_id(int pid, const char *run)
{
	char env[8192];
	const char *at;

	read_proc(pid, "environ", env, sizeof(env));
	at = strstr(env, run);
	return at && (at[strlen(run)] == '\n' || !at[strlen(run)]);
}

/* A process of this run, or 0. */
static int find_process(const char *run)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int found = 0;

	while (d && !found && (e = readdir(d))) {
		int pid = atoi(e->d_name);

		if (pid > 0 && carries_id(pid, run))
			found = pid;
	}
	if (d)
		closedir(d);
	return found;
}

/* End a process that should not be there, and say who it was. */
static void end_process(struct watch *w, int pid)
{
	char name[256], where[256];

	read_proc(pid, "comm", name, sizeof(name));
	read_proc(pid, "wchan", where, sizeof(where));
	name[strcspn(name, "\n")] = '\0';
	left(w->trial, "process %s (in %s) is left; ", name, where);
	kill(pid, SIGKILL);
	kill(pid, SIGCONT);
}

/* Orphans come to us; wait until there is none any more. */
static void await_orphans(struct watch *w)
{
	int64_t end = now_ms() + LINGER_MS;
	pid_t pid;
	int other;

	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0 && now_ms() < end)
		if (pid == 0)
			usleep(POLL_MS * 1000);
	while ((other = find_process(w->run))) {
		end_process(w, other);
		waitpid(other, NULL, 0);
	}
	/* And those that had not yet got the id. */
	while (waitpid(-1, NULL, WNOHANG) >= 0 && now_ms() < end + LINGER_MS)
		usleep(POLL_MS * 1000);
}

/* ---- a life ---- */

#ifdef CW_SANITIZED
void __sanitizer_set_report_path(const char *path);
#endif

/* Of the process that lives. */
static void be_client(struct watch *w, const struct life_config *config, struct life_report *report)
{
	char text[PATH_SIZE + 200], patience[16];

	putenv(w->run);
	snprintf(text, sizeof(text), "%s/report", w->dir);
#ifdef CW_SANITIZED
	__sanitizer_set_report_path(text);
#endif
	snprintf(text, sizeof(text), "log_path=%s/report", w->dir);
	setenv("ASAN_OPTIONS", text, 1);
	setenv("UBSAN_OPTIONS", text, 1);
	setenv("COREWARDEN_DEBUG", "1", 1);
	setenv("COREWARDEN_FAULT_MAP", config->map, 1);
	if (config->fault) {
		snprintf(patience, sizeof(patience), "%u", config->patience);
		setenv("COREWARDEN_FAULT_PATIENCE", patience, 1);
		setenv("COREWARDEN_FAULT", config->fault, 1);
		cw_patience_set(config->patience);
	}
	life_run(config, report);
	_exit(0);
}

static void live(struct watch *w, const char *fault, bool brief, struct life_report *report)
{
	char state[PATH_SIZE + 8], map[PATH_SIZE + 8];
	const struct life_config config = {
		.build = w->place->build,
		.state = state,
		.tas = w->place->tas,
		.echo = w->place->echo,
		.crash = w->place->crash,
		.fault = fault,
		.patience = fault ? w->trial->patience : 0,
		.map = map,
		.brief = brief,
		.wait_for_version = true,
	};
	int64_t end = now_ms() + LIFE_MS;
	pid_t pid;

	snprintf(state, sizeof(state), "%s/state", w->dir);
	snprintf(map, sizeof(map), "%s/%s", w->dir, brief ? "map2" : "map");
	pid = fork();
	if (pid == 0)
		be_client(w, &config, report);
	while (pid > 0 && waitpid(pid, NULL, WNOHANG) == 0) {
		if (now_ms() < end) {
			usleep(POLL_MS * 1000);
			continue;
		}
		left(w->trial, "hung in '%s' (client in ", life_stage_name(report->stage));
		read_proc(pid, "wchan", map, sizeof(map));
		left(w->trial, "%s); ", map);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	await_orphans(w);
}

/* A file of zero bytes for the counts and the record. */
static bool make_map(struct watch *w, const char *name)
{
	char path[PATH_SIZE + 8];
	off_t size = (off_t)(sizeof(struct cw_fault_map) + w->trial->record_room * sizeof(struct cw_fault_entry));
	int fd, r;

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = fd < 0 ? -1 : ftruncate(fd, size);
	close(fd);
	return r == 0;
}

static void take_map(struct watch *w)
{
	size_t size = w->trial->record_room * sizeof(struct cw_fault_entry);
	char path[PATH_SIZE + 8];
	int fd;

	snprintf(path, sizeof(path), "%s/map", w->dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &w->trial->counts, sizeof(w->trial->counts)) < 0 ||
	    (size && read(fd, w->trial->record, size) < 0))
		left(w->trial, "the counts cannot be read; ");
	w->trial->fired = w->trial->counts.fired;
	close(fd);
}

static bool prepare(struct watch *w)
{
	char state[PATH_SIZE + 8];

	snprintf(state, sizeof(state), "%s/state", w->dir);
	copy_from = w->place->template;
	copy_to = state;
	return mkdir(w->dir, 0700) == 0 && make_map(w, "map") && make_map(w, "map2") &&
	       nftw(copy_from, copy_one, 16, FTW_PHYS) == 0;
}

static void run(struct watch *w)
{
	struct trial *t = w->trial;
	uint64_t state;

	if (!prepare(w)) {
		left(t, "the trial's folder %s could not be made: %s", w->dir, strerror(errno));
		return;
	}
	live(w, t->spec[0] ? t->spec : NULL, false, &t->life);
	take_map(w);
	state = digest_state(w);
	t->same_state = is_proved(w->place->states, state);
	if (!t->same_state)
		live(w, NULL, true, &t->next);
	check_files(w);
	t->passed = !t->left[0] && t->life.end != LIFE_WRONG &&
		    (t->same_state || t->next.end == LIFE_FINE);
	if (t->passed)
		note_proved(w->place->states, state);
	/* Who has to look into it needs what is there. */
	if (t->passed)
		nftw(w->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

pid_t trial_start(const struct trial_place *place, struct trial *t, unsigned number)
{
	struct watch w = {.place = place, .trial = t};
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	snprintf(w.run, sizeof(w.run), "COREWARDEN_RUN=%d.%u", getpid(), number);
	snprintf(w.dir, sizeof(w.dir), "%s/trial%u", place->dir, number);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	run(&w);
	_exit(0);
}
