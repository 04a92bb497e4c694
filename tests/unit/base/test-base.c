// SPDX-License-Identifier: BSD-2-Clause
/* base/span.h and base/refusal.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/refusal.h"
#include "base/span.h"

static void test_ranges(void **state)
{
	assert_true(cw_range_inside(0, 0, 0));
	assert_true(cw_range_inside(4, 0, 4));
	assert_true(cw_range_inside(0, 4, 4));
	assert_false(cw_range_inside(1, 4, 4));
	assert_false(cw_range_inside(5, 0, 4));
	assert_false(cw_range_inside(UINT64_MAX, 2, UINT64_MAX));
	assert_false(cw_range_inside(2, UINT64_MAX, UINT64_MAX));
	assert_true(cw_range_overlap(0, 2, 1, 1));
	assert_true(cw_range_overlap(1, 1, 0, 2));
	assert_false(cw_range_overlap(0, 1, 1, 1));
	assert_false(cw_range_overlap(0, 0, 0, 1));
	assert_false(cw_range_overlap(0, 5, 2, 0));
	assert_true(cw_range_overlap(UINT64_MAX - 1, 2, UINT64_MAX, 1));
}

static void test_peeks(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct cw_span s = cw_span(bytes, 6), part = {0};
	uint32_t v = 9;
	uint16_t h = 9;

	assert_true(cw_span_u32(s, 2, &v));
	assert_int_equal(v, 0x06050403);
	assert_false(cw_span_u32(s, 3, &v));
	assert_false(cw_span_u32(s, UINT64_MAX, &v));
	assert_int_equal(v, 0x06050403);
	assert_true(cw_span_u16(s, 4, &h));
	assert_int_equal(h, 0x0605);
	assert_false(cw_span_u16(s, 5, &h));
	assert_true(cw_span_cut(s, 6, 0, &part));
	assert_false(cw_span_cut(s, 5, 2, &part));
	assert_int_equal(part.len, 0);
	assert_int_equal(cw_get_le64(bytes), 0x0807060504030201);
	assert_true(cw_span_zero(cw_span("\0\0", 2)));
	assert_false(cw_span_zero(cw_span("\0\1", 2)));
}

static void test_puts(void **state)
{
	uint8_t b[8];

	cw_put_le64(b, 0x1122334455667788);
	assert_int_equal(b[0], 0x88);
	assert_int_equal(b[7], 0x11);
	assert_int_equal(cw_get_le64(b), 0x1122334455667788);
	assert_int_equal(cw_get_le16(b + 2), 0x5566);
}

#define SAME(...)                                                                                  \
	do {                                                                                       \
		char ours[128], theirs[128];                                                       \
		size_t n_ = cw_format(ours, sizeof(ours), __VA_ARGS__);                            \
		assert_int_equal(n_, snprintf(theirs, sizeof(theirs), __VA_ARGS__));               \
		assert_string_equal(ours, theirs);                                                 \
	} while (0)

static void test_format(void **state)
{
	SAME("plain");
	SAME("%s and %c", "text", 'x');
	SAME("%d %d %d", 0, -1, INT32_MIN);
	SAME("%u %x %08x %4u|%04u", 7u, 0xABCDu, 0x12u, 3u, 3u);
	SAME("%lu %lx %llu %llx %zu", 1ul, 2ul, ~0ull, 0x123456789ABCDEFull, (size_t)99);
	SAME("%ld %lld", -5l, (long long)INT64_MIN);
	SAME("100%%");
}

static void test_format_cuts(void **state)
{
	char b[8];

	assert_int_equal(cw_format(b, sizeof(b), "1234567"), 7);
	assert_string_equal(b, "1234567");
	assert_int_equal(cw_format(b, sizeof(b), "12345678"), 7);
	assert_string_equal(b, "1234...");
	assert_int_equal(cw_format(b, 1, "12"), 0);
	assert_string_equal(b, "");
	b[0] = 'k';
	assert_int_equal(cw_format(b, 0, "12"), 0);
	assert_int_equal(b[0], 'k');
}

static void test_refuse(void **state)
{
	struct cw_refusal r;

	assert_int_equal(cw_refuse(&r, CW_CODE_HASH, 77, "segment %u", 2u), -CW_CODE_HASH);
	assert_int_equal(r.code, CW_CODE_HASH);
	assert_int_equal(r.offset, 77);
	assert_string_equal(r.text, "segment 2");
	assert_int_equal(cw_refuse(NULL, CW_CODE_KEY, 0, "x"), -CW_CODE_KEY);
}

static void test_names(void **state)
{
	assert_string_equal(cw_code_name(CW_CODE_ROLLBACK), "rollback");
	assert_string_equal(cw_code_name(CW_CODE_PLAIN_ELF), "plain-elf");
	assert_string_equal(cw_code_name(1234), "unknown");
	assert_string_equal(cw_code_name(-1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),	    cmocka_unit_test(test_peeks),
		cmocka_unit_test(test_puts),	    cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_cuts), cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
