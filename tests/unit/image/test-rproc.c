// SPDX-License-Identifier: BSD-2-Clause
/*
 * The judge of image/rproc.h: what it lets through, that it reads each byte once, and that nothing
 * that fails or is changed around it goes unnoticed. The rules one by one are in test-rules.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "world.h"

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
	for (int kind = 3; kind >= 0; kind--) {
		int table = kind & 1;

		fresh();
		w.searches = kind & 2;
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

	for (int kind = 3; kind >= 0; kind--) {
		int table = kind & 1;

		fresh();
		w.searches = kind & 2;
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
		for (unsigned k = 1; k <= total; k++) {
			w.calls = w.loads = w.begins = 0;
			w.fail_at = k;
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
		cmocka_unit_test(test_lacks_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
