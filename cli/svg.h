/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/svg.h - the few shapes that a memory map is drawn with
 *
 * Plain SVG 1.1: rectangles, lines, paths and text with attributes, no style sheets, patterns or scripts, so that browsers, office
 * programs and converters draw the same. Hatching is drawn line by line. Text is escaped here, whatever it holds. Coordinates
 * are pixels, y grows downwards.
 */
#ifndef CW_CLI_SVG_H
#define CW_CLI_SVG_H

#include <stdbool.h>
#include <stdio.h>

struct svg_box {
	double x, y, w, h;
};

struct svg_look {
	const char *fill;   /* colour; NULL: none */
	const char *stroke; /* NULL: none */
	double line;	    /* width of the stroke */
	char hatch;	    /* 0, '/' diagonals, 'x' both, '-' level lines, '.' sparse dots */
	const char *ink;    /* of the hatching */
};

enum svg_anchor {
	SVG_START,
	SVG_MIDDLE,
	SVG_END,
};

struct svg_font {
	double size;
	bool mono, bold;
	const char *ink;
	enum svg_anchor anchor;
};

void svg_begin(FILE *f, double width, double height, const char *title);
void svg_end(FILE *f);

void svg_box(FILE *f, struct svg_box b, const struct svg_look *look);
void svg_line(FILE *f, double x1, double y1, double x2, double y2, const char *ink, double width);

/* A level zigzag of width @w: an axis is broken here. */
void svg_break(FILE *f, double x, double y, double w, const char *paper, const char *ink);

/* One line of text, its base line at @y. */
void svg_text(FILE *f, double x, double y, const struct svg_font *font, const char *text);

/* The same with a second piece behind it, in another font of the same anchor. */
void svg_text_pair(FILE *f, double x, double y, const struct svg_font *font, const char *text,
		   const struct svg_font *second, const char *more);

/* How wide text may get, for placing it; never less than what is drawn with common fonts. */
double svg_width(const struct svg_font *font, const char *text);

#endif
