// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/pta/rproc_warm.c - the pages of what was loaded, mapped for the next load
 *
 * A recovery loads to memory that is there. Writing it through its file costs a look-up of every
 * page, a third of the time that hashing takes; through a mapping that has its pages it costs a
 * copy. So after START, in pieces between other events, the pages that exist are mapped. None is
 * made: memory that is not there stays so, and is written to by its file (rproc_copy.h).
 */
#include "secure/pta/remoteproc.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#define WARM_MIN  (128u << 10) /* bytes of a piece; with fewer there is nothing to win */
#define WARM_STEP (4u << 20)   /* mapped at once, less than a millisecond */

#ifndef MADV_POPULATE_READ /* Linux 5.14 */
#define MADV_POPULATE_READ 22
#endif

static bool map_piece(struct rproc_piece *piece)
{
	void *p;

	if (piece->map)
		return true;
	p = mmap(NULL, piece->size, PROT_READ | PROT_WRITE, MAP_SHARED, piece->fd, 0);
	if (p == MAP_FAILED)
		return false;
	piece->map = p;
	return true;
}

void rproc_warm_forget(struct rproc_piece *piece)
{
	if (piece->map)
		munmap(piece->map, piece->size);
	piece->map = NULL;
	piece->warm = piece->there = piece->there_end = 0;
}

/* Go on where the last step ended, for @budget bytes at most. How many of them are left. */
static uint64_t warm_piece(struct rproc_piece *piece, uint64_t budget)
{
	while (budget && piece->warm < piece->size) {
		off_t data = lseek(piece->fd, (off_t)piece->warm, SEEK_DATA), hole;
		uint64_t len;

		hole = data < 0 ? -1 : lseek(piece->fd, data, SEEK_HOLE);
		if (hole <= data) {
			piece->warm = piece->size; /* nothing more is there */
			break;
		}
		len = (uint64_t)(hole - data) < budget ? (uint64_t)(hole - data) : budget;
		if (!map_piece(piece) || madvise(piece->map + data, len, MADV_POPULATE_READ) < 0) {
			rproc_warm_forget(piece); /* an older kernel, or no room */
			break;
		}
		if ((uint64_t)data != piece->there_end)
			piece->there = (uint64_t)data;
		piece->there_end = piece->warm = (uint64_t)data + len;
		budget -= len;
	}
	return budget;
}

static void step(void *arg)
{
	struct rproc *p = (struct rproc *)((char *)arg - offsetof(struct rproc, warm));
	uint64_t budget = WARM_STEP;

	for (unsigned i = 0; i < p->n_pieces && budget; i++)
		if (p->pieces[i].size >= WARM_MIN)
			budget = warm_piece(&p->pieces[i], budget);
	if (!budget && p->phase == RPROC_RUNNING)
		p->env->timer(p->env, 0, step, &p->warm);
}

void rproc_warm_start(struct rproc *p)
{
	p->env->timer(p->env, 0, step, &p->warm); /* without, the next load takes longer */
}

void rproc_warm_stop(struct rproc *p)
{
	p->env->timer_cancel(p->env, &p->warm);
}

/* A page that is there stays while the memory is locked: what was seen once need not be looked up again, which takes a step
 * for every page behind. */
static bool is_there(const struct rproc_piece *piece, uint64_t at, uint64_t len)
{
	if (at >= piece->there && at + len <= piece->there_end)
		return true;
	return lseek(piece->fd, (off_t)at, SEEK_DATA) == (off_t)at &&
	       lseek(piece->fd, (off_t)at, SEEK_HOLE) >= (off_t)(at + len);
}

uint8_t *rproc_warm_at(const struct rproc_piece *piece, uint64_t at, uint64_t len)
{
	if (!piece->map || at + len > piece->warm || !is_there(piece, at, len))
		return NULL;
	return piece->map + at;
}
