// SPDX-License-Identifier: BSD-2-Clause
/* tests/unit/image/world.c - the judge's surroundings, played */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "image/rsc_table.h"

struct world w;
struct fw fw;
struct box box;
uint8_t elf[BOX_IMAGES_MAX][FW_DATA_MAX];

/* A signature that anybody can make, for tests: the digest, changed. */
static size_t sign(void *arg, const uint8_t digest[32], uint8_t sig[512])
{
	for (int i = 0; i < 32; i++)
		sig[i] = sig[i + 32] = digest[i] ^ 0x5A;
	return SIGN_LEN;
}

static bool fails(void)
{
	return ++w.calls == w.fail_at;
}

int source_read(void *ctx, uint64_t off, void *buf, size_t len)
{
	assert_true(off <= w.size && len <= w.size - off);
	if (fails())
		return -CW_CODE_PLATFORM;
	memcpy(buf, w.file + off, len);
	w.read_calls++;
	for (size_t i = 0; i < len; i++) {
		w.reads[off + i]++;
		if (w.hostile)
			w.file[off + i] ^= 0xFF;
	}
	return 0;
}

int env_sha256(void *ctx, struct cw_span data, uint8_t ret[32])
{
	if (fails())
		return -CW_CODE_PLATFORM;
	test_sha256(data.ptr, data.len, ret);
	return 0;
}

int env_verify(void *ctx, enum cw_rproc_signtype type, struct cw_span pkeyinfo,
	       const uint8_t digest[32], struct cw_span signature, struct cw_refusal *r)
{
	if (fails())
		return cw_refuse(r, CW_CODE_PLATFORM, 0, "a failure that was planned");
	if (signature.len != SIGN_LEN)
		return -CW_CODE_SIGNATURE;
	for (int i = 0; i < 32; i++)
		if (signature.ptr[i] != (digest[i] ^ 0x5A))
			return -CW_CODE_SIGNATURE;
	return 0;
}

static uint8_t *place(uint32_t da, uint32_t len)
{
	if (cw_range_inside(da, len, 0x10000))
		return w.ram[0] + da;
	if (da >= 0x10000000 && cw_range_inside(da - 0x10000000, len, 0x40000))
		return w.ram[1] + (da - 0x10000000);
	if (da >= 0x30000000 && cw_range_inside(da - 0x30000000, len, 0x40000))
		return w.ram[1] + (da - 0x30000000);
	return NULL;
}

static int env_check_range(void *ctx, uint32_t da, uint32_t size, const char *what,
			   struct cw_refusal *r)
{
	if (fails())
		return -CW_CODE_PLATFORM;
	return place(da, size) ? 0 : -CW_CODE_ADDRESS;
}

static uint64_t env_canonical(void *ctx, uint32_t da)
{
	return da >= 0x30000000 ? da - 0x20000000 : da;
}

static int env_begin(void *ctx, struct cw_refusal *r)
{
	assert_int_equal(w.loads, 0);
	w.begins++;
	return fails() ? -CW_CODE_PLATFORM : 0;
}

/* Copies first, hashes the copy. */
static int env_load(void *ctx, const struct cw_rproc_segment *s, struct cw_refusal *r)
{
	uint8_t *to = place(s->paddr, s->memsz);
	uint8_t digest[32];

	assert_int_equal(w.begins, 1);
	w.loads++;
	if (fails())
		return -CW_CODE_PLATFORM;
	assert_non_null(to);
	if (s->filesz && source_read(NULL, s->file_offset, to, s->filesz) < 0)
		return -CW_CODE_PLATFORM;
	test_sha256(to, s->filesz, digest);
	memset(to + s->filesz, 0, s->memsz - s->filesz);
	return s->filesz && memcmp(digest, s->hash, 32) ? -CW_CODE_HASH : 0;
}

static int env_hash(void *ctx, uint64_t off, uint32_t len, uint8_t ret[32])
{
	assert_true(off <= w.size && len <= w.size - off);
	if (fails())
		return -CW_CODE_PLATFORM;
	test_sha256(w.file + off, len, ret);
	return 0;
}

static int env_read_back(void *ctx, uint32_t da, void *buf, uint32_t len)
{
	uint8_t *from = place(da, len);

	if (fails())
		return -CW_CODE_PLATFORM;
	assert_non_null(from);
	assert_true(len); /* there is no region with nothing in it */
	w.read_backs++;
	memcpy(buf, from, len);
	return 0;
}

static int env_search(void *ctx, uint32_t da, uint32_t len, uint32_t *ret_skip)
{
	uint8_t *from = place(da, len);

	if (fails())
		return -CW_CODE_PLATFORM;
	assert_non_null(from);
	w.searched++;
	if (w.searches_not)
		return -CW_CODE_UNSUPPORTED;
	*ret_skip = (uint32_t)cw_rsc_scan(cw_span(from, len), 0);
	return 0;
}

void fresh(void)
{
	memset(&w, 0, sizeof(w));
	fw_standard(&fw);
}

void pack(void)
{
	box_init(&box, 2);
	box_add_elf(&box, elf[0], fw_elf(&fw, elf[0], sizeof(elf[0])));
	box_records(&box);
}

void finish(void)
{
	w.size = box_finish(&box, sign, NULL, w.file, sizeof(w.file));
}

int judge_in(size_t workspace)
{
	struct cw_source source = {.size = w.size, .read = source_read};
	struct cw_rproc_env env = {
		.policy = w.policy,
		.sha256 = env_sha256,
		.verify = env_verify,
		.check_range = env_check_range,
		.canonical = env_canonical,
		.begin = env_begin,
		.load = w.judge_only ? NULL : env_load,
		.hash = w.judge_only ? env_hash : NULL,
		.read_back = w.judge_only || w.no_read_back ? NULL : env_read_back,
		.search = w.searches || w.searches_not ? env_search : NULL,
	};
	int rc;

	memset(&w.why, 0, sizeof(w.why));
	memset(&w.out, 0x77, sizeof(w.out));
	rc = cw_rproc_judge(&source, &env, w.workspace, workspace, &w.out, &w.why);
	if (rc < 0) {
		assert_int_equal(w.why.code, -rc);
		assert_true(strlen(w.why.text) > 10);
		for (size_t i = 0; i < sizeof(w.out); i++) /* untouched */
			assert_int_equal(((uint8_t *)&w.out)[i], 0x77);
	}
	return rc;
}

int judge(void)
{
	return judge_in(sizeof(w.workspace));
}

void build(void)
{
	fresh();
	pack();
	finish();
}

void refused(enum cw_code code, const char *word)
{
	int rc = judge();

	if (rc != -(int)code || !strstr(w.why.text, word))
		fail_msg("wanted %s with \"%s\", got %s: %s", cw_code_name(code), word,
			 cw_code_name(-rc), w.why.text);
}

void accepted(void)
{
	if (judge() < 0)
		fail_msg("refused: %s", w.why.text);
}
