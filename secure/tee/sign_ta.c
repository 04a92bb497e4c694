// SPDX-License-Identifier: BSD-2-Clause
/*
 * sign_ta.c - the build's own signer of trusted applications
 *
 *	sign-ta genkey KEY.pem KEY.h		a new RSA-3072 pair; KEY.h is the public part as a C array
 *	sign-ta sign KEY.pem UUID VERSION ELF OUT [pss|pkcs1]
 *
 * The pair belongs to one build directory: the TEE built there runs the TAs built there. It is never installed.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/cleanup.h"
#include "image/ta_header.h"

#define KEY_BITS 3072

static void free_pkey(EVP_PKEY **p)
{
	EVP_PKEY_free(*p);
}

static void free_md_ctx(EVP_MD_CTX **p)
{
	EVP_MD_CTX_free(*p);
}

static void free_pkey_ctx(EVP_PKEY_CTX **p)
{
	EVP_PKEY_CTX_free(*p);
}

static void free_openssl(uint8_t **p)
{
	OPENSSL_free(*p);
}

static int fail(const char *what, const char *name)
{
	fprintf(stderr, "sign-ta: %s '%s'%s%s\n", what, name, errno ? ": " : "",
		errno ? strerror(errno) : "");
	return 1;
}

static int write_public(EVP_PKEY *key, const char *path)
{
	cw_cleanup(free_openssl) uint8_t *der = NULL;
	cleanup_file FILE *f = NULL;
	int len = i2d_PUBKEY(key, &der);

	if (len <= 0)
		return fail("cannot encode the key for", path);
	f = fopen(path, "w");
	if (!f)
		return fail("cannot write", path);
	fputs("/* made by sign-ta genkey: DER SubjectPublicKeyInfo of the key that signs this build's TAs */\n"
	      "static const unsigned char cw_ta_key[] = {",
	      f);
	for (int i = 0; i < len; i++)
		fprintf(f, "%s0x%02x,", i % 12 ? " " : "\n\t", der[i]);
	fputs("\n};\n", f);
	return fflush(f) || ferror(f) ? fail("cannot write", path) : 0;
}

static int genkey(const char *pem_path, const char *header_path)
{
	cw_cleanup(free_pkey) EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);
	cleanup_file FILE *f = NULL;
	int fd;

	if (!key)
		return fail("cannot make a key for", pem_path);
	fd = open(pem_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		return fail("cannot write", pem_path);
	if (!PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) || fflush(f))
		return fail("cannot write", pem_path);
	return write_public(key, header_path);
}

static EVP_PKEY *read_key(const char *path)
{
	cleanup_file FILE *f = fopen(path, "r");

	return f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
}

static uint8_t *read_file(const char *path, size_t *ret_len)
{
	cleanup_file FILE *f = fopen(path, "r");
	cleanup_free uint8_t *data = NULL;
	struct stat st;

	if (!f || fstat(fileno(f), &st) < 0 || st.st_size <= 0 || st.st_size > CW_TA_FILE_MAX / 2)
		return NULL;
	data = malloc((size_t)st.st_size);
	if (!data || fread(data, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
		return NULL;
	*ret_len = (size_t)st.st_size;
	return cw_steal_ptr(&data);
}

static bool sign_hash(EVP_PKEY *key, bool pss, const uint8_t hash[32], uint8_t *sig,
		      size_t *sig_len)
{
	cw_cleanup(free_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

	return ctx && EVP_PKEY_sign_init(ctx) > 0 &&
	       EVP_PKEY_CTX_set_rsa_padding(ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) >
		       0 &&
	       EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) > 0 &&
	       (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0) &&
	       EVP_PKEY_sign(ctx, sig, sig_len, hash, 32) > 0;
}

static bool hash_parts(const uint8_t *header, const uint8_t *bootstrap, const uint8_t *elf,
		       size_t elf_len, uint8_t hash[32])
{
	cw_cleanup(free_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	return ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) &&
	       EVP_DigestUpdate(ctx, header, CW_TA_HEADER_SIZE) &&
	       EVP_DigestUpdate(ctx, bootstrap, CW_TA_BOOTSTRAP_SIZE) &&
	       EVP_DigestUpdate(ctx, elf, elf_len) && EVP_DigestFinal_ex(ctx, hash, NULL);
}

static int sign(const char *key_path, const char *uuid_text, const char *version_text,
		const char *elf_path, const char *out_path, bool pss)
{
	cw_cleanup(free_pkey) EVP_PKEY *key = read_key(key_path);
	cleanup_free uint8_t *elf = NULL;
	cleanup_file FILE *out = NULL;
	uint8_t header[CW_TA_HEADER_SIZE], bootstrap[CW_TA_BOOTSTRAP_SIZE];
	uint8_t uuid[16], hash[32], sig[CW_TA_SIGNATURE_MAX];
	size_t elf_len = 0, sig_len = sizeof(sig);

	if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
		return fail("cannot read an RSA key from", key_path);
	if (!cw_ta_uuid_parse(uuid_text, uuid))
		return fail("not a UUID:", uuid_text);
	elf = read_file(elf_path, &elf_len);
	if (!elf)
		return fail("cannot read", elf_path);
	cw_ta_file_header(header, bootstrap, pss ? CW_TA_ALG_RSA_PSS : CW_TA_ALG_RSA_PKCS1,
			  (uint32_t)elf_len, (uint16_t)EVP_PKEY_get_size(key), uuid,
			  (uint32_t)strtoul(version_text, NULL, 10));
	if (!hash_parts(header, bootstrap, elf, elf_len, hash) ||
	    !sign_hash(key, pss, hash, sig, &sig_len))
		return fail("cannot sign with", key_path);
	out = fopen(out_path, "w");
	if (!out || fwrite(header, sizeof(header), 1, out) != 1 ||
	    fwrite(hash, sizeof(hash), 1, out) != 1 || fwrite(sig, sig_len, 1, out) != 1 ||
	    fwrite(bootstrap, sizeof(bootstrap), 1, out) != 1 ||
	    fwrite(elf, elf_len, 1, out) != 1 || fflush(out))
		return fail("cannot write", out_path);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "genkey"))
		return genkey(argv[2], argv[3]);
	if ((argc == 7 || argc == 8) && !strcmp(argv[1], "sign"))
		return sign(argv[2], argv[3], argv[4], argv[5], argv[6],
			    argc == 7 || strcmp(argv[7], "pkcs1"));
	fputs("usage: sign-ta genkey KEY.pem KEY.h | sign-ta sign KEY.pem UUID VERSION ELF OUT [pss|pkcs1]\n",
	      stderr);
	return 2;
}
