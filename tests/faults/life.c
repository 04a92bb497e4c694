// SPDX-License-Identifier: BSD-2-Clause
/* faults/life.c - a whole life on a board, and what must be left of it */
#include "tests/faults/life.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <corewarden/rproc.h>
#include <tee_client_api.h>

#include "bus/bus.h"
#include "host/fault.h"
#include "host/msg.h"
#include "rproc/platform.h"
#include "teec/teec_ext.h"
#include "teec/wire.h"
#include "tests/unit/tee/echo/echo.h"

#define PATIENCE_MS 6000 /* for what the firmware does */
#define SETTLE_MS   3000 /* for what the TEE does after it answered */

#ifdef CW_SANITIZED
int __lsan_do_recoverable_leak_check(void);
#endif

struct held {
	unsigned fds, shared_maps;
};

struct counters {
	struct cw_bus_stats bus;
	struct cw_tee_stats tee;
};

struct life {
	const struct life_config *config;
	struct life_report *report;
	struct cw_platform *platform;
	struct cw_rproc *rproc;
	struct cw_rpmsg_ept *ept;
	struct cw_error err;
	unsigned announced, received, crashes, wanted;
	uint32_t address;
	struct counters before;
	unsigned counted; /* connections made to read counters */
	bool connection_lost;
};

const char *life_stage_name(enum life_stage stage)
{
	static const char *const names[LIFE_STAGES] = {
		[LIFE_POWER_ON] = "power on",
		[LIFE_COUNTERS] = "counters",
		[LIFE_REGISTER] = "register",
		[LIFE_BOOT] = "boot",
		[LIFE_ECHO] = "echo",
		[LIFE_CRASH] = "crash",
		[LIFE_RECOVERY] = "recovery",
		[LIFE_STOP] = "stop",
		[LIFE_SECOND_BOOT] = "second boot",
		[LIFE_REAL_CRASH] = "real crash",
		[LIFE_OTHER_APPLICATION] = "other application",
		[LIFE_CRASHED_STOP] = "stop after a crash",
		[LIFE_UNREGISTER] = "unregister",
		[LIFE_LAST_COUNTERS] = "last counters",
		[LIFE_POWER_OFF] = "power off",
	};

	return names[stage];
}

static void stage(struct life *l, enum life_stage stage)
{
	l->report->stage = stage;
	cw_fault_stage(stage);
	memset(&l->err, 0, sizeof(l->err));
}

__attribute__((format(printf, 2, 3))) static int wrong(struct life *l, const char *fmt, ...)
{
	size_t used = strlen(l->report->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->report->text + used, sizeof(l->report->text) - used, fmt, ap);
	va_end(ap);
	l->report->end = LIFE_WRONG;
	return -1;
}

/* A call came back: fine, or refused in a sentence. */
static int check(struct life *l, int r)
{
	size_t used = strlen(l->report->text);

	if (r >= 0)
		return 0;
	if (strlen(l->err.text) < 8)
		return wrong(l, "%s failed with %d and no sentence: '%s'", life_stage_name(l->report->stage), r,
			     l->err.text);
	snprintf(l->report->text + used, sizeof(l->report->text) - used, "%s: %s; ",
		 life_stage_name(l->report->stage), l->err.text);
	return -1;
}

/* ---- what this process holds ---- */

static void count_held(struct held *ret)
{
	DIR *d = opendir("/proc/self/fd");
	FILE *f;
	char line[512];

	*ret = (struct held){0};
	while (d && readdir(d))
		ret->fds++;
	if (d)
		closedir(d);
	f = fopen("/proc/self/maps", "re");
	while (f && fgets(line, sizeof(line), f)) {
		char *space = strchr(line, ' ');

		ret->shared_maps += space && space[4] == 's';
	}
	if (f)
		fclose(f);
}

static void check_held(struct life *l, const struct held *before)
{
	struct held after;
	pid_t child = waitpid(-1, NULL, WNOHANG);

	count_held(&after);
	if (after.fds != before->fds)
		wrong(l, "%u descriptors instead of %u; ", after.fds, before->fds);
	if (after.shared_maps != before->shared_maps)
		wrong(l, "%u shared mappings instead of %u; ", after.shared_maps, before->shared_maps);
	if (child >= 0 || errno != ECHILD)
		wrong(l, "a child process is left; ");
#ifdef CW_SANITIZED
	if (__lsan_do_recoverable_leak_check())
		wrong(l, "memory is leaked; ");
#endif
}

/* ---- what the board holds ---- */

static int read_counters(struct life *l, struct counters *ret)
{
	TEEC_Context tee;
	TEEC_Result res;
	int pair[2];

	if (cw_bus_stats(l->platform->bus, &ret->bus) < 0 || cw_msg_pair(pair) < 0)
		return -1;
	if (cw_bus_connect_tee(l->platform->bus, pair[1]) < 0) {
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	close(pair[1]);
	l->counted++;
	if (cw_teec_init_from_socket(pair[0], &tee) != TEEC_SUCCESS)
		return -1;
	res = cw_teec_stats(&tee, &ret->tee);
	TEEC_FinalizeContext(&tee);
	return res == TEEC_SUCCESS ? 0 : -1;
}

/* Of the TEE: as before, but that the remoteproc TA keeps its one instance alive; who asks is the only client, and holds
 * nothing. */
static bool same_tee(const struct cw_tee_stats *before, const struct cw_tee_stats *after)
{
	return after->all_clients == 1 && after->all_sessions == before->all_sessions &&
	       after->all_shms == before->all_shms && after->all_shm_bytes == before->all_shm_bytes &&
	       after->instances - before->instances <= 1 && !after->sessions && !after->shms &&
	       !after->shm_bytes;
}

/* Of silicon. A processor outlives its session, so who lost the connection could not stop it. Clients are counted since
 * power-on: ours, and one more when what went wrong was the answer. The firewall had nothing to refuse. */
static bool same_bus(const struct life *l, const struct counters *after)
{
	const struct cw_bus_stats *a = &l->before.bus, *b = &after->bus;
	unsigned clients = b->tee_clients - a->tee_clients;

	return (l->connection_lost ||
		(a->windows == b->windows && a->protected_regions == b->protected_regions)) &&
	       a->regions == b->regions && a->refused == b->refused && b->maps_granted >= a->maps_granted &&
	       clients >= l->counted && clients <= l->counted + 1;
}

static bool same(const struct life *l, const struct counters *after)
{
	return same_tee(&l->before.tee, &after->tee) && same_bus(l, after);
}

static void wrong_counters(struct life *l, const struct counters *c)
{
	wrong(l, "silicon counts %u regions, %u of them protected, %u windows, %u maps, %u clients, %u refused; ",
	      c->bus.regions, c->bus.protected_regions, c->bus.windows, c->bus.maps_granted, c->bus.tee_clients,
	      c->bus.refused);
	wrong(l, "the TEE %u clients, %u sessions, %u shm of %llu bytes, %u instances; this client %u sessions, %u shm; ",
	      c->tee.all_clients, c->tee.all_sessions, c->tee.all_shms, (unsigned long long)c->tee.all_shm_bytes,
	      c->tee.instances, c->tee.sessions, c->tee.shms);
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* A closed session's process ends a little later. */
static void check_counters(struct life *l)
{
	struct counters after;
	unsigned waited = 0;

	do {
		if (read_counters(l, &after) < 0)
			return; /* the board is gone, and with it what it held */
		if (same(l, &after))
			return;
		pause_ms(20);
		waited += 20;
	} while (waited < SETTLE_MS);
	wrong_counters(l, &l->before);
	wrong(l, "and then: ");
	wrong_counters(l, &after);
}

/* ---- one cycle ---- */

static void on_announced(void *ctx, struct cw_rproc *r, struct cw_rpmsg *bus,
			 const struct cw_rpmsg_channel *channel)
{
	struct life *l = ctx;

	if (!strcmp(channel->name, "rpmsg-tty")) {
		l->announced++;
		l->address = channel->addr;
	}
}

static void on_crash(void *ctx, struct cw_rproc *r, const struct cw_rproc_crash *crash)
{
	((struct life *)ctx)->crashes++;
}

static void on_message(void *ctx, struct cw_rpmsg_ept *ept, uint32_t src, const void *data,
		       size_t len)
{
	((struct life *)ctx)->received++;
}

static const struct cw_rproc_events events = {.announced = on_announced, .crash = on_crash};
static const struct cw_rpmsg_ept_ops ept_ops = {.receive = on_message};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Let events happen until a counter has reached what is wanted. */
static int until(struct life *l, const unsigned *counter, unsigned wanted, const char *what)
{
	unsigned ms = cw_patience(PATIENCE_MS);
	int64_t end = now_ms() + ms;
	int r = 0;

	while (r >= 0 && *counter < wanted && now_ms() < end)
		r = cw_rproc_process(l->rproc, 100, &l->err);
	if (r >= 0 && *counter < wanted)
		r = cw_error_set(&l->err, -ETIMEDOUT, "no %s within %u ms", what, ms);
	return check(l, r);
}

static int start(struct life *l, const char *image)
{
	l->announced = 0;
	if (check(l, cw_rproc_set_firmware(l->rproc, image, &l->err)) < 0 ||
	    check(l, cw_rproc_start(l->rproc, &l->err)) < 0)
		return -1;
	return until(l, &l->announced, 1, "announcement");
}

static int say(struct life *l)
{
	int r = cw_rpmsg_ept_new(cw_rproc_rpmsg(l->rproc, 0), CW_RPMSG_ADDR_ANY, l->address, &ept_ops, l,
				 &l->ept, &l->err);

	if (r >= 0) {
		r = cw_rpmsg_send(l->ept, "hello", 5);
		if (r < 0)
			cw_error_set(&l->err, r, "send: %s", strerror(-r));
	}
	return check(l, r);
}

static int echo(struct life *l)
{
	l->received = 0;
	return say(l) < 0 ? -1 : until(l, &l->received, 1, "echo");
}

static void await_version(struct life *l)
{
	char path[600];
	unsigned waited = 0;

	snprintf(path, sizeof(path), "%s/tee/rollback", l->config->state);
	while (l->config->wait_for_version && access(path, F_OK) < 0 && waited < SETTLE_MS) {
		pause_ms(10);
		waited += 10;
	}
}

static int boot_and_echo(struct life *l)
{
	struct cw_rproc_config config = {.events = &events, .ctx = l};

	stage(l, LIFE_REGISTER);
	if (check(l, cw_rproc_new(l->platform, "m4", &config, &l->rproc, &l->err)) < 0)
		return -1;
	stage(l, LIFE_BOOT);
	if (start(l, l->config->echo) < 0)
		return -1;
	stage(l, LIFE_ECHO);
	return echo(l);
}

static int crash_and_recover(struct life *l)
{
	stage(l, LIFE_CRASH);
	l->announced = 0;
	if (check(l, cw_rproc_report_crash(l->rproc, CW_CRASH_WATCHDOG_RESET, &l->err)) < 0)
		return -1;
	stage(l, LIFE_RECOVERY);
	return until(l, &l->announced, 1, "announcement after recovery") < 0 ? -1 : echo(l);
}

static int stop(struct life *l, enum life_stage at)
{
	stage(l, at);
	return check(l, cw_rproc_stop(l->rproc, &l->err));
}

static int crash_by_itself(struct life *l)
{
	stage(l, LIFE_SECOND_BOOT);
	if (start(l, l->config->crash) < 0)
		return -1;
	stage(l, LIFE_REAL_CRASH);
	l->crashes = 0;
	if (say(l) < 0)
		return -1;
	return until(l, &l->crashes, 1, "crash");
}

/* A trusted application that nobody keeps alive: it comes and goes with its session. */
static int other_application(struct life *l)
{
	static const TEEC_UUID uuid = ECHO_UUID;
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE,
					       TEEC_NONE)};
	char in[6000] = "in", out[6000];
	TEEC_Session session;
	TEEC_Result res;

	stage(l, LIFE_OTHER_APPLICATION);
	res = TEEC_OpenSession(&l->platform->tee, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);
	if (res == TEEC_SUCCESS) {
		op.params[0].tmpref = (TEEC_TempMemoryReference){in, sizeof(in)};
		op.params[1].tmpref = (TEEC_TempMemoryReference){out, sizeof(out)};
		res = TEEC_InvokeCommand(&session, ECHO_COPY, &op, NULL);
		TEEC_CloseSession(&session);
	}
	if (res == TEEC_SUCCESS)
		return memcmp(in, out, sizeof(in)) ? wrong(l, "the application's copy is another") : 0;
	cw_error_set(&l->err, -EIO, "the TEE says %s", cw_teec_result_name(res));
	return check(l, -EIO);
}

static int cycle(struct life *l)
{
	if (boot_and_echo(l) < 0)
		return -1;
	await_version(l);
	if (!l->config->brief) {
		if (crash_and_recover(l) < 0 || stop(l, LIFE_STOP) < 0 ||
		    crash_by_itself(l) < 0 || other_application(l) < 0)
			return -1;
	}
	return stop(l, LIFE_CRASHED_STOP);
}

static void unregister(struct life *l)
{
	stage(l, LIFE_UNREGISTER);
	l->rproc = cw_rproc_free(l->rproc);
}

/* A bus or a connection that failed once is of no use any more, which power-off mends. */
static bool board_gone(struct life *l)
{
	struct cw_tee_stats stats;
	struct counters c;

	return read_counters(l, &c) < 0 || cw_teec_stats(&l->platform->tee, &stats) != TEEC_SUCCESS;
}

/* Something was refused: what went wrong goes wrong once, so on a board that is still there the next boot works. */
static int boot_again(struct life *l)
{
	char first[sizeof(l->report->text)];
	int r;

	/* The counting itself needs a connection, and may be what fails. */
	if (board_gone(l) && board_gone(l))
		return -1;
	snprintf(first, sizeof(first), "%s", l->report->text);
	l->report->text[0] = '\0';
	r = boot_and_echo(l);
	if (!r)
		r = stop(l, LIFE_STOP);
	unregister(l);
	if (r < 0 && !board_gone(l))
		return wrong(l, "the board lives, but that was not the first failure, which was: %s", first);
	snprintf(l->report->text, sizeof(l->report->text), "%s", first);
	return 0;
}

static int on_board(struct life *l)
{
	int r;

	stage(l, LIFE_COUNTERS);
	if (read_counters(l, &l->before) < 0) {
		cw_error_set(&l->err, -EIO, "the counters cannot be read");
		return check(l, -EIO);
	}
	l->counted = 0;
	r = cycle(l);
	unregister(l);
	if (r < 0 && l->report->end != LIFE_WRONG && !l->config->brief)
		boot_again(l);
	l->connection_lost = r < 0 && board_gone(l);
	stage(l, LIFE_LAST_COUNTERS);
	/* Its pool of shared memory is kept between calls. */
	TEEC_FinalizeContext(&l->platform->tee);
	l->platform->has_tee = false;
	check_counters(l);
	return r;
}

static int life(struct life *l)
{
	struct cw_platform_config config = {.state = l->config->state, .log = "error"};
	char dtb[640];
	int r;

	snprintf(dtb, sizeof(dtb), "%s/boards/stm32mp15.dtb", l->config->build);
	config.board = dtb;
	config.ta_dir = l->config->tas;
	stage(l, LIFE_POWER_ON);
	r = check(l, cw_platform_on(&config, &l->platform, &l->err));
	if (r < 0)
		return r;
	r = on_board(l);
	stage(l, LIFE_POWER_OFF);
	l->platform = cw_platform_off(l->platform, &l->err);
	return check(l, l->err.code) < 0 ? -1 : r;
}

void life_run(const struct life_config *config, struct life_report *ret)
{
	struct life l = {.config = config, .report = ret};
	struct held held;
	int r;

	/* Only what is between counts, and may fail. */
	cw_fault_arm(NULL, config->map);
	count_held(&held);
	cw_fault_arm(config->fault, config->map);
	r = life(&l);
	cw_fault_arm(NULL, config->map);
	check_held(&l, &held);
	if (ret->end == LIFE_WRONG)
		return;
	ret->end = r == 0 ? LIFE_FINE : LIFE_REFUSED;
	if (r < 0 && config->brief)
		ret->end = LIFE_WRONG;
}
