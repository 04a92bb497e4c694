// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/invoke.c - TEEC_InvokeCommand of a command that does nothing, against a relay of the same hops
 *
 *	bench-invoke STATE [REPETITIONS [CALLS]]
 *
 * The relay is the least a client, a TEE and a TA process can be: three processes, two SEQPACKET pairs, frames of the same
 * sizes, and in the middle a process that waits with epoll for either side, as one that serves several must. Beside it the
 * one without epoll, which knows who speaks next: a floor that a TEE cannot reach.
 */
#include "bench/bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/msg.h"
#include "secure/api/link.h"
#include "secure/api/remoteproc_ta.h"
#include "teec/wire.h"

#define CALLS_MAX 200000

/* Bytes of the four frames of one call. */
#define ASK   (sizeof(struct cw_msg_hdr) + sizeof(struct tee_ioctl_invoke_arg) + 4 * sizeof(struct tee_ioctl_param))
#define CALL  (sizeof(struct cw_msg_hdr) + sizeof(struct cw_ta_call))
#define DONE  (sizeof(struct cw_msg_hdr) + sizeof(struct cw_ta_answer))

static double times[CALLS_MAX];

struct relay {
	int sock;
	pid_t middle, leaf;
};

static void pass(int from, int to, size_t len)
{
	char buf[CW_MSG_MAX];

	if (recv(from, buf, sizeof(buf), 0) <= 0 || send(to, buf, len, MSG_NOSIGNAL) < 0)
		_exit(0);
}

static void be_leaf(int sock)
{
	for (;;)
		pass(sock, sock, DONE);
}

static void be_middle(int client, int leaf, bool knows)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int ep = epoll_create1(0);

	ev.data.fd = client;
	epoll_ctl(ep, EPOLL_CTL_ADD, client, &ev);
	ev.data.fd = leaf;
	epoll_ctl(ep, EPOLL_CTL_ADD, leaf, &ev);
	for (;;) {
		if (knows) {
			pass(client, leaf, CALL);
			pass(leaf, client, ASK);
		} else if (epoll_wait(ep, &ev, 1, -1) == 1) {
			if (ev.data.fd == client)
				pass(client, leaf, CALL);
			else
				pass(leaf, client, ASK);
		}
	}
}

static struct relay relay_on(bool knows)
{
	int up[2], down[2];
	struct relay r;

	if (cw_msg_pair(up) < 0 || cw_msg_pair(down) < 0)
		bench_die("socket pair");
	r.leaf = fork();
	if (r.leaf == 0) {
		close(up[0]);
		close(up[1]);
		close(down[0]);
		be_leaf(down[1]);
	}
	r.middle = fork();
	if (r.middle == 0) {
		close(up[0]);
		close(down[1]);
		be_middle(up[1], down[0], knows);
	}
	close(up[1]);
	close(down[0]);
	close(down[1]);
	r.sock = up[0];
	return r;
}

static void relay_off(struct relay *r)
{
	close(r->sock);
	/* Two relays at once: the later one's processes hold the earlier one's sockets, too. */
	kill(r->middle, SIGKILL);
	kill(r->leaf, SIGKILL);
	waitpid(r->middle, NULL, 0);
	waitpid(r->leaf, NULL, 0);
}

static double time_relay(const struct relay *r, unsigned calls)
{
	char buf[CW_MSG_MAX] = {0};

	for (unsigned i = 0; i < calls; i++) {
		uint64_t since = bench_now();

		if (send(r->sock, buf, ASK, MSG_NOSIGNAL) < 0 || recv(r->sock, buf, sizeof(buf), 0) <= 0)
			bench_die("the relay is gone");
		times[i] = (double)(bench_now() - since);
	}
	return bench_median(times, calls);
}

static double time_invoke(struct bench_board *board, unsigned calls)
{
	for (unsigned i = 0; i < calls; i++) {
		TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_VALUE_OUTPUT,
								    TEEC_VALUE_OUTPUT, TEEC_NONE)};
		uint64_t since = bench_now();

		if (TEEC_InvokeCommand(&board->session, TA_CW_CMD_STATUS, &op, NULL) != TEEC_SUCCESS)
			bench_die("invoke failed");
		times[i] = (double)(bench_now() - since);
	}
	return bench_median(times, calls);
}

static void measure(struct bench_board *board, const char *how, int middle, unsigned repetitions,
		    unsigned calls)
{
	char name[64], floor_name[64];
	struct bench_row row = {.name = name, .unit = "ns"}, floor = {.name = floor_name, .unit = "ns"};

	snprintf(name, sizeof(name), "TEEC_InvokeCommand p50, %s", how);
	snprintf(floor_name, sizeof(floor_name), "TEEC_InvokeCommand p50, %s (relay without epoll)", how);
	bench_pin(0, 0);
	bench_board_pin(board, 0, middle, 0);
	time_invoke(board, calls / 10 + 1);
	for (unsigned i = 0; i < repetitions; i++) {
		struct relay plain = relay_on(false), knows = relay_on(true);
		double ours, reference, least;

		bench_pin(plain.middle, middle);
		bench_pin(knows.middle, middle);
		time_relay(&plain, calls / 10 + 1);
		time_relay(&knows, calls / 10 + 1);
		ours = time_invoke(board, calls);
		reference = time_relay(&plain, calls);
		least = time_relay(&knows, calls);
		relay_off(&plain);
		relay_off(&knows);
		bench_pair(&row, ours, reference);
		bench_pair(&floor, ours, least);
	}
	bench_print(&row, "low", 1.3);
	bench_print(&floor, "low", 0);
}

int main(int argc, char **argv)
{
	unsigned repetitions = (unsigned)bench_number(argc, argv, 2, 11);
	unsigned calls = (unsigned)bench_number(argc, argv, 3, 4000);
	struct bench_board board;

	if (argc < 2 || calls > CALLS_MAX)
		bench_die("usage: bench-invoke STATE [REPETITIONS [CALLS]]");
	signal(SIGPIPE, SIG_IGN);
	bench_board_on(&board, "stm32mp15", argv[1]);
	measure(&board, "pinned together", 0, repetitions, calls);
	measure(&board, "pinned apart", 1, repetitions, calls);
	bench_board_off(&board);
	return 0;
}
