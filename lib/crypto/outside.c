// SPDX-License-Identifier: BSD-2-Clause
/* crypto/outside.c - signatures that are made where this program does not run */
#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "crypto/key_internal.h"
#include "crypto/x509_internal.h"

struct outside {
	EVP_PKEY *public;
	bool has_task;
	struct cw_key_task task;
	size_t len; /* of the signature; 0: to be made */
	uint8_t signature[CW_SIGNATURE_MAX];
};

static void note_task(struct outside *o, struct cw_span digest, const char *algorithm,
		      const char *openssl)
{
	o->task =
		(struct cw_key_task){.len = digest.len, .algorithm = algorithm, .openssl = openssl};
	memcpy(o->task.digest, digest.ptr, digest.len);
	o->has_task = true;
}

static int not_this(struct cw_error *err)
{
	return cw_error_set(
		err, -EKEYREJECTED,
		"the signature that was given is not this key's for this image; sign the "
		"digest of this very input, with the same options");
}

/* ---- containers ---- */

static int outside_sign(void *holder, unsigned signtype, const uint8_t digest[CW_SHA256_SIZE],
			uint8_t *ret_sig, size_t sig_size, struct cw_error *err)
{
	struct outside *o = holder;
	uint8_t raw[CW_SIGNATURE_MAX], spki[CW_SPKI_MAX];
	struct cw_span sig = cw_span(o->signature, o->len);
	size_t len;

	note_task(o, cw_span(digest, CW_SHA256_SIZE),
		  signtype == CW_CRYPTO_RSA ? "RSASSA-PKCS1-v1_5 with SHA-256"
					    : "ECDSA on P-256 with SHA-256",
		  "-pkeyopt digest:sha256");
	if (!o->len)
		return cw_error_set(err, -EINPROGRESS, "the signature is made elsewhere");
	if (signtype == CW_CRYPTO_ECDSA && o->len != CW_ECDSA_RAW_SIZE) {
		if (!cw_ecdsa_to_raw(sig, raw, CW_ECDSA_RAW_SIZE / 2))
			return not_this(err);
		sig = cw_span(raw, CW_ECDSA_RAW_SIZE);
	}
	len = cw_crypto_spki(o->public, spki);
	if (!len || sig.len != sig_size ||
	    cw_crypto_verify_digest(cw_span(spki, len), signtype, digest, sig))
		return not_this(err);
	memcpy(ret_sig, sig.ptr, sig.len);
	return 0;
}

/* ---- images with certificates ---- */

static void note_scheme(struct outside *o, enum cw_scheme scheme, struct cw_span digest)
{
	static const struct {
		const char *algorithm, *openssl;
	} words[] = {
		[CW_SCHEME_ID_MIXED] = {"RSA, block type 1 of PKCS#1 v1.5 around the bare digest, "
					"without DigestInfo",
					"-pkeyopt rsa_padding_mode:pkcs1"},
		[CW_SCHEME_PSS] = {"RSASSA-PSS with SHA-256, MGF1 with SHA-256, salt of 32 bytes",
				   "-pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt "
				   "rsa_pss_saltlen:32 -pkeyopt rsa_mgf1_md:sha256"},
		[CW_SCHEME_ECDSA_SHA256] = {"ECDSA with SHA-256", "-pkeyopt digest:sha256"},
		[CW_SCHEME_ECDSA_SHA384] = {"ECDSA with SHA-384", "-pkeyopt digest:sha384"},
	};

	note_task(o, digest, words[scheme].algorithm, words[scheme].openssl);
}

static int outside_sign_scheme(void *holder, enum cw_scheme scheme, struct cw_span digest,
			       uint8_t *ret, size_t size, struct cw_error *err)
{
	struct outside *o = holder;
	bool rsa = scheme == CW_SCHEME_ID_MIXED || scheme == CW_SCHEME_PSS, good;
	size_t half = ((size_t)EVP_PKEY_get_bits(o->public) + 7) / 8;
	struct cw_span sig = cw_span(o->signature, o->len);
	uint8_t der[CW_SIGNATURE_MAX];
	size_t len = sizeof(der);

	note_scheme(o, scheme, digest);
	if (!o->len)
		return cw_error_set(err, -EINPROGRESS, "the signature is made elsewhere");
	if (!rsa && o->len == 2 * half && cw_ecdsa_to_der(sig, der, &len))
		sig = cw_span(der, len);
	good = sig.len <= size && (!rsa || sig.len == (size_t)EVP_PKEY_get_size(o->public)) &&
	       cw_scheme_verifies(o->public, scheme, sig, digest);
	ERR_clear_error();
	if (!good)
		return not_this(err);
	memcpy(ret, sig.ptr, sig.len);
	return (int)sig.len;
}

static void outside_free(void *holder)
{
	struct outside *o = holder;

	EVP_PKEY_free(o->public);
	free(o);
}

static const struct cw_key_ops outside_ops = {
	.sign = outside_sign, .sign_scheme = outside_sign_scheme, .free = outside_free};

int cw_key_sign_outside(struct cw_key *key, struct cw_span signature, struct cw_error *err)
{
	const unsigned char *p = key->spki;
	struct outside *o;

	if (key->ops)
		return cw_error_set(err, -EINVAL, "a key that is at hand signs itself");
	if (signature.len > CW_SIGNATURE_MAX)
		return cw_error_set(err, -E2BIG, "%zu bytes are no signature; %d at most",
				    signature.len, CW_SIGNATURE_MAX);
	o = calloc(1, sizeof(*o));
	if (o)
		o->public = d2i_PUBKEY(NULL, &p, (long)key->spki_len);
	if (!o || !o->public) {
		free(o);
		return cw_error_set(err, -ENOMEM, "no memory for a key");
	}
	if (signature.len)
		memcpy(o->signature, signature.ptr, signature.len);
	o->len = signature.len;
	key->holder = o;
	key->ops = &outside_ops;
	return 0;
}

bool cw_key_task(const struct cw_key *key, struct cw_key_task *ret)
{
	const struct outside *o = key->holder;

	if (key->ops != &outside_ops || !o->has_task)
		return false;
	*ret = o->task;
	return true;
}
