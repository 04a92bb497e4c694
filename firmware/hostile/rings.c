/* SPDX-License-Identifier: BSD-2-Clause */
/* rings.c - attacks on the host's virtqueues, messages and name service */
#include <string.h>

#include "cortex_m4.h"
#include "hostile.h"
#include "mailbox.h"
#include "trace.h"

#define NS_ADDRESS 53u
#define OURS	   0x400u

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
};

struct message {
	uint32_t src, dst, reserved;
	uint16_t len, flags;
	uint8_t data[496];
};

#define AVAIL_OFFSET (16u * VRING_NUM)
#define USED_OFFSET  0x130u

static volatile struct desc *desc_of(unsigned vq)
{
	return (volatile struct desc *)(uintptr_t)table.vdev.vring[vq].da;
}

static volatile struct avail *avail_of(unsigned vq)
{
	return (volatile struct avail *)(uintptr_t)(table.vdev.vring[vq].da + AVAIL_OFFSET);
}

static volatile struct used *used_of(unsigned vq)
{
	return (volatile struct used *)(uintptr_t)(table.vdev.vring[vq].da + USED_OFFSET);
}

/* Return descriptor @id with @len bytes. */
static void put_used(unsigned vq, uint32_t id, uint32_t len)
{
	volatile struct used *u = used_of(vq);
	uint16_t idx = u->idx;

	u->ring[idx % VRING_NUM].id = id;
	u->ring[idx % VRING_NUM].len = len;
	dmb();
	u->idx = (uint16_t)(idx + 1);
	dmb();
}

/* The host's next receive buffer; waits until there is one, gives up when the host asks for the end. */
static volatile struct message *next_buffer(uint16_t *ret_id)
{
	uint16_t taken = used_of(0)->idx;

	while (avail_of(0)->idx == taken)
		if (shutdown_asked())
			behave();
	*ret_id = avail_of(0)->ring[taken % VRING_NUM] % VRING_NUM;
	return (volatile struct message *)(uintptr_t)desc_of(0)[*ret_id].addr;
}

static void send(uint32_t dst, const void *data, uint16_t len)
{
	uint16_t id;
	volatile struct message *m = next_buffer(&id);

	m->src = OURS;
	m->dst = dst;
	m->reserved = 0;
	m->len = len;
	m->flags = 0;
	memcpy((void *)m->data, data, len);
	put_used(0, id, 16u + len);
	ring(CHANNEL_VQ0);
}

static void announce(const char name[32], uint32_t addr, uint32_t flags)
{
	struct {
		char name[32];
		uint32_t addr, flags;
	} a = {.addr = addr, .flags = flags};

	memcpy(a.name, name, sizeof(a.name));
	send(NS_ADDRESS, &a, sizeof(a));
}

static const char tty[32] = "rpmsg-tty";

static void used_jump(void)
{
	wait_driver();
	used_of(0)->idx = (uint16_t)(used_of(0)->idx + 1000);
	ring(CHANNEL_VQ0);
}

static void used_id(void)
{
	wait_driver();
	put_used(0, 0xFFFFFFFF, 64);
	ring(CHANNEL_VQ0);
}

static void used_twice(void)
{
	wait_driver();
	for (unsigned i = 0; i < VRING_NUM; i++)
		put_used(0, 3, 64);
	ring(CHANNEL_VQ0);
}

static void used_short(void)
{
	wait_driver();
	put_used(0, 0, 3);
	ring(CHANNEL_VQ0);
}

static void used_long(void)
{
	wait_driver();
	put_used(0, 0, 0xFFFFFFFF);
	ring(CHANNEL_VQ0);
}

/* The host's own messages come back wrong. It looks when it runs out of buffers. */
static void tx_jump(void)
{
	wait_driver();
	announce(tty, OURS, 0);
	used_of(1)->idx = 0x8000;
	ring(CHANNEL_VQ1);
}

static void tx_id(void)
{
	wait_driver();
	announce(tty, OURS, 0);
	for (unsigned i = 0; i < VRING_NUM; i++) {
		while (avail_of(1)->idx == used_of(1)->idx)
			if (shutdown_asked())
				behave();
		put_used(1, 77, 0);
	}
	ring(CHANNEL_VQ1);
}

/* Descriptors and available rings are the host's to write: what is in them afterwards must not matter. */
static void descriptors(void)
{
	wait_driver();
	announce(tty, OURS, 0);
	for (unsigned vq = 0; vq < 2; vq++) {
		for (unsigned i = 0; i < VRING_NUM; i++) {
			desc_of(vq)[i].addr = 0xFFFFFFFFFFFFFFF0;
			desc_of(vq)[i].len = 0xFFFFFFFF;
			desc_of(vq)[i].flags = 0xFFFF;
			desc_of(vq)[i].next = (uint16_t)i; /* a loop */
			avail_of(vq)->ring[i] = 0xFFFF;
		}
		avail_of(vq)->idx = 0x7777;
	}
	/* The buffers are where they were. */
	for (uint32_t i = 1; i < VRING_NUM; i++)
		put_used(0, i, 16);
	ring(CHANNEL_VQ0);
	trace("descriptors are rewritten\n");
}

/* Return buffers as fast as the host offers them. */
static void flood(void)
{
	wait_driver();
	announce(tty, OURS, 0);
	for (;;)
		send(0x12345, "flood", 5);
}

static void header_length(void)
{
	uint16_t id;
	volatile struct message *m;

	wait_driver();
	m = next_buffer(&id);
	m->src = OURS;
	m->dst = NS_ADDRESS;
	m->len = 0xFFFF;
	put_used(0, id, 64);
	ring(CHANNEL_VQ0);
}

/* A message that changes while the host reads it. */
static void header_rewrite(void)
{
	uint32_t n = 0;

	wait_driver();
	announce(tty, OURS, 0);
	for (;;) {
		uint16_t id;
		volatile struct message *m = next_buffer(&id);

		m->dst = 0x12345;
		m->len = 8;
		put_used(0, id, 24);
		ring(CHANNEL_VQ0);
		for (unsigned i = 0; i < 200; i++) {
			m->len = n++ % 2 ? 0xFFFF : 8;
			m->dst = n % 3 ? NS_ADDRESS : 0x12345;
		}
	}
}

static void ns_flood(void)
{
	wait_driver();
	for (uint32_t i = 0; i < 10000; i++)
		announce(tty, 0x1000 + i, 0);
}

static void ns_byte(void)
{
	static const char name[32] = "\033[2Jcleared";

	wait_driver();
	announce(name, OURS, 0);
}

static void ns_endless(void)
{
	char name[32];

	wait_driver();
	memset(name, 'A', sizeof(name));
	announce(name, OURS, 0);
}

static void ns_size(void)
{
	wait_driver();
	send(NS_ADDRESS, tty, 7);
}

static void ns_address(void)
{
	wait_driver();
	announce(tty, 0xFFFFFFFF, 0);
}

/* Come and go without end. */
static void ns_churn(void)
{
	wait_driver();
	for (uint32_t i = 0;; i++) {
		announce(tty, OURS + i % 60, 0);
		announce(tty, OURS + i % 60, 1);
		announce(tty, OURS + 61, 1); /* that never was */
	}
}

const struct attack attacks_rings[] = {
	{"used-jump", used_jump},
	{"used-id", used_id},
	{"used-twice", used_twice},
	{"used-short", used_short},
	{"used-long", used_long},
	{"tx-jump", tx_jump},
	{"tx-id", tx_id},
	{"descriptors", descriptors},
	{"flood", flood},
	{"header-length", header_length},
	{"header-rewrite", header_rewrite},
	{"ns-flood", ns_flood},
	{"ns-byte", ns_byte},
	{"ns-endless", ns_endless},
	{"ns-size", ns_size},
	{"ns-address", ns_address},
	{"ns-churn", ns_churn},
	{NULL, NULL},
};
