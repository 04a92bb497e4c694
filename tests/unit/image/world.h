/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/image/world.h - the judge's surroundings, played: a source that counts and spoils,
 * memory, failures
 */
#ifndef TEST_IMAGE_WORLD_H
#define TEST_IMAGE_WORLD_H

#include "builder.h"
#include "image/rproc.h"

#define SIGN_LEN 64

/* The world around one judgement. */
struct world {
	uint8_t file[BOX_FILE_MAX];
	size_t size;
	uint8_t reads[BOX_FILE_MAX]; /* how often each byte was read */
	bool hostile;		     /* bytes change after they were read */
	unsigned read_calls;

	unsigned fail_at, calls; /* the call that fails; counts all callbacks */
	uint8_t ram[3][0x60000]; /* retram, sram, anything else */
	unsigned loads, begins, begin_before_load;
	bool judge_only, no_read_back;
	bool searches, searches_not; /* the service has the command; it has it not, and says so */
	unsigned read_backs, searched;
	struct cw_rproc_policy policy;
	uint8_t workspace[CW_RPROC_WORKSPACE];
	struct cw_rproc_container out;
	struct cw_refusal why;
};

extern struct world w;
extern struct fw fw;
extern struct box box;
extern uint8_t elf[BOX_IMAGES_MAX][FW_DATA_MAX];

/* Some of the callbacks, for tests that make their own environment. */
int source_read(void *ctx, uint64_t off, void *buf, size_t len);
int env_sha256(void *ctx, struct cw_span data, uint8_t ret[32]);
int env_verify(void *ctx, enum cw_rproc_signtype type, struct cw_span pkeyinfo,
	       const uint8_t digest[32], struct cw_span signature, struct cw_refusal *r);

void fresh(void);  /* a new world, and the standard firmware */
void pack(void);   /* the firmware into a container with its records */
void finish(void); /* sign it: it is the world's file */
void build(void);  /* all three */
int judge_in(size_t workspace);
int judge(void);
void refused(enum cw_code code, const char *word); /* judge, and expect that */
void accepted(void);

#endif
