// SPDX-License-Identifier: BSD-2-Clause
/*
 * rproc_pta.c - OP-TEE's remoteproc platform service on this machine, with this project's commands beside its own
 *
 * OP-TEE's source is compiled here as it is: commands 1 to 9, the caller's check and the states are its own. What is put
 * under it are the functions of rproc_qemu.c and the key of fuses.c; what is put in front of it:
 *
 *	VERIFY_DIGEST	the key must be trusted and be of the kind that the signature is of; P-256, which it does not have
 *	0x4357....	this project's commands
 *	the caller	CFG_CW_BENCH_CALLERS=y: two more UUIDs, so that a test can compare three builds of the trusted
 *			application, one after the other, in front of one service
 */
#include <crypto/crypto.h>
#include <kernel/pseudo_ta.h>
#include <kernel/ts_manager.h>
#include <kernel/user_ta.h>
#include <remoteproc_pta.h>
#include <stdio.h>
#include <string.h>
#include <tee/tee_cryp_utl.h>
#include <trace.h>
#include <utee_defines.h>
#include <util.h>

#include "fuses_core.h"
#include "remoteproc_cw_pta.h"
#include "rproc_qemu.h"
#include "rproc_words.h"

/* The caller's check is the only comparison of that source. */
static int caller_differs(const void *caller, const void *wanted, size_t size)
{
#ifdef CFG_CW_BENCH_CALLERS
	static const TEE_UUID more[] = { CFG_CW_BENCH_CALLERS };

	for (size_t i = 0; i < ARRAY_SIZE(more); i++)
		if (!memcmp(caller, &more[i], size))
			return 0;
#endif
	return memcmp(caller, wanted, size);
}

#define __DRIVERS_STM32MP1_RCC_H__ /* a header of that SoC which needs its platform, and of which nothing is used */
#define PTA_STM32MP_RPROC_PUB_KEY_H
#define rproc_pub_key_exponent	   (cw_fuses_get()->exponent)
#define rproc_pub_key_modulus	   (cw_fuses_get()->key)
#define rproc_pub_key_modulus_size ((size_t)cw_fuses_get()->size)
#define memcmp			   caller_differs
#undef pseudo_ta_register
#define pseudo_ta_register(...) static const struct pseudo_ta_head optee = { __VA_ARGS__ }

#include "../stm32mp/remoteproc_pta.c"

#undef memcmp

#define NONE TEE_PARAM_TYPE_NONE
#define VI   TEE_PARAM_TYPE_VALUE_INPUT
#define VO   TEE_PARAM_TYPE_VALUE_OUTPUT
#define MI   TEE_PARAM_TYPE_MEMREF_INPUT
#define MO   TEE_PARAM_TYPE_MEMREF_OUTPUT

static void put_wide(TEE_Param *p, uint64_t v)
{
	reg_pair_from_64(v, &p->value.b, &p->value.a);
}

static TEE_Result put_text(TEE_Param *p, const char *text)
{
	size_t len = strlen(text), room = p->memref.size;

	len += len != 0; /* the NUL; nothing for nothing */
	p->memref.size = len;
	if (room < len || (len && !p->memref.buffer))
		return TEE_ERROR_SHORT_BUFFER;
	memcpy(p->memref.buffer, text, len);
	return TEE_SUCCESS;
}

/* ---- keys ---- */

static TEE_Result verify_p256(const struct cw_fuses *f, const TEE_Param *digest, const TEE_Param *sig)
{
	struct ecc_public_key key = {};
	TEE_Result res = crypto_acipher_alloc_ecc_public_key(&key, TEE_TYPE_ECDSA_PUBLIC_KEY, 256);

	if (res)
		return res;
	key.curve = TEE_ECC_CURVE_NIST_P256;
	res = crypto_bignum_bin2bn(f->key, 32, key.x);
	if (!res)
		res = crypto_bignum_bin2bn(f->key + 32, 32, key.y);
	if (!res)
		res = crypto_acipher_ecc_verify(TEE_ALG_ECDSA_SHA256, &key, digest->memref.buffer,
						digest->memref.size, sig->memref.buffer, sig->memref.size);
	crypto_acipher_free_ecc_public_key(&key);
	return res ? TEE_ERROR_SIGNATURE_INVALID : TEE_SUCCESS;
}

/* PKEYINFO selects among the trusted keys, by its hash; there is one here. */
static TEE_Result check_selection(const struct cw_fuses *f, const TEE_Param *param)
{
	const struct rproc_pta_key_info *info = param->memref.buffer;
	uint8_t digest[TEE_SHA256_HASH_SIZE];
	TEE_Result res;

	if (f->kind == CW_FUSES_KEY_NONE)
		return TEE_ERROR_SECURITY;
	if (!info->info_size)
		return TEE_SUCCESS;
	res = tee_hash_createdigest(TEE_ALG_SHA256, info->info, info->info_size, digest, sizeof(digest));
	if (res)
		return res;
	return memcmp(digest, f->fingerprint, sizeof(digest)) ? TEE_ERROR_SECURITY : TEE_SUCCESS;
}

static TEE_Result verify(void *session, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	const struct cw_fuses *f = cw_fuses_get();
	struct rproc_pta_key_info *info = params[1].memref.buffer;
	uint32_t algo;
	TEE_Result res;

	if (types != TEE_PARAM_TYPES(VI, MI, MI, MI) || !info || params[1].memref.size < sizeof(*info) ||
	    rproc_pta_keyinfo_size(info) != params[1].memref.size)
		return TEE_ERROR_BAD_PARAMETERS;
	algo = info->algo;
	if (algo != TEE_ALG_RSASSA_PKCS1_V1_5_SHA256 && algo != TEE_ALG_ECDSA_P256)
		return TEE_ERROR_NOT_SUPPORTED;
	res = check_selection(f, &params[1]);
	if (res)
		return res;
	if ((algo == TEE_ALG_ECDSA_P256) != (f->kind == CW_FUSES_KEY_P256))
		return TEE_ERROR_SIGNATURE_INVALID;
	if (params[3].memref.size != f->size)
		return TEE_ERROR_SIGNATURE_INVALID;
	if (algo == TEE_ALG_ECDSA_P256)
		return verify_p256(f, &params[2], &params[3]);
	return optee.invoke_command_entry_point(session, PTA_RPROC_VERIFY_DIGEST, types, params);
}

/* For whoever reads the log. */
static void tell(uint32_t cmd, const TEE_Param params[TEE_NUM_PARAMS], TEE_Result res)
{
	uint32_t id = params[0].value.a;

	if (cmd == PTA_RPROC_VERIFY_DIGEST)
		IMSG("remoteproc: processor %" PRIu32 ": signature %s", id, res ? "refused" : "good");
	else if (cmd == PTA_RPROC_LOAD_SEGMENT_SHA256)
		IMSG("remoteproc: processor %" PRIu32 ": %zu bytes to 0x%08" PRIx32 ": %s", id,
		     (size_t)params[1].memref.size, params[2].value.a,
		     res ? "refused" : "copied, and their digest is the signed one");
}

static void key_text(const struct cw_fuses *f, char *text, size_t size)
{
	int n;

	text[0] = '\0';
	if (f->kind == CW_FUSES_KEY_NONE)
		return;
	n = f->kind == CW_FUSES_KEY_RSA ? snprintf(text, size, "RSA-%" PRIu32 " ", f->size * 8)
					: snprintf(text, size, "ECDSA P-256 ");
	for (size_t i = 0; i < sizeof(f->fingerprint); i++)
		n += snprintf(text + n, size - n, "%02x", f->fingerprint[i]);
}

/* ---- this project's commands ---- */

static void regions_text(const struct cw_rproc *p, char *text, size_t size)
{
	int n = 0;

	for (size_t i = 0; i < p->n_regions && (size_t)n < size; i++)
		n += snprintf(text + n, size - n, "%s%s 0x%08" PRIxPA "..0x%08" PRIxPA, i ? ", " : "",
			      p->regions[i].name, p->regions[i].da,
			      p->regions[i].da + p->regions[i].size - 1);
}

static TEE_Result board_info(struct cw_rproc *p, TEE_Param params[4], bool text)
{
	const struct cw_fuses *f = cw_fuses_get();

	params[1].value.a = f->require;
	params[1].value.b = 0;
	params[2].value.a = f->minimum_low;
	params[2].value.b = f->minimum_high;
	return text ? put_text(&params[3], p->compatible) : TEE_SUCCESS;
}

static TEE_Result copy_memory(struct cw_rproc *p, TEE_Param params[4], bool write)
{
	paddr_t pa = 0;
	void *va = cw_rproc_at(p, (paddr_t)reg_pair_to_64(params[1].value.b, params[1].value.a),
			       params[2].memref.size, &pa);

	if (!va || !params[2].memref.buffer)
		return TEE_ERROR_ACCESS_DENIED;
	if (write)
		p->clean = false;
	if (write)
		memcpy(va, params[2].memref.buffer, params[2].memref.size);
	else
		memcpy(params[2].memref.buffer, va, params[2].memref.size);
	return TEE_SUCCESS;
}

static TEE_Result canonical(struct cw_rproc *p, TEE_Param params[4])
{
	paddr_t pa = 0;

	if (!cw_rproc_at(p, (paddr_t)reg_pair_to_64(params[1].value.b, params[1].value.a), 1, &pa))
		return TEE_ERROR_ACCESS_DENIED;
	put_wide(&params[2], pa);
	return TEE_SUCCESS;
}

static TEE_Result place(struct cw_rproc *p, TEE_Param params[4])
{
	paddr_t pa = 0;

	if (!cw_rproc_at(p, params[1].value.a, params[1].value.b, &pa))
		return TEE_ERROR_ACCESS_DENIED;
	put_wide(&params[2], pa);
	return TEE_SUCCESS;
}

static TEE_Result search(struct cw_rproc *p, TEE_Param params[4])
{
	uint32_t len = params[1].value.b;
	paddr_t pa = 0;
	const uint8_t *bytes = cw_rproc_at(p, params[1].value.a, len, &pa);

	if (!bytes)
		return TEE_ERROR_ACCESS_DENIED;
	params[2].value.a = (uint32_t)cw_words_scan(bytes, len);
	params[2].value.b = 0;
	return TEE_SUCCESS;
}

static const struct {
	uint32_t cmd, types;
} ours[] = {
	{ PTA_CW_LOAD_BEGIN, TEE_PARAM_TYPES(VI, NONE, NONE, NONE) },
	{ PTA_CW_LOAD_SEGMENTS, TEE_PARAM_TYPES(VI, MI, MI, VO) },
	{ PTA_CW_BOARD_INFO, TEE_PARAM_TYPES(VI, VO, VO, MO) },
	{ PTA_CW_BOARD_INFO, TEE_PARAM_TYPES(VI, VO, VO, NONE) },
	{ PTA_CW_SET_VERSION, TEE_PARAM_TYPES(VI, VI, NONE, NONE) },
	{ PTA_CW_WINDOWS, TEE_PARAM_TYPES(VI, VI, NONE, NONE) },
	{ PTA_CW_WRITE_TABLE, TEE_PARAM_TYPES(VI, VI, MI, NONE) },
	{ PTA_CW_KEY_TEXT, TEE_PARAM_TYPES(VI, MO, NONE, NONE) },
	{ PTA_CW_REGIONS, TEE_PARAM_TYPES(VI, MO, NONE, NONE) },
	{ PTA_CW_READ_MEMORY, TEE_PARAM_TYPES(VI, VI, MO, NONE) },
	{ PTA_CW_SEARCH, TEE_PARAM_TYPES(VI, VI, VO, NONE) },
	{ PTA_CW_CANONICAL, TEE_PARAM_TYPES(VI, VI, VO, NONE) },
	{ PTA_CW_PLACE, TEE_PARAM_TYPES(VI, VI, VO, NONE) },
	{ PTA_CW_STATUS, TEE_PARAM_TYPES(VI, VO, NONE, NONE) },
};

static TEE_Result run_ours(uint32_t cmd, uint32_t types, struct cw_rproc *p, TEE_Param params[4])
{
	char text[160];

	switch (cmd) {
	case PTA_CW_LOAD_BEGIN:
		return cw_rproc_begin(p) ? TEE_SUCCESS : TEE_ERROR_GENERIC;
	case PTA_CW_LOAD_SEGMENTS:
		return cw_rproc_load(p, params[0].value.a, params);
	case PTA_CW_BOARD_INFO:
		return board_info(p, params, TEE_PARAM_TYPE_GET(types, 3) != NONE);
	case PTA_CW_SET_VERSION:
		p->version = reg_pair_to_64(params[1].value.b, params[1].value.a);
		return TEE_SUCCESS;
	case PTA_CW_WINDOWS:
		return TEE_SUCCESS; /* this memory has none: the normal world asks the trusted application */
	case PTA_CW_WRITE_TABLE:
		return p->locked ? copy_memory(p, params, true) : TEE_ERROR_BAD_STATE;
	case PTA_CW_KEY_TEXT:
		key_text(cw_fuses_get(), text, sizeof(text));
		return put_text(&params[1], text);
	case PTA_CW_REGIONS:
		regions_text(p, text, sizeof(text));
		return put_text(&params[1], text);
	case PTA_CW_READ_MEMORY:
		return p->locked ? copy_memory(p, params, false) : TEE_ERROR_BAD_STATE;
	case PTA_CW_SEARCH:
		return p->locked ? search(p, params) : TEE_ERROR_BAD_STATE;
	case PTA_CW_CANONICAL:
		return canonical(p, params);
	case PTA_CW_PLACE:
		return place(p, params);
	case PTA_CW_STATUS:
		params[1].value.a = p->locked;
		params[1].value.b = 0;
		return TEE_SUCCESS;
	default:
		return TEE_ERROR_NOT_IMPLEMENTED;
	}
}

static TEE_Result invoke(void *session, uint32_t cmd, uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	bool known = false;
	struct cw_rproc *p;
	TEE_Result res;

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		known |= ours[i].cmd == cmd;
		if (ours[i].cmd != cmd || ours[i].types != types)
			continue;
		p = cw_rproc_find(params[0].value.a);
		return p ? run_ours(cmd, types, p, params) : TEE_ERROR_NOT_SUPPORTED;
	}
	if (known)
		return TEE_ERROR_BAD_PARAMETERS;
	if (cmd == PTA_RPROC_VERIFY_DIGEST)
		res = verify(session, types, params);
	else
		res = optee.invoke_command_entry_point(session, cmd, types, params);
	tell(cmd, params, res);
	return res;
}

static TEE_Result open_session(uint32_t types, TEE_Param params[TEE_NUM_PARAMS], void **session)
{
	return optee.open_session_entry_point(types, params, session);
}

SCATTERED_ARRAY_DEFINE_PG_ITEM(pseudo_tas, struct pseudo_ta_head) = {
	.uuid = PTA_RPROC_UUID,
	.name = "remoteproc.pta",
	.flags = PTA_DEFAULT_FLAGS,
	.open_session_entry_point = open_session,
	.invoke_command_entry_point = invoke,
};
