// SPDX-License-Identifier: BSD-2-Clause
/* sign/ta.c - the signed file of a trusted application: header, hash, signature, UUID and version,
 * ELF */
#include "sign/container.h"

#include <errno.h>
#include <string.h>

#include "image/ta_header.h"
#include "sign/bytes.h"

static int check_ta(const struct cw_key *key, const struct cw_sign_elf *elf, struct cw_error *err)
{
	if (cw_key_signtype(key) != CW_SIGN_RSA)
		return cw_error_set(err, -EINVAL, "a TA is signed with RSA; the key is %s",
				    cw_key_kind(key));
	if (elf->bytes.len < 4 || memcmp(elf->bytes.ptr, "\177ELF", 4))
		return cw_error_set(err, -EBADMSG, "'%s' is no ELF file", elf->name);
	if (elf->bytes.len > CW_TA_FILE_MAX - 1024)
		return cw_error_set(err, -E2BIG, "'%s' has %zu bytes; a TA file has %u at most",
				    elf->name, elf->bytes.len, CW_TA_FILE_MAX);
	return 0;
}

int cw_sign_ta(const struct cw_key *key, const struct cw_sign_elf *elf, const uint8_t uuid[16],
	       uint32_t version, struct cw_signed *ret, struct cw_error *err)
{
	uint8_t header[CW_TA_HEADER_SIZE], bootstrap[CW_TA_BOOTSTRAP_SIZE];
	uint8_t signature[CW_SIGNATURE_MAX];
	struct cw_signed made = {0};
	struct cw_bytes out = {0};
	int r = check_ta(key, elf, err);

	if (r < 0)
		return r;
	cw_ta_file_header(header, bootstrap, CW_TA_ALG_RSA_PKCS1, (uint32_t)elf->bytes.len,
			  (uint16_t)cw_key_signature_size(key), uuid, version);
	if (cw_crypto_sha256_parts((struct cw_span[]){cw_span(header, sizeof(header)),
						      cw_span(bootstrap, sizeof(bootstrap)),
						      elf->bytes},
				   3, made.digest))
		return cw_error_set(err, -ENOMEM, "no memory to hash '%s'", elf->name);
	r = cw_key_sign(key, made.digest, signature, err);
	if (r < 0)
		return r;
	cw_bytes_add(&out, header, sizeof(header));
	cw_bytes_add(&out, made.digest, sizeof(made.digest));
	cw_bytes_add(&out, signature, cw_key_signature_size(key));
	cw_bytes_add(&out, bootstrap, sizeof(bootstrap));
	cw_pieces_add(&made.file, cw_span(out.ptr, out.len));
	cw_pieces_add(&made.file, elf->bytes);
	if (out.failed || made.file.failed) {
		cw_bytes_done(&out);
		cw_pieces_done(&made.file);
		return cw_error_set(err, -ENOMEM, "no memory for the TA file");
	}
	made.head = out.ptr;
	made.len = (size_t)made.file.len;
	made.signed_len = sizeof(header) + sizeof(bootstrap) + elf->bytes.len;
	*ret = made;
	return 0;
}
