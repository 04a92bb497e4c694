// SPDX-License-Identifier: BSD-2-Clause
/* sign/rsc_record.c - record 0x1C006: where the resource table is, said by who signs */
#include "sign/rsc_record.h"

#include <string.h>

static const char name[] = ".resource_table";

/* The section's header; false without one. What cannot be read is refused by the judge, who looks at all of it. */
static bool find(struct cw_span elf, const struct cw_elf32_ehdr *h, struct cw_elf32_shdr *ret)
{
	struct cw_span table, names, word;

	if (!h->shnum || h->shstrndx >= h->shnum ||
	    !cw_span_cut(elf, h->shoff, (uint64_t)h->shnum * CW_ELF32_SHDR_SIZE, &table))
		return false;
	cw_elf32_shdr(table, h->shstrndx, ret);
	if (!cw_span_cut(elf, ret->offset, ret->size, &names))
		return false;
	for (unsigned i = 0; i < h->shnum; i++) {
		cw_elf32_shdr(table, i, ret);
		if (i != h->shstrndx && ret->size &&
		    cw_span_cut(names, ret->name, sizeof(name), &word) &&
		    !memcmp(word.ptr, name, sizeof(name)))
			return true;
	}
	return false;
}

bool cw_sign_rsc_record(struct cw_span elf, const struct cw_elf32_ehdr *header, unsigned image,
			uint8_t ret[CW_RPROC_TABLE_RECORD_SIZE])
{
	struct cw_elf32_shdr s;

	memset(ret, 0, CW_RPROC_TABLE_RECORD_SIZE);
	if (!find(elf, header, &s))
		return false;
	cw_put_le32(ret, image);
	cw_put_le32(ret + 4, s.addr);
	cw_put_le32(ret + 8, s.size);
	return true;
}
