// SPDX-License-Identifier: BSD-2-Clause
/* crypto/test-spki.c - the DER of a public key is what OpenSSL writes, for keys that are taken and keys that are not */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/internal.h"

static void check(EVP_PKEY *key)
{
	uint8_t ours[CW_SPKI_MAX], *theirs = NULL;
	size_t len;

	assert_non_null(key);
	len = cw_crypto_spki(key, ours);
	assert_int_equal(i2d_PUBKEY(key, &theirs), len);
	assert_memory_equal(ours, theirs, len);
	OPENSSL_free(theirs);
	EVP_PKEY_free(key);
}

static EVP_PKEY *rsa(unsigned bits, unsigned long exponent)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	BIGNUM *e = BN_new();
	EVP_PKEY *key = NULL;

	assert_true(ctx && e && BN_set_word(e, exponent) && EVP_PKEY_keygen_init(ctx) == 1 &&
		    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) == 1 &&
		    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) == 1);
	EVP_PKEY_keygen(ctx, &key);
	EVP_PKEY_CTX_free(ctx);
	BN_free(e);
	return key;
}

static void rsa_keys(void **state)
{
	/* Moduli fill their bytes, exponents do or do not: 0x80000001 needs a byte before it. */
	check(rsa(2048, 65537));
	check(rsa(2048, 3));
	check(rsa(2048, 0x80000001ul));
	check(rsa(3072, 65537));
	check(rsa(1024, 65537));
}

static void ec_keys(void **state)
{
	for (unsigned i = 0; i < 20; i++) {
		check(EVP_EC_gen("P-256"));
		check(EVP_EC_gen("P-384"));
	}
	check(EVP_EC_gen("P-521"));
	check(EVP_EC_gen("secp256k1"));
}

/* One key, one form: the point is spelt out. */
static void compressed(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	uint8_t plain[CW_SPKI_MAX], again[CW_SPKI_MAX];
	size_t len = cw_crypto_spki(key, plain);

	assert_int_equal(len, 91);
	assert_true(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
						   "compressed"));
	assert_int_equal(cw_crypto_spki(key, again), len);
	assert_memory_equal(plain, again, len);
	EVP_PKEY_free(key);
}

static void others(void **state)
{
	check(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsa_keys),
		cmocka_unit_test(ec_keys),
		cmocka_unit_test(compressed),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
