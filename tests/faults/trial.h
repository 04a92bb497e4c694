/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * faults/trial.h - one thing goes wrong once, in a process tree of its own
 *
 * A trial has its own state directory and its own run id, which every process of it carries in its environment. It runs a
 * life (faults/life.h) with the fault, then one without on the same state, but where another trial has left the same
 * state before. It passed when the first life kept its
 * promises, nothing was left of either (no process, no file, no report of a sanitizer), and the second one was as if
 * nothing had happened.
 */
#ifndef FAULTS_TRIAL_H
#define FAULTS_TRIAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/fault.h"
#include "tests/faults/life.h"

#define TRIAL_SPEC_MAX 80

/* Contents of state directories that a next boot was fine with. A state directory is all that outlives a board, so the next
 * boot on equal contents is an equal boot. Shared by all trials. */
#define STATES_MAX 1024
struct trial_states {
	_Atomic uint32_t n;
	_Atomic uint64_t digest[STATES_MAX]; /* 0: not written yet */
};

struct trial_place {
	const char *build;
	const char *dir;      /* trials make their folders below it */
	const char *template; /* a provisioned state directory, copied for each */
	const char *tas;      /* life_config.tas */
	const char *echo, *crash;
	struct trial_states *states; /* NULL: the next boot is tried in each trial */
};

/* In memory that the trial's processes share. */
struct trial {
	char spec[TRIAL_SPEC_MAX]; /* "" = nothing goes wrong */
	unsigned patience;	   /* ms that no time limit may exceed; 0 = limits are what they are */
	/* Memory for a record of the first life (host/fault.h), shared like this; NULL = none is wanted. */
	struct cw_fault_entry *record;
	unsigned record_room;
	/* results */
	bool passed;
	bool same_state; /* a next boot on this state has been fine before */
	uint32_t fired;
	struct life_report life, next;
	char left[600]; /* what was left of it; "" = nothing */
	struct cw_fault_map counts;
};

/* Start a trial; the pid of the process that watches over it, to be reaped. Its number names its folder. */
pid_t trial_start(const struct trial_place *place, struct trial *t, unsigned number);

#endif
