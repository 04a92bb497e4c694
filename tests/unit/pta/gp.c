// SPDX-License-Identifier: BSD-2-Clause
/* tests/unit/pta/gp.c - the Internal Core API for one TA in this process */
#include "gp.h"

#include <stdlib.h>
#include <string.h>

#include <tee_internal_api_extensions.h>
#include <tee_internal_api.h>

#include "gp_key.h"
#include "rig.h"
#include "secure/api/remoteproc_pta.h"
#include "secure/api/remoteproc_ta.h"

struct gp gp;

struct __TEE_TASessionHandle {
	void *ctx;
};

struct __TEE_OperationHandle {
	TEE_ObjectHandle key; /* of the caller */
};

static bool allocation_fails(void)
{
	return ++gp.allocations == gp.fail_at;
}

void *TEE_Malloc(size_t size, uint32_t hint)
{
	void *p = allocation_fails() ? NULL : calloc(1, size ? size : 1);

	gp.live += p != NULL;
	return p;
}

void TEE_Free(void *p)
{
	gp.live -= p != NULL;
	free(p);
}

void *tee_map_zi(size_t len, uint32_t flags)
{
	return TEE_Malloc(len, 0);
}

TEE_Result tee_unmap(void *buf, size_t len)
{
	TEE_Free(buf);
	return TEE_SUCCESS;
}

void TEE_MemMove(void *dest, const void *src, size_t size)
{
	if (size)
		memmove(dest, src, size);
}

void TEE_MemFill(void *buf, uint32_t x, size_t size)
{
	memset(buf, (int)x, size);
}

/* There are four. */
TEE_Result TEE_GetPropertyAsString(TEE_PropSetHandle set, const char *name, char *buf, size_t *len)
{
	static const struct {
		const char *name, *value;
	} props[] = {{"gpd.ta.description", "a description"},
		     {"gpd.ta.version", "7.1"},
		     {"gpd.tee.description", "a TEE"},
		     {"gpd.tee.trustedos.implementation.version", "12"}};

	for (size_t i = 0; i < sizeof(props) / sizeof(props[0]); i++) {
		size_t room = *len;

		if (strcmp(props[i].name, name) || (set == TEE_PROPSET_CURRENT_TA) != (i < 2))
			continue;
		*len = strlen(props[i].value) + 1;
		if (room < *len)
			return TEE_ERROR_SHORT_BUFFER;
		memcpy(buf, props[i].value, *len);
		return TEE_SUCCESS;
	}
	return TEE_ERROR_ITEM_NOT_FOUND;
}

int32_t TEE_MemCompare(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size);
}

TEE_Result TEE_AllocateOperation(TEE_OperationHandle *op, uint32_t algorithm, uint32_t mode,
				 uint32_t max)
{
	if (mode == TEE_MODE_DIGEST ? algorithm != TEE_ALG_SHA256 :
				      algorithm != TEE_ALG_RSASSA_PKCS1_V1_5_SHA256 &&
					      algorithm != TEE_ALG_ECDSA_P256)
		return TEE_ERROR_NOT_SUPPORTED;
	*op = TEE_Malloc(sizeof(**op), 0);
	return *op ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

TEE_Result TEE_SetOperationKey(TEE_OperationHandle op, TEE_ObjectHandle key)
{
	op->key = key;
	return TEE_SUCCESS;
}

TEE_Result TEE_AsymmetricVerifyDigest(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t count,
				      const void *digest, size_t digest_len, const void *sig, size_t sig_len)
{
	return gp_key_verify(op->key, digest, sig, sig_len) ? TEE_SUCCESS : TEE_ERROR_SIGNATURE_INVALID;
}

void TEE_FreeOperation(TEE_OperationHandle op)
{
	TEE_Free(op);
}

TEE_Result TEE_DigestDoFinal(TEE_OperationHandle op, const void *chunk, size_t len, void *hash,
			     size_t *hash_len)
{
	test_sha256(chunk, len, hash);
	*hash_len = 32;
	return TEE_SUCCESS;
}

static void to_service(uint32_t types, const TEE_Param *from, union cw_pta_param *to)
{
	for (unsigned i = 0; i < 4; i++) {
		if (TEE_PARAM_TYPE_GET(types, i) >= TEE_PARAM_TYPE_MEMREF_INPUT) {
			to[i].mem.buf = from[i].memref.buffer;
			to[i].mem.size = from[i].memref.size;
			to[i].mem.shared = false;
		} else {
			to[i].val.a = from[i].value.a;
			to[i].val.b = from[i].value.b;
		}
	}
}

static void from_service(uint32_t types, const union cw_pta_param *from, TEE_Param *to)
{
	for (unsigned i = 0; i < 4; i++) {
		uint32_t type = TEE_PARAM_TYPE_GET(types, i);

		if (type == TEE_PARAM_TYPE_MEMREF_OUTPUT) {
			to[i].memref.size = from[i].mem.size;
		} else if (type == TEE_PARAM_TYPE_VALUE_OUTPUT) {
			to[i].value.a = from[i].val.a;
			to[i].value.b = from[i].val.b;
		}
	}
}

TEE_Result TEE_OpenTASession(const TEE_UUID *uuid, uint32_t timeout, uint32_t types,
			     TEE_Param params[4], TEE_TASessionHandle *session, uint32_t *origin)
{
	static const TEE_UUID ta = TA_RPROC_UUID;
	union cw_pta_param par[4];
	TEE_Result res;
	void *ctx = NULL;

	if (gp.absent || memcmp(uuid, &cw_pta_remoteproc.uuid, sizeof(*uuid)))
		return TEE_ERROR_ITEM_NOT_FOUND;
	to_service(types, params, par);
	res = cw_pta_remoteproc.open(&rig.env, &ta, types, par, &ctx);
	if (res != TEE_SUCCESS)
		return res;
	*session = TEE_Malloc(sizeof(**session), 0);
	if (!*session)
		return TEE_ERROR_OUT_OF_MEMORY;
	(*session)->ctx = ctx;
	return TEE_SUCCESS;
}

void TEE_CloseTASession(TEE_TASessionHandle session)
{
	cw_pta_remoteproc.close(&rig.env, session->ctx);
	TEE_Free(session);
}

TEE_Result TEE_InvokeTACommand(TEE_TASessionHandle session, uint32_t timeout, uint32_t cmd,
			       uint32_t types, TEE_Param params[4], uint32_t *origin)
{
	union cw_pta_param par[4];
	TEE_Result res;

	if (++gp.service_calls == gp.fail_service_at)
		return TEE_ERROR_BUSY;
	if (gp.stock && cmd > PTA_RPROC_RELEASE)
		return TEE_ERROR_NOT_IMPLEMENTED;
	to_service(types, params, par);
	res = cw_pta_remoteproc.invoke(&rig.env, session->ctx, cmd, types, par);
	from_service(types, par, params);
	return res;
}
