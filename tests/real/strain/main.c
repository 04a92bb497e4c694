// SPDX-License-Identifier: BSD-2-Clause
/* main.c - strain.h says what each command does */
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

#include "strain.h"

#define BLOCK	   1024
#define BLOCKS_MAX 1024 /* more than its heap has, by far */

static void *blocks[BLOCKS_MAX];
static uint32_t n_blocks;

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS], void **session)
{
	(void)types;
	(void)params;
	*session = NULL;
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *session)
{
	(void)session;
}

static TEE_Result fill(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0, 0))
		return TEE_ERROR_BAD_PARAMETERS;
	while (n_blocks < BLOCKS_MAX && (blocks[n_blocks] = TEE_Malloc(BLOCK, TEE_MALLOC_FILL_ZERO)))
		n_blocks++;
	params[0].value.a = n_blocks * BLOCK / 1024;
	params[0].value.b = 0;
	return TEE_SUCCESS;
}

static TEE_Result hash(void)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	TEE_Result res = TEE_AllocateOperation(&op, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);
	void *more = res == TEE_SUCCESS ? TEE_Malloc(2 * BLOCK, TEE_MALLOC_FILL_ZERO) : NULL;

	if (res == TEE_SUCCESS && !more)
		res = TEE_ERROR_OUT_OF_MEMORY;
	TEE_Free(more);
	TEE_FreeOperation(op);
	return res;
}

TEE_Result TA_InvokeCommandEntryPoint(void *session, uint32_t command, uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	(void)session;
	switch (command) {
	case STRAIN_NOTHING:
		return TEE_SUCCESS;
	case STRAIN_PANIC:
		TEE_Panic(42);
	case STRAIN_CRASH:
		return *(volatile uint32_t *)(uintptr_t)(types & 0); /* where nothing is mapped */
	case STRAIN_FILL:
		return fill(types, params);
	case STRAIN_HASH:
		return hash();
	case STRAIN_EMPTY:
		while (n_blocks)
			TEE_Free(blocks[--n_blocks]);
		return TEE_SUCCESS;
	}
	return TEE_ERROR_NOT_SUPPORTED;
}
