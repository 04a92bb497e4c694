// SPDX-License-Identifier: BSD-2-Clause
/*
 * redteam/redteam.c - a non-root process of the same uid against a running board
 *
 * The attacker is the strongest one the threat model knows: it owns the uid, the non-secure bus, the TEE connection and the
 * state directory, and it started the board itself. It tries to read or change protected bytes, keys and the secure bus.
 * Every attack must fail on a board as it is, and every attack must succeed where its defence is off: on a board in debug
 * mode (processes), with the firewall not yet closed (bus), or with generations switched off (stale mappings).
 *
 * Usage: redteam BUILD
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/refusal.h"
#include "host/cleanup.h"
#include "host/msg.h"
#include "host/spawn.h"
#include "secure/api/remoteproc_pta.h"
#include "secure/api/remoteproc_ta.h"
#include "tests/redteam/process_attacks.h"
#include "tests/scenario/bench.h"

#define RETRAM	    0x38000000u
#define MCUSRAM	    0x10000000u
#define MCUSRAM_2   0x30000000u /* its alias */
#define RAM_2	    0x10020000u
#define VRING	    0x10040000u
#define SYSRAM	    0x2FFC0000u
#define RCC_TZCR    0x50000000u
#define RCC_MP_GCR  0x5000010Cu
#define RCC_MCURST  0x50000404u
#define PROCESSES   3

static const char *build;
static struct bench b;
static void *image;
static size_t image_len;

/* ---- the board under attack ---- */

static void prepare(void)
{
	bench_open(&b, build, true);
	/* A process that changed its uid is undumpable itself; an attacker is an ordinary one. */
	prctl(PR_SET_DUMPABLE, 1);
	bench_key(&b, "vendor", "rsa2048");
	bench_key(&b, "attacker", "rsa2048");
	bench_sign(&b, bench_firmware(&b, "echo"), bench_path(&b, "echo.signed"), bench_path(&b, "vendor.pem"), NULL, NULL);
	image = bench_read_file(bench_path(&b, "echo.signed"), &image_len);
}

static void board_with(struct bench_board *board, const char *state, enum bench_mode mode)
{
	char path[600];

	snprintf(path, sizeof(path), "%s", bench_path(&b, "%s", state));
	bench_provision(&b, path, bench_path(&b, "vendor.pub"), NULL);
	bench_board_on(&b, board, path, mode);
	bench_board_session(board);
}

static void start(struct bench_board *board)
{
	assert_int_equal(bench_load(board, image, image_len), TEEC_SUCCESS);
	assert_int_equal(bench_command(board, TA_RPROC_CMD_START_FW), TEEC_SUCCESS);
}

static void end(struct bench_board *board)
{
	assert_int_equal(bench_command(board, TA_RPROC_CMD_STOP_FW), TEEC_SUCCESS);
	assert_int_equal(bench_command(board, TA_RPROC_CMD_RELEASE_FW), TEEC_SUCCESS);
	bench_board_off(board);
}

/* ---- processes ---- */

/* Silicon, its TEE, and the TEE's trusted application, in this order. */
static void find_processes(const struct bench_board *board, pid_t ret[PROCESSES])
{
	ret[0] = board->pid;
	for (int i = 1; i < PROCESSES; i++)
		assert_int_equal(process_children(ret[i - 1], &ret[i], 1), 1);
}

static void attack_processes(const struct bench_board *board, int expect)
{
	pid_t pids[PROCESSES];
	char name[64];

	find_processes(board, pids);
	for (int i = 0; i < PROCESSES; i++) {
		process_name(pids[i], name, sizeof(name));
		for (const struct process_attack *a = process_attacks; a->name; a++)
			if (a->run(pids[i]) != expect)
				fail_msg("%s against %s (%d) %s", a->name, name, (int)pids[i],
					 expect ? "should succeed without the defence"
						: "succeeded");
	}
}

static void processes_cannot_be_looked_into(void **unused)
{
	struct bench_board board;

	if (cw_spawn_debug()) {
		print_message("SKIP: this build runs in debug mode, where nothing is protected\n");
		skip();
	}
	board_with(&board, "p1", BENCH_PROTECTED);
	start(&board);
	attack_processes(&board, 0);
	end(&board);
}

static void processes_in_debug_mode_can(void **unused)
{
	struct bench_board board;

	board_with(&board, "p2", BENCH_DEBUG);
	start(&board);
	assert_true(cw_bus_info(board.bus)->flags & CW_BUS_NOT_PROTECTED);
	attack_processes(&board, 1);
	end(&board);
}

/* What the normal world holds after power-on: nothing of memory, nothing of the secure bus. */
static void descriptors_inherited_are_harmless(void **unused)
{
	struct bench_board board;
	DIR *dir;

	board_with(&board, "p3", BENCH_PROTECTED);
	start(&board);
	dir = opendir("/proc/self/fd");
	assert_non_null(dir);
	for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		char link[600], target[128];
		ssize_t n;

		snprintf(link, sizeof(link), "/proc/self/fd/%s", e->d_name);
		n = readlink(link, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		/* Shared memory with the TEE is ours; a piece of the board's memory is not. */
		if (strncmp(target, "/memfd:", 7) == 0 && !strstr(target, "shm"))
			fail_msg("descriptor %s is %s", e->d_name, target);
	}
	closedir(dir);
	end(&board);
}

/* ---- bus ---- */

static void secure_operations_are_refused(void **unused)
{
	struct bench_board board;
	struct cw_bus_fuses fuses;
	struct cw_bus_core core;

	board_with(&board, "b1", BENCH_PROTECTED);
	start(&board);
	assert_int_equal(cw_bus_open(board.bus, CW_PA(MCUSRAM), 4096), -EPERM);
	assert_int_equal(cw_bus_protect(board.bus, CW_PA(VRING), 4096), -EPERM);
	assert_int_equal(cw_bus_fill(board.bus, CW_PA(MCUSRAM), 4, 0), -EPERM);
	assert_int_equal(cw_bus_window(board.bus, CW_PA(MCUSRAM), 4, CW_BUS_WINDOW_WRITE), -EPERM);
	assert_int_equal(cw_bus_windows_clear(board.bus), -EPERM);
	assert_int_equal(cw_bus_fuses(board.bus, &fuses), -EPERM);
	assert_int_equal(cw_bus_core(board.bus, &core), -EPERM);
	end(&board);
}

/* Places of firmware memory: starts, ends, both aliases, and ranges that begin or end outside. */
static const struct {
	uint32_t pa, len;
} places[] = {
	{RETRAM, 4},
	{RETRAM + 0xFFFF, 1},
	{MCUSRAM, 4},
	{MCUSRAM + 0x1000, 256},
	{MCUSRAM_2, 4},
	{MCUSRAM_2 + 0x1FFFF, 1},
	{RAM_2 + 0x1FFFF, 1},
	{MCUSRAM_2 + 0x30000, 4},
	{VRING - 1, 2},			/* last firmware byte and first of exchange */
	{MCUSRAM_2 + 0x3FFFC, 8},	/* the same through the alias */
};

static void try_places(struct bench_board *board, int expect)
{
	uint8_t bytes[256] = {0};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		cw_pa pa = CW_PA(places[i].pa);

		if (cw_bus_read(board->bus, pa, bytes, places[i].len) != expect ||
		    cw_bus_write(board->bus, pa, bytes, places[i].len) != expect)
			fail_msg("0x%08x, %u bytes: not %s", places[i].pa, places[i].len,
				 expect ? "refused" : "open");
	}
}

static void try_maps(struct bench_board *board, int expect)
{
	static const uint32_t at[] = {RETRAM, MCUSRAM, MCUSRAM_2, RAM_2, RAM_2 + 0x1F000,
				      MCUSRAM_2 + 0x3F000};

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct cw_bus_region region;
		cleanup_fd int fd = -1;

		assert_int_equal(cw_bus_map(board->bus, CW_PA(at[i]), &region, &fd), expect);
	}
}

static void protected_memory_is_out_of_reach(void **unused)
{
	struct cw_bus_stats before, after;
	struct bench_board board;

	board_with(&board, "b2", BENCH_PROTECTED);
	/* Negative control: while nothing is loaded the same accesses succeed. */
	try_places(&board, 0);
	try_maps(&board, 0);
	start(&board);
	assert_int_equal(cw_bus_stats(board.bus, &before), 0);
	try_places(&board, -EACCES);
	try_maps(&board, -EACCES);
	assert_int_equal(cw_bus_stats(board.bus, &after), 0);
	assert_true(after.refused > before.refused);
	end(&board);
}

static void secure_memory_and_registers_are_refused(void **unused)
{
	struct bench_board board;
	uint32_t v;

	board_with(&board, "b3", BENCH_PROTECTED);
	start(&board);
	assert_int_equal(cw_bus_read32(board.bus, CW_PA(SYSRAM), &v), -EACCES);
	assert_int_equal(cw_bus_write32(board.bus, CW_PA(SYSRAM), 0), -EACCES);
	assert_int_equal(cw_bus_write32(board.bus, CW_PA(RCC_TZCR), 0), -EACCES);
	assert_int_equal(cw_bus_write32(board.bus, CW_PA(RCC_MP_GCR), 1), -EACCES);
	assert_int_equal(cw_bus_write32(board.bus, CW_PA(RCC_MCURST), 2), -EACCES);
	end(&board);
}

/* Map firmware memory while it is open, then let the firmware be loaded there. */
static void stale_mapping(struct bench_board *board, uint8_t *ret_seen, bool *ret_reaches)
{
	struct cw_bus_region region;
	cleanup_fd int fd = -1;
	uint8_t *map;

	*ret_seen = 0;
	assert_int_equal(cw_bus_map(board->bus, CW_PA(MCUSRAM), &region, &fd), 0);
	map = mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	/* It is a way in: what is written through it is in the memory. */
	map[64] = 0xA5;
	assert_int_equal(cw_bus_read(board->bus, CW_PA(region.pa + 64), ret_seen, 1), 0);
	assert_int_equal(*ret_seen, 0xA5);
	start(board);
	*ret_seen = 0;
	for (uint64_t i = 0; i < region.size; i++)
		*ret_seen |= map[i];
	/* Its descriptor cannot be made larger, either: the next piece is not behind it. */
	assert_int_not_equal(ftruncate(fd, (off_t)region.size * 2), 0);
	/* A byte of code is flipped through it; whether that reaches the core is seen in the trusted application's copy. */
	memset(map, 0xFF, region.size);
	*ret_reaches = *ret_seen != 0;
	munmap(map, region.size);
}

static void mapping_from_before_reads_zeros(void **unused)
{
	struct bench_board board;
	uint8_t seen;
	bool reaches;

	board_with(&board, "b4", BENCH_PROTECTED);
	stale_mapping(&board, &seen, &reaches);
	assert_int_equal(seen, 0);
	assert_false(reaches);
	end(&board);
}

static void mapping_from_before_reads_without_generations(void **unused)
{
	struct bench_board board;
	uint8_t seen;
	bool reaches;

	board_with(&board, "b5", BENCH_WEAK_GENERATIONS);
	stale_mapping(&board, &seen, &reaches);
	assert_int_not_equal(seen, 0);
	assert_true(reaches);
	bench_command(&board, TA_RPROC_CMD_STOP_FW);
	bench_command(&board, TA_RPROC_CMD_RELEASE_FW);
	bench_board_off(&board);
}

/* Byte by byte: the table is readable and nothing around it; of its bytes the host's fields are writable. */
static void windows_are_exact(void **unused)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_VALUE_OUTPUT,
							    TEEC_VALUE_OUTPUT, TEEC_NONE)};
	struct bench_board board;
	unsigned writable = 0;
	uint32_t pa, size;
	uint8_t byte;

	board_with(&board, "b6", BENCH_PROTECTED);
	start(&board);
	assert_int_equal(TEEC_InvokeCommand(&board.session, TA_RPROC_CMD_GET_RSC_TABLE, &op, NULL),
			 TEEC_SUCCESS);
	pa = op.params[1].value.a;
	size = op.params[2].value.a;
	assert_true(size >= 16 + 4);
	assert_int_equal(cw_bus_read(board.bus, CW_PA(pa - 1), &byte, 1), -EACCES);
	assert_int_equal(cw_bus_read(board.bus, CW_PA(pa + size), &byte, 1), -EACCES);
	for (uint32_t i = 0; i < size; i++) {
		assert_int_equal(cw_bus_read(board.bus, CW_PA(pa + i), &byte, 1), 0);
		if (cw_bus_write(board.bus, CW_PA(pa + i), &byte, 1) == 0)
			writable++;
	}
	/* One vdev (notifyid, gfeatures, status) with two vrings (da, notifyid, pa). */
	assert_int_equal(writable, 4 + 4 + 1 + 2 * 12);
	assert_int_equal(cw_bus_write(board.bus, CW_PA(pa), &byte, 1), -EACCES);
	end(&board);
}

/* ---- TEE ---- */

static void platform_service_is_not_for_clients(void **unused)
{
	static const TEEC_UUID pta = PTA_RPROC_UUID;
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_NONE, TEEC_NONE,
							    TEEC_NONE)};
	struct bench_board board;
	TEEC_Session session;

	board_with(&board, "t1", BENCH_PROTECTED);
	assert_int_not_equal(TEEC_OpenSession(&board.tee, &session, &pta, TEEC_LOGIN_PUBLIC, NULL,
					      &op, NULL),
			     TEEC_SUCCESS);
	bench_board_off(&board);
}

/* Nonsense on a connection of its own ends that connection; the board's other clients do not notice. */
static void forged_tee_messages_end_their_connection(void **unused)
{
	static const uint8_t junk[200] = {0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3};
	struct bench_board board;

	board_with(&board, "t2", BENCH_PROTECTED);
	for (uint32_t op = 0; op < 300; op += 7) {
		struct cw_msg m;
		int pair[2];

		assert_int_equal(cw_msg_pair(pair), 0);
		assert_int_equal(cw_bus_connect_tee(board.bus, pair[1]), 0);
		close(pair[1]);
		cw_msg_send(pair[0], op * 0x01010101u, 7, 0, junk, op % sizeof(junk), NULL, 0);
		while (cw_msg_recv(pair[0], &m, 0) > 0)
			cw_msg_close_fds(&m);
		close(pair[0]);
	}
	start(&board);
	end(&board);
}

/* The state directory is the uid's. A key put there is still not the fused one. */
static void exchanged_key_is_not_trusted(void **unused)
{
	char fingerprint_path[900] = "", dir_path[600], text[300];
	cleanup_free void *mine = NULL, *forged = NULL;
	struct bench_board board;
	size_t len, mine_len;
	uint32_t code;
	FILE *f;
	DIR *dir;

	board_with(&board, "k1", BENCH_PROTECTED);
	snprintf(dir_path, sizeof(dir_path), "%s", bench_path(&b, "k1/tee/keys"));
	dir = opendir(dir_path);
	assert_non_null(dir);
	for (struct dirent *e = readdir(dir); e; e = readdir(dir))
		if (strstr(e->d_name, ".der"))
			snprintf(fingerprint_path, sizeof(fingerprint_path), "%s/%s", dir_path,
				 e->d_name);
	closedir(dir);
	assert_string_not_equal(fingerprint_path, "");
	assert_int_equal(bench_run(&b, NULL, "openssl", "pkey", "-pubin", "-in",
				   bench_path(&b, "attacker.pub"), "-outform", "DER", "-out",
				   bench_path(&b, "attacker.der"), NULL),
			 0);
	mine = bench_read_file(bench_path(&b, "attacker.der"), &mine_len);
	f = fopen(fingerprint_path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(mine, 1, mine_len, f), mine_len);
	fclose(f);
	bench_sign(&b, bench_firmware(&b, "echo"), bench_path(&b, "forged.signed"), bench_path(&b, "attacker.pem"), NULL,
		   NULL);
	forged = bench_read_file(bench_path(&b, "forged.signed"), &len);
	assert_int_not_equal(bench_load(&board, forged, len), TEEC_SUCCESS);
	bench_reason(&board, text, sizeof(text), &code);
	print_message("    %s\n", text);
	assert_true(code == CW_CODE_KEY || code == CW_CODE_SIGNATURE);
	bench_board_off(&board);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_cannot_be_looked_into),
		cmocka_unit_test(processes_in_debug_mode_can),
		cmocka_unit_test(descriptors_inherited_are_harmless),
		cmocka_unit_test(secure_operations_are_refused),
		cmocka_unit_test(protected_memory_is_out_of_reach),
		cmocka_unit_test(secure_memory_and_registers_are_refused),
		cmocka_unit_test(mapping_from_before_reads_zeros),
		cmocka_unit_test(mapping_from_before_reads_without_generations),
		cmocka_unit_test(windows_are_exact),
		cmocka_unit_test(platform_service_is_not_for_clients),
		cmocka_unit_test(forged_tee_messages_end_their_connection),
		cmocka_unit_test(exchanged_key_is_not_trusted),
	};
	int failed;

	if (argc != 2)
		return 2;
	build = argv[1];
	prepare();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(image);
	bench_close(&b);
	return failed;
}
