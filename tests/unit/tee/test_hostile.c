// SPDX-License-Identifier: BSD-2-Clause
/* test_hostile.c - what a client may send without libteec: every malformed frame ends its connection and nothing else */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/msg.h"
#include "secure/api/link.h"
#include "secure/tee/quota.h"
#include "teec/wire.h"

struct open_msg {
	struct tee_ioctl_open_session_arg arg;
	struct tee_ioctl_param params[4];
};

struct invoke_msg {
	struct tee_ioctl_invoke_arg arg;
	struct tee_ioctl_param params[4];
};

struct ctx {
	struct fixture *f;
	TEEC_Context watcher;
	int sock;
	uint64_t id;
};

static int setup(void **state)
{
	struct ctx *c = calloc(1, sizeof(*c));

	c->f = fixture_start(NULL);
	fixture_client(c->f, &c->watcher);
	c->sock = fixture_socket(c->f);
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct ctx *c = *state;

	close(c->sock);
	fixture_wait_idle(&c->watcher, 0, 0);
	TEEC_FinalizeContext(&c->watcher);
	fixture_stop(c->f);
	free(c);
	return 0;
}

/* Ask; the answer's payload goes to @reply. The frame's fd, if any, is returned in *@fd. */
static int ask(struct ctx *c, uint32_t op, const void *data, size_t len, void *reply,
	       size_t reply_len, int *fd)
{
	struct cw_msg m;

	assert_int_equal(cw_msg_send(c->sock, op, ++c->id, 0, data, len, NULL, 0), 0);
	assert_int_equal(cw_msg_recv(c->sock, &m, 0), 1);
	assert_int_equal(m.hdr.id, c->id);
	assert_int_equal(m.hdr.op, op);
	if (fd)
		*fd = cw_msg_take_fd(&m, 0);
	cw_msg_close_fds(&m);
	assert_int_equal(cw_msg_payload_len(&m), m.hdr.ret < 0 ? 0 : reply_len);
	if (m.hdr.ret == 0 && reply_len)
		memcpy(reply, m.payload, reply_len);
	return m.hdr.ret;
}

static void greet(struct ctx *c)
{
	uint32_t version = CW_TEE_VERSION;
	struct cw_tee_hello hello;

	assert_int_equal(ask(c, TEE_IOC_VERSION, &version, 4, &hello, sizeof(hello), NULL), 0);
	assert_int_equal(hello.version, CW_TEE_VERSION);
}

/* The connection must end without another answer. Takes a fresh one for the next case. */
static void expect_end(struct ctx *c)
{
	struct cw_msg m;

	assert_int_equal(cw_msg_recv(c->sock, &m, 0), 0);
	close(c->sock);
	c->sock = fixture_socket(c->f);
	c->id = 0;
}

static void send_raw(struct ctx *c, uint32_t op, const void *data, size_t len)
{
	assert_int_equal(cw_msg_send(c->sock, op, ++c->id, 0, data, len, NULL, 0), 0);
}

static void test_greeting(void **state)
{
	struct ctx *c = *state;
	uint32_t version = CW_TEE_VERSION + 1, good = CW_TEE_VERSION;
	struct cw_tee_hello hello;

	assert_int_equal(ask(c, TEE_IOC_VERSION, &version, 4, &hello, sizeof(hello), NULL),
			 -EPROTO);
	expect_end(c);
	send_raw(c, CW_TEE_STATS, NULL, 0); /* before the greeting */
	expect_end(c);
	greet(c);
	send_raw(c, TEE_IOC_VERSION, &good, 4); /* twice */
	expect_end(c);
	send_raw(c, TEE_IOC_VERSION, &good, 3);
	expect_end(c);
}

static void test_frames(void **state)
{
	struct ctx *c = *state;
	uint8_t noise[600];

	memset(noise, 0xA5, sizeof(noise));
	/* not even a header; a length that lies */
	greet(c);
	assert_int_equal(send(c->sock, noise, 3, MSG_NOSIGNAL), 3);
	expect_end(c);
	greet(c);
	assert_int_equal(send(c->sock, noise, sizeof(noise), MSG_NOSIGNAL), sizeof(noise));
	expect_end(c);
	/* unknown operation */
	greet(c);
	send_raw(c, 0xDEADBEEF, noise, 10);
	expect_end(c);
	/* a descriptor where none belongs */
	greet(c);
	assert_int_equal(cw_msg_send(c->sock, CW_TEE_STATS, 1, 0, NULL, 0, &c->sock, 1), 0);
	expect_end(c);
	/* a request that says it is an answer */
	greet(c);
	assert_int_equal(cw_msg_send(c->sock, CW_TEE_STATS, 1, 5, NULL, 0, NULL, 0), 0);
	expect_end(c);
}

/* Each operation with a byte too few and one too many. */
static void test_sizes(void **state)
{
	static const struct {
		uint32_t op;
		size_t len;
	} ops[] = {{TEE_IOC_SHM_ALLOC, sizeof(struct tee_ioctl_shm_alloc_data)},
		   {CW_TEE_SHM_FREE, sizeof(struct cw_tee_shm_free)},
		   {TEE_IOC_OPEN_SESSION, sizeof(struct open_msg)},
		   {TEE_IOC_INVOKE, sizeof(struct invoke_msg)}};
	struct ctx *c = *state;
	uint8_t zero[512] = {0};

	for (unsigned i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		greet(c);
		send_raw(c, ops[i].op, zero, ops[i].len - 1);
		expect_end(c);
		greet(c);
		send_raw(c, ops[i].op, zero, ops[i].len + 1);
		expect_end(c);
	}
}

static void test_small_sizes(void **state)
{
	struct ctx *c = *state;
	uint8_t zero[16] = {0};

	greet(c);
	send_raw(c, TEE_IOC_CLOSE_SESSION, zero, 5);
	expect_end(c);
	greet(c);
	send_raw(c, TEE_IOC_CANCEL, zero, 4);
	expect_end(c);
	greet(c);
	send_raw(c, CW_TEE_STATS, zero, 1);
	expect_end(c);
}

static void test_parameters(void **state)
{
	static const uint64_t attrs[] = {4, 8, 0xFF, TEE_IOCTL_PARAM_ATTR_META | 1, 1ull << 32};
	struct ctx *c = *state;
	struct open_msg open = {.arg.num_params = 4};

	for (unsigned i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
		greet(c);
		open.params[3].attr = attrs[i];
		send_raw(c, TEE_IOC_OPEN_SESSION, &open, sizeof(open));
		expect_end(c);
	}
	open.params[3].attr = 0;
	open.arg.num_params = 3;
	greet(c);
	send_raw(c, TEE_IOC_OPEN_SESSION, &open, sizeof(open));
	expect_end(c);
}

static int alloc(struct ctx *c, uint64_t size, int *ret_fd, int32_t *ret_id)
{
	struct tee_ioctl_shm_alloc_data arg = {.size = size};
	int r = ask(c, TEE_IOC_SHM_ALLOC, &arg, sizeof(arg), &arg, sizeof(arg), ret_fd);

	*ret_id = arg.id;
	return r;
}

/* Names of things that are another's, or nobody's: refused, the connection lives. */
static void test_unknown_names(void **state)
{
	static const uint8_t echo[16] = {0x5d, 0x1c, 0x7a, 0x10, 0x9c, 0x3e, 0x4b, 0x58,
					 0x8f, 0x11, 0x2a, 0x6e, 0x0c, 0x43, 0x57, 0x01};
	struct ctx *c = *state;
	struct open_msg open = {.arg.num_params = 4};
	struct invoke_msg invoke = {.arg = {.num_params = 4, .func = ECHO_TYPES}};
	struct tee_ioctl_close_session_arg close_arg;
	struct cw_tee_shm_free free_arg = {.id = 99};
	TEEC_SharedMemory shm = {.size = 64, .flags = TEEC_MEM_INPUT};
	TEEC_Session other;
	int32_t id;
	int fd;

	greet(c);
	echo_open(&c->watcher, &echo_uuid, &other);
	assert_int_equal(TEEC_AllocateSharedMemory(&c->watcher, &shm), TEEC_SUCCESS);
	/* another connection's session */
	invoke.arg.session = other.imp.session_id;
	assert_int_equal(
		ask(c, TEE_IOC_INVOKE, &invoke, sizeof(invoke), NULL, sizeof(invoke), NULL),
		-EINVAL);
	close_arg.session = other.imp.session_id;
	assert_int_equal(
		ask(c, TEE_IOC_CLOSE_SESSION, &close_arg, sizeof(close_arg), NULL, 0, NULL),
		-EINVAL);
	/* another connection's memory, and none */
	memcpy(open.arg.uuid, echo, 16);
	open.params[0] = (struct tee_ioctl_param){.attr = 5, .b = 1, .c = (uint64_t)shm.imp.id};
	assert_int_equal(
		ask(c, TEE_IOC_OPEN_SESSION, &open, sizeof(open), NULL, sizeof(open), NULL),
		-EINVAL);
	assert_int_equal(ask(c, CW_TEE_SHM_FREE, &free_arg, sizeof(free_arg), NULL, 0, NULL),
			 -EINVAL);
	/* its own memory, beyond the end */
	assert_int_equal(alloc(c, 100, &fd, &id), 0);
	close(fd);
	open.params[0] = (struct tee_ioctl_param){.attr = 5, .a = 4090, .b = 7, .c = (uint64_t)id};
	assert_int_equal(
		ask(c, TEE_IOC_OPEN_SESSION, &open, sizeof(open), NULL, sizeof(open), NULL),
		-EINVAL);
	open.params[0] =
		(struct tee_ioctl_param){.attr = 5, .a = UINT64_MAX, .b = 2, .c = (uint64_t)id};
	assert_int_equal(
		ask(c, TEE_IOC_OPEN_SESSION, &open, sizeof(open), NULL, sizeof(open), NULL),
		-EINVAL);
	free_arg.id = id;
	assert_int_equal(ask(c, CW_TEE_SHM_FREE, &free_arg, sizeof(free_arg), NULL, 0, NULL), 0);
	assert_int_equal(ask(c, CW_TEE_SHM_FREE, &free_arg, sizeof(free_arg), NULL, 0, NULL),
			 -EINVAL);
	/* a login that nobody can vouch for */
	open.params[0] = (struct tee_ioctl_param){0};
	open.arg.clnt_login = TEE_IOCTL_LOGIN_REE_KERNEL;
	assert_int_equal(
		ask(c, TEE_IOC_OPEN_SESSION, &open, sizeof(open), NULL, sizeof(open), NULL),
		-EINVAL);
	TEEC_ReleaseSharedMemory(&shm);
	TEEC_CloseSession(&other);
}

/* Memory cannot be cut under the feet of the TEE. */
static void test_seals(void **state)
{
	struct ctx *c = *state;
	int32_t id;
	int fd;

	greet(c);
	assert_int_equal(alloc(c, 8192, &fd, &id), 0);
	assert_true((fcntl(fd, F_GET_SEALS) & (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) ==
		    (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
	assert_int_equal(ftruncate(fd, 4096), -1);
	assert_int_equal(ftruncate(fd, 16384), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	close(fd);
}

static void test_memory_limits(void **state)
{
	struct ctx *c = *state;
	struct tee_ioctl_shm_alloc_data arg = {.size = 4096, .flags = 1};
	struct cw_tee_shm_free free_arg = {0};
	unsigned n = 0;
	int32_t id;
	int fd;

	greet(c);
	assert_int_equal(alloc(c, 0, &fd, &id), -EINVAL);
	assert_int_equal(alloc(c, UINT64_MAX, &fd, &id), -ENOMEM);
	assert_int_equal(alloc(c, CW_TEE_CLIENT_BYTES_MAX + 1, &fd, &id), -ENOMEM);
	assert_int_equal(ask(c, TEE_IOC_SHM_ALLOC, &arg, sizeof(arg), &arg, sizeof(arg), NULL),
			 -EINVAL);
	while (alloc(c, 1, &fd, &id) == 0) {
		close(fd);
		n++;
	}
	assert_int_equal(n, CW_TEE_CLIENT_SHMS_MAX);
	free_arg.id = 1;
	assert_int_equal(ask(c, CW_TEE_SHM_FREE, &free_arg, sizeof(free_arg), NULL, 0, NULL), 0);
	assert_int_equal(alloc(c, 1, &fd, &id), 0);
	close(fd);
}

/* Requests without ever reading an answer: the client goes, not the TEE. */
static void test_deaf_client(void **state)
{
	struct ctx *c = *state;
	struct cw_tee_stats st;
	int r = 0;

	greet(c);
	assert_int_equal(cw_teec_stats(&c->watcher, &st), TEEC_SUCCESS);
	for (unsigned i = 0; i < 100000 && r == 0; i++)
		r = cw_msg_send(c->sock, CW_TEE_STATS, i + 1, 0, NULL, 0, NULL, 0);
	assert_int_equal(r, -EPIPE);
	assert_true(fixture_log_has(c->f, "does not read its answers"));
	assert_int_equal(cw_teec_stats(&c->watcher, &st), TEEC_SUCCESS);
}

/* More requests under way than one connection may have. */
static void test_too_many_calls(void **state)
{
	struct ctx *c = *state;
	struct invoke_msg invoke = {.arg = {.num_params = 4, .func = ECHO_WAIT}};
	unsigned refused = 0, done = 0;
	TEEC_Session s;
	TEEC_Context ctx;
	struct cw_msg m;

	assert_int_equal(cw_teec_init_from_socket(fixture_socket(c->f), &ctx), TEEC_SUCCESS);
	echo_open(&ctx, &echo_uuid, &s);
	invoke.arg.session = s.imp.session_id;
	invoke.params[0] = (struct tee_ioctl_param){.attr = 1, .a = 1};
	for (unsigned i = 0; i < CW_TEE_CLIENT_CALLS_MAX + 40; i++)
		assert_int_equal(cw_msg_send(ctx.imp.fd, TEE_IOC_INVOKE, 5000 + i, 0, &invoke,
					     sizeof(invoke), NULL, 0),
				 0);
	for (unsigned i = 0; i < CW_TEE_CLIENT_CALLS_MAX + 40; i++) {
		assert_int_equal(cw_msg_recv(ctx.imp.fd, &m, 0), 1);
		if (m.hdr.ret == -ENOMEM)
			refused++;
		else if (m.hdr.ret == 0)
			done++;
	}
	assert_int_equal(refused + done, CW_TEE_CLIENT_CALLS_MAX + 40);
	assert_true(done >= CW_TEE_CLIENT_CALLS_MAX);
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&ctx);
}

/* Have the TA send @len bytes to the TEE. *@ret_result: of the platform service. */
static TEEC_Result raw(TEEC_Session *s, const void *frame, size_t len, uint32_t *ret_result)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_VALUE_OUTPUT, 0, 0)};
	TEEC_Result res;

	op.params[0].tmpref = (TEEC_TempMemoryReference){(void *)frame, len};
	res = echo_call(s, ECHO_RAW, &op);
	*ret_result = op.params[1].value.a;
	return res;
}

struct frame {
	struct cw_msg_hdr hdr;
	union {
		uint8_t bytes[CW_MSG_PAYLOAD_MAX];
		struct cw_ta_pta pta;
		uint32_t word;
	} u;
};

/* A TA that breaks the link's rules ends; the TEE and everybody else goes on. */
static void test_hostile_ta(void **state)
{
	static const struct {
		uint32_t op;
		uint64_t id;
		size_t len;
	} cases[] = {
		{99, 0, 0},					/* unknown */
		{CW_TA_START, 1, sizeof(struct cw_ta_started)}, /* has started long ago */
		{CW_TA_CALL, 999, sizeof(struct cw_ta_answer)}, /* answers another call */
		{CW_TA_CALL, 0, 3},
		{CW_TA_LOG, 0, 2},
		{CW_TA_PANIC, 0, 5},
		{CW_TA_CANCEL, 0, 8},
		{CW_TA_PTA_CALL, 1, sizeof(struct cw_ta_pta) - 1},
		{CW_TA_PTA_CALL, 1, sizeof(struct cw_ta_pta) + CW_TA_INLINE_MAX + 1},
	};
	struct ctx *c = *state;
	TEEC_Session s;
	uint32_t res;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame f = {.hdr = {.op = cases[i].op, .id = cases[i].id}};

		f.hdr.len = (uint32_t)(sizeof(f.hdr) + cases[i].len);
		echo_open(&c->watcher, &echo_uuid, &s);
		if (raw(&s, &f, f.hdr.len, &res) != TEEC_ERROR_TARGET_DEAD)
			fail_msg("case %u", i);
		TEEC_CloseSession(&s);
	}
	/* a length that lies */
	echo_open(&c->watcher, &echo_uuid, &s);
	assert_int_equal(raw(&s, &(struct frame){.hdr = {.len = 99, .op = CW_TA_LOG}}, 30, &res),
			 TEEC_ERROR_TARGET_DEAD);
	TEEC_CloseSession(&s);
	assert_true(fixture_log_has(c->f, "sent a malformed message"));
}

/* References of a TA to memory that it may not name. */
static void test_forged_references(void **state)
{
	static const struct cw_ta_param forged[] = {
		{.where = CW_TA_SHM, .mem = 77, .b = 1},
		{.where = CW_TA_SHM, .mem = 1, .a = 4095, .b = 2}, /* beyond the parameter */
		{.where = CW_TA_SHM, .mem = 1, .a = UINT64_MAX, .b = 2},
		{.where = CW_TA_BOUNCE, .a = CW_TA_BOUNCE_SIZE, .b = 1},
		{.where = CW_TA_BOUNCE, .a = 1, .b = UINT64_MAX},
		{.where = CW_TA_INLINE, .a = 0, .b = 1},
		{.where = CW_TA_INLINE, .a = UINT64_MAX, .b = 1},
		{.where = CW_TA_NULL, .b = 1},
		{.where = CW_TA_NOWHERE, .b = 1},
		{.where = 99},
	};
	struct ctx *c = *state;
	struct frame f = {.hdr = {.op = CW_TA_PTA_CALL, .id = 1}};
	TEEC_Session s;
	uint32_t res;

	f.hdr.len = sizeof(f.hdr) + sizeof(f.u.pta);
	f.u.pta.kind = CW_TA_OPEN_SESSION;
	f.u.pta.uuid = echo_pta.uuid;
	echo_open(&c->watcher, &echo_uuid, &s);
	for (unsigned i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		f.u.pta.types = TEE_PARAM_TYPE_MEMREF_INPUT;
		f.u.pta.params[0] = forged[i];
		assert_int_equal(raw(&s, &f, f.hdr.len, &res), TEEC_SUCCESS);
		if (!res)
			fail_msg("case %u", i);
	}
	/* an input of the client, asked for as output; unknown types; a session that is not there */
	f.u.pta.types = TEE_PARAM_TYPE_MEMREF_OUTPUT;
	f.u.pta.params[0] = (struct cw_ta_param){.where = CW_TA_SHM, .mem = 1, .b = 1};
	assert_int_equal(raw(&s, &f, f.hdr.len, &res), TEEC_SUCCESS);
	assert_int_equal(res, TEEC_ERROR_ACCESS_DENIED);
	f.u.pta.types = 0x10004;
	assert_int_equal(raw(&s, &f, f.hdr.len, &res), TEEC_SUCCESS);
	assert_int_equal(res, TEEC_ERROR_BAD_PARAMETERS);
	f.u.pta.types = 0;
	f.u.pta.kind = CW_TA_INVOKE_COMMAND;
	f.u.pta.session = 12345;
	assert_int_equal(raw(&s, &f, f.hdr.len, &res), TEEC_SUCCESS);
	assert_int_equal(res, TEEC_ERROR_BAD_PARAMETERS);
	/* the honest one, for comparison */
	f.u.pta.kind = CW_TA_OPEN_SESSION;
	assert_int_equal(raw(&s, &f, f.hdr.len, &res), TEEC_SUCCESS);
	assert_int_equal(res, TEEC_SUCCESS);
	TEEC_CloseSession(&s);
}

static uint32_t rng = 1;

static uint32_t random32(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 17;
	rng ^= rng << 5;
	return rng;
}

static void noise_params(struct tee_ioctl_param params[4], int32_t shm)
{
	static const uint64_t attrs[] = {0, 1, 2, 3, 5, 6, 7};

	for (unsigned i = 0; i < 4; i++) {
		params[i].attr = attrs[random32() % 7];
		params[i].a = random32() % 3 ? random32() % 5000 : (uint64_t)random32() << 32;
		params[i].b = random32() % 3 ? random32() % 5000 : UINT64_MAX - random32();
		params[i].c = random32() % 3   ? (uint64_t)shm
			      : random32() % 5 ? TEE_MEMREF_NULL
					       : random32();
	}
}

/* Well-formed frames with nonsense inside: each gets its answer, and nobody dies of it. */
static void test_noise(void **state)
{
	struct ctx *c = *state;
	struct invoke_msg invoke;
	struct open_msg open;
	TEEC_Session s;
	TEEC_Context ctx;
	int32_t shm;
	int fd;

	greet(c);
	assert_int_equal(cw_teec_init_from_socket(fixture_socket(c->f), &ctx), TEEC_SUCCESS);
	echo_open(&ctx, &echo_uuid, &s);
	assert_int_equal(alloc(c, 4096, &fd, &shm), 0);
	close(fd);
	for (unsigned i = 0; i < 2000; i++) {
		invoke = (struct invoke_msg){.arg = {.num_params = 4, .func = ECHO_TYPES}};
		noise_params(invoke.params, shm);
		invoke.arg.session = random32() % 16;
		ask(c, TEE_IOC_INVOKE, &invoke, sizeof(invoke), &invoke, sizeof(invoke), NULL);
		open = (struct open_msg){.arg.num_params = 4};
		noise_params(open.params, shm);
		for (unsigned k = 0; k < 16; k++)
			open.arg.uuid[k] = (uint8_t)random32();
		open.arg.clnt_login = random32() % 8;
		ask(c, TEE_IOC_OPEN_SESSION, &open, sizeof(open), &open, sizeof(open), NULL);
	}
	assert_int_equal(echo_call(&s, ECHO_TYPES, NULL), TEEC_SUCCESS);
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&ctx);
}

/* Parameters that are nonsense for the TA too, in a session of one's own. */
static void test_noise_in_session(void **state)
{
	static const uint8_t echo[16] = {0x5d, 0x1c, 0x7a, 0x10, 0x9c, 0x3e, 0x4b, 0x58,
					 0x8f, 0x11, 0x2a, 0x6e, 0x0c, 0x43, 0x57, 0x01};
	struct ctx *c = *state;
	struct open_msg open = {.arg.num_params = 4};
	struct tee_ioctl_close_session_arg close_arg;
	unsigned answered = 0;
	int32_t shm;
	int fd;

	greet(c);
	assert_int_equal(alloc(c, 8192, &fd, &shm), 0);
	close(fd);
	memcpy(open.arg.uuid, echo, 16);
	assert_int_equal(
		ask(c, TEE_IOC_OPEN_SESSION, &open, sizeof(open), &open, sizeof(open), NULL), 0);
	assert_int_equal(open.arg.ret, 0);
	for (unsigned i = 0; i < 2000; i++) {
		struct invoke_msg invoke = {
			.arg = {.num_params = 4, .func = ECHO_TYPES, .session = open.arg.session}};

		noise_params(invoke.params, shm);
		answered += ask(c, TEE_IOC_INVOKE, &invoke, sizeof(invoke), &invoke, sizeof(invoke),
				NULL) == 0;
	}
	assert_true(answered > 50);
	/* the TA has lived through all of it */
	assert_false(fixture_log_has(c->f, "died"));
	close_arg.session = open.arg.session;
	assert_int_equal(
		ask(c, TEE_IOC_CLOSE_SESSION, &close_arg, sizeof(close_arg), NULL, 0, NULL), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_greeting),    T(test_frames),
		T(test_sizes),	     T(test_small_sizes),
		T(test_parameters),  T(test_unknown_names),
		T(test_seals),	     T(test_memory_limits),
		T(test_deaf_client), T(test_too_many_calls),
		T(test_noise),	     T(test_noise_in_session),
		T(test_hostile_ta),  T(test_forged_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
