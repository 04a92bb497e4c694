// SPDX-License-Identifier: BSD-2-Clause
/* sign/container.h: a file appears whole or not at all */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sign/container.h"

static char folder[128];

static const char *in_folder(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static unsigned files_there(void)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void expect_contents(const char *path, const char *text)
{
	char buf[64] = "";
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, buf, sizeof(buf) - 1), strlen(text));
	assert_string_equal(buf, text);
	close(fd);
}

static void files_are_made_and_replaced(void **state)
{
	struct stat st;
	mode_t mask = umask(027);

	assert_int_equal(cw_sign_write_file(in_folder("a"), "one", 3, NULL), 0);
	expect_contents(in_folder("a"), "one");
	assert_int_equal(stat(in_folder("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(cw_sign_write_file(in_folder("a"), "three", 5, NULL), 0);
	expect_contents(in_folder("a"), "three");
	assert_int_equal(files_there(), 1);
	umask(mask);
}

static void failures_leave_nothing(void **state)
{
	struct cw_error err;

	assert_int_equal(cw_sign_write_file(in_folder("no/such"), "x", 1, &err), -ENOENT);
	assert_non_null(strstr(err.text, "no/such"));
	assert_int_equal(mkdir(in_folder("dir"), 0700), 0);
	assert_int_equal(cw_sign_write_file(in_folder("dir"), "x", 1, &err), -EISDIR);
	assert_int_equal(rmdir(in_folder("dir")), 0);
	assert_int_equal(cw_sign_write_file("/dev/full", "x", 1, &err), -ENOSPC);
	assert_int_equal(files_there(), 1);
}

static void pipes_are_written_to(void **state)
{
	char path[64], buf[8] = "";
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
	assert_int_equal(cw_sign_write_file(path, "piped", 5, NULL), 0);
	assert_int_equal(read(ends[0], buf, sizeof(buf)), 5);
	assert_string_equal(buf, "piped");
	close(ends[0]);
	close(ends[1]);
}

static int start(void **state)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/corewarden-output-XXXXXX", tmp ? tmp : "/tmp");
	return mkdtemp(folder) ? 0 : -1;
}

static int finish(void **state)
{
	unlink(in_folder("a"));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_made_and_replaced),
		cmocka_unit_test(failures_leave_nothing),
		cmocka_unit_test(pipes_are_written_to),
	};

	return cmocka_run_group_tests(tests, start, finish);
}
