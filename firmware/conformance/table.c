/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table.c - a resource table with nothing but the trace
 */
#include "resource_table.h"
#include "trace.h"

static volatile struct {
	struct rsc_header header;
	uint32_t offset[1];
	struct rsc_trace log;
} table RSC_SECTION = {
	.header = {.ver = 1, .num = 1},
	.offset = {20},
	.log = {.type = RSC_TRACE,
		.da = (uint32_t)trace_buffer,
		.len = TRACE_SIZE,
		.name = "cm4_log"},
};
