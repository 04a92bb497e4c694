/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remoteproc_ta.h - the remoteproc trusted application, as the normal world calls it
 *
 * UUID and commands 1..6 are OP-TEE's (ta/remoteproc); the rest is ours and answers TEE_ERROR_BAD_PARAMETERS or
 * TEE_ERROR_NOT_SUPPORTED on a stock one.
 */
#ifndef CW_REMOTEPROC_TA_H
#define CW_REMOTEPROC_TA_H

#include <stdint.h>

#define TA_RPROC_UUID                                                                              \
	{0x80a4c275, 0x0a47, 0x4905, {0x82, 0x85, 0x14, 0x86, 0xa9, 0x77, 0x1a, 0x08}}

/* Open session: VALUE_INPUT a = processor id, NONE, NONE, NONE. */

#define TA_RPROC_CMD_LOAD_FW	   1 /* VI id; MI image */
#define TA_RPROC_CMD_START_FW	   2 /* VI id */
#define TA_RPROC_CMD_STOP_FW	   3 /* VI id */
#define TA_RPROC_CMD_GET_RSC_TABLE 4 /* VI id; VO pa lo/hi; VO size lo/hi */
#define TA_RPROC_CMD_GET_COREDUMP  5 /* VI id; MO dump: NOT_IMPLEMENTED */
#define TA_RPROC_CMD_RELEASE_FW	   6 /* VI id */

/* VI id; MI image; MO optional text; MI optional struct ta_cw_key: judge only, load nothing. The text is the reason of a
 * refusal, or what was not checked (nothing: 0 bytes). The key is for a TEE without platform service, which knows none;
 * any other refuses to be told a key. */
#define TA_CW_CMD_VERIFY	   0x43570001
#define TA_CW_CMD_REASON	   0x43570002 /* VI id; MO text; VO a = enum cw_code, b = 0; VO offset lo/hi: last refusal
						 of this session. Texts end in NUL, which their size counts */
#define TA_CW_CMD_ROLLBACK	   0x43570003 /* VI id; VO minimum lo/hi; VO version of the loaded image lo/hi */
#define TA_CW_CMD_WRITE_RSC_TABLE  0x43570004 /* VI id; MI table: LOADED only; only fields the host owns may differ */
#define TA_CW_CMD_READ_RSC_TABLE   0x43570006 /* VI id; MO table: LOADED or STARTED; copy of the loaded table */
#define TA_CW_CMD_STATUS	   0x43570007 /* VI id; VO a = state 0 OFF 1 LOADED 2 STARTED, b = images; VO entry da lo/hi:
						 what the TEE holds */
#define TA_CW_CMD_VERSION	   0x43570008 /* VI id; MO description and version of this TA; MO the same of its TEE */

struct ta_cw_key {
	uint32_t type;	   /* 1 RSA, 2 ECDSA P-256: as record SIGNTYPE */
	uint32_t exponent; /* RSA; all little-endian */
	uint8_t bytes[];   /* RSA: modulus, big-endian, 256, 384 or 512 bytes; P-256: x || y */
};

#endif
