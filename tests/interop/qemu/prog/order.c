/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which exception comes when: late arrivals, tail-chaining, what ICSR and SHCSR say meanwhile, priorities that change while
 * something waits, groups, FAULTMASK and its end, handlers that disable themselves.
 */
#include "prog.h"

static volatile uint32_t act[48]; /* what exception n does once */
static volatile uint32_t sp_at[48];

enum { NOTHING, PEND_URGENT, PEND_EQUAL, PEND_SYSTEM, RAISE_WAITING, STOP_SELF, TAKE_BACK, MASK_FAULTS, MASK_BASE };

static void state(void)
{
	uint32_t icsr = ICSR;

	put(icsr & 0x1ff);       /* VECTACTIVE */
	put(icsr >> 12 & 0x1ff); /* VECTPENDING */
	put(icsr >> 22 & 1);     /* ISRPENDING */
	put(icsr >> 11 & 1);     /* RETTOBASE */
	put(SHCSR);
	put(NVIC_IABR(0));
	put(NVIC_ISPR(0));
}

static void do_it(uint32_t what)
{
	switch (what) {
	case PEND_URGENT:
		NVIC_ISPR(0) = 1u << 0;
		break;
	case PEND_EQUAL:
		NVIC_ISPR(0) = 1u << 5 | 1u << 2;
		break;
	case PEND_SYSTEM:
		ICSR = ICSR_PENDSV | ICSR_PENDST;
		break;
	case RAISE_WAITING: /* 3 waits, then is the most urgent */
		NVIC_ISPR(0) = 1u << 3;
		barrier();
		put(0x33);
		NVIC_IPR(3) = 0x00;
		break;
	case STOP_SELF:
		NVIC_ISPR(0) = 1u << (ipsr() - 16);
		NVIC_ICER(0) = 1u << (ipsr() - 16);
		break;
	case TAKE_BACK:
		NVIC_ISPR(0) = 1u << 5;
		barrier();
		NVIC_ICPR(0) = 1u << 5;
		break;
	case MASK_FAULTS: /* the return ends it */
		__asm__ volatile("cpsid f");
		NVIC_ISPR(0) = 1u << 0;
		barrier();
		put(get_faultmask());
		break;
	case MASK_BASE:
		set_basepri(0x20);
		NVIC_ISPR(0) = 1u << 1;
		barrier();
		put(get_basepri());
		set_basepri(0);
		barrier();
		break;
	}
	barrier();
}

__attribute__((used)) static void handler(uint32_t sp, uint32_t lr)
{
	uint32_t n = ipsr(), what = act[n];

	act[n] = NOTHING;
	put(0x1000 + n);
	put(lr);
	sp_at[n] = sp;
	state();
	do_it(what);
	put(0x2000 + n);
}

#define NAKED(name)                                                                                 \
	__attribute__((naked)) void name(void)                                                      \
	{                                                                                           \
		__asm__("mov r0, sp\n\tmov r1, lr\n\tpush {r4, lr}\n\tbl handler\n\tpop {r4, pc}"); \
	}
NAKED(IRQ0)
NAKED(IRQ1)
NAKED(IRQ2)
NAKED(IRQ3)
NAKED(IRQ4)
NAKED(IRQ5)
NAKED(NMI)
NAKED(SVCall)
NAKED(PendSV)
NAKED(SysTick)

static void priorities(void)
{
	static const uint8_t p[6] = {0x20, 0x40, 0x80, 0xc0, 0x80, 0x80};

	for (uint32_t i = 0; i < 6; i++)
		NVIC_IPR(i) = p[i];
	SHPR(11) = 0x60;
	SHPR(14) = 0xe0;
	SHPR(15) = 0x80;
	NVIC_ICPR(0) = 0x3f;
	NVIC_ISER(0) = 0x3f;
}

/* Everything at once, masked until then: the most urgent, then the rest on one frame. */
static void late(void)
{
	put(0xa0);
	cpsid();
	NVIC_ISPR(0) = 1u << 3 | 1u << 4;
	ICSR = ICSR_PENDSV;
	barrier();
	state();
	NVIC_ISPR(0) = 1u << 1;
	ICSR = ICSR_PENDST;
	barrier();
	state();
	cpsie();
	barrier();
	put(sp_at[17] == sp_at[19]);
	put(sp_at[17] == sp_at[14]);
}

static void each_act(void)
{
	for (uint32_t what = PEND_URGENT; what <= MASK_BASE; what++) {
		put(0xb0 + what);
		priorities();
		act[16 + 4] = what;
		NVIC_ISPR(0) = 1u << 4;
		barrier();
		state();
		priorities();
		barrier();
		act[14] = what;
		ICSR = ICSR_PENDSV;
		barrier();
		priorities();
		barrier();
		act[11] = what;
		svc(0);
		barrier();
	}
}

/* A handler's own group and subpriority decide, for each place of the point. */
static void groups(void)
{
	for (uint32_t g = 0; g < 8; g++) {
		put(0xc0 + g);
		AIRCR = 0x05fa0000 | g << 8;
		NVIC_IPR(0) = 0x90;
		NVIC_IPR(4) = 0xa0;
		NVIC_IPR(5) = 0x80;
		act[16 + 4] = PEND_URGENT;
		act[16 + 0] = PEND_EQUAL;
		NVIC_ISPR(0) = 1u << 4;
		barrier();
		set_basepri(0x98);
		NVIC_ISPR(0) = 1u << 4 | 1u << 0;
		barrier();
		put(NVIC_ISPR(0));
		set_basepri(0);
		barrier();
	}
	AIRCR = 0x05fa0000;
}

void entry(void)
{
	priorities();
	late();
	each_act();
	priorities();
	put(0xd0);
	act[16 + 4] = MASK_FAULTS;
	act[2] = MASK_FAULTS; /* NMI: no effect there */
	NVIC_ISPR(0) = 1u << 4;
	barrier();
	put(get_faultmask());
	ICSR = ICSR_PENDNMI;
	barrier();
	put(get_faultmask());
	put(0xe0);
	groups();
	finish();
}
