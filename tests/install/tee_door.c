// SPDX-License-Identifier: BSD-2-Clause
/*
 * install/tee_door.c - a powered board whose TEE others can connect to by path
 *
 *	tee-door SOCKET
 *
 * Prints "ready" when it listens, serves until its standard input ends. Every connection is handed to the TEE as it is.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <corewarden/board.h>

#include "bus/power.h"
#include "host/cleanup.h"

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(addr.sun_path))
		return -1;
	strcpy(addr.sun_path, path);
	if (sock < 0 || bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(sock, 8) < 0)
		return -1;
	return sock;
}

/* Until standard input ends. */
static int serve(struct cw_bus *bus, int sock)
{
	struct pollfd fds[] = {{.fd = 0, .events = POLLIN}, {.fd = sock, .events = POLLIN}};

	for (;;) {
		cleanup_fd int client = -1;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[0].revents)
			return 0;
		if (!fds[1].revents)
			continue;
		client = accept4(sock, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0 || cw_bus_connect_tee(bus, client) < 0)
			return -EIO;
	}
}

int main(int argc, char **argv)
{
	struct cw_power_on on = {.state = NULL};
	struct cw_error err = {0};
	struct cw_bus *bus;
	void *dtb;
	int pidfd, sock, r;

	if (argc != 2)
		return 2;
	r = cw_board_load("stm32mp15", &dtb, &on.dtb_size, &err);
	on.dtb = dtb;
	if (r < 0 || cw_bus_power_on(&on, &bus, &pidfd, &err) < 0) {
		fprintf(stderr, "tee-door: %s\n", err.text);
		return 1;
	}
	free(dtb);
	sock = listen_at(argv[1]);
	if (sock < 0)
		return 1;
	puts("ready");
	fflush(stdout);
	r = serve(bus, sock);
	close(sock);
	return cw_bus_power_off(bus, pidfd, CW_POWER_OFF_MS, &err) < 0 || r < 0;
}
