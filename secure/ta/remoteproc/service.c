// SPDX-License-Identifier: BSD-2-Clause
/*
 * service.c - the remoteproc platform service, one function for each of its commands
 *
 * A stock service has commands 1 to 9 only. Whether this one has ours is asked once, when it is
 * opened, which is with the first session for the processor; it stays open as long as we live.
 *
 * A call takes OP-TEE's core a tenth of a millisecond in QEMU, and four times that when it refers to
 * memory: what is not needed for a verdict is not asked before one.
 */
#include "remoteproc.h"

#include <remoteproc_pta.h>
#include <tee_internal_api_extensions.h>

#define ALGO_RSA 0x70004830u /* TEE_ALG_RSASSA_PKCS1_V1_5_SHA256 */
#define ALGO_ECDSA                                                                                 \
	0x70003042u /* TEE_ALG_ECDSA_P256 of GP 1.1: what the platform service's ABI has */

#define SHARED_SIZE 4096u /* a multiple of 16 */

#define NONE TEE_PARAM_TYPE_NONE
#define VI   TEE_PARAM_TYPE_VALUE_INPUT
#define VO   TEE_PARAM_TYPE_VALUE_OUTPUT
#define MI   TEE_PARAM_TYPE_MEMREF_INPUT
#define MO   TEE_PARAM_TYPE_MEMREF_OUTPUT

/* OP-TEE hands a service no memory that is a trusted application's own: for each call it would map a page, copy what is
 * referred to, and unmap it again. This page stays mapped. Without it, and for what has no room in it, that is done. */
static uint8_t *shared;

static void put_shared(TEE_Param *param, size_t *used, const void *data, size_t len)
{
	param->memref.buffer = (void *)(uintptr_t)data;
	param->memref.size = len;
	if (!shared || !len || len > SHARED_SIZE - *used)
		return;
	param->memref.buffer = shared + *used;
	TEE_MemMove(shared + *used, data, len);
	*used += (len + 15) / 16 * 16;
}

void service_init(void)
{
	shared = tee_map_zi(SHARED_SIZE, TEE_MEMORY_ACCESS_ANY_OWNER);
}

void service_exit(void)
{
	if (shared)
		tee_unmap(shared, SHARED_SIZE);
	shared = NULL;
}

static TEE_Result invoke(struct proc *p, uint32_t cmd, uint32_t types, TEE_Param params[4])
{
	if (p->absent)
		return TEE_ERROR_NOT_SUPPORTED;
	params[0].value.a = p->id;
	return TEE_InvokeTACommand(p->service, TEE_TIMEOUT_INFINITE, cmd, types, params, NULL);
}

/* One of our commands. */
static TEE_Result invoke_ours(struct proc *p, uint32_t cmd, uint32_t types, TEE_Param params[4])
{
	return p->extended ? invoke(p, cmd, types, params) : TEE_ERROR_NOT_SUPPORTED;
}

static uint64_t wide(const TEE_Param *p)
{
	return (uint64_t)p->value.b << 32 | p->value.a;
}

/* An instance of us before this one may have been there. What it loaded nobody knows any more: it can be
 * stopped and released, and loaded anew. Later on nobody but us changes anything. */
static TEE_Result ask_status(struct proc *p)
{
	uint32_t status = 0;
	TEE_Result res;

	p->extended = true;
	res = service_status(p, &status);
	p->extended = res != TEE_ERROR_NOT_IMPLEMENTED && res != TEE_ERROR_NOT_SUPPORTED &&
		      res != TEE_ERROR_BAD_PARAMETERS;
	if (p->extended && res != TEE_SUCCESS)
		return res;
	p->known |= status != 0;
	if (status == 2)
		p->state = PROC_STARTED;
	return TEE_SUCCESS;
}

TEE_Result service_open(struct proc *p)
{
	static const TEE_UUID uuid = PTA_RPROC_UUID;
	TEE_Param params[4] = {0};
	TEE_Result res;

	if (p->open)
		return TEE_SUCCESS;
	params[0].value.a = p->id;
	res = TEE_OpenTASession(&uuid, TEE_TIMEOUT_INFINITE, TEE_PARAM_TYPES(VI, NONE, NONE, NONE),
				params, &p->service, NULL);
	p->absent = res == TEE_ERROR_ITEM_NOT_FOUND;
	p->open = res == TEE_SUCCESS;
	if (!p->open)
		return p->absent ? TEE_SUCCESS : res;
	res = ask_status(p);
	if (res != TEE_SUCCESS)
		service_close(p);
	return res;
}

TEE_Result service_status(struct proc *p, uint32_t *ret_status)
{
	TEE_Param params[4] = {0};
	TEE_Result res = invoke_ours(p, PTA_CW_STATUS, TEE_PARAM_TYPES(VI, VO, NONE, NONE), params);

	if (res == TEE_SUCCESS)
		*ret_status = params[1].value.a;
	return res;
}

void service_close(struct proc *p)
{
	if (p->open)
		TEE_CloseTASession(p->service);
	p->open = false;
}

TEE_Result service_simple(struct proc *p, uint32_t cmd)
{
	TEE_Param params[4] = {0};
	uint32_t types = TEE_PARAM_TYPES(VI, NONE, NONE, NONE);

	return cmd > PTA_RPROC_RELEASE ? invoke_ours(p, cmd, types, params)
				       : invoke(p, cmd, types, params);
}

TEE_Result service_capabilities(struct proc *p, uint32_t *ret_format, uint32_t *ret_protection)
{
	TEE_Param params[4] = {0};
	TEE_Result res =
		invoke(p, PTA_RPROC_HW_CAPABILITIES, TEE_PARAM_TYPES(VI, VO, VO, NONE), params);

	if (res != TEE_SUCCESS)
		return res;
	*ret_format = params[1].value.a;
	*ret_protection = params[2].value.a;
	return TEE_SUCCESS;
}

TEE_Result service_load_segment(struct proc *p, uint32_t da, const void *data, size_t len,
				const uint8_t hash[32])
{
	TEE_Param params[4] = {0};
	size_t used = 0;

	params[1].memref.buffer = (void *)(uintptr_t)data;
	params[1].memref.size = len;
	params[2].value.a = da;
	put_shared(&params[3], &used, hash, 32);
	return invoke(p, PTA_RPROC_LOAD_SEGMENT_SHA256, TEE_PARAM_TYPES(VI, MI, VI, MI), params);
}

TEE_Result service_load_segments(struct proc *p, const void *image, size_t image_size,
				 const void *table, size_t table_size, bool begin, uint32_t *ret_bad)
{
	TEE_Param params[4] = {0};
	size_t used = 0;
	TEE_Result res;

	params[0].value.b = begin;
	params[1].memref.buffer = (void *)(uintptr_t)image;
	params[1].memref.size = image_size;
	put_shared(&params[2], &used, table, table_size);
	res = invoke_ours(p, PTA_CW_LOAD_SEGMENTS, TEE_PARAM_TYPES(VI, MI, MI, VO), params);
	*ret_bad = params[3].value.a;
	return res;
}

TEE_Result service_set_memory(struct proc *p, uint32_t da, uint32_t len, uint8_t byte)
{
	TEE_Param params[4] = {0};

	params[1].value.a = da;
	params[2].value.a = len;
	params[3].value.a = byte;
	return invoke(p, PTA_RPROC_SET_MEMORY, TEE_PARAM_TYPES(VI, VI, VI, VI), params);
}

TEE_Result service_da_to_pa(struct proc *p, uint32_t da, uint32_t len, uint64_t *ret_pa)
{
	TEE_Param params[4] = {0};
	TEE_Result res;

	params[1].value.a = da;
	params[2].value.a = len;
	res = invoke(p, PTA_RPROC_FIRMWARE_DA_TO_PA, TEE_PARAM_TYPES(VI, VI, VI, VO), params);
	if (res == TEE_SUCCESS)
		*ret_pa = wide(&params[3]);
	return res;
}

TEE_Result service_place(struct proc *p, uint32_t da, uint32_t len, uint64_t *ret)
{
	TEE_Param params[4] = {0};
	TEE_Result res;

	params[1].value.a = da;
	params[1].value.b = len;
	res = invoke_ours(p, PTA_CW_PLACE, TEE_PARAM_TYPES(VI, VI, VO, NONE), params);
	if (res == TEE_SUCCESS)
		*ret = wide(&params[2]);
	return res;
}

TEE_Result service_verify(struct proc *p, enum cw_rproc_signtype type, struct cw_span pkeyinfo,
			  const uint8_t digest[32], struct cw_span signature)
{
	TEE_Param params[4] = {0};
	size_t size = sizeof(struct rproc_pta_key_info) + pkeyinfo.len, used = 0;
	struct rproc_pta_key_info *info = TEE_Malloc(size, TEE_MALLOC_FILL_ZERO);
	TEE_Result res;

	if (!info)
		return TEE_ERROR_OUT_OF_MEMORY;
	info->algo = type == CW_SIGN_RSA ? ALGO_RSA : ALGO_ECDSA;
	info->info_size = (uint32_t)pkeyinfo.len;
	if (pkeyinfo.len)
		TEE_MemMove(info->info, pkeyinfo.ptr, pkeyinfo.len);
	put_shared(&params[1], &used, info, size);
	put_shared(&params[2], &used, digest, 32);
	put_shared(&params[3], &used, signature.ptr, signature.len);
	res = invoke(p, PTA_RPROC_VERIFY_DIGEST, TEE_PARAM_TYPES(VI, MI, MI, MI), params);
	TEE_Free(info);
	return res;
}

TEE_Result service_board_info(struct proc *p, struct board_info *ret)
{
	bool text = !p->compatible[0];
	TEE_Param params[4] = {0};
	TEE_Result res;

	if (text) {
		params[3].memref.buffer = p->compatible;
		params[3].memref.size = sizeof(p->compatible) - 1;
	}
	res = invoke_ours(p, PTA_CW_BOARD_INFO, TEE_PARAM_TYPES(VI, VO, VO, text ? MO : NONE), params);
	if (res != TEE_SUCCESS) {
		if (text)
			p->compatible[0] = '\0';
		return res;
	}
	ret->require = params[1].value.a;
	ret->minimum_version = wide(&params[2]);
	return TEE_SUCCESS;
}

TEE_Result service_set_version(struct proc *p, uint64_t version)
{
	TEE_Param params[4] = {0};

	params[1].value.a = (uint32_t)version;
	params[1].value.b = (uint32_t)(version >> 32);
	return invoke_ours(p, PTA_CW_SET_VERSION, TEE_PARAM_TYPES(VI, VI, NONE, NONE), params);
}

TEE_Result service_windows(struct proc *p, uint32_t da, uint32_t len)
{
	TEE_Param params[4] = {0};

	params[1].value.a = da;
	params[1].value.b = len;
	return invoke_ours(p, PTA_CW_WINDOWS, TEE_PARAM_TYPES(VI, VI, NONE, NONE), params);
}

TEE_Result service_write_table(struct proc *p, uint32_t da, const void *table, uint32_t len)
{
	TEE_Param params[4] = {0};

	params[1].value.a = da;
	params[2].memref.buffer = (void *)(uintptr_t)table;
	params[2].memref.size = len;
	return invoke_ours(p, PTA_CW_WRITE_TABLE, TEE_PARAM_TYPES(VI, VI, MI, NONE), params);
}

TEE_Result service_read_memory(struct proc *p, uint32_t da, void *buf, uint32_t len)
{
	TEE_Param params[4] = {0};

	params[1].value.a = da;
	params[2].memref.buffer = buf;
	params[2].memref.size = len;
	return invoke_ours(p, PTA_CW_READ_MEMORY, TEE_PARAM_TYPES(VI, VI, MO, NONE), params);
}

TEE_Result service_search(struct proc *p, uint32_t da, uint32_t len, uint32_t *ret_skip)
{
	TEE_Param params[4] = {0};
	TEE_Result res;

	params[1].value.a = da;
	params[1].value.b = len;
	res = invoke_ours(p, PTA_CW_SEARCH, TEE_PARAM_TYPES(VI, VI, VO, NONE), params);
	if (res == TEE_SUCCESS)
		*ret_skip = params[2].value.a;
	return res;
}

TEE_Result service_canonical(struct proc *p, uint32_t da, uint64_t *ret)
{
	TEE_Param params[4] = {0};
	TEE_Result res;

	params[1].value.a = da;
	res = invoke_ours(p, PTA_CW_CANONICAL, TEE_PARAM_TYPES(VI, VI, VO, NONE), params);
	if (res == TEE_SUCCESS)
		*ret = wide(&params[2]);
	return res;
}

TEE_Result service_decrypt(struct proc *p, struct cw_span record, struct cw_span headers,
			   unsigned *ret_bad)
{
	TEE_Param params[4] = {0};
	TEE_Result res;

	params[1].memref.buffer = (void *)(uintptr_t)record.ptr;
	params[1].memref.size = record.len;
	params[2].memref.buffer = (void *)(uintptr_t)headers.ptr;
	params[2].memref.size = headers.len;
	res = invoke_ours(p, PTA_CW_DECRYPT, TEE_PARAM_TYPES(VI, MI, MI, VO), params);
	*ret_bad = params[3].value.a;
	return res;
}

void service_text(struct proc *p, uint32_t cmd, char *buf, size_t size)
{
	TEE_Param params[4] = {0};

	params[1].memref.buffer = buf;
	params[1].memref.size = size;
	buf[0] = '\0';
	if (invoke_ours(p, cmd, TEE_PARAM_TYPES(VI, MO, NONE, NONE), params) != TEE_SUCCESS)
		buf[0] = '\0';
	buf[size - 1] = '\0';
}
