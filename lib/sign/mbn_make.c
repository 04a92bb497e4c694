// SPDX-License-Identifier: BSD-2-Clause
/* sign/mbn_make.c - the hash segment of a new image, its signatures, and the last look at it */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/cleanup.h"
#include "sign/mbn_internal.h"

#define CHAIN_OLD      6144u /* bytes of a chain's area, as vendors' images have it */
#define CHAIN_RSA      4320u
#define CHAIN_EC       3360u
#define SIGNATURE_P384 104u
#define SIGNATURE_P256 72u
#define UNUSED	       0xFFFFFFFFu

/* ---- sizes ---- */

static int read_chain(struct cw_mbn_making *m, enum cw_mbn_authority who)
{
	const struct cw_mbn_authority_key *signer = &m->request->signer[who];
	struct cw_refusal r;

	if (signer->key && cw_chain_read(signer->chain, CW_NO_OFFSET, &m->chain[who], &r))
		return cw_error_set(m->err, -EINVAL, "%s: %s", cw_mbn_authority_name(who), r.text);
	return 0;
}

static int match_key(struct cw_mbn_making *m, enum cw_mbn_authority who, enum cw_scheme *ret_scheme)
{
	const struct cw_key *key = m->request->signer[who].key;
	struct cw_refusal r;
	struct cw_span leaf;

	if (cw_chain_scheme(m->chain[who], ret_scheme, &r))
		return cw_error_set(m->err, -EINVAL, "%s: %s", cw_mbn_authority_name(who), r.text);
	leaf = cw_chain_leaf_spki(m->chain[who]);
	if (leaf.len == cw_key_spki(key).len && !memcmp(leaf.ptr, cw_key_spki(key).ptr, leaf.len))
		return 0;
	return cw_error_set(m->err, -EINVAL,
			    "%s: the key %s (%s) is not that of the chain's leaf certificate",
			    cw_mbn_authority_name(who), cw_key_fingerprint(key), cw_key_kind(key));
}

static int size_signer(struct cw_mbn_making *m, enum cw_mbn_authority who)
{
	const struct cw_mbn_request *q = m->request;
	size_t area, need = q->signer[who].chain.len;
	enum cw_scheme scheme;
	bool rsa;
	int r;

	if (!q->signer[who].key)
		return 0;
	r = match_key(m, who, &scheme);
	if (r < 0)
		return r;
	rsa = scheme == CW_SCHEME_ID_MIXED || scheme == CW_SCHEME_PSS;
	area = q->version < 6 ? CHAIN_OLD : rsa ? CHAIN_RSA : CHAIN_EC;
	m->part[cw_mbn_chain_part(who)] = need > area ? (need + 15) / 16 * 16 : area;
	if (rsa)
		m->part[cw_mbn_signature_part(who)] = cw_key_signature_size(q->signer[who].key);
	else
		m->part[cw_mbn_signature_part(who)] = strstr(cw_key_kind(q->signer[who].key), "384")
							      ? SIGNATURE_P384
							      : SIGNATURE_P256;
	return 0;
}

static int size_parts(struct cw_mbn_making *m)
{
	uint32_t version = m->request->version;
	bool qti = m->request->signer[CW_MBN_QTI].key;
	int r;

	m->header_size = 4 * cw_mbn_words(version);
	m->digest_size = version < 6 ? CW_SHA256_SIZE : CW_SHA384_SIZE;
	if (version >= 6) {
		m->part[CW_MBN_OEM_META] = version == 7 ? 224 : 120;
		m->part[CW_MBN_QTI_META] = qti ? m->part[CW_MBN_OEM_META] : 0;
		m->part[CW_MBN_COMMON] = version == 7 ? 24 : 0;
	}
	r = size_signer(m, CW_MBN_OEM);
	return r < 0 ? r : size_signer(m, CW_MBN_QTI);
}

/* ---- the hash segment ---- */

static uint8_t *part_at(struct cw_mbn_making *m, enum cw_mbn_part part)
{
	uint8_t *p = m->head + m->hash_at + m->header_size;

	for (unsigned i = 0; i < part; i++)
		p += m->part[i];
	return p;
}

/* Words whose meaning is no part's size. */
static void write_addresses(struct cw_mbn_making *m, uint8_t *h)
{
	uint32_t version = m->request->version;
	uint32_t behind = (uint32_t)(m->hash_size - m->header_size);
	uint32_t load = (uint32_t)(m->hash_paddr + m->header_size);

	if (version == 7)
		return;
	if (version == 6)
		behind -= (uint32_t)(m->part[CW_MBN_OEM_META] + m->part[CW_MBN_QTI_META]);
	cw_put_le32(h + 16, behind);
	if (version == 3) {
		cw_put_le32(h + 12, load);
		cw_put_le32(h + 24, load + (uint32_t)m->part[CW_MBN_TABLE]);
		cw_put_le32(h + 32, load + (uint32_t)(m->part[CW_MBN_TABLE] +
						      m->part[CW_MBN_OEM_SIGNATURE]));
	} else {
		cw_put_le32(h + 24, UNUSED);
		cw_put_le32(h + 32, UNUSED);
	}
}

static void write_header(struct cw_mbn_making *m)
{
	uint32_t version = m->request->version;
	uint8_t *h = m->head + m->hash_at;

	cw_put_le32(h + 4, version);
	write_addresses(m, h);
	for (unsigned i = 0; i < CW_MBN_PARTS; i++)
		if (cw_mbn_part_word(version, i) >= 0)
			cw_put_le32(h + 4 * (size_t)cw_mbn_part_word(version, i),
				    (uint32_t)m->part[i]);
}

/* Digests of all segments: of the headers the last, when they are written. */
static int write_table(struct cw_mbn_making *m)
{
	cleanup_free struct cw_hash_job *jobs = calloc(m->n + 1, sizeof(*jobs));
	uint8_t *table = part_at(m, CW_MBN_TABLE);
	unsigned n = 0;

	m->digests = calloc(m->phnum, sizeof(*m->digests));
	if (!jobs || !m->digests)
		return cw_error_set(m->err, -ENOMEM, "no memory for digests");
	jobs[n++] = (struct cw_hash_job){cw_span(m->head, m->headers), m->digests[0]};
	for (unsigned i = 0; i < m->n; i++)
		if (m->carried[i].bytes.len)
			jobs[n++] = (struct cw_hash_job){m->carried[i].bytes,
							 m->digests[m->carried[i].index]};
	if (!cw_hash_all(jobs, n, m->digest_size, &m->request->progress))
		return cw_error_set(m->err, -ENOMEM, "no memory for digests");
	for (unsigned i = 0; i < m->phnum; i++)
		memcpy(table + (size_t)i * m->digest_size, m->digests[i], m->digest_size);
	return 0;
}

static void write_metadata(struct cw_mbn_making *m)
{
	const struct cw_mbn_request *q = m->request;

	if (m->part[CW_MBN_COMMON])
		cw_mbn_write_common(&q->binding, m->digest_size, part_at(m, CW_MBN_COMMON));
	if (m->part[CW_MBN_QTI_META])
		cw_mbn_write_meta(q->version, CW_MBN_QTI, &q->binding, part_at(m, CW_MBN_QTI_META));
	if (m->part[CW_MBN_OEM_META])
		cw_mbn_write_meta(q->version, CW_MBN_OEM, &q->binding, part_at(m, CW_MBN_OEM_META));
}

/* ---- signatures ---- */

static int sign_one(struct cw_mbn_making *m, enum cw_mbn_authority who)
{
	const struct cw_mbn_request *q = m->request;
	struct cw_chain *chain = m->chain[who];
	uint8_t digest[CW_SHA384_SIZE], sig[CW_SCHEME_SIGNATURE_MAX];
	enum cw_mbn_part area = cw_mbn_signature_part(who);
	struct cw_mbn_message message;
	struct cw_cert_ids ids = {0};
	struct cw_mbn_hash hash;
	struct cw_refusal r;
	enum cw_scheme scheme;
	size_t len;
	int n;

	if (!q->signer[who].key)
		return 0;
	if (cw_chain_scheme(chain, &scheme, &r) ||
	    cw_mbn_hash(cw_span(m->head + m->hash_at, m->hash_size), m->hash_at, &hash, &r) ||
	    cw_chain_ids(chain, &ids, &r))
		return cw_error_set(m->err, -EBADMSG, "%s: %s", cw_mbn_authority_name(who), r.text);
	cw_mbn_message(&hash, who, &message);
	len = cw_scheme_digest(scheme, &ids, message.parts, message.n, digest);
	if (!len)
		return cw_error_set(m->err, -ENOMEM, "no memory for a digest");
	n = cw_key_sign_scheme(q->signer[who].key, scheme, cw_span(digest, len), sig, m->err);
	if (n < 0)
		return n;
	if ((size_t)n > m->part[area])
		return cw_error_set(m->err, -EIO, "a signature of %d bytes where %zu fit", n,
				    m->part[area]);
	memcpy(part_at(m, area), sig, (size_t)n);
	return 0;
}

static void write_chains(struct cw_mbn_making *m)
{
	for (unsigned who = 0; who < CW_MBN_AUTHORITIES; who++) {
		enum cw_mbn_part part = cw_mbn_chain_part(who);
		struct cw_span chain = m->request->signer[who].chain;

		if (!m->part[part])
			continue;
		memset(part_at(m, part), 0xFF, m->part[part]);
		memcpy(part_at(m, part), chain.ptr, chain.len);
	}
}

/* To the last look the image is a split one: segments lie where they were. */
static int carried_part(void *ctx, unsigned index, struct cw_span *ret, struct cw_refusal *r)
{
	const struct cw_mbn_making *m = ctx;

	for (unsigned i = 0; i < m->n; i++)
		if (m->carried[i].index == index) {
			*ret = m->carried[i].bytes;
			return 0;
		}
	return cw_refuse(r, CW_CODE_TRUNCATED, CW_NO_OFFSET, "segment %u has no bytes", index);
}

/* Nothing leaves that our own judge would refuse: that each digest stands where it belongs, too. */
static int last_look(struct cw_mbn_making *m)
{
	static const struct cw_root self = {.self = true};
	struct cw_mbn_offline offline = {
		.root = &self,
		.known = m->digests,
		.checked = {[CW_MBN_QTI] = m->chain[CW_MBN_QTI],
			    [CW_MBN_OEM] = m->chain[CW_MBN_OEM]},
	};
	struct cw_mbn_files files = {.ctx = m, .part = carried_part};
	struct cw_mbn_verdict verdict = {0};
	uint32_t wanted = m->request->binding.software_id, made;
	struct cw_refusal r;
	int code = cw_mbn_offline_judge(cw_span(m->head, m->head_len), 0, &files, &offline,
					&verdict, &r);

	made = verdict.signer[CW_MBN_OEM].binding.software_id;
	cw_mbn_verdict_done(&verdict);
	if (code) {
		cw_error_set(m->err, -EBADMSG, "'%s': the signed image would be refused: %s",
			     m->request->name, r.text);
		if (m->err)
			m->err->reason = -code;
		return -EBADMSG;
	}
	m->software_id = made;
	if (made != wanted && !m->request->software_of_leaf)
		return cw_error_set(
			m->err, -EINVAL,
			"the leaf certificate is for image type 0x%x (%s), not 0x%x (%s)", made,
			cw_mbn_software_name(made), wanted, cw_mbn_software_name(wanted));
	return 0;
}

/* ---- the whole ---- */

static int make_with_chains(struct cw_mbn_making *m)
{
	int r = size_parts(m);

	if (!r)
		r = cw_mbn_lay_out(m);
	if (r < 0)
		return r;
	cw_mbn_write_headers(m);
	write_header(m);
	write_metadata(m);
	r = write_table(m);
	if (!r)
		r = sign_one(m, CW_MBN_OEM);
	if (!r)
		r = sign_one(m, CW_MBN_QTI);
	if (r < 0)
		return r;
	write_chains(m);
	return last_look(m);
}

/* The root's signature of itself, too: the chain is the user's own file, and nobody else would find a flipped bit in it before
 * `verify --root self` does. */
static void check_chains(void *arg)
{
	struct cw_mbn_making *m = arg;

	for (unsigned who = 0; who < CW_MBN_AUTHORITIES; who++)
		m->bad_chain[who] = m->chain[who] &&
				    cw_chain_check(m->chain[who], 0, NULL, &m->chain_refusal[who]);
}

static int tell_chains(const struct cw_mbn_making *m)
{
	for (unsigned who = CW_MBN_AUTHORITIES; who-- > 0;)
		if (m->bad_chain[who])
			return cw_error_set(m->err, -EINVAL, "%s: %s", cw_mbn_authority_name(who),
					    m->chain_refusal[who].text);
	return 0;
}

/* Certificates take as long as all the rest, which goes on meanwhile. Nobody gets what was made of a bad chain, and what is wrong
 * with the chain is said first. */
static int make_and_check(struct cw_mbn_making *m)
{
	struct cw_aside aside;
	int r, bad;

	cw_aside_begin(&aside, check_chains, m);
	r = make_with_chains(m);
	cw_aside_end(&aside);
	bad = tell_chains(m);
	return bad < 0 ? bad : r;
}

static int make(struct cw_mbn_making *m)
{
	struct cw_refusal refusal;
	int r;

	if (!cw_mbn_words(m->request->version))
		return cw_error_set(m->err, -EINVAL, "header version %u; 3, 5, 6 and 7 are known",
				    m->request->version);
	if (!m->request->signer[CW_MBN_OEM].key)
		return cw_error_set(m->err, -EINVAL, "an image needs the OEM's signature");
	if (m->request->version == 3 && m->request->signer[CW_MBN_QTI].key)
		return cw_error_set(m->err, -EINVAL, "version 3 has room for one signature only");
	if (cw_mbn_elf(m->request->elf, 0, &m->elf, &refusal))
		return cw_error_set(m->err, -EBADMSG, "'%s': %s", m->request->name, refusal.text);
	r = read_chain(m, CW_MBN_OEM);
	if (!r)
		r = read_chain(m, CW_MBN_QTI);
	return r < 0 ? r : make_and_check(m);
}

static void free_chains(struct cw_chain **chain)
{
	for (unsigned who = 0; who < CW_MBN_AUTHORITIES; who++)
		cw_chain_free(chain[who]);
}

/* Hand out what @ret keeps of @m. */
static int hand_out(struct cw_mbn_making *m, struct cw_mbn_made *ret)
{
	struct cw_span *segment = calloc(m->phnum, sizeof(*segment));

	if (!segment)
		return cw_error_set(m->err, -ENOMEM, "no memory for an image");
	for (unsigned i = 0; i < m->n; i++)
		segment[m->carried[i].index] = m->carried[i].bytes;
	*ret = (struct cw_mbn_made){
		.file = m->file,
		.head = m->head,
		.segment = segment,
		.chain = {[CW_MBN_QTI] = m->chain[CW_MBN_QTI], [CW_MBN_OEM] = m->chain[CW_MBN_OEM]},
		.len = (size_t)m->file.len,
		.software_id = m->software_id,
		.headers = m->headers,
		.phnum = m->phnum,
		.hash_index = m->hash_index,
		.hash_at = (size_t)m->hash_at,
		.hash_size = m->hash_size,
		.signed_size = m->header_size + m->part[CW_MBN_COMMON] + m->part[CW_MBN_QTI_META] +
			       m->part[CW_MBN_OEM_META] + m->part[CW_MBN_TABLE],
	};
	return 0;
}

int cw_sign_mbn(const struct cw_mbn_request *request, struct cw_mbn_made *ret, struct cw_error *err)
{
	struct cw_mbn_making m = {.request = request, .err = err};
	int r = make(&m);

	if (!r)
		r = hand_out(&m, ret);
	free(m.carried);
	free(m.sorted);
	free(m.digests);
	if (r < 0) {
		free_chains(m.chain);
		cw_pieces_done(&m.file);
		free(m.head);
	}
	return r;
}

void cw_mbn_made_done(struct cw_mbn_made *made)
{
	cw_pieces_done(&made->file);
	free(made->head);
	free(made->segment);
	free_chains(made->chain);
	*made = (struct cw_mbn_made){0};
}

int cw_mbn_split(const struct cw_mbn_made *made,
		 int (*put)(void *ctx, int index, struct cw_span head, struct cw_span tail,
			    struct cw_error *err),
		 void *ctx, struct cw_error *err)
{
	struct cw_span headers = cw_span(made->head, made->headers);
	struct cw_span hash = cw_span(made->head + made->hash_at, made->hash_size);
	struct cw_span nothing = cw_span(made->head, 0);
	int r = put(ctx, -1, headers, hash, err);

	for (unsigned i = 0; r >= 0 && i < made->phnum; i++) {
		struct cw_span bytes = i == 0		    ? headers
				       : i == made->hash_index ? hash
							       : made->segment[i];

		if (bytes.len)
			r = put(ctx, (int)i, bytes, nothing, err);
	}
	return r;
}
