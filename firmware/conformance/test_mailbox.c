/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mailbox.c - IPCC and HSEM
 *
 * The IPCC does not look at who writes: the host's side of channels 5 and 6 (index 4 and 5, which
 * nobody else uses) is played from here.
 */
#include "check.h"

#define CH		       4
#define CH2		       5
#define ALL		       0x003F003Fu
#define MASKED(free, occupied) (ALL & ~((free) << 16 | (occupied)))

static uint32_t leave_unanswered;

static void rx_hook(void)
{
	if (leave_unanswered) {
		leave_unanswered--;
		return;
	}
	IPCC->C2.SCR = IPCC_CLEAR(CH);
	dsb();
}

static void tx_hook(void)
{
	IPCC->C2.MR = MASKED(0, 0);
	dsb();
}

static bool pending(unsigned irq)
{
	return NVIC->ISPR[irq / 32] >> irq % 32 & 1;
}

static void unpend(unsigned irq)
{
	NVIC->ICPR[irq / 32] = 1u << irq % 32;
	dsb();
}

static void ipcc_registers(void)
{
	check("ipcc.hwcfgr-6-channels", IPCC->HWCFGR & 0xFF, 6);
	check("ipcc.version", IPCC->VERR, 0x10);
	check("ipcc.id", IPCC->IPIDR, 0x00100071);
	check("ipcc.size-id", IPCC->SIDR, 0xA3C5DD01);
	IPCC->C2.CR = 0;
	IPCC->C2.MR = 0xFFFFFFFF;
	check("ipcc.mr-all-ones", IPCC->C2.MR, 0xFFFFFFFF);
	IPCC->C2.MR = MASKED(0, 0);
	check("ipcc.mr-reads-back", IPCC->C2.MR & ALL, ALL);
	IPCC->C2.CR = IPCC_RXOIE | IPCC_TXFIE;
	check("ipcc.cr-reads-back", IPCC->C2.CR, IPCC_RXOIE | IPCC_TXFIE);
	IPCC->C2.CR = 0;
}

static void ipcc_flags(void)
{
	IPCC->C2.SCR = IPCC_SET(CH);
	check("ipcc.scr-set-marks-own-channel", IPCC->C2.TOSR & 0x30, IPCC_OCCUPIED(CH));
	check("ipcc.scr-set-leaves-other-side", IPCC->C1.TOSR & 0x30, 0);
	check("ipcc.scr-reads-zero", IPCC->C2.SCR, 0);
	IPCC->C2.SCR |= IPCC_CLEAR(CH);
	check("ipcc.clear-is-for-the-other-side", IPCC->C2.TOSR & 0x30, IPCC_OCCUPIED(CH));
	IPCC->C2.TOSR = 0;
	check("ipcc.status-is-read-only", IPCC->C2.TOSR & 0x30, IPCC_OCCUPIED(CH));
	IPCC->C1.SCR = IPCC_CLEAR(CH);
	check("ipcc.receiver-clears", IPCC->C2.TOSR & 0x30, 0);
	IPCC->C1.SCR |= IPCC_SET(CH);
	IPCC->C1.SCR |= IPCC_SET(CH2);
	check("ipcc.read-modify-write-replays-nothing", IPCC->C1.TOSR & 0x30, 0x30);
	IPCC->C2.SCR = IPCC_CLEAR(CH) | IPCC_CLEAR(CH2);
	check("ipcc.several-at-once", IPCC->C1.TOSR & 0x30, 0);
}

static void ipcc_rx(void)
{
	IPCC->C1.SCR = IPCC_SET(CH);
	IPCC->C2.CR = IPCC_RXOIE;
	check_that("ipcc.rx-masked-is-silent", !pending(IRQ_IPCC_RX1));
	IPCC->C2.MR = MASKED(0, IPCC_OCCUPIED(CH));
	check_that("ipcc.rx-unmasked-raises-103", pending(IRQ_IPCC_RX1));
	unpend(IRQ_IPCC_RX1);
	check_that("ipcc.rx-is-a-level", pending(IRQ_IPCC_RX1));
	IPCC->C2.CR = 0;
	unpend(IRQ_IPCC_RX1);
	check_that("ipcc.rx-needs-rxoie", !pending(IRQ_IPCC_RX1));

	leave_unanswered = 2;
	on_exception(EXC_IRQ(IRQ_IPCC_RX1), rx_hook);
	taken[EXC_IRQ(IRQ_IPCC_RX1)] = 0;
	nvic_enable(IRQ_IPCC_RX1);
	IPCC->C2.CR = IPCC_RXOIE;
	dsb();
	isb();
	check("ipcc.rx-comes-until-answered", taken[EXC_IRQ(IRQ_IPCC_RX1)], 3);
	check("ipcc.rx-answered-is-free", IPCC->C1.TOSR & 0x30, 0);
	nvic_disable(IRQ_IPCC_RX1);
	IPCC->C2.CR = 0;
	IPCC->C2.MR = MASKED(0, 0);
}

static void ipcc_tx(void)
{
	on_exception(EXC_IRQ(IRQ_IPCC_TX1), tx_hook);
	taken[EXC_IRQ(IRQ_IPCC_TX1)] = 0;
	IPCC->C2.CR = IPCC_TXFIE;
	IPCC->C2.SCR = IPCC_SET(CH);
	IPCC->C2.MR = MASKED(IPCC_OCCUPIED(CH), 0);
	check_that("ipcc.tx-occupied-is-silent", !pending(IRQ_IPCC_TX1));
	IPCC->C1.SCR = IPCC_CLEAR(CH);
	check_that("ipcc.tx-freed-raises-104", pending(IRQ_IPCC_TX1));
	nvic_enable(IRQ_IPCC_TX1);
	dsb();
	isb();
	check("ipcc.tx-masked-in-handler-is-once", taken[EXC_IRQ(IRQ_IPCC_TX1)], 1);
	nvic_disable(IRQ_IPCC_TX1);
	IPCC->C2.CR = 0;
	unpend(IRQ_IPCC_TX1);
}

void test_ipcc(void)
{
	RCC(RCC_MC_AHB3ENSETR) = 1u << 12 | 1u << 11;
	ipcc_registers();
	ipcc_flags();
	ipcc_rx();
	ipcc_tx();
}

#define SEM  20
#define SEM2 21
#define LOCK HSEM_LOCKED
#define ME   HSEM_CORE_M4
#define HOST 0x100u

static void hsem_hook(void)
{
	HSEM->C2.ICR = 1u << SEM;
	dsb();
}

static void hsem_locks(void)
{
	check("hsem.read-lock", HSEM->RLR[SEM], 0x80000200);
	check("hsem.read-lock-again", HSEM->RLR[SEM], 0x80000200);
	check("hsem.r-shows-owner", HSEM->R[SEM], 0x80000200);
	check("hsem.r-does-not-lock", HSEM->R[SEM2], 0);
	HSEM->R[SEM] = ME | 1;
	check("hsem.other-process-cannot-release", HSEM->R[SEM], LOCK | ME);
	HSEM->R[SEM] = HOST;
	check("hsem.other-core-cannot-release", HSEM->R[SEM], LOCK | ME);
	HSEM->R[SEM] = ME;
	check("hsem.owner-releases", HSEM->R[SEM], 0);
	HSEM->R[SEM] = LOCK | ME | 9;
	check("hsem.two-step-lock", HSEM->R[SEM], LOCK | ME | 9);
	check("hsem.read-lock-shows-process", HSEM->RLR[SEM], LOCK | ME | 9);
	HSEM->R[SEM] = LOCK | ME | 8;
	check("hsem.two-step-needs-free", HSEM->R[SEM], LOCK | ME | 9);
	HSEM->R[SEM] = ME | 9;
	HSEM->R[SEM] = LOCK | HOST;
	check("hsem.nobody-locks-for-another", HSEM->R[SEM], 0);
}

static void hsem_interrupts(void)
{
	HSEM->C2.IER = 0;
	HSEM->C2.ICR = 0xFFFFFFFF;
	(void)HSEM->RLR[SEM];
	check("hsem.lock-is-no-event", HSEM->C2.ISR & 1u << SEM, 0);
	HSEM->R[SEM] = ME;
	check("hsem.release-sets-isr", HSEM->C2.ISR & 1u << SEM, 1u << SEM);
	check("hsem.misr-is-gated", HSEM->C2.MISR & 1u << SEM, 0);
	on_exception(EXC_IRQ(IRQ_HSEM_IT2), hsem_hook);
	taken[EXC_IRQ(IRQ_HSEM_IT2)] = 0;
	nvic_enable(IRQ_HSEM_IT2);
	HSEM->C2.IER = 1u << SEM;
	dsb();
	isb();
	check("hsem.interrupt-125", taken[EXC_IRQ(IRQ_HSEM_IT2)], 1);
	check("hsem.icr-clears", HSEM->C2.ISR & 1u << SEM, 0);
	HSEM->C2.IER = 0;
	nvic_disable(IRQ_HSEM_IT2);
}

static void hsem_key(void)
{
	uint32_t key = HSEM->KEYR;

	HSEM->KEYR = 0x5AA50000;
	check("hsem.key-reads-back", HSEM->KEYR, 0x5AA50000);
	(void)HSEM->RLR[SEM];
	(void)HSEM->RLR[SEM2];
	HSEM->CR = 0x12340000 | ME;
	check("hsem.wrong-key-frees-nothing", HSEM->R[SEM], LOCK | ME);
	HSEM->CR = 0x5AA50000 | HOST;
	check("hsem.key-frees-one-core-only", HSEM->R[SEM], LOCK | ME);
	HSEM->CR = 0x5AA50000 | ME;
	check("hsem.key-frees-all", HSEM->R[SEM] | HSEM->R[SEM2], 0);
	HSEM->KEYR = key;
}

void test_hsem(void)
{
	hsem_locks();
	hsem_interrupts();
	hsem_key();
}
