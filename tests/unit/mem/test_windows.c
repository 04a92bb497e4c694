// SPDX-License-Identifier: BSD-2-Clause
/* mem/test_windows.c - byte-exact grants on protected memory */
#include "rig.h"

static int protected_setup(void **state)
{
	int r = rig_setup(state);

	return r ? r : cw_mem_protect(*state, 0x10000000, 0x4000);
}

static int ns_read(struct cw_mem *mem, uint64_t pa, size_t len)
{
	uint8_t buf[256];

	return cw_mem_read(mem, NS, pa, buf, len);
}

static int ns_write(struct cw_mem *mem, uint64_t pa, size_t len)
{
	const uint8_t buf[256] = {0};

	return cw_mem_write(mem, NS, pa, buf, len);
}

static void to_the_byte(void **state)
{
	struct cw_mem *mem = *state;

	assert_int_equal(cw_mem_window(mem, 0x30000101, 7, false), 0); /* 0x101 .. 0x107 */
	assert_int_equal(ns_read(mem, 0x10000101, 7), 0);
	assert_int_equal(ns_read(mem, 0x30000101, 7), 0);
	assert_int_equal(ns_read(mem, 0x10000104, 1), 0);
	assert_int_equal(ns_read(mem, 0x10000107, 1), 0);
	assert_int_equal(ns_read(mem, 0x10000100, 1), -EACCES);
	assert_int_equal(ns_read(mem, 0x10000100, 2), -EACCES);
	assert_int_equal(ns_read(mem, 0x10000108, 1), -EACCES);
	assert_int_equal(ns_read(mem, 0x10000107, 2), -EACCES);
	assert_int_equal(ns_read(mem, 0x10000101, 8), -EACCES);
	assert_int_equal(ns_read(mem, 0x10000100, 8), -EACCES);
	assert_int_equal(ns_read(mem, 0x10000000, 256), -EACCES);
}

static void reading_is_not_writing(void **state)
{
	struct cw_mem *mem = *state;

	assert_int_equal(cw_mem_window(mem, 0x10000200, 4, false), 0);
	assert_int_equal(cw_mem_window(mem, 0x10000300, 4, true), 0);
	assert_int_equal(ns_write(mem, 0x10000200, 4), -EACCES);
	assert_int_equal(ns_write(mem, 0x10000300, 4), 0);
	assert_int_equal(ns_read(mem, 0x10000300, 4), 0);
	assert_int_equal(ns_write(mem, 0x10000300, 5), -EACCES);
	assert_int_equal(ns_write(mem, 0x100002ff, 4), -EACCES);
}

/* One access, one window: two that touch are not one. */
static void windows_do_not_merge(void **state)
{
	struct cw_mem *mem = *state;

	assert_int_equal(cw_mem_window(mem, 0x10000100, 4, false), 0);
	assert_int_equal(cw_mem_window(mem, 0x10000104, 4, false), 0);
	assert_int_equal(ns_read(mem, 0x10000100, 4), 0);
	assert_int_equal(ns_read(mem, 0x10000104, 4), 0);
	assert_int_equal(ns_read(mem, 0x10000100, 8), -EACCES);
	assert_int_equal(ns_read(mem, 0x10000102, 4), -EACCES);
}

/* From open memory into a window, and past it. */
static void at_the_border_of_protection(void **state)
{
	struct cw_mem *mem = *state;

	assert_int_equal(cw_mem_window(mem, 0x10003ff0, 0x10, false), 0);
	assert_int_equal(ns_read(mem, 0x10003ff0, 0x20), 0); /* the rest is vring, open */
	assert_int_equal(ns_read(mem, 0x10003fef, 0x20), -EACCES);
}

static void generation_ends_them(void **state)
{
	struct cw_mem *mem = *state;

	assert_int_equal(cw_mem_window(mem, 0x10000100, 4, true), 0);
	assert_int_equal(cw_mem_window(mem, 0x10003ffc, 8, false), 0); /* half of it in vring */
	assert_int_equal(cw_mem_window(mem, 0x10006000, 8, false),
			 0); /* open memory: no effect now */
	assert_int_equal(rig_stats(mem).windows, 3);
	assert_int_equal(cw_mem_open(mem, 0x10000000, 0x4000), 0);
	assert_int_equal(rig_stats(mem).windows, 1);
	assert_int_equal(cw_mem_protect(mem, 0x10000000, 0x4000), 0);
	assert_int_equal(ns_read(mem, 0x10000100, 4), -EACCES);
	assert_int_equal(cw_mem_protect(mem, 0x10006000, 0x1000), 0);
	assert_int_equal(ns_read(mem, 0x10006000, 4), -EACCES); /* given to another generation */
	assert_int_equal(rig_stats(mem).windows, 0);
}

static void clear_withdraws_all(void **state)
{
	struct cw_mem *mem = *state;

	assert_int_equal(cw_mem_window(mem, 0x10000100, 4, true), 0);
	cw_mem_windows_clear(mem);
	assert_int_equal(ns_read(mem, 0x10000100, 4), -EACCES);
	assert_int_equal(rig_stats(mem).windows, 0);
}

static void refused_windows(void **state)
{
	struct cw_mem *mem = *state;

	assert_int_equal(cw_mem_window(mem, 0x10000000, 0, false), -EINVAL);
	assert_int_equal(cw_mem_window(mem, 0x50000000, 4, false), -EFAULT);
	assert_int_equal(cw_mem_window(mem, 0x10007ffc, 5, false), -EFAULT);
	assert_int_equal(cw_mem_window(mem, 0x10000000, UINT32_MAX, false), -EFAULT);
	for (unsigned i = 0; i < CW_MEM_WINDOWS_MAX; i++)
		assert_int_equal(cw_mem_window(mem, 0x10000000 + 8 * i, 4, false), 0);
	assert_int_equal(cw_mem_window(mem, 0x10000000, 4, false), 0); /* there already */
	assert_int_equal(cw_mem_window(mem, 0x10000000, 4, true), -ENOSPC);
	assert_int_equal(rig_stats(mem).windows, CW_MEM_WINDOWS_MAX);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, protected_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(to_the_byte),	    TEST(reading_is_not_writing),
		TEST(windows_do_not_merge), TEST(at_the_border_of_protection),
		TEST(generation_ends_them), TEST(clear_withdraws_all),
		TEST(refused_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
