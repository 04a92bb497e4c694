/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image/ta_header.h - the signed file of a trusted application
 *
 * OP-TEE's format (core/include/signed_hdr.h, scripts/sign_encrypt.py); all numbers little-endian:
 *
 *	 0  4  magic 0x4F545348
 *	 4  4  image type: 1 = bootstrap TA, the only one accepted here
 *	 8  4  size of the ELF
 *	12  4  algorithm, TEE_ALG_*: RSASSA-PSS or RSASSA-PKCS1-v1_5, both with SHA-256
 *	16  2  size of the hash, 32
 *	18  2  size of the signature
 *	20     hash, signature
 *	   16  UUID, big-endian fields as in its text form
 *	    4  version of the TA
 *	       the ELF, to the end of the file
 *
 * The hash covers header (20 bytes), UUID, version and ELF; the signature covers the hash. Checking both is the caller's:
 * this file only cuts, with every length checked.
 */
#ifndef CW_IMAGE_TA_HEADER_H
#define CW_IMAGE_TA_HEADER_H

#include "base/refusal.h"
#include "base/span.h"

#define CW_TA_MAGIC	       0x4F545348u
#define CW_TA_TYPE_BOOTSTRAP   1u
#define CW_TA_ALG_RSA_PSS      0x70414930u
#define CW_TA_ALG_RSA_PKCS1    0x70004830u
#define CW_TA_HEADER_SIZE      20
#define CW_TA_BOOTSTRAP_SIZE   20
#define CW_TA_HASH_SIZE	       32
#define CW_TA_SIGNATURE_MAX    512	   /* RSA-4096 */
#define CW_TA_FILE_MAX	       (16u << 20) /* bytes of a whole file */

/* Borrows from the file. */
struct cw_ta_file {
	uint32_t algo;
	uint8_t uuid[16];
	uint32_t version;
	struct cw_span header;	  /* first hashed part */
	struct cw_span hash;
	struct cw_span signature;
	struct cw_span bootstrap; /* second hashed part: UUID and version */
	struct cw_span image;	  /* third hashed part: the ELF */
};

/* Cut @file. 0, -CW_CODE_TRUNCATED, -CW_CODE_MAGIC, -CW_CODE_UNSUPPORTED, -CW_CODE_SIZE, -CW_CODE_LIMIT; @ret is untouched
 * then. */
int cw_ta_file_parse(struct cw_span file, struct cw_ta_file *ret, struct cw_refusal *r);

/* Write what is hashed before the ELF: CW_TA_HEADER_SIZE and CW_TA_BOOTSTRAP_SIZE bytes. */
void cw_ta_file_header(uint8_t ret_header[CW_TA_HEADER_SIZE],
		       uint8_t ret_bootstrap[CW_TA_BOOTSTRAP_SIZE], uint32_t algo,
		       uint32_t image_size, uint16_t signature_size, const uint8_t uuid[16],
		       uint32_t version);

/* Read the text form of a UUID, 36 characters, into its 16 bytes. False when it is malformed; @ret is untouched. */
bool cw_ta_uuid_parse(const char *text, uint8_t ret[16]);

/* And back: 36 characters and a NUL, lower case. */
void cw_ta_uuid_text(const uint8_t uuid[16], char ret[37]);

#endif
