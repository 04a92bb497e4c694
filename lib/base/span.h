/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * base/span.h - borrowed bytes and the checked ways to look into them
 *
 * A span borrows: the bytes must outlive it. Every reader checks its range without arithmetic that can wrap, so a span
 * over hostile bytes is safe to hand to any of them. Freestanding; all multi-byte fields are little-endian, because
 * every format we read is.
 */
#ifndef CW_BASE_SPAN_H
#define CW_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cw_span {
	const uint8_t *ptr;
	size_t len;
};

static inline struct cw_span cw_span(const void *ptr, size_t len)
{
	return (struct cw_span){.ptr = ptr, .len = len};
}

/* True when [off, off+len) lies inside a thing of @size bytes; never wraps. */
static inline bool cw_range_inside(uint64_t off, uint64_t len, uint64_t size)
{
	return off <= size && len <= size - off;
}

/* True when two half-open ranges share a byte; empty ranges share none. Never wraps. */
static inline bool cw_range_overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	if (!a_len || !b_len)
		return false;
	return a < b ? b - a < a_len : a - b < b_len;
}

/* Cut @len bytes at @off out of @whole. False, with @ret_part untouched, when they are not all there. */
static inline bool cw_span_cut(struct cw_span whole, uint64_t off, uint64_t len,
			       struct cw_span *ret_part)
{
	if (!cw_range_inside(off, len, whole.len))
		return false;
	*ret_part = cw_span(whole.ptr + off, (size_t)len);
	return true;
}

static inline uint16_t cw_get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t cw_get_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t cw_get_le64(const uint8_t *p)
{
	return (uint64_t)cw_get_le32(p) | (uint64_t)cw_get_le32(p + 4) << 32;
}

static inline void cw_put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void cw_put_le32(uint8_t *p, uint32_t v)
{
	cw_put_le16(p, (uint16_t)v);
	cw_put_le16(p + 2, (uint16_t)(v >> 16));
}

static inline void cw_put_le64(uint8_t *p, uint64_t v)
{
	cw_put_le32(p, (uint32_t)v);
	cw_put_le32(p + 4, (uint32_t)(v >> 32));
}

/* Checked peeks: false, with the output untouched, when the bytes are not all inside @s. */
static inline bool cw_span_u32(struct cw_span s, uint64_t off, uint32_t *ret)
{
	if (!cw_range_inside(off, 4, s.len))
		return false;
	*ret = cw_get_le32(s.ptr + off);
	return true;
}

static inline bool cw_span_u16(struct cw_span s, uint64_t off, uint16_t *ret)
{
	if (!cw_range_inside(off, 2, s.len))
		return false;
	*ret = cw_get_le16(s.ptr + off);
	return true;
}

static inline bool cw_span_zero(struct cw_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i])
			return false;
	return true;
}

#endif
