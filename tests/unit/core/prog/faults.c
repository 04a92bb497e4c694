/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults, each at a known instruction. The handler logs how far the stacked PC is from it (0), the
 * fault status, BFAR when valid, R1 and R2 as stacked and the IT bits; then it goes on behind the
 * case. Everything twice: with the handlers of their own disabled (HardFault) and enabled.
 */
#include "prog.h"

#define SIDE	0x2000e800
#define CELL(n) (0x2000e810 + 4 * (n))

volatile uint32_t expected, resume;

#define CFSR_BFARVALID (1u << 15)

__attribute__((used)) static void body(uint32_t *frame)
{
	uint32_t xpsr = frame[7];

	put(0xf0000000 | ipsr() << 16 | ((xpsr >> 25 & 3) | (xpsr >> 8 & 0xfc)));
	put(frame[6] - expected);
	put(CFSR);
	put(HFSR);
	if (CFSR & CFSR_BFARVALID)
		put(BFAR);
	put(frame[1]);
	put(frame[2]);
	CFSR = 0xffffffff;
	HFSR = 0xffffffff;
	frame[6] = resume;
	frame[7] = (xpsr & ~0x0600fc00u) | 1u << 24;
}

#define ENTER __asm__("mov r0, sp\n\tb body")
__attribute__((naked)) void HardFault(void)
{
	ENTER;
}
__attribute__((naked)) void MemManage(void)
{
	ENTER;
}
__attribute__((naked)) void BusFault(void)
{
	ENTER;
}
__attribute__((naked)) void UsageFault(void)
{
	ENTER;
}

/* @before runs, @insn faults, @after must not run; R1 = @a, R2 = @b. */
#define CASE(a, b, before, insn, after)                                                            \
	do {                                                                                       \
		register uint32_t r1 __asm__("r1") = (uint32_t)(a);                                \
		register uint32_t r2 __asm__("r2") = (uint32_t)(b);                                \
		__asm__ volatile("ldr r3, =expected\n\tadr.w r0, 1f\n\tstr r0, [r3]\n\t"           \
				 "ldr r3, =resume\n\tadr.w r0, 2f\n\tstr r0, [r3]\n\tb 0f\n\t"     \
				 ".ltorg\n\t.balign 4\n0:\n\t" before "\n1:\t" insn "\n\t" after   \
				 "\n\tb 2f\n2:"                                                    \
				 : "+r"(r1), "+r"(r2)                                              \
				 :                                                                 \
				 : "r0", "r3", "r4", "r5", "r6", "memory", "cc", "s0", "s1");      \
	} while (0)

static void all(void)
{
	uint32_t reads;

	/* one access in the block */
	CASE(DEV_BAD, 2, "", "str r2, [r1]", "mov r2, #0");
	CASE(DEV_BAD, 2, "", "ldr r2, [r1, #4]", "mov r1, #0");
	CASE(0x70000000, 2, "", "ldrb r2, [r1]", "");
	CASE(0x70000000, 2, "", "strh r2, [r1, #2]", "");
	/* what went before in the block happens once, what comes after does not */
	CASE(DEV_BAD, SIDE,
	     "ldr r0, [r2]\n\tadds r0, #1\n\tstr r0, [r2]\n\tldr r3, =" STRING(DEV_BASE) " + 8\n\tldr r4, [r3]",
	     "ldr r5, [r1]", "str r1, [r2]");
	put(REG32(SIDE));
	reads = DEV_COUNT;
	put(reads);
	/* the same form twice, the register in it changed by an access, an index, a load */
#ifdef RAM_END
	CASE(RAM_END - 4, 2, "str r2, [r1], #4\n\tnop", "str r2, [r1], #4", "str r2, [r1], #4");
	CASE(RAM_END - 8, 2, "ldr r2, [r1], #4\n\tldr r2, [r1], #4", "ldr r2, [r1], #4", "");
#endif
	REG32(CELL(0)) = CELL(1);
	REG32(CELL(1)) = DEV_BAD;
	CASE(CELL(0), 2, "ldr r1, [r1]\n\tldr r1, [r1]", "ldr r1, [r1]", "ldr r1, [r1]");
	/* constants decide */
	CASE(1, 2, "ldr r3, =0x2000e810\n\tldr r0, [r3]\n\tmovw r3, #0\n\tmovt r3, #0x7000",
	     "ldr r0, [r3]", "mov r1, #0");
	/* two that were allowed, then one that is not */
	CASE(DEV_BASE + 4, DEV_BAD, "str r1, [r1]\n\tmov r0, r1\n\tstr r1, [r0]\n\tmov r0, r2",
	     "str r1, [r0]", "");
	/* IT block, second of three; a skipped access fits, too */
	CASE(DEV_BAD, 2, "cmp r1, r1\n\titte eq\n\tmoveq r2, #7", "ldreq r2, [r1]", "movne r2, #9");
	CASE(DEV_BAD, 2, "cmp r1, r1\n\titee ne\n\tldrne r2, [r1]\n\tmoveq r2, #8",
	     "ldreq r2, [r1]", "");
	REG32(SIDE + 4) = 0;
	CASE(DEV_BAD, SIDE + 4, "cmp r1, r1\n\tittt eq\n\tmoveq r0, #7", "ldreq r3, [r1]",
	     "streq r1, [r2]\n\tstr r1, [r2]");
	put(REG32(SIDE + 4));
	CASE(DEV_BAD, SIDE + 4, "cmp r1, r1\n\titttt eq\n\tmoveq r0, #0",
	     "streq r1, [r1, r0, lsl #2]", "streq r1, [r2, r0, lsl #3]\n\tbxeq lr");
	put(REG32(SIDE + 4));
	/* several registers; the base does not move */
#ifdef RAM_END
	CASE(0x20000000, 2, "", "stmdb r1!, {r2, r3}", "");
	CASE(RAM_END - 8, 2, "", "ldmia.w r1!, {r3, r4, r5, r6}", "");
	CASE(RAM_END - 4, 2, "", "ldrd r3, r4, [r1]", "");
#endif
	CASE(DEV_BAD, 2, "", "strd r3, r4, [r1, #8]!", "");
	CASE(DEV_BAD, 4, "", "ldrsh r3, [r1, r2, lsl #1]", "");
	CASE(DEV_BAD, 2, "vmov s0, r2", "vldr s0, [r1]", "vmov r2, s0");
	CASE(DEV_BAD, 2, "", "vstmia r1!, {s0-s1}", "");
	CASE(DEV_BAD, 0, "", "tbb [r1, r2]", "");
	/* no data access */
	CASE(1, 2, "", "udf #1", "mov r2, #0");
	CASE(1, 2, "", "udf.w #1", "mov r2, #0");
	CASE(1, 2, "", "bkpt #1", "mov r2, #0");
	expected = 0;
	CASE(0x60000001, 2,
	     "mov r0, #0\n\tldr r3, =expected\n\tldr r4, =0x60000000\n\tstr r4, [r3]", "bx r1", "");
	CASE(0x50000001, 2,
	     "mov r0, #0\n\tldr r3, =expected\n\tldr r4, =0x50000000\n\tstr r4, [r3]", "bx r1", "");
	CASE(0x1000, 2, "ldr r3, =expected\n\tstr r1, [r3]", "bx r1", "");
	/* an exclusive that is not aligned */
	CASE(CELL(0), 2, "adds r1, #1\n\tnop", "ldrex r2, [r1]", "");
	/* EXC_RETURN is an address like another in thread mode */
	CASE(0xfffffff9, 2, "ldr r3, =expected\n\tldr r4, =0xfffffff8\n\tstr r4, [r3]", "bx r1",
	     "");
}

void entry(void)
{
	enable_fp();
	all();
	put(0xffff);
	SHCSR = 7u << 16;
	all();
	finish();
}
