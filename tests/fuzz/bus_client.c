// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/bus_client.c - the client of both buses against silicon that answers anything
 *
 * Answers are in the socket before the questions are asked, so one thread plays both sides. The input makes calls and, for
 * each, what silicon says to it: the right answer, a wrong one, or any frame.
 */
#include "fuzz.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/bus.h"
#include "host/memfd.h"

#define STEPS_MAX 100

static struct fuzz_in in;
static struct cw_bus *bus;
static int peer;
static uint64_t next_id;

ssize_t __real_recvmsg(int sock, struct msghdr *mh, int flags);
ssize_t __wrap_recvmsg(int sock, struct msghdr *mh, int flags);

/* Who would wait for an answer that nobody gives sees the peer hang up instead. */
ssize_t __wrap_recvmsg(int sock, struct msghdr *mh, int flags)
{
	ssize_t n = __real_recvmsg(sock, mh, flags | MSG_DONTWAIT);

	if (n >= 0 || errno != EAGAIN || flags & MSG_DONTWAIT)
		return n;
	mh->msg_controllen = 0;
	return 0;
}

static void say(uint32_t op, uint64_t id, int32_t ret, const void *payload, size_t len, unsigned nfds)
{
	int fds[4] = {peer, peer, peer, peer};

	cw_msg_try_send(peer, op, id, ret, len ? payload : NULL, len, fds, nfds);
}

static void say_event(void)
{
	struct cw_bus_event e = {.type = 1 + fuzz_u8(&in) % 3u, .line = fuzz_u8(&in) % 4u};

	e.level = fuzz_u8(&in) % 3;
	e.pc = e.level;
	if (fuzz_u8(&in) % 8 == 0)
		say(CW_BUS_TEE_CLIENT, 0, 0, NULL, 0, fuzz_u8(&in) % 3);
	else
		say(CW_BUS_EVENT, 0, 0, &e, fuzz_u8(&in) == 255 ? sizeof(e) - 1 : sizeof(e), 0);
}

/* What comes back for the next request. */
static void prepare(uint32_t op, size_t len, unsigned nfds)
{
	uint8_t payload[CW_MSG_PAYLOAD_MAX], how = fuzz_u8(&in);
	uint64_t id = next_id;
	int32_t ret = 0;

	for (unsigned n = how & 7; n > 5; n--)
		say_event();
	how >>= 3;
	if (how == 1)
		ret = (int32_t)fuzz_u32(&in);
	else if (how == 2)
		ret = -(int32_t)fuzz_u8(&in);
	else if (how == 3)
		id = fuzz_u64(&in);
	else if (how == 4)
		len = fuzz_u16(&in) % sizeof(payload);
	else if (how == 5)
		op = fuzz_u8(&in);
	else if (how == 6)
		nfds = fuzz_u8(&in) % 5;
	else if (how == 7)
		return; /* nothing: the peer hangs up, or the next step's answer comes */
	if (ret < 0 && how == 2)
		len = fuzz_u8(&in);
	memset(payload, 0x41, sizeof(payload));
	fuzz_fill(&in, payload, len < 64 ? len : 64);
	say(op, id, ret, payload, len, nfds);
}

static void check(int r)
{
	next_id++;
	/* No call of these returns anything but 0 when it succeeds. */
	fuzz_check(r <= 0);
}

static void reads_and_writes(unsigned how)
{
	size_t len = 1 + fuzz_u16(&in) % 2100u;
	uint8_t *buf = malloc(len);
	uint32_t v = 0;

	fuzz_check(buf != NULL);
	memset(buf, 0, len);
	switch (how) {
	case 0:
		prepare(CW_BUS_READ, len < CW_BUS_DATA_MAX ? len : CW_BUS_DATA_MAX, 0);
		next_id += len > CW_BUS_DATA_MAX;
		if (len > CW_BUS_DATA_MAX)
			say(CW_BUS_READ, next_id, 0, buf, len - CW_BUS_DATA_MAX, 0);
		check(cw_bus_read(bus, CW_PA(fuzz_u64(&in)), buf, len));
		break;
	case 1:
		prepare(CW_BUS_WRITE, 0, 0);
		next_id += len > CW_BUS_DATA_MAX;
		if (len > CW_BUS_DATA_MAX)
			say(CW_BUS_WRITE, next_id, 0, NULL, 0, 0);
		check(cw_bus_write(bus, CW_PA(fuzz_u64(&in)), buf, len));
		break;
	case 2:
		prepare(CW_BUS_READ, 4, 0);
		check(cw_bus_read32(bus, CW_PA(0), &v));
		break;
	default:
		check(cw_bus_post32(bus, CW_PA(0), 1));
	}
	free(buf);
}

static void ask(unsigned how)
{
	struct cw_bus_region r = {0};
	struct cw_bus_fuses fuses;
	struct cw_bus_stats stats;
	struct cw_bus_core core;
	size_t size = 77;
	int fd = -7, rc;

	switch (how) {
	case 0:
		prepare(CW_BUS_REGION, sizeof(r), 0);
		check(cw_bus_region(bus, 0, &r));
		return;
	case 1:
		prepare(CW_BUS_MAP, sizeof(r), 1);
		rc = cw_bus_map(bus, CW_PA(0), &r, &fd);
		check(rc);
		fuzz_check(rc == 0 ? fd >= 0 : fd == -7);
		break;
	case 2:
		prepare(CW_BUS_DTB, sizeof(uint64_t), 1);
		rc = cw_bus_dtb(bus, &fd, &size);
		check(rc);
		fuzz_check(rc == 0 ? fd >= 0 : fd == -7 && size == 77);
		break;
	case 3:
		prepare(CW_BUS_STATS, sizeof(stats), 0);
		check(cw_bus_stats(bus, &stats));
		break;
	case 4:
		prepare(CW_BUS_FUSES, sizeof(fuses), 0);
		check(cw_bus_fuses(bus, &fuses));
		break;
	case 5:
		prepare(CW_BUS_CORE, sizeof(core), 0);
		check(cw_bus_core(bus, &core));
		break;
	default:
		prepare(CW_BUS_CONNECT_TEE, 0, 0);
		check(cw_bus_connect_tee(bus, peer));
	}
	if (fd >= 0)
		close(fd);
}

static void events(void)
{
	struct cw_bus_event e;
	uint32_t op;
	int fd, r;

	for (unsigned n = fuzz_u8(&in) % 90u; n; n--)
		say_event();
	for (unsigned n = 0; (r = cw_bus_event(bus, &op, &e, &fd)) == 1; n++) {
		fuzz_check(n < CW_BUS_EVENTS_MAX);
		fuzz_check(op == CW_BUS_EVENT ? fd == -1 : op == CW_BUS_TEE_CLIENT && fd >= 0);
		if (op == CW_BUS_EVENT && e.type == CW_EVENT_IRQ)
			fuzz_check(e.line < CW_LINES);
		if (fd >= 0)
			close(fd);
	}
	fuzz_check(r == 0 || r == -EPIPE);
}

static void drain(void)
{
	struct cw_msg m;

	while (cw_msg_recv(peer, &m, MSG_DONTWAIT) == 1)
		cw_msg_close_fds(&m);
}

static int hello(int sock)
{
	struct cw_bus_hello h = {.version = CW_BUS_VERSION, .side = fuzz_u8(&in) & 1, .regions = 3};
	struct cw_error err = {0};
	unsigned how = fuzz_u8(&in);
	int r;

	next_id = 1;
	if (how % 16 == 0)
		prepare(CW_BUS_HELLO, sizeof(h), 0);
	else
		say(CW_BUS_HELLO, 1, 0, &h, sizeof(h), 0);
	r = cw_bus_hello(sock, &bus, &err);
	fuzz_check(r <= 0);
	fuzz_check(memchr(err.text, 0, sizeof(err.text)) != NULL);
	for (const char *p = err.text; *p; p++)
		fuzz_check((uint8_t)*p >= ' ' && *p != 0x7f);
	next_id = 2;
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int pair[2];

	in = fuzz_in(data, size);
	bus = NULL;
	fuzz_check(cw_msg_pair(pair) == 0);
	peer = pair[0];
	if (hello(pair[1]) == 0) {
		for (unsigned i = 0; i < STEPS_MAX && in.left; i++) {
			unsigned how = fuzz_u8(&in);

			if (how % 4 == 0)
				events();
			else if (how % 4 == 1)
				reads_and_writes(how / 4 % 4);
			else
				ask(how / 4 % 7);
			drain();
		}
		cw_bus_free(bus);
	}
	drain();
	close(peer);
	return 0;
}
