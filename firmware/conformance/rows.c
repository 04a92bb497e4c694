/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rows.c - what the conformance firmware checks, in order
 */
#include "check.h"

void run_rows(void)
{
	test_scs();
	test_systick();
	test_exceptions();
	test_stacks();
	test_faults();
	test_memory();
	test_ipcc();
	test_hsem();
	test_rcc();
	test_peripherals();
	test_timers();
	test_sleep();
}
