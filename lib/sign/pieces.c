// SPDX-License-Identifier: BSD-2-Clause
/* sign/pieces.c - a file in pieces */
#include "sign/pieces.h"

#include <stdlib.h>
#include <string.h>

void cw_pieces_add(struct cw_pieces *p, struct cw_span bytes)
{
	if (p->failed || !bytes.len)
		return;
	if (p->n == p->size) {
		unsigned size = 2 * p->size + 8;
		struct cw_span *more = reallocarray(p->piece, size, sizeof(*more));

		if (!more) {
			p->failed = true;
			return;
		}
		p->piece = more;
		p->size = size;
	}
	p->piece[p->n++] = bytes;
	p->len += bytes.len;
}

void cw_pieces_zeros(struct cw_pieces *p, size_t len)
{
	static const uint8_t zeros[4096];

	while (len && !p->failed) {
		size_t part = len < sizeof(zeros) ? len : sizeof(zeros);

		cw_pieces_add(p, cw_span(zeros, part));
		len -= part;
	}
}

/* One piece's share of [off, off+len), and how far into the range it begins. */
static bool share(const struct cw_pieces *p, unsigned i, uint64_t at, uint64_t off, uint64_t len,
		  struct cw_span *ret, uint64_t *ret_skip)
{
	uint64_t from = off > at ? off : at;
	uint64_t end = off + len < at + p->piece[i].len ? off + len : at + p->piece[i].len;

	if (from >= end)
		return false;
	*ret = cw_span(p->piece[i].ptr + (from - at), (size_t)(end - from));
	*ret_skip = from - off;
	return true;
}

void cw_pieces_read(const struct cw_pieces *p, uint64_t off, void *buf, size_t len)
{
	struct cw_span part;
	uint64_t at = 0, skip;

	for (unsigned i = 0; i < p->n; at += p->piece[i++].len)
		if (share(p, i, at, off, len, &part, &skip))
			memcpy((uint8_t *)buf + skip, part.ptr, part.len);
}

bool cw_pieces_cut(const struct cw_pieces *p, uint64_t off, uint64_t len, struct cw_span *ret)
{
	uint64_t at = 0;

	for (unsigned i = 0; i < p->n; at += p->piece[i++].len)
		if (off >= at && cw_span_cut(p->piece[i], off - at, len, ret))
			return true;
	return false;
}

bool cw_pieces_equal(const struct cw_pieces *p, uint64_t off, struct cw_span bytes)
{
	struct cw_span part;
	uint64_t at = 0, skip;

	for (unsigned i = 0; i < p->n; at += p->piece[i++].len)
		if (share(p, i, at, off, bytes.len, &part, &skip) &&
		    memcmp(bytes.ptr + skip, part.ptr, part.len))
			return false;
	return true;
}

void cw_pieces_done(struct cw_pieces *p)
{
	free(p->piece);
	*p = (struct cw_pieces){0};
}
