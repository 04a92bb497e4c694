/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wwdg.c - window watchdog of the remote core
 *
 * Once enabled it counts down at APB1 / 4096 / 2^WDGTB. At 0x40 the early-wakeup interrupt, below
 * it the core is reset, and so it is by a reload before the counter has fallen into the window.
 * Only a reset of the core disables it.
 */
#include "stm32mp15.h"

enum {
	CR = 0x00,
	CFR = 0x04,
	SR = 0x08,
};

#define T_MASK	    0x7Fu
#define T6	    0x40u
#define CR_WDGA	    (1u << 7)
#define CFR_EWI	    (1u << 9)
#define SR_EWIF	    (1u << 0)
#define TICK_MAX_NS NS_PER_S

struct wwdg {
	uint64_t rest;	 /* clocks not yet whole, in 1/NS_PER_S */
	uint64_t clocks; /* APB1 clocks since the last count */
};

static void wwdg_reset(struct cw_soc *soc, struct periph *p)
{
	p->reg[CR / 4] = T_MASK;
	p->reg[CFR / 4] = T_MASK;
}

static void expire(struct cw_soc *soc)
{
	soc->todo.watchdog = true;
	exti_wwdg_reset(soc);
	soc_core_reset(soc, RSTS_WWDG1);
}

static void write_cr(struct cw_soc *soc, struct periph *p, uint32_t v, uint32_t lanes)
{
	uint32_t *cr = &p->reg[CR / 4], old = *cr, window = p->reg[CFR / 4] & T_MASK;

	if (!(lanes & 0xFF))
		return;
	*cr = (v & (T_MASK | CR_WDGA)) | (old & CR_WDGA);
	if (!(*cr & CR_WDGA))
		return;
	if (!(*cr & T6) || (old & CR_WDGA && (old & T_MASK) > window))
		expire(soc);
}

static int wwdg_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
		      uint32_t v, uint32_t lanes)
{
	switch (off) {
	case CR:
		write_cr(soc, p, v, lanes);
		break;
	case CFR: /* the early-wakeup enable can only be set */
		lanes_store(&p->reg[CFR / 4], v | (p->reg[CFR / 4] & CFR_EWI), lanes);
		break;
	case SR:
		p->reg[SR / 4] &= v | ~lanes;
		break;
	default:
		break;
	}
	return 0;
}

static void wwdg_tick(struct cw_soc *soc, struct periph *p, uint64_t ns)
{
	uint64_t per_count = 4096ull << (p->reg[CFR / 4] >> 11 & 7);
	uint32_t *cr = &p->reg[CR / 4];
	struct wwdg *w = p->state;

	if (!(*cr & CR_WDGA) || soc->in_reset)
		return;
	w->rest += (ns < TICK_MAX_NS ? ns : TICK_MAX_NS) * rcc_apb1_hz(soc);
	w->clocks += w->rest / NS_PER_S;
	w->rest %= NS_PER_S;
	while (w->clocks >= per_count) {
		w->clocks -= per_count;
		--*cr;
		if ((*cr & T_MASK) == T6)
			p->reg[SR / 4] |= SR_EWIF;
		if (!(*cr & T6)) {
			expire(soc);
			return;
		}
	}
}

/* The early wakeup when it interrupts, else the expiry. */
static uint64_t wwdg_next(struct cw_soc *soc, struct periph *p)
{
	uint64_t per_count = 4096ull << (p->reg[CFR / 4] >> 11 & 7);
	uint32_t count = p->reg[CR / 4] & T_MASK, hz = rcc_apb1_hz(soc), left;
	struct wwdg *w = p->state;

	if (!(p->reg[CR / 4] & CR_WDGA) || soc->in_reset || !hz)
		return UINT64_MAX;
	left = count - (T6 - 1);
	if (p->reg[CFR / 4] & CFR_EWI && count > T6)
		left = count - T6;
	if (w->clocks >= left * per_count)
		return 0;
	return ((left * per_count - w->clocks) * NS_PER_S - w->rest + hz - 1) / hz;
}

static void wwdg_lines(struct cw_soc *soc, struct periph *p)
{
	soc_core_line(soc, p->desc->irq, (p->reg[SR / 4] & SR_EWIF) && (p->reg[CFR / 4] & CFR_EWI));
}

const struct periph_ops wwdg_ops = {
	.state_size = sizeof(struct wwdg),
	.reset = wwdg_reset,
	.write = wwdg_write,
	.tick = wwdg_tick,
	.next = wwdg_next,
	.lines = wwdg_lines,
};
