/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * escalation.c - faults that become a HardFault
 *
 * A firmware of its own, for whoever watches over the core takes a HardFault for a crash.
 */
#include "check.h"

#define NOTHING 0xC0000000u

void run_rows(void)
{
	irq_disable();
	catch_and_retry(0); /* the stacked address is the one after the SVC */
	__asm__ volatile("svc #1" ::: "r2", "memory");
	irq_enable();
	check("fault.svc-masked-is-a-hardfault", caught.exception, EXC_HARDFAULT);
	check("fault.svc-masked-is-forced", caught.hfsr & HFSR_FORCED, HFSR_FORCED);

	irq_disable();
	check_that("fault.masked", faults_reading(NOTHING, 4));
	irq_enable();
	check("fault.masked-escalates", caught.exception, EXC_HARDFAULT);

	SCB->SHCSR = 0;
	check_that("fault.disabled", faults_reading(NOTHING, 4));
	check("fault.disabled-escalates", caught.exception, EXC_HARDFAULT);
	check("fault.hfsr-forced", caught.hfsr, HFSR_FORCED);
	check("fault.cfsr-still-says-why", caught.cfsr, CFSR_PRECISERR | CFSR_BFARVALID);
}
