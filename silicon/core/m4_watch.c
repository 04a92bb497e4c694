/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4_watch.c - looking at new blocks, and hooks for instructions the engine does not
 * do justice
 *
 * The engine announces each block it has translated, before the block runs. A look at its
 * instructions tells whether some of them need us. If so, hooks are added and the block is
 * translated again with calls to them; all other code runs without. A hook costs in the blocks it
 * is in and nowhere else; but every one makes the others a little slower, so there are limits,
 * beyond which the instruction runs unwatched.
 *
 *	two accesses that could be confused   the program counter is kept, for m4_locate.c
 *	SEV                                   sets the event register; to the engine it is a NOP
 *	UDIV, SDIV under CCR.DIV_0_TRP        DIVBYZERO instead of 0
 *	FP while CPACR does not allow it      NOCP; to the engine FP is always there
 *	MRS from CONTROL                      the engine shows a bit of its own, and FPCA as it needs it
 *	MSR to CONTROL                        FPCA, when the engine does not keep it (m4_control())
 *	the end of some IT blocks             a refused access in them ends the block there
 */
#include "silicon/core/m4.h"

#include <errno.h>
#include <string.h>

#define CPACR_FULL 0x00f00000u
#define CPACR_PRIV 0x00500000u

static bool decode(struct cw_core *c, uint32_t pc, struct m4_insn *ret)
{
	const void *p = m4_host(c, pc, 2);
	uint16_t h1, h2 = 0;

	if (!p)
		return false;
	memcpy(&h1, p, 2);
	if (m4_insn_is_long(h1)) {
		p = m4_host(c, pc + 2, 2);
		if (!p)
			return false;
		memcpy(&h2, p, 2);
	}
	m4_insn_decode(pc, h1, h2, ret);
	return true;
}

/* --- while the code runs --- */

static void on_insn(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	/* Being called is the purpose: the engine brings its program counter up to date before. */
}

static bool fp_allowed(struct cw_core *c)
{
	if (c->cpacr == CPACR_FULL)
		return true;
	return c->cpacr == CPACR_PRIV &&
	       (c->exception || !(m4_reg(c, UC_ARM_REG_CONTROL) & M4_NPRIV));
}

static uint32_t trap_of(struct cw_core *c, const struct m4_insn *insn)
{
	if (insn->kind == M4_KIND_FP && !fp_allowed(c))
		return M4_NOCP;
	if (insn->kind == M4_KIND_DIV && (c->ccr & M4_DIV_0_TRP) &&
	    !m4_reg(c, UC_ARM_REG_R0 + insn->divisor))
		return M4_DIVBYZERO;
	return 0;
}

/* Stop with the registers as they are, but PC at @pc and IT bits to match. */
static void stop_at(struct cw_core *c, uint32_t pc, uint32_t xpsr)
{
	m4_regs_get(c, &c->refused.regs);
	c->refused.regs.r[15] = pc;
	c->refused.regs.xpsr =
		(xpsr & ~M4_XPSR_IT) | m4_it_bits(m4_it_at(c, m4_it_of(xpsr), pc));
	m4_numb(c);
}

/* MRS Rd, CONTROL is done here, and the engine goes on behind it. */
static void read_control(struct cw_core *c, const struct m4_insn *insn, uint32_t pc, uint32_t xpsr)
{
	uint32_t v = m4_control(c);

	c->replaced = true;
	stop_at(c, pc + insn->len, xpsr);
	c->refused.regs.r[insn->reg] = v;
}

/* The engine executes it; unprivileged code changes nothing. */
static void write_control(struct cw_core *c, const struct m4_insn *insn)
{
	if (c->exception || !(m4_reg(c, UC_ARM_REG_CONTROL) & M4_NPRIV))
		c->fpca = m4_reg(c, UC_ARM_REG_R0 + insn->reg) & M4_FPCA;
}

static void on_special(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	struct cw_core *c = user;
	uint32_t pc = (uint32_t)address, xpsr;
	struct m4_insn insn;

	if (c->numb || !decode(c, pc, &insn))
		return;
	xpsr = m4_reg(c, UC_ARM_REG_XPSR);
	if (!m4_condition(m4_it_at(c, m4_it_of(xpsr), pc), xpsr))
		return;
	if (insn.kind == M4_KIND_SEV)
		c->event_flag = true;
	else if (insn.kind == M4_KIND_MRS_CONTROL)
		read_control(c, &insn, pc, xpsr);
	else if (insn.kind == M4_KIND_MSR_CONTROL)
		write_control(c, &insn);
	else
		c->trap = trap_of(c, &insn);
	if (c->trap)
		stop_at(c, pc, xpsr);
}

/* --- when a block is new --- */

static bool special(const struct cw_core *c, const struct m4_insn *insn)
{
	switch (insn->kind) {
	case M4_KIND_SEV:
	case M4_KIND_MRS_CONTROL:
	case M4_KIND_MSR_CONTROL:
		return true;
	case M4_KIND_DIV:
		return c->ccr & M4_DIV_0_TRP;
	case M4_KIND_FP:
		return c->cpacr != CPACR_FULL;
	default:
		return false;
	}
}

static bool is_special(const struct cw_core *c, uint32_t pc)
{
	for (unsigned i = 0; i < c->special_count; i++)
		if (c->special[i] == pc)
			return true;
	return false;
}

bool m4_is_watched(const struct cw_core *c, uint32_t pc)
{
	for (unsigned i = 0; i < c->watched_count; i++)
		if (c->watched[i] == pc)
			return true;
	return false;
}

/* The engine does not stop inside an IT block, and behind it only after the next access (see
 * m4_numb()). That access must not be a store whose address was made after the registers were
 * numbed. @written: registers made so far. */
static bool store_follows(struct cw_core *c, uint32_t pc, uint32_t end, uint32_t written)
{
	struct m4_insn insn;

	for (; pc < end && decode(c, pc, &insn); pc += insn.len) {
		uint32_t form = (insn.base >= 0 ? 1u << insn.base : 0) |
				(insn.index >= 0 ? 1u << insn.index : 0);

		if (insn.count)
			return insn.store && (form & written);
		written |= insn.writes;
	}
	return false;
}

/* What the walk over a block knows of the IT block it is in. */
struct it_block {
	unsigned left;	  /* instructions to come */
	bool risky;	  /* one of those before may be refused */
	uint32_t written; /* since then */
};

/* Step over an instruction. True when the IT block ends with it, and a hook behind must end the
 * block. */
static bool it_step(struct cw_core *c, struct it_block *it, const struct m4_insn *insn,
		    uint32_t next, uint32_t end)
{
	if (insn->it) {
		*it = (struct it_block){.left = 4 - (unsigned)__builtin_ctz(insn->it)};
		return false;
	}
	if (!it->left)
		return false;
	it->risky |= insn->count || special(c, insn);
	if (it->risky)
		it->written |= insn->writes;
	return --it->left == 0 && it->risky && store_follows(c, next, end, it->written);
}

/* The next instruction of the block at or after @pc that needs a hook it has not; false when there
 * is none. */
static bool next_special(struct cw_core *c, uint32_t pc, uint32_t end, uint32_t *ret)
{
	struct it_block it = {0};
	struct m4_insn insn;

	for (; pc < end && decode(c, pc, &insn); pc += insn.len) {
		if (special(c, &insn) && !is_special(c, pc)) {
			*ret = pc;
			return true;
		}
		if (it_step(c, &it, &insn, pc + insn.len, end) && !is_special(c, pc + insn.len)) {
			*ret = pc + insn.len;
			return true;
		}
	}
	return false;
}

static bool wants_watch(struct cw_core *c, uint32_t pc, uint32_t size)
{
	return c->watched_count < M4_WATCHED_MAX && !m4_is_watched(c, pc) &&
	       m4_ambiguous(c, pc, size);
}

static void consider(struct cw_core *c, const uc_tb *tb)
{
	uint32_t pc = (uint32_t)tb->pc, at;

	m4_alias_new_block(c, pc, tb->size);
	if (wants_watch(c, pc, tb->size) ||
	    (c->special_count < M4_SPECIAL_MAX && next_special(c, pc, pc + tb->size, &at))) {
		c->watch_pc = pc;
		c->watch_size = tb->size;
		c->deadline = 0;
	}
}

static void on_new_block(uc_engine *uc, uc_tb *block, uc_tb *before, void *user)
{
	consider(user, block);
}

static bool hook(struct cw_core *c, void *callback, uint32_t first, uint32_t last)
{
	uc_hook h;

	return uc_hook_add(c->uc, &h, UC_HOOK_CODE, callback, c, first, last) == UC_ERR_OK;
}

/* Add the hooks of the block and have it translated anew. Without memory for a hook, no more are
 * tried. */
static void watch(struct cw_core *c)
{
	uint32_t pc = c->watch_pc, end = c->watch_pc + c->watch_size, at;

	if (wants_watch(c, pc, c->watch_size)) {
		if (hook(c, (void *)on_insn, pc, end - 1))
			c->watched[c->watched_count++] = pc;
		else
			c->watched_count = M4_WATCHED_MAX;
	}
	while (c->special_count < M4_SPECIAL_MAX && next_special(c, pc, end, &at)) {
		if (hook(c, (void *)on_special, at, at))
			c->special[c->special_count++] = at;
		else
			c->special_count = M4_SPECIAL_MAX;
	}
	uc_ctl_remove_cache(c->uc, pc, end);
	c->watch_size = 0;
}

int m4_watch_open(struct cw_core *c)
{
	uc_hook h;

	c->watched_count = 0;
	c->special_count = 0;
	c->watch_size = 0;
	c->retranslate = false;
	c->fresh = true;
	if (uc_hook_add(c->uc, &h, UC_HOOK_EDGE_GENERATED, (void *)on_new_block, c, 1, 0) !=
	    UC_ERR_OK)
		return -ENOMEM;
	return 0;
}

/* The engine's header shifts into the sign bit. */
__attribute__((no_sanitize("undefined"))) void m4_watch_prepare(struct cw_core *c, uint32_t pc)
{
	uc_tb tb;

	if (c->retranslate)
		m4_forget_all(c);
	/* The first block of a new engine, or after a flush, is not announced. */
	if ((c->fresh || c->retranslate) && m4_host(c, pc, 2) &&
	    uc_ctl_request_cache(c->uc, pc, &tb) == UC_ERR_OK)
		consider(c, &tb);
	c->fresh = false;
	c->retranslate = false;
	if (c->watch_size)
		watch(c);
}
