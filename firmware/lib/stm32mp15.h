/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stm32mp15.h - peripherals of the STM32MP15 as our firmware uses them (RM0436)
 */
#ifndef FW_STM32MP15_H
#define FW_STM32MP15_H

#include "cortex_m4.h"

#define CORE_HZ	  64000000u /* HSI, after reset */
#define IRQ_COUNT 150

enum {
	IRQ_WWDG1 = 0,
	IRQ_EXTI0 = 6,
	IRQ_EXTI5 = 23,
	IRQ_TIM2 = 28,
	IRQ_TIM3 = 29,
	IRQ_USART3 = 39,
	IRQ_TIM6 = 54,
	IRQ_IPCC_RX1 = 103,
	IRQ_IPCC_TX1 = 104,
	IRQ_HSEM_IT2 = 125,
};

struct ipcc_side {
	REG CR, MR, SCR, TOSR; /* TOSR of side 1 is C1TOC2SR */
};

struct ipcc {
	struct ipcc_side C1, C2; /* application cores, Cortex-M4 */
	REG RESERVED[244];
	REG HWCFGR, VERR, IPIDR, SIDR;
};

#define IPCC_RXOIE	 (1u << 0)
#define IPCC_TXFIE	 (1u << 16)
#define IPCC_OCCUPIED(n) (1u << (n))
#define IPCC_FREE(n)	 (1u << (16 + (n)))
#define IPCC_CLEAR(n)	 (1u << (n))
#define IPCC_SET(n)	 (1u << (16 + (n)))

struct hsem_irq {
	REG IER, ICR, ISR, MISR;
};

struct hsem {
	REG R[32], RLR[32];
	struct hsem_irq C1, C2;
	REG RESERVED[8];
	REG CR, KEYR;
};

#define HSEM_CORE_M4 0x200u
#define HSEM_LOCKED  (1u << 31)

struct gpio {
	REG MODER, OTYPER, OSPEEDR, PUPDR, IDR, ODR, BSRR, LCKR, AFRL, AFRH, BRR;
};

struct tim {
	REG CR1, CR2, SMCR, DIER, SR, EGR, CCMR1, CCMR2, CCER, CNT, PSC, ARR;
};

struct usart {
	REG CR1, CR2, CR3, BRR, GTPR, RTOR, RQR, ISR, ICR, RDR, TDR, PRESC;
};

struct exti_bank {
	REG RTSR, FTSR, SWIER, RPR, FPR, TZENR, RESERVED[2];
};

struct exti_mask {
	REG IMR, EMR, RESERVED[2];
};

struct exti {
	struct exti_bank BANK[3];
	REG EXTICR[4];
	REG RESERVED[4];
	struct exti_mask C1[3];
	REG RESERVED2[4];
	struct exti_mask C2[3];
};

struct pwr {
	REG CR1, CR2, CSR1, CR3, MPUCR, MCUCR;
};

struct wwdg {
	REG CR, CFR, SR;
};

#define IPCC	     ((struct ipcc *)0x4C001000)
#define HSEM	     ((struct hsem *)0x4C000000)
#define GPIO(n)	     ((struct gpio *)(0x50002000 + 0x1000 * (n))) /* 0 = A */
#define GPIOA	     GPIO(0)
#define GPIOH	     GPIO(7)
#define TIM2	     ((struct tim *)0x40000000)
#define TIM3	     ((struct tim *)0x40001000)
#define TIM6	     ((struct tim *)0x40004000)
#define USART3	     ((struct usart *)0x4000F000)
#define EXTI	     ((struct exti *)0x5000D000)
#define PWR	     ((struct pwr *)0x50001000)
#define WWDG1	     ((struct wwdg *)0x4000A000)
#define RCC(off)     (*(REG *)(0x50000000 + (off)))
#define SYSCFG_BOOTR (*(REG *)0x50020000)
#define TAMP_BKPR(n) (*(REG *)(0x5C00A100 + 4 * (n)))

#define RCC_TZCR	  0x000
#define RCC_MP_GCR	  0x10C
#define RCC_APB1RSTSETR	  0x980
#define RCC_APB1RSTCLRR	  0x984
#define RCC_MC_APB1ENSETR 0xA80
#define RCC_MC_APB1ENCLRR 0xA84
#define RCC_MC_AHB3ENSETR 0xAA0
#define RCC_MC_AHB4ENSETR 0xAA8
#define RCC_MC_RSTSCLRR	  0xC00

#endif
