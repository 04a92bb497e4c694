/* SPDX-License-Identifier: BSD-2-Clause */
#include "rproc/ipcc.h"

#include <errno.h>
#include <string.h>

#include "host/point.h"

/* Registers of processor 1, the application cores. */
#define C1CR	 0x00u
#define C1MR	 0x04u
#define C1SCR	 0x08u
#define C1TOC2SR 0x0cu

#define CR_RXOIE (1u << 0)
#define CR_TXFIE (1u << 16)
#define RX_BITS	 0x0000003fu
#define TX_BITS	 0x003f0000u
#define TX_ROUNDS 64 /* of one call, however fast the other side takes messages */
#define TX_BIT(n) (1u << (16 + (n)))

static int set_mask(struct cw_ipcc *ipcc, uint32_t mask)
{
	ipcc->mask = mask;
	return cw_bus_post32(ipcc->bus, CW_PA(ipcc->pa + C1MR), mask);
}

int cw_ipcc_open(struct cw_ipcc *ipcc, struct cw_bus *bus, uint64_t pa, uint32_t channels)
{
	int r;

	*ipcc = (struct cw_ipcc){.bus = bus, .pa = pa, .mask = RX_BITS | TX_BITS};
	r = cw_bus_write32(bus, CW_PA(pa + C1MR), ipcc->mask);
	if (!r)
		r = cw_bus_write32(bus, CW_PA(pa + C1CR), CR_RXOIE | CR_TXFIE);
	if (!r)
		r = cw_bus_write32(bus, CW_PA(pa + C1MR), ipcc->mask & ~(channels & RX_BITS));
	if (!r)
		ipcc->mask &= ~(channels & RX_BITS);
	return r;
}

void cw_ipcc_close(struct cw_ipcc *ipcc)
{
	if (!ipcc->bus)
		return;
	set_mask(ipcc, RX_BITS | TX_BITS);
	cw_bus_post32(ipcc->bus, CW_PA(ipcc->pa + C1CR), 0);
	ipcc->bus = NULL;
}

static int send_now(struct cw_ipcc *ipcc, unsigned channel)
{
	int r;

	CW_POINT(mbox_send, channel);
	/* Flag first, then the wish to hear when it is cleared: the other way round the line would rise at once. */
	r = cw_bus_post32(ipcc->bus, CW_PA(ipcc->pa + C1SCR), TX_BIT(channel));
	if (!r)
		r = set_mask(ipcc, ipcc->mask & ~TX_BIT(channel));
	return r;
}

int cw_ipcc_send(struct cw_ipcc *ipcc, unsigned channel)
{
	/* Linux's ring holds 20 besides the one on its way. */
	if (ipcc->channel[channel].waiting > CW_IPCC_QUEUE)
		return -ENOBUFS;
	if (ipcc->channel[channel].waiting++)
		return 0;
	return send_now(ipcc, channel);
}

bool cw_ipcc_idle(const struct cw_ipcc *ipcc, unsigned channel)
{
	return !ipcc->channel[channel].waiting;
}

/* @n has become free: mask it, and send on. */
static int tx_free(struct cw_ipcc *ipcc, unsigned n)
{
	int r = set_mask(ipcc, ipcc->mask | TX_BIT(n));

	if (!r && ipcc->channel[n].waiting && --ipcc->channel[n].waiting)
		r = send_now(ipcc, n);
	return r;
}

/* One look: channels that became free are masked, and send on. 1 there were some, 0 none. */
static int tx_round(struct cw_ipcc *ipcc)
{
	uint32_t occupied;
	int handled = 0;
	int r = cw_bus_read32(ipcc->bus, CW_PA(ipcc->pa + C1TOC2SR), &occupied);

	for (unsigned n = 0; !r && n < CW_IPCC_CHANNELS; n++) {
		if (ipcc->mask & TX_BIT(n) || occupied & 1u << n)
			continue;
		handled = 1;
		r = tx_free(ipcc, n);
	}
	return r < 0 ? r : handled;
}

/* The one channel that is waited for, or -1: there are others, or none. */
static int only_one(const struct cw_ipcc *ipcc)
{
	uint32_t waited = ~ipcc->mask & TX_BITS;

	return waited && !(waited & (waited - 1)) ? __builtin_ctz(waited) - 16 : -1;
}

int cw_ipcc_tx(struct cw_ipcc *ipcc, bool sure)
{
	int only = sure ? -1 : only_one(ipcc);
	int r = 1;

	/* The line is high because a channel is free: with one there is nothing to ask. */
	if (only >= 0)
		return tx_free(ipcc, (unsigned)only);
	/* A channel that becomes free between the look and the masking of another keeps the line high, so that no edge
	 * tells of it: look again until none is free, or none is waited for. */
	for (unsigned i = 0; r > 0 && (ipcc->mask & TX_BITS) != TX_BITS; i++) {
		if (i == TX_ROUNDS)
			return 1;
		r = tx_round(ipcc);
	}
	return r < 0 ? r : 0;
}

uint32_t cw_ipcc_rx_channels(const struct cw_ipcc *ipcc)
{
	return RX_BITS & ~ipcc->mask;
}

int cw_ipcc_rx(struct cw_ipcc *ipcc)
{
	CW_POINT(mbox_receive, cw_ipcc_rx_channels(ipcc));
	return cw_bus_write32(ipcc->bus, CW_PA(ipcc->pa + C1SCR), cw_ipcc_rx_channels(ipcc));
}

void cw_ipcc_forget(struct cw_ipcc *ipcc)
{
	memset(ipcc->channel, 0, sizeof(ipcc->channel));
	set_mask(ipcc, ipcc->mask | TX_BITS);
	/* RCC's reset line of the mailbox is the remote core's, too: it may have reset our side. */
	cw_bus_post32(ipcc->bus, CW_PA(ipcc->pa + C1CR), CR_RXOIE | CR_TXFIE);
}
