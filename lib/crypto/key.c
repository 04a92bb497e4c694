// SPDX-License-Identifier: BSD-2-Clause
/* crypto/key.c - keys from files, behind a table so that other holders can follow */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/key_internal.h"
#include "crypto/x509_internal.h"

/* Bytes of PEM, between a key on P-384 and one of RSA-2048: 215 and 451, 306 and 1704 (encrypted: more, 464 and 1874). */
#define SMALL_PUBLIC  320
#define SMALL_PRIVATE 1000

/* ---- reading ---- */

static int read_all(int fd, struct cw_key_file *s, const char *name, struct cw_error *err)
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

int cw_key_uri_shown(const char *uri)
{
	const char *pin = strstr(uri, "pin-");
	int query = (int)strcspn(uri, "?");

	return pin && pin - uri < query ? (int)(pin - uri) : query;
}

int cw_key_file_read(const char *name, struct cw_key_file **ret, struct cw_error *err)
{
	cleanup_key_file struct cw_key_file *s = NULL;
	cleanup_fd int fd = -1;
	int r;

	if (!strncasecmp(name, "pkcs11:", 7))
		return cw_error_set(err, -EOPNOTSUPP,
				    "'%.*s': where a public key belongs, give the public half of a "
				    "token's key, or its certificate, as a PEM or DER file",
				    cw_key_uri_shown(name), name);
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

bool cw_key_file_holds(const struct cw_key_file *s, const char *text)
{
	const uint8_t *bytes = s->bytes;
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= s->len; i++)
		if (!memcmp(bytes + i, text, len))
			return true;
	return false;
}

/* What the file is instead, as far as its first lines tell. */
const char *cw_key_file_what(const struct cw_key_file *s)
{
	if (!s->len)
		return "is empty";
	if (cw_key_file_holds(s, "PRIVATE KEY-----"))
		return "is a private key";
	if (cw_key_file_holds(s, "PUBLIC KEY-----"))
		return "is a public key";
	if (cw_key_file_holds(s, "-----BEGIN CERTIFICATE-----"))
		return "is a certificate";
	if (cw_key_file_holds(s, "-----BEGIN "))
		return "is PEM of another kind, or damaged";
	return "is not a key in PEM or DER";
}

/* ---- decoding ---- */

int cw_key_ask_once(struct cw_key_ask *ask)
{
	if (!ask->asked)
		ask->result = ask->fn ? ask->fn(ask->arg, ask->name, ask->phrase, sizeof(ask->phrase))
				      : -ENOKEY;
	ask->asked = true;
	return ask->result;
}

/* OpenSSL asks once for each decoder that it tries; the user is asked once. */
static int ask_passphrase(char *buf, int size, int rwflag, void *arg)
{
	struct cw_key_ask *ask = arg;

	if (cw_key_ask_once(ask) < 0 || ask->result > size || ask->result > CW_KEY_PASSPHRASE_MAX)
		return -1;
	memcpy(buf, ask->phrase, (size_t)ask->result);
	return ask->result;
}

/* @kind: "RSA", "EC", or NULL: any that OpenSSL knows. */
static EVP_PKEY *decode_kind(const struct cw_key_file *s, const char *kind, int selection,
			     struct cw_key_ask *ask)
{
	const unsigned char *p = s->bytes;
	size_t len = s->len;
	EVP_PKEY *key = NULL;
	OSSL_DECODER_CTX *ctx = OSSL_DECODER_CTX_new_for_pkey(&key, kind ? "PEM" : NULL, NULL, kind,
							      selection, NULL, NULL);

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

/* A PEM file with one thing in it, whose label ends in @label. */
static bool is_one(const struct cw_key_file *s, const char *label)
{
	static const char begin[] = "-----BEGIN ";
	size_t len = sizeof(begin) - 1;
	unsigned n = 0;

	for (size_t i = 0; i + len <= s->len; i++)
		n += !memcmp(s->bytes + i, begin, len);
	return n == 1 && cw_key_file_holds(s, label);
}

/* To set up decoders for every kind of key takes five times as long as for one, and more than to verify a signature: so first
 * the kinds that are taken are tried, the likelier before the other. Where several things are in a file, the first decides. */
EVP_PKEY *cw_key_file_decode(const struct cw_key_file *s, int selection, struct cw_key_ask *ask)
{
	bool small = s->len < (selection == EVP_PKEY_PUBLIC_KEY ? SMALL_PUBLIC : SMALL_PRIVATE);
	EVP_PKEY *key = NULL;

	if (is_one(s, " KEY-----")) {
		key = decode_kind(s, small ? "EC" : "RSA", selection, ask);
		if (!key)
			key = decode_kind(s, small ? "RSA" : "EC", selection, ask);
	}
	return key ? key : decode_kind(s, NULL, selection, ask);
}

static EVP_PKEY *decode_certificate(const struct cw_key_file *s)
{
	BIO *bio = BIO_new_mem_buf(s->bytes, (int)s->len);
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;

	if (bio)
		cert = cw_key_file_holds(s, "-----BEGIN CERTIFICATE-----")
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
	uint8_t fp[CW_SHA256_SIZE];

	if (cw_crypto_check_pkey(pkey, &k->signtype, &r) && !kind)
		return cw_error_set(err, -EKEYREJECTED, "'%s' is %s", name, r.text);
	k->spki_len = cw_crypto_spki(pkey, k->spki);
	if (!k->spki_len || cw_crypto_fingerprint(cw_span(k->spki, k->spki_len), fp))
		return cw_error_set(err, -ENOMEM, "'%s': the public key cannot be encoded", name);
	k->kind = kind ? kind : cw_crypto_pkey_kind(pkey);
	k->signature_size =
		k->signtype == CW_CRYPTO_RSA ? (size_t)EVP_PKEY_get_size(pkey) : CW_ECDSA_RAW_SIZE;
	cw_hex_encode(fp, sizeof(fp), k->fingerprint);
	return 0;
}

int cw_key_new(EVP_PKEY *pkey, bool wide, const char *name, struct cw_key **ret,
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

static int load_public(const char *name, bool wide, struct cw_key **ret_key, struct cw_error *err)
{
	cleanup_key_file struct cw_key_file *s = NULL;
	cleanup_pkey EVP_PKEY *pkey = NULL, *private = NULL;
	struct cw_key_ask refuse = {0};
	int r;

	r = cw_key_file_read(name, &s, err);
	if (r < 0)
		return r;
	if (!is_one(s, "-----BEGIN PUBLIC KEY-----"))
		private = cw_key_file_decode(s, EVP_PKEY_KEYPAIR, &refuse);
	if (private || refuse.asked || cw_key_file_holds(s, "PRIVATE KEY-----"))
		return cw_error_set(err, -EBADMSG,
				    "'%s' is a private key where a public one belongs; take its "
				    "public half with: openssl pkey -in '%s' -pubout",
				    name, name);
	pkey = cw_key_file_decode(s, EVP_PKEY_PUBLIC_KEY, NULL);
	if (!pkey)
		pkey = decode_certificate(s);
	if (!pkey)
		return cw_error_set(err, -EBADMSG, "'%s' %s where a public key belongs", name,
				    cw_key_file_holds(s, "PUBLIC KEY-----") ? "is a damaged public key"
								     : cw_key_file_what(s));
	return cw_key_new(pkey, wide, name, ret_key, err);
}

int cw_key_load_public(const char *name, struct cw_key **ret_key, struct cw_error *err)
{
	return load_public(name, false, ret_key, err);
}

int cw_key_load_verifier(const char *name, struct cw_key **ret_key, struct cw_error *err)
{
	return load_public(name, true, ret_key, err);
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
	r = key->ops->sign(key->holder, key->signtype, digest, sig, key->signature_size,
			   err);
	if (r < 0)
		return cw_error_wrap(err, r, "the %s key %s did not sign", key->kind,
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
	len = key->ops->sign_scheme(key->holder, scheme, digest, sig, sizeof(sig), err);
	if (len < 0)
		return cw_error_wrap(err, len, "the %s key %s did not sign", key->kind,
				     key->fingerprint);
	memcpy(ret, sig, (size_t)len);
	return len;
}
