// SPDX-License-Identifier: BSD-2-Clause
/*
 * rproc_batch.c - all segments of an image at once (PTA_CW_LOAD_SEGMENTS)
 *
 * LOAD_BEGIN left zeros everywhere, so that only what has bytes is written. Each piece is hashed where it was written to,
 * while a cache still has it.
 */
#include <crypto/crypto.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <string_ext.h>
#include <trace.h>
#include <utee_defines.h>
#include <util.h>

#include "remoteproc_cw_pta.h"
#include "rproc_qemu.h"
#include "rproc_words.h"

#define PIECE (64u << 10)

struct part {
	uint64_t offset;
	uint32_t da, filesz, memsz, zero;
	uint8_t hash[TEE_SHA256_HASH_SIZE];
	uint8_t *va;
	paddr_t pa;
};

/* An entry is written in the byte order that this machine has. */
static TEE_Result take_part(struct part *part, const uint8_t *entry, const struct cw_rproc *p, size_t image)
{
	memcpy(&part->offset, entry, sizeof(part->offset));
	memcpy(&part->da, entry + 8, 4);
	memcpy(&part->filesz, entry + 12, 4);
	memcpy(&part->memsz, entry + 16, 4);
	memcpy(&part->zero, entry + 20, 4);
	memcpy(part->hash, entry + 24, sizeof(part->hash));
	if (part->zero || part->filesz > part->memsz || part->offset > image || part->filesz > image - part->offset)
		return TEE_ERROR_BAD_PARAMETERS;
	part->va = cw_rproc_at(p, part->da, part->memsz, &part->pa);
	return part->va ? TEE_SUCCESS : TEE_ERROR_ACCESS_DENIED;
}

/* Of two that lie on the same bytes, whichever addresses they go by, the later one would change what the first one was
 * judged by. */
static bool overlaps(const struct part *a, const struct part *b)
{
	return a->filesz && b->filesz && a->pa < b->pa + b->filesz && b->pa < a->pa + a->filesz;
}

static TEE_Result copy_part(void *hash, const struct part *part, const uint8_t *from)
{
	TEE_Result res = crypto_hash_init(hash);
	uint8_t digest[TEE_SHA256_HASH_SIZE];

	for (uint32_t at = 0; !res && at < part->filesz; at += PIECE) {
		size_t n = MIN(part->filesz - at, PIECE);

		cw_words_copy(part->va + at, from + at, n);
		res = crypto_hash_update(hash, part->va + at, n);
	}
	if (!res)
		res = crypto_hash_final(hash, digest, sizeof(digest));
	if (!res && consttime_memcmp(digest, part->hash, sizeof(digest)))
		res = TEE_ERROR_SECURITY;
	return res;
}

static TEE_Result load_parts(struct part *parts, unsigned n, const uint8_t *image, uint32_t *ret_bad)
{
	void *hash = NULL;
	TEE_Result res = crypto_hash_alloc_ctx(&hash, TEE_ALG_SHA256);

	for (unsigned i = 0; !res && i < n; i++) {
		*ret_bad = i;
		if (parts[i].filesz)
			res = copy_part(hash, &parts[i], image + parts[i].offset);
	}
	crypto_hash_free_ctx(hash);
	return res;
}

/* For whoever reads the log. Short: a character is a trap to the emulator, a line a third of a millisecond. */
static void tell(uint32_t id, const struct part *parts, unsigned n, unsigned bad, TEE_Result res)
{
	size_t bytes = 0;

	if (res) {
		IMSG("remoteproc: processor %" PRIu32 ": %" PRIu32 " bytes to 0x%08" PRIx32 ": refused", id,
		     parts[bad].filesz, parts[bad].da);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		bytes += parts[i].filesz;
	IMSG("remoteproc: processor %" PRIu32 ": %zu bytes copied, digests as signed", id, bytes);
}

static TEE_Result judge_parts(const struct cw_rproc *p, struct part *parts, unsigned n, const uint8_t *table,
			      size_t image, uint32_t *ret_bad)
{
	TEE_Result res = TEE_SUCCESS;

	for (unsigned i = 0; !res && i < n; i++) {
		*ret_bad = i;
		res = take_part(&parts[i], table + i * PTA_CW_SEGMENT_SIZE, p, image);
		for (unsigned k = 0; !res && k < i; k++)
			if (overlaps(&parts[i], &parts[k]))
				res = TEE_ERROR_BAD_PARAMETERS;
	}
	return res;
}

TEE_Result cw_rproc_load(struct cw_rproc *p, uint32_t id, TEE_Param params[TEE_NUM_PARAMS])
{
	size_t size = params[2].memref.size, n = size / PTA_CW_SEGMENT_SIZE;
	uint32_t *bad = &params[3].value.a;
	struct part *parts;
	TEE_Result res;

	params[3].value.a = params[3].value.b = 0;
	if (params[0].value.b && !cw_rproc_begin(p))
		return TEE_ERROR_GENERIC;
	if (!p->locked || !p->clean)
		return TEE_ERROR_BAD_STATE;
	if (!n || size % PTA_CW_SEGMENT_SIZE || n > PTA_CW_SEGMENTS_MAX || !params[1].memref.buffer ||
	    !params[2].memref.buffer)
		return TEE_ERROR_BAD_PARAMETERS;
	parts = calloc(n, sizeof(*parts));
	if (!parts)
		return TEE_ERROR_OUT_OF_MEMORY;
	res = judge_parts(p, parts, n, params[2].memref.buffer, params[1].memref.size, bad);
	if (!res) {
		p->clean = false;
		res = load_parts(parts, n, params[1].memref.buffer, bad);
		tell(id, parts, n, *bad, res);
		if (res)
			cw_rproc_wipe(p);
	}
	free(parts);
	return res;
}
