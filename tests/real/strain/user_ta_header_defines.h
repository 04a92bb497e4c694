/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include "strain.h"

#ifdef CFG_STRAIN_MANY
#define TA_UUID	 STRAIN_MANY_UUID
#define TA_FLAGS 0
#else
#define TA_UUID	 STRAIN_UUID
#define TA_FLAGS (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION)
#endif

#define TA_STACK_SIZE (4 * 1024)
#define TA_DATA_SIZE  (64 * 1024)

#endif
