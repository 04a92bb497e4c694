/* SPDX-License-Identifier: BSD-2-Clause */
/* utee_defines.h - sizes, byte order and time helpers that TAs written for OP-TEE use */
#ifndef CW_TEE_UTEE_DEFINES_H
#define CW_TEE_UTEE_DEFINES_H

#include <endian.h>

#include <compiler.h>
#include <types_ext.h>

/* Parts of an algorithm identifier. */
#define TEE_ALG_GET_CLASS(algo)		(((algo) >> 28) & 0xF)
#define TEE_ALG_GET_MAIN_ALG(algo)	((algo) & 0xFF)
#define TEE_ALG_GET_CHAIN_MODE(algo)	(((algo) >> 8) & 0xF)
#define TEE_ALG_GET_DIGEST_HASH(algo)	(((algo) >> 12) & 0xF)
#define TEE_ALG_GET_INTERNAL_HASH(algo) (((algo) >> 20) & 0xF)
#define TEE_ALG_HASH_ALGO(main_hash)	(0x50000000u | (main_hash))

enum {
	TEE_MD5_HASH_SIZE = 16,
	TEE_SHA1_HASH_SIZE = 20,
	TEE_SHA224_HASH_SIZE = 28,
	TEE_SHA256_HASH_SIZE = 32,
	TEE_SHA384_HASH_SIZE = 48,
	TEE_SHA512_HASH_SIZE = 64,
	TEE_MAX_HASH_SIZE = 64,
};

#define TEE_U64_FROM_BIG_ENDIAN(x)    be64toh(x)
#define TEE_U32_FROM_BIG_ENDIAN(x)    be32toh(x)
#define TEE_U16_FROM_BIG_ENDIAN(x)    be16toh(x)
#define TEE_U64_TO_BIG_ENDIAN(x)      htobe64(x)
#define TEE_U32_TO_BIG_ENDIAN(x)      htobe32(x)
#define TEE_U16_TO_BIG_ENDIAN(x)      htobe16(x)
#define TEE_U64_FROM_LITTLE_ENDIAN(x) le64toh(x)
#define TEE_U32_FROM_LITTLE_ENDIAN(x) le32toh(x)
#define TEE_U16_FROM_LITTLE_ENDIAN(x) le16toh(x)
#define TEE_U64_TO_LITTLE_ENDIAN(x)   htole64(x)
#define TEE_U32_TO_LITTLE_ENDIAN(x)   htole32(x)
#define TEE_U16_TO_LITTLE_ENDIAN(x)   htole16(x)

#define TEE_TIME_MILLIS_BASE 1000
#define TEE_TIME_LT(t1, t2)                                                                        \
	((t1).seconds < (t2).seconds || ((t1).seconds == (t2).seconds && (t1).millis < (t2).millis))
#define TEE_TIME_LE(t1, t2) (!TEE_TIME_LT((t2), (t1)))

#endif
