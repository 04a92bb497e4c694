/* SPDX-License-Identifier: BSD-2-Clause */
/* system.c - attacks on the rest of the chip: registers, memory, interrupts, and by silence */
#include <string.h>

#include "fault.h"
#include "hostile.h"
#include "mailbox.h"
#include "stm32mp15.h"
#include "trace.h"

#define AIRCR_KEY_RESET 0x05FA0004u
#define WWDG_CR_WDGA	(1u << 7)
#define NEVER		0xFFFFFFFFu

/* ---- silence ---- */

static void mute(void)
{
	irq_disable();
	for (;;)
		wfi();
}

static void spin(void)
{
	irq_disable();
	for (;;)
		;
}

/* ---- resets ---- */

static void reset(void)
{
	wait_driver();
	for (;;)
		SCB->AIRCR = AIRCR_KEY_RESET;
}

/* Before the host's driver is there, as soon as it can. */
static void reset_early(void)
{
	for (;;)
		SCB->AIRCR = AIRCR_KEY_RESET;
}

static void watchdog(void)
{
	wait_driver();
	RCC(RCC_MC_APB1ENSETR) = 1u << 28;
	WWDG1->CR = WWDG_CR_WDGA | 0x7F;
	for (;;)
		;
}

/* At once: the counter is written below its limit. */
static void watchdog_early(void)
{
	RCC(RCC_MC_APB1ENSETR) = 1u << 28;
	WWDG1->CR = WWDG_CR_WDGA;
	for (;;)
		;
}

/* ---- storms ---- */

static void ipcc_storm(void)
{
	wait_driver();
	while (1) {
		IPCC->C2.SCR = 0x3F << 16; /* all channels rung */
		IPCC->C2.SCR = 0x3F;	   /* and all of the host's taken */
		IPCC->C2.MR = 0;
		IPCC->C2.CR = IPCC_RXOIE | IPCC_TXFIE;
		IPCC->C2.CR = 0;
	}
}

static volatile uint32_t ticks;

static void count_tick(void)
{
	ticks++;
	if (shutdown_asked())
		behave();
}

static void systick_storm(void)
{
	on_systick = count_tick;
	SYSTICK->RVR = 1;
	SYSTICK->CVR = 0;
	SYSTICK->CSR = SYSTICK_ENABLE | SYSTICK_TICKINT | SYSTICK_CORE_CLK;
	for (;;)
		wfi();
}

static void pend_again(void)
{
	SCB->ICSR = ICSR_PENDSVSET;
	if (shutdown_asked())
		behave();
}

static void pendsv_storm(void)
{
	on_pendsv = pend_again;
	SCB->ICSR = ICSR_PENDSVSET;
	for (;;)
		;
}

/* Every line pending and enabled, all at one priority, and nobody clears. */
static void nvic_storm(void)
{
	irq_disable();
	for (unsigned round = 0; round < 20000; round++)
		for (unsigned i = 0; i < 5; i++) {
			NVIC->ISER[i] = NEVER;
			NVIC->ISPR[i] = NEVER;
			NVIC->ICPR[i] = NEVER;
			NVIC->ICER[i] = NEVER;
		}
	trace("lines moved\n");
}

static void wake_storm(void)
{
	irq_disable();
	for (;;)
		__asm__ volatile("sev\n\twfe\n\tsev\n\twfe\n\twfe" ::: "memory");
}

/* ---- the host's view ---- */

/* Other numbers, offsets and addresses in the table at every look. Only what is the host's is let be. */
static void table_rewrite(void)
{
	for (uint32_t n = 0;; n++) {
		table.header.ver = n;
		table.header.num = n % 2 ? 2 : NEVER;
		table.offset[0] = n % 2 ? 24 : NEVER - n;
		table.offset[1] = n;
		table.vdev.num_of_vrings = (uint8_t)n;
		table.vdev.config_len = NEVER;
		table.vdev.type = n % 5;
		table.vdev.vring[0].num = n;
		table.vdev.vring[0].da = n % 3 ? 0x10040000 : 0;
		table.vdev.vring[1].da = 0x2FFC0000;
		table.vdev.status = (uint8_t)n;
		table.log.da = n % 2 ? 0x2FFC0000 : 0x10000000;
		table.log.len = NEVER;
		memset((void *)table.log.name, 'B', sizeof(table.log.name));
		if (shutdown_asked())
			return;
	}
}

/* No NUL, and never the same. */
static void trace_endless(void)
{
	for (uint32_t n = 0;; n++) {
		memset(trace_buffer, 'A' + (int)(n % 26), TRACE_SIZE);
		if (shutdown_asked())
			return;
	}
}

/* Bytes that a terminal obeys. */
static void trace_terminal(void)
{
	static const char text[] = "\033[2J\033]0;owned\007\b\b\b\x9b"
				   "31m\xff\xfe line\r\n";

	memcpy(trace_buffer, text, sizeof(text));
}

/* ---- everything else's ---- */

static volatile uint32_t refused;

/* Skip the instruction that was refused. */
static int skip(struct exc_frame *f, uint32_t exc_return)
{
	uint16_t op = *(const volatile uint16_t *)(uintptr_t)f->pc;

	SCB->CFSR = NEVER;
	refused++;
	f->pc += (op >> 11) >= 0x1D ? 4 : 2;
	return 1;
}

/* What this firmware itself stands on, and the core's private registers, which have attacks of their own. */
static bool our_own(uint32_t addr)
{
	return addr < 0x10000 || (addr >= 0x10000000 && addr < 0x10040000) ||
	       (addr >= 0x30000000 && addr < 0x30040000) ||
	       (addr >= 0x38000000 && addr < 0x38010000) || addr >= 0xE0000000;
}

static void sweep(uint32_t from, uint32_t to, uint32_t stride, uint32_t value)
{
	for (uint32_t a = from; a >= from && a < to; a += stride) {
		if (our_own(a))
			continue;
		*(volatile uint32_t *)(uintptr_t)a = value;
		*(volatile uint16_t *)(uintptr_t)(a + 6) = (uint16_t)value;
		*(volatile uint8_t *)(uintptr_t)(a + 9) = (uint8_t)value;
		(void)*(volatile uint32_t *)(uintptr_t)a;
	}
}

static void write_everywhere(void)
{
	SCB->SHCSR |=
		SHCSR_BUSFAULTENA; /* which is why interrupts stay on: PRIMASK would escalate */
	fault_hook = skip;
	sweep(0, 0xE0000000, 0x100000, 0x5A5A5A5A);
	trace("memory swept, %lu refused\n", refused);
	sweep(0x40000000, 0x5D000000, 0x4000, 0x5A5A5A5A);
	trace("registers swept, %lu refused\n", refused);
	/* Word by word where there is something. */
	sweep(0x4C000000, 0x4C002000, 16, 0);
	sweep(0x50000000, 0x50002000, 16, 0x5A5A5A5A);
	trace("swept, %lu refused\n", refused);
}

/* Every hardware semaphore is taken and stays so. */
static void hsem_hold(void)
{
	for (unsigned i = 0; i < 32; i++)
		(void)HSEM->RLR[i];
	trace("holding %s\n", HSEM->R[0] & HSEM_LOCKED ? "all" : "none");
}

/* The host's rings and buffers, whole. */
static void shared_scribble(void)
{
	wait_driver();
	while (!shutdown_asked())
		for (uint32_t a = SHARED_BASE; a < SHARED_BASE + SHARED_SIZE; a += 4)
			*(volatile uint32_t *)(uintptr_t)a = a * 0x9E3779B1u ^ SYSTICK->CVR;
}

const struct attack attacks_system[] = {
	{"mute", mute},
	{"spin", spin},
	{"reset", reset},
	{"reset-early", reset_early},
	{"watchdog", watchdog},
	{"watchdog-early", watchdog_early},
	{"ipcc-storm", ipcc_storm},
	{"systick-storm", systick_storm},
	{"pendsv-storm", pendsv_storm},
	{"nvic-storm", nvic_storm},
	{"wake-storm", wake_storm},
	{"table-rewrite", table_rewrite},
	{"trace-endless", trace_endless},
	{"trace-terminal", trace_terminal},
	{"write-everywhere", write_everywhere},
	{"hsem-hold", hsem_hold},
	{"shared-scribble", shared_scribble},
	{NULL, NULL},
};
