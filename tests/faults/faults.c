// SPDX-License-Identifier: BSD-2-Clause
/*
 * faults - everything that can go wrong goes wrong once
 *
 *	test-faults BUILD [--long] [--match TEXT] [--only SPEC] [--verbose]
 *
 * First a life without faults counts what every party visits, calls and sends. Then each of it goes wrong, one a trial:
 * a process is killed at a point, or stands still there; a call fails; a frame is lost, late or twice. All points are
 * tried, at their first visits (standing still: at some of them), and all calls; frames at their first numbers, and then at
 * growing distances. With --long, everything at every number; with --match, only what has this text in its name
 * ("tee:call:alloc"); with --only, this one thing.
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

#include "tests/faults/trial.h"
#include "tests/scenario/bench.h"

#define SLOTS_MAX  8	/* trials at a time; one for each processor */
#define TRIALS_MAX 40000
#define IN_A_HURRY 1000 /* ms: no time limit is longer, where one has to pass */

static const char *build;
static const char *only, *match = "";
static bool everything, verbose;
static struct bench bench;
static struct trial_place place;
static struct trial *shared; /* @slots of them */
static unsigned slots;

static struct {
	char (*spec)[TRIAL_SPEC_MAX];
	unsigned n;
} list;

static const struct {
	unsigned number;
	const char *name;
} points[] = {
#define CW_POINT_DEF(number, name, party, marks) {number, #name},
#include "host/points.def"
#undef CW_POINT_DEF
};
#define N_POINTS (sizeof(points) / sizeof(points[0]))

/* ---- the list ---- */

static void add(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void add(const char *fmt, ...)
{
	va_list ap;

	if (list.n == TRIALS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(list.spec[list.n], TRIAL_SPEC_MAX, fmt, ap);
	va_end(ap);
	list.n += strstr(list.spec[list.n], match) != NULL;
}

/* From 1 to @count: the first @near, then at distances that grow by a fraction; all of them when all are wanted. */
static unsigned next_number(unsigned n, unsigned near, unsigned fraction)
{
	return everything || n < near ? n + 1 : n + 1 + n / fraction;
}

static void list_points(enum cw_party party, const struct cw_fault_map *counts)
{
	for (size_t i = 0; i < N_POINTS; i++) {
		unsigned visits = counts->point[party][points[i].number];

		for (unsigned n = 1; n <= visits; n = next_number(n, 2, 1))
			add("%s:%s:kill:%u", cw_party_name(party), points[i].name, n);
		if (visits && party != CW_PARTY_CLIENT && (everything || i % 4 == 0))
			add("%s:%s:stop:1", cw_party_name(party), points[i].name);
	}
}

static void list_calls(enum cw_party party, const struct cw_fault_map *counts)
{
	for (unsigned kind = 0; kind < CW_FAULT_MESSAGE; kind++) {
		/* All of them, but frames: those are as many as the calls of the other worlds. */
		unsigned near = kind == CW_FAULT_SEND || kind == CW_FAULT_RECEIVE ? 8 : UINT_MAX;

		for (unsigned n = 1; n <= counts->call[party][kind]; n = next_number(n, near, 4))
			add("%s:call:%s:%u", cw_party_name(party), cw_fault_kind_name(kind), n);
	}
}

static void list_frames(enum cw_party party, const struct cw_fault_map *counts)
{
	static const char *const what[] = {"drop", "delay", "twice"};
	unsigned frames = counts->call[party][CW_FAULT_MESSAGE];

	for (unsigned i = 0; i < 3; i++)
		for (unsigned n = 1; n <= frames; n = next_number(n, 8, i ? 4 : 8))
			add("%s:msg:%s:%u", cw_party_name(party), what[i], n);
}

/* ---- running ---- */

static struct {
	unsigned kills, stops, calls, frames, fired, fine, refused, died, failed;
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
	if (t->passed)
		return;
	tally.failed++;
	printf("FAILED %s: in '%s': %s\n", t->spec[0] ? t->spec : "without a fault", t->life.stage,
	       t->life.text);
	if (t->left[0])
		printf("\tleft: %s\n", t->left);
	if (!t->only_first && t->next.end != LIFE_FINE)
		printf("\tnext boot, in '%s': %s\n", t->next.stage, t->next.text);
	fflush(stdout);
}

static void show_trial(const struct trial *t)
{
	static const char *const ends[] = {
		[LIFE_DIED] = "died", [LIFE_FINE] = "fine", [LIFE_REFUSED] = "refused", [LIFE_WRONG] = "WRONG"};

	printf("%s: %s%s in '%s': %s\n", t->spec, ends[t->life.end], t->fired ? "" : " (not reached)",
	       t->life.stage, t->life.text);
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

static struct cw_fault_map counts;

static unsigned visited(enum cw_party party)
{
	unsigned n = 0;

	for (size_t i = 0; i < N_POINTS; i++)
		n += counts.point[party][points[i].number] > 0;
	return n;
}

static void a_life_visits_every_point(void **state)
{
	struct trial *t = &shared[0];
	pid_t pid;

	begin(t, "");
	pid = trial_start(&place, t, 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	count_trial(t);
	assert_true(t->passed);
	assert_int_equal(t->life.end, LIFE_FINE);
	memcpy(&counts, &t->counts, sizeof(counts));
	for (size_t i = 0; i < N_POINTS; i++) {
		unsigned visits = 0;

		for (unsigned p = 0; p < CW_PARTIES; p++)
			visits += counts.point[p][points[i].number];
		if (!visits)
			fail_msg("point %s is not visited", points[i].name);
	}
	for (unsigned p = 0; p < CW_PARTIES; p++) {
		printf("%s visits %u points;", cw_party_name(p), visited(p));
		for (unsigned k = 0; k < CW_FAULT_KINDS; k++)
			printf(" %s %u", cw_fault_kind_name(k), counts.call[p][k]);
		printf("\n");
	}
}

static void all_of_it_goes_wrong(void **state)
{
	struct timespec begun, ended;
	struct rusage used;

	if (!counts.point[0][101])
		skip();
	for (enum cw_party p = 0; p < CW_PARTIES && !only; p++)
		list_points(p, &counts);
	for (enum cw_party p = 0; p < CW_PARTIES && !only; p++)
		list_calls(p, &counts);
	for (enum cw_party p = 0; p < CW_PARTIES && !only; p++)
		list_frames(p, &counts);
	if (only)
		add("%s", only);
	memset(&tally, 0, sizeof(tally));
	clock_gettime(CLOCK_MONOTONIC, &begun);
	run_all();
	clock_gettime(CLOCK_MONOTONIC, &ended);
	getrusage(RUSAGE_CHILDREN, &used);
	printf("points x parties: %u, killed there %u times, stood still %u times; calls failed: %u; "
	       "frames lost, late or twice: %u\n",
	       visited(0) + visited(1) + visited(2) + visited(3), tally.kills, tally.stops, tally.calls, tally.frames);
	printf("%u trials in %lld s (%lld s of CPU time), %u reached: %u without effect, %u refused in a sentence, %u clients killed, "
	       "%u FAILED\n",
	       list.n, (long long)(ended.tv_sec - begun.tv_sec),
	       (long long)(used.ru_utime.tv_sec + used.ru_stime.tv_sec), tally.fired, tally.fine, tally.refused, tally.died,
	       tally.failed);
	assert_int_equal(tally.failed, 0);
}

static void sign(const char *name)
{
	char elf[640];

	snprintf(elf, sizeof(elf), "%s/firmware/%s.elf", bench.build, name);
	assert_int_equal(bench_run(&bench, NULL, "corewarden", "sign", elf, "-o",
				   bench_path(&bench, "%s.rproc", name), "--key",
				   bench_path(&bench, "ours.pem"), "--fw-version", "1", NULL), 0);
}

/* The trusted applications that a life needs, in one folder. */
static void collect_tas(void)
{
	static const char *const from[] = {"secure/ta/80a4c275-0a47-4905-8285-1486a9771a08.ta",
					   "tests/unit/tee/5d1c7a10-9c3e-4b58-8f11-2a6e0c435701.ta"};
	char path[700];

	assert_int_equal(mkdir(place.tas, 0755), 0);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", bench.build, from[i]);
		assert_int_equal(bench_run(&bench, NULL, "cp", path, place.tas, NULL), 0);
	}
}

static int prepare(void **state)
{
	bench_open(&bench, build, false);
	bench_key(&bench, "ours", "rsa2048");
	bench_provision(&bench, bench_path(&bench, "state"), bench_path(&bench, "ours.pub"), NULL);
	sign("echo");
	sign("fault");
	place = (struct trial_place){
		.build = bench.build,
		.dir = bench.dir,
		.template = strdup(bench_path(&bench, "state")),
		.tas = strdup(bench_path(&bench, "tas")),
		.echo = strdup(bench_path(&bench, "echo.rproc")),
		.crash = strdup(bench_path(&bench, "fault.rproc")),
	};
	collect_tas();
	list.spec = calloc(TRIALS_MAX, sizeof(*list.spec));
	slots = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	slots = slots < 2 ? 2 : slots > SLOTS_MAX ? SLOTS_MAX : slots;
	shared = mmap(NULL, slots * sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return list.spec && shared != MAP_FAILED ? 0 : -1;
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

	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--long"))
			everything = true;
		else if (!strcmp(argv[i], "--verbose"))
			verbose = true;
		else if (!strcmp(argv[i], "--match") && i + 1 < argc)
			match = argv[++i];
		else if (!strcmp(argv[i], "--only") && i + 1 < argc)
			only = argv[++i];
		else
			argc = 0;
	}
	if (argc < 2) {
		fprintf(stderr, "usage: %s BUILD [--long] [--match TEXT] [--only SPEC] [--verbose]\n", argv[0]);
		return 2;
	}
	build = argv[1];
	return cmocka_run_group_tests_name("faults", tests, prepare, clean_up);
}
