/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4_engine.c - Unicorn, and nothing but Unicorn
 *
 * The engine is only ever left at a block boundary: the block hook compares the instruction count
 * with a deadline, looks at @attention, and stops there, where the program counter is exact and
 * nothing runs twice. The first block after an entry always runs, or nothing would move. A refused
 * access is the exception: its callback stops the engine within the block, and the state from
 * before the instruction, taken in the callback, is put back; see m4_locate.c for the PC.
 *
 * All addresses that are not mapped memory are register space: the private bus is ours, the rest is
 * the environment's. Register space cannot be executed.
 */
#include "silicon/core/m4.h"

#include <errno.h>
#include <string.h>

#define HINT_YIELD 0xbf10u
#define HINT_WFE   0xbf20u
#define HINT_WFI   0xbf30u
#define HINT_WIDE  0xf3afu
#define BKPT	   0xbe00u

/* What Unicorn 2 calls the exceptions of its ARM core. */
enum {
	INTR_SVC = 2,
	INTR_PREFETCH_ABORT = 3,
	INTR_DATA_ABORT = 4,
	INTR_BKPT = 7,
	INTR_EXCEPTION_EXIT = 8,
};

/* Never executed: there is no memory, and an exception return is seen before. */
#define NEVER 0xfffffffeu

uint32_t m4_reg(struct cw_core *c, int id)
{
	uint32_t v = 0;

	uc_reg_read(c->uc, id, &v);
	return v;
}

void m4_reg_write(struct cw_core *c, int id, uint32_t v)
{
	uc_reg_write(c->uc, id, &v);
}

/* Unprivileged code sees and sets nothing of the special registers, and the engine treats us as
 * that code. Borrow the handler mode of NMI for the moment. */
static bool privilege_begin(struct cw_core *c, uint32_t *ret_xpsr)
{
	uint32_t xpsr = m4_reg(c, UC_ARM_REG_XPSR);

	if ((xpsr & M4_XPSR_IPSR) || !(m4_reg(c, UC_ARM_REG_CONTROL) & M4_NPRIV))
		return false;
	*ret_xpsr = xpsr;
	m4_reg_write(c, UC_ARM_REG_XPSR, xpsr | M4_EXC_NMI);
	return true;
}

void m4_masks(struct cw_core *c, uint32_t *ret_primask, uint32_t *ret_basepri,
	      uint32_t *ret_faultmask)
{
	uint32_t xpsr;
	bool borrowed = privilege_begin(c, &xpsr);

	*ret_primask = m4_reg(c, UC_ARM_REG_PRIMASK);
	*ret_basepri = m4_reg(c, UC_ARM_REG_BASEPRI);
	*ret_faultmask = m4_reg(c, UC_ARM_REG_FAULTMASK);
	if (borrowed)
		m4_reg_write(c, UC_ARM_REG_XPSR, xpsr);
}

void m4_regs_get(struct cw_core *c, struct m4_regs *ret)
{
	uint32_t xpsr;
	bool borrowed;

	for (int i = 0; i < 13; i++)
		ret->r[i] = m4_reg(c, UC_ARM_REG_R0 + i);
	ret->r[13] = m4_reg(c, UC_ARM_REG_SP);
	ret->r[14] = m4_reg(c, UC_ARM_REG_LR);
	ret->r[15] = m4_reg(c, UC_ARM_REG_PC);
	ret->xpsr = m4_reg(c, UC_ARM_REG_XPSR);
	ret->control = m4_reg(c, UC_ARM_REG_CONTROL) & (M4_NPRIV | M4_SPSEL | M4_FPCA);
	for (int i = 0; i < 16; i++)
		uc_reg_read(c->uc, UC_ARM_REG_D0 + i, &ret->d[i]);
	ret->fpscr = m4_reg(c, UC_ARM_REG_FPSCR);
	borrowed = privilege_begin(c, &xpsr);
	ret->msp = m4_reg(c, UC_ARM_REG_MSP);
	ret->psp = m4_reg(c, UC_ARM_REG_PSP);
	ret->primask = m4_reg(c, UC_ARM_REG_PRIMASK);
	ret->basepri = m4_reg(c, UC_ARM_REG_BASEPRI);
	ret->faultmask = m4_reg(c, UC_ARM_REG_FAULTMASK);
	if (borrowed)
		m4_reg_write(c, UC_ARM_REG_XPSR, xpsr);
}

/* Into an engine fresh from reset, in privileged thread mode. */
void m4_regs_set(struct cw_core *c, const struct m4_regs *regs)
{
	uint32_t control;

	m4_reg_write(c, UC_ARM_REG_MSP, regs->msp);
	m4_reg_write(c, UC_ARM_REG_PSP, regs->psp);
	m4_reg_write(c, UC_ARM_REG_PRIMASK, regs->primask);
	m4_reg_write(c, UC_ARM_REG_BASEPRI, regs->basepri);
	m4_reg_write(c, UC_ARM_REG_FAULTMASK, regs->faultmask);
	for (int i = 0; i < 16; i++)
		uc_reg_write(c->uc, UC_ARM_REG_D0 + i, &regs->d[i]);
	m4_reg_write(c, UC_ARM_REG_FPSCR, regs->fpscr);
	control = regs->control & M4_FPCA ? regs->control | M4_FPCA_WRITE : regs->control;
	m4_reg_write(c, UC_ARM_REG_CONTROL, control & ~M4_NPRIV);
	m4_reg_write(c, UC_ARM_REG_XPSR, regs->xpsr);
	m4_reg_write(c, UC_ARM_REG_XPSR_NZCVQG, regs->xpsr);
	m4_reg_write(c, UC_ARM_REG_CONTROL, control);
	for (int i = 0; i < 13; i++)
		m4_reg_write(c, UC_ARM_REG_R0 + i, regs->r[i]);
	m4_reg_write(c, UC_ARM_REG_SP, regs->r[13]);
	m4_reg_write(c, UC_ARM_REG_LR, regs->r[14]);
	m4_reg_write(c, UC_ARM_REG_PC, regs->r[15] | (regs->xpsr & M4_XPSR_T ? 1 : 0));
}

/* Into the same engine, in the same mode: what an instruction that must not have run may have
 * changed. */
void m4_regs_restore(struct cw_core *c, const struct m4_regs *regs)
{
	for (int i = 0; i < 13; i++)
		m4_reg_write(c, UC_ARM_REG_R0 + i, regs->r[i]);
	m4_reg_write(c, UC_ARM_REG_SP, regs->r[13]);
	m4_reg_write(c, UC_ARM_REG_LR, regs->r[14]);
	for (int i = 0; i < 16; i++)
		uc_reg_write(c->uc, UC_ARM_REG_D0 + i, &regs->d[i]);
	m4_reg_write(c, UC_ARM_REG_FPSCR, regs->fpscr);
	m4_reg_write(c, UC_ARM_REG_XPSR, regs->xpsr);
	m4_reg_write(c, UC_ARM_REG_XPSR_NZCVQG, regs->xpsr);
	m4_reg_write(c, UC_ARM_REG_PC, regs->r[15] | 1);
}

void *m4_host(struct cw_core *c, uint32_t addr, uint32_t len)
{
	for (unsigned i = 0; i < c->map_count; i++) {
		const struct m4_map *m = &c->maps[i];

		if (addr >= m->addr && addr - m->addr < m->size &&
		    len <= m->size - (addr - m->addr))
			return m->host + (addr - m->addr);
	}
	return NULL;
}

bool m4_load32(struct cw_core *c, uint32_t addr, uint32_t *ret)
{
	const void *p = m4_host(c, addr, 4);

	if (p)
		memcpy(ret, p, 4);
	return p;
}

/* --- callbacks of the engine --- */

/* The engine leaves a block after the access that asks for it, but in an IT block goes on to the
 * end, and behind it to the next access. What follows must have no effect: so all registers point
 * to where nothing is, also when added to each other shifted left by up to 3, and accesses of
 * register space are dropped until the engine stands. Afterwards the registers are put back.
 * m4_watch.c sees to it that no store with a fresh address follows. */
#define NOWHERE 0xfefff000u

void m4_numb(struct cw_core *c)
{
	for (int i = 0; i < 13; i++)
		m4_reg_write(c, UC_ARM_REG_R0 + i, NOWHERE);
	m4_reg_write(c, UC_ARM_REG_SP, NOWHERE);
	m4_reg_write(c, UC_ARM_REG_LR, NOWHERE);
	c->numb = true;
	uc_emu_stop(c->uc);
}

/* CCR.BFHFNMIGN: in HardFault and NMI, and with FAULTMASK set, a refused data access is only noted.
 * */
static bool ignoring(struct cw_core *c)
{
	return c->exception == M4_EXC_HARD || c->exception == M4_EXC_NMI ||
	       (m4_reg(c, UC_ARM_REG_FAULTMASK) & 1);
}

static void refuse(struct cw_core *c, enum cw_core_access access, uint32_t addr, unsigned width,
		   uint32_t v)
{
	struct m4_refused *f = &c->refused;

	if (f->valid)
		return; /* the second half of an access whose first was refused */
	if ((c->ccr & M4_BFHFNMIGN) && ignoring(c)) {
		c->bfar = addr;
		c->cfsr |= M4_PRECISERR | M4_BFARVALID;
		return;
	}
	f->valid = true;
	f->access = access;
	f->addr = addr;
	f->width = width;
	f->value = v;
	m4_regs_get(c, &f->regs);
	m4_numb(c);
}

static void allow(struct cw_core *c, enum cw_core_access access, uint32_t addr)
{
	unsigned i;

	if (c->allowed_at != c->insns) { /* a new block has begun since */
		c->allowed_at = c->insns;
		c->allowed_count = 0;
	}
	i = c->allowed_count++ % M4_ALLOWED_MAX;
	c->allowed[i].addr = addr;
	c->allowed[i].access = access;
}

static uint32_t space_read(struct cw_core *c, uint32_t addr, unsigned width)
{
	uint32_t v = 0;
	int r;

	if (c->numb)
		return 0;
	if (addr - M4_PPB_BASE < M4_PPB_SIZE)
		r = m4_scs_read(c, addr, width, &v);
	else
		r = c->env.read(c->env.ctx, addr, width, &v);
	if (r < 0)
		refuse(c, CW_CORE_READ, addr, width, 0);
	else
		allow(c, CW_CORE_READ, addr);
	return v;
}

static void space_write(struct cw_core *c, uint32_t addr, unsigned width, uint32_t v)
{
	int r;

	if (c->numb)
		return;
	if (addr - M4_PPB_BASE < M4_PPB_SIZE)
		r = m4_scs_write(c, addr, width, v);
	else
		r = c->env.write(c->env.ctx, addr, width, v);
	if (r < 0)
		refuse(c, CW_CORE_WRITE, addr, width, v);
	else
		allow(c, CW_CORE_WRITE, addr);
}

/* The engine cuts accesses into aligned pieces of 1, 2 or 4 bytes; an 8 would be two words. */
static uint64_t on_read(uc_engine *uc, uint64_t offset, unsigned size, void *user)
{
	struct m4_gap *gap = user;
	uint32_t addr = gap->base + (uint32_t)offset;
	uint64_t v;

	if (size <= 4)
		return space_read(gap->core, addr, size);
	v = space_read(gap->core, addr, 4);
	return v | (uint64_t)space_read(gap->core, addr + 4, 4) << 32;
}

static void on_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t v, void *user)
{
	struct m4_gap *gap = user;
	uint32_t addr = gap->base + (uint32_t)offset;

	space_write(gap->core, addr, size <= 4 ? size : 4, (uint32_t)v);
	if (size > 4)
		space_write(gap->core, addr + 4, 4, (uint32_t)(v >> 32));
}

/* True when a pending exception waited for a mask that is now open. Unprivileged code cannot open
 * one. */
static bool opened(struct cw_core *c)
{
	unsigned exc;

	if (!c->exception && (m4_reg(c, UC_ARM_REG_CONTROL) & M4_NPRIV))
		return false;
	return m4_takeable(c, &exc);
}

/* Instructions are 2 or 4 bytes; compiled code averages two and a half. */
static inline uint32_t estimate(uint32_t bytes)
{
	uint32_t n = (bytes * 13 + 16) >> 5;

	return n ? n : 1;
}

/* Is there a reason to stop before this block? The first after an entry must run, unless it is to
 * be translated anew. */
static __attribute__((noinline)) bool must_stop(struct cw_core *c)
{
	if (c->watch_size || m4_alias_pending(c))
		return true;
	if (c->insns == c->entered)
		return false;
	return c->insns >= c->deadline ||
	       atomic_load_explicit(&c->attention, memory_order_relaxed) ||
	       (c->masked && opened(c));
}

/* Called for every block: what it does is what the core costs above the bare engine. */
static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	struct cw_core *c = user;

	if (__builtin_expect(c->insns >= c->deadline ||
				     atomic_load_explicit(&c->attention, memory_order_relaxed) ||
				     c->masked,
			     0) &&
	    must_stop(c)) {
		c->hook_stopped = true;
		c->stop_pc = (uint32_t)address;
		uc_emu_stop(uc);
		return;
	}
	c->block_pc = (uint32_t)address;
	c->block_size = size;
	c->insns += estimate(size);
}

static void on_intr(uc_engine *uc, uint32_t number, void *user)
{
	struct cw_core *c = user;

	c->intr = (int)number;
	uc_emu_stop(uc);
}

/* --- opening --- */

static int map_gap(struct cw_core *c, uint64_t from, uint64_t to)
{
	struct m4_gap *gap;
	uc_err err;

	if (from >= to)
		return 0;
	gap = &c->gaps[c->gap_count++];
	*gap = (struct m4_gap){.core = c, .base = (uint32_t)from};
	err = uc_mmio_map(c->uc, from, to - from, on_read, gap, on_write, gap);
	return err == UC_ERR_OK ? 0 : -ENOMEM;
}

/* Maps are sorted by address, so what lies between two of them is register space. */
static int map_all(struct cw_core *c)
{
	uint64_t from = 0;
	int r;

	c->gap_count = 0;
	for (unsigned i = 0; i < c->map_count; i++) {
		const struct m4_map *m = &c->maps[i];

		r = map_gap(c, from, m->addr);
		if (r < 0)
			return r;
		if (uc_mem_map_ptr(c->uc, m->addr, m->size, UC_PROT_ALL, m->host) != UC_ERR_OK)
			return -ENOMEM;
		from = (uint64_t)m->addr + m->size;
	}
	return map_gap(c, from, 1ull << 32);
}

int m4_engine_open(struct cw_core *c)
{
	uc_hook hook;
	int r;

	if (uc_open(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, &c->uc) != UC_ERR_OK)
		return -ENOMEM;
	if (uc_ctl_set_cpu_model(c->uc, UC_CPU_ARM_CORTEX_M4) != UC_ERR_OK ||
	    uc_hook_add(c->uc, &hook, UC_HOOK_BLOCK, (void *)on_block, c, 1, 0) != UC_ERR_OK ||
	    uc_hook_add(c->uc, &hook, UC_HOOK_INTR, (void *)on_intr, c, 1, 0) != UC_ERR_OK) {
		m4_engine_close(c);
		return -ENOMEM;
	}
	r = m4_watch_open(c);
	if (r == 0)
		r = map_all(c);
	if (r == 0)
		r = m4_alias_open(c);
	if (r < 0)
		m4_engine_close(c);
	return r;
}

void m4_engine_close(struct cw_core *c)
{
	if (c->uc)
		uc_close(c->uc);
	c->uc = NULL;
}

int m4_engine_refresh(struct cw_core *c)
{
	struct m4_regs regs;
	int r;

	m4_regs_get(c, &regs);
	m4_engine_close(c);
	r = m4_engine_open(c);
	if (r == 0)
		m4_regs_set(c, &regs);
	return r;
}

/* --- running --- */

static uint32_t half(struct cw_core *c, uint32_t addr)
{
	const void *p = m4_host(c, addr, 2);
	uint16_t v = 0;

	if (p)
		memcpy(&v, p, 2);
	return v;
}

/* The hint that ends at @pc, as its 16-bit form; 0 when there is none. */
static uint32_t hint_before(struct cw_core *c, uint32_t pc)
{
	uint32_t h = half(c, pc - 2);

	if (half(c, pc - 4) == HINT_WIDE && h >= 0x8000 && h <= 0x8004)
		return 0xbf00u | (h & 0xf) << 4;
	return h;
}

static void wait_for(struct cw_core *c, bool wfe)
{
	if (wfe && c->event_flag) {
		c->event_flag = false;
		return;
	}
	c->asleep = true;
	c->wfe = wfe;
}

static void data_refused(struct cw_core *c)
{
	struct m4_refused *f = &c->refused;

	m4_locate(c, f);
	m4_regs_restore(c, &f->regs);
	c->bfar = f->addr;
	m4_fault(c, M4_EXC_BUS, M4_PRECISERR | M4_BFARVALID);
}

/* An instruction that must not run was stopped by its hook. */
static void trapped(struct cw_core *c)
{
	m4_regs_restore(c, &c->refused.regs);
	m4_fault(c, M4_EXC_USAGE, c->trap);
}

static void fetch_refused(struct cw_core *c)
{
	uint32_t pc = m4_reg(c, UC_ARM_REG_PC);

	c->refused = (struct m4_refused){.access = CW_CORE_FETCH, .addr = pc, .width = 2};
	/* Peripherals, devices and the private bus are execute-never in the default memory map. */
	if ((pc >= 0x40000000 && pc < 0x60000000) || pc >= 0xa0000000)
		m4_fault(c, M4_EXC_MEM, M4_IACCVIOL);
	else
		m4_fault(c, M4_EXC_BUS, M4_IBUSERR);
}

/* An instruction of a coprocessor that is not there; FP instructions that are undefined are not
 * among them. */
static bool coprocessor(struct cw_core *c, uint32_t pc)
{
	uint32_t h2 = half(c, pc + 2);

	return (half(c, pc) & 0xec00) == 0xec00 && (h2 & 0x0e00) != 0x0a00;
}

static void undefined(struct cw_core *c)
{
	uint32_t pc = m4_reg(c, UC_ARM_REG_PC);

	if (!(m4_reg(c, UC_ARM_REG_XPSR) & M4_XPSR_T)) {
		m4_fault(c, M4_EXC_USAGE, M4_INVSTATE);
		return;
	}
	switch (hint_before(c, pc)) {
	case HINT_WFE:
		wait_for(c, true);
		break;
	case HINT_YIELD:
		break;
	default:
		m4_fault(c, M4_EXC_USAGE, coprocessor(c, pc) ? M4_NOCP : M4_UNDEFINSTR);
	}
}

static void interrupted(struct cw_core *c)
{
	switch (c->intr) {
	case INTR_SVC:
		m4_fault(c, M4_EXC_SVC, 0);
		break;
	case INTR_BKPT:
		c->dfsr |= 1u << 1;
		m4_hard_fault(c, M4_DEBUGEVT);
		break;
	case INTR_EXCEPTION_EXIT:
		m4_exception_return(c, m4_reg(c, UC_ARM_REG_PC) |
						   !!(m4_reg(c, UC_ARM_REG_XPSR) & M4_XPSR_T));
		break;
	case INTR_PREFETCH_ABORT:
		fetch_refused(c);
		break;
	case INTR_DATA_ABORT:
		m4_fault(c, M4_EXC_USAGE, M4_UNALIGNED);
		break;
	default:
		undefined(c);
	}
}

void m4_engine_run(struct cw_core *c)
{
	uint32_t pc = m4_reg(c, UC_ARM_REG_PC);
	uc_err err;

	if (!(m4_reg(c, UC_ARM_REG_XPSR) & M4_XPSR_T)) {
		m4_fault(c, M4_EXC_USAGE, M4_INVSTATE);
		return;
	}
	m4_alias_prepare(c);
	m4_watch_prepare(c, pc);
	c->entered = c->insns;
	c->hook_stopped = false;
	c->intr = -1;
	c->trap = 0;
	c->replaced = c->numb = false;
	c->refused.valid = false;
	c->refused.access = 0;
	c->refused.addr = 0;
	err = uc_emu_start(c->uc, pc | 1, NEVER, 0, 0);
	if (c->refused.valid)
		data_refused(c);
	else if (c->trap)
		trapped(c);
	else if (c->replaced)
		m4_regs_restore(c, &c->refused.regs);
	else if (c->intr >= 0)
		interrupted(c);
	else if (c->hook_stopped) /* the engine's own is stale when there is a code hook anywhere */
		m4_reg_write(c, UC_ARM_REG_PC, c->stop_pc | 1);
	else if (err == UC_ERR_INSN_INVALID)
		undefined(c);
	else if (err != UC_ERR_OK)
		fetch_refused(c);
	else if (hint_before(c, m4_reg(c, UC_ARM_REG_PC)) == HINT_WFI)
		wait_for(c, false);
}

#ifdef CW_SANITIZED
/* What is Unicorn's fault, said in every program that contains it, whoever starts that: 2.0.1 forgets a bitmap of each
 * page whose code was changed. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libunicorn\n";
}
#endif
