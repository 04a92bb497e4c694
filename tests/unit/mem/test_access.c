// SPDX-License-Identifier: BSD-2-Clause
/* mem/test_access.c - reads, writes and fills: aliases, borders of pieces and blocks, refusals
 * before a byte moves */
#include <sys/stat.h>

#include "rig.h"

static void aliases_are_the_same_bytes(void **state)
{
	struct cw_mem *mem = *state;

	rig_write32(mem, NS, 0x10000010, 0x11223344);
	assert_int_equal(rig_read32(mem, NS, 0x30000010), 0x11223344);
	rig_write32(mem, S, 0x30006ffc, 0x55667788);
	assert_int_equal(rig_read32(mem, NS, 0x10006ffc), 0x55667788);
	/* and the core, which looks at the block's host memory */
	assert_memory_equal((uint8_t *)cw_mem_block_host(mem, 0) + 0x6ffc, "\x88\x77\x66\x55", 4);
}

static void accesses_cross_pieces_and_blocks(void **state)
{
	uint8_t out[0x2800], in[0x2800];
	struct cw_mem *mem = *state;

	for (unsigned i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i ^ i >> 8);
	/* code2 | vring | - */
	assert_int_equal(cw_mem_write(mem, NS, 0x30003801, out, sizeof(out)), 0);
	assert_int_equal(cw_mem_read(mem, NS, 0x10003801, in, sizeof(in)), 0);
	assert_memory_equal(out, in, sizeof(in));
	/* ret | next: two blocks side by side */
	assert_int_equal(cw_mem_write(mem, NS, 0x38000400, out, 0x2800), 0);
	assert_int_equal(cw_mem_read(mem, NS, 0x38000400, in, 0x2800), 0);
	assert_memory_equal(out, in, sizeof(in));
}

static void nothing_there(void **state)
{
	uint8_t buf[16] = {0};
	struct cw_mem *mem = *state;

	assert_true(cw_mem_here(mem, 0x38002fff));
	assert_false(cw_mem_here(mem, 0x38003000));
	assert_false(cw_mem_here(mem, 0x0fffffff));
	assert_int_equal(cw_mem_read(mem, S, 0x38002ff8, buf, 16), -EFAULT);
	assert_int_equal(cw_mem_read(mem, S, 0x10007ff8, buf, 16), -EFAULT);
	assert_int_equal(cw_mem_write(mem, S, 0x0ffffff8, buf, 16), -EFAULT);
	assert_int_equal(cw_mem_fill(mem, 0x38002000, 0x1001, 0), -EFAULT);
	assert_int_equal(cw_mem_read(mem, S, UINT64_MAX - 7, buf, 16), -EINVAL);
	assert_int_equal(cw_mem_read(mem, S, 0x10000000, buf, 0), -EINVAL);
	assert_int_equal(cw_mem_fill(mem, 0x10000000, 0, 0), -EINVAL);
	assert_int_equal(cw_mem_fill(mem, 0x10000000, UINT64_MAX, 0), -EINVAL);
	assert_int_equal(rig_stats(mem).refused, 0);
}

static void secure_memory_is_not_the_normal_worlds(void **state)
{
	struct cw_mem *mem = *state;
	struct cw_bus_region r;
	uint32_t v = 7;
	int fd = -1;

	rig_write32(mem, S, 0x20001000, 42);
	assert_int_equal(cw_mem_read(mem, NS, 0x20001000, &v, 4), -EACCES);
	assert_int_equal(v, 7);
	assert_int_equal(cw_mem_write(mem, NS, 0x20001000, &v, 4), -EACCES);
	assert_int_equal(cw_mem_map(mem, NS, 0x20001000, &r, &fd), -EACCES);
	assert_int_equal(rig_read32(mem, S, 0x20001000), 42);
	assert_int_equal(rig_stats(mem).refused, 3);
	assert_int_equal(cw_mem_protect(mem, 0x20000000, 0x2000), -EOPNOTSUPP);
	assert_int_equal(cw_mem_open(mem, 0x20000000, 0x2000), -EOPNOTSUPP);
	assert_int_equal(cw_mem_window(mem, 0x20000000, 4, false), -EOPNOTSUPP);
}

/* An access that starts in open memory and ends in protected memory moves nothing at all. */
static void refused_before_a_byte_moves(void **state)
{
	struct cw_mem *mem = *state;
	uint8_t ones[64], got[64];

	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(cw_mem_protect(mem, 0x10006000, 0x1000), 0);
	assert_int_equal(cw_mem_write(mem, NS, 0x10005fe0, ones, 64), -EACCES); /* into it */
	assert_int_equal(cw_mem_write(mem, NS, 0x30006fe0, ones, 64),
			 -EACCES); /* out of it, by alias */
	assert_int_equal(cw_mem_write(mem, NS, 0x10007fe0, ones, 64), -EFAULT);
	assert_int_equal(cw_mem_read(mem, S, 0x10005fe0, got, 32), 0);
	for (unsigned i = 0; i < 32; i++)
		assert_int_equal(got[i], 0);
	assert_int_equal(cw_mem_read(mem, S, 0x10007000, got, 32), 0);
	for (unsigned i = 0; i < 32; i++)
		assert_int_equal(got[i], 0);
	memset(got, 0xaa, sizeof(got));
	assert_int_equal(cw_mem_read(mem, NS, 0x10005fe0, got, 64), -EACCES);
	assert_int_equal(got[0], 0xaa);
	/* the secure side may */
	assert_int_equal(cw_mem_write(mem, S, 0x10005fe0, ones, 64), 0);
}

static void fill(void **state)
{
	struct cw_mem *mem = *state;
	uint8_t got[0x2002];

	assert_int_equal(cw_mem_fill(mem, 0x30003801, 0x2000, 0x5a), 0);
	assert_int_equal(cw_mem_read(mem, S, 0x10003800, got, sizeof(got)), 0);
	assert_int_equal(got[0], 0);
	for (unsigned i = 1; i <= 0x2000; i++)
		assert_int_equal(got[i], 0x5a);
	assert_int_equal(got[0x2001], 0);
}

static long blocks(struct cw_mem *mem, uint64_t pa)
{
	struct cw_bus_region r;
	struct stat st;
	int fd;

	assert_int_equal(cw_mem_map(mem, S, pa, &r, &fd), 0);
	assert_int_equal(fstat(fd, &st), 0);
	return (long)st.st_blocks;
}

/* Zeros make no pages, and reach every byte of those that are there: over pieces, and at odd borders. */
static void zeros(void **state)
{
	struct cw_mem *mem = *state;
	uint8_t got[0x6002];

	assert_int_equal(cw_mem_fill(mem, 0x10000000, 0x5000, 0), 0);
	assert_int_equal(blocks(mem, 0x10000000), 0);
	assert_int_equal(blocks(mem, 0x10004000), 0);
	for (uint32_t at = 0x800; at < 0x6000; at += 0x2000)
		assert_int_equal(cw_mem_fill(mem, 0x10000000 + at, 0x900, 0xa5), 0);
	assert_int_equal(cw_mem_read(mem, S, 0x10000000, got, sizeof(got)), 0);
	assert_int_equal(got[0x801], 0xa5);
	assert_int_equal(got[0x4801], 0xa5);
	assert_int_equal(cw_mem_fill(mem, 0x10000801, 0x40ff, 0), 0);
	assert_int_equal(cw_mem_read(mem, S, 0x10000000, got, sizeof(got)), 0);
	for (unsigned i = 0; i < sizeof(got); i++)
		assert_int_equal(got[i], i == 0x800 || (i >= 0x4900 && i < 0x5100) ? 0xa5 : 0);
}

static void maps_are_counted(void **state)
{
	struct cw_mem *mem = *state;
	struct cw_bus_region r;
	int fd;

	assert_int_equal(cw_mem_map(mem, NS, 0x30004ffc, &r, &fd), 0);
	assert_string_equal(r.name, "vring");
	assert_int_equal(r.size, 0x1000);
	assert_int_equal(cw_mem_map(mem, NS, 0x10000000, &r, &fd), 0);
	assert_int_equal(cw_mem_map(mem, S, 0x10000000, &r, &fd), 0);
	assert_int_equal(rig_stats(mem).maps_granted, 2);
	assert_int_equal(cw_mem_map(mem, NS, 0x50000000, &r, &fd), -EFAULT);
	assert_int_equal(cw_mem_protect(mem, 0x10000000, 0x4000), 0);
	assert_int_equal(rig_stats(mem).maps_granted, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(aliases_are_the_same_bytes, rig_setup,
						rig_teardown),
		cmocka_unit_test_setup_teardown(accesses_cross_pieces_and_blocks, rig_setup,
						rig_teardown),
		cmocka_unit_test_setup_teardown(nothing_there, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(secure_memory_is_not_the_normal_worlds, rig_setup,
						rig_teardown),
		cmocka_unit_test_setup_teardown(refused_before_a_byte_moves, rig_setup,
						rig_teardown),
		cmocka_unit_test_setup_teardown(fill, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(zeros, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(maps_are_counted, rig_setup, rig_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
