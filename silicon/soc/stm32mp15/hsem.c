/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hsem.c - 32 hardware semaphores
 *
 * One-step lock: reading RLR[n] takes a free semaphore for the reading core, process 0. Two-step
 * lock: write R[n] with bit 31, the own core id and a process id, then read R[n] to see who won.
 * Release: write R[n] with bit 31 clear and the owner's core and process. A core cannot act in the
 * other's name: the core id of a write must be the bus master's. A release sets the semaphore's bit
 * in both cores' ISR.
 */
#include "stm32mp15.h"

#define SEMAPHORES 32u
#define LOCK	   (1u << 31)
#define PROC_MASK  0x000000FFu
#define CORE_MASK  0x00000F00u

#define CORE_HOST 0x100u
#define CORE_M4	  0x200u

#define IRQ_HSEM_IT2 125

enum {
	R0 = 0x000,
	RLR0 = 0x080,
	C1IER = 0x100,
	C1ICR = 0x104,
	C1ISR = 0x108,
	C1MISR = 0x10C,
	C2IER = 0x110,
	C2ICR = 0x114,
	C2ISR = 0x118,
	C2MISR = 0x11C,
	CR = 0x140,
	KEYR = 0x144,
};

#define KEY_MASK 0xFFFF0000u

static uint32_t core_of(enum cw_master who)
{
	return who == CW_MASTER_CORE ? CORE_M4 : CORE_HOST;
}

static void release(struct periph *p, unsigned n)
{
	p->reg[R0 / 4 + n] = 0;
	p->reg[C1ISR / 4] |= 1u << n;
	p->reg[C2ISR / 4] |= 1u << n;
}

static uint32_t hsem_read(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off)
{
	uint32_t *reg = p->reg;

	if (off >= RLR0 && off < RLR0 + 4 * SEMAPHORES) {
		uint32_t *sem = &reg[(off - RLR0) / 4];

		if (!(*sem & LOCK))
			*sem = LOCK | core_of(who);
		return *sem;
	}
	switch (off) {
	case C1ICR:
	case C2ICR:
	case CR:
		return 0;
	case C1MISR:
		return reg[C1ISR / 4] & reg[C1IER / 4];
	case C2MISR:
		return reg[C2ISR / 4] & reg[C2IER / 4];
	default:
		return reg[off / 4];
	}
}

static void write_semaphore(struct periph *p, enum cw_master who, unsigned n, uint32_t v)
{
	uint32_t *sem = &p->reg[R0 / 4 + n];

	if ((v & CORE_MASK) != core_of(who))
		return;
	if (v & LOCK) {
		if (!(*sem & LOCK))
			*sem = v & (LOCK | CORE_MASK | PROC_MASK);
		return;
	}
	if (*sem == (LOCK | (v & (CORE_MASK | PROC_MASK))))
		release(p, n);
}

static void clear_core(struct periph *p, uint32_t v)
{
	if ((v & KEY_MASK) != p->reg[KEYR / 4])
		return;
	for (unsigned n = 0; n < SEMAPHORES; n++)
		if ((p->reg[R0 / 4 + n] & (LOCK | CORE_MASK)) == (LOCK | (v & CORE_MASK)))
			release(p, n);
}

static int hsem_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
		      uint32_t v, uint32_t lanes)
{
	if (off < R0 + 4 * SEMAPHORES) {
		write_semaphore(p, who, off / 4, v);
		return 0;
	}
	switch (off) {
	case C1IER:
	case C2IER:
		lanes_store(&p->reg[off / 4], v, lanes);
		break;
	case C1ICR:
		p->reg[C1ISR / 4] &= ~v;
		break;
	case C2ICR:
		p->reg[C2ISR / 4] &= ~v;
		break;
	case CR:
		clear_core(p, v);
		break;
	case KEYR:
		lanes_store(&p->reg[KEYR / 4], v & KEY_MASK, lanes);
		break;
	default: /* read only or reserved */
		break;
	}
	return 0;
}

static void hsem_lines(struct cw_soc *soc, struct periph *p)
{
	soc_core_line(soc, IRQ_HSEM_IT2, p->reg[C2ISR / 4] & p->reg[C2IER / 4]);
}

const struct periph_ops hsem_ops = {
	.read = hsem_read,
	.write = hsem_write,
	.lines = hsem_lines,
};
