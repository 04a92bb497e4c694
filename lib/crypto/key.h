/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypto/key.h - a key that someone named on a command line
 *
 * Private keys sign, public keys only tell who they are. Where a private key lives is hidden behind
 * a table: a file, which is read once, decoded into OpenSSL's memory and wiped from ours; a token
 * behind PKCS#11, which signs itself; or a place that this program does not reach, which is given
 * the digest and gives the signature. Files are PEM or DER: PKCS#8 (also encrypted), PKCS#1, SEC 1; public keys also as
 * SubjectPublicKeyInfo or inside an X.509 certificate, whose other contents nobody looks at. The
 * kinds of keys are those of crypto/verify.h. An object belongs to its loader, and may be looked at by
 * several threads as long as nobody frees it; one at a time signs, for a token has one session, and a
 * key elsewhere remembers what was asked of it.
 */
#ifndef CW_CRYPTO_KEY_H
#define CW_CRYPTO_KEY_H

#include <corewarden/error.h>

#include "crypto/verify.h"
#include "crypto/x509.h"

#define CW_KEY_FILE_MAX	      65536 /* bytes */
#define CW_KEY_PASSPHRASE_MAX 1024

struct cw_key;

/* Asked at most once, when the private key @name is encrypted: put the passphrase into @buf,
 * without NUL, and return its length, or a negative errno: the key is then not loaded. @buf is
 * wiped by the caller. */
typedef int (*cw_key_passphrase)(void *arg, const char *name, char *buf, size_t size);

/* Wipe whatever OpenSSL frees from now on. For a program of ours, before it calls anything else of OpenSSL's; false: too
 * late, nothing changes. A library leaves the memory of its host's OpenSSL alone. */
bool cw_crypto_wipe_freed(void);

/* Load the private key that @name says: a file, /dev/stdin included, or a pkcs11: URI (RFC 7512; attributes of token, slot
 * and object, pin-value, pin-source as file: or path, module-name, module-path). @ask may be NULL: encrypted keys, and
 * tokens without a PIN in the URI, are then refused. A PIN is tried once.
 *   -ENOENT, -EACCES, ... the file cannot be read
 *   -EFBIG       more than CW_KEY_FILE_MAX bytes
 *   -EBADMSG     not a private key (the sentence says what it is, when that is plain)
 *   -EKEYREJECTED a kind of key that is not taken, or the passphrase or PIN is wrong or missing
 *   -EINVAL      a URI that cannot be read
 *   -ENODEV      no such module or token
 *   -ENOKEY      no such key in the token, or its public half is not there
 *   -ENOTUNIQ    more than one token or key is meant
 *   -EPERM       the key may not sign
 *   -EIO         the token failed
 *   -ENOMEM */
int cw_key_load_private(const char *name, cw_key_passphrase ask, void *arg, struct cw_key **ret_key,
			struct cw_error *err);

/* The same for a key that signs Qualcomm images: ECDSA P-384 is taken too. Such a key makes no container signatures:
 * cw_key_signtype() is 0, cw_key_sign() refuses. */
int cw_key_load_signer(const char *name, cw_key_passphrase ask, void *arg, struct cw_key **ret_key,
		       struct cw_error *err);

/* Load a public key or the key of a certificate. A private key is refused (-EBADMSG): where only
 * public keys belong, none should lie about. Other errors as above. */
int cw_key_load_public(const char *name, struct cw_key **ret_key, struct cw_error *err);

/* The public half of a key for cw_key_load_signer(). */
int cw_key_load_verifier(const char *name, struct cw_key **ret_key, struct cw_error *err);

/* What somebody elsewhere has to sign. */
struct cw_key_task {
	uint8_t digest[CW_SHA384_SIZE];
	size_t len;		/* of it: 32 or 48 */
	const char *algorithm;	/* in words; static */
	const char *openssl;	/* options of "openssl pkeyutl -sign" that do it; static */
};

/* Let the public @key sign with what is made elsewhere, in two passes over the same input. Without @signature (empty) each
 * attempt to sign returns -EINPROGRESS, and the task can be asked for. With it, the first attempt returns it if it is one of
 * that digest (ECDSA: DER or r || s), else -EKEYREJECTED. -EINVAL a private key; -E2BIG; -ENOMEM. */
int cw_key_sign_outside(struct cw_key *key, struct cw_span signature, struct cw_error *err);

/* False when nothing was to be signed yet. */
bool cw_key_task(const struct cw_key *key, struct cw_key_task *ret);

/* Wipe and free. NULL is fine. */
void cw_key_free(struct cw_key *key);

static inline void cw_key_freep(struct cw_key **key)
{
	cw_key_free(*key);
	*key = NULL;
}

/* DER of the SubjectPublicKeyInfo, EC points uncompressed; lives as long as the key. */
struct cw_span cw_key_spki(const struct cw_key *key);

/* PEM text of a SubjectPublicKeyInfo; the caller's to free(). -ENOMEM. */
int cw_spki_pem(struct cw_span spki, char **ret, struct cw_error *err);

/* The key's numbers, big-endian: RSA modulus, and *@ret_exponent; or x and y of a point on P-256, and 0. After an error @ret may
 * hold anything, the others are untouched. 0; -ENOMEM; -EINVAL another curve, or an exponent of more than 32 bits. */
#define CW_KEY_RAW_MAX 512
int cw_key_raw(const struct cw_key *key, uint8_t ret[CW_KEY_RAW_MAX], size_t *ret_len,
	       uint32_t *ret_exponent);

/* Hex of the fingerprint; lives as long as the key. */
const char *cw_key_fingerprint(const struct cw_key *key);

/* "RSA-2048", ...; static. */
const char *cw_key_kind(const struct cw_key *key);

/* The signature type that goes with the key (enum cw_rproc_signtype), and the size of its
 * signatures in bytes. */
unsigned cw_key_signtype(const struct cw_key *key);
size_t cw_key_signature_size(const struct cw_key *key);

/* Sign @digest into @ret_sig, which has room for cw_key_signature_size(). RSA: PKCS#1 v1.5,
 * deterministic. ECDSA: r || s. -EINVAL a public key; -EIO, -EPERM the key's holder failed or
 * refused; what cw_key_sign_outside() says. */
int cw_key_sign(const struct cw_key *key, const uint8_t digest[CW_SHA256_SIZE], uint8_t *ret_sig,
		struct cw_error *err);

#define CW_SCHEME_SIGNATURE_MAX 512 /* bytes: RSA-4096 */

/* Sign a digest as crypto/x509.h says; @ret has room for CW_SCHEME_SIGNATURE_MAX. Length of the signature (ECDSA: DER), or
 * -EINVAL a public key, or the scheme does not go with the key; -EIO the key's holder failed. */
int cw_key_sign_scheme(const struct cw_key *key, enum cw_scheme scheme, struct cw_span digest,
		       uint8_t *ret, struct cw_error *err);

#endif
