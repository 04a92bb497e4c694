// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_found.c - what fuzzing found in the TEE, step by step
 *
 * Played with the surroundings of the fuzzing target (tests/fuzz/tee_world.h): no process, one thread, and checks of its
 * own in every step: each request answered at most once, no control character in the log, nothing left at the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../fuzz/tee_world.h"
#include "secure/api/link.h"
#include "secure/tee/quota.h"

static struct fuzz_client *client = &world.client[0];
static struct fuzz_ta *ta = &world.ta[0];

static void ask_open(void)
{
	struct {
		struct tee_ioctl_open_session_arg arg;
		struct tee_ioctl_param params[4];
	} m = {.arg.num_params = 4};

	client_ask(client, TEE_IOC_OPEN_SESSION, &m, sizeof(m));
	tee_settle();
}

/* A client waits for its session with a TA that was just started. */
static int setup(void **state)
{
	uint32_t version = CW_TEE_VERSION;

	(void)state;
	memset(&world, 0, sizeof(world));
	tee_on();
	client_connect(client);
	client_ask(client, TEE_IOC_VERSION, &version, sizeof(version));
	ask_open();
	assert_int_equal(world.n_tas, 1);
	assert_int_equal(ta->last_op, CW_TA_START);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tee_off();
	return 0;
}

static void started(const struct cw_ta_started *m)
{
	assert_int_equal(cw_msg_send(ta->sock, CW_TA_START, ta->last, 0, m, sizeof(*m), NULL, 0), 0);
	tee_settle();
}

/* The session that was being opened was freed with the TA, and then looked at once more. */
static void client_leaves_while_its_ta_hangs_up(void **state)
{
	struct cw_ta_started good = {0};

	(void)state;
	started(&good);
	assert_int_equal(ta->last_op, CW_TA_CALL);
	assert_int_equal(ta->kind, CW_TA_OPEN_SESSION);
	ta_hang_up(ta);
	client_leave(client);
	tee_settle();
}

/* The reason that a TA gives went to the log as it was. */
static void reason_with_control_characters(void **state)
{
	struct cw_ta_started bad = {.result = TEE_ERROR_BAD_FORMAT, .reason = "\033[2J\n\177"};

	(void)state;
	started(&bad);
	memset(bad.reason, '\033', sizeof(bad.reason)); /* without end */
	ask_open();
	ta = &world.ta[1];
	started(&bad);
	ta = &world.ta[0];
}

/* The normal world's own bus, given to the TEE as a client, was held open for ever, so that silicon never saw its world go. */
static void connection_that_says_nothing(void **state)
{
	struct fuzz_client *quiet = &world.client[1];
	struct cw_ta_started good = {0};

	(void)state;
	client_connect(quiet);
	tee_settle();
	assert_true(quiet->sock >= 0);
	world.clock_ns += (CW_TEE_GREET_MS + 1) * 1000000ll;
	started(&good); /* whatever wakes it */
	assert_int_equal(quiet->sock, -1); /* it saw the hang-up */
	assert_true(client->sock >= 0); /* one that has said hello stays */
	ta_hang_up(ta);
	tee_settle();
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(client_leaves_while_its_ta_hangs_up),
		T(reason_with_control_characters),
		T(connection_that_says_nothing),
	};

	return cmocka_run_group_tests_name("tee-found", tests, NULL, NULL);
}
