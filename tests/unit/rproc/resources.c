// SPDX-License-Identifier: BSD-2-Clause
/* Resource tables: what is granted, what is refused in which words, and what a hostile one cannot do. */
#include "bench.h"

#include "base/span.h"

static struct bench b;

static int setup(void **state)
{
	(void)state;
	bench_open(&b);
	return bench_register(&b, false);
}

static int teardown(void **state)
{
	(void)state;
	bench_close(&b);
	return 0;
}

static void refused(int code, const char *words)
{
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), code);
	says(&b, words);
	assert_int_equal(cw_rproc_state(b.rproc), CW_RPROC_OFFLINE);
	assert_int_equal(b.f.ta_state, 0);
	assert_int_equal(count_maps(), 3);
	assert_int_equal(b.f.starts, 0);
}

static void carveout_is_bound_to_its_region(void **state)
{
	const uint8_t *copy;
	size_t size;

	(void)state;
	table_start(&b.f);
	table_carveout(&b.f, 0, 0xffffffff, 0x1000, "mcuram2");
	table_carveout(&b.f, 0, 0x30000000, 0x40000, "mcuram");
	start(&b);
	copy = cw_rproc_table(b.rproc, &size);
	assert_int_equal(cw_get_le32(copy + 48 + 4), 0x10000000); /* da */
	assert_int_equal(cw_get_le32(copy + 48 + 8), 0x10000000); /* pa */
	assert_int_equal(cw_get_le32(copy + 48 + 12), 0x1000);	  /* its length stays */
}

static void carveout_unknown_region(void **state)
{
	(void)state;
	table_start(&b.f);
	table_carveout(&b.f, 0, 0xffffffff, 0x1000, "somewhere");
	refused(-ENOMEM, "carveout 'somewhere'");
}

/* Found by fuzzing. */
static void names_without_control_characters(void **state)
{
	(void)state;
	table_start(&b.f);
	table_carveout(&b.f, 0, 0xffffffff, 0x1000, "some\033[2J\177\nwhere\200");
	refused(-ENOMEM, "carveout 'some?[2J??where?'");
}

static void carveout_twice(void **state)
{
	(void)state;
	table_start(&b.f);
	table_carveout(&b.f, 0, 0xffffffff, 0x1000, "retram");
	table_carveout(&b.f, 0, 0xffffffff, 0x1000, "retram");
	refused(-ENOMEM, "two carveouts are named 'retram'");
}

static void carveout_too_long(void **state)
{
	(void)state;
	table_start(&b.f);
	table_carveout(&b.f, 0, 0xffffffff, 0x10001, "retram");
	refused(-ENOMEM, "does not fit region retram [0x0, 0x10000)");
}

static void carveout_elsewhere(void **state)
{
	(void)state;
	table_start(&b.f);
	table_carveout(&b.f, 0, 0x10000ffc, 8, "vdev0vring0");
	refused(-ENOMEM, "does not fit region vdev0vring0");
}

static void devmem_is_refused(void **state)
{
	(void)state;
	table_start(&b.f);
	table_carveout(&b.f, 1, 0x40000000, 0x1000, "timers");
	refused(-EINVAL, "devmem 'timers' at 0x40000000: this processor is behind no IOMMU");
}

static void trace_outside_is_no_reason_not_to_boot(void **state)
{
	char text[16];

	(void)state;
	table_start(&b.f);
	table_trace(&b.f, 0xc0000000, 0x100, "far away");
	table_trace(&b.f, 0x1003fff0, 0x20, "half in");
	start(&b);
	assert_int_equal(cw_rproc_traces(b.rproc), 2);
	assert_int_equal(cw_rproc_trace_read(b.rproc, 0, text, sizeof(text)), -EFAULT);
	assert_int_equal(cw_rproc_trace_read(b.rproc, 1, text, sizeof(text)), -EFAULT);
}

static void too_many_traces(void **state)
{
	char name[8];

	(void)state;
	table_start(&b.f);
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		table_trace(&b.f, 0x10021000, 16, name);
	}
	start(&b);
	assert_int_equal(cw_rproc_traces(b.rproc), 8);
}

static void unknown_types_are_skipped(void **state)
{
	(void)state;
	table_start(&b.f);
	table_add(&b.f, (uint32_t[]){99, 0}, 8);
	table_add(&b.f, (uint32_t[]){200, 0}, 8); /* a vendor's */
	table_vdev(&b.f, 16, 16);
	start(&b);
	process(&b);
	assert_int_equal(b.announced, 1);
}

static void vring_too_large_for_its_region(void **state)
{
	(void)state;
	table_start(&b.f);
	table_vdev(&b.f, 256, 16); /* 0x1806 bytes: two pages, the region has one */
	refused(-ENOMEM, "vdev0vring0 [0x10040000, 0x10042000) does not fit");
}

static void buffers_too_many_for_their_region(void **state)
{
	(void)state;
	table_start(&b.f);
	table_vdev(&b.f, 32, 16); /* 64 buffers: 32 KiB */
	refused(-ENOMEM, "vdev0buffer [0x10042000, 0x1004a000) does not fit");
}

static void vring_numbers(void **state)
{
	(void)state;
	table_start(&b.f);
	table_vdev(&b.f, 16, 3);
	refused(-EINVAL, "vdev0vring0: 16 descriptors aligned to 3");
	table_start(&b.f);
	table_vdev(&b.f, 1, 16);
	refused(-EINVAL, "1 descriptors");
	table_start(&b.f);
	table_vdev(&b.f, 15, 16);
	refused(-EINVAL, "15");
	table_start(&b.f);
	table_vdev(&b.f, 16, 0);
	refused(-EINVAL, "alignment");
}

static void vrings_that_differ(void **state)
{
	(void)state;
	table_usual(&b.f);
	cw_put_le32(b.f.table + 48 + 48 + 8, 8);
	refused(-EINVAL, "its two vrings differ");
}

static void rpmsg_with_one_vring(void **state)
{
	(void)state;
	table_usual(&b.f);
	b.f.table[48 + 4 + 21] = 1;
	refused(-EINVAL, "rpmsg with 1 vrings");
}

static void vring_address_of_the_firmware(void **state)
{
	(void)state;
	table_usual(&b.f);
	cw_put_le32(b.f.table + 48 + 28, 0x10040000); /* where it will be: fine */
	start(&b);
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	cw_put_le32(b.f.table + 48 + 28, 0x20000000);
	b.f.starts = 0;
	refused(-ENOMEM, "vdev0vring0 [0x20000000");
}

static void second_vdev_has_no_regions(void **state)
{
	(void)state;
	table_start(&b.f);
	table_vdev(&b.f, 16, 16);
	table_vdev(&b.f, 16, 16);
	refused(-ENOMEM, "vdev1 needs a region named vdev1vring0");
}

static void other_virtio_device_waits_for_a_driver(void **state)
{
	uint8_t *live = fake_at(&b.f, FAKE_TABLE_DA, 64);

	(void)state;
	table_usual(&b.f);
	cw_put_le32(b.f.table + 48 + 4, 3); /* a console */
	start(&b);
	assert_int_equal(live[48 + 24], 1); /* ACKNOWLEDGE */
	assert_null(cw_rproc_rpmsg(b.rproc, 0));
}

static void without_name_service(void **state)
{
	uint8_t *live = fake_at(&b.f, FAKE_TABLE_DA, 128);

	(void)state;
	table_usual(&b.f);
	cw_put_le32(b.f.table + 48 + 12, 0); /* dfeatures */
	start(&b);
	process(&b);
	assert_int_equal(cw_get_le32(live + 48 + 16), 0);
	assert_int_equal(b.announced, 0);
	assert_non_null(cw_rproc_rpmsg(b.rproc, 0));
}

static void malformed_tables(void **state)
{
	(void)state;
	table_usual(&b.f);
	cw_put_le32(b.f.table, 2); /* version */
	refused(-EINVAL, "version");
	table_usual(&b.f);
	cw_put_le32(b.f.table + 4, 0x40000000); /* number of entries */
	refused(-EINVAL, "");
	table_usual(&b.f);
	cw_put_le32(b.f.table + 16, 0xfffffffc); /* offset of the first */
	refused(-EINVAL, "");
	table_usual(&b.f);
	b.f.table_size = 15;
	refused(-EINVAL, "");
}

/* Any bytes: an answer, and everything given back. */
static void random_tables(void **state)
{
	uint32_t lcg = 4711;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		table_usual(&b.f);
		table_carveout(&b.f, 0, 0xffffffff, 0x1000, "retram");
		for (int k = 0; k < 1 + i % 5; k++) {
			lcg = lcg * 1664525 + 1013904223;
			b.f.table[(lcg >> 8) % b.f.table_size] = (uint8_t)(lcg >> 3);
		}
		if (!cw_rproc_start(b.rproc, &b.err)) {
			process(&b);
			must(&b, cw_rproc_stop(b.rproc, &b.err));
		}
		b.steps[0] = b.states[0] = b.f.log[0] = '\0';
		assert_int_equal(cw_rproc_state(b.rproc), CW_RPROC_OFFLINE);
	}
	assert_int_equal(count_maps(), 3);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(carveout_is_bound_to_its_region),
		T(carveout_unknown_region),
		T(names_without_control_characters),
		T(carveout_twice),
		T(carveout_too_long),
		T(carveout_elsewhere),
		T(devmem_is_refused),
		T(trace_outside_is_no_reason_not_to_boot),
		T(too_many_traces),
		T(unknown_types_are_skipped),
		T(vring_too_large_for_its_region),
		T(buffers_too_many_for_their_region),
		T(vring_numbers),
		T(vrings_that_differ),
		T(rpmsg_with_one_vring),
		T(vring_address_of_the_firmware),
		T(second_vdev_has_no_regions),
		T(other_virtio_device_waits_for_a_driver),
		T(without_name_service),
		T(malformed_tables),
		T(random_tables),
	};

	return cmocka_run_group_tests_name("rproc-resources", tests, NULL, NULL);
}
