/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile.h - a firmware that attacks, one way at a time
 *
 * The way is the name that follows "attack=" in the ELF (main.c); write another over it, NUL-terminated, before signing.
 * An attack returns when it has done its worst, and the firmware then behaves: it acknowledges a shutdown. One
 * that must not behave does not return.
 */
#ifndef FW_HOSTILE_H
#define FW_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

#include "resource_table.h"
#include "rpmsg.h"

struct attack {
	const char *name;
	void (*run)(void);
};

/* Ends with a NULL name. */
extern const struct attack attacks_rings[], attacks_core[], attacks_system[];

struct hostile_table {
	struct rsc_header header;
	uint32_t offset[2];
	struct rsc_vdev vdev;
	struct rsc_trace log;
};
extern volatile struct hostile_table table;

/* Handlers of ours; NULL: the exception is taken for an accident. */
extern void (*on_systick)(void);
extern void (*on_pendsv)(void);
extern void (*on_svc)(void);

/* Wait for the host's driver. */
void wait_driver(void);

/* Ring a channel, when the last ring was heard. */
void ring(unsigned channel);

/* Has the host asked for the end? */
bool shutdown_asked(void);

/* Acknowledge a shutdown when it comes, and sleep. */
void behave(void) __attribute__((noreturn));

#endif
