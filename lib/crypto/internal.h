/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto/internal.h - what the files of this folder share; OpenSSL types stay inside */
#ifndef CW_CRYPTO_INTERNAL_H
#define CW_CRYPTO_INTERNAL_H

#include <openssl/evp.h>

#include "crypto/verify.h"

#define CW_CRYPTO_RSA	  1u /* CW_SIGN_RSA of image/rproc.h, which this folder may not include */
#define CW_CRYPTO_ECDSA	  2u /* CW_SIGN_ECDSA_P256 */
#define CW_ECDSA_RAW_SIZE 64
#define CW_ECDSA_DER_MAX  80 /* two INTEGERs of at most 33 bytes, their heads, the SEQUENCE's */

/* cw_crypto_check_spki() and cw_crypto_key_kind() of a decoded key, public or private. */
int cw_crypto_check_pkey(EVP_PKEY *key, unsigned *ret_signtype, struct cw_refusal *r);
const char *cw_crypto_pkey_kind(EVP_PKEY *key);

/* DER of the SubjectPublicKeyInfo, points uncompressed: its length, or 0 without memory or room. */
size_t cw_crypto_spki(EVP_PKEY *key, uint8_t ret[CW_SPKI_MAX]);

/* Verify once with each kind of key. */
void cw_crypto_warm_up(void);

#endif
