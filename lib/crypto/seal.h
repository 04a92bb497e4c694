/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypto/seal.h - encrypted images: the device key, the content key that is wrapped to it, the segments
 *
 * A board's device key is a key pair on P-256. An image has a content key of its own: AES-256-GCM encrypts each segment
 * with it (an IV of its own, the segment's program header as additional data), and it lies in the image wrapped to one
 * device key: ECDH with an ephemeral key, HKDF-SHA256, AES-256-GCM. Wrapping binds it to the key that signs the image, so
 * that who may sign for the same board cannot have another's segments decrypted in an image of his own. Byte layout:
 * docs/formats/rproc-container.md. Functions return 0 or -enum cw_code; keys are the caller's to wipe.
 */
#ifndef CW_CRYPTO_SEAL_H
#define CW_CRYPTO_SEAL_H

#include "crypto/verify.h"

#define CW_SEAL_KEY_SIZE     32
#define CW_SEAL_IV_SIZE	     12
#define CW_SEAL_TAG_SIZE     16
#define CW_SEAL_POINT_SIZE   65 /* 04 || x || y */
#define CW_SEAL_WRAPPED_SIZE (CW_SEAL_POINT_SIZE + CW_SEAL_KEY_SIZE + CW_SEAL_TAG_SIZE)
#define CW_DEVICE_KEY_SIZE                                                                         \
	256 /* room for the DER of a device key (PKCS#8, unencrypted: 138 bytes) */

/* A new device key. -CW_CODE_NO_MEMORY. */
int cw_device_key_new(uint8_t ret_der[CW_DEVICE_KEY_SIZE], size_t *ret_len);

/* DER of its public half. -CW_CODE_DEVICE_KEY: not a private key on P-256; -CW_CODE_NO_MEMORY. */
int cw_device_key_public(struct cw_span der, uint8_t ret_spki[CW_SPKI_MAX], size_t *ret_len);

/* Random bytes for content keys and IVs. -CW_CODE_NO_MEMORY. */
int cw_seal_random(void *buf, size_t len);

/* Wrap @key to the device key @spki, for images signed by the key with the fingerprint @signer. -CW_CODE_DEVICE_KEY: @spki is
 * no key on P-256; -CW_CODE_NO_MEMORY. */
int cw_seal_wrap(struct cw_span spki, const uint8_t signer[CW_SHA256_SIZE],
		 const uint8_t key[CW_SEAL_KEY_SIZE], uint8_t ret[CW_SEAL_WRAPPED_SIZE]);

/* The reverse. -CW_CODE_DEVICE_KEY: it does not open: another device's, another signer's, or changed; -CW_CODE_NO_MEMORY. */
int cw_seal_unwrap(struct cw_span device_der, const uint8_t signer[CW_SHA256_SIZE],
		   const uint8_t wrapped[CW_SEAL_WRAPPED_SIZE], uint8_t ret_key[CW_SEAL_KEY_SIZE]);

/* A segment on its way, in one direction, in as many pieces as one likes. NULL: no memory. */
struct cw_seal;

struct cw_seal *cw_seal_new(bool encrypt, const uint8_t key[CW_SEAL_KEY_SIZE],
			    const uint8_t iv[CW_SEAL_IV_SIZE], struct cw_span header);

/* In place. */
int cw_seal_update(struct cw_seal *seal, uint8_t *bytes, size_t len);

/* Encrypting: writes the tag. Decrypting: compares it, -CW_CODE_DECRYPT when it is another. */
int cw_seal_finish(struct cw_seal *seal, uint8_t tag[CW_SEAL_TAG_SIZE]);

/* Wipe and free. NULL is fine. */
void cw_seal_free(struct cw_seal *seal);

#endif
