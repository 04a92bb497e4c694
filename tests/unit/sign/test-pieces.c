// SPDX-License-Identifier: BSD-2-Clause
/* sign/test-pieces.c - a file in pieces is the file in one piece, wherever one looks */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sign/pieces.h"

#define WHOLE 64

/* 0..63 in pieces of 10, 1, 20, 33. */
static uint8_t *cut_up(struct cw_pieces *p)
{
	static const size_t sizes[] = {10, 1, 0, 20, 33};
	uint8_t *whole = malloc(WHOLE);
	size_t at = 0;

	assert_non_null(whole);
	for (unsigned i = 0; i < WHOLE; i++)
		whole[i] = (uint8_t)i;
	for (unsigned i = 0; i < 5; at += sizes[i++])
		cw_pieces_add(p, cw_span(whole + at, sizes[i]));
	assert_int_equal(p->n, 4);
	assert_int_equal(p->len, WHOLE);
	return whole;
}

static void every_range(void **state)
{
	struct cw_pieces p = {0};
	uint8_t *whole = cut_up(&p), buf[WHOLE];
	struct cw_span part;
	unsigned inside = 0;

	for (size_t from = 0; from <= WHOLE; from++)
		for (size_t len = 0; from + len <= WHOLE; len++) {
			memset(buf, 0xEE, sizeof(buf));
			cw_pieces_read(&p, from, buf, len);
			assert_memory_equal(buf, whole + from, len);
			assert_true(len == WHOLE || buf[len] == 0xEE);
			assert_true(cw_pieces_equal(&p, from, cw_span(whole + from, len)));
			if (len && cw_pieces_cut(&p, from, len, &part)) {
				assert_ptr_equal(part.ptr, whole + from);
				assert_int_equal(part.len, len);
				inside++;
			}
		}
	/* All ranges with bytes of 10, 1, 20 and 33, and no other. */
	assert_int_equal(inside, 55 + 1 + 210 + 561);
	cw_pieces_done(&p);
	free(whole);
}

static void differences(void **state)
{
	struct cw_pieces p = {0};
	uint8_t *whole = cut_up(&p), other[WHOLE + 8];

	memset(other, 0, sizeof(other));
	for (unsigned i = 0; i < WHOLE; i++) {
		memcpy(other, whole, WHOLE);
		other[i] ^= 1;
		assert_false(cw_pieces_equal(&p, 0, cw_span(other, WHOLE)));
	}
	/* As far as the file goes: what would lie behind its end is equal. */
	memcpy(other, whole + 60, 4);
	assert_true(cw_pieces_equal(&p, 60, cw_span(other, 12)));
	assert_true(cw_pieces_equal(&p, WHOLE, cw_span(other, 12)));
	cw_pieces_done(&p);
	free(whole);
}

static void zeros(void **state)
{
	struct cw_pieces p = {0};
	uint8_t buf[10000];

	cw_pieces_zeros(&p, 0);
	cw_pieces_zeros(&p, sizeof(buf));
	assert_int_equal(p.len, sizeof(buf));
	memset(buf, 1, sizeof(buf));
	cw_pieces_read(&p, 0, buf, sizeof(buf));
	assert_true(cw_span_zero(cw_span(buf, sizeof(buf))));
	assert_false(p.failed);
	cw_pieces_done(&p);
	assert_int_equal(p.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_range),
		cmocka_unit_test(differences),
		cmocka_unit_test(zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
