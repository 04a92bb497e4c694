// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/tee/client.c - connections of the normal world
 *
 * Nothing a client sends is trusted: a frame has exactly the size its operation has, and carries no descriptors; anything
 * else ends the connection. A client that does not read its answers loses it too.
 */
#include "secure/tee/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/msg.h"
#include "host/point.h"

/* Frames taken from one client before the others have a turn. */
#define FRAMES_A_TURN 4

void client_doom(struct client *c, const char *why)
{
	if (c->doomed)
		return;
	if (why)
		log_line(CW_TEE_LOG_ERROR, "client: %s; connection ended", why);
	c->doomed = true;
	c->tee->any_doomed = true;
}

void client_reply(struct client *c, uint32_t op, uint64_t id, int ret, const void *payload,
		  size_t len, int fd)
{
	int r;

	if (!c || c->doomed)
		return;
	if (ret < 0)
		len = 0;
	r = cw_msg_try_send(c->src.fd, op, id, ret, len ? payload : NULL, len, &fd,
			    ret == 0 && fd >= 0 ? 1 : 0);
	if (r == -EAGAIN)
		client_doom(c, "does not read its answers");
	else if (r < 0)
		client_doom(c, NULL);
}

static int op_version(struct client *c, const struct cw_msg *m)
{
	struct cw_tee_hello hello = {
		.version = CW_TEE_VERSION,
		.data = {.impl_id = CW_TEE_IMPL_ID,
			 .gen_caps = TEE_GEN_CAP_GP | TEE_GEN_CAP_MEMREF_NULL},
	};
	uint32_t version;

	if (cw_msg_payload_len(m) != sizeof(version) || c->greeted)
		return -EBADMSG;
	memcpy(&version, m->payload, sizeof(version));
	if (version != CW_TEE_VERSION) {
		client_reply(c, m->hdr.op, m->hdr.id, -EPROTO, NULL, 0, -1);
		return -EPROTO;
	}
	c->greeted = true;
	timer_cancel(c->tee, c);
	client_reply(c, m->hdr.op, m->hdr.id, 0, &hello, sizeof(hello), -1);
	return 0;
}

static int op_shm_alloc(struct client *c, const struct cw_msg *m)
{
	struct tee_ioctl_shm_alloc_data arg;
	struct shm *s;
	int r;

	if (cw_msg_payload_len(m) != sizeof(arg))
		return -EBADMSG;
	memcpy(&arg, m->payload, sizeof(arg));
	r = arg.flags ? -EINVAL : shm_new(c, arg.size, &s);
	if (r == 0) {
		arg.size = s->size;
		arg.id = s->id;
		CW_POINT(tee_shm, s->size);
	}
	client_reply(c, m->hdr.op, m->hdr.id, r, &arg, sizeof(arg), r == 0 ? s->fd : -1);
	return 0;
}

static int op_shm_free(struct client *c, const struct cw_msg *m)
{
	struct cw_tee_shm_free arg;
	struct shm *s;

	if (cw_msg_payload_len(m) != sizeof(arg))
		return -EBADMSG;
	memcpy(&arg, m->payload, sizeof(arg));
	s = arg.id > 0 ? shm_find(c, (uint64_t)arg.id) : NULL;
	CW_POINT(tee_shm_gone);
	if (s)
		shm_give_up(c, s);
	client_reply(c, m->hdr.op, m->hdr.id, s ? 0 : -EINVAL, NULL, 0, -1);
	return 0;
}

static int op_stats(struct client *c, const struct cw_msg *m)
{
	struct cw_tee_stats stats;

	if (cw_msg_payload_len(m))
		return -EBADMSG;
	cw_tee_stats(c->tee, &stats);
	stats.sessions = c->n_sessions;
	stats.shms = c->n_shms;
	stats.shm_bytes = c->shm_bytes;
	client_reply(c, m->hdr.op, m->hdr.id, 0, &stats, sizeof(stats), -1);
	return 0;
}

static int dispatch(struct client *c, const struct cw_msg *m)
{
	size_t len = cw_msg_payload_len(m);

	if (m->hdr.nfds || m->hdr.ret || (!c->greeted && m->hdr.op != TEE_IOC_VERSION))
		return -EBADMSG;
	switch (m->hdr.op) {
	case TEE_IOC_VERSION:
		return op_version(c, m);
	case TEE_IOC_SHM_ALLOC:
		return op_shm_alloc(c, m);
	case CW_TEE_SHM_FREE:
		return op_shm_free(c, m);
	case TEE_IOC_OPEN_SESSION:
		return session_op_open(c, m->hdr.id, m->payload, len);
	case TEE_IOC_INVOKE:
		return session_op_invoke(c, m->hdr.id, m->payload, len);
	case TEE_IOC_CLOSE_SESSION:
		return session_op_close(c, m->hdr.id, m->payload, len);
	case TEE_IOC_CANCEL:
		return session_op_cancel(c, m->hdr.id, m->payload, len);
	case CW_TEE_STATS:
		return op_stats(c, m);
	default:
		return -EBADMSG;
	}
}

static void client_ready(struct source *src)
{
	struct client *c = source_owner(src, struct client, src);
	struct cw_msg m;

	for (unsigned i = 0; i < FRAMES_A_TURN && !c->doomed; i++) {
		int r = cw_msg_recv(src->fd, &m, MSG_DONTWAIT);

		if (r == -EAGAIN)
			return;
		if (r == 1)
			r = dispatch(c, &m);
		else
			r = r == 0 ? -EPIPE : r;
		cw_msg_close_fds(&m);
		if (r == -EPIPE || r == -EPROTO)
			client_doom(c, NULL);
		else if (r < 0)
			client_doom(c, "sent a malformed message");
	}
}

/* A connection that nobody speaks on may be anything, even the other end of the normal world's own bus: held open here,
 * it would keep silicon from seeing that its world is gone. */
static void greeting_missed(void *arg)
{
	client_doom(arg, "has not said hello in time");
}

int cw_tee_add_client(struct cw_tee *tee, int sock)
{
	struct client *c = NULL;
	int r = -EMFILE;

	if (tee->n_clients < CW_TEE_CLIENTS_MAX) {
		c = calloc(1, sizeof(*c));
		r = c ? timer_set(tee, cw_patience(CW_TEE_GREET_MS), greeting_missed, c) : -ENOMEM;
		if (r == 0)
			r = source_add(tee, &c->src, sock, client_ready);
	}
	if (r < 0) {
		log_line(CW_TEE_LOG_ERROR, "a client was turned away: %s", strerror(-r));
		if (c)
			timer_cancel(tee, c);
		free(c);
		close(sock);
		return r;
	}
	c->tee = tee;
	LIST_INSERT_HEAD(&tee->clients, c, link);
	tee->n_clients++;
	CW_POINT(tee_client);
	return 0;
}

void client_free(struct client *c)
{
	struct session *s;
	struct shm *m;

	CW_POINT(tee_client_gone);
	while ((s = LIST_FIRST(&c->sessions)))
		session_abandon(s);
	while ((m = LIST_FIRST(&c->shms)))
		shm_give_up(c, m);
	timer_cancel(c->tee, c);
	source_remove(c->tee, &c->src);
	LIST_REMOVE(c, link);
	c->tee->n_clients--;
	free(c);
}
