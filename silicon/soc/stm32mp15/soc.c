/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * soc.c - STM32MP15: memory blocks, the lock, access dispatch, reset of the core
 *
 * Source: reference manual RM0436 as far as firmware, boot loader and Linux rely on it.
 */
#include "stm32mp15.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

static const struct cw_soc_block blocks[] = {
	{.name = "retram",
	 .size = 0x10000,
	 .pa = {0x38000000},
	 .core = {0},
	 .n_pa = 1,
	 .n_core = 1},
	{.name = "mcusram",
	 .size = 0x60000,
	 .pa = {0x10000000, 0x30000000},
	 .core = {0x10000000, 0x30000000},
	 .n_pa = 2,
	 .n_core = 2},
	{.name = "sysram", .size = 0x40000, .secure = true, .pa = {0x2FFC0000}, .n_pa = 1},
	/* The part has it behind its DDR controller; boards that load nothing there do without. */
	{.name = "ddr",
	 .size = 0x20000000,
	 .pa = {0xC0000000},
	 .core = {0xC0000000},
	 .n_pa = 1,
	 .n_core = 1},
};
#define WITH_DDR    (sizeof(blocks) / sizeof(blocks[0]))
#define WITHOUT_DDR (WITH_DDR - 1)

/* Every entry point runs between these two; what must be told without the lock is told by leave. */
static void enter(struct cw_soc *soc)
{
	pthread_mutex_lock(&soc->lock);
}

static void leave(struct cw_soc *soc)
{
	struct soc_todo todo = soc->todo;

	soc->todo = (struct soc_todo){0};
	pthread_mutex_unlock(&soc->lock);

	if (todo.moved && soc->env.settled)
		soc->env.settled(soc->env.ctx);
	if (todo.watchdog && soc->env.watchdog)
		soc->env.watchdog(soc->env.ctx);
	for (unsigned i = 0; i < todo.n; i++)
		if (soc->env.core_ctl)
			soc->env.core_ctl(soc->env.ctx, todo.ctl[i]);
}

static void ask_core(struct cw_soc *soc, enum cw_soc_core_ctl what)
{
	/* One access can at most reset and release; a tick that does both twice says nothing new.
	 */
	if (soc->todo.n < sizeof(soc->todo.ctl) / sizeof(soc->todo.ctl[0]))
		soc->todo.ctl[soc->todo.n++] = what;
}

void soc_core_line(struct cw_soc *soc, int line, bool level)
{
	if (line < 0 || line >= CORE_IRQS || soc->core_level[line] == level)
		return;
	soc->core_level[line] = level;
	soc->todo.moved = true;
	if (soc->env.irq_core)
		soc->env.irq_core(soc->env.ctx, (unsigned)line, level);
}

void soc_host_line(struct cw_soc *soc, enum cw_bus_line line, bool level)
{
	if (soc->host_level[line] == level)
		return;
	soc->host_level[line] = level;
	soc->todo.moved = true;
	if (soc->env.irq_host)
		soc->env.irq_host(soc->env.ctx, line, level);
}

void soc_host_line_fell(struct cw_soc *soc, enum cw_bus_line line)
{
	soc->host_level[line] = false;
}

struct periph *soc_periph(struct cw_soc *soc, uint32_t pa)
{
	unsigned lo = 0, hi = n_periph_map;

	while (lo < hi) {
		unsigned mid = lo + (hi - lo) / 2;
		const struct periph_desc *d = &periph_map[mid];

		if (pa < d->base)
			hi = mid;
		else if (pa - d->base >= d->size)
			lo = mid + 1;
		else
			return &soc->periph[mid];
	}
	return NULL;
}

void soc_periph_reset(struct cw_soc *soc, struct periph *p)
{
	const struct periph_ops *ops = p->desc->ops;

	memset(p->reg, 0, p->desc->size);
	if (!ops)
		return;
	if (p->state)
		memset(p->state, 0, ops->state_size);
	if (ops->reset)
		ops->reset(soc, p);
	if (ops->lines)
		ops->lines(soc, p);
}

void soc_core_release(struct cw_soc *soc)
{
	if (!soc->in_reset)
		return;
	soc->in_reset = false;
	ask_core(soc, CW_SOC_CORE_RELEASE);
}

void soc_core_reset(struct cw_soc *soc, uint32_t flags)
{
	rcc_reset_flags(soc, flags);
	soc_periph_reset(soc, soc_periph(soc, WWDG_BASE));
	ask_core(soc, CW_SOC_CORE_RESET);
	soc->in_reset = true;
	if (rcc_boot_mcu(soc))
		soc_core_release(soc);
}

static void mp15_reset(struct cw_soc *soc)
{
	enter(soc);
	for (unsigned i = 0; i < n_periph_map; i++)
		soc_periph_reset(soc, &soc->periph[i]);
	soc->in_reset = true;
	soc->todo = (struct soc_todo){0};
	leave(soc);
}

static void mp15_destroy(struct cw_soc *soc)
{
	if (!soc)
		return;
	for (unsigned i = 0; soc->periph && i < n_periph_map; i++) {
		free(soc->periph[i].reg);
		free(soc->periph[i].state);
	}
	free(soc->periph);
	pthread_mutex_destroy(&soc->lock);
	free(soc);
}

static int make_periphs(struct cw_soc *soc)
{
	soc->periph = calloc(n_periph_map, sizeof(*soc->periph));
	if (!soc->periph)
		return -ENOMEM;
	for (unsigned i = 0; i < n_periph_map; i++) {
		const struct periph_desc *d = &periph_map[i];
		struct periph *p = &soc->periph[i];

		p->desc = d;
		p->reg = calloc(d->size / 4, sizeof(*p->reg));
		if (!p->reg)
			return -ENOMEM;
		if (d->ops && d->ops->state_size) {
			p->state = calloc(1, d->ops->state_size);
			if (!p->state)
				return -ENOMEM;
		}
	}
	return 0;
}

static int mp15_create(const struct cw_soc_env *env, struct cw_soc **ret)
{
	struct cw_soc *soc;
	int r;

	soc = calloc(1, sizeof(*soc));
	if (!soc)
		return -ENOMEM;
	pthread_mutex_init(&soc->lock, NULL);
	soc->env = *env;
	soc->mailbox = env->mailbox ? env->mailbox : &soc->own_mailbox;
	r = make_periphs(soc);
	if (r < 0) {
		mp15_destroy(soc);
		return r;
	}
	mp15_reset(soc);
	*ret = soc;
	return 0;
}

/* The word and lanes of an access; false when @pa is not aligned to @width. */
static bool lanes_of(uint32_t pa, unsigned width, uint32_t *ret_lanes, unsigned *ret_shift)
{
	if ((width != 1 && width != 2 && width != 4) || pa % width)
		return false;
	*ret_shift = pa % 4 * 8;
	*ret_lanes = (width == 4 ? UINT32_MAX : (1u << width * 8) - 1) << *ret_shift;
	return true;
}

static uint32_t periph_read(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off)
{
	const struct periph_ops *ops = p->desc->ops;
	uint32_t v;

	if (!ops || !ops->read)
		return p->reg[off / 4];
	v = ops->read(soc, p, who, off);
	if (ops->lines)
		ops->lines(soc, p);
	return v;
}

static int periph_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
			uint32_t v, uint32_t lanes)
{
	const struct periph_ops *ops = p->desc->ops;
	int r;

	if (!ops || !ops->write) {
		lanes_store(&p->reg[off / 4], v, lanes);
		return 0;
	}
	r = ops->write(soc, p, who, off, v & lanes, lanes);
	if (ops->lines)
		ops->lines(soc, p);
	return r;
}

static int mp15_read(struct cw_soc *soc, enum cw_master who, uint32_t pa, unsigned width,
		     uint32_t *ret)
{
	uint32_t lanes, v;
	struct periph *p;
	unsigned shift;

	if (!lanes_of(pa, width, &lanes, &shift))
		return -EFAULT;
	enter(soc);
	p = soc_periph(soc, pa);
	if (!p) {
		leave(soc);
		return -EFAULT;
	}
	v = periph_read(soc, p, who, (pa - p->desc->base) & ~3u);
	leave(soc);
	*ret = (v & lanes) >> shift;
	return 0;
}

static int mp15_write(struct cw_soc *soc, enum cw_master who, uint32_t pa, unsigned width,
		      uint32_t v)
{
	struct periph *p;
	uint32_t lanes;
	unsigned shift;
	int r = -EFAULT;

	if (!lanes_of(pa, width, &lanes, &shift))
		return -EFAULT;
	enter(soc);
	p = soc_periph(soc, pa);
	if (p)
		r = periph_write(soc, p, who, (pa - p->desc->base) & ~3u, v << shift, lanes);
	leave(soc);
	return r;
}

static void mp15_tick(struct cw_soc *soc, uint64_t ns)
{
	enter(soc);
	for (unsigned i = 0; i < n_periph_map; i++) {
		const struct periph_ops *ops = periph_map[i].ops;

		if (!ops || !ops->tick)
			continue;
		ops->tick(soc, &soc->periph[i], ns);
		if (ops->lines)
			ops->lines(soc, &soc->periph[i]);
	}
	leave(soc);
}

static uint64_t mp15_next(struct cw_soc *soc)
{
	uint64_t next = UINT64_MAX;

	enter(soc);
	for (unsigned i = 0; i < n_periph_map; i++) {
		const struct periph_ops *ops = periph_map[i].ops;
		uint64_t ns;

		if (!ops || !ops->next)
			continue;
		ns = ops->next(soc, &soc->periph[i]);
		if (ns < next)
			next = ns;
	}
	leave(soc);
	return next;
}

static void mp15_core_reset(struct cw_soc *soc, bool by_itself)
{
	enter(soc);
	if (by_itself) {
		soc_core_reset(soc, RSTS_MCSYS);
	} else {
		soc_periph_reset(soc, soc_periph(soc, WWDG_BASE));
		soc->in_reset = true;
	}
	leave(soc);
}

static void mp15_look(struct cw_soc *soc, bool asleep)
{
	enter(soc);
	atomic_store(&soc->mailbox->asleep, asleep);
	ipcc_look(soc);
	leave(soc);
}

static bool mp15_held(struct cw_soc *soc)
{
	bool held;

	enter(soc);
	held = soc->in_reset;
	leave(soc);
	return held;
}

#define MP15(name, blocks_used)                                                                    \
	{                                                                                          \
		.compatible = (name), .blocks = blocks, .n_blocks = (blocks_used),                 \
		.core_irqs = CORE_IRQS, .core_prio_bits = 4, .core_hz = HSI_HZ,                    \
		.create = mp15_create, .destroy = mp15_destroy, .reset = mp15_reset,               \
		.read = mp15_read, .write = mp15_write, .tick = mp15_tick, .next = mp15_next,      \
		.core_reset = mp15_core_reset, .look = mp15_look, .held = mp15_held,               \
	}

const struct cw_soc_ops cw_soc_stm32mp15 = MP15("st,stm32mp15", WITHOUT_DDR);
const struct cw_soc_ops cw_soc_stm32mp15_ddr = MP15("corewarden,bench-ddr", WITH_DDR);
