// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/remoteproc.c - the remoteproc TA as a hostile client calls it, and its platform service as a hostile TA calls that
 *
 * Surroundings: tests/unit/pta/rig.h, a bus without silicon. A byte with the number of steps, that many bytes of steps,
 * and the image that is loaded (as in container_load.c: a played signature, repaired by the mutator). Firmware never lands
 * in open memory, and memory never changes hands while the core runs; after a refused load nothing is left of it.
 */
#include "container_world.h"

#include <tee_internal_api.h>

#include "../unit/pta/gp.h"
#include "../unit/pta/rig.h"
#include "crypto/seal.h"
#include "secure/api/remoteproc_pta.h"
#include "secure/api/remoteproc_ta.h"

#define SESSIONS  2
#define STEPS_MAX 120

#define VI TEE_PARAM_TYPE_VALUE_INPUT
#define VO TEE_PARAM_TYPE_VALUE_OUTPUT
#define MI TEE_PARAM_TYPE_MEMREF_INPUT
#define MO TEE_PARAM_TYPE_MEMREF_OUTPUT

static struct fuzz_in in;
static struct cw_span image;
static void *session[SESSIONS], *service;
static bool meddled; /* the platform service was called past the TA */

int __wrap_cw_crypto_verify_digest(struct cw_span spki, unsigned signtype, const uint8_t digest[32],
				   struct cw_span sig);
int __wrap_cw_crypto_verify_digest(struct cw_span spki, unsigned signtype, const uint8_t digest[32],
				   struct cw_span sig)
{
	if (sig.len < 32)
		return -CW_CODE_SIGNATURE;
	for (int i = 0; i < 32; i++)
		if (sig.ptr[i] != (digest[i] ^ 0x5A))
			return -CW_CODE_SIGNATURE;
	return 0;
}

/* Encryption is played, too: an odd byte in the point is another board's, a tag that ends in FF is wrong, and what is
 * decrypted stays as it is. */
int __wrap_cw_seal_unwrap(struct cw_span device_der, const uint8_t signer[32],
			  const uint8_t wrapped[CW_SEAL_WRAPPED_SIZE],
			  uint8_t ret_key[CW_SEAL_KEY_SIZE]);
int __wrap_cw_seal_unwrap(struct cw_span device_der, const uint8_t signer[32],
			  const uint8_t wrapped[CW_SEAL_WRAPPED_SIZE],
			  uint8_t ret_key[CW_SEAL_KEY_SIZE])
{
	memcpy(ret_key, signer, CW_SEAL_KEY_SIZE);
	return wrapped[1] & 1 ? -CW_CODE_DEVICE_KEY : 0;
}

int __wrap_cw_seal_update(struct cw_seal *seal, uint8_t *bytes, size_t len);
int __wrap_cw_seal_update(struct cw_seal *seal, uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] ^= 0; /* all of it can be written */
	return 0;
}

int __wrap_cw_seal_finish(struct cw_seal *seal, uint8_t tag[CW_SEAL_TAG_SIZE]);
int __wrap_cw_seal_finish(struct cw_seal *seal, uint8_t tag[CW_SEAL_TAG_SIZE])
{
	return tag[CW_SEAL_TAG_SIZE - 1] == 0xFF ? -CW_CODE_DECRYPT : 0;
}

/* A board with a device key, unless the image ends in an odd byte. */
static void give_device_key(void)
{
	static uint8_t der[CW_DEVICE_KEY_SIZE];
	static size_t len;

	if (!len)
		fuzz_check(cw_device_key_new(der, &len) == 0);
	if (!image.len || !(image.ptr[image.len - 1] & 1))
		rig_write_file("device.key", der, len);
}

static TEE_Result call_ta(void *s, uint32_t cmd, uint32_t types, TEE_Param par[4])
{
	return TA_InvokeCommandEntryPoint(s, cmd, types, par);
}

static uint32_t state_of(void *s)
{
	TEE_Param par[4] = {0};

	fuzz_check(call_ta(s, TA_CW_CMD_STATUS, TEE_PARAM_TYPES(VI, VO, VO, 0), par) == TEE_SUCCESS);
	return par[1].value.a;
}

/* A refusal always has a reason, and it fits. */
static void check_reason(void *s)
{
	char text[CW_REFUSAL_TEXT_MAX];
	TEE_Param par[4] = {[1].memref = {text, sizeof(text)}};

	fuzz_check(call_ta(s, TA_CW_CMD_REASON, TEE_PARAM_TYPES(VI, MO, VO, VO), par) == TEE_SUCCESS);
	fuzz_check(par[1].memref.size <= sizeof(text));
	fuzz_check(!par[1].memref.size || !text[par[1].memref.size - 1]);
	fuzz_check(par[1].memref.size > 1 && par[2].value.a != CW_OK);
}

static void load(void *s, uint32_t cmd)
{
	uint8_t *copy = fuzz_copy(image.ptr, image.len);
	TEE_Param par[4] = {[1].memref = {copy, image.len}};
	uint32_t before = state_of(s);
	TEE_Result res;

	rig.unlocked_write = false;
	res = call_ta(s, cmd, TEE_PARAM_TYPES(VI, MI, 0, 0), par);
	fuzz_check(memcmp(copy, image.ptr, image.len) == 0);
	free(copy);
	if (res == TEE_SUCCESS) {
		fuzz_check(!rig.unlocked_write);
		return;
	}
	check_reason(s);
	if (cmd == TA_RPROC_CMD_LOAD_FW && before == 0 && !meddled) {
		fuzz_check(state_of(s) == 0 && rig_locked() == 0 && rig.n_windows == 0);
		fuzz_check(rig_memory_zero());
	}
}

/* The table as it is read, changed, written. */
static void table(void *s)
{
	uint8_t now[4096];
	TEE_Param par[4] = {[1].memref = {now, sizeof(now)}};
	size_t at;

	if (call_ta(s, TA_CW_CMD_READ_RSC_TABLE, TEE_PARAM_TYPES(VI, MO, 0, 0), par) != TEE_SUCCESS)
		return;
	at = fuzz_u8(&in);
	if (at < par[1].memref.size)
		now[at] ^= fuzz_u8(&in);
	call_ta(s, TA_CW_CMD_WRITE_RSC_TABLE, TEE_PARAM_TYPES(VI, MI, 0, 0), par);
}

static void any_command(void *s)
{
	static const uint32_t cmds[] = {1, 2, 3, 4, 5, 6, TA_CW_CMD_VERIFY, TA_CW_CMD_REASON,
					TA_CW_CMD_ROLLBACK, TA_CW_CMD_WRITE_RSC_TABLE,
					TA_CW_CMD_READ_RSC_TABLE, TA_CW_CMD_STATUS};
	static const uint32_t types[] = {TEE_PARAM_TYPES(VI, MI, 0, 0), TEE_PARAM_TYPES(VI, 0, 0, 0),
					 TEE_PARAM_TYPES(VI, VO, VO, 0), TEE_PARAM_TYPES(VI, MO, 0, 0),
					 TEE_PARAM_TYPES(VI, MI, MO, 0), TEE_PARAM_TYPES(VI, MO, VO, VO)};
	uint32_t type = types[fuzz_u8(&in) % 6], cmd = cmds[fuzz_u8(&in) % 12];
	size_t len = fuzz_u8(&in);
	uint8_t *buf = malloc(len + 1);
	TEE_Param par[4] = {0};

	par[0].value.a = fuzz_u8(&in) / 128;
	for (unsigned i = 1; i < 4; i++) {
		uint32_t t = TEE_PARAM_TYPE_GET(type, i);

		if (t < TEE_PARAM_TYPE_MEMREF_INPUT)
			continue;
		par[i].memref.buffer = len == 255 ? NULL : buf;
		par[i].memref.size = len == 255 ? 0 : len;
	}
	fuzz_fill(&in, buf, len);
	call_ta(s, cmd, type, par);
	free(buf);
}

static void toggle_session(unsigned i)
{
	TEE_Param par[4] = {0};

	if (session[i])
		TA_CloseSessionEntryPoint(session[i]);
	session[i] = NULL;
	if (fuzz_u8(&in) & 1)
		TA_OpenSessionEntryPoint(TEE_PARAM_TYPES(VI, 0, 0, 0), par, &session[i]);
}

/* ---- a hostile TA ---- */

static void service_param(union cw_pta_param *p, uint32_t type, uint8_t **ret_buf)
{
	static const uint32_t places[] = {0, 0x10000000, 0x10020000, 0x30000000, 0x10040000, 0x38000000, 0xFFFFFFF0};

	if (type >= TEE_PARAM_TYPE_MEMREF_INPUT) {
		p->mem.size = fuzz_u8(&in);
		p->mem.shared = p->mem.size & 1;
		*ret_buf = p->mem.buf = malloc(p->mem.size + 1);
		fuzz_check(p->mem.buf != NULL);
		memset(p->mem.buf, 0, p->mem.size + 1);
		fuzz_fill(&in, p->mem.buf, p->mem.size);
	} else {
		p->val.a = fuzz_u8(&in);
		if (p->val.a & 0x80)
			p->val.a = places[p->val.a % 7] + fuzz_u16(&in);
		p->val.b = fuzz_u8(&in) & 1 ? fuzz_u16(&in) : 0;
	}
}

#define LATER 22 /* rows from here on have a way of their own, so that the corpus means what it meant */

static void call_service(void)
{
	/* What each command takes. */
	static const struct {
		uint32_t cmd, types;
	} rows[] = {
		{PTA_RPROC_HW_CAPABILITIES, TEE_PARAM_TYPES(VI, VO, VO, 0)},
		{PTA_RPROC_FIRMWARE_LOAD, TEE_PARAM_TYPES(VI, MI, 0, 0)},
		{PTA_RPROC_LOAD_SEGMENT_SHA256, TEE_PARAM_TYPES(VI, MI, VI, MI)},
		{PTA_RPROC_SET_MEMORY, TEE_PARAM_TYPES(VI, VI, VI, VI)},
		{PTA_RPROC_FIRMWARE_START, TEE_PARAM_TYPES(VI, 0, 0, 0)},
		{PTA_RPROC_FIRMWARE_STOP, TEE_PARAM_TYPES(VI, 0, 0, 0)},
		{PTA_RPROC_FIRMWARE_DA_TO_PA, TEE_PARAM_TYPES(VI, VI, VI, VO)},
		{PTA_RPROC_VERIFY_DIGEST, TEE_PARAM_TYPES(VI, MI, MI, MI)},
		{PTA_RPROC_RELEASE, TEE_PARAM_TYPES(VI, 0, 0, 0)},
		{0x43570010, TEE_PARAM_TYPES(VI, 0, 0, 0)},   /* LOAD_BEGIN */
		{0x43570011, TEE_PARAM_TYPES(VI, VO, VO, MO)}, /* BOARD_INFO */
		{0x43570012, TEE_PARAM_TYPES(VI, VI, 0, 0)},  /* SET_VERSION */
		{0x43570013, TEE_PARAM_TYPES(VI, VI, 0, 0)},  /* WINDOWS */
		{0x43570014, TEE_PARAM_TYPES(VI, VI, MI, 0)}, /* WRITE_TABLE */
		{0x43570015, TEE_PARAM_TYPES(VI, MO, 0, 0)},  /* KEY_TEXT */
		{0x43570016, TEE_PARAM_TYPES(VI, MO, 0, 0)},  /* REGIONS */
		{0x43570017, TEE_PARAM_TYPES(VI, VI, MO, 0)}, /* READ_MEMORY */
		{0x43570018, TEE_PARAM_TYPES(VI, VI, VO, 0)}, /* CANONICAL */
		{0x43570019, TEE_PARAM_TYPES(VI, VO, 0, 0)},  /* STATUS */
		{0x43570021, TEE_PARAM_TYPES(VI, VI, VO, 0)}, /* SEARCH */
		{0x43570022, TEE_PARAM_TYPES(VI, MI, MI, VO)}, /* DECRYPT */
		{0x43570020, TEE_PARAM_TYPES(VI, MI, MI, VO)}, /* LOAD_SEGMENTS */
		{0x43570023, TEE_PARAM_TYPES(VI, VI, VO, 0)},  /* PLACE */
		{0x43570011, TEE_PARAM_TYPES(VI, VO, VO, 0)},  /* BOARD_INFO without the name */
	};
	unsigned how = fuzz_u8(&in), row = fuzz_u8(&in) % LATER;
	uint32_t type, cmd;
	uint8_t *buf[4] = {0};
	union cw_pta_param par[4] = {0};

	if (how >= 0xD8 && how < 0xE0)
		row = LATER + row % (sizeof(rows) / sizeof(rows[0]) - LATER);
	type = how >= 0xE0 ? fuzz_u16(&in) : rows[row].types;
	cmd = rows[row].cmd;

	for (unsigned i = 0; i < 4; i++)
		service_param(&par[i], TEE_PARAM_TYPE_GET(type, i), &buf[i]);
	if (how & 0x1F)
		par[0].val.a = 0;
	cw_pta_remoteproc.invoke(&rig.env, service, cmd, type, par);
	for (unsigned i = 0; i < 4; i++)
		free(buf[i]);
	meddled = true;
}

static void step(void)
{
	unsigned how = fuzz_u8(&in);
	void *s = session[how & 1] ? session[how & 1] : session[!(how & 1)];
	struct cw_bus_event crash = {.type = CW_EVENT_CRASH, .cause = CW_CRASH_FAULT};
	TEE_Param par[4] = {0};

	how >>= 1;
	if (how % 16 == 15)
		call_service();
	else if (how % 16 == 14)
		toggle_session(how / 16 % 2);
	else if (how % 16 == 13)
		(void)(rig_idle() || rig_timer_fire());
	else if (how % 16 == 12)
		cw_pta_remoteproc.crash(&rig.env, &crash);
	else if (!s)
		return;
	else if (how % 16 == 11)
		any_command(s);
	else if (how % 16 == 10)
		table(s);
	else if (how % 16 == 9)
		load(s, TA_CW_CMD_VERIFY);
	else if (how % 16 >= 6)
		load(s, TA_RPROC_CMD_LOAD_FW);
	else if (how % 16 >= 4)
		call_ta(s, TA_RPROC_CMD_START_FW, TEE_PARAM_TYPES(VI, 0, 0, 0), par);
	else if (how % 16 >= 2)
		call_ta(s, TA_RPROC_CMD_STOP_FW, TEE_PARAM_TYPES(VI, 0, 0, 0), par);
	else
		call_ta(s, TA_RPROC_CMD_RELEASE_FW, TEE_PARAM_TYPES(VI, 0, 0, 0), par);
	fuzz_check(!rig.running_change);
}

static void leave(void)
{
	for (unsigned i = 0; i < SESSIONS; i++)
		if (session[i])
			TA_CloseSessionEntryPoint(session[i]);
	TA_DestroyEntryPoint();
	cw_pta_remoteproc.close(&rig.env, service);
	fuzz_check(gp.live == 0);
	rig_free();
}

/* RSA keys are made by chance, which may take longer than an input is allowed. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	rig_new();
	rig_free();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const TEE_UUID ta = TA_RPROC_UUID;
	union cw_pta_param none[4] = {0};
	TEE_Param par[4] = {0};
	size_t n = size ? data[0] : 0;

	n = n < size ? n : size ? size - 1 : 0;
	in = fuzz_in(data + (size != 0), n);
	image = cw_span(data + (size != 0) + n, size - (size != 0) - n);
	memset(&gp, 0, sizeof(gp));
	memset(session, 0, sizeof(session));
	meddled = false;
	rig_new();
	rig.core.state = CW_CORE_HELD;
	give_device_key();
	fuzz_check(cw_pta_remoteproc.open(&rig.env, &ta, TEE_PARAM_TYPES(VI, 0, 0, 0), none, &service) ==
			   TEE_SUCCESS ||
		   cw_pta_remoteproc.open(&rig.env, &ta, 0, none, &service) == TEE_SUCCESS);
	fuzz_check(TA_CreateEntryPoint() == TEE_SUCCESS);
	fuzz_check(TA_OpenSessionEntryPoint(TEE_PARAM_TYPES(VI, 0, 0, 0), par, &session[0]) == TEE_SUCCESS);
	for (unsigned i = 0; i < STEPS_MAX && in.left; i++)
		step();
	leave();
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size_t n = size ? 1 + (size_t)data[0] : 0, len;

	if (seed % 2 || n >= size)
		return LLVMFuzzerMutate(data, size, max_size);
	len = container_mutate(data + n, size - n, max_size - n, seed / 16);
	if (seed / 2 % 8)
		len = container_repair(data + n, len, max_size - n, true);
	return n + len;
}
