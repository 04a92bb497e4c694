/* SPDX-License-Identifier: BSD-2-Clause */
/* tee_stats.h - what our TEE counts; both its answer on the socket (teec/wire.h) and what cw_teec_stats() gives */
#ifndef CW_TEEC_STATS_H
#define CW_TEEC_STATS_H

#include <stdint.h>

/* What the asking connection holds, and the TEE as a whole. */
struct cw_tee_stats {
	uint32_t sessions;
	uint32_t shms;
	uint64_t shm_bytes;
	uint32_t all_clients;
	uint32_t all_sessions;
	uint32_t all_shms;
	uint32_t instances;
	uint64_t all_shm_bytes;
};

#endif
