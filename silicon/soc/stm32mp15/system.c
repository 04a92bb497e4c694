/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * system.c - small system peripherals: power control, system configuration, debug identity
 */
#include "stm32mp15.h"

/* ---- PWR ---- */

enum {
	PWR_CR2 = 0x04,
	PWR_CR3 = 0x0C,
	PWR_MPUCR = 0x10,
	PWR_MCUCR = 0x14,
};

#define CR_CSSF	 (1u << 9) /* write 1: forget the flags; reads 0 */
#define CR_STOPF (1u << 5)
#define CR_SBF	 (1u << 6)

/* Regulators are ready as they are enabled: bits @on of a register are mirrored at @rdy. */
static void regulators(uint32_t *reg, uint32_t on, uint32_t rdy)
{
	*reg = (*reg & ~(1u << rdy)) | (*reg >> on & 1) << rdy;
}

static int pwr_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
		     uint32_t v, uint32_t lanes)
{
	uint32_t *reg = &p->reg[off / 4];
	uint32_t flags = *reg & (CR_STOPF | CR_SBF);

	lanes_store(reg, v, lanes);
	switch (off) {
	case PWR_CR2:
		regulators(reg, 0, 16); /* backup, retention */
		regulators(reg, 1, 17);
		break;
	case PWR_CR3:
		regulators(reg, 24, 26); /* USB 3.3, 1.8 and 1.1 V */
		regulators(reg, 28, 29);
		regulators(reg, 30, 31);
		break;
	case PWR_MPUCR:
	case PWR_MCUCR: /* the flags are hardware's */
		*reg &= ~(CR_STOPF | CR_SBF | CR_CSSF);
		if (!(v & CR_CSSF))
			*reg |= flags;
		break;
	default:
		break;
	}
	return 0;
}

const struct periph_ops pwr_ops = {
	.write = pwr_write,
};

/* ---- SYSCFG ---- */

enum {
	SYSCFG_BOOTR = 0x00,
	SYSCFG_PMCSETR = 0x04,
	SYSCFG_IOCTRLSETR = 0x18,
	SYSCFG_CMPCR = 0x20,
	SYSCFG_CMPENSETR = 0x24,
	SYSCFG_CMPENCLRR = 0x28,
	SYSCFG_PMCCLRR = 0x44,
	SYSCFG_IOCTRLCLRR = 0x58,
};

#define BOOT_PINS 7u
#define BOOT_EMMC 2u /* as strapped; only 4 is engineering mode */
#define CMP_READY (1u << 8)

static void syscfg_reset(struct cw_soc *soc, struct periph *p)
{
	p->reg[SYSCFG_BOOTR / 4] = BOOT_EMMC;
}

static uint32_t syscfg_read(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off)
{
	switch (off) {
	case SYSCFG_PMCCLRR:
		return p->reg[SYSCFG_PMCSETR / 4];
	case SYSCFG_IOCTRLCLRR:
		return p->reg[SYSCFG_IOCTRLSETR / 4];
	case SYSCFG_CMPENCLRR:
		return p->reg[SYSCFG_CMPENSETR / 4];
	case SYSCFG_CMPCR:
		return (p->reg[off / 4] & ~CMP_READY) |
		       (p->reg[SYSCFG_CMPENSETR / 4] & 3 ? CMP_READY : 0);
	default:
		return p->reg[off / 4];
	}
}

static int syscfg_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
			uint32_t v, uint32_t lanes)
{
	switch (off) {
	case SYSCFG_BOOTR:
		lanes_store(&p->reg[off / 4], v, lanes & ~BOOT_PINS);
		break;
	case SYSCFG_PMCSETR:
	case SYSCFG_IOCTRLSETR:
	case SYSCFG_CMPENSETR:
		p->reg[off / 4] |= v;
		break;
	case SYSCFG_PMCCLRR:
		p->reg[SYSCFG_PMCSETR / 4] &= ~v;
		break;
	case SYSCFG_IOCTRLCLRR:
		p->reg[SYSCFG_IOCTRLSETR / 4] &= ~v;
		break;
	case SYSCFG_CMPENCLRR:
		p->reg[SYSCFG_CMPENSETR / 4] &= ~v;
		break;
	default:
		lanes_store(&p->reg[off / 4], v, lanes);
		break;
	}
	return 0;
}

const struct periph_ops syscfg_ops = {
	.reset = syscfg_reset,
	.read = syscfg_read,
	.write = syscfg_write,
};

/* ---- DBGMCU ---- */

#define DBGMCU_IDCODE	0x00u
#define STM32MP15_REV_B 0x20006500u /* device 0x500 */

static uint32_t dbgmcu_read(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off)
{
	return off == DBGMCU_IDCODE ? STM32MP15_REV_B : p->reg[off / 4];
}

const struct periph_ops dbgmcu_ops = {
	.read = dbgmcu_read,
};
