// SPDX-License-Identifier: BSD-2-Clause
/* secure/pta/table.c - every platform service of this TEE */
#include "secure/tee/pta.h"

extern const struct cw_pta cw_pta_remoteproc;

const struct cw_pta *const cw_ptas[] = {
	&cw_pta_remoteproc,
	NULL,
};
