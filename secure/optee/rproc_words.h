/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rproc_words.h - long stretches of bytes, a word at a time
 *
 * OP-TEE is built for memory that may not be read across a word's edge (-mstrict-align), and its memcpy() then goes byte by
 * byte when the two sides are not 8 bytes alike. A signed image is one of these: its header has 20 bytes and all behind it
 * is made of 8, so every segment begins 4 bytes off. For little-endian machines.
 */
#ifndef CW_RPROC_WORDS_H
#define CW_RPROC_WORDS_H

#include <stddef.h>

/* As memcpy(). */
void cw_words_copy(void *to, const void *from, size_t len);

/* As cw_rsc_scan() of image/rsc_table.h, from the first byte on: bytes before the first place, a multiple of 4, where the head
 * of a resource table may stand; @len: there is none. */
size_t cw_words_scan(const void *bytes, size_t len);

#endif
