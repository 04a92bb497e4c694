// SPDX-License-Identifier: BSD-2-Clause
/* sign/image_judges.c - one judge for each format of corewarden/image.h */
#include "sign/image.h"

#include <stdlib.h>
#include <string.h>

#include "image/elf32.h"
#include "image/rsc_table.h"
#include "image/ta_header.h"

#define SECTION ".resource_table"

static int no_memory(struct cw_refusal *r)
{
	return cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET, "no memory for the image");
}

/* ---- signed container ---- */

static int check_range(void *ctx, uint32_t da, uint32_t size, const char *what, struct cw_refusal *r)
{
	return cw_image_in_region(ctx, da, size, what, r);
}

static uint64_t canonical(void *ctx, uint32_t da)
{
	const struct cw_image_check *check = ctx;

	for (unsigned i = 0; i < check->n_regions; i++) {
		const struct cw_image_region *g = &check->regions[i];

		if (da >= g->da && da - g->da < g->size)
			return g->pa + (da - g->da);
	}
	return da;
}

static int take_container(struct cw_image *image, struct cw_refusal *r)
{
	const struct cw_rproc_container *c = &image->judged.image;

	memcpy(image->digest, c->digest, sizeof(image->digest));
	image->has_digest = true;
	image->has_version = c->has_version;
	image->version = c->version;
	image->n_elfs = c->n_images;
	for (unsigned i = 0; i < c->n_images; i++)
		image->entries[i] = c->images[i].entry;
	image->table = c->rsc_size ? c->rsc_table : cw_span(NULL, 0);
	image->table_da = c->rsc_addr;
	if (c->target.len) {
		image->target = strndup((const char *)c->target.ptr, c->target.len);
		if (!image->target)
			return no_memory(r);
	}
	image->segments = calloc(c->n_segments ? c->n_segments : 1, sizeof(*image->segments));
	if (!image->segments)
		return no_memory(r);
	for (unsigned i = 0; i < c->n_segments; i++) {
		const struct cw_rproc_segment *s = &c->segments[i];

		image->segments[image->n_segments++] = (struct cw_image_segment){
			.elf = s->image, .index = s->index, .da = s->paddr, .va = s->vaddr,
			.file_offset = s->file_offset, .filesz = s->filesz, .memsz = s->memsz,
			.flags = s->flags & 7, .sha256 = s->hash, .digest = s->hash,
			.digest_size = CW_SHA256_SIZE};
	}
	return 0;
}

int cw_image_judge_rproc(struct cw_image *image, const struct cw_image_check *check, struct cw_refusal *r)
{
	struct cw_offline o = {
		.file = image->file,
		.key = check->key,
		.policy = {.require = check->require, .minimum_version = check->minimum_version,
			   .compatible = check->compatible},
	};
	int code;

	if (check->regions) {
		o.map = (void *)check;
		o.check_range = check_range;
		o.canonical = canonical;
	}
	code = cw_offline_judge(&o, &image->judged, r);
	image->authentic = !code && check->key;
	return code ? code : take_container(image, r);
}

/* ---- ELF ---- */

static int take_segments(struct cw_image *image, const struct cw_elf32_ehdr *h,
			 const struct cw_image_check *check, struct cw_refusal *r)
{
	struct cw_span table;

	if (!cw_span_cut(image->file, h->phoff, (uint64_t)h->phnum * CW_ELF32_PHDR_SIZE, &table))
		return cw_refuse(r, CW_CODE_TRUNCATED, h->phoff, "the program headers run past the end");
	image->segments = calloc(h->phnum ? h->phnum : 1, sizeof(*image->segments));
	if (!image->segments)
		return no_memory(r);
	for (unsigned i = 0; i < h->phnum; i++) {
		struct cw_elf32_phdr p;
		char what[32];
		int code;

		cw_elf32_phdr(table, i, &p);
		if (p.type != CW_PT_LOAD || !p.memsz)
			continue;
		if (p.filesz > p.memsz || !cw_range_inside(p.offset, p.filesz, image->file.len) ||
		    !cw_range_inside(p.paddr, p.memsz, 1ull << 32))
			return cw_refuse(r, CW_CODE_SEGMENT, h->phoff + (uint64_t)i * CW_ELF32_PHDR_SIZE,
					 "segment %u has more bytes than memory, or runs past the end of the "
					 "file or of the address space",
					 i);
		cw_format(what, sizeof(what), "segment %u", i);
		code = check->regions ? cw_image_in_region(check, p.paddr, p.memsz, what, r) : 0;
		if (code)
			return code;
		image->segments[image->n_segments++] = (struct cw_image_segment){
			.index = i, .da = p.paddr, .va = p.vaddr, .file_offset = p.offset,
			.filesz = p.filesz, .memsz = p.memsz, .flags = p.flags & 7};
	}
	return 0;
}

static bool named(const struct cw_image *image, const struct cw_elf32_shdr *names,
		  const struct cw_elf32_shdr *s)
{
	struct cw_span text, name;

	return cw_span_cut(image->file, names->offset, names->size, &text) &&
	       cw_span_cut(text, s->name, sizeof(SECTION), &name) &&
	       !memcmp(name.ptr, SECTION, sizeof(SECTION));
}

static int take_table(struct cw_image *image, const struct cw_elf32_ehdr *h, struct cw_refusal *r)
{
	struct cw_elf32_shdr names, s;
	struct cw_span table;

	if (!h->shnum || h->shstrndx >= h->shnum)
		return 0;
	if (!cw_span_cut(image->file, h->shoff, (uint64_t)h->shnum * CW_ELF32_SHDR_SIZE, &table))
		return cw_refuse(r, CW_CODE_TRUNCATED, h->shoff, "the section headers run past the end");
	cw_elf32_shdr(table, h->shstrndx, &names);
	for (unsigned i = 0; i < h->shnum; i++) {
		cw_elf32_shdr(table, i, &s);
		if (!named(image, &names, &s) || !s.size)
			continue;
		if (image->table.len)
			return cw_refuse(r, CW_CODE_RSC_TABLE, s.offset, "section %u is a second resource table",
					 i);
		if (s.type == CW_SHT_NOBITS ||
		    !cw_span_cut(image->file, s.offset, s.size, &image->table))
			return cw_refuse(r, CW_CODE_RSC_TABLE, s.offset,
					 "the resource table (section %u) is not in the file", i);
		image->table_da = s.addr;
	}
	return image->table.len ? cw_rsc_check(image->table, (uint64_t)(image->table.ptr - image->file.ptr), r)
				: 0;
}

int cw_image_judge_elf(struct cw_image *image, const struct cw_image_check *check, struct cw_refusal *r)
{
	struct cw_elf32_ehdr h;
	int code;

	if (check->key || check->require || check->minimum_version)
		return cw_refuse(r, CW_CODE_PLAIN_ELF, 0,
				 "this is an unsigned ELF: no key made it, and it carries no records");
	code = cw_elf32_header(image->file, image->file.len, "the file", 0, &h, r);
	if (!code)
		code = take_segments(image, &h, check, r);
	if (!code)
		code = take_table(image, &h, r);
	image->n_elfs = 1;
	image->entries[0] = code ? 0 : h.entry;
	return code;
}

/* ---- trusted application ---- */

int cw_image_judge_ta(struct cw_image *image, const struct cw_image_check *check, struct cw_refusal *r)
{
	struct cw_ta_file ta;
	int code;

	if (check->key)
		return cw_refuse(r, CW_CODE_UNSUPPORTED, CW_NO_OFFSET,
				 "the signature of a trusted application is judged by the TEE, with its own key");
	code = cw_ta_file_parse(image->file, &ta, r);
	if (code)
		return code;
	code = cw_crypto_sha256_parts((const struct cw_span[]){ta.header, ta.bootstrap, ta.image}, 3,
				      image->digest);
	if (code)
		return no_memory(r);
	if (ta.hash.len != sizeof(image->digest) || memcmp(ta.hash.ptr, image->digest, ta.hash.len))
		return cw_refuse(r, CW_CODE_HASH, CW_TA_HEADER_SIZE,
				 "the file does not have the digest that its header says");
	image->has_digest = true;
	image->has_version = true;
	image->version = ta.version;
	cw_ta_uuid_text(ta.uuid, image->uuid);
	return 0;
}
