// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/pta/rproc_memory.c - the processor's regions: lock, load, fill, read, scrub and open
 *
 * Locked memory is a generation of its own that no other world has or gets (bus PROTECT). It is
 * mapped here whole; where descriptors do not travel (a bus over a byte stream) transactions do the
 * same. A region can have two addresses, on the bus as well as in the processor: the canonical one,
 * which silicon tells, names its bytes.
 */
#include "secure/pta/remoteproc.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/mman.h>

#include "base/refusal.h"
#include "host/cleanup.h"
#include "host/point.h"

#define CHUNK 65536u /* copied and hashed in one pass while it is in the cache */

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

static TEE_Result canonical_range(const struct rproc *p, uint64_t da, uint64_t size, uint64_t *ret)
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
	return canonical_range(p, da, 1, ret);
}

static bool takes_firmware(const struct cw_board_region *r)
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
		if (takes_firmware(r) && cw_bus_map(p->env->bus, CW_PA(r->pa), &piece, &fd) == 0)
			p->canonical[i] = piece.pa;
	}
	return 0;
}

void rproc_memory_unmap(struct rproc *p)
{
	while (p->n_pieces) {
		p->n_pieces--;
		munmap(p->pieces[p->n_pieces].ptr, p->pieces[p->n_pieces].size);
	}
}

/* The mapped piece that holds canonical address @pa; NULL when it cannot be mapped. */
static struct rproc_piece *piece_at(struct rproc *p, uint64_t pa)
{
	struct cw_bus_region region;
	cleanup_fd int fd = -1;
	void *ptr;

	for (unsigned i = 0; i < p->n_pieces; i++)
		if (cw_range_inside(pa - p->pieces[i].pa, 1, p->pieces[i].size) &&
		    pa >= p->pieces[i].pa)
			return &p->pieces[i];
	if (p->n_pieces == RPROC_PIECES_MAX || cw_bus_map(p->env->bus, CW_PA(pa), &region, &fd) < 0)
		return NULL;
	if (pa < region.pa || !cw_range_inside(pa - region.pa, 1, region.size))
		return NULL;
	ptr = mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ptr == MAP_FAILED)
		return NULL;
	p->pieces[p->n_pieces] =
		(struct rproc_piece){.pa = region.pa, .size = region.size, .ptr = ptr};
	return &p->pieces[p->n_pieces++];
}

/* Up to @len bytes at canonical @pa that lie side by side in this process. */
static uint8_t *mapped_at(struct rproc *p, uint64_t pa, size_t len, size_t *ret_len)
{
	struct rproc_piece *piece = piece_at(p, pa);
	uint64_t left;

	if (!piece)
		return NULL;
	left = piece->size - (pa - piece->pa);
	*ret_len = len < left ? len : (size_t)left;
	return piece->ptr + (pa - piece->pa);
}

static void open_regions(struct rproc *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (takes_firmware(&p->board->regions[i]))
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

		if (!takes_firmware(region))
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

/* Every region is tried; opening scrubs. What was never locked is the normal world's, and is only
 * wiped. */
TEE_Result rproc_memory_release(struct rproc *p)
{
	int worst = 0;

	rproc_memory_unmap(p);
	for (unsigned i = 0; i < p->board->n_regions; i++) {
		const struct cw_board_region *region = &p->board->regions[i];
		int r;

		/* What is exchanged was never locked, but messages are not for the next firmware either. */
		if (p->phase == RPROC_IDLE || !takes_firmware(region))
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

/* One chunk: copy to the destination, hash what is there now. */
static int copy_and_hash(struct rproc *p, uint64_t pa, const uint8_t *data, size_t len,
			 EVP_MD_CTX *md)
{
	uint8_t buf[CW_BUS_DATA_MAX];

	while (len) {
		size_t n;
		uint8_t *to = mapped_at(p, pa, len, &n);
		int r = 0;

		if (to) {
			memcpy(to, data, n);
		} else {
			n = len < sizeof(buf) ? len : sizeof(buf);
			r = cw_bus_write(p->env->bus, CW_PA(pa), data, n);
			if (r == 0)
				r = cw_bus_read(p->env->bus, CW_PA(pa), buf, n);
			to = buf;
		}
		if (r < 0)
			return r;
		if (!EVP_DigestUpdate(md, to, n))
			return -ENOMEM;
		pa += n;
		data += n;
		len -= n;
	}
	return 0;
}

static int load_and_hash(struct rproc *p, uint64_t pa, const uint8_t *data, size_t len,
			 uint8_t ret[32])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int r = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) ? 0 : -ENOMEM;

	for (size_t at = 0; r == 0 && at < len; at += CHUNK)
		r = copy_and_hash(p, pa + at, data + at, len - at < CHUNK ? len - at : CHUNK, md);
	if (r == 0 && !EVP_DigestFinal_ex(md, ret, NULL))
		r = -ENOMEM;
	EVP_MD_CTX_free(md);
	return r;
}

/* @data may change while we look: it is read once, by the copy, and the copy is judged (FMT-W12).
 */
TEE_Result rproc_memory_load(struct rproc *p, uint64_t da, const uint8_t *data, size_t len,
			     const uint8_t hash[32])
{
	uint8_t digest[32];
	uint64_t pa;
	TEE_Result res = canonical_range(p, da, len, &pa);
	int r;

	if (res != TEE_SUCCESS)
		return res;
	r = load_and_hash(p, pa, data, len, digest);
	CW_POINT(pta_loaded, pa, len, r);
	if (r == 0 && CRYPTO_memcmp(digest, hash, sizeof(digest)) == 0)
		return TEE_SUCCESS;
	/* Nothing of it stays, whatever went wrong; when even that fails, RELEASE scrubs the
	 * region. */
	if (cw_bus_fill(p->env->bus, CW_PA(pa), len, 0) < 0)
		p->env->log("remoteproc: a refused segment could not be wiped");
	return r < 0 ? rproc_result(r) : TEE_ERROR_SECURITY;
}

TEE_Result rproc_memory_fill(struct rproc *p, uint64_t da, uint64_t size, uint8_t byte)
{
	uint64_t pa;
	TEE_Result res = canonical_range(p, da, size, &pa);

	if (res != TEE_SUCCESS)
		return res;
	return rproc_result(cw_bus_fill(p->env->bus, CW_PA(pa), size, byte));
}

TEE_Result rproc_memory_read(struct rproc *p, uint64_t da, void *buf, size_t len)
{
	uint8_t *to = buf;
	uint64_t pa;
	TEE_Result res = canonical_range(p, da, len, &pa);

	while (res == TEE_SUCCESS && len) {
		size_t n;
		const uint8_t *from = mapped_at(p, pa, len, &n);

		if (!from)
			return rproc_result(cw_bus_read(p->env->bus, CW_PA(pa), to, len));
		memcpy(to, from, n);
		pa += n;
		to += n;
		len -= n;
	}
	return res;
}

TEE_Result rproc_memory_write(struct rproc *p, uint64_t da, const void *buf, size_t len)
{
	uint64_t pa;
	TEE_Result res = canonical_range(p, da, len, &pa);

	return res == TEE_SUCCESS ? rproc_result(cw_bus_write(p->env->bus, CW_PA(pa), buf, len))
				  : res;
}

size_t rproc_memory_text(const struct rproc *p, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < p->board->n_regions; i++) {
		const struct cw_board_region *r = &p->board->regions[i];

		if (!takes_firmware(r))
			continue;
		used += cw_format(buf + used, size - used, "%s%s 0x%08llx..0x%08llx",
				  used ? ", " : "", r->name, (unsigned long long)r->da,
				  (unsigned long long)(r->da + r->size - 1));
	}
	return used + 1;
}
