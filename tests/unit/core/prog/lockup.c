/* SPDX-License-Identifier: BSD-2-Clause */
/* Five ways to lock up; the host writes the number of the way to the first word of data memory. */
#include "prog.h"

#define HOW REG32(0x20000000)

static void fault_now(void)
{
	__asm__ volatile("udf #0");
}

void HardFault(void)
{
	switch (HOW) {
	case 0:
		fault_now();
		break;
	case 1:
		svc(0);
		break;
	case 4:
		__asm__ volatile("bkpt #0");
		break;
	}
	put(0xbad);
}

void NMI(void)
{
	fault_now();
	put(0xbad);
}

void entry(void)
{
	put(HOW);
	switch (HOW) {
	case 2:
		ICSR = ICSR_PENDNMI;
		barrier();
		break;
	case 3:
		VTOR = 0x60000000;
		break;
	}
	fault_now();
}
