/* SPDX-License-Identifier: BSD-2-Clause */
/* Two pended under PRIMASK: the more urgent first, then the other on the same frame. */
#include "prog.h"

static volatile uint32_t seen_sp[2], seen_lr[2];

__attribute__((used)) static void handler(uint32_t sp, uint32_t lr)
{
	uint32_t n = ipsr() - 16;

	put(n);
	seen_sp[n] = sp;
	seen_lr[n] = lr;
}

#define NAKED(name)                                                                                 \
	__attribute__((naked)) void name(void)                                                      \
	{                                                                                           \
		__asm__("mov r0, sp\n\tmov r1, lr\n\tpush {r4, lr}\n\tbl handler\n\tpop {r4, pc}"); \
	}
NAKED(IRQ0)
NAKED(IRQ1)

void entry(void)
{
	NVIC_IPR(0) = 0x80;
	NVIC_IPR(1) = 0x20;
	NVIC_ISER(0) = 3;
	cpsid();
	NVIC_ISPR(0) = 1;
	NVIC_ISPR(0) = 2;
	barrier();
	put(ICSR >> 12 & 0x1ff); /* the best pending */
	put(ICSR >> 22 & 1);
	cpsie();
	__asm__ volatile("nop");
	put(0x100);
	put(seen_sp[0] == seen_sp[1]);
	put(seen_lr[0]);
	put(seen_lr[1]);
	finish();
}
