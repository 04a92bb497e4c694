// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/tee/pta.c - calls of TAs to platform services
 *
 * A reference is one of three: bytes inside the frame and bytes in the bounce memory are copied to private memory before
 * the service sees them, and results are copied back; memory of the client is handed on as it is, marked shared, and only
 * when the call under way of this instance has that very range as a parameter, in the same direction.
 */
#include "secure/tee/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "host/cleanup.h"
#include "host/point.h"

#define DIR_IN	1u
#define DIR_OUT 2u

/* One request, resolved. */
struct pta_call {
	struct instance *inst;
	struct cw_ta_pta head;
	uint8_t bytes[CW_TA_INLINE_MAX]; /* inline parameters; the frame's copy */
	uint8_t *copy[TEE_NUM_PARAMS];	 /* of bounce parameters */
	size_t room[TEE_NUM_PARAMS];	 /* what the service may write */
	union cw_pta_param params[TEE_NUM_PARAMS];
};

static uint32_t param_type(const struct pta_call *c, unsigned i)
{
	return TEE_PARAM_TYPE_GET(c->head.types, i);
}

/* Direction bits of a memory reference type. */
static uint32_t direction(uint32_t type)
{
	return type - TEE_PARAM_TYPE_MEMREF_INPUT + 1;
}

const struct cw_pta *pta_find(struct cw_tee *tee, const TEE_UUID *uuid)
{
	for (unsigned i = 0; i < tee->n_ptas; i++)
		if (uuid_equal(&tee->config.ptas[i]->uuid, uuid))
			return tee->config.ptas[i];
	return NULL;
}

static struct pta_session *session_find(struct instance *inst, uint32_t id)
{
	struct pta_session *s;

	LIST_FOREACH(s, &inst->pta_sessions, link)
	if (s->id == id)
		return s;
	return NULL;
}

static TEE_Result resolve_shm(struct pta_call *c, unsigned i)
{
	const struct cw_ta_param *p = &c->head.params[i];
	const struct call *call = c->inst->current;
	uint32_t need = direction(param_type(c, i));

	for (unsigned k = 0; call && k < CW_TEE_PARAMS; k++) {
		struct shm *s = call->shm[k];
		uint32_t have;
		uint8_t *map;

		if (!s || s->number != p->mem || p->a < call->params[k].a ||
		    !cw_range_inside(p->a - call->params[k].a, p->b, call->params[k].b))
			continue;
		have = direction(TEE_PARAM_TYPE_GET(call->types, k));
		if (need & ~have)
			continue;
		map = shm_map(s);
		if (!map)
			return TEE_ERROR_OUT_OF_MEMORY;
		c->params[i].mem.buf = map + p->a;
		c->params[i].mem.size = p->b;
		c->params[i].mem.shared = true;
		return TEE_SUCCESS;
	}
	return TEE_ERROR_ACCESS_DENIED;
}

static TEE_Result resolve_bounce(struct pta_call *c, unsigned i)
{
	const struct cw_ta_param *p = &c->head.params[i];

	if (!cw_range_inside(p->a, p->b, CW_TA_BOUNCE_SIZE))
		return TEE_ERROR_BAD_PARAMETERS;
	c->copy[i] = malloc(p->b + 1);
	if (!c->copy[i])
		return TEE_ERROR_OUT_OF_MEMORY;
	memcpy(c->copy[i], c->inst->bounce + p->a, p->b);
	c->params[i].mem.buf = c->copy[i];
	c->params[i].mem.size = p->b;
	return TEE_SUCCESS;
}

static TEE_Result resolve_memref(struct pta_call *c, unsigned i)
{
	const struct cw_ta_param *p = &c->head.params[i];

	c->room[i] = p->b;
	switch (p->where) {
	case CW_TA_NULL:
		c->room[i] = 0;
		return p->b ? TEE_ERROR_BAD_PARAMETERS : TEE_SUCCESS;
	case CW_TA_INLINE:
		if (!cw_range_inside(p->a, p->b, c->head.inline_len))
			return TEE_ERROR_BAD_PARAMETERS;
		c->params[i].mem.buf = c->bytes + p->a;
		c->params[i].mem.size = p->b;
		return TEE_SUCCESS;
	case CW_TA_BOUNCE:
		return resolve_bounce(c, i);
	case CW_TA_SHM:
		return resolve_shm(c, i);
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}
}

static TEE_Result resolve(struct pta_call *c)
{
	TEE_Result res = TEE_SUCCESS;

	if (c->head.types >> 16)
		return TEE_ERROR_BAD_PARAMETERS;
	for (unsigned i = 0; i < TEE_NUM_PARAMS && !res; i++) {
		uint32_t type = param_type(c, i);

		if (type > TEE_PARAM_TYPE_MEMREF_INOUT || type == 4)
			return TEE_ERROR_BAD_PARAMETERS;
		if (type >= TEE_PARAM_TYPE_MEMREF_INPUT) {
			res = resolve_memref(c, i);
		} else {
			c->params[i].val.a = (uint32_t)c->head.params[i].a;
			c->params[i].val.b = (uint32_t)c->head.params[i].b;
		}
	}
	return res;
}

static void give_back(struct pta_call *c)
{
	for (unsigned i = 0; i < TEE_NUM_PARAMS; i++) {
		struct cw_ta_param *p = &c->head.params[i];
		uint32_t type = param_type(c, i);

		if (type == TEE_PARAM_TYPE_VALUE_OUTPUT || type == TEE_PARAM_TYPE_VALUE_INOUT) {
			p->a = c->params[i].val.a;
			p->b = c->params[i].val.b;
		} else if (type > TEE_PARAM_TYPE_MEMREF_INPUT) {
			size_t size = c->params[i].mem.size;

			if (c->copy[i] && size <= c->room[i])
				memcpy(c->inst->bounce + p->a, c->copy[i], size);
			p->b = size;
		}
	}
}

static TEE_Result do_open(struct pta_call *c)
{
	struct instance *inst = c->inst;
	const struct cw_pta *pta = pta_find(inst->tee, &c->head.uuid);
	struct pta_session *s;
	TEE_Result res;

	if (!pta) {
		char name[37];

		uuid_text(&c->head.uuid, name);
		log_line(CW_TEE_LOG_INFO, "TA %s: asks for %s, which is no platform service",
			 inst->name, name);
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	if (inst->n_pta_sessions >= CW_TEE_TA_PTA_SESSIONS_MAX)
		return TEE_ERROR_OUT_OF_MEMORY;
	s = calloc(1, sizeof(*s));
	if (!s)
		return TEE_ERROR_OUT_OF_MEMORY;
	s->pta = pta;
	res = pta->open(&inst->tee->env, &inst->uuid, c->head.types, c->params, &s->ctx);
	if (res) {
		free(s);
		return res;
	}
	s->id = ++inst->last_pta_session;
	LIST_INSERT_HEAD(&inst->pta_sessions, s, link);
	inst->n_pta_sessions++;
	c->head.session = s->id;
	return TEE_SUCCESS;
}

static void session_close(struct instance *inst, struct pta_session *s)
{
	LIST_REMOVE(s, link);
	inst->n_pta_sessions--;
	s->pta->close(&inst->tee->env, s->ctx);
	free(s);
}

void pta_sessions_close(struct instance *inst)
{
	struct pta_session *s;

	while ((s = LIST_FIRST(&inst->pta_sessions))) {
		inst->tee->bus_touched = true;
		session_close(inst, s);
	}
}

static TEE_Result perform(struct pta_call *c)
{
	struct pta_session *s = session_find(c->inst, c->head.session);

	c->head.origin = TEE_ORIGIN_TRUSTED_APP;
	switch (c->head.kind) {
	case CW_TA_OPEN_SESSION:
		return do_open(c);
	case CW_TA_INVOKE_COMMAND:
		return s ? s->pta->invoke(&c->inst->tee->env, s->ctx, c->head.command,
					  c->head.types, c->params)
			 : TEE_ERROR_BAD_PARAMETERS;
	default:
		if (s)
			session_close(c->inst, s);
		return s ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
	}
}

static int take_request(struct pta_call *c, const struct cw_msg *m)
{
	size_t len = cw_msg_payload_len(m);

	if (len < sizeof(c->head))
		return -EBADMSG;
	memcpy(&c->head, m->payload, sizeof(c->head));
	len -= sizeof(c->head);
	if (len > CW_TA_INLINE_MAX || c->head.inline_len != len ||
	    c->head.kind < CW_TA_OPEN_SESSION || c->head.kind > CW_TA_CLOSE_SESSION)
		return -EBADMSG;
	memcpy(c->bytes, m->payload + sizeof(c->head), len);
	return 0;
}

static int answer(struct pta_call *c, const struct cw_msg *m)
{
	uint8_t out[sizeof(c->head) + CW_TA_INLINE_MAX];

	memcpy(out, &c->head, sizeof(c->head));
	memcpy(out + sizeof(c->head), c->bytes, c->head.inline_len);
	return cw_msg_try_send(c->inst->socket.fd, m->hdr.op, m->hdr.id, 0, out,
			       sizeof(c->head) + c->head.inline_len, NULL, 0);
}

int pta_request(struct instance *inst, const struct cw_msg *m)
{
	struct pta_call c = {.inst = inst};
	int64_t before = now_ms();
	TEE_Result res;
	int r;

	/* An idle TA has nothing to ask. */
	if (inst->state == INSTANCE_READY && !inst->current)
		return -EBADMSG;
	r = take_request(&c, m);
	if (r < 0)
		return r;
	res = resolve(&c);
	if (res) {
		c.head.origin = TEE_ORIGIN_TEE;
	} else {
		inst->tee->bus_touched = true;
		CW_POINT(tee_pta_asked, c.head.kind, c.head.command);
		res = perform(&c);
		CW_POINT(tee_pta_done, c.head.kind, res);
		give_back(&c);
	}
	c.head.result = res;
	for (unsigned i = 0; i < TEE_NUM_PARAMS; i++)
		free(c.copy[i]);
	/* Time the service took is not the TA's. */
	instance_extend(inst, now_ms() - before);
	return answer(&c, m);
}
