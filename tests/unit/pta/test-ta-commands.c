// SPDX-License-Identifier: BSD-2-Clause
/*
 * The remoteproc TA by its commands, with the real platform service behind it on a bus without
 * silicon: sessions, the states and codes of OP-TEE's TA, and that the judge's words reach the
 * client
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "ta_calls.h"

/* ---- sessions ---- */

static void test_sessions(void **state)
{
	void *second = NULL;
	uint64_t pa, size;

	assert_int_equal(TA_OpenSessionEntryPoint(0, par, &second), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(open_session(1, &second), TEE_ERROR_NOT_SUPPORTED);
	assert_null(second);
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(open_session(0, &second), TEE_SUCCESS); /* many may watch */
	TA_CloseSessionEntryPoint(session);
	session = second;
	assert_int_equal(status(), 1);
	TA_CloseSessionEntryPoint(session); /* the last one: nothing is released */
	assert_int_equal(rig_locked(), 2);
	assert_int_equal(open_session(0, &session), TEE_SUCCESS);
	assert_int_equal(get_table(&pa, &size), TEE_SUCCESS);
	assert_int_equal(pa, TABLE_DA);
	memset(par, 0, sizeof(par));
	par[0].value.a = 1;
	assert_int_equal(invoke(TA_RPROC_CMD_STOP_FW, TEE_PARAM_TYPES(VI, NONE, NONE, NONE)),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_non_null(strstr(reason(CW_CODE_PARAM), "session is for processor 0"));
}

static void test_wrong_calls(void **state)
{
	assert_int_equal(START(), TEE_ERROR_BAD_PARAMETERS); /* never loaded */
	assert_int_equal(STOP(), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(RELEASE(), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(simple(99), TEE_ERROR_BAD_PARAMETERS);
	assert_non_null(strstr(reason(CW_CODE_PARAM), "0x63 does not exist"));
	assert_int_equal(simple(TA_RPROC_CMD_LOAD_FW), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(load_bytes(TA_RPROC_CMD_LOAD_FW, NULL, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(load_bytes(TA_RPROC_CMD_LOAD_FW, "x", 1), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(START(), TEE_ERROR_BAD_STATE); /* now a LOAD was tried */
	memset(par, 0, sizeof(par));
	assert_int_equal(invoke(TA_RPROC_CMD_GET_COREDUMP, TEE_PARAM_TYPES(VI, MO, NONE, NONE)),
			 TEE_ERROR_NOT_IMPLEMENTED);
	memset(par, 0, sizeof(par));
	assert_int_equal(invoke(TA_CW_CMD_REASON, TEE_PARAM_TYPES(VI, MO, VO, VO)),
			 TEE_ERROR_SHORT_BUFFER);
	assert_in_range(par[1].memref.size, 10, CW_REFUSAL_TEXT_MAX);
}

static void test_version(void **state)
{
	char ta[64], tee[64];

	memset(par, 0, sizeof(par));
	par[1].memref.buffer = ta;
	par[1].memref.size = sizeof(ta);
	par[2].memref.buffer = tee;
	par[2].memref.size = sizeof(tee);
	assert_int_equal(invoke(TA_CW_CMD_VERSION, TEE_PARAM_TYPES(VI, MO, MO, NONE)), TEE_SUCCESS);
	assert_string_equal(ta, "a description 7.1");
	assert_int_equal(par[1].memref.size, sizeof("a description 7.1"));
	assert_string_equal(tee, "a TEE 12");
	par[2].memref.size = 8;
	assert_int_equal(invoke(TA_CW_CMD_VERSION, TEE_PARAM_TYPES(VI, MO, MO, NONE)), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(par[2].memref.size, sizeof("a TEE 12"));
}

/* ---- states, as OP-TEE's TA has them ---- */

static void test_states(void **state)
{
	uint64_t pa, size;

	load_bytes(TA_RPROC_CMD_LOAD_FW, "x", 1);
	assert_int_equal(START(), TEE_ERROR_BAD_STATE); /* OFF */
	assert_int_equal(STOP(), TEE_SUCCESS);
	assert_int_equal(RELEASE(), TEE_SUCCESS);
	assert_int_equal(get_table(&pa, &size), TEE_ERROR_BAD_STATE);
	assert_int_equal(load(), TEE_SUCCESS); /* LOADED */
	assert_int_equal(status(), 1);
	assert_int_equal(STOP(), TEE_ERROR_BAD_STATE);
	assert_int_equal(get_table(&pa, &size), TEE_SUCCESS);
	assert_int_equal(pa, TABLE_DA);
	assert_int_equal(size, FW_TABLE_SIZE);
	assert_int_equal(START(), TEE_SUCCESS); /* STARTED */
	assert_int_equal(status(), 2);
	assert_int_equal(rig.core.state, CW_CORE_RUNNING);
	assert_int_equal(START(), TEE_SUCCESS);
	assert_int_equal(rig.releases, 1);
	assert_int_equal(load(), TEE_ERROR_BAD_STATE);
	assert_int_equal(RELEASE(), TEE_ERROR_BAD_STATE);
	assert_int_equal(get_table(&pa, &size), TEE_SUCCESS);
	assert_int_equal(STOP(), TEE_SUCCESS); /* OFF, memory kept */
	assert_int_equal(status(), 0);
	assert_false(rig_memory_zero());
	assert_int_equal(START(), TEE_ERROR_BAD_STATE);
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(RELEASE(), TEE_SUCCESS);
	assert_int_equal(status(), 0);
	assert_true(rig_memory_zero());
	assert_int_equal(rig_locked(), 0);
}

static void test_load_again(void **state)
{
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(load(), TEE_SUCCESS); /* the same */
	make_image(RIG_RSA);
	assert_int_equal(load(), TEE_ERROR_BAD_STATE);
	assert_non_null(strstr(reason(CW_CODE_STATE), "another image is loaded"));
	assert_int_equal(status(), 1);
	assert_int_equal(START(), TEE_SUCCESS);
	assert_int_equal(STOP(), TEE_SUCCESS);
	assert_int_equal(load(), TEE_SUCCESS);
}

/* ---- what the judge says reaches the client ---- */

static void test_refusals(void **state)
{
	char hex[65];

	assert_int_equal(verify(), TEE_SUCCESS);

	image[20 + 8] = 3;
	refused(load(), TEE_ERROR_NOT_SUPPORTED, CW_CODE_UNSUPPORTED, "signature type 3");
	make_image(RIG_EC);
	image[0] ^= 1;
	refused(load(), TEE_ERROR_BAD_PARAMETERS, CW_CODE_MAGIC, "0x3543a468");
	make_image(RIG_EC);
	image_size--;
	refused(load(), TEE_ERROR_BAD_PARAMETERS, CW_CODE_TRUNCATED, "announces");
	make_image(RIG_EC);
	refused(load_bytes(TA_RPROC_CMD_LOAD_FW, elf, fw_elf(&fw, elf, sizeof(elf))),
		TEE_ERROR_BAD_PARAMETERS, CW_CODE_PLAIN_ELF, "sign it first");
	make_image(RIG_OTHER);
	rig_fingerprint(RIG_RSA, hex);
	refused(load(), TEE_ERROR_SIGNATURE_INVALID, CW_CODE_SIGNATURE, hex);

	fw_standard(&fw);
	fw.seg[1].paddr = 0x10040000;
	pack(RIG_RSA);
	finish(RIG_RSA);
	refused(load(), TEE_ERROR_ACCESS_DENIED, CW_CODE_ADDRESS, "retram 0x00000000..0x0000ffff");

	fw_standard(&fw);
	fw.seg[1].paddr = 0x30020100;
	pack(RIG_RSA);
	finish(RIG_RSA);
	refused(load(), TEE_ERROR_BAD_PARAMETERS, CW_CODE_OVERLAP, "name the same memory");

	make_image(RIG_RSA);
	image[image_size - 400] ^= 1; /* in the last segment's bytes */
	refused(load(), TEE_ERROR_SECURITY, CW_CODE_HASH, "segment 2 (0x10020000, 512 bytes)");
	refused(verify(), TEE_ERROR_SECURITY, CW_CODE_HASH, "segment 2");
	refused(load(), TEE_ERROR_SECURITY, CW_CODE_HASH, hex); /* the trusted key is named */

	fw_standard(&fw);
	fw.table_segment = -1;
	pack(RIG_RSA);
	finish(RIG_RSA);
	refused(load(), TEE_ERROR_BAD_FORMAT, CW_CODE_RSC_TABLE, "changed after signing");

	make_image(RIG_EC);
	assert_int_equal(load(), TEE_SUCCESS); /* the next good image boots */
	assert_int_equal(START(), TEE_SUCCESS);
}

static void test_keys(void **state)
{
	const uint8_t *der;
	size_t len;

	len = rig_spki(RIG_OTHER, &der);
	fw_standard(&fw);
	pack(RIG_RSA);
	box_record(&box, 0x11, der, len);
	finish(RIG_RSA);
	refused(load(), TEE_ERROR_SECURITY, CW_CODE_KEY, "PKEYINFO");
	len = rig_spki(RIG_RSA, &der);
	pack(RIG_RSA);
	box_record(&box, 0x11, der, len);
	finish(RIG_RSA);
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(RELEASE(), TEE_SUCCESS);
	memset(&rig.fuses, 0, sizeof(rig.fuses));
	make_image(RIG_RSA);
	refused(load(), TEE_ERROR_SECURITY, CW_CODE_KEY, "fuses are blank");
	rig_fuse(3, RIG_OTHER);
	refused(load(), TEE_ERROR_SECURITY, CW_CODE_KEY, "not in the TEE's storage");
}

static void test_policy(void **state)
{
	rig.fuses.require = CW_FUSE_REQUIRE_VERSION;
	refused(load(), TEE_ERROR_SECURITY, CW_CODE_REQUIRED, "firmware version");
	add_version(5);
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(START(), TEE_SUCCESS);
	memset(par, 0, sizeof(par));
	assert_int_equal(invoke(TA_CW_CMD_ROLLBACK, TEE_PARAM_TYPES(VI, VO, VO, NONE)),
			 TEE_SUCCESS);
	assert_int_equal(par[1].value.a, 0);
	assert_int_equal(par[2].value.a, 5);
	while (rig_timer_fire())
		;
	memset(par, 0, sizeof(par));
	assert_int_equal(invoke(TA_CW_CMD_ROLLBACK, TEE_PARAM_TYPES(VI, VO, VO, NONE)),
			 TEE_SUCCESS);
	assert_int_equal(par[1].value.a, 5);
	assert_int_equal(STOP(), TEE_SUCCESS);
	add_version(4);
	refused(load(), TEE_ERROR_SECURITY, CW_CODE_ROLLBACK, "older than 5");
	fw_standard(&fw);
	pack(RIG_EC);
	box_record(&box, 0x1C003, "st,stm32mp2-m33", 15);
	box_record(&box, 0x1C002, "\6\0\0\0\0\0\0\0", 8);
	finish(RIG_EC);
	refused(load(), TEE_ERROR_SECURITY, CW_CODE_TARGET, "this processor is \"st,stm32mp1-m4\"");
	rig_write_file("rollback", "nonsense", 8);
	add_version(6);
	refused(load(), TEE_ERROR_CORRUPT_OBJECT, CW_CODE_PLATFORM, "which firmware versions");
}

/* VERIFY says the same as LOAD and touches nothing, in any state. */
static void test_verify(void **state)
{
	char text[CW_REFUSAL_TEXT_MAX];

	for (int s = 0; s < 3; s++) {
		make_image(RIG_EC);
		assert_int_equal(verify(), TEE_SUCCESS);
		image[30] ^= 0x40;
		memset(par, 0, sizeof(par));
		par[1].memref.buffer = image;
		par[1].memref.size = image_size;
		par[2].memref.buffer = text;
		par[2].memref.size = sizeof(text);
		assert_true(invoke(TA_CW_CMD_VERIFY, TEE_PARAM_TYPES(VI, MI, MO, NONE)) !=
			    TEE_SUCCESS);
		assert_int_equal(par[2].memref.size, strlen(text) + 1);
		image[30] ^= 0x40;
		par[2].memref.size = sizeof(text);
		assert_int_equal(invoke(TA_CW_CMD_VERIFY, TEE_PARAM_TYPES(VI, MI, MO, NONE)),
				 TEE_SUCCESS);
		assert_int_equal(par[2].memref.size, 0);
		assert_int_equal(status(), s);
		assert_int_equal(s == 0 ? load() : s == 1 ? START() : 0, TEE_SUCCESS);
	}
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_sessions), T(test_wrong_calls), T(test_version), T(test_states), T(test_load_again),
		T(test_refusals), T(test_keys),	       T(test_policy), T(test_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
