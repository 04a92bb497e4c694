// SPDX-License-Identifier: BSD-2-Clause
/* bus/bus.c - client side of both buses: requests, replies, queued events */
#include "bus/bus.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/point.h"

struct queued {
	uint32_t op;
	int fd;
	struct cw_bus_event event;
};

struct cw_bus {
	int sock;
	bool broken; /* the peer is gone or talked nonsense: no call works any more */
	uint64_t last_id;
	struct cw_bus_hello info;
	struct queued queue[CW_BUS_EVENTS_MAX]; /* oldest first */
	unsigned n_queued;
};

/* What a request carries and what its reply must bring. */
struct call {
	uint32_t op;
	const void *head, *body; /* sent one after the other */
	size_t head_len, body_len;
	int send_fd; /* -1 = none */
	void *ret;   /* reply payload of exactly @ret_len bytes */
	size_t ret_len;
	int *ret_fd;	      /* NULL = the reply has no descriptor */
	struct cw_error *err; /* a refusal's sentence, when it has one */
};

static void drop(struct cw_bus *bus, unsigned i)
{
	bus->n_queued--;
	memmove(&bus->queue[i], &bus->queue[i + 1], (bus->n_queued - i) * sizeof(bus->queue[0]));
}

/* A line has at most two queued events, the last of which is its level now. Of three in a row the
 * middle ones go, but never the only rise: up, down, up becomes up; down, up, down becomes up,
 * down. True when nothing is to be added. */
static bool coalesce(struct cw_bus *bus, const struct cw_bus_event *e)
{
	unsigned at[2] = {0}, n = 0;

	for (unsigned i = 0; i < bus->n_queued && n < 2; i++)
		if (bus->queue[i].op == CW_BUS_EVENT && bus->queue[i].event.type == CW_EVENT_IRQ &&
		    bus->queue[i].event.line == e->line)
			at[n++] = i;
	if (n && !bus->queue[at[n - 1]].event.level == !e->level)
		return true;
	if (n < 2)
		return false;
	if (bus->queue[at[0]].event.level) {
		drop(bus, at[1]);
		return true;
	}
	drop(bus, at[0]);
	return false;
}

/* Keep an unasked frame. When there is no room a client's descriptor is closed, so that the client
 * sees a hang-up, and a crash is dropped: as many as that are queued already. */
static int enqueue(struct cw_bus *bus, struct cw_msg *m)
{
	struct queued q = {.op = m->hdr.op, .fd = -1};

	if (m->hdr.op == CW_BUS_EVENT && cw_msg_payload_len(m) == sizeof(q.event) && !m->hdr.nfds) {
		memcpy(&q.event, m->payload, sizeof(q.event));
		if (q.event.type == CW_EVENT_IRQ &&
		    (q.event.line >= CW_LINES || coalesce(bus, &q.event)))
			return q.event.line < CW_LINES ? 0 : -EPROTO;
	} else if (m->hdr.op != CW_BUS_TEE_CLIENT || m->hdr.nfds != 1) {
		return -EPROTO;
	}
	if (bus->n_queued == CW_BUS_EVENTS_MAX)
		return 0;
	q.fd = cw_msg_take_fd(m, 0);
	bus->queue[bus->n_queued++] = q;
	return 0;
}

/* Receive one frame; unasked ones are queued. 1 @m is a reply, 0 queued, -EAGAIN, -ETIMEDOUT, -EPIPE, -EPROTO. */
static int receive(struct cw_bus *bus, struct cw_msg *m, int flags)
{
	int r = cw_msg_recv(bus->sock, m, flags);

	if (r == -EAGAIN)
		return r;
	if (r == 1 && m->hdr.id != 0)
		return 1;
	if (r == 1)
		r = enqueue(bus, m);
	else if (r != -ETIMEDOUT)
		r = r == -EBADMSG ? -EPROTO : -EPIPE;
	cw_msg_close_fds(m);
	bus->broken |= r < 0;
	return r;
}

/* It will be shown to people, and comes from another party: no control characters. */
static void take_sentence(struct cw_error *err, struct cw_msg *m)
{
	size_t len = cw_msg_payload_len(m);

	for (size_t i = 0; i < len; i++)
		if (m->payload[i] < ' ' || m->payload[i] == 0x7f)
			m->payload[i] = '?';
	cw_error_set(err, m->hdr.ret, "%.*s", (int)len, (const char *)m->payload);
}

static int judge_reply(struct cw_bus *bus, const struct call *c, struct cw_msg *m)
{
	bool good = m->hdr.id == bus->last_id && m->hdr.op == c->op && m->hdr.ret <= 0;

	if (good && m->hdr.ret < 0) {
		if (cw_msg_payload_len(m))
			take_sentence(c->err, m);
		return m->hdr.ret;
	}
	good = good && cw_msg_payload_len(m) == c->ret_len && m->hdr.nfds == (c->ret_fd ? 1u : 0u);
	if (!good) {
		bus->broken = true;
		return -EPROTO;
	}
	if (c->ret_len)
		memcpy(c->ret, m->payload, c->ret_len);
	if (c->ret_fd)
		*c->ret_fd = cw_msg_take_fd(m, 0);
	return 0;
}

/* The peer is gone: queue what it said before. */
static void drain(struct cw_bus *bus)
{
	struct cw_msg m;

	while (receive(bus, &m, MSG_DONTWAIT) >= 0)
		cw_msg_close_fds(&m);
	bus->broken = true;
}

static int send_request(struct cw_bus *bus, const struct call *c, uint64_t id)
{
	uint8_t payload[CW_MSG_PAYLOAD_MAX];
	int r;

	if (bus->broken)
		return -EPIPE;
	if (c->head_len)
		memcpy(payload, c->head, c->head_len);
	if (c->body_len)
		memcpy(payload + c->head_len, c->body, c->body_len);
	r = cw_msg_send(bus->sock, c->op, id, 0, payload, c->head_len + c->body_len, &c->send_fd,
			c->send_fd >= 0 ? 1 : 0);
	if (r == -EPIPE)
		drain(bus);
	return r;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int call(struct cw_bus *bus, const struct call *c)
{
	int64_t end = now_ms() + cw_patience(CW_BUS_REPLY_MS);
	struct cw_msg m;
	int r = send_request(bus, c, ++bus->last_id);

	if (r < 0)
		return r;
	CW_POINT(bus_asked, c->op);
	do
		r = receive(bus, &m, 0);
	while (r == 0 && now_ms() < end);
	/* Events alone are no answer. */
	if (r == 0)
		bus->broken = true;
	if (r <= 0)
		return r < 0 ? r : -ETIMEDOUT;
	r = judge_reply(bus, c, &m);
	cw_msg_close_fds(&m);
	return r;
}

int cw_bus_hello(int sock, struct cw_bus **ret_bus, struct cw_error *err)
{
	struct cw_bus_hello hello = {.version = CW_BUS_VERSION};
	struct cw_bus *bus = calloc(1, sizeof(*bus));
	struct call c = {
		.op = CW_BUS_HELLO, .head = &hello, .head_len = sizeof(hello), .send_fd = -1};
	int r;

	if (!bus) {
		close(sock);
		return -ENOMEM;
	}
	bus->sock = sock;
	c.ret = &bus->info;
	c.ret_len = sizeof(bus->info);
	c.err = err;
	r = call(bus, &c);
	if (r == 0 && bus->info.version != CW_BUS_VERSION)
		r = -EPROTO;
	if (r < 0) {
		cw_bus_free(bus);
		return r;
	}
	*ret_bus = bus;
	return 0;
}

int cw_bus_new(int sock, struct cw_bus **ret_bus)
{
	return cw_bus_hello(sock, ret_bus, NULL);
}

struct cw_bus *cw_bus_free(struct cw_bus *bus)
{
	if (!bus)
		return NULL;
	for (unsigned i = 0; i < bus->n_queued; i++)
		cw_close_fd(&bus->queue[i].fd);
	close(bus->sock);
	free(bus);
	return NULL;
}

int cw_bus_fd(const struct cw_bus *bus)
{
	return bus->sock;
}

const struct cw_bus_hello *cw_bus_info(const struct cw_bus *bus)
{
	return &bus->info;
}

static int read_piece(struct cw_bus *bus, uint64_t pa, void *buf, uint32_t len)
{
	struct cw_bus_access a = {.pa = pa, .len = len};

	return call(bus, &(struct call){.op = CW_BUS_READ,
					.head = &a,
					.head_len = sizeof(a),
					.send_fd = -1,
					.ret = buf,
					.ret_len = len});
}

static int write_piece(struct cw_bus *bus, uint64_t pa, const void *buf, uint32_t len)
{
	struct cw_bus_access a = {.pa = pa, .len = len};

	return call(bus, &(struct call){.op = CW_BUS_WRITE,
					.head = &a,
					.head_len = sizeof(a),
					.body = buf,
					.body_len = len,
					.send_fd = -1});
}

static uint32_t piece_len(size_t len)
{
	return len < CW_BUS_DATA_MAX ? (uint32_t)len : CW_BUS_DATA_MAX;
}

int cw_bus_read(struct cw_bus *bus, cw_pa pa, void *buf, size_t len)
{
	uint8_t *p = buf;
	int r = 0;

	if (len && pa.v > UINT64_MAX - (len - 1))
		return -EINVAL;
	for (uint32_t n; len && r == 0; pa.v += n, p += n, len -= n) {
		n = piece_len(len);
		r = read_piece(bus, pa.v, p, n);
	}
	return r;
}

int cw_bus_write(struct cw_bus *bus, cw_pa pa, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	int r = 0;

	if (len && pa.v > UINT64_MAX - (len - 1))
		return -EINVAL;
	for (uint32_t n; len && r == 0; pa.v += n, p += n, len -= n) {
		n = piece_len(len);
		r = write_piece(bus, pa.v, p, n);
	}
	return r;
}

int cw_bus_read32(struct cw_bus *bus, cw_pa pa, uint32_t *ret)
{
	return read_piece(bus, pa.v, ret, sizeof(*ret));
}

int cw_bus_write32(struct cw_bus *bus, cw_pa pa, uint32_t v)
{
	return write_piece(bus, pa.v, &v, sizeof(v));
}

int cw_bus_post32(struct cw_bus *bus, cw_pa pa, uint32_t v)
{
	struct cw_bus_access a = {.pa = pa.v, .len = sizeof(v), .flags = CW_BUS_POSTED};
	struct call c = {.op = CW_BUS_WRITE,
			 .head = &a,
			 .head_len = sizeof(a),
			 .body = &v,
			 .body_len = sizeof(v),
			 .send_fd = -1};

	return send_request(bus, &c, ++bus->last_id);
}

int cw_bus_region(struct cw_bus *bus, uint32_t index, struct cw_bus_region *ret)
{
	return call(bus, &(struct call){.op = CW_BUS_REGION,
					.head = &index,
					.head_len = sizeof(index),
					.send_fd = -1,
					.ret = ret,
					.ret_len = sizeof(*ret)});
}

int cw_bus_map(struct cw_bus *bus, cw_pa pa, struct cw_bus_region *ret_region, int *ret_fd)
{
	return call(bus, &(struct call){.op = CW_BUS_MAP,
					.head = &pa.v,
					.head_len = sizeof(pa.v),
					.send_fd = -1,
					.ret = ret_region,
					.ret_len = sizeof(*ret_region),
					.ret_fd = ret_fd});
}

int cw_bus_dtb(struct cw_bus *bus, int *ret_fd, size_t *ret_size)
{
	uint64_t size;
	int r = call(bus, &(struct call){.op = CW_BUS_DTB,
					 .send_fd = -1,
					 .ret = &size,
					 .ret_len = sizeof(size),
					 .ret_fd = ret_fd});

	if (r == 0)
		*ret_size = (size_t)size;
	return r;
}

int cw_bus_stats(struct cw_bus *bus, struct cw_bus_stats *ret)
{
	return call(bus, &(struct call){.op = CW_BUS_STATS,
					.send_fd = -1,
					.ret = ret,
					.ret_len = sizeof(*ret)});
}

int cw_bus_connect_tee(struct cw_bus *bus, int fd)
{
	return call(bus, &(struct call){.op = CW_BUS_CONNECT_TEE, .send_fd = fd});
}

int cw_bus_mailbox(struct cw_bus *bus, enum cw_mailbox_part part, int *ret_fd)
{
	uint32_t which = part;

	return call(bus, &(struct call){.op = CW_BUS_MAILBOX,
					.head = &which,
					.head_len = sizeof(which),
					.send_fd = -1,
					.ret_fd = ret_fd});
}

static int send_struct(struct cw_bus *bus, uint32_t op, const void *s, size_t len)
{
	return call(bus, &(struct call){.op = op, .head = s, .head_len = len, .send_fd = -1});
}

int cw_bus_protect(struct cw_bus *bus, cw_pa pa, uint64_t size)
{
	struct cw_bus_range range = {.pa = pa.v, .size = size};

	return send_struct(bus, CW_BUS_PROTECT, &range, sizeof(range));
}

int cw_bus_open(struct cw_bus *bus, cw_pa pa, uint64_t size)
{
	struct cw_bus_range range = {.pa = pa.v, .size = size};

	return send_struct(bus, CW_BUS_OPEN, &range, sizeof(range));
}

int cw_bus_fill(struct cw_bus *bus, cw_pa pa, uint64_t size, uint8_t byte)
{
	struct cw_bus_fill fill = {.pa = pa.v, .size = size, .byte = byte};

	return send_struct(bus, CW_BUS_FILL, &fill, sizeof(fill));
}

int cw_bus_window(struct cw_bus *bus, cw_pa pa, uint32_t len, uint32_t flags)
{
	struct cw_bus_window window = {.pa = pa.v, .len = len, .flags = flags};

	return send_struct(bus, CW_BUS_WINDOW, &window, sizeof(window));
}

int cw_bus_windows_clear(struct cw_bus *bus)
{
	return send_struct(bus, CW_BUS_WINDOWS_CLEAR, NULL, 0);
}

int cw_bus_fuses(struct cw_bus *bus, struct cw_bus_fuses *ret)
{
	return call(bus, &(struct call){.op = CW_BUS_FUSES,
					.send_fd = -1,
					.ret = ret,
					.ret_len = sizeof(*ret)});
}

int cw_bus_core(struct cw_bus *bus, struct cw_bus_core *ret)
{
	return call(bus,
		    &(struct call){
			    .op = CW_BUS_CORE, .send_fd = -1, .ret = ret, .ret_len = sizeof(*ret)});
}

int cw_bus_tee_ready(struct cw_bus *bus, const struct cw_error *why)
{
	int32_t code = why ? why->code : 0;

	return call(bus, &(struct call){.op = CW_BUS_TEE_READY,
					.head = &code,
					.head_len = sizeof(code),
					.body = why ? why->text : NULL,
					.body_len = why ? strlen(why->text) : 0,
					.send_fd = -1});
}

int cw_bus_event(struct cw_bus *bus, uint32_t *ret_op, struct cw_bus_event *ret, int *ret_fd)
{
	struct cw_msg m;
	int r = 0;

	while (!bus->broken && r == 0)
		r = receive(bus, &m, MSG_DONTWAIT);
	if (r == 1) {
		/* A reply nobody asked for. */
		cw_msg_close_fds(&m);
		bus->broken = true;
	}
	/* What came before the end is still told. */
	if (!bus->n_queued)
		return bus->broken ? -EPIPE : 0;
	*ret_op = bus->queue[0].op;
	*ret = bus->queue[0].event;
	*ret_fd = bus->queue[0].fd;
	drop(bus, 0);
	return 1;
}
