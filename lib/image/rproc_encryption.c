// SPDX-License-Identifier: BSD-2-Clause
/*
 * image/rproc_encryption.c - encrypted images (record 0x1C004)
 *
 * The record has an IV and a tag for every PT_LOAD, in the order of the program headers of all images, and the content key,
 * wrapped to one board's device key. All hashes are over the ciphertext, so everything but the resource table is judged
 * as ever; decrypting comes after the last hash was right, and is done by those who have the key.
 */
#include "image/rproc_internal.h"

#include <string.h>

#define POINT_AT(record) ((record).len - CW_RPROC_SEALED_KEY_SIZE)

static unsigned count_seals(const struct cw_judge *j)
{
	return (unsigned)(POINT_AT(j->out.encryption) / CW_RPROC_SEAL_SIZE);
}

/* Program header number @n of all, as signed; false: it is no PT_LOAD. */
static bool load_header(const struct cw_judge *j, unsigned n, struct cw_span *ret)
{
	return cw_span_cut(j->out.hash_table, (uint64_t)CW_RPROC_HASH_ENTRY_SIZE * n,
			   CW_ELF32_PHDR_SIZE, ret) &&
	       cw_get_le32(ret->ptr) == CW_PT_LOAD;
}

static unsigned count_headers(const struct cw_judge *j)
{
	return (unsigned)(j->out.hash_table.len / CW_RPROC_HASH_ENTRY_SIZE);
}

/* What has no bytes has nothing to decrypt: its entry says so. */
static int check_empty(struct cw_judge *j, unsigned k, const struct cw_span *header)
{
	const uint8_t *seal = j->out.encryption.ptr + (size_t)CW_RPROC_SEAL_SIZE * k;

	if (cw_get_le32(header->ptr + 16) || cw_span_zero(cw_span(seal, CW_RPROC_SEAL_SIZE)))
		return 0;
	return cw_refuse(
		j->r, CW_CODE_RECORD, CW_NO_OFFSET,
		"record encryption (0x%x): entry %u is for a segment without bytes and is not "
		"zero",
		CW_TLV_CW_ENCRYPTION, k);
}

int cw_judge_encryption(struct cw_judge *j)
{
	unsigned loads = 0, seals;
	struct cw_span header;
	int rc = 0;

	if (!j->out.encryption.ptr)
		return 0;
	seals = count_seals(j);
	for (unsigned i = 0; rc == 0 && i < count_headers(j); i++) {
		if (!load_header(j, i, &header))
			continue;
		if (loads < seals)
			rc = check_empty(j, loads, &header);
		loads++;
	}
	if (rc < 0)
		return rc;
	if (loads != seals)
		return cw_refuse(j->r, CW_CODE_RECORD, CW_NO_OFFSET,
				 "record encryption (0x%x) is for %u segments, the images have %u "
				 "PT_LOADs",
				 CW_TLV_CW_ENCRYPTION, seals, loads);
	if (j->out.encryption.ptr[POINT_AT(j->out.encryption)] != 0x04)
		return cw_refuse(j->r, CW_CODE_RECORD, CW_NO_OFFSET,
				 "record encryption (0x%x): its point begins with 0x%02x; an "
				 "uncompressed one with 0x04",
				 CW_TLV_CW_ENCRYPTION,
				 j->out.encryption.ptr[POINT_AT(j->out.encryption)]);
	if (j->env->load && !j->env->decrypt)
		return cw_refuse(j->r, CW_CODE_UNSUPPORTED, CW_NO_OFFSET,
				 "the image is encrypted (record 0x%x), and this platform service "
				 "cannot decrypt",
				 CW_TLV_CW_ENCRYPTION);
	j->sealed = !j->env->decrypt;
	return 0;
}

/* The signed program headers of all PT_LOADs, one behind the other. */
static struct cw_span gather_headers(struct cw_judge *j)
{
	uint8_t *p = cw_judge_take(j, (size_t)CW_ELF32_PHDR_SIZE * count_seals(j),
				   "program headers of encrypted segments");
	size_t used = 0;
	struct cw_span header;

	if (!p)
		return cw_span(NULL, 0);
	for (unsigned i = 0; i < count_headers(j); i++)
		if (load_header(j, i, &header)) {
			memcpy(p + used, header.ptr, CW_ELF32_PHDR_SIZE);
			used += CW_ELF32_PHDR_SIZE;
		}
	return cw_span(p, used);
}

static int refuse_tag(struct cw_judge *j, struct cw_span headers, unsigned bad)
{
	const uint8_t *h = headers.ptr + (size_t)CW_ELF32_PHDR_SIZE * bad;

	return cw_refuse(
		j->r, CW_CODE_DECRYPT, CW_NO_OFFSET,
		"encrypted segment %u (0x%08x, %u bytes) does not have its tag (record 0x%x): "
		"it was not encrypted with this key and IV",
		bad, cw_get_le32(h + 12), cw_get_le32(h + 16), CW_TLV_CW_ENCRYPTION);
}

int cw_judge_decrypt(struct cw_judge *j)
{
	size_t mark = j->ws_used;
	struct cw_span headers;
	unsigned bad = 0;
	int rc;

	if (!j->out.encryption.ptr || !j->env->decrypt)
		return 0;
	headers = gather_headers(j);
	if (!headers.ptr)
		return -CW_CODE_NO_MEMORY;
	cw_judge_listen(j);
	rc = j->env->decrypt(j->env->ctx, j->out.encryption, headers, &bad, j->r);
	if (rc == -CW_CODE_DECRYPT && cw_judge_mute(j) && bad < count_seals(j))
		rc = refuse_tag(j, headers, bad);
	else if (rc < 0 && cw_judge_mute(j))
		rc = cw_refuse(j->r, (enum cw_code) - rc, CW_NO_OFFSET,
			       "the image could not be decrypted: %s", cw_code_name(-rc));
	j->ws_used = mark;
	return rc;
}
