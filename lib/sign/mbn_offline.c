// SPDX-License-Identifier: BSD-2-Clause
/* sign/mbn_offline.c - callbacks of the MBN judge for files, with OpenSSL's certificates */
#include <stdlib.h>
#include <string.h>

#include "sign/mbn_internal.h"

struct judgement {
	const struct cw_mbn_offline *offline;
	struct cw_mbn_verdict *verdict;
	const uint8_t (*digests)[CW_MBN_DIGEST_MAX];
};

/* ---- leaf certificates of versions 3 and 5 ---- */

int cw_mbn_leaf_binding(const struct cw_chain *chain, size_t table_and_header, uint64_t at,
			struct cw_mbn_binding *ret, struct cw_refusal *r)
{
	struct cw_mbn_binding b = {0};
	struct cw_cert_ids ids;
	int rc = cw_chain_ids(chain, &ids, r);

	if (rc)
		return rc;
	if (!ids.has_sw_id)
		return cw_refuse(
			r, CW_CODE_MISSING, at,
			"the leaf certificate has no SW_ID, so nothing says what the image "
			"is for");
	if (ids.has_sw_size && ids.sw_size != table_and_header)
		return cw_refuse(r, CW_CODE_SIZE, at,
				 "the leaf certificate is for %u bytes of header and hash table "
				 "(SW_SIZE), the image has %zu",
				 ids.sw_size, table_and_header);
	b.software_id = (uint32_t)ids.sw_id;
	b.rollback = (uint32_t)(ids.sw_id >> 32);
	b.hw_id = (uint32_t)(ids.hw_id >> 32);
	b.oem_id = ids.oem_id;
	b.model_id = ids.model_id;
	b.oem_bound = ids.has_oem_id;
	b.model_bound = ids.has_model_id;
	b.debug = ids.debug == 3;
	for (unsigned i = 0; i < CW_MBN_SOCS; i++) {
		b.soc[i] = ids.soc[i];
		b.soc_bound |= ids.soc[i] != 0;
	}
	/* Without a list the high half of HW_ID is the SoC version, when the certificate says so. */
	if (!b.soc_bound && ids.soc_in_use && b.hw_id) {
		b.soc[0] = b.hw_id >> 16 ? b.hw_id >> 16 : b.hw_id;
		b.soc_bound = true;
	}
	*ret = b;
	return 0;
}

/* ---- signatures ---- */

/* NULL: none is trusted for it. */
static const struct cw_root *root_for(const struct judgement *j, enum cw_mbn_authority who)
{
	const struct cw_mbn_offline *o = j->offline;
	static const struct cw_root self = {.self = true};
	const struct cw_root *root = o->root ? o->root : &self;

	if (who == CW_MBN_OEM)
		return root;
	return o->qti_root ? o->qti_root : root->self ? root : NULL;
}

static int check_trust(const struct judgement *j, enum cw_mbn_authority who,
		       const struct cw_chain *chain, uint32_t root_index, uint64_t at,
		       struct cw_refusal *r)
{
	const struct cw_root *root = root_for(j, who);

	if (!root)
		return cw_refuse(r, CW_CODE_KEY, at,
				 "it signed the image too, and no root is trusted for it: name one "
				 "with --qti-root");
	return cw_chain_check_root(chain, root_index, root, r);
}

/* QTI may bind its signature to one OEM root. */
static int check_bound_root(const struct judgement *j, enum cw_mbn_authority who, uint64_t at,
			    const struct cw_mbn_binding *b, struct cw_refusal *r)
{
	const struct cw_mbn_signer *oem = &j->verdict->signer[CW_MBN_OEM];
	size_t len = b->root_algorithm == CW_MBN_SHA256 ? CW_SHA256_SIZE : CW_SHA384_SIZE;

	if (!b->root_bound || !oem->chain)
		return 0;
	if (cw_chain_root_is(oem->chain, oem->binding.root_index,
			     cw_span(b->root_hash + sizeof(b->root_hash) - len, len)))
		return 0;
	return cw_refuse(r, CW_CODE_TARGET, at, "the %s bound the image to another OEM root",
			 cw_mbn_authority_name(who));
}

static bool is_checked(const struct judgement *j, enum cw_mbn_authority who,
		       const struct cw_chain *chain, uint32_t root_index)
{
	const struct cw_chain *known = j->offline->checked[who];
	bool same = known && !root_index && cw_chain_count(known) == cw_chain_count(chain);

	for (unsigned i = 0; same && i < cw_chain_count(chain); i++) {
		struct cw_span a = cw_chain_der(known, i), b = cw_chain_der(chain, i);

		same = a.len == b.len && !memcmp(a.ptr, b.ptr, a.len);
	}
	return same;
}

static int judge_chain(const struct judgement *j, const struct cw_mbn *m, enum cw_mbn_authority who,
		       const struct cw_mbn_message *message, const struct cw_chain *chain,
		       uint32_t root_index, struct cw_refusal *r)
{
	uint64_t at = cw_mbn_part_at(&m->hash, cw_mbn_signature_part(who));
	int rc = 0;

	if (!is_checked(j, who, chain, root_index))
		rc = cw_chain_check(chain, root_index, root_for(j, who), r);
	if (!rc && j->offline->when)
		rc = cw_chain_check_time(chain, j->offline->when, r);
	if (!rc)
		rc = check_trust(j, who, chain, root_index, at, r);
	if (!rc)
		rc = cw_chain_verify(chain, message->parts, message->n,
				     m->hash.part[cw_mbn_signature_part(who)], at, r);
	return rc;
}

/* Sentences of certificates do not know whose they are. */
static int name_authority(const struct cw_mbn *m, enum cw_mbn_authority who, int rc,
			  struct cw_refusal *r)
{
	struct cw_refusal inner;

	if (!rc || !r || !cw_mbn_signed_by(&m->hash, CW_MBN_QTI))
		return rc;
	inner = *r;
	return cw_refuse(r, inner.code, inner.offset, "%s: %s", cw_mbn_authority_name(who),
			 inner.text);
}

static int verify_one(struct judgement *j, const struct cw_mbn *m, enum cw_mbn_authority who,
		      const struct cw_mbn_message *message, struct cw_mbn_binding *b,
		      struct cw_refusal *r)
{
	struct cw_mbn_signer *s = &j->verdict->signer[who];
	uint64_t at = cw_mbn_part_at(&m->hash, cw_mbn_chain_part(who));
	int rc;

	rc = cw_chain_read_like(m->hash.part[cw_mbn_chain_part(who)], at, j->offline->checked[who],
				&s->chain, r);
	if (!rc)
		rc = judge_chain(j, m, who, message, s->chain, b->root_index, r);
	if (!rc)
		rc = cw_chain_scheme(s->chain, &s->scheme, r);
	if (!rc && m->hash.version < 6)
		rc = cw_mbn_leaf_binding(
			s->chain, m->hash.header_size + m->hash.part[CW_MBN_TABLE].len, at, b, r);
	s->binding = *b;
	if (!rc)
		rc = check_bound_root(j, who, at, b, r);
	s->good = !rc;
	return rc;
}

static int verify(void *ctx, const struct cw_mbn *m, enum cw_mbn_authority who,
		  const struct cw_mbn_message *message, struct cw_mbn_binding *binding,
		  struct cw_refusal *r)
{
	return name_authority(m, who, verify_one(ctx, m, who, message, binding, r), r);
}

/* ---- segments ---- */

static int digest(void *ctx, const struct cw_mbn *m, unsigned i, unsigned algorithm,
		  uint8_t ret[CW_MBN_DIGEST_MAX], struct cw_refusal *r)
{
	const struct judgement *j = ctx;

	memcpy(ret, j->digests[i], CW_MBN_DIGEST_MAX);
	return 0;
}

/* Certificates take a while, so segments are hashed meanwhile. What is wrong with a segment is said only of an image that is
 * authentic, as everywhere. */
static int judge(const struct cw_mbn *m, struct judgement *j, const struct cw_mbn_env *env,
		 uint8_t (*digests)[CW_MBN_DIGEST_MAX], struct cw_refusal *r)
{
	struct cw_refusal later = {.offset = CW_NO_OFFSET};
	struct cw_mbn_hashing h = {0};
	int hashed = 0, rc;

	if (digests)
		hashed = cw_mbn_hash_begin(m, digests, &j->offline->progress, &h, &later);
	rc = cw_mbn_authenticate(m, env, NULL, r);
	if (!rc && hashed) {
		if (r)
			*r = later;
		rc = hashed;
	}
	if (!rc && digests)
		rc = cw_mbn_hash_end(&h, r);
	cw_mbn_hash_give_up(&h);
	return rc ? rc : cw_mbn_check_segments(m, env, r);
}

int cw_mbn_offline_judge(struct cw_span file, uint64_t base, const struct cw_mbn_files *files,
			 const struct cw_mbn_offline *offline, struct cw_mbn_verdict *ret,
			 struct cw_refusal *r)
{
	struct judgement j = {.offline = offline, .verdict = ret, .digests = offline->known};
	struct cw_mbn_env env = {
		.ctx = &j, .policy = offline->policy, .verify = verify, .digest = digest};
	uint8_t (*digests)[CW_MBN_DIGEST_MAX] = NULL;
	int rc = cw_mbn_open(file, base, files, &ret->mbn, r);

	if (rc)
		return rc;
	ret->opened = true;
	if (!offline->known) {
		digests = calloc(ret->mbn.elf.phnum, sizeof(*digests));
		if (!digests)
			return cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET,
					 "no memory for digests");
		j.digests = (const uint8_t (*)[CW_MBN_DIGEST_MAX])digests;
	}
	rc = judge(&ret->mbn, &j, &env, digests, r);
	free(digests);
	return rc;
}

void cw_mbn_verdict_done(struct cw_mbn_verdict *v)
{
	for (unsigned i = 0; i < CW_MBN_AUTHORITIES; i++)
		cw_chain_free(v->signer[i].chain);
	*v = (struct cw_mbn_verdict){0};
}
