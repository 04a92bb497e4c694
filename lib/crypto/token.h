/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto/token.h - a token that holds a private key, shared by the files that talk to it */
#ifndef CW_CRYPTO_TOKEN_H
#define CW_CRYPTO_TOKEN_H

#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include "crypto/key_internal.h"
#include "crypto/token_p11.h"

#define CW_TOKEN_SLOTS_MAX 64	/* of one module */
#define CW_TOKEN_PIN_MAX   256	/* bytes */
#define CW_TOKEN_VALUE_MAX 8192 /* bytes of one attribute: a certificate is the longest */

struct cw_token {
	CK_FUNCTION_LIST **modules; /* of the configuration, or NULL */
	bool by_path;		    /* @module is the only one, and ours to release */
	CK_FUNCTION_LIST *module;
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	CK_KEY_TYPE type;
	bool open, always_authenticate;
	bool has_pin;
	size_t pin_len;
	uint8_t pin[CW_TOKEN_PIN_MAX]; /* kept for keys that want it at each signature */
	char label[40];		       /* of the token, printable */
	char shown[256];	       /* the URI, as far as it may be told */
};

/* A sentence for what a call of the module returned. */
int cw_token_error(struct cw_error *err, const struct cw_token *t, const char *what, CK_RV rv);

/* Open a session and log in, once, when the token wants that: PIN from the URI, or asked for. */
int cw_token_login(struct cw_token *t, P11KitUri *uri, struct cw_key_ask *ask,
		   struct cw_error *err);

/* The one private key that the URI means, and its public half, which is the caller's. */
int cw_token_find_key(struct cw_token *t, P11KitUri *uri, EVP_PKEY **ret_public,
		      struct cw_error *err);

/* Have the shape of struct cw_key_ops. */
int cw_token_sign(void *holder, unsigned signtype, const uint8_t digest[CW_SHA256_SIZE],
		  uint8_t *ret_sig, size_t sig_size, struct cw_error *err);
int cw_token_sign_scheme(void *holder, enum cw_scheme scheme, struct cw_span digest, uint8_t *ret,
			 size_t size, struct cw_error *err);

#endif
