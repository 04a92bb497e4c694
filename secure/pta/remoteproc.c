// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/pta/remoteproc.c - the remoteproc platform service
 *
 * UUID, commands 1 to 9 and their codes are OP-TEE's for STM32MP, but for what was wrong there:
 * state is per processor, 64-bit halves count, SET_MEMORY fills with the byte it was given, keys
 * come from fuses, and memory is locked before anything is loaded to it. Our own commands are
 * described in remoteproc_pta.h.
 */
#include "secure/pta/remoteproc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/verify.h"
#include "secure/api/remoteproc_pta.h"
#include "secure/api/remoteproc_ta.h"

#define NONE TEE_PARAM_TYPE_NONE
#define VI   TEE_PARAM_TYPE_VALUE_INPUT
#define VO   TEE_PARAM_TYPE_VALUE_OUTPUT
#define MI   TEE_PARAM_TYPE_MEMREF_INPUT
#define MO   TEE_PARAM_TYPE_MEMREF_OUTPUT

#define PKEYINFO_MAX 32768 /* more than an image's records may have together */

static struct rproc procs[CW_BOARD_RPROCS_MAX];
static unsigned n_procs;

static uint64_t wide(const union cw_pta_param *p)
{
	return (uint64_t)p->val.b << 32 | p->val.a;
}

static void put_wide(union cw_pta_param *p, uint64_t v)
{
	p->val.a = (uint32_t)v;
	p->val.b = (uint32_t)(v >> 32);
}

static TEE_Result put_bytes(union cw_pta_param *p, const void *data, size_t len)
{
	size_t room = p->mem.size;

	p->mem.size = len;
	if (room < len)
		return TEE_ERROR_SHORT_BUFFER;
	if (len)
		memcpy(p->mem.buf, data, len);
	return TEE_SUCCESS;
}

/* A sentence's part: cut rather than refused. */
static TEE_Result put_text(union cw_pta_param *p, const char *text, size_t len)
{
	size_t room = p->mem.size;

	if (len <= room || room < 8)
		return put_bytes(p, text, len);
	memcpy(p->mem.buf, text, room - 4);
	memcpy(p->mem.buf + room - 4, "...", 4);
	return TEE_SUCCESS;
}

static TEE_Result do_capabilities(struct rproc *p, union cw_pta_param params[4])
{
	params[1].val.a = PTA_RPROC_HWCAP_FMT_ELF;
	params[1].val.b = 0;
	params[2].val.a = PTA_RPROC_HWCAP_PROT_HASH_TABLE;
	params[2].val.b = 0;
	return TEE_SUCCESS;
}

static TEE_Result do_firmware_load(struct rproc *p, union cw_pta_param params[4])
{
	return TEE_ERROR_NOT_IMPLEMENTED; /* formats of their own are for others */
}

/* What the last firmware left. Its windows go before anything else comes to their addresses. */
static TEE_Result forget(struct rproc *p)
{
	rproc_table_forget(p);
	p->has_version = false;
	return rproc_windows_apply(procs, n_procs);
}

/* Hold the core first: nothing runs while its memory changes hands. */
static TEE_Result do_begin(struct rproc *p, union cw_pta_param params[4])
{
	TEE_Result res;
	int r = rproc_core_hold(p);

	if (r < 0)
		return rproc_result(r);
	memcpy(p->load_key, p->key, sizeof(p->load_key));
	p->stock = false;
	p->new_image = true; /* until the last one's bytes are gone, and the normal world's */
	res = forget(p);
	/* What could not be scrubbed after the last firmware is, before another one comes. */
	if (res == TEE_SUCCESS && p->quarantined)
		res = rproc_memory_release(p);
	if (res == TEE_SUCCESS)
		res = rproc_memory_lock(p);
	/* What lay there came from anybody: an image need not cover it, not even the vector table. It is wiped before
	 * anything else looks at memory; LOAD_SEGMENTS does so for what it does not overwrite. A call that failed wiped
	 * nothing of what the one before left. */
	if (res == TEE_SUCCESS)
		p->unwiped = true;
	p->new_image = res != TEE_SUCCESS;
	return res;
}

static TEE_Result wipe_if_needed(struct rproc *p)
{
	TEE_Result res = p->unwiped ? rproc_memory_wipe(p) : TEE_SUCCESS;

	if (res == TEE_SUCCESS)
		p->unwiped = false;
	return res;
}

/* A TA that knows no LOAD_BEGIN gets its memory locked all the same, and it is told apart by that: see rproc_stock.c. */
static TEE_Result lock_if_needed(struct rproc *p)
{
	TEE_Result res;

	if (p->phase != RPROC_IDLE && !p->new_image)
		return TEE_SUCCESS;
	res = rproc_stock_allowed(p);
	if (res == TEE_SUCCESS)
		res = do_begin(p, NULL);
	if (res == TEE_SUCCESS)
		res = wipe_if_needed(p);
	if (res == TEE_SUCCESS)
		p->stock = true;
	return res;
}

static TEE_Result do_load_segment(struct rproc *p, union cw_pta_param params[4])
{
	uint8_t hash[32];
	TEE_Result res;

	if (params[3].mem.size != sizeof(hash) || !params[1].mem.size)
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(hash, params[3].mem.buf, sizeof(hash));
	res = lock_if_needed(p);
	if (res != TEE_SUCCESS)
		return res;
	if (rproc_stock_overlaps_table(p, wide(&params[2]), params[1].mem.size))
		return TEE_ERROR_ACCESS_DENIED;
	return rproc_memory_load(p, wide(&params[2]), params[1].mem.buf, params[1].mem.size, hash);
}

static TEE_Result do_load_segments(struct rproc *p, union cw_pta_param params[4])
{
	size_t size = params[2].mem.size;
	uint8_t *table;
	TEE_Result res;

	params[3].val.a = params[3].val.b = 0;
	if (params[0].val.b) {
		res = do_begin(p, NULL);
		if (res != TEE_SUCCESS)
			return res;
	}
	if (p->phase != RPROC_LOCKED || p->stock || p->new_image)
		return TEE_ERROR_BAD_STATE;
	if (!size || size % PTA_CW_SEGMENT_SIZE || size / PTA_CW_SEGMENT_SIZE > PTA_CW_SEGMENTS_MAX)
		return TEE_ERROR_BAD_PARAMETERS;
	table = malloc(size);
	if (!table)
		return TEE_ERROR_OUT_OF_MEMORY;
	memcpy(table, params[2].mem.buf, size);
	res = rproc_batch_load(p, cw_span(params[1].mem.buf, params[1].mem.size),
			       cw_span(table, size), &params[3].val.a);
	free(table);
	return res;
}

/* OP-TEE's TA fills in the low halves only; in the high ones it leaves parts of what it passed before. */
static TEE_Result do_set_memory(struct rproc *p, union cw_pta_param params[4])
{
	TEE_Result res = lock_if_needed(p);

	if (res != TEE_SUCCESS)
		return res;
	if (p->stock)
		params[1].val.b = params[2].val.b = params[3].val.b = 0;
	if (params[3].val.a > 0xFF || params[3].val.b)
		return TEE_ERROR_BAD_PARAMETERS;
	if (rproc_stock_overlaps_table(p, wide(&params[1]), wide(&params[2])))
		return TEE_ERROR_ACCESS_DENIED;
	return rproc_memory_fill(p, wide(&params[1]), wide(&params[2]), (uint8_t)params[3].val.a);
}

static TEE_Result do_start(struct rproc *p, union cw_pta_param params[4])
{
	TEE_Result res;
	int r;

	if (p->phase != RPROC_LOCKED || p->quarantined || (p->stock && p->new_image))
		return TEE_ERROR_BAD_STATE;
	p->phase = RPROC_RUNNING;
	p->was_started = true;
	res = rproc_windows_apply(procs, n_procs);
	if (res == TEE_SUCCESS) {
		rproc_rollback_watch(p);
		r = rproc_core_release(p);
		if (r == 0) {
			rproc_warm_start(p);
			return TEE_SUCCESS;
		}
		res = rproc_result(r);
		p->env->log("remoteproc: %s could not be released: %s", p->board->name,
			    strerror(-r));
	}
	rproc_rollback_crashed(p);
	rproc_core_hold(p);
	p->phase = RPROC_LOCKED;
	rproc_windows_apply(procs, n_procs);
	return res;
}

static TEE_Result do_stop(struct rproc *p, union cw_pta_param params[4])
{
	int r;

	rproc_rollback_stop(p);
	r = rproc_core_hold(p);
	if (r < 0) {
		p->env->log("remoteproc: %s could not be held: %s", p->board->name, strerror(-r));
		return rproc_result(r);
	}
	p->phase = RPROC_LOCKED;
	/* The core stands, so this is done. Windows that could not be narrowed are tried again
	 * before anything else comes to their addresses. */
	rproc_windows_apply(procs, n_procs);
	return TEE_SUCCESS;
}

static TEE_Result do_da_to_pa(struct rproc *p, union cw_pta_param params[4])
{
	uint64_t pa;
	TEE_Result res;

	if (params[1].val.b || params[2].val.b)
		return TEE_ERROR_BAD_PARAMETERS;
	res = rproc_memory_pa(p, params[1].val.a, params[2].val.a, &pa);
	if (res == TEE_SUCCESS && rproc_stock_table(p, params[1].val.a, params[2].val.a))
		res = rproc_windows_apply(procs, n_procs);
	if (res == TEE_SUCCESS)
		put_wide(&params[3], pa);
	return res;
}

/* Everything that is looked at twice is copied first. */
static TEE_Result do_verify(struct rproc *p, union cw_pta_param params[4])
{
	size_t info_size = params[1].mem.size, head = sizeof(struct rproc_pta_key_info);
	uint8_t digest[32], signature[CW_SIGNATURE_MAX];
	TEE_Result res = TEE_ERROR_BAD_PARAMETERS;
	uint8_t *info;

	if (params[2].mem.size != sizeof(digest) || info_size < head || info_size > PKEYINFO_MAX)
		return TEE_ERROR_BAD_PARAMETERS;
	if (!params[3].mem.size || params[3].mem.size > sizeof(signature))
		return TEE_ERROR_SIGNATURE_INVALID;
	info = malloc(info_size);
	if (!info)
		return TEE_ERROR_OUT_OF_MEMORY;
	memcpy(info, params[1].mem.buf, info_size);
	memcpy(digest, params[2].mem.buf, sizeof(digest));
	memcpy(signature, params[3].mem.buf, params[3].mem.size);
	if (cw_get_le32(info + 4) == info_size - head)
		res = rproc_keys_verify(p, cw_get_le32(info),
					cw_span(info + head, info_size - head), digest,
					cw_span(signature, params[3].mem.size));
	free(info);
	if (res == TEE_SUCCESS)
		p->new_image = true;
	return res;
}

static TEE_Result do_release(struct rproc *p, union cw_pta_param params[4])
{
	TEE_Result res;
	int r = rproc_core_hold(p);

	if (r < 0)
		return rproc_result(r);
	res = forget(p);
	if (res == TEE_SUCCESS)
		res = rproc_memory_release(p);
	if (res == TEE_SUCCESS)
		p->unwiped = false; /* what was there went with its generation */
	return res;
}

static TEE_Result do_board_policy(struct rproc *p, union cw_pta_param params[4])
{
	struct cw_bus_fuses fuses;
	uint64_t minimum;
	TEE_Result res;
	int r = cw_bus_fuses(p->env->bus, &fuses);

	if (r < 0)
		return rproc_result(r);
	res = rproc_rollback_minimum(p, &fuses, &minimum);
	if (res != TEE_SUCCESS)
		return res;
	params[1].val.a = fuses.require;
	params[1].val.b = 0;
	put_wide(&params[2], minimum);
	return TEE_SUCCESS;
}

static TEE_Result do_board_info(struct rproc *p, union cw_pta_param params[4])
{
	TEE_Result res = do_board_policy(p, params);

	if (res != TEE_SUCCESS)
		return res;
	return put_bytes(&params[3], p->board->compatible, strlen(p->board->compatible) + 1);
}

static TEE_Result do_set_version(struct rproc *p, union cw_pta_param params[4])
{
	if (p->phase != RPROC_LOCKED)
		return TEE_ERROR_BAD_STATE;
	p->version = wide(&params[1]);
	p->has_version = true;
	return TEE_SUCCESS;
}

static TEE_Result do_windows(struct rproc *p, union cw_pta_param params[4])
{
	TEE_Result res;

	if (p->phase != RPROC_LOCKED)
		return TEE_ERROR_BAD_STATE;
	res = rproc_table_announce(p, params[1].val.a, params[1].val.b);
	return res == TEE_SUCCESS ? rproc_windows_apply(procs, n_procs) : res;
}

static TEE_Result do_write_table(struct rproc *p, union cw_pta_param params[4])
{
	uint8_t *copy;
	TEE_Result res;

	if (p->phase != RPROC_LOCKED)
		return TEE_ERROR_BAD_STATE;
	if (!params[2].mem.size || params[2].mem.size > PKEYINFO_MAX)
		return TEE_ERROR_BAD_PARAMETERS;
	copy = malloc(params[2].mem.size);
	if (!copy)
		return TEE_ERROR_OUT_OF_MEMORY;
	memcpy(copy, params[2].mem.buf, params[2].mem.size);
	res = rproc_table_write(p, wide(&params[1]), copy, params[2].mem.size);
	free(copy);
	return res;
}

static TEE_Result do_key_text(struct rproc *p, union cw_pta_param params[4])
{
	char text[CW_FUSE_KEYS * 112];

	return put_text(&params[1], text, rproc_keys_text(p, text, sizeof(text)));
}

static TEE_Result do_regions(struct rproc *p, union cw_pta_param params[4])
{
	char text[CW_BOARD_REGIONS_MAX * 64];

	return put_text(&params[1], text, rproc_memory_text(p, text, sizeof(text)));
}

static TEE_Result do_read_memory(struct rproc *p, union cw_pta_param params[4])
{
	if (p->phase == RPROC_IDLE)
		return TEE_ERROR_BAD_STATE;
	return rproc_memory_read(p, wide(&params[1]), params[2].mem.buf, params[2].mem.size);
}

static TEE_Result do_search(struct rproc *p, union cw_pta_param params[4])
{
	if (p->phase == RPROC_IDLE)
		return TEE_ERROR_BAD_STATE;
	params[2].val.b = 0;
	return rproc_memory_search(p, params[1].val.a, params[1].val.b, &params[2].val.a);
}

static TEE_Result do_canonical(struct rproc *p, union cw_pta_param params[4])
{
	uint64_t name;
	TEE_Result res = rproc_memory_canonical(p, wide(&params[1]), &name);

	if (res == TEE_SUCCESS)
		put_wide(&params[2], name);
	return res;
}

static TEE_Result do_place(struct rproc *p, union cw_pta_param params[4])
{
	uint64_t name;
	TEE_Result res = rproc_memory_range(p, params[1].val.a, params[1].val.b, &name);

	if (res == TEE_SUCCESS)
		put_wide(&params[2], name);
	return res;
}

/* Both are copied: what is looked at twice must not change. */
static TEE_Result do_decrypt(struct rproc *p, union cw_pta_param params[4])
{
	size_t record = params[1].mem.size, headers = params[2].mem.size;
	uint32_t bad = 0;
	uint8_t *copy;
	TEE_Result res;

	if (p->phase != RPROC_LOCKED || p->stock)
		return TEE_ERROR_BAD_STATE;
	if (record > PKEYINFO_MAX || headers > PKEYINFO_MAX)
		return TEE_ERROR_BAD_PARAMETERS;
	copy = malloc(record + headers + 1);
	if (!copy)
		return TEE_ERROR_OUT_OF_MEMORY;
	if (record)
		memcpy(copy, params[1].mem.buf, record);
	if (headers)
		memcpy(copy + record, params[2].mem.buf, headers);
	res = rproc_decrypt(p, cw_span(copy, record), cw_span(copy + record, headers), &bad);
	free(copy);
	params[3].val.a = bad;
	params[3].val.b = 0;
	return res;
}

static TEE_Result do_status(struct rproc *p, union cw_pta_param params[4])
{
	params[1].val.a = p->phase;
	params[1].val.b = p->quarantined;
	return TEE_SUCCESS;
}

/* When a command may come. */
enum when {
	ALWAYS,
	HELD,	  /* not while the core runs */
	RELEASED, /* only then */
};

static const struct command {
	uint32_t id, types;
	enum when when;
	bool unwiped; /* may find in memory what was there before LOAD_BEGIN: it does not look */
	TEE_Result (*run)(struct rproc *p, union cw_pta_param params[4]);
} commands[] = {
	{PTA_RPROC_HW_CAPABILITIES, TEE_PARAM_TYPES(VI, VO, VO, NONE), ALWAYS, true, do_capabilities},
	{PTA_RPROC_FIRMWARE_LOAD, TEE_PARAM_TYPES(VI, MI, NONE, NONE), HELD, true, do_firmware_load},
	{PTA_RPROC_LOAD_SEGMENT_SHA256, TEE_PARAM_TYPES(VI, MI, VI, MI), HELD, false, do_load_segment},
	{PTA_RPROC_SET_MEMORY, TEE_PARAM_TYPES(VI, VI, VI, VI), HELD, false, do_set_memory},
	{PTA_RPROC_FIRMWARE_START, TEE_PARAM_TYPES(VI, NONE, NONE, NONE), HELD, false, do_start},
	{PTA_RPROC_FIRMWARE_STOP, TEE_PARAM_TYPES(VI, NONE, NONE, NONE), RELEASED, true, do_stop},
	{PTA_RPROC_FIRMWARE_DA_TO_PA, TEE_PARAM_TYPES(VI, VI, VI, VO), ALWAYS, true, do_da_to_pa},
	{PTA_RPROC_VERIFY_DIGEST, TEE_PARAM_TYPES(VI, MI, MI, MI), ALWAYS, true, do_verify},
	{PTA_RPROC_RELEASE, TEE_PARAM_TYPES(VI, NONE, NONE, NONE), HELD, true, do_release},
	{PTA_CW_LOAD_BEGIN, TEE_PARAM_TYPES(VI, NONE, NONE, NONE), HELD, true, do_begin},
	{PTA_CW_LOAD_SEGMENTS, TEE_PARAM_TYPES(VI, MI, MI, VO), HELD, true, do_load_segments},
	{PTA_CW_BOARD_INFO, TEE_PARAM_TYPES(VI, VO, VO, MO), ALWAYS, true, do_board_info},
	{PTA_CW_BOARD_INFO, TEE_PARAM_TYPES(VI, VO, VO, NONE), ALWAYS, true, do_board_policy},
	{PTA_CW_SET_VERSION, TEE_PARAM_TYPES(VI, VI, NONE, NONE), HELD, false, do_set_version},
	{PTA_CW_WINDOWS, TEE_PARAM_TYPES(VI, VI, NONE, NONE), HELD, false, do_windows},
	{PTA_CW_WRITE_TABLE, TEE_PARAM_TYPES(VI, VI, MI, NONE), HELD, false, do_write_table},
	{PTA_CW_KEY_TEXT, TEE_PARAM_TYPES(VI, MO, NONE, NONE), ALWAYS, true, do_key_text},
	{PTA_CW_REGIONS, TEE_PARAM_TYPES(VI, MO, NONE, NONE), ALWAYS, true, do_regions},
	{PTA_CW_READ_MEMORY, TEE_PARAM_TYPES(VI, VI, MO, NONE), ALWAYS, false, do_read_memory},
	{PTA_CW_SEARCH, TEE_PARAM_TYPES(VI, VI, VO, NONE), HELD, false, do_search},
	{PTA_CW_CANONICAL, TEE_PARAM_TYPES(VI, VI, VO, NONE), ALWAYS, true, do_canonical},
	{PTA_CW_PLACE, TEE_PARAM_TYPES(VI, VI, VO, NONE), ALWAYS, true, do_place},
	{PTA_CW_DECRYPT, TEE_PARAM_TYPES(VI, MI, MI, VO), HELD, false, do_decrypt},
	{PTA_CW_STATUS, TEE_PARAM_TYPES(VI, VO, NONE, NONE), ALWAYS, true, do_status},
};

static TEE_Result remoteproc_invoke(struct cw_pta_env *env, void *ctx, uint32_t cmd, uint32_t types,
				    union cw_pta_param params[4])
{
	struct rproc *p = ctx;
	const struct command *c = NULL;
	TEE_Result res;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].id == cmd && (!c || commands[i].types == types))
			c = &commands[i];
	if (!c)
		return TEE_ERROR_NOT_IMPLEMENTED;
	if (types != c->types || params[0].val.a != p->index)
		return TEE_ERROR_BAD_PARAMETERS;
	if ((c->when == HELD && p->phase == RPROC_RUNNING) ||
	    (c->when == RELEASED && p->phase != RPROC_RUNNING))
		return TEE_ERROR_BAD_STATE;
	res = c->unwiped ? TEE_SUCCESS : wipe_if_needed(p);
	return res == TEE_SUCCESS ? c->run(p, params) : res;
}

static TEE_Result remoteproc_open(struct cw_pta_env *env, const TEE_UUID *caller, uint32_t types,
				  union cw_pta_param params[4], void **ret_ctx)
{
	static const TEE_UUID ta = TA_RPROC_UUID;

	if (!caller || memcmp(caller, &ta, sizeof(ta)))
		return TEE_ERROR_ACCESS_DENIED;
	if (types != TEE_PARAM_TYPES(VI, NONE, NONE, NONE))
		return TEE_ERROR_BAD_PARAMETERS;
	if (params[0].val.a >= n_procs)
		return TEE_ERROR_NOT_SUPPORTED;
	*ret_ctx = &procs[params[0].val.a];
	return TEE_SUCCESS;
}

/* A processor outlives the sessions that speak for it. */
static void remoteproc_close(struct cw_pta_env *env, void *ctx)
{
}

static int remoteproc_init(struct cw_pta_env *env)
{
	int r = 0;

	cw_crypto_init();
	n_procs = env->board->n_rprocs;
	for (unsigned i = 0; r == 0 && i < n_procs; i++) {
		procs[i] = (struct rproc){.env = env, .board = &env->board->rprocs[i], .index = i};
		r = rproc_core_init(&procs[i]);
		if (r == 0)
			r = rproc_memory_init(&procs[i]);
	}
	return r;
}

static void remoteproc_exit(struct cw_pta_env *env)
{
	for (unsigned i = 0; i < n_procs; i++) {
		env->timer_cancel(env, &procs[i]);
		rproc_warm_stop(&procs[i]);
		rproc_core_hold(&procs[i]);
		rproc_table_forget(&procs[i]);
		rproc_memory_drop(&procs[i]);
	}
	n_procs = 0;
}

/* The event does not say whose core it was; every processor that waits to show life has not shown
 * it. */
static void remoteproc_crash(struct cw_pta_env *env, const void *bus_event)
{
	for (unsigned i = 0; i < n_procs; i++)
		rproc_rollback_crashed(&procs[i]);
}

extern const struct cw_pta cw_pta_remoteproc;

const struct cw_pta cw_pta_remoteproc = {
	.uuid = PTA_RPROC_UUID,
	.name = "remoteproc",
	.init = remoteproc_init,
	.exit = remoteproc_exit,
	.open = remoteproc_open,
	.close = remoteproc_close,
	.invoke = remoteproc_invoke,
	.crash = remoteproc_crash,
};
