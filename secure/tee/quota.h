/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secure/tee/quota.h - what one party may take from the TEE
 *
 * docs/limits.md says the same to users. All of these answer -ENOMEM, -EMFILE or TEE_ERROR_OUT_OF_MEMORY; only the call
 * time ends a TA.
 */
#ifndef CW_SECURE_TEE_QUOTA_H
#define CW_SECURE_TEE_QUOTA_H

#define CW_TEE_CLIENTS_MAX	   64
#define CW_TEE_CLIENT_SESSIONS_MAX 64
#define CW_TEE_CLIENT_SHMS_MAX	   128
#define CW_TEE_CLIENT_CALLS_MAX	   64	       /* requests under way on one connection */
#define CW_TEE_CLIENT_BYTES_MAX	   (640u << 20) /* shared memory of one connection: a firmware file of the largest size, and some */
#define CW_TEE_SHMS_MAX		   512	       /* pieces of shared memory of all: each is a descriptor */
#define CW_TEE_BYTES_MAX	   (1024u << 20) /* shared memory of all */
#define CW_TEE_INSTANCES_MAX	   32
#define CW_TEE_TA_PTA_SESSIONS_MAX 16	       /* sessions with platform services of one instance */
#define CW_TEE_TA_SHMS_MAX	   64	       /* pieces of shared memory an instance has mapped */
#define CW_TEE_TA_ADDRESS_SPACE	   (1536ul << 20) /* of a TA's process, with libraries and shared memory */
#define CW_TEE_TA_DESCRIPTORS	   64
#define CW_TEE_GREET_MS		   5000	       /* from a connection to its first frame */
#define CW_TEE_CALL_MS		   60000       /* of one call of a TA, unless --call-seconds says otherwise */
#define CW_TEE_START_MS		   60000       /* of its start, and of its end */

#endif
