// SPDX-License-Identifier: BSD-2-Clause
/*
 * image/mbn_hash.c - the hash segment: header, parts, signed bytes
 *
 * All four versions are the same thing with other words: a header of 10 or 12 words (u32, little-endian), then the parts
 * in the order of enum cw_mbn_part, each as long as its word says. The total of version 6 (word 4) counts differently in
 * different files, so only the parts are believed.
 */
#include "image/mbn.h"

struct field {
	const char *key, *name;
};

static const struct field v3_fields[] = {
	{"image_id", "image id"},
	{"version", "header version"},
	{"flash_address", "flash address"},
	{"load_address", "load address behind the header"},
	{"total_size", "size of all behind the header"},
	{"hash_table_size", "hash table size"},
	{"signature_address", "signature address"},
	{"oem_signature_size", "signature size"},
	{"chain_address", "certificate chain address"},
	{"oem_chain_size", "certificate chain size"},
};

static const struct field v5_fields[] = {
	{"image_id", "image id"},
	{"version", "header version"},
	{"qti_signature_size", "QTI signature size"},
	{"qti_chain_size", "QTI certificate chain size"},
	{"total_size", "size of all behind the header"},
	{"hash_table_size", "hash table size"},
	{"signature_address", "signature address"},
	{"oem_signature_size", "OEM signature size"},
	{"chain_address", "certificate chain address"},
	{"oem_chain_size", "OEM certificate chain size"},
	{"qti_metadata_size", "QTI metadata size"}, /* version 6 from here */
	{"oem_metadata_size", "OEM metadata size"},
};

static const struct field v7_fields[] = {
	{"reserved", "reserved"},
	{"version", "header version"},
	{"common_metadata_size", "common metadata size"},
	{"qti_metadata_size", "QTI metadata size"},
	{"oem_metadata_size", "OEM metadata size"},
	{"hash_table_size", "hash table size"},
	{"qti_signature_size", "QTI signature size"},
	{"qti_chain_size", "QTI certificate chain size"},
	{"oem_signature_size", "OEM signature size"},
	{"oem_chain_size", "OEM certificate chain size"},
};

static const struct layout {
	uint32_t version;
	unsigned words;
	const struct field *fields;
	signed char size_word[CW_MBN_PARTS];		   /* -1: no such part */
	unsigned char others_words[CW_MBN_AUTHORITIES][2]; /* zeroed in what QTI and OEM sign */
	unsigned meta_size;
} layouts[] = {
	{3, 10, v3_fields, {-1, -1, -1, 5, -1, -1, 7, 9}, {{7, 9}, {2, 3}}, 0},
	{5, 10, v5_fields, {-1, -1, -1, 5, 2, 3, 7, 9}, {{7, 9}, {2, 3}}, 0},
	{6, 12, v5_fields, {-1, 10, 11, 5, 2, 3, 7, 9}, {{7, 9}, {2, 3}}, 120},
	{7, 10, v7_fields, {2, 3, 4, 5, 6, 7, 8, 9}, {{8, 9}, {6, 7}}, 224},
};

#define COMMON_SIZE 24u

static const struct layout *layout_of(uint32_t version)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].version == version)
			return &layouts[i];
	return NULL;
}

unsigned cw_mbn_words(uint32_t version)
{
	const struct layout *l = layout_of(version);

	return l ? l->words : 0;
}

const char *cw_mbn_word_key(uint32_t version, unsigned i)
{
	const struct layout *l = layout_of(version);

	return l && i < l->words ? l->fields[i].key : "?";
}

const char *cw_mbn_word_name(uint32_t version, unsigned i)
{
	const struct layout *l = layout_of(version);

	return l && i < l->words ? l->fields[i].name : "?";
}

const char *cw_mbn_part_name(enum cw_mbn_part part)
{
	static const char *const names[CW_MBN_PARTS] = {
		"common metadata", "QTI metadata",	    "OEM metadata",
		"hash table",	   "QTI signature",	    "QTI certificate chain",
		"OEM signature",   "OEM certificate chain",
	};

	return part < CW_MBN_PARTS ? names[part] : "?";
}

int cw_mbn_part_word(uint32_t version, enum cw_mbn_part part)
{
	const struct layout *l = layout_of(version);

	return l && part < CW_MBN_PARTS ? l->size_word[part] : -1;
}

/* Offset of word @i in the file. */
static uint64_t word_at(uint64_t at, unsigned i)
{
	return at == CW_NO_OFFSET ? at : at + 4 * i;
}

static int read_words(struct cw_mbn_hash *h, struct cw_refusal *r)
{
	uint32_t version = 0;

	if (!cw_span_u32(h->segment, 4, &version))
		return cw_refuse(r, CW_CODE_TRUNCATED, h->at,
				 "the hash segment has %zu bytes, its header alone has 40",
				 h->segment.len);
	if (!layout_of(version))
		return cw_refuse(r, CW_CODE_VERSION, word_at(h->at, 1),
				 "hash segment header of version %u; 3, 5, 6 and 7 are known",
				 version);
	h->version = version;
	h->header_size = 4 * layout_of(version)->words;
	if (h->segment.len < h->header_size)
		return cw_refuse(r, CW_CODE_TRUNCATED, h->at,
				 "the hash segment has %zu bytes, a header of version %u has %u",
				 h->segment.len, version, h->header_size);
	for (unsigned i = 0; i < layout_of(version)->words; i++)
		h->word[i] = cw_get_le32(h->segment.ptr + 4 * i);
	return 0;
}

static int wrong_size(const struct cw_mbn_hash *h, enum cw_mbn_part part, uint32_t right,
		      struct cw_refusal *r)
{
	unsigned word = (unsigned)cw_mbn_part_word(h->version, part);

	return cw_refuse(r, CW_CODE_SIZE, word_at(h->at, word),
			 "the %s has %u bytes, not %u as in every image of version %u",
			 cw_mbn_part_name(part), h->word[word], right, h->version);
}

/* Metadata has one size; signature and chain come together or not at all. */
static int check_sizes(const struct cw_mbn_hash *h, struct cw_refusal *r)
{
	uint32_t meta = layout_of(h->version)->meta_size;
	const struct cw_span *part = h->part;

	if (h->version == 7 && part[CW_MBN_COMMON].len != COMMON_SIZE)
		return wrong_size(h, CW_MBN_COMMON, COMMON_SIZE, r);
	for (unsigned who = 0; who < CW_MBN_AUTHORITIES; who++) {
		enum cw_mbn_part m = cw_mbn_meta_part(who), s = cw_mbn_signature_part(who);
		enum cw_mbn_part c = cw_mbn_chain_part(who);

		if (part[m].len && part[m].len != meta)
			return wrong_size(h, m, meta, r);
		if (!part[s].len != !part[c].len)
			return cw_refuse(
				r, CW_CODE_SIZE,
				word_at(h->at, (unsigned)cw_mbn_part_word(h->version,
									  part[s].len ? c : s)),
				"the %s has %zu bytes and the %s %zu: one without the other",
				cw_mbn_part_name(s), part[s].len, cw_mbn_part_name(c), part[c].len);
	}
	return 0;
}

int cw_mbn_hash(struct cw_span segment, uint64_t at, struct cw_mbn_hash *ret, struct cw_refusal *r)
{
	struct cw_mbn_hash h = {.segment = segment, .at = at};
	size_t pos;
	int rc = read_words(&h, r);

	if (rc)
		return rc;
	pos = h.header_size;
	for (unsigned i = 0; i < CW_MBN_PARTS; i++) {
		int word = layout_of(h.version)->size_word[i];

		if (word < 0 || !h.word[word])
			continue;
		if (!cw_span_cut(segment, pos, h.word[word], &h.part[i]))
			return cw_refuse(r, CW_CODE_SIZE, word_at(at, (unsigned)word),
					 "the %s of %u bytes at byte %zu of the hash segment runs "
					 "past its end (%zu bytes)",
					 cw_mbn_part_name(i), h.word[word], pos, segment.len);
		pos += h.word[word];
	}
	h.rest = segment.len - pos;
	rc = check_sizes(&h, r);
	if (rc)
		return rc;
	*ret = h;
	return 0;
}

static const uint8_t zeros[256]; /* longer than any metadata */

static void add(struct cw_mbn_message *m, struct cw_span part, bool zeroed)
{
	if (part.len)
		m->parts[m->n++] = zeroed ? cw_span(zeros, part.len) : part;
}

void cw_mbn_message(const struct cw_mbn_hash *h, enum cw_mbn_authority who,
		    struct cw_mbn_message *ret)
{
	const struct layout *l = layout_of(h->version);
	bool both = cw_mbn_signed_by(h, CW_MBN_QTI) && cw_mbn_signed_by(h, CW_MBN_OEM);

	ret->n = 0;
	for (unsigned i = 0; i < l->words; i++)
		cw_put_le32(ret->header + 4 * i, h->word[i]);
	for (unsigned i = 0; both && i < 2; i++)
		cw_put_le32(ret->header + 4 * l->others_words[who][i], 0);
	add(ret, cw_span(ret->header, h->header_size), false);
	add(ret, h->part[CW_MBN_COMMON], false);
	add(ret, h->part[CW_MBN_QTI_META], both && who == CW_MBN_OEM);
	add(ret, h->part[CW_MBN_OEM_META], both && who == CW_MBN_QTI);
	add(ret, h->part[CW_MBN_TABLE], false);
}
