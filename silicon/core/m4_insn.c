/* SPDX-License-Identifier: BSD-2-Clause */
#include "silicon/core/m4_insn.h"

#define SP 13
#define PC 15

static uint32_t bits(uint32_t v, unsigned hi, unsigned lo)
{
	return v >> lo & ((1u << (hi - lo + 1)) - 1);
}

static bool bit(uint32_t v, unsigned n)
{
	return v >> n & 1;
}

static void transfer(struct m4_insn *n, bool load, unsigned width, unsigned count)
{
	n->load = load;
	n->store = !load;
	n->width = (uint8_t)width;
	n->count = (uint8_t)count;
}

static void constant(struct m4_insn *n, unsigned rd, uint32_t keep, uint32_t v)
{
	n->writes = 1u << rd;
	n->is_constant = true;
	n->keep = keep;
	n->constant = v;
}

/* One register to or from [base + offset]. */
static void single(struct m4_insn *n, bool load, unsigned width, unsigned rt, unsigned base,
		   int32_t offset)
{
	transfer(n, load, width, 1);
	n->base = (int8_t)base;
	n->offset = offset;
	if (load)
		n->writes |= 1u << rt;
	else
		n->value = (int8_t)rt;
}

static void literal(struct m4_insn *n, uint32_t pc, int32_t offset)
{
	n->base = -1;
	n->literal = true;
	n->offset = (int32_t)(((pc + 4) & ~3u) + (uint32_t)offset);
	n->is_constant = n->load && n->width == 4 && n->count == 1 && n->writes;
}

/* A list of registers; @down: the lowest lies below the base. */
static void multiple(struct m4_insn *n, bool load, unsigned base, uint32_t list, bool down,
		     bool wback)
{
	unsigned count = (unsigned)__builtin_popcount(list);

	transfer(n, load, 4, count);
	n->base = (int8_t)base;
	n->offset = down ? -4 * (int32_t)count : 0;
	n->writes |= (load ? list : 0) | (wback ? 1u << base : 0);
}

/* 0101 ooo: register offset */
static void short_register_offset(uint32_t h, struct m4_insn *n)
{
	static const uint8_t width[] = {4, 2, 1, 1, 4, 2, 1, 2};
	unsigned op = bits(h, 11, 9);

	single(n, op >= 3, width[op], bits(h, 2, 0), bits(h, 5, 3), 0);
	n->index = (int8_t)bits(h, 8, 6);
}

static void short_miscellaneous(uint32_t h, struct m4_insn *n)
{
	switch (bits(h, 11, 8)) {
	case 0x0: /* ADD/SUB SP */
		n->writes = 1u << SP;
		break;
	case 0x4:
	case 0x5:
		multiple(n, false, SP, bits(h, 7, 0) | (bit(h, 8) ? 1u << 14 : 0), true, true);
		break;
	case 0xc:
	case 0xd:
		multiple(n, true, SP, bits(h, 7, 0) | (bit(h, 8) ? 1u << PC : 0), false, true);
		break;
	case 0x2: /* extensions */
	case 0xa: /* reversals */
		n->writes = 1u << bits(h, 2, 0);
		break;
	case 0xf:
		if (bits(h, 3, 0))
			n->it = (uint8_t)h;
		else if (bits(h, 7, 4) == 4)
			n->kind = M4_KIND_SEV;
		break;
	}
}

static void short_data(uint32_t h, struct m4_insn *n)
{
	unsigned rd = bits(h, 2, 0);

	if (bits(h, 15, 13) == 0) { /* shifts, add, subtract */
		n->writes = 1u << rd;
	} else if (bits(h, 15, 11) == 4) { /* MOV immediate */
		constant(n, bits(h, 10, 8), 0, bits(h, 7, 0));
	} else if (bits(h, 15, 11) == 5) { /* CMP immediate */
	} else if (bits(h, 15, 13) == 1) { /* ADD, SUB immediate */
		n->writes = 1u << bits(h, 10, 8);
	} else if (bits(h, 15, 10) == 0x10) { /* register operations */
		n->writes = 1u << rd;
	} else if (bits(h, 15, 8) == 0x47) { /* BX, BLX */
		n->writes = 1u << 14;
	} else { /* ADD, CMP, MOV with high registers */
		n->writes = 1u << (rd | bit(h, 7) << 3);
	}
}

static void decode_short(uint32_t pc, uint32_t h, struct m4_insn *n)
{
	unsigned rt = bits(h, 2, 0), rn = bits(h, 5, 3), imm5 = bits(h, 10, 6);
	bool load = bit(h, 11);

	switch (bits(h, 15, 12)) {
	case 0x4:
		if (!bit(h, 11)) {
			short_data(h, n);
			break;
		}
		single(n, true, 4, bits(h, 10, 8), 0, 0);
		literal(n, pc, (int32_t)bits(h, 7, 0) * 4);
		break;
	case 0x5:
		short_register_offset(h, n);
		break;
	case 0x6:
		single(n, load, 4, rt, rn, (int32_t)imm5 * 4);
		break;
	case 0x7:
		single(n, load, 1, rt, rn, (int32_t)imm5);
		break;
	case 0x8:
		single(n, load, 2, rt, rn, (int32_t)imm5 * 2);
		break;
	case 0x9:
		single(n, load, 4, bits(h, 10, 8), SP, (int32_t)bits(h, 7, 0) * 4);
		break;
	case 0xa: /* ADR, ADD from SP */
		n->writes = 1u << bits(h, 10, 8);
		if (!bit(h, 11))
			constant(n, bits(h, 10, 8), 0, ((pc + 4) & ~3u) + bits(h, 7, 0) * 4);
		break;
	case 0xb:
		short_miscellaneous(h, n);
		break;
	case 0xc:
		multiple(n, load, bits(h, 10, 8), bits(h, 7, 0), false,
			 !load || !bit(h, bits(h, 10, 8)));
		break;
	default:
		if (h < 0x4000)
			short_data(h, n);
	}
}

static int32_t signed_offset(bool up, uint32_t v)
{
	return up ? (int32_t)v : -(int32_t)v;
}

/* LDRD, STRD, exclusives and table branches: 1110 100x x1xx */
static void long_dual(uint32_t pc, uint32_t h1, uint32_t h2, struct m4_insn *n)
{
	bool pre = bit(h1, 8), up = bit(h1, 7), wback = bit(h1, 5), load = bit(h1, 4);
	unsigned rn = bits(h1, 3, 0);
	uint32_t imm = bits(h2, 7, 0) * 4;

	if (pre || wback) {
		single(n, load, 4, bits(h2, 15, 12), rn, pre ? signed_offset(up, imm) : 0);
		n->count = 2;
		n->value = -1;
		n->writes |= (load ? 1u << bits(h2, 11, 8) : 0) | (wback ? 1u << rn : 0);
		if (rn == PC)
			literal(n, pc, signed_offset(up, imm));
	} else if (!up) { /* LDREX, STREX */
		single(n, load, 4, bits(h2, 15, 12), rn, (int32_t)imm);
		n->load = true;
		n->writes |= load ? 0 : 1u << bits(h2, 11, 8);
	} else if (bits(h2, 7, 5) == 0) { /* TBB, TBH */
		single(n, true, bit(h2, 4) ? 2 : 1, PC, rn, 0);
		n->index = (int8_t)bits(h2, 3, 0);
		n->shift = bit(h2, 4);
		if (rn == PC) {
			n->base = -1;
			n->offset = (int32_t)(pc + 4);
		}
	} else { /* byte and halfword exclusives */
		single(n, load, bit(h2, 4) ? 2 : 1, bits(h2, 15, 12), rn, 0);
		n->load = true;
		n->writes |= load ? 0 : 1u << bits(h2, 3, 0);
	}
}

/* One register: 1111 100x */
static void long_single(uint32_t pc, uint32_t h1, uint32_t h2, struct m4_insn *n)
{
	unsigned width = 1u << bits(h1, 6, 5), rn = bits(h1, 3, 0), rt = bits(h2, 15, 12);
	bool load = bit(h1, 4);

	if (width == 8 || (load && width < 4 && rt == PC))
		return; /* undefined, or a hint that makes no access */
	if (rn == PC) {
		single(n, load, width, rt, 0, 0);
		literal(n, pc, signed_offset(bit(h1, 7), bits(h2, 11, 0)));
	} else if (bit(h1, 7)) {
		single(n, load, width, rt, rn, (int32_t)bits(h2, 11, 0));
	} else if (!bit(h2, 11)) {
		single(n, load, width, rt, rn, 0);
		n->index = (int8_t)bits(h2, 3, 0);
		n->shift = (uint8_t)bits(h2, 5, 4);
	} else {
		single(n, load, width, rt, rn,
		       bit(h2, 10) ? signed_offset(bit(h2, 9), bits(h2, 7, 0)) : 0);
		n->writes |= bit(h2, 8) ? 1u << rn : 0;
	}
}

/* Loads and stores of FP registers: 1110 110x with coprocessor 10 or 11. */
static void long_fp(uint32_t pc, uint32_t h1, uint32_t h2, struct m4_insn *n)
{
	bool pre = bit(h1, 8), up = bit(h1, 7), wback = bit(h1, 5), load = bit(h1, 4);
	unsigned rn = bits(h1, 3, 0), imm = bits(h2, 7, 0);

	if (!pre && !up) { /* between FP and core registers */
		n->writes = load ? 1u << bits(h2, 15, 12) | 1u << rn : 0;
		return;
	}
	if (pre && !wback) {
		transfer(n, load, 4, bit(h2, 8) ? 2 : 1);
		n->base = (int8_t)rn;
		n->offset = signed_offset(up, imm * 4);
		if (rn == PC)
			literal(n, pc, signed_offset(up, imm * 4));
		return;
	}
	transfer(n, load, 4, imm);
	n->base = (int8_t)rn;
	n->offset = pre ? -4 * (int32_t)imm : 0;
	n->writes = wback ? 1u << rn : 0;
}

/* No memory: any register a field could name as its destination. */
static void long_other(uint32_t h1, uint32_t h2, struct m4_insn *n)
{
	n->writes = 1u << bits(h2, 11, 8);
	if ((h1 & 0xff00) == 0xfb00) /* long multiplies have two */
		n->writes |= 1u << bits(h2, 15, 12);
	if ((h1 & 0xec00) == 0xec00) /* coprocessor to core register */
		n->writes |= 1u << bits(h2, 15, 12);
	if ((h1 & 0xfb70) == 0xf240) { /* MOVW, MOVT */
		uint32_t v = bits(h1, 3, 0) << 12 | bits(h1, 10, 10) << 11 | bits(h2, 14, 12) << 8 |
			     bits(h2, 7, 0);

		if (bit(h1, 7))
			constant(n, bits(h2, 11, 8), 0xffff, v << 16);
		else
			constant(n, bits(h2, 11, 8), 0, v);
	}
}

#define SYSM_CONTROL 20u

static enum m4_kind long_kind(uint32_t h1, uint32_t h2)
{
	if (h1 == 0xf3af && h2 == 0x8004)
		return M4_KIND_SEV;
	if ((h1 & 0xffd0) == 0xfb90 && (h2 & 0x00f0) == 0x00f0)
		return M4_KIND_DIV;
	if ((h1 & 0xfc00) == 0xec00 && (h2 & 0x0e00) == 0x0a00)
		return M4_KIND_FP;
	if (h1 == 0xf3ef && (h2 & 0xf0ff) == (0x8000 | SYSM_CONTROL))
		return M4_KIND_MRS_CONTROL;
	if ((h1 & 0xfff0) == 0xf380 && (h2 & 0xf0ff) == (0x8000 | SYSM_CONTROL))
		return M4_KIND_MSR_CONTROL;
	return M4_KIND_OTHER;
}

static void decode_long(uint32_t pc, uint32_t h1, uint32_t h2, struct m4_insn *n)
{
	n->kind = long_kind(h1, h2);
	n->divisor = (uint8_t)bits(h2, 3, 0);
	n->reg = (uint8_t)(n->kind == M4_KIND_MRS_CONTROL ? bits(h2, 11, 8) : bits(h1, 3, 0));
	if ((h1 & 0xfe40) == 0xe800)
		multiple(n, bit(h1, 4), bits(h1, 3, 0), h2, bits(h1, 8, 7) == 2, bit(h1, 5));
	else if ((h1 & 0xfe40) == 0xe840)
		long_dual(pc, h1, h2, n);
	else if ((h1 & 0xfe00) == 0xf800)
		long_single(pc, h1, h2, n);
	else if ((h1 & 0xfe00) == 0xec00 && (h2 & 0x0e00) == 0x0a00)
		long_fp(pc, h1, h2, n);
	else
		long_other(h1, h2, n);
}

void m4_insn_decode(uint32_t pc, uint32_t h1, uint32_t h2, struct m4_insn *ret)
{
	*ret = (struct m4_insn){.len = 2, .base = -1, .index = -1, .value = -1};
	if (!m4_insn_is_long(h1)) {
		decode_short(pc, h1, ret);
		return;
	}
	ret->len = 4;
	decode_long(pc, h1, h2, ret);
}

uint32_t m4_insn_address(const struct m4_insn *insn, const uint32_t r[16])
{
	uint32_t at = (uint32_t)insn->offset;

	if (insn->base >= 0)
		at += r[insn->base];
	if (insn->index >= 0)
		at += r[insn->index] << insn->shift;
	return at;
}
