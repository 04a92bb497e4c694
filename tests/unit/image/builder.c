// SPDX-License-Identifier: BSD-2-Clause
/* tests/unit/image/builder.c - firmware and containers for tests */
#include "builder.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#define EHDR 52u
#define PHDR 32u
#define SHDR 40u

const uint8_t fw_table[FW_TABLE_SIZE] = {
	1,
	0,
	0,
	0,
	2,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0x18,
	0,
	0,
	0,
	0x5C,
	0,
	0,
	0,
	/* vdev at 0x18: rpmsg, name service offered, two vrings */
	3,
	0,
	0,
	0,
	7,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	2,
	0,
	0,
	0xFF,
	0xFF,
	0xFF,
	0xFF,
	16,
	0,
	0,
	0,
	16,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0xFF,
	0xFF,
	0xFF,
	0xFF,
	16,
	0,
	0,
	0,
	16,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	/* trace at 0x5C */
	2,
	0,
	0,
	0,
	0x00,
	0x04,
	0x02,
	0x10,
	0x00,
	0x01,
	0,
	0,
	0,
	0,
	0,
	0,
	't',
	'r',
	'a',
	'c',
	'e',
};

static uint8_t vectors[64], code[600], data[0x200];

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v);
	put16(p + 2, v >> 16);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static size_t round8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

void test_sha256(const void *bytes, size_t len, uint8_t ret[32])
{
	SHA256(bytes, len, ret);
}

struct fw_segment *fw_add(struct fw *fw, uint32_t paddr, const uint8_t *bytes, uint32_t filesz,
			  uint32_t memsz)
{
	struct fw_segment *s = &fw->seg[fw->n++];

	*s = (struct fw_segment){.type = 1,
				 .vaddr = paddr,
				 .paddr = paddr,
				 .filesz = filesz,
				 .memsz = memsz,
				 .flags = 5,
				 .align = 4,
				 .data = bytes};
	return s;
}

void fw_standard(struct fw *fw)
{
	memset(fw, 0, sizeof(*fw));
	for (size_t i = 0; i < sizeof(code); i++)
		code[i] = (uint8_t)(i * 7 + 3);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i ^ 0xA5);
	memset(vectors, 0x11, sizeof(vectors));
	memcpy(data + FW_TABLE_AT, fw_table, sizeof(fw_table));
	fw->entry = 0x10000101;
	fw_add(fw, 0, vectors, sizeof(vectors), sizeof(vectors));
	fw_add(fw, 0x10000000, code, sizeof(code), sizeof(code));
	fw_add(fw, 0x10020000, data, sizeof(data), 0x1000);
	fw->table_segment = 2;
	fw->table_offset = FW_TABLE_AT;
	fw->table_size = FW_TABLE_SIZE;
	fw->table_name = ".resource_table";
}

static void put_shdr(uint8_t *p, uint32_t name, uint32_t type, uint32_t addr, uint32_t offset,
		     uint32_t size)
{
	put32(p, name);
	put32(p + 4, type);
	put32(p + 12, addr);
	put32(p + 16, offset);
	put32(p + 20, size);
}

/* Null section, the table's, the names'. Returns the end of the file. */
static size_t put_sections(const struct fw *fw, const uint32_t *offsets, uint8_t *out, size_t at)
{
	uint32_t names = (uint32_t)at, n = 2;
	size_t len = 1;

	memcpy(out + names + len, ".shstrtab", 10);
	len += 10;
	if (fw->table_segment >= 0) {
		strcpy((char *)out + names + len, fw->table_name);
		len += strlen(fw->table_name) + 1;
		n = 3;
	}
	at = round8(names + len);
	put32(out + 32, (uint32_t)at);
	put16(out + 46, SHDR);
	put16(out + 48, n);
	put16(out + 50, 1);
	put_shdr(out + at + SHDR, 1, 3, 0, names, (uint32_t)len);
	if (fw->table_segment >= 0) {
		const struct fw_segment *s = &fw->seg[fw->table_segment];

		put_shdr(out + at + 2 * SHDR, 11, 1,
			 s->vaddr + fw->table_offset + (uint32_t)fw->table_addr_off,
			 offsets[fw->table_segment] + fw->table_offset, fw->table_size);
	}
	return at + (size_t)n * SHDR;
}

size_t fw_elf(const struct fw *fw, uint8_t *out, size_t room)
{
	uint32_t offsets[FW_SEGMENTS_MAX];
	size_t at = EHDR + (size_t)fw->n * PHDR;

	memset(out, 0, room);
	memcpy(out, "\177ELF\1\1\1", 7);
	put16(out + 16, 2);
	put16(out + 18, 40);
	put32(out + 20, 1);
	put32(out + 24, fw->entry);
	put32(out + 28, EHDR);
	put16(out + 40, EHDR);
	put16(out + 42, PHDR);
	put16(out + 44, fw->n);
	for (unsigned i = 0; i < fw->n; i++) {
		const struct fw_segment *s = &fw->seg[i];
		uint8_t *p = out + EHDR + PHDR * i;

		at = (at + 15) & ~(size_t)15;
		offsets[i] = s->offset ? s->offset : (uint32_t)at;
		put32(p, s->type);
		put32(p + 4, offsets[i]);
		put32(p + 8, s->vaddr);
		put32(p + 12, s->paddr);
		put32(p + 16, s->filesz);
		put32(p + 20, s->memsz);
		put32(p + 24, s->flags);
		put32(p + 28, s->align);
		if (s->offset || !s->data)
			continue;
		if (at + s->filesz + 4096 > room)
			abort();
		memcpy(out + at, s->data, s->filesz);
		at += s->filesz;
	}
	return fw->no_sections ? at : put_sections(fw, offsets, out, at);
}

void box_init(struct box *b, uint8_t signtype)
{
	memset(b, 0, sizeof(*b));
	box_record(b, 1, &signtype, 1);
}

void box_add_elf(struct box *b, uint8_t *elf, size_t size)
{
	b->elf[b->n_images] = elf;
	b->elf_size[b->n_images++] = round8(size);
}

void box_record(struct box *b, uint32_t type, const void *value, size_t len)
{
	if (b->area_len + 8 + round8(len) > sizeof(b->area))
		abort();
	put32(b->area + b->area_len, type);
	put32(b->area + b->area_len + 4, (uint32_t)len);
	if (len)
		memcpy(b->area + b->area_len + 8, value, len);
	b->area_len += 8 + round8(len);
}

static size_t find(const struct box *b, uint32_t type)
{
	size_t at = 0;

	while (at < b->area_len && get32(b->area + at) != type)
		at += 8 + round8(get32(b->area + at + 4));
	return at;
}

uint8_t *box_value(struct box *b, uint32_t type)
{
	size_t at = find(b, type);

	return at < b->area_len ? b->area + at + 8 : NULL;
}

void box_remove(struct box *b, uint32_t type)
{
	size_t at = find(b, type);
	size_t len = 8 + round8(get32(b->area + at + 4));

	if (at >= b->area_len)
		abort();
	memmove(b->area + at, b->area + at + len, b->area_len - at - len);
	b->area_len -= len;
	memset(b->area + b->area_len, 0, len);
}

static void hash_table(struct box *b)
{
	static uint8_t table[FW_SEGMENTS_MAX * BOX_IMAGES_MAX * 64];
	size_t n = 0;

	for (unsigned i = 0; i < b->n_images; i++) {
		const uint8_t *e = b->elf[i];
		const uint8_t *p = e + get32(e + 28);
		unsigned phnum = e[44] | (unsigned)e[45] << 8;

		for (unsigned k = 0; k < phnum; k++, p += PHDR, n++) {
			uint32_t off = get32(p + 4), len = get32(p + 16);

			memcpy(table + 64 * n, p, PHDR);
			if ((uint64_t)off + len > b->elf_size[i])
				off = len = 0;
			test_sha256(e + off, len, table + 64 * n + 32);
		}
	}
	box_record(b, 0x10, table, 64 * n);
}

void box_records(struct box *b)
{
	uint8_t n = (uint8_t)b->n_images, sha = 1, types[BOX_IMAGES_MAX], sizes[4 * BOX_IMAGES_MAX];

	memset(types, 1, sizeof(types));
	for (unsigned i = 0; i < b->n_images; i++)
		put32(sizes + 4 * i, (uint32_t)b->elf_size[i]);
	box_record(b, 3, &n, 1);
	box_record(b, 4, types, n);
	box_record(b, 5, sizes, 4u * n);
	box_record(b, 2, &sha, 1);
	hash_table(b);
}

void box_headers(struct box *b)
{
	uint8_t digests[32 * BOX_IMAGES_MAX];

	for (unsigned i = 0; i < b->n_images; i++) {
		const uint8_t *e = b->elf[i];
		size_t len = PHDR * (e[44] | (unsigned)e[45] << 8);
		uint8_t *both = malloc(EHDR + len);

		memcpy(both, e, EHDR);
		memcpy(both + EHDR, e + get32(e + 28), len);
		test_sha256(both, EHDR + len, digests + 32 * i);
		free(both);
	}
	box_record(b, 0x1C001, digests, 32u * b->n_images);
}

size_t box_finish(struct box *b, box_signer sign, void *arg, uint8_t *out, size_t room)
{
	size_t images = 0, at = 20 + round8(b->area_len), sign_len;
	uint8_t digest[32] = {0}, sig[512] = {0};
	uint32_t words[5] = {0x3543A468, 1, (uint32_t)b->area_len, 0, 0};

	for (unsigned i = 0; i < b->n_images; i++)
		images += b->elf_size[i];
	memset(out, 0, room);
	/* The header is signed and holds the signature's length. */
	words[3] = (uint32_t)sign(arg, digest, sig);
	words[4] = (uint32_t)images;
	for (unsigned i = 0; i < 5; i++)
		put32(out + 4 * i, b->header[i] ? b->header[i] : words[i]);
	memcpy(out + 20, b->area, b->area_len);
	test_sha256(out, at, digest);
	sign_len = sign(arg, digest, sig);
	if (at + round8(sign_len) + images > room)
		abort();
	memcpy(out + at, sig, sign_len);
	at += round8(sign_len);
	for (unsigned i = 0; i < b->n_images; i++) {
		memcpy(out + at, b->elf[i], b->elf_size[i]);
		at += b->elf_size[i];
	}
	return at;
}
