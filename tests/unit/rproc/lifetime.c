// SPDX-License-Identifier: BSD-2-Clause
/* Release, stop, errors and sessions, requirement by requirement: names are the ids of docs/requirements.md. */
#include <pthread.h>

#include "bench.h"

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

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
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

	return cmocka_run_group_tests_name("rproc-lifetime", tests, NULL, NULL);
}
