// SPDX-License-Identifier: BSD-2-Clause
/* secure/api/crypto.c - operations: digests, and verification of signatures */
#include "secure/api/crypto.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

enum kind { DIGEST, RSA_PKCS1, RSA_PSS, ECDSA };

static const struct algorithm {
	uint32_t id;
	enum kind kind;
	const char *hash;
	uint32_t hash_len;
} algorithms[] = {
	{TEE_ALG_SHA1, DIGEST, "SHA1", 20},
	{TEE_ALG_SHA224, DIGEST, "SHA224", 28},
	{TEE_ALG_SHA256, DIGEST, "SHA256", 32},
	{TEE_ALG_SHA384, DIGEST, "SHA384", 48},
	{TEE_ALG_SHA512, DIGEST, "SHA512", 64},
	{TEE_ALG_RSASSA_PKCS1_V1_5_SHA1, RSA_PKCS1, "SHA1", 20},
	{TEE_ALG_RSASSA_PKCS1_V1_5_SHA224, RSA_PKCS1, "SHA224", 28},
	{TEE_ALG_RSASSA_PKCS1_V1_5_SHA256, RSA_PKCS1, "SHA256", 32},
	{TEE_ALG_RSASSA_PKCS1_V1_5_SHA384, RSA_PKCS1, "SHA384", 48},
	{TEE_ALG_RSASSA_PKCS1_V1_5_SHA512, RSA_PKCS1, "SHA512", 64},
	{TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA1, RSA_PSS, "SHA1", 20},
	{TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA224, RSA_PSS, "SHA224", 28},
	{TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256, RSA_PSS, "SHA256", 32},
	{TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA384, RSA_PSS, "SHA384", 48},
	{TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA512, RSA_PSS, "SHA512", 64},
	{TEE_ALG_ECDSA_SHA1, ECDSA, "SHA1", 20},
	{TEE_ALG_ECDSA_SHA224, ECDSA, "SHA224", 28},
	{TEE_ALG_ECDSA_SHA256, ECDSA, "SHA256", 32},
	{TEE_ALG_ECDSA_SHA384, ECDSA, "SHA384", 48},
	{TEE_ALG_ECDSA_SHA512, ECDSA, "SHA512", 64},
};

struct __TEE_OperationHandle {
	const struct algorithm *alg;
	uint32_t mode;
	uint32_t max_bits, key_bits;
	EVP_MD_CTX *md; /* DIGEST */
	EVP_PKEY *key;	/* the others */
	bool active, extracting;
	uint8_t hash[EVP_MAX_MD_SIZE]; /* when extracting */
	uint32_t extracted;
};

void ta_crypto_init(void)
{
	/* Not the machine's configuration: what a TA computes does not depend on it. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		EVP_MD_free(EVP_MD_fetch(NULL, algorithms[i].hash, NULL));
}

static const struct algorithm *find_algorithm(uint32_t id)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (algorithms[i].id == id)
			return &algorithms[i];
	return NULL;
}

TA_API TEE_Result TEE_IsAlgorithmSupported(uint32_t algId, uint32_t element)
{
	const struct algorithm *a = find_algorithm(algId);
	bool ok;

	if (!a)
		return TEE_ERROR_NOT_SUPPORTED;
	ok = a->kind == ECDSA
		     ? element >= TEE_ECC_CURVE_NIST_P224 && element <= TEE_ECC_CURVE_NIST_P521
		     : element == TEE_CRYPTO_ELEMENT_NONE;
	return ok ? TEE_SUCCESS : TEE_ERROR_NOT_SUPPORTED;
}

static void must(bool condition)
{
	if (!condition)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
}

static bool digest_begin(struct __TEE_OperationHandle *op)
{
	EVP_MD *md = EVP_MD_fetch(NULL, op->alg->hash, NULL);
	bool ok = md && EVP_DigestInit_ex(op->md, md, NULL);

	EVP_MD_free(md);
	op->active = op->extracting = false;
	op->extracted = 0;
	return ok;
}

TA_API TEE_Result TEE_AllocateOperation(TEE_OperationHandle *operation, uint32_t algorithm,
					uint32_t mode, uint32_t maxKeySize)
{
	const struct algorithm *a = find_algorithm(algorithm);
	struct __TEE_OperationHandle *op;

	must(operation);
	*operation = TEE_HANDLE_NULL;
	if (!a || mode != (a->kind == DIGEST ? TEE_MODE_DIGEST : TEE_MODE_VERIFY))
		return TEE_ERROR_NOT_SUPPORTED;
	op = calloc(1, sizeof(*op));
	if (!op)
		return TEE_ERROR_OUT_OF_MEMORY;
	op->alg = a;
	op->mode = mode;
	op->max_bits = a->kind == DIGEST ? 0 : maxKeySize;
	if (a->kind == DIGEST) {
		op->md = EVP_MD_CTX_new();
		if (!op->md || !digest_begin(op)) {
			TEE_FreeOperation(op);
			return TEE_ERROR_OUT_OF_MEMORY;
		}
	}
	*operation = op;
	return TEE_SUCCESS;
}

TA_API void TEE_FreeOperation(TEE_OperationHandle operation)
{
	if (!operation)
		return;
	EVP_MD_CTX_free(operation->md);
	EVP_PKEY_free(operation->key);
	OPENSSL_cleanse(operation, sizeof(*operation));
	free(operation);
}

TA_API void TEE_GetOperationInfo(TEE_OperationHandle operation, TEE_OperationInfo *operationInfo)
{
	must(operation && operationInfo);
	*operationInfo = (TEE_OperationInfo){
		.algorithm = operation->alg->id,
		.operationClass = operation->alg->id >> 28,
		.mode = operation->mode,
		.digestLength = operation->alg->hash_len,
		.maxKeySize = operation->max_bits,
		.keySize = operation->key_bits,
		.requiredKeyUsage = operation->md ? 0 : TEE_USAGE_VERIFY,
		.handleState = (operation->key ? TEE_HANDLE_FLAG_KEY_SET : 0) |
			       (operation->md || operation->key ? TEE_HANDLE_FLAG_INITIALIZED : 0) |
			       (operation->extracting ? TEE_HANDLE_FLAG_EXTRACTING : 0),
	};
}

TA_API void TEE_ResetOperation(TEE_OperationHandle operation)
{
	must(operation);
	if (operation->md)
		must(digest_begin(operation));
}

TA_API void TEE_CopyOperation(TEE_OperationHandle dstOperation, TEE_OperationHandle srcOperation)
{
	must(dstOperation && srcOperation && dstOperation->alg == srcOperation->alg &&
	     dstOperation->mode == srcOperation->mode &&
	     dstOperation->max_bits >= srcOperation->key_bits);
	if (srcOperation->md)
		must(EVP_MD_CTX_copy_ex(dstOperation->md, srcOperation->md) > 0);
	EVP_PKEY_free(dstOperation->key);
	dstOperation->key = srcOperation->key;
	if (dstOperation->key)
		EVP_PKEY_up_ref(dstOperation->key);
	dstOperation->key_bits = srcOperation->key_bits;
	dstOperation->active = srcOperation->active;
	dstOperation->extracting = srcOperation->extracting;
	dstOperation->extracted = srcOperation->extracted;
	memcpy(dstOperation->hash, srcOperation->hash, sizeof(dstOperation->hash));
}

TA_API void TEE_DigestUpdate(TEE_OperationHandle operation, const void *chunk, size_t chunkSize)
{
	must(operation && operation->md && !operation->extracting);
	if (chunkSize)
		must(EVP_DigestUpdate(operation->md, chunk, chunkSize) > 0);
	operation->active = true;
}

static void start_extracting(TEE_OperationHandle op)
{
	if (op->extracting)
		return;
	must(EVP_DigestFinal_ex(op->md, op->hash, NULL) > 0);
	op->extracting = true;
	op->extracted = 0;
}

TA_API TEE_Result TEE_DigestExtract(TEE_OperationHandle operation, void *hash, size_t *hashLen)
{
	size_t left;

	must(operation && operation->md && hashLen);
	start_extracting(operation);
	left = operation->alg->hash_len - operation->extracted;
	if (*hashLen > left)
		*hashLen = left;
	if (*hashLen)
		memcpy(hash, operation->hash + operation->extracted, *hashLen);
	operation->extracted += (uint32_t)*hashLen;
	return TEE_SUCCESS;
}

TA_API TEE_Result TEE_DigestDoFinal(TEE_OperationHandle operation, const void *chunk,
				    size_t chunkLen, void *hash, size_t *hashLen)
{
	size_t need;

	must(operation && operation->md && hashLen && !(operation->extracting && chunkLen));
	need = operation->alg->hash_len - operation->extracted;
	if (*hashLen < need) {
		/* Nothing has happened: the caller comes again with room. */
		*hashLen = need;
		return TEE_ERROR_SHORT_BUFFER;
	}
	if (chunkLen)
		TEE_DigestUpdate(operation, chunk, chunkLen);
	start_extracting(operation);
	memcpy(hash, operation->hash + operation->extracted, need);
	*hashLen = need;
	must(digest_begin(operation));
	return TEE_SUCCESS;
}

static bool key_fits(const struct algorithm *a, const struct __TEE_ObjectHandle *o)
{
	return o->type == (a->kind == ECDSA ? TEE_TYPE_ECDSA_PUBLIC_KEY : TEE_TYPE_RSA_PUBLIC_KEY);
}

TA_API TEE_Result TEE_SetOperationKey(TEE_OperationHandle operation, TEE_ObjectHandle key)
{
	must(operation && !operation->md);
	EVP_PKEY_free(operation->key);
	operation->key = NULL;
	operation->key_bits = 0;
	if (!key)
		return TEE_SUCCESS;
	must(key->initialized && key_fits(operation->alg, key) &&
	     key->bits <= operation->max_bits && (key->usage & TEE_USAGE_VERIFY));
	operation->key = object_pkey(key);
	if (!operation->key)
		return TEE_ERROR_OUT_OF_MEMORY;
	operation->key_bits = key->bits;
	return TEE_SUCCESS;
}

/* The salt of PSS: as long as the hash, unless a parameter says otherwise. */
static int salt_length(const struct algorithm *a, const TEE_Attribute *params, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (params[i].attributeID == TEE_ATTR_RSA_PSS_SALT_LENGTH)
			return (int)(params[i].content.value.a & 0xFFFF);
	return (int)a->hash_len;
}

static bool verify_rsa(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t n,
		       const void *digest, const void *sig, size_t sig_len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(op->key, NULL);
	EVP_MD *md = EVP_MD_fetch(NULL, op->alg->hash, NULL);
	bool pss = op->alg->kind == RSA_PSS;
	bool ok = ctx && md && EVP_PKEY_verify_init(ctx) > 0 &&
		  EVP_PKEY_CTX_set_rsa_padding(ctx, pss ? RSA_PKCS1_PSS_PADDING
							: RSA_PKCS1_PADDING) > 0 &&
		  EVP_PKEY_CTX_set_signature_md(ctx, md) > 0 &&
		  (!pss ||
		   EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt_length(op->alg, params, n)) > 0) &&
		  EVP_PKEY_verify(ctx, sig, sig_len, digest, op->alg->hash_len) == 1;

	EVP_MD_free(md);
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* GlobalPlatform's signature is r || s, OpenSSL's is DER. */
static int der_of_raw(const uint8_t *raw, size_t len, uint8_t **ret)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, (int)len / 2, NULL),
	       *s = BN_bin2bn(raw + len / 2, (int)len / 2, NULL);
	int der_len = -1;

	if (sig && r && s && ECDSA_SIG_set0(sig, r, s)) {
		r = s = NULL;
		der_len = i2d_ECDSA_SIG(sig, ret);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return der_len;
}

static bool verify_ecdsa(TEE_OperationHandle op, const void *digest, const void *sig,
			 size_t sig_len)
{
	EVP_PKEY_CTX *ctx;
	uint8_t *der = NULL;
	int der_len;
	bool ok;

	if (sig_len != 2 * (((size_t)op->key_bits + 7) / 8))
		return false;
	der_len = der_of_raw(sig, sig_len, &der);
	if (der_len <= 0)
		return false;
	ctx = EVP_PKEY_CTX_new(op->key, NULL);
	ok = ctx && EVP_PKEY_verify_init(ctx) > 0 &&
	     EVP_PKEY_verify(ctx, der, (size_t)der_len, digest, op->alg->hash_len) == 1;
	EVP_PKEY_CTX_free(ctx);
	OPENSSL_free(der);
	return ok;
}

TA_API TEE_Result TEE_AsymmetricVerifyDigest(TEE_OperationHandle operation,
					     const TEE_Attribute *params, uint32_t paramCount,
					     const void *digest, size_t digestLen,
					     const void *signature, size_t signatureLen)
{
	bool ok;

	must(operation && operation->key && digest && signature &&
	     digestLen == operation->alg->hash_len);
	ok = operation->alg->kind == ECDSA
		     ? verify_ecdsa(operation, digest, signature, signatureLen)
		     : verify_rsa(operation, params, paramCount, digest, signature, signatureLen);
	return ok ? TEE_SUCCESS : TEE_ERROR_SIGNATURE_INVALID;
}
