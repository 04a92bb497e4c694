// SPDX-License-Identifier: BSD-2-Clause
/* cli/unpack.c - compressed firmware: what kind it is, and what is said about it */
#include "cli/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "host/cleanup.h"

static const char *const names[] = {"none", "zstd", "xz"};

enum cli_packing cli_packing(struct cw_span file)
{
	uint32_t magic;

	if (!cw_span_u32(file, 0, &magic))
		return CLI_PLAIN;
	/* A frame, or one that decoders skip. */
	if (magic == 0xFD2FB528 || (magic & 0xFFFFFFF0) == 0x184D2A50)
		return CLI_ZSTD;
	if (magic == 0x587A37FD && (file.len < 6 || !memcmp(file.ptr + 4, "Z", 2)))
		return CLI_XZ;
	return CLI_PLAIN;
}

size_t cli_unpack_room(struct cli_unpacked *u, uint64_t at, uint8_t **ret_to)
{
	size_t want = u->room ? 2 * u->room : 8 * u->packed + 65536;
	uint8_t *more;

	if (u->len < u->room) {
		*ret_to = u->bytes + u->len;
		return u->room - u->len;
	}
	if (u->len >= u->max) {
		u->broken = true;
		cw_refuse(&u->why, CW_CODE_LIMIT, at,
			  "the contents have more than the %zu bytes that are decompressed",
			  u->max);
		return 0;
	}
	if (!u->room && u->told && u->told_size && u->told_size < want)
		want = (size_t)u->told_size;
	if (want > u->max)
		want = u->max;
	more = realloc(u->bytes, want);
	if (!more)
		return 0;
	u->bytes = more;
	u->room = want;
	*ret_to = u->bytes + u->len;
	return u->room - u->len;
}

void cli_unpack_reason(struct cli_unpacked *u, const char *reason)
{
	for (unsigned i = 0; i < u->n_reasons; i++)
		if (u->reasons[i] == reason)
			return;
	if (u->n_reasons < CLI_UNPACK_REASONS)
		u->reasons[u->n_reasons++] = reason;
}

int cli_unpack(struct cw_span file, size_t max, struct cli_unpacked *ret, struct cw_error *err)
{
	int rc;

	*ret = (struct cli_unpacked){.packing = cli_packing(file), .packed = file.len, .max = max};
	rc = ret->packing == CLI_ZSTD ? cli_unpack_zstd(file, ret) : cli_unpack_xz(file, ret);
	if (!rc && !ret->bytes)
		ret->bytes = malloc(1); /* no contents at all */
	if (!rc && ret->bytes)
		return 0;
	cli_unpack_done(ret);
	if (rc == -ENODEV)
		return cw_error_set(err, rc,
				    "the file is compressed, and the library that decompresses it "
				    "cannot be loaded; install it (Debian: libzstd1, liblzma5)");
	return cw_error_set(err, -ENOMEM, "no memory for decompressed contents");
}

void cli_unpack_done(struct cli_unpacked *u)
{
	free(u->bytes);
	*u = (struct cli_unpacked){0};
}

/* A file that goes beyond our own limits is not known to be wrong. */
static void tell_linux(struct report *r, const struct cli_unpacked *u)
{
	bool wrong = u->broken && u->why.code != CW_CODE_LIMIT;

	if (u->broken && !wrong && !u->n_reasons)
		report_null(r, "linux");
	else
		report_bool(r, "linux", NULL, !u->n_reasons && !wrong);
	report_text(r, NULL, "Linux", "%s",
		    u->n_reasons || wrong ? "its firmware loader does not take this file as it is:"
		    : u->broken		  ? "not known what its firmware loader would say"
					  : "its firmware loader takes this file");
	if (wrong)
		report_remark(r, "linux_reasons", "the compressed stream is broken");
}

void cli_unpack_tell(struct report *r, const struct cli_unpacked *u)
{
	uint64_t tenths = u->packed ? (10 * (uint64_t)u->len + u->packed / 2) / u->packed : 0;

	report_open(r, "compression", "compression");
	report_text(r, "format", "format", "%s", names[u->packing]);
	report_num(r, "parts", u->packing == CLI_ZSTD ? "frames" : "streams", u->parts, NULL);
	report_num(r, "compressed", "compressed", u->packed, "%zu bytes", u->packed);
	report_num(r, "uncompressed", "contents", u->len, "%zu bytes%s", u->len,
		   u->broken ? " before the break" : "");
	report_text(r, "ratio", "ratio", "%llu.%llu", (unsigned long long)(tenths / 10),
		    (unsigned long long)(tenths % 10));
	if (u->check)
		report_text(r, "check", "check", "%s", u->check);
	if (u->window)
		report_num(r, "window", u->packing == CLI_ZSTD ? "window" : "dictionary", u->window,
			   "%llu bytes", (unsigned long long)u->window);
	if (u->filter)
		report_text(r, "filter", "filter", "%s", u->filter);
	tell_linux(r, u);
	for (unsigned i = 0; i < u->n_reasons; i++)
		report_remark(r, "linux_reasons", "%s", u->reasons[i]);
	report_text(r, NULL, "offsets", "below are those of the contents");
	report_close(r);
}

int cli_unpack_file(const char *path, uint8_t **bytes, size_t *len, struct cw_error *err)
{
	struct cli_unpacked u;
	struct cw_refusal why;
	int r;

	if (cli_packing(cw_span(*bytes, *len)) == CLI_PLAIN)
		return 0;
	r = cli_unpack(cw_span(*bytes, *len), CLI_UNPACKED_MAX, &u, err);
	if (r < 0)
		return cw_error_wrap(err, r, "'%s'", path);
	if (u.broken) {
		why = u.why;
		cli_unpack_done(&u);
		cw_error_set(err, -EBADMSG, "'%s' cannot be decompressed: at byte %llu: %s", path,
			     (unsigned long long)why.offset, why.text);
		err->reason = why.code;
		return -EBADMSG;
	}
	free(*bytes);
	*bytes = u.bytes;
	*len = u.len;
	return 0;
}
