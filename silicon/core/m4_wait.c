/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4_wait.c - how the core's thread waits, and is woken
 *
 * On an epoll with two eventfds: one for the other threads here, and the bell, which other processes
 * may write. Both are watched for edges and never read, so that to wait is one system call, and an
 * edge before it ends it at once. Who holds the bell and reads it can take a ring away, as he can
 * the flag it was rung for; the other threads' wake-ups nobody can.
 *
 * A lost wake-up is impossible: who wants attention sets the flag first and then looks whether the
 * thread waits; the thread says that it waits first, and then looks at the flag. Both are
 * sequentially consistent.
 */
#include "silicon/core/m4.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define NS_PER_S  1000000000ull
#define NS_PER_MS 1000000ull

enum source { KICK = 1, BELL = 2 };

uint64_t m4_wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static int watch(struct cw_core *c, int fd, enum source source)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET, .data.u32 = source};

	return epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &ev) < 0 ? -errno : 0;
}

int m4_wait_open(struct cw_core *c)
{
	int r;

	c->kick = -1;
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (c->epoll < 0)
		return -errno;
	c->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = c->kick < 0 ? -errno : watch(c, c->kick, KICK);
	if (r == 0 && c->config.bell)
		r = watch(c, c->config.bell, BELL);
	if (r < 0)
		m4_wait_close(c);
	return r;
}

void m4_wait_close(struct cw_core *c)
{
	if (c->kick >= 0)
		close(c->kick);
	close(c->epoll);
}

void m4_wait_end(struct cw_core *c)
{
	uint64_t one = 1;

	/* Nothing but a full counter can fail this for good, and it is full after centuries; a thread that was not woken would
	 * stand for ever. */
	while (atomic_load(&c->waiting) && write(c->kick, &one, sizeof(one)) < 0 && errno != EAGAIN)
		;
}

/* @ns: for how long; UINT64_MAX: for ever. A container's filter may know only the older call, which counts milliseconds. */
static int wait_events(int epoll, struct epoll_event ev[2], uint64_t ns)
{
	const struct timespec ts = {.tv_sec = (time_t)(ns / NS_PER_S),
				    .tv_nsec = (long)(ns % NS_PER_S)};
	int n = epoll_pwait2(epoll, ev, 2, ns == UINT64_MAX ? NULL : &ts, NULL);
	uint64_t ms = ns / NS_PER_MS + 1;

	if (n >= 0 || (errno != ENOSYS && errno != EPERM))
		return n;
	return epoll_wait(epoll, ev, 2, ns == UINT64_MAX ? -1 : ms > INT_MAX ? INT_MAX : (int)ms);
}

/* Until an edge comes, or @until. */
static void wait_edge(struct cw_core *c, uint64_t until)
{
	uint64_t now = until == UINT64_MAX ? 0 : m4_wall_ns();
	struct epoll_event ev[2];
	int n = wait_events(c->epoll, ev, until > now ? until - now : 0);

	atomic_store(&c->waiting, false);
	for (int i = 0; i < n; i++)
		if (ev[i].data.u32 == BELL && c->env.bell)
			c->env.bell(c->env.ctx);
}

void m4_wait(struct cw_core *c, uint64_t until, bool deaf)
{
	for (;;) {
		atomic_store(&c->waiting, true);
		if (atomic_load(&c->want) != M4_RUN || (!deaf && atomic_load(&c->attention)) ||
		    (until != UINT64_MAX && m4_wall_ns() >= until))
			break;
		wait_edge(c, until);
	}
	atomic_store(&c->waiting, false);
}
