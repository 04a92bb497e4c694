// SPDX-License-Identifier: BSD-2-Clause
/* The platform service under a trusted application that knows none of our commands: OP-TEE's own */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/span.h"
#include "bus/wire.h"
#include "pta_calls.h"

#define ALIAS	  (0x30000000u - 0x10000000u) /* the same bytes at another address */
#define SECOND_DA 0x10021000u

static const uint8_t code[64] = {1, 2, 3};

static TEE_Result da_to_pa(uint32_t da, uint32_t size)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = da;
	par[2].val.a = size;
	return invoke(PTA_RPROC_FIRMWARE_DA_TO_PA, TEE_PARAM_TYPES(VI, VI, VI, VO));
}

/* What OP-TEE's TA calls for an image with one segment of code and one with the table. */
static TEE_Result stock_load(uint32_t table_da, uint32_t size)
{
	TEE_Result res = verify(RIG_EC, EC, NULL, 0, 0);

	if (res == TEE_SUCCESS)
		res = load(0, code, sizeof(code), NULL);
	if (res == TEE_SUCCESS)
		res = load(TABLE_DA, fw_table, FW_TABLE_SIZE, NULL);
	return res == TEE_SUCCESS ? da_to_pa(table_da, size) : res;
}

static bool table_readable(void)
{
	uint8_t buf[FW_TABLE_SIZE];

	if (rig_ns_read(TABLE_DA, buf, sizeof(buf)))
		return false;
	assert_int_equal(rig_ns_read(TABLE_DA - 1, buf, 1), -EACCES);
	assert_int_equal(rig_ns_read(TABLE_DA + FW_TABLE_SIZE, buf, 1), -EACCES);
	return true;
}

static bool writable(uint32_t at)
{
	uint8_t byte = fw_table[at];

	return rig_ns_write(TABLE_DA + at, &byte, 1) == 0;
}

static void test_windows(void **state)
{
	uint8_t buf[4];

	assert_int_equal(stock_load(TABLE_DA, FW_TABLE_SIZE), TEE_SUCCESS);
	assert_true(table_readable());
	for (uint32_t at = 0; at < 0x20; at++)
		assert_false(writable(at));
	assert_true(writable(0x30)); /* status */
	assert_false(writable(0x31));
	assert_false(writable(0x60));
	assert_int_equal(rig_ns_read(FW_TRACE_DA, buf, 4), -EACCES);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_SUCCESS);
	assert_true(table_readable());
	assert_true(writable(0x30));
	assert_int_equal(rig_ns_read(FW_TRACE_DA, buf, 4), 0);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_SUCCESS);
	assert_true(table_readable());
	assert_false(writable(0x30));
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
	assert_int_equal(rig.n_windows, 0);
	assert_true(rig_memory_zero());
}

static void test_alias(void **state)
{
	assert_int_equal(stock_load(TABLE_DA + ALIAS, FW_TABLE_SIZE), TEE_SUCCESS);
	assert_true(table_readable());
}

/* Who carries the image may say another place or size: then nothing opens, and that is all. */
static void test_not_the_table(void **state)
{
	static const struct {
		uint32_t da, size;
	} bad[] = {
		{TABLE_DA, FW_TABLE_SIZE + 4}, {TABLE_DA, FW_TABLE_SIZE - 4}, {TABLE_DA, 16},
		{TABLE_DA, 4096},	       {TABLE_DA + 4, FW_TABLE_SIZE}, {TABLE_DA - 4, FW_TABLE_SIZE},
		{TABLE_DA + 2, FW_TABLE_SIZE}, {0, FW_TABLE_SIZE},	      {0, sizeof(code)},
		{SECOND_DA, FW_TABLE_SIZE},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(stock_load(bad[i].da, bad[i].size), TEE_SUCCESS);
		assert_int_equal(rig.n_windows, 0);
		assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_SUCCESS);
		assert_int_equal(rig.n_windows, 0);
		assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_SUCCESS);
		assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
	}
	assert_int_equal(stock_load(TABLE_DA, 0x100000), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(stock_load(TABLE_DA, 0), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(rig.n_windows, 0);
}

/* Sixteen bytes that begin as a table does are everywhere; they are none. */
static void test_empty_table(void **state)
{
	static const uint8_t empty[64] = {1};

	assert_int_equal(load(TABLE_DA, empty, sizeof(empty), NULL), TEE_SUCCESS);
	assert_int_equal(da_to_pa(TABLE_DA, 16), TEE_SUCCESS);
	assert_int_equal(da_to_pa(TABLE_DA, sizeof(empty)), TEE_SUCCESS);
	assert_int_equal(rig.n_windows, 0);
}

static void test_two_tables(void **state)
{
	assert_int_equal(load(TABLE_DA, fw_table, FW_TABLE_SIZE, NULL), TEE_SUCCESS);
	assert_int_equal(load(SECOND_DA, fw_table, FW_TABLE_SIZE, NULL), TEE_SUCCESS);
	assert_int_equal(da_to_pa(TABLE_DA, FW_TABLE_SIZE), TEE_SUCCESS);
	assert_int_equal(da_to_pa(SECOND_DA, FW_TABLE_SIZE), TEE_SUCCESS);
	assert_int_equal(rig.n_windows, 0);
}

static void test_found_everywhere(void **state)
{
	static const uint32_t at[] = {0, 4, 0xFF74 /* the last place in its region */, 0x10000000, 0x1000FFF0,
				      0x1000FFFC, 0x1001FF00 /* across what is searched at once */};

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		for (unsigned maps = 0; maps < 2; maps++) {
			rig.no_maps = !maps;
			assert_int_equal(load(at[i], fw_table, FW_TABLE_SIZE, NULL), TEE_SUCCESS);
			assert_int_equal(da_to_pa(at[i], FW_TABLE_SIZE), TEE_SUCCESS);
			assert_int_not_equal(rig.n_windows, 0);
			assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
			rig.no_maps = false;
		}
}

/* Nothing else comes to bytes that the normal world may see. */
static void test_table_stays(void **state)
{
	assert_int_equal(stock_load(TABLE_DA, FW_TABLE_SIZE), TEE_SUCCESS);
	assert_int_equal(load(TABLE_DA + FW_TABLE_SIZE - 1, code, 4, NULL), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(load(TABLE_DA - 63 + ALIAS, code, 64, NULL), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(fill(TABLE_DA, 1, 0), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(fill(TABLE_DA - 64, 64, 0), TEE_SUCCESS);
	assert_int_equal(load(TABLE_DA + FW_TABLE_SIZE, code, 64, NULL), TEE_SUCCESS);
	assert_true(table_readable());
}

/* The normal world's bytes, and those of an image that was given up, are gone before the next one's first segment. */
static void test_nothing_is_left(void **state)
{
	static const uint8_t planted[FW_TABLE_SIZE] = {0xAA};
	uint8_t buf[64];

	assert_int_equal(rig_ns_write(SECOND_DA, fw_table, FW_TABLE_SIZE), 0);
	assert_int_equal(stock_load(TABLE_DA, FW_TABLE_SIZE), TEE_SUCCESS);
	assert_true(table_readable()); /* the planted one did not make it two */
	assert_int_equal(verify(RIG_EC, EC, NULL, 0, 0), TEE_SUCCESS);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_ERROR_BAD_STATE); /* neither old nor new */
	assert_int_equal(da_to_pa(TABLE_DA, FW_TABLE_SIZE), TEE_SUCCESS);
	assert_int_equal(load(SECOND_DA, planted, sizeof(planted), NULL), TEE_SUCCESS);
	assert_int_equal(rig.n_windows, 0);
	assert_int_equal(peek(TABLE_DA, buf, sizeof(buf)), TEE_SUCCESS);
	assert_true(cw_span_zero(cw_span(buf, sizeof(buf))));
	assert_int_equal(peek(0, buf, sizeof(buf)), TEE_SUCCESS);
	assert_true(cw_span_zero(cw_span(buf, sizeof(buf))));
	assert_false(rig.unlocked_write);
}

/* After STOP it loads without RELEASE. */
static void test_load_again(void **state)
{
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(stock_load(TABLE_DA, FW_TABLE_SIZE), TEE_SUCCESS);
		assert_true(table_readable());
		assert_true(writable(0x30));
		assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_SUCCESS);
		assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_SUCCESS);
	}
}

static void test_policy(void **state)
{
	rig.fuses.require = CW_FUSE_REQUIRE_VERSION;
	assert_int_equal(stock_load(TABLE_DA, FW_TABLE_SIZE), TEE_ERROR_SECURITY);
	assert_int_equal(rig_locked(), 0);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_ERROR_BAD_STATE);
	rig.fuses.require = 0;
	assert_int_equal(stock_load(TABLE_DA, FW_TABLE_SIZE), TEE_SUCCESS);
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);

	/* a version of firmware has run */
	assert_int_equal(verify(RIG_EC, EC, NULL, 0, 0), TEE_SUCCESS);
	boot();
	assert_int_equal(set_version(4), TEE_SUCCESS);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_SUCCESS);
	while (rig_timer_fire())
		;
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_SUCCESS);
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
	assert_int_equal(stock_load(TABLE_DA, FW_TABLE_SIZE), TEE_ERROR_SECURITY);
	assert_int_equal(rig_locked(), 0);
}

/* It leaves what it likes in the high halves of SET_MEMORY; ours does not. */
static void test_high_halves(void **state)
{
	static const uint32_t types = TEE_PARAM_TYPES(VI, VI, VI, VI);

	assert_int_equal(load(0, code, sizeof(code), NULL), TEE_SUCCESS);
	assert_int_equal(fill(0x7f8100001000, 0x2000000040, 0), TEE_SUCCESS);
	memset(par, 0, sizeof(par));
	par[1].val.a = 0x1000;
	par[2].val.a = 64;
	par[3].val.b = 0x7fff;
	assert_int_equal(invoke(PTA_RPROC_SET_MEMORY, types), TEE_SUCCESS);
	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	assert_int_equal(fill(0x7f8100001000, 64, 0), TEE_ERROR_ACCESS_DENIED);
	memset(par, 0, sizeof(par));
	par[1].val.a = 0x1000;
	par[2].val.a = 64;
	par[3].val.b = 0x7fff;
	assert_int_equal(invoke(PTA_RPROC_SET_MEMORY, types), TEE_ERROR_BAD_PARAMETERS);
}

/* Ours asks DA_TO_PA for many things, and says itself what the table is. */
static void test_ours_is_not_it(void **state)
{
	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	assert_int_equal(load(TABLE_DA, fw_table, FW_TABLE_SIZE, NULL), TEE_SUCCESS);
	assert_int_equal(da_to_pa(TABLE_DA, FW_TABLE_SIZE), TEE_SUCCESS);
	assert_int_equal(rig.n_windows, 0);
}

static bool whole_life(void)
{
	return stock_load(TABLE_DA, FW_TABLE_SIZE) == TEE_SUCCESS && table_readable() &&
	       fill(0x100, 64, 0) == TEE_SUCCESS && simple(PTA_RPROC_FIRMWARE_START) == TEE_SUCCESS &&
	       simple(PTA_RPROC_FIRMWARE_STOP) == TEE_SUCCESS &&
	       simple(PTA_RPROC_RELEASE) == TEE_SUCCESS;
}

static void test_every_bus_call_fails(void **state)
{
	unsigned total, noticed = 0;

	rig.calls = 0;
	assert_true(whole_life());
	total = rig.calls;
	assert_in_range(total, 40, 150);
	for (unsigned at = 1; at <= total; at++) {
		rig.calls = 0;
		rig.fail_at = at;
		noticed += !whole_life();
		rig.fail_at = 0;
		simple(PTA_RPROC_FIRMWARE_STOP);
		assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
		assert_int_equal(rig_locked(), 0);
		assert_int_equal(rig.n_windows, 0);
		assert_true(rig_memory_zero());
		assert_false(rig.running_change);
	}
	assert_in_range(noticed, total / 2, total);
}

/* Ours has loaded, and dies; what takes its place must not inherit that it was allowed to. */
static void test_policy_after_ours(void **state)
{
	assert_int_equal(verify(RIG_EC, EC, NULL, 0, 0), TEE_SUCCESS);
	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	assert_int_equal(load(0, code, sizeof(code), NULL), TEE_SUCCESS);
	rig.fuses.require = CW_FUSE_REQUIRE_VERSION;
	assert_int_equal(stock_load(TABLE_DA, FW_TABLE_SIZE), TEE_ERROR_SECURITY);
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
}

/* What the normal world wrote while the memory was open must not be run because no segment covers it. */
static void test_planted_bytes_are_gone(void **state)
{
	static const uint8_t planted[16] = {0xEE, 0xEE}, zeros[16];
	uint8_t buf[16];

	assert_int_equal(rig_ns_write(SECOND_DA + 0x1000, planted, sizeof(planted)), 0);
	assert_int_equal(verify(RIG_EC, EC, NULL, 0, 0), TEE_SUCCESS);
	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	assert_int_equal(load(0, code, sizeof(code), NULL), TEE_SUCCESS);
	assert_int_equal(peek(SECOND_DA + 0x1000, buf, sizeof(buf)), TEE_SUCCESS);
	assert_memory_equal(buf, zeros, sizeof(buf));
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_windows),	 T(test_alias),		  T(test_not_the_table),
		T(test_empty_table),	 T(test_two_tables),	  T(test_found_everywhere),
		T(test_table_stays),	 T(test_nothing_is_left), T(test_load_again),
		T(test_policy),		 T(test_high_halves),	  T(test_ours_is_not_it),
		T(test_every_bus_call_fails), T(test_policy_after_ours),
		T(test_planted_bytes_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
