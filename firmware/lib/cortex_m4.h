/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cortex_m4.h - private peripherals and special instructions of the Cortex-M4 (ARMv7-M ARM, DDI
 * 0403)
 */
#ifndef FW_CORTEX_M4_H
#define FW_CORTEX_M4_H

#include <stdint.h>

#define REG volatile uint32_t

struct systick {
	REG CSR, RVR, CVR, CALIB;
};

#define SYSTICK_ENABLE	  (1u << 0)
#define SYSTICK_TICKINT	  (1u << 1)
#define SYSTICK_CORE_CLK  (1u << 2)
#define SYSTICK_COUNTFLAG (1u << 16)

struct nvic {
	REG ISER[32], ICER[32], ISPR[32], ICPR[32], IABR[64];
	volatile uint8_t IPR[240];
};

struct scb {
	REG CPUID, ICSR, VTOR, AIRCR, SCR, CCR;
	volatile uint8_t SHPR[12]; /* of exceptions 4 to 15 */
	REG SHCSR, CFSR, HFSR, DFSR, MMFAR, BFAR, AFSR;
	REG ID[18];
	REG CPACR;
};

#define ICSR_PENDSTCLR (1u << 25)
#define ICSR_PENDSTSET (1u << 26)
#define ICSR_PENDSVCLR (1u << 27)
#define ICSR_PENDSVSET (1u << 28)

#define SCR_SLEEPONEXIT (1u << 1)
#define SCR_SLEEPDEEP	(1u << 2)
#define SCR_SEVONPEND	(1u << 4)

#define CCR_UNALIGN_TRP (1u << 3)
#define CCR_DIV_0_TRP	(1u << 4)

#define SHCSR_MEMFAULTENA (1u << 16)
#define SHCSR_BUSFAULTENA (1u << 17)
#define SHCSR_USGFAULTENA (1u << 18)

#define CFSR_IBUSERR	(1u << 8)
#define CFSR_PRECISERR	(1u << 9)
#define CFSR_BFARVALID	(1u << 15)
#define CFSR_UNDEFINSTR (1u << 16)
#define CFSR_INVSTATE	(1u << 17)
#define CFSR_INVPC	(1u << 18)
#define CFSR_NOCP	(1u << 19)
#define CFSR_UNALIGNED	(1u << 24)
#define CFSR_DIVBYZERO	(1u << 25)
#define HFSR_FORCED	(1u << 30)

#define SYSTICK ((struct systick *)0xE000E010)
#define NVIC	((struct nvic *)0xE000E100)
#define SCB	((struct scb *)0xE000ED00)
#define FPCCR	(*(REG *)0xE000EF34)

/* Exception numbers. */
#define EXC_HARDFAULT  3
#define EXC_MEMMANAGE  4
#define EXC_BUSFAULT   5
#define EXC_USAGEFAULT 6
#define EXC_SVCALL     11
#define EXC_PENDSV     14
#define EXC_SYSTICK    15
#define EXC_IRQ(n)     (16 + (n))

/* What exception entry stacks. */
struct exc_frame {
	uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

static inline void irq_disable(void)
{
	__asm__ volatile("cpsid i" ::: "memory");
}

static inline void irq_enable(void)
{
	__asm__ volatile("cpsie i\n\tisb" ::: "memory");
}

static inline void wfi(void)
{
	__asm__ volatile("dsb\n\twfi" ::: "memory");
}

static inline void dsb(void)
{
	__asm__ volatile("dsb" ::: "memory");
}

static inline void dmb(void)
{
	__asm__ volatile("dmb" ::: "memory");
}

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

/* Special registers by name: SPECIAL_READ(ipsr), SPECIAL_WRITE(basepri, 0x40). */
#define SPECIAL_READ(name)                                                                         \
	({                                                                                         \
		uint32_t v_;                                                                       \
		__asm__ volatile("mrs %0, " #name : "=r"(v_)::"memory");                           \
		v_;                                                                                \
	})
#define SPECIAL_WRITE(name, v) __asm__ volatile("msr " #name ", %0" ::"r"(v) : "memory")

static inline void nvic_enable(unsigned n)
{
	NVIC->ISER[n / 32] = 1u << n % 32;
}

static inline void nvic_disable(unsigned n)
{
	NVIC->ICER[n / 32] = 1u << n % 32;
	dsb();
	isb();
}

static inline void nvic_priority(unsigned n, uint8_t prio)
{
	NVIC->IPR[n] = prio;
}

static inline void exc_priority(unsigned exc, uint8_t prio)
{
	SCB->SHPR[exc - 4] = prio;
}

#endif
