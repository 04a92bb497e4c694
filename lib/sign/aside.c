// SPDX-License-Identifier: BSD-2-Clause
/* sign/aside.c - a thread for one thing, or none */
#include "sign/aside.h"

#include <sched.h>
#include <signal.h>

unsigned cw_other_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 0;
	return CPU_COUNT(&set) > 0 ? (unsigned)CPU_COUNT(&set) - 1 : 0;
}

/* Linux may put a new thread on its maker's processor, where it waits for milliseconds while another stands idle: more than what
 * is done aside here takes. So it begins on another one. */
static int create_elsewhere(pthread_t *ret, void *(*fn)(void *), void *arg)
{
	int here = sched_getcpu(), r;
	cpu_set_t all, set;
	pthread_attr_t attr;

	if (here < 0 || sched_getaffinity(0, sizeof(all), &all) < 0)
		return -1;
	set = all;
	CPU_CLR((unsigned)here, &set);
	if (!CPU_COUNT(&set) || pthread_attr_init(&attr))
		return -1;
	r = pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	if (!r)
		r = pthread_create(ret, &attr, fn, arg);
	pthread_attr_destroy(&attr);
	if (!r)
		pthread_setaffinity_np(*ret, sizeof(all), &all);
	return r;
}

bool cw_thread_start(pthread_t *ret, void *(*fn)(void *arg), void *arg)
{
	sigset_t all, before;
	bool good;

	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before))
		return false;
	good = !create_elsewhere(ret, fn, arg) || !pthread_create(ret, NULL, fn, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return good;
}

static void *run(void *arg)
{
	struct cw_aside *a = arg;

	a->fn(a->arg);
	return NULL;
}

void cw_aside_begin(struct cw_aside *a, void (*fn)(void *arg), void *arg)
{
	*a = (struct cw_aside){.fn = fn, .arg = arg};
	a->started = cw_other_processors() && cw_thread_start(&a->thread, run, a);
}

void cw_aside_end(struct cw_aside *a)
{
	if (a->started)
		pthread_join(a->thread, NULL);
	else
		a->fn(a->arg);
	a->started = false;
}
