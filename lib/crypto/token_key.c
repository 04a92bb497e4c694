// SPDX-License-Identifier: BSD-2-Clause
/* crypto/token_key.c - log in to a token, find one key in it, sign with it */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "crypto/token.h"

/* ---- the PIN ---- */

/* First line of the file that pin-source names: file: with a path, or a path. */
static int read_pin_source(struct cw_token *t, const char *source, struct cw_error *err)
{
	const char *path = source;
	cleanup_fd int fd = -1;
	ssize_t n;

	if (!strncmp(source, "file:", 5))
		path = source + 5;
	if (!strncmp(path, "//", 2))
		path += 2;
	if (path[0] != '/')
		return cw_error_set(
			err, -EINVAL,
			"pin-source is neither file: nor an absolute path; nothing else is "
			"taken"); /* not repeated: it may be the PIN itself */
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, t->pin, sizeof(t->pin));
	if (n < 0)
		return cw_error_errno(err, "read the PIN from '%s'", path);
	if (n == sizeof(t->pin))
		return cw_error_set(err, -E2BIG, "'%s' holds more than a PIN", path);
	t->pin_len = 0;
	while (t->pin_len < (size_t)n && t->pin[t->pin_len] != '\n')
		t->pin_len++;
	t->has_pin = true;
	return 0;
}

static int find_pin(struct cw_token *t, P11KitUri *uri, struct cw_key_ask *ask,
		    struct cw_error *err)
{
	const char *value = cw_p11.p11_kit_uri_get_pin_value(uri);
	const char *source = cw_p11.p11_kit_uri_get_pin_source(uri);
	int len;

	if (!value && source)
		return read_pin_source(t, source, err);
	ask->name = t->label;
	len = value ? (int)strlen(value) : cw_key_ask_once(ask);
	if (len == -ENOKEY)
		return cw_error_set(
			err, -EKEYREJECTED,
			"the token '%s' wants a PIN and none was given; say --passin, or "
			"?pin-source= in the URI, with the file that holds it",
			t->label);
	if (len < 0)
		return cw_error_set(err, len, "no PIN for the token '%s': %s", t->label,
				    strerror(-len));
	if ((size_t)len > sizeof(t->pin))
		return cw_error_set(err, -E2BIG, "%d bytes are no PIN", len);
	memcpy(t->pin, value ? value : ask->phrase, (size_t)len);
	t->pin_len = (size_t)len;
	t->has_pin = true;
	return 0;
}

/* ---- login ---- */

/* What the token says about tries after one that failed, or before the first. */
static const char *tries_left(struct cw_token *t)
{
	CK_TOKEN_INFO info;

	if (t->module->C_GetTokenInfo(t->slot, &info) != CKR_OK)
		return "";
	if (info.flags & CKF_USER_PIN_LOCKED)
		return "; it is locked now";
	if (info.flags & CKF_USER_PIN_FINAL_TRY)
		return "; one try is left before it locks";
	return info.flags & CKF_USER_PIN_COUNT_LOW ? "; few tries are left before it locks" : "";
}

static int login_error(struct cw_token *t, CK_RV rv, struct cw_error *err)
{
	switch (rv) {
	case CKR_PIN_INCORRECT:
	case CKR_PIN_INVALID:
	case CKR_PIN_LEN_RANGE:
		return cw_error_set(
			err, -EKEYREJECTED,
			"the PIN does not open the token '%s', and was not tried again%s; "
			"give the right one",
			t->label, tries_left(t));
	case CKR_PIN_LOCKED:
		return cw_error_set(err, -EKEYREJECTED,
				    "the PIN of the token '%s' is locked; its security officer can "
				    "unlock it",
				    t->label);
	case CKR_USER_PIN_NOT_INITIALIZED:
		return cw_error_set(err, -EKEYREJECTED,
				    "the token '%s' has no user PIN yet; set one with your token's "
				    "tool",
				    t->label);
	}
	return cw_token_error(err, t, "the login", rv);
}

static int login(struct cw_token *t, CK_USER_TYPE user, struct cw_error *err)
{
	CK_RV rv = t->module->C_Login(t->session, user, t->has_pin ? t->pin : NULL, t->pin_len);

	return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ? 0 : login_error(t, rv, err);
}

int cw_token_login(struct cw_token *t, P11KitUri *uri, struct cw_key_ask *ask, struct cw_error *err)
{
	CK_TOKEN_INFO info;
	CK_RV rv = t->module->C_GetTokenInfo(t->slot, &info);
	int r = 0;

	if (rv == CKR_OK)
		rv = t->module->C_OpenSession(t->slot, CKF_SERIAL_SESSION, NULL, NULL, &t->session);
	if (rv != CKR_OK)
		return cw_token_error(err, t, "a session", rv);
	t->open = true;
	if (!(info.flags & CKF_LOGIN_REQUIRED))
		return 0;
	if (info.flags & CKF_USER_PIN_LOCKED)
		return login_error(t, CKR_PIN_LOCKED, err);
	/* A PIN in a script may be old: the last try is a person's, with the token's own tool. */
	if (info.flags & CKF_USER_PIN_FINAL_TRY)
		return cw_error_set(err, -EKEYREJECTED,
				    "the token '%s' has one try left before it locks, which is not "
				    "taken here; log in once with your token's own tool",
				    t->label);
	if (!(info.flags & CKF_PROTECTED_AUTHENTICATION_PATH))
		r = find_pin(t, uri, ask, err);
	return r < 0 ? r : login(t, CKU_USER, err);
}

/* ---- attributes ---- */

/* *@len: room before, length after. */
static bool get(struct cw_token *t, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *ret,
		size_t *len)
{
	CK_ATTRIBUTE a = {type, ret, *len};

	if (t->module->C_GetAttributeValue(t->session, object, &a, 1) != CKR_OK ||
	    a.ulValueLen == CK_UNAVAILABLE_INFORMATION || a.ulValueLen > *len)
		return false;
	*len = a.ulValueLen;
	return true;
}

static bool get_bool(struct cw_token *t, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
		     bool otherwise)
{
	size_t len = sizeof(CK_BBOOL);
	CK_BBOOL value;

	return get(t, object, type, &value, &len) && len == sizeof(value) ? value : otherwise;
}

/* Up to @max objects; how many are in @ret, or the error of the module as a negative number. */
static long find(struct cw_token *t, CK_ATTRIBUTE *attributes, CK_ULONG n, CK_OBJECT_HANDLE *ret,
		 CK_ULONG max)
{
	CK_ULONG found = 0;
	CK_RV rv = t->module->C_FindObjectsInit(t->session, attributes, n);

	if (rv == CKR_OK) {
		rv = t->module->C_FindObjects(t->session, ret, max, &found);
		t->module->C_FindObjectsFinal(t->session);
	}
	return rv == CKR_OK ? (long)found : -(long)rv;
}

/* ---- the public half ---- */

static EVP_PKEY *rsa_of(struct cw_token *t, CK_OBJECT_HANDLE object)
{
	uint8_t n_bytes[1024], e_bytes[64];
	size_t n_len = sizeof(n_bytes), e_len = sizeof(e_bytes);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	BIGNUM *n = NULL, *e = NULL;
	EVP_PKEY *key = NULL;

	if (get(t, object, CKA_MODULUS, n_bytes, &n_len) &&
	    get(t, object, CKA_PUBLIC_EXPONENT, e_bytes, &e_len)) {
		n = BN_bin2bn(n_bytes, (int)n_len, NULL);
		e = BN_bin2bn(e_bytes, (int)e_len, NULL);
	}
	if (n && e && build && ctx &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

/* CKA_EC_PARAMS is the DER of the curve's name, CKA_EC_POINT that of an OCTET STRING around the point. */
static EVP_PKEY *ec_of(struct cw_token *t, CK_OBJECT_HANDLE object)
{
	static const uint8_t id_ec[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
	uint8_t params[32], point[160], der[256];
	size_t params_len = sizeof(params), point_len = sizeof(point), head;
	const unsigned char *p = der;
	size_t at = 0;

	if (!get(t, object, CKA_EC_PARAMS, params, &params_len) ||
	    !get(t, object, CKA_EC_POINT, point, &point_len))
		return NULL;
	/* Below 128 bytes a length has one byte: P-256 and P-384, which are all we take. */
	if (point_len < 4 || point[0] != 0x04 || point[1] != point_len - 2 || point_len > 100)
		return NULL;
	head = sizeof(id_ec) + params_len;
	der[at++] = 0x30;
	if (2 + head + 3 + point_len - 2 > 127)
		der[at++] = 0x81;
	der[at++] = (uint8_t)(2 + head + 3 + point_len - 2);
	der[at++] = 0x30;
	der[at++] = (uint8_t)head;
	memcpy(der + at, id_ec, sizeof(id_ec));
	memcpy(der + at + sizeof(id_ec), params, params_len);
	at += head;
	der[at++] = 0x03;
	der[at++] = (uint8_t)(point_len - 2 + 1);
	der[at++] = 0;
	memcpy(der + at, point + 2, point_len - 2);
	return d2i_PUBKEY(NULL, &p, (long)(at + point_len - 2));
}

static EVP_PKEY *certificate_of(struct cw_token *t, CK_OBJECT_HANDLE object)
{
	cleanup_free uint8_t *der = malloc(CW_TOKEN_VALUE_MAX);
	size_t len = CW_TOKEN_VALUE_MAX;
	const unsigned char *p = der;
	X509 *cert = NULL;
	EVP_PKEY *key;

	if (der && get(t, object, CKA_VALUE, der, &len))
		cert = d2i_X509(NULL, &p, (long)len);
	key = cert ? X509_get_pubkey(cert) : NULL;
	X509_free(cert);
	return key;
}

/* An object of @class with the private key's CKA_ID. */
static EVP_PKEY *sibling(struct cw_token *t, CK_OBJECT_CLASS class)
{
	uint8_t id[256];
	size_t len = sizeof(id);
	CK_ATTRIBUTE a[] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_ID, id, 0}};
	CK_OBJECT_HANDLE object;

	if (!get(t, t->key, CKA_ID, id, &len) || !len)
		return NULL;
	a[1].ulValueLen = len;
	if (find(t, a, 2, &object, 1) != 1)
		return NULL;
	if (class == CKO_CERTIFICATE)
		return certificate_of(t, object);
	return t->type == CKK_RSA ? rsa_of(t, object) : ec_of(t, object);
}

static EVP_PKEY *public_half(struct cw_token *t)
{
	EVP_PKEY *key = t->type == CKK_RSA ? rsa_of(t, t->key) : ec_of(t, t->key);

	if (!key)
		key = sibling(t, CKO_PUBLIC_KEY);
	if (!key)
		key = sibling(t, CKO_CERTIFICATE);
	ERR_clear_error();
	return key;
}

/* ---- the key ---- */

static int check_key(struct cw_token *t, struct cw_error *err)
{
	size_t len = sizeof(t->type);

	if (!get(t, t->key, CKA_KEY_TYPE, &t->type, &len) ||
	    (t->type != CKK_RSA && t->type != CKK_EC))
		return cw_error_set(err, -EKEYREJECTED,
				    "'%s' is neither an RSA key nor one on an elliptic curve",
				    t->shown);
	if (!get_bool(t, t->key, CKA_SIGN, true))
		return cw_error_set(
			err, -EPERM,
			"'%s' may not sign (its CKA_SIGN is false); take a key that was "
			"made for signing",
			t->shown);
	t->always_authenticate = get_bool(t, t->key, CKA_ALWAYS_AUTHENTICATE, false);
	return 0;
}

int cw_token_find_key(struct cw_token *t, P11KitUri *uri, EVP_PKEY **ret_public,
		      struct cw_error *err)
{
	CK_ULONG n;
	CK_ATTRIBUTE *attributes = cw_p11.p11_kit_uri_get_attributes(uri, &n);
	CK_OBJECT_HANDLE keys[2];
	long found = find(t, attributes, n, keys, 2);
	int r;

	if (found < 0)
		return cw_token_error(err, t, "the search for a key", (CK_RV)-found);
	if (!found)
		return cw_error_set(err, -ENOKEY,
				    "'%s': the token '%s' holds no such private key; 'pkcs11-tool "
				    "--list-objects --login' tells what it holds",
				    t->shown, t->label);
	if (found > 1)
		return cw_error_set(
			err, -ENOTUNIQ,
			"'%s' means more than one private key of the token '%s'; say which "
			"with object= and id=",
			t->shown, t->label);
	t->key = keys[0];
	r = check_key(t, err);
	if (r < 0)
		return r;
	*ret_public = public_half(t);
	return *ret_public
		       ? 0
		       : cw_error_set(err, -ENOKEY,
				      "'%s': the token '%s' does not tell the public half of the "
				      "key; store it, or a certificate, with the same id beside it",
				      t->shown, t->label);
}

/* ---- signing ---- */

static int sign_with(struct cw_token *t, CK_MECHANISM *mechanism, struct cw_span data, uint8_t *ret,
		     size_t *len, struct cw_error *err)
{
	CK_ULONG n = *len;
	CK_RV rv = t->module->C_SignInit(t->session, mechanism, t->key);
	int r;

	if (rv == CKR_OK && t->always_authenticate) {
		r = login(t, CKU_CONTEXT_SPECIFIC, err);
		if (r < 0)
			return r;
	}
	if (rv == CKR_OK)
		rv = t->module->C_Sign(t->session, (CK_BYTE *)data.ptr, data.len, ret, &n);
	if (rv != CKR_OK)
		return cw_token_error(err, t, "a signature", rv);
	*len = n;
	return 0;
}

int cw_token_sign(void *holder, unsigned signtype, const uint8_t digest[CW_SHA256_SIZE],
		  uint8_t *ret_sig, size_t sig_size, struct cw_error *err)
{
	/* DigestInfo of SHA-256 (RFC 8017, 9.2), which CKM_RSA_PKCS leaves to the caller. */
	static const uint8_t head[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
				       0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
	bool rsa = signtype == CW_CRYPTO_RSA;
	CK_MECHANISM mechanism = {rsa ? CKM_RSA_PKCS : CKM_ECDSA, NULL, 0};
	uint8_t info[sizeof(head) + CW_SHA256_SIZE];
	size_t len = sig_size;
	int r;

	memcpy(info, head, sizeof(head));
	memcpy(info + sizeof(head), digest, CW_SHA256_SIZE);
	r = sign_with(holder, &mechanism,
		      rsa ? cw_span(info, sizeof(info)) : cw_span(digest, CW_SHA256_SIZE), ret_sig,
		      &len, err);
	if (!r && len != sig_size)
		return cw_error_set(err, -EIO, "the token made %zu bytes where a signature has %zu",
				    len, sig_size);
	return r;
}

int cw_token_sign_scheme(void *holder, enum cw_scheme scheme, struct cw_span digest, uint8_t *ret,
			 size_t size, struct cw_error *err)
{
	CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, CW_SHA256_SIZE};
	CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
	bool rsa = scheme == CW_SCHEME_ID_MIXED || scheme == CW_SCHEME_PSS;
	uint8_t made[CW_SCHEME_SIGNATURE_MAX];
	size_t len = sizeof(made);
	int r;

	if (scheme == CW_SCHEME_PSS)
		mechanism = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &pss, sizeof(pss)};
	else if (rsa)
		mechanism.mechanism = CKM_RSA_PKCS;
	r = sign_with(holder, &mechanism, digest, made, &len, err);
	if (r < 0)
		return r;
	if (rsa && len <= size)
		memcpy(ret, made, len);
	else if (rsa || !cw_ecdsa_to_der(cw_span(made, len), ret, &size))
		return cw_error_set(err, -EIO, "the token made %zu bytes that are no signature",
				    len);
	return (int)(rsa ? len : size);
}
