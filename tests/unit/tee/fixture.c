// SPDX-License-Identifier: BSD-2-Clause
/* fixture.c - a TEE of the tests' own */
#include "fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/msg.h"
#include "ta_key.h"
#include "teec/wire.h"

const TEEC_UUID echo_uuid = ECHO_UUID, echo_multi_uuid = ECHO_MULTI_UUID,
		echo_single_uuid = ECHO_SINGLE_UUID;

struct fixture *fixture_now;

static void take_log(void *arg, int level, const char *line)
{
	struct fixture *f = arg;
	size_t len = strlen(line);

	pthread_mutex_lock(&f->lock);
	if (f->log_len + len + 2 < sizeof(f->log)) {
		memcpy(f->log + f->log_len, line, len);
		f->log_len += len;
		f->log[f->log_len++] = '\n';
		f->log[f->log_len] = '\0';
	}
	pthread_mutex_unlock(&f->lock);
	if (getenv("TEE_TEST_LOG"))
		fprintf(stderr, "tee[%d]: %s\n", level, line);
}

bool fixture_log_has(struct fixture *f, const char *text)
{
	bool has;

	pthread_mutex_lock(&f->lock);
	has = strstr(f->log, text);
	pthread_mutex_unlock(&f->lock);
	return has;
}

void fixture_log_clear(struct fixture *f)
{
	pthread_mutex_lock(&f->lock);
	f->log[0] = '\0';
	f->log_len = 0;
	pthread_mutex_unlock(&f->lock);
}

void fixture_wait_log(struct fixture *f, const char *text)
{
	struct timespec ms = {.tv_nsec = 1000000};

	for (int i = 0; i < 10000; i++) {
		if (fixture_log_has(f, text))
			return;
		nanosleep(&ms, NULL);
	}
	fail_msg("the log does not say '%s':\n%s", text, f->log);
}

static void *run(void *arg)
{
	struct fixture *f = arg;
	int r = cw_tee_run(f->tee);

	/* On this thread: it is the parent of the TAs. */
	cw_tee_free(f->tee);
	return (void *)(intptr_t)r;
}

static const char *need_env(const char *name)
{
	const char *v = getenv(name);

	if (!v)
		fail_msg("%s is not set: run this through meson", name);
	return v;
}

struct fixture *fixture_start(const struct fixture_options *o)
{
	static const struct cw_pta *const ptas[] = {&echo_pta, NULL};
	const char *dir = o && o->ta_dir ? o->ta_dir : need_env("TA_DIR");
	struct fixture *f = calloc(1, sizeof(*f));
	struct cw_tee_config config = {
		.state_fd = -1,
		.ta_dir_fds = {-1, -1},
		.ptas = ptas,
		.ta_key = cw_ta_key,
		.ta_key_len = sizeof(cw_ta_key),
		.call_ms = o ? o->call_ms : 0,
		.log_level = CW_TEE_LOG_DEBUG,
		.log = take_log,
		.log_arg = f,
	};
	struct cw_error err;

	assert_non_null(f);
	pthread_mutex_init(&f->lock, NULL);
	f->dir2_fd = -1;
	if (o && o->ta_dir2)
		f->dir2_fd = config.ta_dir_fds[1] =
			open(o->ta_dir2, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->dir_fd = config.ta_dir_fds[0] = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->exe_fd = config.ta_exe_fd = open(need_env("TA_EXE"), O_RDONLY | O_CLOEXEC);
	assert_true(f->dir_fd >= 0 && f->exe_fd >= 0);
	fixture_now = f;
	if (cw_tee_new(&config, &f->tee, &err) < 0)
		fail_msg("%s", err.text);
	for (unsigned i = 0; i < FIXTURE_SOCKETS; i++) {
		int pair[2];

		assert_int_equal(cw_msg_pair(pair), 0);
		f->sockets[i] = pair[0];
		assert_int_equal(cw_tee_add_client(f->tee, pair[1]), 0);
	}
	assert_int_equal(pthread_create(&f->thread, NULL, run, f), 0);
	return f;
}

void fixture_stop(struct fixture *f)
{
	void *result;

	cw_tee_stop(f->tee);
	pthread_join(f->thread, &result);
	assert_ptr_equal(result, NULL);
	assert_int_equal(f->pta_sessions, 0);
	for (unsigned i = f->taken; i < FIXTURE_SOCKETS; i++)
		close(f->sockets[i]);
	close(f->dir_fd);
	if (f->dir2_fd >= 0)
		close(f->dir2_fd);
	close(f->exe_fd);
	free(f);
	fixture_now = NULL;
}

int fixture_socket(struct fixture *f)
{
	assert_true(f->taken < FIXTURE_SOCKETS);
	return f->sockets[f->taken++];
}

void fixture_client(struct fixture *f, TEEC_Context *ctx)
{
	assert_int_equal(cw_teec_init_from_socket(fixture_socket(f), ctx), TEEC_SUCCESS);
}

void fixture_wait_idle(TEEC_Context *ctx, uint32_t sessions, uint32_t instances)
{
	struct cw_tee_stats st;

	for (int i = 0; i < 10000; i++) {
		struct timespec ms = {.tv_nsec = 1000000};

		assert_int_equal(cw_teec_stats(ctx, &st), TEEC_SUCCESS);
		if (st.all_sessions == sessions && st.instances == instances)
			return;
		nanosleep(&ms, NULL);
	}
	fail_msg("%u sessions instead of %u, %u instances instead of %u", st.all_sessions, sessions,
		 st.instances, instances);
}

unsigned fixture_open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

void echo_open(TEEC_Context *ctx, const TEEC_UUID *uuid, TEEC_Session *s)
{
	uint32_t origin;
	TEEC_Result res = TEEC_OpenSession(ctx, s, uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin);

	if (res)
		fail_msg("open: 0x%08x from %u; log:\n%s", res, origin, fixture_now->log);
}

TEEC_Result echo_call(TEEC_Session *s, uint32_t cmd, TEEC_Operation *op)
{
	uint32_t origin;

	return TEEC_InvokeCommand(s, cmd, op, &origin);
}

/* The platform service. */
static TEE_Result pta_open(struct cw_pta_env *env, const TEE_UUID *caller, uint32_t types,
			   union cw_pta_param params[4], void **ret_ctx)
{
	TEE_UUID *ctx = malloc(sizeof(*ctx));

	*ctx = *caller;
	*ret_ctx = ctx;
	__atomic_add_fetch(&fixture_now->pta_sessions, 1, __ATOMIC_SEQ_CST);
	return TEE_SUCCESS;
}

static void pta_close(struct cw_pta_env *env, void *ctx)
{
	free(ctx);
	__atomic_sub_fetch(&fixture_now->pta_sessions, 1, __ATOMIC_SEQ_CST);
}

static TEE_Result pta_give(union cw_pta_param *p, const void *data, size_t len)
{
	size_t room = p->mem.size;

	p->mem.size = len;
	if (room < len)
		return TEE_ERROR_SHORT_BUFFER;
	memcpy(p->mem.buf, data, len);
	return TEE_SUCCESS;
}

static TEE_Result pta_invoke(struct cw_pta_env *env, void *ctx, uint32_t cmd, uint32_t types,
			     union cw_pta_param params[4])
{
	uint8_t hundred[100];

	params[1].val.a = params[0].mem.shared;
	switch (cmd) {
	case ECHO_PTA_XOR:
		for (size_t i = 0; i < params[0].mem.size; i++)
			params[0].mem.buf[i] ^= 0x5A;
		return TEE_SUCCESS;
	case ECHO_PTA_GROW:
		memset(hundred, 0x11, sizeof(hundred));
		return pta_give(&params[0], hundred, sizeof(hundred));
	case ECHO_PTA_CALLER:
		return pta_give(&params[0], ctx, sizeof(TEE_UUID));
	case ECHO_PTA_OPEN:
		params[1].val.a = fixture_now->pta_sessions;
		return TEE_SUCCESS;
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
}

const struct cw_pta echo_pta = {
	.uuid = ECHO_PTA_UUID,
	.name = "echo",
	.open = pta_open,
	.close = pta_close,
	.invoke = pta_invoke,
};
