// SPDX-License-Identifier: BSD-2-Clause
/* secure/api/object.c - transient objects: the public keys that verification needs */
#include "secure/api/crypto.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define RSA_BITS_MIN 1024
#define RSA_BITS_MAX 4096

static const struct curve {
	uint32_t id, bits;
	const char *name;
} curves[] = {
	{TEE_ECC_CURVE_NIST_P224, 224, "P-224"},
	{TEE_ECC_CURVE_NIST_P256, 256, "P-256"},
	{TEE_ECC_CURVE_NIST_P384, 384, "P-384"},
	{TEE_ECC_CURVE_NIST_P521, 521, "P-521"},
};

static const struct curve *find_curve(uint32_t id)
{
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (curves[i].id == id)
			return &curves[i];
	return NULL;
}

static bool size_ok(uint32_t type, uint32_t bits)
{
	if (type == TEE_TYPE_RSA_PUBLIC_KEY)
		return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX && bits % 8 == 0;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (curves[i].bits == bits)
			return true;
	return false;
}

TA_API TEE_Result TEE_AllocateTransientObject(TEE_ObjectType objectType, uint32_t maxObjectSize,
					      TEE_ObjectHandle *object)
{
	TEE_ObjectHandle o;

	if ((objectType != TEE_TYPE_RSA_PUBLIC_KEY && objectType != TEE_TYPE_ECDSA_PUBLIC_KEY) ||
	    !size_ok(objectType, maxObjectSize))
		return TEE_ERROR_NOT_SUPPORTED;
	o = calloc(1, sizeof(*o));
	if (!o)
		return TEE_ERROR_OUT_OF_MEMORY;
	o->type = objectType;
	o->max_bits = maxObjectSize;
	o->usage = TEE_USAGE_DEFAULT;
	*object = o;
	return TEE_SUCCESS;
}

TA_API void TEE_FreeTransientObject(TEE_ObjectHandle object)
{
	free(object);
}

TA_API void TEE_CloseObject(TEE_ObjectHandle object)
{
	TEE_FreeTransientObject(object);
}

TA_API void TEE_ResetTransientObject(TEE_ObjectHandle object)
{
	struct __TEE_ObjectHandle fresh;

	if (!object)
		return;
	fresh = (struct __TEE_ObjectHandle){
		.type = object->type, .max_bits = object->max_bits, .usage = TEE_USAGE_DEFAULT};
	*object = fresh;
}

static const TEE_Attribute *find_attr(const TEE_Attribute *attrs, uint32_t n, uint32_t id)
{
	for (uint32_t i = 0; i < n; i++)
		if (attrs[i].attributeID == id)
			return &attrs[i];
	return NULL;
}

/* Copy a number without its leading zeros. */
static bool take_bytes(struct object_bytes *to, const TEE_Attribute *attr, size_t max)
{
	const uint8_t *p;
	size_t len;

	/* The specification makes a missing attribute the programmer's mistake. */
	if (!attr)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	p = attr->content.ref.buffer;
	len = attr->content.ref.length;
	for (; len && !*p; len--)
		p++;
	if (!len || len > max)
		return false;
	to->len = len;
	memcpy(to->data, p, len);
	return true;
}

static uint32_t bit_length(const struct object_bytes *b)
{
	uint32_t bits = (uint32_t)(b->len - 1) * 8;

	for (uint8_t top = b->data[0]; top; top >>= 1)
		bits++;
	return bits;
}

static bool populate_rsa(struct __TEE_ObjectHandle *o, const TEE_Attribute *attrs, uint32_t n)
{
	if (!take_bytes(&o->part[0], find_attr(attrs, n, TEE_ATTR_RSA_MODULUS), o->max_bits / 8) ||
	    !take_bytes(&o->part[1], find_attr(attrs, n, TEE_ATTR_RSA_PUBLIC_EXPONENT),
			o->max_bits / 8))
		return false;
	o->bits = bit_length(&o->part[0]);
	return o->bits >= RSA_BITS_MIN;
}

static bool populate_ec(struct __TEE_ObjectHandle *o, const TEE_Attribute *attrs, uint32_t n)
{
	const TEE_Attribute *id = find_attr(attrs, n, TEE_ATTR_ECC_CURVE);
	const struct curve *c;
	size_t max;

	if (!id)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	c = find_curve(id->content.value.a);
	if (!c || c->bits > o->max_bits)
		return false;
	max = (c->bits + 7) / 8;
	o->curve = c->id;
	o->bits = c->bits;
	return take_bytes(&o->part[0], find_attr(attrs, n, TEE_ATTR_ECC_PUBLIC_VALUE_X), max) &&
	       take_bytes(&o->part[1], find_attr(attrs, n, TEE_ATTR_ECC_PUBLIC_VALUE_Y), max);
}

TA_API TEE_Result TEE_PopulateTransientObject(TEE_ObjectHandle object, const TEE_Attribute *attrs,
					      uint32_t attrCount)
{
	EVP_PKEY *key;
	bool ok;

	if (!object || object->initialized)
		TEE_Panic(TEE_ERROR_BAD_STATE);
	ok = object->type == TEE_TYPE_RSA_PUBLIC_KEY ? populate_rsa(object, attrs, attrCount)
						     : populate_ec(object, attrs, attrCount);
	key = ok ? object_pkey(object) : NULL;
	if (!key) {
		TEE_ResetTransientObject(object);
		return TEE_ERROR_BAD_PARAMETERS;
	}
	EVP_PKEY_free(key);
	object->initialized = true;
	return TEE_SUCCESS;
}

static bool push_rsa(OSSL_PARAM_BLD *b, const struct __TEE_ObjectHandle *o, BIGNUM *n, BIGNUM *e)
{
	return n && e && BN_bin2bn(o->part[0].data, (int)o->part[0].len, n) &&
	       BN_bin2bn(o->part[1].data, (int)o->part[1].len, e) &&
	       OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) &&
	       OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e);
}

static bool push_ec(OSSL_PARAM_BLD *b, const struct __TEE_ObjectHandle *o, uint8_t point[133])
{
	const struct curve *c = find_curve(o->curve);
	size_t len = (c->bits + 7) / 8;

	memset(point, 0, 1 + 2 * len);
	point[0] = POINT_CONVERSION_UNCOMPRESSED;
	for (unsigned i = 0; i < 2; i++)
		memcpy(point + 1 + (i + 1) * len - o->part[i].len, o->part[i].data, o->part[i].len);
	return OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, c->name, 0) &&
	       OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * len);
}

static EVP_PKEY *pkey_from(OSSL_PARAM_BLD *b, const char *kind)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
	EVP_PKEY *key = NULL;

	if (ctx && params && EVP_PKEY_fromdata_init(ctx) > 0 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		key = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *object_pkey(const struct __TEE_ObjectHandle *o)
{
	bool rsa = o->type == TEE_TYPE_RSA_PUBLIC_KEY;
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	BIGNUM *n = rsa ? BN_new() : NULL, *e = rsa ? BN_new() : NULL;
	uint8_t point[133];
	EVP_PKEY *key = NULL;

	if (b && (rsa ? push_rsa(b, o, n, e) : push_ec(b, o, point)))
		key = pkey_from(b, rsa ? "RSA" : "EC");
	OSSL_PARAM_BLD_free(b);
	BN_free(n);
	BN_free(e);
	return key;
}

TA_API void TEE_InitRefAttribute(TEE_Attribute *attr, uint32_t attributeID, const void *buffer,
				 size_t length)
{
	if (!attr || (attributeID & TEE_ATTR_FLAG_VALUE))
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	attr->attributeID = attributeID;
	attr->content.ref.buffer = (void *)buffer;
	attr->content.ref.length = length;
}

TA_API void TEE_InitValueAttribute(TEE_Attribute *attr, uint32_t attributeID, uint32_t a,
				   uint32_t b)
{
	if (!attr || !(attributeID & TEE_ATTR_FLAG_VALUE))
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	attr->attributeID = attributeID;
	attr->content.value.a = a;
	attr->content.value.b = b;
}

TA_API TEE_Result TEE_GetObjectInfo1(TEE_ObjectHandle object, TEE_ObjectInfo *objectInfo)
{
	if (!object || !objectInfo)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	*objectInfo = (TEE_ObjectInfo){
		.objectType = object->type,
		.objectSize = object->bits,
		.maxObjectSize = object->max_bits,
		.objectUsage = object->usage,
		.handleFlags = object->initialized ? TEE_HANDLE_FLAG_INITIALIZED : 0,
	};
	return TEE_SUCCESS;
}

TA_API void TEE_GetObjectInfo(TEE_ObjectHandle object, TEE_ObjectInfo *objectInfo)
{
	TEE_GetObjectInfo1(object, objectInfo);
}

TA_API TEE_Result TEE_RestrictObjectUsage1(TEE_ObjectHandle object, uint32_t objectUsage)
{
	if (!object)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	object->usage &= objectUsage;
	return TEE_SUCCESS;
}

TA_API void TEE_RestrictObjectUsage(TEE_ObjectHandle object, uint32_t objectUsage)
{
	TEE_RestrictObjectUsage1(object, objectUsage);
}

TA_API TEE_Result TEE_GetObjectBufferAttribute(TEE_ObjectHandle object, uint32_t attributeID,
					       void *buffer, size_t *size)
{
	static const uint32_t ids[2][2] = {
		{TEE_ATTR_RSA_MODULUS, TEE_ATTR_RSA_PUBLIC_EXPONENT},
		{TEE_ATTR_ECC_PUBLIC_VALUE_X, TEE_ATTR_ECC_PUBLIC_VALUE_Y},
	};
	const uint32_t *mine;

	if (!object || !object->initialized || !size || (attributeID & TEE_ATTR_FLAG_VALUE))
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	mine = ids[object->type == TEE_TYPE_ECDSA_PUBLIC_KEY];
	for (unsigned i = 0; i < 2; i++) {
		const struct object_bytes *b = &object->part[i];
		size_t room = *size;

		if (mine[i] != attributeID)
			continue;
		*size = b->len;
		if (room < b->len || !buffer)
			return TEE_ERROR_SHORT_BUFFER;
		memcpy(buffer, b->data, b->len);
		return TEE_SUCCESS;
	}
	return TEE_ERROR_ITEM_NOT_FOUND;
}

TA_API TEE_Result TEE_GetObjectValueAttribute(TEE_ObjectHandle object, uint32_t attributeID,
					      uint32_t *a, uint32_t *b)
{
	if (!object || !object->initialized || !(attributeID & TEE_ATTR_FLAG_VALUE))
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	if (attributeID != TEE_ATTR_ECC_CURVE || object->type != TEE_TYPE_ECDSA_PUBLIC_KEY)
		return TEE_ERROR_ITEM_NOT_FOUND;
	if (a)
		*a = object->curve;
	if (b)
		*b = 0;
	return TEE_SUCCESS;
}

TA_API TEE_Result TEE_CopyObjectAttributes1(TEE_ObjectHandle destObject, TEE_ObjectHandle srcObject)
{
	if (!destObject || !srcObject || destObject->initialized || !srcObject->initialized ||
	    destObject->type != srcObject->type || destObject->max_bits < srcObject->bits)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	destObject->bits = srcObject->bits;
	destObject->curve = srcObject->curve;
	destObject->usage &= srcObject->usage;
	memcpy(destObject->part, srcObject->part, sizeof(destObject->part));
	destObject->initialized = true;
	return TEE_SUCCESS;
}

TA_API void TEE_CopyObjectAttributes(TEE_ObjectHandle destObject, TEE_ObjectHandle srcObject)
{
	TEE_CopyObjectAttributes1(destObject, srcObject);
}
