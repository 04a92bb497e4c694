// SPDX-License-Identifier: BSD-2-Clause
/* tests/unit/pta/gp_key.c - public keys and signatures of the Internal Core API, by OpenSSL */
#include "gp.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <tee_internal_api.h>

#include "crypto/verify.h"
#include "gp_key.h"

struct __TEE_ObjectHandle {
	uint32_t type;
	uint8_t *der; /* SubjectPublicKeyInfo */
	int len;
};

void TEE_InitRefAttribute(TEE_Attribute *attr, uint32_t id, const void *buffer, size_t length)
{
	attr->attributeID = id;
	attr->content.ref.buffer = (void *)(uintptr_t)buffer;
	attr->content.ref.length = length;
}

void TEE_InitValueAttribute(TEE_Attribute *attr, uint32_t id, uint32_t a, uint32_t b)
{
	attr->attributeID = id;
	attr->content.value.a = a;
	attr->content.value.b = b;
}

TEE_Result TEE_AllocateTransientObject(TEE_ObjectType type, uint32_t max, TEE_ObjectHandle *object)
{
	struct __TEE_ObjectHandle *o = calloc(1, sizeof(*o));

	if (!o)
		return TEE_ERROR_OUT_OF_MEMORY;
	o->type = type;
	*object = o;
	gp.live++;
	return TEE_SUCCESS;
}

void TEE_FreeTransientObject(TEE_ObjectHandle object)
{
	if (!object)
		return;
	OPENSSL_free(object->der);
	free(object);
	gp.live--;
}

static OSSL_PARAM *params_of(TEE_ObjectHandle o, const TEE_Attribute *attrs)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	static uint8_t point[65];
	static BIGNUM *n, *e;

	if (o->type == TEE_TYPE_RSA_PUBLIC_KEY) {
		n = BN_bin2bn(attrs[0].content.ref.buffer, (int)attrs[0].content.ref.length, n);
		e = BN_bin2bn(attrs[1].content.ref.buffer, (int)attrs[1].content.ref.length, e);
		OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n);
		OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e);
	} else {
		point[0] = 4;
		memcpy(point + 1, attrs[0].content.ref.buffer, 32);
		memcpy(point + 33, attrs[1].content.ref.buffer, 32);
		OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
		OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point));
	}
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);

	OSSL_PARAM_BLD_free(b);
	return params;
}

TEE_Result TEE_PopulateTransientObject(TEE_ObjectHandle o, const TEE_Attribute *attrs, uint32_t count)
{
	const char *name = o->type == TEE_TYPE_RSA_PUBLIC_KEY ? "RSA" : "EC";
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
	OSSL_PARAM *params = params_of(o, attrs);
	EVP_PKEY *key = NULL;

	if (EVP_PKEY_fromdata_init(ctx) == 1 && EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1)
		o->len = i2d_PUBKEY(key, &o->der);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return o->der ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

bool gp_key_verify(TEE_ObjectHandle key, const void *digest, const void *sig, size_t len)
{
	unsigned type = key->type == TEE_TYPE_RSA_PUBLIC_KEY ? 1 : 2;

	return !cw_crypto_verify_digest(cw_span(key->der, (size_t)key->len), type, digest, cw_span(sig, len));
}

/* A struct ta_cw_key of a DER SubjectPublicKeyInfo; its size. */
size_t gp_key_of(const uint8_t *der, size_t len, uint8_t out[520])
{
	EVP_PKEY *key = d2i_PUBKEY(NULL, &der, (long)len);
	bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	BIGNUM *a = NULL, *b = NULL;
	int n = rsa ? EVP_PKEY_get_size(key) : 32;

	memset(out, 0, 520);
	out[0] = rsa ? 1 : 2;
	EVP_PKEY_get_bn_param(key, rsa ? OSSL_PKEY_PARAM_RSA_N : OSSL_PKEY_PARAM_EC_PUB_X, &a);
	EVP_PKEY_get_bn_param(key, rsa ? OSSL_PKEY_PARAM_RSA_E : OSSL_PKEY_PARAM_EC_PUB_Y, &b);
	BN_bn2binpad(a, out + 8, n);
	if (rsa)
		BN_bn2lebinpad(b, out + 4, 4);
	else
		BN_bn2binpad(b, out + 40, 32);
	BN_free(a);
	BN_free(b);
	EVP_PKEY_free(key);
	return 8 + (size_t)(rsa ? n : 64);
}
