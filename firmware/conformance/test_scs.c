/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_scs.c - registers of the System Control Space, SysTick
 */
#include <stddef.h>

#include "check.h"

#define LINE 143 /* nobody drives it */

static void identity(void)
{
	check("scs.cpuid", SCB->CPUID, 0x410FC241);
	check("scs.fpccr-reset", FPCCR & 0xC0000000, 0xC0000000);
	FPCCR |= 0xC0000000;
	check("scs.fpccr-reads-back", FPCCR & 0xC0000000, 0xC0000000);
	check("scs.cpacr-reads-back", SCB->CPACR & 0xFu << 20, 0xFu << 20);
	SCB->SCR |= SCR_SLEEPDEEP;
	check("scs.scr-sleepdeep", SCB->SCR & SCR_SLEEPDEEP, SCR_SLEEPDEEP);
	SCB->SCR &= ~SCR_SLEEPDEEP;
	check("scs.scr-clears", SCB->SCR, 0);
	check("scs.ccr-stkalign", SCB->CCR & 1u << 9, 1u << 9);
	SCB->CCR |= CCR_DIV_0_TRP;
	check("scs.ccr-stores", SCB->CCR & CCR_DIV_0_TRP, CCR_DIV_0_TRP);
	SCB->CCR &= ~CCR_DIV_0_TRP;
}

static void aircr(void)
{
	check("scs.aircr-key-reads-fa05", SCB->AIRCR >> 16, 0xFA05);
	SCB->AIRCR = 0x12340000 | 5u << 8;
	check("scs.aircr-needs-the-key", SCB->AIRCR & 0x700, 0);
	SCB->AIRCR = 0x05FA0000 | 3u << 8;
	check("scs.aircr-prigroup", SCB->AIRCR & 0x700, 3u << 8);
	SCB->AIRCR = 0x05FA0000;
	check("scs.aircr-prigroup-back", SCB->AIRCR & 0x700, 0);
}

static void priorities(void)
{
	REG *word = (REG *)&NVIC->IPR[LINE & ~3u];
	REG *shpr3 = (REG *)&SCB->SHPR[8];
	uint32_t before = *shpr3;

	NVIC->IPR[LINE] = 0xFF;
	check("nvic.priority-has-4-bits", NVIC->IPR[LINE], 0xF0);
	*word = 0x12345678;
	check("nvic.priority-word", *word, 0x10305070);
	check("nvic.priority-byte-of-word", NVIC->IPR[LINE], 0x10);
	*(volatile uint16_t *)word = 0xABCD;
	check("nvic.priority-halfword", *word, 0x1030A0C0);
	*word = 0;

	SCB->SHPR[EXC_PENDSV - 4] = 0xFF;
	check("scs.shpr-byte", SCB->SHPR[EXC_PENDSV - 4], 0xF0);
	check("scs.shpr-byte-in-word", *shpr3 >> 16 & 0xFF, 0xF0);
	*shpr3 = 0xA5B60000;
	check("scs.shpr-word", *shpr3 & 0xFFFF0000, 0xA0B00000);
	*(volatile uint16_t *)&SCB->SHPR[10] = 0x3C4D;
	check("scs.shpr-halfword", *shpr3 >> 16, 0x3040);
	SCB->SHPR[EXC_BUSFAULT - 4] = 0x21;
	check("scs.shpr1-byte", *(REG *)&SCB->SHPR[0] >> 8 & 0xFF, 0x20);
	SCB->SHPR[EXC_BUSFAULT - 4] = 0;
	*shpr3 = before;
}

static void enables_and_pending(void)
{
	uint32_t bit = 1u << LINE % 32;

	irq_disable();
	NVIC->ISER[LINE / 32] = bit;
	check("nvic.iser-reads-enabled", NVIC->ISER[LINE / 32] & bit, bit);
	check("nvic.icer-reads-enabled", NVIC->ICER[LINE / 32] & bit, bit);
	NVIC->ISER[LINE / 32] = 0;
	check("nvic.iser-writes-act-by-1", NVIC->ISER[LINE / 32] & bit, bit);
	NVIC->ISPR[LINE / 32] = bit;
	check("nvic.ispr-reads-pending", NVIC->ISPR[LINE / 32] & bit, bit);
	check("nvic.icpr-reads-pending", NVIC->ICPR[LINE / 32] & bit, bit);
	check("scs.icsr-vectpending", SCB->ICSR >> 12 & 0x1FF, EXC_IRQ(LINE));
	check("scs.icsr-isrpending", SCB->ICSR >> 22 & 1, 1);
	NVIC->ICPR[LINE / 32] = bit;
	check("nvic.icpr-clears", NVIC->ISPR[LINE / 32] & bit, 0);
	check("nvic.iabr-idle", NVIC->IABR[LINE / 32] & bit, 0);
	nvic_disable(LINE);
	check("nvic.icer-disables", NVIC->ISER[LINE / 32] & bit, 0);
	NVIC->ISER[4] = 0xFFFFFFFF;
	check("nvic.has-150-lines", NVIC->ISER[4], (1u << (IRQ_COUNT - 128)) - 1);
	NVIC->ICER[4] = 0xFFFFFFFF;
	irq_enable();
}

static void icsr(void)
{
	irq_disable();
	SCB->ICSR = ICSR_PENDSVSET;
	check("scs.icsr-pendsvset", SCB->ICSR & ICSR_PENDSVSET, ICSR_PENDSVSET);
	SCB->ICSR = ICSR_PENDSVCLR;
	check("scs.icsr-pendsvclr", SCB->ICSR & ICSR_PENDSVSET, 0);
	SCB->ICSR = ICSR_PENDSTSET;
	check("scs.icsr-pendstset", SCB->ICSR & ICSR_PENDSTSET, ICSR_PENDSTSET);
	SCB->ICSR = ICSR_PENDSTCLR;
	check("scs.icsr-pendstclr", SCB->ICSR & ICSR_PENDSTSET, 0);
	check("scs.icsr-vectactive-in-thread", SCB->ICSR & 0x1FF, 0);
	irq_enable();
}

void test_scs(void)
{
	identity();
	aircr();
	priorities();
	enables_and_pending();
	icsr();
}

static uint32_t wait_for_flag(void)
{
	uint32_t csr = 0;

	for (unsigned i = 0; i < 100000 && !(csr & SYSTICK_COUNTFLAG); i++)
		csr = SYSTICK->CSR;
	return csr & SYSTICK_COUNTFLAG;
}

static void systick_polled(void)
{
	uint32_t cvr[2];

	SYSTICK->CSR = 0;
	SYSTICK->RVR = 0xFFFFFFFF;
	check("systick.rvr-has-24-bits", SYSTICK->RVR, 0x00FFFFFF);
	SYSTICK->RVR = 999;
	SYSTICK->CVR = 0x1234;
	check("systick.cvr-write-zeroes", SYSTICK->CVR, 0);
	SYSTICK->CSR = SYSTICK_ENABLE | SYSTICK_CORE_CLK;
	check("systick.csr-reads-back", SYSTICK->CSR & 7, 5);
	check("systick.countflag-sets", wait_for_flag(), SYSTICK_COUNTFLAG);
	wait_for_flag();
	check("systick.countflag-clears-on-read", SYSTICK->CSR & SYSTICK_COUNTFLAG, 0);
	SYSTICK->RVR = 0xFFFFFF;
	SYSTICK->CVR = 0;
	(void)SYSTICK->CSR;
	for (unsigned i = 0; i < 2; i++) {
		cvr[i] = SYSTICK->CVR;
		for (unsigned j = 0; j < 20; j++)
			__asm__ volatile("nop");
	}
	check_that("systick.counts-down", cvr[1] && (!cvr[0] || cvr[1] < cvr[0]));
	check("systick.no-tickint-no-exception", SCB->ICSR & ICSR_PENDSTSET, 0);
	SYSTICK->CSR = 0;
}

static void systick_interrupts(void)
{
	taken[EXC_SYSTICK] = 0;
	on_exception(EXC_SYSTICK, NULL);
	SYSTICK->RVR = 6399; /* 100 us */
	SYSTICK->CVR = 0;
	SYSTICK->CSR = SYSTICK_ENABLE | SYSTICK_TICKINT | SYSTICK_CORE_CLK;
	while (taken[EXC_SYSTICK] < 5)
		wfi();
	SYSTICK->CSR = 0;
	check_that("systick.interrupts-again-and-again", taken[EXC_SYSTICK] >= 5);
	SCB->ICSR = ICSR_PENDSTCLR;
	taken[EXC_SYSTICK] = 0;
	SCB->ICSR = ICSR_PENDSTSET;
	dsb();
	isb();
	check("systick.pendstset-takes-it", taken[EXC_SYSTICK], 1);
}

void test_systick(void)
{
	systick_polled();
	systick_interrupts();
}
