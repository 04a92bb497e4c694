// SPDX-License-Identifier: BSD-2-Clause
/* crypto/x509.c - reading a chain, and what its certificates say */
#include "crypto/x509.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/internal.h"
#include "crypto/verify.h"
#include "crypto/x509_internal.h"

#define DER_SEQUENCE 0x30

/* ---- reading ---- */

void cw_chain_free(struct cw_chain *chain)
{
	if (!chain)
		return;
	for (unsigned i = 0; i < chain->n; i++)
		X509_free(chain->cert[i]);
	free(chain->der);
	free(chain);
}

/* DER says where it ends, so what begins with the bytes of a certificate is that certificate. */
static X509 *take_known(const struct cw_chain *known, unsigned i, const unsigned char **p,
			size_t left)
{
	if (!known || i >= known->n || known->len[i] > left ||
	    memcmp(*p, known->der + known->offset[i], known->len[i]) ||
	    X509_up_ref(known->cert[i]) != 1)
		return NULL;
	*p += known->len[i];
	return known->cert[i];
}

static int read_one(struct cw_chain *c, struct cw_span area, size_t pos,
		    const struct cw_chain *known, struct cw_refusal *r)
{
	size_t left = area.len - pos;
	const unsigned char *p = c->der + pos, *start = p;
	X509 *cert;

	if (c->n == CW_CHAIN_MAX)
		return cw_refuse(
			r, CW_CODE_CERTIFICATE, c->at == CW_NO_OFFSET ? c->at : c->at + pos,
			"the certificate chain has more than %d certificates", CW_CHAIN_MAX);
	c->offset[c->n] = pos;
	cert = take_known(known, c->n, &p, left);
	if (!cert)
		cert = d2i_X509(NULL, &p, (long)(left < CW_CERT_MAX ? left : CW_CERT_MAX));
	ERR_clear_error();
	if (!cert)
		return cw_refuse(r, CW_CODE_CERTIFICATE, cw_chain_at(c, c->n),
				 "certificate %u of the chain is damaged: it is not X.509 in DER",
				 c->n);
	c->len[c->n] = (size_t)(p - start);
	c->cert[c->n++] = cert;
	return 0;
}

int cw_chain_read(struct cw_span area, uint64_t at, struct cw_chain **ret, struct cw_refusal *r)
{
	return cw_chain_read_like(area, at, NULL, ret, r);
}

int cw_chain_read_like(struct cw_span area, uint64_t at, const struct cw_chain *known,
		       struct cw_chain **ret, struct cw_refusal *r)
{
	struct cw_chain *c = calloc(1, sizeof(*c));
	size_t pos = 0;
	int rc = 0;

	if (c)
		c->der = malloc(area.len ? area.len : 1);
	if (!c || !c->der) {
		cw_chain_free(c);
		return cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET, "no memory for certificates");
	}
	memcpy(c->der, area.ptr, area.len);
	c->at = at;
	while (!rc && pos < area.len && area.ptr[pos] == DER_SEQUENCE) {
		rc = read_one(c, area, pos, known, r);
		if (!rc)
			pos += c->len[c->n - 1];
	}
	if (!rc && !c->n)
		rc = cw_refuse(r, CW_CODE_CERTIFICATE, at,
			       "no certificate at the start of the chain, but the byte 0x%02x",
			       area.len ? area.ptr[0] : 0);
	if (rc)
		cw_chain_free(c);
	else
		*ret = c;
	return rc;
}

unsigned cw_chain_count(const struct cw_chain *chain)
{
	return chain->n;
}

struct cw_span cw_chain_der(const struct cw_chain *c, unsigned i)
{
	return cw_span(c->der + c->offset[i], c->len[i]);
}

struct cw_span cw_chain_leaf_spki(struct cw_chain *c)
{
	EVP_PKEY *key = X509_get_pubkey(c->cert[0]);
	size_t len = key ? cw_crypto_spki(key, c->spki) : 0;

	EVP_PKEY_free(key);
	ERR_clear_error();
	return cw_span(c->spki, len);
}

/* All PEM certificates of @bio, one behind the other. */
static int collect_pem(BIO *bio, BIO *out)
{
	unsigned char *der;
	long len;
	int n = 0;

	while (n <= CW_CHAIN_MAX &&
	       PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_X509, bio, NULL, NULL) == 1) {
		n += BIO_write(out, der, (int)len) == len;
		OPENSSL_free(der);
	}
	ERR_clear_error();
	return n;
}

static int collect_der(BIO *bio, BIO *out)
{
	X509 *cert;
	int n = 0;

	while (n <= CW_CHAIN_MAX && (cert = d2i_X509_bio(bio, NULL))) {
		n += i2d_X509_bio(out, cert) == 1;
		X509_free(cert);
	}
	ERR_clear_error();
	return n;
}

int cw_chain_load_file(const char *path, uint8_t **ret_der, size_t *ret_len, struct cw_error *err)
{
	BIO *bio = cw_x509_open(path), *out;
	char *bytes = NULL;
	int n = 0, r = 0;
	long len;

	if (!bio)
		return cw_error_set(err, -errno, "the certificates '%s' cannot be read: %s", path,
				    strerror(errno));
	out = BIO_new(BIO_s_mem());
	if (!out)
		r = cw_error_set(err, -ENOMEM, "no memory for certificates");
	if (!r)
		n = collect_pem(bio, out);
	if (!r && !n && BIO_seek(bio, 0) == 0)
		n = collect_der(bio, out);
	if (!r && (!n || n > CW_CHAIN_MAX))
		r = cw_error_set(err, -EBADMSG, "'%s' holds %s", path,
				 n ? "more certificates than a chain can have"
				   : "no certificate in PEM or DER");
	if (!r) {
		len = BIO_get_mem_data(out, &bytes);
		*ret_der = malloc((size_t)len);
		if (*ret_der)
			memcpy(*ret_der, bytes, (size_t)len);
		else
			r = cw_error_set(err, -ENOMEM, "no memory for certificates");
		*ret_len = (size_t)len;
	}
	BIO_free(bio);
	BIO_free(out);
	ERR_clear_error();
	return r;
}

/* ---- telling ---- */

const char *cw_x509_key_kind(EVP_PKEY *key)
{
	char group[64] = "";

	if (!key)
		return NULL;
	if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) {
		switch (EVP_PKEY_get_bits(key)) {
		case 2048:
			return "RSA-2048";
		case 3072:
			return "RSA-3072";
		case 4096:
			return "RSA-4096";
		}
		return NULL;
	}
	if (!EVP_PKEY_is_a(key, "EC"))
		return NULL;
	EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL);
	ERR_clear_error();
	if (!strcmp(group, "secp384r1"))
		return "ECDSA P-384";
	if (!strcmp(group, "prime256v1"))
		return "ECDSA P-256";
	return NULL;
}

/* RFC 2253 escapes what is not printable, so the text is safe for a terminal. */
static void name_text(const X509_NAME *name, char *ret, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;

	ret[0] = '\0';
	if (bio &&
	    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_UTF8_CONVERT) >= 0)
		len = BIO_get_mem_data(bio, &text);
	if (len > 0)
		snprintf(ret, size, "%.*s%s", (int)(len < (long)size - 4 ? len : (long)size - 4),
			 text, len < (long)size - 4 ? "" : "...");
	for (char *c = ret; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	BIO_free(bio);
	ERR_clear_error();
}

static void time_text(const ASN1_TIME *t, char ret[24])
{
	struct tm tm;

	if (t && ASN1_TIME_to_tm(t, &tm) == 1 && tm.tm_year > 0 && tm.tm_year < 8100)
		strftime(ret, 24, "%Y-%m-%d %H:%M:%S", &tm);
	else
		snprintf(ret, 24, "unreadable");
	ERR_clear_error();
}

static void serial_text(const X509 *cert, char *ret, size_t size)
{
	BIGNUM *bn = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = bn ? BN_bn2hex(bn) : NULL;

	snprintf(ret, size, "%s", hex ? hex : "?");
	OPENSSL_free(hex);
	BN_free(bn);
}

static void digest_text(struct cw_span der, size_t len, char *ret)
{
	uint8_t digest[CW_SHA384_SIZE];

	ret[0] = '\0';
	if (cw_digest_parts(&der, 1, len, digest))
		cw_hex_encode(digest, len, ret);
}

void cw_chain_cert(const struct cw_chain *c, unsigned i, struct cw_cert_info *ret)
{
	X509 *cert = c->cert[i];
	const char *kind = cw_x509_key_kind(X509_get0_pubkey(cert));

	*ret = (struct cw_cert_info){.offset = c->offset[i], .len = c->len[i]};
	name_text(X509_get_subject_name(cert), ret->subject, sizeof(ret->subject));
	name_text(X509_get_issuer_name(cert), ret->issuer, sizeof(ret->issuer));
	serial_text(cert, ret->serial, sizeof(ret->serial));
	snprintf(ret->key, sizeof(ret->key), "%s", kind ? kind : "unknown key");
	snprintf(ret->algorithm, sizeof(ret->algorithm), "%s",
		 OBJ_nid2ln(X509_get_signature_nid(cert)) ?: "unknown");
	time_text(X509_get0_notBefore(cert), ret->not_before);
	time_text(X509_get0_notAfter(cert), ret->not_after);
	digest_text(cw_chain_der(c, i), CW_SHA256_SIZE, ret->sha256);
	digest_text(cw_chain_der(c, i), CW_SHA384_SIZE, ret->sha384);
	ret->self_issued = !X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert));
	ret->authority = X509_get_extension_flags(cert) & EXFLAG_CA;
	ERR_clear_error();
}

/* ---- fields of the leaf ---- */

/* @width hex digits and nothing else. */
static bool hex_value(const char *text, size_t len, size_t width, uint64_t *ret)
{
	uint64_t v = 0;

	if (len != width)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		unsigned d = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
			     : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
			     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
						    : 16;

		if (d > 15)
			return false;
		v = v << 4 | d;
	}
	*ret = v;
	return true;
}

/* One to twelve words of four digits, blanks between: real ones have eleven or twelve. */
static bool soc_list(const char *text, size_t len, struct cw_cert_ids *ids)
{
	uint64_t v;

	if (len % 5 != 4 || len > 5 * CW_CERT_SOCS - 1)
		return false;
	for (unsigned i = 0; 5 * i < len; i++) {
		if (!hex_value(text + 5 * i, 4, 4, &v))
			return false;
		if (5 * i + 4 < len && text[5 * i + 4] != ' ')
			return false;
		ids->soc[i] = (uint32_t)v;
	}
	return true;
}

static bool is(const char *name, size_t len, const char *wanted)
{
	return strlen(wanted) == len && !memcmp(name, wanted, len);
}

/* Take one value; false: malformed, or there already. */
static bool once(bool *has, bool good)
{
	bool first = !*has;

	*has = true;
	return good && first;
}

static bool take_field(struct cw_cert_ids *ids, const char *value, size_t len, const char *name,
		       size_t name_len)
{
	uint64_t v = 0;
	bool good;

	if (is(name, name_len, "SW_ID"))
		return once(&ids->has_sw_id, hex_value(value, len, 16, &ids->sw_id));
	if (is(name, name_len, "HW_ID"))
		return once(&ids->has_hw_id, hex_value(value, len, 16, &ids->hw_id));
	if (is(name, name_len, "DEBUG"))
		return once(&ids->has_debug, hex_value(value, len, 16, &ids->debug));
	if (is(name, name_len, "SOC_VERS"))
		return once(&ids->has_soc, soc_list(value, len, ids));
	if (is(name, name_len, "OEM_ID")) {
		good = once(&ids->has_oem_id, hex_value(value, len, 4, &v));
		ids->oem_id = (uint32_t)v;
		return good;
	}
	if (is(name, name_len, "MODEL_ID")) {
		good = once(&ids->has_model_id, hex_value(value, len, 4, &v));
		ids->model_id = (uint32_t)v;
		return good;
	}
	if (is(name, name_len, "SW_SIZE")) {
		good = once(&ids->has_sw_size, hex_value(value, len, 8, &v));
		ids->sw_size = (uint32_t)v;
		return good;
	}
	if (is(name, name_len, "IN_USE_SOC_HW_VERSION")) {
		good = hex_value(value, len, 4, &v);
		ids->soc_in_use = v == 1;
		return good;
	}
	return true; /* others say nothing that is judged here */
}

/* "NN VALUE NAME" where VALUE may hold blanks; anything else is an ordinary unit. */
static bool take_unit(struct cw_cert_ids *ids, const char *text, size_t len)
{
	size_t name = len;

	if (len < 6 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9' ||
	    text[2] != ' ')
		return true;
	while (name > 3 && text[name - 1] != ' ')
		name--;
	if (name <= 4)
		return true;
	return take_field(ids, text + 3, name - 1 - 3, text + name, len - name);
}

int cw_chain_ids(const struct cw_chain *chain, struct cw_cert_ids *ret, struct cw_refusal *r)
{
	const X509_NAME *name = X509_get_subject_name(chain->cert[0]);
	struct cw_cert_ids ids = {0};

	for (int i = 0; i < X509_NAME_entry_count(name); i++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
		const ASN1_STRING *s = X509_NAME_ENTRY_get_data(e);
		const char *text = (const char *)ASN1_STRING_get0_data(s);

		if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(e)) != NID_organizationalUnitName)
			continue;
		if (!take_unit(&ids, text, (size_t)ASN1_STRING_length(s)))
			return cw_refuse(r, CW_CODE_CERTIFICATE, cw_chain_at(chain, 0),
					 "the leaf certificate has a malformed or repeated "
					 "organizational unit (number %d of its subject)",
					 i);
	}
	*ret = ids;
	return 0;
}
