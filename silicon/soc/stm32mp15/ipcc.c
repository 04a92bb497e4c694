/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ipcc.c - inter-processor communication controller
 *
 * Six channels each way, one status flag each. C1 are the application cores, C2 is the Cortex-M4. A
 * side sets its own flag by SCR bits 21:16 and clears the other side's by bits 5:0. SCR always
 * reads zero: both Linux and the vendor's code read-modify-write it, and a remembered bit would be
 * sent again. Both interrupts of a side are levels.
 *
 * The status flags are where the environment wants them: in memory that the application cores share
 * (bus/wire.h), so that a doorbell needs no access of a register. What is there may change at any
 * time: it is read once for each decision.
 */
#include "stm32mp15.h"

#include <stdatomic.h>

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
	atomic_store(&soc->mailbox->to_core, 0);
	atomic_store(&soc->mailbox->to_host, 0);
	atomic_store(&soc->mailbox->wanted, 0);
	p->reg[C1MR / 4] = UINT32_MAX;
	p->reg[C2MR / 4] = UINT32_MAX;
	p->reg[HWCFGR / 4] = CHANNELS;
	p->reg[VERR / 4] = 0x10;
	p->reg[IPIDR / 4] = 0x00100071;
	p->reg[SIDR / 4] = 0xA3C5DD01;
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

static uint32_t flags(_Atomic uint32_t *word)
{
	return atomic_load(word) & CHANNEL_MASK;
}

/* What the application cores changed in the shared flags they know: falls of their lines are not told. */
static void quiet_falls(struct cw_soc *soc, const uint32_t *reg)
{
	if (!rx_level(reg[C1CR / 4], reg[C1MR / 4], flags(&soc->mailbox->to_host)))
		soc_host_line_fell(soc, CW_LINE_IPCC_RX);
	if (!tx_level(reg[C1CR / 4], reg[C1MR / 4], flags(&soc->mailbox->to_core)))
		soc_host_line_fell(soc, CW_LINE_IPCC_TX);
}

static uint32_t ipcc_read(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off)
{
	quiet_falls(soc, p->reg);
	switch (off) {
	case C1TOC2SR:
		return flags(&soc->mailbox->to_core);
	case C2TOC1SR:
		return flags(&soc->mailbox->to_host);
	default: /* SCR is never stored, so it reads zero */
		return p->reg[off / 4];
	}
}

/* The core's write. The application cores may have changed flags since anybody looked. Whether a line of theirs was high
 * is decided in the instant of the change here: had it been low, it rises now; else who changes flags later finds what
 * the core wrote before. */
static void write_c2scr(struct cw_soc *soc, const uint32_t *reg, uint32_t v)
{
	uint32_t set = v >> 16 & CHANNEL_MASK, clear = v & CHANNEL_MASK;
	struct cw_bus_mailbox *mb = soc->mailbox;

	if (set && !rx_level(reg[C1CR / 4], reg[C1MR / 4], atomic_fetch_or(&mb->to_host, set)))
		soc_host_line_fell(soc, CW_LINE_IPCC_RX);
	if (clear &&
	    !tx_level(reg[C1CR / 4], reg[C1MR / 4], atomic_fetch_and(&mb->to_core, ~clear)))
		soc_host_line_fell(soc, CW_LINE_IPCC_TX);
}

static int ipcc_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
		      uint32_t v, uint32_t lanes)
{
	struct cw_bus_mailbox *mb = soc->mailbox;
	uint32_t *reg = p->reg;

	quiet_falls(soc, reg);
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
		atomic_fetch_or(&mb->to_core, v >> 16 & CHANNEL_MASK);
		atomic_fetch_and(&mb->to_host, ~(v & CHANNEL_MASK));
		break;
	case C2SCR:
		write_c2scr(soc, reg, v);
		break;
	default: /* read only or reserved */
		break;
	}
	if (off == C2CR || off == C2MR)
		atomic_store(&mb->wanted,
			     reg[C2CR / 4] & CR_TXFIE ? ~reg[C2MR / 4] >> 16 & CHANNEL_MASK : 0);
	return 0;
}

static void ipcc_lines(struct cw_soc *soc, struct periph *p)
{
	uint32_t to2 = flags(&soc->mailbox->to_core), to1 = flags(&soc->mailbox->to_host);
	const uint32_t *reg = p->reg;

	soc_core_line(soc, IRQ_RX1, rx_level(reg[C2CR / 4], reg[C2MR / 4], to2));
	soc_core_line(soc, IRQ_TX1, tx_level(reg[C2CR / 4], reg[C2MR / 4], to1));
	soc_host_line(soc, CW_LINE_IPCC_RX, rx_level(reg[C1CR / 4], reg[C1MR / 4], to1));
	soc_host_line(soc, CW_LINE_IPCC_TX, tx_level(reg[C1CR / 4], reg[C1MR / 4], to2));
}

void ipcc_look(struct cw_soc *soc)
{
	struct periph *p = soc_periph(soc, IPCC_BASE);

	quiet_falls(soc, p->reg);
	ipcc_lines(soc, p);
}

const struct periph_ops ipcc_ops = {
	.reset = ipcc_reset,
	.read = ipcc_read,
	.write = ipcc_write,
	.lines = ipcc_lines,
};
