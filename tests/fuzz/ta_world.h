/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz/ta_world.h - a trusted application whose every move is the input's
 *
 * Its entry points go into the runtime (secure/api/internal.h) where those of a loaded one would be. It keeps to the rules of
 * the Internal Core API, most of the time.
 */
#ifndef CW_TESTS_FUZZ_TA_WORLD_H
#define CW_TESTS_FUZZ_TA_WORLD_H

#include "fuzz.h"

#define MEMORIES    90 /* pieces of memory that clients may have, more than a process can remember */
#define MEMORY_SIZE 0x10000

/* The application is in the process from here on, and does what @in says. */
void played_ta_load(struct fuzz_in *in);
/* The process has ended. */
void played_ta_forget(void);

#endif
