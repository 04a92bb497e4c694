/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_exceptions.c - when exceptions are taken, and in which order
 */
#include <stddef.h>

#include "check.h"

static uint32_t seen_active, seen_iabr, seen_rettobase, seen_ipsr;

static void look_hook(void)
{
	seen_active = SCB->ICSR & 0x1FF;
	seen_rettobase = SCB->ICSR >> 11 & 1;
	seen_iabr = NVIC->IABR[LINE_A / 32] >> LINE_A % 32 & 1;
	seen_ipsr = SPECIAL_READ(ipsr);
}

static void taken_at_all(void)
{
	line_setup(LINE_A, 0x80, look_hook);
	line_pend(LINE_A);
	check("exc.software-pending-is-taken", taken[EXC_IRQ(LINE_A)], 1);
	check("exc.ipsr", seen_ipsr, EXC_IRQ(LINE_A));
	check("exc.vectactive", seen_active, EXC_IRQ(LINE_A));
	check("exc.iabr-while-active", seen_iabr, 1);
	check("exc.rettobase", seen_rettobase, 1);
	check("exc.iabr-after", NVIC->IABR[LINE_A / 32] >> LINE_A % 32 & 1, 0);
	nvic_disable(LINE_A);
	line_pend(LINE_A);
	check("exc.disabled-stays-pending", taken[EXC_IRQ(LINE_A)], 1);
	nvic_enable(LINE_A);
	dsb();
	isb();
	check("exc.enabling-takes-it", taken[EXC_IRQ(LINE_A)], 2);
	*(REG *)0xE000EF00 = LINE_A;
	dsb();
	isb();
	check("exc.stir", taken[EXC_IRQ(LINE_A)], 3);
}

static void a_hook(void)
{
	note('A');
	line_pend(LINE_B);
	note('a');
}

static void a_pends_both_hook(void)
{
	note('A');
	NVIC->ISPR[LINE_B / 32] = 1u << LINE_B % 32 | 1u << LINE_C % 32;
	dsb();
	isb();
	note('a');
}

static void b_hook(void)
{
	note('B');
}

static void c_hook(void)
{
	note('C');
}

static void order(void)
{
	line_setup(LINE_A, 0x80, a_hook);
	line_setup(LINE_B, 0x40, b_hook);
	line_setup(LINE_C, 0x60, c_hook);
	line_pend(LINE_A);
	check_text("exc.higher-preempts", notes(), "ABa");
	nvic_priority(LINE_B, 0x80);
	line_pend(LINE_A);
	check_text("exc.equal-waits", notes(), "AaB");
	nvic_priority(LINE_B, 0xC0);
	line_pend(LINE_A);
	check_text("exc.lower-waits", notes(), "AaB");

	on_exception(EXC_IRQ(LINE_A), a_pends_both_hook);
	nvic_priority(LINE_B, 0xD0);
	nvic_priority(LINE_C, 0xC0);
	line_pend(LINE_A);
	check_text("exc.tail-chain-by-priority", notes(), "AaCB");
	nvic_priority(LINE_C, 0xD0);
	line_pend(LINE_A);
	check_text("exc.tail-chain-by-number", notes(), "AaBC");
	nvic_priority(LINE_B, 0x70);
	nvic_priority(LINE_C, 0x60);
	line_pend(LINE_A);
	check_text("exc.both-preempt-in-order", notes(), "ACBa");

	SCB->AIRCR = 0x05FA0000 | 4u << 8; /* bit 4 is subpriority */
	nvic_priority(LINE_A, 0x50);
	nvic_priority(LINE_B, 0x50);
	nvic_priority(LINE_C, 0x40);
	line_pend(LINE_A);
	check_text("exc.subpriority-orders-only", notes(), "AaCB");
	SCB->AIRCR = 0x05FA0000;
}

static void masks(void)
{
	line_setup(LINE_A, 0x80, NULL);
	line_setup(LINE_B, 0x40, NULL);
	irq_disable();
	line_pend(LINE_A);
	check("exc.primask-holds", taken[EXC_IRQ(LINE_A)], 0);
	irq_enable();
	check("exc.cpsie-takes-at-once", taken[EXC_IRQ(LINE_A)], 1);
	SPECIAL_WRITE(primask, 1);
	line_pend(LINE_A);
	SPECIAL_WRITE(primask, 0);
	isb();
	check("exc.msr-primask-takes", taken[EXC_IRQ(LINE_A)], 2);

	SPECIAL_WRITE(basepri, 0x80);
	line_pend(LINE_A);
	line_pend(LINE_B);
	check("exc.basepri-holds-its-own", taken[EXC_IRQ(LINE_A)], 2);
	check("exc.basepri-lets-higher", taken[EXC_IRQ(LINE_B)], 1);
	SPECIAL_WRITE(basepri, 0x90);
	isb();
	check("exc.basepri-moves", taken[EXC_IRQ(LINE_A)], 3);
	SPECIAL_WRITE(basepri_max, 0xA0);
	check("exc.basepri-max-only-raises", SPECIAL_READ(basepri), 0x90);
	nvic_priority(LINE_A, 0x20);
	SPECIAL_WRITE(basepri_max, 0x2F);
	line_pend(LINE_A);
	check("exc.basepri-compares-4-bits", taken[EXC_IRQ(LINE_A)], 3);
	SPECIAL_WRITE(basepri, 0);
	isb();
	taken[EXC_IRQ(LINE_A)] = 3;

	__asm__ volatile("cpsid f");
	line_pend(LINE_A);
	check("exc.faultmask-holds", taken[EXC_IRQ(LINE_A)], 3);
	__asm__ volatile("cpsie f\n\tisb" ::: "memory");
	check("exc.cpsie-f-takes", taken[EXC_IRQ(LINE_A)], 4);
}

static void pendsv(void)
{
	uint32_t before;

	exc_priority(EXC_PENDSV, 0xF0);
	taken[EXC_PENDSV] = 0;
	SCB->ICSR = ICSR_PENDSVSET;
	dsb();
	isb();
	before = taken[EXC_PENDSV];
	check("exc.pendsv-after-dsb-isb", before, 1);
	irq_disable();
	SCB->ICSR = ICSR_PENDSVSET;
	dsb();
	isb();
	check("exc.pendsv-masked", taken[EXC_PENDSV], 1);
	irq_enable();
	check("exc.pendsv-unmasked", taken[EXC_PENDSV], 2);
}

static uint32_t svc_number;

static __attribute__((used)) void svc_from(struct exc_frame *f)
{
	svc_number = ((volatile uint8_t *)f->pc)[-2];
	f->r0 += f->r1;
}

static __attribute__((naked)) void svc_entry(void)
{
	__asm__ volatile("mrs r0, msp\n\t"
			 "b svc_from");
}

static uint32_t svc_add(uint32_t a, uint32_t b)
{
	register uint32_t r0 __asm__("r0") = a;
	register uint32_t r1 __asm__("r1") = b;

	__asm__ volatile("svc #0x2A" : "+r"(r0) : "r"(r1) : "memory");
	return r0;
}

static void svc(void)
{
	set_vector(EXC_SVCALL, svc_entry);
	check("exc.svc-returns-in-r0", svc_add(40, 2), 42);
	check("exc.svc-number-by-stacked-pc", svc_number, 0x2A);
	SPECIAL_WRITE(basepri, 0x10); /* SVCall has priority 0 */
	check("exc.svc-beats-basepri", svc_add(1, 2), 3);
	SPECIAL_WRITE(basepri, 0);
	set_vector(EXC_SVCALL, NULL);
}

/* A level that a handler does not silence comes again; ICPR cannot remove it. */
static void level(void)
{
	uint32_t bit = 1u << IRQ_TIM2;

	TIM2->CR1 = 0;
	TIM2->DIER = 1;
	TIM2->EGR = 1;
	dsb();
	check("nvic.ispr-shows-a-level", NVIC->ISPR[0] & bit, bit);
	NVIC->ICPR[0] = bit;
	check("nvic.icpr-cannot-remove-a-level", NVIC->ISPR[0] & bit, bit);
	TIM2->SR = 0;
	dsb();
	check("nvic.pending-outlives-the-level", NVIC->ISPR[0] & bit, bit);
	NVIC->ICPR[0] = bit;
	check("nvic.icpr-removes-what-is-left", NVIC->ISPR[0] & bit, 0);
	TIM2->DIER = 0;
}

/* Flags, GE bits and every caller-saved register come back from an exception. */
static uint32_t registers_kept(void)
{
	uint32_t bad;

	__asm__ volatile("mov r0, #0x11\n\t"
			 "mov r1, #0x22\n\t"
			 "mov r2, #0x33\n\t"
			 "mov r3, #0x44\n\t"
			 "mov r12, #0x55\n\t"
			 "mov r5, #0xF8000000\n\t"
			 "orr r5, r5, #0xF0000\n\t"
			 "msr apsr_nzcvqg, r5\n\t"
			 "svc #0\n\t"
			 "mrs r4, apsr\n\t"
			 "sub r0, #0x11\n\t"
			 "sub r1, #0x22\n\t"
			 "sub r2, #0x33\n\t"
			 "sub r3, #0x44\n\t"
			 "sub r12, #0x55\n\t"
			 "eor r4, r5\n\t"
			 "orr r0, r1\n\t"
			 "orr r0, r2\n\t"
			 "orr r0, r3\n\t"
			 "orr r0, r12\n\t"
			 "orr %0, r0, r4"
			 : "=r"(bad)
			 :
			 : "r0", "r1", "r2", "r3", "r4", "r5", "r12", "cc", "memory");
	return bad;
}

static __attribute__((naked)) void clobber(void)
{
	__asm__ volatile("mvn r0, #0\n\t"
			 "mov r1, r0\n\t"
			 "mov r2, r0\n\t"
			 "mov r3, r0\n\t"
			 "mov r12, r0\n\t"
			 "movs r0, #0\n\t"
			 "msr apsr_nzcvqg, r0\n\t"
			 "bx lr");
}

void test_exceptions(void)
{
	taken_at_all();
	order();
	masks();
	pendsv();
	svc();
	level();
	set_vector(EXC_SVCALL, clobber);
	check("exc.registers-and-flags-kept", registers_kept(), 0);
	set_vector(EXC_SVCALL, NULL);
	nvic_disable(LINE_A);
	nvic_disable(LINE_B);
	nvic_disable(LINE_C);
}
