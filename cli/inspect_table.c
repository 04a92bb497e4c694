// SPDX-License-Identifier: BSD-2-Clause
/* cli/inspect_table.c - resource tables: every entry in words */
#include "cli/inspect.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "image/rsc_table.h"

bool inspect_is_table(struct cw_span b)
{
	uint32_t num;

	return cw_span_u32(b, 4, &num) && b.len >= 16 && cw_get_le32(b.ptr) == 1 && num &&
	       num <= CW_RSC_ENTRIES_MAX && !cw_get_le32(b.ptr + 8) && !cw_get_le32(b.ptr + 12) &&
	       16 + 4 * (uint64_t)num <= b.len;
}

static const char *address(uint32_t v, char buf[16])
{
	if (v == CW_RSC_ADDR_ANY)
		return "any";
	snprintf(buf, 16, "0x%08x", v);
	return buf;
}

static const char *vdev_name(uint32_t id)
{
	switch (id) {
	case 3:
		return "console";
	case 7:
		return "rpmsg";
	case 11:
		return "rproc-serial";
	}
	return "virtio";
}

/* What an entry says, in one line. */
static void describe(const struct cw_rsc_entry *e, char *buf, size_t size)
{
	char name[140], a[16], b[16];

	switch (e->type) {
	case CW_RSC_CARVEOUT:
	case CW_RSC_DEVMEM:
		cli_printable(cw_span(e->carveout.name, strnlen(e->carveout.name, 32)), name,
			      sizeof(name));
		snprintf(buf, size, "\"%s\" da %s, pa %s, 0x%x bytes, flags 0x%x", name,
			 address(e->carveout.da, a), address(e->carveout.pa, b), e->carveout.len,
			 e->carveout.flags);
		break;
	case CW_RSC_TRACE:
		cli_printable(cw_span(e->trace.name, strnlen(e->trace.name, 32)), name,
			      sizeof(name));
		snprintf(buf, size, "\"%s\" da %s, 0x%x bytes", name, address(e->trace.da, a),
			 e->trace.len);
		break;
	case CW_RSC_VDEV:
		snprintf(buf, size,
			 "%s (id %u), notifyid %d, features 0x%x, %u vrings, %u bytes of "
			 "configuration",
			 vdev_name(e->vdev.id), e->vdev.id, (int)e->vdev.notifyid,
			 e->vdev.dfeatures, e->vdev.num_of_vrings, e->vdev.config_len);
		break;
	default:
		snprintf(buf, size, "not decoded");
	}
}

static void show_entries(struct inspect *i, struct cw_span table)
{
	static const struct report_column columns[] = {
		{"index", "#", true},	 {"offset", "offset", true}, {"type", "type", true},
		{"name", "kind", false}, {"text", "what", false},
	};
	struct cw_rsc_entry e;
	char text[320];

	report_table_open(i->r, "entries", columns, 5);
	for (unsigned n = 0; n < cw_rsc_count(table); n++) {
		cw_rsc_entry(table, n, &e);
		describe(&e, text, sizeof(text));
		report_cell_num(i->r, n, "%u", n);
		report_cell_num(i->r, e.offset, "%u", e.offset);
		report_cell_num(i->r, e.type, "%u", e.type);
		report_cell_text(i->r, "%s", cw_rsc_type_name(e.type));
		report_cell_text(i->r, "%s", text);
	}
	report_table_close(i->r);
}

static void show_vring(struct inspect *i, unsigned entry, unsigned n, const struct cw_rsc_vring *v)
{
	char a[16], b[16];

	report_cell_num(i->r, entry, "%u", entry);
	report_cell_num(i->r, n, "%u", n);
	report_cell_text(i->r, "%s", address(v->da, a));
	report_cell_text(i->r, "%s", address(v->pa, b));
	report_cell_num(i->r, v->num, "%u", v->num);
	report_cell_num(i->r, v->align, "%u", v->align);
	report_cell_num(i->r, v->notifyid, "%d", (int)v->notifyid);
}

/* Bytes of a vring as Linux lays it out: descriptors, available ring, and used ring on a boundary. */
static uint64_t vring_size(const struct cw_rsc_vring *v)
{
	uint64_t first = 16ull * v->num + 2 * (3 + (uint64_t)v->num), align = v->align ? v->align : 1;

	return (first + align - 1) / align * align + 6 + 8 * (uint64_t)v->num;
}

static void place_entry(struct inspect *i, const struct cw_rsc_entry *e, unsigned vdev)
{
	struct inspect_place at = {0};
	char name[40];

	if (e->type == CW_RSC_TRACE || e->type == CW_RSC_CARVEOUT || e->type == CW_RSC_DEVMEM) {
		bool trace = e->type == CW_RSC_TRACE;
		const char *n = trace ? e->trace.name : e->carveout.name;

		at.kind = trace			      ? INSPECT_TRACE
			  : e->type == CW_RSC_CARVEOUT ? INSPECT_CARVEOUT
						       : INSPECT_DEVICE;
		at.at = trace ? e->trace.da : e->carveout.da;
		at.size = trace ? e->trace.len : e->carveout.len;
		at.anywhere = at.at == CW_RSC_ADDR_ANY;
		cli_printable(cw_span(n, strnlen(n, 32)), name, sizeof(name));
		inspect_place(i, &at, "%s %s", cw_rsc_type_name(e->type), name);
	}
	for (unsigned k = 0; e->type == CW_RSC_VDEV && k < e->vdev.num_of_vrings; k++) {
		at.kind = INSPECT_VRING;
		at.at = e->vdev.vring[k].da;
		at.anywhere = at.at == CW_RSC_ADDR_ANY || !at.at;
		at.size = vring_size(&e->vdev.vring[k]);
		inspect_place(i, &at, "vdev%uvring%u", vdev, k);
	}
}

static void place_entries(struct inspect *i, struct cw_span table)
{
	struct cw_rsc_entry e;
	unsigned vdevs = 0;

	for (unsigned n = 0; n < cw_rsc_count(table); n++) {
		cw_rsc_entry(table, n, &e);
		place_entry(i, &e, vdevs);
		vdevs += e.type == CW_RSC_VDEV;
	}
}

static void show_vrings(struct inspect *i, struct cw_span table)
{
	static const struct report_column columns[] = {
		{"entry", "entry", true},
		{"vring", "vring", true},
		{"da", "da", false},
		{"pa", "pa", false},
		{"num", "buffers", true},
		{"align", "align", true},
		{"notifyid", "notifyid", true},
	};
	struct cw_rsc_entry e;

	report_table_open(i->r, "vrings", columns, 7);
	for (unsigned n = 0; n < cw_rsc_count(table); n++) {
		cw_rsc_entry(table, n, &e);
		for (unsigned k = 0; e.type == CW_RSC_VDEV && k < e.vdev.num_of_vrings; k++)
			show_vring(i, n, k, &e.vdev.vring[k]);
	}
	report_table_close(i->r);
}

/* A table that the judge refuses: where its entries would be, without believing them. */
static void show_raw_entries(struct inspect *i, struct cw_span table)
{
	static const struct report_column columns[] = {
		{"index", "#", true}, {"offset", "offset", true}, {"name", "kind", false}};
	uint32_t num = 0, limit, offset, type;

	cw_span_u32(table, 4, &num);
	limit = num < 4 * CW_RSC_ENTRIES_MAX ? num : 4 * CW_RSC_ENTRIES_MAX;
	report_table_open(i->r, "entries", columns, 3);
	for (unsigned n = 0; n < limit && cw_span_u32(table, 16 + 4 * n, &offset); n++) {
		report_cell_num(i->r, n, "%u", n);
		report_cell_num(i->r, offset, "%u", offset);
		if (cw_span_u32(table, offset, &type))
			report_cell_text(i->r, "%s (%u)", cw_rsc_type_name(type), type);
		else
			report_cell_text(i->r, "outside");
	}
	report_table_close(i->r);
}

void inspect_table(struct inspect *i, struct cw_span table, uint64_t base)
{
	struct cw_refusal r;
	uint32_t version = 0, num = 0;

	cw_span_u32(table, 0, &version);
	cw_span_u32(table, 4, &num);
	report_open(i->r, "resource_table", "resource table");
	report_num(i->r, "offset", "at byte", base, NULL);
	report_num(i->r, "size", "bytes", table.len, NULL);
	report_num(i->r, "version", "version", version, NULL);
	report_num(i->r, "num", "entries", num, NULL);
	if (cw_rsc_check(table, base, &r)) {
		inspect_mark(i, &r);
		show_raw_entries(i, table);
	} else {
		show_entries(i, table);
		show_vrings(i, table);
		place_entries(i, table);
	}
	report_close(i->r);
}
