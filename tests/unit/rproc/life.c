// SPDX-License-Identifier: BSD-2-Clause
/*
 * The life cycle, requirement by requirement: names are the ids of docs/requirements.md. Boot, load and resource table;
 * lifetime.c has release, stop, errors and sessions.
 */
#include "bench.h"

#include "base/span.h"
#include "secure/api/remoteproc_ta.h"

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

static void life(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		b.steps[0] = b.states[0] = b.f.log[0] = '\0';
		start(&b);
		saw(&b, "LOAD GET READ LOAD GET WRITE START");
		process(&b);
		assert_int_equal(b.announced, i + 1);
		must(&b, cw_rproc_stop(b.rproc, &b.err));
		saw(&b, "SHUTDOWN STOP RELEASE");
		assert_string_equal(b.states, "running offline");
		assert_string_equal(b.steps, "load, resource table, carveouts, vrings, start, virtio, "
					     "shutdown, stop, release");
		assert_int_equal(b.withdrawn, i + 1);
		assert_int_equal(count_maps(), 3); /* the fake's own */
	}
}

static void on_echo(void *ctx, struct cw_rpmsg_ept *ept, uint32_t src, const void *data, size_t len)
{
	struct bench *bench = ctx;

	(void)ept;
	assert_int_equal(src, 0x400);
	memcpy(bench->echo, data, len);
	bench->echo_len = len;
}

static void echo(void **state)
{
	static const struct cw_rpmsg_ept_ops ops = {.receive = on_echo};
	struct cw_rpmsg_ept *ept;

	(void)state;
	start(&b);
	process(&b);
	must(&b, cw_rpmsg_ept_new(cw_rproc_rpmsg(b.rproc, 0), CW_RPMSG_ADDR_ANY, 0x400, &ops, &b, &ept,
				  &b.err));
	for (int i = 0; i < 100; i++) {
		b.echo_len = 0;
		must(&b, cw_rpmsg_send(ept, &i, sizeof(i)));
		process(&b);
		assert_int_equal(b.echo_len, sizeof(i));
		assert_memory_equal(b.echo, &i, sizeof(i));
	}
	assert_int_equal(b.f.kicks[0], 1); /* the first; then the firmware asked for none */
	assert_int_equal(b.f.kicks[1], 100);
	assert_null(cw_rproc_rpmsg(b.rproc, 1));
}

static void allowed_moves(void **state)
{
	(void)state;
	assert_int_equal(cw_rproc_stop(b.rproc, &b.err), -EINVAL);
	says(&b, "m4: cannot stop: it is offline");
	assert_int_equal(cw_rproc_recover(b.rproc, &b.err), -EINVAL);
	assert_int_equal(cw_rproc_report_crash(b.rproc, CW_CRASH_MMUFAULT, &b.err), -EINVAL);
	start(&b);
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EBUSY);
	says(&b, "m4: cannot start: it is running");
	assert_int_equal(cw_rproc_set_firmware(b.rproc, "other", &b.err), -EBUSY);
	assert_int_equal(cw_rproc_recover(b.rproc, &b.err), -EINVAL);
	assert_string_equal(cw_rproc_state_name(CW_RPROC_DETACHED), "detached");
	assert_string_equal(cw_rproc_state_name(99), "invalid");
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	assert_int_equal(cw_rproc_set_firmware(b.rproc, "", &b.err), -EINVAL);
	must(&b, cw_rproc_set_firmware(b.rproc, "/nonexistent/fw", &b.err));
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -ENOENT);
	says(&b, "/nonexistent/fw");
}

static void tee_01_authenticated_before_its_table_is_read(void **state)
{
	(void)state;
	b.f.log[0] = '\0';
	b.f.ta_refuse = TEEC_ERROR_SECURITY;
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EIO);
	saw(&b, "LOAD RELEASE"); /* nothing of the table was asked for */
	assert_int_equal(cw_rproc_state(b.rproc), CW_RPROC_OFFLINE);
	b.f.ta_refuse = 0;
	start(&b);
	saw(&b, "LOAD GET READ LOAD GET WRITE START");
}

static void tee_03_second_load_is_harmless_and_told(void **state)
{
	(void)state;
	start(&b);
	assert_int_equal(b.f.loads, 1); /* LOAD was called twice */
	assert_string_equal(b.load_text, "authenticated and loaded by the TEE");
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	/* what another client has loaded already */
	b.f.ta_state = 1;
	start(&b);
	assert_int_equal(b.f.loads, 1);
	assert_string_equal(b.load_text, "this very image was loaded already, ignored");
}

static void tee_04_recovery_loads_and_judges_again(void **state)
{
	(void)state;
	start(&b);
	b.f.log[0] = '\0';
	fake_crash(&b.f, CW_CRASH_FAULT);
	process(&b);
	assert_int_equal(b.crashes, 1);
	assert_int_equal(b.crash.pc, 0x10000abc);
	assert_int_equal(b.crash.type, CW_CRASH_FATAL_ERROR);
	saw(&b, "STOP LOAD GET WRITE START");
	assert_int_equal(b.f.loads, 2);
	assert_string_equal(b.states, "running crashed running");
	/* the file was changed meanwhile: the judge says so, and nothing starts */
	fake_crash(&b.f, CW_CRASH_FAULT);
	b.f.ta_refuse = TEEC_ERROR_SECURITY;
	b.f.ta_reason = "segment 1 at 0x10000000 does not have the signed hash";
	assert_int_equal(cw_rproc_process(b.rproc, 0, &b.err), -EIO);
	says(&b, "recovery failed");
	says(&b, b.f.ta_reason);
	assert_int_equal(cw_rproc_state(b.rproc), CW_RPROC_CRASHED);
}

/* What Linux cannot do: stop after a recovery that failed after its stop step. */
static void failed_recovery_can_be_stopped(void **state)
{
	(void)state;
	start(&b);
	fake_crash(&b.f, CW_CRASH_LOCKUP);
	b.f.ta_refuse = TEEC_ERROR_SECURITY;
	assert_int_equal(cw_rproc_process(b.rproc, 0, &b.err), -EIO);
	assert_true(b.crash.lockup);
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EBUSY);
	assert_int_equal(cw_rproc_recover(b.rproc, &b.err), -EIO); /* still refused */
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	assert_int_equal(cw_rproc_state(b.rproc), CW_RPROC_OFFLINE);
	assert_int_equal(count_maps(), 3);
	b.f.ta_refuse = 0;
	start(&b);
}

static void recovery_switched_off(void **state)
{
	(void)state;
	start(&b);
	cw_rproc_set_recovery(b.rproc, false);
	fake_crash(&b.f, CW_CRASH_WATCHDOG);
	process(&b);
	assert_int_equal(b.crash.type, CW_CRASH_WATCHDOG_RESET);
	assert_int_equal(cw_rproc_state(b.rproc), CW_RPROC_CRASHED);
	fake_crash(&b.f, CW_CRASH_WATCHDOG); /* a second report while crashed is nothing new */
	process(&b);
	assert_int_equal(b.crashes, 1);
	must(&b, cw_rproc_recover(b.rproc, &b.err));
	must(&b, cw_rproc_report_crash(b.rproc, CW_CRASH_MMUFAULT, &b.err));
	process(&b);
	assert_int_equal(b.crash.type, CW_CRASH_MMUFAULT);
	assert_int_equal(b.crash.count, 2);
}

static void tee_05_the_loaded_state_is_the_tees(void **state)
{
	(void)state;
	start(&b);
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	/* whatever happened meanwhile, LOAD is asked, and its answer believed */
	b.f.ta_state = 2;
	b.f.log[0] = '\0';
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EIO);
	saw(&b, "LOAD"); /* and not released: it is not ours */
	assert_int_equal(b.err.tee_result, TEEC_ERROR_BAD_STATE);
	b.f.ta_state = 0;
	start(&b);
	saw(&b, "LOAD GET READ LOAD GET WRITE START");
}

static void tee_06_no_table_is_legal(void **state)
{
	size_t size = 1;

	(void)state;
	b.f.table_size = 0;
	start(&b);
	assert_null(cw_rproc_table(b.rproc, &size));
	assert_int_equal(size, 0);
	assert_null(cw_rproc_rpmsg(b.rproc, 0));
	assert_int_equal(cw_rproc_traces(b.rproc), 0);
	assert_string_equal(b.steps, "session, load, resource table, carveouts, vrings, start");
	process(&b);
	must(&b, cw_rproc_stop(b.rproc, &b.err));
}

static void tee_07_our_copy_is_applied_at_start_and_recovery(void **state)
{
	uint8_t *live = fake_at(&b.f, FAKE_TABLE_DA, sizeof(b.f.table));
	const uint8_t *copy;
	size_t size;

	(void)state;
	start(&b);
	copy = cw_rproc_table(b.rproc, &size);
	assert_int_equal(size, b.f.table_size);
	/* notify ids 0 and 1 are the host's, in the copy and in the live table */
	assert_int_equal(cw_get_le32(copy + 48 + 28 + 12), 0);
	assert_int_equal(cw_get_le32(copy + 48 + 48 + 12), 1);
	assert_int_equal(cw_get_le32(live + 48 + 48 + 12), 1);
	/* live only: status, features, addresses */
	assert_int_equal(live[48 + 24], 7);
	assert_int_equal(cw_get_le32(live + 48 + 16), 1);
	assert_int_equal(cw_get_le32(live + 48 + 28), 0x10040000);
	assert_int_equal(cw_get_le32(live + 48 + 48), 0x10041000);
	assert_int_equal(copy[48 + 24], 0);
	assert_int_equal(cw_get_le32(copy + 48 + 28), 0xffffffff);
	/* the firmware destroys its own, and crashes */
	memset(live, 0xee, size);
	fake_crash(&b.f, CW_CRASH_FAULT);
	process(&b);
	assert_int_equal(cw_rproc_state(b.rproc), CW_RPROC_RUNNING);
	assert_int_equal(live[48 + 24], 7);
	live[48 + 24] = 0;
	live[48 + 16] = 0;
	cw_put_le32(live + 48 + 28, 0xffffffff);
	cw_put_le32(live + 48 + 48, 0xffffffff);
	assert_memory_equal(live, copy, size);
}

static void tee_08_address_and_size_have_64_bits(void **state)
{
	(void)state;
	b.f.table_size_high = 1ull << 32;
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -E2BIG);
	says(&b, "4294967");
	b.f.table_size_high = 0;
	b.f.stock = true;
	b.f.protected = false;
	b.f.table_pa_high = 0x7ull << 32;
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EFAULT);
	assert_true(b.f.last_read_pa == (0x7ull << 32) + FAKE_TABLE_DA);
	says(&b, "0x710020128");
}

static void tee_09_table_is_copied_out(void **state)
{
	(void)state;
	/* the address may not be read before START, and need not */
	start(&b);
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	/* a stock service has only the address */
	b.f.stock = true;
	b.f.protected = false;
	b.f.log[0] = '\0';
	start(&b);
	saw(&b, "LOAD GET READ LOAD GET WRITE GET START");
	process(&b);
	assert_int_equal(b.announced, 1); /* the first start's was not processed */
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	b.f.protected = true;
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EACCES);
	says(&b, "0x10020128, which cannot be read");
}

static void tee_10_plain_elf_is_named(void **state)
{
	(void)state;
	assert_string_equal(cw_rproc_format(b.rproc), "signed remoteproc container");
	bench_image(&b, "\x7f"
			"ELF\x01\x01\x01 and so on",
		    16);
	b.f.ta_refuse = TEEC_ERROR_BAD_PARAMETERS;
	b.f.ta_reason = "this is a plain ELF, not a signed container";
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EIO);
	says(&b, b.f.ta_reason);
	/* a stock service says nothing but a number */
	b.f.stock = true;
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EIO);
	says(&b, "plain ELF; this processor takes signed remoteproc containers");
	says(&b, "0xffff0006");
}

/* Nothing of the normal world looks into the file: what the TEE accepts, boots. */
static void tee_11_other_formats_take_the_same_path(void **state)
{
	(void)state;
	bench_image(&b, "\xd0\x0d\xfe\xed device tree blob for the other side", 40);
	b.f.log[0] = '\0';
	start(&b);
	saw(&b, "LOAD GET READ LOAD GET WRITE START");
}

static void descriptor_tells(void **state)
{
	struct cw_error *err = &b.err;

	(void)state;
	assert_int_equal(cw_rproc_process(b.rproc, 0, err), 0);
	start(&b); /* the announcement came during the call: the descriptor is readable all the same */
	assert_int_equal(cw_rproc_process(b.rproc, 0, err), 1);
	assert_int_equal(b.announced, 1);
	process(&b);
	assert_int_equal(cw_rproc_process(b.rproc, 10, err), 0);
}

static void trace_is_read_through_its_window(void **state)
{
	char text[64];

	(void)state;
	assert_int_equal(cw_rproc_trace_read(b.rproc, 0, text, sizeof(text)), -ENOENT);
	start(&b);
	strcpy((char *)fake_at(&b.f, 0x10021000, 32), "[00001] hello");
	assert_int_equal(cw_rproc_traces(b.rproc), 1);
	assert_string_equal(cw_rproc_trace_name(b.rproc, 0), "cm4_log");
	assert_int_equal(cw_rproc_trace_read(b.rproc, 0, text, sizeof(text)), 13);
	assert_string_equal(text, "[00001] hello");
	assert_int_equal(cw_rproc_trace_read(b.rproc, 0, text, 4), 3);
	assert_string_equal(text, "[00");
	assert_int_equal(cw_rproc_trace_read(b.rproc, 1, text, sizeof(text)), -ENOENT);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(life),
		T(echo),
		T(allowed_moves),
		T(failed_recovery_can_be_stopped),
		T(recovery_switched_off),
		T(descriptor_tells),
		T(trace_is_read_through_its_window),
		T(tee_01_authenticated_before_its_table_is_read),
		T(tee_03_second_load_is_harmless_and_told),
		T(tee_04_recovery_loads_and_judges_again),
		T(tee_05_the_loaded_state_is_the_tees),
		T(tee_06_no_table_is_legal),
		T(tee_07_our_copy_is_applied_at_start_and_recovery),
		T(tee_08_address_and_size_have_64_bits),
		T(tee_09_table_is_copied_out),
		T(tee_10_plain_elf_is_named),
		T(tee_11_other_formats_take_the_same_path),
	};

	return cmocka_run_group_tests_name("rproc-life", tests, NULL, NULL);
}
