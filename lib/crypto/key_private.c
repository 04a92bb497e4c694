// SPDX-License-Identifier: BSD-2-Clause
/* crypto/key_private.c - private keys: in OpenSSL's memory, from files; tokens are in token.c */
#include <errno.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "crypto/key_internal.h"

/* ---- two forms of an ECDSA signature ---- */

bool cw_ecdsa_to_raw(struct cw_span der, uint8_t *ret, size_t half)
{
	const unsigned char *p = der.ptr;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)der.len);
	bool good = sig && p == der.ptr + der.len &&
		    BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, (int)half) == (int)half &&
		    BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + half, (int)half) == (int)half;

	ECDSA_SIG_free(sig);
	ERR_clear_error();
	return good;
}

bool cw_ecdsa_to_der(struct cw_span raw, uint8_t *ret, size_t *ret_len)
{
	int half = (int)(raw.len / 2), len;
	BIGNUM *r = BN_bin2bn(raw.ptr, half, NULL), *s = BN_bin2bn(raw.ptr + half, half, NULL);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	unsigned char *p = ret;
	bool good = raw.len && !(raw.len % 2) && r && s && sig && ECDSA_SIG_set0(sig, r, s) == 1;

	if (!good) {
		BN_free(r);
		BN_free(s);
	}
	len = good ? i2d_ECDSA_SIG(sig, NULL) : -1;
	good = len > 0 && (size_t)len <= *ret_len && i2d_ECDSA_SIG(sig, &p) == len;
	ECDSA_SIG_free(sig);
	if (good)
		*ret_len = (size_t)len;
	return good;
}

/* ---- signing in OpenSSL's memory ---- */

static int pkey_sign_with(EVP_PKEY_CTX *ctx, unsigned signtype, const uint8_t *digest,
			  uint8_t *ret_sig, size_t sig_size)
{
	uint8_t der[CW_ECDSA_DER_MAX];
	size_t len = signtype == CW_CRYPTO_RSA ? sig_size : sizeof(der);
	uint8_t *out = signtype == CW_CRYPTO_RSA ? ret_sig : der;

	if (!ctx || EVP_PKEY_sign_init(ctx) != 1)
		return -EIO;
	if (signtype == CW_CRYPTO_RSA && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1)
		return -EIO;
	if (EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) != 1 ||
	    EVP_PKEY_sign(ctx, out, &len, digest, CW_SHA256_SIZE) != 1)
		return -EIO;
	if (signtype == CW_CRYPTO_RSA)
		return len == sig_size ? 0 : -EIO;
	return cw_ecdsa_to_raw(cw_span(der, len), ret_sig, CW_ECDSA_RAW_SIZE / 2) ? 0 : -EIO;
}

static int pkey_sign(void *holder, unsigned signtype, const uint8_t digest[CW_SHA256_SIZE],
		     uint8_t *ret_sig, size_t sig_size, struct cw_error *err)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, holder, NULL);
	int ret = pkey_sign_with(ctx, signtype, digest, ret_sig, sig_size);

	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	cw_crypto_burn_stack();
	return ret < 0 ? cw_error_set(err, ret, "OpenSSL failed") : 0;
}

static void pkey_free(void *holder)
{
	EVP_PKEY_free(holder);
}

bool cw_key_set_scheme(EVP_PKEY_CTX *ctx, enum cw_scheme scheme)
{
	switch (scheme) {
	case CW_SCHEME_ID_MIXED: /* a digest without DigestInfo: no algorithm is set */
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
	case CW_SCHEME_PSS:
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, CW_SHA256_SIZE) == 1 &&
		       EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1;
	case CW_SCHEME_ECDSA_SHA256:
		return EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1;
	case CW_SCHEME_ECDSA_SHA384:
		return EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha384()) == 1;
	}
	return false;
}

static int pkey_sign_scheme(void *holder, enum cw_scheme scheme, struct cw_span digest,
			    uint8_t *ret, size_t size, struct cw_error *err)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, holder, NULL);
	bool good = ctx && EVP_PKEY_sign_init(ctx) == 1 && cw_key_set_scheme(ctx, scheme) &&
		    EVP_PKEY_sign(ctx, ret, &size, digest.ptr, digest.len) == 1;

	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	cw_crypto_burn_stack();
	return good ? (int)size : cw_error_set(err, -EIO, "OpenSSL failed");
}

static const struct cw_key_ops pkey_ops = {
	.sign = pkey_sign, .sign_scheme = pkey_sign_scheme, .free = pkey_free};

/* ---- loading ---- */

static int explain_private(const struct cw_key_ask *ask, const struct cw_key_file *s,
			   const char *name, struct cw_error *err)
{
	if (ask->asked && ask->result == -ENOKEY)
		return cw_error_set(err, -EKEYREJECTED,
				    "the private key '%s' is encrypted and no passphrase was given; say "
				    "--passin with the file that holds it, or answer on a terminal",
				    name);
	if (ask->asked && ask->result < 0)
		return cw_error_set(err, ask->result, "no passphrase for the private key '%s': %s",
				    name, strerror(-ask->result));
	if (ask->asked)
		return cw_error_set(err, -EKEYREJECTED,
				    "the passphrase does not open the private key '%s'", name);
	return cw_error_set(err, -EBADMSG, "'%s' %s where a private key belongs", name,
			    cw_key_file_holds(s, "PRIVATE KEY-----") ? "is a damaged private key"
								     : cw_key_file_what(s));
}

int cw_pkey_load_private(const char *name, cw_key_passphrase ask_fn, void *arg, EVP_PKEY **ret,
			 struct cw_error *err)
{
	cleanup_key_file struct cw_key_file *s = NULL;
	struct cw_key_ask ask = {.fn = ask_fn, .arg = arg, .name = name};
	EVP_PKEY *pkey;
	int r = cw_key_file_read(name, &s, err);

	if (r < 0)
		return r;
	pkey = cw_key_file_decode(s, EVP_PKEY_KEYPAIR, &ask);
	OPENSSL_cleanse(ask.phrase, sizeof(ask.phrase));
	cw_crypto_burn_stack();
	if (!pkey)
		return explain_private(&ask, s, name, err);
	*ret = pkey;
	return 0;
}

static int load_private(const char *name, bool wide, cw_key_passphrase ask, void *arg,
			struct cw_key **ret_key, struct cw_error *err)
{
	cleanup_pkey EVP_PKEY *pkey = NULL;
	struct cw_key *key;
	int r;

	if (!strncasecmp(name, "pkcs11:", 7))
		return cw_key_load_token(name, wide, ask, arg, ret_key, err);
	r = cw_pkey_load_private(name, ask, arg, &pkey, err);
	if (!r)
		r = cw_key_new(pkey, wide, name, &key, err);
	if (r < 0)
		return r;
	key->ops = &pkey_ops;
	key->holder = cw_steal_ptr(&pkey);
	*ret_key = key;
	return 0;
}

int cw_key_load_private(const char *name, cw_key_passphrase ask, void *arg, struct cw_key **ret_key,
			struct cw_error *err)
{
	return load_private(name, false, ask, arg, ret_key, err);
}

int cw_key_load_signer(const char *name, cw_key_passphrase ask, void *arg, struct cw_key **ret_key,
		       struct cw_error *err)
{
	return load_private(name, true, ask, arg, ret_key, err);
}
