// SPDX-License-Identifier: BSD-2-Clause
/* image/ta_header.c - cut and write the signed file of a trusted application */
#include "image/ta_header.h"

#define OFF_MAGIC	   0
#define OFF_TYPE	   4
#define OFF_IMAGE_SIZE	   8
#define OFF_ALGO	   12
#define OFF_HASH_SIZE	   16
#define OFF_SIGNATURE_SIZE 18

static int check_header(struct cw_span file, struct cw_refusal *r)
{
	uint32_t v;

	if (file.len > CW_TA_FILE_MAX)
		return cw_refuse(r, CW_CODE_LIMIT, CW_NO_OFFSET,
				 "the TA file has %zu bytes, more than the %u allowed", file.len,
				 CW_TA_FILE_MAX);
	if (file.len < CW_TA_HEADER_SIZE)
		return cw_refuse(r, CW_CODE_TRUNCATED, file.len,
				 "the TA file ends inside its header, after %zu bytes", file.len);
	v = cw_get_le32(file.ptr + OFF_MAGIC);
	if (v != CW_TA_MAGIC)
		return cw_refuse(r, CW_CODE_MAGIC, OFF_MAGIC,
				 "not a signed TA: magic 0x%08x instead of 0x%08x", v, CW_TA_MAGIC);
	v = cw_get_le32(file.ptr + OFF_TYPE);
	if (v != CW_TA_TYPE_BOOTSTRAP)
		return cw_refuse(r, CW_CODE_UNSUPPORTED, OFF_TYPE,
				 "TA image type %u is not supported, only 1 (bootstrap)", v);
	v = cw_get_le32(file.ptr + OFF_ALGO);
	if (v != CW_TA_ALG_RSA_PSS && v != CW_TA_ALG_RSA_PKCS1)
		return cw_refuse(r, CW_CODE_UNSUPPORTED, OFF_ALGO,
				 "TA signature algorithm 0x%08x is not supported", v);
	v = cw_get_le16(file.ptr + OFF_HASH_SIZE);
	if (v != CW_TA_HASH_SIZE)
		return cw_refuse(r, CW_CODE_SIZE, OFF_HASH_SIZE,
				 "the TA's hash has %u bytes, SHA-256 has 32", v);
	v = cw_get_le16(file.ptr + OFF_SIGNATURE_SIZE);
	if (!v || v > CW_TA_SIGNATURE_MAX)
		return cw_refuse(r, CW_CODE_SIZE, OFF_SIGNATURE_SIZE,
				 "the TA's signature has %u bytes, 1 to %u are possible", v,
				 CW_TA_SIGNATURE_MAX);
	return 0;
}

int cw_ta_file_parse(struct cw_span file, struct cw_ta_file *ret, struct cw_refusal *r)
{
	struct cw_ta_file f = {0};
	uint32_t image_size;
	uint64_t at;
	int e;

	e = check_header(file, r);
	if (e)
		return e;
	f.algo = cw_get_le32(file.ptr + OFF_ALGO);
	f.header = cw_span(file.ptr, CW_TA_HEADER_SIZE);
	f.hash.len = CW_TA_HASH_SIZE;
	f.signature.len = cw_get_le16(file.ptr + OFF_SIGNATURE_SIZE);
	image_size = cw_get_le32(file.ptr + OFF_IMAGE_SIZE);

	at = CW_TA_HEADER_SIZE;
	if (!cw_span_cut(file, at, f.hash.len, &f.hash) ||
	    !cw_span_cut(file, at += f.hash.len, f.signature.len, &f.signature) ||
	    !cw_span_cut(file, at += f.signature.len, CW_TA_BOOTSTRAP_SIZE, &f.bootstrap))
		return cw_refuse(r, CW_CODE_TRUNCATED, at,
				 "the TA file ends before its UUID, after %zu bytes", file.len);
	at += CW_TA_BOOTSTRAP_SIZE;
	if (file.len - at != image_size)
		return cw_refuse(r, file.len - at < image_size ? CW_CODE_TRUNCATED : CW_CODE_SIZE,
				 at, "the TA's ELF should have %u bytes, the file holds %llu",
				 image_size, (unsigned long long)(file.len - at));
	f.image = cw_span(file.ptr + at, image_size);
	for (size_t i = 0; i < sizeof(f.uuid); i++)
		f.uuid[i] = f.bootstrap.ptr[i];
	f.version = cw_get_le32(f.bootstrap.ptr + 16);
	*ret = f;
	return 0;
}

void cw_ta_file_header(uint8_t ret_header[CW_TA_HEADER_SIZE],
		       uint8_t ret_bootstrap[CW_TA_BOOTSTRAP_SIZE], uint32_t algo,
		       uint32_t image_size, uint16_t signature_size, const uint8_t uuid[16],
		       uint32_t version)
{
	cw_put_le32(ret_header + OFF_MAGIC, CW_TA_MAGIC);
	cw_put_le32(ret_header + OFF_TYPE, CW_TA_TYPE_BOOTSTRAP);
	cw_put_le32(ret_header + OFF_IMAGE_SIZE, image_size);
	cw_put_le32(ret_header + OFF_ALGO, algo);
	cw_put_le16(ret_header + OFF_HASH_SIZE, CW_TA_HASH_SIZE);
	cw_put_le16(ret_header + OFF_SIGNATURE_SIZE, signature_size);
	for (size_t i = 0; i < 16; i++)
		ret_bootstrap[i] = uuid[i];
	cw_put_le32(ret_bootstrap + 16, version);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Is a dash before byte @i of the text form? */
static bool dash_before(size_t i)
{
	return i == 4 || i == 6 || i == 8 || i == 10;
}

bool cw_ta_uuid_parse(const char *text, uint8_t ret[16])
{
	uint8_t uuid[16];

	for (size_t i = 0; i < 16; i++) {
		int hi, lo;

		if (dash_before(i) && *text++ != '-')
			return false;
		hi = hex_digit(text[0]);
		lo = hi < 0 ? -1 : hex_digit(text[1]);
		if (lo < 0)
			return false;
		uuid[i] = (uint8_t)(hi << 4 | lo);
		text += 2;
	}
	if (*text)
		return false;
	for (size_t i = 0; i < 16; i++)
		ret[i] = uuid[i];
	return true;
}

void cw_ta_uuid_text(const uint8_t uuid[16], char ret[37])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 16; i++) {
		if (dash_before(i))
			*ret++ = '-';
		*ret++ = digits[uuid[i] >> 4];
		*ret++ = digits[uuid[i] & 0xF];
	}
	*ret = '\0';
}
