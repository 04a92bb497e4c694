/* SPDX-License-Identifier: BSD-2-Clause */
/* Sleep, lines from other threads, pause, start and stop, time and pace. */
#include "rig.h"

#include <errno.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const struct cw_core_ops *const ops = &cw_cortex_m4;

static uint64_t ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static unsigned wanted; /* words, for has_words() */

static bool has_words(struct rig *rig)
{
	return rig->word_count >= wanted;
}

static bool has_words_asleep(struct rig *rig)
{
	return rig->word_count >= wanted && ops->sleeping(rig->core);
}

static void wait_words(struct rig *rig, unsigned n)
{
	wanted = n;
	rig_wait(rig, has_words);
}

static void wait_asleep(struct rig *rig, unsigned n)
{
	wanted = n;
	rig_wait(rig, has_words_asleep);
}

static bool finished(struct rig *rig)
{
	return rig_finished(rig);
}

static struct rig *started(const char *program, uint32_t mips)
{
	struct rig *rig = rig_open(program, mips);

	assert_int_equal(ops->start(rig->core), 0);
	return rig;
}

static void lines(void **state)
{
	struct rig *rig = started("lines", 0);

	wait_asleep(rig, 1);
	for (uint32_t i = 1; i <= 2000; i++) {
		ops->irq(rig->core, 0, true);
		wait_words(rig, 1 + i);
		assert_int_equal(rig->words[i % RIG_WORDS], i);
	}
	/* a pulse is enough: the NVIC remembers */
	wait_asleep(rig, 2001);
	ops->irq(rig->core, 0, true);
	ops->irq(rig->core, 0, false);
	wait_asleep(rig, 2002);
	/* a level stays: three times until its handler lowers it */
	ops->irq(rig->core, 1, true);
	wait_asleep(rig, 2005);
	assert_int_equal(rig->words[2004 % RIG_WORDS], 0x10003);
	/* a line beyond the first 32; one that is disabled; one that is not there */
	ops->irq(rig->core, 5, true);
	ops->irq(rig->core, 200, true);
	ops->irq(rig->core, 40, true);
	rig_wait(rig, finished);
	assert_int_equal(rig->words[2005 % RIG_WORDS], 0x40000);
	assert_int_equal(rig->word_count, 2006);
	rig_close(rig);
}

struct bombard {
	struct rig *rig;
	unsigned line;
};

static void *bombard(void *arg)
{
	const struct bombard *b = arg;

	for (unsigned i = 0; i < 20000; i++) {
		ops->irq(b->rig->core, b->line, true);
		ops->irq(b->rig->core, b->line, false);
		ops->sev(b->rig->core);
	}
	return NULL;
}

/* From several threads at once, while the core is paused and resumed; afterwards nothing is lost.
 * */
static void bombarded(void **state)
{
	struct rig *rig = started("lines", 0);
	struct bombard b[3] = {{rig, 0}, {rig, 0}, {rig, 77}};
	pthread_t t[3];

	wait_asleep(rig, 1);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&t[i], NULL, bombard, &b[i]), 0);
	for (unsigned i = 0; i < 50; i++) {
		ops->pause(rig->core);
		ops->resume(rig->core);
	}
	for (unsigned i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	ops->irq(rig->core, 40, true);
	rig_wait(rig, finished);
	assert_int_equal(rig->words[(rig->word_count - 1) % RIG_WORDS], 0x40000);
	rig_close(rig);
}

/* Each time the core's thread wakes it tells of the time that went by. */
static uint64_t ticks_of(struct rig *rig)
{
	uint64_t n;

	pthread_mutex_lock(&rig->lock);
	n = rig->tick_calls;
	pthread_mutex_unlock(&rig->lock);
	return n;
}

/* WFI in a handler, with only less urgent things to come: asleep for good, and at no cost. */
static void asleep(void **state)
{
	const struct timespec while_ = {.tv_nsec = 300000000};
	struct rig *rig = started("lines", 0);
	uint64_t insns, ticks;

	wait_asleep(rig, 1);
	ops->irq(rig->core, 2, true);
	wait_asleep(rig, 2);
	assert_int_equal(rig->words[1], 0x20000);
	ops->irq(rig->core, 0, true);
	insns = ops->insns(rig->core);
	ticks = ticks_of(rig);
	nanosleep(&while_, NULL); /* what is counted, not what is waited for */
	assert_true(ticks_of(rig) - ticks < 100); /* SysTick's expiries alone would be 3000 */
	assert_true(ops->sleeping(rig->core));
	assert_int_equal(ops->insns(rig->core), insns);
	assert_int_equal(rig->word_count, 2);
	assert_true(ops->running(rig->core));
	ops->stop(rig->core);
	assert_false(ops->running(rig->core));
	assert_false(ops->sleeping(rig->core));
	rig_close(rig);
}

static bool heard(struct rig *rig)
{
	return rig->bells > 0;
}

/* The bell ends a wait, before it began and in it; who holds it, too, takes nobody else's wake-up away with it, and
 * rings once by filling it: the core does not spin. */
static void bell(void **state)
{
	uint64_t count = UINT64_MAX - 1;
	struct rig *rig = started("lines", 0);

	wait_asleep(rig, 1);
	assert_int_equal(write(rig->bell, &count, sizeof(count)), sizeof(count)); /* full: no more fits */
	rig_wait(rig, heard);
	for (unsigned i = 1; i <= 100; i++) {
		ops->irq(rig->core, 0, true); /* comes through all the same */
		wait_asleep(rig, 1 + i);
	}
	assert_int_equal(rig->bells, 1);
	assert_int_equal(read(rig->bell, &count, sizeof(count)), sizeof(count));
	ops->pause(rig->core);
	atomic_store(&rig->bell_line, 40);
	count = 1;
	assert_int_equal(write(rig->bell, &count, sizeof(count)), sizeof(count));
	ops->resume(rig->core); /* it was rung while nobody waited */
	rig_wait(rig, finished);
	assert_int_equal(rig->bells, 2);
	rig_close(rig);
}

static void events(void **state)
{
	struct rig *rig = started("event", 0);

	for (unsigned i = 1; i <= 500; i++) {
		wait_asleep(rig, i);
		ops->sev(rig->core);
	}
	wait_words(rig, 501);
	assert_int_equal(rig->words[500], 500);
	rig_close(rig);
}

/* SysTick wakes a sleeping core, not before its time. */
static void wall_clock(void **state)
{
	uint64_t start = ns(CLOCK_MONOTONIC);
	struct rig *rig = started("clock", 0);

	wait_words(rig, 10);
	assert_true(ns(CLOCK_MONOTONIC) - start > 45000000);
	for (unsigned i = 0; i < 10; i++)
		assert_true(rig->words[i] > 0 && rig->words[i] < 320000);
	ops->stop(rig->core);
	/* the SoC was told of the time, asleep or not, and of no more than went by */
	assert_true(rig->tick_ns > 45000000);
	assert_true(rig->tick_ns <= ns(CLOCK_MONOTONIC) - start + 1000000);
	rig_close(rig);
}

static bool ten_ticks(struct rig *rig)
{
	return rig->tick_calls >= 10;
}

/* A timer of the SoC has its tick while the core sleeps. */
static void soc_timer(void **state)
{
	struct rig *rig = rig_open("event", 0);

	atomic_store(&rig->next_ns, 2000000);
	assert_int_equal(ops->start(rig->core), 0);
	rig_wait(rig, ten_ticks);
	assert_true(ops->sleeping(rig->core));
	rig_close(rig);
}

/* Deep sleep stops the clocks: neither SysTick nor a timer of the SoC wakes, and no time has passed
 * for them. */
static void deep_sleep(void **state)
{
	const struct timespec while_ = {.tv_nsec = 50000000};
	struct rig *rig = rig_open("deep", 0);
	uint64_t start = ns(CLOCK_MONOTONIC);

	assert_int_equal(ops->start(rig->core), 0);
	wait_asleep(rig, 1);
	atomic_store(&rig->next_ns, 1000000);
	nanosleep(&while_, NULL); /* what would be counted, not what is waited for */
	assert_true(ops->sleeping(rig->core));
	assert_int_equal(rig->word_count, 1);
	assert_true(rig->tick_ns < 5000000);
	atomic_store(&rig->next_ns, UINT64_MAX);
	ops->irq(rig->core, 0, true);
	rig_wait(rig, finished);
	assert_int_equal(rig->word_count, 3);
	assert_int_equal(rig->words[1], 0);
	assert_int_equal(rig->words[2], 1);
	assert_true(ns(CLOCK_MONOTONIC) - start > 55000000);
	rig_close(rig);
}

static uint32_t word(const struct rig *rig, uint32_t offset)
{
	return __atomic_load_n((const uint32_t *)(rig->data + offset), __ATOMIC_RELAXED);
}

/* Pausing is not noticed: no instruction twice, no register lost, also when the maps change
 * meanwhile. */
static void paused(void **state)
{
	struct rig *rig = started("spin", 0);
	uint32_t seen, stop = 1;

	for (unsigned i = 0; i < 200; i++) {
		uint64_t insns;

		ops->pause(rig->core);
		assert_true(ops->running(rig->core));
		seen = word(rig, 0xe800);
		insns = ops->insns(rig->core);
		if (i % 4 == 1)
			assert_int_equal(ops->map(rig->core, 0x60000000, 0x1000, rig->code), 0);
		if (i % 4 == 3)
			assert_int_equal(ops->unmap(rig->core, 0x60000000, 0x1000), 0);
		assert_int_equal(word(rig, 0xe800), seen);
		assert_int_equal(ops->insns(rig->core), insns);
		ops->pause(rig->core);
		ops->resume(rig->core);
		ops->resume(rig->core);
	}
	memcpy(rig->data + 0xe804, &stop, 4);
	rig_wait(rig, finished);
	rig_compare(rig, (const uint32_t[]){0, 1, 2, 1}, 4);
	assert_int_equal(rig_events(rig, CW_CORE_EVENT_FAULT), 0);
	rig_close(rig);
}

static void tight_loop(void **state)
{
	struct rig *rig = started("busy", 0);

	for (unsigned i = 0; i < 50; i++) {
		ops->pause(rig->core);
		ops->resume(rig->core);
		if (i % 10 == 9) {
			ops->stop(rig->core);
			assert_int_equal(ops->start(rig->core), 0);
		}
	}
	assert_int_equal(ops->start(rig->core), -EALREADY);
	ops->pause(rig->core);
	assert_int_equal(ops->start(rig->core), -EALREADY);
	ops->stop(rig->core); /* out of a pause */
	ops->stop(rig->core);
	ops->pause(rig->core);
	ops->resume(rig->core);
	assert_false(ops->running(rig->core));
	rig_close(rig);
}

static void again(void **state)
{
	struct rig *rig = rig_open("basic", 0);

	for (unsigned i = 0; i < 100; i++) {
		memset(rig->data, 0, RIG_MEMORY);
		assert_int_equal(ops->start(rig->core), 0);
		rig_wait(rig, finished);
		ops->stop(rig->core);
		assert_int_equal(rig_log(rig)->count, 10);
		assert_int_equal(rig_log(rig)->words[3], 0x410fc241);
	}
	rig_close(rig);
}

/* One memory at two addresses; new code is seen at both after a pause. */
static void aliases(void **state)
{
	struct rig *rig = started("alias", 0);
	const uint16_t mov_r0_0 = 0x2000, bx_lr = 0x4770;
	uint32_t at;

	wait_words(rig, 1);
	assert_int_equal(rig->words[0], 3);
	assert_int_equal(rig_log(rig)->words[1], 1);
	ops->pause(rig->core);
	at = rig_log(rig)->words[0];
	memcpy(rig->code + at, &mov_r0_0, 2);
	memcpy(rig->code + at + 2, &bx_lr, 2);
	ops->resume(rig->core);
	rig_wait(rig, finished);
	assert_int_equal(rig->words[1], 0);
	rig_close(rig);
}

static void maps(void **state)
{
	struct rig *rig = rig_open("busy", 0);
	struct cw_core *c = rig->core;

	assert_int_equal(ops->map(c, 0x1000, 0x1000, rig->code), -EEXIST);
	assert_int_equal(ops->map(c, 0x2fffffff, 0x1000, rig->code), -EINVAL);
	assert_int_equal(ops->map(c, 0x2ffff000, 0x2000, rig->code), -EEXIST);
	assert_int_equal(ops->map(c, 0x10000000, 0, rig->code), -EINVAL);
	assert_int_equal(ops->map(c, 0x10000000, 0x800, rig->code), -EINVAL);
	assert_int_equal(ops->map(c, 0x10000000, 0x1000, NULL), -EINVAL);
	assert_int_equal(ops->map(c, 0xe0000000, 0x1000, rig->code), -EINVAL);
	assert_int_equal(ops->map(c, 0xfffff000, 0x2000, rig->code), -EINVAL);
	assert_int_equal(ops->unmap(c, 0x10000000, 0x1000), -ENOENT);
	assert_int_equal(ops->start(c), 0);
	assert_int_equal(ops->map(c, 0x10000000, 0x1000, rig->code), -EBUSY);
	assert_int_equal(ops->unmap(c, 0, RIG_MEMORY), -EBUSY);
	rig_close(rig);
}

static bool some_ticks(struct rig *rig)
{
	return rig->tick_ns > 300000000;
}

/* Never faster than the pace. That it is not slower is a matter of the host. */
static void pace(void **state)
{
	const uint32_t mips = 64;
	uint64_t start = ns(CLOCK_MONOTONIC), us, insns;
	struct rig *rig = started("busy", mips);

	rig_wait(rig, some_ticks);
	ops->stop(rig->core);
	us = (ns(CLOCK_MONOTONIC) - start) / 1000;
	insns = ops->insns(rig->core);
	assert_true(insns <= mips * (us + 25000)); /* what may be caught up, and a slice */
	assert_true(insns >= 64 * 300000);
	rig_close(rig);
}

static void resets(void **state)
{
	struct rig *rig = started("reset", 0);

	rig_wait(rig, finished);
	rig_compare(rig, (const uint32_t[]){1, 2}, 2);
	assert_int_equal(rig_events(rig, CW_CORE_EVENT_RESET), 1);
	rig_close(rig);
}

/* Kill this process at the first request for a file, a socket, a program or a thread. */
static bool sandbox(void)
{
	static const int never[] = {SCMP_SYS(open),   SCMP_SYS(openat), SCMP_SYS(socket),
				    SCMP_SYS(execve), SCMP_SYS(clone),	SCMP_SYS(clone3)};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool ok = filter && seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0;

	for (unsigned i = 0; ok && i < sizeof(never) / sizeof(never[0]); i++)
		ok = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, never[i], 0) == 0;
	ok = ok && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return ok;
}

static void run_sandboxed(void)
{
	struct rig *rig = rig_open("sleep", 64);

	if (!sandbox())
		_exit(2);
	for (unsigned i = 0; i < 3; i++) {
		memset(rig->data, 0, RIG_MEMORY);
		if (ops->start(rig->core) < 0)
			_exit(3);
		ops->pause(rig->core);
		ops->resume(rig->core);
		rig_wait(rig, finished);
		ops->stop(rig->core);
	}
	rig_close(rig);
	_exit(0);
}

/* What create() did not ask the kernel for is not asked for later. */
static void sandboxed(void **state)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		run_sandboxed();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void refused_config(void **state)
{
	struct cw_core_config config = {.irqs = 241, .prio_bits = 4, .hz = 1};
	struct cw_core_env env = {0};
	struct cw_core *core = NULL;

	assert_int_equal(ops->create(&config, &env, &core), -EINVAL);
	assert_null(core);
	ops->destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),	  cmocka_unit_test(bombarded),
		cmocka_unit_test(asleep),	  cmocka_unit_test(events),
		cmocka_unit_test(wall_clock),	  cmocka_unit_test(soc_timer),
		cmocka_unit_test(paused),	  cmocka_unit_test(tight_loop),
		cmocka_unit_test(again),	  cmocka_unit_test(aliases),
		cmocka_unit_test(maps),		  cmocka_unit_test(pace),
		cmocka_unit_test(sandboxed),	  cmocka_unit_test(resets),
		cmocka_unit_test(refused_config), cmocka_unit_test(deep_sleep),
		cmocka_unit_test(bell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
