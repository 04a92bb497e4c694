/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mailbox.h - IPCC as doorbells
 *
 * Channels as Linux uses them. A kick that finds its channel still occupied is sent when it becomes
 * free, by the TX-free interrupt, so nothing waits here for the host. A shutdown request is
 * acknowledged and obeyed inside the interrupt: the core masks everything and sleeps until it is
 * reset.
 */
#ifndef FW_MAILBOX_H
#define FW_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

enum {
	CHANNEL_VQ0 = 0,
	CHANNEL_VQ1 = 1,
	CHANNEL_SHUTDOWN = 2,
	CHANNEL_DETACH = 3,
};

void mailbox_start(void);
void mailbox_kick(unsigned channel);

/* Sleep until an interrupt came in since the last call. */
void mailbox_wait(void);

#endif
