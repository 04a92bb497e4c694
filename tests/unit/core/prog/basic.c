/* SPDX-License-Identifier: BSD-2-Clause */
/* Reset state, a register of a device, one external interrupt, software-pended. */
#include "prog.h"

void IRQ3(void)
{
	put(ipsr());
	put(get_msp() < 0x2000e000);
	put(NVIC_IABR(0));
}

void entry(void)
{
	put(ipsr());
	put(get_control());
	put(get_primask());
	put(REG32(0xe000ed00));
	NVIC_ISER(0) = 1u << 3;
	NVIC_ISPR(0) = 1u << 3;
	barrier();
	put(0x100);
	put(NVIC_IABR(0));
	put(NVIC_ISPR(0));
	finish();
}
