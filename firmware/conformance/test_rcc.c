/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_rcc.c - clock and reset control
 */
#include "check.h"

static const struct {
	const char *row;
	uint16_t set;
	uint32_t bits;
} pairs[] = {
	{"rcc.apb1en-set-clear", 0xA80, 1u << 1}, /* TIM3 */
	{"rcc.apb2en-set-clear", 0xA88, 1u << 0}, /* TIM1 */
	{"rcc.apb3en-set-clear", 0xA90, 1u << 0},
	{"rcc.ahb2en-set-clear", 0xA98, 1u << 0}, /* DMA1 */
	{"rcc.ahb3en-set-clear", 0xAA0, 1u << 6}, /* RNG2 */
	{"rcc.ahb4en-set-clear", 0xAA8, 1u << 9}, /* GPIOJ */
	{"rcc.apb1rst-set-clear", 0x980, 1u << 8},
	{"rcc.ahb4rst-set-clear", 0x9A8, 1u << 9},
};

static const struct {
	const char *row;
	uint16_t off;
	uint32_t want;
} resets[] = {
	{"rcc.mssckselr-reset", 0x048, 0x80000000}, {"rcc.hsicfgr-reset", 0x018, 0},
	{"rcc.mcudivr-reset", 0x830, 0x80000000},   {"rcc.apb1divr-reset", 0x834, 0x80000000},
	{"rcc.rck3selr-reset", 0x820, 0x80000000},  {"rcc.mpckdivr-reset", 0x02C, 0x80000001},
	{"rcc.pll3cfgr1-reset", 0x884, 0x00010031}, {"rcc.pll3cfgr2-reset", 0x888, 0x00010101},
	{"rcc.ocensetr-reset", 0x00C, 1},	    {"rcc.bdcr-reset", 0x140, 0x20},
};

static const struct {
	const char *row;
	uint16_t off;
	uint32_t on, ready;
} follows[] = {
	{"rcc.pll1-ready-follows", 0x080, 1, 2}, {"rcc.pll2-ready-follows", 0x094, 1, 2},
	{"rcc.pll3-ready-follows", 0x880, 1, 2}, {"rcc.pll4-ready-follows", 0x894, 1, 2},
	{"rcc.lse-ready-follows", 0x140, 1, 4},	 {"rcc.lsi-ready-follows", 0x144, 1, 2},
};

static const struct {
	const char *row;
	uint32_t on, ready;
} oscillators[] = {
	{"rcc.hse-ready-follows", 1u << 8, 1u << 8},
	{"rcc.csi-ready-follows", 1u << 4, 1u << 4},
};

#define OCRDYR 0x808

static void set_and_clear(void)
{
	for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		uint16_t set = pairs[i].set, clear = set + 4;
		uint32_t before = RCC(set), got;

		RCC(set) = pairs[i].bits;
		got = (RCC(set) == (before | pairs[i].bits)) << 0;
		got |= (RCC(clear) == (before | pairs[i].bits)) << 1;
		RCC(clear) = pairs[i].bits;
		got |= (RCC(set) == (before & ~pairs[i].bits)) << 2;
		got |= (RCC(clear) == (before & ~pairs[i].bits)) << 3;
		RCC(set) = before;
		check(pairs[i].row, got, 0xF);
	}
}

static void ready(void)
{
	for (unsigned i = 0; i < sizeof(follows) / sizeof(follows[0]); i++) {
		uint32_t before = RCC(follows[i].off), got;

		RCC(follows[i].off) = before | follows[i].on;
		got = !!(RCC(follows[i].off) & follows[i].ready);
		RCC(follows[i].off) = before & ~follows[i].on;
		got |= (uint32_t) !(RCC(follows[i].off) & follows[i].ready) << 1;
		check(follows[i].row, got, 3);
	}
	for (unsigned i = 0; i < 2; i++) {
		uint32_t got;

		RCC(0x00C) = oscillators[i].on;
		got = !!(RCC(OCRDYR) & oscillators[i].ready);
		RCC(0x010) = oscillators[i].on;
		got |= (uint32_t) !(RCC(OCRDYR) & oscillators[i].ready) << 1;
		check(oscillators[i].row, got, 3);
	}
	check("rcc.hsi-and-divider-ready", RCC(OCRDYR) & 5, 5);
}

static void dividers(void)
{
	RCC(0x83C) = 2; /* APB3DIVR: nothing here depends on it */
	check("rcc.divider-keeps-ready", RCC(0x83C), 0x80000002);
	RCC(0x83C) = 0;
	check("rcc.divider-reads-back", RCC(0x83C), 0x80000000);
}

static void reset_lines(void)
{
	RCC(0xA80) = 1u << 1;
	TIM3->ARR = 0x1234;
	RCC(0x980) = 1u << 1;
	RCC(0x984) = 1u << 1;
	check("rcc.reset-line-resets", TIM3->ARR, 0xFFFF);
	RCC(RCC_MC_RSTSCLRR) = 1u << 6;
	check("rcc.reset-flags-clear-by-1", RCC(RCC_MC_RSTSCLRR) & 1u << 6, 0);
}

static void guarded(void)
{
	check_that("rcc.tzcr-is-the-secure-host's", faults_writing(0x50000000 + RCC_TZCR, 0));
	if (!(RCC(RCC_TZCR) & 2)) {
		skip("rcc.mckprot", "MCKPROT is not set on this board");
		return;
	}
	check_that("rcc.mckprot-guards-hold-boot", faults_writing(0x50000000 + RCC_MP_GCR, 1));
	check("rcc.mckprot-hold-boot-unchanged", RCC(RCC_MP_GCR), 0);
	check_that("rcc.mckprot-guards-core-reset", faults_writing(0x50000404, 2));
}

void test_rcc(void)
{
	for (unsigned i = 0; i < sizeof(resets) / sizeof(resets[0]); i++)
		check(resets[i].row, RCC(resets[i].off), resets[i].want);
	set_and_clear();
	ready();
	dividers();
	reset_lines();
	guarded();
}
