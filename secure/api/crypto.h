/* SPDX-License-Identifier: BSD-2-Clause */
/* secure/api/crypto.h - objects as operations see them */
#ifndef CW_SECURE_API_CRYPTO_H
#define CW_SECURE_API_CRYPTO_H

#include <openssl/evp.h>

#include "secure/api/internal.h"

#define OBJECT_BYTES_MAX 512 /* an RSA-4096 modulus */

/* An octet string attribute; len 0: not there. */
struct object_bytes {
	size_t len;
	uint8_t data[OBJECT_BYTES_MAX];
};

struct __TEE_ObjectHandle {
	uint32_t type;
	uint32_t max_bits, bits;
	uint32_t usage;
	bool initialized;
	struct object_bytes part[2]; /* RSA modulus and exponent, or X and Y of a point */
	uint32_t curve;
};

/* The key as OpenSSL has it; NULL when it is no possible key. The caller frees. */
EVP_PKEY *object_pkey(const struct __TEE_ObjectHandle *o);

#endif
