/* SPDX-License-Identifier: BSD-2-Clause */
/* user_ta_header_defines.h - the three faces of the echo TA */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include "echo.h"

#if defined(ECHO_MULTI)
#define TA_UUID	 ECHO_MULTI_UUID
#define TA_FLAGS (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION | TA_FLAG_INSTANCE_KEEP_ALIVE)
#elif defined(ECHO_SINGLE)
#define TA_UUID	 ECHO_SINGLE_UUID
#define TA_FLAGS TA_FLAG_SINGLE_INSTANCE
#else
#define TA_UUID	 ECHO_UUID
#define TA_FLAGS 0
#endif

#define TA_STACK_SIZE  (4 * 1024)
#define TA_DATA_SIZE   (32 * 1024)
#define TA_VERSION     "1.2"
#define TA_DESCRIPTION "test of the TEE"
#define TA_CURRENT_TA_EXT_PROPERTIES                                                               \
	{"org.corewarden.echo.answer", USER_TA_PROP_TYPE_U32, &(const uint32_t){42}},

#endif
