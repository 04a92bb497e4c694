/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/image/builder.h - make firmware and containers for tests, right or deliberately wrong
 *
 * A struct fw becomes an ELF, a struct box of one or two ELFs and some records becomes a container.
 * Everything can be changed between the steps. Shares nothing with lib/image but its constants.
 */
#ifndef TEST_IMAGE_BUILDER_H
#define TEST_IMAGE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FW_SEGMENTS_MAX 140
#define FW_DATA_MAX	(64 * 1024)
#define BOX_IMAGES_MAX	10
#define BOX_FILE_MAX	(512 * 1024)

struct fw_segment {
	uint32_t type, vaddr, paddr, filesz, memsz, flags, align;
	uint32_t offset; /* 0: placed behind what was placed before */
	const uint8_t *data;
};

struct fw {
	uint32_t entry;
	struct fw_segment seg[FW_SEGMENTS_MAX];
	unsigned n;
	/* A section of this name over bytes of a segment; segment -1: no such section. */
	int table_segment;
	uint32_t table_offset; /* in the segment */
	uint32_t table_size;
	int32_t table_addr_off; /* added to the right sh_addr */
	const char *table_name;
	bool no_sections;
};

/* Vectors, code and data with a resource table: segments 0 (0x0), 1 (0x10000000), 2 (0x10020000,
 * bss behind). */
void fw_standard(struct fw *fw);
/* The table in it: a vdev with two vrings and a trace buffer; 0x8C bytes. */
#define FW_TABLE_AT   0x20u /* in segment 2 */
#define FW_TABLE_SIZE 0x8Cu
#define FW_TRACE_DA   0x10020400u
#define FW_TRACE_LEN  0x100u
extern const uint8_t fw_table[FW_TABLE_SIZE];

struct fw_segment *fw_add(struct fw *fw, uint32_t paddr, const uint8_t *data, uint32_t filesz,
			  uint32_t memsz);
size_t fw_elf(const struct fw *fw, uint8_t *out, size_t room);

typedef size_t (*box_signer)(void *arg, const uint8_t digest[32], uint8_t sig[512]);

struct box {
	uint8_t *elf[BOX_IMAGES_MAX]; /* padded */
	size_t elf_size[BOX_IMAGES_MAX];
	unsigned n_images;
	uint8_t area[40 * 1024];
	size_t area_len;
	uint32_t header[5]; /* words that are not 0 replace the right ones */
};

/* Standard records for these ELFs, whose bytes are borrowed until box_finish(). */
void box_init(struct box *b, uint8_t signtype);
void box_add_elf(struct box *b, uint8_t *elf, size_t size);
void box_records(struct box *b); /* after the ELFs; the hashes are taken now */
void box_record(struct box *b, uint32_t type, const void *value, size_t len);
void box_remove(struct box *b, uint32_t type);
uint8_t *box_value(struct box *b, uint32_t type); /* NULL when there is none */
void box_headers(struct box *b);		  /* record 0x1C001 */
/* Returns the file's size. */
size_t box_finish(struct box *b, box_signer sign, void *arg, uint8_t *out, size_t room);

void test_sha256(const void *data, size_t len, uint8_t ret[32]);

#endif
