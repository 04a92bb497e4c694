// SPDX-License-Identifier: BSD-2-Clause
/* mem/rig.c - a small SoC and board for the memory tests */
#include "rig.h"

#include <stdio.h>

const struct cw_soc_block rig_blocks[4] = {
	{.name = "sram", .size = 0x8000, .pa = {0x10000000, 0x30000000}, .n_pa = 2},
	{.name = "ret", .size = 0x2000, .pa = {0x38000000}, .n_pa = 1},
	{.name = "next", .size = 0x1000, .pa = {0x38002000}, .n_pa = 1},
	{.name = "vault", .size = 0x2000, .secure = true, .pa = {0x20000000}, .n_pa = 1},
};

void rig_add(struct cw_board *b, const char *name, uint64_t pa, uint64_t size, bool exchange)
{
	struct cw_board_rproc *r = &b->rprocs[0];
	struct cw_board_region *region = &r->regions[r->n_regions++];

	*region = (struct cw_board_region){.pa = pa, .size = size, .exchange = exchange};
	snprintf(region->name, sizeof(region->name), "%s", name);
}

struct cw_board rig_board(void)
{
	struct cw_board b = {.n_rprocs = 1};

	rig_add(&b, "code", 0x30000000, 0x4000, false);
	rig_add(&b, "code2", 0x10000000, 0x4000, false);
	rig_add(&b, "vring", 0x10004000, 0x1000, true);
	rig_add(&b, "half", 0x30006000, 0x1000, false);
	rig_add(&b, "ret", 0x38000000, 0x2000, false);
	return b;
}

int rig_setup(void **state)
{
	struct cw_board board = rig_board();
	struct cw_error err;
	int r = cw_mem_new(rig_blocks, 4, &board, (struct cw_mem **)state, &err);

	if (r < 0)
		print_error("%s\n", err.text);
	return r;
}

int rig_teardown(void **state)
{
	*state = cw_mem_free(*state);
	return 0;
}

struct cw_bus_region rig_region(struct cw_mem *mem, uint64_t pa)
{
	struct cw_bus_region r;
	int fd;

	assert_int_equal(cw_mem_map(mem, S, pa, &r, &fd), 0);
	return r;
}

struct cw_bus_stats rig_stats(struct cw_mem *mem)
{
	struct cw_bus_stats st;

	cw_mem_stats(mem, &st);
	return st;
}

uint32_t rig_read32(struct cw_mem *mem, enum cw_bus_side side, uint64_t pa)
{
	uint32_t v;

	assert_int_equal(cw_mem_read(mem, side, pa, &v, 4), 0);
	return v;
}

void rig_write32(struct cw_mem *mem, enum cw_bus_side side, uint64_t pa, uint32_t v)
{
	assert_int_equal(cw_mem_write(mem, side, pa, &v, 4), 0);
}
