/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/report.h - say something once, for people or for programs
 *
 * A report is a tree of sections, fields and tables. As text it is printed while it grows, aligned,
 * with bold titles on a terminal; as JSON it is collected and printed at the end. A field with no
 * label is for programs only, one with no key for people only. Strings from files must be printable
 * (cli_printable()); of names that the user gave, JSON gets report_string(). Lack of memory shows at
 * report_end().
 */
#ifndef CW_CLI_REPORT_H
#define CW_CLI_REPORT_H

#include <stdbool.h>
#include <stdint.h>

struct report;

struct report_column {
	const char *key;     /* JSON member */
	const char *heading; /* NULL: not in the text */
	bool right;	     /* aligned to the right */
};

struct report *report_new(bool json);

/* Print what is left (JSON: everything) and free. 0, or -ENOMEM or -EIO: output is incomplete. NULL
 * is fine. */
int report_end(struct report *r);

/* Print nothing, and free. */
void report_drop(struct report *r);

struct json_t;

/* End a JSON report without printing: its object is the caller's (json_decref()). NULL: no memory. */
struct json_t *report_take(struct report *r);

/* Text as a JSON string. JSON is UTF-8, names of files need not be: then every byte that is not printable ASCII becomes \xNN.
 * The caller's (json_decref()); NULL: no memory. */
struct json_t *report_string(const char *text);

bool report_is_json(const struct report *r);

/* A section with a title line (@title NULL: none). Sections nest. */
void report_open(struct report *r, const char *key, const char *title_fmt, ...)
	__attribute__((format(printf, 3, 4)));
void report_close(struct report *r);

/* A list of sections: between these two, report_open() ignores its key. */
void report_list_open(struct report *r, const char *key);
void report_list_close(struct report *r);

void report_text(struct report *r, const char *key, const char *label, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void report_bool(struct report *r, const char *key, const char *label, bool value);

/* A number for programs, with its text for people (@fmt NULL: decimal). */
void report_num(struct report *r, const char *key, const char *label, uint64_t value,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));

void report_null(struct report *r, const char *key);

/* A table: open, then for every row as many cells as there are columns, then close. An empty table
 * prints nothing. */
void report_table_open(struct report *r, const char *key, const struct report_column *columns,
		       unsigned n_columns);
void report_cell_text(struct report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void report_cell_num(struct report *r, uint64_t value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void report_table_close(struct report *r);

/* A remark: "- sentence" under the section, and a string in the list @key of the section's object.
 */
void report_remark(struct report *r, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A line for people only, in red on a terminal when @alarm. */
void report_line(struct report *r, bool alarm, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
