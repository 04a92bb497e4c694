/* SPDX-License-Identifier: BSD-2-Clause */
/* teec/teec_ext.h - what our libteec offers beyond the GlobalPlatform client API */
#ifndef CW_TEEC_EXT_H
#define CW_TEEC_EXT_H

#include <tee_client_api.h>

#include "tee_stats.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Initialise @ctx over a socket whose other end was handed to a TEE (cw_bus_connect_tee). The context owns @sock from
 * here on, also on failure. TEEC_SUCCESS, TEEC_ERROR_COMMUNICATION, TEEC_ERROR_OUT_OF_MEMORY, TEEC_ERROR_NOT_SUPPORTED
 * (other protocol version). */
TEEC_Result cw_teec_init_from_socket(int sock, TEEC_Context *ctx);

/* "TEEC_ERROR_SECURITY" for 0xFFFF000F; "TEE error" for unknown ones. Static string. */
const char *cw_teec_result_name(uint32_t result);
const char *cw_teec_origin_name(uint32_t origin);

/* What this context and the whole TEE hold now. TEEC_SUCCESS, TEEC_ERROR_BAD_PARAMETERS, TEEC_ERROR_COMMUNICATION,
 * TEEC_ERROR_NOT_SUPPORTED not our TEE. The context's pool of temporary memory counts: up to four pieces of shared memory. */
TEEC_Result cw_teec_stats(TEEC_Context *ctx, struct cw_tee_stats *ret);

#ifdef __cplusplus
}
#endif

#endif
