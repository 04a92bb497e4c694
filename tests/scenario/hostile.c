// SPDX-License-Identifier: BSD-2-Clause
/*
 * Firmware that is signed and attacks all the same (firmware/hostile): the board stays up, the host stays sane, what
 * happened is said, memory is given back clean, and the next good firmware boots on the same board.
 *
 * One test an attack, named after it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "rproc/platform.h"
#include "tests/scenario/rig.h"

/* Bounds, seconds and KiB. Generous ones: they tell an end from no end, and a leak from none. */
#define STOP_MAX     (4.0 * RIG_SLOWER)
#define CALL_MAX     (2.0 * RIG_SLOWER)
#define GROWTH_MAX   (96 * 1024 * RIG_SLOWER)
#define ATTACK_MS    250
#define APPEAR_MS    (10000 * RIG_SLOWER)
#define IDLE_CPU_MAX 0.10 /* of a processor, by a core that sleeps */

enum outcome {
	RUNS,	  /* and nothing is seen of the attack */
	BREAKS,	  /* the rpmsg bus, with these words */
	CRASHES,  /* with cause and registers */
	LOCKS,	  /* crashes, and the core stands */
	BITES,	  /* the watchdog resets the core */
	SURVIVES, /* runs or breaks, as the race went */
};

struct attack {
	const char *name;
	enum outcome outcome;
	const char *words; /* the reason, or what the trace says */
	bool sleeps;	   /* the core, in the end */
	uint32_t address;  /* refused: 0 do not ask */
};

static const char *build;

static double end_of_call(double start)
{
	double took = rig_now() - start;

	if (took > CALL_MAX)
		fail_msg("a call took %.1f s", took);
	return took;
}

/* ---- what is expected ---- */

static const char *trace_words;

static bool traced(void)
{
	char text[4096];

	return cw_rproc_trace_read(rig.rproc, 0, text, sizeof(text)) > 0 &&
	       strstr(text, trace_words);
}

static void check_runs(const struct attack *a)
{
	trace_words = a->words;
	if (a->words && !rig_until(traced, APPEAR_MS)) {
		char text[4096] = "";

		cw_rproc_trace_read(rig.rproc, 0, text, sizeof(text));
		fail_msg("'%s' is not in the trace: %s", a->words, text);
	}
	rig_for(ATTACK_MS);
	if (rig.saw.crashes)
		fail_msg("it crashed: pc 0x%08x, cfsr 0x%08x", rig.saw.crash.pc,
			 rig.saw.crash.cfsr);
	if (a->outcome == RUNS && rig.saw.broken)
		fail_msg("the bus broke: %s", rig.saw.why);
	assert_int_equal(cw_rproc_state(rig.rproc), CW_RPROC_RUNNING);
}

static void keep_sending(void)
{
	static const struct cw_rpmsg_ept_ops none = {0};
	struct cw_rpmsg *bus = cw_rproc_rpmsg(rig.rproc, 0);
	struct cw_rpmsg_ept *ept;

	if (!rig_until(rig_announced, APPEAR_MS))
		fail_msg("nothing is announced");
	rig_must(cw_rpmsg_ept_new(bus, CW_RPMSG_ADDR_ANY, rig.saw.address, &none, NULL, &ept,
				  &rig.err));
	for (unsigned i = 0; i < 1000 && !rig.saw.broken; i++) {
		cw_rpmsg_send(ept, "x", 1);
		rig_for(1);
	}
}

static void check_breaks(const struct attack *a)
{
	if (!strncmp(a->name, "tx-", 3))
		keep_sending();
	if (!rig_until(rig_broken, APPEAR_MS))
		fail_msg("the bus does not break: %u announced", rig.saw.announced);
	if (!strstr(rig.saw.why, a->words))
		fail_msg("'%s' is not in: %s", a->words, rig.saw.why);
	assert_int_equal(rig.saw.broken, 1);
	assert_string_equal(cw_rpmsg_broken(cw_rproc_rpmsg(rig.rproc, 0)), rig.saw.why);
	assert_int_equal(cw_rproc_state(rig.rproc), CW_RPROC_RUNNING);
}

static void check_crashes(const struct attack *a)
{
	const struct cw_rproc_crash *c = &rig.saw.crash;

	if (!rig_until(rig_crashed, APPEAR_MS))
		fail_msg("no crash is reported");
	assert_int_equal(cw_rproc_state(rig.rproc), CW_RPROC_CRASHED);
	assert_int_equal(c->count, 1);
	if (a->outcome == BITES) {
		assert_int_equal(c->type, CW_CRASH_WATCHDOG_RESET);
		return;
	}
	assert_int_equal(c->type, CW_CRASH_FATAL_ERROR);
	if (!c->pc && !c->xpsr && !c->cfsr && !c->hfsr)
		fail_msg("a crash without cause and registers");
	if (a->address)
		assert_int_equal(c->address, a->address);
}

static void check_cost(const struct attack *a, const struct rig_usage *before, double start)
{
	struct rig_usage after = rig_usage();

	if (after.rss_kib - before->rss_kib > GROWTH_MAX)
		fail_msg("silicon grew from %ld to %ld KiB", before->rss_kib, after.rss_kib);
	assert_int_equal(after.threads, before->threads);
	if (a->sleeps) {
		double t = rig_now(), cpu = after.cpu;

		rig_for(500);
		cpu = (rig_usage().cpu - cpu) / (rig_now() - t);
		if (cpu > IDLE_CPU_MAX)
			fail_msg("a sleeping core costs %.0f %% of a processor", cpu * 100);
	}
}

static void check_good_firmware_boots(void)
{
	rig.saw = (struct rig_saw){0};
	rig_firmware("echo");
	rig_must(cw_rproc_start(rig.rproc, &rig.err));
	rig_echo(20);
	rig_must(cw_rproc_stop(rig.rproc, &rig.err));
	assert_int_equal(rig.saw.crashes, 0);
	rig_given_back();
}

static void survive(void **state)
{
	const struct attack *a = *state;
	struct rig_usage before;
	double start;

	rig_sign_hostile(a->name);
	rig_on(0);
	rig_register(true);
	check_good_firmware_boots(); /* so that what follows is compared with a board that has run */
	before = rig_usage();
	rig.saw = (struct rig_saw){0};
	rig_firmware(bench_path(&rig.bench, "hostile-%s", a->name) + strlen(rig.bench.dir) + 1);
	start = rig_now();
	rig_must(cw_rproc_start(rig.rproc, &rig.err));
	end_of_call(start);
	if (a->outcome == RUNS || a->outcome == SURVIVES)
		check_runs(a);
	else if (a->outcome == BREAKS)
		check_breaks(a);
	else
		check_crashes(a);
	check_cost(a, &before, start);
	start = rig_now();
	rig_must(cw_rproc_stop(rig.rproc, &rig.err));
	if (rig_now() - start > STOP_MAX)
		fail_msg("the stop took %.1f s", rig_now() - start);
	rig_given_back();
	check_good_firmware_boots();
	rig_off();
}

/* ---- more than one thing at once ---- */

/* With recovery: every crash is followed by another boot, and the end is in our hands. */
static void recovery_without_end(void **state)
{
	static unsigned crashes;

	rig_sign_hostile("udf");
	rig_on(0);
	rig_register(false);
	rig_firmware("hostile-udf");
	rig_must(cw_rproc_start(rig.rproc, &rig.err));
	for (crashes = 1; crashes <= 5; crashes++) {
		double end = rig_now() + APPEAR_MS / 1e3;

		while (rig.saw.crashes < crashes && rig_now() < end)
			rig_for(5);
		assert_true(rig.saw.crashes >= crashes);
	}
	cw_rproc_set_recovery(rig.rproc, false);
	rig_must(cw_rproc_stop(rig.rproc, &rig.err));
	rig_given_back();
	check_good_firmware_boots();
	rig_off();
}

/* As fast as it can: what keeps other processes alive then is the scheduler, and a stop comes through. */
static void storms_without_pace(void **state)
{
	static const char *const storms[] = {"ipcc-storm", "systick-storm", "pendsv-storm", "flood",
					     "ns-churn"};

	for (unsigned i = 0; i < sizeof(storms) / sizeof(storms[0]); i++) {
		char image[64];
		double start;

		rig_sign_hostile(storms[i]);
		rig_on(-1);
		rig_register(true);
		snprintf(image, sizeof(image), "hostile-%s", storms[i]);
		rig_firmware(image);
		rig_must(cw_rproc_start(rig.rproc, &rig.err));
		rig_for(ATTACK_MS);
		start = rig_now();
		rig_must(cw_rproc_stop(rig.rproc, &rig.err));
		if (rig_now() - start > STOP_MAX)
			fail_msg("%s: the stop took %.1f s", storms[i], rig_now() - start);
		rig_given_back();
		rig_off();
	}
}

/* The host gives up while the firmware storms: power-off comes through. */
static void power_off_in_a_storm(void **state)
{
	rig_sign_hostile("ipcc-storm");
	rig_on(-1);
	rig_register(true);
	rig_firmware("hostile-ipcc-storm");
	rig_must(cw_rproc_start(rig.rproc, &rig.err));
	rig_for(ATTACK_MS);
	rig_off();
	rig_on(0);
	rig_register(true);
	check_good_firmware_boots();
	rig_off();
}

/* A host that does not listen: silicon keeps what it owes, no more than that. */
static void storm_that_nobody_reads(void **state)
{
	struct rig_usage before;
	double end;

	rig_sign_hostile("ipcc-storm");
	rig_on(-1);
	rig_register(true);
	rig_firmware("hostile-ipcc-storm");
	rig_must(cw_rproc_start(rig.rproc, &rig.err));
	rig_for(50);
	before = rig_usage();
	end = rig_now() + 1;
	while (rig_now() < end)
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	if (rig_usage().rss_kib - before.rss_kib > 16 * 1024)
		fail_msg("silicon grew from %ld to %ld KiB", before.rss_kib, rig_usage().rss_kib);
	rig_must(cw_rproc_stop(rig.rproc, &rig.err));
	rig_given_back();
	check_good_firmware_boots();
	rig_off();
}

/* Nobody takes what is sent: it ends in -EAGAIN, and stays so. */
static void sent_and_never_taken(void **state)
{
	static const struct cw_rpmsg_ept_ops none = {0};
	struct cw_rpmsg_stats stats;
	struct cw_rpmsg_ept *ept;
	struct cw_rpmsg *bus;
	unsigned sent = 0;

	rig_sign_hostile("mute");
	rig_on(0);
	rig_register(true);
	rig_firmware("hostile-mute");
	rig_must(cw_rproc_start(rig.rproc, &rig.err));
	bus = cw_rproc_rpmsg(rig.rproc, 0);
	rig_must(cw_rpmsg_ept_new(bus, CW_RPMSG_ADDR_ANY, 0x400, &none, NULL, &ept, &rig.err));
	while (cw_rpmsg_send(ept, "x", 1) == 0)
		sent++;
	assert_int_equal(sent, 16); /* the vring's */
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(cw_rpmsg_send(ept, "x", 1), -EAGAIN);
	rig_for(ATTACK_MS);
	cw_rpmsg_stats(bus, &stats);
	assert_int_equal(stats.tx, 16);
	assert_int_equal(rig.saw.broken, 0);
	rig_must(cw_rproc_stop(rig.rproc, &rig.err));
	check_good_firmware_boots();
	rig_off();
}

/* A loop without end costs what the pace allows. */
static void pace_bounds_a_loop(void **state)
{
	double cpu, t;

	rig_sign_hostile("spin");
	rig_on(2);
	rig_register(true);
	rig_firmware("hostile-spin");
	rig_must(cw_rproc_start(rig.rproc, &rig.err));
	rig_for(100);
	cpu = rig_usage().cpu;
	t = rig_now();
	rig_for(1000);
	cpu = (rig_usage().cpu - cpu) / (rig_now() - t);
	if (cpu > 0.5)
		fail_msg("2 million instructions a second cost %.0f %% of a processor", cpu * 100);
	rig_must(cw_rproc_stop(rig.rproc, &rig.err));
	rig_off();
}

/* ---- list ---- */

static struct attack attacks[] = {
	{"none", RUNS, "no such attack"},
	/* rings, messages, names */
	{"used-jump", BREAKS, "the used index went from 0 to 1000"},
	{"used-id", BREAKS, "returns descriptor 4294967295 of 16"},
	{"used-twice", RUNS}, /* for the host offers it again at once */
	{"used-short", BREAKS, "returned with 3 bytes"},
	{"used-long", BREAKS, "returned with 4294967295 bytes"},
	{"tx-jump", BREAKS, "tx: the used index went from 0 to 32768"},
	{"tx-id", BREAKS, "tx: used entry 0 returns descriptor 77 of 16"},
	{"descriptors", RUNS, "descriptors are rewritten"},
	{"flood", RUNS},
	{"header-length", BREAKS, "a message of 65535 bytes in 48 used ones"},
	{"header-rewrite", SURVIVES},
	{"ns-flood", BREAKS, "more than 64 services"},
	{"ns-byte", BREAKS, "byte 0x1b in a name"},
	{"ns-endless", BREAKS, "a name without end"},
	{"ns-size", BREAKS, "an announcement of 7 bytes"},
	{"ns-address", BREAKS, "without an address"},
	{"ns-churn", RUNS},
	/* the core's own means */
	{"lockup", LOCKS, .sleeps = true, .address = 0x2FFC0000},
	{"nest", CRASHES},
	{"svc-in-svc", CRASHES, .sleeps = true},
	{"sp-zero", CRASHES},
	{"sp-odd", CRASHES},
	{"sp-registers", CRASHES},
	{"sp-shared", RUNS},
	{"vtor-nowhere", CRASHES, .sleeps = true},
	{"vtor-registers", CRASHES, .sleeps = true},
	{"vtor-shared", CRASHES, .sleeps = true},
	{"bad-return", CRASHES, .sleeps = true},
	{"bad-frame", CRASHES},
	{"udf", CRASHES, .sleeps = true},
	{"wild-jump", CRASHES, .sleeps = true},
	{"run-stack", RUNS, "stack ran: 1000"},
	{"run-shared", RUNS, "shared memory ran: 1000"},
	{"self-modify", RUNS, "modified code summed 250008"},
	{"self-modify-forever", RUNS},
	/* the rest of the chip */
	{"mute", RUNS, .sleeps = true},
	{"spin", RUNS},
	{"reset", RUNS, .sleeps = true},
	{"reset-early", RUNS, .sleeps = true},
	{"watchdog", BITES, .sleeps = true},
	{"watchdog-early", BITES, .sleeps = true},
	{"ipcc-storm", SURVIVES},
	{"systick-storm", RUNS},
	{"pendsv-storm", RUNS},
	{"nvic-storm", RUNS, "lines moved"},
	{"wake-storm", RUNS},
	{"table-rewrite", RUNS},
	{"trace-endless", RUNS},
	{"trace-terminal", RUNS},
	{"write-everywhere", RUNS, "swept"},
	{"hsem-hold", RUNS, "holding all"},
	{"shared-scribble", SURVIVES},
};
#define N_ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

static int prepare(void **state)
{
	rig_open(build);
	return 0;
}

static int clean_up(void **state)
{
	rig_close();
	return 0;
}

/* A test that failed leaves its board behind. */
static int leave(void **state)
{
	rig.rproc = cw_rproc_free(rig.rproc);
	rig.platform = cw_platform_off(rig.platform, NULL);
	return 0;
}

#define ONE(name)                                                                                  \
	{                                                                                          \
#name, name, NULL, leave, NULL                                                     \
	}

int main(int argc, char **argv)
{
	static const struct CMUnitTest others[] = {
		ONE(sent_and_never_taken), ONE(pace_bounds_a_loop),   ONE(recovery_without_end),
		ONE(storms_without_pace),  ONE(power_off_in_a_storm), ONE(storm_that_nobody_reads),
	};
	struct CMUnitTest tests[N_ATTACKS + sizeof(others) / sizeof(others[0])];

	if (argc < 2) {
		fprintf(stderr, "usage: %s BUILD [PATTERN]\n", argv[0]);
		return 2;
	}
	build = argv[1];
	if (argc > 2)
		cmocka_set_test_filter(argv[2]);
	for (size_t i = 0; i < N_ATTACKS; i++)
		tests[i] = (struct CMUnitTest){attacks[i].name, survive, NULL, leave, &attacks[i]};
	memcpy(tests + N_ATTACKS, others, sizeof(others));
	return cmocka_run_group_tests_name("scenario-hostile", tests, prepare, clean_up);
}
