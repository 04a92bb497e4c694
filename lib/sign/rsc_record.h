/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign/rsc_record.h - record 0x1C006: where the resource table is, said by who signs
 *
 * Section headers lie outside the signature; the record says what they said when it was made. Made of the sections as they
 * are: whether the table is one is for the judge.
 */
#ifndef CW_SIGN_RSC_RECORD_H
#define CW_SIGN_RSC_RECORD_H

#include "image/elf32.h"
#include "image/rproc.h"

/* The value for image @image of a container, whose file is @elf with @header. False, and zeros (which say that there is
 * none), when no section of it names a table. */
bool cw_sign_rsc_record(struct cw_span elf, const struct cw_elf32_ehdr *header, unsigned image,
			uint8_t ret[CW_RPROC_TABLE_RECORD_SIZE]);

#endif
