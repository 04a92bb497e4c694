// SPDX-License-Identifier: BSD-2-Clause
/* cli/test-progress.c - the bar: on a terminal, after a moment, and gone when the work is done; time is played */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/progress.h"

#define MIB (1ull << 20)

static long long ms = 1000;
static int before = -1;

int __wrap_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	*t = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	return 0;
}

/* Stderr becomes @fd; asserts say what they have to say elsewhere until give_back(). */
static void take(int fd)
{
	fflush(stderr);
	before = dup(STDERR_FILENO);
	assert_true(before >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO);
}

static void give_back(void)
{
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
}

static size_t said(int fd, char *buf, size_t size)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t len = 0;
	ssize_t n;

	while (poll(&p, 1, 0) == 1 && p.revents & POLLIN &&
	       (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	return len;
}

static void work(struct cw_progress p)
{
	p.fn(p.ctx, 1 * MIB, 64 * MIB);
	ms += CLI_PROGRESS_AFTER_MS - 1;
	p.fn(p.ctx, 2 * MIB, 64 * MIB);
	ms += 1;
	p.fn(p.ctx, 16 * MIB, 64 * MIB);
	ms += CLI_PROGRESS_EVERY_MS - 1;
	p.fn(p.ctx, 17 * MIB, 64 * MIB);
	ms += 1;
	p.fn(p.ctx, 32 * MIB, 64 * MIB);
	p.fn(p.ctx, 64 * MIB, 64 * MIB);
	p.fn(p.ctx, 64 * MIB, 64 * MIB);
}

static void on_a_terminal(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;
	char text[1024];

	if (master < 0)
		skip(); /* no pseudo-terminals here */
	assert_true(grantpt(master) == 0 && unlockpt(master) == 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	take(slave);
	work(cli_progress("verify"));
	give_back();
	said(master, text, sizeof(text));
	assert_string_equal(text,
			    "\rverify [########                        ]  25 %, 16 of 64 MiB"
			    "\rverify [################                ]  50 %, 32 of 64 MiB\r\033[K");
	/* What is done in a moment is not told, also when something was before it. */
	take(slave);
	cli_progress("sign").fn(NULL, 3, 4);
	cli_progress("sign").fn(NULL, 4, 4);
	cli_progress("sign").fn(NULL, 0, 0);
	give_back();
	assert_int_equal(said(master, text, sizeof(text)), 0);
	close(slave);
	close(master);
}

static void elsewhere(void **state)
{
	char text[64];
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	take(ends[1]);
	work(cli_progress("verify"));
	give_back();
	assert_int_equal(said(ends[0], text, sizeof(text)), 0);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_a_terminal),
		cmocka_unit_test(elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
