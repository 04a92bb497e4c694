// SPDX-License-Identifier: BSD-2-Clause
/*
 * crypto/spki.c - the DER of a public key
 *
 * OpenSSL's encoder first fetches every encoder that there is, which takes longer than a signature is verified in. The keys that
 * we take have two forms only (RFC 3279, RFC 5480), of which every byte but the numbers is known:
 *
 *	SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING { SEQUENCE { INTEGER n, INTEGER e } } }
 *	SEQUENCE { SEQUENCE { ecPublicKey, curve }, BIT STRING { 04 x y } }
 */
#include "crypto/internal.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#define TAG_INTEGER    0x02
#define TAG_BIT_STRING 0x03
#define TAG_SEQUENCE   0x30

/* DER from its end to its begin, so that every length is known when it is written. */
struct der {
	uint8_t bytes[CW_SPKI_MAX];
	size_t at; /* first byte written */
	bool failed;
};

/* Room for @len <= CW_SPKI_MAX bytes; after a failure anywhere. */
static uint8_t *before(struct der *d, size_t len)
{
	if (d->failed || len > d->at) {
		d->failed = true;
		return d->bytes;
	}
	d->at -= len;
	return d->bytes + d->at;
}

static void put(struct der *d, const void *bytes, size_t len)
{
	memcpy(before(d, len), bytes, len);
}

/* What was written since @end becomes the contents of a thing with @tag. */
static void wrap(struct der *d, uint8_t tag, size_t end)
{
	size_t len = end - d->at;

	if (len > 0xFF)
		put(d, (uint8_t[]){tag, 0x82, (uint8_t)(len >> 8), (uint8_t)len}, 4);
	else if (len > 0x7F)
		put(d, (uint8_t[]){tag, 0x81, (uint8_t)len}, 3);
	else
		put(d, (uint8_t[]){tag, (uint8_t)len}, 2);
}

/* Not negative: a leading bit gets a byte before it. */
static void put_number(struct der *d, EVP_PKEY *key, const char *name)
{
	size_t end = d->at;
	BIGNUM *n = NULL;
	int len;

	if (EVP_PKEY_get_bn_param(key, name, &n) != 1) {
		d->failed = true;
		return;
	}
	len = BN_num_bits(n) / 8 + 1;
	if (len > CW_SPKI_MAX || BN_bn2binpad(n, before(d, (size_t)len), len) != len)
		d->failed = true;
	BN_free(n);
	wrap(d, TAG_INTEGER, end);
}

static void put_rsa(struct der *d, EVP_PKEY *key)
{
	static const uint8_t algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
					    0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

	put_number(d, key, OSSL_PKEY_PARAM_RSA_E);
	put_number(d, key, OSSL_PKEY_PARAM_RSA_N);
	wrap(d, TAG_SEQUENCE, CW_SPKI_MAX);
	put(d, "\0", 1); /* no unused bits */
	wrap(d, TAG_BIT_STRING, CW_SPKI_MAX);
	put(d, algorithm, sizeof(algorithm));
}

static void put_point(struct der *d, EVP_PKEY *key, size_t half, const uint8_t *algorithm,
		      size_t len)
{
	uint8_t point[2 * 48 + 1];
	size_t size = 0;

	if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
					    &size) != 1 ||
	    size != 2 * half + 1 || point[0] != 4) {
		d->failed = true;
		return;
	}
	put(d, point, size);
	put(d, "\0", 1);
	wrap(d, TAG_BIT_STRING, CW_SPKI_MAX);
	put(d, algorithm, len);
}

static void put_ec(struct der *d, EVP_PKEY *key)
{
	static const uint8_t p256[] = {0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
				       0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
				       0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	static const uint8_t p384[] = {0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
				       0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
	char curve[32] = "";

	EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof(curve), NULL);
	if (!strcmp(curve, "prime256v1"))
		put_point(d, key, 32, p256, sizeof(p256));
	else if (!strcmp(curve, "secp384r1"))
		put_point(d, key, 48, p384, sizeof(p384));
	else
		d->failed = true;
}

size_t cw_crypto_spki(EVP_PKEY *key, uint8_t ret[CW_SPKI_MAX])
{
	struct der d = {.at = CW_SPKI_MAX};
	unsigned char *p = ret;
	int len;

	if (EVP_PKEY_is_a(key, "RSA"))
		put_rsa(&d, key);
	else if (EVP_PKEY_is_a(key, "EC"))
		put_ec(&d, key);
	else
		d.failed = true;
	wrap(&d, TAG_SEQUENCE, CW_SPKI_MAX);
	if (!d.failed) {
		memcpy(ret, d.bytes + d.at, CW_SPKI_MAX - d.at);
		return CW_SPKI_MAX - d.at;
	}
	/* Of another form: as OpenSSL writes it. One key, one fingerprint: a compressed point is spelt out. */
	if (EVP_PKEY_is_a(key, "EC"))
		EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
					       "uncompressed");
	len = i2d_PUBKEY(key, NULL);
	if (len <= 0 || len > CW_SPKI_MAX || i2d_PUBKEY(key, &p) != len)
		len = 0;
	ERR_clear_error();
	return (size_t)len;
}
