// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/pta/rproc_rollback.c - the lowest firmware version that may still run, for each processor
 * and key
 *
 * The file "rollback" in the TEE's storage has one line for each: processor, fingerprint of the
 * key, decimal version. It moves only after the firmware has shown life: a driver has accepted its
 * device (DRIVER_OK), or the core still runs without a crash some time after START. So an update
 * that does not start can be taken back.
 */
#include "secure/pta/remoteproc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/verify.h"
#include "host/point.h"
#include "host/state.h"

#define FILE_NAME "rollback"
#define FILE_MAX  8192
#define LINES_MAX 64

struct line {
	char rproc[CW_BOARD_NAME_MAX];
	char key[CW_FINGERPRINT_HEX];
	uint64_t version;
};

struct lines {
	struct line line[LINES_MAX];
	unsigned n;
};

static bool parse_line(const char *text, struct line *ret)
{
	char *end;
	int at = 0;

	if (sscanf(text, "%31s %64[0-9a-f] %n", ret->rproc, ret->key, &at) != 2 || !at ||
	    strlen(ret->key) != 64 || text[at] < '0' || text[at] > '9')
		return false;
	errno = 0;
	ret->version = strtoull(text + at, &end, 10);
	return !errno && !*end;
}

/* 0, or -EBADMSG. A missing file has no lines. */
static int read_lines(struct rproc *p, struct lines *ret)
{
	char text[FILE_MAX + 1];
	char *save = NULL;
	int n;

	ret->n = 0;
	if (p->env->state_fd < 0)
		return 0;
	n = cw_state_file_read(p->env->state_fd, FILE_NAME, text, FILE_MAX, NULL);
	if (n == -ENOENT)
		return 0;
	if (n < 0 || memchr(text, 0, (size_t)n))
		return n < 0 ? n : -EBADMSG;
	text[n] = '\0';
	for (char *s = strtok_r(text, "\n", &save); s; s = strtok_r(NULL, "\n", &save))
		if (ret->n == LINES_MAX || !parse_line(s, &ret->line[ret->n++]))
			return -EBADMSG;
	return 0;
}

static int write_lines(struct rproc *p, const struct lines *lines)
{
	char text[FILE_MAX];
	size_t used = 0;

	for (unsigned i = 0; i < lines->n; i++) {
		int n = snprintf(text + used, sizeof(text) - used, "%s %s %" PRIu64 "\n",
				 lines->line[i].rproc, lines->line[i].key, lines->line[i].version);

		if (n < 0 || (size_t)n >= sizeof(text) - used)
			return -EFBIG;
		used += (size_t)n;
	}
	return cw_state_file_write(p->env->state_fd, FILE_NAME, text, used, NULL);
}

static struct line *find_line(struct rproc *p, struct lines *lines, const uint8_t key[32])
{
	char hex[CW_FINGERPRINT_HEX];

	cw_hex_encode(key, 32, hex);
	for (unsigned i = 0; i < lines->n; i++)
		if (!strcmp(lines->line[i].rproc, p->board->name) &&
		    !strcmp(lines->line[i].key, hex))
			return &lines->line[i];
	return NULL;
}

TEE_Result rproc_rollback_minimum(struct rproc *p, const struct cw_bus_fuses *fuses, uint64_t *ret)
{
	struct lines lines;
	uint64_t highest = 0;

	if (read_lines(p, &lines) < 0) {
		p->env->log("remoteproc: the rollback file of the TEE's storage cannot be read");
		return TEE_ERROR_CORRUPT_OBJECT;
	}
	for (unsigned i = 0; i < CW_FUSE_KEYS; i++) {
		const struct line *line = find_line(p, &lines, fuses->key[i]);

		if (line && line->version > highest && !p->key_known)
			highest = line->version;
		if (line && p->key_known && !memcmp(p->key, fuses->key[i], 32))
			highest = line->version;
	}
	*ret = highest;
	return TEE_SUCCESS;
}

static int raise(struct rproc *p)
{
	struct lines lines;
	struct line *line;
	int r = read_lines(p, &lines);

	if (r < 0)
		return r;
	line = find_line(p, &lines, p->load_key);
	if (line && line->version >= p->version)
		return 0;
	if (!line) {
		if (lines.n == LINES_MAX)
			return -ENOSPC;
		line = &lines.line[lines.n++];
		snprintf(line->rproc, sizeof(line->rproc), "%s", p->board->name);
		cw_hex_encode(p->load_key, 32, line->key);
	}
	line->version = p->version;
	return write_lines(p, &lines);
}

static void commit(struct rproc *p)
{
	int r;

	if (!p->has_version || p->env->state_fd < 0)
		return;
	CW_POINT(pta_version, p->version);
	r = raise(p);
	if (r < 0) {
		p->env->log("remoteproc: %s: version %" PRIu64 " could not be noted: %s",
			    p->board->name, p->version, strerror(-r));
		return;
	}
	p->has_version = false; /* noted */
}

static bool runs_well(struct rproc *p)
{
	struct cw_bus_core core;

	return !p->crashed && cw_bus_core(p->env->bus, &core) == 0 && core.crashes == p->crashes &&
	       (core.state == CW_CORE_RUNNING || core.state == CW_CORE_SLEEPING);
}

/* A driver may come and go between START and STOP, so it is looked for often, until the time is
 * over. */
static void look(void *arg)
{
	struct rproc *p = arg;

	if (p->phase != RPROC_RUNNING || !p->has_version || !runs_well(p))
		return;
	p->life_steps++;
	if (p->life_steps * RPROC_LIFE_STEP_MS >= RPROC_LIFE_MS || rproc_table_driver_ok(p))
		commit(p);
	else
		p->env->timer(p->env, RPROC_LIFE_STEP_MS, look, p);
}

void rproc_rollback_watch(struct rproc *p)
{
	struct cw_bus_core core = {0};

	p->crashed = false;
	p->life_steps = 0;
	if (!p->has_version)
		return;
	cw_bus_core(p->env->bus, &core);
	p->crashes = core.crashes;
	if (p->env->timer(p->env, RPROC_LIFE_STEP_MS, look, p) < 0)
		p->env->log(
			"remoteproc: no timer: the firmware version is noted at an orderly stop only");
}

void rproc_rollback_stop(struct rproc *p)
{
	p->env->timer_cancel(p->env, p);
	if (p->has_version && runs_well(p) && rproc_table_driver_ok(p))
		commit(p);
}

void rproc_rollback_crashed(struct rproc *p)
{
	p->crashed = true;
	p->env->timer_cancel(p->env, p);
}
