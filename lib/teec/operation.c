// SPDX-License-Identifier: BSD-2-Clause
/*
 * teec/operation.c - parameters on their way to the TEE and back
 *
 * All temporary references of one call share one piece of memory, each at its own offset.
 */
#include "teec/internal.h"

#include <string.h>

#include "base/span.h"

#define TMP_ALIGN 16

static uint32_t param_type(const TEEC_Operation *op, unsigned i)
{
	return TEEC_PARAM_TYPE_GET(op->paramTypes, i);
}

static bool is_tmp(uint32_t type)
{
	return type >= TEEC_MEMREF_TEMP_INPUT && type <= TEEC_MEMREF_TEMP_INOUT;
}

/* The attribute of <linux/tee.h>: direction bits in and out above the plain memory type. */
static uint64_t registered_attr(const TEEC_SharedMemory *parent, uint32_t type)
{
	uint32_t direction = type == TEEC_MEMREF_WHOLE
				     ? parent->flags & (TEEC_MEM_INPUT | TEEC_MEM_OUTPUT)
				     : type - TEEC_MEMREF_WHOLE;

	return TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT - 1 + direction;
}

static bool attr_in(uint64_t attr)
{
	return attr == TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT ||
	       attr == TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT;
}

static bool attr_out(uint64_t attr)
{
	return attr == TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT ||
	       attr == TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT;
}

static bool is_shadowed(const TEEC_SharedMemory *shm)
{
	return shm->imp.shadow_buffer && shm->buffer != shm->imp.shadow_buffer;
}

/* Room for every temporary reference; what is wrong with one is found here, before anything is held. */
static TEEC_Result take_tmp(struct teec_call *call)
{
	size_t total = 0;
	bool any = false;

	for (unsigned i = 0; i < TEEC_CONFIG_PAYLOAD_REF_COUNT; i++) {
		const TEEC_TempMemoryReference *t = &call->op->params[i].tmpref;

		if (!is_tmp(param_type(call->op, i)))
			continue;
		if (!t->buffer && t->size)
			return TEEC_ERROR_BAD_PARAMETERS;
		/* A TEE without null references gets one of no bytes. */
		if (!t->buffer && call->ctx->t->memref_null)
			continue;
		any = true;
		call->tmp_at[i] = total;
		if (__builtin_add_overflow(total, t->size, &total) ||
		    __builtin_add_overflow(total, TMP_ALIGN - 1, &total))
			return TEEC_ERROR_OUT_OF_MEMORY;
		total &= ~(size_t)(TMP_ALIGN - 1);
	}
	return any ? teec_tmp_take(call->ctx, total, &call->tmp) : TEEC_SUCCESS;
}

static void put_tmp(struct teec_call *call, unsigned i, struct tee_ioctl_param *p)
{
	const TEEC_TempMemoryReference *t = &call->op->params[i].tmpref;

	p->b = t->size;
	if (!t->buffer && call->ctx->t->memref_null) {
		p->c = TEE_MEMREF_NULL;
		return;
	}
	p->a = call->tmp_at[i];
	p->c = (uint64_t)call->tmp.id;
	if (attr_in(p->attr) && t->size)
		memcpy(call->tmp.ptr + call->tmp_at[i], t->buffer, t->size);
}

static TEEC_Result put_registered(const struct teec_ctx *ctx, const TEEC_Parameter *param,
				  uint32_t type, struct tee_ioctl_param *p)
{
	const TEEC_SharedMemory *shm = param->memref.parent;
	bool whole = type == TEEC_MEMREF_WHOLE;
	size_t offset = whole ? 0 : param->memref.offset;
	size_t size = whole ? shm->size : param->memref.size;

	if (!cw_range_inside(offset, size, shm->size) || !teec_shm_of(ctx, shm) ||
	    (attr_in(p->attr) && !(shm->flags & TEEC_MEM_INPUT)) ||
	    (attr_out(p->attr) && !(shm->flags & TEEC_MEM_OUTPUT)))
		return TEEC_ERROR_BAD_PARAMETERS;
	p->a = offset;
	p->b = size;
	p->c = (uint64_t)shm->imp.id;
	if (attr_in(p->attr) && size && is_shadowed(shm))
		memcpy((uint8_t *)shm->imp.shadow_buffer + offset,
		       (const uint8_t *)shm->buffer + offset, size);
	return TEEC_SUCCESS;
}

static TEEC_Result put_param(struct teec_call *call, unsigned i, struct tee_ioctl_param *p)
{
	const TEEC_Parameter *param = &call->op->params[i];
	uint32_t type = param_type(call->op, i);

	if (type == TEEC_NONE)
		return TEEC_SUCCESS;
	if (type <= TEEC_VALUE_INOUT) {
		p->attr = type;
		if (type != TEEC_VALUE_OUTPUT) {
			p->a = param->value.a;
			p->b = param->value.b;
		}
		return TEEC_SUCCESS;
	}
	if (is_tmp(type)) {
		p->attr = type;
		put_tmp(call, i, p);
		return TEEC_SUCCESS;
	}
	if (type < TEEC_MEMREF_WHOLE || !param->memref.parent)
		return TEEC_ERROR_BAD_PARAMETERS;
	p->attr = registered_attr(param->memref.parent, type);
	return put_registered(call->ctx, param, type, p);
}

TEEC_Result teec_call_begin(struct teec_call *call, struct tee_ioctl_param *params)
{
	TEEC_Result res;

	memset(params, 0, CW_TEE_PARAMS * sizeof(*params));
	if (!call->op)
		return TEEC_SUCCESS;
	res = take_tmp(call);
	for (unsigned i = 0; i < CW_TEE_PARAMS && !res; i++)
		res = put_param(call, i, &params[i]);
	if (res && call->tmp.ptr)
		teec_tmp_give(call->ctx, &call->tmp);
	return res;
}

/* Copy an answer of @size bytes to its owner, who had room for @room: what a shared page would show. Some TAs tell the size of
 * a datagram and give its beginning; only SHORT_BUFFER says that there is nothing. */
static void copy_back(void *to, const uint8_t *from, uint64_t size, size_t room, TEEC_Result result)
{
	if (size > room)
		size = result == TEEC_ERROR_SHORT_BUFFER ? 0 : room;
	if (size)
		memcpy(to, from, size);
}

static void get_param(struct teec_call *call, unsigned i, const struct tee_ioctl_param *p, TEEC_Result result)
{
	TEEC_Parameter *param = &call->op->params[i];
	uint32_t type = param_type(call->op, i);

	if (type == TEEC_VALUE_OUTPUT || type == TEEC_VALUE_INOUT) {
		param->value.a = (uint32_t)p->a;
		param->value.b = (uint32_t)p->b;
	} else if (is_tmp(type) && attr_out(p->attr)) {
		if (param->tmpref.buffer)
			copy_back(param->tmpref.buffer, call->tmp.ptr + call->tmp_at[i], p->b,
				  param->tmpref.size, result);
		param->tmpref.size = p->b;
	} else if (type >= TEEC_MEMREF_WHOLE && attr_out(p->attr)) {
		TEEC_SharedMemory *shm = param->memref.parent;
		bool whole = type == TEEC_MEMREF_WHOLE;
		size_t offset = whole ? 0 : param->memref.offset;

		if (is_shadowed(shm))
			copy_back((uint8_t *)shm->buffer + offset,
				  (uint8_t *)shm->imp.shadow_buffer + offset, p->b,
				  whole ? shm->size : param->memref.size, result);
		param->memref.size = p->b;
	}
}

void teec_call_end(struct teec_call *call, const struct tee_ioctl_param *params, bool answered,
		   TEEC_Result result)
{
	if (!call->op)
		return;
	for (unsigned i = 0; answered && i < CW_TEE_PARAMS; i++)
		get_param(call, i, &params[i], result);
	if (call->tmp.ptr)
		teec_tmp_give(call->ctx, &call->tmp);
}
