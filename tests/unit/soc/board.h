/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board.h - SoC, core and memory in one process, without buses and without a TEE
 *
 * The controlling thread is the test's: what the SoC asks of the core on other threads is queued
 * and done inside board_wait(). Firmware is copied to p_paddr and the rest of each segment zeroed.
 */
#ifndef TEST_SOC_BOARD_H
#define TEST_SOC_BOARD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "silicon/core/core.h"
#include "silicon/soc/soc.h"

#define BOARD_BLOCKS 8

struct board {
	const struct cw_soc_ops *soc_ops;
	const struct cw_core_ops *core_ops;
	struct cw_soc *soc;
	struct cw_core *core;
	uint8_t *block[BOARD_BLOCKS];

	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned changes; /* of anything below, or the core went to sleep */
	bool host_line[CW_LINES];
	enum cw_soc_core_ctl ctl[16];
	unsigned n_ctl;
	bool faulted, locked_up;
	struct cw_core_event fault;
	unsigned watchdogs;

	uint32_t table, table_size; /* of .resource_table; 0 = none */
};

/* 0 or negative errno; the board is unusable then. */
int board_open(struct board *b);
void board_close(struct board *b);

/* Copy an ELF into memory. 0; -ENOEXEC what we cannot load; -EFAULT a segment outside of memory. */
int board_load(struct board *b, const char *path);

/* Host pointer of [da, da+size) as the core sees it, or NULL. */
void *board_at(struct board *b, uint32_t da, uint32_t size);

/* The trace buffer named by the resource table: NUL-terminated as long as the board is not written.
 * NULL = none. */
const char *board_trace(struct board *b);

/* Release, as Linux does: BOOT_MCU 1, then 0. */
void board_release(struct board *b);

uint32_t board_read(struct board *b, uint32_t pa);
void board_write(struct board *b, uint32_t pa, uint32_t v);

/* Wait until @done says so; it is asked after every change. False after @seconds. */
bool board_wait(struct board *b, bool (*done)(struct board *b, void *arg), void *arg,
		unsigned seconds);

#endif
