/* SPDX-License-Identifier: BSD-2-Clause */
/* Preemption by a more urgent line, order among equals, re-pending while active, priority groups.
 * */
#include "prog.h"

static volatile uint32_t again;

void IRQ0(void) /* 0x80 */
{
	put(0x00);
	NVIC_ISPR(0) = 1u << 2; /* 0x80: waits */
	NVIC_ISPR(0) = 1u << 1; /* 0x40: now */
	barrier();
	put(NVIC_IABR(0));
	put(0x0e);
}

void IRQ1(void)
{
	put(0x10);
	put(NVIC_IABR(0));
	NVIC_ISPR(0) = 1u << 0; /* active already: comes again afterwards, before line 2 */
	if (again++)
		NVIC_ICPR(0) = 1u << 0;
	barrier();
	put(0x1e);
}

void IRQ2(void)
{
	put(0x20);
	put((ICSR & 0x1ff) | (ICSR >> 11 & 1) << 16);
}

void IRQ3(void) /* 0x50 */
{
	put(0x30);
	NVIC_ISPR(0) = 1u << 1; /* 0x40: more urgent, but of the same group */
	barrier();
	put(0x3e);
}

void entry(void)
{
	NVIC_IPR(0) = 0x80;
	NVIC_IPR(1) = 0x40;
	NVIC_IPR(2) = 0x80;
	NVIC_IPR(3) = 0x5f; /* the low bits are not implemented */
	put(REG32(0xe000e400));
	NVIC_ISER(0) = 0xf;
	put(NVIC_ICER(0));
	NVIC_ISPR(0) = 1u << 0;
	barrier();
	put(0x100);
	AIRCR = 0x05fa0000 | 6 << 8; /* groups of one bit: 0x00-0x7f, 0x80-0xff */
	AIRCR = 0x00000000;	     /* no key, no effect */
	put(AIRCR);
	again = 1;
	NVIC_ISPR(0) = 1u << 3;
	barrier();
	put(0x200);
	finish();
}
