/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exti.c - extended interrupt and event controller
 *
 * Lines 0-15 are GPIO pins (port chosen by EXTICR) and reach the core's NVIC; line 16 is the
 * voltage detector; line 68 is the reset of the core by its watchdog, towards the application
 * cores. A line becomes pending by an edge or by SWIER, and stays so until a one is written to RPR
 * or FPR. Line 68 needs no RTSR or IMR set-up here: a host that does not program this controller
 * would otherwise miss the crash of its remote core.
 */
#include "stm32mp15.h"

#include <errno.h>

enum {
	BANK = 0x20,
	RTSR = 0x00,
	FTSR = 0x04,
	SWIER = 0x08,
	RPR = 0x0C,
	FPR = 0x10,
	TZENR = 0x14,
	EXTICR1 = 0x60,
	C2IMR1 = 0xC0,
};

#define BANKS  3u
#define PORT_Z 11u

/* Lines that have an edge detector and a software trigger, by bank. */
static const uint32_t configurable[BANKS] = {0x0001FFFF, 0,
					     0x00000010 | 1u << 1 | 1u << 9 | 1u << 10};

static const uint8_t irq_of_line[17] = {6,  7,	8,  9,	10, 23,	 64,  65, 66,
					67, 40, 42, 76, 77, 121, 127, 1};

#define WWDG_BANK 2u
#define WWDG_BIT  (1u << 4) /* line 68 */

static uint32_t *bank_reg(struct periph *p, unsigned bank, uint32_t off)
{
	return &p->reg[(bank * BANK + off) / 4];
}

static int write_bank(struct periph *p, enum cw_master who, uint32_t off, uint32_t v,
		      uint32_t lanes)
{
	unsigned bank = off / BANK;

	v &= configurable[bank];
	switch (off % BANK) {
	case RTSR:
	case FTSR:
		lanes_store(&p->reg[off / 4], v, lanes);
		break;
	case SWIER:
		*bank_reg(p, bank, RPR) |= v;
		break;
	case RPR:
	case FPR:
		p->reg[off / 4] &= ~v;
		break;
	case TZENR:
		if (who != CW_MASTER_HOST_SECURE)
			return -EACCES;
		lanes_store(&p->reg[off / 4], v, lanes);
		break;
	default: /* reserved */
		break;
	}
	return 0;
}

static int exti_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
		      uint32_t v, uint32_t lanes)
{
	if (off < BANKS * BANK)
		return write_bank(p, who, off, v, lanes);
	lanes_store(&p->reg[off / 4], v, lanes);
	return 0;
}

static void exti_lines(struct cw_soc *soc, struct periph *p)
{
	uint32_t pending = *bank_reg(p, 0, RPR) | *bank_reg(p, 0, FPR);

	for (unsigned n = 0; n < sizeof(irq_of_line); n++)
		soc_core_line(soc, irq_of_line[n], pending & p->reg[C2IMR1 / 4] & 1u << n);
	soc_host_line(soc, CW_LINE_WDG, *bank_reg(p, WWDG_BANK, RPR) & WWDG_BIT);
}

void exti_gpio_edge(struct cw_soc *soc, unsigned port, unsigned pin, bool rising)
{
	struct periph *p = soc_periph(soc, EXTI_BASE);
	unsigned selected = p->reg[EXTICR1 / 4 + pin / 4] >> pin % 4 * 8 & 0xFF;
	uint32_t bit = 1u << pin;

	if (selected != port)
		return;
	if (rising && *bank_reg(p, 0, RTSR) & bit)
		*bank_reg(p, 0, RPR) |= bit;
	if (!rising && *bank_reg(p, 0, FTSR) & bit)
		*bank_reg(p, 0, FPR) |= bit;
	exti_lines(soc, p);
}

void exti_wwdg_reset(struct cw_soc *soc)
{
	struct periph *p = soc_periph(soc, EXTI_BASE);

	*bank_reg(p, WWDG_BANK, RPR) |= WWDG_BIT;
	exti_lines(soc, p);
}

const struct periph_ops exti_ops = {
	.write = exti_write,
	.lines = exti_lines,
};
