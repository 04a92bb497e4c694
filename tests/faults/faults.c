// SPDX-License-Identifier: BSD-2-Clause
/*
 * faults - everything that can go wrong goes wrong once
 *
 *	test-faults BUILD [--long] [--match TEXT] [--only SPEC] [--list] [--verbose]
 *
 * First a life without faults records what every party visits, calls and sends. Then each of it goes wrong, one a trial: a
 * process is killed at a point, or stands still there; a call fails; a frame is lost, late, twice, or overtaken. Which of
 * them: faults/list.h; with --long, or COREWARDEN_LONG in the environment, everything at every number. With --match, only
 * what has this text in its name ("tee:call:alloc"); with --only, this one thing; with --list, only names.
 * The last lines say how many of what were tried.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/faults/list.h"
#include "tests/faults/trial.h"
#include "tests/scenario/bench.h"

#define SLOTS_EACH  8 /* trials at a time for each processor: most of a trial is waiting, and some wait a second for what was lost */
#define SLOTS_MAX   64
#define IN_A_HURRY  1000 /* ms: no time limit is longer, where one has to pass */
#define TRIALS_MAX  10000
#define RECORD_ROOM 65536

static const char *build;
static const char *only;
static bool verbose, listing;
static struct list list = {.match = ""};
static struct bench bench;
static struct trial_place place;
static struct trial *shared; /* @slots of them */
static struct cw_fault_entry *record;
static unsigned slots;

/* ---- running ---- */

static struct {
	unsigned kills, stops, calls, frames, fired, fine, refused, died, boots, failed;
} tally;

static void count_trial(const struct trial *t)
{
	if (strstr(t->spec, ":call:"))
		tally.calls++;
	else if (strstr(t->spec, ":msg:"))
		tally.frames++;
	else if (strstr(t->spec, ":stop:"))
		tally.stops++;
	else
		tally.kills++;
	tally.fired += t->fired > 0;
	tally.fine += t->life.end == LIFE_FINE;
	tally.refused += t->life.end == LIFE_REFUSED;
	tally.died += t->life.end == LIFE_DIED;
	tally.boots += !t->same_state;
	if (t->passed)
		return;
	tally.failed++;
	printf("FAILED %s: in '%s': %s\n", t->spec[0] ? t->spec : "without a fault",
	       life_stage_name(t->life.stage), t->life.text);
	if (t->left[0])
		printf("\tleft: %s\n", t->left);
	if (!t->same_state && t->next.end != LIFE_FINE)
		printf("\tnext boot, in '%s': %s\n", life_stage_name(t->next.stage), t->next.text);
	fflush(stdout);
}

static void show_trial(const struct trial *t)
{
	static const char *const ends[] = {[LIFE_DIED] = "died",
					   [LIFE_FINE] = "fine",
					   [LIFE_REFUSED] = "refused",
					   [LIFE_WRONG] = "WRONG"};

	printf("%s: %s%s in '%s': %s\n", t->spec, ends[t->life.end],
	       t->fired ? "" : " (not reached)", life_stage_name(t->life.stage), t->life.text);
	fflush(stdout);
}

static void begin(struct trial *t, const char *spec)
{
	memset(t, 0, sizeof(*t));
	snprintf(t->spec, sizeof(t->spec), "%s", spec);
	t->patience = strstr(spec, ":msg:") || strstr(spec, ":stop") ? IN_A_HURRY : 0;
}

static void run_all(void)
{
	pid_t pids[SLOTS_MAX] = {0};
	unsigned next = 0, running = 0;

	while (next < list.n || running) {
		pid_t pid;

		for (unsigned i = 0; i < slots && next < list.n; i++) {
			if (pids[i])
				continue;
			begin(&shared[i], list.spec[next]);
			pids[i] = trial_start(&place, &shared[i], ++next);
			assert_true(pids[i] > 0);
			running++;
		}
		pid = waitpid(-1, NULL, 0);
		for (unsigned i = 0; i < slots; i++) {
			if (pids[i] != pid)
				continue;
			pids[i] = 0;
			running--;
			count_trial(&shared[i]);
			if (only || verbose)
				show_trial(&shared[i]);
		}
	}
}

/* ---- tests ---- */

static struct trial counting; /* nothing went wrong in it */

static unsigned visited(enum cw_party party)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CW_FAULT_POINTS; i++)
		n += counting.counts.point[party][i] > 0;
	return n;
}

static void a_life_visits_every_point(void **state)
{
	struct trial *t = &shared[0];
	pid_t pid;

	begin(t, "");
	t->record_room = RECORD_ROOM;
	t->record = record;
	pid = trial_start(&place, t, 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	count_trial(t);
	assert_true(t->passed);
	assert_int_equal(t->life.end, LIFE_FINE);
	assert_true(t->counts.entries <= RECORD_ROOM);
	counting = *t;
	for (unsigned i = 0; i < CW_FAULT_POINTS; i++) {
		unsigned visits = 0;

		for (unsigned p = 0; p < CW_PARTIES; p++)
			visits += counting.counts.point[p][i];
		if (list_point_name(i) && !visits)
			fail_msg("point %s is not visited", list_point_name(i));
	}
	for (unsigned p = 0; p < CW_PARTIES; p++) {
		printf("%s visits %u points;", cw_party_name(p), visited(p));
		for (unsigned k = 0; k < CW_FAULT_KINDS; k++)
			printf(" %s %u", cw_fault_kind_name(k), counting.counts.call[p][k]);
		printf("\n");
	}
}

/* Every point of every stage is tried. */
static void show_stages(void)
{
	printf("points x parties by stage:");
	for (enum life_stage i = 0; i < LIFE_STAGES; i++)
		printf("%s %s %u", i ? "," : "", life_stage_name(i), list.points[i]);
	printf("\n");
}

static void all_of_it_goes_wrong(void **state)
{
	struct timespec begun, ended;
	struct rusage used;

	if (!counting.counts.point[0][101])
		skip();
	if (only)
		list_add(&list, only);
	else
		list_make(&list, &counting);
	show_stages();
	assert_true(list.n > 0);
	/* Nobody waits for all of these; the calls of a library are counted as ours. */
	if (!list.everything && list.n > TRIALS_MAX)
		fail_msg("%u trials", list.n);
	if (listing) {
		for (unsigned i = 0; i < list.n; i++)
			printf("%s\n", list.spec[i]);
		return;
	}
	memset(&tally, 0, sizeof(tally));
	clock_gettime(CLOCK_MONOTONIC, &begun);
	run_all();
	clock_gettime(CLOCK_MONOTONIC, &ended);
	getrusage(RUSAGE_CHILDREN, &used);
	printf("points x parties: %u, killed there %u times, stood still %u times; calls failed: %u; "
	       "frames lost, late, twice or overtaken: %u\n",
	       visited(0) + visited(1) + visited(2) + visited(3), tally.kills, tally.stops,
	       tally.calls, tally.frames);
	printf("%u trials in %lld s (%lld s of CPU time), %u reached: %u without effect, %u refused in a sentence, %u clients killed, "
	       "%u FAILED\n",
	       list.n, (long long)(ended.tv_sec - begun.tv_sec),
	       (long long)(used.ru_utime.tv_sec + used.ru_stime.tv_sec), tally.fired, tally.fine,
	       tally.refused, tally.died, tally.failed);
	printf("next boots: %u, on every state that was left\n", tally.boots);
	assert_int_equal(tally.failed, 0);
}

/* The firmware that echoes is encrypted to the board, the one that crashes is not. */
static void sign(const char *name, const char *device)
{
	bench_sign(&bench, bench_firmware(&bench, name), bench_path(&bench, "%s.rproc", name),
		   bench_path(&bench, "ours.pem"), "1", device);
}

/* The trusted applications that a life needs, in one folder. */
static void collect_tas(void)
{
	static const char *const from[] = {
		"secure/ta/80a4c275-0a47-4905-8285-1486a9771a08.ta",
		"tests/unit/tee/5d1c7a10-9c3e-4b58-8f11-2a6e0c435701.ta"};
	char path[700];

	assert_int_equal(mkdir(place.tas, 0755), 0);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", bench.build, from[i]);
		assert_int_equal(bench_run(&bench, NULL, "cp", path, place.tas, NULL), 0);
	}
}

static void *share(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static int prepare(void **state)
{
	/* In memory where there is some: state is written through to the disk. */
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	bench_open(&bench, build, false);
	bench_key(&bench, "ours", "rsa2048");
	bench_provision(&bench, bench_path(&bench, "state"), bench_path(&bench, "ours.pub"), NULL);
	assert_int_equal(bench_run(&bench, NULL, "corewarden", "provision", "--state",
				   bench_path(&bench, "state"), "--device-key-out",
				   bench_path(&bench, "device.pem"), NULL),
			 0);
	sign("echo", bench_path(&bench, "device.pem"));
	sign("fault", NULL);
	place = (struct trial_place){
		.build = bench.build,
		.dir = bench.dir,
		.template = strdup(bench_path(&bench, "state")),
		.tas = strdup(bench_path(&bench, "tas")),
		.echo = strdup(bench_path(&bench, "echo.rproc")),
		.crash = strdup(bench_path(&bench, "fault.rproc")),
		.states = list.everything ? NULL : share(sizeof(struct trial_states)),
	};
	collect_tas();
	list.spec = calloc(LIST_MAX, sizeof(*list.spec));
	slots = (unsigned)sysconf(_SC_NPROCESSORS_ONLN) * SLOTS_EACH;
	slots = slots > SLOTS_MAX ? SLOTS_MAX : slots;
	shared = share(slots * sizeof(*shared));
	record = share(RECORD_ROOM * sizeof(*record));
	return list.spec ? 0 : -1;
}

static int clean_up(void **state)
{
	if (!tally.failed)
		bench_close(&bench);
	else
		printf("what failed is in %s\n", bench.dir);
	free(list.spec);
	free((char *)place.template);
	free((char *)place.tas);
	free((char *)place.echo);
	free((char *)place.crash);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_life_visits_every_point),
		cmocka_unit_test(all_of_it_goes_wrong),
	};

	list.everything = getenv("COREWARDEN_LONG") != NULL;
	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--long"))
			list.everything = true;
		else if (!strcmp(argv[i], "--verbose"))
			verbose = true;
		else if (!strcmp(argv[i], "--list"))
			listing = true;
		else if (!strcmp(argv[i], "--match") && i + 1 < argc)
			list.match = argv[++i];
		else if (!strcmp(argv[i], "--only") && i + 1 < argc)
			only = argv[++i];
		else
			argc = 0;
	}
	if (argc < 2) {
		fprintf(stderr,
			"usage: %s BUILD [--long] [--match TEXT] [--only SPEC] [--list] [--verbose]\n",
			argv[0]);
		return 2;
	}
	build = argv[1];
	return cmocka_run_group_tests_name("faults", tests, prepare, clean_up);
}
