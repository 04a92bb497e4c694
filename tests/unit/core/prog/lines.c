/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the host: asleep until a line is raised. Line 0 lowers itself and is counted; line 1 lowers
 * itself at its third time; line 2, the most urgent, stays in its handler asleep for good, because
 * SysTick and the others do not beat it.
 */
#include "prog.h"

static volatile uint32_t count, third;

void SysTick(void)
{
	DEV_WORD = 0xf;
}

void IRQ0(void)
{
	DEV_LINE = 0x100;
	barrier();
	DEV_WORD = ++count;
}

void IRQ1(void)
{
	if (++third == 3)
		DEV_LINE = 0x101;
	barrier();
	DEV_WORD = 0x10000 + third;
}

void IRQ2(void)
{
	DEV_LINE = 0x102;
	SYST_RVR = 6399;
	SYST_CSR = 7;
	DEV_WORD = 0x20000;
	for (;;) {
		wfi();
		DEV_WORD = 0xbad;
	}
}

void IRQ40(void)
{
	DEV_LINE = 0x100 + 40;
	barrier();
	DEV_WORD = 0x40000;
	finish();
}

void entry(void)
{
	NVIC_IPR(0) = 0x80;
	NVIC_IPR(1) = 0x80;
	NVIC_IPR(2) = 0x00;
	SHPR(15) = 0xf0;
	NVIC_IPR(40) = 0x80;
	NVIC_ISER(0) = 7;
	NVIC_ISER(1) = 1u << 8;
	DEV_WORD = 0;
	for (;;)
		wfi();
}
