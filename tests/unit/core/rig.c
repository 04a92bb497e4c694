/* SPDX-License-Identifier: BSD-2-Clause */
#include "rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>
#include <time.h>

#include <cmocka.h>

#define DEV	   0x50000000u
#define LOG_OFFSET 0xf000u
#define END_MARK   0x600dc0deu

static int dev_read(void *ctx, uint32_t addr, unsigned width, uint32_t *ret)
{
	struct rig *rig = ctx;
	int r = 0;

	pthread_mutex_lock(&rig->lock);
	if ((addr & ~3u) == DEV + 4)
		*ret = (rig->word_count ? rig->words[(rig->word_count - 1) % RIG_WORDS] : 0) >>
		       (8 * (addr & 3));
	else if (addr == DEV + 8)
		*ret = ++rig->reads;
	else
		r = -EFAULT;
	pthread_mutex_unlock(&rig->lock);
	return r;
}

static int dev_write(void *ctx, uint32_t addr, unsigned width, uint32_t v)
{
	struct rig *rig = ctx;
	int r = 0;

	if (addr == DEV) {
		cw_cortex_m4.irq(rig->core, v & 0xff, !(v & 0x100));
		return 0;
	}
	pthread_mutex_lock(&rig->lock);
	if ((addr & ~3u) == DEV + 4)
		rig->words[rig->word_count++ % RIG_WORDS] = v;
	else
		r = -EFAULT;
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
	return r;
}

static void on_event(void *ctx, const struct cw_core_event *event)
{
	struct rig *rig = ctx;

	pthread_mutex_lock(&rig->lock);
	rig->events[rig->event_count++ % RIG_EVENTS] = *event;
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
}

static void on_tick(void *ctx, uint64_t ns)
{
	struct rig *rig = ctx;

	pthread_mutex_lock(&rig->lock);
	rig->tick_ns += ns;
	rig->tick_calls++;
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
}

static uint64_t on_next(void *ctx)
{
	struct rig *rig = ctx;

	return atomic_load(&rig->next_ns);
}

static void on_bell(void *ctx)
{
	struct rig *rig = ctx;

	pthread_mutex_lock(&rig->lock);
	rig->bells++;
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
	if (atomic_load(&rig->bell_line) >= 0)
		cw_cortex_m4.irq(rig->core, (unsigned)atomic_load(&rig->bell_line), true);
}

static uint8_t *memory(void)
{
	uint8_t *p =
		mmap(NULL, RIG_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	return p;
}

void rig_load(struct rig *rig, const char *program)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.bin", CW_CORE_PROGRAMS, program);
	f = fopen(path, "rb");
	assert_non_null(f);
	memset(rig->code, 0, RIG_MEMORY);
	memset(rig->data, 0, RIG_MEMORY);
	assert_true(fread(rig->code, 1, RIG_MEMORY, f) > 8);
	fclose(f);
}

struct rig *rig_open(const char *program, uint32_t mips)
{
	struct cw_core_config config = {
		.irqs = 150, .prio_bits = 4, .mips = mips, .hz = 64000000};
	struct rig *rig = calloc(1, sizeof(*rig));
	pthread_condattr_t attr;
	struct cw_core_env env;

	assert_non_null(rig);
	env = (struct cw_core_env){rig,	    dev_read, dev_write, on_event,
				   on_tick, on_next,  on_bell};
	atomic_store(&rig->bell_line, -1);
	rig->bell = config.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(rig->bell > 0);
	pthread_mutex_init(&rig->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&rig->changed, &attr);
	pthread_condattr_destroy(&attr);
	atomic_store(&rig->next_ns, UINT64_MAX);
	rig->code = memory();
	rig->data = memory();
	assert_int_equal(cw_cortex_m4.create(&config, &env, &rig->core), 0);
	assert_int_equal(cw_cortex_m4.map(rig->core, 0, RIG_MEMORY, rig->code), 0);
	assert_int_equal(cw_cortex_m4.map(rig->core, 0x30000000, RIG_MEMORY, rig->code), 0);
	assert_int_equal(cw_cortex_m4.map(rig->core, 0x20000000, RIG_MEMORY, rig->data), 0);
	if (program)
		rig_load(rig, program);
	return rig;
}

void rig_close(struct rig *rig)
{
	cw_cortex_m4.destroy(rig->core);
	close(rig->bell);
	munmap(rig->code, RIG_MEMORY);
	munmap(rig->data, RIG_MEMORY);
	pthread_cond_destroy(&rig->changed);
	pthread_mutex_destroy(&rig->lock);
	free(rig);
}

const struct rig_log *rig_log(const struct rig *rig)
{
	return (const struct rig_log *)(rig->data + LOG_OFFSET);
}

bool rig_finished(const struct rig *rig)
{
	return __atomic_load_n(&rig_log(rig)->end, __ATOMIC_ACQUIRE) == END_MARK &&
	       cw_cortex_m4.sleeping(rig->core);
}

unsigned rig_events(struct rig *rig, enum cw_core_event_type type)
{
	unsigned n = 0;

	pthread_mutex_lock(&rig->lock);
	for (unsigned i = 0; i < rig->event_count && i < RIG_EVENTS; i++)
		n += rig->events[i].type == type;
	pthread_mutex_unlock(&rig->lock);
	return n;
}

struct cw_core_event rig_event(struct rig *rig, enum cw_core_event_type type)
{
	struct cw_core_event event = {0};

	pthread_mutex_lock(&rig->lock);
	for (unsigned i = 0; i < rig->event_count && i < RIG_EVENTS; i++)
		if (rig->events[i].type == type)
			event = rig->events[i];
	pthread_mutex_unlock(&rig->lock);
	assert_int_equal(event.type, type);
	return event;
}

static void print_log(const struct rig *rig)
{
	const struct rig_log *log = rig_log(rig);

	print_message("end %08x, %u words:", log->end, log->count);
	for (unsigned i = 0; i < log->count && i < 100; i++)
		print_message(" %x", log->words[i]);
	print_message("\n");
	for (unsigned i = 0; i < rig->event_count && i < RIG_EVENTS; i++)
		print_message("event %d pc %x lr %x sp %x xpsr %x cfsr %x hfsr %x addr %x/%d\n",
			      rig->events[i].type, rig->events[i].pc, rig->events[i].lr,
			      rig->events[i].sp, rig->events[i].xpsr, rig->events[i].cfsr,
			      rig->events[i].hfsr, rig->events[i].fault_addr,
			      rig->events[i].access);
}

void rig_wait(struct rig *rig, bool (*condition)(struct rig *rig))
{
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += RIG_PATIENCE_S;
	pthread_mutex_lock(&rig->lock);
	while (!condition(rig) && r == 0)
		r = pthread_cond_timedwait(&rig->changed, &rig->lock, &until);
	pthread_mutex_unlock(&rig->lock);
	if (r != 0) {
		cw_cortex_m4.stop(rig->core);
		print_log(rig);
		fail_msg("the core did not get there");
	}
}

void rig_compare(const struct rig *rig, const uint32_t *words, unsigned n)
{
	const struct rig_log *log = rig_log(rig);

	if (log->count == n && !memcmp(log->words, words, n * sizeof(*words)))
		return;
	print_log(rig);
	for (unsigned i = 0; i < n && i < log->count; i++)
		if (log->words[i] != words[i])
			fail_msg("word %u is %x, not %x", i, log->words[i], words[i]);
	fail_msg("%u words, not %u", log->count, n);
}

static bool finished(struct rig *rig)
{
	return rig_finished(rig) || cw_cortex_m4.locked_up(rig->core);
}

void rig_expect(const char *program, const uint32_t *words, unsigned n)
{
	struct rig *rig = rig_open(program, 0);

	assert_int_equal(cw_cortex_m4.start(rig->core), 0);
	rig_wait(rig, finished);
	cw_cortex_m4.stop(rig->core);
	rig_compare(rig, words, n);
	rig_close(rig);
}
