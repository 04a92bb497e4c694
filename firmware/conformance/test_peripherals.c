/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_peripherals.c - GPIO, EXTI, SYSCFG, PWR, TAMP, USART, ADC, timers
 */
#include "check.h"

#define PIN  7 /* of port H: LED7 */
#define MASK (1u << PIN)

static void gpio(void)
{
	RCC(RCC_MC_AHB4ENSETR) = 1u << 7;
	GPIOH->MODER = (GPIOH->MODER & ~(3u << 2 * PIN)) | 1u << 2 * PIN;
	check("gpio.moder-reads-back", GPIOH->MODER >> 2 * PIN & 3, 1);
	GPIOH->BSRR = MASK;
	check("gpio.bsrr-sets-odr", GPIOH->ODR & MASK, MASK);
	check("gpio.output-reads-in-idr", GPIOH->IDR & MASK, MASK);
	check("gpio.bsrr-reads-zero", GPIOH->BSRR, 0);
	GPIOH->BSRR = MASK << 16;
	check("gpio.bsrr-resets-odr", GPIOH->ODR & MASK, 0);
	GPIOH->BSRR = MASK << 16 | MASK;
	check("gpio.bsrr-set-wins", GPIOH->ODR & MASK, MASK);
	GPIOH->BRR = MASK;
	check("gpio.brr-resets-odr", GPIOH->ODR & MASK, 0);
	check("gpio.brr-reads-zero", GPIOH->BRR, 0);
	*(volatile uint16_t *)&GPIOH->ODR = MASK;
	check("gpio.halfword-write", GPIOH->ODR, MASK);
	GPIOH->ODR = 0;
}

static void exti0_hook(void)
{
	EXTI->BANK[0].RPR = 1u << 0;
	dsb();
}

static void exti5_hook(void)
{
	note(EXTI->BANK[0].RPR & 1u << 7 ? 'r' : EXTI->BANK[0].FPR & 1u << 7 ? 'f' : '?');
	EXTI->BANK[0].RPR = 1u << 7;
	EXTI->BANK[0].FPR = 1u << 7;
	dsb();
}

#define IRQ_EXTI7 65

static void exti(void)
{
	taken[EXC_IRQ(IRQ_EXTI0)] = 0;
	on_exception(EXC_IRQ(IRQ_EXTI0), exti0_hook);
	nvic_enable(IRQ_EXTI0);
	EXTI->C2[0].IMR = 0;
	EXTI->BANK[0].SWIER = 1;
	dsb();
	isb();
	check("exti.masked-is-silent", taken[EXC_IRQ(IRQ_EXTI0)], 0);
	check("exti.swier-sets-pending", EXTI->BANK[0].RPR & 1, 1);
	EXTI->C2[0].IMR = 1;
	dsb();
	isb();
	check("exti.software-trigger", taken[EXC_IRQ(IRQ_EXTI0)], 1);
	check("exti.rpr-clears-by-1", EXTI->BANK[0].RPR & 1, 0);
	nvic_disable(IRQ_EXTI0);

	on_exception(EXC_IRQ(IRQ_EXTI7), exti5_hook);
	nvic_enable(IRQ_EXTI7);
	EXTI->EXTICR[1] = 7u << 24; /* pin 7 of port H */
	EXTI->BANK[0].RTSR |= 1u << 7;
	EXTI->BANK[0].FTSR |= 1u << 7;
	EXTI->C2[0].IMR = 1u << 7;
	GPIOH->BSRR = MASK;
	dsb();
	isb();
	GPIOH->BRR = MASK;
	dsb();
	isb();
	check_text("exti.pin-edges", notes(), "rf");
	EXTI->BANK[0].RTSR &= ~(1u << 7);
	GPIOH->BSRR = MASK;
	dsb();
	isb();
	check_text("exti.edge-not-chosen", notes(), "");
	EXTI->BANK[0].FTSR &= ~(1u << 7);
	EXTI->C2[0].IMR = 0;
	GPIOH->BRR = MASK;
	nvic_disable(IRQ_EXTI7);
}

static void system_blocks(void)
{
	uint32_t v;

	check_that("syscfg.bootr-is-not-engineering", (SYSCFG_BOOTR & 7) != 4);
	v = SYSCFG_BOOTR;
	SYSCFG_BOOTR = ~v;
	check("syscfg.bootr-pins-are-read-only", SYSCFG_BOOTR & 7, v & 7);
	SYSCFG_BOOTR = v;
	PWR->CR1 |= 1u << 8;
	check("pwr.dbp-reads-back", PWR->CR1 & 1u << 8, 1u << 8);
	v = PWR->MCUCR;
	PWR->MCUCR = v | 1u << 15 | 1u << 9;
	check("pwr.mcucr-stores", PWR->MCUCR & 1u << 15, 1u << 15);
	check("pwr.cssf-reads-zero", PWR->MCUCR & 1u << 9, 0);
	PWR->MCUCR = v;
	v = TAMP_BKPR(20);
	TAMP_BKPR(20) = 0xCAFE1234;
	check("tamp.backup-register", TAMP_BKPR(20), 0xCAFE1234);
	TAMP_BKPR(20) = v;
	check("dbgmcu.device-id", *(REG *)0x50081000 & 0xFFF, 0x500);
}

static void adc(void)
{
	REG *cr = (REG *)0x48003108;

	*cr = 1u << 28 | 1u << 31;
	check("adc.calibration-ends", *cr >> 31, 0);
	*cr = 0;
}

#define CR1_UE	  (1u << 0)
#define CR1_RE	  (1u << 2)
#define CR1_TE	  (1u << 3)
#define CR1_TCIE  (1u << 6)
#define ISR_TC	  (1u << 6)
#define ISR_TXE	  (1u << 7)
#define ISR_TEACK (1u << 21)
#define ISR_REACK (1u << 22)

static void usart_hook(void)
{
	USART3->CR1 &= ~CR1_TCIE;
	dsb();
}

static void usart(void)
{
	static const char text[] = "conformance\r\n";

	USART3->CR1 = 0;
	check("usart.idle", USART3->ISR & (ISR_TXE | ISR_TC | ISR_TEACK | ISR_REACK),
	      ISR_TXE | ISR_TC);
	USART3->CR1 = CR1_UE | CR1_TE | CR1_RE;
	check("usart.acknowledges-enables", USART3->ISR & (ISR_TEACK | ISR_REACK),
	      ISR_TEACK | ISR_REACK);
	for (const char *s = text; *s; s++) {
		while (!(USART3->ISR & ISR_TXE))
			;
		USART3->TDR = (uint8_t)*s;
	}
	while (!(USART3->ISR & ISR_TC))
		;
	check("usart.receiver-is-empty", USART3->ISR & 1u << 5, 0);
	USART3->ICR = ISR_TC;
	check("usart.icr-clears-tc", USART3->ISR & ISR_TC, 0);
	on_exception(EXC_IRQ(IRQ_USART3), usart_hook);
	taken[EXC_IRQ(IRQ_USART3)] = 0;
	nvic_enable(IRQ_USART3);
	USART3->CR1 |= CR1_TCIE;
	USART3->TDR = '\n';
	dsb();
	for (unsigned i = 0; i < 100000 && !taken[EXC_IRQ(IRQ_USART3)]; i++)
		isb();
	check("usart.transmission-complete-interrupts", taken[EXC_IRQ(IRQ_USART3)], 1);
	nvic_disable(IRQ_USART3);
	USART3->CR1 = 0;
}

void test_peripherals(void)
{
	gpio();
	exti();
	system_blocks();
	adc();
	usart();
}

static void periodic_hook(void)
{
	TIM3->SR = 0;
	dsb();
}

/* Ten periods of 2 ms, by the stopwatch. */
static void period(void)
{
	uint32_t us;

	RCC(RCC_MC_APB1ENSETR) = 1u << 1;
	on_exception(EXC_IRQ(IRQ_TIM3), periodic_hook);
	taken[EXC_IRQ(IRQ_TIM3)] = 0;
	TIM3->PSC = 63;
	TIM3->ARR = 1999;
	TIM3->EGR = 1;
	TIM3->SR = 0;
	TIM3->DIER = 1;
	nvic_enable(IRQ_TIM3);
	stopwatch_start();
	TIM3->CR1 = 1;
	while (taken[EXC_IRQ(IRQ_TIM3)] < 10)
		wfi();
	us = stopwatch_us();
	TIM3->CR1 = 0;
	nvic_disable(IRQ_TIM3);
	check_that("tim.ten-periods-take-as-long", us > 17000 && us < 200000);
}

void test_timers(void)
{
	RCC(RCC_MC_APB1ENSETR) = 1u << 0;
	TIM2->CR1 = 0;
	TIM2->DIER = 0;
	TIM2->SR = 0;
	TIM2->ARR = 0xFFFFFFFF;
	check("tim2.arr-is-32-bits", TIM2->ARR, 0xFFFFFFFF);
	TIM3->ARR = 0xFFFFFFFF;
	check("tim3.arr-is-16-bits", TIM3->ARR, 0xFFFF);
	TIM2->CNT = 55;
	TIM2->EGR = 1;
	check("tim2.ug-raises-uif", TIM2->SR & 1, 1);
	check("tim2.ug-restarts", TIM2->CNT, 0);
	check("tim2.egr-reads-zero", TIM2->EGR, 0);
	TIM2->SR = ~2u;
	check("tim2.uif-stays-on-1", TIM2->SR & 1, 1);
	TIM2->SR = ~1u;
	check("tim2.uif-clears-on-0", TIM2->SR & 1, 0);
	timer_start(TIMER2, 1, 0x80, true);
	while (!taken[timer_exc(TIMER2)])
		wfi();
	check("tim2.update-interrupts-28", taken[timer_exc(TIMER2)], 1);
	timer_start(TIMER6, 1, 0x80, true);
	while (!taken[timer_exc(TIMER6)])
		wfi();
	check("tim6.update-interrupts-54", taken[timer_exc(TIMER6)], 1);
	notes();
	timer_stop(TIMER2);
	timer_stop(TIMER6);
	period();
}
