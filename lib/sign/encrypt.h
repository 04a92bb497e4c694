/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign/encrypt.h - the ELF files of an encrypted container, and its record 0x1C004
 *
 * Every PT_LOAD is encrypted where it lies in the file. Of the rest only what a loader must read stays: ELF header, program
 * headers, section headers and their names; symbols and debug information are zeros.
 */
#ifndef CW_SIGN_ENCRYPT_H
#define CW_SIGN_ENCRYPT_H

#include "sign/bytes.h"
#include "sign/container.h"

/* Starts as all zero; cw_encrypted_done() frees it. */
struct cw_encrypted {
	struct cw_sign_elf elfs[CW_RPROC_IMAGES_MAX];
	uint8_t *copies[CW_RPROC_IMAGES_MAX]; /* what they point at */
	struct cw_bytes record;
};

/* Encrypt the ELF files of @q, whose headers were checked, to @q->encrypt_to.
 *   -EINVAL   not a key on P-256
 *   -EBADMSG  a segment shares bytes of the file with another, or with headers
 *   -ENOMEM */
int cw_sign_encrypt(const struct cw_sign_request *q, struct cw_encrypted *ret,
		    struct cw_error *err);
void cw_encrypted_done(struct cw_encrypted *e);

#endif
