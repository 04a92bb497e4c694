// SPDX-License-Identifier: BSD-2-Clause
/* cli/util.c - options, errors and input of every sub-command */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "bus/wire.h"
#include "cli/report.h"
#include "host/cleanup.h"
#include "host/state.h"

/* ---- options ---- */

int cli_getopt(int argc, char **argv, const char *shorts, const struct option *longs)
{
	int c;

	opterr = 0;
	c = getopt_long(argc, argv, shorts, longs, NULL);
	if (c == ':') {
		cli_usage(argv[0], "option '%s' needs a value", argv[optind - 1]);
		return '?';
	}
	if (c == '?') {
		if (optopt && optopt < 256 && argv[optind - 1][1] != '-')
			cli_usage(argv[0], "unknown option '-%c'", optopt);
		else
			/* Not what it was given: of --passin misspelt that is a passphrase. */
			cli_usage(argv[0], "unknown or ambiguous option '%.*s'",
				  (int)strcspn(argv[optind - 1], "="), argv[optind - 1]);
	}
	return c;
}

int cli_usage(const char *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "corewarden %s: ", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see 'corewarden %s --help'\n", command);
	return CLI_USAGE;
}

int cli_help(const char *text)
{
	fputs(text, stdout);
	return cli_flush();
}

bool cli_number(const char *text, uint64_t max, uint64_t *ret)
{
	unsigned long long v;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || *end || v > max)
		return false;
	*ret = v;
	return true;
}

static uint32_t require_bit(const char *word, size_t len)
{
	static const struct {
		const char *word;
		uint32_t bit;
	} words[] = {
		{"version", CW_FUSE_REQUIRE_VERSION},
		{"target", CW_FUSE_REQUIRE_TARGET},
		{"headers", CW_FUSE_REQUIRE_HEADERS},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == len && !strncmp(words[i].word, word, len))
			return words[i].bit;
	return 0;
}

int cli_require(const char *command, const char *text, uint32_t *ret_bits)
{
	uint32_t bits = 0;

	for (const char *word = text; *word;) {
		size_t len = strcspn(word, ",");
		uint32_t bit = require_bit(word, len);

		if (!bit)
			return cli_usage(command,
					 "--require knows version, target and headers, not '%.*s'",
					 (int)len, word);
		bits |= bit;
		word += len;
		word += *word == ',';
	}
	*ret_bits = bits;
	return CLI_DONE;
}

/* ---- boards ---- */

int cli_state_path(const char *state, const char *board, char **ret, struct cw_error *err)
{
	cleanup_free char *name = NULL;
	const char *slash;
	size_t len;

	if (state) {
		*ret = strdup(state);
		return *ret ? 0 : cw_error_set(err, -ENOMEM, "no memory for a path");
	}
	board = board ? board : CLI_BOARD_DEFAULT;
	slash = strrchr(board, '/');
	board = slash ? slash + 1 : board;
	len = strlen(board);
	if (len > 4 && !strcmp(board + len - 4, ".dtb"))
		len -= 4;
	name = strndup(board, len);
	if (!name)
		return cw_error_set(err, -ENOMEM, "no memory for a path");
	return cw_state_default_path(name, ret, err);
}

/* ---- results ---- */

int cli_fail(bool json, const struct cw_error *err)
{
	fprintf(stderr, "corewarden: %s\n", err->text);
	if (json) {
		json_t *o = json_pack("{s:b, s:s, s:s, s:o}", "ok", 0, "code",
				      err->reason ? cw_code_name(err->reason) : "failed", "errno",
				      strerrorname_np(-err->code) ?: "", "sentence",
				      report_string(err->text));

		if (o && !json_dumpf(o, stdout, JSON_INDENT(2)))
			putchar('\n');
		json_decref(o);
	}
	return CLI_REFUSED;
}

int cli_flush(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return CLI_DONE;
	fprintf(stderr, "corewarden: standard output cannot be written: %s\n",
		errno ? strerror(errno) : "some of it is lost");
	return CLI_REFUSED;
}

void cli_report_verdict(struct report *r, int code, const struct cw_refusal *why)
{
	report_text(r, "verdict", NULL, "%s", code ? "refuse" : "accept");
	report_text(r, "code", NULL, "%s", cw_code_name(-code));
	if (code)
		report_text(r, "sentence", NULL, "%s", why->text);
	if (code && why->offset != CW_NO_OFFSET)
		report_num(r, "offset", NULL, why->offset, NULL);
}

void cli_tell_refusal(const char *path, int code, const struct cw_refusal *r)
{
	fflush(stdout);
	fprintf(stderr, "corewarden: '%s' is refused: %s (%s", path, r->text, cw_code_name(-code));
	if (r->offset != CW_NO_OFFSET)
		fprintf(stderr, ", at byte %llu", (unsigned long long)r->offset);
	fputs(")\n", stderr);
}

/* ---- input ---- */

#define PAGE	  4096u
#define HUGE_PAGE (2u << 20)

/* Room that is about to be filled. Page after page, each with a fault of its own, would cost more than filling them: so pages
 * are asked for all at once, large ones where the file fills them. A kernel that knows neither gives small ones, later. */
static uint8_t *room_for(size_t size)
{
	bool large = size >= 2 * HUGE_PAGE;
	size_t page = large ? HUGE_PAGE : PAGE;
	uint8_t *p;

	if (size < 16 * PAGE)
		return malloc(size);
	p = aligned_alloc(page, (size + page - 1) / page * page);
	/* Of the last page, which the file does not fill, no more than it needs. */
	if (p)
		madvise(p, size / page * page, large ? MADV_HUGEPAGE : MADV_POPULATE_WRITE);
	return p;
}

static int read_stream(int fd, const char *path, uint8_t **ret, size_t *ret_len,
		       struct cw_error *err)
{
	cleanup_free uint8_t *bytes = NULL;
	size_t len = 0, size = 65536;
	struct stat st;

	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size < CLI_FILE_MAX)
		size = (size_t)st.st_size + 1; /* one more, to see the end at once */
	bytes = room_for(size);
	while (bytes) {
		ssize_t n = read(fd, bytes + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cw_error_errno(err, "read '%s'", path);
		if (!n)
			break;
		len += (size_t)n;
		if (len > CLI_FILE_MAX)
			return cw_error_set(err, -EFBIG, "'%s' has more than %u bytes", path,
					    CLI_FILE_MAX);
		if (len == size) {
			uint8_t *more = realloc(bytes, size *= 2);

			if (!more)
				return cw_error_set(err, -ENOMEM, "no memory for '%s'", path);
			bytes = more;
		}
	}
	if (!bytes)
		return cw_error_set(err, -ENOMEM, "no memory for '%s'", path);
	*ret = cw_steal_ptr(&bytes);
	*ret_len = len;
	return 0;
}

int cli_read_file(const char *path, uint8_t **ret_bytes, size_t *ret_len, struct cw_error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return cw_error_errno(err, "open '%s'", path);
	return read_stream(fd, path, ret_bytes, ret_len, err);
}

const char *cli_printable(struct cw_span bytes, char *buf, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t c = bytes.ptr[i];
		bool plain = c >= ' ' && c <= '~' && c != '\\';

		if (used + 4 + 4 > size) {
			memcpy(buf + used, "...", 3);
			used += 3;
			break;
		}
		if (plain)
			buf[used++] = (char)c;
		else
			used += (size_t)snprintf(buf + used, size - used, "\\x%02x", c);
	}
	buf[used] = '\0';
	return buf;
}
