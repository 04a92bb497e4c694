// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/inspect.c - corewarden inspect, of any file, as text and as JSON
 *
 * Whatever is in the file, the text holds nothing that a terminal would obey, and the JSON can be parsed.
 */
#include "fuzz.h"

#include <getopt.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cli.h"

static int file = -1;
static char path[32];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	file = memfd_create("fuzz", MFD_CLOEXEC);
	fuzz_check(file >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return 0;
}

/* Run it with its output in memory; the caller frees. */
static char *run(char **argv, int argc, size_t *ret_len)
{
	FILE *was = stdout;
	char *text = NULL;

	stdout = open_memstream(&text, ret_len);
	fuzz_check(stdout != NULL);
	optind = 0;
	fuzz_check(cmd_inspect(argc, argv) == CLI_DONE);
	fclose(stdout);
	stdout = was;
	return text;
}

static void as_text(void)
{
	char *argv[] = {"inspect", path, NULL};
	size_t len;
	char *text = run(argv, 2, &len);

	for (size_t i = 0; i < len; i++)
		fuzz_check(text[i] == '\n' || ((uint8_t)text[i] >= ' ' && (uint8_t)text[i] <= '~'));
	free(text);
}

static void as_json(void)
{
	char *argv[] = {"inspect", path, "--json", NULL};
	size_t len;
	char *text = run(argv, 3, &len);
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

	fuzz_check(json_is_object(root));
	fuzz_check(json_is_true(json_object_get(root, "ok")));
	fuzz_check(json_is_string(json_object_get(root, "format")));
	json_decref(root);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_check(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
	as_text();
	as_json();
	return 0;
}
