// SPDX-License-Identifier: BSD-2-Clause
/* crypto/ca.c - keys and certificates for development, by OpenSSL */
#include "crypto/ca.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "crypto/key_internal.h"
#include "crypto/x509_internal.h"

#define RSA_BITS    2048
#define PSS_SALT    32
#define X509_V3	    2
#define SERIAL_SIZE 8

struct cw_identity {
	EVP_PKEY *key;
	X509 *cert;
};

static const char *const kinds[] = {"p384", "p256", "rsa-pss", "rsa"};

bool cw_ca_kind_by_name(const char *name, enum cw_ca_kind *ret)
{
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i], name)) {
			*ret = i;
			return true;
		}
	return false;
}

void cw_identity_free(struct cw_identity *identity)
{
	if (!identity)
		return;
	EVP_PKEY_free(identity->key);
	X509_free(identity->cert);
	free(identity);
}

/* ---- the subject ---- */

static bool add_name(X509_NAME *name, const char *field, const char *text)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)text,
					  -1, -1, 0) == 1;
}

/* Twelve SoC versions are longer than X.520 allows a unit to be, and vendors write them all the same: no limit here. */
static bool add_text_unit(X509_NAME *name, const char *text)
{
	return X509_NAME_add_entry_by_NID(name, NID_organizationalUnitName, V_ASN1_UTF8STRING,
					  (const unsigned char *)text, -1, -1, 0) == 1;
}

static bool add_unit(X509_NAME *name, const char *fmt, unsigned long long value)
{
	char text[64];

	snprintf(text, sizeof(text), fmt, value);
	return add_text_unit(name, text);
}

static bool add_socs(X509_NAME *name, const struct cw_cert_ids *ids)
{
	char text[16 + 5 * CW_CERT_SOCS + 16] = "11";
	size_t used = 2;

	for (unsigned i = 0; i < CW_CERT_SOCS; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " %04X", ids->soc[i]);
	snprintf(text + used, sizeof(text) - used, " SOC_VERS");
	return add_text_unit(name, text);
}

static bool add_ids(X509_NAME *name, const struct cw_cert_ids *ids)
{
	bool good = true;

	if (ids->has_sw_id)
		good = good && add_unit(name, "01 %016llX SW_ID", ids->sw_id);
	if (ids->has_hw_id)
		good = good && add_unit(name, "02 %016llX HW_ID", ids->hw_id);
	if (ids->has_debug)
		good = good && add_unit(name, "03 %016llX DEBUG", ids->debug);
	if (ids->has_oem_id)
		good = good && add_unit(name, "04 %04llX OEM_ID", ids->oem_id);
	if (ids->has_sw_size)
		good = good && add_unit(name, "05 %08llX SW_SIZE", ids->sw_size);
	if (ids->has_model_id)
		good = good && add_unit(name, "06 %04llX MODEL_ID", ids->model_id);
	good = good && add_unit(name, "07 %04llX SHA256", 1);
	if (ids->has_soc)
		good = good && add_socs(name, ids);
	return good;
}

/* ---- the certificate ---- */

static EVP_PKEY *new_key(enum cw_ca_kind kind)
{
	if (kind == CW_CA_P384)
		return EVP_EC_gen("P-384");
	if (kind == CW_CA_P256)
		return EVP_EC_gen("P-256");
	return EVP_RSA_gen((unsigned)RSA_BITS);
}

/* The public half of one that exists already. */
static EVP_PKEY *given_key(const struct cw_key *key)
{
	const unsigned char *p = key->spki;

	return d2i_PUBKEY(NULL, &p, (long)key->spki_len);
}

/* A leaf signs as its own certificate is signed, so its key must be able to. */
static bool goes_with(const struct cw_key *key, enum cw_ca_kind kind)
{
	if (kind == CW_CA_P384)
		return !strcmp(key->kind, "ECDSA P-384");
	if (kind == CW_CA_P256)
		return !strcmp(key->kind, "ECDSA P-256");
	return !strncmp(key->kind, "RSA", 3);
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool good;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	good = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return good;
}

static bool add_extensions(X509 *cert, enum cw_ca_role role)
{
	bool leaf = role == CW_CA_LEAF;

	return add_extension(cert, NID_basic_constraints,
			     leaf ? "critical,CA:FALSE" : "critical,CA:TRUE") &&
	       add_extension(cert, NID_key_usage,
			     leaf ? "critical,digitalSignature" : "critical,keyCertSign,cRLSign");
}

static bool set_serial(X509 *cert)
{
	uint8_t bytes[SERIAL_SIZE];
	BIGNUM *bn = NULL;
	bool good = RAND_bytes(bytes, sizeof(bytes)) == 1;

	bytes[0] = (bytes[0] & 0x7F) | 0x40; /* positive, and always as long */
	bn = BN_bin2bn(bytes, sizeof(bytes), NULL);
	good = good && bn && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert));
	BN_free(bn);
	return good;
}

static bool sign(X509 *cert, EVP_PKEY *key, enum cw_ca_kind kind)
{
	const EVP_MD *md = kind == CW_CA_P384 ? EVP_sha384() : EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey = NULL;
	bool good = ctx && EVP_DigestSignInit(ctx, &pkey, md, NULL, key) == 1;

	if (kind == CW_CA_RSA_PSS)
		good = good && EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, PSS_SALT) == 1;
	good = good && X509_sign_ctx(cert, ctx) > 0;
	EVP_MD_CTX_free(ctx);
	return good;
}

static bool fill(struct cw_identity *id, const struct cw_ca_request *q)
{
	X509_NAME *subject = X509_get_subject_name(id->cert);
	const struct cw_identity *issuer = q->issuer ? q->issuer : id;

	return X509_set_version(id->cert, X509_V3) == 1 && set_serial(id->cert) &&
	       X509_gmtime_adj(X509_getm_notBefore(id->cert), 0) &&
	       X509_time_adj_ex(X509_getm_notAfter(id->cert), (int)q->days, 0, NULL) &&
	       X509_set_pubkey(id->cert, id->key) == 1 && add_name(subject, "CN", q->name) &&
	       (!q->ids || add_ids(subject, q->ids)) &&
	       X509_set_issuer_name(id->cert, X509_get_subject_name(issuer->cert)) == 1 &&
	       add_extensions(id->cert, q->role) && sign(id->cert, issuer->key, q->kind);
}

int cw_identity_new(const struct cw_ca_request *q, struct cw_identity **ret, struct cw_error *err)
{
	struct cw_identity *id = calloc(1, sizeof(*id));
	size_t len = strlen(q->name);
	bool good;

	if (!len || len > 64) {
		free(id);
		return cw_error_set(err, -EINVAL, "a common name has 1 to 64 bytes, not %zu", len);
	}
	if (q->key && !goes_with(q->key, q->kind)) {
		free(id);
		return cw_error_set(err, -EINVAL,
				    "the authority is of kind %s and certifies such keys only, not "
				    "%s",
				    kinds[q->kind], q->key->kind);
	}
	if (id) {
		id->key = q->key ? given_key(q->key) : new_key(q->kind);
		id->cert = X509_new();
	}
	good = id && id->key && id->cert && fill(id, q);
	ERR_clear_error();
	if (!good) {
		cw_identity_free(id);
		return cw_error_set(err, -EIO, "the certificate '%s' could not be made", q->name);
	}
	*ret = id;
	return 0;
}

/* ---- files ---- */

static int find_kind(const struct cw_identity *id, const char *path, enum cw_ca_kind *ret,
		     struct cw_error *err)
{
	switch (X509_get_signature_nid(id->cert)) {
	case NID_ecdsa_with_SHA384:
		*ret = CW_CA_P384;
		return 0;
	case NID_ecdsa_with_SHA256:
		*ret = CW_CA_P256;
		return 0;
	case NID_rsassaPss:
		*ret = CW_CA_RSA_PSS;
		return 0;
	case NID_sha256WithRSAEncryption:
		*ret = CW_CA_RSA;
		return 0;
	}
	return cw_error_set(err, -EBADMSG, "'%s' is signed with an algorithm that is not taken",
			    path);
}

static int load_cert(struct cw_identity *id, const char *path, struct cw_error *err)
{
	BIO *bio = cw_x509_open(path);

	if (!bio)
		return cw_error_set(err, -errno, "'%s' cannot be read: %s", path, strerror(errno));
	id->cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	ERR_clear_error();
	BIO_free(bio);
	return id->cert ? 0 : cw_error_set(err, -EBADMSG, "'%s' holds no PEM certificate", path);
}

int cw_identity_load(const char *cert_path, const char *key_path, cw_key_passphrase ask, void *arg,
		     struct cw_identity **ret, enum cw_ca_kind *ret_kind, struct cw_error *err)
{
	cw_cleanup(cw_identity_freep) struct cw_identity *id = calloc(1, sizeof(*id));
	int r = id ? load_cert(id, cert_path, err)
		   : cw_error_set(err, -ENOMEM, "no memory for certificates");

	if (!r)
		r = cw_pkey_load_private(key_path, ask, arg, &id->key, err);
	if (!r && X509_check_private_key(id->cert, id->key) != 1)
		r = cw_error_set(err, -EBADMSG, "'%s' is not the key of '%s'", key_path, cert_path);
	if (!r)
		r = find_kind(id, cert_path, ret_kind, err);
	ERR_clear_error();
	if (!r)
		*ret = cw_steal_ptr(&id);
	return r;
}

/* The contents of @bio as a string of our own; the bio's are wiped. */
static int take_text(BIO *bio, bool good, char **ret, struct cw_error *err)
{
	char *data = NULL;
	long len = bio ? BIO_get_mem_data(bio, &data) : 0;
	char *text = good && len > 0 ? malloc((size_t)len + 1) : NULL;

	if (text) {
		memcpy(text, data, (size_t)len);
		text[len] = '\0';
		*ret = text;
	}
	if (len > 0)
		OPENSSL_cleanse(data, (size_t)len);
	BIO_free(bio);
	ERR_clear_error();
	return text ? 0 : cw_error_set(err, -ENOMEM, "no memory for PEM");
}

int cw_identity_cert_pem(const struct cw_identity *id, char **ret, struct cw_error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());

	return take_text(bio, bio && PEM_write_bio_X509(bio, id->cert) == 1, ret, err);
}

int cw_identity_key_pem(const struct cw_identity *id, char **ret, struct cw_error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool good =
		bio && PEM_write_bio_PKCS8PrivateKey(bio, id->key, NULL, NULL, 0, NULL, NULL) == 1;

	return take_text(bio, good, ret, err);
}

void cw_ca_text_free(char *text)
{
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
}
