// SPDX-License-Identifier: BSD-2-Clause
/* crypto/verify.c - public keys and signatures, by OpenSSL's provider interface */
#include "crypto/verify.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/internal.h"

void cw_crypto_start(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

void cw_crypto_start_program(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
				    OPENSSL_INIT_NO_ATEXIT,
			    NULL);
}

void cw_crypto_init(void)
{
	static const uint8_t nothing[1];
	uint8_t digest[CW_SHA256_SIZE];

	cw_crypto_start();
	cw_crypto_sha256(NULL, cw_span(nothing, 0), digest);
	/* A failing verification fetches key management, decoders and signature algorithms of both
	 * kinds. */
	cw_crypto_warm_up();
	ERR_clear_error();
}

int cw_crypto_sha256(void *ctx, struct cw_span data, uint8_t ret_digest[CW_SHA256_SIZE])
{
	uint8_t digest[CW_SHA256_SIZE];

	if (EVP_Digest(data.ptr, data.len, digest, NULL, EVP_sha256(), NULL) != 1) {
		ERR_clear_error();
		return -CW_CODE_NO_MEMORY;
	}
	memcpy(ret_digest, digest, sizeof(digest));
	return 0;
}

int cw_crypto_sha256_parts(const struct cw_span *parts, unsigned n,
			   uint8_t ret_digest[CW_SHA256_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t digest[CW_SHA256_SIZE];
	bool good = ctx && EVP_DigestInit_ex2(ctx, EVP_sha256(), NULL) == 1;

	for (unsigned i = 0; good && i < n; i++)
		good = EVP_DigestUpdate(ctx, parts[i].ptr, parts[i].len) == 1;
	good = good && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (!good)
		return -CW_CODE_NO_MEMORY;
	memcpy(ret_digest, digest, sizeof(digest));
	return 0;
}

/* ---- digests in parts ---- */

struct cw_digest {
	EVP_MD_CTX *ctx;
	size_t size;
	bool good;
};

struct cw_digest *cw_digest_new(size_t size)
{
	struct cw_digest *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->size = size;
	d->ctx = EVP_MD_CTX_new();
	d->good = d->ctx && EVP_DigestInit_ex2(d->ctx,
					       size == CW_SHA256_SIZE ? EVP_sha256() : EVP_sha384(),
					       NULL) == 1;
	if (d->ctx)
		return d;
	free(d);
	return NULL;
}

bool cw_digest_add(struct cw_digest *d, struct cw_span bytes)
{
	d->good = d->good && EVP_DigestUpdate(d->ctx, bytes.ptr, bytes.len) == 1;
	return d->good;
}

bool cw_digest_end(struct cw_digest *d, uint8_t *ret)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	bool good = d->good && EVP_DigestFinal_ex(d->ctx, digest, NULL) == 1;

	if (good)
		memcpy(ret, digest, d->size);
	cw_digest_free(d);
	return good;
}

void cw_digest_free(struct cw_digest *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->ctx);
	free(d);
	ERR_clear_error();
}

/* ---- keys and signatures ---- */

int cw_crypto_fingerprint(struct cw_span spki_der, uint8_t ret_fp[CW_SHA256_SIZE])
{
	return cw_crypto_sha256(NULL, spki_der, ret_fp);
}

/* The whole span and nothing but the span. */
static EVP_PKEY *decode_spki(struct cw_span der)
{
	const unsigned char *p = der.ptr;
	EVP_PKEY *key;

	if (!der.len || der.len > CW_SPKI_MAX)
		return NULL;
	key = d2i_PUBKEY(NULL, &p, (long)der.len);
	if (key && p != der.ptr + der.len) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	ERR_clear_error();
	return key;
}

static int check_rsa(EVP_PKEY *key, struct cw_refusal *r)
{
	int bits = EVP_PKEY_get_bits(key);
	BIGNUM *e = NULL;
	bool good;

	if (bits != 2048 && bits != 3072 && bits != 4096)
		return cw_refuse(r, CW_CODE_KEY, CW_NO_OFFSET,
				 "an RSA key of %d bits; only 2048, 3072 and 4096 are taken", bits);
	if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e))
		return cw_refuse(r, CW_CODE_KEY, CW_NO_OFFSET, "an RSA key without an exponent");
	good = BN_is_odd(e) && BN_num_bits(e) >= 2 && BN_num_bits(e) <= 32;
	BN_free(e);
	if (!good)
		return cw_refuse(r, CW_CODE_KEY, CW_NO_OFFSET,
				 "an RSA key whose exponent is even, 1, or over 32 bits");
	return 0;
}

static int check_ec(EVP_PKEY *key, struct cw_refusal *r)
{
	char name[64] = "", encoding[32] = "";

	EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name), NULL);
	EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof(encoding),
				       NULL);
	if (strcmp(name, "prime256v1"))
		return cw_refuse(r, CW_CODE_KEY, CW_NO_OFFSET,
				 "an EC key on curve '%s'; only P-256 (prime256v1) is taken",
				 name[0] ? name : "without a name");
	if (encoding[0] && strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP))
		return cw_refuse(r, CW_CODE_KEY, CW_NO_OFFSET,
				 "an EC key that spells its curve out instead of naming it");
	return 0;
}

int cw_crypto_check_pkey(EVP_PKEY *key, unsigned *ret_signtype, struct cw_refusal *r)
{
	const char *kind = EVP_PKEY_get0_type_name(key);
	bool rsa = EVP_PKEY_is_a(key, "RSA");
	int ret;

	if (!rsa && !EVP_PKEY_is_a(key, "EC"))
		return cw_refuse(r, CW_CODE_KEY, CW_NO_OFFSET,
				 "a key of kind %s; only RSA and ECDSA P-256 are taken",
				 kind ? kind : "unknown");
	ret = rsa ? check_rsa(key, r) : check_ec(key, r);
	ERR_clear_error();
	if (!ret && ret_signtype)
		*ret_signtype = rsa ? CW_CRYPTO_RSA : CW_CRYPTO_ECDSA;
	return ret;
}

int cw_crypto_check_spki(struct cw_span spki_der, unsigned *ret_signtype, struct cw_refusal *r)
{
	EVP_PKEY *key = decode_spki(spki_der);
	int ret;

	if (!key)
		return cw_refuse(r, CW_CODE_KEY, CW_NO_OFFSET,
				 "not the DER of one public key (SubjectPublicKeyInfo)");
	ret = cw_crypto_check_pkey(key, ret_signtype, r);
	EVP_PKEY_free(key);
	return ret;
}

const char *cw_crypto_pkey_kind(EVP_PKEY *key)
{
	unsigned signtype;

	if (!key || cw_crypto_check_pkey(key, &signtype, NULL))
		return "unknown key";
	if (signtype == CW_CRYPTO_ECDSA)
		return "ECDSA P-256";
	switch (EVP_PKEY_get_bits(key)) {
	case 2048:
		return "RSA-2048";
	case 3072:
		return "RSA-3072";
	}
	return "RSA-4096";
}

const char *cw_crypto_key_kind(struct cw_span spki_der)
{
	EVP_PKEY *key = decode_spki(spki_der);
	const char *kind = cw_crypto_pkey_kind(key);

	EVP_PKEY_free(key);
	return kind;
}

/* r || s as OpenSSL wants it. Length of @ret, or 0. */
static size_t ecdsa_to_der(struct cw_span raw, uint8_t ret[CW_ECDSA_DER_MAX])
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw.ptr, 32, NULL);
	BIGNUM *s = BN_bin2bn(raw.ptr + 32, 32, NULL);
	unsigned char *p = ret;
	int len = 0;

	if (!sig || !r || !s || !ECDSA_SIG_set0(sig, r, s)) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(sig);
		return 0;
	}
	if (i2d_ECDSA_SIG(sig, NULL) <= CW_ECDSA_DER_MAX)
		len = i2d_ECDSA_SIG(sig, &p);
	ECDSA_SIG_free(sig);
	return len > 0 ? (size_t)len : 0;
}

static int verify_with(EVP_PKEY *key, bool rsa, const uint8_t digest[CW_SHA256_SIZE],
		       struct cw_span sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	int ret = -CW_CODE_NO_MEMORY;

	if (ctx && EVP_PKEY_verify_init(ctx) == 1 &&
	    (!rsa || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1)
		ret = EVP_PKEY_verify(ctx, sig.ptr, sig.len, digest, CW_SHA256_SIZE) == 1
			      ? 0
			      : -CW_CODE_SIGNATURE;
	EVP_PKEY_CTX_free(ctx);
	return ret;
}

static int verify_pkey(EVP_PKEY *key, unsigned signtype, const uint8_t digest[CW_SHA256_SIZE],
		       struct cw_span sig)
{
	uint8_t der[CW_ECDSA_DER_MAX];
	unsigned wanted;
	size_t len;

	if (cw_crypto_check_pkey(key, &wanted, NULL) || wanted != signtype)
		return -CW_CODE_KEY;
	if (signtype == CW_CRYPTO_RSA)
		return sig.len == (size_t)EVP_PKEY_get_size(key)
			       ? verify_with(key, true, digest, sig)
			       : -CW_CODE_SIGNATURE;
	if (sig.len != CW_ECDSA_RAW_SIZE)
		return -CW_CODE_SIGNATURE;
	len = ecdsa_to_der(sig, der);
	return len ? verify_with(key, false, digest, cw_span(der, len)) : -CW_CODE_NO_MEMORY;
}

int cw_crypto_verify_digest(struct cw_span spki_der, unsigned signtype,
			    const uint8_t digest[CW_SHA256_SIZE], struct cw_span sig)
{
	EVP_PKEY *key;
	int ret;

	if (signtype != CW_CRYPTO_RSA && signtype != CW_CRYPTO_ECDSA)
		return -CW_CODE_UNSUPPORTED;
	key = decode_spki(spki_der);
	if (!key)
		return -CW_CODE_KEY;
	ret = verify_pkey(key, signtype, digest, sig);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return ret;
}

void cw_hex_encode(const uint8_t *bytes, size_t len, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[2 * len] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool cw_hex_decode(const char *text, uint8_t *ret, size_t len)
{
	uint8_t bytes[64];

	if (len > sizeof(bytes) || strlen(text) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(ret, bytes, len);
	return true;
}
