/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating point across exceptions: nested handlers that use it, one that does not, the process stack, frames that are not
 * aligned, no automatic saving at all. What a frame holds is looked at after the handler used FP itself, which is when a
 * lazy implementation has saved it.
 */
#include "prog.h"

static uint32_t process_stack[128] __attribute__((aligned(8)));

static inline uint32_t s(uint32_t n)
{
	uint32_t v = 0;

	if (n == 0)
		__asm__ volatile("vmov %0, s0" : "=r"(v));
	else if (n == 15)
		__asm__ volatile("vmov %0, s15" : "=r"(v));
	else
		__asm__ volatile("vmov %0, s31" : "=r"(v));
	return v;
}

static inline void set_s(uint32_t v)
{
	__asm__ volatile("vmov s0, %0\n\tvmov s15, %0\n\tvmov s31, %0" ::"r"(v) : "s0", "s15", "s31");
}

static inline uint32_t fpscr(void)
{
	uint32_t v;

	__asm__ volatile("vmrs %0, fpscr" : "=r"(v));
	return v;
}

__attribute__((used)) static void handler(uint32_t *frame, uint32_t lr)
{
	uint32_t n = ipsr();

	put(0x1000 + n);
	put(lr);
	put(get_control() & 7);
	if (n != 14) {
		set_s(0x100 + n);
		__asm__ volatile("vmsr fpscr, %0" ::"r"(n << 22 & 0x00c00000));
		put(get_control() & 7);
		if (!(lr & 16)) {
			put(frame[8]);       /* S0 */
			put(frame[8 + 15]);  /* S15 */
			put(frame[8 + 16]);  /* FPSCR */
			put(frame[7] & 0x200);
		}
		NVIC_ISPR(0) = n == 20 ? 1u << 1 : n == 17 ? 1u << 0 : 0;
		barrier();
		put(s(0));
		put(fpscr());
	}
	put(0x2000 + n);
}

#define NAKED(name)                                                                                \
	__attribute__((naked)) void name(void)                                                     \
	{                                                                                          \
		__asm__("tst lr, #4\n\tite eq\n\tmrseq r0, msp\n\tmrsne r0, psp\n\tmov r1, lr\n\t" \
			"push {r4, lr}\n\tbl handler\n\tpop {r4, pc}");                            \
	}
NAKED(IRQ0)
NAKED(IRQ1)
NAKED(IRQ4)
NAKED(PendSV)

static void look(void)
{
	put(s(0));
	put(s(15));
	put(s(31));
	put(fpscr());
	put(get_control() & 7);
}

static void fire(uint32_t v)
{
	set_s(v);
	__asm__ volatile("vmsr fpscr, %0" ::"r"(0x90000000 | (v & 0x9f)));
	put(get_control() & 7);
	ICSR = ICSR_PENDSV;
	barrier();
	look();
	NVIC_ISPR(0) = 1u << 4;
	barrier();
	look();
}

static void fire_unaligned(uint32_t v)
{
	__asm__ volatile("sub sp, #4" ::: "memory");
	fire(v);
	__asm__ volatile("add sp, #4" ::: "memory");
}

__attribute__((naked, noinline)) static void use_psp(uint32_t sp, uint32_t control)
{
	__asm__("msr psp, r0\n\tmsr control, r1\n\tisb\n\tbx lr");
}

__attribute__((used, noinline)) static void on_process_stack(void)
{
	put(0xb0);
	fire(0x33);
	put(0xc0);
	FPCCR &= ~(1u << 31); /* no ASPEN: CONTROL.FPCA is not set by itself, and nothing is saved */
	barrier();
	set_control(2);
	set_s(0x44);
	put(get_control() & 7);
	NVIC_ISPR(0) = 1u << 1;
	barrier();
	put(s(0)); /* the handler's */
	put(0xd0);
	FPCCR |= 3u << 30;
	FPCCR &= ~(1u << 30); /* ASPEN without LSPEN: saved at once */
	barrier();
	fire(0x55);
	put(0xe0);
	put(get_control()); /* whole */
	finish();
}

void entry(void)
{
	enable_fp();
	NVIC_IPR(0) = 0x20;
	NVIC_IPR(1) = 0x40;
	NVIC_IPR(4) = 0x80;
	SHPR(14) = 0xc0;
	NVIC_ISER(0) = 0x13;
	put(0xa0);
	fire(0x11);
	put(0xa1);
	fire_unaligned(0x22);
	use_psp((uint32_t)(process_stack + 128), 2);
	__asm__ volatile("b on_process_stack");
}
