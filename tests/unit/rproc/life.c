// SPDX-License-Identifier: BSD-2-Clause
/*
 * The life cycle, requirement by requirement: names are the ids of docs/requirements.md.
 */
#include <pthread.h>

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

static void tee_12_release_on_every_error_after_load(void **state)
{
	static const struct {
		uint32_t cmd;
		const char *log;
	} failing[] = {
		{TA_RPROC_CMD_GET_RSC_TABLE, "LOAD GET RELEASE"},
		{TA_CW_CMD_WRITE_RSC_TABLE, "LOAD GET READ LOAD GET WRITE RELEASE"},
		{TA_RPROC_CMD_START_FW, "LOAD GET READ LOAD GET WRITE START RELEASE"},
	};

	(void)state;
	b.f.ta_refuse_cmd_with = TEEC_ERROR_GENERIC;
	for (size_t i = 0; i < sizeof(failing) / sizeof(failing[0]); i++) {
		b.f.ta_refuse_cmd = failing[i].cmd;
		b.f.log[0] = '\0';
		assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EIO);
		saw(&b, failing[i].log);
		assert_int_equal(b.f.ta_state, 0);
		assert_int_equal(cw_rproc_state(b.rproc), CW_RPROC_OFFLINE);
	}
	b.f.ta_refuse_cmd = 0;
	/* a resource that is refused, between the two LOADs */
	table_start(&b.f);
	table_carveout(&b.f, 1, 0x1000, 16, "iomem");
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EINVAL);
	saw(&b, "LOAD GET READ RELEASE");
	/* virtio fails when the core runs already: stop first, then release */
	table_usual(&b.f);
	for (b.f.fail_at = 1; b.f.fail_at < 100; b.f.fail_at++) {
		b.f.crossings = 0;
		b.f.log[0] = '\0';
		if (cw_rproc_start(b.rproc, &b.err) < 0 && strstr(b.f.log, "START STOP"))
			break;
		/* some may fail without harm: asking for STATUS */
		if (cw_rproc_state(b.rproc) == CW_RPROC_RUNNING)
			must(&b, cw_rproc_stop(b.rproc, &b.err));
	}
	saw(&b, "LOAD GET READ LOAD GET WRITE START STOP RELEASE");
	b.f.fail_at = 0;
}

static void tee_12_release_after_failed_recovery_and_stop(void **state)
{
	(void)state;
	start(&b);
	b.f.ta_refuse_cmd = TA_RPROC_CMD_START_FW;
	b.f.ta_refuse_cmd_with = TEEC_ERROR_GENERIC;
	fake_crash(&b.f, CW_CRASH_FAULT);
	b.f.log[0] = '\0';
	assert_int_equal(cw_rproc_process(b.rproc, 0, &b.err), -EIO);
	saw(&b, "STOP LOAD GET WRITE START RELEASE");
	b.f.ta_refuse_cmd = 0;
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	saw(&b, "RELEASE");
}

static void tee_13_release_is_ignored_when_detached(void **state)
{
	(void)state;
	b.f.log[0] = '\0';
	b.rproc->state = CW_RPROC_DETACHED;
	assert_int_equal(cw_rproc_release(b.rproc, &b.err), 0);
	saw(&b, "");
	b.rproc->state = CW_RPROC_RUNNING;
	assert_int_equal(cw_rproc_release(b.rproc, &b.err), -EBUSY);
	saw(&b, "");
	b.rproc->state = CW_RPROC_OFFLINE;
}

static void tee_14_release_failure_is_reported(void **state)
{
	(void)state;
	start(&b);
	b.f.ta_refuse_cmd = TA_RPROC_CMD_RELEASE_FW;
	b.f.ta_refuse_cmd_with = TEEC_ERROR_BAD_STATE;
	assert_int_equal(cw_rproc_stop(b.rproc, &b.err), -EIO);
	says(&b, "stopped, but its memory is not released");
	says(&b, "TEEC_ERROR_BAD_STATE");
	assert_int_equal(cw_rproc_state(b.rproc), CW_RPROC_OFFLINE);
	/* both, when a start fails too */
	table_start(&b.f);
	table_carveout(&b.f, 1, 0x1000, 16, "iomem");
	b.f.ta_state = 0;
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EINVAL);
	says(&b, "devmem 'iomem'");
	says(&b, "; moreover: release refused");
}

static void tee_16_firmware_is_asked_first(void **state)
{
	(void)state;
	start(&b);
	b.f.log[0] = '\0';
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	saw(&b, "SHUTDOWN STOP RELEASE");
	assert_string_equal(b.shutdown_text, "acknowledged");
	/* no answer: half a second, then on */
	start(&b);
	b.f.no_ack = true;
	uint64_t since = cw_rproc_now();
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	assert_string_equal(b.shutdown_text, "no answer, going on");
	assert_true(cw_rproc_now() - since >= 500000000u);
	/* the answer comes together with that of a register read: the descriptor does not tell of it */
	start(&b);
	b.f.no_reply = true;
	assert_int_equal(cw_ipcc_send(&b.rproc->ipcc, 1), 0);
	fake_take(&b.f, 1);
	b.f.late_acks = 1u << 2;
	b.f.late_acks_skip = 1;
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	assert_string_equal(b.shutdown_text, "acknowledged");
	b.f.no_reply = false;
	/* crashed: not asked */
	b.f.no_ack = false;
	cw_rproc_set_recovery(b.rproc, false);
	start(&b);
	fake_crash(&b.f, CW_CRASH_FAULT);
	process(&b);
	b.f.log[0] = '\0';
	must(&b, cw_rproc_stop(b.rproc, &b.err));
	saw(&b, "STOP RELEASE");
	assert_int_equal(b.f.shutdowns, 3);
}

static void tee_17_errors_keep_the_tees_code(void **state)
{
	(void)state;
	b.f.ta_refuse = TEEC_ERROR_SECURITY;
	b.f.ta_reason = "segment 1 at 0x10000000: its SHA-256 is not the signed one; trusted key 1f2e";
	assert_int_equal(cw_rproc_start(b.rproc, &b.err), -EIO);
	assert_string_equal(b.err.text,
			    "m4: load refused: segment 1 at 0x10000000: its SHA-256 is not the signed one; "
			    "trusted key 1f2e [TEEC_ERROR_SECURITY 0xffff000f from the trusted application, "
			    "errno -5]");
	assert_int_equal(b.err.tee_result, TEEC_ERROR_SECURITY);
	assert_int_equal(b.err.tee_origin, TEEC_ORIGIN_TRUSTED_APP);
	assert_int_equal(b.err.reason, 50);
	/* what the judge says is shown as text, whatever bytes it has */
	b.f.ta_reason = "\033[31mred";
	cw_rproc_start(b.rproc, &b.err);
	says(&b, "?[31mred");
	assert_int_equal(cw_rproc_start(b.rproc, NULL), -EIO);
}

static void tee_18_one_session_for_a_registration(void **state)
{
	(void)state;
	assert_int_equal(b.f.sessions, 1);
	for (int i = 0; i < 3; i++) {
		start(&b);
		must(&b, cw_rproc_stop(b.rproc, &b.err));
	}
	assert_int_equal(b.f.sessions, 1);
	assert_int_equal(b.f.sessions_opened, 1);
	b.rproc = cw_rproc_free(b.rproc);
	assert_int_equal(b.f.sessions, 0);
	must(&b, bench_register(&b, false));
	assert_int_equal(b.f.sessions_opened, 2);
}

static void tee_19_backend_missing_absent_unknown(void **state)
{
	struct cw_rproc_config config = {.id = 0};
	struct cw_rproc *other = NULL;

	(void)state;
	assert_int_equal(cw_rproc_new(&b.f.platform, NULL, &config, &other, &b.err), -EBUSY);
	b.rproc = cw_rproc_free(b.rproc);
	b.f.platform.has_tee = false;
	assert_int_equal(bench_register(&b, false), -EAGAIN); /* defer */
	says(&b, "there is no TEE (yet)");
	b.f.platform.has_tee = true;
	b.f.absent = true;
	assert_int_equal(bench_register(&b, false), -ENOENT);
	says(&b, "no remoteproc service");
	b.f.absent = false;
	b.f.busy = true;
	assert_int_equal(bench_register(&b, false), -EBUSY);
	b.f.busy = false;
	config.id = 7;
	assert_int_equal(cw_rproc_new(&b.f.platform, NULL, &config, &other, &b.err), -ENODEV);
	says(&b, "m4 (id 7)");
	assert_int_equal(cw_rproc_new(&b.f.platform, "m33", &config, &other, &b.err), -ENODEV);
	assert_null(other);
	assert_int_equal(b.f.sessions, 0);
	must(&b, bench_register(&b, false)); /* late, but there */
}

static void *cycles(void *arg)
{
	struct bench *mine = arg;

	for (int i = 0; i < 100; i++) {
		if (cw_rproc_start(mine->rproc, &mine->err) < 0 ||
		    cw_rproc_stop(mine->rproc, &mine->err) < 0)
			return mine;
	}
	return NULL;
}

/* Nothing is shared between platforms: no list, no lock, nothing to hold across a call that calls back. */
static void tee_23_two_platforms_on_two_threads(void **state)
{
	static struct bench two[2];
	pthread_t threads[2];
	void *bad;

	(void)state;
	for (int i = 0; i < 2; i++) {
		bench_open(&two[i]);
		must(&two[i], bench_register(&two[i], false));
		two[i].steps[0] = '\0';
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, cycles, &two[i]), 0);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &bad);
		assert_null(bad);
		assert_int_equal(two[i].f.starts, 100);
		assert_int_equal(two[i].f.releases, 100);
		bench_close(&two[i]);
	}
}

/* A callback may ask anything of the processor it is called for. */
static void tee_23_callbacks_may_read(void **state)
{
	(void)state;
	start(&b);
	cw_rproc_set_recovery(b.rproc, false);
	fake_crash(&b.f, CW_CRASH_FAULT);
	process(&b); /* on_crash() looks at the state, on_announced() at the bus */
	assert_int_equal(b.crashes, 1);
}

static void tee_24_unregister_while_running(void **state)
{
	(void)state;
	start(&b);
	b.f.log[0] = '\0';
	b.rproc = cw_rproc_free(b.rproc);
	saw(&b, "SHUTDOWN STOP RELEASE CLOSE");
	assert_int_equal(count_maps(), 3);
	must(&b, bench_register(&b, false));
	start(&b);
	fake_crash(&b.f, CW_CRASH_FAULT);
	b.f.log[0] = '\0';
	b.rproc = cw_rproc_free(b.rproc); /* the crash was not even looked at */
	assert_non_null(strstr(b.f.log, "STOP RELEASE CLOSE"));
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
		T(tee_12_release_on_every_error_after_load),
		T(tee_12_release_after_failed_recovery_and_stop),
		T(tee_13_release_is_ignored_when_detached),
		T(tee_14_release_failure_is_reported),
		T(tee_16_firmware_is_asked_first),
		T(tee_17_errors_keep_the_tees_code),
		T(tee_18_one_session_for_a_registration),
		T(tee_19_backend_missing_absent_unknown),
		T(tee_23_two_platforms_on_two_threads),
		T(tee_23_callbacks_may_read),
		T(tee_24_unregister_while_running),
	};

	return cmocka_run_group_tests_name("rproc-life", tests, NULL, NULL);
}
