// SPDX-License-Identifier: BSD-2-Clause
/*
 * image/rproc_records.c - the meaning of the records, read only once the signature is good
 *
 * Stricter than stock loaders (FMT-W7): no duplicates, exact lengths, known hash, nothing unknown
 * below the platform range or among our own. Platform records of others are signed data that is not
 * for us: they are skipped.
 */
#include "image/rproc_internal.h"

#define FILE_OFFSET(at) ((uint64_t)CW_RPROC_HEADER_SIZE + (at))

struct record {
	uint32_t type;
	struct cw_span value;
	size_t at;
};

static const char *record_name(uint32_t type)
{
	switch (type) {
	case CW_TLV_SIGNTYPE:
		return "SIGNTYPE";
	case CW_TLV_HASHTYPE:
		return "HASHTYPE";
	case CW_TLV_NUM_IMG:
		return "NUM_IMG";
	case CW_TLV_IMGTYPE:
		return "IMGTYPE";
	case CW_TLV_IMGSIZE:
		return "IMGSIZE";
	case CW_TLV_HASHTABLE:
		return "HASHTABLE";
	case CW_TLV_PKEYINFO:
		return "PKEYINFO";
	case CW_TLV_CW_HEADERS:
		return "headers";
	case CW_TLV_CW_VERSION:
		return "version";
	case CW_TLV_CW_TARGET:
		return "target";
	case CW_TLV_CW_ENCRYPTION:
		return "encryption";
	case CW_TLV_CW_FLAGS:
		return "flags";
	case CW_TLV_CW_TABLE:
		return "resource-table";
	default:
		return "platform";
	}
}

static int bad_length(struct cw_judge *j, const struct record *rec, const char *rule)
{
	return cw_refuse(j->r, CW_CODE_RECORD, FILE_OFFSET(rec->at),
			 "record %s (0x%x) has %zu bytes, not %s", record_name(rec->type),
			 rec->type, rec->value.len, rule);
}

static int check_duplicate(struct cw_judge *j, const struct record *rec)
{
	struct record other;
	size_t pos = 0;

	while (pos < rec->at &&
	       cw_rproc_tlv_next(j->records, &pos, &other.type, &other.value, &other.at, NULL) > 0)
		if (other.at < rec->at && other.type == rec->type)
			return cw_refuse(j->r, CW_CODE_RECORD, FILE_OFFSET(rec->at),
					 "record %s (0x%x) at 0x%llx is there already at 0x%llx",
					 record_name(rec->type), rec->type,
					 (unsigned long long)FILE_OFFSET(rec->at),
					 (unsigned long long)FILE_OFFSET(other.at));
	return 0;
}

static int take_byte(struct cw_judge *j, const struct record *rec)
{
	uint8_t v;

	if (rec->value.len != 1)
		return bad_length(j, rec, "1");
	v = rec->value.ptr[0];
	if (rec->type == CW_TLV_HASHTYPE && v != 1)
		return cw_refuse(j->r, CW_CODE_UNSUPPORTED, FILE_OFFSET(rec->at) + 8,
				 "hash type %u is not known; 1 is SHA-256", v);
	if (rec->type != CW_TLV_NUM_IMG)
		return 0;
	if (!v)
		return cw_refuse(j->r, CW_CODE_MISSING, FILE_OFFSET(rec->at) + 8,
				 "record NUM_IMG says that there is no image");
	if (v > CW_RPROC_IMAGES_MAX)
		return cw_refuse(j->r, CW_CODE_LIMIT, FILE_OFFSET(rec->at) + 8,
				 "the container holds %u images, the limit is %u", v,
				 CW_RPROC_IMAGES_MAX);
	j->out.n_images = v;
	return 0;
}

static int take_hash_table(struct cw_judge *j, const struct record *rec)
{
	size_t n = rec->value.len / CW_RPROC_HASH_ENTRY_SIZE;

	if (!n || rec->value.len % CW_RPROC_HASH_ENTRY_SIZE)
		return bad_length(j, rec, "a multiple of 64");
	if (n > CW_RPROC_SEGMENTS_MAX)
		return cw_refuse(j->r, CW_CODE_LIMIT, FILE_OFFSET(rec->at),
				 "the hash table has %zu entries, the limit is %u program headers",
				 n, CW_RPROC_SEGMENTS_MAX);
	j->out.hash_table = rec->value;
	return 0;
}

static int take_target(struct cw_judge *j, const struct record *rec)
{
	if (!rec->value.len || rec->value.len > 63)
		return bad_length(j, rec, "1 to 63");
	for (size_t i = 0; i < rec->value.len; i++)
		if (rec->value.ptr[i] <= ' ' || rec->value.ptr[i] > '~')
			return cw_refuse(
				j->r, CW_CODE_RECORD, FILE_OFFSET(rec->at) + 8 + i,
				"record target (0x%x) holds byte 0x%02x, which no compatible string has",
				rec->type, rec->value.ptr[i]);
	j->out.target = rec->value;
	return 0;
}

static int take_flags(struct cw_judge *j, const struct record *rec)
{
	if (rec->value.len != 4)
		return bad_length(j, rec, "4");
	j->out.flags = cw_get_le32(rec->value.ptr);
	if (j->out.flags & ~CW_RPROC_FLAG_DEBUGGABLE)
		return cw_refuse(j->r, CW_CODE_UNSUPPORTED, FILE_OFFSET(rec->at) + 8,
				 "record flags (0x%x) is 0x%x; only bit 0 (debuggable) is known",
				 rec->type, j->out.flags);
	return 0;
}

static int take_table_record(struct cw_judge *j, const struct record *rec)
{
	struct cw_rproc_table_record *t = &j->out.table_record;

	if (rec->value.len != CW_RPROC_TABLE_RECORD_SIZE)
		return bad_length(j, rec, "12");
	t->image = cw_get_le32(rec->value.ptr);
	t->addr = cw_get_le32(rec->value.ptr + 4);
	t->size = cw_get_le32(rec->value.ptr + 8);
	j->out.has_table_record = true;
	if (t->size || (!t->image && !t->addr))
		return 0;
	return cw_refuse(j->r, CW_CODE_RECORD, FILE_OFFSET(rec->at) + 8,
			 "record resource-table (0x%x) names image %u and address 0x%08x, but no bytes",
			 rec->type, t->image, t->addr);
}

static int take_encryption(struct cw_judge *j, const struct record *rec)
{
	size_t len = rec->value.len;

	if (len < CW_RPROC_SEAL_SIZE + CW_RPROC_SEALED_KEY_SIZE ||
	    (len - CW_RPROC_SEALED_KEY_SIZE) % CW_RPROC_SEAL_SIZE)
		return bad_length(j, rec, "113 and 28 for each segment");
	j->out.encryption = rec->value;
	return 0;
}

static int take_ours(struct cw_judge *j, const struct record *rec)
{
	switch (rec->type) {
	case CW_TLV_CW_HEADERS:
		j->out.headers =
			rec->value; /* its length is compared when the number of images is known */
		return 0;
	case CW_TLV_CW_VERSION:
		if (rec->value.len != 8)
			return bad_length(j, rec, "8");
		j->out.has_version = true;
		j->out.version = cw_get_le64(rec->value.ptr);
		return 0;
	case CW_TLV_CW_TARGET:
		return take_target(j, rec);
	case CW_TLV_CW_ENCRYPTION:
		return take_encryption(j, rec);
	case CW_TLV_CW_FLAGS:
		return take_flags(j, rec);
	case CW_TLV_CW_TABLE:
		return take_table_record(j, rec);
	default:
		return cw_refuse(
			j->r, CW_CODE_UNSUPPORTED, FILE_OFFSET(rec->at),
			"record 0x%x was made by a newer signer: it may change what the image means",
			rec->type);
	}
}

static int take_record(struct cw_judge *j, const struct record *rec)
{
	switch (rec->type) {
	case CW_TLV_SIGNTYPE:
	case CW_TLV_HASHTYPE:
	case CW_TLV_NUM_IMG:
		return take_byte(j, rec);
	case CW_TLV_IMGTYPE:
		j->types = rec->value;
		return 0;
	case CW_TLV_IMGSIZE:
		j->sizes = rec->value;
		return 0;
	case CW_TLV_HASHTABLE:
		return take_hash_table(j, rec);
	case CW_TLV_PKEYINFO:
		return 0;
	}
	if (rec->type >= CW_TLV_CW_FIRST && rec->type <= CW_TLV_CW_LAST)
		return take_ours(j, rec);
	if (rec->type >= CW_TLV_PLATFORM_FIRST && rec->type <= CW_TLV_PLATFORM_LAST)
		return 0;
	return cw_refuse(j->r, CW_CODE_RECORD, FILE_OFFSET(rec->at),
			 "record 0x%x at 0x%llx is not known to this format", rec->type,
			 (unsigned long long)FILE_OFFSET(rec->at));
}

static int check_present(struct cw_judge *j, uint32_t seen)
{
	static const uint32_t needed[] = {CW_TLV_HASHTYPE, CW_TLV_NUM_IMG, CW_TLV_IMGTYPE,
					  CW_TLV_IMGSIZE, CW_TLV_HASHTABLE};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!(seen & 1u << needed[i]))
			return cw_refuse(j->r, CW_CODE_MISSING, CW_RPROC_HEADER_SIZE,
					 "record %s (0x%x) is missing", record_name(needed[i]),
					 needed[i]);
	return 0;
}

/* The image area cut into images; their sizes must fill it exactly (FMT-W6). */
static int cut_images(struct cw_judge *j)
{
	uint64_t at = j->images_at, sum = 0;

	if (j->types.len != j->out.n_images || j->sizes.len != 4ull * j->out.n_images)
		return cw_refuse(j->r, CW_CODE_RECORD, CW_RPROC_HEADER_SIZE,
				 "IMGTYPE has %zu and IMGSIZE %zu bytes, %u images need %u and %u",
				 j->types.len, j->sizes.len, j->out.n_images, j->out.n_images,
				 4 * j->out.n_images);
	for (unsigned i = 0; i < j->out.n_images; i++) {
		uint32_t size = cw_get_le32(j->sizes.ptr + 4 * i);

		if (j->types.ptr[i] != 1)
			return cw_refuse(j->r, CW_CODE_ELF, CW_NO_OFFSET,
					 "image %u has type %u; only ELF (1) can be loaded", i,
					 j->types.ptr[i]);
		j->out.images[i].file_offset = at;
		j->out.images[i].size = size;
		at += size;
		sum += size;
	}
	if (sum != j->images_len)
		return cw_refuse(
			j->r, CW_CODE_SIZE, 16,
			"the images have %llu bytes together (record IMGSIZE), the header says %u",
			(unsigned long long)sum, j->images_len);
	return 0;
}

int cw_judge_records(struct cw_judge *j)
{
	struct record rec;
	uint32_t seen = 0;
	size_t pos = 0;
	int rc;

	while ((rc = cw_rproc_tlv_next(j->records, &pos, &rec.type, &rec.value, &rec.at, j->r)) >
	       0) {
		rc = check_duplicate(j, &rec);
		if (rc == 0)
			rc = take_record(j, &rec);
		if (rc < 0)
			return rc;
		if (rec.type < 32)
			seen |= 1u << rec.type;
	}
	if (rc == 0)
		rc = check_present(j, seen);
	if (rc == 0)
		rc = cut_images(j);
	if (rc < 0)
		return rc;
	if (j->out.headers.ptr && j->out.headers.len != 32u * j->out.n_images)
		return cw_refuse(j->r, CW_CODE_RECORD, CW_RPROC_HEADER_SIZE,
				 "record headers (0x%x) has %zu bytes, %u images need %u",
				 CW_TLV_CW_HEADERS, j->out.headers.len, j->out.n_images,
				 32 * j->out.n_images);
	return 0;
}

static int required(struct cw_judge *j, uint32_t bit, bool there, const char *what, uint32_t type)
{
	if (!(j->env->policy.require & bit) || there)
		return 0;
	return cw_refuse(j->r, CW_CODE_REQUIRED, CW_NO_OFFSET,
			 "this board's fuses require a signed %s (record 0x%x), the image has none",
			 what, type);
}

static int check_version(struct cw_judge *j)
{
	uint64_t minimum = j->env->policy.minimum_version;

	if (!minimum || (j->out.has_version && j->out.version >= minimum))
		return 0;
	if (!j->out.has_version)
		return cw_refuse(
			j->r, CW_CODE_ROLLBACK, CW_NO_OFFSET,
			"the image has no firmware version (record 0x%x); this board accepts %llu or "
			"newer",
			CW_TLV_CW_VERSION, (unsigned long long)minimum);
	return cw_refuse(j->r, CW_CODE_ROLLBACK, CW_NO_OFFSET,
			 "firmware version %llu is older than %llu, which this board has run",
			 (unsigned long long)j->out.version, (unsigned long long)minimum);
}

static int check_target(struct cw_judge *j)
{
	const char *want = j->env->policy.compatible;
	char have[64];
	size_t i;

	if (!want || !j->out.target.ptr)
		return 0;
	for (i = 0; i < j->out.target.len && i < sizeof(have) - 1; i++)
		have[i] = (char)j->out.target.ptr[i];
	have[i] = '\0';
	for (i = 0; have[i] && have[i] == want[i]; i++)
		;
	if (have[i] == want[i])
		return 0;
	return cw_refuse(j->r, CW_CODE_TARGET, CW_NO_OFFSET,
			 "the image was made for \"%s\", this processor is \"%s\"", have, want);
}

int cw_judge_policy(struct cw_judge *j)
{
	int rc = required(j, CW_RPROC_REQUIRE_VERSION, j->out.has_version, "firmware version",
			  CW_TLV_CW_VERSION);

	if (rc == 0)
		rc = required(j, CW_RPROC_REQUIRE_TARGET, j->out.target.ptr, "target",
			      CW_TLV_CW_TARGET);
	if (rc == 0)
		rc = required(j, CW_RPROC_REQUIRE_HEADERS, j->out.headers.ptr,
			      "hash of the ELF headers", CW_TLV_CW_HEADERS);
	if (rc == 0)
		rc = check_version(j);
	if (rc == 0)
		rc = check_target(j);
	return rc;
}
