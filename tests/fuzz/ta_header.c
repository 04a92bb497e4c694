// SPDX-License-Identifier: BSD-2-Clause
/* fuzz/ta_header.c - the signed file of a trusted application, and the text form of UUIDs */
#include "fuzz.h"

#include "image/ta_header.h"

static void inside(struct cw_span part, const uint8_t *file, size_t size)
{
	fuzz_check(part.ptr >= file && cw_range_inside((uint64_t)(part.ptr - file), part.len, size));
}

static void uuid_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), again[37];
	uint8_t uuid[16];

	fuzz_check(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (cw_ta_uuid_parse(text, uuid)) {
		cw_ta_uuid_text(uuid, again);
		fuzz_check(strcasecmp(text, again) == 0);
	}
	free(text);
}

/* The parts of a file that was taken follow one another to its end. */
static void check(const struct cw_ta_file *ta, const uint8_t *file, size_t size)
{
	uint8_t header[CW_TA_HEADER_SIZE], bootstrap[CW_TA_BOOTSTRAP_SIZE];

	inside(ta->header, file, size);
	inside(ta->hash, file, size);
	inside(ta->signature, file, size);
	inside(ta->bootstrap, file, size);
	inside(ta->image, file, size);
	fuzz_check(ta->hash.len == CW_TA_HASH_SIZE && ta->signature.len <= CW_TA_SIGNATURE_MAX);
	fuzz_check(ta->image.ptr + ta->image.len == file + size);
	cw_ta_file_header(header, bootstrap, ta->algo, (uint32_t)ta->image.len,
			  (uint16_t)ta->signature.len, ta->uuid, ta->version);
	fuzz_check(memcmp(header, ta->header.ptr, sizeof(header)) == 0);
	fuzz_check(memcmp(bootstrap, ta->bootstrap.ptr, sizeof(bootstrap)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cw_ta_file ta, was;
	struct cw_refusal why = {0};
	int rc;

	memset(&ta, 0x77, sizeof(ta));
	was = ta;
	rc = cw_ta_file_parse(cw_span(data, size), &ta, &why);
	fuzz_refusal(rc, &why, size);
	if (rc == 0)
		check(&ta, data, size);
	else
		fuzz_check(memcmp(&ta, &was, sizeof(ta)) == 0);
	if (size < 64)
		uuid_text(data, size);
	return 0;
}

/* The image's size is often right. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size_t meta;

	size = LLVMFuzzerMutate(data, size, max_size);
	if (size < CW_TA_HEADER_SIZE || seed % 4 == 0)
		return size;
	meta = CW_TA_HEADER_SIZE + (size_t)cw_get_le16(data + 16) + cw_get_le16(data + 18) +
	       CW_TA_BOOTSTRAP_SIZE;
	if (meta <= size)
		cw_put_le32(data + 8, (uint32_t)(size - meta));
	return size;
}
