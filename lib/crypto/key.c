// SPDX-License-Identifier: BSD-2-Clause
/* crypto/key.c - keys from files, behind a table so that other holders can follow */
#include "crypto/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/internal.h"
#include "crypto/x509_internal.h"
#include "host/cleanup.h"

/* Who holds the private half. @holder is the implementation's own. */
struct key_ops {
	int (*sign)(void *holder, unsigned signtype, const uint8_t digest[CW_SHA256_SIZE],
		    uint8_t *ret_sig, size_t sig_size);
	/* Length, or negative. */
	int (*sign_scheme)(void *holder, enum cw_scheme scheme, struct cw_span digest, uint8_t *ret,
			   size_t size);
	void (*free)(void *holder);
};

struct cw_key {
	const struct key_ops *ops; /* NULL: a public key */
	void *holder;
	unsigned signtype;
	size_t signature_size;
	const char *kind;
	size_t spki_len;
	uint8_t spki[CW_SPKI_MAX];
	char fingerprint[CW_FINGERPRINT_HEX];
};

/* The bytes of a key file; wiped when they leave scope. */
struct secret {
	uint8_t bytes[CW_KEY_FILE_MAX + 1];
	size_t len;
};

static void secret_freep(struct secret **s)
{
	if (*s)
		OPENSSL_cleanse(*s, sizeof(**s));
	free(*s);
}

static void pkey_freep(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

#define cleanup_secret cw_cleanup(secret_freep)
#define cleanup_pkey   cw_cleanup(pkey_freep)

/* ---- private keys in OpenSSL's memory ---- */

static int ecdsa_to_raw(const uint8_t *der, size_t len, uint8_t ret[CW_ECDSA_RAW_SIZE])
{
	const unsigned char *p = der;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
	int ret_code = -EIO;

	if (sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, 32) == 32 &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + 32, 32) == 32)
		ret_code = 0;
	ECDSA_SIG_free(sig);
	return ret_code;
}

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
	return ecdsa_to_raw(der, len, ret_sig);
}

static int pkey_sign(void *holder, unsigned signtype, const uint8_t digest[CW_SHA256_SIZE],
		     uint8_t *ret_sig, size_t sig_size)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, holder, NULL);
	int ret = pkey_sign_with(ctx, signtype, digest, ret_sig, sig_size);

	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return ret;
}

static void pkey_free(void *holder)
{
	EVP_PKEY_free(holder);
}

static bool set_scheme(EVP_PKEY_CTX *ctx, enum cw_scheme scheme)
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
			    uint8_t *ret, size_t size)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, holder, NULL);
	bool good = ctx && EVP_PKEY_sign_init(ctx) == 1 && set_scheme(ctx, scheme) &&
		    EVP_PKEY_sign(ctx, ret, &size, digest.ptr, digest.len) == 1;

	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return good ? (int)size : -EIO;
}

static const struct key_ops pkey_ops = {
	.sign = pkey_sign, .sign_scheme = pkey_sign_scheme, .free = pkey_free};

/* ---- reading ---- */

static int read_all(int fd, struct secret *s, const char *name, struct cw_error *err)
{
	ssize_t n;

	do {
		n = read(fd, s->bytes + s->len, sizeof(s->bytes) - s->len);
		if (n > 0)
			s->len += (size_t)n;
	} while ((n > 0 && s->len < sizeof(s->bytes)) || (n < 0 && errno == EINTR));
	if (n < 0)
		return cw_error_errno(err, "read key '%s'", name);
	if (s->len > CW_KEY_FILE_MAX)
		return cw_error_set(err, -EFBIG, "'%s' is larger than %d bytes: not a key file",
				    name, CW_KEY_FILE_MAX);
	return 0;
}

static int read_key_file(const char *name, struct secret **ret, struct cw_error *err)
{
	cleanup_secret struct secret *s = NULL;
	cleanup_fd int fd = -1;
	int r;

	if (!strncmp(name, "pkcs11:", 7))
		return cw_error_set(
			err, -EOPNOTSUPP,
			"'%s': keys in tokens are not in this version; give a PEM or DER "
			"file",
			name);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cw_error_errno(err, "open key '%s'", name);
	s = calloc(1, sizeof(*s));
	if (!s)
		return cw_error_set(err, -ENOMEM, "no memory for key '%s'", name);
	r = read_all(fd, s, name, err);
	if (r < 0)
		return r;
	*ret = cw_steal_ptr(&s);
	return 0;
}

static bool holds_text(const struct secret *s, const char *text)
{
	const uint8_t *bytes = s->bytes;
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= s->len; i++)
		if (!memcmp(bytes + i, text, len))
			return true;
	return false;
}

/* What the file is instead, as far as its first lines tell. */
static const char *what_it_is(const struct secret *s)
{
	if (!s->len)
		return "is empty";
	if (holds_text(s, "PRIVATE KEY-----"))
		return "is a private key";
	if (holds_text(s, "PUBLIC KEY-----"))
		return "is a public key";
	if (holds_text(s, "-----BEGIN CERTIFICATE-----"))
		return "is a certificate";
	if (holds_text(s, "-----BEGIN "))
		return "is PEM of another kind, or damaged";
	return "is not a key in PEM or DER";
}

/* ---- decoding ---- */

struct ask {
	cw_key_passphrase fn;
	void *arg;
	const char *name;
	bool asked;
	int result; /* what fn returned */
	char phrase[CW_KEY_PASSPHRASE_MAX];
};

/* OpenSSL asks once for each decoder that it tries; the user is asked once. */
static int ask_passphrase(char *buf, int size, int rwflag, void *arg)
{
	struct ask *ask = arg;

	if (!ask->asked)
		ask->result =
			ask->fn ? ask->fn(ask->arg, ask->name, ask->phrase, sizeof(ask->phrase))
				: -ENOKEY;
	ask->asked = true;
	if (ask->result < 0 || ask->result > size || ask->result > CW_KEY_PASSPHRASE_MAX)
		return -1;
	memcpy(buf, ask->phrase, (size_t)ask->result);
	return ask->result;
}

static EVP_PKEY *decode(const struct secret *s, int selection, struct ask *ask)
{
	const unsigned char *p = s->bytes;
	size_t len = s->len;
	EVP_PKEY *key = NULL;
	OSSL_DECODER_CTX *ctx =
		OSSL_DECODER_CTX_new_for_pkey(&key, NULL, NULL, NULL, selection, NULL, NULL);

	if (ctx && ask)
		OSSL_DECODER_CTX_set_pem_password_cb(ctx, ask_passphrase, ask);
	if (!ctx || OSSL_DECODER_from_data(ctx, &p, &len) != 1) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	OSSL_DECODER_CTX_free(ctx);
	ERR_clear_error();
	return key;
}

static EVP_PKEY *decode_certificate(const struct secret *s)
{
	BIO *bio = BIO_new_mem_buf(s->bytes, (int)s->len);
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;

	if (bio)
		cert = holds_text(s, "-----BEGIN CERTIFICATE-----")
			       ? PEM_read_bio_X509(bio, NULL, NULL, NULL)
			       : d2i_X509_bio(bio, NULL);
	if (cert)
		key = X509_get_pubkey(cert);
	X509_free(cert);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}

/* Everything that is known from the public half. @wide: keys of images' certificates, too. */
static int key_describe(struct cw_key *k, EVP_PKEY *pkey, bool wide, const char *name,
			struct cw_error *err)
{
	const char *kind = wide ? cw_x509_key_kind(pkey) : NULL;
	struct cw_refusal r;
	unsigned char *p = k->spki;
	uint8_t fp[CW_SHA256_SIZE];
	int len;

	if (cw_crypto_check_pkey(pkey, &k->signtype, &r) && !kind)
		return cw_error_set(err, -EKEYREJECTED, "'%s' is %s", name, r.text);
	/* One key, one fingerprint: a compressed point is spelt out. */
	if (EVP_PKEY_is_a(pkey, "EC"))
		EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
					       "uncompressed");
	len = i2d_PUBKEY(pkey, NULL);
	if (len <= 0 || len > CW_SPKI_MAX || i2d_PUBKEY(pkey, &p) != len ||
	    cw_crypto_fingerprint(cw_span(k->spki, (size_t)len), fp))
		return cw_error_set(err, -ENOMEM, "'%s': the public key cannot be encoded", name);
	k->spki_len = (size_t)len;
	k->kind = kind ? kind : cw_crypto_pkey_kind(pkey);
	k->signature_size =
		k->signtype == CW_CRYPTO_RSA ? (size_t)EVP_PKEY_get_size(pkey) : CW_ECDSA_RAW_SIZE;
	cw_hex_encode(fp, sizeof(fp), k->fingerprint);
	return 0;
}

static int key_new(EVP_PKEY *pkey, bool wide, const char *name, struct cw_key **ret,
		   struct cw_error *err)
{
	struct cw_key *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return cw_error_set(err, -ENOMEM, "no memory for key '%s'", name);
	r = key_describe(k, pkey, wide, name, err);
	if (r < 0)
		free(k);
	else
		*ret = k;
	return r;
}

static int explain_private(const struct ask *ask, const struct secret *s, const char *name,
			   struct cw_error *err)
{
	if (ask->asked && ask->result == -ENOKEY)
		return cw_error_set(err, -EKEYREJECTED,
				    "the private key '%s' is encrypted and no passphrase was given",
				    name);
	if (ask->asked && ask->result < 0)
		return cw_error_set(err, ask->result, "no passphrase for the private key '%s': %s",
				    name, strerror(-ask->result));
	if (ask->asked)
		return cw_error_set(err, -EKEYREJECTED,
				    "the passphrase does not open the private key '%s'", name);
	return cw_error_set(err, -EBADMSG, "'%s' %s where a private key belongs", name,
			    holds_text(s, "PRIVATE KEY-----") ? "is a damaged private key"
							      : what_it_is(s));
}

static int load_private(const char *name, bool wide, cw_key_passphrase ask_fn, void *arg,
			struct cw_key **ret_key, struct cw_error *err)
{
	cleanup_secret struct secret *s = NULL;
	cleanup_pkey EVP_PKEY *pkey = NULL;
	struct ask ask = {.fn = ask_fn, .arg = arg, .name = name};
	struct cw_key *key;
	int r;

	r = read_key_file(name, &s, err);
	if (r < 0)
		return r;
	pkey = decode(s, EVP_PKEY_KEYPAIR, &ask);
	OPENSSL_cleanse(ask.phrase, sizeof(ask.phrase));
	if (!pkey)
		return explain_private(&ask, s, name, err);
	r = key_new(pkey, wide, name, &key, err);
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

int cw_key_load_public(const char *name, struct cw_key **ret_key, struct cw_error *err)
{
	cleanup_secret struct secret *s = NULL;
	cleanup_pkey EVP_PKEY *pkey = NULL, *private = NULL;
	struct ask refuse = {0};
	int r;

	r = read_key_file(name, &s, err);
	if (r < 0)
		return r;
	private = decode(s, EVP_PKEY_KEYPAIR, &refuse);
	if (private || refuse.asked || holds_text(s, "PRIVATE KEY-----"))
		return cw_error_set(err, -EBADMSG,
				    "'%s' is a private key where a public one belongs; take its "
				    "public half with: openssl pkey -in '%s' -pubout",
				    name, name);
	pkey = decode(s, EVP_PKEY_PUBLIC_KEY, NULL);
	if (!pkey)
		pkey = decode_certificate(s);
	if (!pkey)
		return cw_error_set(err, -EBADMSG, "'%s' %s where a public key belongs", name,
				    holds_text(s, "PUBLIC KEY-----") ? "is a damaged public key"
								     : what_it_is(s));
	return key_new(pkey, false, name, ret_key, err);
}

void cw_key_free(struct cw_key *key)
{
	if (!key)
		return;
	if (key->ops)
		key->ops->free(key->holder);
	OPENSSL_cleanse(key, sizeof(*key));
	free(key);
}

struct cw_span cw_key_spki(const struct cw_key *key)
{
	return cw_span(key->spki, key->spki_len);
}

const char *cw_key_fingerprint(const struct cw_key *key)
{
	return key->fingerprint;
}

const char *cw_key_kind(const struct cw_key *key)
{
	return key->kind;
}

unsigned cw_key_signtype(const struct cw_key *key)
{
	return key->signtype;
}

size_t cw_key_signature_size(const struct cw_key *key)
{
	return key->signature_size;
}

int cw_key_sign(const struct cw_key *key, const uint8_t digest[CW_SHA256_SIZE], uint8_t *ret_sig,
		struct cw_error *err)
{
	uint8_t sig[CW_SIGNATURE_MAX];
	int r;

	if (!key->ops)
		return cw_error_set(err, -EINVAL, "a public key cannot sign");
	if (!key->signtype)
		return cw_error_set(err, -EINVAL, "a key of kind %s makes no such signature",
				    key->kind);
	r = key->ops->sign(key->holder, key->signtype, digest, sig, key->signature_size);
	if (r < 0)
		return cw_error_set(err, r, "the %s key %s did not sign", key->kind,
				    key->fingerprint);
	memcpy(ret_sig, sig, key->signature_size);
	return 0;
}

int cw_key_sign_scheme(const struct cw_key *key, enum cw_scheme scheme, struct cw_span digest,
		       uint8_t *ret, struct cw_error *err)
{
	bool rsa = scheme == CW_SCHEME_ID_MIXED || scheme == CW_SCHEME_PSS;
	uint8_t sig[CW_SCHEME_SIGNATURE_MAX];
	int len;

	if (!key->ops || rsa != !strncmp(key->kind, "RSA", 3))
		return cw_error_set(err, -EINVAL, "a %s key%s cannot sign by %s", key->kind,
				    key->ops ? "" : " (public half)", cw_scheme_name(scheme));
	len = key->ops->sign_scheme ? key->ops->sign_scheme(key->holder, scheme, digest, sig, sizeof(sig))
				    : -EIO;
	if (len < 0)
		return cw_error_set(err, len, "the %s key %s did not sign", key->kind,
				    key->fingerprint);
	memcpy(ret, sig, (size_t)len);
	return len;
}
