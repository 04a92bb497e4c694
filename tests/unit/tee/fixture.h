/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fixture.h - a TEE of the tests' own, on a thread of this process, with real TA processes
 *
 * The thread must live as long as the TAs: they die with the thread that started them. Connections are made before it
 * starts; take one with fixture_socket() or fixture_client().
 */
#ifndef CW_TEST_TEE_FIXTURE_H
#define CW_TEST_TEE_FIXTURE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "secure/tee/tee.h"
#include "teec/teec_ext.h"

#include "echo/echo.h"

#define FIXTURE_SOCKETS 12

struct fixture {
	struct cw_tee *tee;
	pthread_t thread;
	int sockets[FIXTURE_SOCKETS];
	unsigned taken;
	int dir_fd, dir2_fd, exe_fd;
	pthread_mutex_t lock;
	char log[65536];
	size_t log_len;
	/* of the test's platform service */
	uint32_t pta_sessions;
};

struct fixture_options {
	const char *ta_dir;  /* NULL: that of the build */
	const char *ta_dir2; /* tried after it; NULL: none */
	unsigned call_ms;
};

struct fixture *fixture_start(const struct fixture_options *options);
void fixture_stop(struct fixture *f); /* also checks that nothing is left */

int fixture_socket(struct fixture *f);
void fixture_client(struct fixture *f, TEEC_Context *ctx);
bool fixture_log_has(struct fixture *f, const char *text);
void fixture_log_clear(struct fixture *f);
void fixture_wait_log(struct fixture *f, const char *text); /* fails the test after ten seconds */

/* Ask the TEE until the counters are those; fails the test after ten seconds. */
void fixture_wait_idle(TEEC_Context *ctx, uint32_t sessions, uint32_t instances);
unsigned fixture_open_fds(void);

extern const TEEC_UUID echo_uuid, echo_multi_uuid, echo_single_uuid;
void echo_open(TEEC_Context *ctx, const TEEC_UUID *uuid, TEEC_Session *s);
TEEC_Result echo_call(TEEC_Session *s, uint32_t cmd, TEEC_Operation *op);
extern const struct cw_pta echo_pta;
extern struct fixture *fixture_now;

#endif
