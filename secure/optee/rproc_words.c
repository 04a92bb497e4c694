// SPDX-License-Identifier: BSD-2-Clause
/* rproc_words.c - long stretches of bytes, a word at a time */
#include "rproc_words.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define HEAD	    16 /* bytes of a resource table's head */
#define ENTRIES_MAX 64
#define BLOCK	    8 /* words of 64 bits that are looked at together */
#define ONES	    0x0000000100000001ull
#define TOPS	    0x8000000080000000ull

/* Whatever was stored there. */
typedef uint32_t __attribute__((may_alias)) word32;
typedef uint64_t __attribute__((may_alias)) word64;

static bool aligned(const void *p, unsigned to)
{
	return (uintptr_t)p % to == 0;
}

/* @to 8-aligned, @from only 4: two loads for one store. */
static void copy_halves(word64 *to, const word32 *from, size_t n)
{
	for (; n >= 4; n -= 4, to += 4, from += 8) {
		uint64_t a = from[0], b = from[2], c = from[4], d = from[6];

		to[0] = a | (uint64_t)from[1] << 32;
		to[1] = b | (uint64_t)from[3] << 32;
		to[2] = c | (uint64_t)from[5] << 32;
		to[3] = d | (uint64_t)from[7] << 32;
	}
	for (; n; n--, to++, from += 2)
		*to = from[0] | (uint64_t)from[1] << 32;
}

void cw_words_copy(void *to, const void *from, size_t len)
{
	size_t whole = 0;

	if (aligned(to, 8) && aligned(from, 4) && !aligned(from, 8)) {
		whole = len / 8 * 8;
		copy_halves(to, from, len / 8);
	}
	memcpy((uint8_t *)to + whole, (const uint8_t *)from + whole, len - whole);
}

static uint32_t word_at(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool head_at(const uint8_t *p)
{
	return word_at(p) == 1 && word_at(p + 4) - 1 < ENTRIES_MAX && !word_at(p + 8) && !word_at(p + 12);
}

/* Is one of the two halves of one of the words a 1? What is left of a half that was, 0, borrows from above. */
static bool has_one(const word64 *w)
{
	uint64_t found = 0;

	for (unsigned i = 0; i < BLOCK; i++) {
		uint64_t v = w[i] ^ ONES;

		found |= (v - ONES) & ~v;
	}
	return found & TOPS;
}

size_t cw_words_scan(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	size_t at = 0, end;

	while (at < len && len - at >= HEAD) {
		end = len - at < BLOCK * 8 || !aligned(p + at, 8) ? at + 4 : at + BLOCK * 8;
		if (end - at == BLOCK * 8 && !has_one((const word64 *)(const void *)(p + at))) {
			at = end;
			continue;
		}
		for (; at < end && len - at >= HEAD; at += 4)
			if (head_at(p + at))
				return at;
	}
	return len;
}
