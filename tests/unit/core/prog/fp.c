/* SPDX-License-Identifier: BSD-2-Clause */
/* Floating-point frames: S0-S15 and FPSCR survive a handler that uses them; EXC_RETURN and the size
 * say so. */
#include "prog.h"

static volatile uint32_t sp_in, lr_in, control_in, fpscr_in;

__attribute__((naked)) void PendSV(void)
{
	__asm__("mov r0, sp\n\tmov r1, lr\n\tmrs r2, control\n\tb pendsv_body");
}

__attribute__((used)) static void pendsv_body(uint32_t sp, uint32_t lr, uint32_t control)
{
	sp_in = sp;
	lr_in = lr;
	control_in = control;
	if (lr & 16)
		return;
	__asm__ volatile(
		"vmov s0, %0\n\tvmov s15, %0\n\tvmov s16, %0\n\tvmsr fpscr, %1" ::"r"(0x3f800000),
		"r"(0xf0000000)
		: "s0", "s15", "s16");
}

static void swtch(void)
{
	ICSR = ICSR_PENDSV;
	barrier();
}

__attribute__((noinline)) static void with_fp(void)
{
	uint32_t a, b, c, d, sp, control;

	__asm__ volatile("vmov s0, %4\n\tvmov s15, %5\n\tvmov s16, %6\n\tvmsr fpscr, %7\n\t"
			 "str %8, [%9]\n\tdsb\n\tisb\n\t"
			 "mrs %3, control\n\t"
			 "vmov %0, s0\n\tvmov %1, s15\n\tvmov %2, s16"
			 : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(control)
			 : "r"(0x11), "r"(0x22), "r"(0x33), "r"(0x50000000), "r"(ICSR_PENDSV),
			   "r"(&ICSR)
			 : "memory", "s0", "s15", "s16");
	__asm__ volatile("vmrs %0, fpscr\n\tmov %1, sp" : "=r"(d), "=r"(sp));
	put(a);
	put(b);
	put(c); /* callee-saved: the handler's value, nobody saved it */
	put(d);
	put(control & 7);
	put(lr_in);
	put((sp - sp_in) & ~4u);
	put(control_in & 7);
}

void entry(void)
{
	CPACR |= 0xf00000;
	put(CPACR);
	put(FPCCR);
	barrier();
	swtch();
	put(lr_in);
	put(control_in);
	with_fp();
	/* With FPCA cleared by hand the small frame comes back. */
	set_control(0);
	swtch();
	put(lr_in);
	put(get_control());
	finish();
}
