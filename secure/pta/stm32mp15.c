// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/pta/stm32mp15.c - the registers that release, hold and reset the remote core
 *
 * Which ones they are the device tree says (st,syscfg-holdboot, resets). While RCC_TZCR.MCKPROT is
 * set only the secure world can write them (RM0436, RCC_TZCR), so that the normal world cannot
 * reset or start a core behind the TEE's back.
 */
#include "secure/pta/remoteproc.h"

#include <errno.h>
#include <string.h>

#include "host/point.h"

#define RCC_TZCR	 0x50000000u
#define RCC_TZCR_TZEN	 1u
#define RCC_TZCR_MCKPROT 2u

static int set_bits(struct cw_bus *bus, const struct cw_board_field *field, bool on)
{
	uint32_t v;
	int r = cw_bus_read32(bus, CW_PA(field->pa), &v);

	if (r < 0)
		return r;
	return cw_bus_write32(bus, CW_PA(field->pa), on ? v | field->mask : v & ~field->mask);
}

/* Release, and hold again at once: the core runs, and a core that resets itself stays held until we
 * say otherwise. */
int rproc_core_release(struct rproc *p)
{
	const struct cw_board_field *holdboot = &p->board->holdboot;
	int r;

	if (!holdboot->mask)
		return -ENODEV;
	r = set_bits(p->env->bus, holdboot, true);
	CW_POINT(pta_released, r);
	return r < 0 ? r : set_bits(p->env->bus, holdboot, false);
}

/* Both writes are tried: either of them alone keeps a core from running on. */
int rproc_core_hold(struct rproc *p)
{
	const struct cw_board_field *reset = &p->board->reset;
	int held = -ENODEV, stopped = -ENODEV;

	if (p->board->holdboot.mask)
		held = set_bits(p->env->bus, &p->board->holdboot, false);
	if (reset->mask)
		stopped = cw_bus_write32(p->env->bus, CW_PA(reset->pa), reset->mask);
	CW_POINT(pta_held, held, stopped);
	return held < 0 ? held : stopped;
}

/* The core is the secure world's as soon as one key is trusted. A board that trusts none has nothing
 * to protect it with, and leaves it to the normal world. */
static int set_owner(struct rproc *p)
{
	struct cw_bus_fuses fuses;
	uint32_t tzcr;
	bool blank;
	int r = cw_bus_fuses(p->env->bus, &fuses);

	if (r == 0)
		r = cw_bus_read32(p->env->bus, CW_PA(RCC_TZCR), &tzcr);
	if (r < 0)
		return r;
	blank = cw_span_zero(cw_span(fuses.key, sizeof(fuses.key)));
	tzcr = blank ? tzcr & ~RCC_TZCR_MCKPROT : tzcr | RCC_TZCR_MCKPROT;
	return cw_bus_write32(p->env->bus, CW_PA(RCC_TZCR), tzcr | RCC_TZCR_TZEN);
}

int rproc_core_init(struct rproc *p)
{
	int r = 0;

	if (!strncmp(p->env->board->soc, "st,stm32mp15", 12))
		r = set_owner(p);
	return r < 0 ? r : rproc_core_hold(p);
}
