/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rcc.c - reset and clock control: who runs, and how fast the timers count
 *
 * Oscillators, PLLs and selectors become ready at once, and unready at once. TZCR.MCKPROT keeps
 * everybody but the secure host from starting and resetting the remote core. Unmodelled: MPSYSRST
 * and the resets of the application cores (there are none here), clock gating (a peripheral answers
 * also without its enable bit, but its reset bit resets it), low-power enables.
 */
#include "stm32mp15.h"

#include <errno.h>

enum {
	TZCR = 0x000,
	OCENSETR = 0x00C,
	OCENCLRR = 0x010,
	HSICFGR = 0x018,
	MPCKDIVR = 0x02C,
	MSSCKSELR = 0x048,
	PLL3CR = 0x880,
	PLL3CFGR1 = 0x884,
	PLL3CFGR2 = 0x888,
	PLL3FRACR = 0x88C,
	MP_GCR = 0x10C,
	BDCR = 0x140,
	RDLSICR = 0x144,
	BR_RSTSCLRR = 0x400,
	MP_GRSTCSETR = 0x404,
	MP_RSTSCLRR = 0x408,
	OCRDYR = 0x808,
	RCK3SELR = 0x820,
	TIMG1PRER = 0x828,
	MCUDIVR = 0x830,
	APB1DIVR = 0x834,
	APB1RSTSETR = 0x980,
	APB2RSTSETR = 0x988,
	AHB3RSTSETR = 0x9A0,
	AHB4RSTSETR = 0x9A8,
	MC_RSTSCLRR = 0xC00,
};

#define TZCR_TZEN    1u
#define TZCR_MCKPROT 2u
#define GCR_BOOT_MCU 1u
#define GRST_MCURST  2u
#define READY	     (1u << 31)

/* Pairs of a set register and, one word after, a clear register; both read the set register.
 * Inclusive words. */
static const struct {
	uint16_t first, last;
} pairs[] = {
	{0x00C, 0x010}, {0x104, 0x108}, {0x180, 0x1A4}, {0x200, 0x224}, {0x280, 0x29C},
	{0x300, 0x324}, {0x380, 0x39C}, {0x40C, 0x410}, {0x980, 0x9AC}, {0xA00, 0xA2C},
	{0xA38, 0xA3C}, {0xA80, 0xABC}, {0xB00, 0xB3C}, {0xB80, 0xBBC},
};

/* Selectors and dividers whose bit 31 says that the choice has taken effect. */
static const uint16_t with_ready[] = {
	0x020, 0x024, 0x028, 0x02C, 0x030, 0x03C, 0x040,
	0x048, 0x820, 0x824, 0x830, 0x834, 0x838, 0x83C,
};

/* "Ready follows on": bit @rdy of a register mirrors its bit @on. */
static const struct {
	uint16_t off;
	uint8_t on, rdy;
} follows[] = {
	{0x080, 0, 1}, {0x094, 0, 1}, {0x880, 0, 1}, {0x894, 0, 1}, {BDCR, 0, 2}, {RDLSICR, 0, 1},
};

/* Reset lines of peripherals that have a behaviour; @off is the set register. */
static const struct {
	uint16_t off;
	uint8_t bit;
	uint32_t base;
} reset_lines[] = {
	{APB1RSTSETR, 0, 0x40000000},  {APB1RSTSETR, 1, 0x40001000},  {APB1RSTSETR, 2, 0x40002000},
	{APB1RSTSETR, 3, 0x40003000},  {APB1RSTSETR, 4, 0x40004000},  {APB1RSTSETR, 5, 0x40005000},
	{APB1RSTSETR, 14, 0x4000E000}, {APB1RSTSETR, 15, 0x4000F000}, {APB1RSTSETR, 16, 0x40010000},
	{APB1RSTSETR, 17, 0x40011000}, {APB1RSTSETR, 18, 0x40018000}, {APB1RSTSETR, 19, 0x40019000},
	{APB2RSTSETR, 13, 0x44003000}, {AHB3RSTSETR, 11, 0x4C000000}, {AHB3RSTSETR, 12, 0x4C001000},
	{AHB4RSTSETR, 0, 0x50002000},  {AHB4RSTSETR, 1, 0x50003000},  {AHB4RSTSETR, 2, 0x50004000},
	{AHB4RSTSETR, 3, 0x50005000},  {AHB4RSTSETR, 4, 0x50006000},  {AHB4RSTSETR, 5, 0x50007000},
	{AHB4RSTSETR, 6, 0x50008000},  {AHB4RSTSETR, 7, 0x50009000},  {AHB4RSTSETR, 8, 0x5000A000},
	{AHB4RSTSETR, 9, 0x5000B000},  {AHB4RSTSETR, 10, 0x5000C000},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct periph *rcc(struct cw_soc *soc)
{
	return soc_periph(soc, RCC_BASE);
}

static void rcc_reset(struct cw_soc *soc, struct periph *p)
{
	p->reg[TZCR / 4] = TZCR_TZEN | TZCR_MCKPROT;
	p->reg[OCENSETR / 4] = 1;
	for (unsigned i = 0; i < COUNT(with_ready); i++)
		p->reg[with_ready[i] / 4] = READY;
	p->reg[MPCKDIVR / 4] |= 1;
	p->reg[BDCR / 4] = 0x20;
	p->reg[PLL3CFGR1 / 4] = 0x00010031;
	p->reg[PLL3CFGR2 / 4] = 0x00010101;
	p->reg[MC_RSTSCLRR / 4] = 0x15; /* power-on: PORRST, PADRST, VCORERST */
}

/* Offset of the set register when @off belongs to a pair, else -1; *@ret_clear tells which half it
 * is. */
static int pair_of(uint32_t off, bool *ret_clear)
{
	for (unsigned i = 0; i < COUNT(pairs); i++) {
		if (off < pairs[i].first || off > pairs[i].last)
			continue;
		*ret_clear = (off - pairs[i].first) & 4;
		return (int)(*ret_clear ? off - 4 : off);
	}
	return -1;
}

/* HSI, CSI and HSE ready as they are on; the HSI divider with HSI. */
static uint32_t oscillators_ready(const struct periph *p)
{
	uint32_t on = p->reg[OCENSETR / 4] & 0x111;

	return on | (on & 1) << 2;
}

static uint32_t rcc_read(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off)
{
	bool clear;
	int set = pair_of(off, &clear);

	if (set >= 0)
		return p->reg[set / 4];
	if (off == OCRDYR)
		return oscillators_ready(p);
	return p->reg[off / 4];
}

static void pulse_resets(struct cw_soc *soc, uint32_t off, uint32_t rising)
{
	for (unsigned i = 0; i < COUNT(reset_lines); i++)
		if (reset_lines[i].off == off && rising >> reset_lines[i].bit & 1)
			soc_periph_reset(soc, soc_periph(soc, reset_lines[i].base));
}

static void write_pair(struct cw_soc *soc, struct periph *p, uint32_t set, bool clear, uint32_t v)
{
	uint32_t *reg = &p->reg[set / 4], old = *reg;

	*reg = clear ? old & ~v : old | v;
	pulse_resets(soc, set, *reg & ~old);
}

static void write_plain(struct periph *p, uint32_t off, uint32_t v, uint32_t lanes)
{
	uint32_t *reg = &p->reg[off / 4];

	lanes_store(reg, v, lanes);
	for (unsigned i = 0; i < COUNT(with_ready); i++)
		if (with_ready[i] == off)
			*reg |= READY;
	for (unsigned i = 0; i < COUNT(follows); i++)
		if (follows[i].off == off)
			*reg = (*reg & ~(1u << follows[i].rdy)) | (*reg >> follows[i].on & 1)
									  << follows[i].rdy;
}

/* The switches over the remote core. */
static int write_core_switch(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
			     uint32_t v, uint32_t lanes)
{
	bool closed = who != CW_MASTER_HOST_SECURE && p->reg[TZCR / 4] & TZCR_MCKPROT;

	if (off == MP_GRSTCSETR) {
		if (!(v & GRST_MCURST))
			return 0;
		if (closed)
			return -EACCES;
		soc_core_reset(soc, RSTS_MCURST);
		return 0;
	}
	if (closed)
		return -EACCES;
	lanes_store(&p->reg[off / 4], v & GCR_BOOT_MCU, lanes);
	if (p->reg[off / 4])
		soc_core_release(soc);
	return 0;
}

static int rcc_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
		     uint32_t v, uint32_t lanes)
{
	bool clear;
	int set = pair_of(off, &clear);

	if (set >= 0) {
		write_pair(soc, p, (uint32_t)set, clear, v);
		return 0;
	}
	switch (off) {
	case TZCR:
		if (who != CW_MASTER_HOST_SECURE)
			return -EACCES;
		lanes_store(&p->reg[off / 4], v & (TZCR_TZEN | TZCR_MCKPROT), lanes);
		return 0;
	case MP_GCR:
	case MP_GRSTCSETR:
		return write_core_switch(soc, p, who, off, v, lanes);
	case BR_RSTSCLRR:
	case MP_RSTSCLRR:
	case MC_RSTSCLRR:
		p->reg[off / 4] &= ~v;
		return 0;
	case OCRDYR:
		return 0;
	default:
		write_plain(p, off, v, lanes);
		return 0;
	}
}

bool rcc_boot_mcu(struct cw_soc *soc)
{
	return rcc(soc)->reg[MP_GCR / 4] & GCR_BOOT_MCU;
}

void rcc_reset_flags(struct cw_soc *soc, uint32_t flags)
{
	rcc(soc)->reg[MC_RSTSCLRR / 4] |= flags;
}

static uint32_t hsi_hz(const struct periph *p)
{
	return HSI_HZ >> (p->reg[HSICFGR / 4] & 3);
}

static uint32_t pll3_hz(const struct periph *p)
{
	const uint32_t source[4] = {hsi_hz(p), HSE_HZ, CSI_HZ, 0};
	uint32_t cfg = p->reg[PLL3CFGR1 / 4], frac = p->reg[PLL3FRACR / 4];
	uint64_t ref = source[p->reg[RCK3SELR / 4] & 3] / ((cfg >> 16 & 0x3F) + 1);
	uint64_t vco;

	if (!(p->reg[PLL3CR / 4] & 1))
		return 0;
	vco = ref * ((cfg & 0x1FF) + 1);
	if (frac & 1u << 16)
		vco += ref * (frac >> 3 & 0x1FFF) / 8192;
	return (uint32_t)(vco / ((p->reg[PLL3CFGR2 / 4] & 0x7F) + 1));
}

static uint32_t mcu_hz(const struct periph *p)
{
	uint32_t div = p->reg[MCUDIVR / 4] & 0xF;
	uint32_t hz = 0;

	switch (p->reg[MSSCKSELR / 4] & 3) {
	case 0:
		hz = hsi_hz(p);
		break;
	case 1:
		hz = HSE_HZ;
		break;
	case 2:
		hz = CSI_HZ;
		break;
	case 3:
		hz = pll3_hz(p);
		break;
	}
	return hz >> (div > 9 ? 9 : div);
}

/* APB1 divider as a shift: 0 to 4. */
static uint32_t apb1_shift(const struct periph *p)
{
	uint32_t div = p->reg[APB1DIVR / 4] & 7;

	return div > 4 ? 4 : div;
}

uint32_t rcc_apb1_hz(struct cw_soc *soc)
{
	const struct periph *p = rcc(soc);

	return mcu_hz(p) >> apb1_shift(p);
}

/* Timers count at the APB clock when it is undivided, else at twice (TIMG1PRE 0) or four times it,
 * never faster than the undivided clock. */
uint32_t rcc_apb1_timer_hz(struct cw_soc *soc)
{
	const struct periph *p = rcc(soc);
	uint32_t shift = apb1_shift(p), gain = p->reg[TIMG1PRER / 4] & 1 ? 2 : 1;

	return mcu_hz(p) >> (shift > gain ? shift - gain : 0);
}

const struct periph_ops rcc_ops = {
	.reset = rcc_reset,
	.read = rcc_read,
	.write = rcc_write,
};
