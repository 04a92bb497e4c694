/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/pta/gp.h - as much of the Internal Core API as the remoteproc TA uses, in this process
 *
 * Sessions with the platform service go straight to it. Allocations are counted, and the n-th can
 * be made to fail.
 */
#ifndef TEST_PTA_GP_H
#define TEST_PTA_GP_H

#include <stdbool.h>

struct gp {
	unsigned live; /* allocations, operations, sessions that were not given back */
	unsigned allocations, fail_at;
	bool stock; /* the platform service has OP-TEE's commands only */
	bool absent;
	unsigned service_calls, fail_service_at; /* answers TEE_ERROR_BUSY */
};

extern struct gp gp;

#endif
