/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes, halfwords, words, pairs and unaligned accesses of registers. */
#include "prog.h"

void entry(void)
{
	uint32_t a, b;

	enable_fp();
	/* NVIC priorities by byte and by word, low bits and lines that are not there read zero */
	REG32(0xe000e400) = 0xffffffff;
	put(REG32(0xe000e400));
	NVIC_IPR(1) = 0x25;
	put(NVIC_IPR(1));
	REG16(0xe000e402) = 0x4030;
	put(REG32(0xe000e400));
	put(REG16(0xe000e402));
	NVIC_IPR(149) = 0xff;
	NVIC_IPR(150) = 0xff;
	put(REG32(0xe000e400 + 148));
	NVIC_ISER(4) = 0xffffffff;
	put(NVIC_ISER(4));
	NVIC_ICER(4) = 0xffffffff;
	put(NVIC_ISER(4));
	put(NVIC_ISER(7));
	put(REG32(0xe000e004));
	/* system handler priorities, those that are not there stay zero */
	REG32(0xe000ed18) = 0xffffffff;
	put(REG32(0xe000ed18));
	REG32(0xe000ed1c) = 0xffffffff;
	put(REG32(0xe000ed1c));
	REG32(0xe000ed20) = 0xffffffff;
	put(REG32(0xe000ed20));
	SHPR(15) = 0x10;
	REG16(0xe000ed20) = 0;
	put(REG32(0xe000ed20));
	/* key and reset values */
	put(AIRCR);
	put(CCR);
	put(FPCCR);
	put(SYST_CALIB & 0xffffff);
	put(REG32(0xe000ed90)); /* MPU_TYPE */
	put(REG32(0xe000ef40)); /* MVFR0 */
	/* pairs are two words; what is not there reads zero and ignores writes */
	__asm__ volatile("ldrd %0, %1, [%2]" : "=&r"(a), "=&r"(b) : "r"(0xe000ed00));
	put(a);
	put(b & 0x1ff);
	__asm__ volatile("strd %0, %1, [%2]" ::"r"(0x11), "r"(0x22), "r"(0xe0041000));
	put(REG32(0xe0041000));
	/* a word of a device that is not aligned: whatever it gives, nothing breaks */
	DEV_WORD = 0x04030201;
	__asm__ volatile("ldr %0, [%1, #1]" : "=r"(a) : "r"(0x50000004) : "memory");
	put(REG8(0x50000005));
	put(REG16(0x50000006));
	__asm__ volatile("strh %0, [%1, #1]" ::"r"(a), "r"(0x50000004) : "memory");
	/* DWT */
	put(REG32(0xe0001004));
	REG32(0xe000edfc) = 1u << 24;
	REG32(0xe0001004) = 0;
	REG32(0xe0001000) = 1;
	a = REG32(0xe0001004);
	for (volatile int i = 0; i < 100; i++)
		;
	b = REG32(0xe0001004);
	put(b - a > 100 && b - a < 10000);
	finish();
}
