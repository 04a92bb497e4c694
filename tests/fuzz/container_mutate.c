// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/container_mutate.c - mutations of containers that keep the rest of the file consistent
 *
 * Shares no code with the judge: offsets and numbers are those of docs/formats/rproc-container.md.
 */
#include "container_world.h"

#include <openssl/sha.h>

#define HEADER 20u

/* Where the parts are, as the header says; cut to what is there. */
struct parts {
	uint8_t *data;
	size_t size;
	size_t records, records_len, signature, signature_len, images;
};

static size_t round8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static bool find_parts(uint8_t *data, size_t size, struct parts *p)
{
	uint64_t tlv, sign;

	if (size < HEADER + 24)
		return false;
	tlv = cw_get_le32(data + 8);
	sign = cw_get_le32(data + 12);
	if (!tlv || !sign || HEADER + ((tlv + 7) & ~7ull) + ((sign + 7) & ~7ull) + 8 > size)
		return false;
	*p = (struct parts){
		.data = data,
		.size = size,
		.records = HEADER,
		.records_len = (size_t)tlv,
		.signature = HEADER + round8((size_t)tlv),
		.signature_len = (size_t)sign,
	};
	p->images = p->signature + round8(p->signature_len);
	return true;
}

/* Value of the first record of @type: its offset, and its length; 0 when there is none. */
static size_t find_record(const struct parts *p, uint32_t type, size_t *ret_len)
{
	size_t at = p->records, end = p->records + p->records_len;

	while (at + 8 <= end) {
		size_t len = cw_get_le32(p->data + at + 4);

		if (len > end - at - 8)
			return 0;
		if (cw_get_le32(p->data + at) == type) {
			*ret_len = len;
			return at + 8;
		}
		at += 8 + round8(len);
	}
	return 0;
}

/* Hash-table entries of one ELF; returns the number of entries used. */
static size_t repair_elf(const uint8_t *elf, size_t size, uint8_t *entries, size_t n, bool real)
{
	size_t phoff, phnum, k;

	if (size < 52)
		return 0;
	phoff = cw_get_le32(elf + 28);
	phnum = cw_get_le16(elf + 44);
	for (k = 0; k < phnum && k < n && cw_range_inside(phoff + 32 * k, 32, size); k++) {
		const uint8_t *ph = elf + phoff + 32 * k;
		uint32_t off = cw_get_le32(ph + 4), len = cw_get_le32(ph + 16);

		memcpy(entries + 64 * k, ph, 32);
		if (real && cw_range_inside(off, len, size))
			SHA256(elf + off, len, entries + 64 * k + 32);
	}
	return k;
}

static void repair_headers(const uint8_t *elf, size_t size, uint8_t *digest, bool real)
{
	uint64_t phoff, len;
	uint8_t *both;

	memset(digest, 0, 32);
	if (!real || size < 52)
		return;
	phoff = cw_get_le32(elf + 28);
	len = 32ull * cw_get_le16(elf + 44);
	if (!cw_range_inside(phoff, len, size))
		return;
	both = malloc(52 + (size_t)len);
	fuzz_check(both != NULL);
	memcpy(both, elf, 52);
	memcpy(both + 52, elf + phoff, (size_t)len);
	SHA256(both, 52 + (size_t)len, digest);
	free(both);
}

static void repair_images(struct parts *p, bool real)
{
	size_t sizes_len = 0, table_len = 0, headers_len = 0, at = p->images, used = 0;
	size_t sizes = find_record(p, 0x5, &sizes_len), table = find_record(p, 0x10, &table_len);
	size_t headers = find_record(p, 0x1C001, &headers_len);

	for (size_t i = 0; 4 * i + 4 <= sizes_len; i++) {
		uint8_t *field = p->data + sizes + 4 * i;
		size_t left = p->size - at, len = cw_get_le32(field);
		bool last = 4 * i + 8 > sizes_len;

		if (last || len > left) {
			cw_put_le32(field, (uint32_t)left);
			len = left;
		}
		used += repair_elf(p->data + at, len, p->data + table + 64 * used,
				   table_len / 64 - used, real);
		if (32 * i + 32 <= headers_len)
			repair_headers(p->data + at, len, p->data + headers + 32 * i, real);
		at += len;
	}
}

size_t container_repair(uint8_t *data, size_t size, size_t max_size, bool real)
{
	struct parts p;
	uint8_t digest[32];

	if (!find_parts(data, size, &p))
		return size;
	/* What is behind the meta data is the images: a multiple of 8. */
	size = p.size = p.images + (size - p.images) / 8 * 8;
	cw_put_le32(data, 0x3543A468);
	cw_put_le32(data + 4, 1);
	cw_put_le32(data + 16, (uint32_t)(size - p.images));
	repair_images(&p, real);
	memset(data + HEADER + p.records_len, 0, p.signature - HEADER - p.records_len);
	if (p.signature_len >= 32) {
		SHA256(data, p.signature, digest);
		for (int i = 0; i < 32; i++)
			data[p.signature + (size_t)i] = digest[i] ^ 0x5A;
	}
	memset(data + p.signature + p.signature_len, 0, p.images - p.signature - p.signature_len);
	return size;
}

/* Change bytes in [at, at+len) without moving what is behind. */
static void mutate_within(uint8_t *data, size_t at, size_t len, unsigned seed)
{
	uint8_t part[256];
	size_t n = len < sizeof(part) ? len : sizeof(part);

	if (!n)
		return;
	at += len > n ? seed % (len - n) : 0;
	memcpy(part, data + at, n);
	LLVMFuzzerMutate(part, n, n);
	memcpy(data + at, part, n);
}

/* A word of one program or section header, where most rules are. */
static void mutate_header_word(struct parts *p, unsigned seed)
{
	size_t size = p->size - p->images, off, n, entry;
	uint8_t *elf = p->data + p->images;

	if (size < 52)
		return;
	off = cw_get_le32(elf + (seed & 1 ? 28 : 32));
	n = cw_get_le16(elf + (seed & 1 ? 44 : 48));
	entry = seed & 1 ? 32 : 40;
	if (!n || !cw_range_inside(off, n * entry, size))
		return;
	off += entry * (seed / 2 % n) + 4 * (seed / 64 % (entry / 4));
	mutate_within(elf, off, 4, 0);
}

size_t container_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	struct parts p;

	if (!find_parts(data, size, &p) || seed % 8 == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	seed /= 8;
	switch (seed % 6) {
	case 0:
		mutate_within(data, 0, HEADER, 0);
		return size;
	case 1:
		mutate_within(data, p.records, p.records_len, seed / 6);
		return size;
	case 2:
		mutate_within(data, p.images, 52, 0);
		return size;
	case 3:
	case 4:
		mutate_header_word(&p, seed / 6);
		return size;
	default:
		return p.images + LLVMFuzzerMutate(data + p.images, size - p.images,
						   max_size - p.images);
	}
}
