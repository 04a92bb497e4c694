/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "remote.h"

static int on_kick(void *ctx, unsigned vq)
{
	((struct remote *)ctx)->kicks[vq]++;
	return 0;
}

static void on_announced(void *ctx, struct cw_rpmsg *bus, const struct cw_rpmsg_channel *c)
{
	struct remote *r = ctx;

	(void)bus;
	r->announced++;
	r->last = *c;
	if (r->during)
		r->during(r);
}

static void on_withdrawn(void *ctx, struct cw_rpmsg *bus, const struct cw_rpmsg_channel *c)
{
	(void)bus;
	(void)c;
	((struct remote *)ctx)->withdrawn++;
}

static void on_writable(void *ctx, struct cw_rpmsg *bus)
{
	(void)bus;
	((struct remote *)ctx)->writable++;
}

static void on_broken(void *ctx, struct cw_rpmsg *bus, const char *why)
{
	struct remote *r = ctx;

	(void)bus;
	r->brokens++;
	snprintf(r->why, sizeof(r->why), "%s", why);
}

static const struct cw_rpmsg_ops ops = {
	.kick = on_kick,
	.announced = on_announced,
	.withdrawn = on_withdrawn,
	.writable = on_writable,
	.broken = on_broken,
};

static void on_receive(void *ctx, struct cw_rpmsg_ept *ept, uint32_t src, const void *data,
		       size_t len)
{
	struct remote *r = ctx;

	(void)ept;
	r->received++;
	r->src = src;
	r->len = len;
	memcpy(r->data, data, len);
}

const struct cw_rpmsg_ept_ops remote_ept_ops = {.receive = on_receive};

/* Exactly @size bytes between guards; under ASan the block's ends are watched too. */
static uint8_t *guarded(size_t size)
{
	uint8_t *p = NULL;

	assert_int_equal(posix_memalign((void **)&p, 64, size + 2 * GUARD), 0);
	memset(p, 0xa5, size + 2 * GUARD);
	memset(p + GUARD, 0x5c, size); /* not zero: the rings must be zeroed by who owns them */
	return p + GUARD;
}

static void check_guards(uint8_t *p, size_t size)
{
	for (size_t i = 0; i < GUARD; i++) {
		assert_int_equal(p[-1 - (ptrdiff_t)i], 0xa5);
		assert_int_equal(p[size + i], 0xa5);
	}
	free(p - GUARD);
}

void remote_open(struct remote *r, unsigned num, unsigned align)
{
	struct cw_rpmsg_config config = {.ops = &ops, .ctx = r, .num = num, .align = align};
	struct cw_error err;

	memset(r, 0, sizeof(*r));
	r->num = num;
	r->align = align;
	r->ring_size = cw_rpmsg_vring_size(num, align);
	r->buffers_size = cw_rpmsg_buffers_size(num);
	for (int i = 0; i < 2; i++) {
		r->ring[i] = guarded(r->ring_size);
		config.vring[i].mem = r->ring[i];
		config.vring[i].size = r->ring_size;
	}
	r->buffers = guarded(r->buffers_size);
	config.buffers = r->buffers;
	config.buffers_size = r->buffers_size;
	config.buffers_da = DA_BASE;
	config.name_service = true;
	if (cw_rpmsg_new(&config, &r->bus, &err))
		fail_msg("%s", err.text);
	cw_rpmsg_ready(r->bus);
}

void remote_close(struct remote *r)
{
	cw_rpmsg_free(r->bus);
	for (int i = 0; i < 2; i++)
		check_guards(r->ring[i], r->ring_size);
	check_guards(r->buffers, r->buffers_size);
}

static size_t avail(struct remote *r)
{
	return (size_t)r->num * 16;
}

static size_t used(struct remote *r)
{
	return (avail(r) + 6 + (size_t)r->num * 2 + r->align - 1) & ~(size_t)(r->align - 1);
}

static uint16_t *half(struct remote *r, int vq, size_t off)
{
	return (uint16_t *)(void *)(r->ring[vq] + off);
}

uint16_t *remote_avail_flags(struct remote *r, int vq)
{
	return half(r, vq, avail(r));
}

uint16_t *remote_used_flags(struct remote *r, int vq)
{
	return half(r, vq, used(r));
}

uint16_t *remote_used_idx(struct remote *r, int vq)
{
	return half(r, vq, used(r) + 2);
}

uint32_t *remote_used_entry(struct remote *r, int vq, uint16_t index)
{
	return (uint32_t *)(void *)(r->ring[vq] + used(r) + 4 + (size_t)(index % r->num) * 8);
}

int remote_take(struct remote *r, int vq)
{
	if (r->seen[vq] == *half(r, vq, avail(r) + 2))
		return -1;
	return *half(r, vq, avail(r) + 4 + (size_t)(r->seen[vq]++ % r->num) * 2) % (int)r->num;
}

uint8_t *remote_buffer(struct remote *r, int vq, int id)
{
	uint64_t da;

	memcpy(&da, r->ring[vq] + (size_t)id * 16, sizeof(da));
	if (r->wild && da - DA_BASE > r->buffers_size - CW_RPMSG_BUFFER_SIZE)
		da = DA_BASE + da % (r->buffers_size - CW_RPMSG_BUFFER_SIZE);
	assert_in_range(da, DA_BASE, DA_BASE + r->buffers_size - CW_RPMSG_BUFFER_SIZE);
	return r->buffers + (da - DA_BASE);
}

uint32_t remote_desc_len(struct remote *r, int vq, int id)
{
	uint32_t len;

	memcpy(&len, r->ring[vq] + (size_t)id * 16 + 8, sizeof(len));
	return r->wild && len > CW_RPMSG_BUFFER_SIZE ? CW_RPMSG_BUFFER_SIZE : len;
}

void remote_give(struct remote *r, int vq, uint32_t id, uint32_t len)
{
	uint32_t *e = remote_used_entry(r, vq, r->used[vq]);

	e[0] = id;
	e[1] = len;
	*remote_used_idx(r, vq) = ++r->used[vq];
}

int remote_send(struct remote *r, uint32_t src, uint32_t dst, const void *data, uint16_t len)
{
	int id = remote_take(r, 0);
	uint8_t *b;

	if (id < 0)
		return -1;
	if (!r->wild)
		assert_int_equal(remote_desc_len(r, 0, id), CW_RPMSG_BUFFER_SIZE);
	b = remote_buffer(r, 0, id);
	memset(b, 0, CW_RPMSG_HEADER_SIZE);
	memcpy(b, &src, 4);
	memcpy(b + 4, &dst, 4);
	memcpy(b + 12, &len, 2);
	memcpy(b + CW_RPMSG_HEADER_SIZE, data, len);
	remote_give(r, 0, (uint32_t)id, CW_RPMSG_BUFFER_SIZE); /* as OpenAMP does */
	return 0;
}

int remote_announce(struct remote *r, const char *name, uint32_t addr, uint32_t flags)
{
	uint8_t ns[40] = {0};

	memcpy(ns, name, strlen(name));
	memcpy(ns + 32, &addr, 4);
	memcpy(ns + 36, &flags, 4);
	return remote_send(r, addr, CW_RPMSG_ADDR_NS, ns, sizeof(ns));
}

unsigned remote_echo(struct remote *r)
{
	unsigned n = 0;
	int id;

	while ((id = remote_take(r, 1)) >= 0) {
		uint8_t m[CW_RPMSG_BUFFER_SIZE] = {0};
		uint32_t src, dst;
		uint16_t len;

		memcpy(m, remote_buffer(r, 1, id), remote_desc_len(r, 1, id));
		memcpy(&src, m, 4);
		memcpy(&dst, m + 4, 4);
		memcpy(&len, m + 12, 2);
		remote_give(r, 1, (uint32_t)id, 0);
		if (len > CW_RPMSG_MTU)
			len = CW_RPMSG_MTU;
		if (remote_send(r, dst, src, m + CW_RPMSG_HEADER_SIZE, len))
			break;
		n++;
	}
	return n;
}
