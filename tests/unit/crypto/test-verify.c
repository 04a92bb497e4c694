// SPDX-License-Identifier: BSD-2-Clause
/* crypto/verify.h: every kind of key that is taken, every kind that is not, and every way a
 * signature can be wrong */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/verify.h"

static const uint8_t digest[32] = {1, 2, 3, 4, 5, 6, 7, 8};

struct made {
	uint8_t spki[CW_SPKI_MAX + 64];
	size_t spki_len;
	uint8_t sig[CW_SIGNATURE_MAX];
	size_t sig_len;
};

static void put_spki(EVP_PKEY *key, struct made *m)
{
	unsigned char *p = m->spki;
	int len = i2d_PUBKEY(key, NULL);

	assert_in_range(len, 1, sizeof(m->spki));
	assert_int_equal(i2d_PUBKEY(key, &p), len);
	m->spki_len = (size_t)len;
}

static void sign(EVP_PKEY *key, uint8_t *sig, size_t *len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()), 1);
	assert_int_equal(EVP_PKEY_sign(ctx, sig, len, digest, sizeof(digest)), 1);
	EVP_PKEY_CTX_free(ctx);
}

static void make_rsa(unsigned bits, struct made *m)
{
	EVP_PKEY *key = EVP_RSA_gen(bits);

	assert_non_null(key);
	put_spki(key, m);
	m->sig_len = sizeof(m->sig);
	sign(key, m->sig, &m->sig_len);
	EVP_PKEY_free(key);
}

static void make_ec(const char *curve, struct made *m)
{
	EVP_PKEY *key = EVP_EC_gen(curve);
	uint8_t der[160];
	const unsigned char *p = der;
	size_t len = sizeof(der);
	ECDSA_SIG *sig;

	assert_non_null(key);
	put_spki(key, m);
	sign(key, der, &len);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
	assert_non_null(sig);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), m->sig, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), m->sig + 32, 32);
	m->sig_len = 64;
	ECDSA_SIG_free(sig);
	EVP_PKEY_free(key);
}

static int verify(const struct made *m, unsigned type)
{
	return cw_crypto_verify_digest(cw_span(m->spki, m->spki_len), type, digest,
				       cw_span(m->sig, m->sig_len));
}

/* Every flipped bit of the signature's first and last byte, and every wrong length, is a wrong
 * signature. */
static void expect_damage_seen(struct made *m, unsigned type)
{
	size_t ends[] = {0, m->sig_len - 1};

	for (size_t i = 0; i < 2; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			m->sig[ends[i]] ^= (uint8_t)(1u << bit);
			assert_int_equal(verify(m, type), -CW_CODE_SIGNATURE);
			m->sig[ends[i]] ^= (uint8_t)(1u << bit);
		}
	}
	m->sig_len--;
	assert_int_equal(verify(m, type), -CW_CODE_SIGNATURE);
	m->sig_len++;
	assert_int_equal(verify(m, type), 0);
}

static void rsa_keys_are_taken(void **state)
{
	static const struct {
		unsigned bits;
		const char *kind;
	} kinds[] = {{2048, "RSA-2048"}, {3072, "RSA-3072"}};
	struct made m;
	unsigned type;

	for (size_t i = 0; i < 2; i++) {
		make_rsa(kinds[i].bits, &m);
		assert_int_equal(verify(&m, 1), 0);
		assert_int_equal(verify(&m, 2), -CW_CODE_KEY);
		assert_int_equal(verify(&m, 3), -CW_CODE_UNSUPPORTED);
		expect_damage_seen(&m, 1);
		assert_int_equal(cw_crypto_check_spki(cw_span(m.spki, m.spki_len), &type, NULL), 0);
		assert_int_equal(type, 1);
		assert_string_equal(cw_crypto_key_kind(cw_span(m.spki, m.spki_len)), kinds[i].kind);
	}
}

static void p256_is_taken(void **state)
{
	struct made m;

	make_ec("P-256", &m);
	assert_int_equal(verify(&m, 2), 0);
	assert_int_equal(verify(&m, 1), -CW_CODE_KEY);
	expect_damage_seen(&m, 2);
	assert_string_equal(cw_crypto_key_kind(cw_span(m.spki, m.spki_len)), "ECDSA P-256");
	memset(m.sig, 0, sizeof(m.sig));
	assert_int_equal(verify(&m, 2), -CW_CODE_SIGNATURE);
	memset(m.sig, 0xFF, sizeof(m.sig));
	assert_int_equal(verify(&m, 2), -CW_CODE_SIGNATURE);
}

static void expect_refused_key(EVP_PKEY *key, const char *word)
{
	struct cw_refusal r = {0};
	struct made m;
	struct cw_span spki;

	assert_non_null(key);
	put_spki(key, &m);
	spki = cw_span(m.spki, m.spki_len);
	assert_int_equal(cw_crypto_check_spki(spki, NULL, &r), -CW_CODE_KEY);
	assert_int_equal(r.code, CW_CODE_KEY);
	assert_non_null(strstr(r.text, word));
	assert_int_equal(cw_crypto_verify_digest(spki, 1, digest, cw_span(m.sig, 256)),
			 -CW_CODE_KEY);
	assert_int_equal(cw_crypto_verify_digest(spki, 2, digest, cw_span(m.sig, 64)),
			 -CW_CODE_KEY);
	assert_string_equal(cw_crypto_key_kind(spki), "unknown key");
	EVP_PKEY_free(key);
}

static void other_keys_are_refused_in_words(void **state)
{
	expect_refused_key(EVP_RSA_gen(1024), "1024 bits");
	expect_refused_key(EVP_RSA_gen(2056), "2056 bits");
	expect_refused_key(EVP_EC_gen("P-384"), "secp384r1");
	expect_refused_key(EVP_EC_gen("secp256k1"), "secp256k1");
	expect_refused_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "ED25519");
}

static void broken_der_is_refused(void **state)
{
	struct made m;
	struct cw_refusal r;

	make_ec("P-256", &m);
	for (size_t cut = 0; cut < m.spki_len; cut++)
		assert_int_equal(cw_crypto_check_spki(cw_span(m.spki, cut), NULL, NULL),
				 -CW_CODE_KEY);
	m.spki[m.spki_len] = 0;
	assert_int_equal(cw_crypto_check_spki(cw_span(m.spki, m.spki_len + 1), NULL, &r),
			 -CW_CODE_KEY);
	assert_non_null(strstr(r.text, "SubjectPublicKeyInfo"));
	m.spki[m.spki_len - 1] ^= 1; /* no longer a point of the curve */
	assert_int_equal(verify(&m, 2), -CW_CODE_KEY);
}

static void digests_and_hex(void **state)
{
	char hex[CW_FINGERPRINT_HEX];
	uint8_t out[32], back[32];

	assert_int_equal(cw_crypto_sha256(NULL, cw_span("abc", 3), out), 0);
	cw_hex_encode(out, 32, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(cw_hex_decode(
		"BA7816BF8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", back, 32));
	assert_memory_equal(out, back, 32);
	assert_false(cw_hex_decode("ba78", back, 32));
	assert_false(cw_hex_decode("bg", back, 1));
	assert_false(cw_hex_decode("abc", back, 1));
	assert_int_equal(cw_crypto_fingerprint(cw_span("abc", 3), back), 0);
	assert_memory_equal(out, back, 32);
}

static int start(void **state)
{
	cw_crypto_init();
	cw_crypto_init();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsa_keys_are_taken),
		cmocka_unit_test(p256_is_taken),
		cmocka_unit_test(other_keys_are_refused_in_words),
		cmocka_unit_test(broken_der_is_refused),
		cmocka_unit_test(digests_and_hex),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
