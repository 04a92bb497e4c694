/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the host: a tight loop that must not notice being paused. A counter in memory and one in a
 * register go up together, as does a sum in an FP register, on the process stack, under a SysTick
 * that uses FP, too. The word at STOP ends it; the log then has the differences.
 */
#include "prog.h"

#define COUNT REG32(0x2000e800)
#define STOP  REG32(0x2000e804)
#define TICKS REG32(0x2000e808)

static uint32_t stack[64] __attribute__((aligned(8)));

void SysTick(void)
{
	__asm__ volatile("vmov s0, %0\n\tvadd.f32 s0, s0, s0" ::"r"(0x40000000) : "s0");
	TICKS++;
}

__attribute__((naked)) static void use_psp(uint32_t sp)
{
	__asm__("msr psp, r0\n\tmov r0, #2\n\tmsr control, r0\n\tisb\n\tbx lr");
}

__attribute__((used)) static void loop(void)
{
	uint32_t n = 0, wrong;

	COUNT = 0;
	SYST_RVR = 999;
	SYST_CVR = 0;
	SYST_CSR = 7;
	__asm__ volatile(
		"vmov s0, %2\n\tvmov s1, %3\n"
		"1:\tldr r2, [%4]\n\tadds r2, #1\n\tstr r2, [%4]\n\tadds %0, #1\n\tvadd.f32 s0, s0, s1\n\t"
		"vcmp.f32 s0, s1\n\tvmrs apsr_nzcv, fpscr\n\tite eq\n\tmoveq %1, #1\n\tmovne %1, #0\n\t"
		"ldr r2, [%4, #4]\n\tcmp r2, #0\n\tbeq 1b"
		: "+r"(n), "=&r"(wrong)
		: "r"(0), "r"(0x3f800000), "r"(&COUNT)
		: "r2", "cc", "memory", "s0", "s1");
	SYST_CSR = 0;
	put(COUNT - n);
	put(n > 0);
	put(get_control() & 3);
	put(get_psp() > (uint32_t)stack && get_psp() <= (uint32_t)(stack + 64));
	finish();
}

void entry(void)
{
	enable_fp();
	use_psp((uint32_t)(stack + 64));
	__asm__ volatile("b loop");
}
