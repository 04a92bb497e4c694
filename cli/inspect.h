/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/inspect.h - the parts of corewarden inspect
 *
 * Each shows one kind of thing, as far as its bytes go. Nothing is believed: what cannot be shown
 * is marked where it stands, and the showing goes on with what can still be found. Offsets that are
 * told are in the file; of a compressed file, in its contents.
 *
 * What is shown is also what corewarden diff compares, together with the bytes that were named by
 * inspect_part().
 */
#ifndef CW_CLI_INSPECT_H
#define CW_CLI_INSPECT_H

#include "base/refusal.h"
#include "base/span.h"
#include "cli/report.h"
#include "cli/unpack.h"

struct cli_mbn_files;

/* Bytes of the file that have a name: a segment, a signature. */
struct inspect_part {
	char name[64];
	struct cw_span bytes; /* borrowed, as long as the struct inspect */
	uint64_t at;	      /* offset in the file; CW_NO_OFFSET: in another file */
};

/* Where the file puts something in the memory of its processor. */
enum inspect_kind {
	INSPECT_SEGMENT,   /* bytes of the file */
	INSPECT_ZERO,	   /* what a segment has behind them */
	INSPECT_PROTECTED, /* must be in protected memory */
	INSPECT_TABLE,	   /* the resource table */
	INSPECT_TRACE,
	INSPECT_CARVEOUT,
	INSPECT_DEVICE, /* registers of a device */
	INSPECT_VRING,
	INSPECT_KINDS,
};

struct inspect_place {
	enum inspect_kind kind;
	bool anywhere; /* the host chooses the address */
	uint64_t at, size;
	unsigned access; /* 4 readable, 2 writable, 1 executable, as in ELF */
	char name[64];
};

struct inspect {
	struct report *r;
	struct cw_span file;
	bool broken;		     /* something was marked */
	bool sealed;		     /* segments are encrypted */
	bool in_packed;		     /* its offset is in the compressed file */
	struct cw_refusal first;     /* the first of them */
	uint8_t *bytes;		     /* what was read */
	struct cli_unpacked content; /* and what it holds, when it is compressed */
	struct cli_mbn_files *files; /* of a split image */
	bool keep_parts, failed;     /* no memory for parts */
	struct inspect_part *parts;
	size_t n_parts, parts_size;
	bool keep_places;
	struct inspect_place *places;
	size_t n_places, places_size;
};

/* Read @path and show all of it in a report that was just made. 0, or what reading says: then nothing was
 * shown. inspect_done() in both cases; it leaves the report alone. */
int inspect_path(struct inspect *i, const char *path, struct cw_error *err);
void inspect_done(struct inspect *i);

/* Name bytes that were shown, for who wants to compare them. */
void inspect_part(struct inspect *i, struct cw_span bytes, uint64_t at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Say that something lies at an address, for who wants to draw it. Nothing of size 0 is kept. */
void inspect_place(struct inspect *i, const struct inspect_place *place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same of a segment with the number @n: @bytes of the file, then zeros up to the end of @whole. @prefix stands before its name,
 * "" or "image 1, ". */
void inspect_place_segment(struct inspect *i, const struct inspect_place *whole, uint64_t bytes,
			   const char *prefix, unsigned n);

/* Mark something broken, here and in the summary. */
void inspect_mark(struct inspect *i, const struct cw_refusal *refusal);

/* A signed container that begins at byte 0. */
void inspect_container(struct inspect *i);

/* Its 2021 ancestor: true when the file is one, and then it was shown. */
bool inspect_old_layout(struct inspect *i);

/* The ELF file @elf, which lies at @base; inside an open section. @name: "image 0" or "the file".
 */
void inspect_elf(struct inspect *i, struct cw_span elf, uint64_t base, const char *name);

/* The same for one of 64 bits. */
void inspect_elf64(struct inspect *i, struct cw_span elf, uint64_t base);

/* What record 0x1C004 says, in a section of its own. */
void inspect_encryption(struct inspect *i, struct cw_span record);

/* A resource table, in a section of its own. */
void inspect_table(struct inspect *i, struct cw_span table, uint64_t base);

/* Do the bytes look like a resource table by themselves? */
bool inspect_is_table(struct cw_span bytes);

/* The signed file of a trusted application. */
void inspect_ta(struct inspect *i);

/* Firmware of a Mali GPU. */
void inspect_csffw(struct inspect *i);

/* The memory map of @file as a picture, to @out. */
struct inspect_picture {
	const char *file, *out;
	const char *board, *rproc; /* may be NULL */
};

/* Draw it; returns the exit status. */
int inspect_draw(const struct inspect_picture *what);

#endif
