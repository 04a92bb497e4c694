// SPDX-License-Identifier: BSD-2-Clause
/* secure/tee/call.c - one request of a client: its parameters in, its answer out */
#include "secure/tee/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

struct call *call_new(struct client *c, uint64_t request_id, uint32_t kind)
{
	struct call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->kind = kind;
	call->client = c;
	call->request_id = request_id;
	if (c)
		c->n_calls++;
	return call;
}

static bool is_memref(uint64_t attr)
{
	return attr >= TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT &&
	       attr <= TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT;
}

static int take_param(struct call *call, unsigned i)
{
	const struct tee_ioctl_param *p = &call->params[i];
	struct shm *s;

	if (p->attr > TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT || p->attr == 4)
		return -EBADMSG;
	call->types |= (uint32_t)p->attr << (4 * i);
	if (!is_memref(p->attr))
		return 0;
	/* A null reference with a size is a trap for TAs that look at the size alone. */
	if (p->c == TEE_MEMREF_NULL)
		return p->b ? 1 : 0;
	s = shm_find(call->client, p->c);
	if (!s || !cw_range_inside(p->a, p->b, s->size))
		return 1;
	call->shm[i] = shm_ref(s);
	return 0;
}

int call_take_params(struct call *call, const struct tee_ioctl_param *params)
{
	int r = 0;

	memcpy(call->params, params, sizeof(call->params));
	for (unsigned i = 0; i < CW_TEE_PARAMS && r == 0; i++)
		r = take_param(call, i);
	return r;
}

static void take_answer(struct tee_ioctl_param *p, const struct cw_ta_param *a)
{
	switch (p->attr) {
	case TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT:
	case TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT:
		p->a = (uint32_t)a->a;
		p->b = (uint32_t)a->b;
		break;
	case TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT:
	case TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT:
		p->b = a->b;
		break;
	default:
		break;
	}
}

static void reply_open(struct call *call, uint32_t result, uint32_t origin)
{
	struct {
		struct tee_ioctl_open_session_arg arg;
		struct tee_ioctl_param params[CW_TEE_PARAMS];
	} m = {.arg = {.cancel_id = call->cancel_id,
		       .session = result ? 0 : call->session->id,
		       .ret = result,
		       .ret_origin = origin,
		       .num_params = CW_TEE_PARAMS}};

	uuid_to_bytes(&call->uuid, m.arg.uuid);
	memcpy(m.params, call->params, sizeof(m.params));
	client_reply(call->client, TEE_IOC_OPEN_SESSION, call->request_id, 0, &m, sizeof(m), -1);
}

static void reply_invoke(struct call *call, uint32_t result, uint32_t origin)
{
	struct {
		struct tee_ioctl_invoke_arg arg;
		struct tee_ioctl_param params[CW_TEE_PARAMS];
	} m = {.arg = {.func = call->func,
		       .session = call->session->id,
		       .cancel_id = call->cancel_id,
		       .ret = result,
		       .ret_origin = origin,
		       .num_params = CW_TEE_PARAMS}};

	memcpy(m.params, call->params, sizeof(m.params));
	client_reply(call->client, TEE_IOC_INVOKE, call->request_id, 0, &m, sizeof(m), -1);
}

void call_free(struct call *call)
{
	for (unsigned i = 0; i < CW_TEE_PARAMS; i++)
		if (call->shm[i])
			shm_unref(call->shm[i]);
	if (call->client)
		call->client->n_calls--;
	free(call);
}

void call_finish(struct call *call, uint32_t result, uint32_t origin,
		 const struct cw_ta_param *answer)
{
	for (unsigned i = 0; answer && i < CW_TEE_PARAMS; i++)
		take_answer(&call->params[i], &answer[i]);
	switch (call->kind) {
	case CW_TA_OPEN_SESSION:
		reply_open(call, result, origin);
		break;
	case CW_TA_INVOKE_COMMAND:
		reply_invoke(call, result, origin);
		break;
	default:
		client_reply(call->client, TEE_IOC_CLOSE_SESSION, call->request_id, 0, NULL, 0, -1);
	}
	call_free(call);
}
