// SPDX-License-Identifier: BSD-2-Clause
/* silicon/mem/mem.c - addresses to pieces, and who may read and write what */
#include "silicon/mem/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/span.h"
#include "host/cleanup.h"
#include "host/memfd.h"

static bool blocks_overlap(const struct cw_soc_block *a, const struct cw_soc_block *b)
{
	for (unsigned i = 0; i < a->n_pa; i++)
		for (unsigned k = 0; k < b->n_pa; k++)
			if (!(a == b && i == k) &&
			    cw_range_overlap(a->pa[i], a->size, b->pa[k], b->size))
				return true;
	return false;
}

static int check_blocks(const struct cw_soc_block *blocks, unsigned n, struct cw_error *err)
{
	for (unsigned i = 0; i < n; i++) {
		if (!blocks[i].n_pa || !blocks[i].size || blocks[i].size % CW_MEM_PAGE)
			return cw_error_set(err, -EINVAL,
					    "memory block %s is not made of whole pages",
					    blocks[i].name);
		for (unsigned k = 0; k <= i; k++)
			if (blocks_overlap(&blocks[i], &blocks[k]))
				return cw_error_set(err, -EINVAL, "memory blocks %s and %s overlap",
						    blocks[i].name, blocks[k].name);
	}
	return 0;
}

static int reserve(struct block *b)
{
	void *p = mmap(NULL, b->soc->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	b->host = p;
	return 0;
}

int cw_mem_back(struct cw_mem *mem, struct piece *p, int fd)
{
	void *at = mmap(piece_host(mem, p), p->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	cw_memfd_advise(at, p->size);
	return 0;
}

/* Reserve every block, then put a first generation behind every piece. */
static int populate(struct cw_mem *mem)
{
	int r = 0;

	for (unsigned i = 0; i < mem->n_blocks && r == 0; i++)
		r = reserve(&mem->blocks[i]);
	for (unsigned i = 0; i < mem->n_pieces && r == 0; i++) {
		struct piece *p = &mem->pieces[i];

		p->fd = cw_memfd_new("corewarden-memory", p->size);
		if (p->fd < 0)
			return p->fd;
		r = cw_mem_back(mem, p, p->fd);
	}
	return r;
}

int cw_mem_new(const struct cw_soc_block *blocks, unsigned n_blocks, const struct cw_board *board,
	       struct cw_mem **ret_mem, struct cw_error *err)
{
	struct cw_mem *mem;
	int r = check_blocks(blocks, n_blocks, err);

	if (r < 0)
		return r;
	mem = calloc(1, sizeof(*mem));
	if (!mem)
		return cw_error_set(err, -ENOMEM, "out of memory");
	mem->blocks = calloc(n_blocks, sizeof(*mem->blocks));
	if (!mem->blocks) {
		cw_mem_free(mem);
		return cw_error_set(err, -ENOMEM, "out of memory");
	}
	mem->n_blocks = n_blocks;
	for (unsigned i = 0; i < n_blocks; i++)
		mem->blocks[i].soc = &blocks[i];
	r = cw_mem_cut(mem, board, err);
	if (r == 0) {
		r = populate(mem);
		if (r < 0) {
			errno = -r;
			cw_error_errno(err, "make the board's memory");
		}
	}
	if (r < 0) {
		cw_mem_free(mem);
		return r;
	}
	*ret_mem = mem;
	return 0;
}

struct cw_mem *cw_mem_free(struct cw_mem *mem)
{
	if (!mem)
		return NULL;
	cw_mem_scrub(mem);
	for (unsigned i = 0; i < mem->n_pieces; i++)
		cw_close_fd(&mem->pieces[i].fd);
	for (unsigned i = 0; i < mem->n_blocks; i++)
		if (mem->blocks[i].host)
			munmap(mem->blocks[i].host, mem->blocks[i].soc->size);
	free(mem->blocks);
	free(mem);
	return NULL;
}

void *cw_mem_block_host(const struct cw_mem *mem, unsigned index)
{
	return mem->blocks[index].host;
}

bool cw_mem_resolve(const struct cw_mem *mem, uint64_t pa, unsigned *ret_block, uint64_t *ret_off)
{
	for (unsigned i = 0; i < mem->n_blocks; i++) {
		const struct cw_soc_block *soc = mem->blocks[i].soc;

		for (unsigned k = 0; k < soc->n_pa; k++) {
			if (pa < soc->pa[k] || pa - soc->pa[k] >= soc->size)
				continue;
			*ret_block = i;
			*ret_off = pa - soc->pa[k];
			return true;
		}
	}
	return false;
}

bool cw_mem_here(const struct cw_mem *mem, uint64_t pa)
{
	uint64_t off;
	unsigned block;

	return cw_mem_resolve(mem, pa, &block, &off);
}

struct piece *cw_mem_piece_at(struct cw_mem *mem, unsigned block, uint64_t off)
{
	for (unsigned i = 0; i < mem->n_pieces; i++) {
		struct piece *p = &mem->pieces[i];

		if (p->block == block && off >= p->off && off - p->off < p->size)
			return p;
	}
	return NULL;
}

static bool window_covers(const struct cw_mem *mem, unsigned block, uint64_t off, uint64_t len,
			  bool write)
{
	for (unsigned i = 0; i < mem->n_windows; i++) {
		const struct window *w = &mem->windows[i];

		if (w->block == block && off >= w->off &&
		    cw_range_inside(off - w->off, len, w->len) && (w->write || !write))
			return true;
	}
	return false;
}

/* May @side touch this part of one piece? @len bytes at @off of @p's block, all inside @p. */
static bool allowed(const struct cw_mem *mem, enum cw_bus_side side, const struct piece *p,
		    uint64_t off, uint64_t len, bool write)
{
	if (side == CW_BUS_SECURE)
		return true;
	if (p->flags & CW_BUS_REGION_SECURE)
		return false;
	if (!(p->flags & CW_BUS_REGION_PROTECTED))
		return true;
	return window_covers(mem, p->block, off, len, write);
}

/* One access walks over parts: bytes that are consecutive in one piece. */
struct part {
	struct piece *piece;
	uint8_t *host;
	uint64_t off;
	size_t len;
};

/* The part that starts at @pa, of at most @len bytes. False: nothing there. */
static bool part_at(struct cw_mem *mem, uint64_t pa, uint64_t len, struct part *ret)
{
	unsigned block;
	uint64_t off, left;
	struct piece *p;

	if (!cw_mem_resolve(mem, pa, &block, &off))
		return false;
	p = cw_mem_piece_at(mem, block, off);
	left = p->size - (off - p->off);
	*ret = (struct part){.piece = p, .host = mem->blocks[block].host + off, .off = off};
	ret->len = (size_t)(len < left ? len : left);
	return true;
}

/* Judge a whole access before a byte of it moves. */
static int judge(struct cw_mem *mem, enum cw_bus_side side, uint64_t pa, uint64_t len, bool write)
{
	struct part part;

	if (!len || pa > UINT64_MAX - (len - 1))
		return -EINVAL;
	for (; len; pa += part.len, len -= part.len) {
		if (!part_at(mem, pa, len, &part))
			return -EFAULT;
		if (!allowed(mem, side, part.piece, part.off, part.len, write)) {
			mem->refused++;
			return -EACCES;
		}
	}
	return 0;
}

/* The core and other processes look at the same bytes: what is naturally a word is read and written
 * as one, so that a ring index is never seen half written. */
static void move(void *dst, const void *src, size_t len)
{
	uintptr_t both = (uintptr_t)dst | (uintptr_t)src;

	if (len == 4 && both % 4 == 0)
		__atomic_store_n((uint32_t *)dst,
				 __atomic_load_n((const uint32_t *)src, __ATOMIC_ACQUIRE),
				 __ATOMIC_RELEASE);
	else if (len == 2 && both % 2 == 0)
		__atomic_store_n((uint16_t *)dst,
				 __atomic_load_n((const uint16_t *)src, __ATOMIC_ACQUIRE),
				 __ATOMIC_RELEASE);
	else
		memcpy(dst, src, len);
}

int cw_mem_read(struct cw_mem *mem, enum cw_bus_side side, uint64_t pa, void *buf, size_t len)
{
	struct part part = {0};
	uint8_t *to = buf;
	int r = judge(mem, side, pa, len, false);

	for (; len && r == 0; pa += part.len, to += part.len, len -= part.len) {
		part_at(mem, pa, len, &part);
		move(to, part.host, part.len);
	}
	return r;
}

int cw_mem_write(struct cw_mem *mem, enum cw_bus_side side, uint64_t pa, const void *buf,
		 size_t len)
{
	struct part part = {0};
	const uint8_t *from = buf;
	int r = judge(mem, side, pa, len, true);

	for (; len && r == 0; pa += part.len, from += part.len, len -= part.len) {
		part_at(mem, pa, len, &part);
		move(part.host, from, part.len);
	}
	return r;
}

/* Pages that nobody has touched are zero, and are not made for saying so: a large memory costs what is in it. */
static int zero_part(struct cw_mem *mem, const struct part *part)
{
	uint8_t *host = mem->blocks[part->piece->block].host + part->piece->off;
	off_t at = (off_t)(part->off - part->piece->off), end = at + (off_t)part->len;

	while (at < end) {
		off_t data = lseek(part->piece->fd, at, SEEK_DATA);

		if (data < 0 && errno == ENXIO)
			return 0;
		if (data >= end)
			return 0;
		at = data < 0 ? data : lseek(part->piece->fd, data, SEEK_HOLE);
		if (at < 0)
			return -errno;
		if (at > end)
			at = end;
		memset(host + data, 0, (size_t)(at - data));
	}
	return 0;
}

int cw_mem_fill(struct cw_mem *mem, uint64_t pa, uint64_t size, uint8_t byte)
{
	struct part part = {0};
	int r = judge(mem, CW_BUS_SECURE, pa, size, true);

	for (; size && r == 0; pa += part.len, size -= part.len) {
		part_at(mem, pa, size, &part);
		if (byte)
			memset(part.host, byte, part.len);
		else
			r = zero_part(mem, &part);
	}
	return r;
}

static void describe(const struct cw_mem *mem, const struct piece *p, struct cw_bus_region *ret)
{
	*ret = (struct cw_bus_region){
		.pa = mem->blocks[p->block].soc->pa[0] + p->off,
		.size = p->size,
		.generation = p->generation,
		.flags = p->flags,
	};
	memcpy(ret->name, p->name, sizeof(ret->name));
}

int cw_mem_region(const struct cw_mem *mem, uint32_t index, struct cw_bus_region *ret)
{
	if (index >= mem->n_pieces)
		return -ENOENT;
	describe(mem, &mem->pieces[index], ret);
	return 0;
}

uint32_t cw_mem_regions(const struct cw_mem *mem)
{
	return mem->n_pieces;
}

int cw_mem_map(struct cw_mem *mem, enum cw_bus_side side, uint64_t pa,
	       struct cw_bus_region *ret_region, int *ret_fd)
{
	struct part part;

	if (!part_at(mem, pa, 1, &part))
		return -EFAULT;
	if (side == CW_BUS_NONSECURE) {
		/* A descriptor is of the whole piece: a window is no grant to map. */
		if (part.piece->flags & (CW_BUS_REGION_PROTECTED | CW_BUS_REGION_SECURE)) {
			mem->refused++;
			return -EACCES;
		}
		part.piece->ns_maps++;
	}
	describe(mem, part.piece, ret_region);
	*ret_fd = part.piece->fd;
	return 0;
}

void cw_mem_stats(const struct cw_mem *mem, struct cw_bus_stats *ret)
{
	ret->regions = mem->n_pieces;
	ret->protected_regions = 0;
	ret->maps_granted = 0;
	ret->windows = mem->n_windows;
	ret->refused = mem->refused;
	for (unsigned i = 0; i < mem->n_pieces; i++) {
		ret->protected_regions += !!(mem->pieces[i].flags & CW_BUS_REGION_PROTECTED);
		ret->maps_granted += mem->pieces[i].ns_maps;
	}
}
