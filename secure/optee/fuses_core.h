/* SPDX-License-Identifier: BSD-2-Clause */
/* fuses_core.h - the same as OP-TEE's core sees it */
#ifndef CW_OPTEE_FUSES_CORE_H
#define CW_OPTEE_FUSES_CORE_H

#include "fuses.h"

const struct cw_fuses *cw_fuses_get(void);

#endif
