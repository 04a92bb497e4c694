/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/pta/pta_calls.h - the platform service's commands as functions, in a session with
 * processor 0 */
#ifndef TEST_PTA_CALLS_H
#define TEST_PTA_CALLS_H

#include "rig.h"
#include "secure/api/remoteproc_pta.h"
#include "secure/api/remoteproc_ta.h"

#define NONE	 TEE_PARAM_TYPE_NONE
#define VI	 TEE_PARAM_TYPE_VALUE_INPUT
#define VO	 TEE_PARAM_TYPE_VALUE_OUTPUT
#define MI	 TEE_PARAM_TYPE_MEMREF_INPUT
#define MO	 TEE_PARAM_TYPE_MEMREF_OUTPUT
#define RSA	 0x70004830u
#define EC	 0x70003042u
#define TABLE_DA 0x10020020u

extern const TEE_UUID ta;
extern union cw_pta_param par[4]; /* of the last call */

int setup(void **state);
int teardown(void **state);
TEE_Result invoke(uint32_t cmd, uint32_t types);
TEE_Result simple(uint32_t cmd); /* parameters: the id */
TEE_Result load(uint32_t da, const void *data, size_t len,
		const uint8_t *hash); /* NULL: the right one */
TEE_Result fill(uint64_t da, uint64_t size, uint32_t byte);
TEE_Result peek(uint32_t da, void *buf, size_t len);
TEE_Result verify(enum rig_key key, uint32_t algo, const void *info, size_t info_len,
		  unsigned damage);
TEE_Result set_version(uint64_t v);
uint64_t minimum(void);
TEE_Result write_table(uint32_t da, const void *table, size_t len);
TEE_Result windows(uint32_t da, uint32_t len);
void boot(void); /* loaded, with a table: ready to start */

#endif
