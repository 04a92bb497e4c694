/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gpio.c - general-purpose input and output ports
 *
 * Nothing is connected to the pins: an output pin reads back what it drives, an input pin what its
 * pull resistor says, other modes read zero. Changes of a pin's level reach the EXTI lines.
 */
#include "stm32mp15.h"

enum {
	MODER = 0x00,
	PUPDR = 0x0C,
	IDR = 0x10,
	ODR = 0x14,
	BSRR = 0x18,
	BRR = 0x28,
};

#define PINS	    16u
#define MODE_INPUT  0u
#define MODE_OUTPUT 1u
#define PULL_UP	    1u

static void gpio_reset(struct cw_soc *soc, struct periph *p)
{
	p->reg[MODER / 4] = UINT32_MAX; /* analog */
}

static uint32_t levels(const struct periph *p)
{
	uint32_t idr = 0;

	for (unsigned pin = 0; pin < PINS; pin++) {
		uint32_t mode = p->reg[MODER / 4] >> 2 * pin & 3;
		uint32_t pull = p->reg[PUPDR / 4] >> 2 * pin & 3;

		if (mode == MODE_OUTPUT)
			idr |= p->reg[ODR / 4] & 1u << pin;
		else if (mode == MODE_INPUT && pull == PULL_UP)
			idr |= 1u << pin;
	}
	return idr;
}

static int gpio_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
		      uint32_t v, uint32_t lanes)
{
	uint32_t *odr = &p->reg[ODR / 4];
	uint32_t before = p->reg[IDR / 4], now;

	switch (off) {
	case IDR:
		return 0;
	case ODR:
		lanes_store(odr, v & 0xFFFF, lanes);
		break;
	case BSRR: /* where a pin is both set and reset, set wins */
		*odr = (*odr & ~(v >> 16)) | (v & 0xFFFF);
		break;
	case BRR:
		*odr &= ~(v & 0xFFFF);
		break;
	default:
		lanes_store(&p->reg[off / 4], v, lanes);
		break;
	}
	now = levels(p);
	p->reg[IDR / 4] = now;
	for (unsigned pin = 0; pin < PINS; pin++)
		if ((before ^ now) >> pin & 1)
			exti_gpio_edge(soc, (unsigned)p->desc->arg, pin, now >> pin & 1);
	return 0;
}

/* BSRR and BRR are never stored, so they read zero. */
const struct periph_ops gpio_ops = {
	.reset = gpio_reset,
	.write = gpio_write,
};
