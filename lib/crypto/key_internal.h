/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto/key_internal.h - a key, and the holders of its private half; OpenSSL types stay inside this folder */
#ifndef CW_CRYPTO_KEY_INTERNAL_H
#define CW_CRYPTO_KEY_INTERNAL_H

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "crypto/internal.h"
#include "crypto/key.h"
#include "host/cleanup.h"

/* Who holds the private half. @holder is the implementation's own. */
struct cw_key_ops {
	int (*sign)(void *holder, unsigned signtype, const uint8_t digest[CW_SHA256_SIZE],
		    uint8_t *ret_sig, size_t sig_size, struct cw_error *err);
	/* Length, or negative. */
	int (*sign_scheme)(void *holder, enum cw_scheme scheme, struct cw_span digest, uint8_t *ret,
			   size_t size, struct cw_error *err);
	void (*free)(void *holder);
};

struct cw_key {
	const struct cw_key_ops *ops; /* NULL: a public key */
	void *holder;
	unsigned signtype;
	size_t signature_size;
	const char *kind;
	size_t spki_len;
	uint8_t spki[CW_SPKI_MAX];
	char fingerprint[CW_FINGERPRINT_HEX];
};

/* The bytes of a key file; wiped when they leave scope. */
struct cw_key_file {
	uint8_t bytes[CW_KEY_FILE_MAX + 1];
	size_t len;
};

static inline void cw_key_file_freep(struct cw_key_file **f)
{
	if (*f)
		OPENSSL_cleanse(*f, sizeof(**f));
	free(*f);
}

static inline void cw_pkey_freep(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

#define cleanup_key_file cw_cleanup(cw_key_file_freep)
#define cleanup_pkey	 cw_cleanup(cw_pkey_freep)

/* Somebody to ask for a passphrase, once. */
struct cw_key_ask {
	cw_key_passphrase fn; /* NULL: nobody */
	void *arg;
	const char *name;
	bool asked;
	int result; /* what fn returned; -ENOKEY: nobody to ask */
	char phrase[CW_KEY_PASSPHRASE_MAX];
};

/* Ask unless that was done; returns @ask->result. */
int cw_key_ask_once(struct cw_key_ask *ask);

/* How many characters of a pkcs11: URI may be told: behind them may be a PIN. */
int cw_key_uri_shown(const char *uri);

/* Read all of a file. Errors as cw_key_load_private(). */
int cw_key_file_read(const char *name, struct cw_key_file **ret, struct cw_error *err);
bool cw_key_file_holds(const struct cw_key_file *s, const char *text);

/* What the file is instead of a key, as far as its first lines tell; a static string. */
const char *cw_key_file_what(const struct cw_key_file *s);

/* @selection: EVP_PKEY_KEYPAIR, EVP_PKEY_PUBLIC_KEY. NULL: no such key. */
EVP_PKEY *cw_key_file_decode(const struct cw_key_file *s, int selection, struct cw_key_ask *ask);

/* A key without holder, of what is known from its public half. @wide: keys of images' certificates, too. */
int cw_key_new(EVP_PKEY *pkey, bool wide, const char *name, struct cw_key **ret,
	       struct cw_error *err);

/* The private key of a file, the caller's. Errors as cw_key_load_private(). */
int cw_pkey_load_private(const char *name, cw_key_passphrase ask, void *arg, EVP_PKEY **ret,
			 struct cw_error *err);

/* The private key behind a pkcs11: URI (token.c). */
int cw_key_load_token(const char *uri, bool wide, cw_key_passphrase ask, void *arg,
		      struct cw_key **ret, struct cw_error *err);

/* Padding and digest of a scheme. */
bool cw_key_set_scheme(EVP_PKEY_CTX *ctx, enum cw_scheme scheme);

/* An ECDSA signature from DER to r || s of @half bytes each, and back: false, it is not one. *@ret_len: room before. */
bool cw_ecdsa_to_raw(struct cw_span der, uint8_t *ret, size_t half);
bool cw_ecdsa_to_der(struct cw_span raw, uint8_t *ret, size_t *ret_len);

/* Overwrite the stack below the caller, where functions that returned left what they computed with. */
void cw_crypto_burn_stack(void);

#endif
