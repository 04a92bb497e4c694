/* SPDX-License-Identifier: BSD-2-Clause */
/* ta_remoteproc.h - OP-TEE's, with the UUID under which scripts/real installs that TA beside ours */
#include_next <ta_remoteproc.h>

#undef TA_REMOTEPROC_UUID
#define TA_REMOTEPROC_UUID                                                                         \
	{0x80a4c275, 0x0a47, 0x4905, {0x82, 0x85, 0x14, 0x86, 0xa9, 0x77, 0x04, 0x10}}
