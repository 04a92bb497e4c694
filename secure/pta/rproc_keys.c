// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/pta/rproc_keys.c - fused keys and signatures
 *
 * A fuse holds the SHA-256 of a key's DER SubjectPublicKeyInfo. The DER lies in the TEE's storage,
 * which anybody of the state's owner may write, so it is compared with the fuse each time it is
 * read. PKEYINFO of an image selects among the fused keys, by its hash, and is never parsed.
 */
#include "secure/pta/remoteproc.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "crypto/verify.h"
#include "host/state.h"

#define ALGO_RSA   0x70004830u
#define ALGO_ECDSA 0x70003042u

static bool blank(const uint8_t fuse[32])
{
	return cw_span_zero(cw_span(fuse, 32));
}

static unsigned count_keys(const struct cw_bus_fuses *fuses)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CW_FUSE_KEYS; i++)
		n += !blank(fuses->key[i]);
	return n;
}

/* The key behind a fuse: its length, or 0 when storage does not have it. */
static size_t read_key(struct rproc *p, const uint8_t fuse[32], uint8_t der[CW_SPKI_MAX])
{
	char name[sizeof("keys/.der") + 64];
	char hex[CW_FINGERPRINT_HEX];
	uint8_t fp[32];
	int n;

	if (p->env->state_fd < 0)
		return 0;
	cw_hex_encode(fuse, 32, hex);
	snprintf(name, sizeof(name), "keys/%s.der", hex);
	n = cw_state_file_read(p->env->state_fd, name, der, CW_SPKI_MAX, NULL);
	if (n <= 0 || cw_crypto_fingerprint(cw_span(der, (size_t)n), fp) < 0)
		return 0;
	return CRYPTO_memcmp(fp, fuse, 32) == 0 ? (size_t)n : 0;
}

/* One fused key: 1 the signature is good, 0 it is not, -1 the key cannot be used. */
static int try_key(struct rproc *p, const uint8_t fuse[32], unsigned signtype,
		   const uint8_t digest[32], struct cw_span signature)
{
	uint8_t der[CW_SPKI_MAX];
	size_t len = read_key(p, fuse, der);

	if (!len) {
		p->env->log("remoteproc: a fused key is not in the TEE's storage, or not as fused");
		return -1;
	}
	return cw_crypto_verify_digest(cw_span(der, len), signtype, digest, signature) == 0;
}

static TEE_Result try_all(struct rproc *p, const struct cw_bus_fuses *fuses,
			  const uint8_t *selected, unsigned signtype, const uint8_t digest[32],
			  struct cw_span signature)
{
	bool usable = false;

	for (unsigned i = 0; i < CW_FUSE_KEYS; i++) {
		const uint8_t *fuse = fuses->key[i];
		int good;

		if (blank(fuse) || (selected && CRYPTO_memcmp(selected, fuse, 32) != 0))
			continue;
		good = try_key(p, fuse, signtype, digest, signature);
		usable |= good >= 0;
		if (good <= 0)
			continue;
		memcpy(p->key, fuse, sizeof(p->key));
		p->key_known = true;
		return TEE_SUCCESS;
	}
	return usable ? TEE_ERROR_SIGNATURE_INVALID : TEE_ERROR_SECURITY;
}

TEE_Result rproc_keys_verify(struct rproc *p, uint32_t algo, struct cw_span pkeyinfo,
			     const uint8_t digest[32], struct cw_span signature)
{
	unsigned signtype = algo == ALGO_RSA ? 1 : 2;
	uint8_t selected[32];
	struct cw_bus_fuses fuses;
	int r;

	if (algo != ALGO_RSA && algo != ALGO_ECDSA)
		return TEE_ERROR_NOT_SUPPORTED;
	p->key_known = false;
	r = cw_bus_fuses(p->env->bus, &fuses);
	if (r < 0)
		return rproc_result(r);
	if (pkeyinfo.len && cw_crypto_fingerprint(pkeyinfo, selected) < 0)
		return TEE_ERROR_OUT_OF_MEMORY;
	return try_all(p, &fuses, pkeyinfo.len ? selected : NULL, signtype, digest, signature);
}

size_t rproc_keys_text(struct rproc *p, char *buf, size_t size)
{
	uint8_t der[CW_SPKI_MAX];
	struct cw_bus_fuses fuses;
	char hex[CW_FINGERPRINT_HEX];
	size_t used = 0;

	buf[0] = '\0';
	if (cw_bus_fuses(p->env->bus, &fuses) < 0)
		return 0;
	for (unsigned i = 0; i < CW_FUSE_KEYS; i++) {
		size_t len;

		if (blank(fuses.key[i]))
			continue;
		cw_hex_encode(fuses.key[i], 32, hex);
		if (count_keys(&fuses) >
		    2) /* whole fingerprints of many keys do not fit into one sentence */
			hex[16] = '\0';
		len = read_key(p, fuses.key[i], der);
		used += cw_format(buf + used, size - used, "%s%s%s%s", used ? ", " : "",
				  len ? cw_crypto_key_kind(cw_span(der, len)) : "", len ? " " : "",
				  hex);
		if (!len)
			used += cw_format(buf + used, size - used, " (not in the TEE's storage)");
	}
	return used ? used + 1 : 0;
}
