// SPDX-License-Identifier: BSD-2-Clause
/* cli/picture.c - what a memory map shows: places of the file, regions of the board, who may see them */
#include "cli/picture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct picture_thing *add(struct picture *p, enum picture_column column,
				 enum picture_kind kind, uint64_t at, uint64_t size)
{
	struct picture_thing *t;

	if (p->n_things == PICTURE_THINGS_MAX)
		return NULL;
	if (size > UINT64_MAX - at)
		size = UINT64_MAX - at;
	t = &p->things[p->n_things++];
	*t = (struct picture_thing){.column = column, .kind = kind, .at = at, .end = at + size};
	return t;
}

/* "4.6 KiB", or "140 bytes". */
static void size_text(uint64_t size, char *buf, size_t len)
{
	if (size < 1024)
		snprintf(buf, len, "%llu bytes", (unsigned long long)size);
	else if (size < 1 << 20)
		snprintf(buf, len, size % 1024 ? "%.1f KiB" : "%.0f KiB", (double)size / 1024);
	else
		snprintf(buf, len, size % (1 << 20) ? "%.1f MiB" : "%.0f MiB",
			 (double)size / (1 << 20));
}

static void remark(struct picture *p, const char *text)
{
	if (p->n_lines < sizeof(p->lines) / sizeof(p->lines[0]))
		snprintf(p->lines[p->n_lines++], sizeof(p->lines[0]), "%s", text);
}

/* ---- the board ---- */

static uint64_t canonical(const struct cli_map *map, uint64_t at)
{
	return map && at <= UINT32_MAX ? cli_map_canonical((void *)map, (uint32_t)at) : at;
}

/* The region that is seen under another address as well: the name of the alias, or NULL. */
static const struct cw_board_region *alias_of(const struct cli_map *map,
					      const struct cw_board_region *region)
{
	for (unsigned i = 0; i < map->rproc->n_regions; i++) {
		const struct cw_board_region *r = &map->rproc->regions[i];

		if (r != region && r->da != region->da && canonical(map, r->da) == region->da)
			return r;
	}
	return NULL;
}

static bool add_region(struct picture *p, const struct cli_map *map,
		       const struct cw_board_region *region)
{
	const struct cw_board_region *alias = alias_of(map, region);
	struct picture_thing *t;
	char text[160];

	if (canonical(map, region->da) != region->da)
		return true; /* drawn where it really is */
	t = add(p, PICTURE_BOARD, region->exchange ? PICTURE_EXCHANGE : PICTURE_REGION, region->da,
		region->size);
	if (!t)
		return false;
	snprintf(t->name, sizeof(t->name), "%s", region->name);
	size_text(region->size, t->note, sizeof(t->note));
	if (alias) {
		snprintf(text, sizeof(text), "%s is the same memory as %s, at 0x%08llx.",
			 alias->name, region->name, (unsigned long long)alias->da);
		remark(p, text);
	}
	if (region->pa != region->da) {
		snprintf(text, sizeof(text), "%s has the physical address 0x%08llx.", region->name,
			 (unsigned long long)region->pa);
		remark(p, text);
	}
	if (!add(p, PICTURE_NORMAL, region->exchange ? PICTURE_SEEN_ALL : PICTURE_CLOSED,
		 region->da, region->size))
		return false;
	return !cli_map_is_exposed(map, region->da, region->size) ||
	       add(p, PICTURE_REAL, PICTURE_OPEN, region->da, region->size);
}

/* ---- the file ---- */

static enum picture_kind kind_of(const struct inspect_place *place)
{
	if (place->kind == INSPECT_SEGMENT && (place->access & 3) == 3)
		return PICTURE_BOTH;
	if (place->kind == INSPECT_SEGMENT && place->access & 1)
		return PICTURE_CODE;
	if (place->kind == INSPECT_SEGMENT && place->access & 2)
		return PICTURE_WRITABLE;
	return (enum picture_kind)place->kind;
}

/* A ring that may lie anywhere lies in the region of its name. */
static bool find_address(const struct cli_map *map, const struct inspect_place *place,
			 uint64_t *ret)
{
	*ret = place->at;
	if (!place->anywhere)
		return true;
	for (unsigned i = 0; map && i < map->rproc->n_regions; i++)
		if (!strcmp(map->rproc->regions[i].name, place->name)) {
			*ret = map->rproc->regions[i].da;
			return true;
		}
	return false;
}

/* Does it lie in a segment of the file? Then it is drawn inside. */
static bool is_inset(const struct inspect *i, const struct inspect_place *place)
{
	if (place->kind == INSPECT_SEGMENT || place->kind == INSPECT_ZERO ||
	    place->kind == INSPECT_PROTECTED)
		return false;
	for (size_t k = 0; k < i->n_places; k++)
		if (i->places[k].kind <= INSPECT_ZERO &&
		    cw_range_overlap(place->at, place->size, i->places[k].at, i->places[k].size))
			return true;
	return false;
}

static bool add_seen(struct picture *p, const struct inspect_place *place, uint64_t at)
{
	if (!p->board || (place->kind != INSPECT_TABLE && place->kind != INSPECT_TRACE))
		return true;
	return add(p, PICTURE_NORMAL,
		   place->kind == INSPECT_TABLE ? PICTURE_SEEN_FIELDS : PICTURE_SEEN_READ, at,
		   place->size);
}

/* Of a container with one image, nobody needs to know the number. */
static const char *plain_name(const struct inspect *i, const struct inspect_place *place)
{
	static const char first[] = "image 0, ";

	for (size_t k = 0; k < i->n_places; k++)
		if (!strncmp(i->places[k].name, "image ", 6) &&
		    strncmp(i->places[k].name, first, 9))
			return place->name;
	return strncmp(place->name, first, 9) ? place->name : place->name + 9;
}

static bool add_place(struct picture *p, const struct inspect *i, const struct cli_map *map,
		      const struct inspect_place *place)
{
	struct picture_thing *t;
	char size[24], text[160];
	uint64_t at;

	if (!find_address(map, place, &at)) {
		snprintf(text, sizeof(text), "%.60s: the host chooses the address.", place->name);
		remark(p, text);
		return true;
	}
	at = canonical(map, at);
	t = add(p, PICTURE_FILE, kind_of(place), at, place->size);
	if (!t)
		return false;
	t->inset = is_inset(i, place);
	snprintf(t->name, sizeof(t->name), "%s", plain_name(i, place));
	size_text(place->size, size, sizeof(size));
	if (place->kind == INSPECT_SEGMENT || place->kind == INSPECT_PROTECTED)
		snprintf(t->note, sizeof(t->note), "%s%s%s, %s", place->access & 4 ? "r" : "-",
			 place->access & 2 ? "w" : "-", place->access & 1 ? "x" : "-", size);
	else
		snprintf(t->note, sizeof(t->note), "%s", size);
	return add_seen(p, place, at);
}

int picture_collect(const struct inspect *i, const struct cli_map *map, struct picture *ret,
		    struct cw_error *err)
{
	bool fits = true;

	*ret = (struct picture){.board = map, .exposed = map ? cli_map_exposed(map) : NULL};
	for (unsigned k = 0; map && fits && k < map->rproc->n_regions; k++)
		fits = add_region(ret, map, &map->rproc->regions[k]);
	for (size_t k = 0; fits && k < i->n_places; k++)
		fits = add_place(ret, i, map, &i->places[k]);
	if (!fits)
		return cw_error_set(err, -E2BIG, "there are more than %u things to draw",
				    PICTURE_THINGS_MAX);
	if (!ret->n_things)
		return cw_error_set(
			err, -EINVAL,
			"nothing in the file has an address: there is no memory map to draw");
	return 0;
}

/* ---- panels and steps ---- */

#define FAR	    (1u << 20) /* a gap of so many bytes begins a new panel */
#define PANEL_GAP   34.0
#define STEP_MIN    3.0
#define REGION_MIN  16.0
#define STEP_WANTED 9.0
#define LABEL	    14.0
#define MOST	    110.0 /* a stretch is broken beyond */

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool covered(const struct picture *p, uint64_t from, uint64_t to)
{
	for (unsigned i = 0; i < p->n_things; i++)
		if (p->things[i].at <= from && p->things[i].end >= to)
			return true;
	return false;
}

/* Stretches between all boundaries, lowest first. Long ones that hold nothing divide panels. */
static void make_steps(struct picture *p)
{
	uint64_t stops[PICTURE_STOPS_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < p->n_things; i++) {
		stops[n++] = p->things[i].at;
		stops[n++] = p->things[i].end;
	}
	qsort(stops, n, sizeof(stops[0]), by_number);
	p->n_panels = 1;
	for (unsigned i = 0; i + 1 < n; i++) {
		struct picture_step s = {.from = stops[i], .to = stops[i + 1]};

		if (s.from == s.to)
			continue;
		if (s.to - s.from >= FAR && !covered(p, s.from, s.to)) {
			p->n_panels += p->n_steps > 0;
			continue;
		}
		s.panel = p->n_panels - 1;
		p->steps[p->n_steps++] = s;
	}
	for (unsigned i = 0; i < p->n_things; i++)
		for (unsigned k = 0; k < p->n_steps; k++)
			if (p->steps[k].from >= p->things[i].at &&
			    p->steps[k].to <= p->things[i].end)
				p->things[i].panel = p->steps[k].panel;
}

struct heights {
	unsigned first, n; /* steps of the panel */
	double room;	   /* that labels need */
	double total;
	unsigned small;
};

static void scale(struct picture *p, struct heights *h, double k)
{
	h->total = 0;
	h->small = 0;
	for (unsigned i = h->first; i < h->first + h->n; i++) {
		struct picture_step *s = &p->steps[i];
		double height = k * (double)(s->to - s->from);

		s->broken = height > MOST * 1.5 && h->n > 1;
		s->height = s->broken || height > MOST * 4 ? MOST
			    : height < STEP_MIN		   ? STEP_MIN
							   : height;
		h->small += height < STEP_WANTED;
		h->total += s->height;
	}
}

/* A region's name must fit in. */
static void open_regions(struct picture *p, unsigned panel, struct heights *h)
{
	for (unsigned i = 0; i < p->n_things; i++) {
		const struct picture_thing *t = &p->things[i];
		struct picture_step *largest = NULL;
		double sum = 0;

		if (t->column != PICTURE_BOARD || t->panel != panel)
			continue;
		for (unsigned k = h->first; k < h->first + h->n; k++) {
			if (p->steps[k].from < t->at || p->steps[k].to > t->end)
				continue;
			sum += p->steps[k].height;
			if (!largest || p->steps[k].height > largest->height)
				largest = &p->steps[k];
		}
		if (largest && sum < REGION_MIN) {
			largest->height += REGION_MIN - sum;
			h->total += REGION_MIN - sum;
		}
	}
}

/* Grow the scale until what is small can be seen, or the panel is high enough. */
static void set_heights(struct picture *p, unsigned panel, struct heights *h)
{
	double span = (double)(p->steps[h->first + h->n - 1].to - p->steps[h->first].from);
	double least = h->room > 60 ? h->room : 60, k = least / span;
	double most = least * 2 > 30.0 * h->n ? least * 2 : 30.0 * h->n;

	for (unsigned tries = 0; tries < 200; tries++) {
		scale(p, h, k);
		if (!h->small || h->total > most)
			break;
		k *= 1.15;
	}
	open_regions(p, panel, h);
	/* Labels need more than the scale gave: all but the broken ones grow alike. */
	for (unsigned i = h->first; h->total < h->room && i < h->first + h->n; i++)
		p->steps[i].height *= h->room / h->total;
}

static double label_room(const struct picture *p, unsigned panel, unsigned n_steps)
{
	unsigned labels = 0;

	for (unsigned i = 0; i < p->n_things; i++)
		labels += p->things[i].panel == panel && p->things[i].column == PICTURE_FILE;
	return LABEL * (labels > n_steps + 1 ? labels : n_steps + 1) + 4;
}

void picture_lay_out(struct picture *p, double top)
{
	unsigned end;

	make_steps(p);
	end = p->n_steps;
	/* High addresses are drawn first, at the top. */
	for (unsigned panel = p->n_panels; panel-- > 0;) {
		struct heights h = {.first = end};

		while (h.first && p->steps[h.first - 1].panel == panel)
			h.first--;
		h.n = end - h.first;
		if (!h.n)
			continue;
		h.room = label_room(p, panel, h.n);
		set_heights(p, panel, &h);
		for (unsigned i = end; i-- > h.first;) {
			p->steps[i].top = top;
			top += p->steps[i].height;
		}
		end = h.first;
		p->bottom = top;
		top += PANEL_GAP;
	}
}

double picture_y(const struct picture *p, unsigned panel, uint64_t at)
{
	double y = 0;

	for (unsigned i = 0; i < p->n_steps; i++) {
		const struct picture_step *s = &p->steps[i];

		if (s->panel != panel || at < s->from || at > s->to)
			continue;
		y = s->top + s->height * (double)(s->to - at) / (double)(s->to - s->from);
		if (at < s->to)
			break;
	}
	return y;
}

void picture_spread(double *y, unsigned n, double apart, double low, double high)
{
	for (unsigned i = 0; i < n; i++)
		if (y[i] < low + i * apart)
			y[i] = low + i * apart;
	for (unsigned i = 1; i < n; i++)
		if (y[i] < y[i - 1] + apart)
			y[i] = y[i - 1] + apart;
	for (unsigned i = n; i-- > 0;) {
		double limit = i + 1 < n ? y[i + 1] - apart : high;

		if (y[i] > limit)
			y[i] = limit;
	}
}
