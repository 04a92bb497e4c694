/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/pta/ta_calls.h - the trusted application's commands as functions, and images for them
 */
#ifndef TEST_TA_CALLS_H
#define TEST_TA_CALLS_H

#include <tee_internal_api.h>

#include "base/refusal.h"
#include "gp.h"
#include "rig.h"
#include "secure/api/remoteproc_ta.h"

#define NONE	  TEE_PARAM_TYPE_NONE
#define VI	  TEE_PARAM_TYPE_VALUE_INPUT
#define VO	  TEE_PARAM_TYPE_VALUE_OUTPUT
#define MI	  TEE_PARAM_TYPE_MEMREF_INPUT
#define MO	  TEE_PARAM_TYPE_MEMREF_OUTPUT
#define TABLE_DA  0x10020020u
#define START()	  simple(TA_RPROC_CMD_START_FW)
#define STOP()	  simple(TA_RPROC_CMD_STOP_FW)
#define RELEASE() simple(TA_RPROC_CMD_RELEASE_FW)

extern void *session;
extern TEE_Param par[4]; /* of the last call */
extern struct fw fw;
extern struct box box;
extern uint8_t elf[FW_DATA_MAX], image[BOX_FILE_MAX];
extern size_t image_size;

int setup(void **state); /* a session with processor 0, and a good image */
int teardown(void **state);
TEE_Result open_session(uint32_t id, void **ret);
void pack(enum rig_key key);   /* the firmware with its records */
void finish(enum rig_key key); /* signed: the image */
void make_image(enum rig_key key);
void add_version(uint64_t v); /* a good image with a firmware version */

TEE_Result invoke(uint32_t cmd, uint32_t types);
TEE_Result simple(uint32_t cmd);
TEE_Result load_bytes(uint32_t cmd, const void *bytes, size_t len);
TEE_Result load(void);
TEE_Result verify(void);
TEE_Result get_table(uint64_t *pa, uint64_t *size);
TEE_Result read_table(void *t, size_t len); /* READ_RSC_TABLE */
uint32_t status(void);
const char *reason(enum cw_code code);
/* This was refused, with this code and word; nothing is left, and the state stands. */
void refused(TEE_Result res, TEE_Result want, enum cw_code code, const char *word);
/* @life: load to release; whether all of it succeeded. Each call of the bus, allocation and call of the service fails once in
 * it: afterwards STOP and RELEASE lead back to the beginning. */
void every_step_fails(bool (*life)(void));

#endif
