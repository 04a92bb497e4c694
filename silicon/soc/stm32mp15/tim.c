/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tim.c - general-purpose and basic timers: counting up and the update interrupt
 *
 * Time comes in ticks: when an update interrupts, else about every millisecond. A late one may hold
 * several periods. The updates a handler has not yet seen are owed: clearing UIF raises it again
 * while some of this tick's are left, so that a handler that counts milliseconds keeps time. Down
 * and centre counting only change what CNT reads; capture, compare and DMA are stored only.
 */
#include "stm32mp15.h"

enum {
	CR1 = 0x00,
	DIER = 0x0C,
	SR = 0x10,
	EGR = 0x14,
	CNT = 0x24,
	PSC = 0x28,
	ARR = 0x2C,
};

#define CR1_CEN	 (1u << 0)
#define CR1_UDIS (1u << 1)
#define CR1_URS	 (1u << 2)
#define CR1_OPM	 (1u << 3)
#define CR1_DIR	 (1u << 4)
#define UIF	 (1u << 0)
#define UIE	 (1u << 0)
#define UG	 (1u << 0)

#define OWED_MAX    32u /* updates of one tick that are told one by one */
#define TICK_MAX_NS 1000000000ull

struct tim {
	uint64_t rest;	    /* timer clocks not yet whole, in 1/NS_PER_S */
	uint32_t prescaled; /* clocks since the last count */
	uint32_t psc;	    /* prescaler in use; PSC takes effect at the next update */
	uint32_t owed;
};

/* The register's width is in the map: 32 for TIM2 and TIM5. */
static uint32_t width_mask(const struct periph *p)
{
	return p->desc->arg == 32 ? UINT32_MAX : 0xFFFF;
}

static void tim_reset(struct cw_soc *soc, struct periph *p)
{
	p->reg[ARR / 4] = width_mask(p);
}

static void generate_update(struct periph *p)
{
	struct tim *t = p->state;

	p->reg[CNT / 4] = 0;
	t->prescaled = 0;
	t->rest = 0;
	if (p->reg[CR1 / 4] & CR1_UDIS)
		return;
	t->psc = p->reg[PSC / 4];
	if (!(p->reg[CR1 / 4] & CR1_URS))
		p->reg[SR / 4] |= UIF;
}

static void clear_status(struct periph *p, uint32_t keep)
{
	struct tim *t = p->state;
	bool had = p->reg[SR / 4] & UIF;

	p->reg[SR / 4] &= keep;
	if (had && !(keep & UIF) && t->owed) {
		t->owed--;
		p->reg[SR / 4] |= UIF;
	}
}

static uint32_t tim_read(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off)
{
	if (off == CNT && p->reg[CR1 / 4] & CR1_DIR)
		return p->reg[ARR / 4] - p->reg[CNT / 4];
	return p->reg[off / 4];
}

static int tim_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
		     uint32_t v, uint32_t lanes)
{
	switch (off) {
	case SR:
		clear_status(p, v | ~lanes);
		break;
	case EGR:
		if (v & UG)
			generate_update(p);
		break;
	case PSC:
		lanes_store(&p->reg[off / 4], v & 0xFFFF, lanes);
		break;
	case CNT:
	case ARR:
		lanes_store(&p->reg[off / 4], v & width_mask(p), lanes);
		break;
	case CR1:
		lanes_store(&p->reg[off / 4], v, lanes);
		if (!(p->reg[off / 4] & CR1_CEN))
			((struct tim *)p->state)->owed = 0;
		break;
	default:
		lanes_store(&p->reg[off / 4], v, lanes);
		break;
	}
	return 0;
}

/* Counts in @ns, by prescaler. */
static uint64_t counts_in(struct cw_soc *soc, struct tim *t, uint64_t ns)
{
	uint64_t clocks, counts;

	t->rest += ns * rcc_apb1_timer_hz(soc);
	clocks = t->rest / NS_PER_S + t->prescaled;
	t->rest %= NS_PER_S;
	counts = clocks / ((uint64_t)t->psc + 1);
	t->prescaled = (uint32_t)(clocks % ((uint64_t)t->psc + 1));
	return counts;
}

static void tim_tick(struct cw_soc *soc, struct periph *p, uint64_t ns)
{
	uint64_t period = (uint64_t)p->reg[ARR / 4] + 1, at, updates;
	struct tim *t = p->state;

	t->owed = 0;
	if (!(p->reg[CR1 / 4] & CR1_CEN) || period == 1)
		return;
	at = p->reg[CNT / 4] + counts_in(soc, t, ns < TICK_MAX_NS ? ns : TICK_MAX_NS);
	updates = at / period;
	p->reg[CNT / 4] = (uint32_t)(at % period);
	if (!updates)
		return;
	if (p->reg[CR1 / 4] & CR1_OPM) {
		p->reg[CR1 / 4] &= ~CR1_CEN;
		p->reg[CNT / 4] = 0;
		updates = 1;
	}
	if (p->reg[CR1 / 4] & CR1_UDIS)
		return;
	t->psc = p->reg[PSC / 4];
	t->prescaled %= t->psc + 1;
	p->reg[SR / 4] |= UIF;
	t->owed = (uint32_t)(updates - 1 < OWED_MAX ? updates - 1 : OWED_MAX);
}

static uint64_t tim_next(struct cw_soc *soc, struct periph *p)
{
	uint32_t arr = p->reg[ARR / 4], cnt = p->reg[CNT / 4], hz = rcc_apb1_timer_hz(soc);
	struct tim *t = p->state;
	unsigned __int128 clocks;

	if (!(p->reg[CR1 / 4] & CR1_CEN) || !(p->reg[DIER / 4] & UIE) || !arr || !hz)
		return UINT64_MAX;
	clocks = (cnt > arr ? 0 : (uint64_t)arr - cnt) + 1;
	clocks = clocks * ((uint64_t)t->psc + 1) - t->prescaled;
	return (uint64_t)((clocks * NS_PER_S - t->rest + hz - 1) / hz);
}

static void tim_lines(struct cw_soc *soc, struct periph *p)
{
	soc_core_line(soc, p->desc->irq, (p->reg[SR / 4] & UIF) && (p->reg[DIER / 4] & UIE));
}

const struct periph_ops tim_ops = {
	.state_size = sizeof(struct tim),
	.reset = tim_reset,
	.read = tim_read,
	.write = tim_write,
	.tick = tim_tick,
	.next = tim_next,
	.lines = tim_lines,
};
