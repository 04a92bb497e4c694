// SPDX-License-Identifier: BSD-2-Clause
/* teec/session.c - sessions and commands */
#include "teec/internal.h"

#include <errno.h>
#include <string.h>

/* The ioctl structs with their parameters. */
struct open_msg {
	struct tee_ioctl_open_session_arg arg;
	struct tee_ioctl_param params[CW_TEE_PARAMS];
};

struct invoke_msg {
	struct tee_ioctl_invoke_arg arg;
	struct tee_ioctl_param params[CW_TEE_PARAMS];
};

/* TEEC_RequestCancellation() finds its call through the operation: two words that change together. */
static pthread_mutex_t operation_lock = PTHREAD_MUTEX_INITIALIZER;

static uint32_t operation_enter(struct teec_ctx *c, TEEC_Operation *op, TEEC_Session *session)
{
	uint32_t id = teec_ctx_cancel_id(c);

	if (!op)
		return id;
	pthread_mutex_lock(&operation_lock);
	op->imp.session = session;
	op->started = id;
	pthread_mutex_unlock(&operation_lock);
	return id;
}

static void operation_leave(TEEC_Operation *op)
{
	if (!op)
		return;
	pthread_mutex_lock(&operation_lock);
	op->imp.session = NULL;
	pthread_mutex_unlock(&operation_lock);
}

static void uuid_to_bytes(uint8_t to[TEE_IOCTL_UUID_LEN], const TEEC_UUID *u)
{
	to[0] = (uint8_t)(u->timeLow >> 24);
	to[1] = (uint8_t)(u->timeLow >> 16);
	to[2] = (uint8_t)(u->timeLow >> 8);
	to[3] = (uint8_t)u->timeLow;
	to[4] = (uint8_t)(u->timeMid >> 8);
	to[5] = (uint8_t)u->timeMid;
	to[6] = (uint8_t)(u->timeHiAndVersion >> 8);
	to[7] = (uint8_t)u->timeHiAndVersion;
	memcpy(to + 8, u->clockSeqAndNode, sizeof(u->clockSeqAndNode));
}

/* A group login carries the group in the first bytes of the client UUID; the TEE makes the UUID of it. Whether anybody
 * vouches for the program of an application login is the TEE's affair, not ours. */
static TEEC_Result put_login(struct tee_ioctl_open_session_arg *arg, uint32_t method,
			     const void *data)
{
	uint32_t gid;

	arg->clnt_login = method;
	switch (method) {
	case TEEC_LOGIN_PUBLIC:
	case TEEC_LOGIN_USER:
	case TEEC_LOGIN_APPLICATION:
	case TEEC_LOGIN_USER_APPLICATION:
		return data ? TEEC_ERROR_BAD_PARAMETERS : TEEC_SUCCESS;
	case TEEC_LOGIN_GROUP:
	case TEEC_LOGIN_GROUP_APPLICATION:
		if (!data)
			return TEEC_ERROR_BAD_PARAMETERS;
		memcpy(&gid, data, sizeof(gid));
		memcpy(arg->clnt_uuid, &gid, sizeof(gid));
		return TEEC_SUCCESS;
	default:
		return TEEC_ERROR_NOT_SUPPORTED;
	}
}

static TEEC_Result finish(int r, uint32_t ret, uint32_t ret_origin, uint32_t *returnOrigin)
{
	if (returnOrigin)
		*returnOrigin = r < 0 ? TEEC_ORIGIN_COMMS : ret_origin;
	return r < 0 ? teec_result_of_errno(r) : ret;
}

static TEEC_Result api_error(TEEC_Result res, uint32_t *returnOrigin)
{
	if (returnOrigin)
		*returnOrigin = TEEC_ORIGIN_API;
	return res;
}

TEEC_EXPORT TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
					 const TEEC_UUID *destination, uint32_t connectionMethod,
					 const void *connectionData, TEEC_Operation *operation,
					 uint32_t *returnOrigin)
{
	struct teec_ctx *c = context ? teec_ctx_find(context->imp.fd) : NULL;
	struct teec_call call = {.ctx = c, .op = operation};
	struct open_msg m = {.arg.num_params = CW_TEE_PARAMS};
	TEEC_Result res;
	int r;

	if (!c || !session || !destination)
		return api_error(TEEC_ERROR_BAD_PARAMETERS, returnOrigin);
	uuid_to_bytes(m.arg.uuid, destination);
	res = put_login(&m.arg, connectionMethod, connectionData);
	if (!res)
		res = teec_call_begin(&call, m.params);
	if (res)
		return api_error(res, returnOrigin);

	session->imp.ctx = context;
	session->imp.session_id = 0; /* no session has it: a cancellation goes by its own id */
	m.arg.cancel_id = operation_enter(c, operation, session);
	r = c->t->ops->request(c->t, TEE_IOC_OPEN_SESSION, &m, sizeof(m), NULL);
	operation_leave(operation);
	teec_call_end(&call, m.params, r == 0, m.arg.ret);
	res = finish(r, m.arg.ret, m.arg.ret_origin, returnOrigin);
	if (res)
		session->imp.ctx = NULL;
	else
		session->imp.session_id = m.arg.session;
	return res;
}

static struct teec_ctx *session_ctx(const TEEC_Session *session)
{
	return session && session->imp.ctx ? teec_ctx_find(session->imp.ctx->imp.fd) : NULL;
}

TEEC_EXPORT TEEC_Result TEEC_InvokeCommand(TEEC_Session *session, uint32_t commandID,
					   TEEC_Operation *operation, uint32_t *returnOrigin)
{
	struct teec_ctx *c = session_ctx(session);
	struct teec_call call = {.ctx = c, .op = operation};
	struct invoke_msg m = {.arg = {.func = commandID, .num_params = CW_TEE_PARAMS}};
	TEEC_Result res;
	int r;

	if (!c)
		return api_error(TEEC_ERROR_BAD_PARAMETERS, returnOrigin);
	res = teec_call_begin(&call, m.params);
	if (res)
		return api_error(res, returnOrigin);
	m.arg.session = session->imp.session_id;
	m.arg.cancel_id = operation_enter(c, operation, session);
	r = c->t->ops->request(c->t, TEE_IOC_INVOKE, &m, sizeof(m), NULL);
	operation_leave(operation);
	teec_call_end(&call, m.params, r == 0, m.arg.ret);
	return finish(r, m.arg.ret, m.arg.ret_origin, returnOrigin);
}

TEEC_EXPORT void TEEC_CloseSession(TEEC_Session *session)
{
	struct teec_ctx *c = session_ctx(session);
	struct tee_ioctl_close_session_arg arg;

	if (!c)
		return;
	arg.session = session->imp.session_id;
	c->t->ops->request(c->t, TEE_IOC_CLOSE_SESSION, &arg, sizeof(arg), NULL);
	session->imp.ctx = NULL;
}

TEEC_EXPORT void TEEC_RequestCancellation(TEEC_Operation *operation)
{
	struct tee_ioctl_cancel_arg arg = {0};
	struct teec_ctx *c = NULL;

	if (!operation)
		return;
	/* While the lock is held the call cannot return, so its session and context are there. */
	pthread_mutex_lock(&operation_lock);
	if (operation->imp.session) {
		c = session_ctx(operation->imp.session);
		arg.session = operation->imp.session->imp.session_id;
		arg.cancel_id = operation->started;
	}
	pthread_mutex_unlock(&operation_lock);
	if (c)
		c->t->ops->request(c->t, TEE_IOC_CANCEL, &arg, sizeof(arg), NULL);
}
