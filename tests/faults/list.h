/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * faults/list.h - which trials there are
 *
 * Made from the record of a life in which nothing went wrong. What happened there is sorted into kinds: the same party at the
 * same point in the same stage of the life; for frames, sent or received, also: with the same header. Of each kind the first
 * and the last go wrong, so every kind of message and every point is tried in every stage (late, twice, or standing still: the
 * first of each kind); with @everything each single one. Other calls (allocations, files, memory, crypto) all fail, one after
 * the other.
 */
#ifndef FAULTS_LIST_H
#define FAULTS_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/faults/life.h"
#include "tests/faults/trial.h"

#define LIST_MAX 60000

struct list {
	char (*spec)[TRIAL_SPEC_MAX]; /* room for LIST_MAX */
	unsigned n;
	const char *match; /* only what has this text in its name */
	bool everything;
	/* points of each party that are visited, by stage: each is tried there */
	unsigned points[LIFE_STAGES];
};

/* NULL: there is no such point. */
const char *list_point_name(unsigned number);

/* @counting: the life's trial, with its record. */
void list_make(struct list *list, const struct trial *counting);
void list_add(struct list *list, const char *spec);

#endif
