// SPDX-License-Identifier: BSD-2-Clause
/* fuzz/container_world.c - the judge's surroundings, and what must hold of what it says */
#include "container_world.h"

#include <openssl/sha.h>

#include "image/rproc.h"
#include "image/rsc_table.h"

#define RETRAM_SIZE 0x10000u
#define SRAM	    0x10000000u
#define ALIAS	    0x30000000u
#define SRAM_SIZE   0x40000u

struct world {
	const uint8_t *data;
	size_t size;
	bool real;
	uint8_t *reads; /* how often each byte was read to be judged */
	uint8_t *retram, *sram;
	unsigned begins, loads, decrypts;
	bool decrypts_not; /* the service has no such command */
};

static int world_read(void *ctx, uint64_t off, void *buf, size_t len)
{
	struct world *w = ctx;

	fuzz_check(cw_range_inside(off, len, w->size));
	memcpy(buf, w->data + off, len);
	for (size_t i = 0; i < len; i++)
		if (w->reads[off + i] < 255)
			w->reads[off + i]++;
	return 0;
}

static int world_sha256(void *ctx, struct cw_span data, uint8_t ret[32])
{
	struct world *w = ctx;

	memset(ret, 0, 32);
	if (w->real)
		SHA256(data.ptr, data.len, ret);
	return 0;
}

/* The digest, changed: a signature that the mutator can make. */
static int world_verify(void *ctx, enum cw_rproc_signtype type, struct cw_span pkeyinfo,
			const uint8_t digest[32], struct cw_span signature, struct cw_refusal *r)
{
	struct world *w = ctx;

	fuzz_check(type == CW_SIGN_RSA || type == CW_SIGN_ECDSA_P256);
	if (!w->real)
		return 0;
	if (signature.len < 32)
		return -CW_CODE_SIGNATURE;
	for (int i = 0; i < 32; i++)
		if (signature.ptr[i] != (digest[i] ^ 0x5A))
			return -CW_CODE_SIGNATURE;
	return 0;
}

static uint8_t *place(struct world *w, uint32_t da, uint32_t len)
{
	if (cw_range_inside(da, len, RETRAM_SIZE))
		return w->retram + da;
	if (da >= ALIAS && cw_range_inside(da - ALIAS, len, SRAM_SIZE))
		return w->sram + (da - ALIAS);
	if (da >= SRAM && cw_range_inside(da - SRAM, len, SRAM_SIZE))
		return w->sram + (da - SRAM);
	return NULL;
}

static int world_check_range(void *ctx, uint32_t da, uint32_t size, const char *what,
			     struct cw_refusal *r)
{
	return place(ctx, da, size) ? 0 : -CW_CODE_ADDRESS;
}

static uint64_t world_canonical(void *ctx, uint32_t da)
{
	return da >= ALIAS ? da - (ALIAS - SRAM) : da;
}

static int world_begin(void *ctx, struct cw_refusal *r)
{
	struct world *w = ctx;

	fuzz_check(w->loads == 0 && w->begins++ == 0);
	return 0;
}

static int world_load(void *ctx, const struct cw_rproc_segment *s, struct cw_refusal *r)
{
	struct world *w = ctx;
	uint8_t *to = place(w, s->paddr, s->memsz);
	uint8_t digest[32];

	fuzz_check(w->begins == 1);
	fuzz_check(to != NULL);
	fuzz_check(s->filesz <= s->memsz);
	w->loads++;
	fuzz_check(cw_range_inside(s->file_offset, s->filesz, w->size));
	memcpy(to, w->data + s->file_offset, s->filesz);
	memset(to + s->filesz, 0, s->memsz - s->filesz);
	if (!w->real)
		return 0;
	SHA256(to, s->filesz, digest);
	return memcmp(digest, s->hash, 32) ? -CW_CODE_HASH : 0;
}

static int world_read_back(void *ctx, uint32_t da, void *buf, uint32_t len)
{
	uint8_t *from = place(ctx, da, len);

	fuzz_check(from != NULL);
	memcpy(buf, from, len);
	return 0;
}

static int world_search(void *ctx, uint32_t da, uint32_t len, uint32_t *ret_skip)
{
	uint8_t *from = place(ctx, da, len);

	fuzz_check(from != NULL);
	*ret_skip = (uint32_t)cw_rsc_scan(cw_span(from, len), 0);
	return 0;
}

/* Played: the first byte of an IV is what its segment was combined with, a tag that ends in 0xFF is wrong. */
static int world_decrypt(void *ctx, struct cw_span record, struct cw_span headers, unsigned *ret_bad,
			 struct cw_refusal *r)
{
	struct world *w = ctx;
	size_t n = headers.len / 32;

	fuzz_check(w->begins == 1 && w->decrypts++ == 0);
	fuzz_check(n && n <= CW_RPROC_SEGMENTS_MAX && headers.len == 32 * n);
	fuzz_check(record.len == n * CW_RPROC_SEAL_SIZE + CW_RPROC_SEALED_KEY_SIZE);
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *h = headers.ptr + 32 * i, *seal = record.ptr + CW_RPROC_SEAL_SIZE * i;
		uint32_t len = cw_get_le32(h + 16);
		uint8_t *at = len ? place(w, cw_get_le32(h + 12), len) : NULL;

		fuzz_check(cw_get_le32(h) == 1 && (at || !len));
		*ret_bad = i;
		if (seal[CW_RPROC_SEAL_SIZE - 1] == 0xFF)
			return -CW_CODE_DECRYPT;
		for (uint32_t k = 0; k < len; k++)
			at[k] ^= seal[0];
	}
	return 0;
}

static bool in_table(struct world *w, const struct cw_rproc_container *image, const uint8_t *p)
{
	const uint8_t *table;

	if (!image->rsc_size)
		return false;
	table = place(w, image->rsc_load_addr, image->rsc_size);
	return p >= table && p < table + image->rsc_size;
}

/* Without the signer's word there is no table but the one that was taken. */
static void check_only_table(struct world *w, const struct cw_rproc_container *image)
{
	for (unsigned i = 0; i < image->n_segments; i++) {
		const struct cw_rproc_segment *s = &image->segments[i];
		const uint8_t *bytes = place(w, s->paddr, s->memsz);

		for (uint32_t at = (4 - s->vaddr % 4) % 4; at + 16 <= s->filesz; at += 4)
			fuzz_check(in_table(w, image, bytes + at) || cw_get_le32(bytes + at) != 1 ||
				   !cw_rsc_begins(cw_span(bytes + at, s->filesz - at)));
	}
}

static void check_table_record(const struct cw_rproc_container *image)
{
	const struct cw_rproc_table_record *t = &image->table_record;

	fuzz_check(!t->size == !image->rsc_size);
	fuzz_check(!t->size || (t->addr == image->rsc_addr && t->image == image->rsc_image &&
				t->size >= image->rsc_size));
}

static void check_segments(struct world *w, const struct cw_rproc_container *image)
{
	fuzz_check(image->n_segments <= CW_RPROC_SEGMENTS_MAX);
	fuzz_check(w->loads == image->n_segments);
	for (unsigned i = 0; i < image->n_segments; i++) {
		const struct cw_rproc_segment *s = &image->segments[i];

		fuzz_check(s->type == 1 && s->memsz && s->image < image->n_images);
		fuzz_check(cw_range_inside(s->file_offset, s->filesz, w->size));
		for (unsigned k = 0; k < i; k++)
			fuzz_check(!cw_range_overlap(s->canonical, s->memsz,
						     image->segments[k].canonical,
						     image->segments[k].memsz));
	}
}

/* What is signed, cut to what its records say. */
static void check_accepted(struct world *w, const struct cw_rproc_container *image)
{
	struct cw_refusal why;
	struct cw_rsc_entry e;

	fuzz_check(image->n_images >= 1 && image->n_images <= CW_RPROC_IMAGES_MAX);
	fuzz_check(image->meta.len >= CW_RPROC_HEADER_SIZE && image->meta.len <= w->size);
	check_segments(w, image);
	fuzz_check(image->rsc_size == image->rsc_table.len);
	fuzz_check(w->decrypts == (image->encryption.len != 0));
	fuzz_check(!w->decrypts_not || !w->decrypts);
	if (image->has_table_record)
		check_table_record(image);
	else
		check_only_table(w, image);
	if (!image->rsc_size)
		return;
	fuzz_check(place(w, image->rsc_addr, image->rsc_size) != NULL);
	fuzz_check(cw_rsc_check(image->rsc_table, 0, &why) == 0);
	for (unsigned i = 0; i < cw_rsc_count(image->rsc_table); i++)
		cw_rsc_entry(image->rsc_table, i, &e);
}

/* Every byte is judged at most once, but for files that might be of the old layout. */
static void check_reads(struct world *w, int rc)
{
	if (rc == -CW_CODE_OLD_LAYOUT || rc == -CW_CODE_SIZE || rc == -CW_CODE_TRUNCATED)
		return;
	for (size_t i = 0; i < w->size; i++)
		fuzz_check(w->reads[i] <= 1);
}

void container_judge(const uint8_t *data, size_t size, bool real)
{
	static uint8_t retram[RETRAM_SIZE], sram[SRAM_SIZE];
	struct world w = {.data = data, .size = size, .real = real, .retram = retram, .sram = sram};
	struct cw_source source = {.ctx = &w, .size = size, .read = world_read};
	struct cw_rproc_env env = {
		.ctx = &w,
		.sha256 = world_sha256,
		.verify = world_verify,
		.check_range = world_check_range,
		.canonical = world_canonical,
		.begin = world_begin,
		.load = world_load,
		.read_back = world_read_back,
		.search = size % 4 < 2 ? world_search : NULL,
	};
	w.decrypts_not = size % 16 == 2;
	if (!w.decrypts_not)
		env.decrypt = world_decrypt;
	/* Odd files get a workspace that may be too small. */
	size_t room = size % 8 == 1 ? size : CW_RPROC_WORKSPACE;
	uint8_t *workspace = malloc(room);
	struct cw_rproc_container image;
	struct cw_refusal why = {0};
	int rc;

	w.reads = calloc(1, size + 1);
	fuzz_check(workspace && w.reads);
	memset(&image, 0x77, sizeof(image));
	rc = cw_rproc_judge(&source, &env, workspace, room, &image, &why);
	fuzz_refusal(rc, &why, size);
	if (rc == 0)
		check_accepted(&w, &image);
	else
		for (size_t i = 0; i < sizeof(image); i++)
			fuzz_check(((uint8_t *)&image)[i] == 0x77);
	check_reads(&w, rc);
	free(w.reads);
	free(workspace);
}
