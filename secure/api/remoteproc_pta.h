/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remoteproc_pta.h - the remoteproc platform service, as TAs call it
 *
 * UUID, command numbers and parameters are OP-TEE's (lib/libutee/include/remoteproc_pta.h); ours are 0x4357xxxx and a
 * service that has them not answers TEE_ERROR_NOT_IMPLEMENTED or TEE_ERROR_NOT_SUPPORTED: the caller then does without.
 */
#ifndef REMOTEPROC_PTA_H
#define REMOTEPROC_PTA_H

#include <stddef.h>
#include <stdint.h>

#define PTA_RPROC_UUID                                                                             \
	{0x54af4a68, 0x19be, 0x40d7, {0xbb, 0xe6, 0x89, 0x50, 0x35, 0x0a, 0x87, 0x44}}

#define PTA_RPROC_HWCAP_FMT_ELF		  0x1u
#define PTA_RPROC_HWCAP_PROT_HASH_TABLE	  0x1u

#define PTA_RPROC_HW_CAPABILITIES	  1 /* VI id; VO format; VO protection */
#define PTA_RPROC_FIRMWARE_LOAD		  2 /* VI id; MI image */
#define PTA_RPROC_LOAD_SEGMENT_SHA256	  3 /* VI id; MI data; VI da lo/hi; MI hash */
#define PTA_RPROC_SET_MEMORY		  4 /* VI id; VI da lo/hi; VI size lo/hi; VI byte */
#define PTA_RPROC_FIRMWARE_START	  5 /* VI id */
#define PTA_RPROC_FIRMWARE_STOP		  6 /* VI id */
#define PTA_RPROC_FIRMWARE_DA_TO_PA	  7 /* VI id; VI da lo/hi; VI size lo/hi; VO pa lo/hi */
#define PTA_RPROC_VERIFY_DIGEST		  8 /* VI id; MI key info; MI digest; MI signature */
#define PTA_RPROC_RELEASE		  9 /* VI id */
#define PTA_REMOTEPROC_RELEASE		  PTA_RPROC_RELEASE /* OP-TEE's name */

#include "remoteproc_cw_pta.h"

/* Key info of VERIFY_DIGEST: algorithm, size of what follows, then PKEYINFO of the image (may be empty). */
struct rproc_pta_key_info {
	uint32_t algo; /* TEE_ALG_RSASSA_PKCS1_V1_5_SHA256 0x70004830, TEE_ALG_ECDSA_P256 0x70003042 */
	uint32_t info_size;
	uint8_t info[];
};

/* Bytes of a whole key info; 0 when that does not fit a size_t. */
static inline size_t rproc_pta_keyinfo_size(const struct rproc_pta_key_info *info)
{
	size_t size;

	return info && !__builtin_add_overflow(sizeof(*info), info->info_size, &size) ? size : 0;
}

#endif
