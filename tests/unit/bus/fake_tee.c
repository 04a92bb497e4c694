// SPDX-License-Identifier: BSD-2-Clause
/*
 * bus/fake_tee.c - stands in for corewarden-tee: what a client sends it goes out on the secure bus,
 * and back
 *
 * So a test can hold a struct cw_bus for the secure side. Beside the bus' operations it knows three
 * of its own: FAKE_EXIT ends it, FAKE_HANG makes it deaf to hang-ups, FAKE_ARGS answers its
 * arguments as text.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bus/wire.h"
#include "fake_tee.h"
#include "host/spawn.h"

#define BUS	    3
#define CLIENTS_MAX 8

static int clients[CLIENTS_MAX];
static int asker = -1; /* whose request is on the bus */
static char args[1024];

static int pass(int to, struct cw_msg *m)
{
	int r = cw_msg_send(to, m->hdr.op, m->hdr.id, m->hdr.ret, m->payload, cw_msg_payload_len(m),
			    m->fds, m->hdr.nfds);

	cw_msg_close_fds(m);
	return r;
}

static void new_client(struct cw_msg *m)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		if (clients[i] < 0) {
			clients[i] = cw_msg_take_fd(m, 0);
			return;
		}
	}
	cw_msg_close_fds(m);
}

static int from_bus(void)
{
	struct cw_msg m;

	if (cw_msg_recv(BUS, &m, 0) != 1)
		return -1;
	if (m.hdr.op == CW_BUS_TEE_CLIENT)
		new_client(&m);
	else if (m.hdr.id == 0)
		for (unsigned i = 0; i < CLIENTS_MAX; i++)
			clients[i] < 0 ? 0
				       : cw_msg_send(clients[i], m.hdr.op, 0, 0, m.payload,
						     cw_msg_payload_len(&m), NULL, 0);
	else
		pass(asker, &m);
	return 0;
}

static void from_client(int *fd)
{
	struct cw_bus_hello hello = {CW_BUS_VERSION, CW_BUS_SECURE, 0, 0};
	struct cw_msg m;

	if (cw_msg_recv(*fd, &m, 0) != 1) {
		close(*fd);
		*fd = -1;
		return;
	}
	switch (m.hdr.op) {
	case FAKE_EXIT:
		_exit(0);
	case FAKE_HANG:
		for (;;)
			pause();
	case FAKE_ARGS:
		cw_msg_send(*fd, m.hdr.op, m.hdr.id, 0, args, strlen(args), NULL, 0);
		break;
	case CW_BUS_HELLO:
		cw_msg_send(*fd, m.hdr.op, m.hdr.id, 0, &hello, sizeof(hello), NULL, 0);
		break;
	default:
		asker = *fd;
		pass(BUS, &m);
	}
	cw_msg_close_fds(&m);
}

static int serve(void)
{
	struct pollfd p[1 + CLIENTS_MAX];

	for (;;) {
		p[0] = (struct pollfd){.fd = BUS, .events = POLLIN};
		for (unsigned i = 0; i < CLIENTS_MAX; i++)
			p[1 + i] = (struct pollfd){.fd = clients[i], .events = POLLIN};
		if (poll(p, 1 + CLIENTS_MAX, -1) < 0)
			return 1;
		if (p[0].revents && from_bus() < 0)
			return 0;
		for (unsigned i = 0; i < CLIENTS_MAX; i++)
			if (p[1 + i].revents)
				from_client(&clients[i]);
	}
}

int main(int argc, char **argv)
{
	struct cw_bus_hello hello = {.version = CW_BUS_VERSION};
	int32_t ready = 0;
	struct cw_error err;
	struct cw_msg m;

	if (cw_spawn_harden_self(argv, &err) < 0)
		return 2;
	for (int i = 1; i < argc; i++) {
		strncat(args, argv[i], sizeof(args) - strlen(args) - 2);
		strcat(args, " ");
		/* The test's way to have a TEE that fails at start. */
		if (strstr(argv[i], "stillborn"))
			return 3;
	}
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		clients[i] = -1;
	if (cw_msg_send(BUS, CW_BUS_HELLO, 1, 0, &hello, sizeof(hello), NULL, 0) < 0 ||
	    cw_msg_recv(BUS, &m, 0) != 1 || m.hdr.ret < 0 ||
	    cw_msg_send(BUS, CW_BUS_TEE_READY, 2, 0, &ready, sizeof(ready), NULL, 0) < 0 ||
	    cw_msg_recv(BUS, &m, 0) != 1 || m.hdr.ret < 0)
		return 1;
	return serve();
}
