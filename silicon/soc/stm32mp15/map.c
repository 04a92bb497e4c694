/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map.c - what is where on the peripheral buses
 *
 * A row without behaviour is a plain store: firmware configures it and nothing comes of it. An
 * address outside every row is a bus error. Peripherals that only the secure world sees on the real
 * part are not here.
 */
#include "stm32mp15.h"

#define PLAIN(addr)                                                                                \
	{                                                                                          \
		.base = (addr), .size = 0x400, .irq = NO_IRQ                                       \
	}
#define GPIO(addr, port)                                                                           \
	{                                                                                          \
		.base = (addr), .size = 0x400, .ops = &gpio_ops, .irq = NO_IRQ, .arg = (port)      \
	}
#define TIM(addr, n, width)                                                                        \
	{                                                                                          \
		.base = (addr), .size = 0x400, .ops = &tim_ops, .irq = (n), .arg = (width)         \
	}
#define USART(addr, n)                                                                             \
	{                                                                                          \
		.base = (addr), .size = 0x400, .ops = &usart_ops, .irq = (n)                       \
	}
#define ONE(addr, o)                                                                               \
	{                                                                                          \
		.base = (addr), .size = 0x400, .ops = &(o), .irq = NO_IRQ                          \
	}

const struct periph_desc periph_map[] = {
	/* APB1 */
	TIM(0x40000000, 28, 32), /* TIM2 */
	TIM(0x40001000, 29, 16),
	TIM(0x40002000, 30, 16),
	TIM(0x40003000, 50, 32), /* TIM5 */
	TIM(0x40004000, 54, 16),
	TIM(0x40005000, 55, 16),
	PLAIN(0x40006000), /* TIM12 */
	PLAIN(0x40007000),
	PLAIN(0x40008000),
	PLAIN(0x40009000), /* LPTIM1 */
	{.base = WWDG_BASE, .size = 0x400, .ops = &wwdg_ops, .irq = 0},
	PLAIN(0x4000B000), /* SPI2 */
	PLAIN(0x4000C000),
	PLAIN(0x4000D000),     /* SPDIFRX */
	USART(0x4000E000, 38), /* USART2 */
	USART(0x4000F000, 39),
	USART(0x40010000, 52),
	USART(0x40011000, 53),
	PLAIN(0x40012000), /* I2C1 */
	PLAIN(0x40013000),
	PLAIN(0x40014000),
	PLAIN(0x40015000),     /* I2C5 */
	PLAIN(0x40016000),     /* CEC */
	PLAIN(0x40017000),     /* DAC */
	USART(0x40018000, 82), /* UART7 */
	USART(0x40019000, 83),
	/* APB2 */
	PLAIN(0x44000000), /* TIM1 */
	PLAIN(0x44001000),
	USART(0x44003000, 71), /* USART6 */
	PLAIN(0x44004000),     /* SPI1 */
	PLAIN(0x44005000),
	PLAIN(0x44006000), /* TIM15 */
	PLAIN(0x44007000),
	PLAIN(0x44008000),
	PLAIN(0x44009000), /* SPI5 */
	PLAIN(0x4400A000), /* SAI1 */
	PLAIN(0x4400B000),
	PLAIN(0x4400C000),
	PLAIN(0x4400D000), /* DFSDM */
	PLAIN(0x4400E000), /* FDCAN1 */
	PLAIN(0x4400F000),
	/* AHB2 */
	PLAIN(0x48000000), /* DMA1 */
	PLAIN(0x48001000),
	PLAIN(0x48002000), /* DMAMUX1 */
	ONE(0x48003000, adc_ops),
	/* AHB3 */
	ONE(0x4C000000, hsem_ops),
	ONE(IPCC_BASE, ipcc_ops),
	PLAIN(0x4C002000), /* HASH2 */
	PLAIN(0x4C003000),
	PLAIN(0x4C004000), /* CRC2 */
	PLAIN(0x4C005000),
	PLAIN(0x4C006000), /* DCMI */
	/* AHB4 */
	{.base = RCC_BASE, .size = 0x1000, .ops = &rcc_ops, .irq = NO_IRQ},
	ONE(0x50001000, pwr_ops),
	GPIO(0x50002000, 0),
	GPIO(0x50003000, 1),
	GPIO(0x50004000, 2),
	GPIO(0x50005000, 3),
	GPIO(0x50006000, 4),
	GPIO(0x50007000, 5),
	GPIO(0x50008000, 6),
	GPIO(0x50009000, 7),
	GPIO(0x5000A000, 8),
	GPIO(0x5000B000, 9),
	GPIO(0x5000C000, 10),
	ONE(EXTI_BASE, exti_ops),
	/* APB3 */
	ONE(0x50020000, syscfg_ops),
	PLAIN(0x50021000), /* LPTIM2 */
	PLAIN(0x50022000),
	PLAIN(0x50023000),
	PLAIN(0x50024000),
	PLAIN(0x50025000), /* VREFBUF */
	PLAIN(0x50027000), /* SAI4 */
	PLAIN(0x50028000), /* DTS */
	PLAIN(0x5002A000), /* HDP */
	ONE(0x50081000, dbgmcu_ops),
	/* AHB5, APB4, APB5 */
	GPIO(0x54004000, 11),  /* GPIOZ */
	PLAIN(0x5A002000),     /* IWDG2 */
	USART(0x5C000000, 37), /* USART1 */
	PLAIN(0x5C00A000),     /* TAMP */
};

const unsigned n_periph_map = sizeof(periph_map) / sizeof(periph_map[0]);
