/* SPDX-License-Identifier: BSD-2-Clause */
/* user_ta_header_defines.h - as a TA written for OP-TEE has it */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#define TA_UUID	 {0x5d1c7a10, 0x9c3e, 0x4b58, {0x8f, 0x11, 0x2a, 0x6e, 0x0c, 0x43, 0x57, 0x04}}
#define TA_FLAGS (TA_FLAG_DEVICE_ENUM | TA_FLAG_SINGLE_INSTANCE | TA_FLAG_INSTANCE_KEEP_ALIVE)

#define TA_STACK_SIZE (4 * 1024)
#define TA_DATA_SIZE  CFG_STYLE_HEAP_SIZE

#endif
