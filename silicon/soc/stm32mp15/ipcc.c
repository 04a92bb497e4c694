/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ipcc.c - inter-processor communication controller
 *
 * Six channels each way, one status flag each. C1 are the application cores, C2 is the Cortex-M4. A
 * side sets its own flag by SCR bits 21:16 and clears the other side's by bits 5:0. SCR always
 * reads zero: both Linux and the vendor's code read-modify-write it, and a remembered bit would be
 * sent again. Both interrupts of a side are levels.
 */
#include "stm32mp15.h"

#define CHANNELS     6u
#define CHANNEL_MASK 0x3Fu

enum {
	C1CR = 0x00,
	C1MR = 0x04,
	C1SCR = 0x08,
	C1TOC2SR = 0x0C,
	C2CR = 0x10,
	C2MR = 0x14,
	C2SCR = 0x18,
	C2TOC1SR = 0x1C,
	HWCFGR = 0x3F0,
	VERR = 0x3F4,
	IPIDR = 0x3F8,
	SIDR = 0x3FC,
};

#define CR_RXOIE (1u << 0)
#define CR_TXFIE (1u << 16)
#define CR_BITS	 (CR_RXOIE | CR_TXFIE)
#define MR_BITS	 (CHANNEL_MASK | CHANNEL_MASK << 16)

#define IRQ_RX1 103
#define IRQ_TX1 104

static void ipcc_reset(struct cw_soc *soc, struct periph *p)
{
	p->reg[C1MR / 4] = UINT32_MAX;
	p->reg[C2MR / 4] = UINT32_MAX;
	p->reg[HWCFGR / 4] = CHANNELS;
	p->reg[VERR / 4] = 0x10;
	p->reg[IPIDR / 4] = 0x00100071;
	p->reg[SIDR / 4] = 0xA3C5DD01;
}

static int ipcc_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
		      uint32_t v, uint32_t lanes)
{
	uint32_t *reg = p->reg;

	switch (off) {
	case C1CR:
	case C2CR:
		lanes_store(&reg[off / 4], v & CR_BITS, lanes);
		break;
	case C1MR:
	case C2MR:
		lanes_store(&reg[off / 4], v | (lanes & ~MR_BITS), lanes);
		break;
	case C1SCR:
		reg[C1TOC2SR / 4] |= v >> 16 & CHANNEL_MASK;
		reg[C2TOC1SR / 4] &= ~(v & CHANNEL_MASK);
		break;
	case C2SCR:
		reg[C2TOC1SR / 4] |= v >> 16 & CHANNEL_MASK;
		reg[C1TOC2SR / 4] &= ~(v & CHANNEL_MASK);
		break;
	default: /* read only or reserved */
		break;
	}
	return 0;
}

/* @cr, @mr of the side that is interrupted; @in the flags towards it, @out its own. */
static bool rx_level(uint32_t cr, uint32_t mr, uint32_t in)
{
	return (cr & CR_RXOIE) && (in & ~mr & CHANNEL_MASK);
}

static bool tx_level(uint32_t cr, uint32_t mr, uint32_t out)
{
	return (cr & CR_TXFIE) && (~out & ~(mr >> 16) & CHANNEL_MASK);
}

static void ipcc_lines(struct cw_soc *soc, struct periph *p)
{
	const uint32_t *reg = p->reg;
	uint32_t to2 = reg[C1TOC2SR / 4], to1 = reg[C2TOC1SR / 4];

	soc_core_line(soc, IRQ_RX1, rx_level(reg[C2CR / 4], reg[C2MR / 4], to2));
	soc_core_line(soc, IRQ_TX1, tx_level(reg[C2CR / 4], reg[C2MR / 4], to1));
	soc_host_line(soc, CW_LINE_IPCC_RX, rx_level(reg[C1CR / 4], reg[C1MR / 4], to1));
	soc_host_line(soc, CW_LINE_IPCC_TX, tx_level(reg[C1CR / 4], reg[C1MR / 4], to2));
}

/* Reads are of the register file: SCR is never stored, so it reads zero. */
const struct periph_ops ipcc_ops = {
	.reset = ipcc_reset,
	.write = ipcc_write,
	.lines = ipcc_lines,
};
