// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/ta_link.c - the process of a trusted application, and what its TEE says to it (secure/api/link.h)
 *
 * The whole of corewarden-ta runs in this process, but for the loader and the filters: START, calls, answers of platform
 * services, events, in any order, right and wrong, also while the application works. The application is played as well: the
 * input says what it does with its parameters. What it answers and asks must keep to the link's rules whatever was said to it.
 */
#include "fuzz.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/memfd.h"
#include "host/sandbox.h"
#include "host/spawn.h"
#include "secure/api/internal.h"
#include "ta_world.h"

#define FRAMES_MAX 120
#define BLOCKS_MAX 512

int corewarden_ta_main(int argc, char **argv);

static struct {
	struct fuzz_in in;
	jmp_buf out; /* the process ends */
	bool running;
	unsigned frames;
	int bounce_fd, memory_fd;
	struct cw_ta_call call; /* under way, or the last one */
	uint64_t call_id;	/* 0: none under way */
	uint64_t ids;
	struct cw_ta_pta asked;
	uint8_t asked_bytes[CW_TA_INLINE_MAX];
	uint64_t asked_id;	  /* 0: no answer is awaited */
	bool told[MEMORIES];	  /* memory that the process has got and may not have forgotten */
	void *blocks[BLOCKS_MAX]; /* a process that ends frees nothing */
	unsigned n_blocks;
} world;

static struct fuzz_in *in = &world.in;

/* ---- played by --wrap ---- */

int __wrap_cw_msg_recv(int sock, struct cw_msg *m, int flags);
int __wrap_cw_msg_send(int sock, uint32_t op, uint64_t id, int32_t ret, const void *payload,
		       size_t len, const int *fds, unsigned nfds);
int __wrap_poll(struct pollfd *p, nfds_t n, int ms);
int __real_poll(struct pollfd *p, nfds_t n, int ms);
void __wrap_exit(int status) __attribute__((noreturn));
void __real_exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));
void __real__exit(int status) __attribute__((noreturn));
int __wrap_cw_spawn_harden_self(char **argv, struct cw_error *err);
int __wrap_cw_sandbox_seccomp(unsigned allow, struct cw_error *err);
int __wrap_setrlimit(int what, const struct rlimit *r);
TEE_Result __wrap_ta_load(int image_fd, char reason[CW_TA_REASON_MAX]);
void __wrap_ta_crypto_init(void);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void __real_free(void *p);
void __wrap_free(void *p);

void __wrap_exit(int status)
{
	if (!world.running)
		__real_exit(status);
	longjmp(world.out, 1);
}

void __wrap__exit(int status)
{
	if (!world.running)
		__real__exit(status);
	longjmp(world.out, 1);
}

int __wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	if (!world.running)
		return __real_poll(p, n, ms);
	p->revents = POLLIN;
	return in->left > 0;
}

void *__wrap_calloc(size_t n, size_t size)
{
	void *p = __real_calloc(n, size);

	if (world.running && p && world.n_blocks < BLOCKS_MAX)
		world.blocks[world.n_blocks++] = p;
	return p;
}

void __wrap_free(void *p)
{
	for (unsigned i = 0; world.running && i < world.n_blocks; i++)
		if (world.blocks[i] == p)
			world.blocks[i--] = world.blocks[--world.n_blocks];
	__real_free(p);
}

int __wrap_cw_spawn_harden_self(char **argv, struct cw_error *err)
{
	return 0;
}

int __wrap_cw_sandbox_seccomp(unsigned allow, struct cw_error *err)
{
	return fuzz_u8(in) == 0xFF ? cw_error_set(err, -EPERM, "no filter") : 0;
}

int __wrap_setrlimit(int what, const struct rlimit *r)
{
	return 0;
}

void __wrap_ta_crypto_init(void)
{
}

TEE_Result __wrap_ta_load(int image_fd, char reason[CW_TA_REASON_MAX])
{
	if (fuzz_u8(in) == 0xFF) {
		memset(reason, 'x', CW_TA_REASON_MAX - 1);
		return TEE_ERROR_BAD_FORMAT;
	}
	played_ta_load(&world.in);
	return TEE_SUCCESS;
}

/* ---- what the TEE says ---- */

static void frame(struct cw_msg *m, uint32_t op, uint64_t id, const void *payload, size_t len)
{
	m->hdr = (struct cw_msg_hdr){.len = (uint32_t)(sizeof(m->hdr) + len), .op = op, .id = id};
	memcpy(m->payload, payload, len);
}

static void attach(struct cw_msg *m, int fd)
{
	m->fds[m->hdr.nfds] = dup(fd);
	fuzz_check(m->fds[m->hdr.nfds++] >= 0);
}

static void say_start(struct cw_msg *m)
{
	struct cw_ta_start start = {.version = CW_TA_LINK_VERSION};
	unsigned how = fuzz_u8(in);

	start.log_level = how % 6;
	start.version += how == 0xFF;
	frame(m, CW_TA_START, 1, &start, sizeof(start) - (how == 0xFE));
	for (unsigned i = 0; i < 2 && how != 0xFD; i++)
		attach(m, i ? world.bounce_fd : world.memory_fd);
}

static void say_memref(struct cw_msg *m, struct cw_ta_param *p)
{
	unsigned how = fuzz_u8(in), number = how % MEMORIES;

	p->where = how & 0x40 ? CW_TA_NULL : CW_TA_SHM;
	p->b = fuzz_u16(in);
	if (p->where == CW_TA_NULL)
		return;
	p->mem = number + 1;
	p->a = how & 0x80 ? MEMORY_SIZE - p->b : fuzz_u8(in);
	if (how == 0xBF)
		fuzz_fill(in, p, sizeof(*p));
	/* The TEE tells sizes as they are. */
	p->fresh = 0;
	if (p->mem && p->mem <= MEMORIES && !world.told[p->mem - 1] &&
	    m->hdr.nfds < CW_MSG_FDS_MAX && how != 0xBE) {
		p->fresh = MEMORY_SIZE;
		attach(m, world.memory_fd);
		world.told[p->mem - 1] = true;
	}
}

static void say_call(struct cw_msg *m)
{
	struct cw_ta_call c = {0};
	unsigned how = fuzz_u8(in);

	m->hdr.nfds = 0;
	c.kind = how == 0xFF ? fuzz_u8(in) : (uint32_t[]){2, 1, 2, 3, 2, 1, 2, 4}[how & 7];
	c.session = how >> 3 & 3;
	c.command = fuzz_u8(in);
	c.types = how & 0x20 ? fuzz_u16(in) : 0;
	if (how & 0x40)
		fuzz_fill(in, &c.client, sizeof(c.client));
	for (unsigned i = 0; i < TEE_NUM_PARAMS; i++) {
		uint32_t type = TEE_PARAM_TYPE_GET(c.types, i);

		if (type >= TEE_PARAM_TYPE_MEMREF_INPUT)
			say_memref(m, &c.params[i]);
		else if (type)
			c.params[i].a = fuzz_u16(in);
	}
	how = m->hdr.nfds;
	frame(m, CW_TA_CALL, ++world.ids, &c, sizeof(c));
	m->hdr.nfds = how;
	/* One that comes while another is under way ends the process. */
	if (!world.call_id) {
		world.call = c;
		world.call_id = world.ids;
	}
}

static void say_answer(struct cw_msg *m)
{
	struct {
		struct cw_ta_pta head;
		uint8_t bytes[CW_TA_INLINE_MAX];
	} a = {.head = world.asked};
	unsigned how = fuzz_u8(in);

	a.head.result = how & 1 ? fuzz_u32(in) : 0;
	a.head.session = how & 2 ? fuzz_u32(in) : a.head.session + 1;
	if (how & 4)
		for (unsigned i = 0; i < TEE_NUM_PARAMS; i++)
			a.head.params[i].b = fuzz_u16(in);
	if (how & 8)
		fuzz_fill(in, a.head.params, sizeof(a.head.params));
	if (how & 16)
		fuzz_fill(in, a.bytes, 64);
	if (how == 0xFF)
		a.head.inline_len = fuzz_u16(in) % CW_TA_INLINE_MAX;
	frame(m, CW_TA_PTA_CALL, world.asked_id + (how == 0xFE), &a,
	      sizeof(a.head) + (a.head.inline_len <= CW_TA_INLINE_MAX ? a.head.inline_len : 0));
	world.asked_id = 0;
}

static bool used_by_call(uint32_t number)
{
	for (unsigned i = 0; world.call_id && i < TEE_NUM_PARAMS; i++)
		if (TEE_PARAM_TYPE_GET(world.call.types, i) >= TEE_PARAM_TYPE_MEMREF_INPUT &&
		    world.call.params[i].where == CW_TA_SHM && world.call.params[i].mem == number)
			return true;
	return false;
}

static void say_event(struct cw_msg *m, unsigned how)
{
	uint64_t id = world.call_id + (how & 8 ? fuzz_u8(in) : 0);
	uint32_t number = 1 + fuzz_u8(in) % (MEMORIES + 1);

	if (how & 1) {
		frame(m, CW_TA_CANCEL, 0, &id, sizeof(id));
		return;
	}
	frame(m, CW_TA_FORGET, 0, &number, sizeof(number));
	/* Of memory in use it must not be heeded. */
	if (number <= MEMORIES && !used_by_call(number))
		world.told[number - 1] = false;
}

static void say_raw(struct cw_msg *m)
{
	static const uint32_t ops[] = {CW_TA_START,    CW_TA_CALL, CW_TA_CANCEL, CW_TA_FORGET,
				       CW_TA_PTA_CALL, CW_TA_LOG,  CW_TA_PANIC,	 99};
	uint8_t payload[512] = {0};
	unsigned how = fuzz_u8(in), len = fuzz_u16(in) % sizeof(payload);

	fuzz_fill(in, payload, len);
	/* A call may bring memory, whose size the TEE tells as it is. */
	if (ops[how & 7] == CW_TA_CALL && len == sizeof(struct cw_ta_call))
		len--;
	frame(m, ops[how & 7], how >> 3, payload, len);
	if (how & 0x80)
		attach(m, world.memory_fd);
}

int __wrap_cw_msg_recv(int sock, struct cw_msg *m, int flags)
{
	unsigned how = fuzz_u8(in);

	for (unsigned i = 0; i < CW_MSG_FDS_MAX; i++)
		m->fds[i] = -1;
	m->hdr.nfds = 0;
	if (!in->left || world.frames++ == FRAMES_MAX || how == 0xFF)
		return how & 1 ? 0 : -EBADMSG;
	if (flags & MSG_DONTWAIT && how & 0x40)
		return -EAGAIN;
	if (world.frames == 1 && how < 0xF0)
		say_start(m);
	else if (how >= 0xF0)
		say_raw(m);
	else if (how & 0x20 || (flags & MSG_DONTWAIT))
		say_event(m, how);
	else if (world.asked_id)
		say_answer(m);
	else
		say_call(m);
	return 1;
}

/* ---- what the process says ---- */

static void check_answer(uint64_t id, const void *payload, size_t len)
{
	struct cw_ta_answer a;

	fuzz_check(world.call_id && id == world.call_id && len == sizeof(a));
	memcpy(&a, payload, len);
	for (unsigned i = 0; i < TEE_NUM_PARAMS; i++)
		fuzz_check(TEE_PARAM_TYPE_GET(world.call.types, i) ||
			   (!a.params[i].a && !a.params[i].b));
	world.call_id = 0;
}

/* A range that a platform service is shown. */
static void check_range(const struct cw_ta_pta *ask, const struct cw_ta_param *p)
{
	bool mine = false;

	switch (p->where) {
	case CW_TA_NULL:
		fuzz_check(!p->b);
		return;
	case CW_TA_INLINE:
		fuzz_check(cw_range_inside(p->a, p->b, ask->inline_len));
		return;
	case CW_TA_BOUNCE:
		fuzz_check(cw_range_inside(p->a, p->b, CW_TA_BOUNCE_SIZE));
		return;
	default:
		fuzz_check(p->where == CW_TA_SHM);
	}
	for (unsigned i = 0; i < TEE_NUM_PARAMS; i++) {
		const struct cw_ta_param *c = &world.call.params[i];

		mine |= TEE_PARAM_TYPE_GET(world.call.types, i) >= TEE_PARAM_TYPE_MEMREF_INPUT &&
			c->where == CW_TA_SHM && c->mem == p->mem && p->a >= c->a &&
			cw_range_inside(p->a - c->a, p->b, c->b);
	}
	fuzz_check(mine);
}

static void check_ask(uint64_t id, const void *payload, size_t len)
{
	struct cw_ta_pta *ask = &world.asked;

	fuzz_check(id && len >= sizeof(*ask));
	memcpy(ask, payload, sizeof(*ask));
	fuzz_check(ask->inline_len <= CW_TA_INLINE_MAX && len == sizeof(*ask) + ask->inline_len);
	fuzz_check(ask->kind >= CW_TA_OPEN_SESSION && ask->kind <= CW_TA_CLOSE_SESSION);
	for (unsigned i = 0; i < TEE_NUM_PARAMS; i++)
		if (TEE_PARAM_TYPE_GET(ask->types, i) >= TEE_PARAM_TYPE_MEMREF_INPUT)
			check_range(ask, &ask->params[i]);
	world.asked_id = id;
}

int __wrap_cw_msg_send(int sock, uint32_t op, uint64_t id, int32_t ret, const void *payload,
		       size_t len, const int *fds, unsigned nfds)
{
	fuzz_check(!nfds && !ret && len <= CW_MSG_PAYLOAD_MAX);
	switch (op) {
	case CW_TA_START:
		fuzz_check(id == 1 && len == sizeof(struct cw_ta_started));
		fuzz_check(memchr((const uint8_t *)payload + offsetof(struct cw_ta_started, reason),
				  0, CW_TA_REASON_MAX) != NULL);
		break;
	case CW_TA_CALL:
		check_answer(id, payload, len);
		break;
	case CW_TA_PTA_CALL:
		check_ask(id, payload, len);
		break;
	case CW_TA_LOG:
		fuzz_check(!id && len >= 4 && len <= 4 + CW_TA_LOG_MAX);
		break;
	default:
		fuzz_check(op == CW_TA_PANIC && !id && len == 4);
	}
	return in->left % 251 == 250 ? -EPIPE : 0;
}

/* ---- */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	world.memory_fd = cw_memfd_new("fuzz-memory", MEMORY_SIZE);
	world.bounce_fd = cw_memfd_new("fuzz-bounce", CW_TA_BOUNCE_SIZE);
	fuzz_check(world.memory_fd >= 0 && world.bounce_fd >= 0);
	return 0;
}

/* What the kernel takes back from a process. */
static void bury(int first_fd)
{
	for (unsigned i = 0; i < TA_MEMS_MAX; i++)
		if (ta_rt.mems[i].number && ta_rt.mems[i].ptr)
			munmap(ta_rt.mems[i].ptr, ta_rt.mems[i].size);
	if (ta_rt.bounce)
		munmap(ta_rt.bounce, CW_TA_BOUNCE_SIZE);
	played_ta_forget();
	world.running = false;
	for (unsigned i = 0; i < world.n_blocks; i++)
		__real_free(world.blocks[i]);
	close_range((unsigned)first_fd, ~0u, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "corewarden-ta";
	char *argv[] = {name, NULL};
	int first_fd = dup(world.memory_fd);

	close(first_fd);
	world.in = fuzz_in(data, size);
	world.frames = world.n_blocks = 0;
	world.call_id = world.asked_id = 0;
	world.ids = 1;
	memset(world.told, 0, sizeof(world.told));
	ta_rt = (struct ta_runtime){.link = CW_TA_LINK_FD, .log_level = 1};
	world.running = true;
	if (!setjmp(world.out))
		corewarden_ta_main(1, argv);
	bury(first_fd);
	return 0;
}
