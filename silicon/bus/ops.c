// SPDX-License-Identifier: BSD-2-Clause
/*
 * silicon/bus/ops.c - the operations of bus/wire.h: a table for both sides, and one for each
 *
 * A handler finds its request already of the right length and number of descriptors. What is on the
 * other side's table only is -EPERM; what is on none is -EINVAL.
 */
#include "silicon/bus/ops.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "host/point.h"
#include "silicon/bus/server.h"
#include "silicon/mem/mem.h"

struct op {
	uint32_t op;
	size_t min, max; /* bytes of payload */
	unsigned nfds;
	int (*perform)(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep);
};

static struct cw_mem *mem_of(const struct cw_front *f)
{
	return cw_machine_mem(f->server->machine);
}

static void put(struct cw_reply *rep, const void *data, size_t len)
{
	memcpy(rep->payload, data, len);
	rep->len = len;
}

static int op_hello(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_bus_hello hello,
		answer = {
			.version = CW_BUS_VERSION,
			.side = f->side,
			.regions = cw_mem_regions(mem_of(f)),
			.flags = f->server->not_protected ? CW_BUS_NOT_PROTECTED : 0,
		};

	memcpy(&hello, req->payload, sizeof(hello));
	if (f->greeted)
		return -EINVAL;
	if (hello.version != CW_BUS_VERSION)
		return -EPROTO;
	f->greeted = true;
	CW_POINT(silicon_hello, f->side);
	put(rep, &answer, sizeof(answer));
	return 0;
}

static int op_read(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_bus_access a;
	int r;

	memcpy(&a, req->payload, sizeof(a));
	if (!a.len || a.len > CW_BUS_DATA_MAX || a.flags)
		return -EINVAL;
	r = cw_machine_read(f->server->machine, f->side, a.pa, rep->payload, a.len);
	if (r == 0)
		rep->len = a.len;
	return r;
}

static int op_write(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_bus_access a;

	memcpy(&a, req->payload, sizeof(a));
	if (!a.len || a.len != cw_msg_payload_len(req) - sizeof(a) || a.flags & ~CW_BUS_POSTED)
		return -EINVAL;
	rep->silent = a.flags & CW_BUS_POSTED;
	return cw_machine_write(f->server->machine, f->side, a.pa, req->payload + sizeof(a), a.len);
}

static int op_region(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_bus_region region;
	uint32_t index;
	int r;

	memcpy(&index, req->payload, sizeof(index));
	r = cw_mem_region(mem_of(f), index, &region);
	if (r == 0)
		put(rep, &region, sizeof(region));
	return r;
}

static int op_map(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_bus_region region;
	uint64_t pa;
	int r;

	memcpy(&pa, req->payload, sizeof(pa));
	r = cw_mem_map(mem_of(f), f->side, pa, &region, &rep->fd);
	CW_POINT(silicon_map, pa, r);
	if (r == 0)
		put(rep, &region, sizeof(region));
	return r;
}

static int op_dtb(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	uint64_t size = f->server->dtb_size;

	rep->fd = f->server->dtb_fd;
	put(rep, &size, sizeof(size));
	return 0;
}

static int op_stats(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_bus_stats stats;

	cw_machine_stats(f->server->machine, &stats);
	stats.tee_clients = f->server->tee_clients;
	put(rep, &stats, sizeof(stats));
	return 0;
}

static int op_connect_tee(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_front *tee = f->server->secure;
	struct stat st;
	int r;

	if (!tee)
		return -ENOTCONN;
	/* The TEE judges what comes over it; that it is a socket at all can be told here. */
	if (fstat(req->fds[0], &st) < 0 || !S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	CW_POINT(silicon_tee_client);
	r = tee->ops->tee_client(tee, req->fds[0]);
	f->server->tee_clients += r == 0;
	return r;
}

/* No more than its registers, which are the normal world's: nothing to be granted, nothing to be withdrawn. */
static int op_mailbox(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	uint32_t part;
	int fd;

	memcpy(&part, req->payload, sizeof(part));
	fd = cw_machine_mailbox(f->server->machine, part);
	CW_POINT(silicon_mailbox, part);
	if (fd < 0)
		return fd;
	rep->fd = fd;
	return 0;
}

static int op_protect(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_bus_range range;

	memcpy(&range, req->payload, sizeof(range));
	return cw_machine_protect(f->server->machine, range.pa, range.size);
}

static int op_open(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_bus_range range;

	memcpy(&range, req->payload, sizeof(range));
	return cw_machine_open(f->server->machine, range.pa, range.size);
}

static int op_fill(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_bus_fill fill;

	memcpy(&fill, req->payload, sizeof(fill));
	if (fill.byte > 0xff || fill.pad)
		return -EINVAL;
	return cw_mem_fill(mem_of(f), fill.pa, fill.size, (uint8_t)fill.byte);
}

static int op_window(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_bus_window w;

	memcpy(&w, req->payload, sizeof(w));
	if (w.flags & ~CW_BUS_WINDOW_WRITE)
		return -EINVAL;
	return cw_mem_window(mem_of(f), w.pa, w.len, w.flags & CW_BUS_WINDOW_WRITE);
}

static int op_windows_clear(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	cw_mem_windows_clear(mem_of(f));
	return 0;
}

static int op_fuses(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	put(rep, f->server->fuses, sizeof(*f->server->fuses));
	return 0;
}

static int op_core(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_bus_core core;

	cw_machine_core(f->server->machine, &core);
	put(rep, &core, sizeof(core));
	return 0;
}

/* Once: what the TEE says later cannot take back that it is ready, nor that it refused. */
static int op_tee_ready(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	struct cw_server *s = f->server;
	int32_t code;

	memcpy(&code, req->payload, sizeof(code));
	CW_POINT(silicon_tee_ready, code);
	if (code > 0 || code < -4095 || s->tee_ready || s->tee_error.code)
		return -EINVAL;
	if (code == 0)
		s->tee_ready = true;
	else
		cw_error_set(&s->tee_error, code, "%.*s", (int)(cw_msg_payload_len(req) - sizeof(code)),
			     (const char *)req->payload + sizeof(code));
	return 0;
}

#define EXACTLY(type) sizeof(type), sizeof(type)

static const struct op common_ops[] = {
	{CW_BUS_HELLO, EXACTLY(struct cw_bus_hello), 0, op_hello},
	{CW_BUS_READ, EXACTLY(struct cw_bus_access), 0, op_read},
	{CW_BUS_WRITE, sizeof(struct cw_bus_access) + 1,
	 sizeof(struct cw_bus_access) + CW_BUS_DATA_MAX, 0, op_write},
	{CW_BUS_REGION, EXACTLY(uint32_t), 0, op_region},
	{CW_BUS_MAP, EXACTLY(uint64_t), 0, op_map},
	{CW_BUS_DTB, 0, 0, 0, op_dtb},
	{CW_BUS_STATS, 0, 0, 0, op_stats},
	{0},
};

static const struct op nonsecure_ops[] = {
	{CW_BUS_CONNECT_TEE, 0, 0, 1, op_connect_tee},
	{CW_BUS_MAILBOX, EXACTLY(uint32_t), 0, op_mailbox},
	{0},
};

static const struct op secure_ops[] = {
	{CW_BUS_PROTECT, EXACTLY(struct cw_bus_range), 0, op_protect},
	{CW_BUS_OPEN, EXACTLY(struct cw_bus_range), 0, op_open},
	{CW_BUS_FILL, EXACTLY(struct cw_bus_fill), 0, op_fill},
	{CW_BUS_WINDOW, EXACTLY(struct cw_bus_window), 0, op_window},
	{CW_BUS_WINDOWS_CLEAR, 0, 0, 0, op_windows_clear},
	{CW_BUS_FUSES, 0, 0, 0, op_fuses},
	{CW_BUS_CORE, 0, 0, 0, op_core},
	{CW_BUS_TEE_READY, sizeof(int32_t), sizeof(int32_t) + CW_ERROR_TEXT_MAX, 0, op_tee_ready},
	{0},
};

static const struct op *find(const struct op *table, uint32_t op)
{
	for (; table->op; table++)
		if (table->op == op)
			return table;
	return NULL;
}

int cw_ops_perform(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep)
{
	bool secure = f->side == CW_BUS_SECURE;
	const struct op *op = find(common_ops, req->hdr.op);
	size_t len = cw_msg_payload_len(req);
	int r;

	rep->len = 0;
	rep->fd = -1;
	rep->silent = false;
	if (!op)
		op = find(secure ? secure_ops : nonsecure_ops, req->hdr.op);
	if (!op)
		return find(secure ? nonsecure_ops : secure_ops, req->hdr.op) ? -EPERM : -EINVAL;
	if (len < op->min || len > op->max || req->hdr.nfds != op->nfds)
		return -EINVAL;
	r = op->perform(f, req, rep);
	CW_POINT(silicon_op, f->side, req->hdr.op, r);
	if (r < 0) {
		rep->len = 0;
		rep->fd = -1;
	}
	return r;
}
