/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/unpack.h - firmware that Linux keeps compressed: .zst and .xz
 *
 * The whole file is decompressed in steps, into at most CLI_UNPACKED_MAX bytes and with at most CLI_UNPACK_MEMORY_MAX for the
 * decoder, whatever its headers claim. A stream that breaks gives what came before the break. What the stream says of itself
 * is kept, and compared with what Linux's firmware loader takes (drivers/base/firmware_loader/main.c, lib/xz, lib/zstd), which
 * is less than zstd(1) and xz(1) make.
 */
#ifndef CW_CLI_UNPACK_H
#define CW_CLI_UNPACK_H

#include <corewarden/error.h>

#include "base/refusal.h"
#include "base/span.h"
#include "cli/report.h"

enum cli_packing {
	CLI_PLAIN,
	CLI_ZSTD,
	CLI_XZ,
};

#define CLI_UNPACKED_MAX      (512u << 20) /* bytes of contents */
#define CLI_UNPACK_MEMORY_MAX (256u << 20) /* bytes for the decoder: window or dictionary */

#define CLI_UNPACK_REASONS 5 /* there are no more different ones */

struct cli_unpacked {
	enum cli_packing packing;
	uint8_t *bytes; /* contents, or what came of them; free with cli_unpack_done() */
	size_t len, room, max;
	size_t packed;	    /* bytes of the file */
	unsigned parts;	    /* frames or streams */
	const char *check;  /* "CRC32", ...; of the first part; static */
	uint64_t window;    /* bytes of window or dictionary of the first part */
	const char *filter; /* a filter before LZMA2, or NULL; static */
	bool told;	    /* the first part says how many bytes it holds ... */
	uint64_t told_size; /* ... these */
	bool broken;	    /* the rest cannot be had: @why, its offset in the compressed file */
	struct cw_refusal why;
	unsigned n_reasons; /* why Linux's loader would refuse the file, or read something else */
	const char *reasons[CLI_UNPACK_REASONS];
};

/* How is @file packed? By its first bytes. */
enum cli_packing cli_packing(struct cw_span file);

/* Decompress @file, which is packed, into at most @max bytes. 0, with @ret->broken when the stream is; -ENOMEM;
 * -ENODEV: libzstd or liblzma, which are loaded when a file needs them, are not installed. */
int cli_unpack(struct cw_span file, size_t max, struct cli_unpacked *ret, struct cw_error *err);
void cli_unpack_done(struct cli_unpacked *u);

/* A section about the compression. */
void cli_unpack_tell(struct report *r, const struct cli_unpacked *u);

/* Replace bytes that are packed, where packing makes no difference: *@bytes (the caller's, from cli_read_file()) become their
 * contents. A broken stream is -EBADMSG, with its sentence. */
int cli_unpack_file(const char *path, uint8_t **bytes, size_t *len, struct cw_error *err);

/* ---- for the decoders ---- */

/* Room for more output: where, and how much of it; 0 at the limit (then @u is broken) or without memory. */
size_t cli_unpack_room(struct cli_unpacked *u, uint64_t at, uint8_t **ret_to);
void cli_unpack_reason(struct cli_unpacked *u, const char *reason);

/* Both return 0, -ENOMEM, or -ENODEV: the library that decompresses is not there. */
int cli_unpack_zstd(struct cw_span file, struct cli_unpacked *u);
int cli_unpack_xz(struct cw_span file, struct cli_unpacked *u);

#endif
