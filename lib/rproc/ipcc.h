/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rproc/ipcc.h - the application cores' side of STM32's inter-processor mailbox
 *
 * Numbers and rules are those of Linux's stm32-ipcc and mailbox core: a channel carries no data, at most 20 messages
 * wait for it, one is sent at a time, and the other side's clearing of the flag (TX-free) sends the next. SCR reads 0
 * always and is only ever written.
 *
 * Where silicon shares the flags (struct cw_bus_mailbox), they are changed and looked at in memory: a message is a bit
 * and a bell, and TX-free is asked for only while somebody waits for it. Else everything is a register.
 */
#ifndef CW_RPROC_IPCC_H
#define CW_RPROC_IPCC_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/bus.h"

#define CW_IPCC_CHANNELS 6
#define CW_IPCC_QUEUE	 20

struct cw_ipcc {
	struct cw_bus *bus;
	uint64_t pa;
	uint32_t mask; /* C1MR as written: nobody else writes it */
	struct cw_bus_mailbox *shared; /* NULL: registers */
	int bell;
	struct {
		unsigned waiting; /* messages, the one on its way included */
	} channel[CW_IPCC_CHANNELS];
};

/* Mask everything, enable both interrupts, listen on @channels (bit n = channel n). 0 or negative errno. */
int cw_ipcc_open(struct cw_ipcc *ipcc, struct cw_bus *bus, uint64_t pa, uint32_t channels);
void cw_ipcc_close(struct cw_ipcc *ipcc);

/* 0; -ENOBUFS too many wait; -EPIPE. */
int cw_ipcc_send(struct cw_ipcc *ipcc, unsigned channel);

/* Nothing sent or waiting on this channel. */
bool cw_ipcc_idle(struct cw_ipcc *ipcc, unsigned channel);
/* The TX line is to tell when this channel becomes free: it is not otherwise, unless a message waits. 0 or negative errno. */
int cw_ipcc_want_free(struct cw_ipcc *ipcc, unsigned channel);

/* The TX line is high: channels that became free send their next message. When one alone is waited for the line itself
 * says which; but what was said before a reset may come late: with @sure, ask. 0 done; 1 call again; or negative errno. */
int cw_ipcc_tx(struct cw_ipcc *ipcc, bool sure);

/* The RX line is high: acknowledge every channel that is listened to. When this returns they are clear, and what the
 * other side did before that can be seen: look at everything then. Whatever it signals later raises the line again. 0 or
 * negative errno. */
int cw_ipcc_rx(struct cw_ipcc *ipcc);
/* Those channels: bit n = channel n. */
uint32_t cw_ipcc_rx_channels(const struct cw_ipcc *ipcc);

/* Forget what waits, and listen as before: the other side was reset, or has reset the mailbox. */
void cw_ipcc_forget(struct cw_ipcc *ipcc);

#endif
