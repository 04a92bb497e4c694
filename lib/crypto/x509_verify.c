// SPDX-License-Identifier: BSD-2-Clause
/* crypto/x509_verify.c - is it a chain, is its root trusted, did its leaf sign */
#include "crypto/x509.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "crypto/verify.h"
#include "crypto/x509_internal.h"

#define FIRST_ROOT    2 /* leaf, authority, then roots */
#define RSA_BLOCK_MAX 512
#define PSS_SALT      32
#define IPAD	      0x36
#define OPAD	      0x5C
#define DER_SEQUENCE  0x30

bool cw_digest_parts(const struct cw_span *parts, unsigned n, size_t len, uint8_t *ret)
{
	const EVP_MD *md = len == CW_SHA256_SIZE ? EVP_sha256() : EVP_sha384();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t digest[EVP_MAX_MD_SIZE];
	bool good = ctx && EVP_DigestInit_ex2(ctx, md, NULL) == 1;

	for (unsigned i = 0; good && i < n; i++)
		good = EVP_DigestUpdate(ctx, parts[i].ptr, parts[i].len) == 1;
	good = good && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (good)
		memcpy(ret, digest, len);
	return good;
}

/* ---- the chain ---- */

static bool algorithm_is_taken(const X509 *cert)
{
	switch (X509_get_signature_nid(cert)) {
	case NID_sha256WithRSAEncryption:
	case NID_sha384WithRSAEncryption:
	case NID_rsassaPss:
	case NID_ecdsa_with_SHA256:
	case NID_ecdsa_with_SHA384:
		return true;
	}
	return false;
}

/* Can certificate @i sign others? */
static int check_authority(const struct cw_chain *c, unsigned i, struct cw_refusal *r)
{
	uint32_t flags = X509_get_extension_flags(c->cert[i]);
	uint32_t usage = X509_get_key_usage(c->cert[i]);

	if (flags & EXFLAG_INVALID)
		return cw_refuse(r, CW_CODE_CERTIFICATE, cw_chain_at(c, i),
				 "certificate %u of the chain has extensions that cannot be read",
				 i);
	if (!(flags & EXFLAG_CA))
		return cw_refuse(
			r, CW_CODE_CERTIFICATE, cw_chain_at(c, i),
			"certificate %u of the chain is no authority, yet it signed another", i);
	if (flags & EXFLAG_KUSAGE && !(usage & KU_KEY_CERT_SIGN))
		return cw_refuse(r, CW_CODE_CERTIFICATE, cw_chain_at(c, i),
				 "certificate %u of the chain may not sign certificates", i);
	return 0;
}

/* @known: the signature need not be verified, because the child's bytes are known. */
static int check_link(const struct cw_chain *c, unsigned child, unsigned issuer, bool known,
		      struct cw_refusal *r)
{
	X509 *a = c->cert[child], *b = c->cert[issuer];
	EVP_PKEY *key = X509_get0_pubkey(b);
	bool good;

	if (!cw_x509_key_kind(key))
		return cw_refuse(
			r, CW_CODE_CERTIFICATE, cw_chain_at(c, issuer),
			"certificate %u of the chain has a key of a kind that is not taken",
			issuer);
	if (!algorithm_is_taken(a))
		return cw_refuse(r, CW_CODE_CERTIFICATE, cw_chain_at(c, child),
				 "certificate %u of the chain is signed with an algorithm that is "
				 "not taken",
				 child);
	if (X509_NAME_cmp(X509_get_issuer_name(a), X509_get_subject_name(b)))
		return cw_refuse(
			r, CW_CODE_CERTIFICATE, cw_chain_at(c, child),
			"certificate %u of the chain names another issuer than certificate "
			"%u",
			child, issuer);
	good = known || X509_verify(a, key) == 1;
	ERR_clear_error();
	if (!good)
		return cw_refuse(r, CW_CODE_CERTIFICATE, cw_chain_at(c, child),
				 "certificate %u of the chain is not signed by certificate %u%s",
				 child, issuer, child == issuer ? ", itself" : "");
	return check_authority(c, issuer, r);
}

/* A root that the user names by its digest is an input, not a part of what is judged (RFC 5280, 6.1): every bit of it is
 * compared, and its signature of itself would prove nothing more. */
static bool is_named(const struct cw_chain *c, unsigned i, const struct cw_root *trusted)
{
	return trusted && !trusted->self &&
	       cw_chain_root_is(c, i - FIRST_ROOT, cw_span(trusted->digest, trusted->len));
}

int cw_chain_check(const struct cw_chain *c, unsigned root_index, const struct cw_root *trusted,
		   struct cw_refusal *r)
{
	int rc;

	if (c->n <= FIRST_ROOT)
		return cw_refuse(r, CW_CODE_CERTIFICATE, cw_chain_at(c, 0),
				 "the chain has %u certificate%s; leaf, authority and root are "
				 "needed",
				 c->n, c->n == 1 ? "" : "s");
	if (root_index >= c->n - FIRST_ROOT)
		return cw_refuse(r, CW_CODE_CERTIFICATE, cw_chain_at(c, 0),
				 "the metadata asks for root %u, the chain has %u", root_index,
				 c->n - FIRST_ROOT);
	rc = check_link(c, 0, 1, false, r);
	if (!rc)
		rc = check_link(c, 1, FIRST_ROOT + root_index, false, r);
	for (unsigned i = FIRST_ROOT; !rc && i < c->n; i++)
		rc = check_link(c, i, i, is_named(c, i, trusted), r);
	return rc;
}

int cw_chain_check_time(const struct cw_chain *c, time_t when, struct cw_refusal *r)
{
	for (unsigned i = 0; i < c->n; i++) {
		if (X509_cmp_time(X509_get0_notBefore(c->cert[i]), &when) != -1)
			return cw_refuse(r, CW_CODE_CERTIFICATE, cw_chain_at(c, i),
					 "certificate %u of the chain is not valid yet", i);
		if (X509_cmp_time(X509_get0_notAfter(c->cert[i]), &when) != 1)
			return cw_refuse(r, CW_CODE_CERTIFICATE, cw_chain_at(c, i),
					 "certificate %u of the chain is no longer valid", i);
	}
	return 0;
}

/* ---- trust ---- */

bool cw_chain_root_is(const struct cw_chain *c, unsigned root_index, struct cw_span digest)
{
	struct cw_span roots[CW_CHAIN_MAX];
	uint8_t found[CW_SHA384_SIZE];
	unsigned n = 0;

	if (digest.len != CW_SHA256_SIZE && digest.len != CW_SHA384_SIZE)
		return false;
	for (unsigned i = FIRST_ROOT; i < c->n; i++)
		roots[n++] = cw_chain_der(c, i);
	if (root_index >= n)
		return false;
	if (cw_digest_parts(&roots[root_index], 1, digest.len, found) &&
	    !memcmp(found, digest.ptr, digest.len))
		return true;
	return cw_digest_parts(roots, n, digest.len, found) &&
	       !memcmp(found, digest.ptr, digest.len);
}

int cw_chain_check_root(const struct cw_chain *c, unsigned root_index, const struct cw_root *root,
			struct cw_refusal *r)
{
	char wanted[2 * CW_SHA384_SIZE + 1], have[2 * CW_SHA384_SIZE + 1] = "";
	uint8_t digest[CW_SHA384_SIZE];
	struct cw_span der;

	if (root->self || cw_chain_root_is(c, root_index, cw_span(root->digest, root->len)))
		return 0;
	der = cw_chain_der(c, FIRST_ROOT + root_index);
	if (cw_digest_parts(&der, 1, root->len, digest))
		cw_hex_encode(digest, root->len, have);
	cw_hex_encode(root->digest, root->len, wanted);
	return cw_refuse(r, CW_CODE_KEY, cw_chain_at(c, FIRST_ROOT + root_index),
			 "the chain ends in a root with %s %s, the trusted one has %s",
			 root->len == CW_SHA256_SIZE ? "SHA-256" : "SHA-384", have, wanted);
}

BIO *cw_x509_open(const char *path)
{
	FILE *file = fopen(path, "rbe");
	BIO *bio = file ? BIO_new_fp(file, BIO_CLOSE) : NULL;

	if (file && !bio) {
		fclose(file);
		errno = ENOMEM;
	}
	return bio;
}

static X509 *read_certificate(const char *path, struct cw_error *err)
{
	BIO *bio = cw_x509_open(path);
	X509 *cert;

	if (!bio) {
		cw_error_set(
			err, -errno,
			"root '%s' is neither 'self', nor a digest of 64 or 96 hex digits, nor "
			"a file that can be read: %s",
			path, strerror(errno));
		return NULL;
	}
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	if (!cert && BIO_seek(bio, 0) == 0)
		cert = d2i_X509_bio(bio, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (!cert)
		cw_error_set(err, -EBADMSG, "'%s' is not a certificate in PEM or DER", path);
	return cert;
}

int cw_root_load(const char *text, struct cw_root *ret, struct cw_error *err)
{
	struct cw_root root = {0};
	unsigned len = 0;
	X509 *cert;

	if (!strcmp(text, "self"))
		root.self = true;
	else if (cw_hex_decode(text, root.digest, CW_SHA256_SIZE))
		root.len = CW_SHA256_SIZE;
	else if (cw_hex_decode(text, root.digest, CW_SHA384_SIZE))
		root.len = CW_SHA384_SIZE;
	if (!root.self && !root.len) {
		struct cw_error first = {0};

		cert = read_certificate(text, &first);
		if (!cert)
			return cw_error_set(err, first.code, "%s", first.text);
		if (X509_digest(cert, EVP_sha256(), root.digest, &len) == 1)
			root.len = len;
		X509_free(cert);
		if (!root.len)
			return cw_error_set(err, -ENOMEM, "no digest of '%s'", text);
	}
	*ret = root;
	return 0;
}

/* ---- signatures of images ---- */

const char *cw_scheme_name(enum cw_scheme scheme)
{
	switch (scheme) {
	case CW_SCHEME_ID_MIXED:
		return "RSA, ids mixed into the digest, SHA-256";
	case CW_SCHEME_PSS:
		return "RSASSA-PSS, SHA-256";
	case CW_SCHEME_ECDSA_SHA256:
		return "ECDSA, SHA-256";
	case CW_SCHEME_ECDSA_SHA384:
		return "ECDSA, SHA-384";
	}
	return "unknown";
}

int cw_chain_scheme(const struct cw_chain *c, enum cw_scheme *ret, struct cw_refusal *r)
{
	EVP_PKEY *key = X509_get0_pubkey(c->cert[0]);
	const char *kind = cw_x509_key_kind(key);
	bool rsa = kind && !strncmp(kind, "RSA", 3);
	int nid = X509_get_signature_nid(c->cert[0]);

	if (rsa && nid == NID_sha256WithRSAEncryption)
		*ret = CW_SCHEME_ID_MIXED;
	else if (rsa && nid == NID_rsassaPss)
		*ret = CW_SCHEME_PSS;
	else if (kind && !rsa && nid == NID_ecdsa_with_SHA256)
		*ret = CW_SCHEME_ECDSA_SHA256;
	else if (kind && !rsa && nid == NID_ecdsa_with_SHA384)
		*ret = CW_SCHEME_ECDSA_SHA384;
	else
		return cw_refuse(r, CW_CODE_UNSUPPORTED, cw_chain_at(c, 0),
				 "the leaf certificate has a key (%s) and a signature (%s) that "
				 "together name no way of signing images",
				 kind ? kind : "unknown", OBJ_nid2ln(nid) ?: "unknown");
	return 0;
}

/* H( (id xor pad, repeated) || digest ), the id as 8 big-endian bytes. */
static bool mix(uint64_t id, uint8_t pad, const uint8_t in[CW_SHA256_SIZE],
		uint8_t ret[CW_SHA256_SIZE])
{
	uint8_t bytes[8];
	struct cw_span parts[2] = {cw_span(bytes, 8), cw_span(in, CW_SHA256_SIZE)};

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(id >> (56 - 8 * i)) ^ pad;
	return cw_digest_parts(parts, 2, CW_SHA256_SIZE, ret);
}

size_t cw_scheme_digest(enum cw_scheme scheme, const struct cw_cert_ids *ids,
			const struct cw_span *parts, unsigned n, uint8_t ret[CW_SHA384_SIZE])
{
	size_t len = scheme == CW_SCHEME_ECDSA_SHA384 ? CW_SHA384_SIZE : CW_SHA256_SIZE;
	uint8_t h0[CW_SHA384_SIZE], h1[CW_SHA256_SIZE];

	if (scheme != CW_SCHEME_ID_MIXED)
		return cw_digest_parts(parts, n, len, ret) ? len : 0;
	return cw_digest_parts(parts, n, len, h0) && mix(ids->sw_id, IPAD, h0, h1) &&
			       mix(ids->hw_id, OPAD, h1, ret)
		       ? len
		       : 0;
}

/* Undo the public-key operation and compare every byte of 00 01 FF.. 00 digest. */
static bool raw_block_is(EVP_PKEY *key, struct cw_span sig, const uint8_t digest[CW_SHA256_SIZE])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	uint8_t block[RSA_BLOCK_MAX], wanted[RSA_BLOCK_MAX];
	size_t len = sizeof(block);
	bool good;

	if (sig.len > sizeof(block) || sig.len < CW_SHA256_SIZE + 11) {
		EVP_PKEY_CTX_free(ctx);
		return false;
	}
	memset(wanted, 0xFF, sig.len);
	wanted[0] = 0;
	wanted[1] = 1;
	wanted[sig.len - CW_SHA256_SIZE - 1] = 0;
	memcpy(wanted + sig.len - CW_SHA256_SIZE, digest, CW_SHA256_SIZE);
	good = ctx && EVP_PKEY_verify_recover_init(ctx) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
	       EVP_PKEY_verify_recover(ctx, block, &len, sig.ptr, sig.len) == 1 && len == sig.len &&
	       !memcmp(block, wanted, len);
	EVP_PKEY_CTX_free(ctx);
	return good;
}

static bool pkey_verifies(EVP_PKEY *key, enum cw_scheme scheme, struct cw_span sig,
			  const uint8_t *digest, size_t len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	const EVP_MD *md = len == CW_SHA384_SIZE ? EVP_sha384() : EVP_sha256();
	bool good = ctx && EVP_PKEY_verify_init(ctx) == 1;

	if (scheme == CW_SCHEME_PSS)
		good = good && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, PSS_SALT) == 1;
	good = good && EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
	       EVP_PKEY_verify(ctx, sig.ptr, sig.len, digest, len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return good;
}

bool cw_scheme_verifies(EVP_PKEY *key, enum cw_scheme scheme, struct cw_span sig,
			struct cw_span digest)
{
	return scheme == CW_SCHEME_ID_MIXED ? raw_block_is(key, sig, digest.ptr)
					    : pkey_verifies(key, scheme, sig, digest.ptr, digest.len);
}

/* The signature without the zeros behind it. Length 0: there is none. */
static struct cw_span cut_signature(EVP_PKEY *key, enum cw_scheme scheme, struct cw_span area)
{
	size_t len = scheme == CW_SCHEME_ID_MIXED || scheme == CW_SCHEME_PSS
			     ? (size_t)EVP_PKEY_get_size(key)
			     : 0;

	/* At most 104 bytes of DER: a length of one byte. */
	if (!len && area.len >= 2 && area.ptr[0] == DER_SEQUENCE && area.ptr[1] < 0x80)
		len = 2 + (size_t)area.ptr[1];
	if (!len || len > area.len || !cw_span_zero(cw_span(area.ptr + len, area.len - len)))
		return cw_span(area.ptr, 0);
	return cw_span(area.ptr, len);
}

int cw_chain_verify(const struct cw_chain *c, const struct cw_span *parts, unsigned n,
		    struct cw_span area, uint64_t at, struct cw_refusal *r)
{
	EVP_PKEY *key = X509_get0_pubkey(c->cert[0]);
	uint8_t digest[CW_SHA384_SIZE];
	struct cw_cert_ids ids = {0};
	enum cw_scheme scheme;
	struct cw_span sig;
	size_t len;
	bool good;
	int rc = cw_chain_scheme(c, &scheme, r);

	if (!rc && scheme == CW_SCHEME_ID_MIXED)
		rc = cw_chain_ids(c, &ids, r);
	if (rc)
		return rc;
	if (scheme == CW_SCHEME_ID_MIXED && (!ids.has_sw_id || !ids.has_hw_id))
		return cw_refuse(
			r, CW_CODE_CERTIFICATE, cw_chain_at(c, 0),
			"the leaf certificate has no %s, which its way of signing mixes in",
			ids.has_sw_id ? "HW_ID" : "SW_ID");
	len = cw_scheme_digest(scheme, &ids, parts, n, digest);
	if (!len)
		return cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET, "no memory for a digest");
	sig = cut_signature(key, scheme, area);
	good = sig.len && cw_scheme_verifies(key, scheme, sig, cw_span(digest, len));
	ERR_clear_error();
	if (good)
		return 0;
	return cw_refuse(r, CW_CODE_SIGNATURE, at,
			 "the signature (%s, %s) is not that of the leaf certificate over header, "
			 "metadata and hash table",
			 cw_scheme_name(scheme), cw_x509_key_kind(key));
}
