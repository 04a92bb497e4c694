/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bare - no resource table, no host: blinks a LED every 500 ms by SysTick and sleeps in between
 *
 * "heartbeat" counts ticks of 100 ms. It lies at the start of the RAM segment, 0x10020000.
 */
#include "clock.h"
#include "stm32mp15.h"

#define LED_PIN 7 /* of port H */

static volatile uint32_t heartbeat __attribute__((section(".bss.first"), used));

int main(void)
{
	RCC(RCC_MC_AHB4ENSETR) = 1u << 7;
	GPIOH->MODER = (GPIOH->MODER & ~(3u << 2 * LED_PIN)) | 1u << 2 * LED_PIN;
	clock_start(100);
	for (;;) {
		wfi();
		heartbeat = clock_ms() / 100;
		GPIOH->BSRR = heartbeat / 5 % 2 ? 1u << LED_PIN : 1u << (LED_PIN + 16);
	}
}
