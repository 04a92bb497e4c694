// SPDX-License-Identifier: BSD-2-Clause
/*
 * host/fault.c - what goes wrong, and when
 *
 * Nothing here allocates or goes through a call that can be made to fail: mapping and opening are plain system calls.
 */
#include "host/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host/point.h"

#define SPEC_MAX     96
#define DELAY_MS     50

enum what {
	NOTHING,
	AT_POINT,
	AT_CALL,
};

enum action {
	KILL,
	STOP,
	DROP,
	DELAY,
	TWICE,
};

static struct {
	enum cw_party self, party;
	enum what what;
	enum action action;
	unsigned which; /* point or kind */
	uint32_t count;
	unsigned patience; /* ms; 0: limits are what they are */
	struct cw_fault_map *map;
	struct cw_fault_map own;
} state;

static const char *const parties[CW_PARTIES] = {"client", "silicon", "tee", "ta"};
static const char *const kinds[CW_FAULT_KINDS] = {
	[CW_FAULT_ALLOC] = "alloc",	[CW_FAULT_READ] = "read",     [CW_FAULT_WRITE] = "write",
	[CW_FAULT_SEND] = "send",	[CW_FAULT_RECEIVE] = "receive", [CW_FAULT_MAP] = "map",
	[CW_FAULT_FILE] = "file",	[CW_FAULT_FD] = "fd",	      [CW_FAULT_PROCESS] = "process",
	[CW_FAULT_CRYPTO] = "crypto",	[CW_FAULT_MESSAGE] = "message",
};
static const char *const actions[] = {
	[KILL] = "kill", [STOP] = "stop", [DROP] = "drop", [DELAY] = "delay", [TWICE] = "twice"};

static const struct {
	const char *name;
	unsigned number;
} points[] = {
#define CW_POINT_DEF(number, name, party, marks) {#name, number},
#include "host/points.def"
#undef CW_POINT_DEF
};

#define N(a) (sizeof(a) / sizeof((a)[0]))

const char *cw_party_name(enum cw_party party)
{
	return parties[party];
}

const char *cw_fault_kind_name(enum cw_fault_kind kind)
{
	return kinds[kind];
}

static int find(const char *const *names, unsigned n, const char *word)
{
	for (unsigned i = 0; i < n; i++)
		if (!strcmp(names[i], word))
			return (int)i;
	return -1;
}

static int find_point(const char *word)
{
	for (unsigned i = 0; i < N(points); i++)
		if (!strcmp(points[i].name, word))
			return (int)points[i].number;
	return -1;
}

static enum cw_party who(void)
{
	static const char prefix[] = "corewarden-";
	const char *name = program_invocation_short_name;
	int i = -1;

	if (!strncmp(name, prefix, sizeof(prefix) - 1))
		i = find(parties, CW_PARTIES, name + sizeof(prefix) - 1);
	return i < 0 ? CW_PARTY_CLIENT : (enum cw_party)i;
}

static bool parse(const char *spec)
{
	char text[SPEC_MAX], *save = NULL, *word[4] = {0};
	unsigned n = 0;
	int party, which, action = KILL;

	if (strlen(spec) >= sizeof(text))
		return false;
	strcpy(text, spec);
	for (char *w = strtok_r(text, ":", &save); w && n < 4; w = strtok_r(NULL, ":", &save))
		word[n++] = w;
	if (n < 3)
		return false;
	party = find(parties, CW_PARTIES, word[0]);
	state.what = AT_CALL;
	if (!strcmp(word[1], "call")) {
		which = find(kinds, CW_FAULT_MESSAGE, word[2]);
	} else {
		action = find(actions, N(actions), word[2]);
		which = CW_FAULT_MESSAGE;
		if (strcmp(word[1], "msg")) {
			state.what = AT_POINT;
			which = find_point(word[1]);
		}
	}
	state.count = word[3] ? (uint32_t)strtoul(word[3], NULL, 10) : 1;
	if (party < 0 || which < 0 || action < 0 || !state.count)
		return false;
	state.party = (enum cw_party)party;
	state.which = (unsigned)which;
	state.action = (enum action)action;
	return true;
}

static void share(const char *path)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	long p;

	if (fd < 0)
		return;
	p = syscall(SYS_mmap, NULL, sizeof(*state.map), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != -1)
		state.map = (struct cw_fault_map *)p;
	close(fd);
}

bool cw_fault_arm(const char *spec, const char *map_path)
{
	state.self = who();
	state.what = NOTHING;
	if (state.map && state.map != &state.own)
		syscall(SYS_munmap, state.map, sizeof(*state.map));
	state.map = &state.own;
	memset(&state.own, 0, sizeof(state.own));
	if (map_path)
		share(map_path);
	if (spec && !parse(spec)) {
		state.what = NOTHING;
		return false;
	}
	return true;
}

__attribute__((constructor)) static void arm_at_start(void)
{
	const char *patience = getenv("COREWARDEN_FAULT_PATIENCE");

	if (patience)
		state.patience = (unsigned)strtoul(patience, NULL, 10);
	cw_fault_arm(getenv("COREWARDEN_FAULT"), getenv("COREWARDEN_FAULT_MAP"));
}

static bool mine(enum what what, unsigned which)
{
	return state.what == what && state.party == state.self && state.which == which;
}

static bool due(_Atomic uint32_t *counter, enum what what, unsigned which)
{
	uint32_t n = atomic_fetch_add(counter, 1) + 1;

	if (!mine(what, which) || n != state.count)
		return false;
	atomic_fetch_add(&state.map->fired, 1);
	return true;
}

void cw_fault_point(unsigned number)
{
	if (!state.map || number >= CW_FAULT_POINTS ||
	    !due(&state.map->point[state.self][number], AT_POINT, number))
		return;
	kill(getpid(), state.action == STOP ? SIGSTOP : SIGKILL);
}

bool cw_fault_call(enum cw_fault_kind kind)
{
	return state.map && due(&state.map->call[state.self][kind], AT_CALL, kind);
}

static size_t length(const struct msghdr *mh)
{
	size_t n = 0;

	for (size_t i = 0; i < mh->msg_iovlen; i++)
		n += mh->msg_iov[i].iov_len;
	return n;
}

ssize_t cw_fault_transmit(int sock, const struct msghdr *mh, int flags)
{
	const struct timespec late = {.tv_nsec = DELAY_MS * 1000000};

	if (!cw_fault_call(CW_FAULT_MESSAGE))
		return sendmsg(sock, mh, flags);
	if (state.action == DROP)
		return (ssize_t)length(mh);
	if (state.action == DELAY)
		nanosleep(&late, NULL);
	else if (sendmsg(sock, mh, flags) < 0)
		return -1;
	return sendmsg(sock, mh, flags);
}

void cw_patience_set(unsigned ms)
{
	state.patience = ms;
}

unsigned cw_patience(unsigned ms)
{
	unsigned most = state.patience + ms / 300;

	/* Longer ones stay longer: who waits for somebody who waits must be the more patient. */
	return state.patience && most < ms ? most : ms;
}
