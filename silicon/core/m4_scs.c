/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4_scs.c - the private peripheral bus, 0xE0000000 to 0xE00FFFFF
 *
 * NVIC, SysTick, system control block, FPU control, and of the debug blocks the cycle counter. What
 * is not there reads zero and ignores writes, as reserved words of the System Control Space do.
 * There is no MPU (MPU_TYPE reads 0), no ITM, no debug monitor. Unprivileged access is a BusFault,
 * except to STIR when CCR.USERSETMPEND allows it.
 *
 * Bytes and halfwords: every register is read and written as the word it lies in, with a mask of
 * the bytes meant.
 */
#include "silicon/core/m4.h"

#include <errno.h>

#define CPUID_M4_R0P1 0x410fc241u
#define AIRCR_KEY     0x05fa0000u
#define AIRCR_STATUS  0xfa050000u
#define DWT_ABSENT    0x0d000000u /* no trace, no triggers, no profiling: CYCCNT alone */

#define SHCSR_ENABLES 0x00070000u

/* Identification words from CPUID's neighbour 0xED40 on: PFR, DFR, AFR, MMFR0-3, ISAR0-4 of a
 * Cortex-M4. */
static const uint32_t id_words[] = {
	0x00000030, 0x00000200, 0x00100000, 0x00000000, 0x00100030, 0x00000000, 0x01000000,
	0x00000000, 0x01101110, 0x02111000, 0x21112231, 0x01111110, 0x01310132,
};

void m4_scs_reset(struct cw_core *c)
{
	c->vtor = 0;
	c->scr = 0;
	c->ccr = M4_STKALIGN;
	c->shcsr_enables = 0;
	c->cfsr = c->hfsr = c->dfsr = c->mmfar = c->bfar = c->afsr = 0;
	c->actlr = 0;
	c->cpacr = 0;
	c->fpccr = 0xc0000000;
	c->fpca = false;
	c->fpcar = 0;
	c->fpdscr = 0;
	c->demcr = 0;
	c->dwt_ctrl = 0;
	c->cyccnt_base = 0;
}

/* The 32 lines from @line on, as a word of one of the bitmaps by exception number. */
static uint32_t lines_get(const uint32_t *words, unsigned line)
{
	unsigned w = (line + M4_EXC_IRQ0) / 32;

	/* Lines begin in the middle of a word, at exception 16. */
	return words[w] >> 16 | (w + 1 < M4_WORDS ? words[w + 1] << 16 : 0);
}

static uint32_t lines_there(const struct cw_core *c, unsigned line)
{
	if (line >= c->config.irqs)
		return 0;
	return c->config.irqs - line >= 32 ? ~0u : (1u << (c->config.irqs - line)) - 1;
}

static uint32_t nvic_read(struct cw_core *c, uint32_t off)
{
	unsigned line = (off & 0x7f) * 8;
	uint32_t v = 0;

	if (line < M4_IRQS_MAX) {
		switch (off & 0x780) {
		case 0x100:
		case 0x180:
			return lines_get(c->enabled, line);
		case 0x200:
		case 0x280:
			m4_nvic_collect(c);
			return lines_get(c->pending, line);
		case 0x300:
			return lines_get(c->active, line);
		}
	}
	if (off >= 0x400 && off < 0x400 + c->config.irqs) {
		for (unsigned i = 0; i < 4 && off - 0x400 + i < c->config.irqs; i++)
			v |= (uint32_t)c->prio[M4_EXC_IRQ0 + off - 0x400 + i] << (8 * i);
	}
	return v;
}

static void nvic_bits(struct cw_core *c, uint32_t off, uint32_t v)
{
	unsigned line = (off & 0x7f) * 8;

	if (line >= M4_IRQS_MAX)
		return;
	for (v &= lines_there(c, line); v; v &= v - 1) {
		unsigned exc = M4_EXC_IRQ0 + line + (unsigned)__builtin_ctz(v);

		switch (off & 0x780) {
		case 0x100:
			m4_set(c->enabled, exc);
			break;
		case 0x180:
			m4_clear(c->enabled, exc);
			break;
		case 0x200:
			m4_pend(c, exc);
			break;
		case 0x280:
			m4_unpend(c, exc);
			break;
		}
	}
	c->deadline = 0;
}

static void nvic_write(struct cw_core *c, uint32_t off, uint32_t v, uint32_t mask)
{
	if (off < 0x400) {
		m4_nvic_collect(c);
		nvic_bits(c, off, v & mask);
		return;
	}
	for (unsigned i = 0; i < 4; i++) {
		unsigned line = off - 0x400 + i;

		if (line < c->config.irqs && (mask >> (8 * i) & 0xff))
			c->prio[M4_EXC_IRQ0 + line] = (uint8_t)(v >> (8 * i)) & c->prio_mask;
	}
	c->deadline = 0;
}

static uint32_t icsr_read(struct cw_core *c)
{
	unsigned best = m4_best_pending(c);
	uint32_t v = c->exception;
	bool lines = false;

	m4_nvic_collect(c);
	for (unsigned w = 0; w < M4_WORDS; w++)
		if (w ? c->pending[w] : c->pending[w] >> 16)
			lines = true;
	v |= best << 12;
	if (m4_active_count(c) <= 1)
		v |= 1u << 11; /* RETTOBASE */
	if (lines)
		v |= 1u << 22;
	if (m4_bit(c->pending, M4_EXC_SYSTICK))
		v |= 1u << 26;
	if (m4_bit(c->pending, M4_EXC_PENDSV))
		v |= 1u << 28;
	if (m4_bit(c->pending, M4_EXC_NMI))
		v |= 1u << 31;
	return v;
}

static void icsr_write(struct cw_core *c, uint32_t v)
{
	if (v & 1u << 31)
		m4_pend(c, M4_EXC_NMI);
	if (v & 1u << 28)
		m4_pend(c, M4_EXC_PENDSV);
	else if (v & 1u << 27)
		m4_unpend(c, M4_EXC_PENDSV);
	if (v & 1u << 26)
		m4_pend(c, M4_EXC_SYSTICK);
	else if (v & 1u << 25)
		m4_unpend(c, M4_EXC_SYSTICK);
}

static void aircr_write(struct cw_core *c, uint32_t v, uint32_t mask)
{
	const struct cw_core_event event = {.type = CW_CORE_EVENT_RESET};

	if (mask != ~0u || (v & 0xffff0000u) != AIRCR_KEY)
		return;
	c->prigroup = v >> 8 & 7;
	c->deadline = 0;
	if (v & 1u << 2)
		c->env.event(c->env.ctx, &event);
}

/* Where SHCSR shows the exceptions as active and as pending. */
static const struct {
	uint8_t exc, active, pended;
} shcsr_bits[] = {
	{M4_EXC_MEM, 0, 13},	   {M4_EXC_BUS, 1, 14},	   {M4_EXC_USAGE, 3, 12},
	{M4_EXC_SVC, 7, 15},	   {M4_EXC_DEBUG, 8, 255}, {M4_EXC_PENDSV, 10, 255},
	{M4_EXC_SYSTICK, 11, 255},
};

static uint32_t shcsr_read(const struct cw_core *c)
{
	uint32_t v = c->shcsr_enables;

	for (size_t i = 0; i < sizeof(shcsr_bits) / sizeof(shcsr_bits[0]); i++) {
		if (m4_bit(c->active, shcsr_bits[i].exc))
			v |= 1u << shcsr_bits[i].active;
		if (shcsr_bits[i].pended < 32 && m4_bit(c->pending, shcsr_bits[i].exc))
			v |= 1u << shcsr_bits[i].pended;
	}
	return v;
}

static void shcsr_write(struct cw_core *c, uint32_t v)
{
	c->shcsr_enables = v & SHCSR_ENABLES;
	for (size_t i = 0; i < sizeof(shcsr_bits) / sizeof(shcsr_bits[0]); i++) {
		unsigned exc = shcsr_bits[i].exc;

		if (v >> shcsr_bits[i].active & 1)
			m4_set(c->active, exc);
		else
			m4_clear(c->active, exc);
		if (shcsr_bits[i].pended >= 32)
			continue;
		if (v >> shcsr_bits[i].pended & 1)
			m4_pend(c, exc);
		else
			m4_clear(c->pending, exc);
	}
	c->deadline = 0;
}

/* SHPR1-3 at 0xED18: one byte an exception, from 4 on. */
static uint32_t shpr_read(const struct cw_core *c, uint32_t off)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 4; i++)
		v |= (uint32_t)c->prio[4 + off - 0xd18 + i] << (8 * i);
	return v;
}

static void shpr_write(struct cw_core *c, uint32_t off, uint32_t v, uint32_t mask)
{
	static const uint16_t there = 1 << M4_EXC_MEM | 1 << M4_EXC_BUS | 1 << M4_EXC_USAGE |
				      1 << M4_EXC_SVC | 1 << M4_EXC_DEBUG | 1 << M4_EXC_PENDSV |
				      1 << M4_EXC_SYSTICK;

	for (unsigned i = 0; i < 4; i++) {
		unsigned exc = 4 + off - 0xd18 + i;

		if ((mask >> (8 * i) & 0xff) && (there >> exc & 1))
			c->prio[exc] = (uint8_t)(v >> (8 * i)) & c->prio_mask;
	}
	c->deadline = 0;
}

static uint32_t scb_read(struct cw_core *c, uint32_t off)
{
	switch (off) {
	case 0xd00:
		return CPUID_M4_R0P1;
	case 0xd04:
		return icsr_read(c);
	case 0xd08:
		return c->vtor;
	case 0xd0c:
		return AIRCR_STATUS | c->prigroup << 8;
	case 0xd10:
		return c->scr;
	case 0xd14:
		return c->ccr;
	case 0xd18:
	case 0xd1c:
	case 0xd20:
		return shpr_read(c, off);
	case 0xd24:
		return shcsr_read(c);
	case 0xd28:
		return c->cfsr;
	case 0xd2c:
		return c->hfsr;
	case 0xd30:
		return c->dfsr;
	case 0xd34:
		return c->mmfar;
	case 0xd38:
		return c->bfar;
	case 0xd3c:
		return c->afsr;
	case 0xd88:
		return c->cpacr;
	case 0xdfc:
		return c->demcr;
	case 0xf34:
		return c->fpccr;
	case 0xf38:
		return c->fpcar;
	case 0xf3c:
		return c->fpdscr;
	case 0xf40:
		return 0x10110021; /* MVFR0: single precision */
	case 0xf44:
		return 0x11000011;
	}
	if (off >= 0xd40 && off < 0xd40 + sizeof(id_words))
		return id_words[(off - 0xd40) / 4];
	return 0;
}

static void scb_write(struct cw_core *c, uint32_t off, uint32_t v, uint32_t mask)
{
	uint32_t merged = (scb_read(c, off) & ~mask) | (v & mask);

	c->deadline = 0;
	switch (off) {
	case 0xd04:
		icsr_write(c, v & mask);
		break;
	case 0xd08:
		c->vtor = merged & 0xffffff80u;
		break;
	case 0xd0c:
		aircr_write(c, v, mask);
		break;
	case 0xd10:
		c->scr = merged & 0x16;
		break;
	case 0xd14:
		c->retranslate |= merged & ~c->ccr & M4_DIV_0_TRP;
		c->ccr = merged & 0x31b;
		break;
	case 0xd18:
	case 0xd1c:
	case 0xd20:
		shpr_write(c, off, v, mask);
		break;
	case 0xd24:
		shcsr_write(c, merged);
		break;
	case 0xd28:
		c->cfsr &= ~(v & mask);
		break;
	case 0xd2c:
		c->hfsr &= ~(v & mask);
		break;
	case 0xd30:
		c->dfsr &= ~(v & mask);
		break;
	case 0xd34:
		c->mmfar = merged;
		break;
	case 0xd38:
		c->bfar = merged;
		break;
	case 0xd88:
		c->retranslate |= (merged & 0x00f00000) != 0x00f00000 && c->cpacr == 0x00f00000;
		c->cpacr = merged & 0x00f00000;
		break;
	case 0xdfc:
		c->demcr = merged & 0x01000000;
		break;
	case 0xf00:
		if ((v & 0x1ff) < c->config.irqs)
			m4_pend(c, M4_EXC_IRQ0 + (v & 0x1ff));
		break;
	case 0xf34:
		m4_set_aspen(c, merged & M4_ASPEN);
		c->fpccr = (c->fpccr & 0xbfffffffu) | (merged & 0x40000000u);
		break;
	case 0xf38:
		c->fpcar = merged & ~7u;
		break;
	case 0xf3c:
		c->fpdscr = merged & 0x07c00000;
		break;
	}
}

static uint32_t dwt_read(struct cw_core *c, uint32_t off)
{
	if (off == 0)
		return DWT_ABSENT | c->dwt_ctrl;
	if (off == 4)
		return c->dwt_ctrl & 1 ? (uint32_t)(m4_now_cycles(c) - c->cyccnt_base)
				       : (uint32_t)c->cyccnt_base;
	return 0;
}

/* Counting: @cyccnt_base is the cycle at which the counter was 0. Standing: it is the count. */
static void dwt_write(struct cw_core *c, uint32_t off, uint32_t v)
{
	uint32_t count = dwt_read(c, 4);

	if (off == 0)
		c->dwt_ctrl = (c->demcr >> 24 & 1) ? v & 1 : 0;
	else if (off == 4)
		count = v;
	else
		return;
	c->cyccnt_base = c->dwt_ctrl & 1 ? m4_now_cycles(c) - count : count;
}

static uint32_t word_read(struct cw_core *c, uint32_t addr)
{
	uint32_t off = addr & 0xfff;

	if ((addr & ~0xfffu) == 0xe0001000u)
		return dwt_read(c, off);
	if ((addr & ~0xfffu) != 0xe000e000u)
		return 0;
	if (off == 4)
		return (c->config.irqs + 31) / 32 - 1;
	if (off == 8)
		return c->actlr;
	if (off >= 0x10 && off < 0x20)
		return m4_systick_read(c, off);
	if (off >= 0x100 && off < 0x500)
		return nvic_read(c, off);
	return off >= 0xd00 ? scb_read(c, off) : 0;
}

static void word_write(struct cw_core *c, uint32_t addr, uint32_t v, uint32_t mask)
{
	uint32_t off = addr & 0xfff;

	if ((addr & ~0xfffu) == 0xe0001000u) {
		dwt_write(c, off, v & mask);
		return;
	}
	if ((addr & ~0xfffu) != 0xe000e000u)
		return;
	if (off == 8)
		c->actlr = (c->actlr & ~mask) | (v & mask & 0x307);
	else if (off >= 0x10 && off < 0x20)
		m4_systick_write(c, off, v & mask);
	else if (off >= 0x100 && off < 0x500)
		nvic_write(c, off, v, mask);
	else if (off >= 0xd00)
		scb_write(c, off, v, mask);
}

static bool allowed(struct cw_core *c, uint32_t addr)
{
	if (c->exception || !(m4_reg(c, UC_ARM_REG_CONTROL) & M4_NPRIV))
		return true;
	return (addr & ~3u) == 0xe000ef00u && (c->ccr & M4_USERSETMPEND);
}

static uint32_t bytes_mask(uint32_t addr, unsigned width)
{
	return (width == 4 ? ~0u : (1u << (8 * width)) - 1) << (8 * (addr & 3));
}

int m4_scs_read(struct cw_core *c, uint32_t addr, unsigned width, uint32_t *ret)
{
	uint32_t mask = bytes_mask(addr, width);

	if (!allowed(c, addr))
		return -EFAULT;
	*ret = (word_read(c, addr & ~3u) & mask) >> (8 * (addr & 3));
	return 0;
}

int m4_scs_write(struct cw_core *c, uint32_t addr, unsigned width, uint32_t v)
{
	if (!allowed(c, addr))
		return -EFAULT;
	word_write(c, addr & ~3u, v << (8 * (addr & 3)), bytes_mask(addr, width));
	return 0;
}
