/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign/pieces.h - a file that is made, as pieces one behind the other
 *
 * What is carried over from an input is borrowed where it lies, so a signed image never exists twice in memory: its pieces are
 * written one after the other. Adding never fails visibly: after the first lack of memory nothing more is added, and failed says
 * so at the end. Starts as all zero; cw_pieces_done() frees the list, not what it borrows.
 */
#ifndef CW_SIGN_PIECES_H
#define CW_SIGN_PIECES_H

#include "base/span.h"

struct cw_pieces {
	struct cw_span *piece;
	unsigned n, size;
	uint64_t len; /* of all together */
	bool failed;
};

void cw_pieces_add(struct cw_pieces *p, struct cw_span bytes);
void cw_pieces_zeros(struct cw_pieces *p, size_t len);

/* Copy [off, off+len), which lies inside. */
void cw_pieces_read(const struct cw_pieces *p, uint64_t off, void *buf, size_t len);

/* The bytes of [off, off+len), if they lie in one piece. */
bool cw_pieces_cut(const struct cw_pieces *p, uint64_t off, uint64_t len, struct cw_span *ret);

/* Are the bytes at @off, as far as the file goes, those of @bytes? */
bool cw_pieces_equal(const struct cw_pieces *p, uint64_t off, struct cw_span bytes);

void cw_pieces_done(struct cw_pieces *p);

#endif
