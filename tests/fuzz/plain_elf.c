// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/plain_elf.c - the normal world's loader of plain ELFs, and what the resource table in it asks for
 *
 * The bus is played: writes are compared with the board's regions, maps hand out memory of the region's size.
 */
#include "fuzz.h"

#include <errno.h>
#include <unistd.h>

#include "host/memfd.h"
#include "rproc/internal.h"

static struct cw_platform platform;
static const struct cw_rproc *now; /* the processor of this input */

int __wrap_cw_bus_write(struct cw_bus *bus, cw_pa pa, const void *buf, size_t len);
int __wrap_cw_bus_map(struct cw_bus *bus, cw_pa pa, struct cw_bus_region *ret_region, int *ret_fd);

static const struct cw_board_region *region_of(uint64_t pa, uint64_t len)
{
	for (unsigned i = 0; i < now->board.n_regions; i++) {
		const struct cw_board_region *r = &now->board.regions[i];

		if (pa >= r->pa && cw_range_inside(pa - r->pa, len, r->size))
			return r;
	}
	return NULL;
}

int __wrap_cw_bus_write(struct cw_bus *bus, cw_pa pa, const void *buf, size_t len)
{
	static uint8_t sink[4096];

	fuzz_check(region_of(pa.v, len) != NULL);
	/* All of it can be read. */
	for (size_t at = 0; at < len; at += sizeof(sink))
		memcpy(sink, (const uint8_t *)buf + at, len - at < sizeof(sink) ? len - at : sizeof(sink));
	return 0;
}

int __wrap_cw_bus_map(struct cw_bus *bus, cw_pa pa, struct cw_bus_region *ret_region, int *ret_fd)
{
	const struct cw_board_region *r = region_of(pa.v, 1);

	fuzz_check(r && r->exchange);
	*ret_region = (struct cw_bus_region){.pa = r->pa, .size = r->size};
	*ret_fd = cw_memfd_new("fuzz", r->size);
	return *ret_fd < 0 ? *ret_fd : 0;
}

static const struct cw_board_rproc board = {
	.name = "m4",
	.n_regions = 6,
	.regions = {
		{.name = "retram", .pa = 0x38000000, .size = 0x10000, .da = 0},
		{.name = "mcuram", .pa = 0x30000000, .size = 0x40000, .da = 0x30000000},
		{.name = "mcuram2", .pa = 0x10000000, .size = 0x40000, .da = 0x10000000},
		{.name = "vdev0vring0", .pa = 0x10040000, .size = 0x1000, .da = 0x10040000, .exchange = true},
		{.name = "vdev0vring1", .pa = 0x10041000, .size = 0x1000, .da = 0x10041000, .exchange = true},
		{.name = "vdev0buffer",
		 .pa = 0x10042000,
		 .size = 0x4000,
		 .da = 0x10042000,
		 .exchange = true,
		 .buffer = true},
	},
};

static void refused(int r, const struct cw_error *err)
{
	size_t len = strnlen(err->text, sizeof(err->text));

	fuzz_check(r < 0 && err->code == r && len > 10 && len < sizeof(err->text));
	for (size_t i = 0; i < len; i++)
		fuzz_check((uint8_t)err->text[i] >= ' ' && err->text[i] != 0x7f);
}

static void check_resources(const struct cw_rproc *p)
{
	fuzz_check(p->n_vdevs <= CW_RPROC_VDEVS_MAX && p->n_traces <= CW_RPROC_TRACES_MAX);
	for (unsigned i = 0; i < p->n_vdevs; i++)
		for (unsigned n = 0; n < p->vdevs[i].n_vrings; n++)
			fuzz_check(cw_rpmsg_vring_size(p->vdevs[i].vring[n].num,
						       p->vdevs[i].vring[n].align) <=
				   p->vdevs[i].vring[n].map.size);
	for (unsigned i = 0; i < p->n_traces; i++) {
		fuzz_check(!p->traces[i].pa || region_of(p->traces[i].pa, p->traces[i].len));
		for (const char *c = p->traces[i].name; *c; c++)
			fuzz_check(*c >= ' ' && *c <= '~');
	}
}

static int boot(struct cw_rproc *p, const struct cw_firmware *fw, struct cw_error *err)
{
	uint64_t pa, size;
	int r = cw_rproc_elf_ops.sanity_check(p, fw, err);

	if (r == 0)
		r = cw_rproc_elf_ops.parse_fw(p, fw, err);
	if (r == 0)
		r = cw_rproc_elf_ops.load(p, fw, err);
	if (r == 0)
		r = cw_rproc_elf_ops.find_loaded_rsc_table(p, fw, &pa, &size, err);
	if (r < 0 || !p->table)
		return r;
	fuzz_check(size == p->table_size && (!size || region_of(pa, size)));
	r = cw_rproc_handle_resources(p, err);
	if (r < 0)
		return r;
	check_resources(p);
	return cw_rproc_elf_ops.write_rsc_table(p, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cw_rproc *p = calloc(1, sizeof(*p));
	struct cw_firmware fw = {.data = fuzz_copy(data, size), .size = size};
	static const struct cw_rproc_events none;
	struct cw_error err = {0};
	int r;

	fuzz_check(p != NULL);
	p->platform = &platform;
	p->board = board;
	p->events = &none;
	now = p;
	r = boot(p, &fw, &err);
	if (r)
		refused(r, &err);
	cw_rproc_cleanup_resources(p);
	fuzz_check(!p->table && !p->n_vdevs && !p->n_traces);
	free(fw.data);
	free(p);
	return 0;
}

/* Most of the rules are about words of the headers. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size_t off, n, entry, at;
	uint8_t word[4];

	if (seed % 3 == 0 || size < 52)
		return LLVMFuzzerMutate(data, size, max_size);
	off = cw_get_le32(data + (seed & 8 ? 28 : 32));
	n = cw_get_le16(data + (seed & 8 ? 44 : 48));
	entry = seed & 8 ? 32 : 40;
	if (!n || !cw_range_inside(off, n * entry, size))
		return LLVMFuzzerMutate(data, size, max_size);
	at = off + entry * (seed / 16 % n) + 4 * (seed / 4096 % (entry / 4));
	memcpy(word, data + at, 4);
	LLVMFuzzerMutate(word, 4, 4);
	memcpy(data + at, word, 4);
	return size;
}
