// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/tee/instance_link.c - frames between the TEE and the process of an instance
 *
 * A TA is trusted with its own secrets only: what it sends is checked like what a client sends, and a frame that is wrong
 * ends the instance.
 */
#include "secure/tee/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Descriptors of memory that goes along with a call. */
struct fresh {
	int fds[CW_TEE_PARAMS];
	uint32_t numbers[CW_TEE_PARAMS];
	unsigned n;
};

static bool call_uses(const struct call *call, uint32_t number)
{
	for (unsigned i = 0; i < CW_TEE_PARAMS; i++)
		if (call->shm[i] && call->shm[i]->number == number)
			return true;
	return false;
}

static void known_remove(struct instance *inst, unsigned at)
{
	inst->n_known--;
	memmove(&inst->known[at], &inst->known[at + 1],
		(inst->n_known - at) * sizeof(inst->known[0]));
}

static bool known(const struct instance *inst, uint32_t number)
{
	for (unsigned i = 0; i < inst->n_known; i++)
		if (inst->known[i] == number)
			return true;
	return false;
}

static int send_forget(struct instance *inst, uint32_t number)
{
	return cw_msg_try_send(inst->socket.fd, CW_TA_FORGET, 0, 0, &number, sizeof(number), NULL,
			       0);
}

void instance_forget_shm(struct instance *inst, uint32_t number)
{
	if (inst->state == INSTANCE_DEAD)
		return;
	for (unsigned i = 0; i < inst->n_known; i++) {
		if (inst->known[i] != number)
			continue;
		known_remove(inst, i);
		if (send_forget(inst, number) < 0)
			instance_kill(inst, "does not read its events");
		return;
	}
}

/* Make room for one more piece of memory: the one that came first goes, unless this call needs it. */
static int make_room(struct instance *inst, const struct call *call)
{
	unsigned i = 0;
	uint32_t number;

	if (inst->n_known < CW_TEE_TA_SHMS_MAX)
		return 0;
	while (call_uses(call, inst->known[i]))
		i++;
	number = inst->known[i];
	known_remove(inst, i);
	return send_forget(inst, number);
}

static int put_memref(struct instance *inst, const struct call *call, unsigned i,
		      struct cw_ta_param *p, struct fresh *fresh)
{
	const struct shm *s = call->shm[i];
	int r;

	p->b = call->params[i].b;
	if (!s) {
		p->where = CW_TA_NULL;
		return 0;
	}
	p->where = CW_TA_SHM;
	p->a = call->params[i].a;
	p->mem = s->number;
	if (known(inst, s->number))
		return 0;
	r = make_room(inst, call);
	if (r < 0)
		return r;
	inst->known[inst->n_known++] = s->number;
	p->fresh = s->size;
	fresh->fds[fresh->n++] = s->fd;
	return 0;
}

int instance_send_call(struct instance *inst, struct call *call)
{
	struct cw_ta_call m = {
		.kind = call->kind,
		.session = call->session->id,
		.command = call->func,
		.types = call->types,
		.client = call->session->identity,
	};
	struct fresh fresh = {.n = 0};
	int r = 0;

	for (unsigned i = 0; i < CW_TEE_PARAMS && r == 0; i++) {
		uint32_t type = TEE_PARAM_TYPE_GET(call->types, i);

		if (type >= TEE_PARAM_TYPE_MEMREF_INPUT) {
			r = put_memref(inst, call, i, &m.params[i], &fresh);
		} else if (type != TEE_PARAM_TYPE_NONE) {
			m.params[i].a = (uint32_t)call->params[i].a;
			m.params[i].b = (uint32_t)call->params[i].b;
		}
	}
	return r < 0 ? r
		     : cw_msg_try_send(inst->socket.fd, CW_TA_CALL, ++inst->last_request, 0, &m,
				       sizeof(m), fresh.fds, fresh.n);
}

int instance_send_start(struct instance *inst, int image_fd)
{
	struct cw_ta_start m = {
		.version = CW_TA_LINK_VERSION,
		.log_level = (uint32_t)log_level(),
		.uuid = inst->uuid,
	};
	int fds[] = {image_fd, inst->bounce_fd};

	return cw_msg_try_send(inst->socket.fd, CW_TA_START, ++inst->last_request, 0, &m, sizeof(m),
			       fds, 2);
}

int instance_send_destroy(struct instance *inst)
{
	struct cw_ta_call m = {.kind = CW_TA_DESTROY};

	return cw_msg_try_send(inst->socket.fd, CW_TA_CALL, ++inst->last_request, 0, &m, sizeof(m),
			       NULL, 0);
}

void instance_send_cancel(struct instance *inst)
{
	if (inst->cancelled == inst->last_request)
		return;
	inst->cancelled = inst->last_request;
	if (cw_msg_try_send(inst->socket.fd, CW_TA_CANCEL, 0, 0, &inst->last_request,
			    sizeof(inst->last_request), NULL, 0) < 0)
		instance_kill(inst, "does not read its events");
}

static int answer_start(struct instance *inst, const struct cw_msg *m)
{
	struct cw_ta_started started;

	if (inst->state != INSTANCE_STARTING || m->hdr.id != inst->last_request ||
	    cw_msg_payload_len(m) != sizeof(started))
		return -EBADMSG;
	memcpy(&started, m->payload, sizeof(started));
	instance_started(inst, &started);
	return 0;
}

static int answer_call(struct instance *inst, const struct cw_msg *m)
{
	struct cw_ta_answer answer;

	if ((!inst->current && inst->state != INSTANCE_ENDING) || m->hdr.id != inst->last_request ||
	    cw_msg_payload_len(m) != sizeof(answer))
		return -EBADMSG;
	memcpy(&answer, m->payload, sizeof(answer));
	instance_answered(inst, &answer);
	return 0;
}

static int take_log(struct instance *inst, const struct cw_msg *m)
{
	char who[48] = "TA ";
	uint32_t level;
	size_t len = cw_msg_payload_len(m);

	if (len < sizeof(level))
		return -EBADMSG;
	memcpy(&level, m->payload, sizeof(level));
	if (level > CW_TEE_LOG_FLOW)
		return -EBADMSG;
	strcat(who, inst->name);
	log_foreign((int)level, who, (const char *)m->payload + sizeof(level), len - sizeof(level));
	return 0;
}

static int take_panic(struct instance *inst, const struct cw_msg *m)
{
	char why[48];
	uint32_t code;

	if (cw_msg_payload_len(m) != sizeof(code))
		return -EBADMSG;
	memcpy(&code, m->payload, sizeof(code));
	cw_format(why, sizeof(why), "panicked with 0x%08x", code);
	instance_kill(inst, why);
	return 0;
}

static int dispatch(struct instance *inst, const struct cw_msg *m)
{
	if (m->hdr.nfds || m->hdr.ret)
		return -EBADMSG;
	switch (m->hdr.op) {
	case CW_TA_START:
		return answer_start(inst, m);
	case CW_TA_CALL:
		return answer_call(inst, m);
	case CW_TA_PTA_CALL:
		return pta_request(inst, m);
	case CW_TA_LOG:
		return take_log(inst, m);
	case CW_TA_PANIC:
		return take_panic(inst, m);
	default:
		return -EBADMSG;
	}
}

bool instance_link_read(struct instance *inst)
{
	struct cw_msg m;
	int r = cw_msg_recv(inst->socket.fd, &m, MSG_DONTWAIT);

	if (r == -EAGAIN)
		return false;
	if (r == 0) {
		instance_hung_up(inst);
		return false;
	}
	if (r == 1) {
		r = dispatch(inst, &m);
		cw_msg_close_fds(&m);
	}
	if (r < 0) {
		instance_kill(inst, "sent a malformed message");
		return false;
	}
	return inst->state != INSTANCE_DEAD;
}

void instance_link_ready(struct source *src)
{
	instance_link_read(source_owner(src, struct instance, socket));
}
