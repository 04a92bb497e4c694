// SPDX-License-Identifier: BSD-2-Clause
/* sign/offline.c - callbacks of the judge for a file in private memory */
#include "sign/offline.h"

#include <stdlib.h>
#include <string.h>

#include "image/elf32.h"
#include "sign/container.h"

struct judgement {
	const struct cw_offline *offline;
	struct cw_span whole; /* a file that is not in pieces is one piece */
	struct cw_pieces one;
	const struct cw_pieces *file;
	struct cw_made_digests *made; /* what was hashed ahead */
};

static int read_file(void *ctx, uint64_t off, void *buf, size_t len)
{
	const struct judgement *j = ctx;

	cw_pieces_read(j->file, off, buf, len);
	return 0;
}

/* ---- digests of segments ---- */

const uint8_t *cw_known_digest(const struct cw_known_digest *known, unsigned n, uint64_t at,
			       uint32_t len)
{
	for (unsigned i = 0; i < n; i++)
		if (known[i].at == at && known[i].len == len)
			return known[i].digest;
	return NULL;
}

void cw_made_digests_done(struct cw_made_digests *made)
{
	free(made->known);
	free(made->digests);
	*made = (struct cw_made_digests){0};
}

static const uint8_t *is_known(const struct judgement *j, uint64_t off, uint32_t len)
{
	const struct cw_offline *o = j->offline;
	const uint8_t *digest = cw_known_digest(o->known, o->n_known, off, len);

	return digest ? digest : cw_known_digest(j->made->known, j->made->n, off, len);
}

/* One digest each, for later: without memory, or of what is cut, each is made when it is asked for. */
static void hash_ahead(void *ctx, const struct cw_rproc_segment *segments, unsigned n)
{
	struct judgement *j = ctx;
	struct cw_made_digests *made = j->made;
	struct cw_hash_job *jobs = calloc(n + 1, sizeof(*jobs));
	unsigned k = 0;

	made->known = calloc(n + 1, sizeof(*made->known));
	made->digests = calloc(n + 1, sizeof(*made->digests));
	for (unsigned i = 0; jobs && made->known && made->digests && i < n; i++) {
		const struct cw_rproc_segment *s = &segments[i];

		if (!s->filesz || is_known(j, s->file_offset, s->filesz) ||
		    !cw_pieces_cut(j->file, s->file_offset, s->filesz, &jobs[k].bytes))
			continue;
		jobs[k].ret = made->digests[k];
		made->known[k] = (struct cw_known_digest){s->file_offset, s->filesz, made->digests[k]};
		k++;
	}
	if (k && cw_hash_all(jobs, k, CW_SHA256_SIZE, &j->offline->progress))
		made->n = k;
	free(jobs);
}

static int hash_file(void *ctx, uint64_t off, uint32_t len, uint8_t ret_digest[32])
{
	const struct judgement *j = ctx;
	const uint8_t *digest = is_known(j, off, len);
	struct cw_span part;

	if (digest) {
		memcpy(ret_digest, digest, CW_SHA256_SIZE);
		return 0;
	}
	if (!cw_pieces_cut(j->file, off, len, &part))
		return -CW_CODE_TRUNCATED;
	return cw_crypto_sha256(NULL, part, ret_digest);
}

/* ---- the rest ---- */

static int sha256(void *ctx, struct cw_span data, uint8_t ret_digest[32])
{
	return cw_crypto_sha256(NULL, data, ret_digest);
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
	const struct cw_offline *o = ((const struct judgement *)ctx)->offline;
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
	const struct cw_offline *o = ((const struct judgement *)ctx)->offline;

	return o->check_range(o->map, da, size, what, r);
}

static uint64_t canonical(void *ctx, uint32_t da)
{
	const struct cw_offline *o = ((const struct judgement *)ctx)->offline;

	return o->canonical(o->map, da);
}

/* ---- an encrypted image, by whom has made it ---- */

static int read_plain_elf(const struct cw_sign_elf *elf, uint32_t da, void *buf, uint32_t len)
{
	struct cw_elf32_ehdr h;
	struct cw_elf32_phdr p;
	struct cw_span phdrs, bytes;

	if (cw_elf32_header(elf->bytes, elf->bytes.len, "", 0, &h, NULL) ||
	    !cw_span_cut(elf->bytes, h.phoff, (uint64_t)h.phnum * CW_ELF32_PHDR_SIZE, &phdrs))
		return -CW_CODE_ELF;
	for (unsigned i = 0; i < h.phnum; i++) {
		cw_elf32_phdr(phdrs, i, &p);
		if (p.type != CW_PT_LOAD || da < p.paddr ||
		    !cw_range_inside(da - p.paddr, len, p.filesz) ||
		    !cw_span_cut(elf->bytes, (uint64_t)p.offset + (da - p.paddr), len, &bytes))
			continue;
		memcpy(buf, bytes.ptr, len);
		return 0;
	}
	return -CW_CODE_ADDRESS;
}

/* Segments do not overlap by now, so an address is in one of them. */
static int read_plain(void *ctx, uint32_t da, void *buf, uint32_t len)
{
	const struct cw_offline *o = ((const struct judgement *)ctx)->offline;
	int rc = -CW_CODE_ADDRESS;

	for (unsigned i = 0; rc && i < o->n_plain; i++)
		rc = read_plain_elf(&o->plain[i], da, buf, len);
	return rc;
}

static int decrypt(void *ctx, struct cw_span record, struct cw_span headers, unsigned *ret_bad,
		   struct cw_refusal *r)
{
	return 0; /* what read_plain() reads is decrypted */
}

static int judge(struct judgement *j, struct cw_offline_result *ret, struct cw_refusal *r)
{
	const struct cw_offline *o = j->offline;
	struct cw_source source = {.ctx = j, .size = j->file->len, .read = read_file};
	struct cw_rproc_env env = {
		.ctx = j,
		.policy = o->policy,
		.sha256 = sha256,
		.verify = verify,
		.check_range = o->check_range ? check_range : NULL,
		.canonical = o->canonical ? canonical : NULL,
		.ahead = hash_ahead,
		.hash = hash_file,
		.decrypt = o->plain ? decrypt : NULL,
		.read_back = o->plain ? read_plain : NULL,
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

int cw_offline_judge(const struct cw_offline *offline, struct cw_offline_result *ret,
		     struct cw_refusal *r)
{
	struct judgement j = {.offline = offline, .whole = offline->file};
	struct cw_made_digests own = {0};
	int code;

	j.one = (struct cw_pieces){.piece = &j.whole, .n = 1, .len = j.whole.len};
	j.file = offline->pieces ? offline->pieces : &j.one;
	j.made = offline->made ? offline->made : &own;
	code = judge(&j, ret, r);
	cw_made_digests_done(&own);
	return code;
}

void cw_offline_done(struct cw_offline_result *result)
{
	free(result->workspace);
	result->workspace = NULL;
}
