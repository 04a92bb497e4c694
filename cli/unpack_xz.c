// SPDX-License-Identifier: BSD-2-Clause
/* cli/unpack_xz.c - xz streams (The .xz File Format, 1.1.0), and what of them lib/xz of Linux reads */
#include "cli/unpack.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/unpack_load.h"

/* Loaded when a file needs them. */
static struct {
	__typeof__(&lzma_stream_decoder) stream_decoder;
	__typeof__(&lzma_code) code;
	__typeof__(&lzma_end) end;
	__typeof__(&lzma_block_header_decode) block_header_decode;
} xz;

static int load(void)
{
	static const struct cli_call calls[] = {
		{"lzma_stream_decoder", (void **)&xz.stream_decoder},
		{"lzma_code", (void **)&xz.code},
		{"lzma_end", (void **)&xz.end},
		{"lzma_block_header_decode", (void **)&xz.block_header_decode},
		{},
	};

	return xz.block_header_decode ? 0 : cli_load("liblzma.so.5", calls);
}

#define DICTIONARY_MAX (3ull << 30) /* lib/xz */

static const char bad_check[] =
	"lib/xz knows no other checks than CRC32 and none: compress with xz --check=crc32";
static const char bad_filter[] =
	"lib/xz knows LZMA2, and one BCJ filter without a start offset before it: compress with "
	"xz --lzma2";
static const char big_dictionary[] = "the dictionary is larger than the 3 GiB of lib/xz";
static const char later[] =
	"the loader reads the first stream only: what the others hold would be missing";

static const char *check_name(unsigned id)
{
	switch (id) {
	case LZMA_CHECK_NONE:
		return "none";
	case LZMA_CHECK_CRC32:
		return "CRC32";
	case LZMA_CHECK_CRC64:
		return "CRC64";
	case LZMA_CHECK_SHA256:
		return "SHA-256";
	}
	return "unknown";
}

static const char *filter_name(lzma_vli id)
{
	switch (id) {
	case LZMA_FILTER_X86:
		return "BCJ x86";
	case LZMA_FILTER_POWERPC:
		return "BCJ PowerPC";
	case LZMA_FILTER_IA64:
		return "BCJ IA-64";
	case LZMA_FILTER_ARM:
		return "BCJ ARM";
	case LZMA_FILTER_ARMTHUMB:
		return "BCJ ARM-Thumb";
	case LZMA_FILTER_SPARC:
		return "BCJ SPARC";
	case LZMA_FILTER_ARM64:
		return "BCJ ARM64";
	case LZMA_FILTER_DELTA:
		return "delta";
	}
	return NULL;
}

static void broken(struct cli_unpacked *u, enum cw_code code, uint64_t at, const char *what)
{
	u->broken = true;
	cw_refuse(&u->why, code, at, "xz stream %u: %s", u->parts, what);
}

/* Would lib/xz take this chain? It wants LZMA2 last, and at most one filter before, which is of the BCJ kind. */
static bool chain_is_known(const lzma_filter *f)
{
	const lzma_options_bcj *bcj = f[0].options;

	if (f[0].id == LZMA_FILTER_LZMA2)
		return f[1].id == LZMA_VLI_UNKNOWN;
	return f[0].id != LZMA_FILTER_DELTA && (!bcj || !bcj->start_offset) &&
	       f[1].id == LZMA_FILTER_LZMA2;
}

static void note_filters(struct cli_unpacked *u, const lzma_filter *f)
{
	if (f[0].id != LZMA_FILTER_LZMA2)
		u->filter = filter_name(f[0].id);
	if (!chain_is_known(f))
		cli_unpack_reason(u, bad_filter);
	for (; f->id != LZMA_VLI_UNKNOWN; f++)
		if (f->id == LZMA_FILTER_LZMA2)
			u->window = ((const lzma_options_lzma *)f->options)->dict_size;
	if (u->window > DICTIONARY_MAX)
		cli_unpack_reason(u, big_dictionary);
}

/* The first block of a stream tells filters and dictionary; the others are made alike by every compressor. */
static void note_block(struct cli_unpacked *u, struct cw_span stream, lzma_check check)
{
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	lzma_block block = {.version = 1, .check = check, .filters = filters};

	if (stream.len <= LZMA_STREAM_HEADER_SIZE || !stream.ptr[LZMA_STREAM_HEADER_SIZE])
		return; /* no block: an empty stream */
	block.header_size = lzma_block_header_size_decode(stream.ptr[LZMA_STREAM_HEADER_SIZE]);
	if (stream.len - LZMA_STREAM_HEADER_SIZE < block.header_size ||
	    xz.block_header_decode(&block, NULL, stream.ptr + LZMA_STREAM_HEADER_SIZE) != LZMA_OK)
		return;
	note_filters(u, filters);
	for (unsigned i = 0; filters[i].id != LZMA_VLI_UNKNOWN; i++)
		free(filters[i].options);
}

static void note_stream(struct cli_unpacked *u, struct cw_span stream)
{
	unsigned id;

	if (u->parts != 1 || stream.len < LZMA_STREAM_HEADER_SIZE)
		return;
	id = stream.ptr[7] & 0xF;
	u->check = check_name(id);
	if (id != LZMA_CHECK_NONE && id != LZMA_CHECK_CRC32)
		cli_unpack_reason(u, bad_check);
	note_block(u, stream, (lzma_check)id);
}

static void explain(struct cli_unpacked *u, lzma_ret rc, uint64_t at, size_t len)
{
	switch (rc) {
	case LZMA_BUF_ERROR:
		return broken(u, CW_CODE_TRUNCATED, len, "the file ends before the stream does");
	case LZMA_FORMAT_ERROR:
		return broken(u, CW_CODE_MAGIC, at, "no stream begins here");
	case LZMA_OPTIONS_ERROR:
		return broken(u, CW_CODE_UNSUPPORTED, at,
			      "it has a filter or flag that is not known");
	case LZMA_MEMLIMIT_ERROR:
		return broken(u, CW_CODE_LIMIT, at,
			      "its dictionary needs more memory than is given to decompression");
	default:
		return broken(u, CW_CODE_HASH, at, "the data is corrupt, or its check is wrong");
	}
}

/* One stream from *@at on. 0, -ENOMEM. */
static int unpack_stream(struct cw_span file, size_t *at, struct cli_unpacked *u)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret rc = xz.stream_decoder(&s, CLI_UNPACK_MEMORY_MAX, 0);
	size_t room = 1;

	s.next_in = file.ptr + *at;
	s.avail_in = file.len - *at;
	while (rc == LZMA_OK) {
		uint8_t *to;

		room = cli_unpack_room(u, *at + s.total_in, &to);
		if (!room)
			break;
		s.next_out = to;
		s.avail_out = room;
		rc = xz.code(&s, LZMA_FINISH);
		u->len += room - s.avail_out;
	}
	if (room && rc != LZMA_STREAM_END && rc != LZMA_MEM_ERROR)
		explain(u, rc, *at + s.total_in, file.len);
	*at += s.total_in;
	xz.end(&s);
	return rc == LZMA_MEM_ERROR || (!room && !u->broken) ? -ENOMEM : 0;
}

/* Zeros in fours between and behind streams. */
static size_t padding(struct cw_span file, size_t at)
{
	size_t n = 0;

	while (file.len - at - n >= 4 && !cw_get_le32(file.ptr + at + n))
		n += 4;
	return n;
}

int cli_unpack_xz(struct cw_span file, struct cli_unpacked *u)
{
	size_t at = 0, first = 0;
	int rc = load();

	if (rc < 0)
		return rc;
	while (at < file.len && !u->broken) {
		u->parts++;
		note_stream(u, cw_span(file.ptr + at, file.len - at));
		if (unpack_stream(file, &at, u))
			return -ENOMEM;
		if (u->parts == 1)
			first = u->len;
		if (!u->broken)
			at += padding(file, at);
	}
	if (u->len > first)
		cli_unpack_reason(u, later);
	return 0;
}
