/* SPDX-License-Identifier: BSD-2-Clause */
#include "rproc/ipcc.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/cleanup.h"
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

static int open_shared(struct cw_ipcc *ipcc, struct cw_bus *bus)
{
	cleanup_fd int memory = -1, bell = -1;
	void *p;
	int r = cw_bus_mailbox(bus, CW_MAILBOX_MEMORY, &memory);

	/* Silicon has none, or does not know what that is. */
	if (r == -ENOENT || r == -EINVAL)
		return 0;
	if (r == 0)
		r = cw_bus_mailbox(bus, CW_MAILBOX_BELL, &bell);
	if (r < 0)
		return r;
	p = mmap(NULL, CW_BUS_MAILBOX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (p == MAP_FAILED)
		return -errno;
	ipcc->shared = p;
	ipcc->bell = cw_steal_fd(&bell);
	return 0;
}

static void close_shared(struct cw_ipcc *ipcc)
{
	if (ipcc->shared)
		munmap(ipcc->shared, CW_BUS_MAILBOX_SIZE);
	ipcc->shared = NULL;
	cw_close_fd(&ipcc->bell);
}

/* A shared flag was changed and the other side has to know. A core that runs does not hear the bell, and one that somebody
 * rang until it was full cannot be rung: a write that does nothing makes silicon look. */
static int tell(struct cw_ipcc *ipcc)
{
	uint64_t one = 1;

	if (atomic_load(&ipcc->shared->asleep)) {
		if (write(ipcc->bell, &one, sizeof(one)) == sizeof(one))
			return 0;
		if (errno != EAGAIN)
			return -errno;
	}
	return cw_bus_post32(ipcc->bus, CW_PA(ipcc->pa + C1SCR), 0);
}

int cw_ipcc_open(struct cw_ipcc *ipcc, struct cw_bus *bus, uint64_t pa, uint32_t channels)
{
	int r;

	*ipcc = (struct cw_ipcc){.bus = bus, .pa = pa, .mask = RX_BITS | TX_BITS, .bell = -1};
	r = open_shared(ipcc, bus);
	if (r < 0)
		return r;
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
	close_shared(ipcc);
	ipcc->bus = NULL;
}

static int send_now(struct cw_ipcc *ipcc, unsigned channel)
{
	int r;

	CW_POINT(mbox_send, channel);
	if (ipcc->shared) {
		atomic_fetch_or(&ipcc->shared->to_core, 1u << channel);
		return tell(ipcc);
	}
	/* Flag first, then the wish to hear when it is cleared: the other way round the line would rise at once. */
	r = cw_bus_post32(ipcc->bus, CW_PA(ipcc->pa + C1SCR), TX_BIT(channel));
	if (!r)
		r = set_mask(ipcc, ipcc->mask & ~TX_BIT(channel));
	return r;
}

/* Nobody tells when the last message was taken: see whether it was. */
static void see_taken(struct cw_ipcc *ipcc, unsigned channel)
{
	if (ipcc->shared && ipcc->channel[channel].waiting == 1 &&
	    !(atomic_load(&ipcc->shared->to_core) & 1u << channel))
		ipcc->channel[channel].waiting = 0;
}

int cw_ipcc_want_free(struct cw_ipcc *ipcc, unsigned channel)
{
	return ipcc->mask & TX_BIT(channel) ? set_mask(ipcc, ipcc->mask & ~TX_BIT(channel)) : 0;
}

int cw_ipcc_send(struct cw_ipcc *ipcc, unsigned channel)
{
	see_taken(ipcc, channel);
	/* Linux's ring holds 20 besides the one on its way. */
	if (ipcc->channel[channel].waiting > CW_IPCC_QUEUE)
		return -ENOBUFS;
	if (ipcc->channel[channel].waiting++)
		return cw_ipcc_want_free(ipcc, channel);
	return send_now(ipcc, channel);
}

bool cw_ipcc_idle(struct cw_ipcc *ipcc, unsigned channel)
{
	see_taken(ipcc, channel);
	return !ipcc->channel[channel].waiting;
}

/* @n has become free: mask it, and send on. */
static int tx_free(struct cw_ipcc *ipcc, unsigned n)
{
	int r = set_mask(ipcc, ipcc->mask | TX_BIT(n));

	if (!r && ipcc->channel[n].waiting && --ipcc->channel[n].waiting)
		r = send_now(ipcc, n);
	if (!r && ipcc->shared && ipcc->channel[n].waiting > 1)
		r = cw_ipcc_want_free(ipcc, n);
	return r;
}

static int read_occupied(struct cw_ipcc *ipcc, uint32_t *ret)
{
	if (!ipcc->shared)
		return cw_bus_read32(ipcc->bus, CW_PA(ipcc->pa + C1TOC2SR), ret);
	*ret = atomic_load(&ipcc->shared->to_core);
	return 0;
}

/* One look: channels that became free are masked, and send on. 1 there were some, 0 none. */
static int tx_round(struct cw_ipcc *ipcc)
{
	uint32_t occupied;
	int handled = 0;
	int r = read_occupied(ipcc, &occupied);

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
	int only = sure || ipcc->shared ? -1 : only_one(ipcc);
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
	uint32_t channels = cw_ipcc_rx_channels(ipcc);

	CW_POINT(mbox_receive, channels);
	if (!ipcc->shared)
		return cw_bus_write32(ipcc->bus, CW_PA(ipcc->pa + C1SCR), channels);
	channels &= atomic_fetch_and(&ipcc->shared->to_host, ~channels);
	return channels & atomic_load(&ipcc->shared->wanted) ? tell(ipcc) : 0;
}

void cw_ipcc_forget(struct cw_ipcc *ipcc)
{
	memset(ipcc->channel, 0, sizeof(ipcc->channel));
	set_mask(ipcc, ipcc->mask | TX_BITS);
	/* RCC's reset line of the mailbox is the remote core's, too: it may have reset our side. */
	cw_bus_post32(ipcc->bus, CW_PA(ipcc->pa + C1CR), CR_RXOIE | CR_TXFIE);
}
