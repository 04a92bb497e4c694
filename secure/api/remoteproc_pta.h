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

/* Ours. */
#define PTA_CW_LOAD_BEGIN  0x43570010 /* VI id: lock every firmware region before the first segment (FMT-W12) */
#define PTA_CW_BOARD_INFO  0x43570011 /* VI id; VO a = CW_FUSE_REQUIRE_*, b = 0; VO rollback lo/hi; MO compatible. The
					 rollback minimum is that of the key that VERIFY_DIGEST found good last, or
					 the highest of all fused keys before that */
#define PTA_CW_SET_VERSION 0x43570012 /* VI id; VI version lo/hi: what START and life will make the new minimum */
#define PTA_CW_WINDOWS	   0x43570013 /* VI id; VI a = da, b = size of the resource table: windows of design.md 5 */
#define PTA_CW_WRITE_TABLE 0x43570014 /* VI id; VI a = da; MI bytes: write the table at its place, before START */
#define PTA_CW_KEY_TEXT	   0x43570015 /* VI id; MO text: fingerprints of the fused keys, for refusals; empty: blank */
#define PTA_CW_REGIONS	   0x43570016 /* VI id; MO text: the regions' device addresses, for refusals */
#define PTA_CW_READ_MEMORY 0x43570017 /* VI id; VI da lo/hi; MO bytes: read back what was loaded */
#define PTA_CW_CANONICAL   0x43570018 /* VI id; VI da lo/hi; VO lo/hi: one name for a byte that has several addresses */
#define PTA_CW_STATUS	   0x43570019 /* VI id; VO a = 0 idle, 1 memory locked, 2 running, b = 1 quarantined */

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
