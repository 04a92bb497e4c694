// SPDX-License-Identifier: BSD-2-Clause
/* tests/unit/pta/ta_calls.c - the trusted application's commands as functions */
#include "ta_calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/span.h"

void *session;
TEE_Param par[4];
struct fw fw;
struct box box;
uint8_t elf[FW_DATA_MAX], image[BOX_FILE_MAX];
size_t image_size;

TEE_Result open_session(uint32_t id, void **ret)
{
	memset(par, 0, sizeof(par));
	par[0].value.a = id;
	return TA_OpenSessionEntryPoint(TEE_PARAM_TYPES(VI, NONE, NONE, NONE), par, ret);
}

void pack(enum rig_key key)
{
	box_init(&box, key == RIG_EC ? 2 : 1);
	box_add_elf(&box, elf, fw_elf(&fw, elf, sizeof(elf)));
	box_records(&box);
}

void finish(enum rig_key key)
{
	image_size = box_finish(&box, rig_sign, rig_key(key), image, sizeof(image));
}

void make_image(enum rig_key key)
{
	fw_standard(&fw);
	pack(key);
	finish(key);
}

int setup(void **state)
{
	memset(&gp, 0, sizeof(gp));
	rig_new();
	make_image(RIG_EC);
	return TA_CreateEntryPoint() || open_session(0, &session);
}

int teardown(void **state)
{
	gp.fail_at = gp.fail_service_at = 0;
	TA_CloseSessionEntryPoint(session);
	TA_DestroyEntryPoint();
	rig_free();
	return gp.live ? -1 : 0;
}

TEE_Result invoke(uint32_t cmd, uint32_t types)
{
	return TA_InvokeCommandEntryPoint(session, cmd, types, par);
}

TEE_Result simple(uint32_t cmd)
{
	memset(par, 0, sizeof(par));
	return invoke(cmd, TEE_PARAM_TYPES(VI, NONE, NONE, NONE));
}

TEE_Result load_bytes(uint32_t cmd, const void *bytes, size_t len)
{
	memset(par, 0, sizeof(par));
	par[1].memref.buffer = (void *)(uintptr_t)bytes;
	par[1].memref.size = len;
	return invoke(cmd, TEE_PARAM_TYPES(VI, MI, NONE, NONE));
}

TEE_Result load(void)
{
	return load_bytes(TA_RPROC_CMD_LOAD_FW, image, image_size);
}

TEE_Result verify(void)
{
	return load_bytes(TA_CW_CMD_VERIFY, image, image_size);
}

TEE_Result get_table(uint64_t *pa, uint64_t *size)
{
	TEE_Result res;

	memset(par, 0, sizeof(par));
	res = invoke(TA_RPROC_CMD_GET_RSC_TABLE, TEE_PARAM_TYPES(VI, VO, VO, NONE));
	*pa = (uint64_t)par[1].value.b << 32 | par[1].value.a;
	*size = (uint64_t)par[2].value.b << 32 | par[2].value.a;
	return res;
}

TEE_Result read_table(void *t, size_t len)
{
	memset(par, 0, sizeof(par));
	par[1].memref.buffer = t;
	par[1].memref.size = len;
	return invoke(TA_CW_CMD_READ_RSC_TABLE, TEE_PARAM_TYPES(VI, MO, NONE, NONE));
}

uint32_t status(void)
{
	memset(par, 0, sizeof(par));
	assert_int_equal(invoke(TA_CW_CMD_STATUS, TEE_PARAM_TYPES(VI, VO, VO, NONE)), TEE_SUCCESS);
	return par[1].value.a;
}

const char *reason(enum cw_code code)
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
void refused(TEE_Result res, TEE_Result want, enum cw_code code, const char *word)
{
	const char *text = reason(code);

	if (res != want || !strstr(text, word))
		fail_msg("0x%x instead of 0x%x, \"%s\": %s", res, want, word, text);
	assert_int_equal(status(), 0);
	assert_true(rig_memory_zero());
	assert_int_equal(rig_locked(), 0);
	assert_int_equal(rig.n_windows, 0);
}

void add_version(uint64_t v)
{
	uint8_t raw[8];

	fw_standard(&fw);
	pack(RIG_EC);
	cw_put_le64(raw, v);
	box_record(&box, 0x1C002, raw, 8);
	finish(RIG_EC);
}

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

/* Each of @n steps, which @count counts, fails once by @fail_at. How many lives noticed. */
static unsigned fail_each(bool (*life)(void), unsigned live, unsigned n, unsigned *count, unsigned *fail_at)
{
	unsigned noticed = 0;

	for (unsigned at = 1; at <= n; at++) {
		*count = 0;
		*fail_at = at;
		noticed += !life();
		*fail_at = 0;
		after_failure(live);
	}
	return noticed;
}

void every_step_fails(bool (*life)(void))
{
	unsigned live, bus, allocations, calls, noticed;

	assert_true(life());
	live = gp.live;
	rig.calls = gp.allocations = gp.service_calls = 0;
	assert_true(life());
	bus = rig.calls;
	allocations = gp.allocations;
	calls = gp.service_calls;
	noticed = fail_each(life, live, bus, &rig.calls, &rig.fail_at);
	assert_in_range(noticed, bus / 2, bus);
	noticed = fail_each(life, live, allocations, &gp.allocations, &gp.fail_at);
	assert_int_equal(noticed, allocations);
	noticed = fail_each(life, live, calls, &gp.service_calls, &gp.fail_service_at);
	assert_in_range(noticed, calls / 2, calls);
	assert_true(life());
}
