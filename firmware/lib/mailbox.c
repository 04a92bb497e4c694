/* SPDX-License-Identifier: BSD-2-Clause */
#include "mailbox.h"

#include "clock.h"
#include "stm32mp15.h"
#include "trace.h"

#define CHANNELS  0x3Fu
#define RX_USED	  0x0Fu /* the four channels above */
#define PRIO_IPCC 0x10

static uint32_t owed; /* kicks waiting for their channel, a bit each */

void ipcc_rx1_handler(void);
void ipcc_tx1_handler(void);

void mailbox_start(void)
{
	RCC(RCC_MC_AHB3ENSETR) = 1u << 12;
	/* What was rung before belongs to a firmware before, like a shutdown that it never acknowledged: a reset of the
	 * core leaves the mailbox as it is. The rings are looked at without having been rung for. */
	IPCC->C2.SCR = CHANNELS;
	IPCC->C2.MR = (CHANNELS & ~RX_USED) | CHANNELS << 16;
	IPCC->C2.CR = IPCC_RXOIE | IPCC_TXFIE;
	nvic_priority(IRQ_IPCC_RX1, PRIO_IPCC);
	nvic_priority(IRQ_IPCC_TX1, PRIO_IPCC);
	nvic_enable(IRQ_IPCC_RX1);
	nvic_enable(IRQ_IPCC_TX1);
}

static void __attribute__((noreturn)) shut_down(void)
{
	irq_disable();
	clock_stop();
	nvic_disable(IRQ_IPCC_RX1);
	nvic_disable(IRQ_IPCC_TX1);
	IPCC->C2.CR = 0;
	trace("[%lu ms] shutdown requested: goodbye\n", clock_ms());
	IPCC->C2.SCR = IPCC_CLEAR(CHANNEL_SHUTDOWN);
	for (;;)
		wfi();
}

void ipcc_rx1_handler(void)
{
	uint32_t rung = IPCC->C1.TOSR & RX_USED;

	if (rung & IPCC_OCCUPIED(CHANNEL_SHUTDOWN))
		shut_down();
	/* The main loop looks at everything after each interrupt, so the doorbells need not be told
	 * apart. They are answered before the rings are read: a later message rings again. */
	IPCC->C2.SCR = rung;
}

static void send_owed(void)
{
	uint32_t ready = owed & ~IPCC->C2.TOSR;

	owed &= ~ready;
	IPCC->C2.SCR = ready << 16;
	IPCC->C2.MR = (CHANNELS & ~RX_USED) | (CHANNELS & ~owed) << 16;
}

void ipcc_tx1_handler(void)
{
	send_owed();
}

void mailbox_kick(unsigned channel)
{
	irq_disable();
	owed |= 1u << channel;
	send_owed();
	irq_enable();
}

void mailbox_wait(void)
{
	/* A masked interrupt still wakes, so what comes in between the caller's last look and here
	 * is not slept over. */
	irq_disable();
	wfi();
	irq_enable();
}
