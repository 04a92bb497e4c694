// SPDX-License-Identifier: BSD-2-Clause
/* image/mbn_judge.c - signatures, what they bind, and segments against the signed table */
#include "image/mbn.h"

#include <string.h>

/* ---- policy ---- */

static int check_pas(const struct cw_mbn_policy *p, enum cw_mbn_authority who,
		     const struct cw_mbn_binding *b, uint64_t at, struct cw_refusal *r)
{
	if (!p->pas || p->pas->software_id == b->software_id)
		return 0;
	return cw_refuse(r, CW_CODE_TARGET, at,
			 "the %s signed image type 0x%x (%s); PAS %u (%s) takes 0x%x (%s)",
			 cw_mbn_authority_name(who), b->software_id,
			 cw_mbn_software_name(b->software_id), p->pas->id, p->pas->name,
			 p->pas->software_id, cw_mbn_software_name(p->pas->software_id));
}

/* The list as "0x6003 0x6007"; @text has room for all. */
static void list_socs(const struct cw_mbn_binding *b, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < CW_MBN_SOCS; i++)
		if (b->soc[i] && used < size)
			used += cw_format(text + used, size - used, "%s0x%x", used ? " " : "",
					  b->soc[i]);
}

static int check_soc(const struct cw_mbn_policy *p, enum cw_mbn_authority who,
		     const struct cw_mbn_binding *b, uint64_t at, struct cw_refusal *r)
{
	char list[CW_MBN_SOCS * 11 + 1];

	if (!p->has_soc || !b->soc_bound)
		return 0;
	for (unsigned i = 0; i < CW_MBN_SOCS; i++)
		if (p->soc && b->soc[i] == p->soc)
			return 0;
	list_socs(b, list, sizeof(list));
	return cw_refuse(r, CW_CODE_TARGET, at,
			 "the %s signed it for SoC hardware versions %s, not for 0x%x",
			 cw_mbn_authority_name(who), list[0] ? list : "(none)", p->soc);
}

int cw_mbn_check_binding(const struct cw_mbn_policy *p, enum cw_mbn_authority who,
			 const struct cw_mbn_binding *b, uint64_t at, struct cw_refusal *r)
{
	int rc = check_pas(p, who, b, at, r);

	if (!rc)
		rc = check_soc(p, who, b, at, r);
	if (rc)
		return rc;
	if (p->has_oem && b->oem_bound && b->oem_id != p->oem)
		return cw_refuse(r, CW_CODE_TARGET, at,
				 "the %s signed it for OEM 0x%x, not for 0x%x",
				 cw_mbn_authority_name(who), b->oem_id, p->oem);
	if (p->has_model && b->model_bound && b->model_id != p->model)
		return cw_refuse(r, CW_CODE_TARGET, at,
				 "the %s signed it for model 0x%x, not for 0x%x",
				 cw_mbn_authority_name(who), b->model_id, p->model);
	if (b->rollback < p->minimum_rollback)
		return cw_refuse(r, CW_CODE_ROLLBACK, at,
				 "the %s signed rollback version %u; at least %u is required",
				 cw_mbn_authority_name(who), b->rollback, p->minimum_rollback);
	return 0;
}

/* ---- signatures ---- */

static int authenticate_one(const struct cw_mbn *m, const struct cw_mbn_env *env,
			    enum cw_mbn_authority who, struct cw_mbn_binding *b,
			    struct cw_refusal *r)
{
	struct cw_mbn_message message;
	int rc = 0;

	*b = (struct cw_mbn_binding){0};
	if (m->hash.version >= 6)
		rc = cw_mbn_metadata(&m->hash, who, b, r);
	if (rc)
		return rc;
	cw_mbn_message(&m->hash, who, &message);
	return env->verify(env->ctx, m, who, &message, b, r);
}

/* Kept apart so that only one binding at a time is on the stack. */
static int judge_one(const struct cw_mbn *m, const struct cw_mbn_env *env,
		     enum cw_mbn_authority who, uint32_t *software_id, struct cw_mbn_binding *ret,
		     struct cw_refusal *r)
{
	enum cw_mbn_part where =
		m->hash.version >= 6 ? cw_mbn_meta_part(who) : cw_mbn_chain_part(who);
	uint64_t at = cw_mbn_part_at(&m->hash, where);
	struct cw_mbn_binding b;
	int rc = authenticate_one(m, env, who, &b, r);

	if (!rc)
		rc = cw_mbn_check_binding(&env->policy, who, &b, at, r);
	if (rc)
		return rc;
	if (who != CW_MBN_OEM && *software_id != b.software_id)
		return cw_refuse(r, CW_CODE_TARGET, at,
				 "the OEM signed image type 0x%x, QTI 0x%x: they must agree",
				 *software_id, b.software_id);
	*software_id = b.software_id;
	if (ret)
		ret[who] = b;
	return 0;
}

int cw_mbn_authenticate(const struct cw_mbn *m, const struct cw_mbn_env *env,
			struct cw_mbn_binding *ret, struct cw_refusal *r)
{
	uint32_t software_id = 0;
	int rc;

	if (!cw_mbn_signed_by(&m->hash, CW_MBN_OEM))
		return cw_refuse(r, CW_CODE_MISSING, m->hash.at,
				 "the hash segment has no OEM signature: the image is not signed");
	if (env->policy.require_qti && !cw_mbn_signed_by(&m->hash, CW_MBN_QTI))
		return cw_refuse(r, CW_CODE_REQUIRED, m->hash.at,
				 "QTI did not sign the image, and its signature is required");
	rc = judge_one(m, env, CW_MBN_OEM, &software_id, ret, r);
	if (!rc && cw_mbn_signed_by(&m->hash, CW_MBN_QTI))
		rc = judge_one(m, env, CW_MBN_QTI, &software_id, ret, r);
	return rc;
}

/* ---- segments ---- */

static bool entry_is_for_nothing(const struct cw_mbn *m, unsigned i, const struct cw_mbn_phdr *p)
{
	return i == m->hash_index || !p->filesz;
}

int cw_mbn_check_segment(const struct cw_mbn *m, const struct cw_mbn_env *env, unsigned i,
			 struct cw_refusal *r)
{
	uint64_t at = cw_mbn_part_at(&m->hash, CW_MBN_TABLE);
	uint8_t digest[CW_MBN_DIGEST_MAX];
	struct cw_mbn_phdr p;
	struct cw_span entry;
	int rc;

	cw_mbn_phdr(m->file, &m->elf, i, &p);
	entry = cw_span(m->hash.part[CW_MBN_TABLE].ptr + (size_t)i * m->digest_size,
			m->digest_size);
	at = at == CW_NO_OFFSET ? at : at + (uint64_t)i * m->digest_size;
	if (entry_is_for_nothing(m, i, &p)) {
		if (cw_span_zero(entry))
			return 0;
		return cw_refuse(r, CW_CODE_HASH, at,
				 "segment %u %s, yet the hash table has a digest for it", i,
				 i == m->hash_index ? "is the hash segment" : "has no bytes");
	}
	if (cw_span_zero(entry))
		return cw_refuse(r, CW_CODE_HASH, at,
				 "the hash table has no digest for segment %u of %llu bytes", i,
				 (unsigned long long)p.filesz);
	rc = env->digest(env->ctx, m, i, m->digest_size == 32 ? CW_MBN_SHA256 : CW_MBN_SHA384,
			 digest, r);
	if (rc)
		return rc;
	if (memcmp(digest, entry.ptr, m->digest_size))
		return cw_refuse(
			r, CW_CODE_HASH, m->split && i ? CW_NO_OFFSET : m->base + p.offset,
			i ? "segment %u: its %llu bytes do not have the signed %s digest"
			  : "segment %u (ELF header and program headers): its %llu bytes do "
			    "not have the signed %s digest",
			i, (unsigned long long)p.filesz,
			m->digest_size == 32 ? "SHA-256" : "SHA-384");
	return 0;
}

int cw_mbn_check_segments(const struct cw_mbn *m, const struct cw_mbn_env *env,
			  struct cw_refusal *r)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < m->elf.phnum; i++)
		rc = cw_mbn_check_segment(m, env, i, r);
	return rc;
}
