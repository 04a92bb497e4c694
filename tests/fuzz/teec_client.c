// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/teec_client.c - libteec, and what a TEE answers to it (teec/wire.h)
 *
 * The input says which function of the client API is called with what, and how the TEE answers: right, wrong, for somebody
 * else, with sizes beyond what there was room for, or not at all. Buffers are exactly as long as was said, so that a byte
 * beyond is seen; what goes in only is not changed; after a frame that is none, every call fails; in the end nothing is
 * left. The one thing a TEE does not lie about here is how much memory there is behind a descriptor.
 */
#include "fuzz.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tee_client_api.h>

#include "host/memfd.h"
#include "host/msg.h"
#include "teec/teec_ext.h"
#include "teec/wire.h"

#define STEPS_MAX 60
#define SHMS	  4
#define SESSIONS  3
#define BUFFER	  3000

static struct {
	struct fuzz_in in;
	struct cw_msg_hdr asked; /* by the client, last */
	uint8_t bytes[CW_MSG_PAYLOAD_MAX];
	bool broken; /* a rule of the link was broken */
	TEEC_Context tee;
	TEEC_Session session[SESSIONS];
	bool open[SESSIONS];
	TEEC_SharedMemory shm[SHMS];
	bool shared[SHMS];
	void *own[SHMS]; /* memory of ours that is registered */
} world;

static struct fuzz_in *in = &world.in;

/* ---- the TEE, played by --wrap ---- */

int __wrap_cw_msg_limit(int sock, unsigned ms);
int __wrap_cw_msg_send(int sock, uint32_t op, uint64_t id, int32_t ret, const void *payload,
		       size_t len, const int *fds, unsigned nfds);
int __wrap_cw_msg_recv(int sock, struct cw_msg *m, int flags);

int __wrap_cw_msg_limit(int sock, unsigned ms)
{
	return 0;
}

int __wrap_cw_msg_send(int sock, uint32_t op, uint64_t id, int32_t ret, const void *payload,
		       size_t len, const int *fds, unsigned nfds)
{
	fuzz_check(id && !ret && !nfds && len <= sizeof(world.bytes));
	world.asked = (struct cw_msg_hdr){
		.len = (uint32_t)(sizeof(world.asked) + len), .op = op, .id = id};
	if (len)
		memcpy(world.bytes, payload, len);
	return 0;
}

static void give_memory(struct cw_msg *m)
{
	struct tee_ioctl_shm_alloc_data *arg = (void *)m->payload;

	if (m->hdr.op != TEE_IOC_SHM_ALLOC || m->hdr.ret)
		return;
	arg->size = arg->size > 65536 ? 65536 : arg->size;
	arg->id = fuzz_u8(in);
	m->fds[0] = cw_memfd_new("fuzz-teec", arg->size ? arg->size : 1);
	fuzz_check(m->fds[0] >= 0);
	m->hdr.nfds = 1;
}

/* What the parameters are afterwards. */
static void answer_params(struct cw_msg *m, size_t at, unsigned how)
{
	for (; at + sizeof(struct tee_ioctl_param) <= cw_msg_payload_len(m);
	     at += sizeof(struct tee_ioctl_param)) {
		struct tee_ioctl_param p;

		memcpy(&p, m->payload + at, sizeof(p));
		if (how & 1)
			p.b = fuzz_u16(in);
		if (how & 2)
			fuzz_fill(in, &p, sizeof(p));
		memcpy(m->payload + at, &p, sizeof(p));
	}
}

static void answer(struct cw_msg *m)
{
	unsigned how = fuzz_u8(in);
	struct tee_ioctl_open_session_arg open;
	struct tee_ioctl_invoke_arg invoke;
	struct cw_tee_hello hello = {.version = CW_TEE_VERSION,
				     .data = {.gen_caps = TEE_GEN_CAP_GP}};

	m->hdr.ret = how & 4 ? -(int32_t)(1 + fuzz_u8(in) % 130) : 0;
	if (m->hdr.ret || m->hdr.op == CW_TEE_SHM_FREE || m->hdr.op == TEE_IOC_CANCEL ||
	    m->hdr.op == TEE_IOC_CLOSE_SESSION) {
		m->hdr.len = sizeof(m->hdr);
	} else if (m->hdr.op == TEE_IOC_VERSION) {
		hello.version += how == 0xFF;
		memcpy(m->payload, &hello, sizeof(hello));
		m->hdr.len = sizeof(m->hdr) + sizeof(hello);
	} else if (m->hdr.op == TEE_IOC_OPEN_SESSION) {
		memcpy(&open, m->payload, sizeof(open));
		open.session = fuzz_u8(in);
		open.ret = how & 8 ? fuzz_u32(in) : 0;
		memcpy(m->payload, &open, sizeof(open));
		answer_params(m, sizeof(open), how);
	} else if (m->hdr.op == TEE_IOC_INVOKE) {
		memcpy(&invoke, m->payload, sizeof(invoke));
		invoke.ret = how & 8 ? (how & 16 ? TEEC_ERROR_SHORT_BUFFER : fuzz_u32(in)) : 0;
		memcpy(m->payload, &invoke, sizeof(invoke));
		answer_params(m, sizeof(invoke), how);
	} else if (m->hdr.op == CW_TEE_STATS) {
		m->hdr.len = sizeof(m->hdr) + sizeof(struct cw_tee_stats);
	}
	give_memory(m);
}

/* Not what was asked for, or no frame at all. */
static int misbehave(struct cw_msg *m, unsigned how)
{
	world.broken = true;
	switch (how % 6) {
	case 0:
		return 0;
	case 1:
		return -EBADMSG;
	case 2:
		m->hdr.id += 1 + fuzz_u8(in);
		return 1;
	case 3:
		m->hdr.op ^= 1 + fuzz_u8(in);
		return 1;
	case 4:
		m->hdr.ret = 1 + fuzz_u8(in);
		return 1;
	default:
		/* Longer than anything that is asked for. */
		m->hdr.len = sizeof(m->hdr) + 1000 + fuzz_u8(in);
		return 1;
	}
}

int __wrap_cw_msg_recv(int sock, struct cw_msg *m, int flags)
{
	unsigned how = fuzz_u8(in);

	for (unsigned i = 0; i < CW_MSG_FDS_MAX; i++)
		m->fds[i] = -1;
	memset(m->payload, 0, sizeof(m->payload));
	m->hdr = world.asked;
	memcpy(m->payload, world.bytes, cw_msg_payload_len(m));
	if (how >= 0xF0)
		return misbehave(m, how);
	answer(m);
	return 1;
}

/* ---- the client ---- */

static void check_result(TEEC_Result res)
{
	fuzz_check(!world.broken || res != TEEC_SUCCESS);
}

static void memory(unsigned how)
{
	unsigned i = how % SHMS;
	TEEC_SharedMemory *shm = &world.shm[i];
	TEEC_Result res;

	if (world.shared[i]) {
		TEEC_ReleaseSharedMemory(shm);
		free(world.own[i]);
		world.own[i] = NULL;
		world.shared[i] = false;
		return;
	}
	memset(shm, 0, sizeof(*shm));
	shm->size = fuzz_u16(in) % BUFFER;
	shm->flags = 1 + (how >> 2) % 3;
	if (how & 0x40) {
		world.own[i] = malloc(shm->size ? shm->size : 1);
		memset(world.own[i], 0x33, shm->size);
		shm->buffer = world.own[i];
		res = TEEC_RegisterSharedMemory(&world.tee, shm);
	} else {
		res = TEEC_AllocateSharedMemory(&world.tee, shm);
	}
	check_result(res);
	world.shared[i] = res == TEEC_SUCCESS;
	if (world.shared[i] && shm->size)
		memset(shm->buffer, 0x44, shm->size);
	if (!world.shared[i]) {
		free(world.own[i]);
		world.own[i] = NULL;
	}
}

static void make_param(TEEC_Parameter *p, uint32_t type, void **ret_buffer)
{
	unsigned how = fuzz_u8(in);

	*ret_buffer = NULL;
	if (type >= TEEC_MEMREF_TEMP_INPUT && type <= TEEC_MEMREF_TEMP_INOUT) {
		p->tmpref.size = fuzz_u16(in) % BUFFER;
		*ret_buffer = malloc(p->tmpref.size ? p->tmpref.size : 1);
		memset(*ret_buffer, 0x55, p->tmpref.size);
		p->tmpref.buffer = how == 0xFF ? NULL : *ret_buffer;
		p->tmpref.size = how == 0xFE ? 0 : p->tmpref.size;
	} else if (type >= TEEC_MEMREF_WHOLE) {
		p->memref.parent = world.shared[how % SHMS] ? &world.shm[how % SHMS] : NULL;
		p->memref.size = fuzz_u8(in);
		p->memref.offset = fuzz_u8(in);
	} else {
		p->value.a = how;
	}
}

static void call(unsigned how)
{
	static const uint8_t types[] = {0, 1, 2, 3, 5, 6, 7, 0xC, 0xD, 0xE, 0xF, 4};
	static const TEEC_UUID uuid = {1, 2, 3, {4}};
	unsigned i = how % SESSIONS, n = how >> 4 & 3;
	TEEC_Operation op = {0};
	uint32_t type[4], origin = 0;
	void *buffer[4] = {NULL};
	size_t size[4] = {0};
	TEEC_Result res;

	for (unsigned k = 0; k < 4; k++) {
		type[k] = k <= n ? types[fuzz_u8(in) % sizeof(types)] : 0;
		op.paramTypes |= type[k] << (4 * k);
		make_param(&op.params[k], type[k], &buffer[k]);
		size[k] = op.params[k].tmpref.size;
	}
	if (world.open[i])
		res = TEEC_InvokeCommand(&world.session[i], how, &op, &origin);
	else
		res = TEEC_OpenSession(&world.tee, &world.session[i], &uuid,
				       how & 4 ? fuzz_u8(in) % 7 : 0, NULL, &op, &origin);
	check_result(res);
	world.open[i] |= res == TEEC_SUCCESS;
	for (unsigned k = 0; k < 4; k++) {
		for (size_t b = 0; type[k] == TEEC_MEMREF_TEMP_INPUT && b < size[k]; b++)
			fuzz_check(((uint8_t *)buffer[k])[b] == 0x55);
		free(buffer[k]);
	}
}

static void step(unsigned how)
{
	struct cw_tee_stats stats;
	TEEC_Operation idle = {0};
	unsigned i = how >> 3 & 1;

	switch (how & 7) {
	case 0:
	case 1:
		memory(how >> 3);
		break;
	case 2:
		if (world.open[i])
			TEEC_CloseSession(&world.session[i]);
		world.open[i] = false;
		break;
	case 3:
		check_result(cw_teec_stats(&world.tee, &stats));
		break;
	case 4:
		TEEC_RequestCancellation(&idle);
		break;
	default:
		call(fuzz_u8(in));
	}
}

static void end(void)
{
	for (unsigned i = 0; i < SHMS; i++)
		if (world.shared[i])
			memory(i);
	for (unsigned i = 0; i < SESSIONS; i++)
		if (world.open[i])
			TEEC_CloseSession(&world.session[i]);
	TEEC_FinalizeContext(&world.tee);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int pair[2], free_fd;
	TEEC_Result res;

	memset(&world, 0, sizeof(world));
	world.in = fuzz_in(data, size);
	free_fd = dup(0);
	close(free_fd);
	fuzz_check(cw_msg_pair(pair) == 0);
	res = cw_teec_init_from_socket(pair[0], &world.tee);
	check_result(res);
	for (unsigned i = 0; res == TEEC_SUCCESS && i < STEPS_MAX && in->left; i++)
		step(fuzz_u8(in));
	if (res == TEEC_SUCCESS)
		end();
	close(pair[1]);
	/* Every descriptor was closed when the next one has the number that was free before. */
	fuzz_check(dup(0) == free_fd);
	close(free_fd);
	return 0;
}
