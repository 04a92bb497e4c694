// SPDX-License-Identifier: BSD-2-Clause
/* The plain back end: Linux's loader rules, and the same flow as through the TEE. */
#include "bench.h"

#include "base/span.h"

static struct bench b;

/* ELF header, two program headers, three section headers (null, .resource_table, names), names, table, code. */
enum { PHOFF = 52, SHOFF = 116, NAMES = 236, TABLE = 260, CODE = 800, SIZE = 1000 };
static uint8_t elf[SIZE];

static void put(size_t at, size_t n, const uint32_t *words)
{
	for (size_t i = 0; i < n; i++)
		cw_put_le32(elf + at + 4 * i, words[i]);
}

static void build(void)
{
	static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
	uint32_t size = (uint32_t)b.f.table_size;

	memset(elf, 0, sizeof(elf));
	memcpy(elf, ident, sizeof(ident));
	cw_put_le16(elf + 16, 2);
	cw_put_le16(elf + 18, 40);
	put(20, 5, (uint32_t[]){1, 0x10000001, PHOFF, SHOFF, 0});
	cw_put_le16(elf + 40, 52);
	cw_put_le16(elf + 42, 32);
	cw_put_le16(elf + 44, 2);
	cw_put_le16(elf + 46, 40);
	cw_put_le16(elf + 48, 3);
	cw_put_le16(elf + 50, 2);
	/* type, offset, vaddr, paddr, filesz, memsz, flags, align */
	put(PHOFF, 8, (uint32_t[]){1, CODE, 0, 0, 200, 256, 5, 4});
	put(PHOFF + 32, 8, (uint32_t[]){1, TABLE, 0x20000000, 0x10020000, size, size, 6, 4});
	/* name, type, flags, addr, offset, size */
	put(SHOFF + 40, 6, (uint32_t[]){1, 1, 0, FAKE_TABLE_DA, TABLE, size});
	put(SHOFF + 80, 6, (uint32_t[]){0, 3, 0, 0, NAMES, 20});
	strcpy((char *)elf + NAMES + 1, ".resource_table");
	memcpy(elf + TABLE, b.f.table, size);
	memset(elf + CODE, 0xc0, 200);
	bench_image(&b, elf, sizeof(elf));
}

static int setup(void **state)
{
	(void)state;
	bench_open(&b);
	b.f.protected = false;
	b.f.platform.has_tee = false; /* not asked for */
	build();
	return bench_register(&b, true);
}

static int teardown(void **state)
{
	(void)state;
	bench_close(&b);
	return 0;
}

static void refused(int code, const char *words)
{
	bench_image(&b, elf, sizeof(elf));
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), code);
	says(&b, words);
	assert_false(b.f.running);
	assert_int_equal(count_maps(), 3);
	/* nothing of it is left */
	for (size_t i = 0; i < sizeof(b.f.retram); i++)
		assert_int_equal(b.f.retram[i], 0);
	build();
}

/* TEE-02: one flow. The same steps in the same order as with a TEE, but that loading comes where Linux has it. */
static void tee_02_one_flow_for_both(void **state)
{
	struct bench with_tee;

	(void)state;
	start(&b);
	process(&b);
	assert_int_equal(b.announced, 1);
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	assert_string_equal(b.steps, "session, resource table, carveouts, vrings, load, start, virtio, "
				     "shutdown, stop, release");
	assert_string_equal(b.load_text, "NOT authenticated");
	bench_open(&with_tee);
	must(&with_tee, bench_register(&with_tee, false));
	start(&with_tee);
	process(&with_tee);
	must(&with_tee, cw_rproc_stop(with_tee.rproc, &with_tee.err));
	assert_string_equal(with_tee.steps, "session, load, resource table, carveouts, vrings, start, "
					    "virtio, shutdown, stop, release");
	assert_string_equal(with_tee.states, b.states);
	bench_close(&with_tee);
	assert_string_equal(b.f.log, "SHUTDOWN"); /* no TEE was asked anything */
}

static void loaded_by_paddr_and_table_to_its_address(void **state)
{
	uint8_t *live = fake_at(&b.f, FAKE_TABLE_DA, b.f.table_size);

	(void)state;
	b.f.retram[200] = 0x77; /* beyond filesz: zeroed */
	start(&b);
	assert_int_equal(b.f.retram[199], 0xc0);
	assert_int_equal(b.f.retram[200], 0);
	assert_int_equal(cw_get_le32(b.f.sram + 0x20000), 1); /* p_paddr, not p_vaddr */
	assert_int_equal(cw_get_le32(live), 1);		      /* sh_addr, by the copy */
	assert_int_equal(b.f.gcr, 0);			      /* released once, held again */
	assert_int_equal(b.f.pdds, 0);
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	assert_int_equal(b.f.pdds, 1);
	assert_int_equal(b.f.resets, 1);
	assert_int_equal(b.f.retram[0], 0); /* scrubbed */
}

static void no_table(void **state)
{
	(void)state;
	cw_put_le32(elf + SHOFF + 40 + 20, 0);
	bench_image(&b, elf, sizeof(elf));
	start(&b);
	assert_int_equal(cw_rproc_traces(b.rproc), 0);
}

static void segments(void **state)
{
	(void)state;
	cw_put_le32(elf + PHOFF + 16, 300);
	refused(-EINVAL, "segment 0: filesz 0x12c is more than memsz 0x100");
	cw_put_le32(elf + PHOFF + 4, SIZE - 100);
	refused(-EINVAL, "segment 0: its data runs past the file");
	cw_put_le32(elf + PHOFF + 12, 0x38000000); /* the host's address of RETRAM is not a device address */
	refused(-EINVAL, "segment 0: bad phdr da 0x38000000");
	cw_put_le32(elf + PHOFF + 32 + 12, 0x1003fff0);
	refused(-EINVAL, "segment 1: bad phdr da 0x1003fff0");
	cw_put_le32(elf + PHOFF + 12, 0x10042000); /* the DMA pool */
	refused(-EINVAL, "segment 0: bad phdr da 0x10042000");
	cw_put_le32(elf + PHOFF + 20, 0xffffffff);
	refused(-EINVAL, "segment 0: bad phdr");
}

static void headers(void **state)
{
	(void)state;
	cw_put_le32(elf + 28, SIZE - 60); /* second program header past the end */
	refused(-EINVAL, "");
	elf[0] = 0;
	refused(-EINVAL, "");
	cw_put_le32(elf, 0x3543a468);
	refused(-EINVAL, "signed remoteproc container, which needs the TEE");
	cw_put_le32(elf + SHOFF + 40 + 16, SIZE); /* table past the file */
	refused(-EINVAL, ".resource_table runs past the file");
	cw_put_le32(elf + SHOFF + 40 + 12, 0x50000000);
	refused(-EINVAL, ".resource_table at 0x50000000 is in no region");
	bench_image(&b, elf, 0);
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EINVAL);
	says(&b, "is empty");
}

static void protected_memory_is_told(void **state)
{
	(void)state;
	b.f.protected = true;
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EACCES);
	says(&b, "it is protected, this board wants signed firmware");
}

static void damaged_files(void **state)
{
	uint32_t lcg = 99;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		build();
		for (int k = 0; k < 1 + i % 3; k++) {
			lcg = lcg * 1664525 + 1013904223;
			elf[(lcg >> 8) % CODE] = (uint8_t)(lcg >> 3);
		}
		bench_image(&b, elf, i % 7 ? sizeof(elf) : (lcg >> 8) % sizeof(elf));
		if (!cw_rproc_start(b.rproc, &b.err))
			must(&b, cw_rproc_stop(b.rproc, &b.err));
		b.steps[0] = b.states[0] = b.f.log[0] = '\0';
	}
	assert_int_equal(count_maps(), 3);
}

static void only_a_tee_can_start_it(void **state)
{
	(void)state;
	b.rproc = cw_rproc_free(b.rproc);
	b.f.platform.board.rprocs[0].holdboot.mask = 0;
	assert_int_equal(bench_register(&b, true), -ENODEV);
	says(&b, "only a TEE can start");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(tee_02_one_flow_for_both),
		T(loaded_by_paddr_and_table_to_its_address),
		T(no_table),
		T(segments),
		T(headers),
		T(protected_memory_is_told),
		T(damaged_files),
		T(only_a_tee_can_start_it),
	};

	return cmocka_run_group_tests_name("rproc-elf", tests, NULL, NULL);
}
