// SPDX-License-Identifier: BSD-2-Clause
/* cli/diff.c - corewarden diff: what changed between two images */
#include "cli/diff.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static const char help[] =
	"usage: corewarden diff A B [--json]\n\n"
	"Shows what changed between two images of any format that inspect knows: header fields, segments (address, size,\n"
	"flags, contents), resource table, records, hashes, signature, certificates. Files of no known format are compared\n"
	"as bytes. Compressed files are compared by what they hold. Exit status: 0 the same, 1 different, 2 trouble.\n";

#define SAME	  0
#define DIFFERENT 1
#define TROUBLE	  2

enum { OPT_JSON = 256 };

static const struct option longs[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, 'h'},
	{},
};

struct side {
	const char *path;
	struct inspect i;
	json_t *tree;
};

struct diff {
	struct side a, b;
	bool json, other_format;
	struct diff_changes changes;
	struct diff_parts parts;
	bool between; /* bytes without a name differ */
	size_t between_at, between_n;
};

/* ---- input ---- */

static int read_side(struct side *s, struct cw_error *err)
{
	int r;

	s->i.keep_parts = true;
	s->i.r = report_new(true);
	if (!s->i.r)
		return cw_error_set(err, -ENOMEM, "no memory for '%s'", s->path);
	r = inspect_path(&s->i, s->path, err);
	s->tree = report_take(s->i.r);
	if (!r && (!s->tree || s->i.failed))
		return cw_error_set(err, -ENOMEM, "no memory for '%s'", s->path);
	return r;
}

static const char *format_of(const struct side *s)
{
	const char *text = json_string_value(json_object_get(s->tree, "format"));

	return text ? text : "unknown";
}

/* The whole file as its only part. */
static void whole(struct inspect *i)
{
	i->n_parts = 0;
	inspect_part(i, i->file, 0, "file");
}

static void compare(struct diff *d)
{
	d->other_format = strcmp(format_of(&d->a), format_of(&d->b)) != 0;
	if (d->other_format) {
		whole(&d->a.i);
		whole(&d->b.i);
	} else {
		diff_trees(d->a.tree, d->b.tree, &d->changes);
	}
	diff_named(&d->a.i, &d->b.i, &d->parts);
	if (!d->changes.n && !d->other_format)
		d->between = diff_between(&d->a.i, &d->b.i, &d->between_at, &d->between_n);
}

static bool differ(const struct diff *d)
{
	return d->other_format || d->changes.n || d->parts.n || d->between;
}

/* ---- text ---- */

static const char *name_of(const struct diff_part *p)
{
	return p->a ? p->a->name : p->b->name;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_place(const struct diff_part *p)
{
	uint64_t first = p->range[0].offset;

	if (p->differing == 1)
		printf(", at 0x%llx", (unsigned long long)first);
	else
		printf(", first at 0x%llx, last at 0x%zx", (unsigned long long)first, p->last);
	if (p->a->at == CW_NO_OFFSET || p->b->at == CW_NO_OFFSET)
		return;
	if (p->a->at == p->b->at)
		printf(" (byte %llu of both files)", (unsigned long long)(p->a->at + first));
	else
		printf(" (bytes %llu and %llu of the files)",
		       (unsigned long long)(p->a->at + first),
		       (unsigned long long)(p->b->at + first));
}

static void print_part(const struct diff_part *p)
{
	printf("  %s: ", name_of(p));
	if (!p->a || !p->b) {
		printf("only in %s, %zu bytes\n", p->a ? "A" : "B",
		       p->a ? p->a->bytes.len : p->b->bytes.len);
		return;
	}
	if (strcmp(p->a->name, p->b->name))
		printf("(%s in B) ", p->b->name);
	if (p->a->bytes.len != p->b->bytes.len)
		printf("%zu bytes -> %zu%s", p->a->bytes.len, p->b->bytes.len,
		       p->differing ? "; " : ", the rest is the same");
	if (p->differing) {
		printf("%zu of %zu bytes differ", p->differing,
		       p->a->bytes.len < p->b->bytes.len ? p->a->bytes.len : p->b->bytes.len);
		if (p->ranges > 1)
			printf(" in %zu ranges", p->ranges);
		print_place(p);
	}
	putchar('\n');
}

/* Long values are of no use on a line: digests are told apart by their first digits. */
static void print_value(const char *v)
{
	size_t len = strlen(v);

	if (len >= 40 && strspn(v, "0123456789abcdef") == len)
		printf("%.12s...", v);
	else
		fputs(len ? v : "(nothing)", stdout);
}

static void print_key(const char *key)
{
	for (; *key; key++)
		putchar(*key == '_' ? ' ' : *key);
}

static void print_change(const struct diff_change *c, const char *before)
{
	const char *indent = *c->where ? "    " : "  ";

	if (!c->what) {
		printf("  %s: only in %s", c->where, c->kind == DIFF_REMOVED ? "A" : "B");
		if (c->was || c->now)
			printf(": %s", c->was ? c->was : c->now);
		putchar('\n');
		return;
	}
	if (*c->where && (!before || strcmp(before, c->where)))
		printf("  %s\n", c->where);
	fputs(indent, stdout);
	print_key(c->what);
	fputs(": ", stdout);
	if (!c->was || !c->now)
		printf("only in %s: ", c->was ? "A" : "B");
	if (c->was)
		print_value(c->was);
	if (c->was && c->now)
		fputs(" -> ", stdout);
	if (c->now)
		print_value(c->now);
	putchar('\n');
}

/* Things that only lie elsewhere are counted, unless there is nothing else to tell. */
static void print_changes(const struct diff *d)
{
	const char *before = NULL;
	size_t moved = 0;

	for (size_t i = 0; i < d->changes.n; i++)
		moved += d->changes.list[i].kind == DIFF_MOVED;
	for (size_t i = 0; i < d->changes.n; i++) {
		const struct diff_change *c = &d->changes.list[i];

		if (c->kind == DIFF_MOVED && (moved < d->changes.n || d->parts.n))
			continue;
		print_change(c, before);
		before = c->where;
	}
	if (moved && (moved < d->changes.n || d->parts.n))
		printf("  %zu offset%s and numbers moved (--json names them)\n", moved,
		       plural(moved));
}

static void print_text(const struct diff *d)
{
	if (!differ(d)) {
		printf("A and B are the same (%s)\n", format_of(&d->a));
		return;
	}
	printf("A  %s\nB  %s\n", d->a.path, d->b.path);
	if (d->other_format)
		printf("  format: %s -> %s\n", format_of(&d->a), format_of(&d->b));
	print_changes(d);
	if (d->parts.n)
		puts(d->changes.n || d->other_format ? "contents" : "only contents differ");
	for (size_t i = 0; i < d->parts.n; i++)
		print_part(&d->parts.list[i]);
	if (d->between)
		printf("  between the parts: %zu byte%s differ%s, the first at byte %zu\n",
		       d->between_n, plural(d->between_n), d->between_n == 1 ? "s" : "",
		       d->between_at);
}

/* ---- JSON ---- */

static json_t *change_json(const struct diff_change *c)
{
	static const char *const kinds[] = {"changed", "added", "removed", "moved"};

	return json_pack("{s:s, s:s, s:s?, s:s?, s:s?}", "kind", kinds[c->kind], "where", c->where,
			 "what", c->what, "was", c->was, "now", c->now);
}

static json_t *ranges_json(const struct diff_part *p)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < p->n_range; i++)
		json_array_append_new(list, json_pack("{s:I, s:I}", "offset",
						      (json_int_t)p->range[i].offset, "size",
						      (json_int_t)p->range[i].len));
	return list;
}

static json_t *side_json(const struct inspect_part *p)
{
	if (!p)
		return json_null();
	return json_pack("{s:s, s:I, s:o}", "name", p->name, "size", (json_int_t)p->bytes.len,
			 "offset",
			 p->at == CW_NO_OFFSET ? json_null() : json_integer((json_int_t)p->at));
}

static json_t *part_json(const struct diff_part *p)
{
	return json_pack("{s:s, s:o, s:o, s:I, s:I, s:o}", "part", name_of(p), "a", side_json(p->a),
			 "b", side_json(p->b), "differing", (json_int_t)p->differing, "ranges",
			 (json_int_t)p->ranges, "first_ranges", ranges_json(p));
}

/* 0, or negative: not all of it was printed. */
static int print_json(const struct diff *d)
{
	json_t *changes = json_array(), *contents = json_array(), *o;
	int r;

	for (size_t i = 0; i < d->changes.n; i++)
		json_array_append_new(changes, change_json(&d->changes.list[i]));
	for (size_t i = 0; i < d->parts.n; i++)
		json_array_append_new(contents, part_json(&d->parts.list[i]));
	o = json_pack("{s:b, s:b, s:o, s:o, s:s, s:s, s:o, s:o, s:I}", "ok", 1, "same", !differ(d),
		      "a", report_string(d->a.path), "b", report_string(d->b.path), "format_a",
		      format_of(&d->a), "format_b", format_of(&d->b), "changes", changes, "contents",
		      contents, "other_bytes", (json_int_t)d->between_n);
	r = o ? json_dumpf(o, stdout, JSON_INDENT(2)) : -1;
	putchar('\n');
	json_decref(o);
	return r;
}

/* ---- command ---- */

static int parse(struct diff *d, int argc, char **argv)
{
	int c;

	while ((c = cli_getopt(argc, argv, ":h", longs)) != -1) {
		if (c == '?')
			return TROUBLE;
		if (c == 'h')
			return -1;
		d->json = true;
	}
	if (argc - optind != 2)
		return cli_usage("diff", "two files are needed");
	d->a.path = argv[optind];
	d->b.path = argv[optind + 1];
	return 0;
}

static int run(struct diff *d)
{
	struct cw_error err;
	int r = read_side(&d->a, &err);

	if (!r)
		r = read_side(&d->b, &err);
	if (!r) {
		compare(d);
		if (d->changes.failed || d->parts.failed || d->a.i.failed || d->b.i.failed)
			r = cw_error_set(&err, -ENOMEM, "no memory for the comparison");
	}
	if (r < 0) {
		cw_error_wrap(&err, r, "diff");
		cli_fail(d->json, &err);
		return TROUBLE;
	}
	r = 0;
	if (d->json)
		r = print_json(d);
	else
		print_text(d);
	if (cli_flush() || r < 0)
		return TROUBLE;
	return differ(d) ? DIFFERENT : SAME;
}

int cmd_diff(int argc, char **argv)
{
	struct diff d = {0};
	int status = parse(&d, argc, argv);

	if (status)
		return status < 0 ? cli_help(help) : status;
	status = run(&d);
	diff_changes_done(&d.changes);
	free(d.parts.list);
	inspect_done(&d.a.i);
	inspect_done(&d.b.i);
	json_decref(d.a.tree);
	json_decref(d.b.tree);
	return status;
}
