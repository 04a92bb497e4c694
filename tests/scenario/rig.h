/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scenario/rig.h - one board under lib/rproc, watched
 *
 * For scenarios that treat a board badly: what happened is counted, what must be so at rest is checked, and what the board
 * costs is measured. One rig a process. Helpers fail the running cmocka test; they do not return errors.
 */
#ifndef SCENARIO_RIG_H
#define SCENARIO_RIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <corewarden/rproc.h>

#include "tests/scenario/bench.h"

/* Everything in a sanitized build is slower by this. */
#ifdef CW_SANITIZED
#define RIG_SLOWER 4
#else
#define RIG_SLOWER 1
#endif

struct rig_saw {
	unsigned crashes, states, announced, withdrawn, broken, received;
	struct cw_rproc_crash crash; /* the last */
	uint32_t address;	     /* of rpmsg-tty */
	char why[256];		     /* the rpmsg bus broke */
	uint8_t data[CW_RPMSG_MTU];  /* the last message to the endpoint of rig_endpoint() */
	size_t len;
	char path[512]; /* states gone through */
};

struct rig {
	struct bench bench;
	struct cw_platform *platform;
	struct cw_rproc *rproc;
	struct cw_error err;
	struct rig_saw saw;
	pid_t silicon;
	unsigned fds_at_rest; /* of this process, board off */
};
extern struct rig rig;

/* Folder, key, provisioned state, signed echo firmware. */
void rig_open(const char *build);
void rig_close(void);

/* Sign NAME.elf as NAME.rproc. */
void rig_sign(const char *name);
/* Sign hostile.elf with @attack chosen, as hostile-ATTACK.rproc. */
void rig_sign_hostile(const char *attack);

void rig_on(int mips); /* as struct cw_platform_config */
/* Free the processor, power off in order, and nothing is left: processes, descriptors. */
void rig_off(void);
/* Kill silicon with SIGKILL, then give everything back. */
void rig_pull_plug(void);
/* Give everything back on a board that has lost somebody: power-off says @code, and nothing is left. */
void rig_abandon(int code);
/* The TEE, or with @ta one of its trusted applications; 0 there is none. */
pid_t rig_secure_pid(bool ta);

void rig_register(bool no_recovery);
void rig_firmware(const char *image); /* NAME of NAME.rproc */
void rig_must(int r);		      /* @r ≥ 0, or fail with the last sentence */

/* Handle events until @done says so, for @ms at most. */
bool rig_until(bool (*done)(void), unsigned ms);
void rig_for(unsigned ms);
bool rig_announced(void);
bool rig_crashed(void);
bool rig_broken(void);

/* Talk to the echo firmware that runs: @n messages, each answered with itself. Its endpoint dies with the bus. */
void rig_echo(unsigned n);

/* Offline: no window, nothing protected, every readable byte is zero. */
void rig_given_back(void);

struct rig_usage {
	long rss_kib; /* of silicon */
	double cpu;   /* of silicon, user and system, seconds since it started */
	unsigned threads;
};
struct rig_usage rig_usage(void);

double rig_now(void); /* s */
unsigned rig_fds(void);
unsigned rig_children(void); /* living descendants */

#endif
