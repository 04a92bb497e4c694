/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/picture.h - the memory map of an image as a picture: inspect --svg
 *
 * Addresses grow upwards. What lies far apart is drawn in panels of its own. Within a panel heights are to scale, but for stretches
 * that are longer than the picture can show: there the axis is broken. With a board there are also its memory regions, what
 * the normal world may see of them, and what the real part would leave open.
 */
#ifndef CW_CLI_PICTURE_H
#define CW_CLI_PICTURE_H

#include "cli/inspect.h"
#include "cli/map.h"
#include "cli/svg.h"

#define PICTURE_THINGS_MAX 512 /* places, regions and what may be seen of them; more are refused */
#define PICTURE_STOPS_MAX  (2 * PICTURE_THINGS_MAX)

enum picture_column {
	PICTURE_BOARD,	/* memory regions */
	PICTURE_FILE,	/* what the image puts there */
	PICTURE_NORMAL, /* the normal world may see it */
	PICTURE_REAL,	/* the real part leaves it open */
	PICTURE_COLUMNS,
};

enum picture_kind {
	/* 0 to INSPECT_KINDS-1: as enum inspect_kind */
	PICTURE_CODE = INSPECT_KINDS, /* a segment that is executable ... */
	PICTURE_WRITABLE,	      /* ... or writable ... */
	PICTURE_BOTH,		      /* ... or both */
	PICTURE_REGION,
	PICTURE_EXCHANGE,
	PICTURE_CLOSED,	     /* the normal world sees nothing of it */
	PICTURE_SEEN_ALL,    /* read and written by the normal world */
	PICTURE_SEEN_FIELDS, /* read; fields of the host's written */
	PICTURE_SEEN_READ,
	PICTURE_OPEN,
	PICTURE_KINDS,
};

/* A box of a column, [at, end). */
struct picture_thing {
	enum picture_column column;
	enum picture_kind kind;
	uint64_t at, end;
	bool inset; /* inside of another box of its column */
	unsigned panel;
	char name[64], note[48];
};

/* A stretch without a boundary inside. */
struct picture_step {
	uint64_t from, to;
	double height, top; /* y of @to */
	bool broken;
	unsigned panel;
};

struct picture {
	struct picture_thing things[PICTURE_THINGS_MAX];
	unsigned n_things;
	struct picture_step steps[PICTURE_STOPS_MAX];
	unsigned n_steps;
	unsigned n_panels;
	double bottom; /* of the last panel */
	bool board;
	const char *exposed; /* sentence, or NULL */
	char lines[4][160];  /* remarks below */
	unsigned n_lines;
};

/* Collect what is to be drawn. @map may be NULL. 0, or -E2BIG: too much; -EINVAL: nothing has an address. */
int picture_collect(const struct inspect *i, const struct cli_map *map, struct picture *ret,
		    struct cw_error *err);

/* Cut it into panels and steps, and give these their heights; @top: y of the first panel. */
void picture_lay_out(struct picture *p, double top);

/* y of an address in a panel that holds it, boundaries included. */
double picture_y(const struct picture *p, unsigned panel, uint64_t at);

/* Move @n wished positions, which ascend, apart to at least @apart, between @low and @high when there is room. */
void picture_spread(double *y, unsigned n, double apart, double low, double high);

void picture_draw(FILE *f, const struct picture *p, const char *title, const char *subtitle);

#endif
