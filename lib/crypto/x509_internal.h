/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto/x509_internal.h - the inside of a chain, shared by the files that read and judge it */
#ifndef CW_CRYPTO_X509_INTERNAL_H
#define CW_CRYPTO_X509_INTERNAL_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/x509.h"

struct cw_chain {
	unsigned n;
	uint64_t at; /* of the area in the file, or CW_NO_OFFSET */
	size_t offset[CW_CHAIN_MAX], len[CW_CHAIN_MAX];
	X509 *cert[CW_CHAIN_MAX];
	uint8_t *der;	     /* the certificates' bytes */
	uint8_t spki[CW_SPKI_MAX]; /* of the leaf, when asked for */
};

/* Offset of certificate @i in the file. */
static inline uint64_t cw_chain_at(const struct cw_chain *c, unsigned i)
{
	return c->at == CW_NO_OFFSET ? c->at : c->at + c->offset[i];
}

/* A file of certificates to read from. NULL: errno says why. */
BIO *cw_x509_open(const char *path);

/* "RSA-2048", "ECDSA P-384"; NULL for a key outside the list of crypto/x509.h. */
const char *cw_x509_key_kind(EVP_PKEY *key);

/* Is @sig (ECDSA: DER) one of @digest? May leave errors of OpenSSL behind. */
bool cw_scheme_verifies(EVP_PKEY *key, enum cw_scheme scheme, struct cw_span sig,
			struct cw_span digest);

#endif
