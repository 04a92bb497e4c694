/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * adc.c - two converters that are always calibrated and always measure zero
 *
 * Converter 2 is the same registers at +0x100. Commands that hardware finishes by itself finish at
 * once: calibration, disable, stop, start of a single conversion.
 */
#include "stm32mp15.h"

enum {
	ISR = 0x00,
	CR = 0x08,
	CFGR = 0x0C,
	COMMON = 0x300,
};

#define ISR_ADRDY   (1u << 0)
#define ISR_EOC	    (1u << 2)
#define ISR_EOS	    (1u << 3)
#define ISR_LDORDY  (1u << 12)
#define CR_ADEN	    (1u << 0)
#define CR_ADDIS    (1u << 1)
#define CR_ADSTART  (1u << 2)
#define CR_JADSTART (1u << 3)
#define CR_ADSTP    (1u << 4)
#define CR_JADSTP   (1u << 5)
#define CR_ADVREGEN (1u << 28)
#define CR_ADCAL    (1u << 31)
#define CFGR_CONT   (1u << 13)

static void command(uint32_t *isr, uint32_t *cr, bool continuous)
{
	if (*cr & CR_ADVREGEN)
		*isr |= ISR_LDORDY;
	else
		*isr &= ~ISR_LDORDY;
	if (*cr & CR_ADDIS)
		*cr &= ~(CR_ADEN | CR_ADDIS | CR_ADSTART | CR_JADSTART);
	if (*cr & CR_ADEN)
		*isr |= ISR_ADRDY;
	if (*cr & CR_ADSTP)
		*cr &= ~CR_ADSTART;
	if (*cr & CR_JADSTP)
		*cr &= ~CR_JADSTART;
	if (*cr & CR_ADSTART) {
		*isr |= ISR_EOC | ISR_EOS;
		if (!continuous)
			*cr &= ~CR_ADSTART;
	}
	*cr &= ~(CR_ADCAL | CR_JADSTART | CR_ADSTP | CR_JADSTP);
}

static int adc_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
		     uint32_t v, uint32_t lanes)
{
	uint32_t *base = &p->reg[(off & ~0xFFu) / 4];

	if (off < COMMON && off % 0x100 == ISR) {
		*base &= ~(v & ~ISR_LDORDY);
		return 0;
	}
	lanes_store(&p->reg[off / 4], v, lanes);
	if (off < COMMON && off % 0x100 == CR)
		command(base + ISR / 4, base + CR / 4, base[CFGR / 4] & CFGR_CONT);
	return 0;
}

const struct periph_ops adc_ops = {
	.write = adc_write,
};
