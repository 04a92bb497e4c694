// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/api/pta_client.c - calls from the TA to platform services
 *
 * How a memory reference travels: a range of a parameter of the call under way, as that; small private memory inside
 * the frame; the rest through the bounce memory. Larger private memory than that is refused.
 */
#include "secure/api/internal.h"

#include <stdlib.h>
#include <string.h>

#include "host/point.h"
struct __TEE_TASessionHandle {
	uint32_t id;
};

/* A request being built. */
struct request {
	struct cw_ta_pta head;
	uint8_t bytes[CW_TA_INLINE_MAX];
	size_t bounce_used;
};

static bool type_in(uint32_t type)
{
	return type == TEE_PARAM_TYPE_MEMREF_INPUT || type == TEE_PARAM_TYPE_MEMREF_INOUT;
}

static bool type_out(uint32_t type)
{
	return type == TEE_PARAM_TYPE_MEMREF_OUTPUT || type == TEE_PARAM_TYPE_MEMREF_INOUT;
}

static bool put_shared(struct cw_ta_param *p, const TEE_Param *param, uint32_t type)
{
	int i = ta_find_shared(param->memref.buffer, param->memref.size,
			       (type_in(type) ? TA_READS : 0u) | (type_out(type) ? TA_WRITES : 0u));
	const uint8_t *start;

	if (i < 0)
		return false;
	start = ta_rt.call_params[i].memref.buffer;
	p->where = CW_TA_SHM;
	p->mem = ta_rt.call_where[i].mem;
	p->a = ta_rt.call_where[i].a + (uint64_t)((const uint8_t *)param->memref.buffer - start);
	return true;
}

/* Reserve room outside of shared memory and copy what goes in. */
static TEE_Result put_private(struct request *r, struct cw_ta_param *p, const TEE_Param *param,
			      uint32_t type)
{
	size_t size = param->memref.size;
	uint8_t *to;

	if (size <= CW_TA_INLINE_MAX - r->head.inline_len) {
		p->where = CW_TA_INLINE;
		p->a = r->head.inline_len;
		to = r->bytes + p->a;
		r->head.inline_len += (uint32_t)size;
	} else if (size <= CW_TA_BOUNCE_SIZE - r->bounce_used) {
		p->where = CW_TA_BOUNCE;
		p->a = r->bounce_used;
		to = ta_rt.bounce + p->a;
		r->bounce_used += size;
	} else {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	if (type_in(type))
		memcpy(to, param->memref.buffer, size);
	else
		memset(to, 0, size);
	return TEE_SUCCESS;
}

static TEE_Result put_param(struct request *r, unsigned i, const TEE_Param *param)
{
	uint32_t type = TEE_PARAM_TYPE_GET(r->head.types, i);
	struct cw_ta_param *p = &r->head.params[i];

	if (type == TEE_PARAM_TYPE_NONE)
		return TEE_SUCCESS;
	if (type <= TEE_PARAM_TYPE_VALUE_INOUT) {
		p->a = param->value.a;
		p->b = param->value.b;
		return TEE_SUCCESS;
	}
	p->b = param->memref.size;
	if (!param->memref.buffer) {
		if (param->memref.size)
			TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
		p->where = CW_TA_NULL;
		return TEE_SUCCESS;
	}
	if (put_shared(p, param, type))
		return TEE_SUCCESS;
	return put_private(r, p, param, type);
}

static void get_param(const struct request *sent, const struct request *got, unsigned i,
		      TEE_Param *param)
{
	const struct cw_ta_param *to = &sent->head.params[i], *from = &got->head.params[i];
	uint32_t type = TEE_PARAM_TYPE_GET(sent->head.types, i);

	if (type == TEE_PARAM_TYPE_VALUE_OUTPUT || type == TEE_PARAM_TYPE_VALUE_INOUT) {
		param->value.a = (uint32_t)from->a;
		param->value.b = (uint32_t)from->b;
	} else if (type_out(type)) {
		if (from->b <= to->b && to->where == CW_TA_INLINE)
			memcpy(param->memref.buffer, got->bytes + to->a, from->b);
		else if (from->b <= to->b && to->where == CW_TA_BOUNCE)
			memcpy(param->memref.buffer, ta_rt.bounce + to->a, from->b);
		param->memref.size = from->b;
	}
}

/* Wait for the answer; cancellations and other events may come before it. */
static void receive(struct cw_msg *m, uint64_t id)
{
	for (;;) {
		if (cw_msg_recv(ta_rt.link, m, 0) != 1)
			ta_leave(2);
		if (m->hdr.op == CW_TA_PTA_CALL)
			break;
		ta_take_event(m);
		cw_msg_close_fds(m);
	}
	cw_msg_close_fds(m);
	if (m->hdr.id != id || cw_msg_payload_len(m) < sizeof(struct cw_ta_pta))
		ta_leave(1);
}

static TEE_Result transact(struct request *r, TEE_Param params[TEE_NUM_PARAMS],
			   uint32_t *returnOrigin)
{
	uint8_t out[sizeof(r->head) + CW_TA_INLINE_MAX];
	size_t len = sizeof(r->head) + r->head.inline_len;
	struct request got = {0};
	struct cw_msg m;

	memcpy(out, &r->head, sizeof(r->head));
	memcpy(out + sizeof(r->head), r->bytes, r->head.inline_len);
	if (cw_msg_send(ta_rt.link, CW_TA_PTA_CALL, ++ta_rt.last_request, 0, out, len, NULL, 0) < 0)
		ta_leave(2);
	CW_POINT(ta_pta_asked, r->head.kind, r->head.command);
	receive(&m, ta_rt.last_request);
	if (cw_msg_payload_len(&m) != len)
		ta_leave(1);
	memcpy(&got.head, m.payload, sizeof(got.head));
	CW_POINT(ta_pta_answered, got.head.result);
	memcpy(got.bytes, m.payload + sizeof(got.head), r->head.inline_len);
	for (unsigned i = 0; params && i < TEE_NUM_PARAMS; i++)
		get_param(r, &got, i, &params[i]);
	r->head.session = got.head.session;
	if (returnOrigin)
		*returnOrigin = got.head.origin;
	return got.head.result;
}

static TEE_Result put_params(struct request *r, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Result res = TEE_SUCCESS;

	if (r->head.types && !params)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	for (unsigned i = 0; params && i < TEE_NUM_PARAMS && !res; i++)
		res = put_param(r, i, &params[i]);
	return res;
}

static TEE_Result fail(TEE_Result res, uint32_t *returnOrigin)
{
	if (returnOrigin)
		*returnOrigin = TEE_ORIGIN_API;
	return res;
}

TA_API TEE_Result TEE_OpenTASession(const TEE_UUID *destination,
				    uint32_t cancellationRequestTimeout, uint32_t paramTypes,
				    TEE_Param params[TEE_NUM_PARAMS], TEE_TASessionHandle *session,
				    uint32_t *returnOrigin)
{
	struct request r = {.head = {.kind = CW_TA_OPEN_SESSION, .types = paramTypes}};
	struct __TEE_TASessionHandle *s;
	TEE_Result res;

	if (!destination || !session)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	*session = TEE_HANDLE_NULL;
	r.head.uuid = *destination;
	res = put_params(&r, params);
	if (res)
		return fail(res, returnOrigin);
	s = calloc(1, sizeof(*s));
	if (!s)
		return fail(TEE_ERROR_OUT_OF_MEMORY, returnOrigin);
	res = transact(&r, params, returnOrigin);
	if (res) {
		free(s);
		return res;
	}
	s->id = r.head.session;
	*session = s;
	return TEE_SUCCESS;
}

TA_API TEE_Result TEE_InvokeTACommand(TEE_TASessionHandle session,
				      uint32_t cancellationRequestTimeout, uint32_t commandID,
				      uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS],
				      uint32_t *returnOrigin)
{
	struct request r = {
		.head = {.kind = CW_TA_INVOKE_COMMAND, .command = commandID, .types = paramTypes}};
	TEE_Result res;

	if (!session)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	r.head.session = session->id;
	res = put_params(&r, params);
	return res ? fail(res, returnOrigin) : transact(&r, params, returnOrigin);
}

TA_API void TEE_CloseTASession(TEE_TASessionHandle session)
{
	struct request r = {.head = {.kind = CW_TA_CLOSE_SESSION}};

	if (!session)
		return;
	r.head.session = session->id;
	transact(&r, NULL, NULL);
	free(session);
}
