// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/api/main.c - corewarden-ta, the process of one TA instance
 *
 * It trusts the TEE behind descriptor 3, and the TA it loads with nothing but itself: first a filter that still lets
 * the loader work, then the TA's code comes in, then the filter that leaves it memory, time, random bytes and its link.
 */
#include "secure/api/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/point.h"
#include "host/sandbox.h"
#include "host/spawn.h"
#include "secure/tee/quota.h"

struct ta_runtime ta_rt = {.link = CW_TA_LINK_FD, .log_level = 1};

#define FILTER_LOAD                                                                                \
	(CW_SANDBOX_BASE | CW_SANDBOX_MSG | CW_SANDBOX_MEMORY | CW_SANDBOX_RANDOM |                \
	 CW_SANDBOX_LOADER)
#define FILTER_RUN (CW_SANDBOX_BASE | CW_SANDBOX_MSG | CW_SANDBOX_MEMORY | CW_SANDBOX_RANDOM)

void ta_leave(int status)
{
	/* Destructors of a TA that panicked must not run; a sanitizer wants its word at an orderly end. */
	if (status == 0)
		exit(0);
	_exit(status);
}

static void limit(int what, unsigned long v)
{
	struct rlimit r = {v, v};

	setrlimit(what, &r);
}

static void set_limits(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, CW_TEE_TA_DESCRIPTORS);
	if (!cw_spawn_debug())
		limit(RLIMIT_AS, CW_TEE_TA_ADDRESS_SPACE);
}

static void answer_start(const struct cw_msg *m, const struct cw_ta_started *started)
{
	if (cw_msg_send(ta_rt.link, CW_TA_START, m->hdr.id, 0, started, sizeof(*started), NULL, 0) <
	    0)
		ta_leave(1);
}

/* Everything between the first frame and the TA's own code. */
static TEE_Result prepare(struct cw_msg *m, char reason[CW_TA_REASON_MAX])
{
	cleanup_fd int image = cw_msg_take_fd(m, 0);
	cleanup_fd int bounce = cw_msg_take_fd(m, 1);
	struct cw_error err;
	TEE_Result res;
	void *p;

	p = mmap(NULL, CW_TA_BOUNCE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, bounce, 0);
	if (p == MAP_FAILED) {
		snprintf(reason, CW_TA_REASON_MAX, "no room for the bounce memory");
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	ta_rt.bounce = p;
	ta_memory_init();
	ta_crypto_init();
	if (cw_sandbox_seccomp(FILTER_LOAD, &err) < 0) {
		snprintf(reason, CW_TA_REASON_MAX, "%.180s", err.text);
		return TEE_ERROR_GENERIC;
	}
	res = ta_load(image, reason);
	CW_POINT(ta_loaded, res);
	if (!res && cw_sandbox_seccomp(FILTER_RUN, &err) < 0) {
		snprintf(reason, CW_TA_REASON_MAX, "%.180s", err.text);
		res = TEE_ERROR_GENERIC;
	}
	CW_POINT(ta_confined, res);
	return res;
}

static void start(void)
{
	struct cw_ta_started started = {.origin = TEE_ORIGIN_TEE};
	struct cw_ta_start arg;
	struct cw_msg m;

	if (cw_msg_recv(ta_rt.link, &m, 0) != 1 || m.hdr.op != CW_TA_START || m.hdr.nfds != 2 ||
	    cw_msg_payload_len(&m) != sizeof(arg))
		ta_leave(1);
	CW_POINT(ta_start);
	memcpy(&arg, m.payload, sizeof(arg));
	ta_rt.log_level = arg.log_level;
	ta_rt.uuid = arg.uuid;
	started.result = arg.version == CW_TA_LINK_VERSION ? prepare(&m, started.reason)
							   : TEE_ERROR_UNSUPPORTED_VERSION;
	cw_msg_close_fds(&m);
	if (!started.result) {
		started.flags = ta_rt.head->flags;
		started.result = ta_rt.create();
		CW_POINT(ta_created, started.result);
		if (started.result) {
			started.origin = TEE_ORIGIN_TRUSTED_APP;
			snprintf(started.reason, sizeof(started.reason),
				 "its TA_CreateEntryPoint says no");
		}
	}
	answer_start(&m, &started);
	if (started.result)
		ta_leave(1);
}

int main(int argc, char **argv)
{
	struct cw_error err;

	if (cw_spawn_harden_self(argv, &err) < 0) {
		fprintf(stderr, "corewarden-ta: %s\n", err.text);
		return 1;
	}
	set_limits();
	CW_POINT(ta_hardened);
	start();
	ta_serve();
}
