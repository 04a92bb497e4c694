// SPDX-License-Identifier: BSD-2-Clause
/* faults/list.c - which trials there are */
#include "tests/faults/list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An entry of the record, and whether it is one of its kind that goes wrong. */
struct item {
	struct cw_fault_entry e;
	unsigned at; /* in the record */
	bool first, chosen;
};

static const struct {
	unsigned number;
	const char *name;
} points[] = {
#define CW_POINT_DEF(number, name, party, marks) {number, #name},
#include "host/points.def"
#undef CW_POINT_DEF
};

const char *list_point_name(unsigned number)
{
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		if (points[i].number == number)
			return points[i].name;
	return NULL;
}

void list_add(struct list *list, const char *spec)
{
	if (list->n < LIST_MAX && strstr(spec, list->match))
		snprintf(list->spec[list->n++], TRIAL_SPEC_MAX, "%s", spec);
}

static void add(struct list *list, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct list *list, const char *fmt, ...)
{
	char spec[TRIAL_SPEC_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(spec, sizeof(spec), fmt, ap);
	va_end(ap);
	list_add(list, spec);
}

/* ---- kinds ---- */

static int compare_kinds(const struct cw_fault_entry *a, const struct cw_fault_entry *b)
{
	const uint32_t x[] = {a->party, a->call, a->which, a->stage, a->tag};
	const uint32_t y[] = {b->party, b->call, b->which, b->stage, b->tag};

	for (unsigned i = 0; i < sizeof(x) / sizeof(x[0]); i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

static int by_kind(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = compare_kinds(&x->e, &y->e);

	return order ? order : x->at < y->at ? -1 : x->at > y->at;
}

static int by_time(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static void choose(struct list *list, struct item *items, unsigned n)
{
	qsort(items, n, sizeof(*items), by_kind);
	for (unsigned i = 0; i < n; i++) {
		bool last = i + 1 == n || compare_kinds(&items[i].e, &items[i + 1].e);

		items[i].first = !i || compare_kinds(&items[i].e, &items[i - 1].e);
		items[i].chosen = list->everything || items[i].first || last;
		list->points[items[i].e.stage] += items[i].first && !items[i].e.call;
	}
	qsort(items, n, sizeof(*items), by_time);
}

/* ---- trials ---- */

static void add_point(struct list *list, const struct item *it)
{
	const char *party = cw_party_name(it->e.party), *point = list_point_name(it->e.which);

	add(list, "%s:%s:kill:%u", party, point, it->e.number);
	/* Nobody could tell of a client that stands still. */
	if (it->e.party != CW_PARTY_CLIENT && (it->first || list->everything))
		add(list, "%s:%s:stop:%u", party, point, it->e.number);
}

/* The transport keeps order within a socket; but what a thread sends without hearing anything between may arrive in another
 * order when it goes to different sockets. */
static bool can_be_overtaken(const struct item *items, unsigned n, unsigned at)
{
	const struct cw_fault_entry *e = &items[at].e;

	for (unsigned i = at + 1; i < n; i++) {
		const struct cw_fault_entry *next = &items[i].e;

		if (next->party != e->party || next->thread != e->thread || !next->call)
			continue;
		if (next->which == CW_FAULT_MESSAGE)
			return true;
		if (next->which == CW_FAULT_RECEIVE && next->tag)
			return false;
	}
	return false;
}

static void add_frame(struct list *list, const struct item *items, unsigned n, unsigned at)
{
	static const char *const what[] = {"drop", "delay", "twice"};
	const struct cw_fault_entry *e = &items[at].e;

	for (unsigned i = 0; i < (items[at].first || list->everything ? 3 : 1); i++)
		add(list, "%s:msg:%s:%u", cw_party_name(e->party), what[i], e->number);
	if (can_be_overtaken(items, n, at))
		add(list, "%s:msg:swap:%u", cw_party_name(e->party), e->number);
	/* As many calls as frames. */
	add(list, "%s:call:%s:%u", cw_party_name(e->party), cw_fault_kind_name(CW_FAULT_SEND),
	    e->number);
}

void list_make(struct list *list, const struct trial *counting)
{
	unsigned n = counting->counts.entries;
	struct item *items;

	if (n > counting->record_room)
		n = counting->record_room;
	items = calloc(n, sizeof(*items));
	if (!items)
		return;
	for (unsigned i = 0; i < n; i++)
		items[i] = (struct item){.e = counting->record[i], .at = i};
	choose(list, items, n);
	for (unsigned i = 0; i < n; i++) {
		const struct cw_fault_entry *e = &items[i].e;

		if (!e->call) {
			if (items[i].chosen)
				add_point(list, &items[i]);
		} else if (e->which == CW_FAULT_MESSAGE) {
			if (items[i].chosen)
				add_frame(list, items, n, i);
		} else if (e->which != CW_FAULT_SEND &&
			   (e->which != CW_FAULT_RECEIVE || items[i].chosen)) {
			add(list, "%s:call:%s:%u", cw_party_name(e->party),
			    cw_fault_kind_name(e->which), e->number);
		}
	}
	free(items);
}
