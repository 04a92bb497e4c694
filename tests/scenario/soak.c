// SPDX-License-Identifier: BSD-2-Clause
/*
 * Random operations and faults on one board after the other, for a time, from a seed that is printed. After each the
 * invariants are checked: states, memory, descriptors, processes, clients, size.
 *
 *	COREWARDEN_SOAK_SECONDS	how long; otherwise 120 in a build with sanitizers, 20 in another
 *	COREWARDEN_SEED		which operations; otherwise the clock decides
 *
 * The seed decides what is done, not how the races in it go.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "host/cleanup.h"
#include "host/msg.h"
#include "rproc/platform.h"
#include "secure/api/remoteproc_ta.h"
#include "teec/teec_ext.h"
#include "tests/scenario/rig.h"
#include "tests/scenario/soak.h"

#ifdef CW_SANITIZED
#define SECONDS 120
#else
#define SECONDS 20
#endif
#define GROWTH_MAX (128 * 1024 * RIG_SLOWER)

static const char *build;
static bool finished;

struct soak soak;

void note(const char *fmt, ...)
{
	char *line = soak.log[soak.n_ops % LOG_LINES];
	size_t used = strlen(line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + used, sizeof(soak.log[0]) - used, fmt, ap);
	va_end(ap);
}

uint32_t pick(uint32_t n)
{
	soak.random ^= soak.random >> 12;
	soak.random ^= soak.random << 25;
	soak.random ^= soak.random >> 27;
	return (uint32_t)(soak.random * 0x2545F4914F6CDD1Du >> 33) % n;
}

/* ---- getting there ---- */

void drop_held(unsigned keep)
{
	while (soak.n_held > keep)
		close(soak.held[--soak.n_held]);
}

void be_on(void)
{
	static const int mips[] = {0, 0, -1, 16};

	if (!rig.platform) {
		rig_on(mips[pick(4)]);
		soak.boards++;
	}
	if (!rig.rproc) {
		rig_register(pick(2));
		soak.fds_on = rig_fds() - soak.n_held;
		soak.rss = rig_usage().rss_kib;
	}
}

void be_off(void)
{
	drop_held(0);
	if (rig.platform)
		rig_off();
}

void be_offline(void)
{
	be_on();
	if (cw_rproc_state(rig.rproc) != CW_RPROC_OFFLINE)
		rig_must(cw_rproc_stop(rig.rproc, &rig.err));
	soak.good = false;
}

void be_echoing(void)
{
	be_on();
	if (soak.good && cw_rproc_state(rig.rproc) == CW_RPROC_RUNNING)
		return;
	be_offline();
	rig.saw.announced = 0;
	rig_firmware("echo");
	rig_must(cw_rproc_start(rig.rproc, &rig.err));
	soak.good = true;
	soak.boots++;
}

/* ---- operations ---- */

static void op_echo(void)
{
	unsigned n = 1 + pick(40);

	note("%u echoes", n);
	be_echoing();
	rig_echo(n);
	soak.echoes += n;
}

static void op_stop(void)
{
	note("stop");
	be_offline();
}

static void op_hostile(void)
{
	static const char *const attacks[] = {
		"used-jump",
		"used-id",
		"used-twice",
		"used-long",
		"tx-jump",
		"descriptors",
		"flood",
		"header-length",
		"header-rewrite",
		"ns-flood",
		"ns-endless",
		"ns-churn",
		"lockup",
		"nest",
		"svc-in-svc",
		"sp-zero",
		"sp-registers",
		"vtor-nowhere",
		"vtor-shared",
		"bad-return",
		"udf",
		"wild-jump",
		"run-shared",
		"self-modify-forever",
		"mute",
		"spin",
		"reset",
		"watchdog",
		"ipcc-storm",
		"systick-storm",
		"pendsv-storm",
		"table-rewrite",
		"trace-endless",
		"write-everywhere",
		"hsem-hold",
		"shared-scribble",
	};
	const char *attack = attacks[pick(sizeof(attacks) / sizeof(attacks[0]))];
	unsigned ms = pick(200), before;
	bool recovery = pick(2);
	char image[64];

	note("hostile %s for %u ms%s", attack, ms, recovery ? ", recovery" : "");
	snprintf(image, sizeof(image), "hostile-%s", attack);
	if (access(bench_path(&rig.bench, "%s.rproc", image), R_OK))
		rig_sign_hostile(attack);
	be_offline();
	before = rig.saw.crashes;
	cw_rproc_set_recovery(rig.rproc, recovery);
	rig_firmware(image);
	rig_must(cw_rproc_start(rig.rproc, &rig.err));
	soak.boots++;
	rig_for(ms);
	soak.crashes += rig.saw.crashes - before;
}

/* A copy of the echo image with some of its bytes changed, or its end gone, or more behind it. */
static void damage(const char *path)
{
	cleanup_free uint8_t *bytes = NULL;
	cleanup_file FILE *f = NULL;
	uint32_t kind = pick(4);
	size_t len, keep;

	bytes = bench_read_file(bench_path(&rig.bench, "echo.rproc"), &len);
	for (uint32_t i = kind ? pick(6) + (kind == 3) : 0; i; i--)
		bytes[pick(pick(2) ? 1024 : (uint32_t)len)] ^= (uint8_t)(1u << pick(8));
	f = fopen(path, "we");
	assert_non_null(f);
	keep = kind ? len : pick((uint32_t)len);
	assert_int_equal(fwrite(bytes, 1, keep, f), keep);
	if (kind == 1)
		fwrite(bytes, 1, pick(500), f);
	assert_int_equal(fflush(f), 0);
}

static void op_damaged(void)
{
	int r;

	be_offline();
	damage(bench_path(&rig.bench, "damaged.rproc"));
	rig_firmware("damaged");
	rig.err.text[0] = '\0';
	r = cw_rproc_start(rig.rproc, &rig.err);
	note("damaged image: %d", r);
	if (r == 0) /* what was changed does not count, like a symbol's name */
		return;
	soak.refused++;
	assert_int_not_equal(rig.err.text[0], '\0');
	assert_int_equal(cw_rproc_state(rig.rproc), CW_RPROC_OFFLINE);
}

static void op_tools(void)
{
	char *path = strdup(bench_path(&rig.bench, "damaged.rproc"));
	int inspect, verify;

	damage(path);
	inspect = bench_run(&rig.bench, NULL, "corewarden", "inspect", path, NULL);
	verify = bench_run(&rig.bench, NULL, "corewarden", "verify", path, "--key",
			   bench_path(&rig.bench, "ours.pub"), NULL);
	free(path);
	note("inspect %d, verify %d", inspect, verify);
	assert_in_range(inspect, 0, 1); /* and not by a signal */
	assert_in_range(verify, 0, 1);
}

static void op_crash(void)
{
	note("crash by hand");
	be_echoing();
	rig.saw.announced = rig.saw.crashes = 0;
	cw_rproc_set_recovery(rig.rproc, true);
	rig_must(cw_rproc_report_crash(
		rig.rproc, pick(2) ? CW_CRASH_FATAL_ERROR : CW_CRASH_MMUFAULT, &rig.err));
	rig_until(rig_crashed, 10000);
	assert_int_equal(rig.saw.crashes, 1);
	assert_int_equal(cw_rproc_state(rig.rproc), CW_RPROC_RUNNING);
	soak.crashes++;
	rig_echo(3);
}

static void op_crash_stop(void)
{
	note("crash by hand, no recovery");
	be_echoing();
	cw_rproc_set_recovery(rig.rproc, false);
	rig.saw.crashes = 0;
	rig_must(cw_rproc_report_crash(rig.rproc, CW_CRASH_FATAL_ERROR, &rig.err));
	rig_until(rig_crashed, 10000);
	assert_int_equal(cw_rproc_state(rig.rproc), CW_RPROC_CRASHED);
	soak.crashes++;
	if (pick(2)) {
		note(", recover");
		rig.saw.announced = 0;
		rig_must(cw_rproc_recover(rig.rproc, &rig.err));
		rig_echo(3);
	}
}

static void op_look(void)
{
	uint8_t bytes[64];
	char text[4096];
	size_t size;

	note("look around");
	be_on();
	for (unsigned i = 0; i < 50; i++) {
		int r = cw_bus_read(
			rig.platform->bus,
			CW_PA(pick(2) ? 0x10000000u + pick(0x60000) : pick(0x7FFFFFFF) * 2), bytes,
			1 + pick(sizeof(bytes)));

		if (r && r != -EACCES && r != -EFAULT && r != -EINVAL)
			fail_msg("a read answers %d", r);
	}
	cw_rproc_trace_read(rig.rproc, pick(3), text, 1 + pick(sizeof(text)));
	cw_rproc_table(rig.rproc, &size);
}

/* Moves that the state does not allow, one after the other. */
static void op_wrong(void)
{
	note("wrong moves");
	be_echoing();
	assert_int_equal(cw_rproc_start(rig.rproc, &rig.err), -EBUSY);
	assert_int_equal(cw_rproc_set_firmware(rig.rproc, "x", &rig.err), -EBUSY);
	assert_int_equal(cw_rproc_recover(rig.rproc, &rig.err), -EINVAL);
	be_offline();
	assert_int_equal(cw_rproc_stop(rig.rproc, &rig.err), -EINVAL);
	assert_int_equal(cw_rproc_recover(rig.rproc, &rig.err), -EINVAL);
	assert_int_equal(cw_rproc_report_crash(rig.rproc, CW_CRASH_FATAL_ERROR, &rig.err), -EINVAL);
}

/* ---- other clients of the TEE ---- */

int connect_tee(void)
{
	int pair[2], r;

	be_on();
	assert_int_equal(cw_msg_pair(pair), 0);
	r = cw_bus_connect_tee(rig.platform->bus, pair[1]);
	close(pair[1]);
	soak.clients++;
	if (r == 0)
		return pair[0];
	assert_int_equal(r, -EAGAIN); /* the TEE is busy with the ones before */
	close(pair[0]);
	return -1;
}

static void op_client_junk(void)
{
	unsigned n = 1 + pick(20);
	int fd = connect_tee();

	note("junk from a client, %u frames", n);
	for (unsigned i = 0; i < n && fd >= 0; i++) {
		uint32_t frame[64];
		size_t len = pick(sizeof(frame));

		for (size_t k = 0; k < sizeof(frame) / 4; k++)
			frame[k] = pick(3) ? pick(64) : pick(0x7FFFFFFF) * 2;
		if (pick(2))
			frame[0] = (uint32_t)len;
		if (send(fd, frame, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
	}
	if (fd >= 0)
		close(fd);
}

static void op_client_held(void)
{
	int fd;

	note("an idle client");
	if (soak.n_held == HELD_MAX)
		drop_held(pick(HELD_MAX));
	fd = connect_tee();
	if (fd >= 0)
		soak.held[soak.n_held++] = fd;
}

/* A second session with our service, which does nothing with it but ask wrong things; or one with a service that is not
 * there. */
static void op_client_session(void)
{
	static const TEEC_UUID rproc_ta = TA_RPROC_UUID;
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE)};
	TEEC_UUID uuid = rproc_ta;
	bool there = pick(2);
	TEEC_Context context;
	TEEC_Session session;
	TEEC_Result res;
	int fd = connect_tee();

	note("another session, %s", there ? "with ours" : "with nobody");
	if (fd < 0)
		return;
	if (!there)
		uuid.timeLow = pick(0x7FFFFFFF);
	assert_int_equal(cw_teec_init_from_socket(fd, &context), TEEC_SUCCESS);
	res = TEEC_OpenSession(&context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, &op, NULL);
	assert_int_equal(res, there ? TEEC_SUCCESS : TEEC_ERROR_ITEM_NOT_FOUND);
	if (there) {
		op.params[0].value.a = 1 + pick(100); /* another processor than the session's */
		assert_int_not_equal(TEEC_InvokeCommand(&session, 1 + pick(8), &op, NULL),
				     TEEC_SUCCESS);
		op.params[0].value.a = 0;
		assert_int_not_equal(TEEC_InvokeCommand(&session, 100 + pick(1000), &op, NULL),
				     TEEC_SUCCESS);
		TEEC_CloseSession(&session);
	}
	TEEC_FinalizeContext(&context);
}

/* The state belongs to the board that is on. */
static void op_second_board(void)
{
	char *image = strdup(bench_path(&rig.bench, "echo.rproc"));
	int status = bench_run(&rig.bench, NULL, "corewarden", "boot", image, "--state",
			       bench_path(&rig.bench, "state"), "--timeout", "1", NULL);

	free(image);
	note("corewarden boot: %d", status);
	assert_int_equal(status, rig.platform ? 1 : 0);
}

/* ---- ends ---- */

static void op_power_cycle(void)
{
	note("power cycle");
	be_off();
	be_on();
}

static void op_unregister(void)
{
	note("unregister");
	be_on();
	rig.rproc = cw_rproc_free(rig.rproc);
	be_on();
}

static void op_off(void)
{
	note("off");
	be_off();
}

static const struct {
	void (*run)(void);
	unsigned weight;
} ops[] = {
	{op_echo, 12},	      {op_stop, 6},	    {op_hostile, 20},	 {op_damaged, 14},
	{op_tools, 3},	      {op_crash, 8},	    {op_crash_stop, 6},	 {op_look, 8},
	{op_wrong, 3},	      {op_client_junk, 10}, {op_client_held, 6}, {op_client_session, 6},
	{op_second_board, 1}, {op_power_cycle, 4},  {op_unregister, 4},	 {op_kill_silicon, 3},
	{op_off, 2},	      {op_kill_tee, 3},	    {op_kill_ta, 5},	 {op_bus_junk, 8},
	{op_bus_malformed, 3},
};

static void one_operation(void)
{
	unsigned total = 0, n;

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		total += ops[i].weight;
	n = pick(total);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (n < ops[i].weight) {
			ops[i].run();
			return;
		}
		n -= ops[i].weight;
	}
}

/* ---- invariants ---- */

static void check_clients(void)
{
	double end = rig_now() + 5 * RIG_SLOWER;
	struct cw_bus_stats stats;

	/* A client's end is seen by the TEE in its own time. */
	do {
		rig_must(cw_bus_stats(rig.platform->bus, &stats));
	} while (rig_children() != 3 && rig_now() < end);
	assert_int_equal(rig_children(), 3); /* silicon, TEE, one TA */
}

static void check_invariants(void)
{
	enum cw_rproc_state state;
	struct rig_usage u;

	if (!rig.platform) {
		assert_int_equal(rig_children(), 0);
		assert_int_equal(rig_fds(), rig.fds_at_rest);
		return;
	}
	u = rig_usage();
	assert_true(u.rss_kib - soak.rss < GROWTH_MAX);
	check_clients();
	state = cw_rproc_state(rig.rproc);
	assert_true(state == CW_RPROC_OFFLINE || state == CW_RPROC_RUNNING ||
		    state == CW_RPROC_CRASHED);
	if (state != CW_RPROC_OFFLINE)
		return;
	rig_given_back();
	assert_null(cw_rproc_rpmsg(rig.rproc, 0));
	assert_int_equal(rig_fds(), soak.fds_on + soak.n_held);
}

static void random_operations(void **unused)
{
	const char *text = getenv("COREWARDEN_SOAK_SECONDS");
	double seconds = text && *text ? atof(text) : SECONDS;
	uint64_t seed;
	double end;

	text = getenv("COREWARDEN_SEED");
	if (text && *text)
		seed = strtoull(text, NULL, 0);
	else
		assert_int_equal(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	seed &= UINT32_MAX;
	print_message("soak: COREWARDEN_SEED=%llu COREWARDEN_SOAK_SECONDS=%g\n",
		      (unsigned long long)seed, seconds);
	alarm((unsigned)seconds * 2 +
	      120 * RIG_SLOWER); /* one that hangs fails, however long was asked for */
	soak.random = seed * 0x9E3779B97F4A7C15u + 1;
	end = rig_now() + seconds;
	while (rig_now() < end) {
		soak.log[soak.n_ops % LOG_LINES][0] = '\0';
		one_operation();
		check_invariants();
		soak.n_ops++;
	}
	be_off();
	print_message("soak: %u operations: %u boots, %u refused, %u crashes, %u echoes, %u other "
		      "clients, %u boards, %u killed, %u frames of junk on the bus\n",
		      soak.n_ops, soak.boots, soak.refused, soak.crashes, soak.echoes, soak.clients,
		      soak.boards, soak.killed, soak.junk);
	finished = true;
}

static int prepare(void **state)
{
	rig_open(build);
	return 0;
}

static int clean_up(void **state)
{
	for (unsigned i = LOG_LINES - 1; !finished && i < LOG_LINES; i--)
		if (soak.n_ops >= i)
			print_error("operation %u: %s\n", soak.n_ops - i,
				    soak.log[(soak.n_ops - i) % LOG_LINES]);
	drop_held(0);
	rig.rproc = cw_rproc_free(rig.rproc);
	rig.platform = cw_platform_off(rig.platform, NULL);
	rig_close();
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: %s BUILD\n", argv[0]);
		return 2;
	}
	build = argv[1];
	return cmocka_run_group_tests_name("soak", tests, prepare, clean_up);
}
