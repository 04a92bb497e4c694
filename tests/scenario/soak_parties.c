// SPDX-License-Identifier: BSD-2-Clause
/* scenario/soak_parties.c - operations of the soak: parties that die, and nonsense on the non-secure bus */
#include "tests/scenario/soak.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "host/msg.h"
#include "rproc/platform.h"
#include "tests/scenario/rig.h"

#define SEEN_MS (10000 * RIG_SLOWER) /* until others have noticed something */
#define NOWHERE 0x10000000000u	     /* no memory there or above */
#define OWN_IDS 0x4000000000000000u  /* the library counts from 1 */

/* Running or not: what happens then is the same. */
static void be_anything(void)
{
	if (pick(2))
		be_echoing();
	else
		be_on();
}

void op_kill_silicon(void)
{
	note("silicon killed");
	be_anything();
	drop_held(0);
	rig_pull_plug();
	soak.killed++;
}

/* ---- the secure world ---- */

static void kill_secure(bool ta)
{
	pid_t pid = rig_secure_pid(ta);

	assert_int_not_equal(pid, 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	soak.killed++;
}

static bool tee_is_gone(void)
{
	int pair[2], r;

	assert_int_equal(cw_msg_pair(pair), 0);
	r = cw_bus_connect_tee(rig.platform->bus, pair[1]);
	close(pair[0]);
	close(pair[1]);
	return r == -ENOTCONN;
}

/* The core is held, windows are shut, and protected memory stays protected, until power-off. */
void op_kill_tee(void)
{
	struct cw_bus_stats before, after;
	double end = rig_now() + SEEN_MS / 1e3;

	note("TEE killed");
	be_anything();
	drop_held(0);
	rig_must(cw_bus_stats(rig.platform->bus, &before));
	kill_secure(false);
	while (!tee_is_gone())
		assert_true(rig_now() < end);
	rig_must(cw_bus_stats(rig.platform->bus, &after));
	assert_int_equal(after.protected_regions, before.protected_regions);
	assert_int_equal(after.windows, 0);
	if (pick(2)) {
		rig.err.text[0] = '\0';
		assert_true(cw_rproc_start(rig.rproc, &rig.err) < 0);
		assert_int_not_equal(rig.err.text[0], '\0');
	}
	rig_abandon(0);
}

/* The processor goes on as it was, and with the next command comes another instance. */
void op_kill_ta(void)
{
	double end = rig_now() + SEEN_MS / 1e3;
	bool echoing;

	note("TA killed");
	be_anything();
	drop_held(0);
	echoing = soak.good && cw_rproc_state(rig.rproc) == CW_RPROC_RUNNING;
	kill_secure(true);
	while (rig_children() != 2)
		assert_true(rig_now() < end);
	if (echoing) {
		rig_echo(3);
		be_offline();
	} else {
		be_echoing();
	}
}

/* ---- the non-secure bus ---- */

/* Any operation there is or is not, about nothing that is there. */
static size_t junk_request(uint32_t *ret_op, uint8_t payload[CW_MSG_PAYLOAD_MAX])
{
	static const size_t lens[] = {0, 4, 8, 16, 24, CW_MSG_PAYLOAD_MAX};
	struct cw_bus_access access = {
		.pa = NOWHERE + pick(0x7FFFFFFF), .len = pick(5000), .flags = pick(64) & ~1u};
	size_t len = pick(3) ? lens[pick(6)] : pick(CW_MSG_PAYLOAD_MAX);

	*ret_op = pick(70);
	for (size_t i = 0; i < len; i++)
		payload[i] = (uint8_t)pick(256);
	if (len >= sizeof(access))
		memcpy(payload, &access, sizeof(access));
	else if (len >= sizeof(access.pa))
		memcpy(payload, &access.pa, sizeof(access.pa));
	return len;
}

/* The reply to @id; events that come before it are of no interest while the core stands. */
static void await_reply(int sock, uint64_t id)
{
	struct pollfd p = {.fd = sock, .events = POLLIN};
	struct cw_msg m;

	do {
		assert_int_equal(poll(&p, 1, SEEN_MS), 1);
		assert_int_equal(cw_msg_recv(sock, &m, MSG_DONTWAIT), 1);
		cw_msg_close_fds(&m);
	} while (m.hdr.id == 0);
	assert_true(m.hdr.id == id);
}

/* Each request is answered once, and nothing else happens. */
void op_bus_junk(void)
{
	uint8_t payload[CW_MSG_PAYLOAD_MAX];
	unsigned n = 1 + pick(60);
	int sock, other[2];

	note("%u requests of junk on the bus", n);
	be_offline();
	sock = cw_bus_fd(rig.platform->bus);
	assert_int_equal(cw_msg_pair(other), 0);
	for (unsigned i = 0; i < n; i++) {
		uint64_t id = OWN_IDS + soak.junk++;
		uint32_t op;
		size_t len = junk_request(&op, payload);

		assert_int_equal(cw_msg_send(sock, op, id, (int32_t)pick(3) - 1, payload, len,
					     other, pick(3)),
				 0);
		await_reply(sock, id);
	}
	close(other[0]);
	close(other[1]);
}

/* A frame that is none, or a request without a number, is power-off. */
void op_bus_malformed(void)
{
	uint32_t words[16];
	struct cw_msg_hdr hdr = {
		.len = sizeof(words), .op = pick(70), .id = 1 + pick(100), .nfds = 0};
	size_t len = sizeof(words);
	uint32_t how = pick(4);
	int sock;

	note("malformed frame %u on the bus", how);
	be_anything();
	drop_held(0);
	memset(words, (int)pick(256), sizeof(words));
	if (how == 0)
		hdr.id = 0;
	else if (how == 1)
		hdr.len ^= 1 + pick(1000);
	else if (how == 2)
		hdr.nfds = 1 + pick(1000);
	else
		len = 1 + pick(sizeof(hdr) - 1);
	memcpy(words, &hdr, sizeof(hdr));
	sock = cw_bus_fd(rig.platform->bus);
	assert_int_equal(send(sock, words, len, MSG_NOSIGNAL), len);
	soak.junk++;
	rig_abandon(-EIO);
}
