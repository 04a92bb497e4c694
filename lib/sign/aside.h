/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign/aside.h - what another processor does meanwhile
 *
 * Threads of a library: none of the program's signal handlers runs in them. Where there is no other processor, or no thread to be
 * had, the caller does it himself in the end, so nothing here fails.
 */
#ifndef CW_SIGN_ASIDE_H
#define CW_SIGN_ASIDE_H

#include <pthread.h>
#include <stdbool.h>

struct cw_aside {
	void (*fn)(void *arg);
	void *arg;
	pthread_t thread;
	bool started;
};

/* Processors that we may run on, without the one that we run on now. */
unsigned cw_other_processors(void);

/* A thread with all signals blocked, to be joined. False: there is none. */
bool cw_thread_start(pthread_t *ret, void *(*fn)(void *arg), void *arg);

/* Begin @fn(@arg). What @arg points to is the thread's until the end; @a must stay where it is. */
void cw_aside_begin(struct cw_aside *a, void (*fn)(void *arg), void *arg);

/* Wait until it is done. To be called once after each begin. */
void cw_aside_end(struct cw_aside *a);

#endif
