/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rpmsg/rpmsg.c - endpoints, name service and buffers over two virtqueues
 *
 * A message in a buffer: u32 src, u32 dst, u32 reserved, u16 len, u16 flags, then len bytes.
 */
#include <corewarden/rpmsg.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "rpmsg/ring.h"

#define VQ_RX 0
#define VQ_TX 1

/* Name service announcement: name[32], u32 addr, u32 flags. */
#define NS_SIZE	   40
#define NS_DESTROY 1u

struct cw_rpmsg_ept {
	struct cw_rpmsg *bus;
	struct cw_rpmsg_ept *next;
	const struct cw_rpmsg_ept_ops *ops;
	void *ctx;
	uint32_t addr, dst;
	bool dead; /* freed by a callback; the list drops it when the message is done */
};

struct cw_rpmsg {
	const struct cw_rpmsg_ops *ops;
	void *ctx;
	struct cw_vring rx, tx;
	unsigned half;	  /* buffers each way */
	unsigned fresh;	  /* send buffers never used so far: taken before returned ones */
	uint8_t *buffers; /* shared */
	uint64_t buffers_da;
	bool name_service;
	bool kick_rx;	/* what cw_rpmsg_ready() does */
	bool starved;	/* a send found no buffer, writable is owed */
	bool busy;	/* inside a callback */
	struct cw_rpmsg_ept *epts;
	unsigned n_epts;
	struct cw_rpmsg_channel channels[CW_RPMSG_CHANNELS_MAX];
	unsigned n_channels;
	struct cw_rpmsg_stats stats;
	char broken[200];
	uint8_t message[CW_RPMSG_BUFFER_SIZE]; /* private copy of the one being handled */
};

size_t cw_rpmsg_vring_size(unsigned num, unsigned align)
{
	return cw_vring_size(num, align);
}

static unsigned buffers_each_way(unsigned num)
{
	return num < CW_RPMSG_BUFFERS_MAX / 2 ? num : CW_RPMSG_BUFFERS_MAX / 2;
}

size_t cw_rpmsg_buffers_size(unsigned num)
{
	return (size_t)2 * buffers_each_way(num) * CW_RPMSG_BUFFER_SIZE;
}

static int check_config(const struct cw_rpmsg_config *c, struct cw_error *err)
{
	size_t ring = cw_vring_size(c->num, c->align);

	if (!ring)
		return cw_error_set(err, -EINVAL,
				    "vrings of %u descriptors aligned to %u: not powers of two, or out "
				    "of range",
				    c->num, c->align);
	for (unsigned i = 0; i < 2; i++) {
		if ((uintptr_t)c->vring[i].mem % 16)
			return cw_error_set(err, -EINVAL, "vring%u is not 16-byte aligned", i);
		if (c->vring[i].size < ring)
			return cw_error_set(err, -ENOMEM,
					    "vring%u needs %zu bytes, its memory has %zu", i, ring,
					    c->vring[i].size);
	}
	if (c->buffers_size < cw_rpmsg_buffers_size(c->num))
		return cw_error_set(err, -ENOMEM, "the buffers need %zu bytes, their memory has %zu",
				    cw_rpmsg_buffers_size(c->num), c->buffers_size);
	return 0;
}

static void offer_rx(struct cw_rpmsg *bus, unsigned id)
{
	cw_vring_add(&bus->rx, id, bus->buffers_da + (uint64_t)id * CW_RPMSG_BUFFER_SIZE,
		     CW_RPMSG_BUFFER_SIZE, CW_VRING_DESC_WRITE);
}

int cw_rpmsg_new(const struct cw_rpmsg_config *config, struct cw_rpmsg **ret_bus,
		 struct cw_error *err)
{
	struct cw_rpmsg *bus;
	int r = check_config(config, err);

	if (r < 0)
		return r;
	bus = calloc(1, sizeof(*bus));
	if (!bus)
		return cw_error_set(err, -ENOMEM, "no memory for an rpmsg bus");
	bus->ops = config->ops;
	bus->ctx = config->ctx;
	bus->half = buffers_each_way(config->num);
	bus->buffers = config->buffers;
	bus->buffers_da = config->buffers_da;
	bus->name_service = config->name_service;
	cw_vring_init(&bus->rx, config->vring[VQ_RX].mem, config->num, config->align);
	cw_vring_init(&bus->tx, config->vring[VQ_TX].mem, config->num, config->align);
	/* Nobody waits for sent buffers until one is missing. */
	cw_vring_want_interrupts(&bus->tx, false);
	for (unsigned i = 0; i < bus->half; i++)
		offer_rx(bus, i);
	bus->kick_rx = cw_vring_wants_kick(&bus->rx);
	*ret_bus = bus;
	return 0;
}

static void kick(struct cw_rpmsg *bus, unsigned vq, bool wanted)
{
	if (!wanted) {
		bus->stats.unkicked++;
		return;
	}
	bus->stats.kicks++;
	if (bus->ops->kick(bus->ctx, vq) < 0)
		bus->stats.kick_errors++;
}

void cw_rpmsg_ready(struct cw_rpmsg *bus)
{
	kick(bus, VQ_RX, bus->kick_rx);
}

struct cw_rpmsg *cw_rpmsg_free(struct cw_rpmsg *bus)
{
	struct cw_rpmsg_ept *ept;

	if (!bus)
		return NULL;
	bus->busy = true;
	for (unsigned i = 0; i < bus->n_channels; i++)
		if (bus->ops->withdrawn)
			bus->ops->withdrawn(bus->ctx, bus, &bus->channels[i]);
	for (ept = bus->epts; ept; ept = ept->next) {
		if (!ept->dead && ept->ops->gone)
			ept->ops->gone(ept->ctx, ept);
		ept->dead = true;
	}
	while ((ept = bus->epts)) {
		bus->epts = ept->next;
		free(ept);
	}
	free(bus);
	return NULL;
}

static int broken(struct cw_rpmsg *bus, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), cold));

static int broken(struct cw_rpmsg *bus, const char *fmt, ...)
{
	va_list ap;

	if (bus->broken[0])
		return -EIO;
	va_start(ap, fmt);
	vsnprintf(bus->broken, sizeof(bus->broken), fmt, ap);
	va_end(ap);
	if (bus->ops->broken)
		bus->ops->broken(bus->ctx, bus, bus->broken);
	return -EIO;
}

const char *cw_rpmsg_broken(const struct cw_rpmsg *bus)
{
	return bus->broken[0] ? bus->broken : NULL;
}

void cw_rpmsg_stats(const struct cw_rpmsg *bus, struct cw_rpmsg_stats *ret)
{
	*ret = bus->stats;
}

const struct cw_rpmsg_channel *cw_rpmsg_channel(const struct cw_rpmsg *bus, unsigned index)
{
	return index < bus->n_channels ? &bus->channels[index] : NULL;
}

static int find_channel(const struct cw_rpmsg *bus, const struct cw_rpmsg_channel *c)
{
	for (unsigned i = 0; i < bus->n_channels; i++)
		if (bus->channels[i].addr == c->addr && !strcmp(bus->channels[i].name, c->name))
			return (int)i;
	return -1;
}

static int withdraw(struct cw_rpmsg *bus, const struct cw_rpmsg_channel *c)
{
	int i = find_channel(bus, c);

	if (i < 0) {
		bus->stats.dropped++;
		return 0;
	}
	bus->n_channels--;
	memmove(&bus->channels[i], &bus->channels[i + 1],
		(bus->n_channels - (unsigned)i) * sizeof(bus->channels[0]));
	if (bus->ops->withdrawn)
		bus->ops->withdrawn(bus->ctx, bus, c);
	return 0;
}

static int announce(struct cw_rpmsg *bus, const struct cw_rpmsg_channel *c)
{
	if (find_channel(bus, c) >= 0) {
		bus->stats.dropped++;
		return 0;
	}
	if (bus->n_channels == CW_RPMSG_CHANNELS_MAX)
		return broken(bus, "name service: more than %d services announced",
			      CW_RPMSG_CHANNELS_MAX);
	bus->channels[bus->n_channels++] = *c;
	if (bus->ops->announced)
		bus->ops->announced(bus->ctx, bus, c);
	return 0;
}

static int receive_ns(struct cw_rpmsg *bus, const uint8_t *data, size_t len)
{
	struct cw_rpmsg_channel c;
	size_t n;

	if (len != NS_SIZE)
		return broken(bus, "name service: an announcement of %zu bytes instead of %d", len,
			      NS_SIZE);
	n = strnlen((const char *)data, CW_RPMSG_NAME_MAX);
	if (n == CW_RPMSG_NAME_MAX)
		return broken(bus, "name service: a name without end");
	for (size_t i = 0; i < n; i++)
		if (data[i] < ' ' || data[i] > '~')
			return broken(bus, "name service: byte 0x%02x in a name", data[i]);
	memset(&c, 0, sizeof(c));
	memcpy(c.name, data, n);
	c.addr = cw_get_le32(data + 32);
	if (c.addr == CW_RPMSG_ADDR_ANY)
		return broken(bus, "name service: '%s' announced without an address", c.name);
	return cw_get_le32(data + 36) & NS_DESTROY ? withdraw(bus, &c) : announce(bus, &c);
}

static struct cw_rpmsg_ept *find_ept(struct cw_rpmsg *bus, uint32_t addr)
{
	struct cw_rpmsg_ept *ept = bus->epts;

	while (ept && (ept->addr != addr || ept->dead))
		ept = ept->next;
	return ept;
}

/* Buffer @id came back with @used bytes. Copy it, then judge and deliver the copy. */
static int receive_one(struct cw_rpmsg *bus, unsigned id, uint32_t used)
{
	const uint8_t *m = bus->message;
	struct cw_rpmsg_ept *ept;
	uint32_t src, dst;
	size_t len;

	if (used < CW_RPMSG_HEADER_SIZE || used > CW_RPMSG_BUFFER_SIZE)
		return broken(bus, "rx: buffer %u returned with %u bytes; a message has %d to %d", id,
			      used, CW_RPMSG_HEADER_SIZE, CW_RPMSG_BUFFER_SIZE);
	memcpy(bus->message, bus->buffers + (size_t)id * CW_RPMSG_BUFFER_SIZE, used);
	__asm__ volatile("" ::: "memory"); /* the copy is the only reading */
	src = cw_get_le32(m);
	dst = cw_get_le32(m + 4);
	len = cw_get_le16(m + 12);
	if (len > used - CW_RPMSG_HEADER_SIZE)
		return broken(bus, "rx: a message of %zu bytes in %u used ones", len,
			      used - CW_RPMSG_HEADER_SIZE);
	bus->stats.rx++;
	ept = find_ept(bus, dst);
	if (dst == CW_RPMSG_ADDR_NS && bus->name_service)
		(void)receive_ns(bus, m + CW_RPMSG_HEADER_SIZE, len);
	else if (ept)
		ept->ops->receive(ept->ctx, ept, src, m + CW_RPMSG_HEADER_SIZE, len);
	else
		bus->stats.dropped++;
	return bus->broken[0] ? -EIO : 0; /* a send of a callback's may have found out */
}

static void reap_epts(struct cw_rpmsg *bus)
{
	struct cw_rpmsg_ept **p = &bus->epts;

	while (*p) {
		struct cw_rpmsg_ept *ept = *p;

		if (!ept->dead) {
			p = &ept->next;
			continue;
		}
		*p = ept->next;
		free(ept);
	}
}

static int interrupt_rx(struct cw_rpmsg *bus)
{
	unsigned budget = 2 * bus->rx.num;
	unsigned n, id;
	uint32_t len;
	int r = 1;

	/* The other side can return buffers as fast as they are offered: bounded, so that the owner gets its turn. */
	for (n = 0; n < budget; n++) {
		r = cw_vring_get(&bus->rx, &id, &len);
		if (r < 0)
			r = broken(bus, "rx: %s", bus->rx.broken);
		if (r <= 0)
			break;
		r = receive_one(bus, id, len);
		if (r < 0)
			break;
		offer_rx(bus, id);
		r = 1;
	}
	reap_epts(bus);
	if (n && r >= 0)
		kick(bus, VQ_RX, cw_vring_wants_kick(&bus->rx));
	return r;
}

static int interrupt_tx(struct cw_rpmsg *bus)
{
	if (!bus->starved || !cw_vring_more(&bus->tx))
		return 0;
	bus->starved = false;
	cw_vring_want_interrupts(&bus->tx, false);
	if (bus->ops->writable)
		bus->ops->writable(bus->ctx, bus);
	return 0;
}

int cw_rpmsg_interrupt(struct cw_rpmsg *bus, unsigned vq)
{
	int r;

	if (bus->broken[0])
		return -EIO;
	if (bus->busy)
		return 0;
	bus->busy = true;
	r = vq == VQ_RX ? interrupt_rx(bus) : interrupt_tx(bus);
	bus->busy = false;
	return bus->broken[0] ? -EIO : r;
}

static int check_address(struct cw_rpmsg *bus, uint32_t *addr, struct cw_error *err)
{
	uint32_t a = *addr;

	if (bus->n_epts == CW_RPMSG_EPTS_MAX)
		return cw_error_set(err, -ENOSPC, "more than %d rpmsg endpoints", CW_RPMSG_EPTS_MAX);
	if (a != CW_RPMSG_ADDR_ANY) {
		if ((a == CW_RPMSG_ADDR_NS && bus->name_service) || find_ept(bus, a))
			return cw_error_set(err, -EADDRINUSE, "rpmsg address 0x%x is taken", a);
		return 0;
	}
	for (a = CW_RPMSG_ADDR_FIRST; find_ept(bus, a); a++)
		;
	*addr = a;
	return 0;
}

int cw_rpmsg_ept_new(struct cw_rpmsg *bus, uint32_t src, uint32_t dst,
		     const struct cw_rpmsg_ept_ops *ops, void *ctx, struct cw_rpmsg_ept **ret_ept,
		     struct cw_error *err)
{
	struct cw_rpmsg_ept *ept;
	int r;

	if (bus->broken[0])
		return cw_error_set(err, -EIO, "rpmsg: %s", bus->broken);
	r = check_address(bus, &src, err);
	if (r < 0)
		return r;
	ept = calloc(1, sizeof(*ept));
	if (!ept)
		return cw_error_set(err, -ENOMEM, "no memory for an rpmsg endpoint");
	*ept = (struct cw_rpmsg_ept){
		.bus = bus, .next = bus->epts, .ops = ops, .ctx = ctx, .addr = src, .dst = dst};
	bus->epts = ept;
	bus->n_epts++;
	*ret_ept = ept;
	return 0;
}

struct cw_rpmsg_ept *cw_rpmsg_ept_free(struct cw_rpmsg_ept *ept)
{
	if (!ept || ept->dead)
		return NULL;
	ept->dead = true;
	ept->bus->n_epts--;
	if (!ept->bus->busy)
		reap_epts(ept->bus);
	return NULL;
}

uint32_t cw_rpmsg_ept_addr(const struct cw_rpmsg_ept *ept)
{
	return ept->addr;
}

/* A send buffer: a fresh one, or one that came back. 1, 0 none, -EIO. */
static int take_tx(struct cw_rpmsg *bus, unsigned *ret_id)
{
	uint32_t len; /* of no meaning for buffers the other side only reads */
	int r;

	if (bus->fresh < bus->half) {
		*ret_id = bus->fresh++;
		return 1;
	}
	r = cw_vring_get(&bus->tx, ret_id, &len);
	if (!r) {
		cw_vring_want_interrupts(&bus->tx, true);
		/* One may have come back before the other side saw the wish. */
		r = cw_vring_get(&bus->tx, ret_id, &len);
		if (r)
			cw_vring_want_interrupts(&bus->tx, bus->starved);
	}
	if (r < 0)
		return broken(bus, "tx: %s", bus->tx.broken);
	return r;
}

static int send(struct cw_rpmsg *bus, uint32_t src, uint32_t dst, const void *data, size_t len)
{
	uint8_t header[CW_RPMSG_HEADER_SIZE] = {0};
	uint8_t *buf;
	unsigned id;
	int r;

	if (bus->broken[0])
		return -EIO;
	if (len > CW_RPMSG_MTU)
		return -EMSGSIZE;
	if (dst == CW_RPMSG_ADDR_ANY)
		return -EDESTADDRREQ;
	r = take_tx(bus, &id);
	if (r < 0)
		return r;
	if (!r) {
		bus->starved = true;
		bus->stats.no_buffer++;
		return -EAGAIN;
	}
	cw_put_le32(header, src);
	cw_put_le32(header + 4, dst);
	cw_put_le16(header + 12, (uint16_t)len);
	buf = bus->buffers + (size_t)(bus->half + id) * CW_RPMSG_BUFFER_SIZE;
	memcpy(buf, header, sizeof(header));
	if (len)
		memcpy(buf + sizeof(header), data, len);
	cw_vring_add(&bus->tx, id,
		     bus->buffers_da + (uint64_t)(bus->half + id) * CW_RPMSG_BUFFER_SIZE,
		     (uint32_t)(sizeof(header) + len), 0);
	bus->stats.tx++;
	kick(bus, VQ_TX, cw_vring_wants_kick(&bus->tx));
	return 0;
}

int cw_rpmsg_sendto(struct cw_rpmsg_ept *ept, uint32_t dst, const void *data, size_t len)
{
	return send(ept->bus, ept->addr, dst, data, len);
}

int cw_rpmsg_send(struct cw_rpmsg_ept *ept, const void *data, size_t len)
{
	return send(ept->bus, ept->addr, ept->dst, data, len);
}

int cw_rpmsg_announce(struct cw_rpmsg_ept *ept, const char *name, bool gone)
{
	uint8_t ns[NS_SIZE] = {0};
	size_t len = strlen(name);

	if (!ept->bus->name_service)
		return -EOPNOTSUPP;
	if (!len || len >= CW_RPMSG_NAME_MAX)
		return -EINVAL;
	memcpy(ns, name, len);
	cw_put_le32(ns + 32, ept->addr);
	cw_put_le32(ns + 36, gone ? NS_DESTROY : 0);
	return send(ept->bus, ept->addr, CW_RPMSG_ADDR_NS, ns, sizeof(ns));
}
