/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/core.h - a processor core behind a vtable
 *
 * A core runs on a thread of its own from cw_core_start() to cw_core_stop(). It sees memory that
 * was mapped into it, and a register space that is the SoC's (struct cw_core_env). Private
 * peripherals (NVIC, SysTick, SCB, FPU control at 0xE0000000) are the core's own. Kept behind a
 * vtable because it runs hostile firmware: it must be able to become a process of its own.
 *
 * Threads: start, stop, pause, resume, map, unmap belong to one controlling thread. irq() and sev()
 * may be called from any thread, and so may the questions. The callbacks in the environment run on
 * the core's thread, with no lock of the core held, and may call irq(), line(), kick(), sev() and the questions,
 * nothing else: stop() there would wait for itself.
 *
 * The kernel: create() makes the thread, an epoll and an eventfd. After it nothing is asked of the
 * kernel but anonymous memory (Unicorn maps 1 GiB, writable and executable, at each start and
 * resume, and touches a few MiB of it), futexes, these two and the monotonic clock; no file, no
 * socket, no new thread.
 *
 * Faults. The stacked PC of every fault is the instruction's, and no side effect happens twice:
 *	refused data access	BusFault PRECISERR, BFAR; the registers are those from before. The
 *				instruction is found in its block by its address, direction, width
 *				and value; where that could fit two of one form, the block is
 *				watched (64 blocks at most, counted from start and resume). It is
 *				the first of two when different forms happen to give one address.
 *	refused fetch		IBUSERR, or IACCVIOL where the default memory map forbids execution:
 *				0x40000000-0x5FFFFFFF and from 0xA0000000 on
 *	UDF, odd coprocessors	UNDEFINSTR, NOCP; an even branch target: INVSTATE
 *	FP without CPACR	NOCP, from the ISB on that follows the change of CPACR
 *	division by zero	DIVBYZERO with CCR.DIV_0_TRP, likewise; the first 64 such
 *				instructions, FP ones without CPACR, SEVs and moves from and to
 *				CONTROL together
 *	BKPT			HardFault, DEBUGEVT: there is no debugger and no DebugMonitor
 *	LDREX, STREX unaligned	UNALIGNED; other unaligned accesses just work, also LDM, LDRD and
 *				with CCR.UNALIGN_TRP; of register space they are cut into pieces
 * Disabled or not urgent enough, they escalate to HardFault; in HardFault and NMI, to lockup.
 *
 * What differs from the silicon, besides: an instruction is one cycle. Exceptions are taken between
 * blocks (a branch, ISB, CPS, MSR end one), not inside. FP state is saved at once, never lazily;
 * FPDSCR does not act. BASEPRI keeps bits that are not implemented. No MPU, ITM, DebugMonitor.
 * Exception entry and return do not clear the exclusive monitor: STREX compares values instead.
 * Priorities of lines written by code take effect at the next block, as after a DSB and ISB.
 */
#ifndef CW_SILICON_CORE_H
#define CW_SILICON_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cw_core_access {
	CW_CORE_READ = 1,
	CW_CORE_WRITE = 2,
	CW_CORE_FETCH = 3,
};

enum cw_core_event_type {
	CW_CORE_EVENT_FAULT = 1,  /* HardFault was taken; the core goes on in its handler */
	CW_CORE_EVENT_LOCKUP = 2, /* the core stands still until reset */
	CW_CORE_EVENT_RESET = 3,  /* AIRCR.SYSRESETREQ: the SoC decides what that means */
	CW_CORE_EVENT_SLEEP = 4,  /* WFI or WFE entered */
	CW_CORE_EVENT_WAKE = 5,
};

struct cw_core_event {
	enum cw_core_event_type type;
	uint32_t pc, lr, sp, xpsr; /* of the faulting context, as stacked */
	uint32_t cfsr, hfsr, bfar, mmfar;
	uint32_t fault_addr;
	enum cw_core_access access; /* 0 when no bus access was refused */
};

struct cw_core_env {
	void *ctx;
	/* A register access outside mapped memory. 0, or -EFAULT: becomes a precise BusFault in the
	 * core. @width 1, 2, 4, and @addr is a multiple of it: unaligned accesses come in pieces. */
	int (*read)(void *ctx, uint32_t addr, unsigned width, uint32_t *ret);
	int (*write)(void *ctx, uint32_t addr, unsigned width, uint32_t v);
	/* The event lives for the call. */
	void (*event)(void *ctx, const struct cw_core_event *event);
	/* Called about every millisecond of core time while the core runs, for timers of the SoC.
	 * @ns: guest time passed. None passes while the core is paused or in deep sleep
	 * (SCR.SLEEPDEEP), which stops the clocks of its domain. In lockup it goes on, so that a
	 * watchdog can expire: but only when next() asks for it. May be NULL. */
	void (*tick)(void *ctx, uint64_t ns);
	/* Guest time in ns, counted from the last tick, after which a timer of the SoC needs a
	 * tick; UINT64_MAX: none. May be NULL. It is what wakes a sleeping core for a timer that is
	 * not SysTick, and makes ticks finer than 1 ms. */
	uint64_t (*next)(void *ctx);
	/* Somebody wrote @bell of the configuration while the core waited: an irq() may be due. May be NULL. */
	void (*bell)(void *ctx);
};

struct cw_core_config {
	unsigned irqs;	   /* external interrupt lines, ≤ 240 */
	unsigned prio_bits; /* implemented priority bits: 4 on STM32MP15 */
	uint32_t mips;	   /* pace: million instructions a second of wall time; 0 = unpaced */
	uint32_t hz; /* clock of SysTick: 64000000 on STM32MP15 after reset; guest time is
		      * instructions / hz, and wall time in WFI and WFE */
	int bell;    /* an eventfd of the caller's that ends the waits of WFI and WFE for a call of env.bell; it is watched
		      * for edges, and never read; 0 = none */
};

struct cw_core;

struct cw_core_ops {
	const char *name; /* "cortex-m4" */
	int (*create)(const struct cw_core_config *config, const struct cw_core_env *env,
		      struct cw_core **ret);
	void (*destroy)(struct cw_core *core); /* stops first; accepts NULL */

	/* Make [addr, addr+size) executable, readable, writable memory at @host, which stays the
	 * caller's. Several addresses may name one @host (aliases). Only while stopped or paused:
	 * -EBUSY. -EEXIST overlap, -EINVAL not 4 KiB aligned, empty, no @host or beyond 0xE0000000,
	 * -ENOSPC more than 32. unmap() takes what one map() made: else -ENOENT. */
	int (*map)(struct cw_core *core, uint32_t addr, uint32_t size, void *host);
	int (*unmap)(struct cw_core *core, uint32_t addr, uint32_t size);

	/* Leave reset: SP and PC come from the vector table at address 0 (VTOR resets to 0).
	 * Everything private is reset; translations are dropped. -EALREADY when running or paused,
	 * -ENOMEM. When they cannot be read the core locks up, as on silicon. */
	int (*start)(struct cw_core *core);
	/* Enter reset at the next block boundary; returns when the core stands. Does nothing when
	 * stopped. */
	void (*stop)(struct cw_core *core);
	/* Stand at a block boundary, keep all state; returns when standing. resume() drops all
	 * translations; if there is no memory for new ones the core is in reset afterwards. */
	void (*pause)(struct cw_core *core);
	void (*resume)(struct cw_core *core);

	/* Level of external line @n; one that is not there is ignored. A line that was high for a
	 * moment is pending, also when it is low again. Any thread. Levels outlive stop. */
	void (*irq)(struct cw_core *core, unsigned n, bool level);
	/* The two halves of irq(): line() wakes nobody, so that who holds a lock which the core will want can let go of it
	 * before kick(). A core that runs sees the line without kick(). */
	void (*line)(struct cw_core *core, unsigned n, bool level);
	void (*kick)(struct cw_core *core);
	/* Signal an event (SEV from outside) for WFE. Any thread. */
	void (*sev)(struct cw_core *core);

	bool (*running)(const struct cw_core *core);  /* between start and stop, not locked up */
	bool (*sleeping)(const struct cw_core *core); /* in WFI or WFE */
	bool (*locked_up)(const struct cw_core *core);
	uint64_t (*insns)(const struct cw_core *core); /* since start, by estimate */
};

/* Armv7E-M on Unicorn with our exception model. */
extern const struct cw_core_ops cw_cortex_m4;

#endif
