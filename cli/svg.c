// SPDX-License-Identifier: BSD-2-Clause
/* cli/svg.c - shapes as SVG 1.1 */
#include "cli/svg.h"

#include <string.h>

#define SANS "Liberation Sans, Arial, Helvetica, sans-serif"
#define MONO "Liberation Mono, DejaVu Sans Mono, Courier New, monospace"

/* Whatever the text is, it stays text. */
static void escape(FILE *f, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		case '\'':
			fputs("&#39;", f);
			break;
		default:
			fputc(*text >= ' ' && *text <= '~' ? *text : '?', f);
		}
	}
}

void svg_begin(FILE *f, double width, double height, const char *title)
{
	fprintf(f,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%.0f\" height=\"%.0f\" "
		"viewBox=\"0 0 %.0f %.0f\">\n<title>",
		width, height, width, height);
	escape(f, title);
	fprintf(f,
		"</title>\n<rect x=\"0\" y=\"0\" width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n",
		width, height);
}

void svg_end(FILE *f)
{
	fputs("</svg>\n", f);
}

/* Parallel lines that rise (or fall) at 45 degrees, cut to the box. */
static void diagonals(FILE *f, struct svg_box b, double step, bool rising)
{
	for (double c = step / 2; c < b.w + b.h; c += step) {
		/* The line x + y = c of a box at the origin. */
		double x1 = c < b.h ? 0 : c - b.h, x2 = c < b.w ? c : b.w;

		if (rising)
			fprintf(f, "M%.1f %.1fL%.1f %.1f", b.x + x1, b.y + (c - x1), b.x + x2,
				b.y + (c - x2));
		else
			fprintf(f, "M%.1f %.1fL%.1f %.1f", b.x + x1, b.y + b.h - (c - x1), b.x + x2,
				b.y + b.h - (c - x2));
	}
}

static void levels(FILE *f, struct svg_box b)
{
	for (double y = 3; y < b.h; y += 6)
		fprintf(f, "M%.1f %.1fL%.1f %.1f", b.x, b.y + y, b.x + b.w, b.y + y);
}

static void dots(FILE *f, struct svg_box b)
{
	bool odd = false;

	for (double y = 4; y < b.h - 1; y += 6, odd = !odd)
		for (double x = odd ? 7 : 4; x < b.w - 2; x += 6)
			fprintf(f, "M%.1f %.1fl1 0", b.x + x, b.y + y);
}

static void hatch(FILE *f, struct svg_box b, const struct svg_look *look)
{
	fputs("<path fill=\"none\" d=\"M0 0", f);
	if (look->hatch == '/' || look->hatch == 'x')
		diagonals(f, b, look->hatch == 'x' ? 7 : 5, true);
	if (look->hatch == 'x')
		diagonals(f, b, 7, false);
	if (look->hatch == '-')
		levels(f, b);
	if (look->hatch == '.')
		dots(f, b);
	fprintf(f, "\" stroke=\"%s\" stroke-width=\"%s\"/>\n", look->ink,
		look->hatch == '.' ? "1" : "0.7");
}

void svg_box(FILE *f, struct svg_box b, const struct svg_look *look)
{
	fprintf(f, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n",
		b.x, b.y, b.w, b.h, look->fill ? look->fill : "none");
	if (look->hatch && b.h > 2 && b.w > 2)
		hatch(f, b, look);
	if (look->stroke)
		fprintf(f,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" "
			"stroke=\"%s\" stroke-width=\"%.1f\"/>\n",
			b.x, b.y, b.w, b.h, look->stroke, look->line);
}

void svg_line(FILE *f, double x1, double y1, double x2, double y2, const char *ink, double width)
{
	fprintf(f,
		"<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"%s\" stroke-width=\"%.1f\" fill=\"none\"/>\n",
		x1, y1, x2, y2, ink, width);
}

static void zigzag(FILE *f, double x, double y, double w)
{
	unsigned n = (unsigned)(w / 8);
	double step = n ? w / n : w;

	fprintf(f, "M%.1f %.1f", x, y);
	for (unsigned i = 0; i < n; i++)
		fprintf(f, "l%.2f -2l%.2f 4l%.2f -2", step / 4, step / 2, step / 4);
}

void svg_break(FILE *f, double x, double y, double w, const char *paper, const char *ink)
{
	fputs("<path d=\"", f);
	zigzag(f, x, y, w);
	fprintf(f, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"5\"/>\n<path d=\"", paper);
	zigzag(f, x, y - 3, w);
	zigzag(f, x, y + 3, w);
	fprintf(f, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"0.8\"/>\n", ink);
}

void svg_text(FILE *f, double x, double y, const struct svg_font *font, const char *text)
{
	static const char *const anchors[] = {"start", "middle", "end"};

	fprintf(f,
		"<text x=\"%.1f\" y=\"%.1f\" font-family=\"%s\" font-size=\"%.1f\"%s fill=\"%s\" "
		"text-anchor=\"%s\">",
		x, y, font->mono ? MONO : SANS, font->size,
		font->bold ? " font-weight=\"bold\"" : "", font->ink, anchors[font->anchor]);
	escape(f, text);
	fputs("</text>\n", f);
}

void svg_text_pair(FILE *f, double x, double y, const struct svg_font *font, const char *text,
		   const struct svg_font *second, const char *more)
{
	fprintf(f,
		"<text x=\"%.1f\" y=\"%.1f\" font-family=\"%s\" font-size=\"%.1f\"%s fill=\"%s\">",
		x, y, SANS, font->size, font->bold ? " font-weight=\"bold\"" : "", font->ink);
	escape(f, text);
	fprintf(f, "<tspan dx=\"7\" font-weight=\"%s\" font-size=\"%.1f\" fill=\"%s\">",
		second->bold ? "bold" : "normal", second->size, second->ink);
	escape(f, more);
	fputs("</tspan></text>\n", f);
}

/* Widths of Arial and its likes in hundredths of the size, for kinds of characters. */
static double one_width(char c, bool bold)
{
	if (strchr("iljI.,:;|'!", c))
		return bold ? 0.34 : 0.29;
	if (strchr("ftr()[]- /\\\"", c))
		return bold ? 0.40 : 0.36;
	if (strchr("mwMW@%", c))
		return 0.95;
	if (c >= 'A' && c <= 'Z')
		return 0.75;
	return bold ? 0.62 : 0.57;
}

double svg_width(const struct svg_font *font, const char *text)
{
	double w = 0;

	for (; *text; text++)
		w += font->mono ? 0.61 : one_width(*text, font->bold);
	return w * font->size;
}
