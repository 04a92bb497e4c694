// SPDX-License-Identifier: BSD-2-Clause
/* silicon/mem/cut.c - cut the SoC's blocks into pieces at the borders of the board's regions */
#include "silicon/mem/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

/* A region in terms of a block. */
struct claim {
	const struct cw_board_region *region;
	unsigned block;
	uint64_t off;
	bool canonical; /* named by the block's first address */
};

struct claims {
	struct claim c[CW_BOARD_RPROCS_MAX * CW_BOARD_REGIONS_MAX];
	unsigned n;
};

static int claim_region(const struct cw_mem *mem, const struct cw_board_region *r,
			struct claims *claims, struct cw_error *err)
{
	struct claim c = {.region = r};

	if (!r->size || r->pa % CW_MEM_PAGE || r->size % CW_MEM_PAGE)
		return cw_error_set(
			err, -EINVAL,
			"memory region %s (0x%llx, 0x%llx bytes) is not made of whole pages",
			r->name, (unsigned long long)r->pa, (unsigned long long)r->size);
	if (!cw_mem_resolve(mem, r->pa, &c.block, &c.off) ||
	    !cw_range_inside(c.off, r->size, mem->blocks[c.block].soc->size))
		return cw_error_set(
			err, -EINVAL,
			"memory region %s (0x%llx, 0x%llx bytes) lies in no memory of the SoC",
			r->name, (unsigned long long)r->pa, (unsigned long long)r->size);
	if (mem->blocks[c.block].soc->secure)
		return cw_error_set(err, -EINVAL,
				    "memory region %s lies in %s, which is always secure", r->name,
				    mem->blocks[c.block].soc->name);
	c.canonical = r->pa == mem->blocks[c.block].soc->pa[0] + c.off;
	claims->c[claims->n++] = c;
	return 0;
}

static int claim_all(const struct cw_mem *mem, const struct cw_board *board, struct claims *claims,
		     struct cw_error *err)
{
	for (unsigned i = 0; i < board->n_rprocs; i++) {
		const struct cw_board_rproc *rproc = &board->rprocs[i];

		for (unsigned k = 0; k < rproc->n_regions; k++) {
			int r = claim_region(mem, &rproc->regions[k], claims, err);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* The first border of a claim behind @off in @block, or the block's end. */
static uint64_t next_border(const struct claims *claims, unsigned block, uint64_t off, uint64_t end)
{
	for (unsigned i = 0; i < claims->n; i++) {
		const struct claim *c = &claims->c[i];
		uint64_t stop = c->off + c->region->size;

		if (c->block != block)
			continue;
		if (c->off > off && c->off < end)
			end = c->off;
		if (stop > off && stop < end)
			end = stop;
	}
	return end;
}

/* The canonical claim's name wins, then the first. One exchange claim makes the piece one of
 * exchange: what the normal world is meant to share can never be taken away under another name. */
static void name_piece(const struct claims *claims, struct piece *p)
{
	const struct claim *best = NULL;

	for (unsigned i = 0; i < claims->n; i++) {
		const struct claim *c = &claims->c[i];

		if (c->block != p->block ||
		    !cw_range_overlap(c->off, c->region->size, p->off, p->size))
			continue;
		if (!best || (c->canonical && !best->canonical))
			best = c;
		if (c->region->exchange)
			p->flags |= CW_BUS_REGION_EXCHANGE;
	}
	snprintf(p->name, sizeof(p->name), "%s", best ? best->region->name : "-");
}

static int cut_block(struct cw_mem *mem, const struct claims *claims, unsigned block,
		     struct cw_error *err)
{
	const struct cw_soc_block *soc = mem->blocks[block].soc;

	for (uint64_t off = 0; off < soc->size;) {
		uint64_t end = next_border(claims, block, off, soc->size);
		struct piece *p;

		if (mem->n_pieces == CW_MEM_PIECES_MAX)
			return cw_error_set(err, -E2BIG,
					    "the board's regions make more than %u pieces",
					    CW_MEM_PIECES_MAX);
		p = &mem->pieces[mem->n_pieces++];
		*p = (struct piece){.block = block, .off = off, .size = end - off, .fd = -1};
		if (soc->secure)
			p->flags = CW_BUS_REGION_SECURE;
		name_piece(claims, p);
		off = end;
	}
	return 0;
}

int cw_mem_cut(struct cw_mem *mem, const struct cw_board *board, struct cw_error *err)
{
	struct claims claims = {.n = 0};
	int r = claim_all(mem, board, &claims, err);

	for (unsigned i = 0; i < mem->n_blocks && r == 0; i++)
		r = cut_block(mem, &claims, i, err);
	return r;
}
