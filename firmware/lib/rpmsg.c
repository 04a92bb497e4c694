/* SPDX-License-Identifier: BSD-2-Clause */
#include "rpmsg.h"

#include <string.h>

#include "cortex_m4.h"
#include "mailbox.h"
#include "trace.h"

#define STATUS_DRIVER_OK   4u
#define NS_ADDRESS	   53u
#define AVAIL_NO_INTERRUPT 1u
#define USED_NO_NOTIFY	   1u
#define DESC_WRITE	   2u

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

struct avail {
	uint16_t flags, idx, ring[VRING_NUM], used_event;
};

struct used {
	uint16_t flags, idx;
	struct {
		uint32_t id, len;
	} ring[VRING_NUM];
	uint16_t avail_event;
};

/* Split ring of VRING_NUM entries, used part aligned to VRING_ALIGN. */
#define AVAIL_OFFSET (16u * VRING_NUM)
#define USED_OFFSET  0x130u
#define VRING_BYTES  (USED_OFFSET + sizeof(struct used))

struct header {
	uint32_t src, dst, reserved;
	uint16_t len, flags;
};

struct announcement {
	char name[32];
	uint32_t addr, flags;
};

struct vring {
	const volatile struct desc *desc;
	const volatile struct avail *avail;
	volatile struct used *used;
	uint16_t taken; /* of avail, free-running */
	unsigned channel;
};

/* A buffer taken from a ring: checked to lie in the shared memory. */
struct buffer {
	volatile uint8_t *at;
	uint32_t len;
	uint16_t id;
};

static struct vring rx, tx; /* the host's names: rx is what we fill */
static const struct rpmsg_endpoint *endpoints;
static unsigned n_endpoints;

static bool shared(uint64_t addr, uint32_t len)
{
	return addr >= SHARED_BASE && addr - SHARED_BASE <= SHARED_SIZE &&
	       len <= SHARED_SIZE - (addr - SHARED_BASE);
}

static bool open_ring(struct vring *r, uint32_t da, unsigned channel)
{
	if (!shared(da, VRING_BYTES) || da % VRING_ALIGN)
		return false;
	r->desc = (const volatile struct desc *)(uintptr_t)da;
	r->avail = (const volatile struct avail *)(uintptr_t)(da + AVAIL_OFFSET);
	r->used = (volatile struct used *)(uintptr_t)(da + USED_OFFSET);
	r->taken = 0;
	r->channel = channel;
	return true;
}

/* Look at the next available buffer without taking it. */
static bool peek(const struct vring *r, struct buffer *ret)
{
	uint16_t id;
	uint64_t addr;

	if (r->avail->idx == r->taken)
		return false;
	dmb(); /* the entry is read after the index that publishes it */
	id = r->avail->ring[r->taken % VRING_NUM] % VRING_NUM;
	addr = r->desc[id].addr;
	ret->len = r->desc[id].len;
	ret->id = id;
	ret->at = shared(addr, ret->len) ? (volatile uint8_t *)(uintptr_t)addr : NULL;
	if (!ret->at)
		ret->len = 0;
	return true;
}

/* Hand the buffer last peeked at back, @len bytes of it written, and ring unless the host does not
 * want to hear. */
static void done(struct vring *r, const struct buffer *b, uint32_t len)
{
	uint16_t idx = r->used->idx;

	r->taken++;
	r->used->ring[idx % VRING_NUM].id = b->id;
	r->used->ring[idx % VRING_NUM].len = len;
	dmb();
	r->used->idx = (uint16_t)(idx + 1);
	dmb();
	if (!(r->avail->flags & AVAIL_NO_INTERRUPT))
		mailbox_kick(r->channel);
}

/* Is there a receive buffer? Its return is only worth a kick to us while there is none. */
static bool have_room(struct buffer *ret)
{
	if (!peek(&rx, ret)) {
		rx.used->flags = 0;
		dmb();
		if (!peek(&rx, ret))
			return false;
	}
	rx.used->flags = USED_NO_NOTIFY;
	return true;
}

bool rpmsg_driver_ok(const volatile struct rsc_vdev *vdev)
{
	return vdev->status & STATUS_DRIVER_OK;
}

bool rpmsg_start(const volatile struct rsc_vdev *vdev, const struct rpmsg_endpoint *epts,
		 unsigned n_epts)
{
	if (!open_ring(&rx, vdev->vring[0].da, CHANNEL_VQ0) ||
	    !open_ring(&tx, vdev->vring[1].da, CHANNEL_VQ1))
		return false;
	endpoints = epts;
	n_endpoints = n_epts;
	rx.used->flags = USED_NO_NOTIFY;
	return true;
}

bool rpmsg_send(uint32_t src, uint32_t dst, const volatile void *data, uint16_t len)
{
	volatile struct header *h;
	struct buffer b;

	if (!have_room(&b))
		return false;
	if (b.len < sizeof(*h) || len > b.len - sizeof(*h))
		return false;
	h = (volatile struct header *)b.at;
	h->src = src;
	h->dst = dst;
	h->reserved = 0;
	h->len = len;
	h->flags = 0;
	memcpy((void *)(b.at + sizeof(*h)), (const void *)data, len);
	done(&rx, &b, sizeof(*h) + len);
	return true;
}

void rpmsg_announce(void)
{
	for (unsigned i = 0; i < n_endpoints; i++) {
		struct announcement a = {.addr = endpoints[i].addr};

		strncpy(a.name, endpoints[i].name, sizeof(a.name) - 1);
		if (!rpmsg_send(a.addr, NS_ADDRESS, &a, sizeof(a)))
			trace("no buffer to announce %s\n", a.name);
	}
}

static void deliver(const struct buffer *b)
{
	const volatile struct header *h = (const volatile struct header *)b->at;
	uint32_t src, dst;
	uint16_t len;

	if (b->len < sizeof(*h)) {
		trace("bad buffer from the host\n");
		return;
	}
	src = h->src;
	dst = h->dst;
	len = h->len;
	if (len > b->len - sizeof(*h)) {
		trace("message of %lu bytes in a buffer of %lu\n", (uint32_t)len, b->len);
		return;
	}
	for (unsigned i = 0; i < n_endpoints; i++)
		if (endpoints[i].addr == dst)
			endpoints[i].receive(&endpoints[i], src, b->at + sizeof(*h), len);
}

unsigned rpmsg_poll(void)
{
	struct buffer message, room;
	unsigned n = 0;

	while (peek(&tx, &message) && have_room(&room)) {
		deliver(&message);
		done(&tx, &message, 0);
		n++;
	}
	return n;
}
