/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/inspect.h - the parts of corewarden inspect
 *
 * Each shows one kind of thing, as far as its bytes go. Nothing is believed: what cannot be shown
 * is marked where it stands, and the showing goes on with what can still be found. Offsets that are
 * told are in the file.
 */
#ifndef CW_CLI_INSPECT_H
#define CW_CLI_INSPECT_H

#include "base/refusal.h"
#include "base/span.h"
#include "cli/report.h"

struct inspect {
	struct report *r;
	struct cw_span file;
	bool broken;		 /* something was marked */
	struct cw_refusal first; /* the first of them */
};

/* Mark something broken, here and in the summary. */
void inspect_mark(struct inspect *i, const struct cw_refusal *refusal);

/* A signed container that begins at byte 0. */
void inspect_container(struct inspect *i);

/* Its 2021 ancestor: true when the file is one, and then it was shown. */
bool inspect_old_layout(struct inspect *i);

/* The ELF file @elf, which lies at @base; inside an open section. @name: "image 0" or "the file".
 */
void inspect_elf(struct inspect *i, struct cw_span elf, uint64_t base, const char *name);

/* A resource table, in a section of its own. */
void inspect_table(struct inspect *i, struct cw_span table, uint64_t base);

/* Do the bytes look like a resource table by themselves? */
bool inspect_is_table(struct cw_span bytes);

/* The signed file of a trusted application. */
void inspect_ta(struct inspect *i);

#endif
