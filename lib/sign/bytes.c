// SPDX-License-Identifier: BSD-2-Clause
/* sign/bytes.c - a growing run of bytes */
#include "sign/bytes.h"

#include <stdlib.h>
#include <string.h>

/* Room for @len more: where they go, or NULL. */
static uint8_t *grow(struct cw_bytes *b, size_t len)
{
	uint8_t *at;
	size_t size;

	if (b->failed || len > SIZE_MAX / 4 - b->len) {
		b->failed = true;
		return NULL;
	}
	if (b->len + len > b->size) {
		size = 2 * (b->len + len) + 64;
		at = realloc(b->ptr, size);
		if (!at) {
			b->failed = true;
			return NULL;
		}
		b->ptr = at;
		b->size = size;
	}
	at = b->ptr + b->len;
	b->len += len;
	return at;
}

void cw_bytes_add(struct cw_bytes *b, const void *data, size_t len)
{
	uint8_t *at = grow(b, len);

	if (at && len)
		memcpy(at, data, len);
}

void cw_bytes_zeros(struct cw_bytes *b, size_t len)
{
	uint8_t *at = grow(b, len);

	if (at && len)
		memset(at, 0, len);
}

void cw_bytes_u32(struct cw_bytes *b, uint32_t v)
{
	uint8_t le[4];

	cw_put_le32(le, v);
	cw_bytes_add(b, le, sizeof(le));
}

void cw_bytes_pad8(struct cw_bytes *b, size_t from)
{
	if (!b->failed)
		cw_bytes_zeros(b, (8 - (b->len - from) % 8) % 8);
}

void cw_bytes_done(struct cw_bytes *b)
{
	free(b->ptr);
	*b = (struct cw_bytes){0};
}
