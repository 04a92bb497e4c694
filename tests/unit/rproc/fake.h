/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A board in the test's own process: memory, mailbox, a firmware that echoes, and the remoteproc service of a TEE. The
 * functions of bus/bus.h and of the TEE client API that lib/rproc calls are defined here, over struct fake.
 *
 * Every call of either interface counts as a crossing; fail_at makes one of them fail.
 */
#ifndef TEST_FAKE_H
#define TEST_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/rproc.h>

#include "bus/bus.h"
#include "rproc/internal.h"
#include "rproc/platform.h"

#define FAKE_TABLE_DA 0x10020128u
#define FAKE_LOG_MAX  4096

struct fake {
	struct cw_bus *bus; /* really this struct */
	struct cw_platform platform;

	/* memory: RETRAM, the two halves of SRAM that firmware uses, and three exchange regions */
	uint8_t retram[0x10000], sram[0x40000];
	struct {
		uint32_t pa, size;
		int fd;
		uint8_t *va;
	} exchange[3];
	bool protected; /* the normal world reaches memory only through windows */
	uint64_t last_read_pa, last_write_pa;

	/* mailbox, and the two control registers of the plain back end */
	uint32_t cr, mr, to_core, to_host;
	uint32_t late_acks;    /* channels the core takes right after a look at C1TOC2SR */
	unsigned late_acks_skip; /* looks before that one */
	bool rx_level, tx_level;
	unsigned scr_reads, shutdowns;
	struct cw_bus_mailbox *shared; /* fake_share(): its flags in memory; the firmware does nothing about those by itself */
	int shared_fd, bell;
	unsigned looks; /* writes of nothing to C1SCR */
	uint32_t gcr, pdds, resets;

	int event_fd;
	bool in_call; /* events that come with an answer are queued, the descriptor does not tell */
	struct cw_bus_event events[64];
	unsigned n_events;

	/* firmware */
	bool running;
	bool no_ack;   /* shutdown is not answered */
	bool no_reply; /* kicks are not acknowledged */
	uint16_t seen[2], used[2];
	unsigned kicks[6];

	/* the service */
	bool stock;   /* only OP-TEE's own commands */
	bool absent, unknown_id, busy; /* what opening a session answers */
	int ta_state; /* 0 OFF 1 LOADED 2 STARTED */
	uint32_t ta_refuse; /* LOAD answers this ... */
	uint32_t ta_refuse_cmd, ta_refuse_cmd_with; /* this command answers that */
	const char *ta_reason; /* ... with these words */
	uint8_t ta_image[64]; /* start of what is loaded */
	uint8_t table[512];   /* what an image brings */
	size_t table_size;
	uint64_t table_pa_high, table_size_high; /* added to what GET_RSC_TABLE says */
	unsigned sessions, sessions_opened, shms, loads, releases, starts, stops;
	bool released_running;

	unsigned crossings, fail_at;
	bool broke; /* fail_at was reached */
	char log[FAKE_LOG_MAX]; /* "OPEN LOAD GET ..." */
};

#define FAKES 8
extern struct fake *fakes[FAKES]; /* a TEE context's descriptor is an index */

void fake_open(struct fake *f);
void fake_share(struct fake *f);
void fake_close(struct fake *f); /* fails when something was not given back */

/* The core takes what waits on a mailbox channel. */
void fake_take(struct fake *f, unsigned channel);
void fake_crash(struct fake *f, uint32_t cause);

/* A crossing, named @word in the log (may be NULL). True: this one fails. */
bool fake_cross(struct fake *f, const char *word);
void fake_log(struct fake *f, const char *word);

/* Resource tables: start, add, and the finished bytes are in f->table. */
void table_start(struct fake *f);
unsigned table_add(struct fake *f, const void *entry, size_t size); /* offset of the entry */
void table_vdev(struct fake *f, uint32_t num, uint32_t align);
void table_trace(struct fake *f, uint32_t da, uint32_t len, const char *name);
void table_carveout(struct fake *f, uint32_t type, uint32_t da, uint32_t len, const char *name);
/* vdev with two vrings of 16, and a trace. */
void table_usual(struct fake *f);

/* Memory at @pa, NULL when there is none. */
uint8_t *fake_at(struct fake *f, uint64_t pa, size_t len);

/* Descriptors open, and mappings of exchange memory, in this process. */
unsigned count_fds(void);
unsigned count_maps(void);

#endif
