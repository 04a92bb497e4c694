// SPDX-License-Identifier: BSD-2-Clause
/*
 * scenario/images.c - every image of the independent generator before the judge in the TEE
 *
 * For each row of the table: a board whose fuses trust the row's key and insist on what the row says (scenario/verdict.h).
 *
 * Usage: images BUILD TABLE FOLDER
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "host/cleanup.h"
#include "host/state.h"
#include "tests/scenario/verdict.h"

static const char *build;
static struct verdicts given;

enum { REQUIRE, MINIMUM };

static unsigned cells(struct verdict *r, const char **ret[])
{
	static const char *verdict; /* told by the code, too */
	const char **order[] = {&r->file, &r->key,  &r->wants[REQUIRE], &r->wants[MINIMUM],
				&verdict, &r->code, &r->keyword,	&r->reason};

	memcpy(ret, order, sizeof(order));
	return sizeof(order) / sizeof(order[0]);
}

/* The TEE's record of what the board has run, as if it had: "m4 FINGERPRINT MINIMUM". */
static void set_minimum(const char *state, const char *minimum)
{
	struct cw_bus_fuses fuses;
	cleanup_fd int dir = -1, tee = -1;
	struct cw_error err;
	char line[160];
	int n;

	if (!strcmp(minimum, "0"))
		return;
	if (cw_state_open(state, 0, &dir, &err) < 0 || cw_state_open_tee(dir, &tee, &err) < 0 ||
	    cw_state_fuses_read(dir, &fuses, &err) < 0)
		fail_msg("%s", err.text);
	n = snprintf(line, sizeof(line), "m4 ");
	for (int i = 0; i < 32; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, "%02x", fuses.key[0][i]);
	n += snprintf(line + n, sizeof(line) - (size_t)n, " %s\n", minimum);
	if (cw_state_file_write(tee, "rollback", line, (size_t)n, &err) < 0)
		fail_msg("%s", err.text);
}

static void board_on(struct bench *b, struct bench_board *board, const struct verdict *row, unsigned index)
{
	char key[800], state[600];

	snprintf(key, sizeof(key), "%s/%s", given.table.folder, row->key);
	snprintf(state, sizeof(state), "%s", bench_path(b, "state%u", index));
	bench_provision(b, state, key, row->wants[REQUIRE]);
	set_minimum(state, row->wants[MINIMUM]);
	bench_board_on(b, board, state, BENCH_PROTECTED);
	bench_board_session(board);
}

static void every_image(void **unused)
{
	struct bench b;

	bench_open(&b, build, false);
	verdicts_all(&given, &b, board_on);
	bench_close(&b);
	assert_true(given.accepted >= 38 && given.refused >= 230);
	verdicts_close(&given);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_image)};

	if (argc != 4)
		return 2;
	build = argv[1];
	verdicts_read(&given, argv[2], argv[3], cells);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
