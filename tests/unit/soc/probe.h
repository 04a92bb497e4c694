/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe.h - a SoC without a core, and what it said to its environment
 */
#ifndef TEST_SOC_PROBE_H
#define TEST_SOC_PROBE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "silicon/soc/soc.h"
#include "silicon/soc/stm32mp15/stm32mp15.h"

#define NS  CW_MASTER_HOST_NONSECURE
#define SEC CW_MASTER_HOST_SECURE
#define M4  CW_MASTER_CORE

struct probe {
	struct cw_soc *soc;
	bool core_line[CORE_IRQS];
	bool host_line[CW_LINES];
	unsigned changes; /* of any line */
	struct cw_bus_mailbox mailbox;
	enum cw_soc_core_ctl ctl[8];
	unsigned n_ctl;
	unsigned watchdogs;
};

static const struct cw_soc_ops *const ops = &cw_soc_stm32mp15;

static inline void probe_irq_core(void *ctx, unsigned line, bool level)
{
	struct probe *p = ctx;

	p->core_line[line] = level;
	p->changes++;
}

static inline void probe_irq_host(void *ctx, enum cw_bus_line line, bool level)
{
	struct probe *p = ctx;

	p->host_line[line] = level;
	p->changes++;
}

static inline void probe_core_ctl(void *ctx, enum cw_soc_core_ctl what)
{
	struct probe *p = ctx;

	assert_true(p->n_ctl < 8);
	p->ctl[p->n_ctl++] = what;
}

static inline void probe_watchdog(void *ctx)
{
	struct probe *p = ctx;

	p->watchdogs++;
}

static inline int probe_setup(void **state)
{
	static struct probe probe;
	const struct cw_soc_env env = {
		.ctx = &probe,
		.mailbox = &probe.mailbox,
		.irq_core = probe_irq_core,
		.irq_host = probe_irq_host,
		.core_ctl = probe_core_ctl,
		.watchdog = probe_watchdog,
	};

	memset(&probe, 0, sizeof(probe));
	*state = &probe;
	return ops->create(&env, &probe.soc);
}

static inline int probe_teardown(void **state)
{
	struct probe *p = *state;

	ops->destroy(p->soc);
	return 0;
}

static inline uint32_t rd(struct probe *p, enum cw_master who, uint32_t pa)
{
	uint32_t v = 0xDEAD;

	assert_int_equal(ops->read(p->soc, who, pa, 4, &v), 0);
	return v;
}

static inline void wr(struct probe *p, enum cw_master who, uint32_t pa, uint32_t v)
{
	assert_int_equal(ops->write(p->soc, who, pa, 4, v), 0);
}

/* What the environment was asked to do with the core since the last call; at most four, a digit
 * each. */
static inline unsigned ctl_taken(struct probe *p)
{
	unsigned v = 0;

	for (unsigned i = 0; i < p->n_ctl; i++)
		v = v * 10 + p->ctl[i];
	p->n_ctl = 0;
	return v;
}
#define RELEASED  1u
#define RESET	  2u
#define RESTARTED 21u

#define PROBE_TEST(f) cmocka_unit_test_setup_teardown(f, probe_setup, probe_teardown)

#endif
