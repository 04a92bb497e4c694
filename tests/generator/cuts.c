// SPDX-License-Identifier: BSD-2-Clause
/*
 * generator/cuts.c - corewarden inspect of files that end too early
 *
 * cuts FILE...: each file as it is, then cut at every byte (of long runs of zeros at some), in this process. Whole, it must have no mark (or, when the name
 * says "bad", a mark). FILE may be SHOWN:CUT, for a file of several: CUT is changed where it is, and SHOWN is inspected. Cut, the first broken thing must be marked, with its offset inside the file or at its end; nothing may
 * crash, and what is printed must be text or JSON. Prints the format of each, and the bytes at which a cut was not seen.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cli.h"
#include "crypto/verify.h"

static char path[4096];

/* The file to cut: a copy in memory, or for SHOWN:CUT the file itself. @arg becomes the name of what is cut. */
static int make(char **arg)
{
	char *colon = strchr(*arg, ':');
	int fd;

	if (colon) {
		snprintf(path, sizeof(path), "%.*s", (int)(colon - *arg), *arg);
		*arg = colon + 1;
		return open(*arg, O_RDWR | O_CLOEXEC);
	}
	fd = memfd_create("cut", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd;
}

static char *run(bool json, size_t *ret_len)
{
	char *argv[] = {"inspect", path, json ? "--json" : NULL, NULL};
	FILE *was = stdout;
	char *text = NULL;
	int status;

	stdout = open_memstream(&text, ret_len);
	optind = 0;
	status = cmd_inspect(json ? 3 : 2, argv);
	fclose(stdout);
	stdout = was;
	if (status == CLI_DONE)
		return text;
	free(text);
	return NULL;
}

/* 1 marked, 0 not, -1 wrong (told). @name: of the format, for the caller. */
static int look(size_t len, char name[32])
{
	size_t n;
	char *text = run(true, &n);
	json_t *root = text ? json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	json_t *first = json_object_get(root, "first_broken");
	json_t *offset = json_object_get(first, "offset");
	struct stat shown;
	int marked = json_is_object(first);

	if (!root || !first)
		marked = -1;
	else
		snprintf(name, 32, "%s", json_string_value(json_object_get(root, "format")));
	/* Offsets are in the file that is inspected. */
	if (stat(path, &shown) ||
	    (json_is_integer(offset) && json_integer_value(offset) > (json_int_t)shown.st_size)) {
		printf("cut at %zu: offset %lld is outside: %s\n", len,
		       (long long)json_integer_value(offset),
		       json_string_value(json_object_get(first, "sentence")));
		marked = -1;
	}
	json_decref(root);
	free(text);
	return marked;
}

static bool printable(void)
{
	size_t n;
	char *text = run(false, &n);
	bool good = text;

	for (size_t i = 0; good && i < n; i++)
		good = text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~');
	free(text);
	return good;
}

/* In the middle of zeros one place is as good as the other. */
static bool dull(const uint8_t *bytes, size_t len, size_t n)
{
	return n % 64 && n > 8 && n + 8 < len && cw_span_zero(cw_span(bytes + n - 8, 16));
}

/* Where one whole file ends and another begins, a cut cannot be seen. */
static bool seam(const uint8_t *bytes, size_t len, size_t n)
{
	return n && n + 4 < len && !memcmp(bytes + n, "\177ELF", 4) && !memcmp(bytes, "\177ELF", 4);
}

/* Returns what is wrong. */
static unsigned cut_all(int fd, const uint8_t *bytes, size_t len, bool bad)
{
	char name[32] = "", whole[32] = "";
	unsigned wrong = 0, unseen = 0;
	size_t unseen_at = 0;

	for (size_t n = len + 1; n-- > 0;) {
		int marked;

		if (n < len && (dull(bytes, len, n) || seam(bytes, len, n)))
			continue;
		if (ftruncate(fd, 0) || pwrite(fd, bytes, n, 0) != (ssize_t)n)
			return 1;
		marked = look(n, name);
		if (n == len)
			memcpy(whole, name, sizeof(whole));
		if (marked < 0 || !printable()) {
			printf("cut at %zu: no answer\n", n);
			wrong++;
		} else if (n == len ? marked != bad : !marked) {
			unseen++;
			unseen_at = n;
		}
	}
	if (unseen)
		printf("%u cuts not seen, the least at %zu of %zu\n", unseen, unseen_at, len);
	printf("%s, %zu bytes\n", whole, len);
	return wrong + unseen;
}

int main(int argc, char **argv)
{
	unsigned wrong = 0;

	cw_crypto_start();
	for (int i = 1; i < argc; i++) {
		char *name = argv[i];
		int fd = make(&name);
		uint8_t *bytes;
		size_t len;
		unsigned found;

		if (fd < 0 || cli_read_file(name, &bytes, &len, NULL) < 0)
			return 1;
		printf("%s: ", name);
		fflush(stdout);
		found = cut_all(fd, bytes, len, strstr(name, "bad") != NULL);
		wrong += found;
		free(bytes);
		close(fd);
	}
	return wrong ? 1 : 0;
}
