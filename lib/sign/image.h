/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign/image.h - inside of corewarden/image.h: the object, and one judge for each format
 *
 * A judge is given an image whose format and bytes are set and fills in the rest. It returns 0 or -enum cw_code and then
 * may leave anything: the caller frees it all. A new format is a judge, and its line in the table of sign/image.c.
 */
#ifndef CW_SIGN_IMAGE_H
#define CW_SIGN_IMAGE_H

#include <corewarden/image.h>

#include "sign/mbn.h"
#include "sign/offline.h"

struct cw_image {
	enum cw_image_format format;
	struct cw_span file;
	bool authentic;
	bool has_digest;
	uint8_t digest[CW_SHA256_SIZE];
	bool has_version;
	uint64_t version;
	char *target; /* owned */
	char uuid[37]; /* "" = none */
	unsigned n_elfs;
	uint64_t entries[CW_RPROC_IMAGES_MAX];
	struct cw_image_segment *segments; /* owned */
	unsigned n_segments;
	struct cw_span table; /* size 0 = none */
	uint64_t table_da;
	struct cw_offline_result judged; /* of a container: owns what segments and table point at */
	struct cw_mbn_verdict verdict;	 /* of a Qualcomm image: the same, and the chains */
	struct cw_cert_info *roots;	 /* owned: of each signer */
	struct cw_image_signer signers[CW_MBN_AUTHORITIES];
	uint32_t socs[CW_MBN_AUTHORITIES][CW_MBN_SOCS];
	unsigned n_signers;
};

struct cw_image_root {
	struct cw_root root;
};

int cw_image_judge_elf(struct cw_image *image, const struct cw_image_check *check, struct cw_refusal *r);
int cw_image_judge_rproc(struct cw_image *image, const struct cw_image_check *check,
			 struct cw_refusal *r);
int cw_image_judge_ta(struct cw_image *image, const struct cw_image_check *check, struct cw_refusal *r);

/* A Qualcomm image that is held to nothing; and to what it can be held to, with @policy as read from @check. */
int cw_image_judge_mbn(struct cw_image *image, const struct cw_image_check *check, struct cw_refusal *r);
int cw_image_judge_mbn_by(struct cw_image *image, const struct cw_image_mbn_check *check,
			  const struct cw_mbn_policy *policy, struct cw_refusal *r);

/* Does an ELF file have what makes it a Qualcomm image? */
bool cw_image_is_mbn(struct cw_span file);

/* The region of @regions that holds the whole range, or a refusal that lists all of them. */
int cw_image_in_regions(const struct cw_image_region *regions, unsigned n, uint64_t da, uint64_t size,
			const char *what, struct cw_refusal *r);

/* The region of @check that holds the whole range, or a refusal that lists all of them. */
int cw_image_in_region(const struct cw_image_check *check, uint64_t da, uint64_t size, const char *what,
		       struct cw_refusal *r);

#endif
