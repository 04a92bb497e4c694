// SPDX-License-Identifier: BSD-2-Clause
/*
 * The life cycle on a whole board: lib/rproc, silicon, TEE and trusted application as processes, our firmware on the
 * core. Names begin with the id of docs/requirements.md that the test proves; tests/unit/rproc proves the finer points.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "rproc/platform.h"
#include "tests/scenario/bench.h"

static const char *build;
static struct bench bench;
static struct cw_platform *platform;
static struct cw_rproc *rproc;
static struct cw_error err;

static struct {
	unsigned crashes, announced, withdrawn, writable, received;
	struct cw_rproc_crash crash;
	uint32_t address;
	char steps[1024];
	uint8_t data[CW_RPMSG_MTU];
	size_t len;
} saw;

static void on_step(void *ctx, struct cw_rproc *r, const struct cw_rproc_step *step)
{
	size_t used = strlen(saw.steps);

	snprintf(saw.steps + used, sizeof(saw.steps) - used, "%s%s", used ? ", " : "",
		 cw_rproc_step_name(step->id));
	if (step->text[0] && step->id == CW_STEP_SHUTDOWN) {
		used = strlen(saw.steps);
		snprintf(saw.steps + used, sizeof(saw.steps) - used, " (%s)", step->text);
	}
}

static void on_crash(void *ctx, struct cw_rproc *r, const struct cw_rproc_crash *crash)
{
	saw.crashes++;
	saw.crash = *crash;
}

static void on_announced(void *ctx, struct cw_rproc *r, struct cw_rpmsg *bus,
			 const struct cw_rpmsg_channel *channel)
{
	if (!strcmp(channel->name, "rpmsg-tty")) {
		saw.announced++;
		saw.address = channel->addr;
	}
}

static void on_withdrawn(void *ctx, struct cw_rproc *r, struct cw_rpmsg *bus,
			 const struct cw_rpmsg_channel *channel)
{
	saw.withdrawn += !strcmp(channel->name, "rpmsg-tty");
}

static void on_writable(void *ctx, struct cw_rproc *r, struct cw_rpmsg *bus)
{
	saw.writable++;
}

static const struct cw_rproc_events events = {
	.step = on_step,
	.crash = on_crash,
	.announced = on_announced,
	.withdrawn = on_withdrawn,
	.writable = on_writable,
};

static void must(int r)
{
	if (r < 0)
		fail_msg("%d: %s", r, err.text);
}

static void says(const char *words)
{
	if (!strstr(err.text, words))
		fail_msg("'%s' is not in: %s", words, err.text);
}

/* ---- keys, images, board ---- */

static void sign(const char *name, const char *key)
{
	bench_sign(&bench, bench_firmware(&bench, name), bench_path(&bench, "%s.rproc", name),
		   bench_path(&bench, "%s.pem", key), NULL, NULL);
}

static int prepare(void **state)
{
	bench_open(&bench, build, false);
	bench_key(&bench, "ours", "rsa2048");
	bench_key(&bench, "theirs", "p256");
	bench_provision(&bench, bench_path(&bench, "state"), bench_path(&bench, "ours.pub"), NULL);
	sign("echo", "ours");
	sign("fault", "ours");
	sign("bare", "ours");
	return 0;
}

static int clean_up(void **state)
{
	bench_close(&bench);
	return 0;
}

static int power_on(void **state)
{
	struct cw_platform_config config = {0};
	char dtb[640], tas[640];

	snprintf(dtb, sizeof(dtb), "%s/boards/stm32mp15.dtb", bench.build);
	snprintf(tas, sizeof(tas), "%s/secure/ta", bench.build);
	config.board = dtb;
	config.ta_dir = tas;
	config.state = bench_path(&bench, "state");
	memset(&saw, 0, sizeof(saw));
	memset(&err, 0, sizeof(err));
	must(cw_platform_on(&config, &platform, &err));
	return 0;
}

static int power_off(void **state)
{
	rproc = cw_rproc_free(rproc);
	platform = cw_platform_off(platform, &err);
	if (err.code)
		fail_msg("%s", err.text);
	return 0;
}

static void register_with(const char *image)
{
	struct cw_rproc_config config = {.events = &events};

	must(cw_rproc_new(platform, "m4", &config, &rproc, &err));
	must(cw_rproc_set_firmware(rproc, bench_path(&bench, "%s", image), &err));
}

/* Let events happen until @done, for ten seconds at most. */
static void run_until(bool (*done)(void))
{
	struct timespec t;
	time_t end;

	clock_gettime(CLOCK_MONOTONIC, &t);
	end = t.tv_sec + 10;
	while (!done() && t.tv_sec < end) {
		must(cw_rproc_process(rproc, 100, &err));
		clock_gettime(CLOCK_MONOTONIC, &t);
	}
	assert_true(done());
}

static bool announced(void)
{
	return saw.announced > 0;
}

/* After a stop: nothing locked, nothing readable, nothing left. */
static void check_given_back(void)
{
	struct bench_board board = {.bus = platform->bus};
	struct cw_bus_stats stats;
	uint64_t pa = 0;

	must(cw_bus_stats(platform->bus, &stats));
	assert_int_equal(stats.windows, 0);
	assert_int_equal(stats.protected_regions, 0);
	if (!bench_memory_clean(&board, &pa))
		fail_msg("a byte is left at 0x%llx", (unsigned long long)pa);
}

/* ---- scenarios ---- */

static void on_message(void *ctx, struct cw_rpmsg_ept *ept, uint32_t src, const void *data,
		       size_t len)
{
	assert_int_equal(src, saw.address);
	memcpy(saw.data, data, len);
	saw.len = len;
	saw.received++;
}

static const struct cw_rpmsg_ept_ops ept_ops = {.receive = on_message};

static unsigned wanted;

static bool received_wanted(void)
{
	return saw.received >= wanted;
}

static void boot_echo_stop_twice(void **state)
{
	struct cw_rpmsg_ept *ept;
	uint8_t message[CW_RPMSG_MTU];

	register_with("echo.rproc");
	for (unsigned round = 1; round <= 2; round++) {
		saw.announced = saw.received = 0;
		saw.steps[0] = '\0';
		must(cw_rproc_start(rproc, &err));
		run_until(announced);
		must(cw_rpmsg_ept_new(cw_rproc_rpmsg(rproc, 0), CW_RPMSG_ADDR_ANY, saw.address,
				      &ept_ops, NULL, &ept, &err));
		wanted = 1;
		for (size_t len = 1; len <= CW_RPMSG_MTU; len += 33) {
			memset(message, (int)len, sizeof(message));
			saw.received = 0;
			must(cw_rpmsg_send(ept, message, len));
			run_until(received_wanted);
			assert_int_equal(saw.len, len);
			assert_memory_equal(saw.data, message, len);
		}
		must(cw_rproc_stop(rproc, &err));
		assert_string_equal(saw.steps, "load, resource table, carveouts, vrings, start, virtio, "
					       "shutdown (acknowledged), stop, release");
		check_given_back();
	}
	assert_int_equal(saw.withdrawn, 2);
}

/* Send until every buffer is with the firmware, then go on when told: nothing is lost or out of order. */
static void back_pressure(void **state)
{
	struct cw_rpmsg_ept *ept;
	unsigned sent = 0, refused = 0;
	uint32_t n;
	int r;

	register_with("echo.rproc");
	must(cw_rproc_start(rproc, &err));
	run_until(announced);
	must(cw_rpmsg_ept_new(cw_rproc_rpmsg(rproc, 0), CW_RPMSG_ADDR_ANY, saw.address, &ept_ops, NULL,
			      &ept, &err));
	while (sent < 2000) {
		r = cw_rpmsg_send(ept, &sent, sizeof(sent));
		if (!r) {
			sent++;
			continue;
		}
		assert_int_equal(r, -EAGAIN);
		refused++;
		saw.writable = 0;
		while (!saw.writable)
			must(cw_rproc_process(rproc, 1000, &err));
	}
	wanted = 2000;
	run_until(received_wanted);
	memcpy(&n, saw.data, sizeof(n));
	assert_int_equal(n, 1999);
	assert_int_not_equal(refused, 0);
	must(cw_rproc_stop(rproc, &err));
}

static bool crashed_twice(void)
{
	return saw.crashes >= 2;
}

static void tee_04_crash_and_recovery_by_reload(void **state)
{
	register_with("fault.rproc");
	must(cw_rproc_start(rproc, &err));
	run_until(crashed_twice); /* so it was running again in between */
	assert_int_equal(saw.crash.type, CW_CRASH_FATAL_ERROR);
	assert_int_equal(saw.crash.address, 0x2ffc0000);
	assert_int_not_equal(saw.crash.pc, 0);
	assert_int_equal(cw_rproc_state(rproc), CW_RPROC_RUNNING);
	assert_non_null(strstr(saw.steps, "stop, load, start, virtio"));
	must(cw_rproc_stop(rproc, &err));
	check_given_back();
}

static bool crashed(void)
{
	return saw.crashes >= 1;
}

/* The file changes while the processor runs: recovery judges what is there now. */
static void tee_04_recovery_judges_the_file_anew(void **state)
{
	char copy[512];
	int r = 0;

	snprintf(copy, sizeof(copy), "%s", bench_path(&bench, "victim.rproc"));
	assert_int_equal(bench_run(&bench, NULL, "cp", bench_path(&bench, "fault.rproc"), copy, NULL), 0);
	register_with("victim.rproc");
	must(cw_rproc_start(rproc, &err));
	assert_int_equal(truncate(copy, 300), 0);
	for (int i = 0; i < 100 && r >= 0 && !crashed(); i++)
		r = cw_rproc_process(rproc, 100, &err);
	assert_int_equal(r, -EIO);
	says("recovery failed: load refused");
	assert_int_equal(cw_rproc_state(rproc), CW_RPROC_CRASHED);
	must(cw_rproc_stop(rproc, &err)); /* which Linux cannot */
	check_given_back();
	must(cw_rproc_set_firmware(rproc, bench_path(&bench, "echo.rproc"), &err));
	must(cw_rproc_start(rproc, &err));
	must(cw_rproc_stop(rproc, &err));
}

static void tee_06_firmware_without_table(void **state)
{
	size_t size;

	register_with("bare.rproc");
	must(cw_rproc_start(rproc, &err));
	assert_null(cw_rproc_table(rproc, &size));
	assert_null(cw_rproc_rpmsg(rproc, 0));
	must(cw_rproc_stop(rproc, &err));
	assert_non_null(strstr(saw.steps, "shutdown (no answer, going on)"));
	check_given_back();
}

/* TEE-01, 10, 12, 17: refused with the judge's words, nothing left, and the next good image boots. */
static void tee_17_refusals_in_words(void **state)
{
	char elf[640];

	register_with("echo.rproc");
	snprintf(elf, sizeof(elf), "%s/firmware/echo.elf", bench.build);
	must(cw_rproc_set_firmware(rproc, elf, &err));
	assert_int_equal(cw_rproc_start(rproc, &err), -EIO);
	says("m4: load refused: ");
	says("plain ELF");
	says("0xffff0006");
	says("errno -5");
	check_given_back();
	sign("echo", "theirs");
	must(cw_rproc_set_firmware(rproc, bench_path(&bench, "echo.rproc"), &err));
	assert_int_equal(cw_rproc_start(rproc, &err), -EIO);
	assert_int_not_equal(err.reason, 0);
	check_given_back();
	assert_int_equal(cw_rproc_state(rproc), CW_RPROC_OFFLINE);
	sign("echo", "ours");
	must(cw_rproc_start(rproc, &err));
	run_until(announced);
}

static void tee_18_one_session_and_tee_19_unknown_id(void **state)
{
	struct cw_rproc_config config = {.id = 7};
	struct cw_rproc *other = NULL;

	assert_int_equal(cw_rproc_new(platform, NULL, &config, &other, &err), -ENODEV);
	says("id 7");
	config.id = 0;
	must(cw_rproc_new(platform, NULL, &config, &rproc, &err));
	assert_int_equal(cw_rproc_new(platform, NULL, &config, &other, &err), -EBUSY);
	assert_null(other);
}

static void tee_24_unregister_while_running(void **state)
{
	register_with("echo.rproc");
	must(cw_rproc_start(rproc, &err));
	run_until(announced);
	saw.steps[0] = '\0';
	rproc = cw_rproc_free(rproc);
	assert_string_equal(saw.steps, "shutdown (acknowledged), stop, release, close");
	check_given_back();
	register_with("echo.rproc");
	must(cw_rproc_start(rproc, &err));
}

/* Trace and table are there through their windows, and nothing else of protected memory is. */
static void windows_only(void **state)
{
	char text[256];
	uint32_t word;
	unsigned tries = 0;

	register_with("echo.rproc");
	must(cw_rproc_start(rproc, &err));
	run_until(announced);
	while (cw_rproc_trace_read(rproc, 0, text, sizeof(text)) <= 0 && tries++ < 100)
		cw_rproc_process(rproc, 50, &err);
	assert_non_null(strstr(text, "corewarden echo"));
	assert_int_equal(cw_bus_read(platform->bus, CW_PA(0x38000000), &word, 4), -EACCES);
	assert_int_equal(cw_bus_read(platform->bus, CW_PA(0x10000000), &word, 4), -EACCES);
	assert_int_equal(cw_bus_read(platform->bus, CW_PA(0x30000000), &word, 4), -EACCES);
	assert_int_equal(cw_bus_write(platform->bus, CW_PA(0x10020000), &word, 4), -EACCES);
}

#define T(name) cmocka_unit_test_setup_teardown(name, power_on, power_off)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(boot_echo_stop_twice),
		T(back_pressure),
		T(tee_04_crash_and_recovery_by_reload),
		T(tee_04_recovery_judges_the_file_anew),
		T(tee_06_firmware_without_table),
		T(tee_17_refusals_in_words),
		T(tee_18_one_session_and_tee_19_unknown_id),
		T(tee_24_unregister_while_running),
		T(windows_only),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: %s BUILD\n", argv[0]);
		return 2;
	}
	build = argv[1];
	return cmocka_run_group_tests_name("scenario-life", tests, prepare, clean_up);
}
