/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secure/tee/tee.h - the trusted execution environment, as its main program and its tests use it
 *
 * One object, one thread: everything happens in cw_tee_run(), and nothing in it waits for a client or a TA. Clients are
 * sockets (lib/teec/wire.h), TAs are processes (secure/api/link.h), platform services are tables (secure/tee/pta.h).
 */
#ifndef CW_SECURE_TEE_TEE_H
#define CW_SECURE_TEE_TEE_H

#include <stdbool.h>

#include <corewarden/error.h>

#include "secure/tee/pta.h"
#include "teec/wire.h"

struct cw_tee;
struct cw_bus;
struct cw_board;

/* Levels of the log, as the TAs' TRACE_*. */
enum cw_tee_log_level {
	CW_TEE_LOG_NONE = 0,
	CW_TEE_LOG_ERROR = 1,
	CW_TEE_LOG_INFO = 2,
	CW_TEE_LOG_DEBUG = 3,
	CW_TEE_LOG_FLOW = 4,
};

#define CW_TEE_TA_DIRS 2

struct cw_tee_config {
	struct cw_bus *bus; /* may be NULL: then the TEE has no board, and clients come by cw_tee_add_client() alone */
	const struct cw_board *board;
	int state_fd;	/* the state directory; -1 */
	int ta_dir_fds[CW_TEE_TA_DIRS]; /* folders of signed TAs, "UUID.ta", in the order they are tried; -1 = none */
	int ta_exe_fd;	/* program of the TA processes */
	const struct cw_pta *const *ptas;
	const void *ta_key; /* DER SubjectPublicKeyInfo that TAs are signed with */
	unsigned ta_key_len;
	unsigned call_ms; /* 0 = CW_TEE_CALL_MS */
	int log_level;
	/* One line without line end. NULL = standard error. Called on the TEE's thread. */
	void (*log)(void *arg, int level, const char *line);
	void *log_arg;
};

/* Everything in @config is borrowed but ta_key, and outlives the TEE. Initialises the PTAs.
 * 0, -ENOMEM, what a PTA's init said, -errno. */
int cw_tee_new(const struct cw_tee_config *config, struct cw_tee **ret_tee, struct cw_error *err);

/* Ends every TA and every connection. Accepts NULL, returns NULL. Not inside cw_tee_run(). */
struct cw_tee *cw_tee_free(struct cw_tee *tee);

/* Serve a client on @sock, which the TEE owns from here on, also on failure. Before or inside cw_tee_run().
 * 0, -EMFILE too many clients, -ENOMEM. */
int cw_tee_add_client(struct cw_tee *tee, int sock);

/* Serve until the bus hangs up or cw_tee_stop() is called. 0 or -errno. */
int cw_tee_run(struct cw_tee *tee);

/* From any thread: make cw_tee_run() return. */
void cw_tee_stop(struct cw_tee *tee);

/* What is held now; `sessions`, `shms` and `shm_bytes` stay 0. On the TEE's thread. */
void cw_tee_stats(const struct cw_tee *tee, struct cw_tee_stats *ret);

#endif
