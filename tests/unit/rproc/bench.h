/* SPDX-License-Identifier: BSD-2-Clause */
/* What the life-cycle tests share: a fake board, a registered processor, a firmware file, and what the callbacks saw. */
#ifndef TEST_BENCH_H
#define TEST_BENCH_H


#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake.h"

struct bench {
	struct fake f;
	struct cw_rproc *rproc;
	struct cw_error err;
	int file; /* memfd with the firmware */
	char path[64];
	char steps[512]; /* names of the steps reported, "load, resource table, ..." */
	char load_text[160], shutdown_text[160];
	char states[256];
	unsigned crashes, announced, withdrawn;
	struct cw_rproc_crash crash;
	uint8_t echo[512];
	size_t echo_len;
};

static void on_step(void *ctx, struct cw_rproc *rproc, const struct cw_rproc_step *step)
{
	struct bench *b = ctx;
	size_t used = strlen(b->steps);

	(void)rproc;
	snprintf(b->steps + used, sizeof(b->steps) - used, "%s%s", used ? ", " : "",
		 cw_rproc_step_name(step->id));
	if (step->id == CW_STEP_LOAD)
		snprintf(b->load_text, sizeof(b->load_text), "%s", step->text);
	if (step->id == CW_STEP_SHUTDOWN)
		snprintf(b->shutdown_text, sizeof(b->shutdown_text), "%s", step->text);
}

static void on_state(void *ctx, struct cw_rproc *rproc, enum cw_rproc_state from,
		     enum cw_rproc_state to)
{
	struct bench *b = ctx;
	size_t used = strlen(b->states);

	(void)rproc;
	(void)from;
	snprintf(b->states + used, sizeof(b->states) - used, "%s%s", used ? " " : "",
		 cw_rproc_state_name(to));
}

static void on_crash(void *ctx, struct cw_rproc *rproc, const struct cw_rproc_crash *crash)
{
	struct bench *b = ctx;

	assert_int_equal(cw_rproc_state(rproc), CW_RPROC_CRASHED);
	b->crashes++;
	b->crash = *crash;
}

static void on_announced(void *ctx, struct cw_rproc *rproc, struct cw_rpmsg *bus,
			 const struct cw_rpmsg_channel *channel)
{
	struct bench *b = ctx;

	assert_ptr_equal(cw_rproc_rpmsg(rproc, 0), bus);
	assert_string_equal(channel->name, "rpmsg-tty");
	b->announced++;
}

static void on_withdrawn(void *ctx, struct cw_rproc *rproc, struct cw_rpmsg *bus,
			 const struct cw_rpmsg_channel *channel)
{
	(void)rproc;
	(void)bus;
	(void)channel;
	((struct bench *)ctx)->withdrawn++;
}

static const struct cw_rproc_events bench_events = {
	.step = on_step,
	.state = on_state,
	.crash = on_crash,
	.announced = on_announced,
	.withdrawn = on_withdrawn,
};

static inline void bench_image(struct bench *b, const void *data, size_t len)
{
	assert_int_equal(ftruncate(b->file, 0), 0);
	assert_int_equal(pwrite(b->file, data, len, 0), (ssize_t)len);
}

static inline int bench_register(struct bench *b, bool unauthenticated)
{
	struct cw_rproc_config config = {
		.events = &bench_events, .ctx = b, .unauthenticated = unauthenticated};
	int r = cw_rproc_new(&b->f.platform, NULL, &config, &b->rproc, &b->err);

	if (!r)
		assert_int_equal(cw_rproc_set_firmware(b->rproc, b->path, &b->err), 0);
	return r;
}

static inline void bench_open(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	fake_open(&b->f);
	b->file = memfd_create("firmware", MFD_CLOEXEC);
	snprintf(b->path, sizeof(b->path), "/proc/self/fd/%d", b->file);
	bench_image(b, "signed image, version 1", 23);
}

static inline void bench_close(struct bench *b)
{
	b->rproc = cw_rproc_free(b->rproc);
	close(b->file);
	fake_close(&b->f);
}

/* Calls that must work. */
static inline void must(struct bench *b, int r)
{
	if (r < 0)
		fail_msg("%d: %s", r, b->err.text);
}

static inline void start(struct bench *b)
{
	must(b, cw_rproc_start(b->rproc, &b->err));
}

static inline void process(struct bench *b)
{
	int r;

	do {
		r = cw_rproc_process(b->rproc, 0, &b->err);
		must(b, r);
	} while (r > 0);
}

static inline void says(const struct bench *b, const char *words)
{
	if (!strstr(b->err.text, words))
		fail_msg("'%s' is not in: %s", words, b->err.text);
}

/* Commands the service saw since the last look, and forget them. */
static inline void saw(struct bench *b, const char *log)
{
	assert_string_equal(b->f.log, log);
	b->f.log[0] = '\0';
}

#endif
