/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/diff.h - the parts of corewarden diff
 *
 * What is compared is what inspect says of two files, field by field, and the bytes that inspect gives a name. So every format
 * that inspect knows can be compared, and a file that nobody knows as bytes.
 */
#ifndef CW_CLI_DIFF_H
#define CW_CLI_DIFF_H

#include <jansson.h>

#include "cli/inspect.h"

enum diff_kind {
	DIFF_CHANGED,
	DIFF_ADDED,   /* only in B */
	DIFF_REMOVED, /* only in A */
	DIFF_MOVED,   /* lies elsewhere: an offset or a number in a table */
};

struct diff_change {
	enum diff_kind kind;
	char *where,
		*what; /* "segments, segment 2 (0x10000000)", "filesz"; what: NULL for a whole thing */
	char *was, *now; /* NULL: on one side only */
};

struct diff_changes {
	struct diff_change *list;
	size_t n, size;
	bool failed;	       /* no memory */
	const json_t *told[2]; /* sentences of the first broken things, told by themselves */
};

/* Compare two trees of inspect --json. */
void diff_trees(const json_t *a, const json_t *b, struct diff_changes *ret);
void diff_changes_done(struct diff_changes *c);

#define DIFF_RANGES 64 /* ranges that are told one by one */

struct diff_range {
	size_t offset, len; /* in the part */
};

/* A named part with different bytes; at least one side has it. */
struct diff_part {
	const struct inspect_part *a, *b; /* NULL: not there */
	size_t differing;		  /* bytes, of those that both have */
	size_t ranges;			  /* runs of them */
	size_t last;			  /* offset of the last one */
	unsigned n_range;
	struct diff_range range[DIFF_RANGES];
};

struct diff_parts {
	struct diff_part *list;
	size_t n, size;
	bool failed;
};

/* Compare the parts of two files: first those of one name, then what is left over in its order. */
void diff_named(const struct inspect *a, const struct inspect *b, struct diff_parts *ret);

/* Two runs of bytes by themselves; @p is filled but for its sides. True when they differ. */
bool diff_bytes(struct cw_span a, struct cw_span b, struct diff_part *p);

/* Is there a difference outside of all parts of two files of one length? */
bool diff_between(const struct inspect *a, const struct inspect *b, size_t *ret_first,
		  size_t *ret_n);

#endif
