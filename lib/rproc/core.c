/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rproc/core.c - the sequences of a processor's life, and what undoes them
 *
 *	start	read file, sanity check, parse (authenticate, load, copy the table), resources, load (no-op where it is
 *		loaded), table over the loaded one, START, virtio devices
 *	stop	virtio devices, shutdown mailbox, STOP, resources, RELEASE
 *	recover	virtio devices, STOP, read file, sanity check, load, table, START, virtio devices
 *
 * Where Linux leaves a processor that nobody can stop any more (a recovery that failed after its stop step), this one
 * stays crashed with what it holds, and stop works.
 */
#include "rproc/internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/cleanup.h"
#include "host/point.h"

#define cleanup_firmware cw_cleanup(cw_firmware_free)

uint64_t cw_rproc_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void cw_rproc_report(struct cw_rproc *rproc, struct cw_rproc_step *step, uint64_t since)
{
	step->ns = cw_rproc_now() - since;
	CW_POINT(rproc_step, rproc->board.name, step->id, step->ns, step->bytes);
	if (rproc->events && rproc->events->step)
		rproc->events->step(rproc->ctx, rproc, step);
}

const char *cw_rproc_step_name(enum cw_rproc_step_id id)
{
	static const char *const names[CW_STEPS] = {
		[CW_STEP_SESSION] = "session",	     [CW_STEP_LOAD] = "load",
		[CW_STEP_RSC_TABLE] = "resource table", [CW_STEP_CARVEOUTS] = "carveouts",
		[CW_STEP_VRINGS] = "vrings",	     [CW_STEP_START] = "start",
		[CW_STEP_VIRTIO] = "virtio",	     [CW_STEP_SHUTDOWN] = "shutdown",
		[CW_STEP_STOP] = "stop",	     [CW_STEP_RELEASE] = "release",
		[CW_STEP_CLOSE] = "close",
	};

	return (unsigned)id < CW_STEPS ? names[id] : "?";
}

static void report(struct cw_rproc *rproc, enum cw_rproc_step_id id, const char *text,
		   uint64_t since)
{
	struct cw_rproc_step step = {.id = id};

	snprintf(step.text, sizeof(step.text), "%s", text);
	cw_rproc_report(rproc, &step, since);
}

static int pick_backend(struct cw_rproc *rproc, struct cw_error *err)
{
	rproc->ops = rproc->unauthenticated ? &cw_rproc_elf_ops : &cw_rproc_tee_ops;
	if (rproc->unauthenticated || rproc->platform->has_tee)
		return 0;
	return cw_error_set(err, -EAGAIN, "%s: there is no TEE (yet) that could authenticate firmware",
			    rproc->board.name);
}

static int open_rproc(struct cw_rproc *rproc, struct cw_error *err)
{
	uint64_t since = cw_rproc_now();
	int r = cw_rproc_open_events(rproc, err);

	if (r < 0)
		return r;
	r = rproc->ops->open(rproc, err);
	if (r < 0)
		return r;
	CW_POINT(rproc_open, rproc->board.name);
	report(rproc, CW_STEP_SESSION, rproc->ops->format, since);
	return 0;
}

int cw_rproc_new(struct cw_platform *platform, const char *name,
		 const struct cw_rproc_config *config, struct cw_rproc **ret_rproc,
		 struct cw_error *err)
{
	const struct cw_board_rproc *board = cw_board_rproc(&platform->board, name);
	struct cw_rproc *rproc;
	int r;

	if (!board)
		return cw_error_set(err, -ENODEV, "board '%s' has no remote processor %s",
				    platform->board.model, name ? name : "of that kind");
	if (platform->owner)
		return cw_error_set(err, -EBUSY, "%s is registered already", platform->owner->board.name);
	rproc = calloc(1, sizeof(*rproc));
	if (!rproc)
		return cw_error_set(err, -ENOMEM, "%s: no memory", board->name);
	rproc->platform = platform;
	rproc->bus = platform->bus;
	rproc->board = *board;
	rproc->id = config->id;
	rproc->unauthenticated = config->unauthenticated;
	rproc->recovery_off = config->no_recovery;
	rproc->events = config->events;
	rproc->ctx = config->ctx;
	rproc->epoll_fd = rproc->wake_fd = -1;
	platform->owner = rproc;
	r = pick_backend(rproc, err);
	if (!r)
		r = open_rproc(rproc, err);
	if (r < 0) {
		cw_rproc_free(rproc);
		return r;
	}
	cw_rproc_settle(rproc);
	*ret_rproc = rproc;
	return 0;
}

struct cw_rproc *cw_rproc_free(struct cw_rproc *rproc)
{
	uint64_t since;

	if (!rproc)
		return NULL;
	CW_POINT(rproc_free, rproc->board.name);
	/* Stop and release; when even that fails, what is ours goes all the same. */
	if (rproc->state != CW_RPROC_OFFLINE && rproc->state != CW_RPROC_DETACHED)
		cw_rproc_stop(rproc, NULL);
	cw_rproc_stop_vdevs(rproc);
	cw_rproc_cleanup_resources(rproc);
	since = cw_rproc_now();
	if (rproc->session_open) {
		rproc->ops->close(rproc);
		report(rproc, CW_STEP_CLOSE, "", since);
	}
	cw_rproc_close_events(rproc);
	rproc->platform->owner = NULL;
	free(rproc->firmware);
	free(rproc);
	return NULL;
}

const char *cw_rproc_name(const struct cw_rproc *rproc)
{
	return rproc->board.name;
}

enum cw_rproc_state cw_rproc_state(const struct cw_rproc *rproc)
{
	return rproc->state;
}

const char *cw_rproc_format(const struct cw_rproc *rproc)
{
	return rproc->ops->format;
}

const void *cw_rproc_table(const struct cw_rproc *rproc, size_t *ret_size)
{
	*ret_size = rproc->table_size;
	return rproc->table;
}

void cw_rproc_set_recovery(struct cw_rproc *rproc, bool enabled)
{
	rproc->recovery_off = !enabled;
}

int cw_rproc_set_firmware(struct cw_rproc *rproc, const char *path, struct cw_error *err)
{
	char *copy;

	if (rproc->state != CW_RPROC_OFFLINE)
		return cw_error_set(err, -EBUSY, "%s: the firmware cannot change while it is %s",
				    rproc->board.name, cw_rproc_state_name(rproc->state));
	if (!path[0])
		return cw_error_set(err, -EINVAL, "%s: the firmware's name is empty",
				    rproc->board.name);
	copy = strdup(path);
	if (!copy)
		return cw_error_set(err, -ENOMEM, "%s: no memory", rproc->board.name);
	free(rproc->firmware);
	rproc->firmware = copy;
	return 0;
}

static int request_firmware(struct cw_rproc *rproc, struct cw_firmware *fw, struct cw_error *err)
{
	int r;

	if (!rproc->firmware)
		return cw_error_set(err, -ENOENT, "no firmware was named");
	r = cw_firmware_request(rproc, fw, err);
	CW_POINT(firmware_read, fw->size);
	return r < 0 ? r : rproc->ops->sanity_check(rproc, fw, err);
}

int cw_rproc_release(struct cw_rproc *rproc, struct cw_error *err)
{
	/* Detached: the processor runs on, and its memory is in use. */
	if (rproc->state == CW_RPROC_DETACHED)
		return 0;
	if (rproc->state == CW_RPROC_RUNNING || rproc->state == CW_RPROC_ATTACHED)
		return cw_error_set(err, -EBUSY, "%s: not released: it is %s", rproc->board.name,
				    cw_rproc_state_name(rproc->state));
	return rproc->ops->release_fw(rproc, err);
}

/* An error happened: release too, and if that fails as well, say both. Returns @code. */
static int release_after(struct cw_rproc *rproc, int code, struct cw_error *err)
{
	struct cw_error also;
	size_t used;

	if (cw_rproc_release(rproc, &also) < 0 && err) {
		used = strlen(err->text);
		snprintf(err->text + used, sizeof(err->text) - used, "; moreover: %s", also.text);
	}
	return code;
}

/* The loaded table becomes the one in use, with our copy's contents. */
static int apply_table(struct cw_rproc *rproc, const struct cw_firmware *fw, struct cw_error *err)
{
	uint64_t pa = 0, size = 0;
	int r;

	if (!rproc->table)
		return 0;
	r = rproc->ops->find_loaded_rsc_table(rproc, fw, &pa, &size, err);
	if (r < 0)
		return r;
	if (!pa || size != rproc->table_size)
		return cw_error_set(err, -EINVAL,
				    "the loaded resource table has %llu bytes, the one that was handled %zu",
				    (unsigned long long)size, rproc->table_size);
	r = rproc->ops->write_rsc_table(rproc, err);
	if (!r)
		rproc->table_pa = pa;
	return r;
}

/* Load, table, START, virtio devices: the part boot and recovery share. */
static int launch(struct cw_rproc *rproc, const struct cw_firmware *fw, struct cw_error *err)
{
	uint64_t since;
	int r;

	r = rproc->ops->load(rproc, fw, err);
	if (r < 0)
		return r;
	r = apply_table(rproc, fw, err);
	if (r < 0)
		return r;
	since = cw_rproc_now();
	r = rproc->ops->start(rproc, err);
	if (r < 0)
		return r;
	report(rproc, CW_STEP_START, "", since);
	r = cw_rproc_start_vdevs(rproc, err);
	if (!r)
		return 0;
	cw_rproc_stop_vdevs(rproc);
	/* What runs unattended would keep its memory: the caller releases next. */
	rproc->ops->stop(rproc, NULL);
	return r;
}

static int boot(struct cw_rproc *rproc, struct cw_error *err)
{
	cleanup_firmware struct cw_firmware fw = {0};
	int r;

	r = request_firmware(rproc, &fw, err);
	if (r < 0)
		return r;
	r = rproc->ops->parse_fw(rproc, &fw, err);
	if (r < 0)
		return r;
	r = cw_rproc_handle_resources(rproc, err);
	if (!r)
		r = launch(rproc, &fw, err);
	if (r < 0) {
		cw_rproc_cleanup_resources(rproc);
		return release_after(rproc, r, err);
	}
	return 0;
}

int cw_rproc_start(struct cw_rproc *rproc, struct cw_error *err)
{
	int r = cw_rproc_may(rproc, CW_ACT_START, err);

	if (r < 0)
		return r;
	cw_rproc_forget_events(rproc);
	r = boot(rproc, err);
	if (r < 0)
		cw_error_wrap(err, r, "%s", rproc->board.name);
	else
		cw_rproc_move(rproc, CW_ACT_START);
	cw_rproc_settle(rproc);
	return r;
}

static void shutdown_firmware(struct cw_rproc *rproc)
{
	uint64_t since = cw_rproc_now();
	const char *text = "acknowledged";
	int r;

	/* A crashed one cannot answer. */
	if (rproc->state != CW_RPROC_RUNNING && rproc->state != CW_RPROC_ATTACHED)
		return;
	r = cw_rproc_ask_shutdown(rproc);
	if (r == -EOPNOTSUPP)
		text = "no shutdown mailbox";
	else if (r < 0)
		text = "no answer, going on";
	report(rproc, CW_STEP_SHUTDOWN, text, since);
}

static int stop_core(struct cw_rproc *rproc, struct cw_error *err)
{
	uint64_t since = cw_rproc_now();
	int r;

	if (rproc->core_off)
		return 0;
	r = rproc->ops->stop(rproc, err);
	if (r < 0)
		return cw_error_wrap(err, r, "%s: not stopped, still %s", rproc->board.name,
				     cw_rproc_state_name(rproc->state));
	report(rproc, CW_STEP_STOP, "", since);
	return 0;
}

int cw_rproc_stop(struct cw_rproc *rproc, struct cw_error *err)
{
	uint64_t since;
	int r = cw_rproc_may(rproc, CW_ACT_STOP, err);

	if (r < 0)
		return r;
	cw_rproc_stop_vdevs(rproc);
	shutdown_firmware(rproc);
	r = stop_core(rproc, err);
	if (r < 0) {
		cw_rproc_settle(rproc);
		return r;
	}
	CW_POINT(rproc_stopped, rproc->board.name);
	rproc->core_off = false;
	cw_rproc_move(rproc, CW_ACT_STOP);
	cw_rproc_forget_events(rproc);
	cw_rproc_cleanup_resources(rproc);
	since = cw_rproc_now();
	r = cw_rproc_release(rproc, err);
	if (r < 0)
		cw_error_wrap(err, r, "%s: stopped, but its memory is not released",
			      rproc->board.name);
	else
		report(rproc, CW_STEP_RELEASE, "memory scrubbed", since);
	cw_rproc_settle(rproc);
	return r;
}

static int recover(struct cw_rproc *rproc, struct cw_error *err)
{
	cleanup_firmware struct cw_firmware fw = {0};
	int r;

	CW_POINT(rproc_recover, rproc->board.name);
	cw_rproc_stop_vdevs(rproc);
	rproc->table_pa = 0;
	r = stop_core(rproc, err);
	if (r < 0)
		return r;
	cw_rproc_forget_events(rproc);
	rproc->core_off = true;
	r = request_firmware(rproc, &fw, err);
	if (!r)
		r = launch(rproc, &fw, err);
	if (r < 0) {
		rproc->table_pa = 0;
		return release_after(rproc, r, err);
	}
	rproc->core_off = false;
	return 0;
}

int cw_rproc_recover(struct cw_rproc *rproc, struct cw_error *err)
{
	int r = cw_rproc_may(rproc, CW_ACT_RECOVER, err);

	if (r < 0)
		return r;
	r = recover(rproc, err);
	if (r < 0)
		cw_error_wrap(err, r, "%s: recovery failed", rproc->board.name);
	else
		cw_rproc_move(rproc, CW_ACT_RECOVER);
	cw_rproc_settle(rproc);
	return r;
}
