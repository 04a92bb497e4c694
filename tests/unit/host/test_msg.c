// SPDX-License-Identifier: BSD-2-Clause
/* host/test_msg.c - frames: whole, forged, too many descriptors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/msg.h"

static int pair[2];

static int setup(void **state)
{
	(void)state;
	return cw_msg_pair(pair);
}

static int teardown(void **state)
{
	(void)state;
	close(pair[0]);
	close(pair[1]);
	return 0;
}

static int lowest_free(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void a_frame_travels(void **state)
{
	struct cw_msg m;
	int fds[2] = {0, 1};

	(void)state;
	assert_int_equal(cw_msg_send(pair[0], 7, 9, -3, "abc", 3, fds, 2), 0);
	assert_int_equal(cw_msg_recv(pair[1], &m, 0), 1);
	assert_int_equal(m.hdr.op, 7);
	assert_int_equal(m.hdr.id, 9);
	assert_int_equal(m.hdr.ret, -3);
	assert_int_equal(cw_msg_payload_len(&m), 3);
	assert_memory_equal(m.payload, "abc", 3);
	assert_true(fcntl(m.fds[0], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(m.fds[2], -1);
	cw_msg_close_fds(&m);
	assert_int_equal(cw_msg_recv(pair[1], &m, MSG_DONTWAIT), -EAGAIN);
	close(pair[0]);
	assert_int_equal(cw_msg_recv(pair[1], &m, 0), 0);
	pair[0] = dup(0);
}

static void send_raw(const struct cw_msg_hdr *hdr, size_t len, const int *fds, unsigned n)
{
	uint8_t bytes[CW_MSG_MAX + 64] = {0};
	union {
		struct cmsghdr h;
		char b[CMSG_SPACE(sizeof(int) * 8)];
	} room = {0};
	struct iovec iov = {bytes, len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};

	memcpy(bytes, hdr, sizeof(*hdr));
	if (n) {
		room.h.cmsg_level = SOL_SOCKET;
		room.h.cmsg_type = SCM_RIGHTS;
		room.h.cmsg_len = CMSG_LEN(sizeof(int) * n);
		memcpy(CMSG_DATA(&room.h), fds, sizeof(int) * n);
		mh.msg_control = &room;
		mh.msg_controllen = CMSG_SPACE(sizeof(int) * n);
	}
	assert_int_equal(sendmsg(pair[0], &mh, 0), len);
}

static void forged_frames_are_refused(void **state)
{
	const struct {
		uint32_t len, nfds;
		size_t sent;
		unsigned fds;
	} bad[] = {
		{10, 0, 10, 0},				/* shorter than a header */
		{24, 0, 25, 0},				/* says less than it is */
		{25, 0, 24, 0},				/* says more */
		{0xffffffff, 0, 24, 0},			/* says very much */
		{CW_MSG_MAX + 1, 0, CW_MSG_MAX + 1, 0}, /* too long */
		{24, 1, 24, 0},				/* descriptors that did not come */
		{24, 0, 24, 1},				/* descriptors nobody said */
		{24, 5, 24, 5},				/* too many */
		{24, 8, 24, 8},				/* more than there is room for */
	};
	const int fds[8] = {0, 0, 0, 0, 0, 0, 0, 0};
	int before = lowest_free();

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct cw_msg_hdr hdr = {.len = bad[i].len, .op = 1, .nfds = bad[i].nfds};
		struct cw_msg m;

		send_raw(&hdr, bad[i].sent, fds, bad[i].fds);
		assert_int_equal(cw_msg_recv(pair[1], &m, 0), -EBADMSG);
		assert_int_equal(lowest_free(), before);
	}
}

static void limits_of_the_sender(void **state)
{
	uint8_t big[CW_MSG_PAYLOAD_MAX + 1] = {0};
	int r, n = 0;

	(void)state;
	assert_int_equal(cw_msg_send(pair[0], 1, 1, 0, big, sizeof(big), NULL, 0), -EMSGSIZE);
	assert_int_equal(cw_msg_send(pair[0], 1, 1, 0, NULL, 0, NULL, CW_MSG_FDS_MAX + 1),
			 -EMSGSIZE);
	assert_int_equal(cw_msg_send(pair[0], 1, 1, 0, big, CW_MSG_PAYLOAD_MAX, NULL, 0), 0);
	while ((r = cw_msg_try_send(pair[0], 1, 1, 0, big, 1000, NULL, 0)) == 0)
		n++;
	assert_int_equal(r, -EAGAIN);
	assert_true(n > 0);
	close(pair[1]);
	assert_int_equal(cw_msg_send(pair[0], 1, 1, 0, NULL, 0, NULL, 0), -EPIPE);
	pair[1] = dup(0);
}

/* The peer lives, but neither speaks nor listens. */
static void a_limit_ends_the_wait(void **state)
{
	uint8_t big[CW_MSG_PAYLOAD_MAX] = {0};
	struct cw_msg m;
	int r;

	(void)state;
	assert_int_equal(cw_msg_limit(pair[0], 10), 0);
	assert_int_equal(cw_msg_recv(pair[0], &m, 0), -ETIMEDOUT);
	assert_int_equal(cw_msg_recv(pair[0], &m, MSG_DONTWAIT), -EAGAIN);
	do
		r = cw_msg_send(pair[0], 1, 1, 0, big, sizeof(big), NULL, 0);
	while (r == 0);
	assert_int_equal(r, -ETIMEDOUT);
	assert_int_equal(cw_msg_try_send(pair[0], 1, 1, 0, big, sizeof(big), NULL, 0), -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_frame_travels, setup, teardown),
		cmocka_unit_test_setup_teardown(forged_frames_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(limits_of_the_sender, setup, teardown),
		cmocka_unit_test_setup_teardown(a_limit_ends_the_wait, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
