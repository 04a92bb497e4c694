// SPDX-License-Identifier: BSD-2-Clause
/* host/test_state.c - the state directory: ownership, lock, fuses, board, files, reset */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/state.h"

struct place {
	char top[64], path[96];
	int fd;
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	const char *tmp = getenv("TMPDIR");

	snprintf(p->top, sizeof(p->top), "%s/cw-state-XXXXXX",
		 tmp && strlen(tmp) < 32 ? tmp : "/tmp");
	if (!mkdtemp(p->top))
		return -1;
	snprintf(p->path, sizeof(p->path), "%s/a/b", p->top);
	*state = p;
	return cw_state_open(p->path, 1, &p->fd, NULL);
}

static int teardown(void **state)
{
	struct place *p = *state;
	char path[128];

	cw_state_reset(p->fd, NULL);
	unlinkat(p->fd, "lock", 0);
	unlinkat(p->fd, "version", 0);
	close(p->fd);
	rmdir(p->path);
	snprintf(path, sizeof(path), "%s/a", p->top);
	rmdir(path);
	rmdir(p->top);
	free(p);
	return 0;
}

static void directory_is_judged(void **state)
{
	struct place *p = *state;
	struct cw_error err = {0};
	struct stat st;
	int fd = 55;

	assert_int_equal(fstat(p->fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(cw_state_open("/nonexistent/x", 0, &fd, &err), -ENOENT);
	assert_int_equal(cw_state_open(p->top, 1, &fd, &err), -EPROTO); /* not empty, not ours */
	assert_non_null(strstr(err.text, "not a state directory"));
	chmod(p->path, 0770);
	assert_int_equal(cw_state_open(p->path, 0, &fd, &err), -EPERM);
	assert_non_null(strstr(err.text, "chmod 700"));
	chmod(p->path, 0700);
	assert_int_equal(cw_state_file_write(p->fd, "version", "corewarden-state 2\n", 19, &err),
			 0);
	assert_int_equal(cw_state_open(p->path, 1, &fd, &err), -EPROTO);
	assert_non_null(strstr(err.text, "another version"));
	assert_int_equal(fd, 55);
}

static void foreign_owner_is_refused(void **state)
{
	struct place *p = *state;
	struct cw_error err = {0};
	int fd = 55;

	if (geteuid() != 0) {
		print_message("SKIP: only root can give a directory away\n");
		skip();
	}
	assert_int_equal(chown(p->path, 65534, 65534), 0);
	assert_int_equal(cw_state_open(p->path, 0, &fd, &err), -EPERM);
	assert_non_null(strstr(err.text, "belongs to uid 65534"));
	assert_int_equal(chown(p->path, 0, 0), 0);
}

static void one_board_at_a_time(void **state)
{
	struct place *p = *state;
	struct cw_error err = {0};
	int lock, other = 55;

	assert_int_equal(cw_state_lock(p->fd, &lock, &err), 0);
	assert_int_equal(cw_state_lock(p->fd, &other, &err), -EBUSY);
	close(lock);
	assert_int_equal(cw_state_lock(p->fd, &lock, &err), 0);
	close(lock);
}

static void fuses_go_round(void **state)
{
	struct place *p = *state;
	struct cw_bus_fuses in = {.require = CW_FUSE_REQUIRE_TARGET | CW_FUSE_REQUIRE_HEADERS}, out;
	struct cw_error err = {0};

	memset(&out, 0xee, sizeof(out));
	assert_int_equal(cw_state_fuses_read(p->fd, &out, &err), 0);
	for (unsigned i = 0; i < sizeof(out); i++)
		assert_int_equal(((uint8_t *)&out)[i], 0);
	for (unsigned i = 0; i < 32; i++) {
		in.key[0][i] = (uint8_t)(i * 9);
		in.key[3][i] = (uint8_t)(255 - i);
		in.state_id[i] = (uint8_t)(i + 1);
	}
	assert_int_equal(cw_state_fuses_write(p->fd, &in, &err), 0);
	assert_int_equal(cw_state_fuses_read(p->fd, &out, &err), 0);
	assert_memory_equal(&in, &out, sizeof(in));
	in.require = 8;
	assert_int_equal(cw_state_fuses_write(p->fd, &in, &err), -EINVAL);
}

#define HEX32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void malformed_fuses_name_the_line(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} bad[] = {
		{"key0 " HEX32, 1},			 /* no newline */
		{"key4 " HEX32 "\n", 1},		 /* no such fuse */
		{"key0 " HEX32 "0\n", 1},		 /* too long */
		{"key0 " HEX32 "\nkey0 " HEX32 "\n", 2}, /* twice */
		{"key0  " HEX32 "\n", 1},		 /* two spaces */
		{"key1 " HEX32 "\nrequire magic\n", 2},
		{"require \n", 1},
		{"\n", 1},
		{"key0 0000000000000000000000000000000000000000000000000000000000000000\n", 1},
		{"key0 zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 1},
		{"comment\n", 1},
	};
	struct place *p = *state;
	struct cw_bus_fuses f = {.require = 0x55};
	struct cw_error err = {0};
	char big[4096], line[32];

	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(
			cw_state_file_write(p->fd, "fuses", bad[i].text, strlen(bad[i].text), &err),
			0);
		assert_int_equal(cw_state_fuses_read(p->fd, &f, &err), -EBADMSG);
		snprintf(line, sizeof(line), "line %u", bad[i].line);
		assert_non_null(strstr(err.text, line));
	}
	assert_int_equal(cw_state_file_write(p->fd, "fuses", "key0 " HEX32 "\0x\n", 72, &err), 0);
	assert_int_equal(cw_state_fuses_read(p->fd, &f, &err), -EBADMSG);
	memset(big, 'x', sizeof(big));
	assert_int_equal(cw_state_file_write(p->fd, "fuses", big, sizeof(big), &err), 0);
	assert_int_equal(cw_state_fuses_read(p->fd, &f, &err), -EFBIG);
	assert_int_equal(f.require, 0x55);
}

static void state_belongs_to_one_board(void **state)
{
	struct place *p = *state;
	uint8_t one[32] = {1}, two[32] = {2};
	cleanup_fd int tee = -1;
	struct cw_error err = {0};

	assert_int_equal(cw_state_open_tee(p->fd, &tee, &err), 0);
	assert_int_equal(cw_state_board_check(tee, "st,stm32mp157c-dk2", one, &err), 0);
	assert_int_equal(cw_state_board_check(tee, "st,stm32mp157c-dk2", one, &err), 0);
	assert_int_equal(cw_state_board_check(tee, "st,stm32mp157c-dk2", two, &err), -ESTALE);
	assert_non_null(strstr(err.text, "another device tree"));
	assert_int_equal(cw_state_board_check(tee, "other,board", one, &err), -ESTALE);
	assert_non_null(strstr(err.text, "st,stm32mp157c-dk2"));
	assert_non_null(strstr(err.text, "other,board"));
	assert_int_equal(cw_state_file_write(tee, "board", "x", 1, &err), 0);
	assert_int_equal(cw_state_board_check(tee, "other,board", one, &err), -EBADMSG);
	/* Found by fuzzing: its first line would reach the terminal. */
	assert_int_equal(cw_state_file_write(tee, "board", "x\033[2J\nx\n", 8, &err), 0);
	assert_int_equal(cw_state_board_check(tee, "other,board", one, &err), -EBADMSG);
	assert_null(strchr(err.text, '\033'));
}

static void files_are_bounded_and_inside(void **state)
{
	static const char *const names[] = {"",	    "/etc/passwd", "../x", "a/../b", ".x",
					    "a//b", "a/",	   "a b",  "a/.b"};
	struct place *p = *state;
	struct cw_error err = {0};
	struct stat st;
	char buf[8];

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_int_equal(cw_state_file_write(p->fd, names[i], "x", 1, &err), -EINVAL);
		assert_int_equal(cw_state_file_read(p->fd, names[i], buf, 8, &err), -EINVAL);
	}
	assert_int_equal(cw_state_file_write(p->fd, "tee/keys/ab.der", "12345678", 8, &err), 0);
	assert_int_equal(cw_state_file_read(p->fd, "tee/keys/ab.der", buf, 8, &err), 8);
	assert_memory_equal(buf, "12345678", 8);
	assert_int_equal(cw_state_file_read(p->fd, "tee/keys/ab.der", buf, 7, &err), -EFBIG);
	assert_int_equal(cw_state_file_read(p->fd, "tee/none", buf, 8, &err), -ENOENT);
	assert_int_equal(cw_state_file_read(p->fd, "tee/keys", buf, 8, &err), -EBADMSG);
	assert_int_equal(fstatat(p->fd, "tee/keys/ab.der", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(cw_state_file_write(p->fd, "tee/keys/ab.der", "", 0, &err), 0);
	assert_int_equal(cw_state_file_read(p->fd, "tee/keys/ab.der", buf, 8, &err), 0);
	/* a link is not followed, in the name or on the way */
	assert_int_equal(symlinkat("keys", p->fd, "tee/link"), 0);
	assert_true(cw_state_file_read(p->fd, "tee/link/ab.der", buf, 8, &err) < 0);
	assert_int_equal(symlinkat("/etc/passwd", p->fd, "tee/pw"), 0);
	assert_int_equal(cw_state_file_read(p->fd, "tee/pw", buf, 8, &err), -ELOOP);
	/* what a power cut left behind is in nobody's way */
	assert_int_equal(mkfifoat(p->fd, "tee/fifo.new", 0600), 0);
	assert_int_equal(cw_state_file_write(p->fd, "tee/fifo", "x", 1, &err), 0);
	assert_int_equal(mkfifoat(p->fd, "tee/pipe", 0600), 0);
	assert_int_equal(cw_state_file_read(p->fd, "tee/pipe", buf, 8, &err), -EBADMSG);
}

static void reset_is_a_blank_board(void **state)
{
	struct place *p = *state;
	struct cw_bus_fuses f = {.require = 1};
	cleanup_fd int lock = -1, again = -1;
	struct cw_error err = {0};

	assert_int_equal(cw_state_lock(p->fd, &lock, &err), 0);
	assert_int_equal(cw_state_fuses_write(p->fd, &f, &err), 0);
	assert_int_equal(cw_state_file_write(p->fd, "tee/keys/ab.der", "x", 1, &err), 0);
	assert_int_equal(cw_state_reset(p->fd, &err), 0);
	assert_int_equal(cw_state_fuses_read(p->fd, &f, &err), 0);
	assert_int_equal(f.require, 0);
	assert_int_equal(faccessat(p->fd, "tee", F_OK, 0), -1);
	assert_int_equal(cw_state_lock(p->fd, &again, &err), -EBUSY);
	assert_int_equal(cw_state_reset(p->fd, &err), 0);
	assert_int_equal(cw_state_open(p->path, 0, &again, &err), 0);
}

static void default_path(void **state)
{
	struct cw_error err = {0};
	char *path = NULL;

	(void)state;
	setenv("HOME", "/home/user", 1);
	unsetenv("XDG_STATE_HOME");
	assert_int_equal(cw_state_default_path("stm32mp15", &path, &err), 0);
	assert_string_equal(path, "/home/user/.local/state/corewarden/stm32mp15");
	free(path);
	setenv("XDG_STATE_HOME", "/state", 1);
	assert_int_equal(cw_state_default_path("stm32mp15", &path, &err), 0);
	assert_string_equal(path, "/state/corewarden/stm32mp15");
	free(path);
	path = NULL;
	assert_int_equal(cw_state_default_path("../x", &path, &err), -EINVAL);
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	assert_int_equal(cw_state_default_path("stm32mp15", &path, &err), -ENOENT);
	assert_null(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(directory_is_judged, setup, teardown),
		cmocka_unit_test_setup_teardown(foreign_owner_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(one_board_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(fuses_go_round, setup, teardown),
		cmocka_unit_test_setup_teardown(malformed_fuses_name_the_line, setup, teardown),
		cmocka_unit_test_setup_teardown(state_belongs_to_one_board, setup, teardown),
		cmocka_unit_test_setup_teardown(files_are_bounded_and_inside, setup, teardown),
		cmocka_unit_test_setup_teardown(reset_is_a_blank_board, setup, teardown),
		cmocka_unit_test(default_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
