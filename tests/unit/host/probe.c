// SPDX-License-Identifier: BSD-2-Clause
/*
 * host/probe.c - what test_spawn.c starts: tells on descriptor 3 what it finds, then waits until 3
 * is closed
 *
 * First argument "harden": harden itself first, as silicon does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/msg.h"
#include "host/spawn.h"

/* What an attacker looks for in our memory. */
volatile char secret[32] = "the bytes nobody else may read";

static unsigned open_descriptors(void)
{
	unsigned mask = 0;

	for (int fd = 0; fd < 32; fd++)
		if (dup2(fd, fd) == fd)
			mask |= 1u << fd;
	return mask;
}

int main(int argc, char **argv)
{
	char text[256], self[64] = "";
	struct cw_error err;
	struct cw_msg m;
	int n;

	(void)argc;
	if (argv[1] && strcmp(argv[1], "harden") == 0 && cw_spawn_harden_self(argv, &err) < 0) {
		cw_msg_send(3, 0, 0, err.code, err.text, strlen(err.text), NULL, 0);
		return 1;
	}
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	n = snprintf(text, sizeof(text),
		     "dumpable=%d nnp=%d fds=%x env=%s exe=%s argv1=%s secret=%lx",
		     prctl(PR_GET_DUMPABLE), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
		     open_descriptors(), environ[0] ? environ[0] : "-", self,
		     argv[1] ? argv[1] : "-", (unsigned long)&secret);
	if (n < 0 || cw_msg_send(3, 1, getpid(), 0, text, (size_t)n, NULL, 0) < 0)
		return 1;
	return cw_msg_recv(3, &m, 0) == 0 ? 0 : 1;
}
