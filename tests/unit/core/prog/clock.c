/* SPDX-License-Identifier: BSD-2-Clause */
/* For the host: SysTick every 5 ms of sleep, one word each, and how far the counter went. */
#include "prog.h"

void SysTick(void)
{
	DEV_WORD = SYST_CVR;
}

void entry(void)
{
	SYST_RVR = 319999;
	SYST_CVR = 0;
	SYST_CSR = 7;
	for (;;)
		wfi();
}
