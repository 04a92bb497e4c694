// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/pta/rproc_stock.c - a trusted application that knows none of our commands
 *
 * OP-TEE's own remoteproc TA calls commands 1 to 9. It is told apart by loading without LOAD_BEGIN.
 * What it does not do is done, or refused, here:
 *
 *	begin	It calls VERIFY_DIGEST once for each image, before anything is loaded. The first
 *		segment after that does what LOAD_BEGIN does for ours: all memory is locked and zeroed.
 *	policy	It does not read our signed records. A board that requires one, or has run a version
 *		of firmware that must not be undercut, does not let it load.
 *	table	It takes the resource table's place from section headers that nobody signed, and asks
 *		DA_TO_PA for it. That place is believed when it is the only one in all memory of the
 *		processor where a whole table lies, and its size when that is what the table's entries
 *		span: memory holds hashed bytes and zeros, so who made the image has said it, and not
 *		who carries it. Otherwise the normal world sees nothing; the firmware can run.
 */
#include "secure/pta/remoteproc.h"

#include <inttypes.h>
#include <stdlib.h>

#include "image/rsc_table.h"

#define CHUNK 65536u /* searched at once */

struct search {
	struct rproc *p;
	uint8_t *buf; /* CHUNK and the longest table */
	unsigned found;
	uint64_t at; /* canonical, of the last one */
	uint32_t size;
};

/* Not when the signed records that this board insists on would go unread. */
TEE_Result rproc_stock_allowed(struct rproc *p)
{
	struct cw_bus_fuses fuses;
	uint64_t minimum;
	TEE_Result res;
	int r = cw_bus_fuses(p->env->bus, &fuses);

	if (r < 0)
		return rproc_result(r);
	res = rproc_rollback_minimum(p, &fuses, &minimum);
	if (res != TEE_SUCCESS)
		return res;
	if (!fuses.require && !minimum)
		return TEE_SUCCESS;
	p->env->log("remoteproc: %s: the board requires signed records (0x%x) or firmware version %" PRIu64
		    ", and the trusted application that loads reads neither",
		    p->board->name, fuses.require, minimum);
	return TEE_ERROR_SECURITY;
}

/* What the normal world was let to see stays the table. */
bool rproc_stock_overlaps_table(const struct rproc *p, uint64_t da, uint64_t size)
{
	uint64_t at, table;

	return p->stock && p->table && size &&
	       rproc_memory_canonical(p, da, &at) == TEE_SUCCESS &&
	       rproc_memory_canonical(p, p->table_da, &table) == TEE_SUCCESS &&
	       cw_range_overlap(at, size, table, p->table_size);
}

static void search_chunk(struct search *s, uint64_t at, size_t have)
{
	size_t i = 0;

	while (i < have && i < CHUNK) {
		struct cw_span rest = cw_span(s->buf + i, have - i);

		if (!cw_rsc_begins(rest)) {
			i += 4;
			continue;
		}
		if (rest.len > CW_RSC_TABLE_MAX)
			rest.len = CW_RSC_TABLE_MAX;
		s->found++;
		s->at = at + i;
		s->size = cw_rsc_extent(rest);
		i += (s->size + 3u) & ~3u; /* nothing in it is a table of its own */
	}
}

static TEE_Result search_region(struct search *s, const struct cw_board_region *r, uint64_t canonical)
{
	TEE_Result res = TEE_SUCCESS;

	for (uint64_t at = 0; res == TEE_SUCCESS && at < r->size; at += CHUNK) {
		size_t have = CHUNK + CW_RSC_TABLE_MAX;

		if (r->size - at < have)
			have = (size_t)(r->size - at);
		res = rproc_memory_read(s->p, r->da + at, s->buf, have);
		if (res == TEE_SUCCESS)
			search_chunk(s, canonical + at, have);
	}
	return res;
}

/* Every byte once: regions with one canonical address are one. */
static TEE_Result search_all(struct search *s)
{
	const struct cw_board_rproc *board = s->p->board;
	TEE_Result res = TEE_SUCCESS;

	for (unsigned i = 0; res == TEE_SUCCESS && i < board->n_regions; i++) {
		bool again = !rproc_takes_firmware(&board->regions[i]);

		for (unsigned k = 0; k < i; k++)
			again |= rproc_takes_firmware(&board->regions[k]) &&
				 s->p->canonical[k] == s->p->canonical[i];
		if (!again)
			res = search_region(s, &board->regions[i], s->p->canonical[i]);
	}
	return res;
}

static const char *why_not(const struct search *s, uint64_t at, uint32_t size)
{
	if (!s->found)
		return "no resource table was loaded";
	if (s->found > 1)
		return "more than one resource table was loaded";
	if (s->at != at)
		return "the resource table that was loaded lies elsewhere";
	return s->size != size ? "the resource table's entries span another size" : NULL;
}

bool rproc_stock_table(struct rproc *p, uint64_t da, uint32_t size)
{
	struct search s = {.p = p};
	const char *why = "it could not be searched for";
	uint64_t at;

	if (!p->stock || p->new_image || p->phase != RPROC_LOCKED || p->was_started || p->table)
		return false;
	s.buf = malloc(CHUNK + CW_RSC_TABLE_MAX);
	if (s.buf && rproc_memory_canonical(p, da, &at) == TEE_SUCCESS && search_all(&s) == TEE_SUCCESS)
		why = why_not(&s, at, size);
	free(s.buf);
	if (!why && rproc_table_announce(p, da, size) != TEE_SUCCESS)
		why = "it could not be read";
	if (why)
		p->env->log("remoteproc: %s: no window on [0x%" PRIx64 ", +%u): %s", p->board->name, da,
			    size, why);
	return !why;
}
