// SPDX-License-Identifier: BSD-2-Clause
/* tests/unit/pta/pta_calls.c - the platform service's commands as functions */
#include "pta_calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/span.h"

const TEE_UUID ta = TA_RPROC_UUID;
static void *ctx;
union cw_pta_param par[4];

TEE_Result invoke(uint32_t cmd, uint32_t types)
{
	return cw_pta_remoteproc.invoke(&rig.env, ctx, cmd, types, par);
}

TEE_Result simple(uint32_t cmd)
{
	memset(par, 0, sizeof(par));
	return invoke(cmd, TEE_PARAM_TYPES(VI, NONE, NONE, NONE));
}

int setup(void **state)
{
	rig_new();
	memset(par, 0, sizeof(par));
	return cw_pta_remoteproc.open(&rig.env, &ta, TEE_PARAM_TYPES(VI, NONE, NONE, NONE), par,
				      &ctx);
}

int teardown(void **state)
{
	rig_free();
	return 0;
}

TEE_Result load(uint32_t da, const void *data, size_t len, const uint8_t *hash)
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

TEE_Result fill(uint64_t da, uint64_t size, uint32_t byte)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = (uint32_t)da;
	par[1].val.b = (uint32_t)(da >> 32);
	par[2].val.a = (uint32_t)size;
	par[2].val.b = (uint32_t)(size >> 32);
	par[3].val.a = byte;
	return invoke(PTA_RPROC_SET_MEMORY, TEE_PARAM_TYPES(VI, VI, VI, VI));
}

TEE_Result peek(uint32_t da, void *buf, size_t len)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = da;
	par[2].mem.buf = buf;
	par[2].mem.size = len;
	return invoke(PTA_CW_READ_MEMORY, TEE_PARAM_TYPES(VI, VI, MO, NONE));
}

TEE_Result verify(enum rig_key key, uint32_t algo, const void *info, size_t info_len,
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

TEE_Result set_version(uint64_t v)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = (uint32_t)v;
	par[1].val.b = (uint32_t)(v >> 32);
	return invoke(PTA_CW_SET_VERSION, TEE_PARAM_TYPES(VI, VI, NONE, NONE));
}

uint64_t minimum(void)
{
	char compatible[64];

	memset(par, 0, sizeof(par));
	par[3].mem.buf = (uint8_t *)compatible;
	par[3].mem.size = sizeof(compatible);
	assert_int_equal(invoke(PTA_CW_BOARD_INFO, TEE_PARAM_TYPES(VI, VO, VO, MO)), TEE_SUCCESS);
	assert_string_equal(compatible, "st,stm32mp1-m4");
	return (uint64_t)par[2].val.b << 32 | par[2].val.a;
}

TEE_Result write_table(uint32_t da, const void *table, size_t len)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = da;
	par[2].mem.buf = (uint8_t *)(uintptr_t)table;
	par[2].mem.size = len;
	return invoke(PTA_CW_WRITE_TABLE, TEE_PARAM_TYPES(VI, VI, MI, NONE));
}

TEE_Result windows(uint32_t da, uint32_t len)
{
	memset(par, 0, sizeof(par));
	par[1].val.a = da;
	par[1].val.b = len;
	return invoke(PTA_CW_WINDOWS, TEE_PARAM_TYPES(VI, VI, NONE, NONE));
}

/* Loaded, with a table: ready to start. */
void boot(void)
{
	static const uint8_t vectors[64] = {1};

	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	assert_int_equal(load(0, vectors, sizeof(vectors), NULL), TEE_SUCCESS);
	assert_int_equal(write_table(TABLE_DA, fw_table, FW_TABLE_SIZE), TEE_SUCCESS);
	assert_int_equal(windows(TABLE_DA, FW_TABLE_SIZE), TEE_SUCCESS);
}
