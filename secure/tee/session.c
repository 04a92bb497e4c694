// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/tee/session.c - sessions between clients and instances
 *
 *	OPENING --answer ok--> OPEN --close, or client gone--> CLOSING --answer--> (freed)
 *	   \--refused, instance dead--> (freed)
 *
 * A session whose instance died stays, without one, until its client closes it: every command on it answers
 * TEE_ERROR_TARGET_DEAD.
 */
#include "secure/tee/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/point.h"
static struct session *session_new(struct client *c, const TEE_Identity *identity)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	if (!++c->tee->last_session)
		c->tee->last_session = 1;
	s->id = c->tee->last_session;
	s->state = SESSION_OPENING;
	s->client = c;
	s->identity = *identity;
	LIST_INSERT_HEAD(&c->sessions, s, link);
	c->n_sessions++;
	c->tee->n_sessions++;
	return s;
}

static struct session *session_find(struct client *c, uint32_t id)
{
	struct session *s;

	LIST_FOREACH(s, &c->sessions, link)
	if (s->id == id)
		return s;
	return NULL;
}

void session_leave_instance(struct session *s)
{
	if (!s->inst)
		return;
	LIST_REMOVE(s, inst_link);
	s->inst->n_sessions--;
	s->inst = NULL;
}

void session_free(struct cw_tee *tee, struct session *s)
{
	session_leave_instance(s);
	if (s->client) {
		LIST_REMOVE(s, link);
		s->client->n_sessions--;
	}
	tee->n_sessions--;
	free(s);
}

/* Refuse a request as the ioctl would. */
static int refuse(struct client *c, uint32_t op, uint64_t id, int code)
{
	client_reply(c, op, id, code, NULL, 0, -1);
	return 0;
}

/* Make the call of an open or invoke request. 0 and *@ret; a positive errno to refuse with; -EBADMSG. */
static int begin_call(struct client *c, uint64_t id, uint32_t kind,
		      const struct tee_ioctl_param *params, struct call **ret)
{
	struct call *call;
	int r;

	if (c->n_calls >= CW_TEE_CLIENT_CALLS_MAX)
		return ENOMEM;
	call = call_new(c, id, kind);
	if (!call)
		return ENOMEM;
	r = call_take_params(call, params);
	if (r) {
		call_free(call);
		return r < 0 ? r : EINVAL;
	}
	*ret = call;
	return 0;
}

int session_op_open(struct client *c, uint64_t id, const void *payload, size_t len)
{
	struct {
		struct tee_ioctl_open_session_arg arg;
		struct tee_ioctl_param params[CW_TEE_PARAMS];
	} m;
	TEE_Identity identity;
	struct call *call;
	int r;

	if (len != sizeof(m))
		return -EBADMSG;
	memcpy(&m, payload, sizeof(m));
	if (m.arg.num_params != CW_TEE_PARAMS)
		return -EBADMSG;
	r = identity_make(c->src.fd, m.arg.clnt_login, m.arg.clnt_uuid, &identity);
	if (r < 0)
		return refuse(c, TEE_IOC_OPEN_SESSION, id, r);
	if (c->n_sessions >= CW_TEE_CLIENT_SESSIONS_MAX)
		return refuse(c, TEE_IOC_OPEN_SESSION, id, -EMFILE);
	r = begin_call(c, id, CW_TA_OPEN_SESSION, m.params, &call);
	if (r)
		return r < 0 ? r : refuse(c, TEE_IOC_OPEN_SESSION, id, -r);
	call->uuid = uuid_from_bytes(m.arg.uuid);
	call->cancel_id = m.arg.cancel_id;
	call->session = session_new(c, &identity);
	if (!call->session) {
		call_free(call);
		return refuse(c, TEE_IOC_OPEN_SESSION, id, -ENOMEM);
	}
	CW_POINT(tee_session_open);
	if (pta_find(c->tee, &call->uuid))
		call_refuse_open(c->tee, call, TEE_ERROR_ACCESS_DENIED, TEE_ORIGIN_TEE, NULL);
	else
		instance_open(c->tee, call);
	return 0;
}

void call_refuse_open(struct cw_tee *tee, struct call *call, uint32_t result, uint32_t origin,
		      const struct cw_ta_param *answer)
{
	struct session *s = call->session;
	struct instance *inst = s->inst;

	call_finish(call, result, origin, answer);
	session_free(tee, s);
	if (inst)
		instance_settle(inst);
}

int session_op_invoke(struct client *c, uint64_t id, const void *payload, size_t len)
{
	struct {
		struct tee_ioctl_invoke_arg arg;
		struct tee_ioctl_param params[CW_TEE_PARAMS];
	} m;
	struct session *s;
	struct call *call;
	int r;

	if (len != sizeof(m))
		return -EBADMSG;
	memcpy(&m, payload, sizeof(m));
	if (m.arg.num_params != CW_TEE_PARAMS)
		return -EBADMSG;
	s = session_find(c, m.arg.session);
	if (!s || s->state != SESSION_OPEN)
		return refuse(c, TEE_IOC_INVOKE, id, -EINVAL);
	r = begin_call(c, id, CW_TA_INVOKE_COMMAND, m.params, &call);
	if (r)
		return r < 0 ? r : refuse(c, TEE_IOC_INVOKE, id, -r);
	call->func = m.arg.func;
	call->cancel_id = m.arg.cancel_id;
	call->session = s;
	CW_POINT(tee_invoked, call->func);
	if (s->inst)
		instance_queue(s->inst, call);
	else
		call_finish(call, TEE_ERROR_TARGET_DEAD, TEE_ORIGIN_TEE, NULL);
	return 0;
}

/* Ask the TA to close; @c is told when it has. */
static int start_close(struct cw_tee *tee, struct session *s, struct client *c, uint64_t id)
{
	struct call *call;

	CW_POINT(tee_session_close, s->id);
	s->state = SESSION_CLOSING;
	if (!s->inst) {
		session_free(tee, s);
		client_reply(c, TEE_IOC_CLOSE_SESSION, id, 0, NULL, 0, -1);
		return 0;
	}
	call = call_new(c, id, CW_TA_CLOSE_SESSION);
	if (!call) {
		bool kept = s->client;

		/* Without the memory to tell the TA, its instance cannot be kept in step. */
		instance_kill(s->inst, "out of memory while a session closes");
		return kept ? start_close(tee, s, c, id) : 0;
	}
	call->session = s;
	instance_queue(s->inst, call);
	return 0;
}

int session_op_close(struct client *c, uint64_t id, const void *payload, size_t len)
{
	struct tee_ioctl_close_session_arg arg;
	struct session *s;

	if (len != sizeof(arg))
		return -EBADMSG;
	memcpy(&arg, payload, sizeof(arg));
	s = session_find(c, arg.session);
	if (!s || s->state != SESSION_OPEN)
		return refuse(c, TEE_IOC_CLOSE_SESSION, id, -EINVAL);
	return start_close(c->tee, s, c, id);
}

void session_opened(struct cw_tee *tee, struct session *s)
{
	s->state = SESSION_OPEN;
	CW_POINT(tee_session_opened, s->id);
	if (!s->client)
		start_close(tee, s, NULL, 0);
}

int session_op_cancel(struct client *c, uint64_t id, const void *payload, size_t len)
{
	struct tee_ioctl_cancel_arg arg;
	struct instance *inst;

	if (len != sizeof(arg))
		return -EBADMSG;
	memcpy(&arg, payload, sizeof(arg));
	LIST_FOREACH(inst, &c->tee->instances, link)
	if (instance_cancel(inst, c, arg.cancel_id, arg.session))
		break;
	/* Too late is no error: the call may have ended on the way. */
	client_reply(c, TEE_IOC_CANCEL, id, 0, NULL, 0, -1);
	return 0;
}

void session_abandon(struct session *s)
{
	struct cw_tee *tee = s->client->tee;
	struct instance *inst;

	LIST_REMOVE(s, link);
	s->client->n_sessions--;
	s->client = NULL;
	LIST_FOREACH(inst, &tee->instances, link)
	if (instance_abandon(inst, s))
		return;
	if (s->state == SESSION_OPEN)
		start_close(tee, s, NULL, 0);
	else if (s->state == SESSION_CLOSING && !s->inst)
		session_free(tee, s);
}
