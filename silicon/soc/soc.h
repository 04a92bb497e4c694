/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/soc/soc.h - what a system on chip is to the rest of silicon
 *
 * A SoC describes its memory blocks and the views its masters have of them, and answers register accesses. It does not
 * know sockets or processes. All entry points may be called from the bus thread and the core's thread at once: a SoC
 * locks itself.
 */
#ifndef CW_SILICON_SOC_H
#define CW_SILICON_SOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/wire.h"

enum cw_master {
	CW_MASTER_HOST_NONSECURE = 0, /* application cores, normal world */
	CW_MASTER_HOST_SECURE = 1,    /* application cores, secure world */
	CW_MASTER_CORE = 2,	      /* the remote processor */
};

/* One physical memory. Size and addresses are multiples of 4 KiB. */
struct cw_soc_block {
	const char *name;
	uint64_t size;
	bool secure;	  /* never the normal world's, and not the remote core's */
	uint64_t pa[3];	  /* host addresses; [0] canonical, the others aliases; unused = 0 */
	uint32_t core[3]; /* addresses the core sees it at */
	unsigned n_pa, n_core;
};

enum cw_soc_core_ctl {
	CW_SOC_CORE_RELEASE = 1, /* out of reset and hold: the core starts at its vector table */
	CW_SOC_CORE_RESET = 2,	 /* into reset; stays until RELEASE */
};

/* Lines are level-triggered and are recomputed after each access; the irq callbacks are called with the SoC's lock held
 * and only when a level changed, so they must not call back into the SoC, nor wake anybody who will: that is for settled,
 * which follows without the lock when at least one level changed. core_ctl and watchdog are called without the
 * lock, too, on the thread that made the access or the tick: from the core's own thread core_ctl must be deferred by the
 * callee, in order. A deferred RELEASE may have been overtaken by a RESET of another thread: ask held() before acting on
 * it. A watchdog expiry calls watchdog first, then core_ctl. */
struct cw_soc_env {
	void *ctx;
	struct cw_bus_mailbox *mailbox; /* where to keep the mailbox's flags, see bus/wire.h; NULL: inside of the SoC */
	void (*irq_core)(void *ctx, unsigned line, bool level);
	void (*irq_host)(void *ctx, enum cw_bus_line line, bool level);
	void (*settled)(void *ctx);
	void (*core_ctl)(void *ctx, enum cw_soc_core_ctl what);
	void (*watchdog)(void *ctx); /* the core's watchdog expired and has reset it: report a crash */
};

struct cw_soc;

struct cw_soc_ops {
	const char *compatible; /* "st,stm32mp15", prefix of the board's root compatible entries */
	const struct cw_soc_block *blocks;
	unsigned n_blocks;
	unsigned core_irqs, core_prio_bits;
	uint32_t core_hz;

	int (*create)(const struct cw_soc_env *env, struct cw_soc **ret);
	void (*destroy)(struct cw_soc *soc);
	void (*reset)(struct cw_soc *soc); /* power-on values */

	/* Register access. @pa is the bus address (the core's and the host's are the same above 0x40000000).
	 * 0; -EFAULT nothing there (bus error); -EACCES this master may not (secure register, TrustZone).  @width 1, 2, 4. */
	int (*read)(struct cw_soc *soc, enum cw_master master, uint32_t pa, unsigned width, uint32_t *ret);
	int (*write)(struct cw_soc *soc, enum cw_master master, uint32_t pa, unsigned width, uint32_t v);

	/* @ns of core time have passed: timers count. */
	void (*tick)(struct cw_soc *soc, uint64_t ns);
	/* Core time in ns, counted from the last tick, after which a timer has something to tell; UINT64_MAX: none. May be
	 * NULL. */
	uint64_t (*next)(struct cw_soc *soc);
	/* Put core-owned peripherals right. @by_itself: the core asked for a system reset (AIRCR); answers with core_ctl
	 * RESET, and RELEASE when the core is not held at boot. Else: the caller has put the core into reset outside of the
	 * SoC's registers; no core_ctl follows, and the next release starts it. Not needed in answer to core_ctl RESET. */
	void (*core_reset)(struct cw_soc *soc, bool by_itself);
	/* Look at the flags in the environment's mailbox: they may have been changed. @asleep is told there first. May be
	 * NULL, when the SoC has no mailbox of that kind. */
	void (*look)(struct cw_soc *soc, bool asleep);
	/* The core must stand in reset now. */
	bool (*held)(struct cw_soc *soc);
};

/* STM32MP15. Who may start and reset the core is RCC_TZCR (0x50000000) bit 1, MCKPROT, as on the real part: only the
 * secure host writes it; while it is set, MP_GCR and MP_GRSTCSETR.MCURST answer -EACCES to everybody else. The reset
 * value is 3 (TZEN, MCKPROT): a TEE that leaves the core to the normal world writes 1. CW_LINE_WDG follows EXTI line 68
 * and is acknowledged there: write 1 to bit 4 of RPR3 (0x5000D04C). */

extern const struct cw_soc_ops cw_soc_stm32mp15;

/* The same with 512 MiB of DDR at 0xC0000000 that the core sees, for measuring with large firmware: boards/bench-ddr.dts,
 * known by the first word of its compatible. */
extern const struct cw_soc_ops cw_soc_stm32mp15_ddr;

#endif
