/* SPDX-License-Identifier: BSD-2-Clause */
/* user_ta_header_defines.h - OP-TEE's: found here because the dev kit looks among the include folders it knows */
#include <ta_remoteproc.h>
#include_next <user_ta_header_defines.h>
