/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/boot.h - the parts of corewarden boot
 *
 *	boot.c		options, power on to power off, the event loop
 *	boot_show.c	telling it: a line for people, or one JSON object a line
 *	boot_echo.c	messages echoed, round-trip times
 */
#ifndef CW_CLI_BOOT_H
#define CW_CLI_BOOT_H

#include <corewarden/rproc.h>

/* ---- telling ---- */

struct boot_show {
	bool json;
	bool failed_output; /* stdout is gone: end */
};

/* A step with its time; @bytes 0, @count 0 (of @noun) and @text "" are left out. */
void show_step(struct boot_show *s, const char *name, uint64_t ns, uint64_t bytes, unsigned count,
	       const char *noun, const char *text);
void show_state(struct boot_show *s, const char *rproc, const char *from, const char *to);
void show_endpoint(struct boot_show *s, const struct cw_rpmsg_channel *channel, bool gone);
void show_crash(struct boot_show *s, const char *rproc, const struct cw_rproc_crash *crash);
/* @text is one line, or what there is of it, without its newline. */
void show_trace(struct boot_show *s, const char *name, const char *text, size_t len);
void show_remark(struct boot_show *s, const char *text);
void show_echo(struct boot_show *s, unsigned messages, size_t size, uint64_t min, uint64_t median,
	       uint64_t max);
/* The sentence on stderr; with JSON an event too. */
void show_failure(struct boot_show *s, const struct cw_error *err);
void show_end(struct boot_show *s, bool ok);

/* ---- the firmware's log ---- */

struct boot_trace {
	char *seen; /* text shown so far, CW_RPROC_TRACE_MAX + 1 */
	char *now;
	size_t len;    /* of seen */
	size_t pending; /* where in seen the unfinished line starts */
};

/* Show what came since the last look; @last: also a line without end. */
void trace_look(struct boot_trace *t, struct boot_show *show, struct cw_rproc *rproc, unsigned index,
		bool last);
void trace_free(struct boot_trace *t);

/* ---- echo ---- */

#define ECHO_MAX  1000000
#define ECHO_SIZE 64

struct boot_echo {
	unsigned wanted, done;
	uint64_t *rtt; /* ns */
	uint64_t sent; /* when the one under way was sent, 0 = none is */
	struct cw_rpmsg_ept *ept;
	uint8_t message[ECHO_SIZE];
	struct cw_error err; /* code != 0: the other side does not echo */
};

int echo_init(struct boot_echo *e, unsigned wanted, struct cw_error *err);
void echo_free(struct boot_echo *e);
/* A service was announced: the first one is talked to. */
void echo_begin(struct boot_echo *e, struct cw_rpmsg *bus, const struct cw_rpmsg_channel *channel);
/* Send the next message if none is under way. */
void echo_go_on(struct boot_echo *e);
bool echo_finished(const struct boot_echo *e);
void echo_show(struct boot_echo *e, struct boot_show *show);

#endif
