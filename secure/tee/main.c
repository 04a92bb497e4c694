// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/tee/main.c - corewarden-tee
 *
 *	corewarden-tee [--state-fd N] --ta-fd N [--ta-dir DIR] [--log error|warn|info|debug|flow] [--call-seconds N] [--debug]
 *
 * Silicon starts it, as a boot ROM would, with the secure bus as descriptor 3, the state directory's tee folder and the
 * program of the TA processes as named. It ends when the bus hangs up. Without --ta-dir, TAs come from the build tree it
 * was made in, then from where they are installed.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <corewarden/board.h>

#include "bus/bus.h"
#include "crypto/key.h"
#include "crypto/verify.h"
#include "host/cleanup.h"
#include "host/point.h"
#include "host/sandbox.h"
#include "host/spawn.h"
#include "host/state.h"
#include "secure/tee/tee.h"
#include "secure/tee/workers.h"
#include "ta_key.h"

#define BUS_FD	 3
#define FD_LAST	 15
#define DTB_MAX	 (2u << 20)
#define CALL_MAX 86400

struct options {
	int state_fd, ta_fd;
	const char *ta_dir;
	int log_level;
	unsigned call_seconds;
};

static bool parse_number(const char *text, long min, long max, long *ret)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(text, &end, 10);
	if (errno || end == text || *end || v < min || v > max)
		return false;
	*ret = v;
	return true;
}

static bool parse_level(const char *word, int *ret)
{
	/* "error" and "warn" are one here: what the TEE reports is always somebody's fault. */
	static const struct {
		const char *word;
		int level;
	} words[] = {
		{"error", CW_TEE_LOG_ERROR}, {"warn", CW_TEE_LOG_ERROR}, {"info", CW_TEE_LOG_INFO},
		{"debug", CW_TEE_LOG_DEBUG}, {"flow", CW_TEE_LOG_FLOW},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i].word, word)) {
			*ret = words[i].level;
			return true;
		}
	}
	return false;
}

static bool parse_one(int c, const char *value, struct options *o)
{
	long n;

	switch (c) {
	case 's':
		return parse_number(value, BUS_FD + 1, FD_LAST, &n) && (o->state_fd = (int)n, true);
	case 'a':
		return parse_number(value, BUS_FD + 1, FD_LAST, &n) && (o->ta_fd = (int)n, true);
	case 'd':
		o->ta_dir = value;
		return true;
	case 'l':
		return parse_level(value, &o->log_level);
	case 'c':
		return parse_number(value, 1, CALL_MAX, &n) &&
		       (o->call_seconds = (unsigned)n, true);
	case 'D':
		return optind == 2; /* where cw_spawn_harden_self() has seen it */
	default:
		return false;
	}
}

static int parse_options(int argc, char **argv, struct options *ret, struct cw_error *err)
{
	static const struct option table[] = {
		{"state-fd", required_argument, NULL, 's'},
		{"ta-fd", required_argument, NULL, 'a'},
		{"ta-dir", required_argument, NULL, 'd'},
		{"log", required_argument, NULL, 'l'},
		{"call-seconds", required_argument, NULL, 'c'},
		{"debug", no_argument, NULL, 'D'},
		{0},
	};
	struct options o = {.state_fd = -1, .ta_fd = -1, .log_level = CW_TEE_LOG_ERROR};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1)
		if (!parse_one(c, optarg, &o))
			return cw_error_set(err, -EINVAL, "bad argument '%s'", argv[optind - 1]);
	if (optind != argc || o.ta_fd < 0)
		return cw_error_set(err, -EINVAL,
				    "it is started by corewarden-silicon, not by hand");
	*ret = o;
	return 0;
}

/* The folder TAs come from, opened while paths still mean something. Which one a build tree has is for its programs to
 * say: built in, an installed TEE would look into a folder of whoever built it. */
static int open_ta_dir(const struct options *o, int *ret_fd, struct cw_error *err)
{
	const char *dir = o->ta_dir ? o->ta_dir : CW_TADIR;

	*ret_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 ? cw_error_errno(err, "open the folder of TAs '%s'", dir) : 0;
}

/* A TA's process inherits both, so they hold what its loader needs; it takes the rest off itself. */
static int shut_in(const struct options *o, const int ta_dirs[CW_TEE_TA_DIRS], struct cw_error *err)
{
	char dirs[CW_TEE_TA_DIRS][32] = {"", ""}, state[32] = "";
	struct cw_sandbox_path paths[] = {
		{dirs[0], CW_SANDBOX_READ},
		{dirs[1], CW_SANDBOX_READ},
		{state, CW_SANDBOX_READ | CW_SANDBOX_WRITE},
		{"/lib", CW_SANDBOX_READ | CW_SANDBOX_EXEC},
		{"/lib64", CW_SANDBOX_READ | CW_SANDBOX_EXEC},
		{"/usr/lib", CW_SANDBOX_READ | CW_SANDBOX_EXEC},
		{"/usr/lib64", CW_SANDBOX_READ | CW_SANDBOX_EXEC},
		{"/usr/local/lib", CW_SANDBOX_READ | CW_SANDBOX_EXEC},
		{"/etc/ld.so.cache", CW_SANDBOX_READ},
		{"/proc", CW_SANDBOX_READ},
		{"/dev/null", CW_SANDBOX_READ | CW_SANDBOX_WRITE},
		{NULL, 0},
	};
	int r, filtered;

	for (unsigned i = 0; i < CW_TEE_TA_DIRS; i++)
		if (ta_dirs[i] >= 0)
			snprintf(dirs[i], sizeof(dirs[i]), "/proc/self/fd/%d", ta_dirs[i]);
	if (o->state_fd >= 0)
		snprintf(state, sizeof(state), "/proc/self/fd/%d", o->state_fd);
	r = cw_sandbox_paths(paths, err);
	if (r < 0)
		return r;
	filtered = cw_sandbox_seccomp(
		CW_SANDBOX_BASE | CW_SANDBOX_MSG | CW_SANDBOX_MEMORY | CW_SANDBOX_MEMFD |
			CW_SANDBOX_RANDOM | CW_SANDBOX_FILES | CW_SANDBOX_SPAWN | CW_SANDBOX_LOADER |
			CW_SANDBOX_REAP,
		err);
	if (filtered == 0 && o->log_level >= CW_TEE_LOG_INFO)
		fprintf(stderr, "tee: %s\n",
			cw_spawn_debug() ? "NOT PROTECTED: debug mode"
			: r		 ? "confined by seccomp and Landlock"
					 : "confined by seccomp; this kernel has no Landlock");
	return filtered;
}

/* What the TEE knows of the board it is soldered to. */
static int read_board(struct cw_bus *bus, const struct options *o, struct cw_board *ret,
		      struct cw_error *err)
{
	cleanup_fd int fd = -1;
	uint8_t digest[CW_SHA256_SIZE];
	size_t size;
	void *dtb;
	int r;

	r = cw_bus_dtb(bus, &fd, &size);
	if (r < 0)
		return cw_error_set(err, r, "device tree: %s", strerror(-r));
	if (!size || size > DTB_MAX)
		return cw_error_set(err, -EFBIG, "device tree of %zu bytes", size);
	dtb = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (dtb == MAP_FAILED)
		return cw_error_errno(err, "device tree");
	r = cw_board_parse(dtb, size, ret, err);
	if (r == 0 && cw_crypto_sha256(NULL, cw_span(dtb, size), digest))
		r = cw_error_set(err, -ENOMEM, "out of memory");
	if (r == 0 && o->state_fd >= 0)
		r = cw_state_board_check(o->state_fd, ret->compatible, digest, err);
	munmap(dtb, size);
	return r;
}

static int serve(struct cw_bus *bus, const struct cw_board *board, const struct options *o,
		 const int ta_dirs[CW_TEE_TA_DIRS], struct cw_error *err)
{
	struct cw_tee_config config = {
		.bus = bus,
		.board = board,
		.state_fd = o->state_fd,
		.ta_dir_fds = {ta_dirs[0], ta_dirs[1]},
		.ta_exe_fd = o->ta_fd,
		.ptas = cw_ptas,
		.ta_key = cw_ta_key,
		.ta_key_len = sizeof(cw_ta_key),
		.call_ms = o->call_seconds * 1000,
		.log_level = o->log_level,
	};
	struct cw_tee *tee;
	int r = cw_tee_new(&config, &tee, err);

	if (r < 0)
		return r;
	CW_POINT(tee_ready);
	r = cw_bus_tee_ready(bus, NULL);
	CW_POINT(tee_serving, r);
	if (r == 0)
		r = cw_tee_run(tee);
	CW_POINT(tee_leave, r);
	cw_tee_free(tee);
	return r < 0 ? cw_error_set(err, r, "event loop: %s", strerror(-r)) : 0;
}

static int run(int argc, char **argv, bool *ret_told, struct cw_error *err)
{
	int ta_dirs[CW_TEE_TA_DIRS] = {-1, -1};
	struct cw_board board;
	struct cw_bus *bus;
	struct options o = {.ta_fd = -1};
	int r;

	r = cw_spawn_harden_self(argv, err);
	CW_POINT(tee_hardened, r);
	if (r == 0)
		r = parse_options(argc, argv, &o, err);
	if (r == 0)
		r = open_ta_dir(&o, &ta_dirs[0], err);
	if (r < 0)
		return r;
	cw_crypto_init();
	cw_workers_count();
	r = shut_in(&o, ta_dirs, err);
	if (r < 0)
		return r;
	CW_POINT(tee_confined);
	r = cw_bus_new(BUS_FD, &bus);
	CW_POINT(tee_bus, r);
	if (r < 0)
		return cw_error_set(err, r, "secure bus: %s", strerror(-r));
	r = read_board(bus, &o, &board, err);
	CW_POINT(tee_board, r);
	if (r == 0)
		r = serve(bus, &board, &o, ta_dirs, err);
	/* Silicon passes the sentence on; once clients are served it takes none any more. */
	if (r < 0 && cw_bus_tee_ready(bus, err) == 0)
		*ret_told = true;
	cw_bus_free(bus);
	for (unsigned i = 0; i < CW_TEE_TA_DIRS; i++)
		cw_close_fd(&ta_dirs[i]);
	return r;
}

int main(int argc, char **argv)
{
	struct cw_error err;
	bool told = false;

	cw_crypto_wipe_freed(); /* a device key passes through */
	if (run(argc, argv, &told, &err) == 0)
		return 0;
	if (!told)
		fprintf(stderr, "tee: %s\n", err.text);
	return 1;
}
