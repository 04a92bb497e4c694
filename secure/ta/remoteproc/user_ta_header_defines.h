/* SPDX-License-Identifier: BSD-2-Clause */
/* user_ta_header_defines.h - what the remoteproc TA's file says about itself (form of OP-TEE's TA dev kit) */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include <remoteproc_ta.h>

#ifdef CFG_CW_TA_UUID /* a second build of this TA, beside the other on one machine: see scripts/real */
#define TA_UUID                                                                                    \
	{0x80a4c275, 0x0a47, 0x4905, {0x82, 0x85, 0x14, 0x86, 0xa9, 0x77, 0x00, CFG_CW_TA_UUID}}
#else
#define TA_UUID TA_RPROC_UUID
#endif

/* One instance keeps the state of every processor, also while nobody has a session; Linux finds it on the TEE bus. */
#define TA_FLAGS                                                                                   \
	(TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION | TA_FLAG_INSTANCE_KEEP_ALIVE |           \
	 TA_FLAG_DEVICE_ENUM)

#define TA_STACK_SIZE (4 * 1024)
#define TA_DATA_SIZE  (96 * 1024) /* the judge's workspace, once, two copies of a resource table, in our TEE a page for calls */

#define TA_VERSION     "1.0"
#define TA_DESCRIPTION "Remote processor firmware, authenticated"

#endif
