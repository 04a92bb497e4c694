/* SPDX-License-Identifier: BSD-2-Clause */
/* PSP and MSP, EXC_RETURN values, frames and their alignment, unprivileged code. */
#include "prog.h"

static uint32_t thread_stack[64] __attribute__((aligned(8)));

__attribute__((used)) static void svc_body(uint32_t exc_return, uint32_t *psp, uint32_t control)
{
	put(exc_return);
	put(control);
	put((uint32_t)((uint8_t *)psp - (uint8_t *)thread_stack));
	put(psp[0]);
	put(psp[7] & ~0x0f000000u); /* all but the flags */
	if (psp[0] == 0xabc)
		set_control(0); /* privileged again */
}

__attribute__((naked)) void SVCall(void)
{
	__asm__("mov r0, lr\n\tmrs r1, psp\n\tmrs r2, control\n\tpush {r4, lr}\n\tbl svc_body\n\t"
		"pop {r4, pc}");
}

void PendSV(void)
{
	put(get_control());
	put(0xe0);
}

static uint32_t call(uint32_t r0_in)
{
	register uint32_t r0 __asm__("r0") = r0_in;

	__asm__ volatile("svc 1" : "+r"(r0)::"memory");
	return r0;
}

/* The same, with the stack pointer 4 lower. */
static uint32_t call_off(uint32_t r0_in)
{
	register uint32_t r0 __asm__("r0") = r0_in;

	__asm__ volatile("sub sp, #4\n\tsvc 1\n\tadd sp, #4" : "+r"(r0)::"memory");
	return r0;
}

__attribute__((naked, noinline)) static void use_psp(uint32_t sp, uint32_t control)
{
	__asm__("msr psp, r0\n\tmsr control, r1\n\tisb\n\tbx lr");
}

__attribute__((noinline, used)) static void thread(void)
{
	call(1);
	call_off(2);
	put(get_control());
	ICSR = ICSR_PENDSV;
	barrier();
	put(get_control());
	CCR &= ~(1u << 9);
	call_off(3);
	CCR |= 1u << 9;
	set_control(3);
	put(get_control());
	put(get_primask());
	cpsid(); /* no effect */
	put(get_msp());
	call(0xabc);
	put(get_control());
	put(get_primask());
	finish();
}

void entry(void)
{
	use_psp((uint32_t)(thread_stack + 64), 2);
	__asm__ volatile("b thread");
}
