// SPDX-License-Identifier: BSD-2-Clause
/* The trusted application and its platform service with encrypted images: what is decrypted, who cannot, every step failing */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "crypto/seal.h"
#include "secure/api/remoteproc_pta.h"
#include "ta_calls.h"

#define ENTRY	28u
#define RECORD	0x1C004u
#define PT_LOAD 1u

static uint8_t device[CW_DEVICE_KEY_SIZE], record[ENTRY * 3 + CW_SEAL_WRAPPED_SIZE];
static size_t device_len;

/* The standard firmware, encrypted to @device; @signer: whose images may use the key. */
static void seal_image(enum rig_key signer)
{
	uint8_t content[CW_SEAL_KEY_SIZE] = {7}, fp[CW_SHA256_SIZE], spki[CW_SPKI_MAX];
	const uint8_t *der;
	size_t spki_len, size;

	fw_standard(&fw);
	size = fw_elf(&fw, elf, sizeof(elf));
	for (uint32_t i = 0; i < 3; i++) {
		uint8_t *header = elf + 52 + 32 * i, *entry = record + ENTRY * i;
		uint32_t offset = cw_get_le32(header + 4), filesz = cw_get_le32(header + 16);
		struct cw_seal *s;

		assert_int_equal(cw_get_le32(header), PT_LOAD);
		memset(entry, (int)i, CW_SEAL_IV_SIZE);
		s = cw_seal_new(true, content, entry, cw_span(header, 32));
		assert_non_null(s);
		assert_int_equal(cw_seal_update(s, elf + offset, filesz), 0);
		assert_int_equal(cw_seal_finish(s, entry + CW_SEAL_IV_SIZE), 0);
		cw_seal_free(s);
	}
	spki_len = rig_spki(signer, &der);
	assert_int_equal(cw_crypto_fingerprint(cw_span(der, spki_len), fp), 0);
	assert_int_equal(cw_device_key_public(cw_span(device, device_len), spki, &spki_len), 0);
	assert_int_equal(cw_seal_wrap(cw_span(spki, spki_len), fp, content, record + ENTRY * 3), 0);
	box_init(&box, 2);
	box_add_elf(&box, elf, size);
	box_records(&box);
	box_record(&box, RECORD, record, sizeof(record));
	finish(RIG_EC);
}

static int setup_sealed(void **state)
{
	int r = setup(state);

	if (!r)
		r = cw_device_key_new(device, &device_len);
	if (!r) {
		rig_write_file("device.key", device, device_len);
		seal_image(RIG_EC);
	}
	return r;
}

static bool whole_life(void)
{
	uint8_t table[FW_TABLE_SIZE];
	bool good = load() == TEE_SUCCESS && read_table(table, sizeof(table)) == TEE_SUCCESS;

	if (good)
		assert_memory_equal(table, fw_table, sizeof(table));
	return good && START() == TEE_SUCCESS && STOP() == TEE_SUCCESS && RELEASE() == TEE_SUCCESS;
}

static void encrypted_images_live(void **state)
{
	char text[CW_REFUSAL_TEXT_MAX];

	assert_true(whole_life());
	assert_true(whole_life());
	rig.no_maps = true; /* a bus that carries no descriptors */
	assert_true(whole_life());
	rig.no_maps = false;
	memset(par, 0, sizeof(par));
	par[1].memref.buffer = image;
	par[1].memref.size = image_size;
	par[2].memref.buffer = text;
	par[2].memref.size = sizeof(text);
	assert_int_equal(invoke(TA_CW_CMD_VERIFY, TEE_PARAM_TYPES(VI, MI, MO, NONE)), TEE_SUCCESS);
	assert_non_null(strstr(text, "the image is encrypted"));
}

static void who_cannot_decrypt_says_so(void **state)
{
	rig_write_file("device.key", device, device_len - 1);
	refused(load(), TEE_ERROR_SECURITY, CW_CODE_DEVICE_KEY, "device key is none");
	assert_int_equal(cw_device_key_new(device, &device_len), 0);
	rig_write_file("device.key", device, device_len);
	refused(load(), TEE_ERROR_SECURITY, CW_CODE_DEVICE_KEY, "does not open");
	seal_image(RIG_RSA);
	refused(load(), TEE_ERROR_SECURITY, CW_CODE_DEVICE_KEY, "does not open");
	seal_image(RIG_EC);
	assert_true(whole_life());
	box_value(&box, RECORD)[ENTRY * 2 + 27] ^= 1;
	finish(RIG_EC);
	refused(load(), TEE_ERROR_SECURITY, CW_CODE_DECRYPT, "segment 2 ");
}

/* OP-TEE's own service, in a real OP-TEE or here. Nothing of the image is loaded. */
static void a_stock_service_is_not_asked(void **state)
{
	TA_CloseSessionEntryPoint(session);
	TA_DestroyEntryPoint();
	gp.stock = true;
	assert_int_equal(open_session(0, &session), TEE_SUCCESS);
	rig.calls = 0;
	refused(load(), TEE_ERROR_NOT_SUPPORTED, CW_CODE_UNSUPPORTED,
		"this platform service cannot decrypt");
	assert_int_equal(verify(), TEE_SUCCESS);
}

static TEE_Result decrypt(const void *rec, size_t rec_len, const void *headers, size_t headers_len,
			  uint32_t *ret_bad)
{
	union cw_pta_param p[4] = {0};
	static const TEE_UUID ta = TA_RPROC_UUID;
	void *ctx;
	TEE_Result res;

	assert_int_equal(cw_pta_remoteproc.open(&rig.env, &ta,
						TEE_PARAM_TYPES(VI, NONE, NONE, NONE), p, &ctx),
			 TEE_SUCCESS);
	p[1].mem.buf = (void *)(uintptr_t)rec;
	p[1].mem.size = rec_len;
	p[2].mem.buf = (void *)(uintptr_t)headers;
	p[2].mem.size = headers_len;
	res = cw_pta_remoteproc.invoke(&rig.env, ctx, PTA_CW_DECRYPT,
				       TEE_PARAM_TYPES(VI, MI, MI, VO), p);
	cw_pta_remoteproc.close(&rig.env, ctx);
	*ret_bad = p[3].val.a;
	return res;
}

static void the_service_takes_what_fits(void **state)
{
	uint8_t headers[96], outside[96];
	uint32_t bad;

	memcpy(headers, elf + 52, sizeof(headers));
	assert_int_equal(decrypt(record, sizeof(record), headers, 96, &bad), TEE_ERROR_BAD_STATE);
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(decrypt(record, sizeof(record), headers, 0, &bad),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(decrypt(record, sizeof(record), headers, 64, &bad),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(decrypt(record, sizeof(record), headers, 95, &bad),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(decrypt(record, sizeof(record) - 1, headers, 96, &bad),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(decrypt(record, 0, headers, 96, &bad), TEE_ERROR_BAD_PARAMETERS);
	/* What is plain already has no tag, and nothing of it stays. */
	assert_int_equal(decrypt(record, sizeof(record), headers, 96, &bad), TEE_ERROR_MAC_INVALID);
	assert_int_equal(bad, 0);
	assert_int_equal(RELEASE(), TEE_SUCCESS);
	assert_int_equal(load(), TEE_SUCCESS);
	memcpy(outside, headers, sizeof(outside));
	cw_put_le32(outside + 32 + 12, 0xC0000000);
	assert_int_equal(decrypt(record, sizeof(record), outside, 96, &bad), TEE_ERROR_MAC_INVALID);
	assert_int_equal(RELEASE(), TEE_SUCCESS);
	assert_true(rig_memory_zero());
}

static void decrypting_fails_at_every_step(void **state)
{
	every_step_fails(whole_life);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup_sealed, teardown)
	const struct CMUnitTest tests[] = {
		T(encrypted_images_live),
		T(who_cannot_decrypt_says_so),
		T(a_stock_service_is_not_asked),
		T(the_service_takes_what_fits),
		T(decrypting_fails_at_every_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
