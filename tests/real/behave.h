/* SPDX-License-Identifier: BSD-2-Clause */
/* behave.h - what a TEE does when a trusted application or its own memory fails */
#ifndef REAL_BEHAVE_H
#define REAL_BEHAVE_H

#include <stdbool.h>

#include <tee_client_api.h>

enum behave_tee { BEHAVE_OURS, BEHAVE_OPTEE };

/* Strain the TEE behind @ctx and tell what it answers, a line "BEHAVE what answer" each. True: all is as behave.c says for
 * this kind of TEE. Needs the trusted applications of tests/real/strain. */
bool behave_all(TEEC_Context *ctx, enum behave_tee tee);

#endif
