// SPDX-License-Identifier: BSD-2-Clause
/* A processor's life under the platform service: windows, start and stop, quarantine, rollback, and
 * every step failing */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pta_calls.h"

/* ---- life ---- */

static void expect_table(bool readable, bool status_writable, bool trace)
{
	uint8_t buf[FW_TABLE_SIZE];

	assert_int_equal(rig_ns_read(TABLE_DA, buf, FW_TABLE_SIZE), readable ? 0 : -EACCES);
	assert_int_equal(rig_ns_write(TABLE_DA + 0x30, "\x04", 1), status_writable ? 0 : -EACCES);
	assert_int_equal(rig_ns_write(TABLE_DA + 0x31, "\x04", 1), -EACCES);
	assert_int_equal(rig_ns_write(TABLE_DA + 0x60, "\x04", 1), -EACCES);
	assert_int_equal(rig_ns_read(FW_TRACE_DA, buf, 16), trace ? 0 : -EACCES);
	assert_int_equal(rig_ns_write(FW_TRACE_DA, buf, 1), -EACCES);
	assert_int_equal(rig_ns_read(FW_TRACE_DA + FW_TRACE_LEN, buf, 1), -EACCES);
	assert_int_equal(rig_ns_read(TABLE_DA - 1, buf, 1), -EACCES);
	assert_int_equal(rig_ns_read(TABLE_DA + FW_TABLE_SIZE, buf, 1), -EACCES);
}

static void test_windows(void **state)
{
	uint8_t buf[4];

	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	assert_int_equal(write_table(TABLE_DA, fw_table, FW_TABLE_SIZE), TEE_SUCCESS);
	expect_table(false, false, false);
	assert_int_equal(windows(TABLE_DA, FW_TABLE_SIZE), TEE_SUCCESS);
	expect_table(true, false, false);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_SUCCESS);
	expect_table(true, true, true);
	assert_int_equal(rig_ns_write(TABLE_DA + 0x40, "12345678", 8), 0); /* notifyid, pa */
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_SUCCESS);
	expect_table(true, false, true); /* a crashed firmware's last words */
	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	expect_table(false, false, false); /* what is loaded next is not for them */
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
	assert_int_equal(rig_ns_read(TABLE_DA, buf, 4), 0);
	assert_int_equal(rig.n_windows, 0);
}

static void test_windows_refused(void **state)
{
	uint8_t table[FW_TABLE_SIZE];

	assert_int_equal(windows(TABLE_DA, FW_TABLE_SIZE), TEE_ERROR_BAD_STATE);
	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	assert_int_equal(windows(TABLE_DA, FW_TABLE_SIZE), TEE_ERROR_BAD_FORMAT); /* zeros */
	assert_int_equal(windows(TABLE_DA, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(windows(TABLE_DA, 5000), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(windows(0x10040000, 64), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(write_table(0x10040000, fw_table, FW_TABLE_SIZE), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(rig.n_windows, 0);
	boot();
	/* once announced, only the host's fields may change, and only at its place */
	memcpy(table, fw_table, sizeof(table));
	table[0x30] = 7;
	assert_int_equal(write_table(TABLE_DA, table, sizeof(table)), TEE_SUCCESS);
	assert_int_equal(write_table(TABLE_DA + 8, table, sizeof(table)), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(write_table(TABLE_DA, table, sizeof(table) - 1), TEE_ERROR_ACCESS_DENIED);
	table[0x60]++;
	assert_int_equal(write_table(TABLE_DA, table, sizeof(table)), TEE_ERROR_ACCESS_DENIED);
}

static void test_start_stop(void **state)
{
	unsigned resets;

	boot();
	assert_int_equal(rig.releases, 0);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_SUCCESS);
	assert_int_equal(rig.releases, 1);
	assert_int_equal(rig.gcr & 1, 0); /* held again: it cannot restart by itself */
	assert_int_equal(rig.core.state, CW_CORE_RUNNING);
	resets = rig.resets;
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_SUCCESS);
	assert_int_equal(rig.resets, resets + 1);
	assert_int_equal(rig.core.state, CW_CORE_HELD);
	assert_int_equal(rig_locked(), 2);
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
	assert_true(rig_memory_zero());
	assert_int_equal(rig_locked(), 0);
	assert_false(rig.running_change);
}

static void test_quarantine(void **state)
{
	boot();
	rig.fail_at = rig.calls + 5; /* the first region's return */
	assert_int_not_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
	rig.fail_at = 0;
	memset(par, 0, sizeof(par));
	assert_int_equal(invoke(PTA_CW_STATUS, TEE_PARAM_TYPES(VI, VO, NONE, NONE)), 0);
	assert_int_equal(par[1].val.b, 1);
	assert_true(rig_locked() >= 1);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_ERROR_BAD_STATE);
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
	assert_int_equal(rig_locked(), 0);
	assert_true(rig_memory_zero());
	boot();
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_SUCCESS);
}

/* ---- rollback ---- */

static void start_version(uint64_t v, enum rig_key key)
{
	assert_int_equal(verify(key, key == RIG_EC ? EC : RSA, NULL, 0, 0), TEE_SUCCESS);
	boot();
	assert_int_equal(set_version(v), TEE_SUCCESS);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_SUCCESS);
}

static void stop(void)
{
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_SUCCESS);
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
}

static unsigned fire_all(void)
{
	unsigned ms = 0;

	while (rig.timer_fn) {
		ms += rig.timer_ms;
		rig_timer_fire();
	}
	return ms;
}

static void test_rollback_by_life(void **state)
{
	assert_int_equal(set_version(1), TEE_ERROR_BAD_STATE);
	start_version(0x100000005, RIG_RSA);
	assert_int_equal(minimum(), 0); /* not before it showed life */
	assert_int_equal(fire_all(), 500);
	assert_int_equal(minimum(), 0x100000005);
	stop();
	start_version(3, RIG_RSA); /* never down */
	fire_all();
	stop();
	assert_int_equal(minimum(), 0x100000005);
	start_version(2, RIG_EC); /* each key has its own */
	fire_all();
	assert_int_equal(minimum(), 2);
	stop();
	assert_int_equal(verify(RIG_RSA, RSA, NULL, 0, 0), TEE_SUCCESS);
	assert_int_equal(minimum(), 0x100000005);
	assert_int_equal(verify(RIG_RSA, RSA, NULL, 0, 5), TEE_ERROR_SIGNATURE_INVALID);
	assert_int_equal(minimum(), 0x100000005); /* no key known: the highest */
}

static void test_rollback_by_driver(void **state)
{
	start_version(6, RIG_RSA);
	rig_timer_fire();
	assert_int_equal(minimum(), 0);
	assert_int_equal(rig_ns_write(TABLE_DA + 0x30, "\x07", 1), 0);
	rig_timer_fire();
	assert_int_equal(minimum(), 6);
	assert_null(rig.timer_fn);
	stop();
	start_version(7, RIG_RSA); /* seen only at the stop */
	assert_int_equal(rig_ns_write(TABLE_DA + 0x30, "\x07", 1), 0);
	stop();
	assert_int_equal(minimum(), 7);
	start_version(8, RIG_RSA); /* stopped too early */
	stop();
	assert_null(rig.timer_fn);
	assert_int_equal(minimum(), 7);
}

static void test_rollback_crash(void **state)
{
	start_version(9, RIG_RSA);
	cw_pta_remoteproc.crash(&rig.env, NULL);
	fire_all();
	assert_int_equal(rig_ns_write(TABLE_DA + 0x30, "\x07", 1), 0);
	stop();
	assert_int_equal(minimum(), 0);
	start_version(9, RIG_RSA); /* the event is late, the counter is not */
	rig.core.crashes++;
	fire_all();
	stop();
	assert_int_equal(minimum(), 0);
	start_version(9, RIG_RSA);
	rig.core.state = CW_CORE_LOCKUP;
	fire_all();
	stop();
	assert_int_equal(minimum(), 0);
	start_version(9, RIG_RSA);
	rig.core.state = CW_CORE_SLEEPING;
	fire_all();
	assert_int_equal(minimum(), 9);
	stop();
}

static void test_rollback_file(void **state)
{
	static const char *const bad[] = {"m4", "m4 00 1\n", "m4 xyz 1\n", "nonsense\n"};
	char text[256], hex[65], compatible[64];
	long n;

	start_version(4, RIG_RSA);
	fire_all();
	stop();
	n = rig_read_file("rollback", text, sizeof(text) - 1);
	assert_in_range(n, 70, 80);
	text[n] = '\0';
	rig_fingerprint(RIG_RSA, hex);
	assert_memory_equal(text, "m4 ", 3);
	assert_memory_equal(text + 3, hex, 64);
	assert_string_equal(text + 67, " 4\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig_write_file("rollback", bad[i], strlen(bad[i]));
		memset(par, 0, sizeof(par));
		par[3].mem.buf = (uint8_t *)compatible;
		par[3].mem.size = sizeof(compatible);
		assert_int_equal(invoke(PTA_CW_BOARD_INFO, TEE_PARAM_TYPES(VI, VO, VO, MO)),
				 TEE_ERROR_CORRUPT_OBJECT);
	}
	snprintf(text, sizeof(text), "other %s 9\nm4 %s 18446744073709551615\n", hex, hex);
	rig_write_file("rollback", text, strlen(text));
	assert_int_equal(minimum(), UINT64_MAX);
	strcpy(text + strlen(text) - 1, "0\n");
	rig_write_file("rollback", text, strlen(text));
	memset(par, 0, sizeof(par));
	par[3].mem.buf = (uint8_t *)compatible;
	par[3].mem.size = sizeof(compatible);
	assert_int_equal(invoke(PTA_CW_BOARD_INFO, TEE_PARAM_TYPES(VI, VO, VO, MO)),
			 TEE_ERROR_CORRUPT_OBJECT);
}

/* ---- every step fails once ---- */

static bool whole_life(void)
{
	static const uint8_t vectors[64] = {1};

	return verify(RIG_EC, EC, NULL, 0, 0) == TEE_SUCCESS &&
	       simple(PTA_CW_LOAD_BEGIN) == TEE_SUCCESS &&
	       load(0, vectors, sizeof(vectors), NULL) == TEE_SUCCESS &&
	       fill(0x100, 64, 0) == TEE_SUCCESS &&
	       write_table(TABLE_DA, fw_table, FW_TABLE_SIZE) == TEE_SUCCESS &&
	       windows(TABLE_DA, FW_TABLE_SIZE) == TEE_SUCCESS && set_version(1) == TEE_SUCCESS &&
	       simple(PTA_RPROC_FIRMWARE_START) == TEE_SUCCESS &&
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
		assert_int_equal(rig.core.state, CW_CORE_HELD);
		assert_true(rig_memory_zero());
		assert_false(rig.running_change);
		assert_null(rig.timer_fn);
	}
	assert_in_range(noticed, total / 2, total);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_windows),	T(test_windows_refused),  T(test_start_stop),
		T(test_quarantine),	T(test_rollback_by_life), T(test_rollback_by_driver),
		T(test_rollback_crash), T(test_rollback_file),	  T(test_every_bus_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
