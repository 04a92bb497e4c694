/* SPDX-License-Identifier: BSD-2-Clause */
/* When a fault or an SVC cannot be taken as itself: HardFault; and what exceptions do with bad
 * stacks and returns. */
#include "prog.h"

enum mode { PLAIN, IGNORE, BAD_STACK, NO_VECTOR };

static volatile enum mode mode;
static volatile uint32_t fault_in_irq;
static uint32_t process_stack[64] __attribute__((aligned(8)));

__attribute__((noinline)) static void fault_now(void)
{
	__asm__ volatile("str r0, [%0]\n\tnop" ::"r"(DEV_BAD) : "memory");
}

static void clear(void)
{
	CFSR = 0xffffffff;
	HFSR = 0xffffffff;
}

static void resumed(void)
{
	set_control(0);
	put(0xb0);
	for (;;)
		__asm__ volatile("b after_bad_stack");
}

/* A refused store is a halfword long; behind an SVC the return address is right already. */
__attribute__((used)) static void plain(uint32_t *frame)
{
	put(ipsr());
	put(HFSR);
	if (CFSR & 0x8200)
		frame[6] += 2;
	clear();
}

__attribute__((used)) static void hard(uint32_t *frame)
{
	switch (mode) {
	case PLAIN:
		plain(frame);
		break;
	case IGNORE:
		clear();
		CCR |= 1u << 8;
		fault_now();
		CCR &= ~(1u << 8);
		put(CFSR);
		put(BFAR);
		clear();
		frame[6] += 2; /* the udf that led here */
		break;
	case NO_VECTOR:
		put(HFSR);
		NVIC_ICPR(0) = 1u << 16;
		clear();
		break;
	case BAD_STACK:
		put(CFSR);
		put(ICSR >> 28 & 1); /* what could not be entered still waits */
		clear();
		process_stack[30] = (uint32_t)resumed;
		process_stack[31] = 1u << 24;
		set_psp((uint32_t)&process_stack[24]);
		break;
	}
}

#define FRAME "tst lr, #4\n\tite eq\n\tmrseq r0, msp\n\tmrsne r0, psp\n\t"

__attribute__((naked)) void HardFault(void)
{
	__asm__(FRAME "b hard");
}

__attribute__((naked)) void BusFault(void)
{
	__asm__(FRAME "b plain");
}

__attribute__((used)) static void usage(void)
{
	put(CFSR);
	put(SHCSR & 0xfff);
	clear();
}

/* LR is the value that was refused; the frame is of thread mode on the main stack. */
__attribute__((naked)) void UsageFault(void)
{
	__asm__("bl usage\n\tmvn lr, #6\n\tbx lr");
}

void IRQ0(void) /* 0x40 */
{
	if (fault_in_irq)
		fault_now();
	else
		svc(0);
}

void SVCall(void)
{
	put(0x5c);
}

void PendSV(void)
{
	put(0xe0);
}

/* Returns to handler mode, which it did not come from. The UsageFault that follows stands on the
 * same frame. */
__attribute__((naked)) void IRQ1(void)
{
	__asm__("ldr r1, =0xfffffff1\n\tbx r1");
}

static void pend(uint32_t n)
{
	NVIC_ISPR(0) = 1u << n;
	barrier();
}

static void vectors_end_early(void)
{
#ifdef RAM_END
	for (int i = 0; i < 32; i++)
		REG32(RAM_END - 0x80 + 4 * i) = REG32(4 * i);
	VTOR = RAM_END - 0x80;
	NVIC_ISER(0) = 1u << 16;
	pend(16);
	VTOR = 0;
#endif
}

__attribute__((used)) void after_bad_stack(void)
{
	mode = NO_VECTOR;
	vectors_end_early();
	put(0x300);
	finish();
}

void entry(void)
{
	NVIC_IPR(0) = 0x40;
	SHPR(11) = 0x40;
	NVIC_ISER(0) = 3;
	cpsid();
	svc(0);
	cpsie();
	pend(0);
	fault_in_irq = 1;
	SHCSR = 1u << 17;
	SHPR(5) = 0x80;
	pend(0);
	SHPR(5) = 0x20;
	pend(0);
	set_basepri(0x20);
	fault_now();
	set_basepri(0);
	put(0x100);
	SHCSR = 1u << 18;
	pend(1);
	SHCSR = 0;
	put(0x200);
#ifndef NO_BFHFNMIGN /* the oracle stops at the fault that this bit ignores */
	mode = IGNORE;
	__asm__ volatile("udf #0");
#endif
	mode = BAD_STACK;
	set_psp(0x70000020); /* nothing is there, here and with the oracle */
	set_control(2);
	ICSR = ICSR_PENDSV;
	barrier();
}
