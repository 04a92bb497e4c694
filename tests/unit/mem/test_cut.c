// SPDX-License-Identifier: BSD-2-Clause
/* mem/test_cut.c - blocks cut into pieces by the board's regions, under canonical addresses and
 * aliases */
#include "rig.h"

static void pieces_in_order(void **state)
{
	static const struct {
		const char *name;
		uint64_t pa, size;
		uint32_t flags;
	} want[] = {
		{"code2", 0x10000000, 0x4000, 0}, /* the canonical name, though "code" came first */
		{"vring", 0x10004000, 0x1000, CW_BUS_REGION_EXCHANGE},
		{"-", 0x10005000, 0x1000, 0},
		{"half", 0x10006000, 0x1000,
		 0}, /* given by its alias, shown at its canonical address */
		{"-", 0x10007000, 0x1000, 0},
		{"ret", 0x38000000, 0x2000, 0},
		{"-", 0x38002000, 0x1000, 0},
		{"-", 0x20000000, 0x2000, CW_BUS_REGION_SECURE},
	};
	struct cw_mem *mem = *state;
	struct cw_bus_region r;

	assert_int_equal(cw_mem_regions(mem), 8);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(cw_mem_region(mem, i, &r), 0);
		assert_string_equal(r.name, want[i].name);
		assert_int_equal(r.pa, want[i].pa);
		assert_int_equal(r.size, want[i].size);
		assert_int_equal(r.flags, want[i].flags);
	}
	assert_int_equal(cw_mem_region(mem, 8, &r), -ENOENT);
	assert_int_equal(cw_mem_region(mem, UINT32_MAX, &r), -ENOENT);
}

/* Regions that overlap only through an alias: every border of either cuts. */
static void partial_alias_overlap(void **state)
{
	struct cw_board b = {.n_rprocs = 1};
	struct cw_mem *mem = NULL;
	struct cw_bus_region r;

	(void)state;
	rig_add(&b, "low", 0x10000000, 0x3000, false);
	rig_add(&b, "high", 0x30002000, 0x3000, false);
	assert_int_equal(cw_mem_new(rig_blocks, 1, &b, &mem, NULL), 0);
	assert_int_equal(cw_mem_regions(mem), 4);
	assert_int_equal(cw_mem_region(mem, 1, &r), 0);
	assert_string_equal(r.name, "low");
	assert_int_equal(r.pa, 0x10002000);
	assert_int_equal(r.size, 0x1000);
	assert_int_equal(cw_mem_region(mem, 2, &r), 0);
	assert_string_equal(r.name, "high");
	/* each region is whole pieces, so each can be protected by its own range */
	assert_int_equal(cw_mem_protect(mem, 0x30002000, 0x3000), 0);
	assert_int_equal(cw_mem_protect(mem, 0x10000000, 0x3000), 0);
	assert_int_equal(rig_stats(mem).protected_regions, 3);
	cw_mem_free(mem);
}

/* What is exchange under one name stays exchange under the other: it cannot be taken away by an
 * alias. */
static void exchange_claim_is_sticky(void **state)
{
	struct cw_board b = {.n_rprocs = 1};
	struct cw_mem *mem = NULL;

	(void)state;
	rig_add(&b, "all", 0x10000000, 0x8000, false);
	rig_add(&b, "vdev0buffer", 0x30002000, 0x1000, true);
	assert_int_equal(cw_mem_new(rig_blocks, 1, &b, &mem, NULL), 0);
	assert_int_equal(rig_region(mem, 0x10002000).flags, CW_BUS_REGION_EXCHANGE);
	assert_int_equal(cw_mem_protect(mem, 0x10000000, 0x8000), -EOPNOTSUPP);
	assert_int_equal(rig_stats(mem).protected_regions, 0);
	cw_mem_free(mem);
}

static void regions_of_all_processors_count(void **state)
{
	struct cw_board b = rig_board();
	struct cw_mem *mem = NULL;

	(void)state;
	b.n_rprocs = 2;
	b.rprocs[1].n_regions = 1;
	b.rprocs[1].regions[0] =
		(struct cw_board_region){.name = "second", .pa = 0x10007000, .size = 0x1000};
	assert_int_equal(cw_mem_new(rig_blocks, 4, &b, &mem, NULL), 0);
	assert_string_equal(rig_region(mem, 0x30007000).name, "second");
	cw_mem_free(mem);
}

static void refused_boards(void **state)
{
	static const struct {
		uint64_t pa, size;
		const char *why;
	} bad[] = {
		{0x40000000, 0x1000, "lies in no memory"},
		{0x10007000, 0x2000, "lies in no memory"}, /* leaves its block */
		{0x38001000, 0x2000, "lies in no memory"}, /* into the next one */
		{0x10000800, 0x1000, "whole pages"},
		{0x10000000, 0x0800, "whole pages"},
		{0x10000000, 0, "whole pages"},
		{0x10000000, UINT64_MAX - 0xfff, "lies in no memory"},
		{UINT64_MAX - 0xfff, 0x1000, "lies in no memory"},
		{0x20000000, 0x1000, "always secure"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct cw_board b = {.n_rprocs = 1};
		struct cw_mem *mem = NULL;
		struct cw_error err = {0};

		rig_add(&b, "odd", bad[i].pa, bad[i].size, false);
		assert_int_equal(cw_mem_new(rig_blocks, 4, &b, &mem, &err), -EINVAL);
		assert_non_null(strstr(err.text, "odd"));
		assert_non_null(strstr(err.text, bad[i].why));
		assert_null(mem);
	}
}

static void refused_blocks(void **state)
{
	const struct cw_soc_block overlap[] = {
		{.name = "a", .size = 0x2000, .pa = {0x1000}, .n_pa = 1},
		{.name = "b", .size = 0x1000, .pa = {0x8000, 0x2000}, .n_pa = 2},
	};
	const struct cw_soc_block self = {
		.name = "c", .size = 0x2000, .pa = {0x1000, 0x2000}, .n_pa = 2};
	const struct cw_soc_block odd = {.name = "d", .size = 0x1800, .pa = {0x1000}, .n_pa = 1};
	struct cw_board b = {0};
	struct cw_mem *mem = NULL;
	struct cw_error err;

	(void)state;
	assert_int_equal(cw_mem_new(overlap, 2, &b, &mem, &err), -EINVAL);
	assert_int_equal(cw_mem_new(&self, 1, &b, &mem, &err), -EINVAL);
	assert_int_equal(cw_mem_new(&odd, 1, &b, &mem, &err), -EINVAL);
	assert_null(mem);
}

static void too_many_pieces(void **state)
{
	const struct cw_soc_block big = {
		.name = "big", .size = 0x200000, .pa = {0x10000000}, .n_pa = 1};
	struct cw_board b = {.n_rprocs = 4};
	struct cw_mem *mem = NULL;
	struct cw_error err;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		b.rprocs[i].n_regions = CW_BOARD_REGIONS_MAX;
		for (unsigned k = 0; k < CW_BOARD_REGIONS_MAX; k++)
			b.rprocs[i].regions[k] =
				(struct cw_board_region){.name = "r",
							 .pa = 0x10000000 + 0x2000 * (i * 16 + k),
							 .size = 0x1000};
	}
	assert_int_equal(cw_mem_new(&big, 1, &b, &mem, &err), -E2BIG);
	assert_null(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pieces_in_order, rig_setup, rig_teardown),
		cmocka_unit_test(partial_alias_overlap),
		cmocka_unit_test(exchange_claim_is_sticky),
		cmocka_unit_test(regions_of_all_processors_count),
		cmocka_unit_test(refused_boards),
		cmocka_unit_test(refused_blocks),
		cmocka_unit_test(too_many_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
