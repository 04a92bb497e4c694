/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz/fuzz.h - what the fuzzing targets share
 *
 * A target is one file with LLVMFuzzerTestOneInput(). Sanitizers see wrong accesses; what they cannot see, the target
 * checks itself with fuzz_check(): outputs untouched on failure, a sentence for every refusal, a result that a second
 * look agrees with. A target keeps nothing from one input to the next, so that every crash can be had again.
 */
#ifndef CW_TESTS_FUZZ_H
#define CW_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/refusal.h"
#include "base/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size); /* libFuzzer's */

#define fuzz_check(cond) fuzz_check_(cond, #cond, __FILE__, __LINE__)

static inline void fuzz_check_(int ok, const char *cond, const char *file, int line)
{
	if (ok)
		return;
	fprintf(stderr, "%s:%d: not true: %s\n", file, line, cond);
	abort();
}

/* The input as a supply of numbers and bytes; an empty one gives zeros. */
struct fuzz_in {
	const uint8_t *p;
	size_t left;
};

static inline struct fuzz_in fuzz_in(const uint8_t *data, size_t size)
{
	return (struct fuzz_in){data, size};
}

/* Up to @len bytes; *@ret_p points into the input. */
static inline size_t fuzz_take(struct fuzz_in *in, size_t len, const uint8_t **ret_p)
{
	if (len > in->left)
		len = in->left;
	*ret_p = in->p;
	in->p += len;
	in->left -= len;
	return len;
}

/* Exactly @len bytes into @buf. */
static inline void fuzz_fill(struct fuzz_in *in, void *buf, size_t len)
{
	const uint8_t *p;
	size_t n = fuzz_take(in, len, &p);

	memset(buf, 0, len);
	if (n)
		memcpy(buf, p, n);
}

static inline uint8_t fuzz_u8(struct fuzz_in *in)
{
	uint8_t v;

	fuzz_fill(in, &v, sizeof(v));
	return v;
}

static inline uint16_t fuzz_u16(struct fuzz_in *in)
{
	uint8_t b[2];

	fuzz_fill(in, b, sizeof(b));
	return cw_get_le16(b);
}

static inline uint32_t fuzz_u32(struct fuzz_in *in)
{
	uint8_t b[4];

	fuzz_fill(in, b, sizeof(b));
	return cw_get_le32(b);
}

static inline uint64_t fuzz_u64(struct fuzz_in *in)
{
	uint8_t b[8];

	fuzz_fill(in, b, sizeof(b));
	return cw_get_le64(b);
}

/* A copy of exactly @size bytes, so that a step beyond is seen; never NULL. The caller frees. */
static inline void *fuzz_copy(const void *data, size_t size)
{
	void *p = malloc(size ? size : 1);

	fuzz_check(p != NULL);
	if (size)
		memcpy(p, data, size);
	return p;
}

/* A judge said @rc about something of @size bytes: the refusal must fit. */
static inline void fuzz_refusal(int rc, const struct cw_refusal *r, uint64_t size)
{
	size_t len = strnlen(r->text, sizeof(r->text));

	fuzz_check(rc <= 0);
	if (rc == 0)
		return;
	fuzz_check((int)r->code == -rc);
	fuzz_check(len > 10 && len < sizeof(r->text));
	for (size_t i = 0; i < len; i++)
		fuzz_check((uint8_t)r->text[i] >= ' ' && (uint8_t)r->text[i] <= '~');
	fuzz_check(strcmp(cw_code_name(-rc), "unknown") != 0);
	fuzz_check(r->offset == CW_NO_OFFSET || r->offset <= size + UINT32_MAX);
}

#endif
