// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/tee.c - the TEE between hostile clients (teec/wire.h) and hostile TAs (secure/api/link.h)
 *
 * The input says who does what next: requests right and wrong, answers right and wrong, calls of a platform service, death
 * at any moment, time that passes. Every request is answered at most once, and when all have left nothing is left.
 */
#include "tee_world.h"

#include <sys/socket.h>
#include <unistd.h>

#include <user_ta_header.h>

#include "secure/api/link.h"

#define STEPS_MAX 250

static struct fuzz_in *in = &world.in;

/* ---- clients ---- */

static void fill_param(struct fuzz_client *c, struct tee_ioctl_param *p)
{
	unsigned how = fuzz_u8(in);

	p->attr = how % 8;
	p->a = p->b = fuzz_u8(in);
	if (p->attr >= TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT) {
		p->c = how & 8 ? (uint64_t)c->shms[how >> 4 & 7] : TEE_MEMREF_NULL;
		if (how == 0xFF)
			fuzz_fill(in, p, sizeof(*p));
		else if (how & 0x80)
			p->b = 4096;
	}
}

static void fill_params(struct fuzz_client *c, struct tee_ioctl_param params[4])
{
	unsigned n = fuzz_u8(in) % 5;

	for (unsigned i = 0; i < n; i++)
		fill_param(c, &params[i]);
}

static void client_open(struct fuzz_client *c)
{
	struct {
		struct tee_ioctl_open_session_arg arg;
		struct tee_ioctl_param params[4];
	} m = {.arg.num_params = 4};
	unsigned how = fuzz_u8(in);

	/* Even ones have a file; a few, so that sessions meet. 0xF0F0F0F0 is the platform service. */
	memset(m.arg.uuid, 0, 16);
	m.arg.uuid[3] = how % 8;
	if (how % 8 == 7)
		memcpy(m.arg.uuid, (uint8_t[]){0xF0, 0xF0, 0xF0, 0xF0, 0, 1, 0, 2, 3}, 9);
	m.arg.clnt_login = how & 0x10 ? fuzz_u8(in) % 8 : 0;
	m.arg.cancel_id = how >> 5;
	if (how & 0x10)
		fuzz_fill(in, m.arg.clnt_uuid, 4);
	fill_params(c, m.params);
	if (how == 0xFF)
		m.arg.num_params = fuzz_u8(in);
	client_ask(c, TEE_IOC_OPEN_SESSION, &m, sizeof(m));
}

static uint32_t some_session(struct fuzz_client *c)
{
	unsigned how = fuzz_u8(in);

	return how == 0xFF ? fuzz_u8(in) : c->sessions[how % SESSIONS];
}

static void client_invoke(struct fuzz_client *c)
{
	struct {
		struct tee_ioctl_invoke_arg arg;
		struct tee_ioctl_param params[4];
	} m = {.arg.num_params = 4};

	m.arg.session = some_session(c);
	m.arg.func = fuzz_u8(in);
	m.arg.cancel_id = m.arg.func & 7;
	fill_params(c, m.params);
	client_ask(c, TEE_IOC_INVOKE, &m, sizeof(m));
}

static void client_small(struct fuzz_client *c, unsigned how)
{
	struct tee_ioctl_shm_alloc_data alloc = {0};
	struct cw_tee_shm_free gone = {0};
	struct tee_ioctl_close_session_arg end = {0};
	struct tee_ioctl_cancel_arg cancel = {0};
	uint32_t version = CW_TEE_VERSION;

	switch (how) {
	case 0:
		version += fuzz_u8(in) == 0xFF;
		client_ask(c, TEE_IOC_VERSION, &version, sizeof(version));
		break;
	case 1:
		alloc.size = fuzz_u16(in);
		if (alloc.size > 0xFF00)
			alloc.size = fuzz_u64(in);
		client_ask(c, TEE_IOC_SHM_ALLOC, &alloc, sizeof(alloc));
		break;
	case 2:
		gone.id = c->shms[fuzz_u8(in) % 8];
		client_ask(c, CW_TEE_SHM_FREE, &gone, sizeof(gone));
		break;
	case 3:
		end.session = some_session(c);
		client_ask(c, TEE_IOC_CLOSE_SESSION, &end, sizeof(end));
		break;
	case 4:
		cancel.cancel_id = fuzz_u8(in) % 8;
		cancel.session = fuzz_u8(in) & 1 ? some_session(c) : 0;
		client_ask(c, TEE_IOC_CANCEL, &cancel, sizeof(cancel));
		break;
	default:
		client_ask(c, CW_TEE_STATS, NULL, 0);
	}
}

/* Any frame; it may end the connection. */
static void client_raw(struct fuzz_client *c)
{
	static const uint32_t ops[] = {TEE_IOC_VERSION,	    TEE_IOC_SHM_ALLOC, CW_TEE_SHM_FREE,
				       TEE_IOC_OPEN_SESSION, TEE_IOC_INVOKE,	TEE_IOC_CANCEL,
				       TEE_IOC_CLOSE_SESSION, CW_TEE_STATS};
	uint8_t payload[512], how = fuzz_u8(in);
	size_t len = fuzz_u16(in) % sizeof(payload);
	int fds[] = {c->sock, c->sock};

	fuzz_fill(in, payload, len);
	if (how & 8)
		client_ask(c, ops[how & 7], payload, len);
	else if (how & 16)
		(void)send(c->sock, payload, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		cw_msg_try_send(c->sock, ops[how & 7], UINT64_MAX, how & 32, len ? payload : NULL, len, fds,
				how >> 6 & 1);
	/* Its answer, if it gets one, would be to a number that nobody asked with. */
	if (!(how & 8))
		client_leave(c);
}

static void client_step(unsigned how)
{
	struct fuzz_client *c = &world.client[how % CLIENTS];

	how = how / CLIENTS % 12;
	if (c->sock < 0) {
		client_connect(c);
		if (how)
			client_small(c, 0);
		return;
	}
	switch (how) {
	case 0:
		client_leave(c);
		break;
	case 1:
		client_raw(c);
		break;
	case 2:
	case 3:
	case 4:
		client_open(c);
		break;
	case 5:
	case 6:
	case 7:
		client_invoke(c);
		break;
	default:
		client_small(c, fuzz_u8(in) % 6);
	}
}

/* ---- TAs ---- */

static void ta_started(struct fuzz_ta *ta)
{
	struct cw_ta_started m = {0};
	unsigned how = fuzz_u8(in);

	m.flags = how & (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION | TA_FLAG_INSTANCE_KEEP_ALIVE);
	if ((how & 0xC0) == 0xC0) {
		m.result = fuzz_u32(in);
		fuzz_fill(in, m.reason, 16);
		if (how & 1)
			memset(m.reason, 'x', sizeof(m.reason));
	}
	cw_msg_try_send(ta->sock, CW_TA_START, ta->last, 0, &m, sizeof(m), NULL, 0);
}

static void ta_answer(struct fuzz_ta *ta)
{
	struct cw_ta_answer m = {0};
	unsigned how = fuzz_u8(in);

	if (how & 1)
		fuzz_fill(in, &m, how % 128);
	m.result = how & 2 ? fuzz_u32(in) : 0;
	cw_msg_try_send(ta->sock, CW_TA_CALL, ta->last + (how == 0xFF), 0, &m, sizeof(m), NULL, 0);
}

static void pta_param(struct fuzz_ta *ta, struct cw_ta_pta *m, unsigned i)
{
	struct cw_ta_param *p = &m->params[i];
	unsigned how = fuzz_u8(in), type = how & 7;

	m->types |= type << (4 * i);
	p->where = type >= 5 ? 1 + (how >> 3) % 5 : 0;
	p->a = fuzz_u8(in);
	p->b = fuzz_u8(in);
	if (p->where == CW_TA_SHM) {
		p->mem = ta->shm[how >> 6].mem;
		p->a += ta->shm[how >> 6].at;
	} else if (p->where == CW_TA_BOUNCE && how & 0x80) {
		p->a = CW_TA_BOUNCE_SIZE - p->a;
	}
	if (how == 0xFF)
		fuzz_fill(in, p, sizeof(*p));
}

static void ta_asks(struct fuzz_ta *ta)
{
	struct {
		struct cw_ta_pta head;
		uint8_t bytes[CW_TA_INLINE_MAX];
	} m;
	unsigned how = fuzz_u8(in);

	memset(&m, 0x5C, sizeof(m));
	memset(&m.head, 0, sizeof(m.head));
	m.head.kind = CW_TA_OPEN_SESSION + how % 3;
	if (how == 0xFF)
		m.head.kind = fuzz_u8(in);
	m.head.session = how & 0x40 ? fuzz_u8(in) : ta->pta_session;
	m.head.command = fuzz_u8(in);
	m.head.uuid = (TEE_UUID){0xF0F0F0F0, 1, 2, {3}};
	m.head.inline_len = how & 0x20 ? fuzz_u16(in) % (CW_TA_INLINE_MAX + 1) : 255;
	for (unsigned i = 0; how & 0x10 && i < 4; i++)
		pta_param(ta, &m.head, i);
	if (how & 0x80)
		m.head.types |= (uint32_t)fuzz_u8(in) << 16;
	cw_msg_try_send(ta->sock, CW_TA_PTA_CALL, 1, 0, &m, sizeof(m.head) + m.head.inline_len, NULL, 0);
}

static void ta_raw(struct fuzz_ta *ta)
{
	uint8_t payload[300], how = fuzz_u8(in);
	static const uint32_t ops[] = {CW_TA_START,    CW_TA_CALL, CW_TA_CANCEL, CW_TA_FORGET,
				       CW_TA_PTA_CALL, CW_TA_LOG,  CW_TA_LOG,	 CW_TA_PANIC};
	size_t len = fuzz_u8(in);
	int fd = ta->sock;

	fuzz_fill(in, payload, len);
	if ((how & 0x18) == 0 && len >= 4 && (how & 7) > 4)
		cw_put_le32(payload, payload[0] % 6); /* a level there is */
	if (how == 0xFF)
		(void)send(ta->sock, payload, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		cw_msg_try_send(ta->sock, ops[how & 7], how & 0x80 ? ta->last : 0, 0, len ? payload : NULL,
				len, &fd, (how & 0x60) == 0x60);
}

static void ta_step(unsigned how)
{
	struct fuzz_ta *ta = world.n_tas ? &world.ta[fuzz_u8(in) % world.n_tas] : NULL;

	if (!ta)
		return;
	if (how % 16 == 0)
		ta_die(ta);
	if (ta->sock < 0)
		return;
	switch (how % 16) {
	case 0:
		break;
	case 1:
		ta_hang_up(ta);
		break;
	case 2:
		ta_raw(ta);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		ta_asks(ta);
		break;
	default:
		if (ta->last_op == CW_TA_START)
			ta_started(ta);
		else
			ta_answer(ta);
	}
}

static void pass_time(void)
{
	world.clock_ns += (int64_t)(1u << fuzz_u8(in) % 18) * 1000000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&world, 0, sizeof(world));
	world.in = fuzz_in(data, size);
	tee_on();
	for (unsigned i = 0; i < STEPS_MAX && in->left; i++) {
		unsigned how = fuzz_u8(in);

		if (how == 0xFE)
			pass_time();
		else if (how & 1)
			client_step(how / 2);
		else
			ta_step(how / 2);
		/* Sometimes much has come before the TEE looks. */
		if ((how & 0xC0) != 0xC0)
			tee_settle();
	}
	tee_off();
	return 0;
}
