// SPDX-License-Identifier: BSD-2-Clause
/* cli/inspect_elf.c - an ELF file: header, segments, sections, resource table */
#include "cli/inspect.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "image/elf32.h"

/* An ELF whose class and byte order are ours; the rest may be wrong. */
struct elf {
	struct cw_span bytes;
	uint64_t base;
	const char *name;
	char prefix[32]; /* of names: "image 0, ", of several */
	struct cw_elf32_ehdr h;
};

static const char *type_name(uint16_t type)
{
	static const char *const names[] = {"none", "relocatable", "executable", "shared", "core"};

	return type < 5 ? names[type] : "unknown";
}

static const char *machine_name(uint16_t machine)
{
	switch (machine) {
	case 3:
		return "x86";
	case CW_EM_ARM:
		return "ARM";
	case 62:
		return "x86-64";
	case 183:
		return "AArch64";
	case 243:
		return "RISC-V";
	}
	return "unknown";
}

/* The header's fields as they stand, without judging them. */
static void read_header(struct elf *e)
{
	const uint8_t *p = e->bytes.ptr;

	e->h = (struct cw_elf32_ehdr){
		.type = cw_get_le16(p + 16),
		.machine = cw_get_le16(p + 18),
		.entry = cw_get_le32(p + 24),
		.phoff = cw_get_le32(p + 28),
		.shoff = cw_get_le32(p + 32),
		.flags = cw_get_le32(p + 36),
		.phnum = cw_get_le16(p + 44),
		.shnum = cw_get_le16(p + 48),
		.shstrndx = cw_get_le16(p + 50),
	};
}

static void show_header(struct inspect *i, const struct elf *e)
{
	report_num(i->r, "type", "type", e->h.type, "%u (%s)", e->h.type, type_name(e->h.type));
	report_num(i->r, "machine", "machine", e->h.machine, "%u (%s)", e->h.machine,
		   machine_name(e->h.machine));
	report_num(i->r, "entry", "entry", e->h.entry, "0x%08x", e->h.entry);
	report_num(i->r, "flags", "flags", e->h.flags, "0x%08x", e->h.flags);
	report_num(i->r, "phoff", "program headers", e->h.phoff, "%u at 0x%x", e->h.phnum,
		   e->h.phoff);
	report_num(i->r, "phnum", NULL, e->h.phnum, NULL);
	report_num(i->r, "shoff", "section headers", e->h.shoff, "%u at 0x%x, names in %u",
		   e->h.shnum, e->h.shoff, e->h.shstrndx);
	report_num(i->r, "shnum", NULL, e->h.shnum, NULL);
}

/* ---- segments ---- */

static bool segment(const struct elf *e, unsigned n, struct cw_elf32_phdr *ret)
{
	struct cw_span one;

	if (!cw_span_cut(e->bytes, e->h.phoff + (uint64_t)n * CW_ELF32_PHDR_SIZE,
			 CW_ELF32_PHDR_SIZE, &one))
		return false;
	cw_elf32_phdr(one, 0, ret);
	return true;
}

static void show_segment(struct inspect *i, const struct elf *e, unsigned n,
			 const struct cw_elf32_phdr *p)
{
	bool inside = cw_range_inside(p->offset, p->filesz, e->bytes.len);

	report_cell_num(i->r, n, "%u", n);
	report_cell_text(i->r, "%s", cw_elf32_ptype_name(p->type));
	report_cell_num(i->r, p->type, "0x%x", p->type);
	report_cell_num(i->r, p->offset, "0x%x", p->offset);
	report_cell_num(i->r, p->vaddr, "0x%08x", p->vaddr);
	report_cell_num(i->r, p->paddr, "0x%08x", p->paddr);
	report_cell_num(i->r, p->filesz, "%u", p->filesz);
	report_cell_num(i->r, p->memsz, "%u", p->memsz);
	report_cell_text(i->r, "%s%s%s", p->flags & 4 ? "r" : "-", p->flags & 2 ? "w" : "-",
			 p->flags & 1 ? "x" : "-");
	report_cell_num(i->r, p->align, "%u", p->align);
	report_cell_text(i->r, "%s",
			 !inside		? "!! outside of the file"
			 : p->filesz > p->memsz ? "!! more bytes than memory"
						: "");
}

static void show_segments(struct inspect *i, const struct elf *e)
{
	static const struct report_column columns[] = {
		{"index", "#", true},	    {"type_name", "type", false}, {"type", NULL, false},
		{"offset", "offset", true}, {"vaddr", "vaddr", false},	  {"paddr", "paddr", false},
		{"filesz", "bytes", true},  {"memsz", "memory", true},	  {"flags", "flags", false},
		{"align", "align", true},   {"problem", "", false},
	};
	struct cw_elf32_phdr p;
	struct cw_span data;

	report_open(i->r, "program_headers", "segments");
	report_table_open(i->r, "table", columns, 11);
	for (unsigned n = 0; n < e->h.phnum && segment(e, n, &p); n++) {
		show_segment(i, e, n, &p);
		if (p.type == CW_PT_LOAD)
			inspect_place_segment(i,
					      &(struct inspect_place){.at = p.paddr,
								      .size = p.memsz,
								      .access = p.flags & 7},
					      p.filesz, e->prefix, n);
		if (p.filesz && cw_span_cut(e->bytes, p.offset, p.filesz, &data))
			inspect_part(i, data, e->base + p.offset, "%ssegment 0x%08x", e->prefix,
				     p.paddr);
	}
	report_table_close(i->r);
	report_close(i->r);
}

/* ---- sections ---- */

static bool section(const struct elf *e, unsigned n, struct cw_elf32_shdr *ret)
{
	struct cw_span one;

	if (!cw_span_cut(e->bytes, e->h.shoff + (uint64_t)n * CW_ELF32_SHDR_SIZE,
			 CW_ELF32_SHDR_SIZE, &one))
		return false;
	cw_elf32_shdr(one, 0, ret);
	return true;
}

/* The name at @at in the names' section; empty when it cannot be found. */
static struct cw_span section_name(const struct elf *e, uint32_t at)
{
	struct cw_elf32_shdr names;
	struct cw_span text = {0};

	if (e->h.shstrndx >= e->h.shnum || !section(e, e->h.shstrndx, &names) ||
	    !cw_span_cut(e->bytes, names.offset, names.size, &text) || at >= text.len)
		return cw_span(NULL, 0);
	return cw_span(text.ptr + at, strnlen((const char *)text.ptr + at, text.len - at));
}

static bool is_table(struct cw_span name)
{
	static const char want[] = ".resource_table";

	return name.len == sizeof(want) - 1 && !memcmp(name.ptr, want, name.len);
}

static const char *section_type(uint32_t type)
{
	static const char *const names[] = {"NULL", "PROGBITS", "SYMTAB", "STRTAB", "RELA",
					    "HASH", "DYNAMIC",	"NOTE",	  "NOBITS", "REL"};

	if (type < sizeof(names) / sizeof(names[0]))
		return names[type];
	return type == 14 ? "INIT_ARRAY" : type == 15 ? "FINI_ARRAY" : "other";
}

static void show_sections(struct inspect *i, const struct elf *e)
{
	static const struct report_column columns[] = {
		{"index", "#", true},	 {"name", "name", false},    {"type_name", "type", false},
		{"type", NULL, false},	 {"addr", "address", false}, {"offset", "offset", true},
		{"size", "bytes", true},
	};
	struct cw_elf32_shdr s;
	char name[80];

	report_open(i->r, "section_headers", "sections (not signed)");
	report_table_open(i->r, "table", columns, 7);
	for (unsigned n = 0; n < e->h.shnum && section(e, n, &s); n++) {
		report_cell_num(i->r, n, "%u", n);
		report_cell_text(i->r, "%s",
				 cli_printable(section_name(e, s.name), name, sizeof(name)));
		report_cell_text(i->r, "%s", section_type(s.type));
		report_cell_num(i->r, s.type, "%u", s.type);
		report_cell_num(i->r, s.addr, "0x%08x", s.addr);
		report_cell_num(i->r, s.offset, "0x%x", s.offset);
		report_cell_num(i->r, s.size, "%u", s.size);
	}
	report_table_close(i->r);
	report_close(i->r);
}

static void show_table(struct inspect *i, const struct elf *e)
{
	struct cw_elf32_shdr s;
	struct cw_span table;
	struct cw_refusal r;
	unsigned found = 0;
	bool empty = false;

	for (unsigned n = 0; n < e->h.shnum && section(e, n, &s); n++) {
		if (!is_table(section_name(e, s.name)))
			continue;
		if (!s.size) {
			empty = true; /* as if it were not there, to loaders too */
		} else if (found++) {
			cw_refuse(&r, CW_CODE_RSC_TABLE, e->base + s.offset,
				  "%s: section %u is a second resource table", e->name, n);
			inspect_mark(i, &r);
		} else if (i->sealed) {
			report_line(i->r, false, "resource table: %u bytes, encrypted", s.size);
		} else if (cw_span_cut(e->bytes, s.offset, s.size, &table)) {
			inspect_table(i, table, e->base + s.offset);
			inspect_place(i,
				      &(struct inspect_place){.kind = INSPECT_TABLE,
							      .at = s.addr,
							      .size = s.size},
				      "resource table");
		} else {
			cw_refuse(&r, CW_CODE_RSC_TABLE,
				  e->base + e->h.shoff + (uint64_t)n * CW_ELF32_SHDR_SIZE,
				  "%s: the resource table (%u bytes at 0x%x) runs past its end",
				  e->name, s.size, s.offset);
			inspect_mark(i, &r);
		}
	}
	if (!found)
		report_line(i->r, false, "no resource table%s", empty ? " (the section is empty)" : "");
}

/* ---- remarks ---- */

static void remark_vectors(struct inspect *i, const struct elf *e, const struct cw_elf32_phdr *p)
{
	struct cw_span data;

	if (i->sealed || p->paddr || !cw_span_cut(e->bytes, p->offset, p->filesz, &data) || data.len < 8)
		return;
	report_remark(
		i->r, "remarks",
		"the vector table (stack 0x%08x, reset 0x%08x) is loaded at address 0: on a part "
		"whose firewall leaves that memory open, as stock STM32MP15 does, whoever writes "
		"there takes the core over after the verification",
		cw_get_le32(data.ptr), cw_get_le32(data.ptr + 4));
}

static void show_remarks(struct inspect *i, const struct elf *e)
{
	struct cw_elf32_phdr p;

	for (unsigned n = 0; n < e->h.phnum && segment(e, n, &p); n++) {
		if (p.type != CW_PT_LOAD)
			continue;
		remark_vectors(i, e, &p);
		if ((p.flags & 3) == 3)
			report_remark(
				i->r, "remarks",
				"segment %u is writable and executable: a bug in the firmware "
				"can change its code",
				n);
		if (p.vaddr != p.paddr)
			report_remark(
				i->r, "remarks",
				"segment %u is linked for 0x%08x and loaded at 0x%08x: it has to "
				"be moved by the firmware itself",
				n, p.vaddr, p.paddr);
	}
}

void inspect_elf(struct inspect *i, struct cw_span bytes, uint64_t base, const char *name)
{
	struct elf e = {.bytes = bytes, .base = base, .name = name};
	struct cw_elf32_ehdr judged;
	struct cw_refusal r;

	if (strncmp(name, "the ", 4))
		snprintf(e.prefix, sizeof(e.prefix), "%s, ", name);
	report_num(i->r, "offset", "at byte", base, NULL);
	report_num(i->r, "size", "bytes", bytes.len, NULL);
	if (cw_elf32_header(bytes, bytes.len, name, base, &judged, &r))
		inspect_mark(i, &r);
	if (bytes.len < CW_ELF32_EHDR_SIZE || memcmp(bytes.ptr, "\177ELF\1\1", 6))
		return;
	read_header(&e);
	show_header(i, &e);
	show_segments(i, &e);
	show_sections(i, &e);
	show_table(i, &e);
	show_remarks(i, &e);
}
