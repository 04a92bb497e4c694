// SPDX-License-Identifier: BSD-2-Clause
/* scenario/rig.c - one board under lib/rproc, watched */
#include "tests/scenario/rig.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "host/cleanup.h"
#include "rproc/platform.h"

#define MARK		"corewarden hostile attack="
#define NAME_MAX_ATTACK (64 - sizeof(MARK))

struct rig rig;

static struct cw_rpmsg_ept *ept; /* of the running bus */

/* ---- what happens ---- */

static void on_state(void *ctx, struct cw_rproc *r, enum cw_rproc_state from,
		     enum cw_rproc_state to)
{
	size_t used = strlen(rig.saw.path);

	rig.saw.states++;
	snprintf(rig.saw.path + used, sizeof(rig.saw.path) - used, "%s%s", used ? " " : "",
		 cw_rproc_state_name(to));
}

static void on_crash(void *ctx, struct cw_rproc *r, const struct cw_rproc_crash *crash)
{
	rig.saw.crashes++;
	rig.saw.crash = *crash;
}

static void on_announced(void *ctx, struct cw_rproc *r, struct cw_rpmsg *bus,
			 const struct cw_rpmsg_channel *channel)
{
	rig.saw.announced++;
	if (!strcmp(channel->name, "rpmsg-tty"))
		rig.saw.address = channel->addr;
}

static void on_withdrawn(void *ctx, struct cw_rproc *r, struct cw_rpmsg *bus,
			 const struct cw_rpmsg_channel *channel)
{
	rig.saw.withdrawn++;
}

static void on_broken(void *ctx, struct cw_rproc *r, struct cw_rpmsg *bus, const char *why)
{
	rig.saw.broken++;
	snprintf(rig.saw.why, sizeof(rig.saw.why), "%s", why);
}

static const struct cw_rproc_events events = {
	.state = on_state,
	.crash = on_crash,
	.announced = on_announced,
	.withdrawn = on_withdrawn,
	.broken = on_broken,
};

static void on_message(void *ctx, struct cw_rpmsg_ept *e, uint32_t src, const void *data,
		       size_t len)
{
	memcpy(rig.saw.data, data, len);
	rig.saw.len = len;
	rig.saw.received++;
}

static void on_gone(void *ctx, struct cw_rpmsg_ept *e)
{
	ept = NULL;
}

static const struct cw_rpmsg_ept_ops ept_ops = {.receive = on_message, .gone = on_gone};

/* ---- folder and images ---- */

void rig_must(int r)
{
	if (r < 0)
		fail_msg("%d: %s", r, rig.err.text);
}

static void sign(const char *elf, const char *name)
{
	bench_sign(&rig.bench, elf, bench_path(&rig.bench, "%s.rproc", name), bench_path(&rig.bench, "ours.pem"),
		   NULL, NULL);
}

void rig_sign(const char *name)
{
	sign(bench_firmware(&rig.bench, name), name);
}

void rig_sign_hostile(const char *attack)
{
	cleanup_free char *elf = NULL;
	cleanup_file FILE *f = NULL;
	char path[640], name[64];
	size_t len;
	char *mark;

	snprintf(path, sizeof(path), "%s/firmware/hostile.elf", rig.bench.build);
	elf = bench_read_file(path, &len);
	mark = memmem(elf, len, MARK, sizeof(MARK) - 1);
	assert_non_null(mark);
	assert_true(strlen(attack) < NAME_MAX_ATTACK);
	strcpy(mark + sizeof(MARK) - 1, attack); /* the ELF has room for 64 bytes there */
	snprintf(path, sizeof(path), "%s", bench_path(&rig.bench, "hostile.elf"));
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(elf, 1, len, f), len);
	assert_int_equal(fflush(f), 0);
	snprintf(name, sizeof(name), "hostile-%s", attack);
	sign(path, name);
}

void rig_open(const char *build)
{
	bench_open(&rig.bench, build, false);
	bench_key(&rig.bench, "ours", "p256");
	bench_provision(&rig.bench, bench_path(&rig.bench, "state"),
			bench_path(&rig.bench, "ours.pub"), NULL);
	rig_sign("echo");
	rig.fds_at_rest = rig_fds();
}

void rig_close(void)
{
	bench_close(&rig.bench);
}

/* ---- power ---- */

void rig_on(int mips)
{
	struct cw_platform_config config = {.mips = mips, .log = "error"};
	char dtb[640], tas[640];

	rig.fds_at_rest = rig_fds();
	snprintf(dtb, sizeof(dtb), "%s/boards/stm32mp15.dtb", rig.bench.build);
	snprintf(tas, sizeof(tas), "%s/secure/ta", rig.bench.build);
	config.board = dtb;
	config.ta_dir = tas;
	config.state = bench_path(&rig.bench, "state");
	memset(&rig.saw, 0, sizeof(rig.saw));
	memset(&rig.err, 0, sizeof(rig.err));
	rig_must(cw_platform_on(&config, &rig.platform, &rig.err));
	rig.silicon = bench_pid(rig.platform->silicon_pidfd);
}

static bool no_children(void)
{
	return rig_children() == 0;
}

static void check_nothing_left(void)
{
	double end = rig_now() + 10;

	/* Who loses its silicon ends by itself, but not in the same instant. */
	while (!no_children() && rig_now() < end)
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	assert_int_equal(rig_children(), 0);
	assert_int_equal(rig_fds(), rig.fds_at_rest);
}

void rig_off(void)
{
	rig.rproc = cw_rproc_free(rig.rproc);
	rig.platform = cw_platform_off(rig.platform, &rig.err);
	if (rig.err.code)
		fail_msg("power off: %s", rig.err.text);
	check_nothing_left();
}

void rig_pull_plug(void)
{
	assert_int_equal(
		syscall(SYS_pidfd_send_signal, rig.platform->silicon_pidfd, SIGKILL, NULL, 0), 0);
	rig_abandon(-EIO);
}

void rig_abandon(int code)
{
	rig.rproc = cw_rproc_free(rig.rproc);
	rig.err.code = 0;
	rig.platform = cw_platform_off(rig.platform, &rig.err);
	if (rig.err.code != code)
		fail_msg("power off: %d instead of %d: %s", rig.err.code, code, rig.err.text);
	check_nothing_left();
}

/* ---- processor ---- */

void rig_register(bool no_recovery)
{
	struct cw_rproc_config config = {.no_recovery = no_recovery, .events = &events};

	rig_must(cw_rproc_new(rig.platform, "m4", &config, &rig.rproc, &rig.err));
}

void rig_firmware(const char *image)
{
	rig_must(cw_rproc_set_firmware(rig.rproc, bench_path(&rig.bench, "%s.rproc", image),
				       &rig.err));
}

double rig_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

bool rig_until(bool (*done)(void), unsigned ms)
{
	double end = rig_now() + ms / 1e3;

	while (!(done && done())) {
		double left = end - rig_now();

		if (left <= 0)
			return false;
		rig_must(cw_rproc_process(rig.rproc, left < 0.1 ? (int)(left * 1000) + 1 : 100,
					  &rig.err));
	}
	return true;
}

void rig_for(unsigned ms)
{
	rig_until(NULL, ms);
}

bool rig_announced(void)
{
	return rig.saw.announced > 0;
}

bool rig_crashed(void)
{
	return rig.saw.crashes > 0;
}

bool rig_broken(void)
{
	return rig.saw.broken > 0;
}

static unsigned wanted;

static bool received_wanted(void)
{
	return rig.saw.received >= wanted;
}

void rig_echo(unsigned n)
{
	uint8_t message[CW_RPMSG_MTU];
	int r;

	if (!ept) {
		if (!rig_until(rig_announced, 10000 * RIG_SLOWER))
			fail_msg("the firmware announces nothing");
		rig_must(cw_rpmsg_ept_new(cw_rproc_rpmsg(rig.rproc, 0), CW_RPMSG_ADDR_ANY,
					  rig.saw.address, &ept_ops, NULL, &ept, &rig.err));
	}
	for (unsigned i = 0; i < n; i++) {
		size_t len = 1 + (i * 37) % CW_RPMSG_MTU;

		memset(message, (int)(i + 1), len);
		rig.saw.received = 0;
		wanted = 1;
		while ((r = cw_rpmsg_send(ept, message, len)) == -EAGAIN)
			rig_must(cw_rproc_process(rig.rproc, 1000, &rig.err));
		assert_int_equal(r, 0);
		if (!rig_until(received_wanted, 10000 * RIG_SLOWER))
			fail_msg("message %u is not answered", i);
		assert_int_equal(rig.saw.len, len);
		assert_memory_equal(rig.saw.data, message, len);
	}
}

static void check_clean(const struct cw_bus_region *region)
{
	cleanup_free uint8_t *bytes = malloc(region->size);

	assert_non_null(bytes);
	assert_int_equal(cw_bus_read(rig.platform->bus, CW_PA(region->pa), bytes, region->size), 0);
	for (uint64_t i = 0; i < region->size; i++)
		if (bytes[i])
			fail_msg("byte %llu of %s is 0x%02x", (unsigned long long)i, region->name,
				 bytes[i]);
}

void rig_given_back(void)
{
	struct cw_bus_region region;
	struct cw_bus_stats stats;

	rig_must(cw_bus_stats(rig.platform->bus, &stats));
	assert_int_equal(stats.windows, 0);
	assert_int_equal(stats.protected_regions, 0);
	for (uint32_t i = 0; cw_bus_region(rig.platform->bus, i, &region) == 0; i++)
		/* What no node claims is the normal world's own, at all times: nobody may wipe it. */
		if (!(region.flags & CW_BUS_REGION_SECURE) && strcmp(region.name, "-"))
			check_clean(&region);
}

/* ---- measures ---- */

unsigned rig_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Fields of /proc/PID/stat after the name: state and parent; then others on demand. */
static bool read_stat(pid_t pid, char *ret_state, pid_t *ret_parent, struct rig_usage *u)
{
	cleanup_file FILE *f = NULL;
	unsigned long user, system;
	char path[64], line[1024], *after;
	long threads, pages;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f || !fgets(line, sizeof(line), f) || !(after = strrchr(line, ')')))
		return false;
	if (sscanf(after + 1,
		   " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %ld"
		   " %*d %*u %*u %ld",
		   ret_state, ret_parent, &user, &system, &threads, &pages) != 6)
		return false;
	u->cpu = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
	u->rss_kib = pages * (sysconf(_SC_PAGESIZE) / 1024);
	u->threads = (unsigned)threads;
	return true;
}

struct rig_usage rig_usage(void)
{
	struct rig_usage u = {0};
	pid_t parent;
	char state;

	if (!read_stat(rig.silicon, &state, &parent, &u) || state == 'Z')
		fail_msg("silicon is gone");
	return u;
}

#define PROCESSES_MAX 4096

static struct process {
	pid_t pid, parent;
	bool ours;
} processes[PROCESSES_MAX];

/* All that live; how many. */
static unsigned list_processes(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	unsigned n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) && n < PROCESSES_MAX) {
		struct process *p = &processes[n];
		struct rig_usage u;
		char state;

		*p = (struct process){.pid = atoi(e->d_name)};
		n += p->pid > 0 && read_stat(p->pid, &state, &p->parent, &u) && state != 'Z';
	}
	closedir(d);
	return n;
}

unsigned rig_children(void)
{
	unsigned n = list_processes(), ours = 0, before;
	struct process *p = processes;

	do {
		before = ours;
		for (unsigned i = 0; i < n; i++) {
			bool below = p[i].parent == getpid();

			for (unsigned k = 0; k < n && !below; k++)
				below = p[k].ours && p[k].pid == p[i].parent;
			ours += below && !p[i].ours;
			p[i].ours |= below;
		}
	} while (ours != before);
	return ours;
}

static pid_t child_of(pid_t parent)
{
	unsigned n = list_processes();

	for (unsigned i = 0; i < n; i++)
		if (processes[i].parent == parent)
			return processes[i].pid;
	return 0;
}

pid_t rig_secure_pid(bool ta)
{
	pid_t tee = child_of(rig.silicon);

	return tee && ta ? child_of(tee) : tee;
}
