// SPDX-License-Identifier: BSD-2-Clause
/*
 * image/rproc_search.c - is there a resource table that no section names?
 *
 * Asked of images without record 0x1C006, whose section headers are all that says where the table
 * is: whoever carries the image could have dropped the section, or pointed it at other hashed bytes
 * that happen to form a table. So the loaded bytes may hold no table besides the one that was
 * taken. A service that has the memory before it names the places worth a look; without one they
 * are read back in pieces.
 */
#include "image/rproc_internal.h"
#include "image/rsc_table.h"

#include <string.h>

#define SCAN_MIN (2 * CW_RSC_TABLE_MAX) /* a table may begin in all but a piece's last 4 KiB */
#define SCAN_MAX (8 * CW_RSC_TABLE_MAX)

struct search {
	struct cw_judge *j;
	uint8_t *buf;
	uint32_t size; /* of @buf, a multiple of 4 */
};

static int refuse_found(struct cw_judge *j, const struct cw_rproc_segment *s, uint32_t offset)
{
	char name[CW_JUDGE_NAME_MAX];

	cw_judge_segment_name(j, s, name);
	if (j->rsc_segment)
		return cw_refuse(
			j->r, CW_CODE_RSC_TABLE, s->file_offset + offset,
			"%s holds another resource table at 0x%08x than section .resource_table "
			"names (0x%08x): the section headers may have been changed after signing; sign "
			"it with a record 0x%x",
			name, s->vaddr + offset, j->out.rsc_addr, CW_TLV_CW_TABLE);
	return cw_refuse(
		j->r, CW_CODE_RSC_TABLE, s->file_offset + offset,
		"%s holds a resource table at 0x%08x, but no section .resource_table names it: the "
		"section headers were changed after signing",
		name, s->vaddr + offset);
}

/* What begins at @offset of @s with these bytes. Nothing, when it lies in the table that was taken. */
static int judge_place(struct cw_judge *j, const struct cw_rproc_segment *s, uint32_t offset,
		       struct cw_span bytes)
{
	uint32_t taken = j->rsc_segment ? j->out.rsc_load_addr - j->rsc_segment->paddr : 0;

	if (s == j->rsc_segment && offset >= taken && offset - taken < j->out.rsc_size)
		return 0;
	return cw_rsc_begins(bytes) ? refuse_found(j, s, offset) : 0;
}

static int judge_piece(struct cw_judge *j, const struct cw_rproc_segment *s, uint32_t start,
		       struct cw_span piece, uint32_t from, uint32_t last)
{
	size_t at = from;

	for (;;) {
		int rc;

		at = cw_rsc_scan(piece, at);
		if (at >= last)
			return 0;
		rc = judge_place(j, s, start + (uint32_t)at,
				 cw_span(piece.ptr + at, piece.len - at));
		if (rc < 0)
			return rc;
		at += 4;
	}
}

/* A table is aligned to 4 in its address. */
static uint32_t first_place(const struct cw_rproc_segment *s, uint32_t start)
{
	return (4 - (s->vaddr + start) % 4) % 4;
}

static int read_pieces(struct search *q, const struct cw_rproc_segment *s)
{
	uint32_t start = 0, have = 0;

	while (start < s->filesz) {
		uint32_t want = s->filesz - start < q->size ? s->filesz - start : q->size;
		uint32_t last = want < q->size ? want : q->size - CW_RSC_TABLE_MAX;
		int rc = 0;

		/* The last piece may be what the one before has read ahead, and no byte more. */
		if (want > have)
			rc = cw_judge_read_back(q->j, s, start + have, q->buf + have, want - have);
		if (rc == 0)
			rc = judge_piece(q->j, s, start, cw_span(q->buf, want),
					 first_place(s, start), last);
		if (rc < 0)
			return rc;
		have = want - last;
		memmove(q->buf, q->buf + last, have);
		start += last;
	}
	return 0;
}

/* Places that the service names. -CW_CODE_UNSUPPORTED when it names none for want of the command. */
static int ask_service(struct search *q, const struct cw_rproc_segment *s)
{
	const struct cw_rproc_env *env = q->j->env;
	uint32_t at = first_place(s, 0);

	while (at < s->filesz) {
		uint32_t skip, n;
		int rc = env->search(env->ctx, s->paddr + at, s->filesz - at, &skip);

		if (rc == -CW_CODE_UNSUPPORTED)
			return rc;
		if (rc < 0)
			return cw_refuse(q->j->r, (enum cw_code) - rc, CW_NO_OFFSET,
					 "what was loaded could not be searched: %s",
					 cw_code_name(-rc));
		if (skip >= s->filesz - at)
			return 0;
		at += skip;
		n = s->filesz - at < CW_RSC_TABLE_MAX ? s->filesz - at : CW_RSC_TABLE_MAX;
		rc = cw_judge_read_back(q->j, s, at, q->buf, n);
		if (rc == 0)
			rc = judge_place(q->j, s, at, cw_span(q->buf, n));
		if (rc < 0)
			return rc;
		at += 4;
	}
	return 0;
}

static int search_segment(struct search *q, const struct cw_rproc_segment *s)
{
	int rc = q->j->env->search ? ask_service(q, s) : -CW_CODE_UNSUPPORTED;

	return rc == -CW_CODE_UNSUPPORTED ? read_pieces(q, s) : rc;
}

int cw_judge_rsc_search(struct cw_judge *j)
{
	size_t left = (j->ws_size - j->ws_used) / 8 * 8;
	struct search q = {.j = j};
	int rc;

	q.size = left < 8 + SCAN_MIN   ? SCAN_MIN
		 : left - 8 < SCAN_MAX ? (uint32_t)left - 8
				       : SCAN_MAX;
	q.buf = cw_judge_take(j, q.size, "search for a resource table");
	rc = q.buf ? 0 : -CW_CODE_NO_MEMORY;
	for (unsigned i = 0; rc == 0 && i < j->out.n_segments; i++)
		rc = search_segment(&q, &j->out.segments[i]);
	return rc;
}
