/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4_locate.c - which instruction of a block made a refused access
 *
 * The engine cannot tell: inside a block its program counter stands still. But when an access is
 * refused, the registers are those from before the instruction, and a block is straight-line code:
 * so the instruction is one whose address, direction, width and stored value, computed from those
 * registers, are the refused ones. Most blocks have only one such at most.
 *
 * Where two instructions of a block have the same addressing form, and the registers in it change
 * between them, both could fit. Such a block is found when it is translated (the engine announces
 * new blocks before they run) and then translated again with a call before each instruction, which
 * makes the engine keep the program counter; it costs time in these blocks only. The exception are
 * forms whose register was loaded with a constant before either: there the constant decides, and
 * compilers without optimisation write little else.
 *
 * At most M4_WATCHED_MAX blocks are watched so. Beyond that, and when two different forms happen to
 * give the same refused address, the first that fits is reported.
 */
#include "silicon/core/m4.h"
#include "silicon/core/m4_insn.h"

#include <string.h>

struct walk {
	struct cw_core *core;
	uint32_t pc, end;
	uint32_t it; /* state for the instruction at @pc */
	struct m4_insn insn;
};

static bool read_half(struct cw_core *c, uint32_t addr, uint32_t *ret)
{
	const void *p = m4_host(c, addr, 2);
	uint16_t v;

	if (!p)
		return false;
	memcpy(&v, p, 2);
	*ret = v;
	return true;
}

/* Decode the instruction at @w->pc. False at the end of the block. */
static bool walk_decode(struct walk *w)
{
	uint32_t h1, h2 = 0;

	if (w->pc >= w->end || !read_half(w->core, w->pc, &h1))
		return false;
	if (m4_insn_is_long(h1) && !read_half(w->core, w->pc + 2, &h2))
		return false;
	m4_insn_decode(w->pc, h1, h2, &w->insn);
	return true;
}

static void walk_step(struct walk *w)
{
	if (w->insn.it)
		w->it = w->insn.it;
	else
		w->it = w->it & 7 ? (w->it & 0xe0) | (w->it << 1 & 0x1f) : 0;
	w->pc += w->insn.len;
}

/* --- before a block runs --- */

static bool same_form(const struct m4_insn *a, const struct m4_insn *b)
{
	int32_t a_end = a->offset + a->width * a->count, b_end = b->offset + b->width * b->count;

	return !a->literal && a->base == b->base && a->index == b->index && a->shift == b->shift &&
	       (a->load == b->load || a->store == b->store) && a->offset < b_end &&
	       b->offset < a_end;
}

static uint32_t form_registers(const struct m4_insn *n)
{
	return (n->base >= 0 ? 1u << n->base : 0) | (n->index >= 0 ? 1u << n->index : 0);
}

/* Registers that hold a constant of the block before instruction @at, and did not get it from
 * before the block. */
static uint32_t constants_before(const struct m4_insn *insns, unsigned at)
{
	uint32_t known = 0;

	for (unsigned i = 0; i < at; i++) {
		if (!insns[i].is_constant)
			known &= ~insns[i].writes;
		else if (!insns[i].keep)
			known |= insns[i].writes;
	}
	return known;
}

static bool pair_ambiguous(const struct m4_insn *insns, unsigned a, unsigned b)
{
	uint32_t regs = form_registers(&insns[a]);
	uint32_t changed = 0;

	if (!same_form(&insns[a], &insns[b]))
		return false;
	for (unsigned i = a; i < b; i++)
		changed |= insns[i].writes & regs;
	if (!changed)
		return false;
	return (changed & ~(constants_before(insns, a) & constants_before(insns, b))) != 0;
}

bool m4_ambiguous(struct cw_core *c, uint32_t pc, uint32_t size)
{
	struct m4_insn *insns = c->insn_buffer;
	struct walk w = {.core = c, .pc = pc, .end = pc + size};
	unsigned n = 0;

	for (; n < M4_BLOCK_INSNS && walk_decode(&w); n++) {
		insns[n] = w.insn;
		insns[n].is_constant &= !w.it;
		for (unsigned a = 0; insns[n].count && a < n; a++)
			if (insns[a].count && pair_ambiguous(insns, a, n))
				return true;
		walk_step(&w);
	}
	return false;
}

/* --- after an access was refused --- */

static bool condition_holds(uint32_t cond, uint32_t xpsr)
{
	bool n = xpsr >> 31 & 1, z = xpsr >> 30 & 1, cy = xpsr >> 29 & 1, v = xpsr >> 28 & 1, r;

	switch (cond >> 1) {
	case 0:
		r = z;
		break;
	case 1:
		r = cy;
		break;
	case 2:
		r = n;
		break;
	case 3:
		r = v;
		break;
	case 4:
		r = cy && !z;
		break;
	case 5:
		r = n == v;
		break;
	case 6:
		r = n == v && !z;
		break;
	default:
		return true;
	}
	return r != (cond & 1);
}

bool m4_condition(uint32_t it, uint32_t xpsr)
{
	return !it || condition_holds(it >> 4, xpsr);
}

uint32_t m4_it_at(struct cw_core *c, uint32_t block_it, uint32_t pc)
{
	struct walk w = {
		.core = c, .pc = c->block_pc, .end = c->block_pc + c->block_size, .it = block_it};

	while (w.pc != pc && walk_decode(&w))
		walk_step(&w);
	return w.pc == pc ? w.it : 0;
}

/* Could this instruction, with these registers, have made the access? @loose: the engine cut an
 * unaligned access. */
static bool fits(const struct walk *w, const struct m4_refused *f, bool loose)
{
	const struct m4_insn *n = &w->insn;
	uint32_t at, into;

	if (!n->count || !(f->access == CW_CORE_WRITE ? n->store : n->load))
		return false;
	if (!m4_condition(w->it, f->regs.xpsr))
		return false;
	at = m4_insn_address(n, f->regs.r);
	if (loose)
		return f->addr - (at & ~3u) < (uint32_t)n->width * n->count + 4;
	into = f->addr - at;
	if (into >= (uint32_t)n->width * n->count || into % n->width || f->width != n->width)
		return false;
	if (f->access == CW_CORE_WRITE && n->value >= 0 && n->count == 1) {
		uint32_t mask = n->width == 4 ? ~0u : (1u << (8 * n->width)) - 1;

		return ((f->regs.r[n->value] ^ f->value) & mask) == 0;
	}
	return true;
}

/* The constants that the block has put into registers on the way to @w->pc. */
struct constants {
	uint32_t known; /* bit n: register n */
	uint32_t v[16];
};

static void constants_step(const struct walk *w, struct constants *k)
{
	const struct m4_insn *n = &w->insn;
	unsigned rd;
	uint32_t v = n->constant;

	if (!n->is_constant || w->it ||
	    (n->literal && !m4_load32(w->core, (uint32_t)n->offset, &v))) {
		k->known &= ~n->writes;
		return;
	}
	rd = (unsigned)__builtin_ctz(n->writes);
	k->v[rd] = (k->v[rd] & n->keep) | v;
	if (!n->keep)
		k->known |= n->writes;
}

/* A load of several registers may have done some of them. */
static bool contradicted(const struct constants *k, const struct m4_insn *n, const uint32_t r[16])
{
	uint32_t known = k->known & ~(n->count > 1 ? n->writes : 0) & 0x7fff;

	for (; known; known &= known - 1) {
		unsigned i = (unsigned)__builtin_ctz(known);

		if (k->v[i] != r[i])
			return true;
	}
	return false;
}

/* Accesses of this block to the same place that were allowed, before the one that was not. */
static unsigned allowed_before(struct cw_core *c, const struct m4_refused *f)
{
	unsigned n = 0;

	if (c->allowed_at != c->insns)
		return 0;
	for (unsigned i = 0; i < c->allowed_count && i < M4_ALLOWED_MAX; i++)
		n += c->allowed[i].addr == f->addr && c->allowed[i].access == f->access;
	return n;
}

static bool search(struct cw_core *c, const struct m4_refused *f, bool loose, struct walk *ret)
{
	struct walk w = {.core = c, .pc = c->block_pc, .end = c->block_pc + c->block_size};
	struct constants k = {0};
	unsigned skip = loose ? 0 : allowed_before(c, f);
	bool found = false;

	w.it = m4_it_of(f->regs.xpsr);
	for (; walk_decode(&w); constants_step(&w, &k), walk_step(&w)) {
		if (!fits(&w, f, loose) || contradicted(&k, &w.insn, f->regs.r))
			continue;
		*ret = w;
		found = true;
		if (!skip--)
			break;
	}
	return found;
}

void m4_locate(struct cw_core *c, struct m4_refused *f)
{
	uint32_t block_it = m4_it_of(f->regs.xpsr);
	struct walk w = {.pc = c->block_pc, .it = block_it};

	if (m4_is_watched(c, c->block_pc)) { /* the engine's own is right */
		w.pc = f->regs.r[15];
		w.it = m4_it_at(c, block_it, w.pc);
	} else if (!search(c, f, false, &w)) {
		search(c, f, true, &w);
	}
	f->regs.r[15] = w.pc;
	f->regs.xpsr = (f->regs.xpsr & ~M4_XPSR_IT) | m4_it_bits(w.it);
}
