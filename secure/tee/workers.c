// SPDX-License-Identifier: BSD-2-Clause
/* secure/tee/workers.c - the same work on several processors at once */
#include "secure/tee/workers.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#define STACK (256u << 10) /* a job's buffers lie in its thread's own memory, which is cut from the stack */

static struct {
	unsigned processors;
	pthread_mutex_t lock;
	pthread_cond_t begin, end;
	pthread_t threads[CW_TEE_WORKERS_MAX - 1];
	unsigned n_threads;
	/* Under the lock. */
	unsigned round, busy;
	bool quit;
	/* Of a round; written while nobody is busy. */
	void (*fn)(void *arg, unsigned i);
	void *arg;
	unsigned n;
	atomic_uint next;
} pool = {
	.processors = 1,
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.begin = PTHREAD_COND_INITIALIZER,
	.end = PTHREAD_COND_INITIALIZER,
};

void cw_workers_pretend(unsigned processors)
{
	pool.processors = processors < CW_TEE_WORKERS_MAX ? processors : CW_TEE_WORKERS_MAX;
}

void cw_workers_count(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		cw_workers_pretend((unsigned)CPU_COUNT(&set));
}

static void work(void)
{
	unsigned i;

	while ((i = atomic_fetch_add_explicit(&pool.next, 1, memory_order_relaxed)) < pool.n)
		pool.fn(pool.arg, i);
}

static void *worker(void *arg)
{
	unsigned round = 0;

	pthread_mutex_lock(&pool.lock);
	for (;;) {
		while (pool.round == round && !pool.quit)
			pthread_cond_wait(&pool.begin, &pool.lock);
		if (pool.quit)
			break;
		round = pool.round;
		pthread_mutex_unlock(&pool.lock);
		work();
		pthread_mutex_lock(&pool.lock);
		if (--pool.busy == 0)
			pthread_cond_signal(&pool.end);
	}
	pthread_mutex_unlock(&pool.lock);
	return NULL;
}

/* Signals are for the TEE's own thread. */
static void make_threads(unsigned want)
{
	pthread_attr_t attr;
	sigset_t all, before;

	if (pool.n_threads >= want || pthread_attr_init(&attr) != 0)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_attr_setstacksize(&attr, STACK) == 0)
		while (pool.n_threads < want && pthread_create(&pool.threads[pool.n_threads], &attr,
							       worker, NULL) == 0)
			pool.n_threads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
}

void cw_workers_run(unsigned n, void (*fn)(void *arg, unsigned i), void *arg)
{
	unsigned want = (n < pool.processors ? n : pool.processors);

	/* A round counts from 0 for those who are new: none may be made while one is under way. */
	if (want > 1 && !pool.n_threads) {
		pool.round = 0;
		make_threads(pool.processors - 1);
	}
	pthread_mutex_lock(&pool.lock);
	pool.fn = fn;
	pool.arg = arg;
	pool.n = n;
	atomic_store_explicit(&pool.next, 0, memory_order_relaxed);
	if (want > 1) {
		pool.busy = pool.n_threads;
		pool.round++;
		pthread_cond_broadcast(&pool.begin);
	}
	pthread_mutex_unlock(&pool.lock);
	work();
	pthread_mutex_lock(&pool.lock);
	while (pool.busy)
		pthread_cond_wait(&pool.end, &pool.lock);
	pthread_mutex_unlock(&pool.lock);
}

void cw_workers_end(void)
{
	pthread_mutex_lock(&pool.lock);
	pool.quit = true;
	pthread_cond_broadcast(&pool.begin);
	pthread_mutex_unlock(&pool.lock);
	while (pool.n_threads)
		pthread_join(pool.threads[--pool.n_threads], NULL);
	pool.quit = false;
	pool.round = 0;
}
