// SPDX-License-Identifier: BSD-2-Clause
/* test_words.c - secure/optee/rproc_words.c against what it stands for: memcpy() and the judge's own search */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/span.h"
#include "image/rsc_table.h"
#include "secure/optee/rproc_words.h"

#define SIZE 400

static _Alignas(8) uint8_t from[SIZE], to[SIZE], expected[SIZE];

static void test_copy(void **state)
{
	for (size_t i = 0; i < SIZE; i++)
		from[i] = (uint8_t)(i * 7 + 1);
	for (unsigned src = 0; src < 9; src++)
		for (unsigned dst = 0; dst < 9; dst++)
			for (size_t len = 0; len < 150; len++) {
				memset(to, 0xA5, sizeof(to));
				memset(expected, 0xA5, sizeof(expected));
				cw_words_copy(to + dst, from + src, len);
				memcpy(expected + dst, from + src, len);
				assert_memory_equal(to, expected, sizeof(to));
			}
}

static void same_place(const uint8_t *bytes, size_t len)
{
	assert_int_equal(cw_words_scan(bytes, len), cw_rsc_scan(cw_span(bytes, len), 0));
}

static void test_scan(void **state)
{
	for (unsigned start = 0; start < 9; start++)
		for (size_t at = 0; at + 16 <= 200; at++) {
			uint8_t *p = to + start;

			memset(to, 0, sizeof(to));
			cw_put_le32(p + at, 1);
			same_place(p, 250);
			cw_put_le32(p + at + 4, 64);
			for (size_t len = at; len <= at + 17; len++)
				same_place(p, len);
			assert_int_equal(cw_words_scan(p, 250), at % 4 ? 250 : at);
			cw_put_le32(p + at + 4, 65);
			same_place(p, 250);
		}
}

/* Words of 0, 1 and 2, of which every second stretch has a head somewhere. */
static void test_dense(void **state)
{
	srand(7);
	for (unsigned n = 0; n < 20000; n++) {
		for (size_t i = 0; i < SIZE; i += 4)
			cw_put_le32(to + i, (uint32_t)rand() % (2 + n % 40));
		for (size_t at = 0; at <= 8; at += 4)
			same_place(to + at, SIZE - at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_dense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
