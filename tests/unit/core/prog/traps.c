/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions that are refused depending on a register: FP and CPACR, division and CCR.DIV_0_TRP;
 * coprocessors. */
#include "prog.h"

volatile uint32_t expected, resume;

__attribute__((used)) static void body(uint32_t *frame)
{
	put(frame[6] - expected);
	put(CFSR);
	put((frame[7] >> 25 & 3) | (frame[7] >> 8 & 0xfc));
	put(frame[2]);
	CFSR = 0xffffffff;
	frame[6] = resume;
	frame[7] &= ~0x0600fc00u;
}

__attribute__((naked)) void UsageFault(void)
{
	__asm__("mov r0, sp\n\tb body");
}

#define TRY(name, a, b, before, insn)                                                              \
	static __attribute__((noinline)) uint32_t name(void)                                       \
	{                                                                                          \
		register uint32_t r1 __asm__("r1") = (uint32_t)(a);                                \
		register uint32_t r2 __asm__("r2") = (uint32_t)(b);                                \
		__asm__ volatile("ldr r3, =expected\n\tadr.w r0, 1f\n\tstr r0, [r3]\n\t"           \
				 "ldr r3, =resume\n\tadr.w r0, 2f\n\tstr r0, [r3]\n\t" before      \
				 "\n1:\t" insn "\n2:\tb 3f\n\t.ltorg\n3:"                          \
				 : "+r"(r1), "+r"(r2)                                              \
				 :                                                                 \
				 : "r0", "r3", "memory", "cc", "s0");                              \
		return r2;                                                                         \
	}

TRY(fp, 1, 2, "nop", "vmov s0, r1\n\tvmov r2, s0")
TRY(divide, 0, 2, "nop", "udiv r2, r2, r1")
TRY(divide_signed, 0, 3, "nop", "sdiv r2, r2, r1")
TRY(divide_if, 0, 4, "cmp r1, #0\n\titte eq\n\tmoveq r2, #7",
    "udiveq r2, r2, r1\n\tudivne r2, r2, r1")
TRY(divide_not, 0, 5, "cmp r1, #1\n\titte eq\n\tmoveq r2, #7", "udiveq r2, r2, r1\n\tmovne r2, #9")
TRY(coprocessor, 0, 6, "nop", "mcr p15, 0, r1, c0, c0")

void entry(void)
{
	SHCSR = 1u << 18;
	put(fp());
	CPACR = 0xf00000;
	barrier();
	put(fp());
	CPACR = 0;
	barrier();
	put(fp());
	CPACR = 0x500000;
	barrier();
	put(fp());
	CPACR = 0xf00000;
	barrier();
	put(0x100);
	put(divide());
	CCR |= 1u << 4;
	barrier();
	put(divide());
	put(divide_signed());
	put(divide_if());
	put(divide_not());
	CCR &= ~(1u << 4);
	barrier();
	put(divide());
	put(0x200);
	coprocessor();
	/* an event of our own, long before */
	cpsid();
	sev();
	barrier();
	put(0x300);
	wfe();
	finish();
}
