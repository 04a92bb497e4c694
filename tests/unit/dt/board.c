// SPDX-License-Identifier: BSD-2-Clause
/*
 * cw_board_*: the shipped tree is read as written, and every kind of damaged tree is refused in words.
 *
 * A board from the environment (COREWARDEN_TEST_DTB, such as a distribution's stm32mp157c-dk2.dtb) is read too.
 */
#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <corewarden/board.h>

#define TREE_MAX 16384

static uint8_t tree[TREE_MAX]; /* the shipped tree with room to edit */
static struct cw_error err;
static struct cw_board board;

static int fresh_tree(void **state)
{
	uint8_t file[TREE_MAX];
	int fd = open(BOARD_DTB, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, file, sizeof(file));

	(void)state;
	close(fd);
	memset(&err, 0, sizeof(err));
	memset(&board, 0xee, sizeof(board));
	return n > 0 && !fdt_open_into(file, tree, sizeof(tree)) ? 0 : -1;
}

static int m4(void)
{
	return fdt_path_offset(tree, "/ahb/m4@10000000");
}

static int parse(void)
{
	int r = cw_board_parse(tree, sizeof(tree), &board, &err);

	if (r < 0) /* outputs stay untouched */
		assert_int_equal(((uint8_t *)&board)[0], 0xee);
	return r;
}

static void refused(int code, const char *words)
{
	assert_int_equal(parse(), code);
	assert_int_equal(err.code, code);
	if (!strstr(err.text, words))
		fail_msg("'%s' is not in: %s", words, err.text);
}

static void check_dk2_layout(const struct cw_board_rproc *m)
{
	static const struct {
		const char *name;
		uint64_t pa, size, da;
	} want[] = {
		{"retram", 0x38000000, 0x10000, 0},
		{"mcuram", 0x30000000, 0x40000, 0x30000000},
		{"mcuram2", 0x10000000, 0x40000, 0x10000000},
		{"vdev0vring0", 0x10040000, 0x1000, 0x10040000},
		{"vdev0vring1", 0x10041000, 0x1000, 0x10041000},
		{"vdev0buffer", 0x10042000, 0x4000, 0x10042000},
	};

	assert_int_equal(m->n_regions, 6);
	for (unsigned i = 0; i < 6; i++) {
		assert_string_equal(m->regions[i].name, want[i].name);
		assert_int_equal(m->regions[i].pa, want[i].pa);
		assert_int_equal(m->regions[i].size, want[i].size);
		assert_int_equal(m->regions[i].da, want[i].da);
		assert_int_equal(m->regions[i].exchange, i >= 3);
		assert_int_equal(m->regions[i].buffer, i == 5);
		assert_true(m->regions[i].no_map);
	}
	assert_string_equal(m->name, "m4");
	assert_string_equal(m->compatible, "st,stm32mp1-m4");
	assert_int_equal(m->mailbox_pa, 0x4c001000);
	assert_int_equal(m->mbox_vq0, 0);
	assert_int_equal(m->mbox_vq1, 1);
	assert_int_equal(m->mbox_shutdown, 2);
	assert_int_equal(m->pdds.pa, 0x50001014);
	assert_int_equal(m->pdds.mask, 1);
	assert_int_equal(m->rsc_tbl.pa, 0x5c00a144);
	assert_int_equal(m->rsc_tbl.mask, 0xffffffff);
	assert_int_equal(m->m4_state.pa, 0x5c00a148);
	assert_int_equal(m->holdboot.pa, 0x5000010c);
	assert_int_equal(m->holdboot.mask, 1);
	assert_int_equal(m->reset.pa, 0x50000404);
	assert_int_equal(m->reset.mask, 2);
	assert_int_equal(m->watchdog.pa, 0x5000d04c);
	assert_int_equal(m->watchdog.mask, 1u << 4);
}

static void shipped_tree(void **state)
{
	(void)state;
	assert_int_equal(parse(), 0);
	assert_string_equal(board.compatible, "corewarden,stm32mp15");
	assert_string_equal(board.soc, "st,stm32mp157");
	assert_int_equal(board.n_rprocs, 1);
	assert_int_equal(board.rprocs[0].mbox_detach, 3);
	check_dk2_layout(&board.rprocs[0]);
	assert_ptr_equal(cw_board_rproc(&board, NULL), &board.rprocs[0]);
	assert_ptr_equal(cw_board_rproc(&board, "m4"), &board.rprocs[0]);
	assert_null(cw_board_rproc(&board, "m33"));
}

static void addresses(void **state)
{
	const struct cw_board_rproc *m = &board.rprocs[0];
	uint64_t pa = 7;

	(void)state;
	assert_int_equal(parse(), 0);
	assert_int_equal(cw_board_da_to_pa(m, 0, 0x298, &pa), 0);
	assert_int_equal(pa, 0x38000000);
	assert_int_equal(cw_board_da_to_pa(m, 0x10020000, 4, &pa), 2);
	assert_int_equal(pa, 0x10020000);
	assert_int_equal(cw_board_da_to_pa(m, 0x1003fffc, 4, &pa), 2);
	/* spans two regions, ends past one, wraps, and the host's name for RETRAM */
	pa = 7;
	assert_int_equal(cw_board_da_to_pa(m, 0x1003fffc, 8, &pa), -1);
	assert_int_equal(cw_board_da_to_pa(m, 0xffff, 2, &pa), -1);
	assert_int_equal(cw_board_da_to_pa(m, 0x10020000, UINT64_MAX, &pa), -1);
	assert_int_equal(cw_board_da_to_pa(m, 0x38000000, 4, &pa), -1);
	assert_int_equal(pa, 7);
}

static void disabled_processor(void **state)
{
	(void)state;
	fdt_setprop_string(tree, m4(), "status", "disabled");
	refused(-ENODEV, "/ahb/m4@10000000");
	assert_non_null(strstr(err.text, "disabled"));
}

static void disabled_bus(void **state)
{
	(void)state;
	fdt_setprop_string(tree, fdt_path_offset(tree, "/ahb"), "status", "disabled");
	refused(-ENODEV, "disabled");
}

static void no_processor(void **state)
{
	(void)state;
	fdt_del_node(tree, m4());
	refused(-ENODEV, "no remote processor");
}

static void no_regions(void **state)
{
	(void)state;
	fdt_delprop(tree, m4(), "memory-region");
	refused(-EINVAL, "m4 has no regions");
}

static void only_exchange_regions(void **state)
{
	int len;
	const uint32_t *all = fdt_getprop(tree, m4(), "memory-region", &len);
	uint32_t last[3];

	(void)state;
	assert_int_equal(len, 24);
	memcpy(last, all + 3, sizeof(last));
	fdt_setprop(tree, m4(), "memory-region", last, sizeof(last));
	refused(-EINVAL, "no region that firmware could load into");
}

static void set_reg(const char *path, uint32_t pa, uint32_t size)
{
	fdt32_t reg[2] = {cpu_to_fdt32(pa), cpu_to_fdt32(size)};

	assert_int_equal(fdt_setprop(tree, fdt_path_offset(tree, path), "reg", reg, sizeof(reg)), 0);
}

static void overlapping_regions(void **state)
{
	(void)state;
	set_reg("/reserved-memory/mcuram2@10000000", 0x10000000, 0x40004);
	refused(-EINVAL, "mcuram2 [0x10000000, 0x10040004) and vdev0vring0");
}

static void region_outside_dma_ranges(void **state)
{
	(void)state;
	set_reg("/reserved-memory/mcuram@30000000", 0xc0000000, 0x1000);
	refused(-EINVAL, "mcuram [0xc0000000, 0xc0001000) lies outside the dma-ranges");
}

static void region_of_no_bytes(void **state)
{
	(void)state;
	set_reg("/reserved-memory/retram@38000000", 0x38000000, 0);
	refused(-EINVAL, "0 bytes");
}

static void region_without_address(void **state)
{
	(void)state;
	fdt_delprop(tree, fdt_path_offset(tree, "/reserved-memory/retram@38000000"), "reg");
	refused(-EINVAL, "no fixed address");
}

static void region_elsewhere(void **state)
{
	fdt32_t regions[1];

	(void)state;
	regions[0] = cpu_to_fdt32(fdt_get_phandle(tree, fdt_path_offset(tree, "/soc/rcc@50000000")));
	fdt_setprop(tree, m4(), "memory-region", regions, sizeof(regions));
	refused(-EINVAL, "below /reserved-memory");
}

static void dangling_phandle(void **state)
{
	(void)state;
	fdt_setprop_u32(tree, m4(), "memory-region", 0x7777);
	refused(-EBADMSG, "no node has the phandle 0x7777");
}

static void no_dma_ranges(void **state)
{
	(void)state;
	fdt_delprop(tree, fdt_path_offset(tree, "/ahb"), "dma-ranges");
	refused(-EINVAL, "no dma-ranges");
}

/* Every property the reader looks at, with every wrong length: refused or read, never overrun (ASan watches). */
static void property_lengths(void **state)
{
	static const struct {
		const char *path, *prop;
	} props[] = {
		{"/", "#address-cells"},
		{"/", "#size-cells"},
		{"/", "compatible"},
		{"/", "model"},
		{"/soc", "ranges"},
		{"/soc/mailbox@4c001000", "#mbox-cells"},
		{"/soc/mailbox@4c001000", "reg"},
		{"/soc/rcc@50000000", "reg"},
		{"/ahb", "dma-ranges"},
		{"/ahb", "#size-cells"},
		{"/reserved-memory", "#address-cells"},
		{"/reserved-memory/retram@38000000", "reg"},
		{"/ahb/m4@10000000", "memory-region"},
		{"/ahb/m4@10000000", "mboxes"},
		{"/ahb/m4@10000000", "mbox-names"},
		{"/ahb/m4@10000000", "resets"},
		{"/ahb/m4@10000000", "interrupts"},
		{"/ahb/m4@10000000", "interrupt-parent"},
		{"/ahb/m4@10000000", "status"},
		{"/ahb/m4@10000000", "st,syscfg-holdboot"},
		{"/ahb/m4@10000000", "st,syscfg-pdds"},
		{"/ahb/m4@10000000", "st,syscfg-rsc-tbl"},
		{"/ahb/m4@10000000", "st,syscfg-m4-state"},
		{"/ahb/m4@10000000", "firmware-name"},
	};
	static const uint8_t fill[] = {0x00, 0x01, 0x41, 0xff};
	uint8_t value[96];

	for (size_t i = 0; i < sizeof(props) / sizeof(props[0]); i++)
		for (int len = 0; len <= (int)sizeof(value); len++)
			for (size_t f = 0; f < sizeof(fill); f++) {
				assert_int_equal(fresh_tree(state), 0);
				memset(value, fill[f], sizeof(value));
				assert_int_equal(fdt_setprop(tree, fdt_path_offset(tree, props[i].path),
							     props[i].prop, value, len), 0);
				parse();
			}
}

/* Cut, and bits turned: always an answer. The copies are of exact size so that ASan sees one byte too far. */
static void damaged_bytes(void **state)
{
	size_t size;
	uint32_t lcg = 12345;

	assert_int_equal(fdt_pack(tree), 0);
	size = fdt_totalsize(tree);
	for (size_t cut = 0; cut < size; cut += cut < 256 ? 1 : 61) {
		uint8_t *copy = malloc(cut ? cut : 1);

		memcpy(copy, tree, cut);
		assert_int_equal(cw_board_parse(copy, cut, &board, NULL), -EBADMSG);
		free(copy);
	}
	for (int i = 0; i < 4000; i++) {
		uint8_t *copy = malloc(size);

		memcpy(copy, tree, size);
		for (int k = 0; k < 3; k++) {
			lcg = lcg * 1664525 + 1013904223;
			copy[(lcg >> 8) % size] ^= (uint8_t)(1u << (lcg & 7));
		}
		cw_board_parse(copy, size, &board, &err);
		free(copy);
	}
	(void)state;
}

static void too_deep(void **state)
{
	int node = 0;

	(void)state;
	for (int i = 0; i < 40; i++)
		node = fdt_add_subnode(tree, node, "deeper");
	refused(-EBADMSG, "nested deeper");
}

static void load_by_name_and_path(void **state)
{
	void *dtb = NULL;
	size_t size = 0;

	(void)state;
	assert_int_equal(cw_board_load("stm32mp15", &dtb, &size, &err), 0);
	assert_int_equal(cw_board_parse(dtb, size, &board, &err), 0);
	free(dtb);
	assert_int_equal(cw_board_load(BOARD_DTB, &dtb, &size, &err), 0);
	free(dtb);
	assert_int_equal(cw_board_load("stm32mp99", &dtb, &size, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/boards/stm32mp99.dtb"));
	assert_int_equal(cw_board_load("/nonexistent/x.dtb", &dtb, &size, &err), -ENOENT);
	assert_int_equal(cw_board_load("..", &dtb, &size, &err), -EINVAL);
	assert_int_equal(cw_board_load("", &dtb, &size, &err), -EINVAL);
	assert_int_equal(cw_board_load("/dev/null", &dtb, &size, &err), -EBADMSG);
}

static void foreign_tree(void **state)
{
	const char *path = getenv("COREWARDEN_TEST_DTB");
	void *dtb;
	size_t size;

	(void)state;
	if (!path)
		skip();
	assert_int_equal(cw_board_load(path, &dtb, &size, &err), 0);
	if (cw_board_parse(dtb, size, &board, &err))
		fail_msg("%s: %s", path, err.text);
	free(dtb);
	check_dk2_layout(&board.rprocs[0]);
	assert_int_equal(strncmp(board.soc, "st,stm32mp15", 12), 0);
}

#define T(name) cmocka_unit_test_setup(name, fresh_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(shipped_tree),	  T(addresses),
		T(disabled_processor),	  T(disabled_bus),
		T(no_processor),	  T(no_regions),
		T(only_exchange_regions), T(overlapping_regions),
		T(region_outside_dma_ranges), T(region_of_no_bytes),
		T(region_without_address), T(region_elsewhere),
		T(dangling_phandle),	  T(no_dma_ranges),
		T(property_lengths),	  T(damaged_bytes),
		T(too_deep),		  T(load_by_name_and_path),
		T(foreign_tree),
	};

	return cmocka_run_group_tests_name("board", tests, NULL, NULL);
}
