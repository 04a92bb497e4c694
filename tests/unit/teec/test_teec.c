// SPDX-License-Identifier: BSD-2-Clause
/* test_teec.c - libteec against a TEE that is a script: ABI, names, addresses, answers in any order, answers that lie */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/memfd.h"
#include "host/msg.h"
#include "teec/teec_ext.h"
#include "teec/wire.h"

/* The layout of libteec.so.2 on 64-bit machines: programs compiled elsewhere rely on it. */
_Static_assert(sizeof(TEEC_Context) == 8, "context");
_Static_assert(sizeof(TEEC_Session) == 16, "session");
_Static_assert(sizeof(TEEC_UUID) == 16, "uuid");
_Static_assert(sizeof(TEEC_SharedMemory) == 56, "shared memory");
_Static_assert(offsetof(TEEC_SharedMemory, imp) == 24, "shared memory, private part");
_Static_assert(sizeof(TEEC_Parameter) == 24, "parameter");
_Static_assert(sizeof(TEEC_Operation) == 112, "operation");
_Static_assert(offsetof(TEEC_Operation, params) == 8, "operation, parameters");
_Static_assert(offsetof(TEEC_Operation, imp) == 104, "operation, private part");

struct fake {
	int sock;
	pthread_t thread;
	void (*script)(struct fake *f);
	uint32_t version;
	int32_t hello_ret;
};

struct invoke_msg {
	struct tee_ioctl_invoke_arg arg;
	struct tee_ioctl_param params[CW_TEE_PARAMS];
};

static void reply(struct fake *f, const struct cw_msg *m, int ret, const void *data, size_t len)
{
	cw_msg_send(f->sock, m->hdr.op, m->hdr.id, ret, data, len, NULL, 0);
}

static bool next(struct fake *f, struct cw_msg *m)
{
	return cw_msg_recv(f->sock, m, 0) == 1;
}

static void *fake_run(void *arg)
{
	struct fake *f = arg;
	struct cw_tee_hello hello = {.version = f->version, .data.gen_caps = TEE_GEN_CAP_GP};
	struct cw_msg m;

	if (next(f, &m)) {
		reply(f, &m, f->hello_ret, &hello, f->hello_ret ? 0 : sizeof(hello));
		if (f->script)
			f->script(f);
	}
	close(f->sock);
	return NULL;
}

static void fake_start(struct fake *f, int *client)
{
	int pair[2];

	assert_int_equal(cw_msg_pair(pair), 0);
	f->sock = pair[1];
	if (!f->version)
		f->version = CW_TEE_VERSION;
	assert_int_equal(pthread_create(&f->thread, NULL, fake_run, f), 0);
	*client = pair[0];
}

static TEEC_Result fake_connect(struct fake *f, TEEC_Context *ctx)
{
	int client;

	fake_start(f, &client);
	return cw_teec_init_from_socket(client, ctx);
}

static void fake_end(struct fake *f, TEEC_Context *ctx)
{
	TEEC_FinalizeContext(ctx);
	pthread_join(f->thread, NULL);
}

static void test_names(void **state)
{
	assert_string_equal(cw_teec_result_name(0xFFFF000F), "TEEC_ERROR_SECURITY");
	assert_string_equal(cw_teec_result_name(0), "TEEC_SUCCESS");
	assert_string_equal(cw_teec_result_name(0xFFFF3072), "TEE_ERROR_SIGNATURE_INVALID");
	assert_string_equal(cw_teec_result_name(0x12345678), "TEE error");
	assert_string_equal(cw_teec_origin_name(TEEC_ORIGIN_TRUSTED_APP),
			    "TEEC_ORIGIN_TRUSTED_APP");
	assert_string_equal(cw_teec_origin_name(77), "unknown origin");
}

static void test_no_tee(void **state)
{
	char long_name[300];
	TEEC_Context ctx;

	unsetenv("COREWARDEN_TEE");
	memset(long_name, 'x', sizeof(long_name));
	memcpy(long_name, "corewarden:/", 12);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(TEEC_InitializeContext(NULL, NULL), TEEC_ERROR_BAD_PARAMETERS);
	if (access("/dev/tee0", F_OK) < 0)
		assert_int_equal(TEEC_InitializeContext(NULL, &ctx), TEEC_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEEC_InitializeContext("corewarden:", &ctx), TEEC_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEEC_InitializeContext("corewarden:/nowhere/at/all", &ctx),
			 TEEC_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEEC_InitializeContext("no-such-tee", &ctx), TEEC_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEEC_InitializeContext("/nowhere/tee0", &ctx), TEEC_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEEC_InitializeContext(long_name, &ctx), TEEC_ERROR_BAD_PARAMETERS);
	TEEC_FinalizeContext(NULL);
}

/* By path, in the name and in the environment. */
static void *accept_three(void *arg)
{
	int listener = *(int *)arg;

	for (unsigned i = 0; i < 3; i++) {
		struct fake f = {.version = CW_TEE_VERSION};

		f.sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		fake_run(&f);
	}
	return NULL;
}

static void test_by_path(void **state)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	const char *tmp = getenv("TMPDIR");
	char dir[80], name[128];
	const char *names[] = {name, NULL, "corewarden:"};
	pthread_t t;

	snprintf(dir, sizeof(dir), "%s/teec-XXXXXX", tmp && strlen(tmp) < 60 ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/tee", dir);
	snprintf(name, sizeof(name), "corewarden:%s", addr.sun_path);
	assert_int_equal(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(pthread_create(&t, NULL, accept_three, &listener), 0);
	setenv("COREWARDEN_TEE", addr.sun_path, 1);
	for (unsigned i = 0; i < 3; i++) {
		TEEC_Context ctx;

		assert_int_equal(TEEC_InitializeContext(names[i], &ctx), TEEC_SUCCESS);
		TEEC_FinalizeContext(&ctx);
	}
	pthread_join(t, NULL);
	unsetenv("COREWARDEN_TEE");
	close(listener);
	unlink(addr.sun_path);
	rmdir(dir);
}

static void test_other_version(void **state)
{
	struct fake newer = {.version = CW_TEE_VERSION + 1}, refuses = {.hello_ret = -EPROTO};
	TEEC_Context ctx;

	assert_int_equal(fake_connect(&newer, &ctx), TEEC_ERROR_NOT_SUPPORTED);
	pthread_join(newer.thread, NULL);
	assert_int_equal(fake_connect(&refuses, &ctx), TEEC_ERROR_NOT_SUPPORTED);
	pthread_join(refuses.thread, NULL);
}

static void test_hangs_up(void **state)
{
	TEEC_Context ctx;
	int pair[2];

	assert_int_equal(cw_msg_pair(pair), 0);
	close(pair[1]);
	assert_int_equal(cw_teec_init_from_socket(pair[0], &ctx), TEEC_ERROR_COMMUNICATION);
	assert_int_equal(cw_teec_init_from_socket(-1, &ctx), TEEC_ERROR_COMMUNICATION);
}

#define CALLERS 6

/* Collect all calls, then answer the last one first, each with its own command as the value. */
static void script_reverse(struct fake *f)
{
	struct cw_msg m[CALLERS];

	for (unsigned i = 0; i < CALLERS; i++)
		if (!next(f, &m[i]))
			return;
	for (unsigned i = CALLERS; i--;) {
		struct invoke_msg im;

		memcpy(&im, m[i].payload, sizeof(im));
		im.params[0].a = im.arg.func;
		im.arg.ret = 0;
		reply(f, &m[i], 0, &im, sizeof(im));
	}
}

struct caller {
	pthread_t thread;
	TEEC_Session *s;
	uint32_t cmd;
	TEEC_Result res;
	uint32_t origin, value;
};

static void *call(void *arg)
{
	struct caller *c = arg;
	TEEC_Operation op = {.paramTypes = TEEC_VALUE_OUTPUT};

	c->res = TEEC_InvokeCommand(c->s, c->cmd, &op, &c->origin);
	c->value = op.params[0].value.a;
	return NULL;
}

static void test_any_order(void **state)
{
	struct fake f = {.script = script_reverse};
	struct caller c[CALLERS];
	TEEC_Context ctx;
	TEEC_Session s = {.imp = {.ctx = &ctx, .session_id = 1}};

	assert_int_equal(fake_connect(&f, &ctx), TEEC_SUCCESS);
	for (unsigned i = 0; i < CALLERS; i++) {
		c[i] = (struct caller){.s = &s, .cmd = 100 + i};
		assert_int_equal(pthread_create(&c[i].thread, NULL, call, &c[i]), 0);
	}
	for (unsigned i = 0; i < CALLERS; i++) {
		pthread_join(c[i].thread, NULL);
		assert_int_equal(c[i].res, TEEC_SUCCESS);
		assert_int_equal(c[i].value, 100 + i);
	}
	fake_end(&f, &ctx);
}

/* Hang up when all calls are there. */
static void script_die(struct fake *f)
{
	struct cw_msg m;

	for (unsigned i = 0; i < CALLERS; i++)
		if (!next(f, &m))
			return;
}

static void test_tee_dies(void **state)
{
	struct fake f = {.script = script_die};
	struct caller c[CALLERS];
	TEEC_Context ctx;
	TEEC_Session s = {.imp = {.ctx = &ctx, .session_id = 1}};

	assert_int_equal(fake_connect(&f, &ctx), TEEC_SUCCESS);
	for (unsigned i = 0; i < CALLERS; i++) {
		c[i] = (struct caller){.s = &s, .cmd = i};
		assert_int_equal(pthread_create(&c[i].thread, NULL, call, &c[i]), 0);
	}
	for (unsigned i = 0; i < CALLERS; i++) {
		pthread_join(c[i].thread, NULL);
		assert_int_equal(c[i].res, TEEC_ERROR_COMMUNICATION);
		assert_int_equal(c[i].origin, TEEC_ORIGIN_COMMS);
	}
	/* and ever after */
	call(&c[0]);
	assert_int_equal(c[0].res, TEEC_ERROR_COMMUNICATION);
	TEEC_CloseSession(&s);
	fake_end(&f, &ctx);
}

static void script_wrong_id(struct fake *f)
{
	struct cw_msg m;

	if (next(f, &m)) {
		m.hdr.id += 1000;
		reply(f, &m, 0, m.payload, sizeof(struct invoke_msg));
	}
	next(f, &m);
}

static void script_wrong_size(struct fake *f)
{
	struct cw_msg m;

	if (next(f, &m))
		reply(f, &m, 0, m.payload, sizeof(struct invoke_msg) - 8);
	next(f, &m);
}

static void script_wrong_op(struct fake *f)
{
	struct cw_msg m;

	if (next(f, &m)) {
		m.hdr.op = TEE_IOC_OPEN_SESSION;
		reply(f, &m, 0, m.payload, sizeof(struct invoke_msg));
	}
	next(f, &m);
}

/* An output larger than the caller's buffer: the size is told, not one byte is written. */
static void script_large(struct fake *f)
{
	struct invoke_msg im;
	struct cw_msg m;
	int fd;

	if (!next(f, &m))
		return;
	((struct tee_ioctl_shm_alloc_data *)m.payload)->id = 1;
	fd = cw_memfd_new("fake", ((struct tee_ioctl_shm_alloc_data *)m.payload)->size);
	cw_msg_send(f->sock, m.hdr.op, m.hdr.id, 0, m.payload,
		    sizeof(struct tee_ioctl_shm_alloc_data), &fd, 1);
	close(fd);
	if (!next(f, &m))
		return;
	memcpy(&im, m.payload, sizeof(im));
	im.params[0].b = 1 << 30;
	im.arg.ret = TEEC_ERROR_SHORT_BUFFER;
	im.arg.ret_origin = TEEC_ORIGIN_TRUSTED_APP;
	reply(f, &m, 0, &im, sizeof(im));
	if (next(f, &m))
		reply(f, &m, 0, NULL, 0);
}

static void test_lying_tee(void **state)
{
	void (*const scripts[])(struct fake *) = {script_wrong_id, script_wrong_size,
						  script_wrong_op};

	for (unsigned i = 0; i < 3; i++) {
		struct fake f = {.script = scripts[i]};
		TEEC_Context ctx;
		TEEC_Session s = {.imp = {.ctx = &ctx, .session_id = 1}};
		struct caller c = {.s = &s};

		assert_int_equal(fake_connect(&f, &ctx), TEEC_SUCCESS);
		call(&c);
		assert_int_equal(c.res, TEEC_ERROR_COMMUNICATION);
		fake_end(&f, &ctx);
	}
}

static void test_large_output(void **state)
{
	struct fake f = {.script = script_large};
	TEEC_Context ctx;
	TEEC_Session s = {.imp = {.ctx = &ctx, .session_id = 1}};
	uint8_t buf[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	TEEC_Operation op = {.paramTypes = TEEC_MEMREF_TEMP_OUTPUT, .params[0].tmpref = {buf, 4}};

	assert_int_equal(fake_connect(&f, &ctx), TEEC_SUCCESS);
	assert_int_equal(TEEC_InvokeCommand(&s, 1, &op, NULL), TEEC_ERROR_SHORT_BUFFER);
	assert_int_equal(op.params[0].tmpref.size, 1 << 30);
	assert_memory_equal(buf, "\1\2\3\4\5\6\7\10", 8);
	fake_end(&f, &ctx);
}

static void script_errnos(struct fake *f)
{
	static const int codes[] = {-EINVAL, -ENOMEM, -EPERM, -EIO};
	struct cw_msg m;

	for (unsigned i = 0; i < 4 && next(f, &m); i++)
		reply(f, &m, codes[i], NULL, 0);
}

static void test_errnos(void **state)
{
	static const TEEC_Result want[] = {TEEC_ERROR_BAD_PARAMETERS, TEEC_ERROR_OUT_OF_MEMORY,
					   TEEC_ERROR_ACCESS_DENIED, TEEC_ERROR_GENERIC};
	struct fake f = {.script = script_errnos};
	TEEC_Context ctx;
	TEEC_Session s = {.imp = {.ctx = &ctx, .session_id = 1}};
	struct caller c = {.s = &s};

	assert_int_equal(fake_connect(&f, &ctx), TEEC_SUCCESS);
	for (unsigned i = 0; i < 4; i++) {
		call(&c);
		assert_int_equal(c.res, want[i]);
		assert_int_equal(c.origin, TEEC_ORIGIN_COMMS);
	}
	fake_end(&f, &ctx);
}

static void test_wrong_arguments(void **state)
{
	struct fake f = {0};
	TEEC_UUID uuid = {0};
	TEEC_Context ctx;
	TEEC_Session s = {0};
	TEEC_Operation op = {0};
	uint32_t origin = 0;

	assert_int_equal(fake_connect(&f, &ctx), TEEC_SUCCESS);
	assert_int_equal(TEEC_OpenSession(NULL, &s, &uuid, 0, NULL, NULL, &origin),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(origin, TEEC_ORIGIN_API);
	assert_int_equal(TEEC_OpenSession(&ctx, NULL, &uuid, 0, NULL, NULL, NULL),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(TEEC_OpenSession(&ctx, &s, NULL, 0, NULL, NULL, NULL),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(TEEC_OpenSession(&ctx, &s, &uuid, TEEC_LOGIN_USER, &uuid, NULL, NULL),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(TEEC_InvokeCommand(NULL, 0, NULL, NULL), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(TEEC_InvokeCommand(&s, 0, NULL, NULL), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(TEEC_AllocateSharedMemory(&ctx, NULL), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(TEEC_RegisterSharedMemory(&ctx, &(TEEC_SharedMemory){.flags = 1}),
			 TEEC_ERROR_BAD_PARAMETERS);
	TEEC_RequestCancellation(NULL);
	TEEC_RequestCancellation(&op);
	TEEC_CloseSession(NULL);
	TEEC_CloseSession(&s);
	fake_end(&f, &ctx);
	/* a context that is finished */
	assert_int_equal(TEEC_OpenSession(&ctx, &s, &uuid, 0, NULL, NULL, NULL),
			 TEEC_ERROR_BAD_PARAMETERS);
	TEEC_FinalizeContext(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),		cmocka_unit_test(test_no_tee),
		cmocka_unit_test(test_by_path),		cmocka_unit_test(test_other_version),
		cmocka_unit_test(test_hangs_up),	cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_tee_dies),	cmocka_unit_test(test_lying_tee),
		cmocka_unit_test(test_large_output),	cmocka_unit_test(test_errnos),
		cmocka_unit_test(test_wrong_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
