/* SPDX-License-Identifier: BSD-2-Clause */
/* SVC, PendSV, SysTick, STIR, and their priorities. */
#include "prog.h"

static volatile uint32_t ticks;

__attribute__((used)) static void svc_body(uint32_t *frame)
{
	const uint16_t *pc = (const uint16_t *)frame[6];

	put(0x50000 | (pc[-1] & 0xff));
	put(frame[0]);
	frame[0] = 77;
	ICSR = ICSR_PENDSV;
	barrier();
	put(0x5e);
}

__attribute__((naked)) void SVCall(void)
{
	__asm__("mov r0, sp\n\tb svc_body");
}

void PendSV(void)
{
	put(0xe0);
}

void SysTick(void)
{
	ticks++;
}

void IRQ4(void)
{
	put(0x40);
}

void entry(void)
{
	register uint32_t r0 __asm__("r0") = 5;

	SHPR(14) = 0xff;
	SHPR(15) = 0xf0;
	put(REG32(0xe000ed20));
	SHPR(11) = 0x20;
	put(REG32(0xe000ed1c));
	__asm__ volatile("svc 42" : "+r"(r0)::"memory");
	put(r0);
	ICSR = ICSR_PENDSV;
	ICSR = ICSR_PENDSV >>
	       1; /* withdrawn: DSB was not reached, so maybe taken; both are in order */
	barrier();
	LOG->count = LOG->count > 7 ? 7 : LOG->count;
	NVIC_ISER(0) = 1u << 4;
	STIR = 4;
	barrier();
	put(0x100);
	SYST_RVR = 999;
	SYST_CVR = 5;
	put(SYST_CVR);
	SYST_CSR = 7;
	while (ticks < 3)
		;
	SYST_CSR = 4;
	put(SYST_CVR <= 999);
	put(0x200);
	/* Polling: COUNTFLAG is set at each wrap and cleared by the read. */
	SYST_CSR = 5;
	for (int i = 0; i < 3; i++) {
		while (!(SYST_CSR & 1u << 16))
			;
		put(i);
	}
	SYST_CVR = 0;
	put(SYST_CSR >> 16);
	SYST_CSR = 0;
	ICSR = ICSR_PENDST; /* without the timer */
	barrier();
	put(ticks == 4);
	finish();
}
