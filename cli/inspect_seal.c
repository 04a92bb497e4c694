// SPDX-License-Identifier: BSD-2-Clause
/* cli/inspect_seal.c - what record 0x1C004 says: how the segments are encrypted, and to whom */
#include "cli/inspect.h"

#include "crypto/verify.h"
#include "image/rproc.h"

#define POINT_SIZE 65
#define IV_SIZE	   12
#define SHOWN_MAX  CW_RPROC_SEGMENTS_MAX

static void show_seals(struct inspect *i, struct cw_span seals)
{
	static const struct report_column columns[] = {
		{"load", "PT_LOAD", true}, {"iv", "IV", false}, {"tag", "tag", false}};
	char iv[2 * IV_SIZE + 1], tag[2 * (CW_RPROC_SEAL_SIZE - IV_SIZE) + 1];

	report_table_open(i->r, "segments", columns, 3);
	for (unsigned n = 0; n < SHOWN_MAX && seals.len >= CW_RPROC_SEAL_SIZE; n++) {
		cw_hex_encode(seals.ptr, IV_SIZE, iv);
		cw_hex_encode(seals.ptr + IV_SIZE, CW_RPROC_SEAL_SIZE - IV_SIZE, tag);
		report_cell_num(i->r, n, "%u", n);
		report_cell_text(i->r, "%s",
				 cw_span_zero(cw_span(seals.ptr, CW_RPROC_SEAL_SIZE))
					 ? "no bytes to encrypt"
					 : iv);
		report_cell_text(i->r, "%s", tag);
		seals = cw_span(seals.ptr + CW_RPROC_SEAL_SIZE, seals.len - CW_RPROC_SEAL_SIZE);
	}
	report_table_close(i->r);
}

void inspect_encryption(struct inspect *i, struct cw_span record)
{
	char hex[2 * CW_RPROC_SEALED_KEY_SIZE + 1];
	const uint8_t *key;

	report_open(i->r, "encryption", "encryption");
	report_text(i->r, "cipher", "cipher", "AES-256-GCM, each segment by itself");
	report_text(i->r, "wrapping", "key wrapped by", "ECDH on P-256, HKDF-SHA256, AES-256-GCM");
	if (record.len < CW_RPROC_SEALED_KEY_SIZE) {
		report_line(i->r, true, "too short to hold a wrapped key");
		report_close(i->r);
		return;
	}
	key = record.ptr + record.len - CW_RPROC_SEALED_KEY_SIZE;
	cw_hex_encode(key, POINT_SIZE, hex);
	report_text(i->r, "point", "ephemeral point", "%s", hex);
	cw_hex_encode(key + POINT_SIZE, CW_RPROC_SEALED_KEY_SIZE - POINT_SIZE, hex);
	report_text(i->r, "key", "wrapped key", "%s", hex);
	show_seals(i, cw_span(record.ptr, record.len - CW_RPROC_SEALED_KEY_SIZE));
	report_close(i->r);
}
