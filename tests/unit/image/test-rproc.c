// SPDX-License-Identifier: BSD-2-Clause
/*
 * The judge of image/rproc.h: what it lets through, that it reads each byte once, that every
 * failure of its surroundings is a refusal, and one refusal for each rule. The independent
 * generator's images (tests/generator) are the other half.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder.h"
#include "image/rproc.h"
#include "image/rsc_table.h"

#define SIGN_LEN 64

/* The world around one judgement. */
struct world {
	uint8_t file[BOX_FILE_MAX];
	size_t size;
	uint8_t reads[BOX_FILE_MAX]; /* how often each byte was read */
	bool hostile;		     /* bytes change after they were read */
	unsigned read_calls;

	unsigned fail_at, calls; /* the call that fails; counts all callbacks */
	uint8_t ram[3][0x60000]; /* retram, sram, anything else */
	unsigned loads, begins, begin_before_load;
	bool judge_only, no_read_back;
	struct cw_rproc_policy policy;
	uint8_t workspace[CW_RPROC_WORKSPACE];
	struct cw_rproc out;
	struct cw_refusal why;
};

static struct world w;
static struct fw fw;
static struct box box;
static uint8_t elf[BOX_IMAGES_MAX][FW_DATA_MAX];

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

static int source_read(void *ctx, uint64_t off, void *buf, size_t len)
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

static int env_sha256(void *ctx, struct cw_span data, uint8_t ret[32])
{
	if (fails())
		return -CW_CODE_PLATFORM;
	test_sha256(data.ptr, data.len, ret);
	return 0;
}

static int env_verify(void *ctx, enum cw_rproc_signtype type, struct cw_span pkeyinfo,
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
	memcpy(buf, from, len);
	return 0;
}

static void fresh(void)
{
	memset(&w, 0, sizeof(w));
	fw_standard(&fw);
}

static void pack(void)
{
	box_init(&box, 2);
	box_add_elf(&box, elf[0], fw_elf(&fw, elf[0], sizeof(elf[0])));
	box_records(&box);
}

static void finish(void)
{
	w.size = box_finish(&box, sign, NULL, w.file, sizeof(w.file));
}

static int judge_in(size_t workspace)
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

static int judge(void)
{
	return judge_in(sizeof(w.workspace));
}

static void build(void)
{
	fresh();
	pack();
	finish();
}

static void refused(enum cw_code code, const char *word)
{
	int rc = judge();

	if (rc != -(int)code || !strstr(w.why.text, word))
		fail_msg("wanted %s with \"%s\", got %s: %s", cw_code_name(code), word,
			 cw_code_name(-rc), w.why.text);
}

static void accepted(void)
{
	if (judge() < 0)
		fail_msg("refused: %s", w.why.text);
}

static void test_accepts(void **state)
{
	build();
	accepted();
	assert_int_equal(w.out.n_images, 1);
	assert_int_equal(w.out.n_segments, 3);
	assert_int_equal(w.out.images[0].entry, 0x10000101);
	assert_int_equal(w.out.images[0].phnum, 3);
	assert_int_equal(w.out.signtype, CW_SIGN_ECDSA_P256);
	assert_int_equal(w.out.rsc_addr, 0x10020000 + FW_TABLE_AT);
	assert_int_equal(w.out.rsc_load_addr, w.out.rsc_addr);
	assert_int_equal(w.out.rsc_size, FW_TABLE_SIZE);
	assert_int_equal(w.out.rsc_table.len, FW_TABLE_SIZE);
	assert_memory_equal(w.out.rsc_table.ptr, fw_table, FW_TABLE_SIZE);
	assert_memory_equal(w.file + w.out.rsc_file_offset, fw_table, FW_TABLE_SIZE);
	assert_int_equal(w.loads, 3);
	assert_int_equal(w.begins, 1);
	assert_false(w.out.has_version);
}

static void test_judge_only(void **state)
{
	build();
	w.judge_only = true;
	accepted();
	assert_int_equal(w.loads, 0);
	assert_int_equal(w.out.rsc_size, FW_TABLE_SIZE);
	w.file[w.out.segments[1].file_offset + 5] ^= 1;
	refused(CW_CODE_HASH, "segment 1 (0x10000000, 600 bytes)");
}

static void test_records_of_ours(void **state)
{
	uint8_t version[8] = {9, 0, 0, 0, 1}, flags[4] = {1};

	fresh();
	pack();
	box_headers(&box);
	box_record(&box, 0x1C002, version, 8);
	box_record(&box, 0x1C003, "st,stm32mp1-m4", 14);
	box_record(&box, 0x1C005, flags, 4);
	box_record(&box, 0x10007, "somebody else's", 15);
	finish();
	w.policy.require =
		CW_RPROC_REQUIRE_VERSION | CW_RPROC_REQUIRE_TARGET | CW_RPROC_REQUIRE_HEADERS;
	w.policy.minimum_version = 0x100000009;
	w.policy.compatible = "st,stm32mp1-m4";
	accepted();
	assert_true(w.out.has_version);
	assert_int_equal(w.out.version, 0x100000009);
	assert_int_equal(w.out.flags, CW_RPROC_FLAG_DEBUGGABLE);
	assert_int_equal(w.out.target.len, 14);
	assert_int_equal(w.out.headers.len, 32);
	w.loads = w.begins = 0;
	w.policy.minimum_version++;
	refused(CW_CODE_ROLLBACK, "older than 4294967306");
	assert_int_equal(w.begins, 0);
}

/* Bytes change after every read: nothing is looked at twice, so the judge never sees the change. */
static void test_no_double_fetch(void **state)
{
	for (int table = 1; table >= 0; table--) {
		fresh();
		if (!table) {
			fw.table_segment = -1;
			memset((uint8_t *)fw.seg[2].data, 0xA5, fw.seg[2].filesz);
		}
		pack();
		box_headers(&box);
		finish();
		w.hostile = true;
		accepted();
		for (size_t i = 0; i < w.size; i++)
			assert_in_range(w.reads[i], 0, 1);
		assert_int_equal(w.out.rsc_size, table ? FW_TABLE_SIZE : 0);
	}
}

static void test_digest_names_image(void **state)
{
	struct cw_rproc_env env = {.sha256 = env_sha256};
	struct cw_source source = {.read = source_read};
	uint8_t digest[32] = {0}, expect[32];

	build();
	accepted();
	memcpy(expect, w.out.digest, 32);
	source.size = w.size;
	assert_int_equal(
		cw_rproc_digest(&source, &env, w.workspace, sizeof(w.workspace), digest, NULL), 0);
	assert_memory_equal(digest, expect, 32);
	w.file[0] ^= 1;
	memset(digest, 7, 32);
	assert_int_equal(
		cw_rproc_digest(&source, &env, w.workspace, sizeof(w.workspace), digest, NULL),
		-CW_CODE_MAGIC);
	assert_int_equal(digest[0], 7);
}

/* Whatever callback fails, and whichever call of it, is a refusal that names a cause. */
static void test_every_callback_fails(void **state)
{
	unsigned total;

	for (int table = 1; table >= 0; table--) {
		fresh();
		if (!table) {
			fw.table_segment = -1;
			memset((uint8_t *)fw.seg[2].data, 0xA5, fw.seg[2].filesz);
		}
		pack();
		box_headers(&box);
		finish();
		accepted();
		total = w.calls;
		assert_in_range(total, 15, 60);
		for (unsigned i = 1; i <= total; i++) {
			w.calls = w.loads = w.begins = 0;
			w.fail_at = i;
			assert_int_equal(judge(), -CW_CODE_PLATFORM);
		}
	}
}

static void test_every_workspace_size(void **state)
{
	size_t need = 0;

	build();
	for (size_t n = 0; n < sizeof(w.workspace); n += 8) {
		int rc;

		w.loads = w.begins = 0;
		rc = judge_in(n);
		if (rc == 0) {
			need = n;
			break;
		}
		assert_int_equal(rc, -CW_CODE_NO_MEMORY);
	}
	assert_in_range(need, 1000, sizeof(w.workspace));
	w.loads = w.begins = 0;
	assert_int_equal(judge_in(need + 1), 0);
}

/* A cut file is never more than a refusal, wherever it is cut. */
static void test_every_length(void **state)
{
	size_t whole;

	build();
	whole = w.size;
	for (w.size = 0; w.size < whole; w.size++) {
		w.loads = w.begins = 0;
		refused(CW_CODE_TRUNCATED, "bytes");
	}
}

/* One changed byte of header or records is found, wherever it is. */
static void test_every_signed_byte(void **state)
{
	size_t meta;

	build();
	accepted();
	meta = w.out.meta.len;
	for (size_t i = 0; i < meta + SIGN_LEN / 2; i++) {
		w.loads = w.begins = 0;
		w.file[i] ^= 0x10;
		assert_true(judge() < 0);
		assert_int_equal(w.begins, 0);
		w.file[i] ^= 0x10;
	}
}

/* One changed byte of the ELF: refused, or of no consequence for what is loaded. */
static void test_every_elf_byte(void **state)
{
	static uint8_t good[sizeof(w.ram)];
	uint32_t table_size;

	build();
	accepted();
	memcpy(good, w.ram, sizeof(good));
	table_size = w.out.rsc_size;
	for (size_t i = w.out.images[0].file_offset; i < w.size; i++) {
		w.loads = w.begins = 0;
		memset(w.ram, 0, sizeof(w.ram));
		w.file[i] ^= 0x04;
		if (judge() == 0) {
			assert_memory_equal(w.ram, good, sizeof(good));
			assert_int_equal(w.out.rsc_size, table_size);
			assert_int_equal(w.out.rsc_addr, 0x10020000 + FW_TABLE_AT);
		}
		w.file[i] ^= 0x04;
	}
}

static void test_old_layout_and_elf(void **state)
{
	uint32_t old[14] = {0x3543A468, 1, 56, 256, 312, 1, 256, 56, 1, 0, 0, 600, 568, 1};

	build();
	memset(w.file, 0xEE, 1168);
	memcpy(w.file, old, sizeof(old));
	w.size = 1168;
	refused(CW_CODE_OLD_LAYOUT, "re-sign");
	w.size = fw_elf(&fw, w.file, sizeof(w.file));
	refused(CW_CODE_PLAIN_ELF, "sign it first");
}

static void test_aliases(void **state)
{
	static const uint8_t four[4] = {1, 2, 3, 4};

	fresh();
	fw_add(&fw, 0x30000010, four, 4, 4);
	pack();
	finish();
	refused(CW_CODE_OVERLAP, "name the same memory");
	fresh();
	fw_add(&fw, 0x30010000, four, 4, 4);
	pack();
	finish();
	accepted();
	assert_int_equal(w.out.segments[3].canonical, 0x10010000);
}

static void test_zero_memsz(void **state)
{
	fresh();
	fw_add(&fw, 0xC0000000, NULL, 0, 0);
	fw.seg[3].type = 1;
	pack();
	finish();
	accepted();
	assert_int_equal(w.out.n_segments, 3);
	assert_int_equal(w.out.images[0].phnum, 4);
}

/* vaddr and paddr differ, as vendor linkers do it: the table belongs at sh_addr, where nothing was
 * loaded. */
static void table_elsewhere(void)
{
	fresh();
	fw.seg[2].paddr = 0x10005000;
	fw.seg[2].memsz = fw.seg[2].filesz;
}

static void test_table_elsewhere(void **state)
{
	static const uint8_t bytes[16] = {1};

	table_elsewhere();
	pack();
	finish();
	accepted();
	assert_int_equal(w.out.rsc_addr, 0x10020000 + FW_TABLE_AT);
	assert_int_equal(w.out.rsc_load_addr, 0x10005000 + FW_TABLE_AT);

	table_elsewhere();
	fw_add(&fw, 0x10020000 + FW_TABLE_AT + 0x88, bytes, 16, 16);
	pack();
	finish();
	refused(CW_CODE_OVERLAP, "the resource table (0x10020020, 140 bytes) overlaps segment 3");

	table_elsewhere(); /* through the alias */
	fw_add(&fw, 0x30020000, bytes, 16, 0x40);
	pack();
	finish();
	refused(CW_CODE_OVERLAP, "overlaps segment 3");

	table_elsewhere();
	fw.seg[2].vaddr = 0x20000000;
	pack();
	finish();
	refused(CW_CODE_ADDRESS, "the resource table (0x20000020");

	table_elsewhere(); /* half on itself */
	fw.seg[2].vaddr = 0x10005008;
	pack();
	finish();
	refused(CW_CODE_OVERLAP, "overlaps segment 2");
}

static void test_table_hidden(void **state)
{
	fresh();
	fw.table_name = ".resourcf_table";
	pack();
	finish();
	refused(CW_CODE_RSC_TABLE, "segment 2 holds a resource table at 0x10020020");
	fresh();
	fw.table_segment = -1;
	pack();
	finish();
	refused(CW_CODE_RSC_TABLE, "were changed after signing");
	fresh();
	fw.no_sections = true;
	pack();
	finish();
	w.no_read_back = true;
	refused(CW_CODE_RSC_TABLE, "segment 2 holds a resource table");
	fresh();
	fw.table_size = 0;
	pack();
	finish();
	refused(CW_CODE_RSC_TABLE, "segment 2 holds a resource table");
}

/* Found wherever it lies, also across the borders of the pieces that are searched. */
static void test_table_hidden_far(void **state)
{
	static uint8_t big[40000];

	for (uint32_t at = 0; at + FW_TABLE_SIZE <= sizeof(big);
	     at += at % 4096 < 3900 ? 1300 : 4) {
		fresh();
		memset(big, 0, sizeof(big));
		memcpy(big + at, fw_table, FW_TABLE_SIZE);
		fw.n = 0;
		fw.table_segment = -1;
		fw_add(&fw, 0x10008000, big, sizeof(big), sizeof(big));
		pack();
		finish();
		refused(CW_CODE_RSC_TABLE, "holds a resource table");
	}
}

static void test_table_enlarged(void **state)
{
	fresh();
	fw.table_size = FW_TABLE_SIZE + 8;
	pack();
	finish();
	refused(CW_CODE_RSC_TABLE, "the section was enlarged");
	fresh(); /* zeros behind it are padding, and not the table's */
	memset((uint8_t *)fw.seg[2].data + FW_TABLE_AT + FW_TABLE_SIZE, 0, 64);
	fw.table_size = FW_TABLE_SIZE + 64;
	pack();
	finish();
	accepted();
	assert_int_equal(w.out.rsc_size, FW_TABLE_SIZE);
}

static void test_table_misplaced(void **state)
{
	fresh();
	fw.table_addr_off = 4;
	pack();
	finish();
	refused(CW_CODE_RSC_TABLE, "was moved");
	fresh();
	fw.table_size = 0x400;
	pack();
	finish();
	refused(CW_CODE_RSC_TABLE, "no hashed segment");
	fresh(); /* the bytes lie in two segments */
	fw.n = 3;
	fw_add(&fw, 0x10030000, NULL, fw.seg[2].filesz, fw.seg[2].filesz);
	fw_elf(&fw, elf[0], sizeof(elf[0]));
	fw.seg[3].offset = elf[0][52 + 64 + 4] | (uint32_t)elf[0][52 + 64 + 5] << 8;
	pack();
	finish();
	refused(CW_CODE_RSC_TABLE, "no hashed segment");
}

static void test_headers_overlap(void **state)
{
	build();
	elf[0][28] = 48; /* e_phoff inside the ELF header */
	box_init(&box, 2);
	box_add_elf(&box, elf[0], fw_elf(&fw, elf[0], sizeof(elf[0])));
	box_records(&box);
	elf[0][28] = 48;
	finish();
	refused(CW_CODE_ELF, "overlap the ELF header");

	build();
	box_init(&box, 2);
	box_add_elf(&box, elf[0], fw_elf(&fw, elf[0], sizeof(elf[0])));
	box_records(&box);
	elf[0][32] = 60; /* e_shoff in the program headers */
	elf[0][33] = 0;
	finish();
	refused(CW_CODE_ELF, "section headers at 0x3c overlap");
}

static void test_two_images(void **state)
{
	static const uint8_t bytes[32] = {9, 8, 7};
	struct fw second = {.table_segment = -1, .entry = 1};

	fresh();
	fw_add(&second, 0x10030000, bytes, 32, 32);
	fw_add(&second, 0x10031000, bytes, 32, 64);
	box_init(&box, 2);
	box_add_elf(&box, elf[0], fw_elf(&fw, elf[0], sizeof(elf[0])));
	box_add_elf(&box, elf[1], fw_elf(&second, elf[1], sizeof(elf[1])));
	box_records(&box);
	finish();
	accepted();
	assert_int_equal(w.out.n_images, 2);
	assert_int_equal(w.out.n_segments, 5);
	assert_int_equal(w.out.segments[4].image, 1);
	assert_int_equal(w.out.segments[4].index, 1);
	w.loads = w.begins = 0;
	w.file[w.out.segments[4].file_offset] ^= 1;
	refused(CW_CODE_HASH, "image 1 segment 1 (0x10031000, 32 bytes)");
}

static void test_limits(void **state)
{
	static const uint8_t one[1] = {1};

	fresh();
	while (fw.n < CW_RPROC_SEGMENTS_MAX)
		fw_add(&fw, 0x10010000 + fw.n, one, 1, 1);
	pack();
	finish();
	accepted();
	assert_int_equal(w.out.n_segments, CW_RPROC_SEGMENTS_MAX);

	fresh();
	while (fw.n <= CW_RPROC_SEGMENTS_MAX)
		fw_add(&fw, 0x10010000 + fw.n, one, 1, 1);
	pack();
	finish();
	refused(CW_CODE_LIMIT, "128");

	fresh();
	pack();
	while (box.area_len + 20 + SIGN_LEN + 8 <= CW_RPROC_META_MAX)
		box_record(&box, 0x10100 + (uint32_t)box.area_len, NULL, 0);
	finish();
	accepted();
	assert_int_equal(20 + box.area_len + SIGN_LEN, CW_RPROC_META_MAX - 4);
	w.loads = w.begins = 0;
	box_record(&box, 0x10001, NULL, 0);
	finish();
	refused(CW_CODE_LIMIT, "32768");
}

static void no_change(void)
{
}

static void twice(void)
{
	box_record(&box, 0x10, box_value(&box, 0x10), 64 * 3);
}

static void twice_platform(void)
{
	box_record(&box, 0x1FFFF, NULL, 0);
	box_record(&box, 0x1FFFF, NULL, 0);
}

static void add_unknown(void)
{
	box_record(&box, 6, "x", 1);
}

static void add_unknown_ours(void)
{
	box_record(&box, 0x1C0FF, "x", 1);
}

static void add_beyond(void)
{
	box_record(&box, 0x20000, "x", 1);
}

static void add_encryption(void)
{
	box_record(&box, 0x1C004, "xxxx", 4);
}

static void short_table(void)
{
	uint8_t entries[128];

	memcpy(entries, box_value(&box, 0x10), 128);
	box_remove(&box, 0x10);
	box_record(&box, 0x10, entries, 128);
}

static void no_hashtype(void)
{
	box_remove(&box, 2);
}

static void other_hash(void)
{
	*box_value(&box, 2) = 2;
}

static void no_images(void)
{
	*box_value(&box, 3) = 0;
}

static void not_elf(void)
{
	*box_value(&box, 4) = 2;
}

static void wrong_size(void)
{
	box_value(&box, 5)[0] ^= 8;
}

static void paddr_of_entry(void)
{
	box_value(&box, 0x10)[64 + 12] ^= 4;
}

static void hash_of_entry(void)
{
	box_value(&box, 0x10)[128 + 40] ^= 4;
}

static void trailing(void)
{
	memset(box.area + box.area_len, 0, 8);
	box.area[box.area_len] = 5;
	box.area_len += 4;
}

static void with_padding(void)
{
	box_value(&box, 2)[3] = 1;
}

static void drop_in_elf(void)
{
	elf[0][44] = 2;
}

static void null_in_elf(void)
{
	elf[0][52 + 32] = 0;
}

static void entry_in_elf(void)
{
	box_headers(&box);
	elf[0][24] ^= 2;
}

static void machine_in_elf(void)
{
	elf[0][18] = 62;
}

static void test_refusals(void **state)
{
	static const struct {
		const char *name;
		void (*change)(void);
		enum cw_code code;
		const char *word;
	} rows[] = {
		{"hash table twice", twice, CW_CODE_RECORD, "already"},
		{"platform record twice", twice_platform, CW_CODE_RECORD, "already"},
		{"unknown record", add_unknown, CW_CODE_RECORD, "0x6 at"},
		{"unknown record of ours", add_unknown_ours, CW_CODE_UNSUPPORTED, "0x1c0ff"},
		{"record beyond", add_beyond, CW_CODE_RECORD, "0x20000"},
		{"encryption", add_encryption, CW_CODE_UNSUPPORTED, "no device key"},
		{"entry missing", short_table, CW_CODE_SEGMENT, "added after signing"},
		{"no HASHTYPE", no_hashtype, CW_CODE_MISSING, "HASHTYPE"},
		{"another hash", other_hash, CW_CODE_UNSUPPORTED, "hash type 2"},
		{"no images", no_images, CW_CODE_MISSING, "NUM_IMG"},
		{"not an ELF", not_elf, CW_CODE_ELF, "type 2"},
		{"size", wrong_size, CW_CODE_SIZE, "IMGSIZE"},
		{"p_paddr", paddr_of_entry, CW_CODE_SEGMENT, "p_paddr is 0x10000000"},
		{"digest", hash_of_entry, CW_CODE_HASH, "segment 2 (0x10020000, 512 bytes)"},
		{"trailing bytes", trailing, CW_CODE_RECORD, "left behind the last record"},
		{"padding", with_padding, CW_CODE_RECORD, "padding"},
		{"segment dropped", drop_in_elf, CW_CODE_SEGMENT,
		 "0x10020000 (4096 bytes) was dropped"},
		{"made PT_NULL", null_in_elf, CW_CODE_SEGMENT, "p_type is 0x0"},
		{"headers hash", entry_in_elf, CW_CODE_HASH, "0x1c001"},
		{"machine", machine_in_elf, CW_CODE_UNSUPPORTED, "machine 62"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		fresh();
		pack();
		rows[i].change();
		finish();
		refused(rows[i].code, rows[i].word);
	}
	fresh();
	pack();
	no_change();
	finish();
	accepted();
}

static void test_lacks_callback(void **state)
{
	struct cw_source source = {.read = source_read};
	struct cw_rproc_env env = {.sha256 = env_sha256, .verify = env_verify};

	assert_int_equal(
		cw_rproc_judge(&source, &env, w.workspace, sizeof(w.workspace), &w.out, NULL),
		-CW_CODE_PARAM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_judge_only),
		cmocka_unit_test(test_records_of_ours),
		cmocka_unit_test(test_no_double_fetch),
		cmocka_unit_test(test_digest_names_image),
		cmocka_unit_test(test_every_callback_fails),
		cmocka_unit_test(test_every_workspace_size),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_every_signed_byte),
		cmocka_unit_test(test_every_elf_byte),
		cmocka_unit_test(test_old_layout_and_elf),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_zero_memsz),
		cmocka_unit_test(test_table_elsewhere),
		cmocka_unit_test(test_table_hidden),
		cmocka_unit_test(test_table_hidden_far),
		cmocka_unit_test(test_table_enlarged),
		cmocka_unit_test(test_table_misplaced),
		cmocka_unit_test(test_headers_overlap),
		cmocka_unit_test(test_two_images),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_lacks_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
