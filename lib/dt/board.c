/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dt/board.c - Linux's remote processor bindings, read into struct cw_board
 *
 * Bindings: remoteproc/st,stm32-rproc.yaml, reserved-memory/reserved-memory.yaml, mailbox/mailbox.txt,
 * reset/reset.txt (Linux, Documentation/devicetree/bindings).
 */
#include <corewarden/board.h>

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "dt/tree.h"

#define MBOX_CELLS_MAX 4

/* Processors we know the bindings of. */
static const char *const rproc_compatibles[] = {
	"st,stm32mp1-m4",
};

static int read_dma_ranges(struct cw_dt *dt, int node, struct cw_board_rproc *rproc)
{
	int bus = fdt_parent_offset(dt->fdt, node);
	int top = bus < 0 ? -1 : fdt_parent_offset(dt->fdt, bus);
	unsigned ca, cs, pca, pcs, step;
	const uint32_t *cells;
	uint64_t end;
	int n, r;

	if (top < 0)
		return cw_dt_fail(dt, node, -EINVAL,
				  "a remote processor belongs below a bus with dma-ranges");
	r = cw_dt_bus_cells(dt, bus, &ca, &cs);
	if (!r)
		r = cw_dt_bus_cells(dt, top, &pca, &pcs);
	if (r < 0)
		return r;
	n = cw_dt_cells(dt, bus, "dma-ranges", &cells);
	if (n < 0)
		return n;
	step = ca + pca + cs;
	if (!n)
		return cw_dt_fail(dt, bus, -EINVAL,
				  "no dma-ranges: the processor's addresses are unknown");
	if ((unsigned)n % step)
		return cw_dt_fail(dt, bus, -EBADMSG,
				  "dma-ranges: %d cells are not whole entries of %u", n, step);
	for (unsigned i = 0; i < (unsigned)n; i += step) {
		struct cw_board_dma_range *range = &rproc->ranges[rproc->n_ranges];

		if (rproc->n_ranges == sizeof(rproc->ranges) / sizeof(rproc->ranges[0]))
			return cw_dt_fail(dt, bus, -E2BIG, "dma-ranges: more than %u entries",
					  rproc->n_ranges);
		range->da = cw_dt_number(cells + i, ca);
		range->pa = cw_dt_number(cells + i + ca, pca);
		range->size = cw_dt_number(cells + i + ca + pca, cs);
		if (__builtin_add_overflow(range->da, range->size, &end) ||
		    __builtin_add_overflow(range->pa, range->size, &end))
			return cw_dt_fail(dt, bus, -EBADMSG, "dma-ranges: entry %u wraps",
					  rproc->n_ranges);
		rproc->n_ranges++;
	}
	return 0;
}

static bool pa_to_da(const struct cw_board_rproc *rproc, uint64_t pa, uint64_t size,
		     uint64_t *ret_da)
{
	for (unsigned i = 0; i < rproc->n_ranges; i++) {
		const struct cw_board_dma_range *r = &rproc->ranges[i];

		if (pa < r->pa || !cw_range_inside(pa - r->pa, size, r->size))
			continue;
		*ret_da = r->da + (pa - r->pa);
		return true;
	}
	return false;
}

/* "vdev0buffer": vdev, digits, the word. */
static bool is_vdev_buffer(const char *name)
{
	const char *p = name + 4;

	if (strncmp(name, "vdev", 4))
		return false;
	p += strspn(p, "0123456789");
	return !strcmp(p, "buffer");
}

static int check_region(struct cw_dt *dt, int node, int where, const struct cw_board_rproc *rproc,
			struct cw_board_region *region)
{
	if (!region->size)
		return cw_dt_fail(dt, where, -EINVAL, "reg: a region of 0 bytes");
	if (!pa_to_da(rproc, region->pa, region->size, &region->da))
		return cw_dt_fail(dt, node, -EINVAL,
				  "region %s [0x%llx, 0x%llx) lies outside the dma-ranges of the "
				  "processor's bus",
				  region->name, (unsigned long long)region->pa,
				  (unsigned long long)(region->pa + region->size));
	for (unsigned i = 0; i < rproc->n_regions; i++) {
		const struct cw_board_region *o = &rproc->regions[i];

		if (!strcmp(o->name, region->name))
			return cw_dt_fail(dt, node, -EINVAL, "two regions are named %s", o->name);
		if (cw_range_overlap(o->pa, o->size, region->pa, region->size) ||
		    cw_range_overlap(o->da, o->size, region->da, region->size))
			return cw_dt_fail(dt, node, -EINVAL,
					  "regions %s [0x%llx, 0x%llx) and %s [0x%llx, 0x%llx) overlap",
					  o->name, (unsigned long long)o->pa,
					  (unsigned long long)(o->pa + o->size), region->name,
					  (unsigned long long)region->pa,
					  (unsigned long long)(region->pa + region->size));
	}
	return 0;
}

static int read_region(struct cw_dt *dt, int node, uint32_t phandle, struct cw_board_rproc *rproc)
{
	struct cw_board_region region = {0};
	char parent[32];
	int where, up, r;

	r = cw_dt_phandle(dt, node, "memory-region", phandle, &where);
	if (!r)
		r = cw_dt_name(dt, where, region.name, sizeof(region.name));
	if (r < 0)
		return r;
	up = fdt_parent_offset(dt->fdt, where);
	if (up < 0 || cw_dt_name(&(struct cw_dt){.fdt = dt->fdt}, up, parent, sizeof(parent)) ||
	    strcmp(parent, "reserved-memory"))
		return cw_dt_fail(dt, where, -EINVAL,
				  "memory-region must name a node below /reserved-memory");
	r = cw_dt_enabled(dt, where);
	if (r < 0)
		return r;
	if (!r)
		return cw_dt_fail(dt, where, -EINVAL, "the region is disabled, but a processor uses it");
	if (!fdt_getprop(dt->fdt, where, "reg", NULL))
		return cw_dt_fail(dt, where, -EINVAL, "the region has no fixed address (reg)");
	r = cw_dt_reg(dt, where, &region.pa, &region.size);
	if (r < 0)
		return r;
	region.exchange = !strncmp(region.name, "vdev", 4);
	region.buffer = is_vdev_buffer(region.name);
	region.no_map = fdt_getprop(dt->fdt, where, "no-map", NULL) != NULL;
	r = check_region(dt, node, where, rproc, &region);
	if (r < 0)
		return r;
	rproc->regions[rproc->n_regions++] = region;
	return 0;
}

static int read_regions(struct cw_dt *dt, int node, struct cw_board_rproc *rproc)
{
	bool loadable = false;
	const uint32_t *cells;
	int n = cw_dt_cells(dt, node, "memory-region", &cells);
	int r;

	if (n < 0)
		return n;
	if (!n)
		return cw_dt_fail(dt, node, -EINVAL,
				  "the processor %s has no regions (memory-region)", rproc->name);
	if (n > CW_BOARD_REGIONS_MAX)
		return cw_dt_fail(dt, node, -E2BIG, "memory-region: %d regions, more than %d", n,
				  CW_BOARD_REGIONS_MAX);
	for (int i = 0; i < n; i++) {
		r = read_region(dt, node, cw_dt_cell(cells, i), rproc);
		if (r < 0)
			return r;
		loadable |= !rproc->regions[i].exchange;
	}
	if (!loadable)
		return cw_dt_fail(dt, node, -EINVAL,
				  "the processor %s has no region that firmware could load into",
				  rproc->name);
	return 0;
}

/* <&syscon offset mask> */
static int read_field(struct cw_dt *dt, int node, const char *prop, struct cw_board_field *ret)
{
	const uint32_t *cells;
	uint64_t pa, size;
	int n = cw_dt_cells(dt, node, prop, &cells);
	int syscon, r;

	if (n <= 0)
		return n;
	if (n != 3)
		return cw_dt_fail(dt, node, -EBADMSG, "%s: %d cells instead of 3", prop, n);
	r = cw_dt_phandle(dt, node, prop, cw_dt_cell(cells, 0), &syscon);
	if (!r)
		r = cw_dt_reg(dt, syscon, &pa, &size);
	if (r < 0)
		return r;
	if (!cw_range_inside(cw_dt_cell(cells, 1), 4, size))
		return cw_dt_fail(dt, node, -EBADMSG, "%s: offset 0x%x is past the register block", prop,
				  cw_dt_cell(cells, 1));
	ret->pa = pa + cw_dt_cell(cells, 1);
	ret->mask = cw_dt_cell(cells, 2);
	return 0;
}

/* The RCC's reset lines are numbered 32 to a register: line / 32 is the register, line % 32 the bit. A reset that is
 * another firmware's (SCMI) has no register, and is left undescribed. */
static int read_reset(struct cw_dt *dt, int node, struct cw_board_field *ret)
{
	const uint32_t *cells;
	uint64_t pa, size;
	int n = cw_dt_cells(dt, node, "resets", &cells);
	int rcc, r;
	uint32_t line;

	if (n <= 0)
		return n;
	r = cw_dt_phandle(dt, node, "resets", cw_dt_cell(cells, 0), &rcc);
	if (r < 0)
		return r;
	if (fdt_node_check_compatible(dt->fdt, rcc, "st,stm32mp1-rcc") &&
	    fdt_node_check_compatible(dt->fdt, rcc, "st,stm32mp1-rcc-secure"))
		return 0;
	if (n < 2)
		return cw_dt_fail(dt, node, -EBADMSG, "resets: no line number");
	r = cw_dt_reg(dt, rcc, &pa, &size);
	if (r < 0)
		return r;
	line = cw_dt_cell(cells, 1);
	if (!cw_range_inside((uint64_t)(line / 32) * 4, 4, size))
		return cw_dt_fail(dt, node, -EBADMSG, "resets: line %u is past the reset controller",
				  line);
	ret->pa = pa + (uint64_t)(line / 32) * 4;
	ret->mask = 1u << line % 32;
	return 0;
}

/* EXTI has 32 lines a bank of 0x20 bytes; the rising edge's pending register is the fourth word. */
static int read_watchdog(struct cw_dt *dt, int node, struct cw_board_field *ret)
{
	const uint32_t *cells;
	uint64_t pa, size, offset;
	uint32_t parent = 0;
	int n = cw_dt_cells(dt, node, "interrupts", &cells);
	int exti, r;

	if (n <= 0)
		return n;
	r = cw_dt_u32(dt, node, "interrupt-parent", 0, &parent);
	if (r < 0 || !parent)
		return r;
	r = cw_dt_phandle(dt, node, "interrupt-parent", parent, &exti);
	if (r < 0)
		return r;
	if (fdt_node_check_compatible(dt->fdt, exti, "st,stm32mp1-exti"))
		return 0;
	r = cw_dt_reg(dt, exti, &pa, &size);
	if (r < 0)
		return r;
	offset = (uint64_t)(cw_dt_cell(cells, 0) / 32) * 0x20 + 0xc;
	if (!cw_range_inside(offset, 4, size))
		return cw_dt_fail(dt, node, -EBADMSG, "interrupts: line %u is past the controller",
				  cw_dt_cell(cells, 0));
	ret->pa = pa + offset;
	ret->mask = 1u << cw_dt_cell(cells, 0) % 32;
	return 0;
}

static int assign_mailbox(struct cw_dt *dt, int node, int index, uint32_t channel,
			  struct cw_board_rproc *rproc)
{
	const struct {
		const char *name;
		int *channel;
	} known[] = {
		{"vq0", &rproc->mbox_vq0},
		{"vq1", &rproc->mbox_vq1},
		{"shutdown", &rproc->mbox_shutdown},
		{"detach", &rproc->mbox_detach},
	};
	char name[32];
	int r = cw_dt_string(dt, node, "mbox-names", index, name, sizeof(name));

	if (r < 0)
		return r;
	if (!r)
		return cw_dt_fail(dt, node, -EBADMSG, "mbox-names: mailbox %d has no name", index);
	if (channel > 31)
		return cw_dt_fail(dt, node, -EBADMSG, "mboxes: %s is channel %u", name, channel);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].name, name))
			*known[i].channel = (int)channel;
	return 0;
}

static int read_mailboxes(struct cw_dt *dt, int node, struct cw_board_rproc *rproc)
{
	const uint32_t *cells;
	uint64_t pa, size;
	uint32_t args = 0;
	int n = cw_dt_cells(dt, node, "mboxes", &cells);
	int mbox, r;

	if (n < 0)
		return n;
	for (int i = 0, index = 0; i < n; i += 1 + (int)args, index++) {
		r = cw_dt_phandle(dt, node, "mboxes", cw_dt_cell(cells, i), &mbox);
		if (!r)
			r = cw_dt_u32(dt, mbox, "#mbox-cells", 0, &args);
		if (!r)
			r = cw_dt_reg(dt, mbox, &pa, &size);
		if (r < 0)
			return r;
		if (args < 1 || args > MBOX_CELLS_MAX || i + (int)args >= n)
			return cw_dt_fail(dt, node, -EBADMSG, "mboxes: mailbox %d is incomplete", index);
		if (index && pa != rproc->mailbox_pa)
			return cw_dt_fail(dt, node, -EBADMSG,
					  "mboxes: channels of two mailboxes are not supported");
		rproc->mailbox_pa = pa;
		r = assign_mailbox(dt, node, index, cw_dt_cell(cells, i + 1), rproc);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_rproc(struct cw_dt *dt, int node, struct cw_board_rproc *rproc)
{
	int r;

	rproc->mbox_vq0 = rproc->mbox_vq1 = rproc->mbox_shutdown = rproc->mbox_detach = -1;
	r = cw_dt_name(dt, node, rproc->name, sizeof(rproc->name));
	if (!r)
		r = cw_dt_string(dt, node, "compatible", 0, rproc->compatible,
				 sizeof(rproc->compatible));
	if (r >= 0)
		r = cw_dt_string(dt, node, "firmware-name", 0, rproc->firmware_name,
				 sizeof(rproc->firmware_name));
	if (r >= 0)
		r = read_dma_ranges(dt, node, rproc);
	if (!r)
		r = read_regions(dt, node, rproc);
	if (!r)
		r = read_field(dt, node, "st,syscfg-holdboot", &rproc->holdboot);
	if (!r)
		r = read_field(dt, node, "st,syscfg-pdds", &rproc->pdds);
	if (!r)
		r = read_field(dt, node, "st,syscfg-rsc-tbl", &rproc->rsc_tbl);
	if (!r)
		r = read_field(dt, node, "st,syscfg-m4-state", &rproc->m4_state);
	if (!r)
		r = read_reset(dt, node, &rproc->reset);
	if (!r)
		r = read_watchdog(dt, node, &rproc->watchdog);
	if (!r)
		r = read_mailboxes(dt, node, rproc);
	return r;
}

static int read_root(struct cw_dt *dt, struct cw_board *board)
{
	int last, r;

	r = cw_dt_string(dt, 0, "model", 0, board->model, sizeof(board->model));
	if (r < 0)
		return r;
	r = cw_dt_string(dt, 0, "compatible", 0, board->compatible, sizeof(board->compatible));
	if (r < 0)
		return r;
	last = fdt_stringlist_count(dt->fdt, 0, "compatible") - 1;
	if (last < 0)
		return cw_dt_fail(dt, 0, -EBADMSG, "compatible: missing or malformed");
	r = cw_dt_string(dt, 0, "compatible", last, board->soc, sizeof(board->soc));
	return r < 0 ? r : 0;
}

static int read_node(struct cw_dt *dt, int node, struct cw_board *board, int *disabled)
{
	int r = cw_dt_enabled(dt, node);

	if (r < 0)
		return r;
	if (!r) {
		*disabled = node;
		return 0;
	}
	if (board->n_rprocs == CW_BOARD_RPROCS_MAX)
		return cw_dt_fail(dt, node, -E2BIG, "more than %d remote processors",
				  CW_BOARD_RPROCS_MAX);
	r = read_rproc(dt, node, &board->rprocs[board->n_rprocs]);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < board->n_rprocs; i++)
		if (!strcmp(board->rprocs[i].name, board->rprocs[board->n_rprocs].name))
			return cw_dt_fail(dt, node, -EINVAL, "two remote processors are named %s",
					  board->rprocs[i].name);
	board->n_rprocs++;
	return 0;
}

static int read_rprocs(struct cw_dt *dt, struct cw_board *board)
{
	int disabled = -1;
	int r;

	for (size_t i = 0; i < sizeof(rproc_compatibles) / sizeof(rproc_compatibles[0]); i++) {
		int node = -1;

		while ((node = fdt_node_offset_by_compatible(dt->fdt, node, rproc_compatibles[i])) >=
		       0) {
			r = read_node(dt, node, board, &disabled);
			if (r < 0)
				return r;
		}
	}
	if (board->n_rprocs)
		return 0;
	if (disabled >= 0)
		return cw_dt_fail(dt, disabled, -ENODEV,
				  "the remote processor is disabled (status), and there is no other");
	return cw_error_set(dt->err, -ENODEV,
			    "device tree of '%s': no remote processor (no node is compatible with %s)",
			    board->model[0] ? board->model : board->compatible, rproc_compatibles[0]);
}

int cw_board_parse(const void *dtb, size_t size, struct cw_board *ret_board, struct cw_error *err)
{
	struct cw_dt dt = {.err = err};
	struct cw_board board = {0};
	int r;

	r = cw_dt_check(&dt, dtb, size);
	if (!r)
		r = read_root(&dt, &board);
	if (!r)
		r = read_rprocs(&dt, &board);
	if (r < 0)
		return r;
	*ret_board = board;
	return 0;
}

const struct cw_board_rproc *cw_board_rproc(const struct cw_board *board, const char *name)
{
	if (!name)
		return board->n_rprocs == 1 ? &board->rprocs[0] : NULL;
	for (unsigned i = 0; i < board->n_rprocs; i++)
		if (!strcmp(board->rprocs[i].name, name))
			return &board->rprocs[i];
	return NULL;
}

int cw_board_da_to_pa(const struct cw_board_rproc *rproc, uint64_t da, uint64_t size,
		      uint64_t *ret_pa)
{
	for (unsigned i = 0; i < rproc->n_regions; i++) {
		const struct cw_board_region *r = &rproc->regions[i];

		if (da < r->da || !cw_range_inside(da - r->da, size, r->size))
			continue;
		*ret_pa = r->pa + (da - r->da);
		return (int)i;
	}
	return -1;
}
