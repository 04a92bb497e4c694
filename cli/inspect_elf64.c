// SPDX-License-Identifier: BSD-2-Clause
/* cli/inspect_elf64.c - a 64-bit ELF file that is no Qualcomm image: a trusted application, firmware of larger cores */
#include "cli/inspect.h"

#include <string.h>

#include "cli/mbn.h"
#include "image/elf32.h"

static const char *machine_name(uint16_t machine)
{
	return machine == 183 ? "AArch64" : machine == 62 ? "x86-64" : cw_mbn_machine_name(machine);
}

static void segment_row(struct inspect *i, struct cw_span elf, uint64_t base, unsigned n,
			const struct cw_mbn_phdr *p)
{
	const char *type = cw_elf32_ptype_name(p->type);
	struct cw_span data;
	bool inside = cw_span_cut(elf, p->offset, p->filesz, &data);

	report_cell_num(i->r, n, "%u", n);
	if (strcmp(type, "PT_?"))
		report_cell_text(i->r, "%s", type);
	else
		report_cell_text(i->r, "0x%x", p->type);
	report_cell_num(i->r, p->type, "0x%x", p->type);
	report_cell_num(i->r, p->offset, "0x%llx", (unsigned long long)p->offset);
	report_cell_num(i->r, p->vaddr, "0x%llx", (unsigned long long)p->vaddr);
	report_cell_num(i->r, p->paddr, "0x%llx", (unsigned long long)p->paddr);
	report_cell_num(i->r, p->filesz, "%llu", (unsigned long long)p->filesz);
	report_cell_num(i->r, p->memsz, "%llu", (unsigned long long)p->memsz);
	report_cell_text(i->r, "%s%s%s", p->flags & 4 ? "r" : "-", p->flags & 2 ? "w" : "-",
			 p->flags & 1 ? "x" : "-");
	report_cell_text(i->r, "%s", inside ? "" : "!! outside of the file");
	if (p->type == CW_PT_LOAD)
		inspect_place_segment(i,
				      &(struct inspect_place){.at = p->paddr,
							      .size = p->memsz,
							      .access = p->flags & 7},
				      p->filesz, "", n);
	if (inside && data.len)
		inspect_part(i, data, base + p->offset, "segment 0x%08llx",
			     (unsigned long long)p->vaddr);
}

static void mark_outside(struct inspect *i, struct cw_span elf, uint64_t base,
			 const struct cw_mbn_elf *e)
{
	uint64_t sections = 64 * (uint64_t)e->shnum;
	struct cw_mbn_phdr p;
	struct cw_refusal r;

	for (unsigned n = 0; n < e->phnum; n++) {
		cw_mbn_phdr(elf, e, n, &p);
		if (cw_range_inside(p.offset, p.filesz, elf.len))
			continue;
		cw_refuse(&r, CW_CODE_TRUNCATED, base + elf.len,
			  "segment %u (%llu bytes at 0x%llx) runs past the end of the ELF file", n,
			  (unsigned long long)p.filesz, (unsigned long long)p.offset);
		return inspect_mark(i, &r);
	}
	if (sections && !cw_range_inside(e->shoff, sections, elf.len)) {
		cw_refuse(&r, CW_CODE_TRUNCATED, base + elf.len,
			  "the %u section headers at 0x%llx run past the end of the ELF file",
			  e->shnum, (unsigned long long)e->shoff);
		inspect_mark(i, &r);
	}
}

void inspect_elf64(struct inspect *i, struct cw_span elf, uint64_t base)
{
	static const struct report_column columns[] = {
		{"index", "#", true},	    {"type_name", "type", false}, {"type", NULL, false},
		{"offset", "offset", true}, {"vaddr", "vaddr", false},	  {"paddr", "paddr", false},
		{"filesz", "bytes", true},  {"memsz", "memory", true},	  {"flags", "flags", false},
		{"problem", "", false},
	};
	struct cw_mbn_elf e;
	struct cw_mbn_phdr p;
	struct cw_refusal r;

	report_num(i->r, "offset", "at byte", base, NULL);
	report_num(i->r, "size", "bytes", elf.len, NULL);
	if (cw_mbn_elf(elf, base, &e, &r))
		return inspect_mark(i, &r);
	report_num(i->r, "type", "type", e.type, NULL);
	report_num(i->r, "machine", "machine", e.machine, "%u (%s)", e.machine,
		   machine_name(e.machine));
	report_num(i->r, "entry", "entry", e.entry, "0x%llx", (unsigned long long)e.entry);
	report_num(i->r, "shnum", "section headers", e.shnum, "%u at 0x%llx", e.shnum,
		   (unsigned long long)e.shoff);
	report_open(i->r, "program_headers", "segments");
	report_table_open(i->r, "table", columns, 10);
	for (unsigned n = 0; n < e.phnum; n++) {
		cw_mbn_phdr(elf, &e, n, &p);
		segment_row(i, elf, base, n, &p);
	}
	report_table_close(i->r);
	report_close(i->r);
	mark_outside(i, elf, base, &e);
}
