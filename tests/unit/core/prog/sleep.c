/* SPDX-License-Identifier: BSD-2-Clause */
/* What ends WFI and WFE, and what does not make them sleep at all. */
#include "prog.h"

static volatile uint32_t ticks;

void SysTick(void)
{
	ticks++;
	put(0xf);
}

void IRQ1(void)
{
	put(0x10);
}

void PendSV(void)
{
	put(0xe);
	if (ticks == 3)
		SCR = 0; /* no more sleep on exit */
}

static void arm_systick(void)
{
	SYST_RVR = 9999;
	SYST_CVR = 0;
	SYST_CSR = 7;
}

void entry(void)
{
	SHPR(15) = 0x80;
	SHPR(14) = 0xf0;
	NVIC_IPR(1) = 0x40;
	/* under PRIMASK it wakes, and runs when PRIMASK opens */
	cpsid();
	arm_systick();
	wfi();
	SYST_CSR = 0;
	put(0x100);
	cpsie();
	put(0x101);
	/* pending already: no sleep */
	cpsid();
	ICSR = ICSR_PENDST;
	wfi();
	__asm__ volatile("wfi.w");
	cpsie();
	put(0x200);
	/* an event before, an event during */
	sev();
	wfe();
	put(0x300);
	cpsid();
	SCR = 1u << 4;
	NVIC_ICER(0) = 1u << 1;
	NVIC_ISPR(0) = 1u << 1; /* disabled, but SEVONPEND */
	wfe();
	SCR = 0;
	NVIC_ICPR(0) = 1u << 1;
	put(0x301);
	/* the entry and the return of an exception are events, too; one flag, so one WFE */
	cpsie();
	arm_systick();
	while (ticks < 3)
		;
	SYST_CSR = 0;
	wfe();
	put(0x302);
	__asm__ volatile("yield\n\tyield.w\n\tsev.w\n\twfe.w\n\tnop.w");
	put(0x303);
	/* sleep on exit: thread mode goes on only when a handler has cleared it */
	SCR = 1u << 1;
	ICSR = ICSR_PENDSV;
	barrier();
	put(0x400);
	finish();
}
