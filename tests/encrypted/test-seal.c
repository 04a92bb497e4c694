// SPDX-License-Identifier: BSD-2-Clause
/* crypto/seal.h: what is wrapped and encrypted opens again, and only so; nothing of what came before a failure is given out */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/refusal.h"
#include "crypto/seal.h"

struct device {
	uint8_t der[CW_DEVICE_KEY_SIZE], spki[CW_SPKI_MAX];
	size_t der_len, spki_len;
};

static struct device new_device(void)
{
	struct device d;

	assert_int_equal(cw_device_key_new(d.der, &d.der_len), 0);
	assert_int_equal(cw_device_key_public(cw_span(d.der, d.der_len), d.spki, &d.spki_len), 0);
	return d;
}

static int unwrap(const struct device *d, const uint8_t signer[32], const uint8_t *wrapped,
		  uint8_t key[CW_SEAL_KEY_SIZE])
{
	return cw_seal_unwrap(cw_span(d->der, d->der_len), signer, wrapped, key);
}

static void wrapped_keys_open_for_their_device_and_signer(void **unused)
{
	struct device mine = new_device(), other = new_device();
	uint8_t signer[32] = {1}, another[32] = {2}, key[CW_SEAL_KEY_SIZE],
		got[CW_SEAL_KEY_SIZE] = {0};
	uint8_t wrapped[CW_SEAL_WRAPPED_SIZE], second[CW_SEAL_WRAPPED_SIZE],
		zero[CW_SEAL_KEY_SIZE] = {0};

	assert_int_equal(cw_seal_random(key, sizeof(key)), 0);
	assert_int_equal(cw_seal_wrap(cw_span(mine.spki, mine.spki_len), signer, key, wrapped), 0);
	assert_int_equal(cw_seal_wrap(cw_span(mine.spki, mine.spki_len), signer, key, second), 0);
	assert_memory_not_equal(wrapped, second, CW_SEAL_POINT_SIZE);
	assert_int_equal(unwrap(&other, signer, wrapped, got), -CW_CODE_DEVICE_KEY);
	assert_int_equal(unwrap(&mine, another, wrapped, got), -CW_CODE_DEVICE_KEY);
	for (size_t i = 0; i < sizeof(wrapped); i++) {
		wrapped[i] ^= 0x10;
		assert_int_equal(unwrap(&mine, signer, wrapped, got), -CW_CODE_DEVICE_KEY);
		wrapped[i] ^= 0x10;
	}
	assert_memory_equal(got, zero, sizeof(got));
	assert_int_equal(unwrap(&mine, signer, wrapped, got), 0);
	assert_memory_equal(got, key, sizeof(key));
}

static void other_keys_are_no_device_keys(void **unused)
{
	struct device d = new_device();
	uint8_t signer[32] = {0}, key[CW_SEAL_KEY_SIZE] = {0}, wrapped[CW_SEAL_WRAPPED_SIZE],
		spki[CW_SPKI_MAX];
	size_t len = 7;

	for (size_t cut = 0; cut < d.der_len; cut++)
		assert_int_equal(cw_device_key_public(cw_span(d.der, cut), spki, &len),
				 -CW_CODE_DEVICE_KEY);
	d.der[d.der_len] = 0;
	assert_int_equal(cw_device_key_public(cw_span(d.der, d.der_len + 1), spki, &len),
			 -CW_CODE_DEVICE_KEY);
	assert_int_equal(len, 7);
	for (size_t cut = 0; cut < d.spki_len; cut++)
		assert_int_equal(cw_seal_wrap(cw_span(d.spki, cut), signer, key, wrapped),
				 -CW_CODE_DEVICE_KEY);
}

static int run(bool encrypt, const uint8_t *key, const uint8_t *iv, struct cw_span header,
	       uint8_t *bytes, size_t len, size_t step, uint8_t *tag)
{
	struct cw_seal *s = cw_seal_new(encrypt, key, iv, header);
	int rc = 0;

	assert_non_null(s);
	for (size_t at = 0; at < len; at += step)
		assert_int_equal(cw_seal_update(s, bytes + at, len - at < step ? len - at : step),
				 0);
	rc = cw_seal_finish(s, tag);
	cw_seal_free(s);
	return rc;
}

/* NIST's GCM test case 16 for AES-256: 60 bytes of plaintext, 20 of additional data. */
static void the_standards_vector(void **unused)
{
	uint8_t key[32], iv[12], header[20], plain[60], want[60], tag[16], want_tag[16];

	assert_true(cw_hex_decode(
		"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key, 32));
	assert_true(cw_hex_decode("cafebabefacedbaddecaf888", iv, 12));
	assert_true(cw_hex_decode("feedfacedeadbeeffeedfacedeadbeefabaddad2", header, 20));
	assert_true(cw_hex_decode("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
				  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
				  plain, 60));
	assert_true(cw_hex_decode("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
				  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
				  want, 60));
	assert_true(cw_hex_decode("76fc6ece0f4e1768cddf8853bb2d551b", want_tag, 16));
	assert_int_equal(run(true, key, iv, cw_span(header, 20), plain, 60, 60, tag), 0);
	assert_memory_equal(plain, want, 60);
	assert_memory_equal(tag, want_tag, 16);
}

static void segments_open_in_any_pieces(void **unused)
{
	static uint8_t bytes[3000], plain[3000];
	uint8_t key[32] = {3}, iv[12] = {4}, header[32] = {5}, tag[16];
	const size_t steps[] = {1, 15, 16, 17, 1024, 3000};

	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * 7);
	memcpy(bytes, plain, sizeof(plain));
	assert_int_equal(run(true, key, iv, cw_span(header, 32), bytes, sizeof(bytes), 999, tag),
			 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		uint8_t copy[sizeof(bytes)];

		memcpy(copy, bytes, sizeof(copy));
		assert_int_equal(
			run(false, key, iv, cw_span(header, 32), copy, sizeof(copy), steps[i], tag),
			0);
		assert_memory_equal(copy, plain, sizeof(plain));
	}
	for (unsigned what = 0; what < 4; what++) {
		uint8_t copy[sizeof(bytes)], *bent[] = {copy, tag, iv, header};

		memcpy(copy, bytes, sizeof(copy));
		bent[what][0] ^= 1;
		assert_int_equal(
			run(false, key, iv, cw_span(header, 32), copy, sizeof(copy), 512, tag),
			-CW_CODE_DECRYPT);
		bent[what][0] ^= 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrapped_keys_open_for_their_device_and_signer),
		cmocka_unit_test(other_keys_are_no_device_keys),
		cmocka_unit_test(the_standards_vector),
		cmocka_unit_test(segments_open_in_any_pieces),
	};

	cw_crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
