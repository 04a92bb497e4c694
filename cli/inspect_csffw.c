// SPDX-License-Identifier: BSD-2-Clause
/* cli/inspect_csffw.c - firmware of a Mali GPU: header, memory sections, what the host may set and read */
#include "cli/inspect.h"

#include <stdio.h>

#include "cli/cli.h"
#include "image/csffw.h"

#define ENTRIES_SHOWN (2 * CW_CSF_ENTRIES_MAX)

typedef void row_fn(struct inspect *i, const struct cw_csf_entry *e);

static void show_header(struct inspect *i, const struct cw_csf_header *h)
{
	uint32_t v = h->interface_version;

	report_open(i->r, "header", "header");
	report_text(i->r, "format_version", "format", "%u.%u", h->major, h->minor);
	report_text(i->r, "interface_version", "interface", "%u.%u.%u", v >> 24, v >> 16 & 0xFF,
		    v & 0xFFFF);
	report_num(i->r, "size", "header and table", h->size, "%u bytes", h->size);
	report_close(i->r);
}

static const char *name_of(struct cw_span name, char *buf, size_t size)
{
	return name.len ? cli_printable(name, buf, size) : "-";
}

/* Every entry of @type that can be walked to. */
static void each(struct inspect *i, const struct cw_csf_header *h, uint32_t type, row_fn *row)
{
	uint64_t pos = CW_CSF_HEADER_SIZE;
	struct cw_csf_entry e;

	for (unsigned n = 0; n < ENTRIES_SHOWN && cw_csf_next(i->file, h, &pos, &e, NULL) == 1; n++)
		if (e.type == type)
			row(i, &e);
}

/* A section of the report with one table: a row for every entry of a type. */
struct list {
	const char *key, *title, *table;
	const struct report_column *columns;
	unsigned n_columns;
	uint32_t type;
	row_fn *row;
};

#define COLUMNS(array) array, sizeof(array) / sizeof(array[0])

static void show_list(struct inspect *i, const struct cw_csf_header *h, const struct list *l)
{
	report_open(i->r, l->key, "%s", l->title);
	report_table_open(i->r, l->table, l->columns, l->n_columns);
	each(i, h, l->type, l->row);
	report_table_close(i->r);
	report_close(i->r);
}

/* ---- memory sections ---- */

static void place_section(struct inspect *i, const struct cw_csf_section *s)
{
	uint32_t size = s->va_end > s->va_start ? s->va_end - s->va_start : 0;
	uint32_t data = s->data_end > s->data_start ? s->data_end - s->data_start : 0;
	struct inspect_place at = {
		.kind = s->flags & CW_CSF_PROTECTED ? INSPECT_PROTECTED : INSPECT_SEGMENT,
		.at = s->va_start,
		.size = s->flags & CW_CSF_PROTECTED ? size
			: data < size		    ? data
						    : size,
		.access = (s->flags & CW_CSF_READ ? 4 : 0) | (s->flags & CW_CSF_WRITE ? 2 : 0) |
			  (s->flags & CW_CSF_EXECUTE ? 1 : 0),
	};
	const char *shared = s->flags & CW_CSF_SHARED ? ", shared with the host" : "";

	inspect_place(i, &at, "%s%s",
		      at.kind == INSPECT_PROTECTED ? "protected section" : "section", shared);
	at.kind = INSPECT_ZERO;
	at.at += at.size;
	at.size = size - at.size;
	inspect_place(i, &at, "%s%s", s->flags & CW_CSF_ZERO ? "zeroed" : "unused", shared);
}

static void section_row(struct inspect *i, const struct cw_csf_entry *e)
{
	struct cw_csf_section s;
	struct cw_span data;
	struct cw_refusal why;

	if (cw_csf_section(e, &s, NULL))
		return;
	report_cell_num(i->r, e->offset, "%u", e->offset);
	report_cell_num(i->r, s.va_start, "0x%08x", s.va_start);
	report_cell_num(i->r, s.va_end - s.va_start, "%u", s.va_end - s.va_start);
	report_cell_text(i->r, "%s%s%s", s.flags & CW_CSF_READ ? "r" : "-",
			 s.flags & CW_CSF_WRITE ? "w" : "-", s.flags & CW_CSF_EXECUTE ? "x" : "-");
	report_cell_text(i->r, "%s", cw_csf_cache_name(CW_CSF_CACHE(s.flags)));
	report_cell_text(i->r, "%s%s%s", s.flags & CW_CSF_PROTECTED ? "PROTECTED" : "",
			 s.flags & CW_CSF_SHARED ? "shared with the host" : "",
			 s.flags & CW_CSF_ZERO ? (s.flags & CW_CSF_SHARED ? ", zeroed" : "zeroed")
					       : "");
	report_cell_num(i->r, s.flags, "0x%08x", s.flags);
	report_cell_num(i->r, s.data_start, "%u", s.data_start);
	report_cell_num(i->r, s.data_end - s.data_start, "%u", s.data_end - s.data_start);
	report_cell_text(i->r, "%s",
			 cw_csf_check_section(i->file, e, &s, &why) ? "!! see below" : "");
	place_section(i, &s);
	if (s.data_end > s.data_start &&
	    cw_span_cut(i->file, s.data_start, s.data_end - s.data_start, &data))
		inspect_part(i, data, s.data_start, "section 0x%08x", s.va_start);
}

static const struct report_column section_columns[] = {
	{"offset", "at byte", true},  {"address", "address", false},
	{"size", "bytes", true},      {"access", "access", false},
	{"cache", "cache", false},    {"kind", "kind", false},
	{"flags", "flags", true},     {"data_offset", "data at", true},
	{"data_size", "bytes", true}, {"problem", "", false},
};

/* ---- what the host may set and read ---- */

static void config_row(struct inspect *i, const struct cw_csf_entry *e)
{
	struct cw_csf_config c;
	char name[80];

	if (cw_csf_config(e, &c, NULL))
		return;
	report_cell_num(i->r, e->offset, "%u", e->offset);
	report_cell_text(i->r, "%s", name_of(c.name, name, sizeof(name)));
	report_cell_num(i->r, c.address, "0x%08x", c.address);
	report_cell_num(i->r, c.min, "%u", c.min);
	report_cell_num(i->r, c.max, "%u", c.max);
	report_cell_text(i->r, "%s", e->update ? "at any time" : "before the start");
}

static const struct report_column config_columns[] = {
	{"offset", "at byte", true}, {"name", "name", false}, {"address", "address", false},
	{"min", "least", true},	     {"max", "most", true},   {"when", "may be set", false},
};

static void trace_row(struct inspect *i, const struct cw_csf_entry *e)
{
	struct cw_csf_trace t;
	char name[80];

	if (cw_csf_trace(e, &t, NULL))
		return;
	report_cell_num(i->r, e->offset, "%u", e->offset);
	report_cell_text(i->r, "%s", name_of(t.name, name, sizeof(name)));
	report_cell_num(i->r, t.type, "%u", t.type);
	report_cell_num(i->r, t.data_address, "0x%08x", t.data_address);
	report_cell_num(i->r, t.size_address, "0x%08x", t.size_address);
	report_cell_num(i->r, t.insert_address, "0x%08x", t.insert_address);
	report_cell_num(i->r, t.extract_address, "0x%08x", t.extract_address);
	report_cell_num(i->r, t.enable_address, "0x%08x", t.enable_address);
	report_cell_num(i->r, t.enables, "%u", t.enables);
}

static const struct report_column trace_columns[] = {
	{"offset", "at byte", true},
	{"name", "name", false},
	{"type", "type", true},
	{"data_address", "data at", false},
	{"size_address", "size at", false},
	{"insert_address", "insert at", false},
	{"extract_address", "extract at", false},
	{"enable_address", "enable at", false},
	{"enables", "words", true},
};

/* ---- the rest ---- */

/* What an entry that is no table row says. */
static void describe(struct inspect *i, const struct cw_csf_entry *e, char *buf, size_t size)
{
	struct cw_csf_extent x;
	struct cw_span bytes;
	char text[160];

	if ((e->type != CW_CSF_TIMELINE && e->type != CW_CSF_BUILD) || cw_csf_extent(e, &x, NULL)) {
		snprintf(buf, size, "%s", e->optional ? "not known here, may be passed over" : "");
		return;
	}
	if (!cw_span_cut(i->file, x.offset, x.size, &bytes)) {
		snprintf(buf, size, "!! %u bytes at byte %u are not there", x.size, x.offset);
		return;
	}
	inspect_part(i, bytes, x.offset, "%s", cw_csf_type_name(e->type));
	for (size_t n = 0; n < bytes.len; n++)
		if (!bytes.ptr[n])
			bytes.len = n;
	if (e->type == CW_CSF_BUILD)
		snprintf(buf, size, "%s", cli_printable(bytes, text, sizeof(text)));
	else
		snprintf(buf, size, "\"%s\", %u bytes at byte %u",
			 name_of(x.name, text, sizeof(text)), x.size, x.offset);
}

static void other_row(struct inspect *i, const struct cw_csf_entry *e)
{
	char text[240];

	describe(i, e, text, sizeof(text));
	report_cell_num(i->r, e->offset, "%u", e->offset);
	report_cell_num(i->r, e->type, "%u", e->type);
	report_cell_text(i->r, "%s", cw_csf_type_name(e->type));
	report_cell_num(i->r, e->size, "%u", e->size);
	report_cell_text(i->r, "%s", text);
}

static void show_others(struct inspect *i, const struct cw_csf_header *h)
{
	static const struct report_column columns[] = {
		{"offset", "at byte", true}, {"type", "type", true},  {"name", "entry", false},
		{"size", "bytes", true},     {"text", "what", false},
	};

	report_open(i->r, "others", "other entries");
	report_table_open(i->r, "entries", columns, 5);
	for (uint32_t type = 0; type < 256; type++)
		if (type != CW_CSF_SECTION && type != CW_CSF_CONFIG && type != CW_CSF_TRACE)
			each(i, h, type, other_row);
	report_table_close(i->r);
	report_close(i->r);
}

static void remark_row(struct inspect *i, const struct cw_csf_entry *e)
{
	struct cw_csf_section s;

	if (cw_csf_section(e, &s, NULL))
		return;
	if (s.flags & CW_CSF_PROTECTED)
		report_remark(
			i->r, "remarks",
			"section 0x%08x (%u bytes) must lie in protected memory, or the GPU "
			"faults when it enters protected mode; Linux's Panthor passes over it",
			s.va_start, s.va_end - s.va_start);
	if ((s.flags & (CW_CSF_WRITE | CW_CSF_EXECUTE)) == (CW_CSF_WRITE | CW_CSF_EXECUTE))
		report_remark(i->r, "remarks",
			      "section 0x%08x is writable and executable: a bug in the firmware "
			      "can change its code",
			      s.va_start);
}

static const struct list lists[] = {
	{"memory", "memory sections (addresses of the GPU's microcontroller)", "sections",
	 COLUMNS(section_columns), CW_CSF_SECTION, section_row},
	{"configuration", "configuration", "options", COLUMNS(config_columns), CW_CSF_CONFIG,
	 config_row},
	{"trace", "trace buffers", "buffers", COLUMNS(trace_columns), CW_CSF_TRACE, trace_row},
};

void inspect_csffw(struct inspect *i)
{
	struct cw_csf_header h;
	struct cw_refusal r;

	if (cw_csf_header(i->file, &h, &r)) {
		inspect_mark(i, &r);
		return;
	}
	show_header(i, &h);
	for (size_t n = 0; n < sizeof(lists) / sizeof(lists[0]); n++)
		show_list(i, &h, &lists[n]);
	show_others(i, &h);
	if (cw_csf_check(i->file, &r))
		inspect_mark(i, &r);
	report_open(i->r, "weaknesses", "what protects it");
	report_remark(i->r, "remarks",
		      "nothing in it is signed: who can change the file changes the firmware");
	each(i, &h, CW_CSF_SECTION, remark_row);
	report_close(i->r);
}
