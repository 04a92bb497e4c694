/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypto/x509.h - the certificate chains inside firmware images
 *
 * A chain as Qualcomm's images carry it: DER certificates back to back, the leaf first, then the authority that signed it,
 * then one to four self-signed roots; what is left of a fixed area is 0xFF. Such certificates break rules of the internet
 * (a pathlen on a leaf, serial number 1, basic constraints that are not critical), so this is not OpenSSL's path validation:
 * each certificate must be signed by the next with an algorithm of the list below, issuers must be authorities, names must
 * chain, and the root is compared with what the user trusts. There is no trusted clock where such chains are judged:
 * validity is told, and compared only when asked for. A chain borrows nothing: it may outlive the area.
 *
 * Algorithms: sha256WithRSAEncryption, sha384WithRSAEncryption, RSASSA-PSS, ecdsa-with-SHA256, ecdsa-with-SHA384. Keys: RSA
 * of 2048, 3072 or 4096 bits, ECDSA on P-256 or P-384.
 */
#ifndef CW_CRYPTO_X509_H
#define CW_CRYPTO_X509_H

#include <time.h>

#include <corewarden/error.h>

#include "base/refusal.h"
#include "base/span.h"

#define CW_CHAIN_MAX	 6    /* leaf, authority, four roots */
#define CW_CERT_MAX	 8192 /* bytes of DER */
#define CW_CERT_TEXT_MAX 512
#define CW_CERT_SOCS	 12
#define CW_SHA384_SIZE	 48

struct cw_chain;

/* How the leaf's key signs images: it follows the algorithm that the leaf itself was signed with. */
enum cw_scheme {
	CW_SCHEME_ID_MIXED =
		1, /* sha256WithRSA: ids of the leaf mixed into the digest, type 1 block without DigestInfo */
	CW_SCHEME_PSS = 2, /* RSASSA-PSS: SHA-256, MGF1 with SHA-256, salt of 32 bytes */
	CW_SCHEME_ECDSA_SHA256 = 3,
	CW_SCHEME_ECDSA_SHA384 = 4,
};

/* Fields of a leaf of hash segment versions 3 and 5, from its organizational units ("01 0000000000000004 SW_ID"). */
struct cw_cert_ids {
	bool has_sw_id, has_hw_id, has_debug, has_oem_id, has_model_id, has_sw_size, has_soc;
	bool soc_in_use;
	uint64_t sw_id; /* high half: rollback version, low half: image type */
	uint64_t hw_id; /* high half: JTAG id or SoC version, then OEM id, model id */
	uint64_t debug;
	uint32_t oem_id, model_id, sw_size;
	uint32_t soc[CW_CERT_SOCS];
};

/* What a certificate says of itself; printable text. */
struct cw_cert_info {
	char subject[CW_CERT_TEXT_MAX], issuer[CW_CERT_TEXT_MAX];
	char serial[48];		    /* hex */
	char key[24];			    /* "RSA-2048", "ECDSA P-384" */
	char algorithm[40];		    /* of its signature, OpenSSL's long name */
	char not_before[24], not_after[24]; /* "2016-01-01 00:00:00" UTC */
	char sha256[65], sha384[97];	    /* of the DER, hex */
	size_t offset, len;		    /* in the area */
	bool self_issued, authority;
};

/* What the user trusts. */
struct cw_root {
	bool self;  /* whatever root the image brings: integrity only */
	size_t len; /* of the digest: 32 SHA-256, 48 SHA-384 */
	uint8_t digest[CW_SHA384_SIZE];
};

/* Read the certificates of @area, which begins at byte @at of the file. 0; -CW_CODE_CERTIFICATE: malformed, too many;
 * -CW_CODE_NO_MEMORY. */
int cw_chain_read(struct cw_span area, uint64_t at, struct cw_chain **ret, struct cw_refusal *r);
/* The same where @known (NULL: nothing), read before, may have the same certificates: those are not taken apart again. */
int cw_chain_read_like(struct cw_span area, uint64_t at, const struct cw_chain *known,
		       struct cw_chain **ret, struct cw_refusal *r);
void cw_chain_free(struct cw_chain *chain);

static inline void cw_chain_freep(struct cw_chain **chain)
{
	cw_chain_free(*chain);
	*chain = NULL;
}

/* DER of the leaf's SubjectPublicKeyInfo, EC points uncompressed; lives as long as the chain. Empty when it has none. */
struct cw_span cw_chain_leaf_spki(struct cw_chain *chain);

/* The certificates of a file, PEM or DER back to back, as DER back to back: *@ret_der is the caller's to free().
 * -EBADMSG: something else; -EFBIG; -ENOMEM; what reading returns. */
int cw_chain_load_file(const char *path, uint8_t **ret_der, size_t *ret_len, struct cw_error *err);

unsigned cw_chain_count(const struct cw_chain *chain);
void cw_chain_cert(const struct cw_chain *chain, unsigned i, struct cw_cert_info *ret);

/* DER of certificate @i; lives as long as the chain. */
struct cw_span cw_chain_der(const struct cw_chain *chain, unsigned i);

/* Is it a chain of leaf, authority and roots, each signed by the next, roots by themselves, root @root_index (from metadata; 0
 * for most) being the one that counts? Of a root that @trusted (may be NULL) names by its digest the signature of itself is not
 * verified: cw_chain_check_root() compares all of it, so only one that was named with a damaged signature passes with it.
 * 0; -CW_CODE_CERTIFICATE. */
int cw_chain_check(const struct cw_chain *chain, unsigned root_index,
		   const struct cw_root *trusted, struct cw_refusal *r);

/* Were all of its certificates valid at @when? -CW_CODE_CERTIFICATE. */
int cw_chain_check_time(const struct cw_chain *chain, time_t when, struct cw_refusal *r);

/* 0 and *@ret, or -CW_CODE_UNSUPPORTED: an algorithm or a key outside the list above. */
int cw_chain_scheme(const struct cw_chain *chain, enum cw_scheme *ret, struct cw_refusal *r);
const char *cw_scheme_name(enum cw_scheme scheme);

/* Fields of the leaf; all absent when it has none. -CW_CODE_CERTIFICATE: one is malformed or there twice. */
int cw_chain_ids(const struct cw_chain *chain, struct cw_cert_ids *ret, struct cw_refusal *r);

/* Is @area (a signature, and zeros behind it) the leaf's signature of the @n parts laid one behind the other? @at: offset of
 * the area. 0; -CW_CODE_SIGNATURE; -CW_CODE_UNSUPPORTED; -CW_CODE_CERTIFICATE (id-mixed without ids); -CW_CODE_NO_MEMORY. */
int cw_chain_verify(const struct cw_chain *chain, const struct cw_span *parts, unsigned n,
		    struct cw_span area, uint64_t at, struct cw_refusal *r);

/* The digest that is signed (id-mixed: with the ids mixed in): 32 or 48 bytes, length returned; 0 without memory. */
size_t cw_scheme_digest(enum cw_scheme scheme, const struct cw_cert_ids *ids,
			const struct cw_span *parts, unsigned n, uint8_t ret[CW_SHA384_SIZE]);

/* ---- trust ---- */

/* "self", a digest of 64 or 96 hex digits, or the file of a certificate, PEM or DER. -EBADMSG, and what reading returns. */
int cw_root_load(const char *text, struct cw_root *ret, struct cw_error *err);

/* Is the root (number @root_index, or all roots together) the trusted one? -CW_CODE_KEY names both digests. */
int cw_chain_check_root(const struct cw_chain *chain, unsigned root_index,
			const struct cw_root *root, struct cw_refusal *r);

/* Does @digest (CW_SHA256_SIZE or CW_SHA384_SIZE bytes) belong to that root, or to all roots together? */
bool cw_chain_root_is(const struct cw_chain *chain, unsigned root_index, struct cw_span digest);

/* SHA-256 (@len 32) or SHA-384 (48) of parts. */
bool cw_digest_parts(const struct cw_span *parts, unsigned n, size_t len, uint8_t *ret);

#endif
