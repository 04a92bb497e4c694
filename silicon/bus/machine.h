/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/bus/machine.h - memory, SoC and core put together: what a front drives
 *
 * One thread, the bus thread (the one that called cw_machine_new), makes every call here. The core runs on a thread of
 * its own; what happens there (a fault, a reset the core asked for) is noted under a lock and told on the bus thread, by
 * cw_machine_service(). The core's thread never waits for the bus thread: it writes an eventfd. Interrupt lines towards
 * the application cores are told at once, on the thread that moved them.
 */
#ifndef CW_SILICON_BUS_MACHINE_H
#define CW_SILICON_BUS_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/board.h>
#include <corewarden/error.h>

#include "bus/wire.h"
#include "silicon/core/core.h"
#include "silicon/soc/soc.h"

/* Who is told what happened. A line that rose and fell since it was last told is told twice, so that an edge is never
 * lost; the last told level is the line's. */
struct cw_machine_listener {
	void *ctx;
	/* From inside cw_machine_service(), or on the core's thread while the core is started: one call at a time. Nothing
	 * of the machine may be called there but cw_machine_wake(). */
	void (*irq)(void *ctx, enum cw_bus_line line, bool level);
	/* From inside cw_machine_service(). */
	void (*crash)(void *ctx, const struct cw_bus_event *event);
};

struct cw_machine_config {
	const struct cw_soc_ops *soc;
	const struct cw_core_ops *core;
	const struct cw_board *board; /* read during cw_machine_new only */
	uint32_t mips;		      /* pace of the core; 0 = unpaced */
	bool weak_generations;	      /* cw_mem_weaken() */
	struct cw_machine_listener listener;
};

struct cw_machine;

/* -EINVAL, -E2BIG (see cw_mem_new), -ENOMEM, or what the core or SoC said. */
int cw_machine_new(const struct cw_machine_config *config, struct cw_machine **ret_machine,
		   struct cw_error *err);
/* Stop the core, scrub the memory, free. Accepts NULL, returns NULL. */
struct cw_machine *cw_machine_free(struct cw_machine *m);

/* Readable when the core's thread left work: then call cw_machine_woken(). Owned by @m. */
int cw_machine_fd(const struct cw_machine *m);
void cw_machine_woken(struct cw_machine *m);
void cw_machine_wake(struct cw_machine *m); /* make it readable; any thread */
/* Do what is left to do, and tell the listener. After every access, so that the next one finds it done. */
void cw_machine_service(struct cw_machine *m);

/* Transactions, memory or register. -EINVAL length 0; -EFAULT nothing there, or no register of that width or alignment;
 * -EACCES refused (counted). */
int cw_machine_read(struct cw_machine *m, enum cw_bus_side side, uint64_t pa, void *buf, size_t len);
int cw_machine_write(struct cw_machine *m, enum cw_bus_side side, uint64_t pa, const void *buf,
		     size_t len);

/* A descriptor for the normal world, still the machine's; -ENOENT. */
int cw_machine_mailbox(const struct cw_machine *m, enum cw_mailbox_part part);

/* Memory, for maps, windows, fills. */
struct cw_mem *cw_machine_mem(struct cw_machine *m);
/* cw_mem_protect and cw_mem_open with the core standing at a block boundary meanwhile. */
int cw_machine_protect(struct cw_machine *m, uint64_t pa, uint64_t size);
int cw_machine_open(struct cw_machine *m, uint64_t pa, uint64_t size);

void cw_machine_core(struct cw_machine *m, struct cw_bus_core *ret);
void cw_machine_stats(struct cw_machine *m, struct cw_bus_stats *ret);

/* The TEE is gone, or a world's front is to go: the core is put into reset for good and every window is withdrawn. */
void cw_machine_halt(struct cw_machine *m);

#endif
