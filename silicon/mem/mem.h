/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/mem/mem.h - physical memory and the firewall over it
 *
 * Physical memory is (block, offset, generation). Blocks come from the SoC; every address, canonical or alias, resolves
 * to a block and an offset first, and only those are judged. The board's regions cut the blocks into pieces, at the
 * borders of every region under any of its addresses: a piece is one memfd, has one owner and one set of claims.
 * Two regions that are aliases of each other (mcuram, mcuram2) thus share their pieces; such a piece has the name of
 * the region given by its canonical address, else of the first region that claims it, and "-" when none does.
 *
 * Protect and open make a new generation: a new memfd takes the old one's place at the same host address (the core's
 * mapping stays valid), and the old one is punched: whoever still maps it reads zeros, and writes go nowhere.
 *
 * Windows are byte-exact grants to the normal world on protected memory. One access must lie in one window. A window
 * lasts as long as the generation it was given for.
 *
 * Not thread-safe: one thread calls; the remote core reads and writes behind @host at any time, except during
 * cw_mem_protect, cw_mem_open and cw_mem_free, when the caller must have stopped it. All addresses and sizes are bytes.
 */
#ifndef CW_SILICON_MEM_H
#define CW_SILICON_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/board.h>
#include <corewarden/error.h>

#include "bus/wire.h"
#include "silicon/soc/soc.h"

#define CW_MEM_PIECES_MAX  96
#define CW_MEM_WINDOWS_MAX 64
#define CW_MEM_PAGE	   4096u

struct cw_mem;

/* Make the memories of @blocks (borrowed for good), cut by the regions of all of @board's processors. -EINVAL with a
 * sentence: a region that lies in no block, leaves its block, or is not made of pages; blocks that overlap. -E2BIG more
 * than CW_MEM_PIECES_MAX pieces. -ENOMEM or another -errno. */
int cw_mem_new(const struct cw_soc_block *blocks, unsigned n_blocks, const struct cw_board *board,
	       struct cw_mem **ret_mem, struct cw_error *err);
struct cw_mem *cw_mem_free(struct cw_mem *mem); /* accepts NULL, returns NULL; scrubs first */

/* Where block @index lies in this process, for its whole size and the life of @mem. */
void *cw_mem_block_host(const struct cw_mem *mem, unsigned index);

/* True when @pa is memory of some block; else it may be a register. */
bool cw_mem_here(const struct cw_mem *mem, uint64_t pa);

/* Transactions of @side; nothing is moved unless all of it may be. -EFAULT some of it is not memory; -EACCES the
 * firewall refuses (counted). */
int cw_mem_read(struct cw_mem *mem, enum cw_bus_side side, uint64_t pa, void *buf, size_t len);
int cw_mem_write(struct cw_mem *mem, enum cw_bus_side side, uint64_t pa, const void *buf, size_t len);
/* Secure side. @size 0 is -EINVAL. */
int cw_mem_fill(struct cw_mem *mem, uint64_t pa, uint64_t size, uint8_t byte);

/* Piece @index in order of block and offset; -ENOENT past the last. */
int cw_mem_region(const struct cw_mem *mem, uint32_t index, struct cw_bus_region *ret);
uint32_t cw_mem_regions(const struct cw_mem *mem);

/* The piece that holds @pa, to hand out. *@ret_fd stays @mem's; send a duplicate. -EFAULT, -EACCES. */
int cw_mem_map(struct cw_mem *mem, enum cw_bus_side side, uint64_t pa,
	       struct cw_bus_region *ret_region, int *ret_fd);

/* Secure side. The range must be whole pieces under one address: -EINVAL; -EFAULT nothing there; -EOPNOTSUPP a piece is
 * meant for exchange, or is always secure; -ENOMEM or another -errno. On all of these nothing has changed, but when the
 * kernel refuses a mapping in the middle: then the pieces before it have.
 * protect: contents move to a generation only the secure side may map; pieces that are protected already stay.
 * open: zeros, in a new generation that is the normal world's; pieces that are open already stay. Windows on what changes
 * are withdrawn. */
int cw_mem_protect(struct cw_mem *mem, uint64_t pa, uint64_t size);
int cw_mem_open(struct cw_mem *mem, uint64_t pa, uint64_t size);

/* Let the normal world read (and with @write write) these bytes while their generation lasts. -EINVAL @len 0; -EFAULT;
 * -EOPNOTSUPP always-secure memory; -ENOSPC more than CW_MEM_WINDOWS_MAX. The same window again adds nothing. */
int cw_mem_window(struct cw_mem *mem, uint64_t pa, uint32_t len, bool write);
void cw_mem_windows_clear(struct cw_mem *mem);

/* For tests of what generations are good for: from here on protect and open change the firewall only, and the memory file
 * stays, so that an old mapping goes on reaching it. Never in a board that is meant to protect. */
void cw_mem_weaken(struct cw_mem *mem);

/* Power-off: every byte of every generation reads zero, also through mappings others hold. */
void cw_mem_scrub(struct cw_mem *mem);

/* Fills what memory knows: regions, protected_regions, windows, maps_granted, refused. */
void cw_mem_stats(const struct cw_mem *mem, struct cw_bus_stats *ret);

#endif
