/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * startup.c - vector table and the way to main()
 *
 * A firmware overrides the handlers it wants by defining them; the rest end in the fault report.
 */
#include <stdint.h>
#include <string.h>

#include "fault.h"
#include "stm32mp15.h"

extern uint32_t __stack_top;
extern char __bss_start[], __bss_end[];

int main(void);
void reset_handler(void);
void systick_handler(void);
void pendsv_handler(void);
void svc_handler(void);
void wwdg1_handler(void);
void exti0_handler(void);
void exti5_handler(void);
void tim2_handler(void);
void tim3_handler(void);
void usart3_handler(void);
void tim6_handler(void);
void ipcc_rx1_handler(void);
void ipcc_tx1_handler(void);
void hsem_it2_handler(void);

#define WEAK __attribute__((weak, alias("unexpected_handler")))

void systick_handler(void) WEAK;
void pendsv_handler(void) WEAK;
void svc_handler(void) WEAK;
void wwdg1_handler(void) WEAK;
void exti0_handler(void) WEAK;
void exti5_handler(void) WEAK;
void tim2_handler(void) WEAK;
void tim3_handler(void) WEAK;
void usart3_handler(void) WEAK;
void tim6_handler(void) WEAK;
void ipcc_rx1_handler(void) WEAK;
void ipcc_tx1_handler(void) WEAK;
void hsem_it2_handler(void) WEAK;

static void unexpected_handler(void)
{
	fault_unexpected(SPECIAL_READ(ipsr));
}

typedef void (*handler)(void);

static const struct {
	uint32_t *sp;
	handler exception[15];
	handler irq[IRQ_COUNT];
} vectors __attribute__((section(".vectors"), used)) = {
	.sp = &__stack_top,
	.exception =
		{
			[0] = reset_handler,
			[1] = unexpected_handler, /* NMI */
			[2] = fault_handler,
			[3] = fault_handler,
			[4] = fault_handler,
			[5] = fault_handler,
			[10] = svc_handler,
			[11] = unexpected_handler,
			[13] = pendsv_handler,
			[14] = systick_handler,
		},
	.irq =
		{
			[0 ... IRQ_COUNT - 1] = unexpected_handler,
			[IRQ_WWDG1] = wwdg1_handler,
			[IRQ_EXTI0] = exti0_handler,
			[IRQ_EXTI5] = exti5_handler,
			[IRQ_TIM2] = tim2_handler,
			[IRQ_TIM3] = tim3_handler,
			[IRQ_USART3] = usart3_handler,
			[IRQ_TIM6] = tim6_handler,
			[IRQ_IPCC_RX1] = ipcc_rx1_handler,
			[IRQ_IPCC_TX1] = ipcc_tx1_handler,
			[IRQ_HSEM_IT2] = hsem_it2_handler,
		},
};

void reset_handler(void)
{
	SCB->CPACR |= 0xFu << 20; /* FPU */
	dsb();
	isb();
	memset(__bss_start, 0, (size_t)(__bss_end - __bss_start));
	main();
	irq_disable();
	for (;;)
		wfi();
}
