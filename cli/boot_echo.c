// SPDX-License-Identifier: BSD-2-Clause
/* cli/boot_echo.c - send messages one by one and time their way to the firmware and back */
#include "cli/boot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int echo_init(struct boot_echo *e, unsigned wanted, struct cw_error *err)
{
	*e = (struct boot_echo){.wanted = wanted};
	if (!wanted)
		return 0;
	e->rtt = calloc(wanted, sizeof(*e->rtt));
	return e->rtt ? 0 : cw_error_set(err, -ENOMEM, "no memory for %u times", wanted);
}

void echo_free(struct boot_echo *e)
{
	free(e->rtt);
	e->rtt = NULL;
}

static void on_receive(void *ctx, struct cw_rpmsg_ept *ept, uint32_t src, const void *data,
		       size_t len)
{
	struct boot_echo *e = ctx;
	uint64_t t = now();

	if (!e->sent)
		return; /* firmware may say things of its own */
	if (len != sizeof(e->message) || memcmp(data, e->message, len)) {
		cw_error_set(&e->err, -EBADMSG,
			     "echo: message %u came back changed (%zu bytes for %zu)", e->done + 1, len,
			     sizeof(e->message));
		return;
	}
	e->rtt[e->done++] = t - e->sent;
	e->sent = 0;
}

static void on_gone(void *ctx, struct cw_rpmsg_ept *ept)
{
	struct boot_echo *e = ctx;

	/* A crash: what was under way is lost. Finished ones count; the next announcement goes on. */
	e->ept = NULL;
	e->sent = 0;
}

void echo_begin(struct boot_echo *e, struct cw_rpmsg *bus, const struct cw_rpmsg_channel *channel)
{
	static const struct cw_rpmsg_ept_ops ops = {.receive = on_receive, .gone = on_gone};

	if (e->ept || echo_finished(e) || e->err.code)
		return;
	cw_rpmsg_ept_new(bus, CW_RPMSG_ADDR_ANY, channel->addr, &ops, e, &e->ept, &e->err);
}

void echo_go_on(struct boot_echo *e)
{
	int r;

	if (!e->ept || e->sent || echo_finished(e) || e->err.code)
		return;
	memset(e->message, '.', sizeof(e->message));
	snprintf((char *)e->message, sizeof(e->message), "corewarden echo %u of %u ", e->done + 1,
		 e->wanted);
	e->sent = now();
	r = cw_rpmsg_send(e->ept, e->message, sizeof(e->message));
	if (r < 0)
		e->sent = 0;
	if (r < 0 && r != -EAGAIN)
		cw_error_set(&e->err, r, "echo: message %u cannot be sent: %s", e->done + 1,
			     strerror(-r));
}

bool echo_finished(const struct boot_echo *e)
{
	return e->done == e->wanted;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void echo_show(struct boot_echo *e, struct boot_show *show)
{
	if (!e->done)
		return;
	qsort(e->rtt, e->done, sizeof(*e->rtt), by_size);
	show_echo(show, e->done, sizeof(e->message), e->rtt[0], e->rtt[e->done / 2],
		  e->rtt[e->done - 1]);
}
