/* SPDX-License-Identifier: BSD-2-Clause */
/* silicon/mem/internal.h - what cut.c (making pieces), mem.c (judging accesses) and gen.c (generations) share */
#ifndef CW_SILICON_MEM_INTERNAL_H
#define CW_SILICON_MEM_INTERNAL_H

#include "silicon/mem/mem.h"

struct piece {
	unsigned block;
	uint64_t off, size; /* in the block */
	char name[32];
	uint32_t flags;	     /* CW_BUS_REGION_* */
	uint32_t generation;
	uint32_t ns_maps;    /* descriptors of this generation the normal world got */
	int fd;
};

/* A granted range: its bytes may lie in several pieces of one block. */
struct window {
	unsigned block;
	uint64_t off;
	uint32_t len;
	bool write;
};

struct block {
	const struct cw_soc_block *soc;
	uint8_t *host; /* reserved for the whole block; its pieces are mapped into it */
};

struct cw_mem {
	struct block *blocks;
	unsigned n_blocks;
	struct piece pieces[CW_MEM_PIECES_MAX]; /* by block, then offset; gapless */
	unsigned n_pieces;
	struct window windows[CW_MEM_WINDOWS_MAX];
	unsigned n_windows;
	uint32_t refused;
	bool weak; /* see cw_mem_weaken() */
};

/* Cut @mem's blocks (n_blocks and soc are set) by the board's regions. Fills pieces, without memory behind them. */
int cw_mem_cut(struct cw_mem *mem, const struct cw_board *board, struct cw_error *err);

/* Map @fd at a piece's place. 0 or -errno, then the piece is as before. */
int cw_mem_back(struct cw_mem *mem, struct piece *p, int fd);

/* Resolve an address under any alias. False: nothing there. */
bool cw_mem_resolve(const struct cw_mem *mem, uint64_t pa, unsigned *ret_block, uint64_t *ret_off);

struct piece *cw_mem_piece_at(struct cw_mem *mem, unsigned block, uint64_t off);

static inline uint8_t *piece_host(const struct cw_mem *mem, const struct piece *p)
{
	return mem->blocks[p->block].host + p->off;
}

#endif
