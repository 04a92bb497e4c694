// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/tee/loop.c - descriptors and timers
 *
 * One event is taken at a time: its handler may remove any other source, which an event already fetched would still
 * point to.
 */
#include "secure/tee/internal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "bus/bus.h"

int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int source_add(struct cw_tee *tee, struct source *src, int fd, void (*ready)(struct source *))
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = src};

	src->fd = fd;
	src->ready = ready;
	if (epoll_ctl(tee->epoll, EPOLL_CTL_ADD, fd, &ev) < 0) {
		src->fd = -1;
		return -errno;
	}
	return 0;
}

void source_remove(struct cw_tee *tee, struct source *src)
{
	if (src->fd < 0)
		return;
	epoll_ctl(tee->epoll, EPOLL_CTL_DEL, src->fd, NULL);
	close(src->fd);
	src->fd = -1;
}

static void timer_insert(struct cw_tee *tee, struct timer *t)
{
	struct timer *at = LIST_FIRST(&tee->timers), *before = NULL;

	while (at && at->at_ms <= t->at_ms) {
		before = at;
		at = LIST_NEXT(at, link);
	}
	if (before)
		LIST_INSERT_AFTER(before, t, link);
	else
		LIST_INSERT_HEAD(&tee->timers, t, link);
}

static struct timer *timer_take(struct cw_tee *tee, void *arg)
{
	struct timer *t;

	LIST_FOREACH(t, &tee->timers, link)
	{
		if (t->arg == arg) {
			LIST_REMOVE(t, link);
			return t;
		}
	}
	return NULL;
}

int timer_set(struct cw_tee *tee, unsigned ms, void (*fn)(void *arg), void *arg)
{
	struct timer *t = timer_take(tee, arg);

	if (!t)
		t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->at_ms = now_ms() + ms;
	t->fn = fn;
	t->arg = arg;
	timer_insert(tee, t);
	return 0;
}

void timer_cancel(struct cw_tee *tee, void *arg)
{
	free(timer_take(tee, arg));
}

void timers_free(struct cw_tee *tee)
{
	struct timer *t;

	while ((t = LIST_FIRST(&tee->timers))) {
		LIST_REMOVE(t, link);
		free(t);
	}
}

/* Milliseconds until the next timer; -1 when there is none. */
static int timers_wait(struct cw_tee *tee)
{
	struct timer *t = LIST_FIRST(&tee->timers);
	int64_t ms;

	if (!t)
		return -1;
	ms = t->at_ms - now_ms();
	return ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;
}

static void timers_run(struct cw_tee *tee)
{
	struct timer *t;
	int64_t now;

	if (LIST_EMPTY(&tee->timers))
		return;
	now = now_ms();
	while ((t = LIST_FIRST(&tee->timers)) && t->at_ms <= now) {
		void (*fn)(void *) = t->fn;
		void *arg = t->arg;

		LIST_REMOVE(t, link);
		free(t);
		tee->bus_touched = true;
		fn(arg);
	}
}

static void bury_the_doomed(struct cw_tee *tee)
{
	struct client *c, *next;

	if (!tee->any_doomed)
		return;
	tee->any_doomed = false;
	for (c = LIST_FIRST(&tee->clients); c; c = next) {
		next = LIST_NEXT(c, link);
		if (c->doomed)
			client_free(c);
	}
}

int cw_tee_run(struct cw_tee *tee)
{
	tee->running = true;
	while (tee->running) {
		struct epoll_event ev;
		int n;

		if (tee->bus_touched && tee->bus.fd >= 0) {
			tee->bus.ready(&tee->bus);
			bury_the_doomed(tee);
			continue;
		}
		n = epoll_wait(tee->epoll, &ev, 1, timers_wait(tee));
		if (n < 0 && errno != EINTR)
			return -errno;
		timers_run(tee);
		if (n == 1) {
			struct source *src = ev.data.ptr;

			/* A timer may just have removed it. */
			if (src->fd >= 0)
				src->ready(src);
		}
		bury_the_doomed(tee);
	}
	return tee->result;
}
