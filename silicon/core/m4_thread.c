/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4_thread.c - the vtable, and the thread that is the core
 *
 * One thread per core, made by create() so that nothing but memory is asked of the kernel
 * afterwards. It alone touches the engine. The controlling thread writes an order to @want, raises
 * @attention and waits until @state answers. A thread that stands waits for that on @wake, one that
 * runs as m4_wait.c says.
 */
#include "silicon/core/m4.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct cw_core *core_of(const struct cw_core *core)
{
	return (struct cw_core *)core;
}

void m4_kick(struct cw_core *c)
{
	atomic_store(&c->attention, true);
	m4_wait_end(c);
}

/* --- the core's thread --- */

static void tell_sleep(struct cw_core *c, enum cw_core_event_type type)
{
	const struct cw_core_event event = {.type = type, .pc = m4_reg(c, UC_ARM_REG_PC) & ~1u};

	atomic_store(&c->out_sleeping, type == CW_CORE_EVENT_SLEEP);
	c->env.event(c->env.ctx, &event);
}

/* An exception that would be taken if PRIMASK were clear ends both waits; an event ends WFE. */
static bool wakes(struct cw_core *c)
{
	unsigned best = m4_best_pending(c);

	if (best && m4_group_prio(c, best) < m4_exec_prio(c, false))
		return true;
	if (!c->wfe)
		return false;
	if (!c->event_flag)
		return false;
	c->event_flag = false;
	return true;
}

static void collect(struct cw_core *c)
{
	atomic_store(&c->attention, false);
	m4_nvic_collect(c);
	if (atomic_exchange(&c->sev, false))
		c->event_flag = true;
}

/* In WFI or WFE. True when the core is awake. */
static bool awake(struct cw_core *c)
{
	bool told = atomic_load(&c->out_sleeping);

	if (wakes(c)) {
		c->asleep = false;
		if (told)
			tell_sleep(c, CW_CORE_EVENT_WAKE);
		return true;
	}
	if (!told)
		tell_sleep(c, CW_CORE_EVENT_SLEEP);
	m4_sleep(c);
	return false;
}

static void run(struct cw_core *c)
{
	if (c->in_reset) {
		c->in_reset = false;
		m4_reset(c);
	}
	while (atomic_load(&c->want) == M4_RUN) {
		collect(c);
		m4_time_advance(c);
		if (c->locked_up) {
			m4_sleep(c);
			continue;
		}
		if (c->asleep && !awake(c))
			continue;
		m4_take_pending(c);
		if (c->locked_up || m4_pace(c))
			continue;
		m4_time_plan(c);
		m4_engine_run(c);
	}
	atomic_store(&c->out_insns, c->insns);
}

/* Orders other than to run, with the lock held. */
static void stand(struct cw_core *c, enum m4_state state)
{
	if (state != M4_PAUSED) {
		m4_engine_close(c);
		atomic_store(&c->out_running, false);
		atomic_store(&c->out_sleeping, false);
		atomic_store(&c->out_locked_up, false);
	}
	c->state = state;
	pthread_cond_broadcast(&c->done);
}

static void go(struct cw_core *c)
{
	int r = 0;

	if (c->state == M4_PAUSED) {
		r = m4_engine_refresh(c);
	} else {
		r = m4_engine_open(c);
		c->in_reset = true;
	}
	m4_time_resume(c);
	if (r < 0) {
		c->start_error = r;
		atomic_store(&c->want, M4_HELD);
		stand(c, M4_HELD);
		return;
	}
	c->state = M4_RUN;
	if (c->in_reset)
		atomic_store(&c->out_running, true);
	pthread_cond_broadcast(&c->done);
	pthread_mutex_unlock(&c->lock);
	run(c);
	pthread_mutex_lock(&c->lock);
}

static void *thread_main(void *arg)
{
	struct cw_core *c = arg;
	enum m4_state want;

	/* The allocator makes an arena for this thread: now, while the kernel may be asked. */
	free(malloc(1));
	pthread_mutex_lock(&c->lock);
	stand(c, M4_HELD);
	while ((want = (enum m4_state)atomic_load(&c->want)) != M4_QUIT) {
		if (want == M4_RUN)
			go(c);
		else if (want != c->state)
			stand(c, want);
		else
			pthread_cond_wait(&c->wake, &c->lock);
	}
	stand(c, M4_QUIT);
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* --- the controlling thread --- */

/* Give an order and wait until it is carried out, or a start has failed. */
static int order(struct cw_core *c, enum m4_state want)
{
	int r;

	pthread_mutex_lock(&c->lock);
	c->start_error = 0;
	atomic_store(&c->want, want);
	atomic_store(&c->attention, true);
	pthread_cond_signal(&c->wake);
	m4_wait_end(c);
	while (c->state != want && !c->start_error)
		pthread_cond_wait(&c->done, &c->lock);
	r = c->start_error;
	pthread_mutex_unlock(&c->lock);
	return r;
}

static enum m4_state state_of(struct cw_core *c)
{
	enum m4_state state;

	pthread_mutex_lock(&c->lock);
	state = c->state;
	pthread_mutex_unlock(&c->lock);
	return state;
}

static int cm4_start(struct cw_core *c)
{
	if (state_of(c) != M4_HELD)
		return -EALREADY;
	return order(c, M4_RUN);
}

static void cm4_stop(struct cw_core *c)
{
	if (state_of(c) != M4_HELD)
		order(c, M4_HELD);
}

static void cm4_pause(struct cw_core *c)
{
	if (state_of(c) == M4_RUN)
		order(c, M4_PAUSED);
}

static void cm4_resume(struct cw_core *c)
{
	if (state_of(c) == M4_PAUSED)
		order(c, M4_RUN);
}

static int cm4_map(struct cw_core *c, uint32_t addr, uint32_t size, void *host)
{
	uint64_t end = (uint64_t)addr + size;
	unsigned at = 0;

	if (state_of(c) == M4_RUN)
		return -EBUSY;
	if (!size || !host || addr % M4_PAGE || size % M4_PAGE || end > M4_PPB_BASE)
		return -EINVAL;
	while (at < c->map_count && c->maps[at].addr < addr)
		at++;
	if ((at < c->map_count && c->maps[at].addr < end) ||
	    (at > 0 && (uint64_t)c->maps[at - 1].addr + c->maps[at - 1].size > addr))
		return -EEXIST;
	if (c->map_count == M4_MAPS_MAX)
		return -ENOSPC;
	memmove(&c->maps[at + 1], &c->maps[at], (c->map_count - at) * sizeof(c->maps[0]));
	c->maps[at] = (struct m4_map){.addr = addr, .size = size, .host = host};
	c->map_count++;
	return 0;
}

static int cm4_unmap(struct cw_core *c, uint32_t addr, uint32_t size)
{
	unsigned at = 0;

	if (state_of(c) == M4_RUN)
		return -EBUSY;
	while (at < c->map_count && (c->maps[at].addr != addr || c->maps[at].size != size))
		at++;
	if (at == c->map_count)
		return -ENOENT;
	c->map_count--;
	memmove(&c->maps[at], &c->maps[at + 1], (c->map_count - at) * sizeof(c->maps[0]));
	return 0;
}

static void cm4_line(struct cw_core *c, unsigned n, bool level)
{
	uint32_t bit, old;
	unsigned w = (M4_EXC_IRQ0 + n) / 32;

	if (n >= c->config.irqs)
		return;
	bit = 1u << ((M4_EXC_IRQ0 + n) % 32);
	if (!level) {
		atomic_fetch_and(&c->level[w], ~bit);
		return;
	}
	old = atomic_fetch_or(&c->level[w], bit);
	if (old & bit)
		return;
	atomic_fetch_or(&c->rise[w], bit);
	atomic_store(&c->attention, true);
}

static void cm4_irq(struct cw_core *c, unsigned n, bool level)
{
	cm4_line(c, n, level);
	m4_wait_end(c);
}

static void cm4_sev(struct cw_core *c)
{
	atomic_store(&c->sev, true);
	m4_kick(c);
}

static bool cm4_running(const struct cw_core *c)
{
	return atomic_load(&core_of(c)->out_running);
}

static bool cm4_sleeping(const struct cw_core *c)
{
	return atomic_load(&core_of(c)->out_sleeping);
}

static bool cm4_locked_up(const struct cw_core *c)
{
	return atomic_load(&core_of(c)->out_locked_up);
}

static uint64_t cm4_insns(const struct cw_core *c)
{
	return atomic_load(&core_of(c)->out_insns);
}

static void cm4_destroy(struct cw_core *c)
{
	if (!c)
		return;
	order(c, M4_QUIT);
	pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->wake);
	pthread_cond_destroy(&c->done);
	pthread_mutex_destroy(&c->lock);
	m4_wait_close(c);
	free(c);
}

static int cm4_create(const struct cw_core_config *config, const struct cw_core_env *env,
		      struct cw_core **ret)
{
	struct cw_core *c;
	int r;

	if (config->irqs > M4_IRQS_MAX || config->prio_bits < 2 || config->prio_bits > 8 ||
	    !config->hz || !env->read || !env->write || !env->event)
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->config = *config;
	c->env = *env;
	c->state = M4_QUIT;
	atomic_store(&c->want, M4_HELD);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->done, NULL);
	pthread_cond_init(&c->wake, NULL);
	r = m4_wait_open(c);
	if (r < 0) {
		free(c);
		return r;
	}
	r = -pthread_create(&c->thread, NULL, thread_main, c);
	if (r < 0) {
		m4_wait_close(c);
		free(c);
		return r;
	}
	order(c, M4_HELD); /* the thread has come up */
	*ret = c;
	return 0;
}

const struct cw_core_ops cw_cortex_m4 = {
	.name = "cortex-m4",
	.create = cm4_create,
	.destroy = cm4_destroy,
	.map = cm4_map,
	.unmap = cm4_unmap,
	.start = cm4_start,
	.stop = cm4_stop,
	.pause = cm4_pause,
	.resume = cm4_resume,
	.irq = cm4_irq,
	.line = cm4_line,
	.kick = m4_wait_end,
	.sev = cm4_sev,
	.running = cm4_running,
	.sleeping = cm4_sleeping,
	.locked_up = cm4_locked_up,
	.insns = cm4_insns,
};
