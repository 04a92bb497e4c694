// SPDX-License-Identifier: BSD-2-Clause
/* sign/offline.c - callbacks of the judge for a file in private memory */
#include "sign/offline.h"

#include <stdlib.h>
#include <string.h>

static int read_file(void *ctx, uint64_t off, void *buf, size_t len)
{
	const struct cw_offline *o = ctx;

	memcpy(buf, o->file.ptr + off, len);
	return 0;
}

static int hash_file(void *ctx, uint64_t off, uint32_t len, uint8_t ret_digest[32])
{
	const struct cw_offline *o = ctx;
	struct cw_span part;

	if (!cw_span_cut(o->file, off, len, &part))
		return -CW_CODE_TRUNCATED;
	return cw_crypto_sha256(NULL, part, ret_digest);
}

static int check_pkeyinfo(const struct cw_offline *o, struct cw_span pkeyinfo, struct cw_refusal *r)
{
	uint8_t fp[CW_SHA256_SIZE];
	char asked[CW_FINGERPRINT_HEX];

	if (!pkeyinfo.len || o->any_pkeyinfo)
		return 0;
	if (cw_crypto_fingerprint(pkeyinfo, fp))
		return -CW_CODE_NO_MEMORY;
	cw_hex_encode(fp, sizeof(fp), asked);
	if (!strcmp(asked, cw_key_fingerprint(o->key)))
		return 0;
	return cw_refuse(r, CW_CODE_KEY, CW_NO_OFFSET,
			 "the image asks for key %s (record PKEYINFO), the trusted key is %s",
			 asked, cw_key_fingerprint(o->key));
}

static int verify(void *ctx, enum cw_rproc_signtype type, struct cw_span pkeyinfo,
		  const uint8_t digest[32], struct cw_span signature, struct cw_refusal *r)
{
	const struct cw_offline *o = ctx;
	const char *form = type == CW_SIGN_RSA ? "RSA" : "ECDSA P-256";
	int ret;

	if (!o->key)
		return 0;
	ret = check_pkeyinfo(o, pkeyinfo, r);
	if (ret)
		return ret;
	ret = cw_crypto_verify_digest(cw_key_spki(o->key), type, digest, signature);
	if (!ret || ret == -CW_CODE_NO_MEMORY)
		return ret;
	return cw_refuse(r, CW_CODE_SIGNATURE, CW_NO_OFFSET,
			 "the signature (%s, %zu bytes) does not match the trusted key %s %s", form,
			 signature.len, cw_key_kind(o->key), cw_key_fingerprint(o->key));
}

static int check_range(void *ctx, uint32_t da, uint32_t size, const char *what,
		       struct cw_refusal *r)
{
	const struct cw_offline *o = ctx;

	return o->check_range(o->map, da, size, what, r);
}

static uint64_t canonical(void *ctx, uint32_t da)
{
	const struct cw_offline *o = ctx;

	return o->canonical(o->map, da);
}

int cw_offline_judge(const struct cw_offline *offline, struct cw_offline_result *ret,
		     struct cw_refusal *r)
{
	struct cw_offline o = *offline; /* callbacks want it writable */
	struct cw_source source = {.ctx = &o, .size = o.file.len, .read = read_file};
	struct cw_rproc_env env = {
		.ctx = &o,
		.policy = o.policy,
		.sha256 = cw_crypto_sha256,
		.verify = verify,
		.check_range = o.check_range ? check_range : NULL,
		.canonical = o.canonical ? canonical : NULL,
		.hash = hash_file,
	};
	void *workspace = malloc(CW_RPROC_WORKSPACE);
	int code;

	if (!workspace)
		return cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET, "no memory for the judgement");
	code = cw_rproc_judge(&source, &env, workspace, CW_RPROC_WORKSPACE, &ret->image, r);
	if (code)
		free(workspace);
	else
		ret->workspace = workspace;
	return code;
}

void cw_offline_done(struct cw_offline_result *result)
{
	free(result->workspace);
	result->workspace = NULL;
}
