// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/diff.c - corewarden diff, of any two files, as text and as JSON
 *
 * The first two bytes say where the first file ends and the second begins; zero: the second is the first with its third byte
 * turned. A file is the same as itself; otherwise the answers as text and as JSON agree, hold nothing that a terminal would obey,
 * and the JSON can be parsed. The picture of the first file is drawn as well.
 */
#include "fuzz.h"

#include <getopt.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cli.h"

static int file[2] = {-1, -1};
static char path[2][32];
static FILE *quiet; /* sentences for people: of no interest, and many */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	for (int i = 0; i < 2; i++) {
		file[i] = memfd_create("fuzz", MFD_CLOEXEC);
		fuzz_check(file[i] >= 0);
		snprintf(path[i], sizeof(path[i]), "/proc/self/fd/%d", file[i]);
	}
	quiet = fopen("/dev/null", "w");
	fuzz_check(quiet != NULL);
	return 0;
}

static void fill(int i, const uint8_t *data, size_t size)
{
	fuzz_check(ftruncate(file[i], 0) == 0 && pwrite(file[i], data, size, 0) == (ssize_t)size);
}

/* Exit status; the caller frees what was printed. */
static int run(int (*command)(int, char **), char **argv, int argc, char **ret, size_t *ret_len)
{
	FILE *was = stdout, *was_err = stderr;
	int status;

	stdout = open_memstream(ret, ret_len);
	fuzz_check(stdout != NULL);
	stderr = quiet;
	optind = 0;
	status = command(argc, argv);
	fclose(stdout);
	stdout = was;
	stderr = was_err;
	return status;
}

static int as_text(int a, int b)
{
	char *argv[] = {"diff", path[a], path[b], NULL}, *text;
	size_t len;
	int status = run(cmd_diff, argv, 3, &text, &len);

	for (size_t i = 0; i < len; i++)
		fuzz_check(text[i] == '\n' || ((uint8_t)text[i] >= ' ' && (uint8_t)text[i] <= '~'));
	free(text);
	return status;
}

static int as_json(int a, int b)
{
	char *argv[] = {"diff", path[a], path[b], "--json", NULL}, *text;
	size_t len;
	int status = run(cmd_diff, argv, 4, &text, &len);
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

	fuzz_check(json_is_object(root));
	fuzz_check(json_is_true(json_object_get(root, "same")) == (status == 0));
	json_decref(root);
	free(text);
	return status;
}

static void draw(void)
{
	char *argv[] = {"inspect", path[0], "--svg", "/dev/null", NULL}, *text;
	size_t len;
	int status = run(cmd_inspect, argv, 4, &text, &len);

	fuzz_check(status == CLI_DONE || status == CLI_REFUSED);
	fuzz_check(len == 0);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first = size < 2 ? 0 : cw_get_le16(data) % (size - 1);
	uint8_t *turned;
	bool same;

	if (size < 2)
		return 0;
	data += 2;
	size -= 2;
	if (!first && size > 2) {
		turned = fuzz_copy(data, size);
		turned[2] ^= 1;
		fill(0, data, size);
		fill(1, turned, size);
		free(turned);
		same = false;
	} else {
		fill(0, data, first);
		fill(1, data + first, size - first);
		same = first == size - first && !memcmp(data, data + first, first);
	}
	fuzz_check(as_text(0, 0) == 0 && as_json(1, 1) == 0);
	fuzz_check(as_text(0, 1) == !same && as_json(0, 1) == !same);
	draw();
	return 0;
}
