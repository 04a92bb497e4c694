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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host/point.h"

#define SPEC_MAX    96
#define DELAY_MS    50
#define FRAME_MAX   4096
#define CONTROL_MAX 64
#define HEADER_LEN  24 /* of struct cw_msg_hdr, */
#define ID_AT	    8  /* and the id in it */

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
	SWAP,
};

static struct {
	enum cw_party self, party;
	enum what what;
	enum action action;
	unsigned which; /* point or kind */
	uint32_t count;
	unsigned patience; /* ms; 0: limits are what they are */
	struct cw_fault_map *map;
	size_t map_size;
	struct cw_fault_map own;
} state;

/* A frame that waits for another one to overtake it. */
static struct {
	atomic_bool full;
	int sock; /* not ours: it may be closed meanwhile, and its number be another's */
	ino_t inode;
	size_t len, control_len;
	uint8_t bytes[FRAME_MAX];
	union {
		struct cmsghdr header;
		uint8_t bytes[CONTROL_MAX];
	} control;
} held;

static __thread struct cw_fault_entry *last; /* of this thread in the record */
static __thread bool foreign;

static const char *const parties[CW_PARTIES] = {"client", "silicon", "tee", "ta"};
static const char *const kinds[CW_FAULT_KINDS] = {
	[CW_FAULT_ALLOC] = "alloc",	[CW_FAULT_READ] = "read",
	[CW_FAULT_WRITE] = "write",	[CW_FAULT_SEND] = "send",
	[CW_FAULT_RECEIVE] = "receive", [CW_FAULT_MAP] = "map",
	[CW_FAULT_FILE] = "file",	[CW_FAULT_FD] = "fd",
	[CW_FAULT_PROCESS] = "process", [CW_FAULT_CRYPTO] = "crypto",
	[CW_FAULT_MESSAGE] = "message",
};
static const char *const actions[] = {[KILL] = "kill",	 [STOP] = "stop",   [DROP] = "drop",
				      [DELAY] = "delay", [TWICE] = "twice", [SWAP] = "swap"};

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
	long size, p;

	if (fd < 0)
		return;
	size = syscall(SYS_lseek, fd, 0, SEEK_END);
	p = size < (long)sizeof(*state.map)
		    ? -1
		    : syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != -1) {
		state.map = (struct cw_fault_map *)p;
		state.map_size = (size_t)size;
	}
	close(fd);
}

/* Of the descriptors that go with the held frame: replace each by a duplicate, or close it. */
static void held_descriptors(bool duplicate)
{
	size_t len = held.control_len ? held.control.header.cmsg_len : 0;

	for (size_t at = CMSG_LEN(0); at + sizeof(int) <= len; at += sizeof(int)) {
		int fd;

		memcpy(&fd, held.control.bytes + at, sizeof(fd));
		if (duplicate)
			fd = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0);
		else
			close(fd);
		memcpy(held.control.bytes + at, &fd, sizeof(fd));
	}
}

bool cw_fault_arm(const char *spec, const char *map_path)
{
	state.self = who();
	state.what = NOTHING;
	if (atomic_exchange(&held.full, false))
		held_descriptors(false);
	if (state.map && state.map != &state.own)
		syscall(SYS_munmap, state.map, state.map_size);
	state.map = &state.own;
	state.map_size = sizeof(state.own);
	last = NULL;
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

static void record(bool call, unsigned which, uint32_t number, uint32_t tag)
{
	size_t room = (state.map_size - sizeof(*state.map)) / sizeof(struct cw_fault_entry);
	uint32_t at = room ? atomic_fetch_add(&state.map->entries, 1) : 0;

	last = NULL;
	if (at >= room)
		return;
	last = &cw_fault_record(state.map)[at];
	*last = (struct cw_fault_entry){
		.party = (uint8_t)state.self,
		.call = call,
		.which = (uint16_t)which,
		.number = number,
		.stage = atomic_load(&state.map->stage),
		.thread = (uint32_t)syscall(SYS_gettid),
		.tag = tag,
	};
}

static bool due(_Atomic uint32_t *counter, enum what what, unsigned which, uint32_t tag)
{
	uint32_t n = atomic_fetch_add(counter, 1) + 1;

	record(what == AT_CALL, which, n, tag);
	if (!mine(what, which) || n != state.count)
		return false;
	atomic_fetch_add(&state.map->fired, 1);
	return true;
}

void cw_fault_point(unsigned number)
{
	if (!state.map || number >= CW_FAULT_POINTS ||
	    !due(&state.map->point[state.self][number], AT_POINT, number, 0))
		return;
	kill(getpid(), state.action == STOP ? SIGSTOP : SIGKILL);
}

bool cw_fault_call(enum cw_fault_kind kind)
{
	return state.map && !foreign && due(&state.map->call[state.self][kind], AT_CALL, kind, 0);
}

void cw_fault_foreign(bool on)
{
	foreign = on;
}

void cw_fault_stage(unsigned stage)
{
	if (state.map)
		atomic_store(&state.map->stage, stage);
}

/* Frames are alike when their headers are but for the id: operation, length, result, descriptors. */
static uint32_t tag_of(const struct msghdr *mh, size_t len)
{
	uint32_t h = 2166136261u;
	size_t left = len < HEADER_LEN ? len : HEADER_LEN, at = 0;

	for (size_t i = 0; i < mh->msg_iovlen && left; i++) {
		const uint8_t *p = mh->msg_iov[i].iov_base;

		for (size_t k = 0; k < mh->msg_iov[i].iov_len && left; k++, left--, at++)
			if (at < ID_AT || at >= ID_AT + sizeof(uint64_t))
				h = (h ^ p[k]) * 16777619u;
	}
	return h | 1;
}

void cw_fault_received(const struct msghdr *mh, ssize_t n)
{
	if (last)
		last->tag = n > 0 ? tag_of(mh, (size_t)n) : 0;
}

static size_t length(const struct msghdr *mh)
{
	size_t n = 0;

	for (size_t i = 0; i < mh->msg_iovlen; i++)
		n += mh->msg_iov[i].iov_len;
	return n;
}

static ino_t inode_of(int fd)
{
	struct stat st;

	return syscall(SYS_fstat, fd, &st) < 0 ? 0 : st.st_ino;
}

/* False: not a frame that can be kept. */
static bool hold(int sock, const struct msghdr *mh)
{
	size_t at = 0;

	if (length(mh) > FRAME_MAX || mh->msg_controllen > CONTROL_MAX || atomic_load(&held.full))
		return false;
	for (size_t i = 0; i < mh->msg_iovlen; at += mh->msg_iov[i++].iov_len)
		memcpy(held.bytes + at, mh->msg_iov[i].iov_base, mh->msg_iov[i].iov_len);
	held.len = at;
	held.control_len = mh->msg_controllen;
	if (held.control_len)
		memcpy(held.control.bytes, mh->msg_control, held.control_len);
	held_descriptors(true);
	held.sock = sock;
	held.inode = inode_of(sock);
	atomic_store(&held.full, true);
	return true;
}

static void let_go(int flags)
{
	struct iovec iov = {held.bytes, held.len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};

	if (!atomic_exchange(&held.full, false))
		return;
	if (held.control_len) {
		mh.msg_control = held.control.bytes;
		mh.msg_controllen = held.control_len;
	}
	if (inode_of(held.sock) == held.inode)
		sendmsg(held.sock, &mh, flags);
	held_descriptors(false);
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

ssize_t cw_fault_transmit(int sock, const struct msghdr *mh, int flags)
{
	ssize_t n;

	if (!due(&state.map->call[state.self][CW_FAULT_MESSAGE], AT_CALL, CW_FAULT_MESSAGE,
		 tag_of(mh, length(mh)))) {
		n = sendmsg(sock, mh, flags);
		let_go(flags);
		return n;
	}
	if (state.action == DROP || (state.action == SWAP && hold(sock, mh)))
		return (ssize_t)length(mh);
	if (state.action == DELAY)
		sleep_ms(DELAY_MS);
	else if (state.action == TWICE && sendmsg(sock, mh, flags) < 0)
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
