// SPDX-License-Identifier: BSD-2-Clause
/* image/elf32.h, image/rsc_table.h and the record walker, each by itself */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "builder.h"
#include "image/elf32.h"
#include "image/rproc.h"
#include "image/rsc_table.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void put32(uint8_t *p, uint32_t v)
{
	cw_put_le32(p, v);
}

/* ---- ELF header ---- */

static void test_elf_header(void **state)
{
	static const struct {
		unsigned at, len;
		uint32_t value;
		const char *word;
	} rows[] = {
		{0, 1, 0, "no ELF file"},
		{4, 1, 2, "class 2"},
		{5, 1, 2, "encoding 2"},
		{6, 1, 0, "version 0"},
		{16, 2, 1, "link it first"},
		{16, 2, 4, "type 4"},
		{40, 2, 64, "64 bytes, not 52"},
		{42, 2, 56, "56 bytes, not 32"},
		{44, 2, 0, "no program headers"},
		{44, 2, 0xFFFF, "65535 program headers"},
		{28, 4, 0xFFFFFFF0, "0xfffffff0"},
		{46, 2, 64, "64 bytes, not 40"},
		{32, 4, 0xFFFFFFF0, "section headers at 0xfffffff0"},
	};
	static uint8_t elf[FW_DATA_MAX];
	struct cw_elf32_ehdr h;
	struct cw_refusal why;
	struct fw fw;
	size_t size;

	fw_standard(&fw);
	size = fw_elf(&fw, elf, sizeof(elf));
	assert_int_equal(cw_elf32_header(cw_span(elf, 52), size, "it", 0, &h, NULL), 0);
	assert_int_equal(h.entry, 0x10000101);
	assert_int_equal(h.phnum, 3);
	assert_int_equal(h.machine, CW_EM_ARM);
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t bad[52];

		memcpy(bad, elf, 52);
		for (unsigned k = 0; k < rows[i].len; k++)
			bad[rows[i].at + k] = (uint8_t)(rows[i].value >> 8 * k);
		memset(&h, 0x55, sizeof(h));
		assert_int_equal(cw_elf32_header(cw_span(bad, 52), size, "it", 1000, &h, &why),
				 -CW_CODE_ELF);
		assert_non_null(strstr(why.text, rows[i].word));
		assert_in_range(why.offset, 1000, 1051);
		assert_int_equal(h.entry, 0x55555555);
	}
	assert_int_equal(cw_elf32_header(cw_span(elf, 51), 51, "it", 0, &h, &why), -CW_CODE_ELF);
	put32(elf + 46, 0); /* without sections their size is nobody's business */
	assert_int_equal(cw_elf32_header(cw_span(elf, 52), size, "it", 0, &h, NULL), 0);
}

static void test_ptype_names(void **state)
{
	assert_string_equal(cw_elf32_ptype_name(1), "PT_LOAD");
	assert_string_equal(cw_elf32_ptype_name(0x70000001), "PT_ARM_EXIDX");
	assert_string_equal(cw_elf32_ptype_name(0x12345678), "PT_?");
}

/* ---- resource table ---- */

static uint8_t table[FW_TABLE_SIZE + 8];

static int check(struct cw_refusal *why)
{
	return cw_rsc_check(cw_span(table, FW_TABLE_SIZE), 100, why);
}

static void test_rsc_reads(void **state)
{
	struct cw_span t = cw_span(fw_table, FW_TABLE_SIZE);
	struct cw_rsc_entry e;

	assert_int_equal(cw_rsc_check(t, 0, NULL), 0);
	assert_int_equal(cw_rsc_count(t), 2);
	cw_rsc_entry(t, 0, &e);
	assert_int_equal(e.type, CW_RSC_VDEV);
	assert_int_equal(e.offset, 0x18);
	assert_int_equal(e.size, 68);
	assert_int_equal(e.vdev.id, 7);
	assert_int_equal(e.vdev.dfeatures, 1);
	assert_int_equal(e.vdev.num_of_vrings, 2);
	assert_int_equal(e.vdev.vring[1].da, CW_RSC_ADDR_ANY);
	assert_int_equal(e.vdev.vring[1].num, 16);
	assert_int_equal(e.vdev.vring[1].notifyid, 1);
	assert_int_equal(e.vdev.vring[1].offset, 0x48);
	cw_rsc_entry(t, 1, &e);
	assert_int_equal(e.type, CW_RSC_TRACE);
	assert_int_equal(e.trace.da, FW_TRACE_DA);
	assert_int_equal(e.trace.len, FW_TRACE_LEN);
	assert_string_equal(e.trace.name, "trace");
	assert_int_equal(cw_rsc_extent(t), FW_TABLE_SIZE);
}

static void test_rsc_refusals(void **state)
{
	static const struct {
		uint32_t at, value;
		const char *word;
	} rows[] = {
		{0, 2, "version 2"},
		{4, 40, "do not hold their offsets"},
		{4, 0x40000000, "1073741824"},
		{8, 1, "reserved"},
		{12, 1, "reserved"},
		{16, 20, "offset 0x14 lies"},
		{16, 0xFFFFFFFC, "outside of the 140"},
		{16, FW_TABLE_SIZE - 3, "outside of the 140"},
		{16, FW_TABLE_SIZE - 4, "needs 56 bytes at 0x88"}, /* zeros read as a carveout */
		{20, 0x18, "overlaps entry 0"},
		{20, 0x5A, "entry 1"},
		{0x18 + 20, 1, "entry 1 (trace): at 0x5c overlaps entry 0"},
		{0x18 + 20, 0xFFFFFFF0, "the table ends"},
		{0x18 + 24, 0x300, "3 vrings"},
		{0x18 + 24, 0x10200, "reserved"},
		{0x18 + 28 + 4, 0, "alignment 0"},
		{0x18 + 28 + 8, 0, "0 buffers"},
		{0x18 + 28 + 8, 15, "15 buffers"},
		{0x18 + 28 + 8, 65536, "65536 buffers"},
		{0x5C + 12, 1, "reserved word is 0x1"},
	};
	struct cw_refusal why;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int rc;

		memcpy(table, fw_table, FW_TABLE_SIZE);
		put32(table + rows[i].at, rows[i].value);
		rc = check(&why);
		if (rc != -CW_CODE_RSC_TABLE || !strstr(why.text, rows[i].word))
			fail_msg("row %zu: %d %s", i, rc, why.text);
		assert_in_range(why.offset, 100, 100 + FW_TABLE_SIZE);
	}
	memcpy(table, fw_table, FW_TABLE_SIZE);
	memset(table + 0x5C + 16, 'x', 32);
	assert_int_equal(check(&why), -CW_CODE_RSC_TABLE);
	assert_non_null(strstr(why.text, "no end"));
	for (size_t n = 0; n < FW_TABLE_SIZE; n++)
		assert_int_equal(cw_rsc_check(cw_span(fw_table, n), 0, NULL), -CW_CODE_RSC_TABLE);
}

static void test_rsc_limits(void **state)
{
	static uint8_t big[CW_RSC_TABLE_MAX + 8];

	put32(big, 1);
	assert_int_equal(cw_rsc_check(cw_span(big, CW_RSC_TABLE_MAX), 0, NULL), 0);
	assert_int_equal(cw_rsc_check(cw_span(big, CW_RSC_TABLE_MAX + 1), 0, NULL), -CW_CODE_LIMIT);
	for (unsigned n = CW_RSC_ENTRIES_MAX; n <= CW_RSC_ENTRIES_MAX + 1; n++) {
		put32(big + 4, n);
		for (unsigned i = 0; i < n; i++) {
			put32(big + 16 + 4 * i, 1000 + 8 * i);
			put32(big + 1000 + 8 * i, 128);
		}
		assert_int_equal(cw_rsc_check(cw_span(big, sizeof(big) - 8), 0, NULL),
				 n > CW_RSC_ENTRIES_MAX ? -CW_CODE_LIMIT : 0);
	}
	put32(big + 4, 2);
	/* A vendor entry has any length, but the end of the bytes may be anybody's word. */
	assert_int_equal(cw_rsc_extent(cw_span(big, 1200)), 1200);
	assert_int_equal(cw_rsc_extent(cw_span(big, 2000)), 1008 + CW_RSC_UNKNOWN_MAX);
}

/* Every place, in every position of the vectors that look for it, and with bytes that are cut off. */
static void test_rsc_scan(void **state)
{
	static uint8_t bytes[400];

	assert_int_equal(cw_rsc_scan(cw_span(bytes, sizeof(bytes)), 0), sizeof(bytes));
	assert_int_equal(cw_rsc_scan(cw_span(bytes, 0), 0), 0);
	for (uint32_t at = 0; at + 16 <= sizeof(bytes); at++) {
		memset(bytes, 0, sizeof(bytes));
		put32(bytes + at, 1);
		assert_int_equal(cw_rsc_scan(cw_span(bytes, sizeof(bytes)), at % 4), sizeof(bytes));
		put32(bytes + at + 4, CW_RSC_ENTRIES_MAX);
		assert_int_equal(cw_rsc_scan(cw_span(bytes, sizeof(bytes)), at % 4), at);
		assert_int_equal(cw_rsc_scan(cw_span(bytes, at + 16), at % 4), at);
		assert_int_equal(cw_rsc_scan(cw_span(bytes, at + 15), at % 4), at + 15);
		assert_int_equal(cw_rsc_scan(cw_span(bytes, sizeof(bytes)), at + 4), sizeof(bytes));
		assert_int_equal(cw_rsc_scan(cw_span(bytes, sizeof(bytes)), (at + 1) % 4),
				 sizeof(bytes));
		for (unsigned reserved = 8; reserved <= 12; reserved += 4) {
			put32(bytes + at + reserved, 1);
			assert_int_not_equal(cw_rsc_scan(cw_span(bytes, sizeof(bytes)), at % 4), at);
			put32(bytes + at + reserved, 0);
		}
		put32(bytes + at + 4, CW_RSC_ENTRIES_MAX + 1);
		assert_int_equal(cw_rsc_scan(cw_span(bytes, sizeof(bytes)), at % 4), sizeof(bytes));
	}
}

struct fields {
	unsigned n;
	uint32_t offset[32], len[32];
};

static int note_field(void *arg, uint32_t offset, uint32_t len)
{
	struct fields *f = arg;

	f->offset[f->n] = offset;
	f->len[f->n++] = len;
	return f->n == 5 ? 42 : 0;
}

static void test_rsc_host_fields(void **state)
{
	struct cw_span t = cw_span(fw_table, FW_TABLE_SIZE);
	struct fields f = {0};

	assert_int_equal(cw_rsc_host_fields(t, note_field, &f), 42); /* stops */
	assert_int_equal(f.n, 5);
	assert_int_equal(f.offset[0], 0x20); /* notifyid */
	assert_int_equal(f.offset[1], 0x28); /* gfeatures */
	assert_int_equal(f.offset[2], 0x30); /* status */
	assert_int_equal(f.len[2], 1);
	assert_int_equal(f.offset[3], 0x34); /* da of vring 0 */
	assert_int_equal(f.offset[4], 0x40); /* notifyid and pa */
	assert_int_equal(f.len[4], 8);
}

/* Exactly the host's bytes may differ. */
static void test_rsc_differ(void **state)
{
	struct cw_span was = cw_span(fw_table, FW_TABLE_SIZE);
	struct cw_refusal why;
	unsigned allowed = 0;

	for (uint32_t i = 0; i < FW_TABLE_SIZE; i++) {
		memcpy(table, fw_table, FW_TABLE_SIZE);
		table[i] ^= 1;
		if (cw_rsc_only_host_fields_differ(was, cw_span(table, FW_TABLE_SIZE), &why) == 0)
			allowed++;
		else
			assert_int_equal(why.offset, i);
	}
	assert_int_equal(allowed, 4 + 4 + 1 + 2 * (4 + 8));
	assert_int_equal(
		cw_rsc_only_host_fields_differ(was, cw_span(table, FW_TABLE_SIZE - 1), NULL),
		-CW_CODE_RSC_TABLE);
	memcpy(table, fw_table, FW_TABLE_SIZE);
	table[0x5C + 4] = 0;
	table[0x5C + 5] = 0;
	cw_rsc_only_host_fields_differ(was, cw_span(table, FW_TABLE_SIZE), &why);
	assert_non_null(strstr(why.text, "entry 1 (trace): byte 0x61"));
}

static void test_rsc_carveout(void **state)
{
	static const uint8_t carveout[] = {1, 0, 0, 0, 1, 0, 0,	 0, 0, 0,
					   0, 0, 0, 0, 0, 0, 20, 0, 0, 0};
	uint8_t t[20 + 56] = {0};
	struct cw_rsc_entry e;

	memcpy(t, carveout, sizeof(carveout));
	put32(t + 24, 0x10010000);
	put32(t + 32, 0x1000);
	memset(t + 44, 'n', 31);
	assert_int_equal(cw_rsc_check(cw_span(t, sizeof(t)), 0, NULL), 0);
	cw_rsc_entry(cw_span(t, sizeof(t)), 0, &e);
	assert_int_equal(e.carveout.da, 0x10010000);
	assert_int_equal(e.carveout.len, 0x1000);
	assert_int_equal(strlen(e.carveout.name), 31);
	t[40] = 1;
	assert_int_equal(cw_rsc_check(cw_span(t, sizeof(t)), 0, NULL), -CW_CODE_RSC_TABLE);
	assert_string_equal(cw_rsc_type_name(0), "carveout");
	assert_string_equal(cw_rsc_type_name(200), "vendor");
	assert_string_equal(cw_rsc_type_name(77), "unknown");
}

/* ---- records ---- */

static void test_tlv(void **state)
{
	uint8_t area[48] = {5, 0, 0, 0, 3, 0, 0, 0, 'a', 'b', 'c', 0, 0, 0, 0, 0, 6, 0, 1, 0};
	struct cw_span value;
	struct cw_refusal why;
	uint32_t type;
	size_t pos = 0, at;

	assert_int_equal(cw_rproc_tlv_next(cw_span(area, 24), &pos, &type, &value, &at, NULL), 1);
	assert_int_equal(type, 5);
	assert_int_equal(value.len, 3);
	assert_int_equal(at, 0);
	assert_int_equal(pos, 16);
	assert_int_equal(cw_rproc_tlv_next(cw_span(area, 24), &pos, &type, &value, &at, NULL), 1);
	assert_int_equal(type, 0x10006);
	assert_int_equal(value.len, 0);
	assert_int_equal(cw_rproc_tlv_next(cw_span(area, 24), &pos, &type, &value, &at, NULL), 0);

	for (size_t n = 17; n < 24; n++) {
		pos = 16;
		assert_int_equal(
			cw_rproc_tlv_next(cw_span(area, n), &pos, &type, &value, &at, &why),
			-CW_CODE_RECORD);
		assert_int_equal(pos, 16);
		assert_int_equal(why.offset, 36);
	}
	put32(area + 20, 0xFFFFFFFF);
	assert_int_equal(cw_rproc_tlv_next(cw_span(area, 48), &pos, &type, &value, &at, &why),
			 -CW_CODE_RECORD);
	assert_non_null(strstr(why.text, "4294967295 bytes, only 24"));
	area[12] = 1;
	pos = 0;
	assert_int_equal(cw_rproc_tlv_next(cw_span(area, 24), &pos, &type, &value, &at, &why),
			 -CW_CODE_RECORD);
	assert_int_equal(why.offset, 20 + 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elf_header), cmocka_unit_test(test_ptype_names),
		cmocka_unit_test(test_rsc_reads),  cmocka_unit_test(test_rsc_refusals),
		cmocka_unit_test(test_rsc_limits), cmocka_unit_test(test_rsc_scan),
		cmocka_unit_test(test_rsc_host_fields),
		cmocka_unit_test(test_rsc_differ), cmocka_unit_test(test_rsc_carveout),
		cmocka_unit_test(test_tlv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
