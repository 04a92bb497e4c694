// SPDX-License-Identifier: BSD-2-Clause
/* crypto/seal.c - device keys, wrapped content keys and encrypted segments, by OpenSSL */
#include "crypto/seal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "base/refusal.h"
#include "crypto/internal.h"

#define SECRET_SIZE 32 /* x of the common point */
#define OUTPUT_SIZE (CW_SEAL_KEY_SIZE + CW_SEAL_IV_SIZE)

static const char label[] = "corewarden image key";

/* ---- keys on P-256 ---- */

static bool is_p256(EVP_PKEY *key)
{
	char group[32] = "";

	return key && EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       !strcmp(group, "prime256v1");
}

static bool get_point(EVP_PKEY *key, uint8_t ret[CW_SEAL_POINT_SIZE])
{
	size_t len = 0;

	return EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
					      "uncompressed") == 1 &&
	       EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, ret,
					       CW_SEAL_POINT_SIZE, &len) == 1 &&
	       len == CW_SEAL_POINT_SIZE;
}

/* A public key from its point, which must lie on the curve. */
static EVP_PKEY *from_point(const uint8_t point[CW_SEAL_POINT_SIZE])
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point,
						  CW_SEAL_POINT_SIZE),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (point[0] == 0x04 && ctx && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

int cw_device_key_new(uint8_t ret_der[CW_DEVICE_KEY_SIZE], size_t *ret_len)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	PKCS8_PRIV_KEY_INFO *p8 = key ? EVP_PKEY2PKCS8(key) : NULL;
	unsigned char *p = ret_der;
	int len = p8 ? i2d_PKCS8_PRIV_KEY_INFO(p8, NULL) : -1;
	bool good = len > 0 && len <= CW_DEVICE_KEY_SIZE && i2d_PKCS8_PRIV_KEY_INFO(p8, &p) == len;

	PKCS8_PRIV_KEY_INFO_free(p8);
	EVP_PKEY_free(key);
	ERR_clear_error();
	if (good)
		*ret_len = (size_t)len;
	return good ? 0 : -CW_CODE_NO_MEMORY;
}

static EVP_PKEY *read_device_key(struct cw_span der)
{
	const unsigned char *p = der.ptr;
	PKCS8_PRIV_KEY_INFO *p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.len);
	EVP_PKEY *key = p8 && p == der.ptr + der.len ? EVP_PKCS82PKEY(p8) : NULL;

	PKCS8_PRIV_KEY_INFO_free(p8);
	if (is_p256(key))
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

int cw_device_key_public(struct cw_span der, uint8_t ret_spki[CW_SPKI_MAX], size_t *ret_len)
{
	EVP_PKEY *key = read_device_key(der);
	size_t len = key ? cw_crypto_spki(key, ret_spki) : 0;
	int rc = !key ? -CW_CODE_DEVICE_KEY : len ? 0 : -CW_CODE_NO_MEMORY;

	EVP_PKEY_free(key);
	ERR_clear_error();
	if (!rc)
		*ret_len = len;
	return rc;
}

int cw_seal_random(void *buf, size_t len)
{
	return len <= INT_MAX && RAND_bytes(buf, (int)len) == 1 ? 0 : -CW_CODE_NO_MEMORY;
}

/* ---- the key around the content key ---- */

static bool agree(EVP_PKEY *own, EVP_PKEY *peer, uint8_t ret[SECRET_SIZE])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t len = SECRET_SIZE;
	bool good = ctx && EVP_PKEY_derive_init(ctx) == 1 &&
		    EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
		    EVP_PKEY_derive(ctx, ret, &len) == 1 && len == SECRET_SIZE;

	EVP_PKEY_CTX_free(ctx);
	return good;
}

static bool expand(const uint8_t secret[SECRET_SIZE], const uint8_t points[2 * CW_SEAL_POINT_SIZE],
		   const uint8_t signer[CW_SHA256_SIZE], uint8_t ret[OUTPUT_SIZE])
{
	uint8_t info[sizeof(label) - 1 + CW_SHA256_SIZE];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret, SECRET_SIZE),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)points,
						  2 * CW_SEAL_POINT_SIZE),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof(info)),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	bool good;

	memcpy(info, label, sizeof(label) - 1);
	memcpy(info + sizeof(label) - 1, signer, CW_SHA256_SIZE);
	good = ctx && EVP_KDF_derive(ctx, ret, OUTPUT_SIZE, params) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return good;
}

/* Key and IV for the content key. @own has the private half; @points: ephemeral, then device. */
static bool wrapping_key(EVP_PKEY *own, EVP_PKEY *peer, const uint8_t *points,
			 const uint8_t signer[CW_SHA256_SIZE], uint8_t ret[OUTPUT_SIZE])
{
	uint8_t secret[SECRET_SIZE];
	bool good = agree(own, peer, secret) && expand(secret, points, signer, ret);

	OPENSSL_cleanse(secret, sizeof(secret));
	return good;
}

static int seal_key(bool encrypt, const uint8_t with[OUTPUT_SIZE], uint8_t key[CW_SEAL_KEY_SIZE],
		    uint8_t tag[CW_SEAL_TAG_SIZE])
{
	struct cw_seal *seal =
		cw_seal_new(encrypt, with, with + CW_SEAL_KEY_SIZE, cw_span(NULL, 0));
	int rc = seal ? cw_seal_update(seal, key, CW_SEAL_KEY_SIZE) : -CW_CODE_NO_MEMORY;

	if (!rc)
		rc = cw_seal_finish(seal, tag);
	cw_seal_free(seal);
	return rc;
}

int cw_seal_wrap(struct cw_span spki, const uint8_t signer[CW_SHA256_SIZE],
		 const uint8_t key[CW_SEAL_KEY_SIZE], uint8_t ret[CW_SEAL_WRAPPED_SIZE])
{
	const unsigned char *p = spki.ptr;
	EVP_PKEY *device = d2i_PUBKEY(NULL, &p, (long)spki.len), *own = NULL;
	uint8_t points[2 * CW_SEAL_POINT_SIZE], with[OUTPUT_SIZE], made[CW_SEAL_WRAPPED_SIZE];
	int rc = -CW_CODE_DEVICE_KEY;

	if (is_p256(device) && get_point(device, points + CW_SEAL_POINT_SIZE)) {
		own = EVP_EC_gen("P-256");
		rc = own && get_point(own, points) &&
				     wrapping_key(own, device, points, signer, with)
			     ? 0
			     : -CW_CODE_NO_MEMORY;
	}
	if (!rc) {
		memcpy(made, points, CW_SEAL_POINT_SIZE);
		memcpy(made + CW_SEAL_POINT_SIZE, key, CW_SEAL_KEY_SIZE);
		rc = seal_key(true, with, made + CW_SEAL_POINT_SIZE,
			      made + CW_SEAL_POINT_SIZE + CW_SEAL_KEY_SIZE);
	}
	if (!rc)
		memcpy(ret, made, sizeof(made));
	OPENSSL_cleanse(with, sizeof(with));
	OPENSSL_cleanse(made, sizeof(made));
	EVP_PKEY_free(own);
	EVP_PKEY_free(device);
	ERR_clear_error();
	return rc;
}

int cw_seal_unwrap(struct cw_span device_der, const uint8_t signer[CW_SHA256_SIZE],
		   const uint8_t wrapped[CW_SEAL_WRAPPED_SIZE], uint8_t ret_key[CW_SEAL_KEY_SIZE])
{
	EVP_PKEY *own = read_device_key(device_der), *peer = from_point(wrapped);
	uint8_t points[2 * CW_SEAL_POINT_SIZE], with[OUTPUT_SIZE], key[CW_SEAL_KEY_SIZE],
		tag[CW_SEAL_TAG_SIZE];
	int rc = -CW_CODE_DEVICE_KEY;

	memcpy(points, wrapped, CW_SEAL_POINT_SIZE);
	memcpy(key, wrapped + CW_SEAL_POINT_SIZE, sizeof(key));
	memcpy(tag, wrapped + CW_SEAL_POINT_SIZE + sizeof(key), sizeof(tag));
	if (own && peer && get_point(own, points + CW_SEAL_POINT_SIZE) &&
	    wrapping_key(own, peer, points, signer, with))
		rc = seal_key(false, with, key, tag);
	if (!rc)
		memcpy(ret_key, key, sizeof(key));
	OPENSSL_cleanse(with, sizeof(with));
	OPENSSL_cleanse(key, sizeof(key));
	EVP_PKEY_free(own);
	EVP_PKEY_free(peer);
	ERR_clear_error();
	return rc == -CW_CODE_DECRYPT ? -CW_CODE_DEVICE_KEY : rc;
}

/* ---- segments ---- */

struct cw_seal {
	EVP_CIPHER_CTX *ctx;
	bool encrypt;
};

struct cw_seal *cw_seal_new(bool encrypt, const uint8_t key[CW_SEAL_KEY_SIZE],
			    const uint8_t iv[CW_SEAL_IV_SIZE], struct cw_span header)
{
	struct cw_seal *seal = calloc(1, sizeof(*seal));
	int n;

	if (!seal)
		return NULL;
	seal->encrypt = encrypt;
	seal->ctx = EVP_CIPHER_CTX_new();
	if (seal->ctx &&
	    EVP_CipherInit_ex2(seal->ctx, EVP_aes_256_gcm(), key, iv, encrypt, NULL) == 1 &&
	    (!header.len ||
	     EVP_CipherUpdate(seal->ctx, NULL, &n, header.ptr, (int)header.len) == 1))
		return seal;
	cw_seal_free(seal);
	return NULL;
}

int cw_seal_update(struct cw_seal *seal, uint8_t *bytes, size_t len)
{
	while (len) {
		int step = len < INT_MAX / 2 ? (int)len : INT_MAX / 2, n;

		if (EVP_CipherUpdate(seal->ctx, bytes, &n, bytes, step) != 1 || n != step)
			return -CW_CODE_NO_MEMORY;
		bytes += step;
		len -= (size_t)step;
	}
	return 0;
}

int cw_seal_finish(struct cw_seal *seal, uint8_t tag[CW_SEAL_TAG_SIZE])
{
	uint8_t none[16];
	bool good;
	int n;

	if (seal->encrypt)
		good = EVP_CipherFinal_ex(seal->ctx, none, &n) == 1 &&
		       EVP_CIPHER_CTX_ctrl(seal->ctx, EVP_CTRL_AEAD_GET_TAG, CW_SEAL_TAG_SIZE,
					   tag) == 1;
	else
		good = EVP_CIPHER_CTX_ctrl(seal->ctx, EVP_CTRL_AEAD_SET_TAG, CW_SEAL_TAG_SIZE,
					   tag) == 1 &&
		       EVP_CipherFinal_ex(seal->ctx, none, &n) == 1;
	ERR_clear_error();
	if (good)
		return 0;
	return seal->encrypt ? -CW_CODE_NO_MEMORY : -CW_CODE_DECRYPT;
}

void cw_seal_free(struct cw_seal *seal)
{
	if (!seal)
		return;
	EVP_CIPHER_CTX_free(seal->ctx);
	free(seal);
}
