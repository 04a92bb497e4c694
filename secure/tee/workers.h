/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secure/tee/workers.h - the same work on several processors at once
 *
 * The TEE is one thread by design; what a platform service has to copy and hash of a large image is cut into jobs that know
 * nothing of the TEE: memory, a file, a digest. The TEE's thread does its share and waits for the others, so nothing that a
 * job uses can go meanwhile: no client, no message, no timer is looked at. Threads are made when they are first needed, behind
 * the filters, which they inherit, and wait for the next jobs until the end.
 */
#ifndef CW_SECURE_TEE_WORKERS_H
#define CW_SECURE_TEE_WORKERS_H

#define CW_TEE_WORKERS_MAX 4 /* threads that work at once, the TEE's among them */

/* How many processors there are for this process. Before a filter forbids to ask; without, there is one. */
void cw_workers_count(void);

/* Call @fn(@arg, i) once for every i below @n, in that order as far as they are begun, on the caller's thread and on others.
 * Returns when all have returned. Threads that cannot be made are done without. One caller at a time. */
void cw_workers_run(unsigned n, void (*fn)(void *arg, unsigned i), void *arg);

void cw_workers_end(void); /* and join; cw_workers_run() makes them anew */

/* For tests: as if there were so many processors. */
void cw_workers_pretend(unsigned processors);

#endif
