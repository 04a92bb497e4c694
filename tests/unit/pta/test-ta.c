// SPDX-License-Identifier: BSD-2-Clause
/*
 * The remoteproc TA by its commands, with the real platform service behind it on a bus without
 * silicon: states and codes of OP-TEE's TA, reasons, scrubbing, and that it gets by with a stock
 * platform service.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <tee_internal_api.h>

#include "base/refusal.h"
#include "base/span.h"
#include "gp.h"
#include "rig.h"
#include "secure/api/remoteproc_ta.h"

#define NONE TEE_PARAM_TYPE_NONE
#define VI   TEE_PARAM_TYPE_VALUE_INPUT
#define VO   TEE_PARAM_TYPE_VALUE_OUTPUT
#define MI   TEE_PARAM_TYPE_MEMREF_INPUT
#define MO   TEE_PARAM_TYPE_MEMREF_OUTPUT

#define TABLE_DA 0x10020020u

static void *session;
static TEE_Param par[4];
static struct fw fw;
static struct box box;
static uint8_t elf[FW_DATA_MAX], image[BOX_FILE_MAX];
static size_t image_size;

static TEE_Result open_session(uint32_t id, void **ret)
{
	memset(par, 0, sizeof(par));
	par[0].value.a = id;
	return TA_OpenSessionEntryPoint(TEE_PARAM_TYPES(VI, NONE, NONE, NONE), par, ret);
}

static void pack(enum rig_key key)
{
	box_init(&box, key == RIG_EC ? 2 : 1);
	box_add_elf(&box, elf, fw_elf(&fw, elf, sizeof(elf)));
	box_records(&box);
}

static void finish(enum rig_key key)
{
	image_size = box_finish(&box, rig_sign, rig_key(key), image, sizeof(image));
}

static void make_image(enum rig_key key)
{
	fw_standard(&fw);
	pack(key);
	finish(key);
}

static int setup(void **state)
{
	memset(&gp, 0, sizeof(gp));
	rig_new();
	make_image(RIG_EC);
	return TA_CreateEntryPoint() || open_session(0, &session);
}

static int teardown(void **state)
{
	gp.fail_at = gp.fail_service_at = 0;
	TA_CloseSessionEntryPoint(session);
	TA_DestroyEntryPoint();
	rig_free();
	return gp.live ? -1 : 0;
}

static TEE_Result invoke(uint32_t cmd, uint32_t types)
{
	return TA_InvokeCommandEntryPoint(session, cmd, types, par);
}

static TEE_Result simple(uint32_t cmd)
{
	memset(par, 0, sizeof(par));
	return invoke(cmd, TEE_PARAM_TYPES(VI, NONE, NONE, NONE));
}

#define START()	  simple(TA_RPROC_CMD_START_FW)
#define STOP()	  simple(TA_RPROC_CMD_STOP_FW)
#define RELEASE() simple(TA_RPROC_CMD_RELEASE_FW)

static TEE_Result load_bytes(uint32_t cmd, const void *bytes, size_t len)
{
	memset(par, 0, sizeof(par));
	par[1].memref.buffer = (void *)(uintptr_t)bytes;
	par[1].memref.size = len;
	return invoke(cmd, TEE_PARAM_TYPES(VI, MI, NONE, NONE));
}

static TEE_Result load(void)
{
	return load_bytes(TA_RPROC_CMD_LOAD_FW, image, image_size);
}

static TEE_Result verify(void)
{
	return load_bytes(TA_CW_CMD_VERIFY, image, image_size);
}

static TEE_Result get_table(uint64_t *pa, uint64_t *size)
{
	TEE_Result res;

	memset(par, 0, sizeof(par));
	res = invoke(TA_RPROC_CMD_GET_RSC_TABLE, TEE_PARAM_TYPES(VI, VO, VO, NONE));
	*pa = (uint64_t)par[1].value.b << 32 | par[1].value.a;
	*size = (uint64_t)par[2].value.b << 32 | par[2].value.a;
	return res;
}

static uint32_t status(void)
{
	memset(par, 0, sizeof(par));
	assert_int_equal(invoke(TA_CW_CMD_STATUS, TEE_PARAM_TYPES(VI, VO, VO, NONE)), TEE_SUCCESS);
	return par[1].value.a;
}

static const char *reason(enum cw_code code)
{
	static char text[CW_REFUSAL_TEXT_MAX];

	memset(par, 0, sizeof(par));
	par[1].memref.buffer = text;
	par[1].memref.size = sizeof(text);
	assert_int_equal(invoke(TA_CW_CMD_REASON, TEE_PARAM_TYPES(VI, MO, VO, VO)), TEE_SUCCESS);
	assert_int_equal(par[1].memref.size, strlen(text) + 1);
	if (par[2].value.a != code)
		fail_msg("wanted %s, got %s: %s", cw_code_name((int)code),
			 cw_code_name((int)par[2].value.a), text);
	return text;
}

/* Refused with this code and word, nothing is left, the state stands. */
static void refused(TEE_Result res, TEE_Result want, enum cw_code code, const char *word)
{
	const char *text = reason(code);

	if (res != want || !strstr(text, word))
		fail_msg("0x%x instead of 0x%x, \"%s\": %s", res, want, word, text);
	assert_int_equal(status(), 0);
	assert_true(rig_memory_zero());
	assert_int_equal(rig_locked(), 0);
	assert_int_equal(rig.n_windows, 0);
}

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

static void add_version(uint64_t v)
{
	uint8_t raw[8];

	fw_standard(&fw);
	pack(RIG_EC);
	cw_put_le64(raw, v);
	box_record(&box, 0x1C002, raw, 8);
	finish(RIG_EC);
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

/* ---- the resource table ---- */

static TEE_Result write_table(const uint8_t *t, size_t len)
{
	memset(par, 0, sizeof(par));
	par[1].memref.buffer = (void *)(uintptr_t)t;
	par[1].memref.size = len;
	return invoke(TA_CW_CMD_WRITE_RSC_TABLE, TEE_PARAM_TYPES(VI, MI, NONE, NONE));
}

static TEE_Result read_table(uint8_t *t, size_t len)
{
	memset(par, 0, sizeof(par));
	par[1].memref.buffer = t;
	par[1].memref.size = len;
	return invoke(TA_CW_CMD_READ_RSC_TABLE, TEE_PARAM_TYPES(VI, MO, NONE, NONE));
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

static void test_no_service(void **state)
{
	void *second = NULL;

	TA_CloseSessionEntryPoint(session);
	gp.absent = true;
	assert_int_equal(open_session(0, &second), TEE_ERROR_ITEM_NOT_FOUND);
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

/* Whatever fails, at whichever step: afterwards STOP and RELEASE lead back to the beginning. */
static void after_failure(unsigned live)
{
	if (status() == 2)
		assert_int_equal(STOP(), TEE_SUCCESS);
	assert_int_equal(RELEASE(), TEE_SUCCESS);
	assert_int_equal(status(), 0);
	assert_int_equal(rig_locked(), 0);
	assert_int_equal(rig.n_windows, 0);
	assert_int_equal(rig.core.state, CW_CORE_HELD);
	assert_true(rig_memory_zero());
	assert_false(rig.running_change);
	assert_int_equal(gp.live, live);
}

static void test_every_step_fails(void **state)
{
	unsigned live, bus, allocations, calls, noticed = 0;

	add_version(1);
	assert_true(whole_life());
	live = gp.live;
	rig.calls = gp.allocations = gp.service_calls = 0;
	assert_true(whole_life());
	bus = rig.calls;
	allocations = gp.allocations;
	calls = gp.service_calls;
	for (unsigned at = 1; at <= bus; at++) {
		rig.calls = 0;
		rig.fail_at = at;
		noticed += !whole_life();
		rig.fail_at = 0;
		after_failure(live);
	}
	assert_in_range(noticed, bus / 2, bus);
	for (unsigned at = 1; at <= allocations; at++) {
		gp.allocations = 0;
		gp.fail_at = at;
		assert_false(whole_life());
		gp.fail_at = 0;
		after_failure(live);
	}
	noticed = 0;
	for (unsigned at = 1; at <= calls; at++) {
		gp.service_calls = 0;
		gp.fail_service_at = at;
		noticed += !whole_life();
		gp.fail_service_at = 0;
		after_failure(live);
	}
	assert_in_range(noticed, calls / 2, calls);
	assert_true(whole_life());
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_sessions),	 T(test_wrong_calls),  T(test_states),
		T(test_load_again),	 T(test_refusals),     T(test_keys),
		T(test_policy),		 T(test_verify),       T(test_table),
		T(test_table_elsewhere), T(test_no_table),     T(test_stock_service),
		T(test_no_service),	 T(test_new_instance), T(test_every_step_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
