/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bus/power.h - power a virtual board on and off
 *
 * The caller becomes the board's normal world: it starts corewarden-silicon, which starts the TEE, and gets nothing but
 * one non-secure bus and a pidfd. Helper programs are found as cw_spawn_find() says; tests and the program in the build
 * tree find those of the same build.
 */
#ifndef CW_BUS_POWER_H
#define CW_BUS_POWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/error.h>

#include "bus/bus.h"

struct cw_power_on {
	const void *dtb; /* device tree, copied */
	size_t dtb_size;
	const char *state;  /* state directory, made when it is not there; NULL or "" = blank fuses, nothing kept */
	const char *ta_dir; /* where the TEE looks for UUID.ta; NULL = where cw_spawn_ta_dir() says */
	const char *log;    /* "error", "warn", "info", "debug"; NULL = "warn" */
	uint32_t mips;	    /* pace of the core in million instructions a second; 0 = unpaced */
	bool debug;	    /* no protection, see host/spawn.h; also when cw_spawn_debug() says so */
	bool weak_generations; /* debug only, for tests: silicon/bus/options.h */
	bool no_tee;	    /* a board without secure world, for tests of the bus */
};

#define CW_POWER_MIPS_DEFAULT 64 /* near the real part */

/* Start everything and wait until the TEE is ready. @ret_bus and @ret_silicon_pidfd are the caller's and untouched on
 * failure; nothing is left of the board then. Ctrl-C at the terminal does not reach the board. @err repeats what silicon
 * says: -ENOENT a helper is not found; -EBUSY the state is in use; -EPERM, -EBADMSG, -EPROTO of host/state.h; -ENODEV,
 * -EINVAL ... of <corewarden/board.h>; -EPIPE silicon ended without a word (its stderr has more). */
int cw_bus_power_on(const struct cw_power_on *config, struct cw_bus **ret_bus, int *ret_silicon_pidfd,
		    struct cw_error *err);

/* Hang up (which is power-off: silicon stops the core, scrubs the memory and ends the TEE) and wait until silicon is
 * gone; it is killed after @timeout_ms. Takes both over; @bus may be NULL. 0 an orderly end; -EIO it ended with an error;
 * -ETIMEDOUT it had to be killed. */
int cw_bus_power_off(struct cw_bus *bus, int silicon_pidfd, unsigned timeout_ms, struct cw_error *err);

#define CW_POWER_OFF_MS 5000 /* silicon gives the TEE 2 s of these */

#endif
