/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image/rproc_internal.h - the judge's own state, shared by its files
 *
 * One struct cw_judge lives at the start of the workspace; the copies of the image's parts follow
 * it. The files in the order of the judgement: rproc.c (header, sizes, signature, conduct of the
 * whole), rproc_records.c (meaning of the records, policy), rproc_elf.c (ELF headers and segments
 * against the signed table), rproc_rsc.c (resource table), rproc_search.c (is it the only one).
 */
#ifndef CW_IMAGE_RPROC_INTERNAL_H
#define CW_IMAGE_RPROC_INTERNAL_H

#include "image/elf32.h"
#include "image/rproc.h"

struct cw_judge {
	const struct cw_source *source;
	const struct cw_rproc_env *env;
	struct cw_refusal *r;

	uint8_t *ws;
	size_t ws_size, ws_used;

	struct cw_span records;	     /* TLV area in the copy */
	struct cw_span types, sizes; /* IMGTYPE, IMGSIZE */
	uint64_t images_at;	     /* file offset of the image area */
	uint32_t images_len;	     /* img_len of the header */
	struct cw_elf32_ehdr ehdr[CW_RPROC_IMAGES_MAX];
	struct cw_span headers[CW_RPROC_IMAGES_MAX]; /* copy of ELF header || program headers */

	const struct cw_rproc_segment *rsc_segment; /* holds the table's bytes */

	bool sealed; /* the segments are encrypted, and stay so here */
	struct cw_rproc_container out;
};

/* @size bytes of workspace, 8-aligned; NULL after refusing with CW_CODE_NO_MEMORY. */
void *cw_judge_take(struct cw_judge *j, size_t size, const char *what);
/* The same, right behind what was taken last. */
void *cw_judge_extend(struct cw_judge *j, size_t size, const char *what);

/* Copy a part of the source that was checked against its size. */
int cw_judge_read(struct cw_judge *j, uint64_t offset, void *buf, size_t len);

/* Call before a callback that may write the refusal, so that cw_judge_mute() can tell whether it
 * did. */
void cw_judge_listen(struct cw_judge *j);
bool cw_judge_mute(const struct cw_judge *j);

int cw_judge_records(struct cw_judge *j);
int cw_judge_policy(struct cw_judge *j);
int cw_judge_elf(struct cw_judge *j);
int cw_judge_place(struct cw_judge *j);
int cw_judge_rsc_find(struct cw_judge *j);
int cw_judge_encryption(struct cw_judge *j); /* the form of record 0x1C004, once the headers are known */
int cw_judge_load(struct cw_judge *j);
int cw_judge_decrypt(struct cw_judge *j);
int cw_judge_rsc_check(struct cw_judge *j);
int cw_judge_rsc_search(struct cw_judge *j);

/* "segment 2", or "image 1 segment 2" when there are several images. */
#define CW_JUDGE_NAME_MAX 48
void cw_judge_segment_name(const struct cw_judge *j, const struct cw_rproc_segment *s,
			   char name[CW_JUDGE_NAME_MAX]);

/* Read bytes of a loaded segment, from where it was loaded, or from the source when nothing was. */
int cw_judge_read_back(struct cw_judge *j, const struct cw_rproc_segment *s, uint32_t offset,
		       void *buf, uint32_t len);

static inline uint64_t cw_judge_canonical(const struct cw_judge *j, uint32_t da)
{
	return j->env->canonical ? j->env->canonical(j->env->ctx, da) : da;
}

#endif
