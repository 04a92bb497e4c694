/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_memory.c - aliases of the SRAM, code that changes, unaligned accesses, division
 */
#include "check.h"

#define ALIAS(p) ((void *)((uint32_t)(p) ^ 0x20000000u)) /* 0x10000000 and 0x30000000 */
#define THUMB(p) ((uint32_t(*)(void))((uint32_t)(p) | 1))

#define MOVS_R0(n) (0x2000u | (n))
#define ADDS_R0(n) (0x3000u | (n))
#define BX_LR	   0x4770u

static volatile uint16_t code[8] __attribute__((aligned(8)));

static void write_code(volatile uint16_t *at, unsigned n)
{
	at[0] = MOVS_R0(n);
	at[1] = BX_LR;
	dsb();
	isb();
}

static void aliases(void)
{
	static volatile uint32_t cell;
	volatile uint32_t *alias = ALIAS(&cell);

	cell = 0x12345678;
	check("alias.reads-what-was-written", *alias, 0x12345678);
	*alias = 0x9ABCDEF0;
	check("alias.write-is-visible", cell, 0x9ABCDEF0);
	((volatile uint8_t *)alias)[1] = 0x11;
	check("alias.byte-write-is-visible", cell, 0x9ABC11F0);
}

static void changing_code(void)
{
	volatile uint16_t *alias = ALIAS(code);

	write_code(code, 1);
	check("code.written-runs", THUMB(code)(), 1);
	write_code(code, 2);
	check("code.rewritten-in-place", THUMB(code)(), 2);
	write_code(alias, 3);
	check("code.rewritten-through-alias", THUMB(code)(), 3);
	check("code.runs-at-alias", THUMB(alias)(), 3);
	write_code(code, 4);
	check("code.alias-sees-rewrite", THUMB(alias)(), 4);
	code[1] = ADDS_R0(1);
	code[2] = BX_LR;
	dsb();
	isb();
	check("code.grows", THUMB(code)(), 5);
	alias[1] = ADDS_R0(20);
	dsb();
	isb();
	check("code.second-instruction-through-alias", THUMB(code)(), 24);
	for (unsigned i = 0; i < 50; i++) {
		write_code(i % 2 ? code : alias, i);
		if (THUMB(code)() != i || THUMB(alias)() != i) {
			check("code.rewritten-many-times", i, 50);
			return;
		}
	}
	check("code.rewritten-many-times", 50, 50);
}

static void unaligned(void)
{
	static uint8_t bytes[16] __attribute__((aligned(8)));
	uint32_t v;

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(0x10 + i);
	__asm__ volatile("ldr %0, [%1]" : "=r"(v) : "r"(bytes + 1) : "memory");
	check("mem.unaligned-word", v, 0x14131211);
	__asm__ volatile("ldrh %0, [%1]" : "=r"(v) : "r"(bytes + 3) : "memory");
	check("mem.unaligned-halfword", v, 0x1413);
	__asm__ volatile("str %0, [%1]" ::"r"(0xAABBCCDD), "r"(bytes + 6) : "memory");
	check("mem.unaligned-store", (uint32_t)bytes[6] << 8 | bytes[9], 0xDDAA);
	__asm__ volatile("ldrsb %0, [%1]" : "=r"(v) : "r"(bytes + 9) : "memory");
	check("mem.sign-extension", v, 0xFFFFFFAA);
}

static void division(void)
{
	uint32_t q;

	__asm__ volatile("udiv %0, %1, %2" : "=r"(q) : "r"(100), "r"(7));
	check("div.udiv", q, 14);
	__asm__ volatile("sdiv %0, %1, %2" : "=r"(q) : "r"(-100), "r"(7));
	check("div.sdiv", q, (uint32_t)-14);
	__asm__ volatile("sdiv %0, %1, %2" : "=r"(q) : "r"(0x80000000), "r"(-1));
	check("div.overflow", q, 0x80000000);
	__asm__ volatile("udiv %0, %1, %2" : "=r"(q) : "r"(100), "r"(0));
	check("div.by-zero-is-zero", q, 0);
}

static void dsp(void)
{
	uint32_t v;

	__asm__ volatile("uqadd8 %0, %1, %2" : "=r"(v) : "r"(0xF0F0F0F0), "r"(0x20202020));
	check("dsp.uqadd8", v, 0xFFFFFFFF);
	__asm__ volatile("smuad %0, %1, %2" : "=r"(v) : "r"(0x00020003), "r"(0x00040005));
	check("dsp.smuad", v, 23);
}

void test_memory(void)
{
	aliases();
	changing_code();
	unaligned();
	division();
	dsp();
}
