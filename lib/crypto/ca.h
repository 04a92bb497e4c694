/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypto/ca.h - certificates and keys for development
 *
 * Makes what Qualcomm's images need: a self-signed root, an authority under it, and leaves whose subject may carry the
 * fields of hash segment versions 3 and 5. Keys lie in plain PEM files of mode 0600: good for tests and development boards;
 * a product keeps its keys in a token and gets its certificates from its own authority.
 */
#ifndef CW_CRYPTO_CA_H
#define CW_CRYPTO_CA_H

#include "crypto/key.h"

/* Key and the algorithm of the certificates, which is also how leaves sign images. */
enum cw_ca_kind {
	CW_CA_P384,    /* ecdsa-with-SHA384: ECDSA */
	CW_CA_P256,    /* ecdsa-with-SHA256: ECDSA */
	CW_CA_RSA_PSS, /* RSASSA-PSS of RSA-2048 */
	CW_CA_RSA,     /* sha256WithRSAEncryption of RSA-2048: ids mixed in */
};

enum cw_ca_role { CW_CA_ROOT, CW_CA_AUTHORITY, CW_CA_LEAF };

/* A certificate and its private key. */
struct cw_identity;

struct cw_ca_request {
	enum cw_ca_kind kind;
	enum cw_ca_role role;
	const char *name;		  /* common name */
	unsigned days;			  /* valid from now on */
	const struct cw_cert_ids *ids;	  /* leaf only; NULL: none */
	const struct cw_identity *issuer; /* NULL: itself */
	const struct cw_key *key;	  /* leaf only: certify this one; NULL: make one */
};

/* "p384", "p256", "rsa-pss", "rsa". False for another word. */
bool cw_ca_kind_by_name(const char *name, enum cw_ca_kind *ret);

/* Make a key, unless one is given, and its certificate. -EINVAL a name that no certificate can carry, a key that does not go
 * with the kind; -EIO OpenSSL failed. */
int cw_identity_new(const struct cw_ca_request *request, struct cw_identity **ret,
		    struct cw_error *err);

/* Read both from files, the key as cw_key_load_private() does from a file. *@ret_kind as the certificate is signed. -ENOENT,
 * -EBADMSG (no certificate in PEM, no private key, or another's), -EKEYREJECTED (passphrase). */
int cw_identity_load(const char *cert_path, const char *key_path, cw_key_passphrase ask, void *arg,
		     struct cw_identity **ret, enum cw_ca_kind *ret_kind, struct cw_error *err);
void cw_identity_free(struct cw_identity *identity);

static inline void cw_identity_freep(struct cw_identity **identity)
{
	cw_identity_free(*identity);
	*identity = NULL;
}

/* PEM text, and for the key wiped by cw_ca_text_free(). -ENOMEM. */
int cw_identity_cert_pem(const struct cw_identity *identity, char **ret, struct cw_error *err);
int cw_identity_key_pem(const struct cw_identity *identity, char **ret, struct cw_error *err);
void cw_ca_text_free(char *text);

#endif
