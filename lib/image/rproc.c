// SPDX-License-Identifier: BSD-2-Clause
/*
 * image/rproc.c - the judgement from the first byte to the last: header, sizes, signature, and the
 * conduct of the rest
 */
#include "image/rproc_internal.h"

#include <string.h>

static uint64_t round8(uint64_t v)
{
	return (v + 7) & ~7ull;
}

void *cw_judge_extend(struct cw_judge *j, size_t size, const char *what)
{
	void *p = j->ws + j->ws_used;

	if (size > j->ws_size - j->ws_used) {
		cw_refuse(j->r, CW_CODE_NO_MEMORY, CW_NO_OFFSET,
			  "%s: %llu bytes of workspace are needed, %zu were given", what,
			  (unsigned long long)j->ws_used + size, j->ws_size);
		return NULL;
	}
	j->ws_used += size;
	return p;
}

void *cw_judge_take(struct cw_judge *j, size_t size, const char *what)
{
	if (!cw_judge_extend(j, (8 - j->ws_used % 8) % 8, what))
		return NULL;
	return cw_judge_extend(j, size, what);
}

int cw_judge_read(struct cw_judge *j, uint64_t offset, void *buf, size_t len)
{
	int rc;

	cw_judge_listen(j);
	rc = j->source->read(j->source->ctx, offset, buf, len);
	if (rc < 0 && cw_judge_mute(j))
		return cw_refuse(j->r, (enum cw_code) - rc, offset,
				 "the image could not be read at 0x%llx",
				 (unsigned long long)offset);
	return rc;
}

void cw_judge_listen(struct cw_judge *j)
{
	if (j->r)
		j->r->code = CW_OK;
}

bool cw_judge_mute(const struct cw_judge *j)
{
	return !j->r || j->r->code == CW_OK;
}

/* The header of 2021 vendor trees: magic, version, then 12 words (tee-remoteproc container, before
 * records). It is told from ours by lengths and offsets that make sense as such; asked only when
 * ours do not. */
static bool is_old_layout(struct cw_judge *j)
{
	const uint8_t *h = j->out.meta.ptr;
	uint8_t old[56];
	uint64_t size = j->source->size;

	if (size < sizeof(old))
		return false;
	memcpy(old, h, CW_RPROC_HEADER_SIZE);
	if (j->source->read(j->source->ctx, CW_RPROC_HEADER_SIZE, old + CW_RPROC_HEADER_SIZE,
			    sizeof(old) - CW_RPROC_HEADER_SIZE) < 0)
		return false;
	return cw_get_le32(old + 8) >= sizeof(old) && cw_get_le32(old + 8) <= size &&
	       cw_get_le32(old + 12) && cw_get_le32(old + 16) >= sizeof(old) &&
	       cw_range_inside(cw_get_le32(old + 16), cw_get_le32(old + 12), size) &&
	       cw_range_inside(cw_get_le32(old + 28), cw_get_le32(old + 24), size) &&
	       cw_range_inside(cw_get_le32(old + 40), cw_get_le32(old + 36), size) &&
	       cw_get_le32(old + 44) && cw_get_le32(old + 48) >= sizeof(old) &&
	       cw_range_inside(cw_get_le32(old + 48), cw_get_le32(old + 44), size);
}

static int refuse_old_layout(struct cw_judge *j)
{
	return cw_refuse(
		j->r, CW_CODE_OLD_LAYOUT, 8,
		"this is the 2021 vendor layout (same magic, 56-byte header, no records), which carries "
		"no protection of its headers: re-sign the ELF with \"corewarden sign ELF -o OUT "
		"--key KEY\"");
}

/* The 20 bytes are copied once; everything after works on the copy (FMT-W4, FMT-W15). */
static int read_header(struct cw_judge *j)
{
	uint8_t *h;
	int rc;

	if (j->source->size < CW_RPROC_HEADER_SIZE)
		return cw_refuse(j->r, CW_CODE_TRUNCATED, 0,
				 "the file has %llu bytes, the header alone has 20",
				 (unsigned long long)j->source->size);
	h = cw_judge_take(j, CW_RPROC_HEADER_SIZE, "header");
	if (!h)
		return -CW_CODE_NO_MEMORY;
	rc = cw_judge_read(j, 0, h, CW_RPROC_HEADER_SIZE);
	if (rc < 0)
		return rc;
	j->out.meta = cw_span(h, CW_RPROC_HEADER_SIZE);
	if (h[0] == 0x7f && h[1] == 'E' && h[2] == 'L' && h[3] == 'F')
		return cw_refuse(
			j->r, CW_CODE_PLAIN_ELF, 0,
			"this is a plain ELF file without a signature: sign it first, \"corewarden sign "
			"ELF -o OUT --key KEY\"");
	if (cw_get_le32(h) != CW_RPROC_MAGIC)
		return cw_refuse(
			j->r, CW_CODE_MAGIC, 0,
			"the file begins with 0x%08x, a signed remoteproc container with 0x%08x",
			cw_get_le32(h), CW_RPROC_MAGIC);
	if (cw_get_le32(h + 4) != CW_RPROC_VERSION)
		return cw_refuse(j->r, CW_CODE_VERSION, 4,
				 "container version %u is not known, only 1", cw_get_le32(h + 4));
	return 0;
}

static int check_sizes(struct cw_judge *j, uint32_t tlv_len, uint32_t sign_len, uint32_t img_len)
{
	uint64_t meta = CW_RPROC_HEADER_SIZE + round8(tlv_len) + round8(sign_len);
	uint64_t total = meta + round8(img_len);
	uint64_t size = j->source->size;

	if (total != size && is_old_layout(j))
		return refuse_old_layout(j);
	if (!tlv_len)
		return cw_refuse(j->r, CW_CODE_SIZE, 8, "the header announces no records");
	if (!sign_len)
		return cw_refuse(j->r, CW_CODE_SIZE, 12, "the header announces no signature");
	if (!img_len)
		return cw_refuse(j->r, CW_CODE_SIZE, 16, "the header announces no image");
	if (total > size)
		return cw_refuse(j->r, CW_CODE_TRUNCATED, size,
				 "the file has %llu bytes, its header announces %llu",
				 (unsigned long long)size, (unsigned long long)total);
	if (total < size)
		return cw_refuse(j->r, CW_CODE_SIZE, total,
				 "the file has %llu bytes, its header announces only %llu",
				 (unsigned long long)size, (unsigned long long)total);
	if (meta > CW_RPROC_META_MAX)
		return cw_refuse(j->r, CW_CODE_LIMIT, 8,
				 "header, records and signature have %llu bytes, the limit is %u",
				 (unsigned long long)meta, CW_RPROC_META_MAX);
	return 0;
}

/* Copy records and signature behind the copied header. */
static int read_meta(struct cw_judge *j)
{
	const uint8_t *h = j->out.meta.ptr;
	uint32_t tlv_len = cw_get_le32(h + 8), sign_len = cw_get_le32(h + 12);
	size_t records, signature;
	uint8_t *p;
	int rc;

	j->images_len = cw_get_le32(h + 16);
	rc = check_sizes(j, tlv_len, sign_len, j->images_len);
	if (rc < 0)
		return rc;
	records = (size_t)round8(tlv_len);
	signature = (size_t)round8(sign_len);
	p = cw_judge_extend(j, records + signature, "records and signature");
	if (!p)
		return -CW_CODE_NO_MEMORY;
	rc = cw_judge_read(j, CW_RPROC_HEADER_SIZE, p, records + signature);
	if (rc < 0)
		return rc;
	j->out.meta.len += records;
	j->records = cw_span(p, tlv_len);
	j->out.signature = cw_span(p + records, sign_len);
	j->images_at = j->out.meta.len + signature;
	if (!cw_span_zero(cw_span(p + tlv_len, records - tlv_len)))
		return cw_refuse(j->r, CW_CODE_RECORD, (uint64_t)CW_RPROC_HEADER_SIZE + tlv_len,
				 "the padding behind the records is not zero");
	if (!cw_span_zero(cw_span(p + records + sign_len, signature - sign_len)))
		return cw_refuse(j->r, CW_CODE_RECORD, CW_RPROC_HEADER_SIZE + records + sign_len,
				 "the padding behind the signature is not zero");
	return 0;
}

/* Before the signature is checked only two records are looked up: what kind it is, and which key it
 * asks for. */
static int find_signtype(struct cw_judge *j)
{
	struct cw_span value;
	uint32_t type;
	size_t pos = 0, at;
	int rc;

	while ((rc = cw_rproc_tlv_next(j->records, &pos, &type, &value, &at, j->r)) > 0) {
		if (type == CW_TLV_PKEYINFO && !j->out.pkeyinfo.ptr)
			j->out.pkeyinfo = value;
		if (type != CW_TLV_SIGNTYPE || j->out.signtype)
			continue;
		if (value.len != 1)
			return cw_refuse(j->r, CW_CODE_RECORD, CW_RPROC_HEADER_SIZE + at,
					 "record SIGNTYPE has %zu bytes, not 1", value.len);
		if (value.ptr[0] != CW_SIGN_RSA && value.ptr[0] != CW_SIGN_ECDSA_P256)
			return cw_refuse(
				j->r, CW_CODE_UNSUPPORTED, CW_RPROC_HEADER_SIZE + at + 8,
				"signature type %u is not known; 1 is RSA, 2 is ECDSA P-256",
				value.ptr[0]);
		j->out.signtype = (enum cw_rproc_signtype)value.ptr[0];
	}
	if (j->out.signtype)
		return 0; /* a broken record is judged later, when the signature says that the
			     signer wrote it */
	if (rc < 0)
		return rc;
	return cw_refuse(j->r, CW_CODE_MISSING, CW_RPROC_HEADER_SIZE,
			 "record SIGNTYPE (0x1) is missing");
}

static int hash_message(struct cw_judge *j)
{
	int rc = j->env->sha256(j->env->ctx, j->out.meta, j->out.digest);

	if (rc < 0)
		return cw_refuse(j->r, (enum cw_code) - rc, CW_NO_OFFSET,
				 "the header and records could not be hashed: %s",
				 cw_code_name(-rc));
	return 0;
}

static int check_signature(struct cw_judge *j)
{
	int rc = find_signtype(j);

	if (rc < 0)
		return rc;
	cw_judge_listen(j);
	rc = j->env->verify(j->env->ctx, j->out.signtype, j->out.pkeyinfo, j->out.digest,
			    j->out.signature, j->r);
	if (rc < 0 && cw_judge_mute(j))
		return cw_refuse(j->r, (enum cw_code) - rc, j->out.meta.len,
				 "the signature (%s, %zu bytes) does not match a trusted key",
				 j->out.signtype == CW_SIGN_RSA ? "RSA" : "ECDSA P-256",
				 j->out.signature.len);
	return rc;
}

static int judge(struct cw_judge *j)
{
	static int (*const steps[])(struct cw_judge * j) = {
		read_header,	   read_meta,	    hash_message,	check_signature,
		cw_judge_records,  cw_judge_policy, cw_judge_elf,	cw_judge_encryption,
		cw_judge_place,	   cw_judge_rsc_find, cw_judge_load,	cw_judge_decrypt,
		cw_judge_rsc_check,
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int rc = steps[i](j);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Lay a judge at the start of the workspace; NULL after refusing. */
static struct cw_judge *judge_new(const struct cw_source *source, const struct cw_rproc_env *env,
				  void *workspace, size_t size, struct cw_refusal *r)
{
	size_t skew = (8 - (uintptr_t)workspace % 8) % 8;
	struct cw_judge *j;

	if (size < skew + sizeof(*j)) {
		cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET,
			  "%zu bytes of workspace are needed, %zu were given", skew + sizeof(*j),
			  size);
		return NULL;
	}
	j = (struct cw_judge *)((uint8_t *)workspace + skew);
	memset(j, 0, sizeof(*j));
	j->source = source;
	j->env = env;
	j->r = r;
	j->ws = (uint8_t *)j;
	j->ws_size = size - skew;
	j->ws_used = sizeof(*j);
	return j;
}

int cw_rproc_judge(const struct cw_source *source, const struct cw_rproc_env *env, void *workspace,
		   size_t workspace_size, struct cw_rproc_container *ret, struct cw_refusal *r)
{
	struct cw_judge *j;
	int rc;

	if (!env->sha256 || !env->verify || (!env->load && !env->hash))
		return cw_refuse(r, CW_CODE_PARAM, CW_NO_OFFSET, "the judge lacks a callback");
	j = judge_new(source, env, workspace, workspace_size, r);
	if (!j)
		return -CW_CODE_NO_MEMORY;
	rc = judge(j);
	if (rc == 0)
		*ret = j->out;
	return rc;
}

int cw_rproc_digest(const struct cw_source *source, const struct cw_rproc_env *env, void *workspace,
		    size_t workspace_size, uint8_t ret_digest[32], struct cw_refusal *r)
{
	struct cw_judge *j = judge_new(source, env, workspace, workspace_size, r);
	int rc = j ? read_header(j) : -CW_CODE_NO_MEMORY;

	if (rc == 0)
		rc = read_meta(j);
	if (rc == 0)
		rc = hash_message(j);
	if (rc == 0)
		memcpy(ret_digest, j->out.digest, sizeof(j->out.digest));
	return rc;
}
