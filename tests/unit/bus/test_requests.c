// SPDX-License-Identifier: BSD-2-Clause
/* bus/test_requests.c - malformed and forbidden requests on both buses */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"

static struct fake f;

static int on(void **state)
{
	(void)state;
	fake_on(&f, true);
	return fake_hello(f.s) || fake_hello(f.ns);
}

static int off(void **state)
{
	(void)state;
	return fake_off(&f) == 0 ? 0 : -1;
}

static void wrong_lengths_are_refused(void **state)
{
	static const struct {
		uint32_t op;
		size_t right;
		bool nonsecure;
	} ops[] = {
		{CW_BUS_HELLO, sizeof(struct cw_bus_hello), true},
		{CW_BUS_READ, sizeof(struct cw_bus_access), true},
		{CW_BUS_REGION, 4, true},
		{CW_BUS_MAP, 8, true},
		{CW_BUS_DTB, 0, true},
		{CW_BUS_STATS, 0, true},
		{CW_BUS_MAILBOX, 4, true},
		{CW_BUS_PROTECT, 16, false},
		{CW_BUS_OPEN, 16, false},
		{CW_BUS_FILL, 24, false},
		{CW_BUS_WINDOW, 16, false},
		{CW_BUS_WINDOWS_CLEAR, 0, false},
		{CW_BUS_FUSES, 0, false},
		{CW_BUS_CORE, 0, false},
	};
	uint8_t junk[CW_MSG_PAYLOAD_MAX] = {0};

	(void)state;
	for (unsigned i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		int sock = ops[i].nonsecure ? f.ns : f.s;

		if (ops[i].right)
			assert_int_equal(fake_ask(sock, ops[i].op, junk, ops[i].right - 1, NULL),
					 -EINVAL);
		assert_int_equal(fake_ask(sock, ops[i].op, junk, ops[i].right + 1, NULL), -EINVAL);
		assert_int_equal(fake_ask(sock, ops[i].op, junk, sizeof(junk), NULL), -EINVAL);
		if (!ops[i].nonsecure)
			assert_int_equal(fake_ask(f.ns, ops[i].op, junk, ops[i].right, NULL),
					 -EPERM);
	}
	assert_int_equal(fake_ask(f.ns, 0, NULL, 0, NULL), -EINVAL);
	assert_int_equal(fake_ask(f.ns, 31, NULL, 0, NULL), -EINVAL);
	assert_int_equal(fake_ask(f.ns, CW_BUS_EVENT, NULL, 0, NULL), -EINVAL);
	assert_int_equal(fake_ask(f.s, 0xffffffff, NULL, 0, NULL), -EINVAL);
	assert_int_equal(fake_ask(f.s, CW_BUS_CONNECT_TEE, NULL, 0, NULL), -EPERM);
	assert_int_equal(fake_ask(f.s, CW_BUS_MAILBOX, junk, 4, NULL), -EPERM);
	assert_int_equal(fake_ask(f.ns, CW_BUS_MAILBOX, junk, 4, NULL), -ENOENT); /* not this SoC */
}

static void wrong_accesses_are_refused(void **state)
{
	const struct {
		struct cw_bus_access a;
		size_t data; /* of the write */
		int read, write;
	} bad[] = {
		{{RAM, 0, 0}, 0, -EINVAL, -EINVAL},
		{{RAM, CW_BUS_DATA_MAX + 1, 0}, 16, -EINVAL, -EINVAL},
		{{RAM, UINT32_MAX, 0}, 16, -EINVAL, -EINVAL},
		{{RAM, 4, 2}, 4, -EINVAL, -EINVAL},
		{{RAM, 4, CW_BUS_POSTED}, 5, -EINVAL, -EINVAL},
		{{RAM, 4, 0}, 3, 0, -EINVAL},
		{{REG, 3, 0}, 3, -EFAULT, -EFAULT},
		{{REG, 8, 0}, 8, -EFAULT, -EFAULT},
		{{REG + 2, 4, 0}, 4, -EFAULT, -EFAULT},
		{{LOCKED, 4, 0}, 4, -EACCES, -EACCES},
		{{0x140000000, 4, 0}, 4, -EFAULT, -EFAULT},
		{{RAM + 0x3ffe, 4, 0}, 4, -EFAULT, -EFAULT},
		{{UINT64_MAX, 4, 0}, 4, -EFAULT, -EFAULT},
	};
	uint8_t frame[sizeof(struct cw_bus_access) + 64] = {0};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		memcpy(frame, &bad[i].a, sizeof(bad[i].a));
		assert_int_equal(fake_ask(f.ns, CW_BUS_READ, frame, sizeof(bad[i].a), NULL),
				 bad[i].read);
		assert_int_equal(
			fake_ask(f.ns, CW_BUS_WRITE, frame, sizeof(bad[i].a) + bad[i].data, NULL),
			bad[i].write);
	}
	assert_int_equal(fake_read32(f.s, LOCKED), fake_read32(f.s, REG));
}

static void odd_secure_arguments(void **state)
{
	const struct cw_bus_fill fill[] = {{RAM, 4, 256, 0}, {RAM, 4, 0, 1}, {RAM, 0, 0, 0}};
	const struct cw_bus_window window = {RAM, 4, 2};

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(fake_ask(f.s, CW_BUS_FILL, &fill[i], sizeof(fill[i]), NULL),
				 -EINVAL);
	assert_int_equal(fake_ask(f.s, CW_BUS_WINDOW, &window, sizeof(window), NULL), -EINVAL);
}

static int lowest_free(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void descriptors_nobody_asked_for(void **state)
{
	int fds[4] = {0, 0, 0, 0}, before = lowest_free();
	struct cw_msg m;

	(void)state;
	for (unsigned n = 1; n <= 4; n++) {
		assert_int_equal(cw_msg_send(f.ns, CW_BUS_STATS, 9, 0, NULL, 0, fds, n), 0);
		assert_int_equal(cw_msg_recv(f.ns, &m, 0), 1);
		assert_int_equal(m.hdr.ret, -EINVAL);
	}
	assert_int_equal(cw_msg_send(f.ns, CW_BUS_CONNECT_TEE, 9, 0, NULL, 0, fds, 2), 0);
	assert_int_equal(cw_msg_recv(f.ns, &m, 0), 1);
	assert_int_equal(m.hdr.ret, -EINVAL);
	assert_int_equal(cw_msg_send(f.ns, CW_BUS_CONNECT_TEE, 9, 0, NULL, 0, fds, 0), 0);
	assert_int_equal(cw_msg_recv(f.ns, &m, 0), 1);
	assert_int_equal(m.hdr.ret, -EINVAL);
	fds[0] = f.ready[0]; /* a pipe */
	assert_int_equal(cw_msg_send(f.ns, CW_BUS_CONNECT_TEE, 9, 0, NULL, 0, fds, 1), 0);
	assert_int_equal(cw_msg_recv(f.ns, &m, 0), 1);
	assert_int_equal(m.hdr.ret, -ENOTSOCK);
	assert_int_equal(lowest_free(),
			 before); /* the server shares our table: it closed them all */
}

static void posted_writes_have_no_reply(void **state)
{
	struct {
		struct cw_bus_access a;
		uint32_t v;
	} w = {{REG, 4, CW_BUS_POSTED}, 5};

	(void)state;
	assert_int_equal(cw_msg_send(f.ns, CW_BUS_WRITE, 1, 0, &w, 20, NULL, 0), 0);
	w.a.pa = LOCKED; /* refused, silently */
	assert_int_equal(cw_msg_send(f.ns, CW_BUS_WRITE, 2, 0, &w, 20, NULL, 0), 0);
	assert_int_equal(fake_read32(f.ns, REG), 5);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, on, off)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wrong_lengths_are_refused),   TEST(wrong_accesses_are_refused),
		TEST(odd_secure_arguments),	   TEST(descriptors_nobody_asked_for),
		TEST(posted_writes_have_no_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
