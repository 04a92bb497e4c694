// SPDX-License-Identifier: BSD-2-Clause
/* fuzz/device_tree.c - a flattened device tree becomes a board, and addresses are translated on it */
#include "fuzz.h"

#include <errno.h>
#include <stdbool.h>

#include <corewarden/board.h>

#define FDT_MAGIC      0xD00DFEEDu
#define FDT_BEGIN_NODE 1u
#define FDT_PROP       3u
#define FDT_NOP	       4u
#define FDT_END	       9u

static void printable(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	fuzz_check(len < size);
	for (size_t i = 0; i < len; i++)
		fuzz_check((uint8_t)text[i] >= ' ' && (uint8_t)text[i] <= '~');
}

static void check_rproc(const struct cw_board_rproc *p)
{
	uint64_t pa;

	printable(p->name, sizeof(p->name));
	printable(p->compatible, sizeof(p->compatible));
	printable(p->firmware_name, sizeof(p->firmware_name));
	fuzz_check(p->n_regions >= 1 && p->n_regions <= CW_BOARD_REGIONS_MAX && p->n_ranges <= 4);
	for (unsigned i = 0; i < p->n_regions; i++) {
		const struct cw_board_region *r = &p->regions[i];

		printable(r->name, sizeof(r->name));
		fuzz_check(r->size && r->pa + (r->size - 1) >= r->pa && r->da + (r->size - 1) >= r->da);
		fuzz_check(cw_board_da_to_pa(p, r->da, r->size, &pa) >= 0);
		fuzz_check(cw_board_da_to_pa(p, r->da, r->size + 1, &pa) != (int)i);
	}
	cw_board_da_to_pa(p, UINT64_MAX, UINT64_MAX, &pa);
	cw_board_da_to_pa(p, 0, 0, &pa);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *dtb = fuzz_copy(data, size);
	struct cw_board *board = malloc(sizeof(*board));
	struct cw_error err = {0};
	int r;

	fuzz_check(board != NULL);
	memset(board, 0x77, sizeof(*board));
	r = cw_board_parse(dtb, size, board, &err);
	fuzz_check(r == 0 || r == -EBADMSG || r == -ENODEV || r == -EINVAL || r == -E2BIG);
	if (r == 0) {
		printable(board->model, sizeof(board->model));
		printable(board->compatible, sizeof(board->compatible));
		printable(board->soc, sizeof(board->soc));
		fuzz_check(board->n_rprocs >= 1 && board->n_rprocs <= CW_BOARD_RPROCS_MAX);
		for (unsigned i = 0; i < board->n_rprocs; i++)
			check_rproc(&board->rprocs[i]);
	} else {
		fuzz_check(err.code == r);
		printable(err.text, sizeof(err.text));
		for (size_t i = 0; i < sizeof(*board); i++)
			fuzz_check(((uint8_t *)board)[i] == 0x77);
	}
	free(board);
	free(dtb);
	return 0;
}

/* ---- mutations that leave the tree a tree ---- */

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Step over one tag at @at; 0 at the end, or when it is broken. */
static size_t next_tag(const uint8_t *t, size_t at, size_t end)
{
	uint64_t next = at + 4;

	if (at + 4 > end)
		return 0;
	switch (be32(t + at)) {
	case FDT_END:
		return 0;
	case FDT_BEGIN_NODE:
		next += strnlen((const char *)t + at + 4, end - at - 4) + 1;
		break;
	case FDT_PROP:
		if (at + 12 > end)
			return 0;
		next += 8ull + be32(t + at + 4);
		break;
	}
	next = (next + 3) & ~3ull;
	return next <= end ? (size_t)next : 0;
}

static void mutate_tag(uint8_t *t, size_t at, size_t end, unsigned seed)
{
	size_t len = end - at, head = be32(t + at) == FDT_PROP ? 12 : 4;
	uint8_t part[64];

	if (head == 12 && seed % 8 == 0) {
		/* The property is gone. */
		for (size_t i = at; i < end; i += 4)
			memcpy(t + i, (uint8_t[]){0, 0, 0, FDT_NOP}, 4);
		return;
	}
	len -= head;
	len = len < sizeof(part) ? len : sizeof(part);
	if (!len)
		return;
	memcpy(part, t + at + head, len);
	LLVMFuzzerMutate(part, len, len);
	memcpy(t + at + head, part, len);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size_t at, end, next, n = 0, pick;

	if (seed % 8 == 0 || size < 40 || be32(data) != FDT_MAGIC)
		return LLVMFuzzerMutate(data, size, max_size);
	at = be32(data + 8);
	end = be32(data + 36);
	if (at % 4 || !cw_range_inside(at, end, size))
		return LLVMFuzzerMutate(data, size, max_size);
	end += at;
	for (size_t k = at; (k = next_tag(data, k, end)); n++)
		;
	pick = n ? seed / 64 % n : 0;
	for (; pick && (next = next_tag(data, at, end)); pick--)
		at = next;
	next = next_tag(data, at, end);
	if (next)
		mutate_tag(data, at, next, seed / 8);
	return size;
}
