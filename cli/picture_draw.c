// SPDX-License-Identifier: BSD-2-Clause
/*
 * cli/picture_draw.c - a memory map, drawn
 *
 * Colours differ in lightness too, and what is not plain memory is hatched, so that a copy in black and white says the same.
 */
#include "cli/picture.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define INK    "#26282b"
#define FAINT  "#6b6f75"
#define RULE   "#9a9da1"
#define PAPER  "#ffffff"
#define MARGIN 28.0

static const struct kind {
	const char *word;
	struct svg_look look;
} kinds[PICTURE_KINDS] = {
	[INSPECT_SEGMENT] = {"segment, read-only", {"#c4d7e8", INK, 0.8}},
	[INSPECT_ZERO] = {"memory without bytes in the file",
			  {"#fbfbf8", INK, 0.8, '.', "#85888c"}},
	[INSPECT_PROTECTED] = {"must lie in protected memory",
			       {"#f2d4cf", "#8c1d18", 1.6, 'x', "#8c1d18"}},
	[INSPECT_TABLE] = {"resource table", {"#34383d", INK, 0.8}},
	[INSPECT_TRACE] = {"trace buffer", {"#8e6aa6", INK, 0.8}},
	[INSPECT_CARVEOUT] = {"carveout", {"#e9def0", INK, 0.8, '-', "#8e6aa6"}},
	[INSPECT_DEVICE] = {"device registers", {"#e4e4e0", INK, 0.8, '/', FAINT}},
	[INSPECT_VRING] = {"vring", {"#f6c877", INK, 0.8, '/', "#7a5200"}},
	[PICTURE_CODE] = {"segment, executable", {"#6f9cc4", INK, 0.8}},
	[PICTURE_WRITABLE] = {"segment, writable", {"#dcebc9", INK, 0.8, '-', "#7f9a5c"}},
	[PICTURE_BOTH] = {"segment, writable and executable", {"#6f9cc4", INK, 0.8, '-', INK}},
	[PICTURE_REGION] = {"memory region of the board", {"#f1f1ee", FAINT, 0.8}},
	[PICTURE_EXCHANGE] = {"region for exchange", {"#fdf0d5", "#9a6a00", 1.0}},
	[PICTURE_SEEN_ALL] = {"the normal world reads and writes",
			      {"#f3b24a", "#9a6a00", 0.8, '/', "#7a5200"}},
	[PICTURE_SEEN_FIELDS] = {"it reads, and writes the fields that are the host's",
				 {"#fbe3b4", "#9a6a00", 0.8, '/', "#c08a1c"}},
	[PICTURE_SEEN_READ] = {"it reads", {"#fff6e3", "#9a6a00", 0.8}},
	[PICTURE_CLOSED] = {"it sees nothing", {"#ffffff", "#b9bbbe", 0.8}},
	[PICTURE_OPEN] = {"left open by stock firmware on the real part",
			  {"#f7dcd8", "#8c1d18", 0.8, 'x', "#b5463d"}},
};

struct page {
	FILE *f;
	const struct picture *p;
	double width, label_x, label_end;
	struct svg_box column[PICTURE_COLUMNS]; /* x and w; w 0: not drawn */
};

static const struct svg_font address_font = {9.5, true, false, INK, SVG_END};
static const struct svg_font name_font = {11, false, true, INK, SVG_START};
static const struct svg_font note_font = {10.5, false, false, FAINT, SVG_START};
static const struct svg_font text_font = {10.5, false, false, INK, SVG_START};
static const struct svg_font region_font = {11, false, false, INK, SVG_MIDDLE};

#define ADDRESS_END 112.0
#define AXIS	    126.0

/* What the longest label needs, within bounds. */
static double label_width(const struct picture *p)
{
	double most = 120, w;

	for (unsigned i = 0; i < p->n_things; i++) {
		const struct picture_thing *t = &p->things[i];

		w = svg_width(&name_font, t->name) + svg_width(&note_font, t->note) + 10;
		if (t->column == PICTURE_FILE && w > most)
			most = w;
	}
	return most < 270 ? most : 270;
}

static void set_columns(struct page *g)
{
	double labels = label_width(g->p);

	if (!g->p->board) {
		g->width = 350 + labels + MARGIN > 600 ? 350 + labels + MARGIN : 600;
		g->column[PICTURE_FILE] = (struct svg_box){.x = 132, .w = 190};
		g->label_x = 350;
		g->label_end = g->width - MARGIN;
		return;
	}
	g->column[PICTURE_BOARD] = (struct svg_box){.x = 132, .w = 140};
	g->column[PICTURE_FILE] = (struct svg_box){.x = 286, .w = 150};
	g->label_x = 464;
	g->label_end = g->label_x + labels;
	g->column[PICTURE_NORMAL] = (struct svg_box){.x = g->label_end + 16, .w = 92};
	if (g->p->exposed)
		g->column[PICTURE_REAL] = (struct svg_box){.x = g->label_end + 132, .w = 92};
	g->width = g->label_end + (g->p->exposed ? 132 : 16) + 92 + MARGIN;
}

/* As much of @text as fits, in @buf. */
static const char *fit(const struct svg_font *font, const char *text, double room, char *buf,
		       size_t size)
{
	size_t len = strlen(text);

	snprintf(buf, size, "%s", text);
	while (len > 4 && svg_width(font, buf) > room) {
		len--;
		snprintf(buf, size, "%.*s...", (int)len - 3, text);
	}
	return buf;
}

/* ---- boxes ---- */

static struct svg_box box_of(const struct page *g, const struct picture_thing *t)
{
	struct svg_box b = g->column[t->column];

	b.y = picture_y(g->p, t->panel, t->end);
	b.h = picture_y(g->p, t->panel, t->at) - b.y;
	if (t->inset) {
		b.x += b.w * 0.5;
		b.w *= 0.5;
	}
	return b;
}

static void draw_boxes(const struct page *g, enum picture_column column, bool inset)
{
	char text[80];

	for (unsigned i = 0; i < g->p->n_things; i++) {
		const struct picture_thing *t = &g->p->things[i];
		struct svg_box b = box_of(g, t);

		if (t->column != column || t->inset != inset || !g->column[column].w)
			continue;
		svg_box(g->f, b, &kinds[t->kind].look);
		if (column == PICTURE_BOARD)
			svg_text(g->f, b.x + b.w / 2, b.y + b.h / 2 + 4, &region_font,
				 fit(&region_font, t->name, b.w - 8, text, sizeof(text)));
	}
}

static bool reaches(const struct page *g, const struct picture_step *s, enum picture_column column)
{
	for (unsigned i = 0; i < g->p->n_things; i++) {
		const struct picture_thing *t = &g->p->things[i];

		if (t->column == column && t->at <= s->from && t->end >= s->to)
			return true;
	}
	return false;
}

/* A third from the top, where no region has its name. */
static void draw_breaks(const struct page *g)
{
	for (unsigned i = 0; i < g->p->n_steps; i++) {
		const struct picture_step *s = &g->p->steps[i];
		double y = s->top + s->height * 0.3;

		if (!s->broken)
			continue;
		svg_break(g->f, AXIS - 5, y, 10, PAPER, INK);
		for (unsigned c = 0; c < PICTURE_COLUMNS; c++)
			if (g->column[c].w && reaches(g, s, c))
				svg_break(g->f, g->column[c].x - 4, y, g->column[c].w + 8, PAPER,
					  INK);
	}
}

/* ---- the axis ---- */

static void address_text(uint64_t at, char buf[24])
{
	snprintf(buf, 24, "0x%08llx", (unsigned long long)at);
}

static void draw_axis(const struct page *g, unsigned first, unsigned n)
{
	const struct picture_step *s = g->p->steps + first;
	double top = s[n - 1].top, bottom = s[0].top + s[0].height;
	double wished[PICTURE_STOPS_MAX + 1], y[PICTURE_STOPS_MAX + 1];
	uint64_t at[PICTURE_STOPS_MAX + 1];
	char text[24];

	for (unsigned i = 0; i <= n; i++) {
		at[i] = i ? s[n - i].from : s[n - 1].to;
		wished[i] = y[i] = i ? s[n - i].top + s[n - i].height : top;
	}
	picture_spread(y, n + 1, 12, top - 4, bottom + 8);
	svg_line(g->f, AXIS, top, AXIS, bottom, INK, 0.9);
	for (unsigned i = 0; i <= n; i++) {
		svg_line(g->f, AXIS - 5, wished[i], AXIS, wished[i], INK, 0.8);
		svg_line(g->f, ADDRESS_END + 2, y[i], AXIS - 5, wished[i], RULE, 0.6);
		address_text(at[i], text);
		svg_text(g->f, ADDRESS_END, y[i] + 3.4, &address_font, text);
	}
}

/* ---- labels ---- */

struct label {
	const struct picture_thing *thing;
	double y;
};

static int by_place(const void *a, const void *b)
{
	const struct label *x = a, *y = b;

	if (x->y != y->y)
		return x->y < y->y ? -1 : 1;
	return x->thing < y->thing ? -1 : x->thing > y->thing;
}

static void draw_label(const struct page *g, const struct label *l, double y)
{
	const struct svg_box *c = &g->column[PICTURE_FILE];
	double note = svg_width(&note_font, l->thing->note);
	double room = g->label_end - g->label_x - note - 8;
	char text[80];

	fit(&name_font, l->thing->name, room, text, sizeof(text));
	svg_line(g->f, c->x + c->w, l->y, c->x + c->w + 6, l->y, RULE, 0.7);
	svg_line(g->f, c->x + c->w + 6, l->y, g->label_x - 4, y, RULE, 0.7);
	svg_text_pair(g->f, g->label_x, y + 3.8, &name_font, text, &note_font, l->thing->note);
}

static void draw_labels(const struct page *g, unsigned panel, double top, double bottom)
{
	struct label labels[PICTURE_THINGS_MAX];
	double y[PICTURE_THINGS_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < g->p->n_things; i++) {
		const struct picture_thing *t = &g->p->things[i];
		struct svg_box b = box_of(g, t);

		if (t->column == PICTURE_FILE && t->panel == panel)
			labels[n++] = (struct label){t, b.y + b.h / 2};
	}
	qsort(labels, n, sizeof(labels[0]), by_place);
	for (unsigned i = 0; i < n; i++)
		y[i] = labels[i].y;
	picture_spread(y, n, 14, top + 2, bottom - 2);
	for (unsigned i = 0; i < n; i++)
		draw_label(g, &labels[i], y[i]);
}

static void draw_panels(const struct page *g)
{
	const struct picture *p = g->p;
	double above = 0;

	for (unsigned end = p->n_steps; end;) {
		unsigned first = end - 1;
		double top = p->steps[end - 1].top, bottom;

		while (first && p->steps[first - 1].panel == p->steps[end - 1].panel)
			first--;
		bottom = p->steps[first].top + p->steps[first].height;
		draw_axis(g, first, end - first);
		draw_labels(g, p->steps[first].panel, top, bottom);
		if (above > 0)
			svg_break(g->f, AXIS - 8, (above + top) / 2, 16, PAPER, INK);
		above = bottom;
		end = first;
	}
}

/* ---- words ---- */

static void draw_heading(const struct page *g, enum picture_column column, const char *one,
			 const char *two)
{
	static const struct svg_font font = {11, false, true, INK, SVG_MIDDLE};
	const struct svg_box *c = &g->column[column];

	if (!c->w)
		return;
	svg_text(g->f, c->x + c->w / 2, 84, &font, one);
	svg_text(g->f, c->x + c->w / 2, 98, &font, two);
}

static bool is_used(const struct picture *p, unsigned kind)
{
	for (unsigned i = 0; i < p->n_things; i++)
		if (p->things[i].kind == kind)
			return true;
	return false;
}

/* Returns y below. */
static double draw_legend(const struct page *g, double y)
{
	static const uint8_t order[] = {
		PICTURE_REGION,	  PICTURE_EXCHANGE, PICTURE_CODE,	 INSPECT_SEGMENT,
		PICTURE_WRITABLE, PICTURE_BOTH,	    INSPECT_ZERO,	 INSPECT_PROTECTED,
		INSPECT_TABLE,	  INSPECT_TRACE,    INSPECT_CARVEOUT,	 INSPECT_DEVICE,
		INSPECT_VRING,	  PICTURE_SEEN_ALL, PICTURE_SEEN_FIELDS, PICTURE_SEEN_READ,
		PICTURE_CLOSED,	  PICTURE_OPEN,
	};
	double x = MARGIN;

	for (unsigned n = 0; n < sizeof(order) / sizeof(order[0]); n++) {
		unsigned k = order[n];
		double w = 30 + svg_width(&text_font, kinds[k].word) + 12;

		if (!is_used(g->p, k))
			continue;
		if (x > MARGIN && x + w > g->width - MARGIN) {
			x = MARGIN;
			y += 20;
		}
		if (g->f)
			svg_box(g->f, (struct svg_box){x, y - 10, 22, 13}, &kinds[k].look);
		if (g->f)
			svg_text(g->f, x + 28, y, &text_font, kinds[k].word);
		x += w;
	}
	return y + 24;
}

/* A paragraph, broken into lines. Returns y below. */
static double draw_paragraph(const struct page *g, double y, const char *text)
{
	char line[240] = "", longer[240];

	while (*text) {
		size_t word = strcspn(text, " ");

		snprintf(longer, sizeof(longer), "%s%s%.*s", line, *line ? " " : "", (int)word,
			 text);
		if (*line && svg_width(&text_font, longer) > g->width - 2 * MARGIN) {
			if (g->f)
				svg_text(g->f, MARGIN, y, &text_font, line);
			y += 15;
			snprintf(line, sizeof(line), "%.*s", (int)word, text);
		} else {
			memcpy(line, longer, sizeof(line));
		}
		text += word + (text[word] == ' ');
	}
	if (g->f)
		svg_text(g->f, MARGIN, y, &text_font, line);
	return y + 15;
}

static double draw_foot(const struct page *g, double y)
{
	bool broken = g->p->n_panels > 1;

	y = draw_legend(g, y + 44);
	for (unsigned i = 0; i < g->p->n_steps; i++)
		broken |= g->p->steps[i].broken;
	if (broken)
		y = draw_paragraph(
			g, y,
			"Heights are to scale within a panel; a zigzag means that something was "
			"left out. What is too small for the scale is drawn as thin as can be seen.");
	for (unsigned i = 0; i < g->p->n_lines; i++)
		y = draw_paragraph(g, y, g->p->lines[i]);
	if (g->p->exposed) {
		char text[400];

		snprintf(text, sizeof(text), "%s.", g->p->exposed);
		text[0] = (char)(text[0] >= 'a' && text[0] <= 'z' ? text[0] - 32 : text[0]);
		y = draw_paragraph(g, y, text);
	}
	return y;
}

void picture_draw(FILE *f, const struct picture *p, const char *title, const char *subtitle)
{
	static const struct svg_font title_font = {18, false, true, INK, SVG_START};
	struct page g = {.p = p};
	char text[200];
	double height;

	set_columns(&g);
	height = draw_foot(&g, p->bottom) + 10; /* without a file: only measured */
	g.f = f;
	svg_begin(f, g.width, height, title);
	svg_text(f, MARGIN, 36, &title_font,
		 fit(&title_font, title, g.width - 2 * MARGIN, text, sizeof(text)));
	svg_text(f, MARGIN, 54, &note_font,
		 fit(&note_font, subtitle, g.width - 2 * MARGIN, text, sizeof(text)));
	draw_heading(&g, PICTURE_BOARD, "Memory", "of the board");
	draw_heading(&g, PICTURE_FILE, "What the file", "puts there");
	draw_heading(&g, PICTURE_NORMAL, "Normal world", "may see");
	draw_heading(&g, PICTURE_REAL, "Real part", "leaves open");
	for (unsigned c = 0; c < PICTURE_COLUMNS; c++) {
		draw_boxes(&g, c, false);
		draw_boxes(&g, c, true);
	}
	draw_breaks(&g);
	draw_panels(&g);
	draw_foot(&g, p->bottom);
	svg_end(f);
}
