/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4_nvic.c - which exception is pending, active, enabled, and which goes first
 *
 * Priorities follow the architecture (Armv7-M B1.5.4): a smaller number is more urgent, NMI and
 * HardFault are fixed at -2 and -1, the group part decides on preemption, the whole of it and then
 * the exception number on order.
 *
 * Lines: another thread only sets bits in @level and @rise and raises @attention; the core's thread
 * collects them at a block boundary. A line that went high stays pending also when it fell again
 * (the NVIC latches); a line that is still high when its handler returns is pending again.
 */
#include "silicon/core/m4.h"

#include <string.h>

void m4_nvic_reset(struct cw_core *c)
{
	memset(c->pending, 0, sizeof(c->pending));
	memset(c->active, 0, sizeof(c->active));
	memset(c->enabled, 0, sizeof(c->enabled));
	memset(c->prio, 0, sizeof(c->prio));
	c->prio_mask = (uint8_t)(0xff00u >> c->config.prio_bits);
	c->prigroup = 0;
	c->exception = 0;
	c->deadline = 0;
	c->masked = false;
	/* What was high before the reset is high after it. */
	for (unsigned w = 0; w < M4_WORDS; w++) {
		atomic_store(&c->rise[w], 0);
		c->pending[w] = atomic_load(&c->level[w]);
	}
}

/* Something became pending, enabled or not. */
static void event(struct cw_core *c)
{
	if (c->scr & M4_SEVONPEND)
		c->event_flag = true;
}

void m4_nvic_collect(struct cw_core *c)
{
	for (unsigned w = 0; w < M4_WORDS; w++) {
		uint32_t rise;

		if (!atomic_load_explicit(&c->rise[w], memory_order_relaxed))
			continue;
		rise = atomic_exchange(&c->rise[w], 0);
		if (rise & ~c->pending[w])
			event(c);
		c->pending[w] |= rise;
		c->deadline = 0;
	}
}

void m4_pend(struct cw_core *c, unsigned exc)
{
	if (!m4_bit(c->pending, exc))
		event(c);
	m4_set(c->pending, exc);
	c->deadline = 0;
}

void m4_unpend(struct cw_core *c, unsigned exc)
{
	m4_clear(c->pending, exc);
	/* A line that is still high cannot be talked away. */
	if (exc >= M4_EXC_IRQ0 && !m4_bit(c->active, exc) &&
	    atomic_load(&c->level[exc / 32]) >> (exc % 32) & 1)
		m4_set(c->pending, exc);
	c->deadline = 0;
}

void m4_deactivate(struct cw_core *c, unsigned exc)
{
	m4_clear(c->active, exc);
	if (exc >= M4_EXC_IRQ0 && atomic_load(&c->level[exc / 32]) >> (exc % 32) & 1)
		m4_pend(c, exc);
	c->deadline = 0;
}

bool m4_exc_enabled(const struct cw_core *c, unsigned exc)
{
	switch (exc) {
	case M4_EXC_NMI:
	case M4_EXC_HARD:
	case M4_EXC_SVC:
	case M4_EXC_PENDSV:
	case M4_EXC_SYSTICK:
		return true;
	case M4_EXC_MEM:
	case M4_EXC_BUS:
	case M4_EXC_USAGE:
		return c->shcsr_enables >> (12 + exc) & 1; /* bits 16, 17, 18 */
	default:
		return exc >= M4_EXC_IRQ0 && m4_bit(c->enabled, exc);
	}
}

int m4_prio(const struct cw_core *c, unsigned exc)
{
	if (exc == M4_EXC_NMI)
		return M4_PRIO_NMI;
	if (exc == M4_EXC_HARD)
		return M4_PRIO_HARD;
	return c->prio[exc];
}

/* PRIGROUP n: bits n:0 are the sub-priority. */
static int group_of(const struct cw_core *c, int prio)
{
	if (prio < 0)
		return prio;
	return prio & ~((2 << c->prigroup) - 1) & 0xff;
}

int m4_group_prio(const struct cw_core *c, unsigned exc)
{
	return group_of(c, m4_prio(c, exc));
}

unsigned m4_best_pending(const struct cw_core *c)
{
	unsigned best = 0;

	for (unsigned w = 0; w < M4_WORDS; w++) {
		for (uint32_t bits = c->pending[w]; bits; bits &= bits - 1) {
			unsigned exc = w * 32 + (unsigned)__builtin_ctz(bits);

			if (m4_exc_enabled(c, exc) && (!best || m4_prio(c, exc) < m4_prio(c, best)))
				best = exc;
		}
	}
	return best;
}

int m4_active_prio(const struct cw_core *c)
{
	int best = M4_PRIO_THREAD;

	for (unsigned w = 0; w < M4_WORDS; w++) {
		for (uint32_t bits = c->active[w]; bits; bits &= bits - 1) {
			int prio = m4_group_prio(c, w * 32 + (unsigned)__builtin_ctz(bits));

			if (prio < best)
				best = prio;
		}
	}
	return best;
}

unsigned m4_active_count(const struct cw_core *c)
{
	unsigned n = 0;

	for (unsigned w = 0; w < M4_WORDS; w++)
		n += (unsigned)__builtin_popcount(c->active[w]);
	return n;
}

int m4_masked_prio(const struct cw_core *c, uint32_t primask, uint32_t basepri, uint32_t faultmask)
{
	int prio = m4_active_prio(c);
	int base = (int)(basepri & c->prio_mask);

	/* Zero is no mask; a value whose group is zero masks all (ExecutionPriority() of B1.5.4). */
	if (base && group_of(c, base) < prio)
		prio = group_of(c, base);
	if ((primask & 1) && prio > 0)
		prio = 0;
	if ((faultmask & 1) && prio > M4_PRIO_HARD)
		prio = M4_PRIO_HARD;
	return prio;
}

int m4_exec_prio(struct cw_core *c, bool with_primask)
{
	uint32_t primask, basepri, faultmask;

	m4_masks(c, &primask, &basepri, &faultmask);
	return m4_masked_prio(c, with_primask ? primask : 0, basepri, faultmask);
}

bool m4_takeable(struct cw_core *c, unsigned *ret_exc)
{
	unsigned best = m4_best_pending(c);

	c->masked = false;
	if (!best || m4_group_prio(c, best) >= m4_active_prio(c))
		return false;
	if (m4_group_prio(c, best) < m4_exec_prio(c, true)) {
		*ret_exc = best;
		return true;
	}
	c->masked = true;
	return false;
}
