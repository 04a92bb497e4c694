/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rig.h - a core with two memories and one small device, for guest programs of prog/
 *
 * 64 KiB of code memory at 0 (and again at 0x30000000), 64 KiB of data memory at 0x20000000, the
 * device of prog.h at 0x50000000; everything else refuses. The rig records events and the device's
 * words. Waiting is for an event of the core, never for time: rig_wait() re-examines its condition
 * at each event and each device access, and gives up (and fails the test) only when nothing came
 * for RIG_PATIENCE_S.
 */
#ifndef CW_TESTS_CORE_RIG_H
#define CW_TESTS_CORE_RIG_H

#include "silicon/core/core.h"

#include <pthread.h>
#include <stdatomic.h>

#define RIG_PATIENCE_S 60
#define RIG_MEMORY     0x10000u
#define RIG_EVENTS     64u
#define RIG_WORDS      1024u

/* The log of prog.h, as the host sees it. */
struct rig_log {
	uint32_t end, count, words[1022];
};

struct rig {
	struct cw_core *core;
	uint8_t *code, *data;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct cw_core_event events[RIG_EVENTS];
	unsigned event_count;
	uint32_t words[RIG_WORDS]; /* written to DEV_WORD, in order */
	unsigned word_count;
	uint32_t reads; /* of DEV_COUNT */
	uint64_t tick_ns;
	uint64_t tick_calls;
	_Atomic uint64_t next_ns; /* what env.next answers */
	int bell;		  /* the core's */
	unsigned bells;		  /* heard */
	_Atomic int bell_line;	  /* goes high at each, unless negative */
};

/* Make a core, load prog/@program (its file name without .bin) when not NULL. Fails the test on any
 * error. */
struct rig *rig_open(const char *program, uint32_t mips);
void rig_close(struct rig *rig);
void rig_load(struct rig *rig, const char *program);

const struct rig_log *rig_log(const struct rig *rig);
bool rig_finished(const struct rig *rig); /* the program ended and sleeps */
unsigned rig_events(struct rig *rig, enum cw_core_event_type type);
/* The last event of that type; fails the test when there is none. */
struct cw_core_event rig_event(struct rig *rig, enum cw_core_event_type type);

void rig_wait(struct rig *rig, bool (*condition)(struct rig *rig));
/* Start, wait for the end of the program, compare its log with @n words. Prints the log when it
 * differs. */
void rig_expect(const char *program, const uint32_t *words, unsigned n);
void rig_compare(const struct rig *rig, const uint32_t *words, unsigned n);

#endif
