/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz/tee_world.h - a TEE in this process whose clients and TAs are all the input's
 *
 * No process is started: cw_spawn(), the files of TAs, signals and the clock are played (linked with --wrap), so that one
 * thread does everything and the same input always does the same.
 */
#ifndef CW_TESTS_FUZZ_TEE_WORLD_H
#define CW_TESTS_FUZZ_TEE_WORLD_H

#include <stdbool.h>

#include "fuzz.h"
#include "host/msg.h"
#include "secure/tee/tee.h"

#define CLIENTS	 4
#define TAS	 40 /* processes ever started by one input */
#define PENDING	 128
#define SESSIONS 16

struct fuzz_client {
	int sock; /* -1: not connected */
	bool greeted;
	uint64_t last_id;
	struct {
		uint64_t id; /* 0: free */
		uint32_t op;
	} pending[PENDING];
	uint32_t sessions[SESSIONS]; /* ids the TEE gave, as far as they fit */
	unsigned n_sessions;
	int32_t shms[8];
	unsigned n_shms;
};

struct fuzz_ta {
	bool used, dead;
	int sock;      /* our end of the link; -1 */
	int process;   /* eventfd that plays the pidfd; the TEE has a duplicate */
	bool killed;
	uint64_t last; /* id of the last request of the TEE */
	uint32_t last_op, kind;
	struct { /* of the client's memory it was told of */
		uint32_t mem;
		uint64_t at, size;
	} shm[4];
	uint32_t pta_session;
};

struct fuzz_tee {
	struct fuzz_in in;
	struct cw_tee *tee;
	struct fuzz_client client[CLIENTS];
	struct fuzz_ta ta[TAS];
	unsigned n_tas;
	unsigned pta_sessions;
	int64_t clock_ns;
};

extern struct fuzz_tee world;

void tee_on(void);
/* Everybody leaves; then nothing may be left. */
void tee_off(void);

/* The TEE runs until it has nothing to do; then what it said is read and judged. */
void tee_settle(void);

void client_connect(struct fuzz_client *c);
void client_leave(struct fuzz_client *c);
/* A request that is to be answered once. */
void client_ask(struct fuzz_client *c, uint32_t op, const void *payload, size_t len);

void ta_die(struct fuzz_ta *ta); /* the process ends */
void ta_hang_up(struct fuzz_ta *ta);

#endif
