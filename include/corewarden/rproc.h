/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * corewarden/rproc.h - life cycle of a remote processor, in Linux's order and words
 *
 *	struct cw_platform	a powered board: silicon, its TEE, and our connections to both
 *	struct cw_rproc		one processor of it: firmware, resources, rpmsg devices, crash and recovery
 *
 * A platform outlives its processors. Both have one owner thread; nothing here starts threads, installs signal handlers
 * or prints. Work that the other side causes (messages, crash reports, recovery) is done inside cw_rproc_process();
 * put cw_rproc_fd() into your event loop and call it when the descriptor is readable. Callbacks run on the owner's
 * thread, inside the call that causes them, and may read anything but must not start, stop, recover or free.
 *
 * Every failing call leaves one sentence in @err. When the TEE refused, err->tee_result and err->tee_origin hold its
 * code, err->reason the judge's enum cw_code, and the sentence contains the judge's.
 */
#ifndef COREWARDEN_RPROC_H
#define COREWARDEN_RPROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/board.h>
#include <corewarden/error.h>
#include <corewarden/rpmsg.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default) /* what a library exports */

/* ---- platform ---------------------------------------------------------------------------------------------------- */

struct cw_platform;

struct cw_platform_config {
	const char *board;  /* name or path of a device tree, see cw_board_load() */
	const char *state;  /* state directory: fuses, keys, counters; NULL = blank fuses, nothing is kept */
	const char *ta_dir; /* trusted applications; NULL = where the program's own are */
	int mips;	    /* pace of the remote core in million instructions a second; 0 = near the real part's,
			       -1 = as fast as it goes */
	const char *log;    /* of the helper processes, to stderr: "error", "warn", "info", "debug"; NULL = "warn" */
	bool debug;	    /* no protections, for debuggers: see docs/threat-model.md */
};

/* Power a virtual board on: silicon starts, starts the TEE, and a connection to that is made.
 * 0; what cw_board_load() and cw_board_parse() return; -EAGAIN there is no TEE (yet); -ENOENT a helper program or a
 * state directory is missing; -EBUSY the state is in use; -EPIPE a helper died; another negative errno. */
int cw_platform_on(const struct cw_platform_config *config, struct cw_platform **ret_platform,
		   struct cw_error *err);

/* Power off: everything of the board ends, its memory is scrubbed. Processors must be freed before. @err, which may be
 * NULL, is written when the end was not an orderly one (-EIO, -ETIMEDOUT); err->code is 0 otherwise. Accepts NULL,
 * returns NULL. */
struct cw_platform *cw_platform_off(struct cw_platform *platform, struct cw_error *err);

const struct cw_board *cw_platform_board(const struct cw_platform *platform);

/* False when silicon runs without its own protections (debug mode, sanitizers). */
bool cw_platform_protected(const struct cw_platform *platform);

/* ---- processor --------------------------------------------------------------------------------------------------- */

/* Values and words are Linux's (sysfs remoteprocN/state).
 *
 *	offline --start--> running --stop--> offline
 *	running --crash--> crashed --recover--> running
 *	crashed --stop--> offline	(also after a recovery that failed) */
enum cw_rproc_state {
	CW_RPROC_OFFLINE = 0,
	CW_RPROC_SUSPENDED = 1,
	CW_RPROC_RUNNING = 2,
	CW_RPROC_CRASHED = 3,
	CW_RPROC_ATTACHED = 4,
	CW_RPROC_DETACHED = 5,
};
const char *cw_rproc_state_name(enum cw_rproc_state state); /* "invalid" for others */

enum cw_rproc_crash_type {
	CW_CRASH_MMUFAULT = 0,
	CW_CRASH_WATCHDOG_RESET = 1,
	CW_CRASH_FATAL_ERROR = 2,
};

struct cw_rproc_crash {
	enum cw_rproc_crash_type type;
	bool lockup;	  /* a fault inside the fault handler */
	uint32_t pc, lr, sp, xpsr, cfsr, hfsr; /* 0 when unknown (watchdog) */
	uint32_t address; /* that was refused, 0 = unknown */
	uint32_t access;  /* 0 unknown, 1 read, 2 write, 3 fetch */
	unsigned count;	  /* of crashes since registration, this one included */
};
const char *cw_rproc_crash_name(enum cw_rproc_crash_type type);

enum cw_rproc_step_id {
	CW_STEP_SESSION,	/* session with the TEE's service opened */
	CW_STEP_LOAD,		/* firmware handed over, judged and loaded; bytes of the file */
	CW_STEP_RSC_TABLE,	/* copied and checked; bytes, count of entries; 0 bytes = there is none */
	CW_STEP_CARVEOUTS,	/* count of regions and bytes */
	CW_STEP_VRINGS,		/* count of vrings, bytes of vrings and buffers mapped */
	CW_STEP_START,		/* the core runs */
	CW_STEP_VIRTIO,		/* DRIVER_OK; count of devices */
	CW_STEP_SHUTDOWN,	/* firmware was asked to end */
	CW_STEP_STOP,		/* the core is held */
	CW_STEP_RELEASE,	/* memory scrubbed and given back */
	CW_STEP_CLOSE,		/* session closed */
	CW_STEPS,
};

struct cw_rproc_step {
	enum cw_rproc_step_id id;
	uint64_t ns;
	uint64_t bytes;
	unsigned count;
	char text[160]; /* what else there is to say, or "" */
};
const char *cw_rproc_step_name(enum cw_rproc_step_id id); /* "resource table" */

struct cw_rproc;

/* Any may be NULL. @bus is one of cw_rproc_rpmsg(). */
struct cw_rproc_events {
	void (*step)(void *ctx, struct cw_rproc *rproc, const struct cw_rproc_step *step);
	void (*state)(void *ctx, struct cw_rproc *rproc, enum cw_rproc_state from,
		      enum cw_rproc_state to);
	void (*crash)(void *ctx, struct cw_rproc *rproc, const struct cw_rproc_crash *crash);
	void (*announced)(void *ctx, struct cw_rproc *rproc, struct cw_rpmsg *bus,
			  const struct cw_rpmsg_channel *channel);
	void (*withdrawn)(void *ctx, struct cw_rproc *rproc, struct cw_rpmsg *bus,
			  const struct cw_rpmsg_channel *channel);
	void (*writable)(void *ctx, struct cw_rproc *rproc, struct cw_rpmsg *bus);
	void (*broken)(void *ctx, struct cw_rproc *rproc, struct cw_rpmsg *bus, const char *why);
};

struct cw_rproc_config {
	uint32_t id;	      /* processor id of the TEE's service; 0 = STM32MP15's M4 */
	bool unauthenticated; /* load a plain ELF from the normal world, without TEE: only boards with blank fuses let it */
	bool no_recovery;     /* stay crashed until cw_rproc_recover() */
	const struct cw_rproc_events *events; /* must outlive the processor; may be NULL */
	void *ctx;
};

#define CW_RPROC_FIRMWARE_MAX (512u << 20) /* bytes of a firmware file */
#define CW_RPROC_VDEVS_MAX    2
#define CW_RPROC_TRACES_MAX   8
#define CW_RPROC_TRACE_MAX    65536 /* bytes of one trace buffer that are looked at */

/* Register processor @name (NULL: the board's only one): open its session, take its mailbox.
 * 0; -ENODEV no such processor, or the TEE does not know id; -ENOENT the TEE has no such service; -EAGAIN the TEE is not
 * there (yet); -EBUSY another client has the session, or this platform's processor is registered already; -ENOMEM;
 * -EPIPE. */
int cw_rproc_new(struct cw_platform *platform, const char *name,
		 const struct cw_rproc_config *config, struct cw_rproc **ret_rproc,
		 struct cw_error *err);

/* Unregister: stop and release if need be, close the session, free. Accepts NULL, returns NULL. */
struct cw_rproc *cw_rproc_free(struct cw_rproc *rproc);

const char *cw_rproc_name(const struct cw_rproc *rproc);
enum cw_rproc_state cw_rproc_state(const struct cw_rproc *rproc);
/* What kind of file this processor takes: "signed remoteproc container" or "plain ELF (not authenticated)". */
const char *cw_rproc_format(const struct cw_rproc *rproc);

/* Name the firmware file; it is read at every start and every recovery. -EBUSY not offline; -EINVAL empty; -ENOMEM. */
int cw_rproc_set_firmware(struct cw_rproc *rproc, const char *path, struct cw_error *err);

/* Boot. 0; -EBUSY not offline; -ENOENT, -EFBIG the file; -EIO the TEE refused (see @err); -EINVAL, -ENOMEM the resource
 * table asks for what the board has not; -EPIPE. On failure everything is released and the state is offline. */
int cw_rproc_start(struct cw_rproc *rproc, struct cw_error *err);

/* Ask the firmware to shut down (500 ms at most; not when crashed), stop the core, release.
 * 0; -EINVAL neither running nor crashed; otherwise either the core could not be stopped (the state is unchanged) or the
 * memory could not be released (the state is offline): the sentence says which. */
int cw_rproc_stop(struct cw_rproc *rproc, struct cw_error *err);

/* Bring a crashed processor back: stop, read, judge and load the firmware anew, start. 0; -EINVAL not crashed; or as
 * cw_rproc_start(), and the state stays crashed: only cw_rproc_stop() or another attempt leave it. */
int cw_rproc_recover(struct cw_rproc *rproc, struct cw_error *err);
void cw_rproc_set_recovery(struct cw_rproc *rproc, bool enabled);

/* Report a crash by hand, as Linux's debugfs file does. -EINVAL not running. */
int cw_rproc_report_crash(struct cw_rproc *rproc, enum cw_rproc_crash_type type,
			  struct cw_error *err);

/* Readable when cw_rproc_process() has something to do. Still the processor's. */
int cw_rproc_fd(const struct cw_rproc *rproc);

/* Wait up to @timeout_ms (0 not at all, -1 forever) and handle what came. 1 handled; 0 nothing came; -EINTR a signal;
 * -EPIPE silicon is gone; or the error of a recovery that failed. */
int cw_rproc_process(struct cw_rproc *rproc, int timeout_ms, struct cw_error *err);

/* Trace buffers the firmware's resource table names, while it runs. Text up to the first NUL, at most @size - 1 bytes,
 * always terminated. Number of bytes; -ENOENT no such trace; -EACCES, -EFAULT it cannot be read. */
unsigned cw_rproc_traces(const struct cw_rproc *rproc);
const char *cw_rproc_trace_name(const struct cw_rproc *rproc, unsigned index);
int cw_rproc_trace_read(struct cw_rproc *rproc, unsigned index, char *buf, size_t size);

/* The rpmsg device @index while running, else NULL. It dies at stop, crash and recovery. */
struct cw_rpmsg *cw_rproc_rpmsg(struct cw_rproc *rproc, unsigned index);

/* The resource table as it was authenticated, with the host's fields filled in; NULL without. For tools. */
const void *cw_rproc_table(const struct cw_rproc *rproc, size_t *ret_size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
