// SPDX-License-Identifier: BSD-2-Clause
/* cli/report.c - text as it comes, or JSON at the end */
#include "cli/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cli.h"

#define DEPTH_MAX   8
#define COLUMNS_MAX 12
#define LABEL_WIDTH 18

struct cell {
	char *text;
	json_t *value;
};

struct table {
	const struct report_column *columns;
	unsigned n_columns;
	struct cell *cells;
	size_t n_cells, size;
	json_t *rows;
};

struct report {
	bool json, color, failed;
	json_t *stack[DEPTH_MAX]; /* [0] the whole; objects, and arrays for lists; borrowed but for
				     [0] */
	unsigned depth;
	unsigned sections; /* open ones that print with an indent */
	struct table table;
};

/* ---- common ---- */

struct report *report_new(bool json)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->json = json;
	r->color = !json && isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	r->stack[0] = json ? json_object() : NULL;
	r->failed = json && !r->stack[0];
	return r;
}

bool report_is_json(const struct report *r)
{
	return r->json;
}

int report_end(struct report *r)
{
	int ret = 0;

	if (!r)
		return -ENOMEM;
	if (r->failed) {
		fputs("corewarden: no memory for the answer\n", stderr);
		ret = -ENOMEM;
	} else if (r->json && json_dumpf(r->stack[0], stdout, JSON_INDENT(2)) < 0) {
		ret = -EIO;
	} else if (r->json) {
		putchar('\n');
	}
	if (cli_flush())
		ret = -EIO;
	json_decref(r->stack[0]);
	free(r);
	return ret;
}

void report_drop(struct report *r)
{
	if (r)
		json_decref(r->stack[0]);
	free(r);
}

json_t *report_take(struct report *r)
{
	json_t *taken = r && !r->failed ? json_incref(r->stack[0]) : NULL;

	report_drop(r);
	return taken;
}

json_t *report_string(const char *text)
{
	json_t *s = json_string(text);
	size_t len = strlen(text), size = 4 * len + 8;
	char *shown = s ? NULL : malloc(size);

	if (shown)
		s = json_string(cli_printable(cw_span(text, len), shown, size));
	free(shown);
	return s;
}

static json_t *top(struct report *r)
{
	return r->stack[r->depth];
}

/* Hand @value over to the open object or list. */
static void put(struct report *r, const char *key, json_t *value)
{
	int bad;

	if (!value)
		r->failed = true;
	if (!value || r->failed)
		return json_decref(value);
	if (json_is_array(top(r)))
		bad = json_array_append_new(top(r), value);
	else
		bad = json_object_set_new(top(r), key, value);
	r->failed |= bad != 0;
}

static char *format(struct report *r, const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0) {
		r->failed = true;
		return NULL;
	}
	return text;
}

static void indent(const struct report *r)
{
	printf("%*s", (int)(2 * r->sections), "");
}

/* ---- sections ---- */

static void push(struct report *r, const char *key, json_t *what)
{
	put(r, key, what);
	if (!r->failed && r->depth + 1 < DEPTH_MAX)
		r->stack[++r->depth] = what;
	else
		r->failed = true;
}

static void pop(struct report *r)
{
	if (r->json && r->depth)
		r->depth--;
}

void report_open(struct report *r, const char *key, const char *title_fmt, ...)
{
	va_list ap;

	if (r->json)
		return push(r, key, json_object());
	if (title_fmt) {
		va_start(ap, title_fmt);
		if (!r->sections)
			putchar('\n');
		indent(r);
		fputs(r->color ? "\033[1m" : "", stdout);
		vprintf(title_fmt, ap);
		puts(r->color ? "\033[0m" : "");
		va_end(ap);
	}
	r->sections++;
}

void report_close(struct report *r)
{
	pop(r);
	if (!r->json)
		r->sections--;
}

void report_list_open(struct report *r, const char *key)
{
	if (r->json)
		push(r, key, json_array());
}

void report_list_close(struct report *r)
{
	pop(r);
}

/* ---- fields ---- */

static void print_field(struct report *r, const char *label, const char *text)
{
	indent(r);
	printf("%-*s  %s\n", (int)(LABEL_WIDTH - 2 * r->sections), label, text);
}

void report_text(struct report *r, const char *key, const char *label, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (r->json ? !key : !label)
		return;
	va_start(ap, fmt);
	text = format(r, fmt, ap);
	va_end(ap);
	if (text && r->json)
		put(r, key, report_string(text));
	else if (text)
		print_field(r, label, text);
	free(text);
}

void report_bool(struct report *r, const char *key, const char *label, bool value)
{
	if (r->json && key)
		put(r, key, json_boolean(value));
	else if (!r->json && label)
		print_field(r, label, value ? "yes" : "no");
}

/* Numbers over 2^63 do not fit JSON integers of this library: they go as text. */
static json_t *json_number(uint64_t value)
{
	char text[24];

	if (value <= INT64_MAX)
		return json_integer((json_int_t)value);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return json_string(text);
}

void report_num(struct report *r, const char *key, const char *label, uint64_t value,
		const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (r->json && key)
		return put(r, key, json_number(value));
	if (r->json || !label)
		return;
	if (!fmt) {
		indent(r);
		printf("%-*s  %llu\n", (int)(LABEL_WIDTH - 2 * r->sections), label,
		       (unsigned long long)value);
		return;
	}
	va_start(ap, fmt);
	text = format(r, fmt, ap);
	va_end(ap);
	if (text)
		print_field(r, label, text);
	free(text);
}

void report_null(struct report *r, const char *key)
{
	if (r->json)
		put(r, key, json_null());
}

/* ---- remarks ---- */

void report_remark(struct report *r, const char *key, const char *fmt, ...)
{
	va_list ap;
	char *text;
	json_t *list;

	va_start(ap, fmt);
	text = format(r, fmt, ap);
	va_end(ap);
	if (text && r->json) {
		list = json_object_get(top(r), key);
		if (!list) {
			put(r, key, json_array());
			list = json_object_get(top(r), key);
		}
		r->failed |= json_array_append_new(list, report_string(text)) != 0;
	} else if (text) {
		indent(r);
		printf("- %s\n", text);
	}
	free(text);
}

void report_line(struct report *r, bool alarm, const char *fmt, ...)
{
	va_list ap;

	if (r->json)
		return;
	indent(r);
	fputs(alarm && r->color ? "\033[1;31m" : "", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	puts(alarm && r->color ? "\033[0m" : "");
}

/* ---- tables ---- */

void report_table_open(struct report *r, const char *key, const struct report_column *columns,
		       unsigned n_columns)
{
	r->table = (struct table){.columns = columns, .n_columns = n_columns};
	if (n_columns > COLUMNS_MAX)
		r->failed = true;
	if (!r->json)
		return;
	r->table.rows = json_array();
	put(r, key, r->table.rows);
}

static void end_json_row(struct report *r)
{
	struct table *t = &r->table;
	json_t *row = json_object();

	for (unsigned i = 0; i < t->n_columns; i++) {
		if (!t->cells[i].value ||
		    json_object_set(row, t->columns[i].key, t->cells[i].value))
			r->failed = true;
		json_decref(t->cells[i].value);
		free(t->cells[i].text);
	}
	t->n_cells = 0;
	r->failed |= json_array_append_new(t->rows, row) != 0;
}

/* Takes over both. */
static void add_cell(struct report *r, char *text, json_t *value)
{
	struct table *t = &r->table;
	struct cell *cells;

	if (t->n_cells == t->size && !r->failed) {
		t->size = t->size ? 2 * t->size : 64;
		cells = realloc(t->cells, t->size * sizeof(*cells));
		if (cells)
			t->cells = cells;
		else
			r->failed = true;
	}
	if (r->failed) {
		free(text);
		json_decref(value);
		return;
	}
	t->cells[t->n_cells++] = (struct cell){text, value};
	if (r->json && t->n_cells == t->n_columns)
		end_json_row(r);
}

void report_cell_text(struct report *r, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = format(r, fmt, ap);
	va_end(ap);
	add_cell(r, text, r->json && text ? report_string(text) : NULL);
}

void report_cell_num(struct report *r, uint64_t value, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = format(r, fmt, ap);
	va_end(ap);
	add_cell(r, text, r->json ? json_number(value) : NULL);
}

static void print_cell(const struct report_column *c, const char *text, size_t width, bool last)
{
	if (c->right)
		printf("%*s", (int)width, text);
	else if (last)
		fputs(text, stdout);
	else
		printf("%-*s", (int)width, text);
	if (!last)
		fputs("  ", stdout);
}

/* A column without a heading, or with an empty one and nothing below it, is not shown: its width is
 * 0. */
static bool last_shown(const struct table *t, const size_t *width, unsigned i)
{
	for (i++; i < t->n_columns; i++)
		if (width[i])
			return false;
	return true;
}

static void print_row(struct report *r, const size_t *width, const struct cell *cells)
{
	const struct table *t = &r->table;

	indent(r);
	for (unsigned i = 0; i < t->n_columns; i++)
		if (width[i])
			print_cell(&t->columns[i], cells ? cells[i].text : t->columns[i].heading,
				   width[i], last_shown(t, width, i));
	putchar('\n');
}

static void print_table(struct report *r)
{
	struct table *t = &r->table;
	size_t width[COLUMNS_MAX] = {0};

	for (unsigned i = 0; i < t->n_columns; i++)
		width[i] = t->columns[i].heading ? strlen(t->columns[i].heading) : 0;
	for (size_t i = 0; i < t->n_cells; i++)
		if (t->columns[i % t->n_columns].heading &&
		    strlen(t->cells[i].text) > width[i % t->n_columns])
			width[i % t->n_columns] = strlen(t->cells[i].text);
	print_row(r, width, NULL);
	for (size_t i = 0; i + t->n_columns <= t->n_cells; i += t->n_columns)
		print_row(r, width, t->cells + i);
}

void report_table_close(struct report *r)
{
	struct table *t = &r->table;

	if (!r->json && !r->failed && t->n_cells)
		print_table(r);
	for (size_t i = 0; i < t->n_cells; i++) {
		free(t->cells[i].text);
		json_decref(t->cells[i].value);
	}
	free(t->cells);
	*t = (struct table){0};
}
