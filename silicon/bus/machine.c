// SPDX-License-Identifier: BSD-2-Clause
/* silicon/bus/machine.c - memory, SoC and core put together */
#include "silicon/bus/machine.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/point.h"
#include "silicon/bus/mailbox.h"
#include "silicon/mem/mem.h"

/* Crashes noted and not yet told. One core crashes once per release, so more than a few means a
 * storm: count those. */
#define CRASHES_MAX 8
#define ROUNDS_MAX  4

/* Lines that moved and were not told yet. */
struct lines {
	bool level[CW_LINES];
	bool changed[CW_LINES];
	bool rose[CW_LINES];
};

/* What other threads left for the bus thread. */
struct notes {
	bool reset;	 /* the SoC put the core into reset, or ... */
	bool release;	 /* ... let it go; which of the two holds now, held() tells */
	bool self_reset; /* the core asked for a system reset */
	struct cw_bus_event crash[CRASHES_MAX];
	unsigned n_crash;
	uint32_t crashes;
};

struct cw_machine {
	const struct cw_soc_ops *soc_ops;
	const struct cw_core_ops *core_ops;
	struct cw_soc *soc;
	struct cw_core *core;
	struct cw_mem *mem;
	struct cw_machine_listener listener;
	struct cw_mailbox mailbox;
	bool asleep; /* the core; of its thread while it is started */
	pthread_t bus_thread;
	int wake;
	bool more;    /* the bus thread itself left a note */
	bool started; /* between the core's start and stop, whatever it does in between */
	bool halted;
	uint32_t crashes;
	uint32_t refused_registers;
	pthread_mutex_t telling; /* held from taking lines to having told them, so that the last told level is the last */
	pthread_mutex_t lock;	 /* guards notes and lines */
	struct notes notes;
	struct lines lines;
};

static void wake(struct cw_machine *m)
{
	uint64_t one = 1;

	/* When the counter is full, it is readable all the same. */
	while (write(m->wake, &one, sizeof(one)) < 0 && errno != EAGAIN)
		;
}

/* Let go of the lock taken to write a note. */
static void note_end(struct cw_machine *m)
{
	pthread_mutex_unlock(&m->lock);
	/* The bus thread services after each access of its own. */
	if (pthread_equal(pthread_self(), m->bus_thread))
		m->more = true;
	else
		wake(m);
}

static void on_irq_core(void *ctx, unsigned line, bool level)
{
	struct cw_machine *m = ctx;

	m->core_ops->line(m->core, line, level);
}

static void on_irq_host(void *ctx, enum cw_bus_line line, bool level)
{
	struct cw_machine *m = ctx;

	pthread_mutex_lock(&m->lock);
	m->lines.level[line] = level;
	m->lines.changed[line] = true;
	m->lines.rose[line] |= level;
	pthread_mutex_unlock(&m->lock);
}

static struct lines take_lines(struct cw_machine *m)
{
	struct lines l;

	pthread_mutex_lock(&m->lock);
	l = m->lines;
	m->lines = (struct lines){0};
	memcpy(m->lines.level, l.level, sizeof(l.level));
	pthread_mutex_unlock(&m->lock);
	return l;
}

static void tell_lines(struct cw_machine *m)
{
	struct lines l;

	pthread_mutex_lock(&m->telling);
	l = take_lines(m);
	for (unsigned line = 0; line < CW_LINES; line++) {
		if (!l.changed[line])
			continue;
		if (l.rose[line] && !l.level[line])
			m->listener.irq(m->listener.ctx, line, true);
		m->listener.irq(m->listener.ctx, line, l.level[line]);
	}
	pthread_mutex_unlock(&m->telling);
}

/* Lines moved, and the SoC can be entered again. The core's thread tells the worlds by itself: a doorbell rung by firmware
 * does not wait for the bus thread to wake. The bus thread services after each access of its own. */
static void on_settled(void *ctx)
{
	struct cw_machine *m = ctx;

	m->core_ops->kick(m->core);
	if (pthread_equal(pthread_self(), m->bus_thread))
		m->more = true;
	else
		tell_lines(m);
}

static void on_core_ctl(void *ctx, enum cw_soc_core_ctl what)
{
	struct cw_machine *m = ctx;

	pthread_mutex_lock(&m->lock);
	if (what == CW_SOC_CORE_RESET)
		m->notes.reset = true;
	else
		m->notes.release = true;
	note_end(m);
}

static void note_crash(struct cw_machine *m, const struct cw_bus_event *event)
{
	pthread_mutex_lock(&m->lock);
	m->notes.crashes++;
	if (m->notes.n_crash < CRASHES_MAX)
		m->notes.crash[m->notes.n_crash++] = *event;
	note_end(m);
}

static void on_watchdog(void *ctx)
{
	const struct cw_bus_event e = {.type = CW_EVENT_CRASH, .cause = CW_CRASH_WATCHDOG};

	note_crash(ctx, &e);
}

static int on_core_read(void *ctx, uint32_t addr, unsigned width, uint32_t *ret)
{
	struct cw_machine *m = ctx;

	return m->soc_ops->read(m->soc, CW_MASTER_CORE, addr, width, ret) < 0 ? -EFAULT : 0;
}

static int on_core_write(void *ctx, uint32_t addr, unsigned width, uint32_t v)
{
	struct cw_machine *m = ctx;

	return m->soc_ops->write(m->soc, CW_MASTER_CORE, addr, width, v) < 0 ? -EFAULT : 0;
}

static void on_core_tick(void *ctx, uint64_t ns)
{
	struct cw_machine *m = ctx;

	m->soc_ops->tick(m->soc, ns);
}

static uint64_t on_core_next(void *ctx)
{
	struct cw_machine *m = ctx;

	return m->soc_ops->next ? m->soc_ops->next(m->soc) : UINT64_MAX;
}

static void look(struct cw_machine *m)
{
	if (m->soc_ops->look)
		m->soc_ops->look(m->soc, m->asleep);
}

static void on_core_bell(void *ctx)
{
	look(ctx);
}

static void core_crashed(struct cw_machine *m, const struct cw_core_event *c,
			 enum cw_crash_cause cause)
{
	const struct cw_bus_event e = {
		.type = CW_EVENT_CRASH,
		.cause = cause,
		.pc = c->pc,
		.lr = c->lr,
		.sp = c->sp,
		.xpsr = c->xpsr,
		.cfsr = c->cfsr,
		.hfsr = c->hfsr,
		.bfar = c->bfar,
		.mmfar = c->mmfar,
		.fault_addr = c->fault_addr,
		.access = c->access,
	};

	note_crash(m, &e);
}

static void on_core_event(void *ctx, const struct cw_core_event *event)
{
	struct cw_machine *m = ctx;

	switch (event->type) {
	case CW_CORE_EVENT_FAULT:
		core_crashed(m, event, CW_CRASH_FAULT);
		break;
	case CW_CORE_EVENT_LOCKUP:
		core_crashed(m, event, CW_CRASH_LOCKUP);
		break;
	case CW_CORE_EVENT_RESET:
		pthread_mutex_lock(&m->lock);
		m->notes.self_reset = true;
		note_end(m);
		break;
	case CW_CORE_EVENT_SLEEP:
	case CW_CORE_EVENT_WAKE:
		m->asleep = event->type == CW_CORE_EVENT_SLEEP;
		look(m);
		break;
	}
}

static int map_blocks(struct cw_machine *m)
{
	for (unsigned i = 0; i < m->soc_ops->n_blocks; i++) {
		const struct cw_soc_block *b = &m->soc_ops->blocks[i];

		if (b->secure)
			continue;
		for (unsigned k = 0; k < b->n_core; k++) {
			int r = m->core_ops->map(m->core, b->core[k], (uint32_t)b->size,
						 cw_mem_block_host(m->mem, i));

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* The core first: making the SoC may already move its interrupt lines. */
static int assemble(struct cw_machine *m, const struct cw_machine_config *config,
		    struct cw_error *err)
{
	const struct cw_core_config core = {
		.irqs = config->soc->core_irqs,
		.prio_bits = config->soc->core_prio_bits,
		.mips = config->mips,
		.hz = config->soc->core_hz,
		.bell = m->mailbox.bell,
	};
	const struct cw_core_env core_env = {
		.ctx = m,
		.read = on_core_read,
		.write = on_core_write,
		.event = on_core_event,
		.tick = on_core_tick,
		.next = on_core_next,
		.bell = on_core_bell,
	};
	const struct cw_soc_env soc_env = {
		.ctx = m,
		.mailbox = m->mailbox.page,
		.irq_core = on_irq_core,
		.irq_host = on_irq_host,
		.settled = on_settled,
		.core_ctl = on_core_ctl,
		.watchdog = on_watchdog,
	};
	int r;

	m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->wake < 0)
		return cw_error_errno(err, "eventfd");
	r = cw_mem_new(config->soc->blocks, config->soc->n_blocks, config->board, &m->mem, err);
	if (r == 0 && config->weak_generations)
		cw_mem_weaken(m->mem);
	if (r < 0)
		return r;
	r = config->core->create(&core, &core_env, &m->core);
	if (r < 0)
		return cw_error_set(err, r, "make the core %s: %s", config->core->name,
				    strerror(-r));
	r = config->soc->create(&soc_env, &m->soc);
	if (r < 0)
		return cw_error_set(err, r, "make the SoC %s: %s", config->soc->compatible,
				    strerror(-r));
	r = map_blocks(m);
	if (r < 0)
		return cw_error_set(err, r, "map memory into the core: %s", strerror(-r));
	return 0;
}

int cw_machine_new(const struct cw_machine_config *config, struct cw_machine **ret_machine,
		   struct cw_error *err)
{
	struct cw_machine *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return cw_error_set(err, -ENOMEM, "out of memory");
	m->soc_ops = config->soc;
	m->core_ops = config->core;
	m->listener = config->listener;
	m->bus_thread = pthread_self();
	m->wake = -1;
	m->mailbox = (struct cw_mailbox)CW_MAILBOX_NONE;
	pthread_mutex_init(&m->telling, NULL);
	pthread_mutex_init(&m->lock, NULL);
	r = cw_mailbox_new(&m->mailbox);
	if (r < 0)
		cw_error_set(err, r, "make the mailbox: %s", strerror(-r));
	else
		r = assemble(m, config, err);
	if (r < 0) {
		cw_machine_free(m);
		return r;
	}
	*ret_machine = m;
	return 0;
}

static void stop_core(struct cw_machine *m)
{
	if (m->started) {
		CW_POINT(silicon_core_stop);
		m->core_ops->stop(m->core);
		/* Nobody hears the bell now. */
		m->asleep = false;
		look(m);
	}
	m->started = false;
}

struct cw_machine *cw_machine_free(struct cw_machine *m)
{
	if (!m)
		return NULL;
	stop_core(m);
	if (m->core)
		m->core_ops->destroy(m->core);
	if (m->soc)
		m->soc_ops->destroy(m->soc);
	cw_mem_free(m->mem);
	cw_mailbox_free(&m->mailbox);
	cw_close_fd(&m->wake);
	pthread_mutex_destroy(&m->lock);
	pthread_mutex_destroy(&m->telling);
	free(m);
	return NULL;
}

int cw_machine_fd(const struct cw_machine *m)
{
	return m->wake;
}

static struct notes take_notes(struct cw_machine *m)
{
	struct notes n;

	pthread_mutex_lock(&m->lock);
	n = m->notes;
	m->notes = (struct notes){0};
	pthread_mutex_unlock(&m->lock);
	return n;
}

/* RESET and RELEASE of two threads may have been noted in another order than the SoC decided them;
 * held() is the last word. A reset that was noted did happen, also when the core was released again
 * since. */
static void obey_core_ctl(struct cw_machine *m, const struct notes *n)
{
	if (n->reset)
		stop_core(m);
	if ((n->reset || n->release) && !m->started && !m->halted && !m->soc_ops->held(m->soc)) {
		CW_POINT(silicon_core_start);
		m->started = m->core_ops->start(m->core) == 0;
	}
}

static void tell(struct cw_machine *m, const struct notes *n)
{
	for (unsigned i = 0; i < n->n_crash; i++)
		m->listener.crash(m->listener.ctx, &n->crash[i]);
	tell_lines(m);
}

void cw_machine_wake(struct cw_machine *m)
{
	wake(m);
}

void cw_machine_service(struct cw_machine *m)
{
	/* Doing what the notes say leaves new ones, for a reset moves lines. Firmware that resets
	 * itself without end must not keep the bus thread here. */
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		struct notes n;

		m->more = false;
		n = take_notes(m);
		m->crashes += n.crashes;
		if (n.self_reset)
			m->soc_ops->core_reset(m->soc, true);
		obey_core_ctl(m, &n);
		tell(m, &n);
		if (!m->more)
			return;
	}
	wake(m);
}

void cw_machine_woken(struct cw_machine *m)
{
	uint64_t count;

	if (read(m->wake, &count, sizeof(count)) == sizeof(count))
		cw_machine_service(m);
}

static bool is_register(uint64_t pa, size_t len)
{
	return (len == 1 || len == 2 || len == 4) && pa % len == 0 && pa <= UINT32_MAX;
}

static enum cw_master master_of(enum cw_bus_side side)
{
	return side == CW_BUS_SECURE ? CW_MASTER_HOST_SECURE : CW_MASTER_HOST_NONSECURE;
}

static int count_refusal(struct cw_machine *m, int r)
{
	m->refused_registers += r == -EACCES;
	return r;
}

int cw_machine_read(struct cw_machine *m, enum cw_bus_side side, uint64_t pa, void *buf, size_t len)
{
	uint32_t v;
	int r;

	if (!len)
		return -EINVAL;
	if (cw_mem_here(m->mem, pa))
		return cw_mem_read(m->mem, side, pa, buf, len);
	if (!is_register(pa, len))
		return -EFAULT;
	r = m->soc_ops->read(m->soc, master_of(side), (uint32_t)pa, (unsigned)len, &v);
	if (r == 0)
		memcpy(buf, &v, len);
	return count_refusal(m, r);
}

int cw_machine_write(struct cw_machine *m, enum cw_bus_side side, uint64_t pa, const void *buf,
		     size_t len)
{
	uint32_t v = 0;
	int r;

	if (!len)
		return -EINVAL;
	if (cw_mem_here(m->mem, pa))
		return cw_mem_write(m->mem, side, pa, buf, len);
	if (!is_register(pa, len))
		return -EFAULT;
	memcpy(&v, buf, len);
	r = m->soc_ops->write(m->soc, master_of(side), (uint32_t)pa, (unsigned)len, v);
	return count_refusal(m, r);
}

int cw_machine_mailbox(const struct cw_machine *m, enum cw_mailbox_part part)
{
	if (!m->soc_ops->look)
		return -ENOENT;
	switch (part) {
	case CW_MAILBOX_MEMORY:
		return m->mailbox.memory;
	case CW_MAILBOX_BELL:
		return m->mailbox.bell;
	default:
		return -ENOENT;
	}
}

struct cw_mem *cw_machine_mem(struct cw_machine *m)
{
	return m->mem;
}

int cw_machine_protect(struct cw_machine *m, uint64_t pa, uint64_t size)
{
	int r;

	if (m->started)
		m->core_ops->pause(m->core);
	r = cw_mem_protect(m->mem, pa, size);
	if (m->started)
		m->core_ops->resume(m->core);
	return r;
}

int cw_machine_open(struct cw_machine *m, uint64_t pa, uint64_t size)
{
	int r;

	if (m->started)
		m->core_ops->pause(m->core);
	r = cw_mem_open(m->mem, pa, size);
	if (m->started)
		m->core_ops->resume(m->core);
	return r;
}

void cw_machine_core(struct cw_machine *m, struct cw_bus_core *ret)
{
	*ret = (struct cw_bus_core){.state = CW_CORE_HELD, .crashes = m->crashes};
	if (!m->started)
		return;
	ret->insns = m->core_ops->insns(m->core);
	if (m->core_ops->locked_up(m->core))
		ret->state = CW_CORE_LOCKUP;
	else if (m->core_ops->sleeping(m->core))
		ret->state = CW_CORE_SLEEPING;
	else
		ret->state = CW_CORE_RUNNING;
}

void cw_machine_stats(struct cw_machine *m, struct cw_bus_stats *ret)
{
	*ret = (struct cw_bus_stats){0};
	cw_mem_stats(m->mem, ret);
	ret->refused += m->refused_registers;
}

void cw_machine_halt(struct cw_machine *m)
{
	stop_core(m);
	m->halted = true;
	cw_mem_windows_clear(m->mem);
}
