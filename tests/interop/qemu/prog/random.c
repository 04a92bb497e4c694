/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions in no particular order, from SEED: threads and handlers do some of what changes which exception comes next, and
 * log what they see. Each step is complete (DSB, ISB) before the next.
 */
#include "prog.h"

#define STEPS 120 /* of thread mode */
#define DEPTH 6	  /* handlers inside each other that still do something */
#define FULL  960 /* words: room to end in order */

static volatile uint32_t seed = 0, depth, budget;

static uint32_t roll(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 16) % n;
}

static void see(uint32_t tag)
{
	if (LOG->count > FULL)
		return;
	put(tag | (ICSR & 0x1ff) | (ICSR >> 12 & 0x1ff) << 9 | (ICSR >> 11 & 1) << 18);
	put(NVIC_IABR(0) << 24 | NVIC_ISPR(0) << 16 | (SHCSR & 0xffff));
}

static void step(void)
{
	uint32_t n = roll(8);

	switch (roll(14)) {
	case 0:
	case 1:
	case 2:
		NVIC_ISPR(0) = roll(256);
		break;
	case 3:
		NVIC_ICPR(0) = roll(256);
		break;
	case 4:
		NVIC_IPR(n) = roll(16) << 4;
		break;
	case 5:
		NVIC_ICER(0) = 1u << n;
		break;
	case 6:
		NVIC_ISER(0) = 1u << n | 1u << roll(8);
		break;
	case 7:
		ICSR = roll(2) ? ICSR_PENDSV : ICSR_PENDST;
		break;
	case 8:
		ICSR = ICSR_PENDSV >> 1 | (roll(2) ? ICSR_PENDST >> 1 : 0); /* withdrawn */
		break;
	case 9:
		set_basepri(roll(2) ? 0 : roll(16) << 4);
		break;
	case 10:
		set_primask(roll(2));
		break;
	case 11:
		AIRCR = 0x05fa0000 | (roll(4) + 3) << 8;
		break;
	case 12:
		SHPR(14 + roll(2)) = roll(16) << 4;
		break;
	case 13:
		if (roll(4) == 0)
			ICSR = ICSR_PENDNMI;
		else
			STIR = n;
		break;
	}
	barrier();
}

static void handler(void)
{
	uint32_t n = 0;

	see(0x1u << 20);
	if (depth < DEPTH && budget) {
		budget--;
		depth++;
		for (n = 1 + roll(3); n; n--)
			step();
		depth--;
	}
	/* Nobody may stay masked for good. */
	set_primask(0);
	barrier();
	see(0x2u << 20);
}

#define SAME __attribute__((alias("handler")))
void NMI(void) SAME;
void PendSV(void) SAME;
void SysTick(void) SAME;
void IRQ0(void) SAME;
void IRQ1(void) SAME;
void IRQ2(void) SAME;
void IRQ3(void) SAME;
void IRQ4(void) SAME;
void IRQ5(void) SAME;
void IRQ6(void) SAME;
void IRQ7(void) SAME;

void entry(void)
{
	seed = SEED;
	NVIC_ISER(0) = 0xff;
	for (uint32_t i = 0; i < 8; i++)
		NVIC_IPR(i) = roll(16) << 4;
	for (uint32_t i = 0; i < STEPS; i++) {
		budget = 12;
		step();
		see(0x3u << 20);
	}
	set_primask(1);
	put(seed);
	finish();
}
