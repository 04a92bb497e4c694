// SPDX-License-Identifier: BSD-2-Clause
/* crypto/key.h: every file form is read, every wrong file is named, and what is signed verifies */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/key.h"

static EVP_PKEY *rsa, *ec;

/* A file nobody else can see, under a name that can be opened. Closes @bio. */
struct file {
	int fd;
	char name[64];
};

static struct file file_of(BIO *bio)
{
	struct file f = {.fd = memfd_create("key", MFD_CLOEXEC)};
	char *bytes;
	long len = BIO_get_mem_data(bio, &bytes);

	assert_true(f.fd >= 0);
	assert_int_equal(write(f.fd, bytes, (size_t)len), len);
	snprintf(f.name, sizeof(f.name), "/proc/self/fd/%d", f.fd);
	BIO_free(bio);
	return f;
}

static struct file file_with(const void *bytes, size_t len)
{
	BIO *bio = BIO_new(BIO_s_mem());

	BIO_write(bio, bytes, (int)len);
	return file_of(bio);
}

enum form { PKCS8_PEM, PKCS8_DER, OLD_PEM, OLD_DER, SPKI_PEM, SPKI_DER, CERT_PEM, CERT_DER };

static X509 *certificate(EVP_PKEY *key)
{
	X509 *cert = X509_new();

	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), -1); /* expired: nobody looks */
	X509_set_pubkey(cert, key);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	return cert;
}

static struct file key_file(EVP_PKEY *key, enum form form)
{
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *cert = certificate(key);

	switch (form) {
	case PKCS8_PEM:
		PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
		break;
	case PKCS8_DER:
		i2d_PKCS8PrivateKey_bio(bio, key, NULL, NULL, 0, NULL, NULL);
		break;
	case OLD_PEM:
		PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL);
		break;
	case OLD_DER:
		i2d_PrivateKey_bio(bio, key);
		break;
	case SPKI_PEM:
		PEM_write_bio_PUBKEY(bio, key);
		break;
	case SPKI_DER:
		i2d_PUBKEY_bio(bio, key);
		break;
	case CERT_PEM:
		PEM_write_bio_X509(bio, cert);
		break;
	case CERT_DER:
		i2d_X509_bio(bio, cert);
		break;
	}
	X509_free(cert);
	return file_of(bio);
}

static void expect_fingerprint(const struct cw_key *key, EVP_PKEY *made)
{
	uint8_t spki[CW_SPKI_MAX], fp[32];
	unsigned char *p = spki;
	int len = i2d_PUBKEY(made, &p);
	char hex[CW_FINGERPRINT_HEX];

	cw_crypto_fingerprint(cw_span(spki, (size_t)len), fp);
	cw_hex_encode(fp, 32, hex);
	assert_string_equal(cw_key_fingerprint(key), hex);
}

static void private_forms_are_read_and_sign(void **state)
{
	static const uint8_t digest[32] = {42};
	static const enum form forms[] = {PKCS8_PEM, PKCS8_DER, OLD_PEM, OLD_DER};
	uint8_t sig[CW_SIGNATURE_MAX];

	for (size_t i = 0; i < 8; i++) {
		EVP_PKEY *made = i & 1 ? ec : rsa;
		struct file f = key_file(made, forms[i / 2]);
		struct cw_error err = {0};
		struct cw_key *key = NULL;

		if (cw_key_load_private(f.name, NULL, NULL, &key, &err))
			fail_msg("form %zu: %s", i / 2, err.text);
		expect_fingerprint(key, made);
		assert_int_equal(cw_key_signature_size(key), i & 1 ? 64 : 256);
		assert_int_equal(cw_key_sign(key, digest, sig, &err), 0);
		assert_int_equal(cw_crypto_verify_digest(cw_key_spki(key), cw_key_signtype(key),
							 digest,
							 cw_span(sig, cw_key_signature_size(key))),
				 0);
		cw_key_free(key);
		close(f.fd);
	}
}

static void public_forms_are_read(void **state)
{
	static const enum form forms[] = {SPKI_PEM, SPKI_DER, CERT_PEM, CERT_DER};
	uint8_t sig[CW_SIGNATURE_MAX], digest[32] = {0};

	for (size_t i = 0; i < 8; i++) {
		EVP_PKEY *made = i & 1 ? ec : rsa;
		struct file f = key_file(made, forms[i / 2]);
		struct cw_error err = {0};
		struct cw_key *key = NULL;

		if (cw_key_load_public(f.name, &key, &err))
			fail_msg("form %zu: %s", i / 2, err.text);
		expect_fingerprint(key, made);
		assert_string_equal(cw_key_kind(key), i & 1 ? "ECDSA P-256" : "RSA-2048");
		assert_int_equal(cw_key_sign(key, digest, sig, &err), -EINVAL);
		cw_key_free(key);
		close(f.fd);
	}
}

static void a_compressed_point_is_the_same_key(void **state)
{
	EVP_PKEY *small = EVP_PKEY_dup(ec);
	struct cw_key *key = NULL;
	struct file f;

	EVP_PKEY_set_utf8_string_param(small, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
				       "compressed");
	f = key_file(small, SPKI_DER);
	assert_int_equal(cw_key_load_public(f.name, &key, NULL), 0);
	expect_fingerprint(key, ec);
	cw_key_free(key);
	EVP_PKEY_free(small);
	close(f.fd);
}

static int passphrase(void *arg, const char *name, char *buf, size_t size)
{
	unsigned *asked = arg;
	static const char text[] = "open sesame";

	(*asked)++;
	if (*asked > 100)
		return -ECANCELED;
	memcpy(buf, text, sizeof(text) - 1);
	return (int)sizeof(text) - 1;
}

static struct file encrypted(const char *phrase)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PKCS8PrivateKey(bio, ec, EVP_aes_256_cbc(), phrase, (int)strlen(phrase), NULL,
				      NULL);
	return file_of(bio);
}

static void encrypted_keys_ask_once(void **state)
{
	struct file good = encrypted("open sesame"), bad = encrypted("open barley");
	struct cw_error err;
	struct cw_key *key = NULL;
	unsigned asked = 0, cancel = 100;

	assert_int_equal(cw_key_load_private(good.name, passphrase, &asked, &key, &err), 0);
	assert_int_equal(asked, 1);
	expect_fingerprint(key, ec);
	cw_key_free(key);

	assert_int_equal(cw_key_load_private(bad.name, passphrase, &asked, &key, &err),
			 -EKEYREJECTED);
	assert_int_equal(asked, 2);
	assert_non_null(strstr(err.text, "does not open"));
	assert_int_equal(cw_key_load_private(good.name, NULL, NULL, &key, &err), -EKEYREJECTED);
	assert_non_null(strstr(err.text, "no passphrase was given"));
	assert_int_equal(cw_key_load_private(good.name, passphrase, &cancel, &key, &err),
			 -ECANCELED);
	assert_int_equal(cw_key_load_public(good.name, &key, &err), -EBADMSG);
	close(good.fd);
	close(bad.fd);
}

static void expect_refused(struct file f, bool private, int code, const char *words)
{
	struct cw_error err = {0};
	struct cw_key *key = NULL;
	int r = private ? cw_key_load_private(f.name, NULL, NULL, &key, &err)
			: cw_key_load_public(f.name, &key, &err);

	assert_null(key);
	assert_int_equal(r, code);
	if (!strstr(err.text, words))
		fail_msg("'%s' lacks '%s'", err.text, words);
	close(f.fd);
}

static void wrong_files_are_named(void **state)
{
	static char big[CW_KEY_FILE_MAX + 1];
	EVP_PKEY *p384 = EVP_EC_gen("P-384"), *small = EVP_RSA_gen(1024);
	struct cw_key *key = NULL;
	struct cw_error err;

	expect_refused(key_file(rsa, SPKI_PEM), true, -EBADMSG, "is a public key where a private");
	expect_refused(key_file(rsa, CERT_PEM), true, -EBADMSG, "is a certificate where a private");
	expect_refused(key_file(rsa, PKCS8_PEM), false, -EBADMSG, "-pubout");
	expect_refused(key_file(ec, OLD_DER), false, -EBADMSG, "-pubout");
	expect_refused(file_with("", 0), true, -EBADMSG, "is empty");
	expect_refused(file_with("hello", 5), false, -EBADMSG, "not a key in PEM or DER");
	expect_refused(
		file_with("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 59),
		true, -EBADMSG, "damaged private key");
	expect_refused(file_with(big, sizeof(big)), false, -EFBIG, "larger than 65536");
	expect_refused(key_file(p384, PKCS8_PEM), true, -EKEYREJECTED, "P-256");
	expect_refused(key_file(p384, SPKI_PEM), false, -EKEYREJECTED, "P-256");
	expect_refused(key_file(small, SPKI_PEM), false, -EKEYREJECTED, "1024 bits");
	assert_int_equal(cw_key_load_public("/nonexistent/key", &key, &err), -ENOENT);
	assert_int_equal(cw_key_load_public("pkcs11:object=k?pin-value=1", &key, &err), -EOPNOTSUPP);
	assert_null(strstr(err.text, "pin"));
	assert_int_equal(cw_key_load_private("pkcs11:object=%x", NULL, NULL, &key, &err), -EINVAL);
	assert_int_equal(cw_key_load_private("pkcs11:object=k?module-path=/nonexistent", NULL, NULL,
					     &key, &err),
			 -ENODEV);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(small);
}

static int start(void **state)
{
	cw_crypto_init();
	rsa = EVP_RSA_gen(2048);
	ec = EVP_EC_gen("P-256");
	return rsa && ec ? 0 : -1;
}

static int finish(void **state)
{
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(private_forms_are_read_and_sign),
		cmocka_unit_test(public_forms_are_read),
		cmocka_unit_test(a_compressed_point_is_the_same_key),
		cmocka_unit_test(encrypted_keys_ask_once),
		cmocka_unit_test(wrong_files_are_named),
	};

	return cmocka_run_group_tests(tests, start, finish);
}
