/* SPDX-License-Identifier: BSD-2-Clause */
/* For the host: in deep sleep SysTick stands; line 0 wakes; in plain sleep it goes on. */
#include "prog.h"

static volatile uint32_t ticks;

void SysTick(void)
{
	ticks++;
}

void IRQ0(void)
{
	NVIC_ICER(0) = 1;
}

void entry(void)
{
	SYST_RVR = 639999;
	SYST_CVR = 0;
	SYST_CSR = 7;
	NVIC_ISER(0) = 1;
	SCR = 1u << 2;
	DEV_WORD = ticks;
	wfi();
	DEV_WORD = ticks;
	SCR = 0;
	wfi();
	DEV_WORD = ticks;
	finish();
}
