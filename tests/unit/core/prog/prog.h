/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prog/prog.h - what the guest programs of the core's tests share
 *
 * A program is linked at 0 with its vectors there, its data at 0x20000000, and runs on any Armv7E-M
 * with memory at both places. It appends words to the log at LOG and ends with END_MARK in it,
 * asleep for good. Programs that only use private peripherals give the same log on another
 * implementation.
 */
#ifndef PROG_H
#define PROG_H

#include <stdint.h>

struct log {
	uint32_t end; /* END_MARK when the program has finished */
	uint32_t count;
	uint32_t words[1022];
};

#define LOG	 ((volatile struct log *)0x2000f000)
#define END_MARK 0x600dc0deu

#define REG32(a) (*(volatile uint32_t *)(a))
#define REG16(a) (*(volatile uint16_t *)(a))
#define REG8(a)	 (*(volatile uint8_t *)(a))

#define SYST_CSR     REG32(0xe000e010)
#define SYST_RVR     REG32(0xe000e014)
#define SYST_CVR     REG32(0xe000e018)
#define SYST_CALIB   REG32(0xe000e01c)
#define NVIC_ISER(n) REG32(0xe000e100 + 4 * (n))
#define NVIC_ICER(n) REG32(0xe000e180 + 4 * (n))
#define NVIC_ISPR(n) REG32(0xe000e200 + 4 * (n))
#define NVIC_ICPR(n) REG32(0xe000e280 + 4 * (n))
#define NVIC_IABR(n) REG32(0xe000e300 + 4 * (n))
#define NVIC_IPR(n)  REG8(0xe000e400 + (n))
#define ICSR	     REG32(0xe000ed04)
#define VTOR	     REG32(0xe000ed08)
#define AIRCR	     REG32(0xe000ed0c)
#define SCR	     REG32(0xe000ed10)
#define CCR	     REG32(0xe000ed14)
#define SHPR(exc)    REG8(0xe000ed14 + (exc))
#define SHCSR	     REG32(0xe000ed24)
#define CFSR	     REG32(0xe000ed28)
#define HFSR	     REG32(0xe000ed2c)
#define MMFAR	     REG32(0xe000ed34)
#define BFAR	     REG32(0xe000ed38)
#define CPACR	     REG32(0xe000ed88)
#define STIR	     REG32(0xe000ef00)
#define FPCCR	     REG32(0xe000ef34)

#define ICSR_PENDNMI (1u << 31)
#define ICSR_PENDSV  (1u << 28)
#define ICSR_PENDST  (1u << 26)

/* A device the tests put there: word writes raise (n) or lower (n | 0x100) line n. Where there is none (the oracle of
 * tests/interop/qemu) its place is a piece of memory. */
#ifndef DEV_BASE
#define DEV_BASE 0x50000000
#endif
#define DEV_LINE  REG32(DEV_BASE)
#define DEV_WORD  REG32(DEV_BASE + 4) /* reads back what was written */
#define DEV_COUNT REG32(DEV_BASE + 8) /* reads 1, 2, 3, ... */
#define DEV_BAD	  0x50000ff0	      /* refuses every access */

/* Behind the last byte of data memory: refuses every access. Not there either: nothing is refused beside memory. */
#ifndef NO_RAM_END
#define RAM_END 0x20010000
#endif

#define STRING_(x) #x
#define STRING(x)  STRING_(x) /* for numbers in assembly */

void entry(void);

static inline void put(uint32_t v)
{
	LOG->words[LOG->count % 1022] = v;
	LOG->count = LOG->count + 1;
}

static inline void barrier(void)
{
	__asm__ volatile("dsb\n\tisb" ::: "memory");
}

static inline uint32_t ipsr(void)
{
	uint32_t v;

	__asm__ volatile("mrs %0, ipsr" : "=r"(v));
	return v;
}

#define SPECIAL(name)                                                                              \
	static inline uint32_t get_##name(void)                                                    \
	{                                                                                          \
		uint32_t v;                                                                        \
		__asm__ volatile("mrs %0, " #name : "=r"(v)::"memory");                            \
		return v;                                                                          \
	}                                                                                          \
	static inline void set_##name(uint32_t v)                                                  \
	{                                                                                          \
		__asm__ volatile("msr " #name ", %0\n\tisb" ::"r"(v) : "memory");                  \
	}
SPECIAL(primask)
SPECIAL(basepri)
SPECIAL(faultmask)
SPECIAL(control)
SPECIAL(msp)
SPECIAL(psp)

#define wfi()	__asm__ volatile("wfi" ::: "memory")
#define wfe()	__asm__ volatile("wfe" ::: "memory")
#define sev()	__asm__ volatile("sev" ::: "memory")
#define cpsid() __asm__ volatile("cpsid i" ::: "memory")
#define cpsie() __asm__ volatile("cpsie i" ::: "memory")
#define svc(n)	__asm__ volatile("svc " #n ::: "memory")

static inline void enable_fp(void)
{
	CPACR = 0x00f00000;
	barrier();
}

static inline void finish(void)
{
	LOG->end = END_MARK;
	/* Nothing below this priority may wake it: PRIMASK does not count for WFI, so everything is
	 * disabled. */
	for (int i = 0; i < 8; i++)
		NVIC_ICER(i) = 0xffffffff;
	SYST_CSR = 0;
	cpsid();
	for (;;)
		wfi();
}

#endif
