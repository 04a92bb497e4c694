// SPDX-License-Identifier: BSD-2-Clause
/* main.c - the echo TA; echo.h says what each command does */
#include <string.h>
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

#include "echo.h"

static uint32_t sessions, calls;

TEE_Result TA_CreateEntryPoint(void)
{
	DMSG("created");
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS], void **sess)
{
	/* A first value of 0xBAD asks for a refusal. */
	if (TEE_PARAM_TYPE_GET(types, 0) == TEE_PARAM_TYPE_VALUE_INPUT && params[0].value.a == 0xBAD)
		return TEE_ERROR_ACCESS_DENIED;
	sessions++;
	*sess = &sessions;
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *sess)
{
	sessions--;
}

static TEE_Result copy(TEE_Param p[TEE_NUM_PARAMS])
{
	if (p[1].memref.size < p[0].memref.size) {
		p[1].memref.size = p[0].memref.size;
		return TEE_ERROR_SHORT_BUFFER;
	}
	TEE_MemMove(p[1].memref.buffer, p[0].memref.buffer, p[0].memref.size);
	p[1].memref.size = p[0].memref.size;
	return TEE_SUCCESS;
}

TEE_Result TA_InvokeCommandEntryPoint(void *sess, uint32_t cmd, uint32_t types,
				      TEE_Param p[TEE_NUM_PARAMS])
{
	calls++;
	switch (cmd) {
	case ECHO_COPY:
		return copy(p);
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
}
