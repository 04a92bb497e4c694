// SPDX-License-Identifier: BSD-2-Clause
/* bus/test_client.c - the client against a peer the test plays: replies out of thin air, events in
 * between */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bus/bus.h"

/* The peer writes its replies before the client asks: ids are predictable, the hello is 1. */
static int peer;
static struct cw_bus *bus;

static void reply(uint64_t id, uint32_t op, int32_t ret, const void *payload, size_t len, int fd)
{
	assert_int_equal(cw_msg_send(peer, op, id, ret, payload, len, &fd, fd >= 0), 0);
}

static int say_hello(uint32_t version, struct cw_bus **ret)
{
	struct cw_bus_hello hello = {.version = version, .side = CW_BUS_SECURE, .regions = 3};
	int pair[2];

	assert_int_equal(cw_msg_pair(pair), 0);
	peer = pair[0];
	reply(1, CW_BUS_HELLO, 0, &hello, sizeof(hello), -1);
	return cw_bus_new(pair[1], ret);
}

static int setup(void **state)
{
	(void)state;
	return say_hello(CW_BUS_VERSION, &bus);
}

static int teardown(void **state)
{
	(void)state;
	close(peer);
	bus = cw_bus_free(bus);
	return 0;
}

static void event(uint32_t type, uint32_t line, uint32_t level)
{
	const struct cw_bus_event e = {.type = type, .line = line, .level = level, .pc = level};

	reply(0, CW_BUS_EVENT, 0, &e, sizeof(e), -1);
}

static void hello(void **state)
{
	struct cw_bus *b = (struct cw_bus *)&peer;

	(void)state;
	assert_int_equal(cw_bus_info(bus)->regions, 3);
	assert_int_equal(say_hello(CW_BUS_VERSION + 1, &b), -EPROTO);
	close(peer);
	assert_ptr_equal(b, &peer);
}

static void refused_hello_tells_why(void **state)
{
	struct cw_bus *b = NULL;
	struct cw_error err = {0};
	int pair[2];

	(void)state;
	assert_int_equal(cw_msg_pair(pair), 0);
	peer = pair[0];
	reply(1, CW_BUS_HELLO, -EBUSY, "in use", 6, -1);
	assert_int_equal(cw_bus_hello(pair[1], &b, &err), -EBUSY);
	assert_string_equal(err.text, "in use");
	close(peer);
	assert_null(b);
}

/* Found by fuzzing: the sentence reaches a terminal. */
static void refusal_without_control_characters(void **state)
{
	struct cw_bus *b = NULL;
	struct cw_error err = {0};
	int pair[2];

	(void)state;
	assert_int_equal(cw_msg_pair(pair), 0);
	peer = pair[0];
	reply(1, CW_BUS_HELLO, -EBUSY, "in\033[2J use\177\n", 12, -1);
	assert_int_equal(cw_bus_hello(pair[1], &b, &err), -EBUSY);
	assert_string_equal(err.text, "in?[2J use??");
	close(peer);
}

/* Found by fuzzing: every caller takes it for success of a kind. */
static void positive_result(void **state)
{
	(void)state;
	reply(2, CW_BUS_WRITE, 1, NULL, 0, -1);
	assert_int_equal(cw_bus_write32(bus, CW_PA(0), 1), -EPROTO);
	assert_int_equal(cw_bus_write32(bus, CW_PA(0), 1), -EPIPE);
}

static void silicon_that_is_gone(void **state)
{
	struct cw_bus_event e;
	uint32_t op, v = 9;
	int fd;

	(void)state;
	event(CW_EVENT_CRASH, 0, 5);
	close(peer);
	assert_int_equal(cw_bus_read32(bus, CW_PA(0), &v), -EPIPE);
	assert_int_equal(v, 9);
	/* what it said before is still told */
	assert_int_equal(cw_bus_event(bus, &op, &e, &fd), 1);
	assert_int_equal(e.pc, 5);
	assert_int_equal(cw_bus_event(bus, &op, &e, &fd), -EPIPE);
	assert_int_equal(cw_bus_post32(bus, CW_PA(0), 1), -EPIPE);
	peer = dup(0);
}

static void nonsense_replies(void **state)
{
	static const struct {
		uint64_t id;
		uint32_t op;
		size_t len;
		int fd;
	} bad[] = {
		{3, CW_BUS_READ, 4, -1},       /* to another request */
		{2, CW_BUS_WRITE, 4, -1},      /* to another operation */
		{2, CW_BUS_READ, 3, -1},       /* too short */
		{2, CW_BUS_READ, 5, -1},       /* too long */
		{2, CW_BUS_READ, 4, 0},	       /* a descriptor that nobody wanted */
		{0, CW_BUS_READ, 4, -1},       /* neither a reply nor an event */
		{0, CW_BUS_EVENT, 4, -1},      /* a short event */
		{0, CW_BUS_TEE_CLIENT, 0, -1}, /* a client without descriptor */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		uint32_t v = 9;

		assert_int_equal(say_hello(CW_BUS_VERSION, &bus), 0);
		reply(bad[i].id, bad[i].op, 0, "\1\2\3\4\5", bad[i].len, bad[i].fd);
		assert_int_equal(cw_bus_read32(bus, CW_PA(0), &v), -EPROTO);
		assert_int_equal(v, 9);
		assert_int_equal(cw_bus_read32(bus, CW_PA(0), &v), -EPIPE); /* and ever after */
		close(peer);
		bus = cw_bus_free(bus);
	}
}

static void missing_descriptor(void **state)
{
	struct cw_bus_region region = {.size = 5};
	int fd = -7;

	(void)state;
	reply(2, CW_BUS_MAP, 0, &region, sizeof(region), -1);
	assert_int_equal(cw_bus_map(bus, CW_PA(0), &region, &fd), -EPROTO);
	assert_int_equal(fd, -7);
}

static void event_nobody_can_read(void **state)
{
	struct cw_bus_event e;
	uint32_t op;
	int fd;

	(void)state;
	event(CW_EVENT_IRQ, CW_LINES, 1);
	assert_int_equal(cw_bus_event(bus, &op, &e, &fd), -EPIPE);
}

static void events_between_request_and_reply(void **state)
{
	struct cw_bus_event e;
	uint32_t op, v = 0;
	int fd = -2;

	(void)state;
	event(CW_EVENT_IRQ, 0, 1);
	event(CW_EVENT_CRASH, 0, 77);
	reply(2, CW_BUS_READ, 0, "\1\0\0\0", 4, -1);
	assert_int_equal(cw_bus_read32(bus, CW_PA(0), &v), 0);
	assert_int_equal(v, 1);
	assert_int_equal(cw_bus_event(bus, &op, &e, &fd), 1);
	assert_int_equal(op, CW_BUS_EVENT);
	assert_int_equal(e.type, CW_EVENT_IRQ);
	assert_int_equal(fd, -1);
	assert_int_equal(cw_bus_event(bus, &op, &e, &fd), 1);
	assert_int_equal(e.pc, 77);
	assert_int_equal(cw_bus_event(bus, &op, &e, &fd), 0);
}

static void clients_bring_a_descriptor(void **state)
{
	struct cw_bus_event e;
	uint32_t op;
	int fd = -2;

	(void)state;
	reply(0, CW_BUS_TEE_CLIENT, 0, NULL, 0, peer);
	assert_int_equal(cw_bus_event(bus, &op, &e, &fd), 1);
	assert_int_equal(op, CW_BUS_TEE_CLIENT);
	assert_true(fd >= 0);
	close(fd);
}

static unsigned drain(uint32_t line, char *levels)
{
	struct cw_bus_event e;
	unsigned n = 0;
	uint32_t op;
	int fd;

	while (cw_bus_event(bus, &op, &e, &fd) == 1)
		if (e.type == CW_EVENT_IRQ && e.line == line)
			levels[n++] = e.level ? '1' : '0';
	levels[n] = '\0';
	return n;
}

static void levels_coalesce(void **state)
{
	static const struct {
		const char *came, *told;
	} rows[] = {{"1", "1"},
		    {"0", "0"},
		    {"10", "10"},
		    {"01", "01"},
		    {"101", "1"},
		    {"010", "10"},
		    {"0101", "1"},
		    {"1010", "10"},
		    {"11100", "10"},
		    {"0011", "01"},
		    {"10101010101010101", "1"},
		    {"01010101010101010", "10"}};
	char told[CW_BUS_EVENTS_MAX + 1];

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (const char *c = rows[i].came; *c; c++) {
			event(CW_EVENT_IRQ, 1, *c == '1');
			event(CW_EVENT_IRQ, 2, *c != '1'); /* lines do not mix */
		}
		drain(1, told);
		assert_string_equal(told, rows[i].told);
	}
}

/* A queue full of clients: one more is hung up on, and interrupt lines that are known still get
 * through. */
static void full_queue(void **state)
{
	unsigned clients = 0, levels = 0;
	struct cw_bus_event e;
	int fd, pair[2];
	struct cw_msg m;
	uint32_t op, v;

	(void)state;
	event(CW_EVENT_IRQ, 1, 0);
	for (unsigned i = 1; i < CW_BUS_EVENTS_MAX; i++)
		reply(0, CW_BUS_TEE_CLIENT, 0, NULL, 0, peer);
	assert_int_equal(cw_msg_pair(pair), 0);
	reply(0, CW_BUS_TEE_CLIENT, 0, NULL, 0, pair[1]);
	close(pair[1]);
	reply(2, CW_BUS_READ, 0, "\1\0\0\0", 4, -1);
	assert_int_equal(cw_bus_read32(bus, CW_PA(0), &v), 0);
	assert_int_equal(cw_msg_recv(pair[0], &m, 0), 0); /* hung up on */
	close(pair[0]);
	while (cw_bus_event(bus, &op, &e, &fd) == 1) {
		clients += op == CW_BUS_TEE_CLIENT;
		levels += op == CW_BUS_EVENT;
		if (fd >= 0)
			close(fd);
	}
	assert_int_equal(clients, CW_BUS_EVENTS_MAX - 1);
	assert_int_equal(levels, 1);
}

static void freed_with_events_inside(void **state)
{
	uint32_t v;

	(void)state;
	reply(0, CW_BUS_TEE_CLIENT, 0, NULL, 0, peer);
	reply(2, CW_BUS_READ, -EFAULT, NULL, 0, -1);
	assert_int_equal(cw_bus_read32(bus, CW_PA(0), &v), -EFAULT);
	/* teardown frees the bus and, with it, the descriptor nobody took */
}

static void long_reads_stop_at_the_first_refusal(void **state)
{
	static uint8_t buf[CW_BUS_DATA_MAX * 3];
	struct cw_msg m;

	(void)state;
	reply(2, CW_BUS_READ, 0, buf, CW_BUS_DATA_MAX, -1);
	reply(3, CW_BUS_READ, -EACCES, NULL, 0, -1);
	assert_int_equal(cw_bus_read(bus, CW_PA(0x1000), buf, sizeof(buf)), -EACCES);
	assert_int_equal(cw_bus_read(bus, CW_PA(0), buf, 0), 0);
	for (unsigned i = 0; i < 3; i++) { /* hello and two reads */
		struct cw_bus_access a;

		assert_int_equal(cw_msg_recv(peer, &m, 0), 1);
		memcpy(&a, m.payload, sizeof(a));
		assert_int_equal(i ? a.pa : 0x1000, i == 2 ? 0x1000 + CW_BUS_DATA_MAX : 0x1000);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hello),
		cmocka_unit_test(refused_hello_tells_why),
		TEST(positive_result),
		cmocka_unit_test(refusal_without_control_characters),
		TEST(silicon_that_is_gone),
		cmocka_unit_test(nonsense_replies),
		TEST(missing_descriptor),
		TEST(event_nobody_can_read),
		TEST(events_between_request_and_reply),
		TEST(clients_bring_a_descriptor),
		TEST(levels_coalesce),
		TEST(full_queue),
		TEST(freed_with_events_inside),
		TEST(long_reads_stop_at_the_first_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
