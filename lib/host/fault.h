/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host/fault.h - faults on demand, for tests
 *
 * Compiled in where CW_FAULTS is defined (meson option "faults"; by default only in builds with sanitizers), and nothing
 * anywhere else. Armed by the environment, which reaches the other worlds in debug mode only:
 *
 *	COREWARDEN_FAULT	what goes wrong:
 *		PARTY:POINT:kill|stop[:N]	the Nth visit (1 unless told) of a point of host/points.def ends the process
 *						with SIGKILL, or lets it stand (SIGSTOP)
 *		PARTY:call:KIND:N		the Nth call of a kind fails, see enum cw_fault_kind
 *		PARTY:msg:drop|delay|twice|swap:N
 *						the Nth frame sent is lost, comes 50 ms late, comes twice, or comes after the
 *						next frame that the same process sends
 *	COREWARDEN_FAULT_MAP	a file of at least sizeof(struct cw_fault_map) zero bytes, in which every party counts; what is
 *				behind that is room for a record of every visit and call, see struct cw_fault_entry
 *	COREWARDEN_FAULT_PATIENCE	milliseconds that no time limit may exceed (by more than a 300th of what it was)
 *
 * PARTY is client, silicon, tee or ta: who one is goes by the program's name. Counts are of all processes of a party
 * together that share the map.
 */
#ifndef CW_HOST_FAULT_H
#define CW_HOST_FAULT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

enum cw_party {
	CW_PARTY_CLIENT,
	CW_PARTY_SILICON,
	CW_PARTY_TEE,
	CW_PARTY_TA,
	CW_PARTIES,
};

/* Calls out of our own code; what libraries do inside is theirs. */
enum cw_fault_kind {
	CW_FAULT_ALLOC,	  /* malloc, calloc, realloc, strdup, asprintf: ENOMEM */
	CW_FAULT_READ,	  /* read, pread: EIO */
	CW_FAULT_WRITE,	  /* write, pwrite: ENOSPC */
	CW_FAULT_SEND,	  /* sendmsg: ENOBUFS */
	CW_FAULT_RECEIVE, /* recvmsg: ENOMEM */
	CW_FAULT_MAP,	  /* mmap, memfd_create, ftruncate, fallocate: ENOMEM */
	CW_FAULT_FILE,	  /* open, openat, fopen, mkdirat, renameat, fsync, fstat: EIO */
	CW_FAULT_FD,	  /* socketpair, pipe2, epoll_create1, epoll_ctl, eventfd, fcntl: EMFILE */
	CW_FAULT_PROCESS, /* fork, pthread_create: EAGAIN */
	CW_FAULT_CRYPTO,  /* functions of OpenSSL that can fail for want of memory */
	CW_FAULT_MESSAGE, /* not a call that fails: frames, see "msg" above */
	CW_FAULT_KINDS,
};

#define CW_FAULT_POINTS 512

/* One visit of a point, or one call, in the order in which they happened. */
struct cw_fault_entry {
	uint8_t party; /* enum cw_party */
	bool call;     /* else a point */
	uint16_t which; /* point or kind */
	uint32_t number; /* N of the specification above */
	uint32_t stage; /* as the test has set it */
	uint32_t thread; /* 0: not written yet */
	/* of a frame, sent or received: alike for those that look alike; 0: nothing was received */
	uint32_t tag;
};

/* What the parties count, in memory that they share. */
struct cw_fault_map {
	_Atomic uint32_t fired;
	_Atomic uint32_t stage;	  /* free to use */
	_Atomic uint32_t entries; /* wanted room in the record; what did not fit is not there */
	_Atomic uint32_t point[CW_PARTIES][CW_FAULT_POINTS];
	_Atomic uint32_t call[CW_PARTIES][CW_FAULT_KINDS];
};

static inline struct cw_fault_entry *cw_fault_record(struct cw_fault_map *map)
{
	return (struct cw_fault_entry *)(map + 1);
}

#ifdef CW_FAULTS

const char *cw_party_name(enum cw_party party);
const char *cw_fault_kind_name(enum cw_fault_kind kind);

/* As the environment would at start; NULL: nothing goes wrong, and without a map nothing is counted but inside this
 * process. False when @spec means nothing. */
bool cw_fault_arm(const char *spec, const char *map_path);

void cw_fault_point(unsigned number);
/* Count a call; true: it has to fail. */
bool cw_fault_call(enum cw_fault_kind kind);
/* What this thread's last call brought; @n as recvmsg() says. */
void cw_fault_received(const struct msghdr *mh, ssize_t n);
/* What is under way, for the record. */
void cw_fault_stage(unsigned stage);
/* What this thread calls from here on (@on), or no longer, is not for ourselves but for a library that we lend functions to. */
void cw_fault_foreign(bool on);
/* sendmsg() of a frame, through its faults. */
ssize_t cw_fault_transmit(int sock, const struct msghdr *mh, int flags);
/* A time limit, as the test wants it. */
unsigned cw_patience(unsigned ms);
void cw_patience_set(unsigned ms); /* 0: limits are what they are */

#else

static inline void cw_fault_point(unsigned number)
{
}

static inline void cw_fault_foreign(bool on)
{
}

#define cw_fault_transmit sendmsg
#define cw_patience(ms) (ms)

#endif
#endif
