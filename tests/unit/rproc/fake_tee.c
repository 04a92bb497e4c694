/* SPDX-License-Identifier: BSD-2-Clause */
/* The TEE of the fake board: sessions, shared memory, and the remoteproc service with its states; and resource tables. */
#include "fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/span.h"
#include "secure/api/remoteproc_ta.h"
#include "teec/teec_ext.h"

TEEC_Result TEEC_OpenSession(TEEC_Context *ctx, TEEC_Session *session, const TEEC_UUID *uuid,
			     uint32_t method, const void *data, TEEC_Operation *op, uint32_t *origin)
{
	struct fake *f = fakes[ctx->imp.fd];

	(void)method;
	(void)data;
	*origin = TEEC_ORIGIN_TEE;
	assert_int_equal(uuid->timeLow, 0x80a4c275);
	if (fake_cross(f, "OPEN"))
		return TEEC_ERROR_GENERIC;
	if (f->absent)
		return TEEC_ERROR_ITEM_NOT_FOUND;
	if (f->busy)
		return TEEC_ERROR_BUSY;
	*origin = TEEC_ORIGIN_TRUSTED_APP;
	if (f->unknown_id || op->params[0].value.a != 0)
		return TEEC_ERROR_NOT_SUPPORTED;
	session->imp.ctx = ctx;
	f->sessions++;
	f->sessions_opened++;
	return TEEC_SUCCESS;
}

void TEEC_CloseSession(TEEC_Session *session)
{
	struct fake *f = fakes[session->imp.ctx->imp.fd];

	fake_log(f, "CLOSE");
	f->sessions--;
}

TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *ctx, TEEC_SharedMemory *shm)
{
	struct fake *f = fakes[ctx->imp.fd];

	if (fake_cross(f, NULL))
		return TEEC_ERROR_OUT_OF_MEMORY;
	shm->buffer = calloc(1, shm->size);
	shm->imp.id = ctx->imp.fd;
	f->shms++;
	return TEEC_SUCCESS;
}

void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *shm)
{
	fakes[shm->imp.id]->shms--;
	free(shm->buffer);
}

static TEEC_Result ta_load(struct fake *f, TEEC_Operation *op)
{
	const uint8_t *image = op->params[1].memref.parent->buffer;
	size_t size = op->params[1].memref.size;
	uint8_t head[64] = {0};

	if (f->ta_state == 2)
		return TEEC_ERROR_BAD_STATE;
	memcpy(head, image, size < 64 ? size : 64);
	if (f->ta_state == 1)
		return memcmp(head, f->ta_image, 64) ? TEEC_ERROR_BAD_STATE : TEEC_SUCCESS;
	if (f->ta_refuse)
		return f->ta_refuse;
	memcpy(f->ta_image, head, 64);
	memcpy(fake_at(f, FAKE_TABLE_DA, f->table_size), f->table, f->table_size);
	f->loads++;
	f->ta_state = 1;
	return TEEC_SUCCESS;
}

static TEEC_Result ta_get(struct fake *f, TEEC_Operation *op)
{
	uint64_t pa = f->table_size ? FAKE_TABLE_DA + f->table_pa_high : 0;
	uint64_t size = f->table_size + f->table_size_high;

	if (f->ta_state == 0)
		return TEEC_ERROR_BAD_STATE;
	op->params[1].value.a = (uint32_t)pa;
	op->params[1].value.b = (uint32_t)(pa >> 32);
	op->params[2].value.a = (uint32_t)size;
	op->params[2].value.b = (uint32_t)(size >> 32);
	return TEEC_SUCCESS;
}

static TEEC_Result ta_ours(struct fake *f, uint32_t cmd, TEEC_Operation *op)
{
	if (f->stock)
		return TEEC_ERROR_BAD_PARAMETERS;
	switch (cmd) {
	case TA_CW_CMD_REASON:
		op->params[2].value.a = 50;
		if (!f->ta_reason || op->params[1].tmpref.size < strlen(f->ta_reason) + 1)
			return TEEC_ERROR_NO_DATA;
		op->params[1].tmpref.size = strlen(f->ta_reason) + 1;
		memcpy(op->params[1].tmpref.buffer, f->ta_reason, op->params[1].tmpref.size);
		return TEEC_SUCCESS;
	case TA_CW_CMD_READ_RSC_TABLE:
		op->params[1].tmpref.size = f->table_size;
		memcpy(op->params[1].tmpref.buffer, f->table, f->table_size);
		return TEEC_SUCCESS;
	case TA_CW_CMD_WRITE_RSC_TABLE:
		if (f->ta_state != 1)
			return TEEC_ERROR_BAD_STATE;
		if (op->params[1].tmpref.size != f->table_size)
			return TEEC_ERROR_BAD_PARAMETERS;
		memcpy(fake_at(f, FAKE_TABLE_DA, f->table_size), op->params[1].tmpref.buffer,
		       f->table_size);
		return TEEC_SUCCESS;
	case TA_CW_CMD_STATUS:
		op->params[1].value.a = (uint32_t)f->ta_state;
		return TEEC_SUCCESS;
	}
	return TEEC_ERROR_BAD_PARAMETERS;
}

static TEEC_Result ta_run(struct fake *f, uint32_t cmd)
{
	switch (cmd) {
	case TA_RPROC_CMD_START_FW:
		if (f->ta_state == 0)
			return TEEC_ERROR_BAD_STATE;
		f->ta_state = 2;
		f->running = true;
		f->starts++;
		return TEEC_SUCCESS;
	case TA_RPROC_CMD_STOP_FW:
		if (f->ta_state == 1)
			return TEEC_ERROR_BAD_STATE;
		f->ta_state = 0;
		f->running = false;
		f->stops++;
		return TEEC_SUCCESS;
	default: /* RELEASE */
		if (f->ta_state == 2) {
			f->released_running = true;
			return TEEC_ERROR_BAD_STATE;
		}
		f->ta_state = 0;
		f->releases++;
		memset(f->sram, 0, sizeof(f->sram));
		return TEEC_SUCCESS;
	}
}

static const char *word_of(uint32_t cmd)
{
	switch (cmd) {
	case TA_RPROC_CMD_LOAD_FW: return "LOAD";
	case TA_RPROC_CMD_START_FW: return "START";
	case TA_RPROC_CMD_STOP_FW: return "STOP";
	case TA_RPROC_CMD_GET_RSC_TABLE: return "GET";
	case TA_RPROC_CMD_RELEASE_FW: return "RELEASE";
	case TA_CW_CMD_READ_RSC_TABLE: return "READ";
	case TA_CW_CMD_WRITE_RSC_TABLE: return "WRITE";
	}
	return NULL;
}

TEEC_Result TEEC_InvokeCommand(TEEC_Session *session, uint32_t cmd, TEEC_Operation *op,
			       uint32_t *origin)
{
	struct fake *f = fakes[session->imp.ctx->imp.fd];

	*origin = TEEC_ORIGIN_TRUSTED_APP;
	if (fake_cross(f, word_of(cmd)))
		return TEEC_ERROR_GENERIC;
	if (f->ta_refuse_cmd == cmd)
		return f->ta_refuse_cmd_with;
	switch (cmd) {
	case TA_RPROC_CMD_LOAD_FW:
		return ta_load(f, op);
	case TA_RPROC_CMD_GET_RSC_TABLE:
		return ta_get(f, op);
	case TA_RPROC_CMD_START_FW:
	case TA_RPROC_CMD_STOP_FW:
	case TA_RPROC_CMD_RELEASE_FW:
		return ta_run(f, cmd);
	}
	return ta_ours(f, cmd, op);
}

const char *cw_teec_result_name(uint32_t result)
{
	return result == TEEC_ERROR_SECURITY	   ? "TEEC_ERROR_SECURITY"
	       : result == TEEC_ERROR_BAD_STATE	   ? "TEEC_ERROR_BAD_STATE"
	       : result == TEEC_ERROR_BAD_PARAMETERS ? "TEEC_ERROR_BAD_PARAMETERS"
						   : "TEE error";
}

const char *cw_teec_origin_name(uint32_t origin)
{
	return origin == TEEC_ORIGIN_TRUSTED_APP ? "the trusted application" : "the TEE";
}

/* ---- tables ---- */

void table_start(struct fake *f)
{
	memset(f->table, 0, sizeof(f->table));
	cw_put_le32(f->table, 1);
	f->table_size = 16 + 4 * 8; /* room for eight entries' offsets, unused ones are filler after num */
}

unsigned table_add(struct fake *f, const void *entry, size_t size)
{
	uint32_t n = cw_get_le32(f->table + 4);
	size_t at = f->table_size;

	cw_put_le32(f->table + 16 + 4 * n, (uint32_t)at);
	cw_put_le32(f->table + 4, n + 1);
	memcpy(f->table + at, entry, size);
	f->table_size += size;
	return (unsigned)at;
}

static void put_words(uint8_t *p, const uint32_t *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cw_put_le32(p + 4 * i, words[i]);
}

void table_vdev(struct fake *f, uint32_t num, uint32_t align)
{
	uint8_t e[4 + 24 + 40] = {0};
	uint32_t ring[5] = {0xffffffff, align, num, 0xffffffff, 0};

	put_words(e, (uint32_t[]){3, 7, 0, 1, 0, 0}, 6);
	e[4 + 21] = 2;
	put_words(e + 28, ring, 5);
	put_words(e + 48, ring, 5);
	table_add(f, e, sizeof(e));
}

void table_trace(struct fake *f, uint32_t da, uint32_t len, const char *name)
{
	uint8_t e[48] = {0};

	put_words(e, (uint32_t[]){2, da, len, 0}, 4);
	memcpy(e + 16, name, strlen(name));
	table_add(f, e, sizeof(e));
}

void table_carveout(struct fake *f, uint32_t type, uint32_t da, uint32_t len, const char *name)
{
	uint8_t e[56] = {0};

	put_words(e, (uint32_t[]){type, da, 0, len, 0, 0}, 6);
	memcpy(e + 24, name, strlen(name));
	table_add(f, e, sizeof(e));
}

void table_usual(struct fake *f)
{
	table_start(f);
	table_vdev(f, 16, 16);
	table_trace(f, 0x10021000, 0x800, "cm4_log");
}
