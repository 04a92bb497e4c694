// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/tee/ta_file.c - read a TA's file, check its signature, make its ELF ready for a process
 *
 * The file is read once into private memory; what was checked is what runs.
 */
#include "secure/tee/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/cleanup.h"
#include "host/memfd.h"
#include "image/ta_header.h"

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

static int read_whole(int fd, uint8_t *buf, size_t len)
{
	while (len) {
		ssize_t n = read(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

/* 0 and the file's bytes, which the caller frees; -ENOENT; -EFBIG; -errno. */
static int read_file(int dir_fd, const char *name, uint8_t **ret, size_t *ret_len)
{
	cleanup_fd int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	cleanup_free uint8_t *data = NULL;
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > CW_TA_FILE_MAX)
		return -EFBIG;
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return -ENOMEM;
	r = read_whole(fd, data, (size_t)st.st_size);
	if (r < 0)
		return r;
	*ret_len = (size_t)st.st_size;
	*ret = cw_steal_ptr(&data);
	return 0;
}

static bool hash_matches(const struct cw_ta_file *f)
{
	cw_cleanup(free_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t hash[CW_TA_HASH_SIZE];

	return ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) &&
	       EVP_DigestUpdate(ctx, f->header.ptr, f->header.len) &&
	       EVP_DigestUpdate(ctx, f->bootstrap.ptr, f->bootstrap.len) &&
	       EVP_DigestUpdate(ctx, f->image.ptr, f->image.len) &&
	       EVP_DigestFinal_ex(ctx, hash, NULL) &&
	       CRYPTO_memcmp(hash, f->hash.ptr, sizeof(hash)) == 0;
}

static bool signature_good(const struct cw_tee *tee, const struct cw_ta_file *f)
{
	const uint8_t *der = tee->config.ta_key;
	cw_cleanup(free_pkey) EVP_PKEY *key = d2i_PUBKEY(NULL, &der, tee->config.ta_key_len);
	cw_cleanup(free_pkey_ctx) EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	bool pss = f->algo == CW_TA_ALG_RSA_PSS;

	return ctx && EVP_PKEY_verify_init(ctx) > 0 &&
	       EVP_PKEY_CTX_set_rsa_padding(ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) >
		       0 &&
	       EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) > 0 &&
	       (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0) &&
	       EVP_PKEY_verify(ctx, f->signature.ptr, f->signature.len, f->hash.ptr, f->hash.len) ==
		       1;
}

static TEE_Result judge(const struct cw_tee *tee, const struct cw_ta_file *f, const TEE_UUID *uuid,
			const char *name)
{
	TEE_UUID inside = uuid_from_bytes(f->uuid);
	char text[37];

	if (!signature_good(tee, f)) {
		log_line(CW_TEE_LOG_ERROR,
			 "TA %s: refused: the signature is not that of the key this TEE trusts",
			 name);
		return TEE_ERROR_SECURITY;
	}
	if (!hash_matches(f)) {
		log_line(CW_TEE_LOG_ERROR, "TA %s: refused: its bytes do not have the signed hash",
			 name);
		return TEE_ERROR_SECURITY;
	}
	if (!uuid_equal(&inside, uuid)) {
		uuid_text(&inside, text);
		log_line(CW_TEE_LOG_ERROR, "TA %s: refused: the file was signed for TA %s", name,
			 text);
		return TEE_ERROR_SECURITY;
	}
	return TEE_SUCCESS;
}

static TEE_Result result_of_read(int r, const char *name)
{
	if (r == -ENOENT)
		return TEE_ERROR_ITEM_NOT_FOUND;
	log_line(CW_TEE_LOG_ERROR, "TA %s: refused: cannot read its file: %s", name, strerror(-r));
	return r == -ENOMEM ? TEE_ERROR_OUT_OF_MEMORY : TEE_ERROR_BAD_FORMAT;
}

static TEE_Result load_from(struct cw_tee *tee, int dir_fd, const TEE_UUID *uuid, const char *name,
			    int *ret_fd)
{
	cleanup_free uint8_t *data = NULL;
	struct cw_refusal why;
	struct cw_ta_file f;
	char file[40];
	TEE_Result res;
	size_t len = 0;
	int r;

	cw_format(file, sizeof(file), "%s.ta", name);
	r = read_file(dir_fd, file, &data, &len);
	if (r < 0)
		return result_of_read(r, name);
	if (cw_ta_file_parse(cw_span(data, len), &f, &why)) {
		log_line(CW_TEE_LOG_ERROR, "TA %s: refused: %s", name, why.text);
		return TEE_ERROR_BAD_FORMAT;
	}
	res = judge(tee, &f, uuid, name);
	if (res)
		return res;
	r = cw_memfd_sealed("ta", f.image.ptr, f.image.len);
	if (r < 0) {
		log_line(CW_TEE_LOG_ERROR, "TA %s: refused: %s", name, strerror(-r));
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	*ret_fd = r;
	return TEE_SUCCESS;
}

TEE_Result ta_file_load(struct cw_tee *tee, const TEE_UUID *uuid, int *ret_fd)
{
	TEE_Result worst = TEE_ERROR_ITEM_NOT_FOUND;
	char name[37];

	uuid_text(uuid, name);
	/* A file that is refused does not hide a good one of a later folder; the signature decides, not the place. */
	for (unsigned i = 0; i < CW_TEE_TA_DIRS; i++) {
		int dir_fd = tee->config.ta_dir_fds[i];
		TEE_Result res = dir_fd < 0 ? TEE_ERROR_ITEM_NOT_FOUND
					    : load_from(tee, dir_fd, uuid, name, ret_fd);

		if (res == TEE_SUCCESS)
			return res;
		if (res != TEE_ERROR_ITEM_NOT_FOUND)
			worst = res;
	}
	if (worst == TEE_ERROR_ITEM_NOT_FOUND)
		log_line(CW_TEE_LOG_ERROR, "TA %s: there is no file %s.ta", name, name);
	return worst;
}
