// SPDX-License-Identifier: BSD-2-Clause
/*
 * teec/socket.c - the socket transport: many threads, one socket
 *
 * Every thread sends its own request. One of the waiting threads reads; a reply that is not its own it hands to the thread
 * that waits for it, by request id, and when its own has come it wakes another waiter to read on. So there is no helper
 * thread, and a lone caller costs two system calls.
 */
#include "teec/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/msg.h"
#include "host/point.h"

/* The largest struct: OPEN_SESSION with its parameters has 184 bytes. */
#define REQUEST_MAX 256

/* A request under way, on its thread's stack. */
struct waiter {
	struct waiter *next;
	pthread_cond_t wake;
	uint64_t id;
	uint32_t op;
	void *arg;
	size_t len;
	int *ret_fd;
	bool done;
	int ret;
};

struct socket_transport {
	struct teec_transport base;
	pthread_mutex_t lock;
	struct waiter *waiters;
	uint64_t last_id;
	bool reading;
	int dead; /* 0, or why the socket is of no use any more */
};

static struct waiter **find_waiter(struct socket_transport *s, uint64_t id)
{
	struct waiter **w = &s->waiters;

	while (*w && (*w)->id != id)
		w = &(*w)->next;
	return w;
}

static void remove_waiter(struct socket_transport *s, struct waiter *self)
{
	struct waiter **w = &s->waiters;

	while (*w && *w != self)
		w = &(*w)->next;
	if (*w)
		*w = self->next;
}

/* Give a frame to whom it belongs. -EPROTO: to nobody. */
static int deliver(struct socket_transport *s, struct cw_msg *m)
{
	struct waiter **at = find_waiter(s, m->hdr.id);
	struct waiter *w = *at;
	size_t len = cw_msg_payload_len(m);

	if (!w || w->op != m->hdr.op || m->hdr.ret > 0 || len != (m->hdr.ret < 0 ? 0 : w->len) ||
	    m->hdr.nfds != (w->ret_fd && !m->hdr.ret ? 1u : 0u))
		return -EPROTO;
	if (len)
		memcpy(w->arg, m->payload, len);
	if (w->ret_fd)
		*w->ret_fd = cw_msg_take_fd(m, 0);
	w->ret = m->hdr.ret;
	w->done = true;
	*at = w->next;
	pthread_cond_signal(&w->wake);
	return 0;
}

static void die(struct socket_transport *s, int why)
{
	s->dead = why;
	for (struct waiter *w = s->waiters; w; w = w->next)
		pthread_cond_signal(&w->wake);
}

/* Read one frame; the lock is held at both ends, not between. */
static void read_one(struct socket_transport *s)
{
	struct cw_msg m;
	int r;

	s->reading = true;
	pthread_mutex_unlock(&s->lock);
	r = cw_msg_recv(s->base.fd, &m, 0);
	pthread_mutex_lock(&s->lock);
	s->reading = false;
	if (r == 1)
		r = deliver(s, &m);
	else
		r = r == 0 ? -EPIPE : r;
	if (r < 0)
		die(s, r == -EBADMSG ? -EPROTO : r);
	cw_msg_close_fds(&m);
}

static int wait_reply(struct socket_transport *s, struct waiter *w)
{
	while (!w->done && !s->dead) {
		if (s->reading)
			pthread_cond_wait(&w->wake, &s->lock);
		else
			read_one(s);
	}
	if (!w->done) {
		remove_waiter(s, w);
		return -EPIPE;
	}
	/* Somebody must read on for those who still wait. */
	if (!s->reading && s->waiters)
		pthread_cond_signal(&s->waiters->wake);
	return w->ret;
}

static size_t request_len(uint32_t nr, size_t len)
{
	switch (nr) {
	case TEE_IOC_VERSION:
		return sizeof(uint32_t);
	case CW_TEE_STATS:
		return 0;
	default:
		return len;
	}
}

static size_t reply_len(uint32_t nr, size_t len)
{
	switch (nr) {
	case CW_TEE_SHM_FREE:
	case TEE_IOC_CANCEL:
	case TEE_IOC_CLOSE_SESSION:
		return 0;
	default:
		return len;
	}
}

static int socket_request(struct teec_transport *t, uint32_t nr, void *arg, size_t len, int *ret_fd)
{
	struct socket_transport *s = (struct socket_transport *)t;
	struct waiter w = {.op = nr,
			   .arg = arg,
			   .len = reply_len(nr, len),
			   .ret_fd = ret_fd,
			   .wake = PTHREAD_COND_INITIALIZER};
	uint8_t out[REQUEST_MAX];
	size_t out_len = request_len(nr, len);
	int r;

	if (out_len > sizeof(out))
		return -EINVAL;
	/* The answer may be written to @arg by another thread before the send has returned here. */
	memcpy(out, arg, out_len);
	if (ret_fd)
		*ret_fd = -1;
	pthread_mutex_lock(&s->lock);
	w.id = ++s->last_id;
	w.next = s->waiters;
	s->waiters = &w;
	r = s->dead ? -EPIPE : 0;
	pthread_mutex_unlock(&s->lock);

	if (!r)
		r = cw_msg_send(t->fd, nr, w.id, 0, out, out_len, NULL, 0);
	CW_POINT(teec_asked, nr, r);
	pthread_mutex_lock(&s->lock);
	if (r < 0) {
		remove_waiter(s, &w);
		r = -EPIPE;
	} else {
		r = wait_reply(s, &w);
	}
	pthread_mutex_unlock(&s->lock);
	CW_POINT(teec_answered, nr, r);
	return r;
}

static void socket_close(struct teec_transport *t)
{
	struct socket_transport *s = (struct socket_transport *)t;

	close(t->fd);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static const struct teec_transport_ops socket_ops = {
	.request = socket_request,
	.close = socket_close,
};

int teec_socket_transport(int sock, struct teec_transport **ret)
{
	struct socket_transport *s = calloc(1, sizeof(*s));
	struct cw_tee_hello hello = {.version = CW_TEE_VERSION};
	int r;

	if (!s) {
		close(sock);
		return -ENOMEM;
	}
	s->base.ops = &socket_ops;
	s->base.fd = sock;
	s->base.memref_null = true;
	pthread_mutex_init(&s->lock, NULL);
	r = cw_msg_limit(sock, cw_patience(TEEC_SILENCE_MS));
	if (r == 0)
		r = socket_request(&s->base, TEE_IOC_VERSION, &hello, sizeof(hello), NULL);
	if (r == 0 && (hello.version != CW_TEE_VERSION || !(hello.data.gen_caps & TEE_GEN_CAP_GP)))
		r = -EPROTO;
	if (r < 0) {
		socket_close(&s->base);
		return r;
	}
	*ret = &s->base;
	return 0;
}
