// SPDX-License-Identifier: BSD-2-Clause
/*
 * key.c - signatures where the TEE has no remoteproc platform service: under a key that the client names
 *
 * Such a TEE can load nothing, and knows no key that is trusted on this machine. What it can tell is whether the image
 * would pass where the client's key is trusted.
 */
#include "remoteproc.h"

#include <remoteproc_ta.h>

#include "base/span.h"

#define HEAD	 8 /* of struct ta_cw_key */
#define P256_LEN 64

static TEE_Result make_rsa(struct cw_span key, TEE_ObjectHandle *ret)
{
	TEE_Attribute attrs[2];
	uint8_t exponent[4];
	TEE_Result res;

	for (unsigned i = 0; i < sizeof(exponent); i++)
		exponent[i] = key.ptr[7 - i]; /* big-endian, from little */
	TEE_InitRefAttribute(&attrs[0], TEE_ATTR_RSA_MODULUS, (void *)(uintptr_t)(key.ptr + HEAD),
			     key.len - HEAD);
	TEE_InitRefAttribute(&attrs[1], TEE_ATTR_RSA_PUBLIC_EXPONENT, exponent, sizeof(exponent));
	res = TEE_AllocateTransientObject(TEE_TYPE_RSA_PUBLIC_KEY, (uint32_t)(key.len - HEAD) * 8, ret);
	return res == TEE_SUCCESS ? TEE_PopulateTransientObject(*ret, attrs, 2) : res;
}

static TEE_Result make_p256(struct cw_span key, TEE_ObjectHandle *ret)
{
	void *x = (void *)(uintptr_t)(key.ptr + HEAD);
	TEE_Attribute attrs[3];
	TEE_Result res;

	TEE_InitRefAttribute(&attrs[0], TEE_ATTR_ECC_PUBLIC_VALUE_X, x, P256_LEN / 2);
	TEE_InitRefAttribute(&attrs[1], TEE_ATTR_ECC_PUBLIC_VALUE_Y, (uint8_t *)x + P256_LEN / 2,
			     P256_LEN / 2);
	TEE_InitValueAttribute(&attrs[2], TEE_ATTR_ECC_CURVE, TEE_ECC_CURVE_NIST_P256, 0);
	res = TEE_AllocateTransientObject(TEE_TYPE_ECDSA_PUBLIC_KEY, 256, ret);
	return res == TEE_SUCCESS ? TEE_PopulateTransientObject(*ret, attrs, 3) : res;
}

static TEE_Result check(TEE_ObjectHandle key, uint32_t algorithm, uint32_t bits, const uint8_t digest[32],
			struct cw_span signature)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	TEE_Result res = TEE_AllocateOperation(&op, algorithm, TEE_MODE_VERIFY, bits);

	if (res == TEE_SUCCESS)
		res = TEE_SetOperationKey(op, key);
	if (res == TEE_SUCCESS)
		res = TEE_AsymmetricVerifyDigest(op, NULL, 0, digest, 32, signature.ptr, signature.len);
	TEE_FreeOperation(op);
	return res;
}

bool key_is_good(struct cw_span key)
{
	uint32_t type = key.len > HEAD ? cw_get_le32(key.ptr) : 0;
	size_t len = key.len - HEAD;

	return (type == CW_SIGN_RSA && (len == 256 || len == 384 || len == 512)) ||
	       (type == CW_SIGN_ECDSA_P256 && len == P256_LEN);
}

/* A signature of another length would be a programming error to the TEE, which ends whoever makes one. */
TEE_Result key_verify(struct cw_span key, enum cw_rproc_signtype type, const uint8_t digest[32],
		      struct cw_span signature)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	size_t len = key.len - HEAD;
	TEE_Result res;

	if (cw_get_le32(key.ptr) != type || signature.len != len)
		return TEE_ERROR_SIGNATURE_INVALID;
	res = type == CW_SIGN_RSA ? make_rsa(key, &object) : make_p256(key, &object);
	if (res == TEE_SUCCESS && type == CW_SIGN_RSA)
		res = check(object, TEE_ALG_RSASSA_PKCS1_V1_5_SHA256, (uint32_t)len * 8, digest, signature);
	else if (res == TEE_SUCCESS)
		res = check(object, TEE_ALG_ECDSA_P256, 256, digest, signature);
	TEE_FreeTransientObject(object);
	return res;
}
