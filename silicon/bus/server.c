// SPDX-License-Identifier: BSD-2-Clause
/* silicon/bus/server.c - the bus thread's loop */
#include "silicon/bus/server.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "host/cleanup.h"
#include "host/point.h"
#include "silicon/bus/log.h"

#define REFUSE_WAIT_MS 1000

void cw_server_irq(void *server, enum cw_bus_line line, bool level)
{
	struct cw_server *s = server;

	if (s->nonsecure)
		s->nonsecure->ops->irq(s->nonsecure, line, level);
}

void cw_server_crash(void *server, const struct cw_bus_event *event)
{
	struct cw_server *s = server;

	CW_POINT(silicon_crash, event->cause);
	if (s->nonsecure)
		s->nonsecure->ops->crash(s->nonsecure, event);
	if (s->secure)
		s->secure->ops->crash(s->secure, event);
}

/* The normal world waits in its socket until the TEE is there. */
static uint32_t mask_of(const struct cw_server *s, const struct cw_front *f)
{
	if (f == s->nonsecure && s->secure && !s->tee_ready)
		return 0;
	return f->ops->wants(f);
}

static int watch(int epoll, int op, int fd, uint32_t events, const void *what)
{
	struct epoll_event ev = {.events = events, .data.ptr = (void *)what};

	return epoll_ctl(epoll, op, fd, &ev) < 0 ? -errno : 0;
}

/* The TEE's link is over. */
static int lose_tee(struct cw_server *s, int why, struct cw_error *err)
{
	s->secure = s->secure->ops->free(s->secure);
	s->tee_refused = !s->tee_ready;
	if (s->tee_refused && s->tee_error.code)
		return cw_error_set(err, s->tee_error.code, "the TEE refuses this board: %s",
				    s->tee_error.text);
	if (s->tee_refused)
		return cw_error_set(err, -EPIPE, "the TEE ended before it was ready");
	cw_log(CW_LOG_ERROR, "the TEE %s: the core is held in reset, protected memory stays shut",
	       why == -EPROTO ? "sent a malformed frame" : "is gone");
	cw_machine_halt(s->machine);
	return 0;
}

/* 1 power-off, 0 go on, -errno. */
static int front_ready(struct cw_server *s, struct cw_front *f, uint32_t events,
		       struct cw_error *err)
{
	int r;

	/* Not to be read yet; but a hang-up counts. */
	if (!mask_of(s, f))
		return events & (EPOLLHUP | EPOLLERR) ? 1 : 0;
	r = f->ops->ready(f, events);
	if (r == 0)
		return 0;
	if (f == s->secure)
		return lose_tee(s, r, err);
	if (r == -EPROTO) {
		cw_log(CW_LOG_WARN, "the normal world sent a malformed frame: power-off");
		return cw_error_set(err, -EPROTO, "malformed frame on the non-secure bus");
	}
	return 1;
}

/* @masks: what is watched for now. */
static int watch_what_is_wanted(struct cw_server *s, int epoll, uint32_t masks[2])
{
	struct cw_front *fronts[2] = {s->secure, s->nonsecure};
	int r = 0;

	for (unsigned i = 0; i < 2 && r == 0; i++) {
		uint32_t mask = fronts[i] ? mask_of(s, fronts[i]) : 0;

		if (fronts[i] && mask != masks[i])
			r = watch(epoll, EPOLL_CTL_MOD, fronts[i]->fd, mask, fronts[i]);
		masks[i] = mask;
	}
	return r;
}

static int loop(struct cw_server *s, int epoll, struct cw_error *err)
{
	struct epoll_event ready[4];
	uint32_t masks[2] = {~0u, ~0u};

	for (;;) {
		int n, r = watch_what_is_wanted(s, epoll, masks);

		if (r < 0)
			return cw_error_set(err, r, "watch the links: %s", strerror(-r));
		n = epoll_wait(epoll, ready, 4, -1);
		if (n < 0 && errno != EINTR)
			return cw_error_errno(err, "wait for the worlds");
		for (int i = 0; i < n; i++) {
			struct cw_front *f = ready[i].data.ptr;

			r = 0;
			if (!f)
				cw_machine_woken(s->machine);
			else if (f == s->secure || f == s->nonsecure)
				r = front_ready(s, f, ready[i].events, err);
			if (r)
				return r < 0 ? r : 0;
		}
	}
}

static int run(struct cw_server *s, struct cw_error *err)
{
	cleanup_fd int epoll = epoll_create1(EPOLL_CLOEXEC);
	int r = epoll < 0 ? -errno : 0;

	if (r == 0)
		r = watch(epoll, EPOLL_CTL_ADD, cw_machine_fd(s->machine), EPOLLIN, NULL);
	if (r == 0)
		r = watch(epoll, EPOLL_CTL_ADD, s->nonsecure->fd, 0, s->nonsecure);
	if (r == 0 && s->secure)
		r = watch(epoll, EPOLL_CTL_ADD, s->secure->fd, 0, s->secure);
	if (r < 0)
		return cw_error_set(err, r, "watch the links: %s", strerror(-r));
	CW_POINT(silicon_serve);
	return loop(s, epoll, err);
}

int cw_server_run(struct cw_server *s, int nonsecure_sock, int secure_sock, struct cw_error *err)
{
	int r = 0;

	s->nonsecure = cw_front_socket(s, CW_BUS_NONSECURE, nonsecure_sock);
	if (secure_sock >= 0)
		s->secure = cw_front_socket(s, CW_BUS_SECURE, secure_sock);
	if (!s->nonsecure || (secure_sock >= 0 && !s->secure))
		r = cw_error_set(err, -ENOMEM, "out of memory");
	if (r == 0)
		r = run(s, err);
	/* The core's thread tells its lines to the fronts: not any more. */
	cw_machine_halt(s->machine);
	if (s->tee_refused && s->nonsecure)
		cw_server_refuse(s->nonsecure->fd, err);
	if (s->secure)
		s->secure = s->secure->ops->free(s->secure);
	if (s->nonsecure)
		s->nonsecure = s->nonsecure->ops->free(s->nonsecure);
	return r;
}

void cw_server_refuse(int sock, const struct cw_error *err)
{
	struct pollfd p = {.fd = sock, .events = POLLIN};
	struct cw_msg m;

	if (poll(&p, 1, REFUSE_WAIT_MS) != 1 || cw_msg_recv(sock, &m, MSG_DONTWAIT) != 1)
		return;
	cw_msg_close_fds(&m);
	if (m.hdr.op == CW_BUS_HELLO)
		(void)cw_msg_try_send(sock, CW_BUS_HELLO, m.hdr.id, err->code, err->text,
				      strlen(err->text), NULL, 0);
}
