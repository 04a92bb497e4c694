/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4_time.c - guest time, SysTick, sleep and pace
 *
 * Guest time is counted in cycles of config.hz: one for each instruction executed, and wall time
 * while the core sleeps. It stands while the core is paused, and in deep sleep: that stops the
 * clocks of the core and of its peripherals, so that no timer and no watchdog expires, and only a
 * line or an event from outside wakes. SysTick is not stepped: it is known at which cycle it
 * reaches zero next, and the rest is arithmetic; so a core asleep waits for that moment and for
 * nothing else, and costs nothing meanwhile.
 *
 * The pace is kept by sleeping: after each slice the core waits until the wall clock has caught up.
 * An interrupt cuts the wait short and is served ahead of the pace, in short slices, as long as the
 * lead stays small. A core that is late (the host was busy) catches up at most PACE_LAG_NS.
 */
#include "silicon/core/m4.h"

#include <errno.h>

#define NS_PER_S     1000000000ull
#define TICK_NS	     1000000ull	 /* of guest time, between tick callbacks */
#define SLICE_US     1000u	 /* of pace, between looks at the wall clock */
#define SHORT_US     100u	 /* the same while ahead of the pace */
#define PACE_MIN_NS  200000ull	 /* a lead smaller than this is not worth a wait */
#define PACE_LEAD_NS 5000000ull	 /* with a greater lead interrupts wait, too */
#define PACE_LAG_NS  20000000ull /* the most that is caught up */

#define CSR_ENABLE    (1u << 0)
#define CSR_TICKINT   (1u << 1)
#define CSR_CLKSOURCE (1u << 2)
#define CSR_COUNTFLAG (1u << 16)
#define SCR_SLEEPDEEP (1u << 2)
#define EXTERNAL_DIV  8u /* the external clock of SysTick is the core's divided by this */

static uint64_t scale(uint64_t v, uint64_t mul, uint64_t div)
{
	return (uint64_t)((unsigned __int128)v * mul / div);
}

uint64_t m4_now_cycles(const struct cw_core *c)
{
	return c->insns + c->slept;
}

static uint64_t now_ns(const struct cw_core *c)
{
	return scale(m4_now_cycles(c), NS_PER_S, c->config.hz);
}

/* --- SysTick --- */

static uint64_t systick_div(const struct m4_systick *s)
{
	return s->from_core ? 1 : EXTERNAL_DIV;
}

static uint64_t systick_period(const struct m4_systick *s)
{
	return ((uint64_t)s->rvr + 1) * systick_div(s);
}

/* The counter stands at 0 and reloads with the next clock; with a reload value of 0 it stays there.
 * */
static void systick_reload(struct m4_systick *s, uint64_t now)
{
	s->zero_at = s->rvr ? now + systick_period(s) : UINT64_MAX;
}

static void systick_advance(struct cw_core *c)
{
	struct m4_systick *s = &c->systick;
	uint64_t now = m4_now_cycles(c);

	if (!s->enable || now < s->zero_at)
		return;
	s->countflag = true;
	if (s->tickint)
		m4_pend(c, M4_EXC_SYSTICK);
	if (s->rvr)
		s->zero_at += ((now - s->zero_at) / systick_period(s) + 1) * systick_period(s);
	else
		s->zero_at = UINT64_MAX;
}

static uint32_t systick_value(struct cw_core *c)
{
	struct m4_systick *s = &c->systick;
	uint64_t left;

	if (!s->enable)
		return s->cvr;
	systick_advance(c);
	if (s->zero_at == UINT64_MAX)
		return 0;
	left = (s->zero_at - m4_now_cycles(c) + systick_div(s) - 1) / systick_div(s);
	return left > s->rvr ? 0 : (uint32_t)left;
}

static void systick_control(struct cw_core *c, uint32_t v)
{
	struct m4_systick *s = &c->systick;
	uint32_t value = systick_value(c);
	uint64_t now = m4_now_cycles(c);

	s->tickint = v & CSR_TICKINT;
	s->from_core = v & CSR_CLKSOURCE;
	s->enable = v & CSR_ENABLE;
	s->cvr = value;
	if (value)
		s->zero_at = now + value * systick_div(s);
	else
		systick_reload(s, now);
}

uint32_t m4_systick_read(struct cw_core *c, uint32_t off)
{
	struct m4_systick *s = &c->systick;
	uint32_t v;

	switch (off) {
	case 0x10:
		systick_advance(c);
		v = (s->enable ? CSR_ENABLE : 0) | (s->tickint ? CSR_TICKINT : 0) |
		    (s->from_core ? CSR_CLKSOURCE : 0) | (s->countflag ? CSR_COUNTFLAG : 0);
		s->countflag = false;
		return v;
	case 0x14:
		return s->rvr;
	case 0x18:
		return systick_value(c);
	default: /* CALIB: 10 ms of the external clock */
		return (c->config.hz / EXTERNAL_DIV / 100 - 1) & 0xffffff;
	}
}

void m4_systick_write(struct cw_core *c, uint32_t off, uint32_t v)
{
	struct m4_systick *s = &c->systick;

	systick_advance(c);
	switch (off) {
	case 0x10:
		systick_control(c, v);
		break;
	case 0x14:
		s->rvr = v & 0xffffff;
		break;
	case 0x18:
		s->cvr = 0;
		s->countflag = false;
		systick_reload(s, m4_now_cycles(c));
		break;
	}
	c->deadline = 0;
}

/* --- time --- */

void m4_time_reset(struct cw_core *c)
{
	c->systick = (struct m4_systick){.zero_at = UINT64_MAX};
	c->insns = c->slept = c->slept_ns = c->told_ns = 0;
	m4_time_resume(c);
}

void m4_time_resume(struct cw_core *c)
{
	c->pace_ns = m4_wall_ns();
	c->pace_insns = c->insns;
	c->pace_at = c->insns + (uint64_t)c->config.mips * SLICE_US;
	c->deadline = 0;
}

static void tick(struct cw_core *c, uint64_t least)
{
	uint64_t ns = now_ns(c) - c->told_ns;

	if (ns < least)
		return;
	c->told_ns += ns;
	if (c->env.tick)
		c->env.tick(c->env.ctx, ns);
}

/* Nanoseconds of guest time until a timer of the SoC wants to be told. */
static uint64_t soc_next_ns(struct cw_core *c)
{
	uint64_t next = c->env.next ? c->env.next(c->env.ctx) : UINT64_MAX;
	uint64_t untold = now_ns(c) - c->told_ns;

	if (next == UINT64_MAX)
		return next;
	return next > untold ? next - untold : 0;
}

void m4_time_advance(struct cw_core *c)
{
	systick_advance(c);
	tick(c, soc_next_ns(c) ? TICK_NS : 1);
	atomic_store_explicit(&c->out_insns, c->insns, memory_order_relaxed);
}

void m4_time_plan(struct cw_core *c)
{
	uint64_t now = m4_now_cycles(c);
	uint64_t left = scale(TICK_NS, c->config.hz, NS_PER_S);
	uint64_t soc = soc_next_ns(c);

	if (soc < TICK_NS)
		left = scale(soc, c->config.hz, NS_PER_S) + 1;
	if (c->config.mips && c->pace_at - c->insns < left)
		left = c->pace_at - c->insns;
	if (c->systick.enable && c->systick.tickint && c->systick.zero_at - now < left)
		left = c->systick.zero_at - now;
	c->deadline = c->insns + (left ? left : 1);
}

/* --- waiting --- */

/* Nanoseconds until something inside the core or the SoC wants to happen. A SysTick that is already
 * pending did not wake the core, so another expiry would not either. */
static uint64_t sleep_ns(struct cw_core *c)
{
	const struct m4_systick *s = &c->systick;
	uint64_t left = soc_next_ns(c);
	uint64_t now = m4_now_cycles(c);

	if (!c->locked_up && s->enable && s->tickint && s->zero_at != UINT64_MAX &&
	    !m4_bit(c->pending, M4_EXC_SYSTICK)) {
		uint64_t ns = scale(s->zero_at - now, NS_PER_S, c->config.hz) + 1;

		if (ns < left)
			left = ns;
	}
	return left;
}

static void sleep_deep(struct cw_core *c)
{
	m4_wait(c, UINT64_MAX, false);
	m4_time_resume(c);
}

void m4_sleep(struct cw_core *c)
{
	uint64_t start, left;

	if (c->asleep && c->scr & SCR_SLEEPDEEP) {
		sleep_deep(c);
		return;
	}
	start = m4_wall_ns();
	left = sleep_ns(c);
	m4_wait(c, left == UINT64_MAX ? left : start + left, false);
	c->slept_ns += m4_wall_ns() - start;
	c->slept = scale(c->slept_ns, c->config.hz, NS_PER_S);
	m4_time_resume(c);
	systick_advance(c);
	tick(c, 1);
}

bool m4_pace(struct cw_core *c)
{
	uint64_t slice = (uint64_t)c->config.mips * SLICE_US;
	uint64_t due, now;

	if (!c->config.mips || c->insns < c->pace_at)
		return false;
	c->pace_at = c->insns + slice;
	due = c->pace_ns + (c->insns - c->pace_insns) * 1000 / c->config.mips;
	now = m4_wall_ns();
	if (now >= due && now - due > PACE_LAG_NS)
		c->pace_ns += now - due - PACE_LAG_NS;
	if (now >= due || due - now < PACE_MIN_NS)
		return false;
	m4_wait(c, due, due - now > PACE_LEAD_NS);
	if (m4_wall_ns() < due)
		c->pace_at = c->insns + (uint64_t)c->config.mips * SHORT_US;
	return true;
}
