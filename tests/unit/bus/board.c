// SPDX-License-Identifier: BSD-2-Clause
/* bus/board.c - a powered board of the real corewarden-silicon and the fake TEE, for tests */
#include "board.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <corewarden/board.h>

#include "host/cleanup.h"
#include "host/msg.h"

static char bin[64]; /* folder with silicon, the fake TEE and a TA loader that is never run */

void *board_dtb;
size_t board_dtb_size;

int board_tee(struct board *b)
{
	int pair[2];

	assert_int_equal(cw_msg_pair(pair), 0);
	assert_int_equal(cw_bus_connect_tee(b->ns, pair[1]), 0);
	close(pair[1]);
	return pair[0];
}

void board_on(struct board *b, const char *state, bool no_tee)
{
	struct cw_power_on config = {.dtb = board_dtb,
				     .dtb_size = board_dtb_size,
				     .state = state,
				     .no_tee = no_tee,
				     .ta_dir = "/some/ta dir"};
	struct cw_error err = {0};

	*b = (struct board){.tee_sock = -1};
	if (cw_bus_power_on(&config, &b->ns, &b->pidfd, &err) < 0)
		fail_msg("%s", err.text);
	if (no_tee)
		return;
	b->tee_sock = board_tee(b);
	assert_int_equal(cw_bus_new(b->tee_sock, &b->s), 0);
}

void board_off(struct board *b)
{
	struct cw_error err = {0};

	if (cw_bus_power_off(b->ns, b->pidfd, CW_POWER_OFF_MS, &err) < 0)
		fail_msg("%s", err.text);
	/* The fake TEE is gone with it. */
	if (b->s) {
		struct pollfd p = {.fd = cw_bus_fd(b->s), .events = POLLIN};

		assert_int_equal(poll(&p, 1, -1), 1);
	}
	cw_bus_free(b->s);
}

static void put_program(const char *from, const char *name)
{
	cleanup_free char *target = realpath(from, NULL);
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", bin, name);
	if (!target || symlink(target, path) < 0)
		perror(path);
}

static void remove_programs(void)
{
	static const char *const names[] = {"corewarden-silicon", "corewarden-tee",
					    "corewarden-ta"};
	char path[128];

	for (unsigned i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", bin, names[i]);
		unlink(path);
	}
	rmdir(bin);
}

int board_main(int argc, char **argv, const struct CMUnitTest *tests, size_t n)
{
	struct cw_error err;
	int r;

	if (argc != 4) {
		fprintf(stderr, "usage: %s SILICON FAKE_TEE DTB\n", argv[0]);
		return 2;
	}
	if (cw_board_load(argv[3], &board_dtb, &board_dtb_size, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	snprintf(bin, sizeof(bin), "/tmp/cw-bus-bin-XXXXXX");
	if (!mkdtemp(bin))
		return 2;
	put_program(argv[1], "corewarden-silicon");
	put_program(argv[2], "corewarden-tee");
	put_program(argv[2], "corewarden-ta");
	setenv("COREWARDEN_LIBEXEC", bin, 1);
	r = _cmocka_run_group_tests(argv[0], tests, n, NULL, NULL);
	remove_programs();
	free(board_dtb);
	return r;
}
