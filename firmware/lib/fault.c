/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

#include "trace.h"

int (*fault_hook)(struct exc_frame *frame, uint32_t exc_return);

static void __attribute__((noreturn)) stand_still(void)
{
	irq_disable();
	for (;;)
		wfi();
}

static __attribute__((used)) void fault_report(struct exc_frame *f, uint32_t exc_return)
{
	uint32_t exception = SPECIAL_READ(ipsr);

	if (fault_hook && fault_hook(f, exc_return))
		return;
	trace("%s\n", exception == EXC_HARDFAULT ? "HardFault" : "fault");
	trace("  r0 %08lx r1 %08lx r2 %08lx r3 %08lx\n", f->r0, f->r1, f->r2, f->r3);
	trace("  r12 %08lx lr %08lx pc %08lx xpsr %08lx\n", f->r12, f->lr, f->pc, f->xpsr);
	trace("  exc_return %08lx cfsr %08lx hfsr %08lx\n", exc_return, SCB->CFSR, SCB->HFSR);
	if (SCB->CFSR & CFSR_BFARVALID)
		trace("  bus address %08lx\n", SCB->BFAR);
	stand_still();
}

__attribute__((naked)) void fault_handler(void)
{
	__asm__ volatile("tst lr, #4\n\t"
			 "ite eq\n\t"
			 "mrseq r0, msp\n\t"
			 "mrsne r0, psp\n\t"
			 "mov r1, lr\n\t"
			 "push {r2, lr}\n\t" /* two words keep the stack aligned */
			 "bl fault_report\n\t"
			 "pop {r2, pc}");
}

void fault_unexpected(uint32_t exception)
{
	trace("unexpected exception %lu\n", exception);
	stand_still();
}
