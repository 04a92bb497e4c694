/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypto/verify.h - digests, fingerprints, and judging a signature with a public key
 *
 * What the TEE's platform service and the off-line judge have in common. A public key is the DER of
 * its SubjectPublicKeyInfo (RFC 5280, 4.1.2.7); a key's fingerprint is the SHA-256 of those bytes,
 * which is also what a fuse holds. Keys are RSA of 2048, 3072 or 4096 bits with an exponent of at
 * most 32 bits, or ECDSA on P-256 as a named curve; everything else is refused. Signature types are
 * those of the container: 1 = RSASSA-PKCS1-v1_5, 2 = ECDSA with r || s of 32 big-endian bytes each;
 * both over SHA-256. Nothing here keeps state or allocates for the caller.
 */
#ifndef CW_CRYPTO_VERIFY_H
#define CW_CRYPTO_VERIFY_H

#include "base/refusal.h"
#include "base/span.h"

#define CW_SHA256_SIZE	   32
#define CW_FINGERPRINT_HEX 65	/* 64 hex digits and the NUL */
#define CW_SPKI_MAX	   1024 /* bytes of DER; an RSA-4096 key needs 550 */
#define CW_SIGNATURE_MAX   512	/* bytes: RSA-4096 */

struct cw_digest;

/* Start the library without reading any configuration file. Call before any other; again is
 * harmless. */
void cw_crypto_start(void);

/* The same for a program of ours that is soon over: no sentences for OpenSSL's errors, which nobody here reads (0.2 ms), and no
 * freeing of all it has at the end (0.3 ms). Keys are freed, and wiped, by their owners. Not for a library: its host may want both. */
void cw_crypto_start_program(void);

/* The same, and fetch every algorithm used here, so that a sandbox may close the file system
 * afterwards. */
void cw_crypto_init(void);

/* SHA-256 of private memory. Has the shape of cw_rproc_env.sha256; @ctx is not used. 0, or
 * -CW_CODE_NO_MEMORY. */
int cw_crypto_sha256(void *ctx, struct cw_span data, uint8_t ret_digest[CW_SHA256_SIZE]);

/* The same over @n pieces as if they lay one behind the other. */
int cw_crypto_sha256_parts(const struct cw_span *parts, unsigned n,
			   uint8_t ret_digest[CW_SHA256_SIZE]);

/* A digest over bytes that arrive one after the other, for what is too large to be looked at in one go: whoever hashes can tell
 * how far it is, or give up. @size: 32 SHA-256, 48 SHA-384. NULL without memory. */
struct cw_digest *cw_digest_new(size_t size);
/* False: it failed, and so will the end. */
bool cw_digest_add(struct cw_digest *d, struct cw_span bytes);
/* Write @size bytes and free @d. False, @ret untouched: it failed before, or fails now. */
bool cw_digest_end(struct cw_digest *d, uint8_t *ret);
/* Free without a result; NULL is fine. */
void cw_digest_free(struct cw_digest *d);

/* Is @sig a signature of @digest under the key? 0; -CW_CODE_SIGNATURE no; -CW_CODE_KEY the key is
 * not one of the kinds above, has bytes after it, or does not go with @signtype (enum
 * cw_rproc_signtype); -CW_CODE_UNSUPPORTED unknown
 * @signtype; -CW_CODE_NO_MEMORY. */
int cw_crypto_verify_digest(struct cw_span spki_der, unsigned signtype,
			    const uint8_t digest[CW_SHA256_SIZE], struct cw_span sig);

/* SHA-256 of the DER. 0, or -CW_CODE_NO_MEMORY. Does not look into the key. */
int cw_crypto_fingerprint(struct cw_span spki_der, uint8_t ret_fp[CW_SHA256_SIZE]);

/* Judge a key: 0 and *@ret_signtype (may be NULL) the only signature type that goes with it, or
 * -CW_CODE_KEY and @r says what is wrong with it. */
int cw_crypto_check_spki(struct cw_span spki_der, unsigned *ret_signtype, struct cw_refusal *r);

/* What the key is: "RSA-2048", "RSA-3072", "RSA-4096", "ECDSA P-256"; "unknown key" for all others.
 * Static string. */
const char *cw_crypto_key_kind(struct cw_span spki_der);

/* @len bytes as lower-case hex; @ret has room for 2 * @len + 1. */
void cw_hex_encode(const uint8_t *bytes, size_t len, char *ret);

/* Exactly @len bytes from 2 * @len hex digits and a NUL; either case. False, output untouched, when
 * it is anything else (at most 64 bytes). */
bool cw_hex_decode(const char *text, uint8_t *ret, size_t len);

#endif
