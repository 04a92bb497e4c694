/* SPDX-License-Identifier: BSD-2-Clause */
/* The vectors of every program: a handler the program does not define logs 0xbad00000 + its number
 * and ends. */
#include "prog.h"

static void unexpected(void)
{
	put(0xbad00000u | ipsr());
	finish();
}

#define WEAK __attribute__((weak, alias("unexpected")))
void NMI(void) WEAK;
void HardFault(void) WEAK;
void MemManage(void) WEAK;
void BusFault(void) WEAK;
void UsageFault(void) WEAK;
void SVCall(void) WEAK;
void PendSV(void) WEAK;
void SysTick(void) WEAK;
void IRQ0(void) WEAK;
void IRQ1(void) WEAK;
void IRQ2(void) WEAK;
void IRQ3(void) WEAK;
void IRQ4(void) WEAK;
void IRQ5(void) WEAK;
void IRQ6(void) WEAK;
void IRQ7(void) WEAK;
void IRQ40(void) WEAK;

extern uint32_t stack_top;

__attribute__((section(".vectors"), used)) const void *const vectors[16 + 48] = {
	&stack_top,
	entry,
	NMI,
	HardFault,
	MemManage,
	BusFault,
	UsageFault,
	[11] = SVCall,
	[14] = PendSV,
	[15] = SysTick,
	[16] = IRQ0,
	IRQ1,
	IRQ2,
	IRQ3,
	IRQ4,
	IRQ5,
	IRQ6,
	IRQ7,
	[16 + 40] = IRQ40,
};
