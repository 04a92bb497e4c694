// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/pta/rproc_memory.c - the processor's regions: lock, load, fill, read, scrub and open
 *
 * Locked memory is a generation of its own that no other world has or gets (bus PROTECT). Its file
 * is written here; where descriptors do not travel (a bus over a byte stream) transactions do the
 * same. A region can have two addresses, on the bus as well as in the processor: the canonical one,
 * which silicon tells, names its bytes.
 */
#include "secure/pta/remoteproc.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <unistd.h>

#include "base/refusal.h"
#include "host/cleanup.h"
#include "host/point.h"
#include "image/rsc_table.h"

#define CHUNK 32768u /* searched while it is in the cache */
#define HEAD  16u    /* of a resource table */

TEE_Result rproc_result(int r)
{
	switch (r) {
	case 0:
		return TEE_SUCCESS;
	case -ENOMEM:
	case -ENOSPC:
		return TEE_ERROR_OUT_OF_MEMORY;
	case -EACCES:
	case -EFAULT:
		return TEE_ERROR_ACCESS_DENIED;
	case -EPIPE:
		return TEE_ERROR_COMMUNICATION;
	default:
		return TEE_ERROR_GENERIC;
	}
}

/* Index of the region that holds the whole range and takes firmware; -1. */
static int region_of(const struct rproc *p, uint64_t da, uint64_t size, uint64_t *ret_pa)
{
	int i = size ? cw_board_da_to_pa(p->board, da, size, ret_pa) : -1;

	return i >= 0 && !p->board->regions[i].exchange && !p->board->regions[i].buffer ? i : -1;
}

TEE_Result rproc_memory_pa(const struct rproc *p, uint64_t da, uint64_t size, uint64_t *ret_pa)
{
	return region_of(p, da, size, ret_pa) < 0 ? TEE_ERROR_ACCESS_DENIED : TEE_SUCCESS;
}

TEE_Result rproc_memory_range(const struct rproc *p, uint64_t da, uint64_t size, uint64_t *ret)
{
	uint64_t pa;
	int i = region_of(p, da, size, &pa);

	if (i < 0)
		return TEE_ERROR_ACCESS_DENIED;
	*ret = p->canonical[i] + (pa - p->board->regions[i].pa);
	return TEE_SUCCESS;
}

TEE_Result rproc_memory_canonical(const struct rproc *p, uint64_t da, uint64_t *ret)
{
	return rproc_memory_range(p, da, 1, ret);
}

bool rproc_takes_firmware(const struct cw_board_region *r)
{
	return !r->exchange && !r->buffer;
}

/* Regions begin where pieces of silicon's memory begin, so the piece at a region's address has its
 * canonical one. */
int rproc_memory_init(struct rproc *p)
{
	struct cw_bus_region piece;

	for (unsigned i = 0; i < p->board->n_regions; i++) {
		const struct cw_board_region *r = &p->board->regions[i];
		cleanup_fd int fd = -1;

		p->canonical[i] = r->pa;
		if (rproc_takes_firmware(r) && cw_bus_map(p->env->bus, CW_PA(r->pa), &piece, &fd) == 0)
			p->canonical[i] = piece.pa;
	}
	return 0;
}

void rproc_memory_drop(struct rproc *p)
{
	while (p->n_pieces) {
		struct rproc_piece *piece = &p->pieces[--p->n_pieces];

		rproc_warm_forget(piece);
		cw_close_fd(&piece->fd);
	}
}

/* The piece that holds canonical address @pa; NULL when its file cannot be had. */
static struct rproc_piece *piece_at(struct rproc *p, uint64_t pa)
{
	struct cw_bus_region region;
	cleanup_fd int fd = -1;

	for (unsigned i = 0; i < p->n_pieces; i++)
		if (pa >= p->pieces[i].pa &&
		    cw_range_inside(pa - p->pieces[i].pa, 1, p->pieces[i].size))
			return &p->pieces[i];
	if (p->n_pieces == RPROC_PIECES_MAX || cw_bus_map(p->env->bus, CW_PA(pa), &region, &fd) < 0)
		return NULL;
	if (pa < region.pa || !cw_range_inside(pa - region.pa, 1, region.size))
		return NULL;
	p->pieces[p->n_pieces] = (struct rproc_piece){
		.pa = region.pa, .size = region.size, .fd = cw_steal_fd(&fd)};
	return &p->pieces[p->n_pieces++];
}

/* Up to @len bytes at canonical @pa, to or from the piece's file: no page is made that is then overwritten whole, and a
 * lack of memory is an error instead of a signal. *@ret_len: how many. 0, -ENOENT without a file, or another -errno. */
static int transfer(struct rproc *p, uint64_t pa, void *buf, size_t len, bool write, size_t *ret_len)
{
	struct rproc_piece *piece = piece_at(p, pa);
	uint64_t at, left;
	ssize_t n;

	if (!piece)
		return -ENOENT;
	at = pa - piece->pa;
	left = piece->size - at;
	len = len < left ? len : (size_t)left;
	do
		n = write ? pwrite(piece->fd, buf, len, (off_t)at)
			  : pread(piece->fd, buf, len, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	*ret_len = (size_t)n;
	return 0;
}

static void open_regions(struct rproc *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (rproc_takes_firmware(&p->board->regions[i]))
			cw_bus_open(p->env->bus, CW_PA(p->board->regions[i].pa),
				    p->board->regions[i].size);
}

TEE_Result rproc_memory_lock(struct rproc *p)
{
	if (p->phase != RPROC_IDLE)
		return TEE_SUCCESS;
	for (unsigned i = 0; i < p->board->n_regions; i++) {
		const struct cw_board_region *region = &p->board->regions[i];
		int r;

		if (!rproc_takes_firmware(region))
			continue;
		r = cw_bus_protect(p->env->bus, CW_PA(region->pa), region->size);
		if (r == 0)
			continue;
		p->env->log("remoteproc: region %s could not be locked: %s", region->name,
			    strerror(-r));
		open_regions(p, i);
		return rproc_result(r);
	}
	p->phase = RPROC_LOCKED;
	CW_POINT(pta_locked);
	return TEE_SUCCESS;
}

/* Zeros in all memory that takes firmware. */
TEE_Result rproc_memory_wipe(struct rproc *p)
{
	TEE_Result res = TEE_SUCCESS;

	for (unsigned i = 0; res == TEE_SUCCESS && i < p->board->n_regions; i++)
		if (rproc_takes_firmware(&p->board->regions[i]))
			res = rproc_memory_fill(p, p->board->regions[i].da, p->board->regions[i].size,
						0);
	return res;
}

/* Every region is tried; opening scrubs. What was never locked is the normal world's, and is only
 * wiped. */
TEE_Result rproc_memory_release(struct rproc *p)
{
	int worst = 0;

	rproc_memory_drop(p);
	for (unsigned i = 0; i < p->board->n_regions; i++) {
		const struct cw_board_region *region = &p->board->regions[i];
		int r;

		/* What is exchanged was never locked, but messages are not for the next firmware either. */
		if (p->phase == RPROC_IDLE || !rproc_takes_firmware(region))
			r = cw_bus_fill(p->env->bus, CW_PA(region->pa), region->size, 0);
		else
			r = cw_bus_open(p->env->bus, CW_PA(region->pa), region->size);
		if (r == 0)
			continue;
		p->env->log(
			"remoteproc: region %s could not be scrubbed and given back: %s: quarantined",
			region->name, strerror(-r));
		worst = r;
	}
	p->quarantined = worst < 0;
	if (!p->quarantined)
		p->phase = RPROC_IDLE;
	CW_POINT(pta_given_back, worst);
	return rproc_result(worst);
}

/* Put what was copied and hashed to its place. */
static int store(void *arg, uint64_t pa, const uint8_t *data, size_t len)
{
	struct rproc *p = arg;

	while (len) {
		size_t n = 0;
		int r = transfer(p, pa, (uint8_t *)(uintptr_t)data, len, true, &n);

		if (r == -ENOENT)
			return cw_bus_write(p->env->bus, CW_PA(pa), data, len);
		if (r < 0)
			return r;
		pa += n;
		data += n;
		len -= n;
	}
	return 0;
}

TEE_Result rproc_memory_store(struct rproc *p, uint64_t da, uint8_t *data, size_t len)
{
	uint64_t pa;
	TEE_Result res = rproc_memory_range(p, da, len, &pa);

	return res == TEE_SUCCESS ? rproc_result(store(p, pa, data, len)) : res;
}

/* What lies in one piece can be copied by any thread; for the rest the bus is needed. */
void rproc_memory_copy(struct rproc *p, uint64_t pa, const uint8_t *data, size_t len,
		       struct rproc_copy *ret)
{
	struct rproc_piece *piece = piece_at(p, pa);
	bool whole = piece && cw_range_inside(pa - piece->pa, len, piece->size);

	*ret = (struct rproc_copy){
		.from = data,
		.len = len,
		.fd = whole ? piece->fd : -1,
		.at = whole ? pa - piece->pa : pa,
		.map = whole ? rproc_warm_at(piece, pa - piece->pa, len) : NULL,
		.store = store,
		.arg = p,
	};
}

TEE_Result rproc_memory_load(struct rproc *p, uint64_t da, const uint8_t *data, size_t len,
			     const uint8_t hash[32])
{
	struct rproc_copy copy;
	uint64_t pa;
	TEE_Result res = rproc_memory_range(p, da, len, &pa);

	if (res != TEE_SUCCESS)
		return res;
	rproc_memory_copy(p, pa, data, len, &copy);
	copy.result = rproc_copy_prepare(&copy);
	if (copy.result == 0)
		rproc_copy_run(&copy, NULL, 0);
	rproc_copy_done(&copy);
	CW_POINT(pta_loaded, pa, len, copy.result);
	if (copy.result == 0 && CRYPTO_memcmp(copy.digest, hash, sizeof(copy.digest)) == 0)
		return TEE_SUCCESS;
	/* Nothing of it stays, whatever went wrong; when even that fails, RELEASE scrubs the
	 * region. */
	if (cw_bus_fill(p->env->bus, CW_PA(pa), len, 0) < 0)
		p->env->log("remoteproc: a refused segment could not be wiped");
	return copy.result < 0 ? rproc_result(copy.result) : TEE_ERROR_SECURITY;
}

TEE_Result rproc_memory_fill(struct rproc *p, uint64_t da, uint64_t size, uint8_t byte)
{
	uint64_t pa;
	TEE_Result res = rproc_memory_range(p, da, size, &pa);

	if (res != TEE_SUCCESS)
		return res;
	return rproc_result(cw_bus_fill(p->env->bus, CW_PA(pa), size, byte));
}

TEE_Result rproc_memory_read(struct rproc *p, uint64_t da, void *buf, size_t len)
{
	uint8_t *to = buf;
	uint64_t pa;
	TEE_Result res = rproc_memory_range(p, da, len, &pa);

	while (res == TEE_SUCCESS && len) {
		size_t n = 0;
		int r = transfer(p, pa, to, len, false, &n);

		if (r == -ENOENT)
			return rproc_result(cw_bus_read(p->env->bus, CW_PA(pa), to, len));
		if (r < 0)
			return rproc_result(r);
		pa += n;
		to += n;
		len -= n;
	}
	return res;
}

/* The head of a table may lie across two pieces: the next begins with the last bytes of this one. What is searched may have been
 * decrypted, so no copy of it stays. */
TEE_Result rproc_memory_search(struct rproc *p, uint64_t da, uint32_t len, uint32_t *ret_skip)
{
	static uint8_t copy[CHUNK];
	uint32_t skip = len;
	uint64_t pa;
	TEE_Result res = rproc_memory_range(p, da, len, &pa);

	for (uint32_t at = 0; res == TEE_SUCCESS && skip == len && at < len; at += CHUNK - HEAD) {
		size_t n = len - at < CHUNK ? len - at : CHUNK, found;

		res = rproc_memory_read(p, da + at, copy, n);
		if (res != TEE_SUCCESS)
			break;
		found = cw_rsc_scan(cw_span(copy, n), 0);
		if (found < n)
			skip = at + (uint32_t)found;
		else if (n < CHUNK)
			break;
	}
	OPENSSL_cleanse(copy, sizeof(copy));
	if (res == TEE_SUCCESS)
		*ret_skip = skip;
	return res;
}

TEE_Result rproc_memory_write(struct rproc *p, uint64_t da, const void *buf, size_t len)
{
	uint64_t pa;
	TEE_Result res = rproc_memory_range(p, da, len, &pa);

	return res == TEE_SUCCESS ? rproc_result(cw_bus_write(p->env->bus, CW_PA(pa), buf, len))
				  : res;
}

size_t rproc_memory_text(const struct rproc *p, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < p->board->n_regions; i++) {
		const struct cw_board_region *r = &p->board->regions[i];

		if (!rproc_takes_firmware(r))
			continue;
		used += cw_format(buf + used, size - used, "%s%s 0x%08llx..0x%08llx",
				  used ? ", " : "", r->name, (unsigned long long)r->da,
				  (unsigned long long)(r->da + r->size - 1));
	}
	return used + 1;
}
