// SPDX-License-Identifier: BSD-2-Clause
/* The remoteproc TA: the resource table, other services than ours, a new instance, and every step
 * failing once */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "gp_key.h"
#include "ta_calls.h"

/* ---- the resource table ---- */

static TEE_Result write_table(const uint8_t *t, size_t len)
{
	memset(par, 0, sizeof(par));
	par[1].memref.buffer = (void *)(uintptr_t)t;
	par[1].memref.size = len;
	return invoke(TA_CW_CMD_WRITE_RSC_TABLE, TEE_PARAM_TYPES(VI, MI, NONE, NONE));
}

static void test_table(void **state)
{
	uint8_t t[FW_TABLE_SIZE], back[FW_TABLE_SIZE];

	assert_int_equal(write_table(fw_table, sizeof(t)), TEE_ERROR_BAD_STATE);
	assert_int_equal(read_table(back, sizeof(back)), TEE_ERROR_BAD_STATE);
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(read_table(back, 5), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(par[1].memref.size, FW_TABLE_SIZE);
	assert_int_equal(read_table(back, sizeof(back)), TEE_SUCCESS);
	assert_memory_equal(back, fw_table, sizeof(back));
	assert_int_equal(rig_ns_read(TABLE_DA, back, sizeof(back)), 0);
	assert_int_equal(rig_ns_write(TABLE_DA + 0x30, "x", 1), -EACCES);
	memcpy(t, fw_table, sizeof(t));
	memcpy(t + 0x34, "\0\0\4\x10", 4); /* vring 0 */
	t[0x5C]++;
	assert_int_equal(write_table(t, sizeof(t)), TEE_ERROR_BAD_FORMAT);
	assert_non_null(strstr(reason(CW_CODE_RSC_TABLE), "not the host's to change"));
	t[0x5C]--;
	assert_int_equal(write_table(t, sizeof(t) - 1), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(write_table(t, sizeof(t)), TEE_SUCCESS);
	assert_int_equal(read_table(back, sizeof(back)), TEE_SUCCESS);
	assert_memory_equal(back, t, sizeof(back));
	assert_int_equal(START(), TEE_SUCCESS);
	assert_int_equal(write_table(t, sizeof(t)), TEE_ERROR_BAD_STATE);
	assert_int_equal(rig_ns_write(TABLE_DA + 0x30, "\7", 1), 0);
	assert_int_equal(read_table(back, sizeof(back)), TEE_SUCCESS); /* as it is now */
	assert_int_equal(back[0x30], 7);
}

/* vaddr and paddr differ: nothing was loaded where the table belongs, so it is put there. */
static void test_table_elsewhere(void **state)
{
	uint8_t back[FW_TABLE_SIZE];
	uint64_t pa, size;

	fw_standard(&fw);
	fw.seg[2].paddr = 0x10005000;
	fw.seg[2].memsz = fw.seg[2].filesz;
	pack(RIG_EC);
	finish(RIG_EC);
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(get_table(&pa, &size), TEE_SUCCESS);
	assert_int_equal(pa, TABLE_DA);
	assert_int_equal(rig_ns_read(TABLE_DA, back, sizeof(back)), 0);
	assert_memory_equal(back, fw_table, sizeof(back));
	assert_int_equal(rig_ns_read(0x10005020, back, 4), -EACCES);
}

static void test_no_table(void **state)
{
	uint8_t back[4];
	uint64_t pa = 1, size = 1;

	fw_standard(&fw);
	fw.table_segment = -1;
	memset((uint8_t *)(uintptr_t)fw.seg[2].data, 0xA5, fw.seg[2].filesz);
	pack(RIG_EC);
	finish(RIG_EC);
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(get_table(&pa, &size), TEE_SUCCESS);
	assert_int_equal(pa, 0);
	assert_int_equal(size, 0);
	assert_int_equal(read_table(back, sizeof(back)), TEE_SUCCESS);
	assert_int_equal(par[1].memref.size, 0);
	assert_int_equal(write_table(back, 4), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(START(), TEE_SUCCESS);
	assert_int_equal(rig.n_windows, 0);
	assert_int_equal(STOP(), TEE_SUCCESS);
}

/* ---- other worlds fail ---- */

static void test_stock_service(void **state)
{
	uint8_t back[FW_TABLE_SIZE];
	uint64_t pa, size;

	TA_CloseSessionEntryPoint(session);
	TA_DestroyEntryPoint();
	gp.stock = true;
	assert_int_equal(open_session(0, &session), TEE_SUCCESS);
	add_version(3);
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(get_table(&pa, &size), TEE_SUCCESS);
	assert_int_equal(pa, TABLE_DA);
	assert_int_equal(read_table(back, sizeof(back)), TEE_SUCCESS); /* as loaded */
	assert_memory_equal(back, fw_table, sizeof(back));
	assert_int_equal(write_table(back, sizeof(back)), TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(START(), TEE_SUCCESS);
	assert_int_equal(STOP(), TEE_SUCCESS);
	assert_int_equal(RELEASE(), TEE_SUCCESS);
	make_image(RIG_OTHER);
	refused(load(), TEE_ERROR_SIGNATURE_INVALID, CW_CODE_SIGNATURE, "trusted key");
}

static TEE_Result verify_with(enum rig_key key, char *text, size_t size)
{
	uint8_t bytes[520];
	const uint8_t *der;
	size_t len = rig_spki(key, &der);

	memset(par, 0, sizeof(par));
	par[1].memref.buffer = image;
	par[1].memref.size = image_size;
	par[2].memref.buffer = text;
	par[2].memref.size = size;
	par[3].memref.buffer = bytes;
	par[3].memref.size = gp_key_of(der, len, bytes);
	return invoke(TA_CW_CMD_VERIFY, TEE_PARAM_TYPES(VI, MI, MO, MI));
}

/* A TEE without platform service loads nothing, trusts nothing, and judges under a key that it is told. */
static void test_no_service(void **state)
{
	char text[400];

	assert_int_equal(verify_with(RIG_EC, text, sizeof(text)), TEE_ERROR_BAD_PARAMETERS);
	TA_CloseSessionEntryPoint(session);
	TA_DestroyEntryPoint();
	gp.absent = true;
	assert_int_equal(open_session(0, &session), TEE_SUCCESS);
	refused(load(), TEE_ERROR_NOT_SUPPORTED, CW_CODE_UNSUPPORTED, "no remoteproc platform service");
	refused(verify(), TEE_ERROR_SECURITY, CW_CODE_KEY, "nobody checked the signature");
	for (enum rig_key key = RIG_RSA; key <= RIG_EC; key++) {
		make_image(key);
		assert_int_equal(verify_with(key, text, sizeof(text)), TEE_SUCCESS);
		assert_non_null(strstr(text, "memory map"));
		refused(verify_with(RIG_OTHER, text, sizeof(text)), TEE_ERROR_SIGNATURE_INVALID,
			CW_CODE_SIGNATURE, "given key");
		image[100] ^= 1;
		refused(verify_with(key, text, sizeof(text)), TEE_ERROR_SIGNATURE_INVALID,
			CW_CODE_SIGNATURE, "given key");
		image[100] ^= 1;
	}
	assert_int_not_equal(START(), TEE_SUCCESS);
	TA_CloseSessionEntryPoint(session);
	gp.absent = false;
	assert_int_equal(open_session(0, &session), TEE_SUCCESS);
}

/* The TA's instance ends while the core runs; the next one can stop and release, and load anew. */
static void test_new_instance(void **state)
{
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(START(), TEE_SUCCESS);
	TA_CloseSessionEntryPoint(session);
	TA_DestroyEntryPoint();
	assert_int_equal(TA_CreateEntryPoint(), TEE_SUCCESS);
	assert_int_equal(open_session(0, &session), TEE_SUCCESS);
	assert_int_equal(status(), 2);
	assert_int_equal(load(), TEE_ERROR_BAD_STATE);
	assert_int_equal(STOP(), TEE_SUCCESS);
	assert_int_equal(load(), TEE_SUCCESS);
	TA_CloseSessionEntryPoint(session);
	TA_DestroyEntryPoint();
	assert_int_equal(open_session(0, &session), TEE_SUCCESS);
	assert_int_equal(status(), 0);
	assert_int_equal(RELEASE(), TEE_SUCCESS);
	assert_int_equal(rig_locked(), 0);
	assert_true(rig_memory_zero());
}

static bool whole_life(void)
{
	uint8_t t[FW_TABLE_SIZE];

	return load() == TEE_SUCCESS && read_table(t, sizeof(t)) == TEE_SUCCESS &&
	       write_table(t, sizeof(t)) == TEE_SUCCESS && START() == TEE_SUCCESS &&
	       STOP() == TEE_SUCCESS && RELEASE() == TEE_SUCCESS;
}

static void test_every_step_fails(void **state)
{
	add_version(1);
	every_step_fails(whole_life);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_table),
		T(test_table_elsewhere),
		T(test_no_table),
		T(test_stock_service),
		T(test_no_service),
		T(test_new_instance),
		T(test_every_step_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
