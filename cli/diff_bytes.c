// SPDX-License-Identifier: BSD-2-Clause
/* cli/diff_bytes.c - named bytes of two files */
#include "cli/diff.h"

#include <stdlib.h>
#include <string.h>

bool diff_bytes(struct cw_span a, struct cw_span b, struct diff_part *p)
{
	size_t len = a.len < b.len ? a.len : b.len, i = 0;

	while (i < len) {
		size_t start;

		/* Equal bytes go by in blocks. */
		while (len - i >= 64 && !memcmp(a.ptr + i, b.ptr + i, 64))
			i += 64;
		while (i < len && a.ptr[i] == b.ptr[i])
			i++;
		if (i == len)
			break;
		for (start = i; i < len && a.ptr[i] != b.ptr[i];)
			i++;
		if (p->n_range < DIFF_RANGES)
			p->range[p->n_range++] = (struct diff_range){start, i - start};
		p->ranges++;
		p->differing += i - start;
		p->last = i - 1;
	}
	return p->differing || a.len != b.len;
}

static struct diff_part *add(struct diff_parts *l)
{
	if (l->n == l->size && !l->failed) {
		size_t size = l->size ? 2 * l->size : 16;
		struct diff_part *more = realloc(l->list, size * sizeof(*more));

		l->failed = !more;
		if (more) {
			l->list = more;
			l->size = size;
		}
	}
	if (l->failed)
		return NULL;
	l->list[l->n] = (struct diff_part){0};
	return &l->list[l->n++];
}

static void compare(const struct inspect_part *a, const struct inspect_part *b,
		    struct diff_parts *l)
{
	struct diff_part p = {.a = a, .b = b}, *kept;

	if (a && b && !diff_bytes(a->bytes, b->bytes, &p))
		return;
	kept = add(l);
	if (kept)
		*kept = p;
}

/* The part of @b that goes with @part: of its name, and not taken yet. */
static size_t partner(const struct inspect_part *part, const struct inspect *b, const bool *taken)
{
	size_t i = 0;

	while (i < b->n_parts && (taken[i] || strcmp(part->name, b->parts[i].name)))
		i++;
	return i;
}

/* What no name paired: in order, while both have some; the first word of the names must be the same ("segment"). */
static size_t left_over(const struct inspect_part *part, const struct inspect *b, const bool *taken)
{
	size_t word = strcspn(part->name, " 0123456789"), i = 0;

	while (i < b->n_parts && (taken[i] || strncmp(part->name, b->parts[i].name, word)))
		i++;
	return i;
}

void diff_named(const struct inspect *a, const struct inspect *b, struct diff_parts *ret)
{
	bool *taken = calloc(b->n_parts + 1, sizeof(*taken));
	size_t *with = calloc(a->n_parts + 1, sizeof(*with));

	if (!taken || !with) {
		ret->failed = true;
		goto out;
	}
	for (size_t i = 0; i < a->n_parts; i++) {
		with[i] = partner(&a->parts[i], b, taken);
		taken[with[i]] = true;
	}
	taken[b->n_parts] = false;
	for (size_t i = 0; i < a->n_parts; i++) {
		if (with[i] == b->n_parts) {
			with[i] = left_over(&a->parts[i], b, taken);
			taken[with[i]] = true;
		}
		compare(&a->parts[i], with[i] < b->n_parts ? &b->parts[with[i]] : NULL, ret);
	}
	for (size_t i = 0; i < b->n_parts; i++)
		if (!taken[i])
			compare(NULL, &b->parts[i], ret);
out:
	free(taken);
	free(with);
}

static bool in_part(const struct inspect *i, size_t at, size_t *ret_end)
{
	for (size_t k = 0; k < i->n_parts; k++) {
		const struct inspect_part *p = &i->parts[k];

		if (p->at == CW_NO_OFFSET || at < p->at || at - p->at >= p->bytes.len)
			continue;
		*ret_end = (size_t)p->at + p->bytes.len;
		return true;
	}
	return false;
}

bool diff_between(const struct inspect *a, const struct inspect *b, size_t *ret_first,
		  size_t *ret_n)
{
	size_t n = 0, end;

	if (a->file.len != b->file.len)
		return false;
	for (size_t at = 0; at < a->file.len; at++) {
		if (a->file.ptr[at] == b->file.ptr[at])
			continue;
		if (in_part(a, at, &end)) {
			at = end - 1;
			continue;
		}
		if (!n++)
			*ret_first = at;
	}
	*ret_n = n;
	return n;
}
