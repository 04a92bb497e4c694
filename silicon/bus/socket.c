// SPDX-License-Identifier: BSD-2-Clause
/*
 * silicon/bus/socket.c - the socket front: frames of bus/wire.h
 *
 * Nothing here blocks. A reply that the socket has no room for is kept, and no request is read
 * until it went out, so one is all there is to keep. Interrupt lines are kept as levels, not as a
 * queue; of crashes the first one.
 */
#include "silicon/bus/front.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "host/cleanup.h"
#include "silicon/bus/log.h"
#include "silicon/bus/ops.h"
#include "silicon/bus/server.h"

/* Requests of one link served before the others get their turn. */
#define BATCH 16

struct link {
	struct cw_front front;
	struct cw_msg request;
	struct cw_reply reply;
	struct cw_msg_hdr reply_hdr; /* op, id, ret of a kept reply */
	bool reply_kept;
	/* events not told yet; the lock is held while they are sent */
	pthread_mutex_t lock;
	bool dirty[CW_LINES], rose[CW_LINES], level[CW_LINES];
	bool crash_kept;
	struct cw_bus_event crash;
};

static struct link *link_of(struct cw_front *f)
{
	return (struct link *)f;
}

/* The lock is held. */
static bool events_kept(const struct link *l)
{
	bool any = l->crash_kept;

	for (unsigned i = 0; i < CW_LINES; i++)
		any |= l->dirty[i];
	return any && l->front.greeted;
}

static uint32_t link_wants(const struct cw_front *f)
{
	struct link *l = (struct link *)f;
	bool kept;

	if (l->reply_kept)
		return EPOLLOUT;
	pthread_mutex_lock(&l->lock);
	kept = events_kept(l);
	pthread_mutex_unlock(&l->lock);
	return EPOLLIN | (kept ? EPOLLOUT : 0);
}

/* Send the kept reply. 0 it is out, -EAGAIN, -EPIPE. */
static int flush_reply(struct link *l)
{
	const struct cw_msg_hdr *h = &l->reply_hdr;
	int r;

	if (!l->reply_kept)
		return 0;
	r = cw_msg_try_send(l->front.fd, h->op, h->id, h->ret, l->reply.payload, l->reply.len,
			    &l->reply.fd, l->reply.fd >= 0 ? 1 : 0);
	if (r == -EAGAIN)
		return r;
	l->reply_kept = false;
	return r;
}

static int send_event(struct link *l, const struct cw_bus_event *e)
{
	return cw_msg_try_send(l->front.fd, CW_BUS_EVENT, 0, 0, e, sizeof(*e), NULL, 0);
}

static int send_level(struct link *l, enum cw_bus_line line, bool level)
{
	const struct cw_bus_event e = {.type = CW_EVENT_IRQ, .line = line, .level = level};

	return send_event(l, &e);
}

/* Tell one line: a rise that was over before the world could be told comes first. */
static int flush_line(struct link *l, enum cw_bus_line line)
{
	int r = 0;

	if (!l->dirty[line])
		return 0;
	if (l->rose[line] && !l->level[line]) {
		r = send_level(l, line, true);
		l->rose[line] = r != 0;
	}
	if (r == 0)
		r = send_level(l, line, l->level[line]);
	if (r == 0)
		l->dirty[line] = l->rose[line] = false;
	return r;
}

/* 0 everything told or kept for later, -EPIPE. Before its hello a world is told nothing. The lock is held. */
static int flush_locked(struct link *l)
{
	int r = 0;

	if (!l->front.greeted)
		return 0;
	if (l->crash_kept) {
		r = send_event(l, &l->crash);
		l->crash_kept = r != 0;
	}
	for (unsigned i = 0; i < CW_LINES && r == 0; i++)
		r = flush_line(l, i);
	return r == -EAGAIN ? 0 : r;
}

static int flush_events(struct link *l)
{
	int r;

	pthread_mutex_lock(&l->lock);
	r = flush_locked(l);
	pthread_mutex_unlock(&l->lock);
	return r;
}

/* A kept reply may go out much later: its descriptor must still be the one meant, so it is a
 * duplicate then. */
static int keep_reply(struct link *l)
{
	if (l->reply.fd < 0)
		return 0;
	l->reply.fd = fcntl(l->reply.fd, F_DUPFD_CLOEXEC, 0);
	return l->reply.fd < 0 ? -errno : 0;
}

static int answer(struct link *l, int ret)
{
	int r;

	if (l->reply.silent)
		return 0;
	l->reply_hdr =
		(struct cw_msg_hdr){.op = l->request.hdr.op, .id = l->request.hdr.id, .ret = ret};
	l->reply_kept = true;
	r = flush_reply(l);
	return r == -EAGAIN ? keep_reply(l) : r;
}

/* One request. 1 served, 0 nothing there, -EPIPE, -EPROTO. */
static int serve_one(struct link *l)
{
	int r = cw_msg_recv(l->front.fd, &l->request, MSG_DONTWAIT);

	if (r == -EAGAIN)
		return 0;
	if (r <= 0)
		return r == -EBADMSG ? -EPROTO : -EPIPE;
	if (l->request.hdr.id == 0 || (!l->front.greeted && l->request.hdr.op != CW_BUS_HELLO)) {
		cw_msg_close_fds(&l->request);
		return -EPROTO;
	}
	r = cw_ops_perform(&l->front, &l->request, &l->reply);
	cw_msg_close_fds(&l->request);
	if (r < 0)
		cw_log(CW_LOG_DEBUG, "%s bus: operation %u refused: %s", l->front.ops->name,
		       l->request.hdr.op, strerror(-r));
	/* What the access set off is done before anyone can ask about it. */
	cw_machine_service(l->front.server->machine);
	r = answer(l, r);
	return r < 0 ? r : 1;
}

static int link_ready(struct cw_front *f, uint32_t events)
{
	struct link *l = link_of(f);
	bool kept = l->reply_kept;
	int r = flush_reply(l);

	if (r == -EAGAIN)
		return events & (EPOLLHUP | EPOLLERR) ? -EPIPE : 0;
	if (kept)
		cw_close_fd(&l->reply.fd);
	if (r == 0)
		r = flush_events(l);
	for (unsigned i = 0; i < BATCH && r == 0 && !l->reply_kept; i++) {
		r = serve_one(l);
		if (r == 0)
			break;
		r = r < 0 ? r : 0;
	}
	if (r == 0 && events & (EPOLLHUP | EPOLLERR))
		r = -EPIPE;
	return r;
}

static void link_irq(struct cw_front *f, enum cw_bus_line line, bool level)
{
	struct link *l = link_of(f);
	bool kept;

	pthread_mutex_lock(&l->lock);
	l->dirty[line] = true;
	l->rose[line] |= level;
	l->level[line] = level;
	/* An error here is a hang-up, which epoll reports. */
	(void)flush_locked(l);
	kept = events_kept(l);
	pthread_mutex_unlock(&l->lock);
	/* The bus thread must learn that there is something to wait for. */
	if (kept)
		cw_machine_wake(f->server->machine);
}

static void link_crash(struct cw_front *f, const struct cw_bus_event *event)
{
	struct link *l = link_of(f);

	pthread_mutex_lock(&l->lock);
	if (!l->crash_kept)
		l->crash = *event;
	l->crash_kept = true;
	(void)flush_locked(l);
	pthread_mutex_unlock(&l->lock);
}

static int link_tee_client(struct cw_front *f, int fd)
{
	return cw_msg_try_send(f->fd, CW_BUS_TEE_CLIENT, 0, 0, NULL, 0, &fd, 1);
}

static struct cw_front *link_free(struct cw_front *f)
{
	struct link *l = link_of(f);

	if (!f)
		return NULL;
	if (l->reply_kept)
		cw_close_fd(&l->reply.fd);
	cw_close_fd(&f->fd);
	/* Who told a line last, on whatever thread, is out again. */
	pthread_mutex_lock(&l->lock);
	pthread_mutex_unlock(&l->lock);
	pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

static const struct cw_front_ops nonsecure_socket = {
	.name = "non-secure",
	.wants = link_wants,
	.ready = link_ready,
	.irq = link_irq,
	.crash = link_crash,
	.tee_client = link_tee_client,
	.free = link_free,
};

static const struct cw_front_ops secure_socket = {
	.name = "secure",
	.wants = link_wants,
	.ready = link_ready,
	.irq = link_irq,
	.crash = link_crash,
	.tee_client = link_tee_client,
	.free = link_free,
};

struct cw_front *cw_front_socket(struct cw_server *server, enum cw_bus_side side, int sock)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l) {
		cw_close_fd(&sock);
		return NULL;
	}
	l->front = (struct cw_front){
		.ops = side == CW_BUS_SECURE ? &secure_socket : &nonsecure_socket,
		.server = server,
		.side = side,
		.fd = sock,
	};
	l->reply.fd = -1;
	pthread_mutex_init(&l->lock, NULL);
	return &l->front;
}
