// SPDX-License-Identifier: BSD-2-Clause
/* The remoteproc platform service by its commands, on a bus without silicon: who and when, memory,
 * keys */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pta_calls.h"

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

	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
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
	par[1].val.b = 0x40000 - 0x123;
	assert_int_equal(invoke(PTA_CW_PLACE, TEE_PARAM_TYPES(VI, VI, VO, NONE)), 0);
	assert_int_equal(par[2].val.a, 0x10000123);
	par[1].val.b++;
	assert_int_equal(invoke(PTA_CW_PLACE, TEE_PARAM_TYPES(VI, VI, VO, NONE)), TEE_ERROR_ACCESS_DENIED);
}

static TEE_Result search(uint32_t da, uint32_t len)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = da;
	par[1].val.b = len;
	par[2].val.a = par[2].val.b = 0x77;
	return invoke(PTA_CW_SEARCH, TEE_PARAM_TYPES(VI, VI, VO, NONE));
}

/* The head of a table is found wherever it lies, also across the pieces that are looked at. */
static void test_search(void **state)
{
	static const uint8_t head[16] = {1, 0, 0, 0, 3};

	assert_int_equal(search(0x10000000, 16), TEE_ERROR_BAD_STATE);
	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	for (int maps = 0; maps < 2; maps++) {
		rig.no_maps = !maps;
		for (uint32_t at = 32700; at < 32800; at += 4) {
			assert_int_equal(load(0x10000000 + at, head, sizeof(head), NULL), 0);
			assert_int_equal(search(0x10000000, 0x40000), TEE_SUCCESS);
			assert_int_equal(par[2].val.a, at);
			assert_int_equal(par[2].val.b, 0);
			assert_int_equal(search(0x30000000 + at, 16), TEE_SUCCESS); /* its other address */
			assert_int_equal(par[2].val.a, 0);
			assert_int_equal(search(0x10000000 + at, 15), TEE_SUCCESS);
			assert_int_equal(par[2].val.a, 15);
			assert_int_equal(search(0x10000000 + at + 4, 0x100), TEE_SUCCESS);
			assert_int_equal(par[2].val.a, 0x100);
			assert_int_equal(search(0x10000002, 0x40000 - 4), TEE_SUCCESS);
			assert_int_equal(par[2].val.a, 0x40000 - 4); /* not in step with it */
			assert_int_equal(fill(0x10000000 + at, sizeof(head), 0), 0);
		}
	}
	assert_int_equal(search(0x10000000, 0), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(search(0x10000000, 0x40001), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(search(0xFFFFFFF0, 0x20), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(search(0x50000000, 4), TEE_ERROR_ACCESS_DENIED);
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

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_open),	      T(test_commands),
		T(test_load),	      T(test_load_without_maps),
		T(test_load_where),   T(test_fill),
		T(test_addresses),    T(test_search),	 T(test_texts),
		T(test_verify),	      T(test_verify_storage),
		T(test_verify_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
