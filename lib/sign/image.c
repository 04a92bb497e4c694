// SPDX-License-Identifier: BSD-2-Clause
/* sign/image.c - corewarden/image.h: recognise, judge, read */
#include "sign/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/ta_header.h"

static const struct format {
	const char *name;
	int (*judge)(struct cw_image *image, const struct cw_image_check *check, struct cw_refusal *r);
} formats[] = {
	[CW_IMAGE_ELF] = {"elf", cw_image_judge_elf},
	[CW_IMAGE_RPROC] = {"rproc", cw_image_judge_rproc},
	[CW_IMAGE_TA] = {"ta", cw_image_judge_ta},
};

#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

enum cw_image_format cw_image_recognise(const void *bytes, size_t size)
{
	uint32_t magic = 0;

	cw_span_u32(cw_span(bytes, size), 0, &magic);
	if (magic == CW_RPROC_MAGIC)
		return CW_IMAGE_RPROC;
	if (magic == CW_TA_MAGIC)
		return CW_IMAGE_TA;
	return size >= 4 && !memcmp(bytes, "\177ELF", 4) ? CW_IMAGE_ELF : CW_IMAGE_UNKNOWN;
}

const char *cw_image_format_name(enum cw_image_format format)
{
	return (unsigned)format < N_FORMATS && formats[format].name ? formats[format].name : "unknown";
}

const char *cw_image_reason_name(int reason)
{
	return cw_code_name(reason);
}

/* ---- keys ---- */

int cw_image_key_load(const char *path, struct cw_key **ret_key, struct cw_error *err)
{
	cw_crypto_start();
	return cw_key_load_public(path, ret_key, err);
}

struct cw_key *cw_image_key_free(struct cw_key *key)
{
	cw_key_free(key);
	return NULL;
}

const char *cw_image_key_fingerprint(const struct cw_key *key)
{
	return cw_key_fingerprint(key);
}

const char *cw_image_key_kind(const struct cw_key *key)
{
	return cw_key_kind(key);
}

/* ---- judging ---- */

static int errno_of_code(int code)
{
	switch (code) {
	case CW_CODE_NO_MEMORY:
		return -ENOMEM;
	case CW_CODE_LIMIT:
		return -EFBIG;
	case CW_CODE_UNSUPPORTED:
		return -EOPNOTSUPP;
	case CW_CODE_ADDRESS:
		return -ERANGE;
	case CW_CODE_PLAIN_ELF:
		return -EKEYREJECTED;
	}
	return code >= CW_CODE_SIGNATURE && code <= CW_CODE_REQUIRED ? -EKEYREJECTED : -EBADMSG;
}

static int tell(const struct cw_refusal *r, int code, struct cw_error *err)
{
	int ret = errno_of_code(code);

	if (r->offset == CW_NO_OFFSET)
		cw_error_set(err, ret, "%s", r->text);
	else
		cw_error_set(err, ret, "%s (at byte %llu)", r->text, (unsigned long long)r->offset);
	if (err)
		err->reason = code;
	return ret;
}

static int judge(struct cw_image *image, const struct cw_image_check *check, struct cw_refusal *r)
{
	if (image->file.len < 4)
		return cw_refuse(r, CW_CODE_TRUNCATED, 0, "the file has %zu bytes, too few for any format",
				 image->file.len);
	if (image->format == CW_IMAGE_UNKNOWN)
		return cw_refuse(r, CW_CODE_MAGIC, 0, "no known format begins like this");
	return formats[image->format].judge(image, check, r);
}

int cw_image_open(const void *bytes, size_t size, const struct cw_image_check *check,
		  struct cw_image **ret_image, struct cw_error *err)
{
	static const struct cw_image_check form_only;
	struct cw_image *image = calloc(1, sizeof(*image));
	struct cw_refusal r = {.offset = CW_NO_OFFSET};
	int code;

	if (!image)
		return cw_error_set(err, -ENOMEM, "no memory for an image");
	cw_crypto_start();
	image->file = cw_span(bytes, size);
	image->format = cw_image_recognise(bytes, size);
	code = judge(image, check ? check : &form_only, &r);
	if (code < 0) {
		cw_image_free(image);
		return tell(&r, -code, err);
	}
	*ret_image = image;
	return 0;
}

struct cw_image *cw_image_free(struct cw_image *image)
{
	if (!image)
		return NULL;
	cw_offline_done(&image->judged);
	free(image->segments);
	free(image->target);
	free(image);
	return NULL;
}

int cw_image_in_region(const struct cw_image_check *check, uint64_t da, uint64_t size, const char *what,
		       struct cw_refusal *r)
{
	char list[160] = "";
	size_t used = 0;

	for (unsigned i = 0; i < check->n_regions; i++) {
		const struct cw_image_region *g = &check->regions[i];

		if (da >= g->da && cw_range_inside(da - g->da, size, g->size))
			return 0;
		if (used + 1 < sizeof(list))
			used += cw_format(list + used, sizeof(list) - used, "%s%s 0x%08llx-0x%08llx",
					  used ? ", " : "", g->name ? g->name : "?",
					  (unsigned long long)g->da,
					  (unsigned long long)(g->da + g->size - 1));
	}
	return cw_refuse(r, CW_CODE_ADDRESS, CW_NO_OFFSET,
			 "%s (0x%08llx, %llu bytes) lies in no region; there are %s", what,
			 (unsigned long long)da, (unsigned long long)size, used ? list : "none");
}

/* ---- reading ---- */

enum cw_image_format cw_image_format(const struct cw_image *image)
{
	return image->format;
}

bool cw_image_authentic(const struct cw_image *image)
{
	return image->authentic;
}

const uint8_t *cw_image_digest(const struct cw_image *image)
{
	return image->has_digest ? image->digest : NULL;
}

bool cw_image_version(const struct cw_image *image, uint64_t *ret_version)
{
	if (image->has_version)
		*ret_version = image->version;
	return image->has_version;
}

const char *cw_image_target(const struct cw_image *image)
{
	return image->target;
}

const char *cw_image_uuid(const struct cw_image *image)
{
	return image->uuid[0] ? image->uuid : NULL;
}

bool cw_image_entry(const struct cw_image *image, unsigned elf, uint64_t *ret_entry)
{
	if (elf >= image->n_elfs)
		return false;
	*ret_entry = image->entries[elf];
	return true;
}

unsigned cw_image_segments(const struct cw_image *image)
{
	return image->n_segments;
}

const struct cw_image_segment *cw_image_segment(const struct cw_image *image, unsigned i)
{
	return i < image->n_segments ? &image->segments[i] : NULL;
}

const void *cw_image_resource_table(const struct cw_image *image, size_t *ret_size, uint64_t *ret_da)
{
	if (!image->table.len)
		return NULL;
	*ret_size = image->table.len;
	if (ret_da)
		*ret_da = image->table_da;
	return image->table.ptr;
}
