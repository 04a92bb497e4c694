// SPDX-License-Identifier: BSD-2-Clause
/* The remoteproc platform service by its commands, on a bus without silicon */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "rig.h"
#include "secure/api/remoteproc_pta.h"
#include "secure/api/remoteproc_ta.h"

#define NONE TEE_PARAM_TYPE_NONE
#define VI   TEE_PARAM_TYPE_VALUE_INPUT
#define VO   TEE_PARAM_TYPE_VALUE_OUTPUT
#define MI   TEE_PARAM_TYPE_MEMREF_INPUT
#define MO   TEE_PARAM_TYPE_MEMREF_OUTPUT

static const TEE_UUID ta = TA_RPROC_UUID;
static void *ctx;
static union cw_pta_param par[4];

static TEE_Result invoke(uint32_t cmd, uint32_t types)
{
	return cw_pta_remoteproc.invoke(&rig.env, ctx, cmd, types, par);
}

static TEE_Result simple(uint32_t cmd)
{
	memset(par, 0, sizeof(par));
	return invoke(cmd, TEE_PARAM_TYPES(VI, NONE, NONE, NONE));
}

static int setup(void **state)
{
	rig_new();
	memset(par, 0, sizeof(par));
	return cw_pta_remoteproc.open(&rig.env, &ta, TEE_PARAM_TYPES(VI, NONE, NONE, NONE), par,
				      &ctx);
}

static int teardown(void **state)
{
	rig_free();
	return 0;
}

static TEE_Result load(uint32_t da, const void *data, size_t len, const uint8_t *hash)
{
	uint8_t right[32];

	test_sha256(data, len, right);
	memset(par, 0, sizeof(par));
	par[1].mem.buf = (uint8_t *)(uintptr_t)data;
	par[1].mem.size = len;
	par[2].val.a = da;
	par[3].mem.buf = (uint8_t *)(uintptr_t)(hash ? hash : right);
	par[3].mem.size = 32;
	return invoke(PTA_RPROC_LOAD_SEGMENT_SHA256, TEE_PARAM_TYPES(VI, MI, VI, MI));
}

static TEE_Result fill(uint64_t da, uint64_t size, uint32_t byte)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = (uint32_t)da;
	par[1].val.b = (uint32_t)(da >> 32);
	par[2].val.a = (uint32_t)size;
	par[2].val.b = (uint32_t)(size >> 32);
	par[3].val.a = byte;
	return invoke(PTA_RPROC_SET_MEMORY, TEE_PARAM_TYPES(VI, VI, VI, VI));
}

static TEE_Result peek(uint32_t da, void *buf, size_t len)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = da;
	par[2].mem.buf = buf;
	par[2].mem.size = len;
	return invoke(PTA_CW_READ_MEMORY, TEE_PARAM_TYPES(VI, VI, MO, NONE));
}

static TEE_Result verify(enum rig_key key, uint32_t algo, const void *info, size_t info_len,
			 unsigned damage)
{
	static uint8_t sig[512], head[8 + 1100], digest[32] = {1, 2, 3};
	size_t len = rig_sign(rig_key(key), digest, sig);

	if (damage)
		sig[damage % len] ^= 1;
	cw_put_le32(head, algo);
	cw_put_le32(head + 4, (uint32_t)info_len);
	if (info_len)
		memcpy(head + 8, info, info_len);
	memset(par, 0, sizeof(par));
	par[1].mem.buf = head;
	par[1].mem.size = 8 + info_len;
	par[2].mem.buf = digest;
	par[2].mem.size = 32;
	par[3].mem.buf = sig;
	par[3].mem.size = len;
	return invoke(PTA_RPROC_VERIFY_DIGEST, TEE_PARAM_TYPES(VI, MI, MI, MI));
}

#define RSA 0x70004830u
#define EC  0x70003042u

static TEE_Result set_version(uint64_t v)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = (uint32_t)v;
	par[1].val.b = (uint32_t)(v >> 32);
	return invoke(PTA_CW_SET_VERSION, TEE_PARAM_TYPES(VI, VI, NONE, NONE));
}

static uint64_t minimum(void)
{
	char compatible[64];

	memset(par, 0, sizeof(par));
	par[3].mem.buf = (uint8_t *)compatible;
	par[3].mem.size = sizeof(compatible);
	assert_int_equal(invoke(PTA_CW_BOARD_INFO, TEE_PARAM_TYPES(VI, VO, VO, MO)), TEE_SUCCESS);
	assert_string_equal(compatible, "st,stm32mp1-m4");
	return (uint64_t)par[2].val.b << 32 | par[2].val.a;
}

static TEE_Result write_table(uint32_t da, const void *table, size_t len)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = da;
	par[2].mem.buf = (uint8_t *)(uintptr_t)table;
	par[2].mem.size = len;
	return invoke(PTA_CW_WRITE_TABLE, TEE_PARAM_TYPES(VI, VI, MI, NONE));
}

static TEE_Result windows(uint32_t da, uint32_t len)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = da;
	par[1].val.b = len;
	return invoke(PTA_CW_WINDOWS, TEE_PARAM_TYPES(VI, VI, NONE, NONE));
}

#define TABLE_DA 0x10020020u

/* Loaded, with a table: ready to start. */
static void boot(void)
{
	static const uint8_t vectors[64] = {1};

	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	assert_int_equal(load(0, vectors, sizeof(vectors), NULL), TEE_SUCCESS);
	assert_int_equal(write_table(TABLE_DA, fw_table, FW_TABLE_SIZE), TEE_SUCCESS);
	assert_int_equal(windows(TABLE_DA, FW_TABLE_SIZE), TEE_SUCCESS);
}

/* ---- who and when ---- */

static void test_open(void **state)
{
	TEE_UUID other = ta;
	void *c = NULL;

	other.timeLow ^= 1;
	memset(par, 0, sizeof(par));
	assert_int_equal(cw_pta_remoteproc.open(&rig.env, &other, 1, par, &c),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(cw_pta_remoteproc.open(&rig.env, NULL, 1, par, &c),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(cw_pta_remoteproc.open(&rig.env, &ta, 0, par, &c),
			 TEE_ERROR_BAD_PARAMETERS);
	par[0].val.a = 1;
	assert_int_equal(cw_pta_remoteproc.open(&rig.env, &ta, 1, par, &c),
			 TEE_ERROR_NOT_SUPPORTED);
	assert_null(c);
	assert_int_equal(rig.tzcr & 2, 2); /* MCKPROT */
	assert_int_equal(rig.core.state, CW_CORE_HELD);
}

static void test_commands(void **state)
{
	memset(par, 0, sizeof(par));
	assert_int_equal(invoke(PTA_RPROC_HW_CAPABILITIES, TEE_PARAM_TYPES(VI, VO, VO, NONE)), 0);
	assert_int_equal(par[1].val.a, 1);
	assert_int_equal(par[2].val.a, 1);
	assert_int_equal(invoke(PTA_RPROC_HW_CAPABILITIES, 0), TEE_ERROR_BAD_PARAMETERS);
	par[0].val.a = 1;
	assert_int_equal(invoke(PTA_RPROC_HW_CAPABILITIES, TEE_PARAM_TYPES(VI, VO, VO, NONE)),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(simple(99), TEE_ERROR_NOT_IMPLEMENTED);
	assert_int_equal(simple(0x435700FF), TEE_ERROR_NOT_IMPLEMENTED);
	memset(par, 0, sizeof(par));
	assert_int_equal(invoke(PTA_RPROC_FIRMWARE_LOAD, TEE_PARAM_TYPES(VI, MI, NONE, NONE)),
			 TEE_ERROR_NOT_IMPLEMENTED);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_ERROR_BAD_STATE);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_ERROR_BAD_STATE);
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
	assert_int_equal(peek(0, par, 4), TEE_ERROR_BAD_STATE);
	boot();
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_SUCCESS);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_ERROR_BAD_STATE);
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_ERROR_BAD_STATE);
	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_ERROR_BAD_STATE);
	assert_int_equal(load(0, "x", 1, NULL), TEE_ERROR_BAD_STATE);
	assert_int_equal(fill(0, 1, 0), TEE_ERROR_BAD_STATE);
	assert_int_equal(write_table(TABLE_DA, fw_table, FW_TABLE_SIZE), TEE_ERROR_BAD_STATE);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_SUCCESS);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_ERROR_BAD_STATE);
}

/* ---- memory ---- */

static void test_load(void **state)
{
	static uint8_t data[200000], back[200000];
	static const uint8_t wrong[32];

	rig.no_maps = *state != NULL;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 >> 3);
	assert_int_equal(load(0x10000001, data, sizeof(data), NULL), TEE_SUCCESS);
	assert_int_equal(rig_locked(), 2); /* without a LOAD_BEGIN */
	assert_int_equal(peek(0x30000001, back, sizeof(back)), TEE_SUCCESS);
	assert_memory_equal(back, data, sizeof(data));
	assert_int_equal(load(0x10000001, data, 1000, wrong), TEE_ERROR_SECURITY);
	assert_int_equal(peek(0x10000001, back, 1001), TEE_SUCCESS);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(back[i], 0);
	assert_int_equal(back[1000], data[1000]);
	assert_false(rig.unlocked_write);
	assert_false(rig.running_change);
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
	assert_true(rig_memory_zero());
	assert_int_equal(rig_locked(), 0);
}

static void test_load_without_maps(void **state)
{
	void *yes = &yes;

	test_load(&yes);
}

static void test_load_where(void **state)
{
	static const uint8_t data[64] = {1};
	static const struct {
		uint32_t da;
		TEE_Result res;
	} rows[] = {
		{0x0000FFC0, TEE_SUCCESS},
		{0x0000FFC1, TEE_ERROR_ACCESS_DENIED},
		{0x38000000, TEE_ERROR_ACCESS_DENIED}, /* as the host sees RETRAM */
		{0x30000000, TEE_SUCCESS},
		{0x1003FFC0, TEE_SUCCESS},
		{0x1003FFC1, TEE_ERROR_ACCESS_DENIED},
		{0x10040000, TEE_ERROR_ACCESS_DENIED}, /* vring */
		{0x10042000, TEE_ERROR_ACCESS_DENIED}, /* buffers */
		{0x50000000, TEE_ERROR_ACCESS_DENIED},
		{0xFFFFFFC0, TEE_ERROR_ACCESS_DENIED},
		{0xFFFFFFFF, TEE_ERROR_ACCESS_DENIED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(load(rows[i].da, data, sizeof(data), NULL), rows[i].res);
		memset(par, 0, sizeof(par));
		par[1].val.a = rows[i].da;
		par[2].val.a = sizeof(data);
		assert_int_equal(
			invoke(PTA_RPROC_FIRMWARE_DA_TO_PA, TEE_PARAM_TYPES(VI, VI, VI, VO)),
			rows[i].res);
	}
	assert_int_equal(load(0, data, 0, NULL), TEE_ERROR_BAD_PARAMETERS);
	par[1].mem.size = 4;
	par[3].mem.size = 31;
	assert_int_equal(invoke(PTA_RPROC_LOAD_SEGMENT_SHA256, TEE_PARAM_TYPES(VI, MI, VI, MI)),
			 TEE_ERROR_BAD_PARAMETERS);
}

static void test_fill(void **state)
{
	uint8_t back[6];

	assert_int_equal(fill(0x10000001, 4, 0x5A), TEE_SUCCESS); /* the byte, not its truth */
	assert_int_equal(peek(0x10000000, back, 6), TEE_SUCCESS);
	assert_memory_equal(back, "\0\x5A\x5A\x5A\x5A\0", 6);
	assert_int_equal(fill(0x110000000ull, 4, 0),
			 TEE_ERROR_ACCESS_DENIED); /* high halves count */
	assert_int_equal(fill(0x10000000, 0x100000004ull, 0), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(fill(0x10000000, 4, 256), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fill(0x10000000, 0, 0), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(fill(0x10040000, 4, 0), TEE_ERROR_ACCESS_DENIED);
}

static void test_addresses(void **state)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = 0x100;
	par[2].val.a = 4;
	assert_int_equal(invoke(PTA_RPROC_FIRMWARE_DA_TO_PA, TEE_PARAM_TYPES(VI, VI, VI, VO)), 0);
	assert_int_equal(par[3].val.a, 0x38000100);
	assert_int_equal(par[3].val.b, 0);
	par[1].val.b = 1;
	assert_int_equal(invoke(PTA_RPROC_FIRMWARE_DA_TO_PA, TEE_PARAM_TYPES(VI, VI, VI, VO)),
			 TEE_ERROR_BAD_PARAMETERS);
	memset(par, 0, sizeof(par));
	par[1].val.a = 0x30000123;
	assert_int_equal(invoke(PTA_CW_CANONICAL, TEE_PARAM_TYPES(VI, VI, VO, NONE)), 0);
	assert_int_equal(par[2].val.a, 0x10000123);
}

static void test_texts(void **state)
{
	char text[1024], hex[65];

	memset(par, 0, sizeof(par));
	par[1].mem.buf = (uint8_t *)text;
	par[1].mem.size = sizeof(text);
	assert_int_equal(invoke(PTA_CW_REGIONS, TEE_PARAM_TYPES(VI, MO, NONE, NONE)), 0);
	assert_string_equal(text,
			    "retram 0x00000000..0x0000ffff, mcuram 0x30000000..0x3003ffff, mcuram2 "
			    "0x10000000..0x1003ffff");
	assert_int_equal(par[1].mem.size, strlen(text) + 1);
	par[1].mem.size = 16;
	assert_int_equal(invoke(PTA_CW_REGIONS, TEE_PARAM_TYPES(VI, MO, NONE, NONE)), 0);
	assert_string_equal(text, "retram 0x000...");
	par[1].mem.size = sizeof(text);
	assert_int_equal(invoke(PTA_CW_KEY_TEXT, TEE_PARAM_TYPES(VI, MO, NONE, NONE)), 0);
	rig_fingerprint(RIG_RSA, hex);
	assert_memory_equal(text, "RSA-2048 ", 9);
	assert_non_null(strstr(text, hex));
	rig_fingerprint(RIG_EC, hex);
	assert_non_null(strstr(text, "ECDSA P-256"));
	assert_non_null(strstr(text, hex));
	rig_fuse(2, RIG_OTHER);
	par[1].mem.size = sizeof(text);
	assert_int_equal(invoke(PTA_CW_KEY_TEXT, TEE_PARAM_TYPES(VI, MO, NONE, NONE)), 0);
	assert_non_null(strstr(text, "(not in the TEE's storage)"));
	memset(&rig.fuses, 0, sizeof(rig.fuses));
	par[1].mem.size = sizeof(text);
	assert_int_equal(invoke(PTA_CW_KEY_TEXT, TEE_PARAM_TYPES(VI, MO, NONE, NONE)), 0);
	assert_int_equal(par[1].mem.size, 0);
}

/* ---- keys ---- */

static void test_verify(void **state)
{
	const uint8_t *der;
	size_t len;

	assert_int_equal(verify(RIG_RSA, RSA, NULL, 0, 0), TEE_SUCCESS);
	assert_int_equal(verify(RIG_EC, EC, NULL, 0, 0), TEE_SUCCESS);
	assert_int_equal(verify(RIG_RSA, RSA, NULL, 0, 7), TEE_ERROR_SIGNATURE_INVALID);
	assert_int_equal(verify(RIG_EC, EC, NULL, 0, 40), TEE_ERROR_SIGNATURE_INVALID);
	assert_int_equal(verify(RIG_OTHER, RSA, NULL, 0, 0), TEE_ERROR_SIGNATURE_INVALID);
	assert_int_equal(verify(RIG_RSA, EC, NULL, 0, 0), TEE_ERROR_SIGNATURE_INVALID);
	assert_int_equal(verify(RIG_EC, RSA, NULL, 0, 0), TEE_ERROR_SIGNATURE_INVALID);
	assert_int_equal(verify(RIG_RSA, 0x70414930, NULL, 0, 0), TEE_ERROR_NOT_SUPPORTED);
	/* PKEYINFO selects among fused keys, and only that */
	len = rig_spki(RIG_RSA, &der);
	assert_int_equal(verify(RIG_RSA, RSA, der, len, 0), TEE_SUCCESS);
	assert_int_equal(verify(RIG_EC, EC, der, len, 0), TEE_ERROR_SIGNATURE_INVALID);
	len = rig_spki(RIG_OTHER, &der);
	assert_int_equal(verify(RIG_OTHER, RSA, der, len, 0), TEE_ERROR_SECURITY);
	assert_int_equal(verify(RIG_RSA, RSA, "x", 1, 0), TEE_ERROR_SECURITY);
}

static void test_verify_storage(void **state)
{
	char name[80], hex[65];
	const uint8_t *der;
	size_t len = rig_spki(RIG_OTHER, &der);

	/* another key under the name of a fused one: the fuse decides */
	rig_fingerprint(RIG_RSA, hex);
	snprintf(name, sizeof(name), "keys/%s.der", hex);
	rig_write_file(name, der, len);
	assert_int_equal(verify(RIG_OTHER, RSA, NULL, 0, 0), TEE_ERROR_SIGNATURE_INVALID);
	memset(rig.fuses.key[1], 0, 32);
	assert_int_equal(verify(RIG_OTHER, RSA, NULL, 0, 0), TEE_ERROR_SECURITY);
	rig_write_file(name, NULL, 0);
	assert_int_equal(verify(RIG_RSA, RSA, NULL, 0, 0), TEE_ERROR_SECURITY);
	memset(&rig.fuses, 0, sizeof(rig.fuses)); /* blank: nothing is trusted */
	assert_int_equal(verify(RIG_RSA, RSA, NULL, 0, 0), TEE_ERROR_SECURITY);
}

static void test_verify_sizes(void **state)
{
	uint32_t types = TEE_PARAM_TYPES(VI, MI, MI, MI);

	verify(RIG_RSA, RSA, NULL, 0, 0);
	par[2].mem.size = 31;
	assert_int_equal(invoke(PTA_RPROC_VERIFY_DIGEST, types), TEE_ERROR_BAD_PARAMETERS);
	verify(RIG_RSA, RSA, NULL, 0, 0);
	par[1].mem.size = 7;
	assert_int_equal(invoke(PTA_RPROC_VERIFY_DIGEST, types), TEE_ERROR_BAD_PARAMETERS);
	par[1].mem.size = 9; /* more than it says */
	assert_int_equal(invoke(PTA_RPROC_VERIFY_DIGEST, types), TEE_ERROR_BAD_PARAMETERS);
	verify(RIG_RSA, RSA, NULL, 0, 0);
	par[3].mem.size--;
	assert_int_equal(invoke(PTA_RPROC_VERIFY_DIGEST, types), TEE_ERROR_SIGNATURE_INVALID);
	par[3].mem.size = 0;
	assert_int_equal(invoke(PTA_RPROC_VERIFY_DIGEST, types), TEE_ERROR_SIGNATURE_INVALID);
	par[3].mem.size = 513;
	assert_int_equal(invoke(PTA_RPROC_VERIFY_DIGEST, types), TEE_ERROR_SIGNATURE_INVALID);
}

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
		T(test_open),
		T(test_commands),
		T(test_load),
		T(test_load_without_maps),
		T(test_load_where),
		T(test_fill),
		T(test_addresses),
		T(test_texts),
		T(test_verify),
		T(test_verify_storage),
		T(test_verify_sizes),
		T(test_windows),
		T(test_windows_refused),
		T(test_start_stop),
		T(test_quarantine),
		T(test_rollback_by_life),
		T(test_rollback_by_driver),
		T(test_rollback_crash),
		T(test_rollback_file),
		T(test_every_bus_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
