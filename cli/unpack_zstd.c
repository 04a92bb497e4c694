// SPDX-License-Identifier: BSD-2-Clause
/*
 * cli/unpack_zstd.c - zstd frames (RFC 8878)
 *
 * The decoder is given as many bytes as it asks for and no more: a block at a time. So a break has the byte where its block
 * begins.
 */
#include "cli/unpack.h"

#include <errno.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "cli/cli.h"
#include "cli/unpack_load.h"
#include "host/cleanup.h"

/* Loaded when a file needs them. */
static struct {
	__typeof__(&ZSTD_createDCtx) createDCtx;
	__typeof__(&ZSTD_freeDCtx) freeDCtx;
	__typeof__(&ZSTD_DCtx_setParameter) DCtx_setParameter;
	__typeof__(&ZSTD_DCtx_reset) DCtx_reset;
	__typeof__(&ZSTD_decompressStream) decompressStream;
	__typeof__(&ZSTD_isError) isError;
	__typeof__(&ZSTD_getErrorName) getErrorName;
	__typeof__(&ZSTD_getErrorCode) getErrorCode;
} zstd;

static int load(void)
{
	static const struct cli_call calls[] = {
		{"ZSTD_createDCtx", (void **)&zstd.createDCtx},
		{"ZSTD_freeDCtx", (void **)&zstd.freeDCtx},
		{"ZSTD_DCtx_setParameter", (void **)&zstd.DCtx_setParameter},
		{"ZSTD_DCtx_reset", (void **)&zstd.DCtx_reset},
		{"ZSTD_decompressStream", (void **)&zstd.decompressStream},
		{"ZSTD_isError", (void **)&zstd.isError},
		{"ZSTD_getErrorName", (void **)&zstd.getErrorName},
		{"ZSTD_getErrorCode", (void **)&zstd.getErrorCode},
		{},
	};

	return zstd.getErrorCode ? 0 : cli_load("libzstd.so.1", calls);
}

#define FRAME_MAGIC    0xFD2FB528u
#define SKIPPABLE(m)   (((m)&0xFFFFFFF0u) == 0x184D2A50u)
#define WINDOW_LOG_MAX 27 /* CLI_UNPACK_MEMORY_MAX leaves room for it twice */

/* The header of a frame, as far as it matters here. */
struct frame {
	bool skippable, checked, told;
	uint64_t window, size;
	uint32_t dictionary, header; /* header: its bytes */
};

static const char no_size[] =
	"the first frame does not say how many bytes it holds, so the loader does not know what to allocate "
	"(zstd writes it when the input is a file, or with --stream-size)";
static const char empty[] = "the first frame holds nothing, and nothing cannot be allocated";
static const char more[] =
	"there are more frames than one, and the loader allocates only what the first one holds";
static const char dictionary[] = "a dictionary is needed, and the loader has none";

static uint64_t little(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

/* RFC 8878, 3.1.1.1. False: it is cut, or no frame. */
static bool read_frame(struct cw_span f, struct frame *ret)
{
	static const uint8_t id_sizes[] = {0, 1, 2, 4}, size_sizes[] = {0, 2, 4, 8};
	unsigned flags, single, id_size, size_size, at = 5;
	uint32_t magic;

	if (!cw_span_u32(f, 0, &magic) || f.len < 9)
		return false;
	if (SKIPPABLE(magic)) {
		*ret = (struct frame){.skippable = true,
				      .told = true,
				      .size = cw_get_le32(f.ptr + 4),
				      .header = 8};
		return true;
	}
	if (magic != FRAME_MAGIC)
		return false;
	flags = f.ptr[4];
	single = flags >> 5 & 1;
	id_size = id_sizes[flags & 3];
	size_size = size_sizes[flags >> 6];
	if (single && !size_size)
		size_size = 1;
	*ret = (struct frame){.checked = flags >> 2 & 1,
			      .told = size_size,
			      .header = 5 + !single + id_size + size_size};
	if (f.len < ret->header + 1)
		return false;
	if (!single) {
		uint64_t base = 1ull << (10 + (f.ptr[at] >> 3));

		ret->window = base + base / 8 * (f.ptr[at++] & 7);
	}
	ret->dictionary = (uint32_t)little(f.ptr + at, id_size);
	ret->size = little(f.ptr + at + id_size, size_size) + (size_size == 2 ? 256 : 0);
	if (single)
		ret->window = ret->size;
	return true;
}

static void broken(struct cli_unpacked *u, enum cw_code code, uint64_t at, const char *what)
{
	u->broken = true;
	cw_refuse(&u->why, code, at, "zstd frame %u: %s", u->parts, what);
}

/* One step of the decoder over [at, at+n): what it asks for next, 0 at the end of a frame, or an error of zstd. */
static size_t step(ZSTD_DCtx *d, struct cw_span file, size_t *at, size_t n, struct cli_unpacked *u,
		   bool *ret_stop)
{
	ZSTD_inBuffer in = {file.ptr + *at, n, 0};
	size_t hint;

	do {
		uint8_t *to;
		size_t room = cli_unpack_room(u, *at, &to);
		ZSTD_outBuffer out = {to, room, 0};

		*ret_stop = !room;
		if (!room)
			return 0;
		hint = zstd.decompressStream(d, &out, &in);
		if (zstd.isError(hint))
			return hint;
		u->len += out.pos;
		/* A full buffer may hide that there is more to come of what was read. */
		if (out.pos < out.size && in.pos == in.size)
			break;
	} while (hint);
	*at += in.pos;
	return hint;
}

/* Contents of the frame at *@at, whose header has @hint bytes. 0, -ENOMEM. */
static int unpack_frame(ZSTD_DCtx *d, struct cw_span file, size_t *at, size_t hint,
			struct cli_unpacked *u)
{
	bool stop;

	zstd.DCtx_reset(d, ZSTD_reset_session_only);
	while (hint && !u->broken) {
		size_t left = file.len - *at, n = hint < left ? hint : left;

		if (!n) {
			broken(u, CW_CODE_TRUNCATED, file.len,
			       "the file ends before the frame does");
			return 0;
		}
		hint = step(d, file, at, n, u, &stop);
		if (stop)
			return u->broken ? 0 : -ENOMEM;
		if (zstd.isError(hint))
			broken(u,
			       zstd.getErrorCode(hint) == ZSTD_error_frameParameter_windowTooLarge
				       ? CW_CODE_LIMIT
				       : CW_CODE_HASH,
			       *at, zstd.getErrorName(hint));
	}
	return 0;
}

static void note_frame(struct cli_unpacked *u, const struct frame *f)
{
	if (u->parts == 1) {
		u->check = f->checked ? "XXH64, low 32 bits" : "none";
		u->window = f->window;
		u->told = f->told;
		u->told_size = f->size;
		if (!f->told)
			cli_unpack_reason(u, no_size);
		else if (!f->size)
			cli_unpack_reason(u, empty);
	}
	if (f->dictionary)
		cli_unpack_reason(u, dictionary);
}

static void freed(ZSTD_DCtx **d)
{
	if (*d)
		zstd.freeDCtx(*d);
}

int cli_unpack_zstd(struct cw_span file, struct cli_unpacked *u)
{
	__attribute__((cleanup(freed))) ZSTD_DCtx *d = NULL;
	struct frame f;
	size_t at = 0;
	int rc = load();

	if (rc < 0)
		return rc;
	d = zstd.createDCtx();
	if (!d)
		return -ENOMEM;
	zstd.DCtx_setParameter(d, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	while (at < file.len && !u->broken) {
		u->parts++;
		if (!read_frame(cw_span(file.ptr + at, file.len - at), &f)) {
			bool cut = file.len - at < 18;

			broken(u, cut ? CW_CODE_TRUNCATED : CW_CODE_MAGIC, cut ? file.len : at,
			       cut ? "the file ends inside its header"
				   : "no frame begins where the one before ends");
			break;
		}
		note_frame(u, &f);
		if (unpack_frame(d, file, &at, f.header, u))
			return -ENOMEM;
	}
	if (u->told && u->len > u->told_size)
		cli_unpack_reason(u, more);
	return 0;
}
