// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/pta/rproc_decrypt.c - encrypted images: the device key, and segments that only it opens
 *
 * The device key lies in the TEE's storage as PKCS#8. It is read when an encrypted image is loaded, and wiped with the
 * content key as soon as the last segment is plain. Segments were hashed as they came and lie in locked memory; they are
 * decrypted there, piece by piece, and nothing of them may stay when a tag is wrong.
 */
#include "secure/pta/remoteproc.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/refusal.h"
#include "crypto/seal.h"
#include "host/state.h"

#define CHUNK	    32768u
#define SEAL_SIZE   (CW_SEAL_IV_SIZE + CW_SEAL_TAG_SIZE)
#define HEADER_SIZE 32u /* an ELF program header */

/* The key of the image, from the end of its record. */
static TEE_Result open_key(struct rproc *p, struct cw_span record, uint8_t ret[CW_SEAL_KEY_SIZE])
{
	uint8_t der[CW_DEVICE_KEY_SIZE], spki[CW_SPKI_MAX];
	size_t len;
	int n = p->env->state_fd < 0 ? -ENOENT
				     : cw_state_file_read(p->env->state_fd, "device.key", der,
							  sizeof(der), NULL);
	int rc = -CW_CODE_DEVICE_KEY;
	TEE_Result res = n == -ENOENT ? TEE_ERROR_ITEM_NOT_FOUND : TEE_ERROR_CORRUPT_OBJECT;

	if (n > 0 && !cw_device_key_public(cw_span(der, (size_t)n), spki, &len)) {
		rc = cw_seal_unwrap(cw_span(der, (size_t)n), p->load_key,
				    record.ptr + record.len - CW_SEAL_WRAPPED_SIZE, ret);
		res = rc == -CW_CODE_DEVICE_KEY ? TEE_ERROR_SECURITY : TEE_ERROR_OUT_OF_MEMORY;
	}
	OPENSSL_cleanse(der, sizeof(der));
	return rc ? res : TEE_SUCCESS;
}

static TEE_Result decrypt_bytes(struct rproc *p, struct cw_seal *seal, uint32_t da, uint32_t len)
{
	static uint8_t plain[CHUNK];
	TEE_Result res = TEE_SUCCESS;

	for (uint32_t at = 0; res == TEE_SUCCESS && at < len; at += CHUNK) {
		uint32_t n = len - at < CHUNK ? len - at : CHUNK;

		res = rproc_memory_read(p, (uint64_t)da + at, plain, n);
		if (res == TEE_SUCCESS && cw_seal_update(seal, plain, n))
			res = TEE_ERROR_OUT_OF_MEMORY;
		if (res == TEE_SUCCESS)
			res = rproc_memory_store(p, (uint64_t)da + at, plain, n);
	}
	OPENSSL_cleanse(plain, sizeof(plain));
	return res;
}

static TEE_Result decrypt_segment(struct rproc *p, const uint8_t *key, const uint8_t *entry,
				  struct cw_span header)
{
	uint32_t da = cw_get_le32(header.ptr + 12), len = cw_get_le32(header.ptr + 16);
	uint8_t tag[CW_SEAL_TAG_SIZE];
	struct cw_seal *seal;
	TEE_Result res;

	if (!len)
		return TEE_SUCCESS;
	seal = cw_seal_new(false, key, entry, header);
	if (!seal)
		return TEE_ERROR_OUT_OF_MEMORY;
	memcpy(tag, entry + CW_SEAL_IV_SIZE, sizeof(tag));
	res = decrypt_bytes(p, seal, da, len);
	if (res == TEE_SUCCESS && cw_seal_finish(seal, tag))
		res = TEE_ERROR_MAC_INVALID;
	cw_seal_free(seal);
	return res;
}

static TEE_Result decrypt_all(struct rproc *p, struct cw_span record, struct cw_span headers,
			      uint32_t *ret_bad)
{
	uint8_t key[CW_SEAL_KEY_SIZE];
	TEE_Result res = open_key(p, record, key);

	for (uint32_t i = 0; res == TEE_SUCCESS && i < headers.len / HEADER_SIZE; i++) {
		*ret_bad = i;
		res = decrypt_segment(p, key, record.ptr + (size_t)SEAL_SIZE * i,
				      cw_span(headers.ptr + (size_t)HEADER_SIZE * i, HEADER_SIZE));
	}
	OPENSSL_cleanse(key, sizeof(key));
	return res;
}

TEE_Result rproc_decrypt(struct rproc *p, struct cw_span record, struct cw_span headers,
			 uint32_t *ret_bad)
{
	size_t n = headers.len / HEADER_SIZE;
	TEE_Result res;

	if (!n || headers.len % HEADER_SIZE || record.len != SEAL_SIZE * n + CW_SEAL_WRAPPED_SIZE)
		return TEE_ERROR_BAD_PARAMETERS;
	res = decrypt_all(p, record, headers, ret_bad);
	if (res != TEE_SUCCESS && rproc_memory_wipe(p) != TEE_SUCCESS) {
		p->unwiped = true; /* no command looks at it */
		p->env->log("remoteproc: what could not be decrypted could not be wiped");
	}
	return res;
}
