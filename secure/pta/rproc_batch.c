// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/pta/rproc_batch.c - all segments of an image at once
 *
 * What does not lie where a segment's bytes will is zeroed first; then the segments are copied and
 * hashed, several at a time where there are several processors. The first of the refused ones is
 * the one that is told, whichever was found first: those before it are always judged to the end.
 */
#include "secure/pta/remoteproc.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "host/point.h"
#include "secure/api/remoteproc_pta.h"

#define PARALLEL_MIN (256u << 10) /* bytes; with fewer it takes longer to wake somebody */

struct part {
	uint64_t pa, len; /* canonical: where the file's bytes go */
	uint8_t hash[32];
	struct rproc_copy copy;
};

struct batch {
	struct rproc *p;
	unsigned n;
	atomic_uint refused; /* the lowest index so far; n: none */
	uint64_t bytes;
	struct part parts[];
};

/* Entry @i of @table: judged, with its source and its destination. */
static TEE_Result take_part(struct batch *b, struct cw_span image, const uint8_t *entry, unsigned i)
{
	struct part *part = &b->parts[i];
	uint64_t offset = cw_get_le64(entry);
	uint32_t da = cw_get_le32(entry + 8), filesz = cw_get_le32(entry + 12);
	uint32_t memsz = cw_get_le32(entry + 16);
	TEE_Result res;

	if (filesz > memsz || !cw_range_inside(offset, filesz, image.len) || cw_get_le32(entry + 20))
		return TEE_ERROR_BAD_PARAMETERS;
	res = rproc_memory_range(b->p, da, memsz, &part->pa);
	if (res != TEE_SUCCESS)
		return res;
	for (unsigned k = 0; k < i; k++)
		if (cw_range_overlap(part->pa, filesz, b->parts[k].pa, b->parts[k].len))
			return TEE_ERROR_BAD_PARAMETERS;
	part->len = filesz;
	b->bytes += filesz;
	memcpy(part->hash, entry + 24, sizeof(part->hash));
	if (!filesz)
		return TEE_SUCCESS;
	rproc_memory_copy(b->p, part->pa, image.ptr + offset, filesz, &part->copy);
	return rproc_result(rproc_copy_prepare(&part->copy));
}

/* The lowest part that ends behind @at, or NULL. */
static const struct part *next_part(const struct batch *b, uint64_t at)
{
	const struct part *found = NULL;

	for (unsigned i = 0; i < b->n; i++) {
		const struct part *part = &b->parts[i];

		if (part->len && part->pa + part->len > at && (!found || part->pa < found->pa))
			found = part;
	}
	return found;
}

static int wipe_range(struct batch *b, uint64_t at, uint64_t end)
{
	while (at < end) {
		const struct part *part = next_part(b, at);
		uint64_t until = part && part->pa < end ? part->pa : end;
		int r = 0;

		if (until > at)
			r = cw_bus_fill(b->p->env->bus, CW_PA(at), until - at, 0);
		if (r < 0)
			return r;
		at = part ? part->pa + part->len : end;
	}
	return 0;
}

/* Zeros in all memory that takes firmware, but for what the parts will overwrite. */
static int wipe_between(struct batch *b)
{
	const struct cw_board_rproc *board = b->p->board;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < board->n_regions; i++)
		if (rproc_takes_firmware(&board->regions[i]))
			r = wipe_range(b, b->p->canonical[i],
				       b->p->canonical[i] + board->regions[i].size);
	return r;
}

static void refuse(struct batch *b, unsigned i)
{
	unsigned lowest = atomic_load(&b->refused);

	while (i < lowest && !atomic_compare_exchange_weak(&b->refused, &lowest, i))
		;
}

static void run_part(struct batch *b, unsigned i)
{
	struct part *part = &b->parts[i];

	if (i > atomic_load_explicit(&b->refused, memory_order_relaxed))
		return;
	rproc_copy_run(&part->copy, &b->refused, i);
	if (part->copy.result < 0 ||
	    CRYPTO_memcmp(part->copy.digest, part->hash, sizeof(part->hash)) != 0)
		refuse(b, i);
}

static void run_free(void *arg, unsigned i)
{
	struct batch *b = arg;

	if (b->parts[i].len && b->parts[i].copy.fd >= 0)
		run_part(b, i);
}

static void run_all(struct batch *b)
{
	const struct cw_pta_env *env = b->p->env;

	if (env->parallel && b->n > 1 && b->bytes >= PARALLEL_MIN)
		env->parallel(b->n, run_free, b);
	else
		for (unsigned i = 0; i < b->n; i++)
			run_free(b, i);
	for (unsigned i = 0; i < b->n; i++)
		if (b->parts[i].len && b->parts[i].copy.fd < 0)
			run_part(b, i); /* through the bus, which has one thread */
}

static TEE_Result outcome(struct batch *b, uint32_t *ret_bad)
{
	unsigned bad = atomic_load(&b->refused);

	for (unsigned i = 0; i < b->n && i <= bad; i++)
		CW_POINT(pta_loaded, b->parts[i].pa, b->parts[i].len, b->parts[i].copy.result);
	if (bad == b->n)
		return TEE_SUCCESS;
	*ret_bad = bad;
	/* Nothing of it stays; when even that fails, it is wiped before anything looks, or RELEASE scrubs the regions. */
	if (rproc_memory_wipe(b->p) != TEE_SUCCESS) {
		b->p->unwiped = true;
		b->p->env->log("remoteproc: a refused image could not be wiped");
	}
	return b->parts[bad].copy.result < 0 ? rproc_result(b->parts[bad].copy.result)
					     : TEE_ERROR_SECURITY;
}

TEE_Result rproc_batch_load(struct rproc *p, struct cw_span image, struct cw_span table,
			    uint32_t *ret_bad)
{
	unsigned n = (unsigned)(table.len / PTA_CW_SEGMENT_SIZE);
	struct batch *b = calloc(1, sizeof(*b) + n * sizeof(b->parts[0]));
	TEE_Result res = b ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;

	if (!b)
		return res;
	b->p = p;
	for (; res == TEE_SUCCESS && b->n < n; b->n++) {
		res = take_part(b, image, table.ptr + b->n * PTA_CW_SEGMENT_SIZE, b->n);
		if (res != TEE_SUCCESS)
			*ret_bad = b->n;
	}
	atomic_init(&b->refused, b->n);
	if (res == TEE_SUCCESS)
		res = rproc_result(wipe_between(b));
	if (res == TEE_SUCCESS) {
		p->unwiped = false;
		run_all(b);
		res = outcome(b, ret_bad);
	}
	for (unsigned i = 0; i < b->n; i++)
		rproc_copy_done(&b->parts[i].copy);
	free(b);
	return res;
}
