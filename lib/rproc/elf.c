/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rproc/elf.c - back end: a plain ELF, loaded from the normal world without any authentication
 *
 * For boards whose fuses are blank and whose TEE leaves the core's memory and reset lines to the normal world. Rules
 * are those of Linux's ELF loader: PT_LOAD with memsz != 0, p_paddr is the device address, the whole range inside one
 * region, table at the section's sh_addr. What Linux does not check (end of the program headers, wraps) is checked.
 */
#include "rproc/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "image/elf32.h"

#define SECTION ".resource_table"

static int elf_open(struct cw_rproc *rproc, struct cw_error *err)
{
	if (!rproc->board.holdboot.mask)
		return cw_error_set(err, -ENODEV,
				    "%s: the device tree describes no hold-boot register: only a TEE can "
				    "start this processor",
				    rproc->board.name);
	rproc->session_open = true;
	return 0;
}

static void elf_close(struct cw_rproc *rproc)
{
	rproc->session_open = false;
}

static int header(const struct cw_firmware *fw, struct cw_elf32_ehdr *ret, struct cw_error *err)
{
	size_t head = fw->size < CW_ELF32_EHDR_SIZE ? fw->size : CW_ELF32_EHDR_SIZE;
	struct cw_refusal why;

	if (cw_elf32_header(cw_span(fw->data, head), fw->size, "firmware", 0, ret, &why) < 0)
		return cw_error_set(err, -EINVAL, "%s", why.text);
	return 0;
}

static int elf_sanity_check(struct cw_rproc *rproc, const struct cw_firmware *fw,
			    struct cw_error *err)
{
	static const uint8_t magic[4] = {0x68, 0xa4, 0x43, 0x35};
	struct cw_elf32_ehdr eh;

	if (fw->size >= 4 && !memcmp(fw->data, magic, 4))
		return cw_error_set(err, -EINVAL,
				    "this is a signed remoteproc container, which needs the TEE: boot it "
				    "without unauthenticated loading");
	return header(fw, &eh, err);
}

/* The section's range in the file and its device address; size 0 without one. */
static int find_table(const struct cw_firmware *fw, const struct cw_elf32_ehdr *eh,
		      struct cw_elf32_shdr *ret, struct cw_error *err)
{
	struct cw_span file = cw_span(fw->data, fw->size), table, names, name;
	struct cw_elf32_shdr sh;

	*ret = (struct cw_elf32_shdr){0};
	if (!eh->shnum || eh->shstrndx >= eh->shnum)
		return 0;
	if (!cw_span_cut(file, eh->shoff, (uint64_t)eh->shnum * CW_ELF32_SHDR_SIZE, &table))
		return cw_error_set(err, -EINVAL, "the section headers run past the file");
	cw_elf32_shdr(table, eh->shstrndx, &sh);
	if (!cw_span_cut(file, sh.offset, sh.size, &names))
		return cw_error_set(err, -EINVAL, "the section names run past the file");
	for (unsigned i = 0; i < eh->shnum; i++) {
		cw_elf32_shdr(table, i, &sh);
		if (!cw_span_cut(names, sh.name, sizeof(SECTION), &name) ||
		    memcmp(name.ptr, SECTION, sizeof(SECTION)))
			continue;
		if (!cw_range_inside(sh.offset, sh.size, fw->size))
			return cw_error_set(err, -EINVAL, SECTION " runs past the file");
		*ret = sh;
		return 0;
	}
	return 0;
}

static int elf_parse_fw(struct cw_rproc *rproc, const struct cw_firmware *fw, struct cw_error *err)
{
	struct cw_rproc_step step = {.id = CW_STEP_RSC_TABLE};
	uint64_t since = cw_rproc_now();
	struct cw_elf32_ehdr eh;
	struct cw_elf32_shdr sh;
	int r = header(fw, &eh, err);

	if (!r)
		r = find_table(fw, &eh, &sh, err);
	if (!r && sh.size)
		r = cw_rproc_cache_table(rproc, fw->data + sh.offset, sh.size, err);
	if (r < 0)
		return r;
	step.bytes = sh.size;
	if (sh.size)
		step.count = cw_rsc_count(cw_span(rproc->table, rproc->table_size));
	else
		snprintf(step.text, sizeof(step.text), "the firmware has none");
	cw_rproc_report(rproc, &step, since);
	return 0;
}

static int write_zeros(struct cw_rproc *rproc, uint64_t pa, uint64_t len)
{
	static const uint8_t zeros[CW_BUS_DATA_MAX];
	int r = 0;

	for (uint64_t n; !r && len; pa += n, len -= n) {
		n = len < sizeof(zeros) ? len : sizeof(zeros);
		r = cw_bus_write(rproc->bus, CW_PA(pa), zeros, (size_t)n);
	}
	return r;
}

static int load_segment(struct cw_rproc *rproc, const struct cw_firmware *fw, unsigned i,
			const struct cw_elf32_phdr *ph, struct cw_error *err)
{
	uint64_t pa;
	int region, r;

	if (ph->filesz > ph->memsz)
		return cw_error_set(err, -EINVAL, "segment %u: filesz 0x%x is more than memsz 0x%x", i,
				    ph->filesz, ph->memsz);
	if (!cw_range_inside(ph->offset, ph->filesz, fw->size))
		return cw_error_set(err, -EINVAL, "segment %u: its data runs past the file", i);
	region = cw_board_da_to_pa(&rproc->board, ph->paddr, ph->memsz, &pa);
	if (region < 0 || rproc->board.regions[region].buffer)
		return cw_error_set(err, -EINVAL,
				    "segment %u: bad phdr da 0x%x mem 0x%x: not inside one region of the "
				    "processor",
				    i, ph->paddr, ph->memsz);
	r = cw_bus_write(rproc->bus, CW_PA(pa), fw->data + ph->offset, ph->filesz);
	if (!r)
		r = write_zeros(rproc, pa + ph->filesz, ph->memsz - ph->filesz);
	if (r < 0)
		return cw_error_set(err, r, "segment %u: memory at 0x%llx cannot be written%s", i,
				    (unsigned long long)pa,
				    r == -EACCES ? ": it is protected, this board wants signed firmware"
						 : "");
	return 0;
}

static int elf_load(struct cw_rproc *rproc, const struct cw_firmware *fw, struct cw_error *err)
{
	struct cw_rproc_step step = {.id = CW_STEP_LOAD, .bytes = fw->size};
	uint64_t since = cw_rproc_now();
	struct cw_elf32_phdr ph;
	struct cw_elf32_ehdr eh;
	struct cw_span table;
	int r = header(fw, &eh, err);

	if (r < 0)
		return r;
	if (!cw_span_cut(cw_span(fw->data, fw->size), eh.phoff,
			 (uint64_t)eh.phnum * CW_ELF32_PHDR_SIZE, &table))
		return cw_error_set(err, -EINVAL, "the program headers run past the file");
	for (unsigned i = 0; i < eh.phnum; i++) {
		cw_elf32_phdr(table, i, &ph);
		if (ph.type != CW_PT_LOAD || !ph.memsz)
			continue;
		r = load_segment(rproc, fw, i, &ph, err);
		if (r < 0)
			return r;
		step.count++;
	}
	snprintf(step.text, sizeof(step.text), "NOT authenticated");
	cw_rproc_report(rproc, &step, since);
	return 0;
}

static int elf_find_loaded(struct cw_rproc *rproc, const struct cw_firmware *fw, uint64_t *ret_pa,
			   uint64_t *ret_size, struct cw_error *err)
{
	struct cw_elf32_ehdr eh;
	struct cw_elf32_shdr sh;
	uint64_t pa = 0;
	int r = header(fw, &eh, err);

	if (!r)
		r = find_table(fw, &eh, &sh, err);
	if (r < 0)
		return r;
	if (sh.size && cw_board_da_to_pa(&rproc->board, sh.addr, sh.size, &pa) < 0)
		return cw_error_set(err, -EINVAL, SECTION " at 0x%x is in no region of the processor",
				    sh.addr);
	*ret_pa = pa;
	*ret_size = sh.size;
	rproc->table_pa = pa; /* for elf_write_rsc_table() */
	return 0;
}

static int elf_write_rsc_table(struct cw_rproc *rproc, struct cw_error *err)
{
	int r = cw_bus_write(rproc->bus, CW_PA(rproc->table_pa), rproc->table, rproc->table_size);

	if (r < 0)
		return cw_error_set(err, r, "the resource table at 0x%llx cannot be written",
				    (unsigned long long)rproc->table_pa);
	return 0;
}

/* Set or clear a described field; one that is not described is none of ours. */
static int set_field(struct cw_rproc *rproc, const struct cw_board_field *f, uint32_t bits)
{
	uint32_t v;
	int r;

	if (!f->mask)
		return 0;
	r = cw_bus_read32(rproc->bus, CW_PA(f->pa), &v);
	if (!r)
		r = cw_bus_write32(rproc->bus, CW_PA(f->pa), (v & ~f->mask) | (bits & f->mask));
	return r;
}

static int control_error(struct cw_error *err, int r, const char *what)
{
	if (r == -EACCES)
		return cw_error_set(err, r,
				    "the core cannot be %s: its control registers belong to the TEE, which "
				    "wants signed firmware (only a board with blank fuses leaves them to you)",
				    what);
	if (r < 0)
		return cw_error_set(err, r, "the core cannot be %s: %s", what, strerror(-r));
	return 0;
}

/* Deep sleep off; release once, then hold again, so that a core that resets itself stays held. */
static int elf_start(struct cw_rproc *rproc, struct cw_error *err)
{
	int r = set_field(rproc, &rproc->board.pdds, 0);

	if (!r)
		r = set_field(rproc, &rproc->board.holdboot, UINT32_MAX);
	if (!r)
		r = set_field(rproc, &rproc->board.holdboot, 0);
	return control_error(err, r, "started");
}

static int elf_stop(struct cw_rproc *rproc, struct cw_error *err)
{
	const struct cw_board_field *reset = &rproc->board.reset;
	int r = set_field(rproc, &rproc->board.holdboot, 0);

	if (!r && reset->mask)
		r = cw_bus_write32(rproc->bus, CW_PA(reset->pa), reset->mask);
	if (!r)
		r = set_field(rproc, &rproc->board.pdds, UINT32_MAX);
	if (!r)
		r = set_field(rproc, &rproc->board.m4_state, 0);
	return control_error(err, r, "stopped");
}

static int elf_release_fw(struct cw_rproc *rproc, struct cw_error *err)
{
	const struct cw_board_region *region;
	int r;

	for (unsigned i = 0; i < rproc->board.n_regions; i++) {
		region = &rproc->board.regions[i];
		r = write_zeros(rproc, region->pa, region->size);
		if (r < 0)
			return cw_error_set(err, r, "region %s cannot be scrubbed: %s", region->name,
					    strerror(-r));
	}
	return 0;
}

const struct cw_rproc_ops cw_rproc_elf_ops = {
	.format = "plain ELF (not authenticated)",
	.open = elf_open,
	.close = elf_close,
	.sanity_check = elf_sanity_check,
	.parse_fw = elf_parse_fw,
	.load = elf_load,
	.find_loaded_rsc_table = elf_find_loaded,
	.write_rsc_table = elf_write_rsc_table,
	.start = elf_start,
	.stop = elf_stop,
	.release_fw = elf_release_fw,
};
