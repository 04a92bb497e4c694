/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuses.h - what this machine trusts and insists on
 *
 * QEMU's machine has no fuses. So the development build has a service that lets the normal world write what fuses would
 * hold, as often as it likes: it is for test benches, and nothing that is built with CFG_CW_BENCH_FUSES=y protects anything
 * from its own Linux. Without it the machine trusts no key and refuses every image.
 */
#ifndef CW_OPTEE_FUSES_H
#define CW_OPTEE_FUSES_H

#include <stdint.h>

#define CW_FUSES_PTA_UUID                                                                          \
	{0x43570f05, 0x2c1b, 0x4e0a, {0x8d, 0x4f, 0x5e, 0x1c, 0x0b, 0x93, 0x57, 0x01}}

#define CW_FUSES_WRITE 1 /* MI struct cw_fuses, whole */
#define CW_FUSES_LEFT  2 /* VI a = processor; VO a = bytes of its memory that are not zero */

#define CW_FUSES_KEY_NONE 0
#define CW_FUSES_KEY_RSA  1
#define CW_FUSES_KEY_P256 2

struct cw_fuses {
	uint32_t kind;		 /* CW_FUSES_KEY_* */
	uint32_t exponent;	 /* RSA */
	uint32_t size;		 /* bytes of key */
	uint32_t require;	 /* CW_FUSE_REQUIRE_* */
	uint32_t minimum_low;	 /* lowest firmware version that may still run */
	uint32_t minimum_high;
	uint8_t key[512];	 /* RSA: modulus, big-endian; P-256: x and y */
	uint8_t fingerprint[32]; /* SHA-256 of the key's DER SubjectPublicKeyInfo */
};

#endif
