/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an exception's return restores and refuses: flags, Q, GE and IT bits, the registers of the frame, alignment, and each
 * EXC_RETURN that does not fit the state.
 */
#include "prog.h"

static volatile uint32_t change, bad_return;

__attribute__((used)) static void svc_body(uint32_t *frame)
{
	put(frame[0]);
	put(frame[1]);
	put(frame[2]);
	put(frame[3]);
	put(frame[4]);
	put(frame[7] & ~0x1ffu);
	if (change) {
		frame[0] = 0x100;
		frame[1] = 0x101;
		frame[2] = 0x102;
		frame[3] = 0x103;
		frame[4] = 0x10c;
		frame[7] ^= change;
	}
	/* what the handler leaves in them is lost */
	__asm__ volatile("cmp %0, %0\n\tmov r12, #0" ::"r"(frame) : "r12", "cc");
}

__attribute__((naked)) void SVCall(void)
{
	__asm__("mov r0, sp\n\tb svc_body");
}

__attribute__((used)) static void usage(uint32_t *frame, uint32_t lr)
{
	put(0x600);
	put(lr);
	put(CFSR);
	put(HFSR);
	put(SHCSR & 0xfff);
	put(ICSR & 0x1ff);
	CFSR = 0xffffffff;
	HFSR = 0xffffffff;
	put(frame[7] & 0x1ff);
}

/* It stands on the frame of the handler whose return was refused. */
__attribute__((naked)) void UsageFault(void)
{
	__asm__("mov r0, sp\n\tmov r1, lr\n\tbl usage\n\tmvn lr, #6\n\tbx lr");
}

__attribute__((naked)) void HardFault(void)
{
	__asm__("mov r0, sp\n\tmov r1, lr\n\tbl usage\n\tmvn lr, #6\n\tbx lr");
}

__attribute__((naked)) void IRQ1(void)
{
	__asm__("ldr r1, =bad_return\n\tldr r1, [r1]\n\tbx r1");
}

/* Five registers and the flags as they come back. */
static void round_trip(void)
{
	static volatile uint32_t out[6];

	__asm__ volatile("movs r0, #1\n\tmov r1, #2\n\tmov r2, #3\n\tmov r3, #4\n\tmov r12, #5\n\t"
			 "ldr r4, =0x280f0000\n\tmsr apsr_nzcvqg, r4\n\tsvc 3\n\t"
			 "mrs r5, apsr\n\tldr r4, =%c0\n\tstmia r4!, {r0, r1, r2, r3}\n\tstr r12, [r4], #4\n\t"
			 "str r5, [r4]" ::"i"(out)
			 : "r0", "r1", "r2", "r3", "r4", "r5", "r12", "cc", "memory");
	for (int i = 0; i < 6; i++)
		put(out[i]);
}

/* An SVC as the n-th of an IT block: what follows depends on the bits that come back. */
#define IN_BLOCK(it, a, b, c, d)                                                                   \
	do {                                                                                       \
		register uint32_t r0 __asm__("r0") = 0x10;                                         \
		__asm__ volatile("cmp r0, r0\n\t" it "\n\t" a "\n\t" b "\n\t" c "\n\t" d           \
				 : "+r"(r0)::"r1", "r2", "r3", "r12", "cc", "memory");             \
		put(r0);                                                                           \
	} while (0)

static void blocks(void)
{
	IN_BLOCK("itttt eq", "svceq 1", "addeq r0, #1", "addeq r0, #2", "addeq r0, #4");
	IN_BLOCK("itttt eq", "addeq r0, #1", "svceq 1", "addeq r0, #2", "addeq r0, #4");
	IN_BLOCK("itete eq", "addeq r0, #1", "svcne 1", "addeq r0, #2", "addne r0, #4");
	IN_BLOCK("itete eq", "addeq r0, #1", "addne r0, #2", "svceq 1", "addne r0, #4");
	IN_BLOCK("ittt eq", "addeq r0, #1", "addeq r0, #2", "svceq 1", "add r0, #4");
	IN_BLOCK("itett ne", "svcne 1", "svceq 1", "addne r0, #2", "addne r0, #4");
}

static void refuse(uint32_t value)
{
	put(0xf00);
	bad_return = value;
	NVIC_ISPR(0) = 2;
	barrier();
}

static void returns(void)
{
	static const uint32_t values[] = {0xfffffff1, 0xfffffff0, 0xfffffff3, 0xfffffff5, 0xfffffff7,
					  0xfffffffb, 0xffffffff, 0xffffffe1};

	for (uint32_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		refuse(values[i]);
}

void entry(void)
{
	NVIC_ISER(0) = 2;
	NVIC_IPR(1) = 0x40;
	round_trip();
	change = 0xf0000000;
	round_trip();
	change = 0x08050000;
	round_trip();
	change = 0;
	put(0xa0);
	blocks();
	put(0xb0);
	SHCSR = 1u << 18;
	returns();
	put(0xc0);
	SHCSR = 0;
	returns();
	finish();
}
