/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign/bytes.h - a growing run of bytes
 *
 * Adding never fails visibly: after the first lack of memory nothing more is added, and
 * cw_bytes_ok() says so once, at the end. Starts as all zero; cw_bytes_done() frees.
 */
#ifndef CW_SIGN_BYTES_H
#define CW_SIGN_BYTES_H

#include "base/span.h"

struct cw_bytes {
	uint8_t *ptr;
	size_t len, size;
	bool failed;
};

void cw_bytes_add(struct cw_bytes *b, const void *data, size_t len);
void cw_bytes_zeros(struct cw_bytes *b, size_t len);
void cw_bytes_u32(struct cw_bytes *b, uint32_t v);
void cw_bytes_pad8(struct cw_bytes *b, size_t from); /* to a multiple of 8 counted from @from */
void cw_bytes_done(struct cw_bytes *b);

static inline bool cw_bytes_ok(const struct cw_bytes *b)
{
	return !b->failed;
}

#endif
