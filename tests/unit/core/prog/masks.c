/* SPDX-License-Identifier: BSD-2-Clause */
/* PRIMASK, BASEPRI, BASEPRI_MAX, FAULTMASK. */
#include "prog.h"

void IRQ0(void)
{
	put(0x00);
}

void IRQ1(void)
{
	put(0x10);
}

void NMI(void)
{
	put(0x2);
}

void SysTick(void)
{
	put(0xf);
}

void entry(void)
{
	NVIC_IPR(0) = 0x40;
	NVIC_IPR(1) = 0xc0;
	NVIC_ISER(0) = 3;
	set_basepri(0x80);
	NVIC_ISPR(0) = 3;
	barrier();
	put(0x100); /* 0 ran, 1 not */
	put(get_basepri());
	__asm__ volatile("msr basepri_max, %0" ::"r"(0xf0)); /* not more urgent: no effect */
	put(get_basepri());
	__asm__ volatile("msr basepri_max, %0" ::"r"(0x40));
	put(get_basepri());
	NVIC_ISPR(0) = 1;
	barrier();
	put(0x200);
	set_basepri(0x50);
	put(0x300); /* now 0 ran */
	set_basepri(0);
	put(0x400); /* and 1 */
	set_primask(1);
	NVIC_ISPR(0) = 3;
	ICSR = ICSR_PENDNMI;
	barrier();
	put(0x500); /* NMI ran */
	set_primask(0);
	put(0x600);
	__asm__ volatile("cpsid f");
	NVIC_ISPR(0) = 1;
	barrier();
	put(get_faultmask());
	__asm__ volatile("cpsie f");
	__asm__ volatile("nop");
	put(0x700);
	/* groups of two bits: a mask whose group is zero masks everything */
	AIRCR = 0x05fa0000 | 5 << 8;
	set_basepri(0x10);
	NVIC_ISPR(0) = 2;
	barrier();
	put(0x800);
	set_basepri(0);
	put(0x900);
	finish();
}
