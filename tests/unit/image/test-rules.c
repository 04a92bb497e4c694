// SPDX-License-Identifier: BSD-2-Clause
/*
 * The judge's rules, one refusal for each. The independent generator's images (tests/generator) are
 * the other half.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "world.h"

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

static void test_table_in_overlays(void **state)
{
	static const char *const words[6] = {NULL, "holds another", "were changed", "holds another"};
	static uint8_t more[FW_TABLE_AT + FW_TABLE_SIZE];
	uint32_t record[3] = {0, 0x10020000 + FW_TABLE_AT, FW_TABLE_SIZE};

	for (unsigned i = 0; i < 6; i++) {
		memcpy(more + FW_TABLE_AT, fw_table + (i < 4 ? 0 : 4), FW_TABLE_SIZE - 4);
		table_elsewhere();
		fw_add(&fw, 0x10008000, more, sizeof(more), sizeof(more));
		fw.seg[3].vaddr = i & 1 ? 0x10020000 : 0x10010000; /* the record is true of both */
		fw.table_segment = i & 2 ? 3 : 2;
		pack();
		box_record(&box, 0x1C006, record, sizeof(record));
		finish();
		words[i] ? refused(CW_CODE_RSC_TABLE, words[i]) : accepted();
	}
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
		w.loads = w.begins = 0; /* with the smallest piece too */
		assert_int_equal(judge_in(12 * 1024), -CW_CODE_RSC_TABLE);
		w.loads = w.begins = w.read_backs = 0; /* and by a service that names the place */
		w.searches = true;
		refused(CW_CODE_RSC_TABLE, "holds a resource table");
		assert_int_equal(w.read_backs, 1);
	}
}

static void put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, 4); /* these tests run on little-endian machines only */
}

/* The table that a section names may be the only one, unless the signer says that it is the right one. */
static void test_table_twin(void **state)
{
	static uint8_t more[64 + FW_TABLE_SIZE];
	uint32_t record[3] = {0, 0x10020000 + FW_TABLE_AT, FW_TABLE_SIZE};

	memcpy(more + 64, fw_table, FW_TABLE_SIZE);
	for (unsigned i = 0; i < 8; i++) {
		fresh();
		w.searches = i & 1;
		w.searches_not = !w.searches && (i & 2);
		fw_add(&fw, 0x10008000, more, sizeof(more), sizeof(more));
		pack();
		if (i & 4)
			box_record(&box, 0x1C006, record, sizeof(record));
		finish();
		if (i & 4)
			accepted();
		else
			refused(CW_CODE_RSC_TABLE,
				"segment 3 holds another resource table at 0x10008040 than section "
				".resource_table names (0x10020020)");
		assert_int_equal(w.searched != 0, !(i & 4) && (w.searches || w.searches_not));
	}
}

/* Heads that no table follows are passed over, wherever they are. */
static void test_table_heads(void **state)
{
	static uint8_t heads[9000];

	for (unsigned i = 0; i < 2; i++) {
		fresh();
		w.searches = i;
		memset(heads, 0, sizeof(heads));
		for (uint32_t at = 0; at + 16 <= sizeof(heads); at += 16) {
			put32(heads + at, 1);
			put32(heads + at + 4, 2);
		}
		fw_add(&fw, 0x10008000, heads, sizeof(heads), sizeof(heads));
		pack();
		finish();
		accepted();
		assert_true(!i || w.searched > sizeof(heads) / 16);
	}
}

static void test_table_records(void **state)
{
	static const struct {
		uint32_t value[4];
		size_t len;
		enum cw_code code;
		const char *word;
	} rows[] = {
		{{0, 0x10020020, FW_TABLE_SIZE}, 12, CW_OK, NULL},
		{{0, 0, 0}, 12, CW_CODE_RSC_TABLE, "says that there is no resource table, but section"},
		{{0, 0x10020024, FW_TABLE_SIZE}, 12, CW_CODE_RSC_TABLE, "table is at 0x10020024"},
		{{1, 0x10020020, FW_TABLE_SIZE}, 12, CW_CODE_RSC_TABLE, "image 1"},
		{{0, 0x10020020, FW_TABLE_SIZE + 4}, 12, CW_CODE_RSC_TABLE, "144 bytes"},
		{{0, 0x10020020, 0}, 12, CW_CODE_RECORD, "but no bytes"},
		{{1, 0, 0}, 12, CW_CODE_RECORD, "but no bytes"},
		{{0, 0x10020020, FW_TABLE_SIZE}, 11, CW_CODE_RECORD, "11 bytes, not 12"},
		{{0, 0x10020020, FW_TABLE_SIZE}, 16, CW_CODE_RECORD, "16 bytes, not 12"},
		{{0}, 0, CW_CODE_RECORD, "0 bytes, not 12"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fresh();
		pack();
		box_record(&box, 0x1C006, rows[i].value, rows[i].len);
		finish();
		if (rows[i].word)
			refused(rows[i].code, rows[i].word);
		else
			accepted();
	}
	fresh();
	fw.no_sections = true;
	pack();
	box_record(&box, 0x1C006, rows[0].value, 12);
	finish();
	refused(CW_CODE_RSC_TABLE, "but no section .resource_table names it");
	fresh(); /* what the signer says to be none is none */
	fw.no_sections = true;
	pack();
	box_record(&box, 0x1C006, rows[1].value, 12);
	finish();
	accepted();
	assert_int_equal(w.out.rsc_size, 0);
	fresh();
	pack();
	box_record(&box, 0x1C006, rows[0].value, 12);
	box_record(&box, 0x1C006, rows[0].value, 12);
	finish();
	refused(CW_CODE_RECORD, "there already");
}

static void test_table_unaligned(void **state)
{
	static uint8_t more[64 + FW_TABLE_SIZE];

	memcpy(more + 33, fw_table, FW_TABLE_SIZE);
	fresh();
	fw_add(&fw, 0x10008000, more, sizeof(more), sizeof(more));
	fw.table_segment = 3;
	fw.table_offset = 33;
	pack();
	finish();
	refused(CW_CODE_RSC_TABLE, "is not aligned to 4 bytes");
}

/* A segment that ends where the last piece of the search was read ahead to. */
static void test_table_search_ends(void **state)
{
	static uint8_t big[8 * 4096];

	fresh();
	memset(big, 0, sizeof(big));
	fw.n = 0;
	fw.table_segment = -1;
	fw_add(&fw, 0x10008000, big, sizeof(big), sizeof(big));
	pack();
	finish();
	accepted();
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
		{"encryption", add_encryption, CW_CODE_RECORD, "113 and 28 for each segment"},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_layout_and_elf),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_zero_memsz),
		cmocka_unit_test(test_table_elsewhere),
		cmocka_unit_test(test_table_in_overlays),
		cmocka_unit_test(test_table_hidden),
		cmocka_unit_test(test_table_hidden_far),
		cmocka_unit_test(test_table_search_ends),
		cmocka_unit_test(test_table_twin),
		cmocka_unit_test(test_table_heads),
		cmocka_unit_test(test_table_records),
		cmocka_unit_test(test_table_unaligned),
		cmocka_unit_test(test_table_enlarged),
		cmocka_unit_test(test_table_misplaced),
		cmocka_unit_test(test_headers_overlap),
		cmocka_unit_test(test_two_images),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
