// SPDX-License-Identifier: BSD-2-Clause
/* rpmsg with an honest other side: geometry, order, name service, both directions, back-pressure, kick rules. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "remote.h"

static struct remote r;

static int setup(void **state)
{
	(void)state;
	remote_open(&r, 16, 16);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	remote_close(&r);
	return 0;
}

/* Numbers of the reference layout: num 16, align 16. */
static void geometry(void **state)
{
	(void)state;
	assert_int_equal(cw_rpmsg_vring_size(16, 16), 0x1b6);
	assert_int_equal(cw_rpmsg_buffers_size(16), 0x4000);
	assert_int_equal(cw_rpmsg_buffers_size(256), 512 * 512);
	assert_int_equal(cw_rpmsg_buffers_size(1024), 512 * 512);
	assert_int_equal(cw_rpmsg_vring_size(0, 16), 0);
	assert_int_equal(cw_rpmsg_vring_size(17, 16), 0);
	assert_int_equal(cw_rpmsg_vring_size(16, 0), 0);
	assert_int_equal(cw_rpmsg_vring_size(16, 2), 0);
	assert_int_equal(cw_rpmsg_vring_size(16, 24), 0);
	assert_int_equal(cw_rpmsg_vring_size(2048, 16), 0);
	/* every receive buffer is offered, in order, writable, 512 bytes */
	for (int i = 0; i < 16; i++) {
		uint64_t da;
		uint16_t flags;

		assert_int_equal(remote_take(&r, 0), i);
		memcpy(&da, r.ring[0] + i * 16, 8);
		memcpy(&flags, r.ring[0] + i * 16 + 12, 2);
		assert_int_equal(da, DA_BASE + (unsigned)i * 512);
		assert_int_equal(flags, 2);
		assert_int_equal(remote_desc_len(&r, 0, i), 512);
	}
	assert_int_equal(remote_take(&r, 0), -1);
	assert_int_equal(remote_take(&r, 1), -1);
	assert_int_equal(r.kicks[0], 1); /* the one of cw_rpmsg_ready() */
	assert_int_equal(*remote_avail_flags(&r, 0), 0);
	assert_int_equal(*remote_avail_flags(&r, 1), 1);
	assert_int_equal((uintptr_t)remote_used_flags(&r, 0) - (uintptr_t)r.ring[0], 0x130);
}

static void too_small(void **state)
{
	static const struct cw_rpmsg_ops none = {0};
	_Alignas(16) uint8_t mem[0x1b6];
	struct cw_rpmsg_config c = {.ops = &none, .num = 16, .align = 16, .buffers = mem};
	struct cw_rpmsg *bus = NULL;
	struct cw_error err;

	(void)state;
	c.vring[0].mem = c.vring[1].mem = mem;
	c.vring[0].size = sizeof(mem);
	c.vring[1].size = sizeof(mem) - 1;
	c.buffers_size = 0x4000;
	assert_int_equal(cw_rpmsg_new(&c, &bus, &err), -ENOMEM);
	assert_non_null(strstr(err.text, "vring1 needs 438 bytes"));
	c.vring[1].size++;
	c.buffers_size--;
	assert_int_equal(cw_rpmsg_new(&c, &bus, &err), -ENOMEM);
	c.buffers_size++;
	c.vring[0].mem = mem + 4;
	assert_int_equal(cw_rpmsg_new(&c, &bus, &err), -EINVAL);
	c.num = 3;
	assert_int_equal(cw_rpmsg_new(&c, &bus, &err), -EINVAL);
	assert_null(bus);
}

static void name_service(void **state)
{
	(void)state;
	remote_announce(&r, "rpmsg-tty", 0x400, 0);
	remote_announce(&r, "rpmsg-tty", 0x401, 0);
	remote_announce(&r, "rpmsg-tty", 0x401, 0); /* again: ignored */
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 0), 0);
	assert_int_equal(r.announced, 2);
	assert_string_equal(cw_rpmsg_channel(r.bus, 0)->name, "rpmsg-tty");
	assert_int_equal(cw_rpmsg_channel(r.bus, 1)->addr, 0x401);
	assert_null(cw_rpmsg_channel(r.bus, 2));
	remote_announce(&r, "rpmsg-tty", 0x400, 1);
	remote_announce(&r, "other", 0x400, 1); /* never announced: ignored */
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 0), 0);
	assert_int_equal(r.withdrawn, 1);
	assert_int_equal(cw_rpmsg_channel(r.bus, 0)->addr, 0x401);
}

static void echo_both_ways(void **state)
{
	struct cw_rpmsg_ept *ept = NULL;
	struct cw_rpmsg_stats stats;
	char text[64];

	(void)state;
	assert_int_equal(cw_rpmsg_ept_new(r.bus, CW_RPMSG_ADDR_ANY, 0x400, &remote_ept_ops, &r, &ept,
					  NULL), 0);
	assert_int_equal(cw_rpmsg_ept_addr(ept), 1024);
	for (unsigned i = 0; i < 1000; i++) {
		int n = snprintf(text, sizeof(text), "message %u", i);

		assert_int_equal(cw_rpmsg_send(ept, text, (size_t)n), 0);
		assert_int_equal(remote_echo(&r), 1);
		assert_int_equal(cw_rpmsg_interrupt(r.bus, 0), 0);
		assert_int_equal(r.received, i + 1);
		assert_int_equal(r.src, 0x400);
		assert_int_equal(r.len, n);
		assert_memory_equal(r.data, text, (size_t)n);
	}
	cw_rpmsg_stats(r.bus, &stats);
	assert_int_equal(stats.tx, 1000);
	assert_int_equal(stats.rx, 1000);
	assert_int_equal(stats.dropped, 0);
	assert_int_equal(r.kicks[1], 1000);
	assert_null(cw_rpmsg_broken(r.bus));
}

static void sizes(void **state)
{
	uint8_t big[CW_RPMSG_MTU + 1];
	struct cw_rpmsg_ept *ept = NULL;

	(void)state;
	memset(big, 0x42, sizeof(big));
	cw_rpmsg_ept_new(r.bus, CW_RPMSG_ADDR_ANY, CW_RPMSG_ADDR_ANY, &remote_ept_ops, &r, &ept, NULL);
	assert_int_equal(cw_rpmsg_sendto(ept, 0x400, big, CW_RPMSG_MTU + 1), -EMSGSIZE);
	assert_int_equal(cw_rpmsg_send(ept, big, 1), -EDESTADDRREQ);
	assert_int_equal(cw_rpmsg_sendto(ept, 0x400, big, CW_RPMSG_MTU), 0);
	assert_int_equal(cw_rpmsg_sendto(ept, 0x400, NULL, 0), 0);
	assert_int_equal(remote_echo(&r), 2);
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 0), 0);
	assert_int_equal(r.received, 2);
	assert_int_equal(r.len, 0);
}

/* 16 sends fill every buffer; -EAGAIN asks for an interrupt, and only then. */
static void back_pressure(void **state)
{
	struct cw_rpmsg_ept *ept = NULL;

	(void)state;
	cw_rpmsg_ept_new(r.bus, CW_RPMSG_ADDR_ANY, 0x400, &remote_ept_ops, &r, &ept, NULL);
	for (int i = 0; i < 16; i++)
		assert_int_equal(cw_rpmsg_send(ept, "x", 1), 0);
	assert_int_equal(*remote_avail_flags(&r, 1), 1);
	assert_int_equal(cw_rpmsg_send(ept, "x", 1), -EAGAIN);
	assert_int_equal(*remote_avail_flags(&r, 1), 0);
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 1), 0); /* spurious */
	assert_int_equal(r.writable, 0);
	remote_give(&r, 1, (uint32_t)remote_take(&r, 1), 0);
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 1), 0);
	assert_int_equal(r.writable, 1);
	assert_int_equal(*remote_avail_flags(&r, 1), 1);
	assert_int_equal(cw_rpmsg_send(ept, "y", 1), 0);
	assert_int_equal(cw_rpmsg_send(ept, "z", 1), -EAGAIN);
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 1), 0);
	assert_int_equal(r.writable, 1);
}

static void kick_suppression(void **state)
{
	struct cw_rpmsg_ept *ept = NULL;
	struct cw_rpmsg_stats stats;

	(void)state;
	cw_rpmsg_ept_new(r.bus, CW_RPMSG_ADDR_ANY, 0x400, &remote_ept_ops, &r, &ept, NULL);
	*remote_used_flags(&r, 0) = 1; /* as firmware does after its start */
	remote_send(&r, 0x400, 1024, "a", 1);
	cw_rpmsg_interrupt(r.bus, 0);
	assert_int_equal(r.kicks[0], 1);
	*remote_used_flags(&r, 0) = 0;
	remote_send(&r, 0x400, 1024, "b", 1);
	remote_send(&r, 0x400, 1024, "c", 1);
	cw_rpmsg_interrupt(r.bus, 0);
	assert_int_equal(r.kicks[0], 2); /* one for both */
	*remote_used_flags(&r, 1) = 1;
	cw_rpmsg_send(ept, "d", 1);
	assert_int_equal(r.kicks[1], 0);
	cw_rpmsg_stats(r.bus, &stats);
	assert_int_equal(stats.unkicked, 2);
	cw_rpmsg_interrupt(r.bus, 0); /* nothing there: no kick */
	assert_int_equal(r.kicks[0], 2);
}

static struct cw_rpmsg_ept *self;

static void receive_and_leave(void *ctx, struct cw_rpmsg_ept *ept, uint32_t src, const void *data,
			      size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
	assert_int_equal(cw_rpmsg_sendto(ept, src, "bye", 3), 0);
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 0), 0); /* not from here: does nothing */
	self = cw_rpmsg_ept_free(ept);
	cw_rpmsg_ept_free(ept);
}

static void endpoints(void **state)
{
	static const struct cw_rpmsg_ept_ops leaving = {.receive = receive_and_leave};
	struct cw_rpmsg_ept *a = NULL, *b = NULL, *c = NULL;
	struct cw_rpmsg_stats stats;

	(void)state;
	assert_int_equal(cw_rpmsg_ept_new(r.bus, CW_RPMSG_ADDR_ANY, 1, &leaving, NULL, &a, NULL), 0);
	assert_int_equal(cw_rpmsg_ept_new(r.bus, CW_RPMSG_ADDR_ANY, 1, &remote_ept_ops, &r, &b, NULL), 0);
	assert_int_equal(cw_rpmsg_ept_addr(b), 1025);
	assert_int_equal(cw_rpmsg_ept_new(r.bus, 1025, 1, &remote_ept_ops, &r, &c, NULL), -EADDRINUSE);
	assert_int_equal(cw_rpmsg_ept_new(r.bus, 53, 1, &remote_ept_ops, &r, &c, NULL), -EADDRINUSE);
	assert_int_equal(cw_rpmsg_ept_new(r.bus, 7, 1, &remote_ept_ops, &r, &c, NULL), 0);
	remote_send(&r, 9, 1024, "a", 1);
	remote_send(&r, 9, 1024, "b", 1); /* its listener has left: dropped */
	remote_send(&r, 9, 1025, "c", 1);
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 0), 0);
	assert_null(self);
	assert_int_equal(r.received, 1);
	cw_rpmsg_stats(r.bus, &stats);
	assert_int_equal(stats.dropped, 1);
	/* the lowest free address is handed out again */
	assert_int_equal(cw_rpmsg_ept_new(r.bus, CW_RPMSG_ADDR_ANY, 1, &remote_ept_ops, &r, &a, NULL), 0);
	assert_int_equal(cw_rpmsg_ept_addr(a), 1024);
	for (int i = 0; i < CW_RPMSG_EPTS_MAX - 3; i++)
		assert_int_equal(cw_rpmsg_ept_new(r.bus, CW_RPMSG_ADDR_ANY, 1, &remote_ept_ops, &r, &a,
						  NULL), 0);
	assert_int_equal(cw_rpmsg_ept_new(r.bus, CW_RPMSG_ADDR_ANY, 1, &remote_ept_ops, &r, &a, NULL),
			 -ENOSPC);
}

static void announce_ours(void **state)
{
	struct cw_rpmsg_ept *ept = NULL;
	uint8_t *m;
	int id;

	(void)state;
	cw_rpmsg_ept_new(r.bus, CW_RPMSG_ADDR_ANY, CW_RPMSG_ADDR_ANY, &remote_ept_ops, &r, &ept, NULL);
	assert_int_equal(cw_rpmsg_announce(ept, "", false), -EINVAL);
	assert_int_equal(cw_rpmsg_announce(ept, "12345678901234567890123456789012", false), -EINVAL);
	assert_int_equal(cw_rpmsg_announce(ept, "host-clock", false), 0);
	id = remote_take(&r, 1);
	assert_int_equal(remote_desc_len(&r, 1, id), 16 + 40);
	m = remote_buffer(&r, 1, id);
	assert_string_equal((char *)m + 16, "host-clock");
	assert_int_equal(m[4], 53);
	assert_int_equal(m[16 + 33], 4); /* 0x400 */
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(geometry),	     T(too_small), T(name_service),	T(echo_both_ways), T(sizes),
		T(back_pressure),    T(kick_suppression), T(endpoints), T(announce_ours),
	};

	return cmocka_run_group_tests_name("rpmsg", tests, NULL, NULL);
}
