/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"

#include "stm32mp15.h"

#define PER_MS	    (CORE_HZ / 1000)
#define PRIO_LOWEST 0xF0

static volatile uint64_t clocks; /* up to the last tick */

void systick_handler(void);

void systick_handler(void)
{
	clocks += SYSTICK->RVR + 1;
}

/* The counter goes 0, RVR, ... 1, and is pending at 0 again. */
static uint32_t in_period(void)
{
	uint32_t left = SYSTICK->CVR;

	return left ? SYSTICK->RVR + 1 - left : 0;
}

/* Core clocks since clock_start(); interrupts are off. */
static uint64_t now(void)
{
	uint32_t gone = in_period();

	if (SCB->ICSR & ICSR_PENDSTSET)
		gone = SYSTICK->RVR + 1 + in_period();
	return clocks + gone;
}

void clock_start(uint32_t period_ms)
{
	exc_priority(EXC_SYSTICK, PRIO_LOWEST);
	SYSTICK->RVR = period_ms * PER_MS - 1;
	SYSTICK->CVR = 0;
	SYSTICK->CSR = SYSTICK_ENABLE | SYSTICK_TICKINT | SYSTICK_CORE_CLK;
}

void clock_pace(uint32_t period_ms)
{
	uint32_t primask = SPECIAL_READ(primask);

	irq_disable();
	clocks = now();
	SYSTICK->CSR = 0;
	SCB->ICSR = ICSR_PENDSTCLR;
	clock_start(period_ms);
	if (!primask)
		irq_enable();
}

void clock_stop(void)
{
	SYSTICK->CSR = 0;
	SCB->ICSR = ICSR_PENDSTCLR;
}

uint32_t clock_ms(void)
{
	uint32_t primask = SPECIAL_READ(primask);
	uint64_t t;

	irq_disable();
	t = now();
	if (!primask)
		irq_enable();
	return (uint32_t)(t / PER_MS);
}
