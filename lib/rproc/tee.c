/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rproc/tee.c - back end: a trusted application loads, starts, stops and releases
 *
 * One session per processor. Whether something is loaded is the TEE's knowledge alone: nothing here remembers it. What
 * goes wrong keeps the TEE's code, in hex and by name, and the sentence of whoever refused.
 */
#include "rproc/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "host/point.h"
#include "secure/api/remoteproc_ta.h"
#include "teec/teec_ext.h"

#define REASON_MAX 512

enum tee_state {
	TEE_UNKNOWN = -1, /* a stock service does not tell */
	TEE_OFF = 0,
	TEE_LOADED = 1,
	TEE_STARTED = 2,
};

static int errno_of(TEEC_Result res, uint32_t origin)
{
	/* On the way to the TEE: the caller's trouble. From the TEE: a refusal. */
	if (origin == TEEC_ORIGIN_API || origin == TEEC_ORIGIN_COMMS) {
		if (res == TEEC_ERROR_OUT_OF_MEMORY)
			return -ENOMEM;
		if (res == TEEC_ERROR_COMMUNICATION)
			return -EPIPE;
	}
	return -EIO;
}

static TEEC_Result open_session(struct cw_rproc *rproc, uint32_t *ret_origin)
{
	static const TEEC_UUID uuid = TA_RPROC_UUID;
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
	};
	TEEC_Result res;

	op.params[0].value.a = rproc->id;
	res = TEEC_OpenSession(&rproc->platform->tee, &rproc->session, &uuid, TEEC_LOGIN_PUBLIC, NULL,
			       &op, ret_origin);
	CW_POINT(tee_invoke, 0, res);
	rproc->session_open = res == TEEC_SUCCESS;
	return res;
}

/* The service's instance has died. A processor outlives that, and a new instance can stop and release it: those two must
 * not fail for it. Other commands are refused, and the next ones have a session again. */
static bool revive(struct cw_rproc *rproc)
{
	uint32_t origin;

	TEEC_CloseSession(&rproc->session);
	return open_session(rproc, &origin) == TEEC_SUCCESS;
}

static TEEC_Result invoke(struct cw_rproc *rproc, uint32_t cmd, TEEC_Operation *op,
			  uint32_t *ret_origin)
{
	TEEC_Result res;

	op->params[0].value.a = rproc->id;
	*ret_origin = 0;
	res = rproc->session_open ? TEEC_SUCCESS : open_session(rproc, ret_origin);
	if (res != TEEC_SUCCESS)
		return res;
	res = TEEC_InvokeCommand(&rproc->session, cmd, op, ret_origin);
	if (res == TEEC_ERROR_TARGET_DEAD && revive(rproc) &&
	    (cmd == TA_RPROC_CMD_STOP_FW || cmd == TA_RPROC_CMD_RELEASE_FW))
		res = TEEC_InvokeCommand(&rproc->session, cmd, op, ret_origin);
	CW_POINT(tee_invoke, cmd, res);
	return res;
}

/* The judge's own words about the last refusal of this session: their length, 0 when there are none. */
static size_t fetch_reason(struct cw_rproc *rproc, char *buf, size_t size, int *ret_code)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_OUTPUT,
					       TEEC_VALUE_OUTPUT, TEEC_VALUE_OUTPUT),
	};
	uint32_t origin;
	size_t len;

	op.params[1].tmpref.buffer = buf;
	op.params[1].tmpref.size = size - 1;
	if (invoke(rproc, TA_CW_CMD_REASON, &op, &origin) != TEEC_SUCCESS)
		return 0;
	len = op.params[1].tmpref.size < size - 1 ? op.params[1].tmpref.size : size - 1;
	len = strnlen(buf, len);
	buf[len] = '\0';
	for (size_t i = 0; i < len; i++)
		if (buf[i] < ' ' || buf[i] > '~')
			buf[i] = '?';
	*ret_code = (int)op.params[2].value.a;
	return len;
}

/* One sentence: what was asked, why not, and the code in hex and by name. */
static int refused(struct cw_rproc *rproc, struct cw_error *err, TEEC_Result res, uint32_t origin,
		   const char *what, const char *hint)
{
	char reason[REASON_MAX] = "";
	int code = errno_of(res, origin);
	int judged = 0;

	if (!err)
		return code;
	if (origin == TEEC_ORIGIN_TRUSTED_APP)
		fetch_reason(rproc, reason, sizeof(reason), &judged);
	if (!reason[0] && hint)
		snprintf(reason, sizeof(reason), "%s", hint);
	cw_error_set(err, code, "%s refused: %s%s[%s 0x%08x from %s, errno %d]", what, reason,
		     reason[0] ? " " : "", cw_teec_result_name(res), res,
		     cw_teec_origin_name(origin), code);
	err->tee_result = res;
	err->tee_origin = origin;
	err->reason = judged;
	return code;
}

static int simple(struct cw_rproc *rproc, uint32_t cmd, const char *what, struct cw_error *err)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
	};
	uint32_t origin;
	TEEC_Result res = invoke(rproc, cmd, &op, &origin);

	return res == TEEC_SUCCESS ? 0 : refused(rproc, err, res, origin, what, NULL);
}

/* Did the service say that it does not have this command? OP-TEE's answers BAD_PARAMETERS. */
static bool is_unknown_command(TEEC_Result res)
{
	return res == TEEC_ERROR_BAD_PARAMETERS || res == TEEC_ERROR_NOT_SUPPORTED ||
	       res == TEEC_ERROR_NOT_IMPLEMENTED;
}

static int tee_open(struct cw_rproc *rproc, struct cw_error *err)
{
	const char *why = "the TEE refused the session";
	uint32_t origin = 0;
	TEEC_Result res;
	int code;

	res = open_session(rproc, &origin);
	if (res == TEEC_SUCCESS)
		return 0;
	code = -EINVAL; /* Linux's answer to a session that cannot be had */
	if (res == TEEC_ERROR_ITEM_NOT_FOUND) {
		code = -ENOENT;
		why = "the TEE has no remoteproc service (80a4c275-0a47-4905-8285-1486a9771a08)";
	} else if (res == TEEC_ERROR_NOT_SUPPORTED) {
		code = -ENODEV;
		why = "the TEE's service does not know this processor id";
	} else if (res == TEEC_ERROR_BUSY) {
		code = -EBUSY;
		why = "the TEE's service has a session already";
	} else if (errno_of(res, origin) != -EIO) {
		code = errno_of(res, origin);
		why = "the TEE cannot be reached";
	}
	cw_error_set(err, code, "%s (id %u): %s [%s 0x%08x from %s, errno %d]", rproc->board.name,
		     rproc->id, why, cw_teec_result_name(res), res, cw_teec_origin_name(origin), code);
	if (err) {
		err->tee_result = res;
		err->tee_origin = origin;
	}
	return code;
}

static void tee_close(struct cw_rproc *rproc)
{
	TEEC_CloseSession(&rproc->session);
	CW_POINT(tee_invoke, 0, 0);
	rproc->session_open = false;
}

static enum tee_state tee_state(struct cw_rproc *rproc)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_VALUE_OUTPUT, TEEC_VALUE_OUTPUT,
					       TEEC_NONE),
	};
	uint32_t origin;

	if (invoke(rproc, TA_CW_CMD_STATUS, &op, &origin) != TEEC_SUCCESS ||
	    op.params[1].value.a > TEE_STARTED)
		return TEE_UNKNOWN;
	return (enum tee_state)op.params[1].value.a;
}

static int tee_sanity_check(struct cw_rproc *rproc, const struct cw_firmware *fw,
			    struct cw_error *err)
{
	/* Everything else is the judge's business, who does not trust us either. */
	return 0;
}

/* What a stock service leaves to be guessed. */
static const char *hint_for(const struct cw_firmware *fw)
{
	static const uint8_t elf[4] = {0x7f, 'E', 'L', 'F'};

	if (fw->size >= 4 && !memcmp(fw->data, elf, 4))
		return "it is a plain ELF; this processor takes signed remoteproc containers: sign it "
		       "first";
	return NULL;
}

static void report_load(struct cw_rproc *rproc, const struct cw_firmware *fw, bool ignored,
			uint64_t since)
{
	struct cw_rproc_step step = {.id = CW_STEP_LOAD, .bytes = fw->size};

	snprintf(step.text, sizeof(step.text), "%s",
		 ignored ? "this very image was loaded already, ignored"
			 : "authenticated and loaded by the TEE");
	cw_rproc_report(rproc, &step, since);
}

static int tee_alloc_fw(struct cw_rproc *rproc, size_t size, struct cw_firmware *fw,
			struct cw_error *err)
{
	TEEC_SharedMemory shm = {.size = size, .flags = TEEC_MEM_INPUT};
	TEEC_Result res = TEEC_AllocateSharedMemory(&rproc->platform->tee, &shm);

	if (res != TEEC_SUCCESS)
		return refused(rproc, err, res, TEEC_ORIGIN_API, "shared memory for the firmware", NULL);
	fw->shm = shm;
	return 0;
}

/* LOAD_FW. 0 loaded, 1 it was loaded before. */
static int tee_load(struct cw_rproc *rproc, const struct cw_firmware *fw, struct cw_error *err)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_PARTIAL_INPUT, TEEC_NONE,
					       TEEC_NONE),
	};
	enum tee_state before = tee_state(rproc);
	uint64_t since = cw_rproc_now();
	uint32_t origin;
	TEEC_Result res;
	int r = 0;

	op.params[1].memref.parent = (TEEC_SharedMemory *)&fw->shm;
	op.params[1].memref.size = fw->size;
	res = invoke(rproc, TA_RPROC_CMD_LOAD_FW, &op, &origin);
	if (res != TEEC_SUCCESS)
		r = refused(rproc, err, res, origin, "load", hint_for(fw));
	if (r < 0) {
		/* Not ours to wipe when it refused because of what somebody else has loaded or runs. Otherwise a stock
		 * service may have left parts behind; ours has wiped already, and does not mind. */
		if (res != TEEC_ERROR_BAD_STATE && res != TEEC_ERROR_BUSY)
			simple(rproc, TA_RPROC_CMD_RELEASE_FW, "release", NULL);
		return r;
	}
	if (before == TEE_LOADED)
		return 1;
	report_load(rproc, fw, false, since);
	return 0;
}

static uint64_t wide(const TEEC_Parameter *p)
{
	return (uint64_t)p->value.b << 32 | p->value.a;
}

static int get_rsc_table(struct cw_rproc *rproc, uint64_t *ret_pa, uint64_t *ret_size,
			 struct cw_error *err)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_VALUE_OUTPUT, TEEC_VALUE_OUTPUT,
					       TEEC_NONE),
	};
	uint32_t origin;
	TEEC_Result res = invoke(rproc, TA_RPROC_CMD_GET_RSC_TABLE, &op, &origin);

	if (res != TEEC_SUCCESS)
		return refused(rproc, err, res, origin, "resource table", NULL);
	*ret_pa = wide(&op.params[1]);
	*ret_size = wide(&op.params[2]);
	return 0;
}

/* Copy the table out of the TEE; a service that cannot copy leaves it where the bus may be let to read it. */
static int read_table(struct cw_rproc *rproc, uint64_t pa, uint8_t *buf, size_t size,
		      struct cw_error *err)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE,
					       TEEC_NONE),
	};
	uint32_t origin;
	TEEC_Result res;
	int r;

	op.params[1].tmpref.buffer = buf;
	op.params[1].tmpref.size = size;
	res = invoke(rproc, TA_CW_CMD_READ_RSC_TABLE, &op, &origin);
	if (res == TEEC_SUCCESS && op.params[1].tmpref.size == size)
		return 0;
	if (res == TEEC_SUCCESS)
		return cw_error_set(err, -EIO, "resource table: %zu bytes copied out instead of %zu",
				    op.params[1].tmpref.size, size);
	if (!is_unknown_command(res))
		return refused(rproc, err, res, origin, "reading the resource table", NULL);
	r = cw_bus_read(rproc->bus, CW_PA(pa), buf, size);
	if (r < 0)
		return cw_error_set(err, r,
				    "resource table: the TEE says it is at 0x%llx, which cannot be read, and "
				    "does not copy it out",
				    (unsigned long long)pa);
	return 0;
}

static int copy_table(struct cw_rproc *rproc, struct cw_error *err)
{
	struct cw_rproc_step step = {.id = CW_STEP_RSC_TABLE};
	uint64_t since = cw_rproc_now();
	uint8_t buf[CW_RSC_TABLE_MAX];
	uint64_t pa = 0, size = 0;
	int r;

	r = get_rsc_table(rproc, &pa, &size, err);
	if (r < 0)
		return r;
	if (size > sizeof(buf))
		return cw_error_set(err, -E2BIG, "resource table: the TEE says %llu bytes, more than %zu",
				    (unsigned long long)size, sizeof(buf));
	if (size) {
		r = read_table(rproc, pa, buf, (size_t)size, err);
		if (!r)
			r = cw_rproc_cache_table(rproc, buf, (size_t)size, err);
		if (r < 0)
			return r;
		step.bytes = size;
		step.count = cw_rsc_count(cw_span(rproc->table, rproc->table_size));
		snprintf(step.text, sizeof(step.text), "at 0x%llx", (unsigned long long)pa);
	} else {
		snprintf(step.text, sizeof(step.text), "the firmware has none");
	}
	cw_rproc_report(rproc, &step, since);
	return 0;
}

static int tee_parse_fw(struct cw_rproc *rproc, const struct cw_firmware *fw, struct cw_error *err)
{
	uint64_t since = cw_rproc_now();
	struct cw_error also;
	size_t used;
	int r = tee_load(rproc, fw, err);

	if (r < 0)
		return r;
	if (r > 0)
		report_load(rproc, fw, true, since);
	r = copy_table(rproc, err);
	if (!r)
		return 0;
	if (simple(rproc, TA_RPROC_CMD_RELEASE_FW, "release", &also) < 0 && err) {
		used = strlen(err->text);
		snprintf(err->text + used, sizeof(err->text) - used, "; moreover: %s", also.text);
	}
	return r;
}

static int tee_find_loaded(struct cw_rproc *rproc, const struct cw_firmware *fw, uint64_t *ret_pa,
			   uint64_t *ret_size, struct cw_error *err)
{
	return get_rsc_table(rproc, ret_pa, ret_size, err);
}

struct table_writer {
	struct cw_rproc *rproc;
	uint64_t pa;
	const uint8_t *now; /* as it is there */
};

/* Only what changes: of locked memory the host's fields may be written, and each alone. */
static int write_field(void *arg, uint32_t offset, uint32_t len)
{
	struct table_writer *w = arg;
	const uint8_t *field = w->rproc->table + offset;

	if (!memcmp(field, w->now + offset, len))
		return 0;
	return cw_bus_write(w->rproc->bus, CW_PA(w->pa + offset), field, len);
}

/* A service that does not write the table leaves it where the bus may be let to. */
static int write_table_by_bus(struct cw_rproc *rproc, struct cw_error *err)
{
	struct table_writer w = {.rproc = rproc};
	uint8_t now[CW_RSC_TABLE_MAX];
	uint64_t size = 0;
	int r = get_rsc_table(rproc, &w.pa, &size, err);

	if (r < 0)
		return r;
	if (size != rproc->table_size)
		return cw_error_set(err, -EIO, "resource table: it had %zu bytes, the TEE says %llu now",
				    rproc->table_size, (unsigned long long)size);
	w.now = now;
	r = cw_bus_read(rproc->bus, CW_PA(w.pa), now, (size_t)size);
	if (!r)
		r = cw_rsc_host_fields(cw_span(rproc->table, rproc->table_size), write_field, &w);
	if (r < 0)
		return cw_error_set(err, r, "resource table: 0x%llx cannot be written",
				    (unsigned long long)w.pa);
	return 0;
}

static int tee_write_rsc_table(struct cw_rproc *rproc, struct cw_error *err)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_INPUT, TEEC_NONE,
					       TEEC_NONE),
	};
	uint32_t origin;
	TEEC_Result res;

	op.params[1].tmpref.buffer = rproc->table;
	op.params[1].tmpref.size = rproc->table_size;
	res = invoke(rproc, TA_CW_CMD_WRITE_RSC_TABLE, &op, &origin);
	if (res == TEEC_SUCCESS)
		return 0;
	/* Ours answers BAD_PARAMETERS too, but only to tables that are not its image's: it knows STATUS. */
	if (!is_unknown_command(res) || tee_state(rproc) != TEE_UNKNOWN)
		return refused(rproc, err, res, origin, "writing the resource table", NULL);
	return write_table_by_bus(rproc, err);
}

static int tee_start(struct cw_rproc *rproc, struct cw_error *err)
{
	struct cw_error why;
	int r = simple(rproc, TA_RPROC_CMD_START_FW, "start", &why);

	/* Who died on it may have let the processor go before; who refused has not. */
	if (r < 0 && why.tee_result == TEEC_ERROR_TARGET_DEAD)
		simple(rproc, TA_RPROC_CMD_STOP_FW, "stop", NULL);
	if (r < 0 && err)
		*err = why;
	return r;
}

static int tee_stop(struct cw_rproc *rproc, struct cw_error *err)
{
	return simple(rproc, TA_RPROC_CMD_STOP_FW, "stop", err);
}

static int tee_release_fw(struct cw_rproc *rproc, struct cw_error *err)
{
	return simple(rproc, TA_RPROC_CMD_RELEASE_FW, "release", err);
}

const struct cw_rproc_ops cw_rproc_tee_ops = {
	.format = "signed remoteproc container",
	.open = tee_open,
	.close = tee_close,
	.alloc_fw = tee_alloc_fw,
	.sanity_check = tee_sanity_check,
	.parse_fw = tee_parse_fw,
	.load = tee_load,
	.find_loaded_rsc_table = tee_find_loaded,
	.write_rsc_table = tee_write_rsc_table,
	.start = tee_start,
	.stop = tee_stop,
	.release_fw = tee_release_fw,
};
