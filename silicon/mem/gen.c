// SPDX-License-Identifier: BSD-2-Clause
/* silicon/mem/gen.c - generations and windows: who owns memory now, and what that withdraws */
#include "silicon/mem/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
#include "host/cleanup.h"
#include "host/memfd.h"
#include "host/point.h"

/* The pieces a range is made of: @n of them from @first. -EINVAL unless the range is exactly whole
 * pieces. */
static int whole_pieces(struct cw_mem *mem, uint64_t pa, uint64_t size, struct piece **ret_first,
			unsigned *ret_n)
{
	struct piece *first, *p;
	unsigned block, n = 0;
	uint64_t off;

	if (!size)
		return -EINVAL;
	if (!cw_mem_resolve(mem, pa, &block, &off) ||
	    !cw_range_inside(off, size, mem->blocks[block].soc->size))
		return -EFAULT;
	first = cw_mem_piece_at(mem, block, off);
	if (first->off != off)
		return -EINVAL;
	for (p = first; size; p++, n++) {
		if (p->flags & (CW_BUS_REGION_EXCHANGE | CW_BUS_REGION_SECURE))
			return -EOPNOTSUPP;
		if (p->size > size)
			return -EINVAL;
		size -= p->size;
	}
	*ret_first = first;
	*ret_n = n;
	return 0;
}

/* Zeros for whoever still maps the file; its pages go back to the system. */
static void punch(const struct piece *p)
{
	if (p->fd >= 0)
		(void)fallocate(p->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				(off_t)p->size);
}

static void withdraw_windows(struct cw_mem *mem, const struct piece *p)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < mem->n_windows; i++) {
		const struct window *w = &mem->windows[i];

		if (w->block != p->block || !cw_range_overlap(w->off, w->len, p->off, p->size))
			mem->windows[kept++] = *w;
	}
	mem->n_windows = kept;
}

/* @fd becomes the piece's memory: the kernel replaces the mapping in one step, or the old one
 * stands. */
static int next_generation(struct cw_mem *mem, struct piece *p, int fd, uint32_t flags)
{
	int r = cw_mem_back(mem, p, fd);

	if (r < 0)
		return r;
	punch(p);
	cw_close_fd(&p->fd);
	p->fd = fd;
	p->flags = flags;
	p->generation++;
	p->ns_maps = 0;
	CW_POINT(silicon_generation, p->off, p->generation);
	withdraw_windows(mem, p);
	return 0;
}

static int copy_range(const uint8_t *from, int fd, uint64_t at, uint64_t end)
{
	while (at < end) {
		ssize_t n = pwrite(fd, from + at, end - at, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += (uint64_t)n;
	}
	return 0;
}

/* Copy what the piece holds now into @fd. Others may write it meanwhile; what counts is the copy.
 * Pages that nobody has touched are not there, and stay so: a large memory costs what is in it. */
static int copy_out(struct cw_mem *mem, const struct piece *p, int fd)
{
	const uint8_t *from = piece_host(mem, p);
	off_t size = (off_t)p->size, end = 0;

	while (end < size) {
		off_t start = lseek(p->fd, end, SEEK_DATA);
		int r;

		if (start < 0 && errno == ENXIO)
			return 0;
		if (start < 0)
			return -errno;
		end = lseek(p->fd, start, SEEK_HOLE);
		if (end < 0)
			return -errno;
		r = copy_range(from, fd, (uint64_t)start, (uint64_t)(end < size ? end : size));
		if (r < 0)
			return r;
	}
	return 0;
}

void cw_mem_weaken(struct cw_mem *mem)
{
	mem->weak = true;
}

/* The firewall alone, see cw_mem_weaken(). */
static int change_flags(struct cw_mem *mem, struct piece *first, unsigned n, bool protect)
{
	for (unsigned i = 0; i < n; i++) {
		if (!protect)
			memset(piece_host(mem, &first[i]), 0, first[i].size);
		first[i].flags &= ~CW_BUS_REGION_PROTECTED;
		first[i].flags |= protect ? CW_BUS_REGION_PROTECTED : 0;
		withdraw_windows(mem, &first[i]);
	}
	return 0;
}

static bool wants_change(const struct piece *p, bool protect)
{
	return !(p->flags & CW_BUS_REGION_PROTECTED) == protect;
}

/* Make the memory for every piece that changes before any of them does, so that a lack of memory
 * changes nothing. */
static int prepare(struct cw_mem *mem, const struct piece *first, unsigned n, bool protect,
		   int *fds)
{
	for (unsigned i = 0; i < n; i++) {
		int r;

		if (!wants_change(&first[i], protect))
			continue;
		fds[i] = cw_memfd_new("corewarden-memory", first[i].size);
		if (fds[i] < 0)
			return fds[i];
		r = protect ? copy_out(mem, &first[i], fds[i]) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int change(struct cw_mem *mem, uint64_t pa, uint64_t size, bool protect)
{
	int fds[CW_MEM_PIECES_MAX];
	struct piece *first;
	unsigned n;
	int r = whole_pieces(mem, pa, size, &first, &n);

	if (r < 0)
		return r;
	if (mem->weak)
		return change_flags(mem, first, n, protect);
	for (unsigned i = 0; i < n; i++)
		fds[i] = -1;
	r = prepare(mem, first, n, protect, fds);
	CW_POINT(silicon_prepared, n, r);
	for (unsigned i = 0; i < n && r == 0; i++) {
		uint32_t flags = first[i].flags & ~CW_BUS_REGION_PROTECTED;

		if (fds[i] < 0)
			continue;
		r = next_generation(mem, &first[i], fds[i],
				    flags | (protect ? CW_BUS_REGION_PROTECTED : 0));
		if (r == 0)
			fds[i] = -1;
	}
	for (unsigned i = 0; i < n; i++)
		cw_close_fd(&fds[i]);
	return r;
}

int cw_mem_protect(struct cw_mem *mem, uint64_t pa, uint64_t size)
{
	CW_POINT(silicon_protect, pa, size);
	return change(mem, pa, size, true);
}

int cw_mem_open(struct cw_mem *mem, uint64_t pa, uint64_t size)
{
	CW_POINT(silicon_open, pa, size);
	return change(mem, pa, size, false);
}

int cw_mem_window(struct cw_mem *mem, uint64_t pa, uint32_t len, bool write)
{
	struct window w = {.len = len, .write = write};

	if (!len)
		return -EINVAL;
	if (!cw_mem_resolve(mem, pa, &w.block, &w.off) ||
	    !cw_range_inside(w.off, len, mem->blocks[w.block].soc->size))
		return -EFAULT;
	if (mem->blocks[w.block].soc->secure)
		return -EOPNOTSUPP;
	for (unsigned i = 0; i < mem->n_windows; i++) {
		const struct window *have = &mem->windows[i];

		if (have->block == w.block && have->off == w.off && have->len == len &&
		    have->write == write)
			return 0;
	}
	if (mem->n_windows == CW_MEM_WINDOWS_MAX)
		return -ENOSPC;
	mem->windows[mem->n_windows++] = w;
	CW_POINT(silicon_window, pa, len);
	return 0;
}

void cw_mem_windows_clear(struct cw_mem *mem)
{
	mem->n_windows = 0;
	CW_POINT(silicon_windows_clear);
}

void cw_mem_scrub(struct cw_mem *mem)
{
	for (unsigned i = 0; i < mem->n_pieces; i++)
		punch(&mem->pieces[i]);
}
