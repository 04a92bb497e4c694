/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4.h - the inside of the Cortex-M4 model, shared by its files and by nobody else
 *
 *	m4_thread.c     the vtable, the thread, and its orders (reset, run, pause, quit)
 *	m4_engine.c     Unicorn: opening, mapping, running, and what made it stop
 *	m4_watch.c      looking at new blocks, hooks for instructions the engine does not do justice
 *	m4_locate.c     which instruction of a block made a refused access
 *	m4_insn.c       a decoder for that
 *	m4_alias.c      code changed through another address of its memory
 *	m4_exception.c  exception entry and return, faults, lockup
 *	m4_nvic.c       pending, active and priorities; lines from other threads
 *	m4_scs.c        registers at 0xE0000000
 *	m4_time.c       guest time, SysTick, sleep, pace
 *	m4_wait.c       how the core's thread waits
 *
 * Exception numbers are those of the architecture: 2 NMI, 3 HardFault, ... 15 SysTick, 16 + n line
 * n.
 *
 * Everything in struct cw_core below the mark "core's thread" is touched by the core's thread
 * alone, or by the controlling thread while the core's thread stands (state changes hand over under
 * @lock). What other threads may touch at any time is atomic.
 */
#ifndef CW_SILICON_CORE_M4_H
#define CW_SILICON_CORE_M4_H

#include "silicon/core/core.h"
#include "silicon/core/m4_insn.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unicorn/unicorn.h>

enum {
	M4_EXC_NMI = 2,
	M4_EXC_HARD = 3,
	M4_EXC_MEM = 4,
	M4_EXC_BUS = 5,
	M4_EXC_USAGE = 6,
	M4_EXC_SVC = 11,
	M4_EXC_DEBUG = 12,
	M4_EXC_PENDSV = 14,
	M4_EXC_SYSTICK = 15,
	M4_EXC_IRQ0 = 16,
};

#define M4_IRQS_MAX	 240u
#define M4_EXC_COUNT	 (M4_EXC_IRQ0 + M4_IRQS_MAX)
#define M4_WORDS	 8u /* 256 exceptions, 32 to a word */
#define M4_MAPS_MAX	 32u
#define M4_CODE_GRANULES 65536u
#define M4_STALE_MAX	 16u
#define M4_PAGE		 4096u

#define M4_BLOCK_INSNS 512u /* the longest block the engine makes */
#define M4_WATCHED_MAX 64u
#define M4_SPECIAL_MAX 64u
#define M4_ALLOWED_MAX 8u

#define M4_PPB_BASE 0xe0000000u
#define M4_PPB_SIZE 0x00100000u

/* Priorities as the architecture orders them: smaller is more urgent. */
#define M4_PRIO_NMI    (-2)
#define M4_PRIO_HARD   (-1)
#define M4_PRIO_THREAD 256

/* CFSR */
#define M4_IACCVIOL    (1u << 0)
#define M4_DACCVIOL    (1u << 1)
#define M4_MMARVALID   (1u << 7)
#define M4_IBUSERR     (1u << 8)
#define M4_PRECISERR   (1u << 9)
#define M4_IMPRECISERR (1u << 10)
#define M4_UNSTKERR    (1u << 11)
#define M4_STKERR      (1u << 12)
#define M4_BFARVALID   (1u << 15)
#define M4_UNDEFINSTR  (1u << 16)
#define M4_INVSTATE    (1u << 17)
#define M4_INVPC       (1u << 18)
#define M4_NOCP	       (1u << 19)
#define M4_UNALIGNED   (1u << 24)
#define M4_DIVBYZERO   (1u << 25)
/* HFSR */
#define M4_VECTTBL  (1u << 1)
#define M4_FORCED   (1u << 30)
#define M4_DEBUGEVT (1u << 31)
/* CCR */
#define M4_NONBASETHRDENA (1u << 0)
#define M4_USERSETMPEND	  (1u << 1)
#define M4_BFHFNMIGN	  (1u << 8)
#define M4_DIV_0_TRP	  (1u << 4)
#define M4_STKALIGN	  (1u << 9)
/* SCR */
#define M4_SLEEPONEXIT (1u << 1)
#define M4_SEVONPEND   (1u << 4)
/* CONTROL */
#define M4_NPRIV (1u << 0)
#define M4_SPSEL (1u << 1)
#define M4_FPCA	 (1u << 2)
/* The engine keeps a second bit beside FPCA; without it the next FP instruction begins a new
 * context, FPSCR cleared. */
#define M4_FPCA_WRITE (M4_FPCA | 1u << 3)
/* FPCCR */
#define M4_ASPEN (1u << 31)
/* XPSR */
#define M4_XPSR_T     (1u << 24)
#define M4_XPSR_ALIGN (1u << 9)
#define M4_XPSR_IPSR  0x1ffu
#define M4_XPSR_IT    0x0600fc00u

enum m4_state {
	M4_HELD, /* in reset */
	M4_RUN,
	M4_PAUSED, /* standing at a block boundary */
	M4_QUIT,
};

struct m4_map {
	uint32_t addr, size;
	uint8_t *host;
};

/* The registers an exception, or a move to a new engine, must carry. */
struct m4_regs {
	uint32_t r[16]; /* 13 is the active stack pointer */
	uint32_t xpsr, msp, psp, control, primask, basepri, faultmask, fpscr;
	uint64_t d[16];
};

/* A data access that was refused, with the registers as they were before the instruction. */
struct m4_refused {
	bool valid;
	enum cw_core_access access;
	uint32_t addr;
	unsigned width;
	uint32_t value; /* of a write */
	struct m4_regs regs;
};

/* A store through an alias into memory that code was translated from. */
struct m4_stale {
	const uint8_t *host;
	uint32_t size;
};

struct m4_systick {
	bool enable, tickint, from_core, countflag;
	uint32_t rvr;
	uint32_t cvr;	  /* while not enabled */
	uint64_t zero_at; /* cycle at which the counter reaches 0, while enabled */
};

/* Register space between two maps, as the engine's callbacks are handed it. */
struct m4_gap {
	struct cw_core *core;
	uint32_t base;
};

struct cw_core {
	struct cw_core_config config;
	struct cw_core_env env;

	/* orders and answers */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;		 /* to the core's thread, which stands: an order */
	pthread_cond_t done;		 /* to the controlling thread: @state changed */
	_Atomic int want;		 /* enum m4_state; written under @lock */
	enum m4_state state;		 /* under @lock */
	int start_error;		 /* under @lock: why the last start did not run */
	struct m4_map maps[M4_MAPS_MAX]; /* changed only while the thread stands */
	unsigned map_count;

	/* from any thread */
	_Atomic uint32_t level[M4_WORDS]; /* lines now high, by exception number */
	_Atomic uint32_t rise[M4_WORDS];  /* lines that went high since last collected */
	_Atomic bool attention;		  /* look at want, lines and events at the next block */
	_Atomic bool waiting;		  /* the core's thread waits on @epoll, or is about to */
	int epoll, kick;		  /* @kick, and the configuration's bell, both for edges */
	_Atomic bool sev;
	_Atomic bool out_sleeping, out_locked_up, out_running;
	_Atomic uint64_t out_insns;

	/* core's thread */
	uc_engine *uc;
	bool in_reset; /* reset the registers before running */
	struct m4_gap gaps[M4_MAPS_MAX + 1];
	unsigned gap_count;
	/* Guest time in cycles of config.hz is @insns + @slept. */
	uint64_t insns;	   /* executed since reset */
	uint64_t slept;	   /* cycles that went by in WFI and WFE */
	uint64_t deadline; /* value of @insns at which the block hook stops; 0: at the next block */
	bool fresh;	   /* a new engine, which has run nothing yet */
	uint64_t entered;  /* @insns when the engine was entered */
	bool hook_stopped; /* the block hook asked for the stop */
	bool masked;	   /* an exception waits only for PRIMASK, BASEPRI or FAULTMASK to open */
	uint32_t stop_pc;  /* ... of this block, which has not run */
	uint32_t block_pc, block_size;
	int intr; /* exception number the engine reported, or -1 */
	struct m4_refused refused;
	struct {
		uint32_t addr;
		enum cw_core_access access;
	} allowed[M4_ALLOWED_MAX]; /* accesses to register space since the block began */
	unsigned allowed_count;
	uint64_t allowed_at;		  /* @insns of the block they belong to */
	uint32_t watched[M4_WATCHED_MAX]; /* blocks in which the engine keeps the program counter */
	unsigned watched_count;
	uint32_t special[M4_SPECIAL_MAX]; /* instructions with a hook of their own */
	unsigned special_count;
	uint32_t code_granules[M4_CODE_GRANULES / 32]; /* memory code was translated from */
	struct m4_stale stale[M4_STALE_MAX];	       /* stores that may have hit such memory */
	unsigned stale_count; /* more than M4_STALE_MAX: too many to tell */
	bool alias_runs;      /* code ran at an address that is not the first of its memory */
	bool all_hooked;      /* stores through the first address are hooked, too */
	uint32_t watch_pc, watch_size; /* a new block to watch, before it runs; size 0: none */
	bool retranslate;	       /* what must be hooked has changed */
	uint32_t trap; /* CFSR bit of a hooked instruction that must not run; see @refused.regs */
	bool replaced; /* a hooked instruction was executed here: go on with @refused.regs */
	bool numb;     /* what the engine executes until it stops has no effect */
	struct m4_insn insn_buffer[M4_BLOCK_INSNS];

	uint32_t pending[M4_WORDS], active[M4_WORDS], enabled[M4_WORDS];
	uint8_t prio[M4_EXC_COUNT];
	uint8_t prio_mask;
	unsigned prigroup;
	unsigned exception; /* IPSR */

	uint32_t vtor, scr, ccr, shcsr_enables, cfsr, hfsr, dfsr, mmfar, bfar, afsr, actlr;
	bool fpca; /* CONTROL.FPCA without FPCCR.ASPEN: the engine then has it always, and begins no context */
	uint32_t cpacr, fpccr, fpcar, fpdscr, demcr, dwt_ctrl;
	uint64_t cyccnt_base;

	struct m4_systick systick;
	bool asleep, wfe, event_flag, locked_up;
	uint64_t slept_ns;	      /* what @slept was made of */
	uint64_t told_ns;	      /* guest time reported by the tick callback */
	uint64_t pace_ns, pace_insns; /* anchor of the pace: at this wall time, so many were due */
	uint64_t pace_at;	      /* value of @insns at which to look at the wall clock */
};

static inline bool m4_bit(const uint32_t *words, unsigned n)
{
	return words[n / 32] >> (n % 32) & 1;
}

static inline void m4_set(uint32_t *words, unsigned n)
{
	words[n / 32] |= 1u << (n % 32);
}

static inline void m4_clear(uint32_t *words, unsigned n)
{
	words[n / 32] &= ~(1u << (n % 32));
}

/* The state of an IT block: 8 bits as the instruction has them, and where XPSR keeps them. */
static inline uint32_t m4_it_of(uint32_t xpsr)
{
	return (xpsr >> 8 & 0xfc) | (xpsr >> 25 & 3);
}

static inline uint32_t m4_it_bits(uint32_t it)
{
	return (it & 0xfc) << 8 | (it & 3) << 25;
}

/* m4_thread.c */
void m4_kick(struct cw_core *c);

/* m4_wait.c */
int m4_wait_open(struct cw_core *c);
void m4_wait_close(struct cw_core *c);
void m4_wait_end(struct cw_core *c); /* any thread: who waits looks again */
/* Until the wall clock shows @until (UINT64_MAX: for ever), or attention; with @deaf only for an order. */
void m4_wait(struct cw_core *c, uint64_t until, bool deaf);
uint64_t m4_wall_ns(void);

/* m4_engine.c. Errors are negative errno; the engine belongs to the core's thread. */
int m4_engine_open(struct cw_core *c);
void m4_engine_close(struct cw_core *c);
/* After a pause: new maps, no translations, same registers. */
int m4_engine_refresh(struct cw_core *c);
void m4_engine_run(struct cw_core *c);
void m4_numb(struct cw_core *c); /* from a callback: stop, and let nothing more have an effect */
void m4_regs_get(struct cw_core *c, struct m4_regs *ret);
void m4_regs_set(struct cw_core *c, const struct m4_regs *regs);
void m4_regs_restore(struct cw_core *c, const struct m4_regs *regs);
/* PRIMASK, BASEPRI and FAULTMASK, also when the core is unprivileged. */
void m4_masks(struct cw_core *c, uint32_t *ret_primask, uint32_t *ret_basepri,
	      uint32_t *ret_faultmask);
uint32_t m4_reg(struct cw_core *c, int id);
void m4_reg_write(struct cw_core *c, int id, uint32_t v);
/* Memory as the core sees it, mapped memory only: NULL when [addr, addr+len) is not inside one map.
 * */
void *m4_host(struct cw_core *c, uint32_t addr, uint32_t len);
bool m4_load32(struct cw_core *c, uint32_t addr, uint32_t *ret);

/* m4_locate.c */
/* Set PC and IT bits of @refused->regs to those of the instruction that made the access. */
void m4_locate(struct cw_core *c, struct m4_refused *refused);
/* Is there a refused access that could not be told from another one in this block? */
bool m4_ambiguous(struct cw_core *c, uint32_t pc, uint32_t size);

/* IT state at @pc, when the block began with @block_it; and does an instruction run with it? */
uint32_t m4_it_at(struct cw_core *c, uint32_t block_it, uint32_t pc);
bool m4_condition(uint32_t it, uint32_t xpsr);

/* m4_watch.c */
int m4_watch_open(struct cw_core *c);
void m4_watch_prepare(struct cw_core *c, uint32_t pc); /* before the engine is entered at @pc */
bool m4_is_watched(const struct cw_core *c, uint32_t pc);

/* m4_alias.c */
int m4_alias_open(struct cw_core *c);
void m4_alias_new_block(struct cw_core *c, uint32_t pc, uint32_t size);
void m4_alias_prepare(struct cw_core *c); /* before the engine is entered */
void m4_forget_all(struct cw_core *c);	  /* every translation */
static inline bool m4_alias_pending(const struct cw_core *c)
{
	return c->stale_count || (c->alias_runs && !c->all_hooked);
}

/* m4_exception.c */
void m4_reset(struct cw_core *c);
uint32_t m4_control(struct cw_core *c); /* as the architecture has it */
void m4_set_aspen(struct cw_core *c, bool aspen);
void m4_take_pending(struct cw_core *c);
void m4_fault(struct cw_core *c, unsigned exc, uint32_t cfsr);
void m4_hard_fault(struct cw_core *c, uint32_t hfsr);
void m4_exception_return(struct cw_core *c, uint32_t exc_return);
void m4_lockup(struct cw_core *c);

/* m4_nvic.c */
void m4_nvic_reset(struct cw_core *c);
void m4_nvic_collect(struct cw_core *c);
void m4_pend(struct cw_core *c, unsigned exc);
void m4_unpend(struct cw_core *c, unsigned exc);
bool m4_exc_enabled(const struct cw_core *c, unsigned exc);
int m4_prio(const struct cw_core *c, unsigned exc);	  /* full priority */
int m4_group_prio(const struct cw_core *c, unsigned exc); /* for preemption */
unsigned m4_best_pending(const struct cw_core *c);	  /* 0: none */
int m4_active_prio(const struct cw_core *c);
int m4_masked_prio(const struct cw_core *c, uint32_t primask, uint32_t basepri, uint32_t faultmask);
int m4_exec_prio(struct cw_core *c, bool with_primask);
bool m4_takeable(struct cw_core *c, unsigned *ret_exc);
unsigned m4_active_count(const struct cw_core *c);
void m4_deactivate(struct cw_core *c, unsigned exc);

/* m4_scs.c: 0 or -EFAULT */
int m4_scs_read(struct cw_core *c, uint32_t addr, unsigned width, uint32_t *ret);
int m4_scs_write(struct cw_core *c, uint32_t addr, unsigned width, uint32_t v);
void m4_scs_reset(struct cw_core *c);

/* m4_time.c */
void m4_time_reset(struct cw_core *c);
void m4_time_resume(struct cw_core *c); /* the core stood: wall time that went by does not count */
void m4_time_advance(struct cw_core *c);
void m4_time_plan(struct cw_core *c); /* set the deadline before the engine is entered */
void m4_sleep(struct cw_core *c);     /* until attention, or the next event of a timer */
bool m4_pace(struct cw_core *c);      /* true when it waited: look again before running */
uint64_t m4_now_cycles(const struct cw_core *c);
uint32_t m4_systick_read(struct cw_core *c, uint32_t off);
void m4_systick_write(struct cw_core *c, uint32_t off, uint32_t v);

#endif
