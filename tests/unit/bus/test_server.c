// SPDX-License-Identifier: BSD-2-Clause
/* bus/test_server.c - the server: forged requests, worlds that do not read, events, crashes,
 * resets, a lost TEE */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

static int lowest_free(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static bool hung_up(int sock)
{
	struct cw_msg m;
	int r;

	while ((r = cw_msg_recv(sock, &m, 0)) == 1)
		cw_msg_close_fds(&m);
	return r == 0;
}

/* ---- links ---- */

static void other_version(void **state)
{
	struct cw_bus_hello hello = {.version = CW_BUS_VERSION + 1};
	struct pollfd p;

	(void)state;
	fake_on(&f, true);
	assert_int_equal(fake_ask(f.s, CW_BUS_HELLO, &hello, sizeof(hello), NULL), -EPROTO);
	/* The normal world waits until the TEE is there ... */
	hello.version = CW_BUS_VERSION;
	assert_int_equal(cw_msg_send(f.ns, CW_BUS_HELLO, 1, 0, &hello, sizeof(hello), NULL, 0), 0);
	p = (struct pollfd){.fd = f.ns, .events = POLLIN};
	assert_int_equal(poll(&p, 1, 20), 0);
	/* ... and then is answered. */
	assert_int_equal(fake_hello(f.s), 0);
	assert_int_equal(poll(&p, 1, -1), 1);
	assert_int_equal(fake_hello(f.s), -EINVAL); /* once is enough */
	assert_int_equal(fake_off(&f), 0);
}

static void first_frame_is_hello(void **state)
{
	(void)state;
	fake_on(&f, false);
	assert_int_equal(cw_msg_send(f.ns, CW_BUS_STATS, 1, 0, NULL, 0, NULL, 0), 0);
	assert_true(hung_up(f.ns));
	assert_int_equal(fake_off(&f), -EPROTO);
}

static void request_without_id(void **state)
{
	(void)state;
	fake_on(&f, false);
	assert_int_equal(fake_hello(f.ns), 0);
	assert_int_equal(cw_msg_send(f.ns, CW_BUS_STATS, 0, 0, NULL, 0, NULL, 0), 0);
	assert_true(hung_up(f.ns));
	assert_int_equal(fake_off(&f), -EPROTO);
}

static void too_many_descriptors(void **state)
{
	struct cw_msg_hdr hdr = {.len = sizeof(hdr), .op = CW_BUS_STATS, .id = 1, .nfds = 5};
	union {
		struct cmsghdr h;
		char b[CMSG_SPACE(sizeof(int) * 5)];
	} room = {.h = {CMSG_LEN(sizeof(int) * 5), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec iov = {&hdr, sizeof(hdr)};
	struct msghdr mh = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &room,
			    .msg_controllen = sizeof(room)};
	int before;

	(void)state;
	memset(CMSG_DATA(&room.h), 0, sizeof(int) * 5);
	fake_on(&f, false);
	assert_int_equal(fake_hello(f.ns), 0);
	before = lowest_free();
	assert_int_equal(sendmsg(f.ns, &mh, 0), sizeof(hdr));
	assert_true(hung_up(f.ns));
	assert_true(lowest_free() <= before);
	assert_int_equal(fake_off(&f), -EPROTO);
}

static void tee_that_never_says_hello(void **state)
{
	struct cw_bus_hello hello = {.version = CW_BUS_VERSION};
	struct cw_msg m;

	(void)state;
	fake_on(&f, true);
	assert_int_equal(cw_msg_send(f.ns, CW_BUS_HELLO, 1, 0, &hello, sizeof(hello), NULL, 0), 0);
	close(f.s);
	f.s = -1;
	assert_int_equal(cw_msg_recv(f.ns, &m, 0), 1);
	assert_int_equal(m.hdr.ret, -EPIPE);
	assert_memory_equal(m.payload, "the TEE ended", 13);
	assert_int_equal(fake_off(&f), -EPIPE);
}

/* A TEE that looked at the board and will not serve it: its sentence answers the client. */
static void tee_that_refuses_the_board(void **state)
{
	struct cw_bus_hello hello = {.version = CW_BUS_VERSION};
	struct {
		int32_t code;
		char text[13];
	} why = {-ESTALE, "wrong board"};
	struct cw_msg m;

	(void)state;
	fake_on(&f, true);
	assert_int_equal(cw_msg_send(f.ns, CW_BUS_HELLO, 1, 0, &hello, sizeof(hello), NULL, 0), 0);
	assert_int_equal(fake_ask(f.s, CW_BUS_HELLO, &hello, sizeof(hello), NULL), 0);
	assert_int_equal(fake_ask(f.s, CW_BUS_TEE_READY, &why, sizeof(why.code) + 11, NULL), 0);
	why.code = 0; /* that stands */
	assert_int_equal(fake_ask(f.s, CW_BUS_TEE_READY, &why, sizeof(why.code), NULL), -EINVAL);
	close(f.s);
	f.s = -1;
	assert_int_equal(cw_msg_recv(f.ns, &m, 0), 1);
	assert_int_equal(m.hdr.ret, -ESTALE);
	assert_memory_equal(m.payload, "the TEE refuses this board: wrong board", 39);
	assert_int_equal(fake_off(&f), -ESTALE);
}

static void client_gone_before_the_tee_is_there(void **state)
{
	(void)state;
	fake_on(&f, true);
	assert_int_equal(fake_off(&f), 0);
}

/* ---- worlds that do not read ---- */

/* More requests than the socket holds replies: silicon stops reading them, serves the other world
 * meanwhile, and goes on where it was. */
static void unread_replies_stall_only_their_link(void **state)
{
	struct cw_bus_access a = {.pa = RAM, .len = CW_BUS_DATA_MAX};
	struct cw_msg m;
	unsigned sent = 0, got = 0;
	int r;

	(void)state;
	while ((r = cw_msg_try_send(f.ns, CW_BUS_READ, 1 + sent, 0, &a, sizeof(a), NULL, 0)) == 0)
		sent++;
	assert_int_equal(r, -EAGAIN);
	for (unsigned i = 0; i < 100; i++)
		fake_read32(f.s, REG);
	for (; got < sent; got++) {
		assert_int_equal(cw_msg_recv(f.ns, &m, 0), 1);
		assert_int_equal(m.hdr.id, 1 + got);
		assert_int_equal(m.hdr.ret, 0);
		assert_int_equal(cw_msg_payload_len(&m), CW_BUS_DATA_MAX);
	}
	assert_int_equal(cw_msg_recv(f.ns, &m, MSG_DONTWAIT), -EAGAIN);
}

/* The same with descriptors in the replies: a kept reply still has the right one. */
static void unread_descriptors(void **state)
{
	int before = lowest_free(), r;
	uint64_t pa = VDEV;
	unsigned sent = 0;
	struct cw_msg m;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		r = cw_msg_try_send(f.ns, CW_BUS_MAP, 1 + sent, 0, &pa, sizeof(pa), NULL, 0);
		assert_true(r == 0 || r == -EAGAIN);
		sent += r == 0;
	}
	for (unsigned got = 0; got < sent; got++) {
		assert_int_equal(cw_msg_recv(f.ns, &m, 0), 1);
		assert_int_equal(m.hdr.ret, 0);
		assert_int_equal(m.hdr.nfds, 1);
		assert_int_equal(lseek(m.fds[0], 0, SEEK_END), 0x1000);
		cw_msg_close_fds(&m);
	}
	assert_int_equal(lowest_free(), before);
}

/* A world that floods silicon with posted writes does not keep the other one waiting for good. */
static void *flood(void *arg)
{
	struct {
		struct cw_bus_access a;
		uint32_t v;
	} w = {{REG, 4, CW_BUS_POSTED}, 5};
	const atomic_bool *stop = arg;

	while (!atomic_load(stop))
		if (cw_msg_send(f.ns, CW_BUS_WRITE, 1, 0, &w, 20, NULL, 0) < 0)
			break;
	return NULL;
}

static void a_flood_starves_nobody(void **state)
{
	atomic_bool stop = false;
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, flood, &stop), 0);
	for (unsigned i = 0; i < 200; i++)
		fake_read32(f.s, REG);
	atomic_store(&stop, true);
	pthread_join(t, NULL);
}

/* ---- events ---- */

static struct cw_bus_event next_event(int sock)
{
	struct cw_bus_event e;
	struct cw_msg m;

	assert_int_equal(cw_msg_recv(sock, &m, 0), 1);
	assert_int_equal(m.hdr.op, CW_BUS_EVENT);
	assert_int_equal(m.hdr.id, 0);
	assert_int_equal(cw_msg_payload_len(&m), sizeof(e));
	memcpy(&e, m.payload, sizeof(e));
	return e;
}

static void line_changes_are_told(void **state)
{
	struct cw_bus_event e;

	(void)state;
	fake_line(CW_LINE_IPCC_RX, true);
	e = next_event(f.ns);
	assert_int_equal(e.type, CW_EVENT_IRQ);
	assert_int_equal(e.line, CW_LINE_IPCC_RX);
	assert_int_equal(e.level, 1);
	fake_line(CW_LINE_IPCC_RX, false);
	assert_int_equal(next_event(f.ns).level, 0);
}

static void an_access_that_moves_a_line(void **state)
{
	struct {
		struct cw_bus_access a;
		uint32_t v;
	} w = {{TICKLE, 4, 0}, 1};
	struct cw_bus_event e;
	struct cw_msg m;

	(void)state;
	assert_int_equal(cw_msg_send(f.ns, CW_BUS_WRITE, 1, 0, &w, 20, NULL, 0), 0);
	e = next_event(f.ns);
	assert_int_equal(e.line, CW_LINE_IPCC_TX);
	assert_int_equal(cw_msg_recv(f.ns, &m, 0), 1);
	assert_int_equal(m.hdr.ret, 0);
}

/* The core moves lines much faster than anyone reads: it never blocks, few events are kept, the
 * last level arrives, and every line that rose is seen high at least once. */
static void levels_coalesce(void **state)
{
	unsigned n[CW_LINES] = {0}, last[CW_LINES] = {0};
	bool high[CW_LINES] = {false};
	struct cw_bus_access a = {.pa = RAM, .len = CW_BUS_DATA_MAX};
	unsigned sent = 0;
	struct cw_msg m;

	(void)state;
	/* First make the socket full, so that nothing can be told ... */
	while (cw_msg_try_send(f.ns, CW_BUS_READ, 1 + sent, 0, &a, sizeof(a), NULL, 0) == 0)
		sent++;
	fake_read32(f.s, REG);
	for (unsigned i = 0; i < 20000; i++)
		fake_line(CW_LINE_IPCC_RX, i % 2);
	for (unsigned i = 0; i < 3; i++) /* up, down, up, down: an edge that is over */
		fake_line(CW_LINE_WDG, i % 2 == 0);
	fake_line(CW_LINE_WDG, false);
	/* ... then read everything: the replies, and what was kept. */
	for (unsigned got = 0;
	     got < sent || last[CW_LINE_IPCC_RX] != 1 || !high[CW_LINE_WDG] || last[CW_LINE_WDG];) {
		struct cw_bus_event e;

		assert_int_equal(cw_msg_recv(f.ns, &m, 0), 1);
		got += m.hdr.id != 0;
		if (m.hdr.id)
			continue;
		memcpy(&e, m.payload, sizeof(e));
		n[e.line]++;
		last[e.line] = e.level;
		high[e.line] |= e.level;
	}
	assert_true(n[CW_LINE_IPCC_RX] < 2000);
	assert_int_equal(n[CW_LINE_IPCC_TX], 0);
}

static void crashes_reach_both_worlds(void **state)
{
	const struct cw_core_event fault = {.type = CW_CORE_EVENT_FAULT,
					    .pc = 1,
					    .lr = 2,
					    .sp = 3,
					    .xpsr = 4,
					    .cfsr = 5,
					    .hfsr = 6,
					    .bfar = 7,
					    .mmfar = 8,
					    .fault_addr = 9,
					    .access = CW_CORE_WRITE};
	const struct cw_core_event lockup = {.type = CW_CORE_EVENT_LOCKUP, .pc = 11};
	struct cw_bus_core core;
	struct cw_bus_event e;
	struct cw_msg m;

	(void)state;
	fake_core->event(fake_core->ctx, &fault);
	for (unsigned i = 0; i < 2; i++) {
		e = next_event(i ? f.s : f.ns);
		assert_int_equal(e.type, CW_EVENT_CRASH);
		assert_int_equal(e.cause, CW_CRASH_FAULT);
		assert_int_equal(e.pc, 1);
		assert_int_equal(e.lr, 2);
		assert_int_equal(e.sp, 3);
		assert_int_equal(e.xpsr, 4);
		assert_int_equal(e.cfsr, 5);
		assert_int_equal(e.hfsr, 6);
		assert_int_equal(e.bfar, 7);
		assert_int_equal(e.mmfar, 8);
		assert_int_equal(e.fault_addr, 9);
		assert_int_equal(e.access, 2);
	}
	fake_core->event(fake_core->ctx, &lockup);
	e = next_event(f.s);
	assert_int_equal(e.cause, CW_CRASH_LOCKUP);
	assert_int_equal(e.pc, 11);
	fake_soc->watchdog(fake_soc->ctx);
	assert_int_equal(next_event(f.s).cause, CW_CRASH_WATCHDOG);
	assert_int_equal(fake_ask(f.s, CW_BUS_CORE, NULL, 0, &m), 0);
	memcpy(&core, m.payload, sizeof(core));
	assert_int_equal(core.crashes, 3);
	assert_int_equal(core.state, CW_CORE_HELD);
}

/* ---- the core's life ---- */

static struct cw_bus_core core_state(void)
{
	struct cw_bus_core core;
	struct cw_msg m;

	assert_int_equal(fake_ask(f.s, CW_BUS_CORE, NULL, 0, &m), 0);
	memcpy(&core, m.payload, sizeof(core));
	return core;
}

/* Ask until the server has seen what the core's thread left for it. */
static void await_core(enum cw_bus_core_state want)
{
	while (core_state().state != want)
		;
}

static void core_ctl_of_the_cores_thread_is_deferred(void **state)
{
	struct fake_seen s;

	(void)state;
	fake_hold(false);
	fake_soc->core_ctl(fake_soc->ctx, CW_SOC_CORE_RELEASE);
	await_core(CW_CORE_RUNNING);
	assert_int_equal(core_state().insns, 1234);
	fake_hold(true);
	fake_soc->core_ctl(fake_soc->ctx, CW_SOC_CORE_RESET);
	await_core(CW_CORE_HELD);
	/* a release that a reset has overtaken */
	fake_soc->core_ctl(fake_soc->ctx, CW_SOC_CORE_RELEASE);
	fake_read32(f.s, REG);
	s = fake_seen();
	assert_int_equal(s.started, 1);
	assert_int_equal(s.stopped, 1);
	assert_false(s.wrong_thread);
}

static void system_reset_of_the_core(void **state)
{
	const struct cw_core_event reset = {.type = CW_CORE_EVENT_RESET};
	struct cw_bus_event e;

	(void)state;
	fake_hold(false);
	fake_soc->core_ctl(fake_soc->ctx, CW_SOC_CORE_RELEASE);
	await_core(CW_CORE_RUNNING);
	fake_core->event(fake_core->ctx, &reset);
	e = next_event(f.ns); /* the line moved by the reset itself */
	assert_int_equal(e.line, CW_LINE_WDG);
	await_core(CW_CORE_RUNNING);
	assert_int_equal(fake_seen().core_resets, 1);
	assert_int_equal(fake_seen().stopped, 1);
	assert_int_equal(fake_seen().started, 2);
	fake_hold(true);
	fake_core->event(fake_core->ctx, &reset);
	await_core(CW_CORE_HELD);
	assert_int_equal(fake_seen().started, 2);
}

static void core_stands_while_memory_changes(void **state)
{
	const struct cw_bus_range ram = {RAM, 0x2000};

	(void)state;
	assert_int_equal(fake_ask(f.s, CW_BUS_PROTECT, &ram, sizeof(ram), NULL), 0);
	assert_int_equal(fake_seen().paused, 0); /* it does not run: nothing to pause */
	fake_hold(false);
	fake_soc->core_ctl(fake_soc->ctx, CW_SOC_CORE_RELEASE);
	await_core(CW_CORE_RUNNING);
	assert_int_equal(fake_ask(f.s, CW_BUS_OPEN, &ram, sizeof(ram), NULL), 0);
	assert_int_equal(fake_seen().paused, 1);
	assert_int_equal(fake_seen().resumed, 1);
}

static void core_sees_the_soc_as_itself(void **state)
{
	uint32_t v;

	(void)state;
	assert_int_equal(fake_core->write(fake_core->ctx, LOCKED, 4, 3), 0);
	assert_int_equal(fake_core->read(fake_core->ctx, REG, 4, &v), 0);
	assert_int_equal(v, 3);
	assert_int_equal(fake_core->read(fake_core->ctx, 0x50000000, 4, &v), -EFAULT);
	assert_int_equal(fake_core->write(fake_core->ctx, 0x50000000, 4, v), -EFAULT);
}

/* Without the TEE nothing runs and nothing opens, but the normal world can still look around. */
static void lost_tee(void **state)
{
	const struct cw_bus_range ram = {RAM, 0x2000};
	const struct cw_bus_window window = {RAM, 4, 0};
	struct cw_bus_access a = {.pa = RAM, .len = 4};
	struct cw_msg m;
	int r;

	(void)state;
	fake_hold(false);
	fake_soc->core_ctl(fake_soc->ctx, CW_SOC_CORE_RELEASE);
	await_core(CW_CORE_RUNNING);
	assert_int_equal(fake_ask(f.s, CW_BUS_PROTECT, &ram, sizeof(ram), NULL), 0);
	assert_int_equal(fake_ask(f.s, CW_BUS_WINDOW, &window, sizeof(window), NULL), 0);
	assert_int_equal(fake_ask(f.ns, CW_BUS_READ, &a, sizeof(a), NULL), 0);
	close(f.s);
	f.s = -1;
	do {
		assert_int_equal(cw_msg_send(f.ns, CW_BUS_CONNECT_TEE, 3, 0, NULL, 0, &f.ns, 1), 0);
		assert_int_equal(cw_msg_recv(f.ns, &m, 0), 1);
		r = m.hdr.ret;
	} while (r == 0 || r == -EPIPE);
	assert_int_equal(r, -ENOTCONN);
	assert_int_equal(fake_seen().stopped, 1);
	assert_int_equal(fake_ask(f.ns, CW_BUS_READ, &a, sizeof(a), NULL), -EACCES);
	fake_soc->core_ctl(fake_soc->ctx, CW_SOC_CORE_RELEASE);
	fake_read32(f.ns, REG);
	fake_read32(f.ns, REG);
	assert_int_equal(fake_seen().started, 1);
}

static void clients_are_handed_on(void **state)
{
	struct cw_bus_stats st;
	struct cw_msg m;
	int pair[2];

	(void)state;
	assert_int_equal(cw_msg_pair(pair), 0);
	assert_int_equal(cw_msg_send(f.ns, CW_BUS_CONNECT_TEE, 3, 0, NULL, 0, &pair[1], 1), 0);
	close(pair[1]);
	assert_int_equal(cw_msg_recv(f.ns, &m, 0), 1);
	assert_int_equal(m.hdr.ret, 0);
	assert_int_equal(cw_msg_recv(f.s, &m, 0), 1);
	assert_int_equal(m.hdr.op, CW_BUS_TEE_CLIENT);
	assert_int_equal(m.hdr.nfds, 1);
	pair[1] = cw_msg_take_fd(&m, 0);
	assert_int_equal(cw_msg_send(pair[1], 5, 5, 0, NULL, 0, NULL, 0), 0);
	assert_int_equal(cw_msg_recv(pair[0], &m, 0), 1);
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(fake_ask(f.ns, CW_BUS_STATS, NULL, 0, &m), 0);
	memcpy(&st, m.payload, sizeof(st));
	assert_int_equal(st.tee_clients, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, on, off)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_version),
		cmocka_unit_test(first_frame_is_hello),
		cmocka_unit_test(request_without_id),
		cmocka_unit_test(too_many_descriptors),
		cmocka_unit_test(tee_that_never_says_hello),
		cmocka_unit_test(tee_that_refuses_the_board),
		cmocka_unit_test(client_gone_before_the_tee_is_there),
		TEST(unread_replies_stall_only_their_link),
		TEST(unread_descriptors),
		TEST(a_flood_starves_nobody),
		TEST(line_changes_are_told),
		TEST(an_access_that_moves_a_line),
		TEST(levels_coalesce),
		TEST(crashes_reach_both_worlds),
		TEST(core_ctl_of_the_cores_thread_is_deferred),
		TEST(system_reset_of_the_core),
		TEST(core_stands_while_memory_changes),
		TEST(core_sees_the_soc_as_itself),
		TEST(lost_tee),
		TEST(clients_are_handed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
