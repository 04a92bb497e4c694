// SPDX-License-Identifier: BSD-2-Clause
/*
 * cli/diff_tree.c - two answers of inspect, field by field
 *
 * Rows of a table belong together by what makes them one thing to people: a segment its address, a record its type, a section its
 * name. What finds no partner so is paired in order, so that a segment that moved is one change and not two.
 */
#include "cli/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 4096 /* of a table that is compared row by row */

/* A table, how its rows are called, and what makes a row. */
static const struct table {
	const char *section, *key; /* section NULL: any */
	const char *noun;
	const char *identity[2];
} tables[] = {
	{"program_headers", "table", "segment", {"paddr", "type"}},
	{"section_headers", "table", "section", {"name"}},
	{"hash_table", "entries", "entry", {"paddr", "type"}},
	{"metadata", "records", "record", {"name", "type"}},
	{"resource_table", "entries", "entry", {"name"}},
	{"resource_table", "vrings", "vring", {"entry", "vring"}},
	{"segment_table", "segments", "segment", {"paddr", "segment"}},
	{"memory", "sections", "section", {"address"}},
	{"configuration", "options", "option", {"name"}},
	{"trace", "buffers", "buffer", {"name"}},
	{"others", "entries", "entry", {"name", "type"}},
	{NULL, "certificates", "certificate", {"role"}},
	{NULL, "images", "image", {NULL}},
};

/* Sections by other words than their keys. NULL: no word at all. */
static const struct word {
	const char *key, *word;
} words[] = {
	{"program_headers", "segments"},
	{"section_headers", "sections"},
	{"segment_table", "segments"},
	{"metadata", "records"},
	{"hash_table", "signed segments"},
	{"resource_table", "resource table"},
	{"elf", NULL},
	{"oem", "OEM"},
	{"qti", "QTI"},
	{"weaknesses", "remarks"},
	{"memory", "memory sections"},
	{"trace", "trace buffers"},
	{"others", "other entries"},
};

/* Told in other members as well, or of no interest. */
static const char *const ignored[] = {"ok",	 "file",      "short",		"first_bytes",
				      "layout",	 "type_name", "flags_in_words", "begins",
				      "problem", "part_table"};

/* Say where things lie, not what they are. */
static const char *const places[] = {"offset", "index", "phoff", "shoff", "data_offset"};

static bool is_among(const char *key, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(key, list[i]))
			return true;
	return false;
}

#define AMONG(key, list) is_among(key, list, sizeof(list) / sizeof(list[0]))

/* ---- values as text ---- */

static bool is_hex(const char *key)
{
	static const char *const keys[] = {"paddr", "vaddr",	"addr",	    "address",
					   "entry", "flags",	"da",	    "hw_id",
					   "type",  "oem_id",	"model_id", "shoff",
					   "phoff", "features", "offset",   "data_offset"};

	return AMONG(key, keys) || strstr(key, "_address");
}

/* A new string; NULL without memory. */
static char *shown(const char *key, const json_t *v)
{
	char *text = NULL;
	int n = 0;

	if (json_is_integer(v) && is_hex(key))
		n = asprintf(&text, "0x%llx", (unsigned long long)json_integer_value(v));
	else if (json_is_integer(v))
		n = asprintf(&text, "%lld", (long long)json_integer_value(v));
	else if (json_is_string(v))
		n = asprintf(&text, "%s", json_string_value(v));
	else if (json_is_object(v) && json_object_get(v, "sentence"))
		n = asprintf(&text, "%s", json_string_value(json_object_get(v, "sentence")));
	else
		n = asprintf(&text, "%s",
			     json_is_true(v)	? "yes"
			     : json_is_false(v) ? "no"
			     : json_is_null(v)	? "none"
						: "there");
	return n < 0 ? NULL : text;
}

static void add(struct diff_changes *c, enum diff_kind kind, const char *where, const char *what,
		const json_t *was, const json_t *now)
{
	struct diff_change *d;
	const char *key = what ? what : "";

	if (c->n == c->size && !c->failed) {
		size_t size = c->size ? 2 * c->size : 32;

		d = realloc(c->list, size * sizeof(*d));
		c->failed = !d;
		if (d) {
			c->list = d;
			c->size = size;
		}
	}
	if (c->failed)
		return;
	d = &c->list[c->n++];
	*d = (struct diff_change){
		.kind = kind,
		.where = strdup(where),
		.what = what ? strdup(what) : NULL,
		.was = was ? shown(key, was) : NULL,
		.now = now ? shown(key, now) : NULL,
	};
	if (!d->where || (what && !d->what) || (was && !d->was) || (now && !d->now))
		c->failed = true;
}

void diff_changes_done(struct diff_changes *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->list[i].where);
		free(c->list[i].what);
		free(c->list[i].was);
		free(c->list[i].now);
	}
	free(c->list);
	*c = (struct diff_changes){0};
}

/* ---- rows ---- */

static const struct table *table_of(const char *section, const char *key)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcmp(key, tables[i].key) &&
		    (!tables[i].section || !strcmp(section, tables[i].section)))
			return &tables[i];
	return NULL;
}

static bool same_row(const struct table *t, const json_t *a, const json_t *b)
{
	for (unsigned i = 0; i < 2; i++)
		if (t && t->identity[i] &&
		    !json_equal(json_object_get(a, t->identity[i]),
				json_object_get(b, t->identity[i])))
			return false;
	return true;
}

/* "segment 2 (0x10000000)", "record firmware version". */
static void row_name(const struct table *t, const json_t *row, size_t at, char *buf, size_t size)
{
	const char *key = t ? t->identity[0] : NULL;
	const json_t *index = json_object_get(row, "index");
	const json_t *id = key ? json_object_get(row, key) : NULL;
	unsigned long long n =
		json_is_integer(index) ? (unsigned long long)json_integer_value(index) : at;

	if (json_is_string(id))
		snprintf(buf, size, "%s %s", t->noun, json_string_value(id));
	else if (json_is_integer(id))
		snprintf(buf, size, "%s %llu (0x%llx)", t->noun, n,
			 (unsigned long long)json_integer_value(id));
	else
		snprintf(buf, size, "%s %llu", t ? t->noun : "row", n);
}

static void compare_objects(struct diff_changes *c, const char *where, const char *section,
			    const json_t *a, const json_t *b);

static void path(char *buf, size_t size, const char *where, const char *next)
{
	snprintf(buf, size, "%s%s%s", where, *where && *next ? ", " : "", next);
}

struct rows {
	const struct table *t;
	const json_t *a, *b;
	size_t n_a, n_b;
	size_t with[ROWS_MAX]; /* row of B for each of A, n_b: none */
	bool taken[ROWS_MAX];
};

static void pair_rows(struct rows *r, bool by_identity)
{
	for (size_t i = 0; i < r->n_a; i++) {
		size_t k = 0;

		if (r->with[i] < r->n_b)
			continue;
		while (k < r->n_b &&
		       (r->taken[k] || (by_identity && !same_row(r->t, json_array_get(r->a, i),
								 json_array_get(r->b, k)))))
			k++;
		r->with[i] = k;
		if (k < r->n_b)
			r->taken[k] = true;
	}
}

static void compare_rows(struct diff_changes *c, const char *where, const struct table *t,
			 const json_t *a, const json_t *b)
{
	struct rows *r = calloc(1, sizeof(*r));
	char row[160], full[400];

	if (!r) {
		c->failed = true;
		return;
	}
	*r = (struct rows){
		.t = t, .a = a, .b = b, .n_a = json_array_size(a), .n_b = json_array_size(b)};
	r->n_a = r->n_a < ROWS_MAX ? r->n_a : ROWS_MAX;
	r->n_b = r->n_b < ROWS_MAX ? r->n_b : ROWS_MAX;
	for (size_t i = 0; i < r->n_a; i++)
		r->with[i] = r->n_b;
	pair_rows(r, true);
	pair_rows(r, false);
	for (size_t i = 0; i < r->n_a; i++) {
		row_name(t, json_array_get(a, i), i, row, sizeof(row));
		path(full, sizeof(full), where, row);
		if (r->with[i] < r->n_b)
			compare_objects(c, full, "", json_array_get(a, i),
					json_array_get(b, r->with[i]));
		else
			add(c, DIFF_REMOVED, full, NULL,
			    json_object_get(json_array_get(a, i), "text"), NULL);
	}
	for (size_t k = 0; k < r->n_b; k++) {
		if (r->taken[k])
			continue;
		row_name(t, json_array_get(b, k), k, row, sizeof(row));
		path(full, sizeof(full), where, row);
		add(c, DIFF_ADDED, full, NULL, NULL, json_object_get(json_array_get(b, k), "text"));
	}
	free(r);
}

/* ---- lists of sentences ---- */

static bool holds(const json_t *list, const json_t *v)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), v))
			return true;
	return false;
}

static void compare_lists(struct diff_changes *c, const char *where, const char *key,
			  const json_t *a, const json_t *b)
{
	const json_t *v;

	for (size_t i = 0; i < json_array_size(a); i++) {
		v = json_array_get(a, i);
		if (!holds(b, v) && !json_equal(v, c->told[0]))
			add(c, DIFF_REMOVED, where, key, v, NULL);
	}
	for (size_t i = 0; i < json_array_size(b); i++) {
		v = json_array_get(b, i);
		if (!holds(a, v) && !json_equal(v, c->told[1]))
			add(c, DIFF_ADDED, where, key, NULL, v);
	}
}

static bool is_sentences(const json_t *v)
{
	return json_is_array(v) && json_is_string(json_array_get(v, 0));
}

/* ---- objects ---- */

static const char *word_of(const char *key)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(key, words[i].key))
			return words[i].word ? words[i].word : "";
	return key;
}

/* What ends in dots was cut for people: its bytes have a name, and are compared themselves. */
static bool is_cut(const json_t *v)
{
	const char *text = json_string_value(v);
	size_t len = text ? strlen(text) : 0;

	return len > 3 && !strcmp(text + len - 3, "...");
}

static void compare_scalars(struct diff_changes *c, const char *where, const char *key,
			    const json_t *a, const json_t *b)
{
	if (json_equal(a, b) || (is_cut(a) && is_cut(b)))
		return;
	add(c, AMONG(key, places) ? DIFF_MOVED : DIFF_CHANGED, where, key, a, b);
}

static bool is_rows(const json_t *v)
{
	return json_is_array(v) && (!json_array_size(v) || json_is_object(json_array_get(v, 0)));
}

/* On one side only. */
static void compare_lonely(struct diff_changes *c, const char *where, const char *key,
			   const json_t *a, const json_t *b)
{
	const json_t *there = a ? a : b;
	bool scalar = !json_is_object(there) && !json_is_array(there);
	char full[400];

	path(full, sizeof(full), where, scalar ? "" : word_of(key));
	add(c, a ? DIFF_REMOVED : DIFF_ADDED, full, scalar ? key : NULL, scalar ? a : NULL,
	    scalar ? b : NULL);
}

/* Member @key of an object that is called @section. */
static void compare(struct diff_changes *c, const char *where, const char *section, const char *key,
		    const json_t *a, const json_t *b)
{
	char full[400];

	/* The file's own size was told. */
	if (AMONG(key, ignored) || (!strcmp(section, "elf") && !strcmp(key, "size")))
		return;
	if (!strcmp(key, "first_broken")) {
		if (!json_equal(a, b))
			add(c, DIFF_CHANGED, "first broken thing", "what", a, b);
	} else if ((!a || !b) && is_sentences(a ? a : b)) {
		compare_lists(c, where, key, a, b);
	} else if (!a || !b) {
		compare_lonely(c, where, key, a, b);
	} else if (json_is_object(a) && json_is_object(b)) {
		path(full, sizeof(full), where, word_of(key));
		compare_objects(c, full, key, a, b);
	} else if (is_rows(a) && is_rows(b)) {
		compare_rows(c, where, table_of(section, key), a, b);
	} else if (json_is_array(a) && json_is_array(b)) {
		compare_lists(c, where, key, a, b);
	} else {
		compare_scalars(c, where, key, a, b);
	}
}

static void compare_objects(struct diff_changes *c, const char *where, const char *section,
			    const json_t *a, const json_t *b)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)a, key, v)
		compare(c, where, section, key, v, json_object_get(b, key));
	json_object_foreach((json_t *)b, key, v) {
		if (!json_object_get(a, key))
			compare(c, where, section, key, NULL, v);
	}
}

void diff_trees(const json_t *a, const json_t *b, struct diff_changes *ret)
{
	ret->told[0] = json_object_get(json_object_get(a, "first_broken"), "sentence");
	ret->told[1] = json_object_get(json_object_get(b, "first_broken"), "sentence");
	compare_objects(ret, "", "", a, b);
}
