/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scenario/soak.h - what the soak's operations share
 *
 * An operation begins in whatever state the one before has left, says in a few words what it does, and may leave any state
 * that keeps the invariants of soak.c.
 */
#ifndef SCENARIO_SOAK_H
#define SCENARIO_SOAK_H

#include <stdbool.h>
#include <stdint.h>

#define HELD_MAX  4 /* idle TEE clients besides ours */
#define LOG_LINES 24

struct soak {
	uint64_t random;
	int held[HELD_MAX];
	unsigned n_held;
	unsigned fds_on; /* of this process with a registered, offline processor */
	long rss;	 /* of silicon then */
	bool good;	 /* the echo firmware was started */
	unsigned n_ops, boots, refused, crashes, echoes, clients, boards, killed, junk;
	char log[LOG_LINES][96];
};
extern struct soak soak;

/* Of the operation under way. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A number below @n. */
uint32_t pick(uint32_t n);

/* Get there, from wherever. */
void be_on(void);
void be_off(void);
void be_offline(void);
void be_echoing(void);
/* Close idle clients but @keep. */
void drop_held(unsigned keep);
/* A new connection to the TEE, or -1 when it is busy. */
int connect_tee(void);

/* soak_parties.c: parties that die, and nonsense from the normal world */
void op_kill_silicon(void);
void op_kill_tee(void);
void op_kill_ta(void);
void op_bus_junk(void);
void op_bus_malformed(void);

#endif
