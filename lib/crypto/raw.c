// SPDX-License-Identifier: BSD-2-Clause
/* crypto/raw.c - the numbers of a public key, for those who have no use for DER */
#include "crypto/key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

/* @name of @key as @len bytes, big-endian. */
static bool put_number(EVP_PKEY *key, const char *name, uint8_t *out, int len)
{
	BIGNUM *n = NULL;
	bool ok = EVP_PKEY_get_bn_param(key, name, &n) && BN_bn2binpad(n, out, len) == len;

	BN_free(n);
	return ok;
}

int cw_key_raw(const struct cw_key *key, uint8_t ret[CW_KEY_RAW_MAX], size_t *ret_len,
	       uint32_t *ret_exponent)
{
	struct cw_span spki = cw_key_spki(key);
	const uint8_t *der = spki.ptr;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &der, (long)spki.len);
	uint8_t exponent[4] = {0};
	size_t len;
	bool ok;

	if (!pkey)
		return -ENOMEM;
	if (EVP_PKEY_is_a(pkey, "RSA")) {
		len = (size_t)EVP_PKEY_get_size(pkey);
		ok = len <= CW_KEY_RAW_MAX && put_number(pkey, OSSL_PKEY_PARAM_RSA_N, ret, (int)len) &&
		     put_number(pkey, OSSL_PKEY_PARAM_RSA_E, exponent, 4);
	} else {
		len = 64;
		ok = put_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, ret, 32) &&
		     put_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, ret + 32, 32);
	}
	EVP_PKEY_free(pkey);
	if (!ok)
		return -EINVAL;
	*ret_len = len;
	*ret_exponent = 0;
	for (unsigned i = 0; i < sizeof(exponent); i++)
		*ret_exponent = *ret_exponent << 8 | exponent[i];
	return 0;
}

int cw_spki_pem(struct cw_span spki, char **ret, struct cw_error *err)
{
	size_t text_len = (spki.len + 2) / 3 * 4;
	char *text = malloc(text_len + 1), *pem = malloc(text_len + text_len / 64 + 128);
	size_t used;

	if (!text || !pem) {
		free(text);
		free(pem);
		return cw_error_set(err, -ENOMEM, "no memory for PEM");
	}
	EVP_EncodeBlock((unsigned char *)text, spki.ptr, (int)spki.len);
	used = (size_t)sprintf(pem, "-----BEGIN PUBLIC KEY-----\n");
	for (size_t at = 0; at < text_len; at += 64)
		used += (size_t)sprintf(pem + used, "%.64s\n", text + at);
	sprintf(pem + used, "-----END PUBLIC KEY-----\n");
	free(text);
	*ret = pem;
	return 0;
}
