// SPDX-License-Identifier: BSD-2-Clause
/* secure/api/calls.c - calls and events of the TEE, as this instance serves them */
#include "secure/api/internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/memfd.h"
#include "host/point.h"

static struct ta_mem *mem_find(uint32_t number)
{
	for (unsigned i = 0; i < TA_MEMS_MAX; i++)
		if (ta_rt.mems[i].number == number)
			return &ta_rt.mems[i];
	return NULL;
}

/* A client may use memory again and again, and it comes but once: what could not be mapped is tried again each time. */
static void mem_map(struct ta_mem *m)
{
	void *p = mmap(NULL, m->size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);

	if (p == MAP_FAILED)
		return;
	m->ptr = p;
	cw_close_fd(&m->fd);
}

/* Take memory that comes with a call. When there is no room for it the call is refused, but memory that cannot even be
 * remembered ends the instance. */
static struct ta_mem *mem_add(uint32_t number, uint64_t size, int fd)
{
	struct ta_mem *m = mem_find(0);

	if (!m || fd < 0)
		ta_leave(1);
	*m = (struct ta_mem){.number = number, .fd = fd, .size = size};
	return m;
}

/* The TEE forgets nothing that a call under way uses. */
static bool in_use(uint32_t number)
{
	for (unsigned i = 0; ta_rt.call_id && i < TEE_NUM_PARAMS; i++)
		if (TEE_PARAM_TYPE_GET(ta_rt.call_types, i) >= TEE_PARAM_TYPE_MEMREF_INPUT &&
		    ta_rt.call_where[i].where == CW_TA_SHM && ta_rt.call_where[i].mem == number)
			return true;
	return false;
}

static void mem_forget(uint32_t number)
{
	struct ta_mem *m = number ? mem_find(number) : NULL;

	if (!m)
		return;
	if (in_use(number))
		ta_leave(1);
	if (m->ptr)
		munmap(m->ptr, m->size);
	else
		cw_close_fd(&m->fd);
	m->number = 0;
}

void ta_take_event(const struct cw_msg *m)
{
	uint32_t number;
	uint64_t id;

	if (m->hdr.op == CW_TA_CANCEL && cw_msg_payload_len(m) == sizeof(id)) {
		memcpy(&id, m->payload, sizeof(id));
		ta_rt.cancelled |= id == ta_rt.call_id;
	} else if (m->hdr.op == CW_TA_FORGET && cw_msg_payload_len(m) == sizeof(number)) {
		memcpy(&number, m->payload, sizeof(number));
		mem_forget(number);
	} else {
		ta_leave(1);
	}
}

bool ta_poll_events(int ms)
{
	struct pollfd p = {.fd = ta_rt.link, .events = POLLIN};
	struct cw_msg m;
	int r;

	if (ms && poll(&p, 1, ms) <= 0)
		return false;
	r = cw_msg_recv(ta_rt.link, &m, MSG_DONTWAIT);
	if (r == -EAGAIN)
		return false;
	if (r != 1)
		ta_leave(1);
	ta_take_event(&m);
	cw_msg_close_fds(&m);
	return true;
}

/* Types of references are numbered so that what they allow is in two bits. */
_Static_assert((TEE_PARAM_TYPE_MEMREF_INPUT & 3) == TA_READS &&
		       (TEE_PARAM_TYPE_MEMREF_OUTPUT & 3) == TA_WRITES &&
		       (TEE_PARAM_TYPE_MEMREF_INOUT & 3) == (TA_READS | TA_WRITES),
	       "see enum ta_use");

int ta_find_shared(const void *buf, size_t size, unsigned use)
{
	for (unsigned i = 0; i < TEE_NUM_PARAMS; i++) {
		const TEE_Param *p = &ta_rt.call_params[i];
		uintptr_t at = (uintptr_t)buf, start = (uintptr_t)p->memref.buffer;
		uint32_t type = TEE_PARAM_TYPE_GET(ta_rt.call_types, i);

		if (type < TEE_PARAM_TYPE_MEMREF_INPUT || (type & use) != use ||
		    ta_rt.call_where[i].where != CW_TA_SHM || at < start)
			continue;
		if (cw_range_inside(at - start, size, p->memref.size))
			return (int)i;
	}
	return -1;
}

static TEE_Result take_memref(const struct cw_ta_param *w, struct cw_msg *m, unsigned *next_fd,
			      TEE_Param *ret)
{
	struct ta_mem *mem;

	ret->memref.size = w->b;
	ret->memref.buffer = NULL;
	if (w->where == CW_TA_NULL)
		return TEE_SUCCESS;
	if (w->where != CW_TA_SHM || !w->mem)
		ta_leave(1);
	mem = mem_find(w->mem);
	if (w->fresh && !mem)
		mem = mem_add(w->mem, w->fresh, cw_msg_take_fd(m, (*next_fd)++));
	if (!mem || !cw_range_inside(w->a, w->b, mem->size))
		ta_leave(1);
	if (!mem->ptr)
		mem_map(mem);
	if (!mem->ptr)
		return TEE_ERROR_OUT_OF_MEMORY;
	ret->memref.buffer = mem->ptr + w->a;
	return TEE_SUCCESS;
}

static TEE_Result take_params(const struct cw_ta_call *call, struct cw_msg *m,
			      TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Result res = TEE_SUCCESS;
	unsigned next_fd = 0;

	memset(params, 0, TEE_NUM_PARAMS * sizeof(params[0]));
	/* All of them, also after one that failed: the TEE counts what it sent as mapped. */
	for (unsigned i = 0; i < TEE_NUM_PARAMS; i++) {
		const struct cw_ta_param *w = &call->params[i];
		uint32_t type = TEE_PARAM_TYPE_GET(call->types, i);
		TEE_Result r = TEE_SUCCESS;

		if (type >= TEE_PARAM_TYPE_MEMREF_INPUT) {
			r = take_memref(w, m, &next_fd, &params[i]);
		} else if (type != TEE_PARAM_TYPE_NONE) {
			params[i].value.a = (uint32_t)w->a;
			params[i].value.b = (uint32_t)w->b;
		}
		res = res ? res : r;
	}
	return res;
}

static void put_params(uint32_t types, const TEE_Param params[TEE_NUM_PARAMS],
		       struct cw_ta_param ret[TEE_NUM_PARAMS])
{
	for (unsigned i = 0; i < TEE_NUM_PARAMS; i++) {
		uint32_t type = TEE_PARAM_TYPE_GET(types, i);

		if (type >= TEE_PARAM_TYPE_MEMREF_INPUT) {
			ret[i].b = params[i].memref.size;
		} else if (type != TEE_PARAM_TYPE_NONE) {
			ret[i].a = params[i].value.a;
			ret[i].b = params[i].value.b;
		}
	}
}

static struct ta_session **session_find(uint32_t id)
{
	struct ta_session **s = &ta_rt.sessions;

	while (*s && (*s)->id != id)
		s = &(*s)->next;
	return s;
}

static TEE_Result open_session(const struct cw_ta_call *call, TEE_Param params[TEE_NUM_PARAMS])
{
	struct ta_session *s = calloc(1, sizeof(*s));
	TEE_Result res;

	if (!s)
		return TEE_ERROR_OUT_OF_MEMORY;
	s->id = call->session;
	s->client = call->client;
	ta_rt.client = &s->client;
	res = ta_rt.open_session(call->types, params, &s->ctx);
	ta_rt.client = NULL;
	if (res) {
		free(s);
		return res;
	}
	s->next = ta_rt.sessions;
	ta_rt.sessions = s;
	return TEE_SUCCESS;
}

static TEE_Result close_session(uint32_t id)
{
	struct ta_session **at = session_find(id), *s = *at;

	if (!s)
		ta_leave(1);
	ta_rt.client = &s->client;
	ta_rt.close_session(s->ctx);
	ta_rt.client = NULL;
	*at = s->next;
	free(s);
	return TEE_SUCCESS;
}

static TEE_Result invoke_command(const struct cw_ta_call *call, TEE_Param params[TEE_NUM_PARAMS])
{
	struct ta_session *s = *session_find(call->session);
	TEE_Result res;

	if (!s)
		ta_leave(1);
	ta_rt.client = &s->client;
	res = ta_rt.invoke_command(s->ctx, call->command, call->types, params);
	ta_rt.client = NULL;
	return res;
}

static TEE_Result run(const struct cw_ta_call *call, TEE_Param params[TEE_NUM_PARAMS])
{
	switch (call->kind) {
	case CW_TA_OPEN_SESSION:
		return open_session(call, params);
	case CW_TA_INVOKE_COMMAND:
		return invoke_command(call, params);
	case CW_TA_CLOSE_SESSION:
		return close_session(call->session);
	default:
		ta_rt.destroy();
		CW_POINT(ta_destroyed);
		return TEE_SUCCESS;
	}
}

static void serve_call(struct cw_msg *m)
{
	struct cw_ta_answer answer = {0};
	TEE_Param params[TEE_NUM_PARAMS];
	struct cw_ta_call call;

	if (cw_msg_payload_len(m) != sizeof(call))
		ta_leave(1);
	memcpy(&call, m->payload, sizeof(call));
	answer.result = take_params(&call, m, params);
	cw_msg_close_fds(m);

	CW_POINT(ta_called, call.kind);
	ta_rt.call_id = m->hdr.id;
	ta_rt.call_types = call.types;
	memcpy(ta_rt.call_params, params, sizeof(params));
	memcpy(ta_rt.call_where, call.params, sizeof(call.params));
	ta_rt.cancelled = false;
	ta_rt.cancel_masked = true;
	if (!answer.result)
		answer.result = run(&call, params);
	CW_POINT(ta_done, call.kind, answer.result);
	put_params(call.types, params, answer.params);
	ta_rt.call_id = 0;
	ta_rt.call_types = 0;
	if (cw_msg_send(ta_rt.link, CW_TA_CALL, m->hdr.id, 0, &answer, sizeof(answer), NULL, 0) < 0)
		ta_leave(1);
	if (call.kind == CW_TA_DESTROY)
		ta_leave(0);
}

void ta_serve(void)
{
	struct cw_msg m;

	for (;;) {
		int r = cw_msg_recv(ta_rt.link, &m, 0);

		if (r != 1)
			ta_leave(r == 0 ? 2 : 1);
		if (m.hdr.op == CW_TA_CALL)
			serve_call(&m);
		else
			ta_take_event(&m);
		cw_msg_close_fds(&m);
	}
}
