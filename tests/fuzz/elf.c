// SPDX-License-Identifier: BSD-2-Clause
/* fuzz/elf.c - the reader of ELF headers */
#include "fuzz.h"

#include "image/elf32.h"

static void walk(const uint8_t *data, size_t size, const struct cw_elf32_ehdr *h)
{
	struct cw_span file = cw_span(data, size), table;
	struct cw_elf32_phdr ph;
	struct cw_elf32_shdr sh;

	fuzz_check(h->phnum >= 1);
	fuzz_check(cw_span_cut(file, h->phoff, h->phnum * 32ull, &table));
	for (unsigned i = 0; i < h->phnum; i++) {
		cw_elf32_phdr(table, i, &ph);
		fuzz_check(cw_elf32_ptype_name(ph.type) != NULL);
	}
	if (!h->shnum)
		return;
	fuzz_check(cw_span_cut(file, h->shoff, h->shnum * 40ull, &table));
	for (unsigned i = 0; i < h->shnum; i++)
		cw_elf32_shdr(table, i, &sh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = size < CW_ELF32_EHDR_SIZE ? size : CW_ELF32_EHDR_SIZE;
	uint8_t *head = fuzz_copy(data, n);
	struct cw_elf32_ehdr h, was;
	struct cw_refusal why = {0};
	int rc;

	memset(&h, 0x77, sizeof(h));
	was = h;
	rc = cw_elf32_header(cw_span(head, n), size, "the image", 0, &h, &why);
	fuzz_refusal(rc, &why, size);
	if (rc == 0)
		walk(data, size, &h);
	else
		fuzz_check(memcmp(&h, &was, sizeof(h)) == 0);
	free(head);
	return 0;
}
