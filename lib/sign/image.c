// SPDX-License-Identifier: BSD-2-Clause
/* sign/image.c - corewarden/image.h: recognise, judge, read */
#include "sign/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/rsc_table.h"
#include "image/ta_header.h"

static const struct format {
	const char *name;
	int (*judge)(struct cw_image *image, const struct cw_image_check *check, struct cw_refusal *r);
} formats[] = {
	[CW_IMAGE_ELF] = {"elf", cw_image_judge_elf},
	[CW_IMAGE_RPROC] = {"rproc", cw_image_judge_rproc},
	[CW_IMAGE_TA] = {"ta", cw_image_judge_ta},
	[CW_IMAGE_MBN] = {"mbn", cw_image_judge_mbn},
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
	if (size < 4 || memcmp(bytes, "\177ELF", 4))
		return CW_IMAGE_UNKNOWN;
	return cw_image_is_mbn(cw_span(bytes, size)) ? CW_IMAGE_MBN : CW_IMAGE_ELF;
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

int cw_image_root_load(const char *text, struct cw_image_root **ret_root, struct cw_error *err)
{
	struct cw_image_root *root = calloc(1, sizeof(*root));
	int r;

	if (!root)
		return cw_error_set(err, -ENOMEM, "no memory for a root");
	cw_crypto_start();
	r = cw_root_load(text, &root->root, err);
	if (!r && root->root.self)
		r = cw_error_set(err, -EBADMSG, "'self' is nobody's root: give none");
	if (r < 0)
		free(root);
	else
		*ret_root = root;
	return r;
}

struct cw_image_root *cw_image_root_free(struct cw_image_root *root)
{
	free(root);
	return NULL;
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
	return code >= CW_CODE_SIGNATURE && code <= CW_CODE_CERTIFICATE ? -EKEYREJECTED : -EBADMSG;
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

static struct cw_image *image_new(const void *bytes, size_t size, struct cw_error *err)
{
	struct cw_image *image = calloc(1, sizeof(*image));

	if (!image) {
		cw_error_set(err, -ENOMEM, "no memory for an image");
		return NULL;
	}
	cw_crypto_start();
	image->file = cw_span(bytes, size);
	image->format = cw_image_recognise(bytes, size);
	return image;
}

static int hand_out(struct cw_image *image, int code, const struct cw_refusal *r,
		    struct cw_image **ret_image, struct cw_error *err)
{
	if (code < 0) {
		cw_image_free(image);
		return tell(r, -code, err);
	}
	*ret_image = image;
	return 0;
}

int cw_image_open(const void *bytes, size_t size, const struct cw_image_check *check,
		  struct cw_image **ret_image, struct cw_error *err)
{
	static const struct cw_image_check form_only;
	struct cw_image *image = image_new(bytes, size, err);
	struct cw_refusal r = {.offset = CW_NO_OFFSET};

	if (!image)
		return -ENOMEM;
	return hand_out(image, judge(image, check ? check : &form_only, &r), &r, ret_image, err);
}

static int read_policy(const struct cw_image_mbn_check *c, struct cw_mbn_policy *p,
		       struct cw_error *err)
{
	uint64_t id = 0;
	char *end;

	if (c->pas) {
		id = strtoull(c->pas, &end, 0);
		p->pas = *end || !*c->pas || id > UINT32_MAX ? cw_mbn_pas_by_name(c->pas)
							     : cw_mbn_pas_by_id((uint32_t)id);
		if (!p->pas)
			return cw_error_set(err, -EINVAL, "'%s' is no peripheral", c->pas);
	}
	p->require_qti = c->qti_root;
	p->minimum_rollback = c->minimum_rollback;
	p->has_soc = c->soc;
	p->soc = c->soc ? *c->soc : 0;
	p->has_oem = c->oem;
	p->oem = c->oem ? *c->oem : 0;
	p->has_model = c->model;
	p->model = c->model ? *c->model : 0;
	return 0;
}

int cw_image_open_mbn(const void *bytes, size_t size, const struct cw_image_mbn_check *check,
		      struct cw_image **ret_image, struct cw_error *err)
{
	static const struct cw_image_mbn_check nothing;
	struct cw_refusal r = {.offset = CW_NO_OFFSET};
	struct cw_mbn_policy policy = {0};
	struct cw_image *image;
	int code = check ? read_policy(check, &policy, err) : 0;

	if (code < 0)
		return code;
	image = image_new(bytes, size, err);
	if (!image)
		return -ENOMEM;
	image->format = CW_IMAGE_MBN;
	code = cw_image_judge_mbn_by(image, check ? check : &nothing, &policy, &r);
	return hand_out(image, code, &r, ret_image, err);
}

int cw_image_check_resource_table(const void *bytes, size_t size, struct cw_error *err)
{
	struct cw_refusal r = {.offset = CW_NO_OFFSET};
	int code = cw_rsc_check(cw_span(bytes, size), 0, &r);

	return code ? tell(&r, -code, err) : 0;
}

struct cw_image *cw_image_free(struct cw_image *image)
{
	if (!image)
		return NULL;
	cw_offline_done(&image->judged);
	cw_mbn_verdict_done(&image->verdict);
	free(image->roots);
	free(image->segments);
	free(image->target);
	free(image);
	return NULL;
}

int cw_image_in_regions(const struct cw_image_region *regions, unsigned n, uint64_t da, uint64_t size,
			const char *what, struct cw_refusal *r)
{
	char list[160] = "";
	size_t used = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct cw_image_region *g = &regions[i];

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

int cw_image_in_region(const struct cw_image_check *check, uint64_t da, uint64_t size, const char *what,
		       struct cw_refusal *r)
{
	return cw_image_in_regions(check->regions, check->n_regions, da, size, what, r);
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

const struct cw_image_signer *cw_image_signer(const struct cw_image *image, unsigned i)
{
	return i < image->n_signers ? &image->signers[i] : NULL;
}
