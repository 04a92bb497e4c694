/* SPDX-License-Identifier: BSD-2-Clause */
/* rproc/platform.h - a powered board inside (private to lib/rproc; tests build one by hand) */
#ifndef CW_RPROC_PLATFORM_H
#define CW_RPROC_PLATFORM_H

#include <corewarden/rproc.h>
#include <tee_client_api.h>

struct cw_bus;

struct cw_platform {
	struct cw_bus *bus;
	int silicon_pidfd;
	struct cw_board board;
	TEEC_Context tee;
	bool has_tee;
	struct cw_rproc *owner; /* the processor that takes the bus's events */
};

#endif
