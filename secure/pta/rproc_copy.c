// SPDX-License-Identifier: BSD-2-Clause
/* secure/pta/rproc_copy.c - one stretch of bytes from the client's memory to the processor's, hashed on the way */
#include "secure/pta/rproc_copy.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#define CHUNK  32768u /* copied, hashed and stored while it is in the cache */
#define STRIDE 2048u  /* hashed while as much of the next chunk is fetched */
#define LINE   64u    /* of the cache */

int rproc_copy_prepare(struct rproc_copy *c)
{
	c->md = EVP_MD_CTX_new();
	return c->md && EVP_DigestInit_ex(c->md, EVP_sha256(), NULL) ? 0 : -ENOMEM;
}

void rproc_copy_done(struct rproc_copy *c)
{
	EVP_MD_CTX_free(c->md);
	c->md = NULL;
}

/* Hashing leaves the memory idle: let it fetch what will be copied next. Harmless past the end of the data. */
static int hash(EVP_MD_CTX *md, const uint8_t *copy, size_t len, const uint8_t *next)
{
	for (size_t at = 0; at < len; at += STRIDE) {
		size_t n = len - at < STRIDE ? len - at : STRIDE;

		for (size_t i = 0; i < n; i += LINE)
			__builtin_prefetch(next + at + i, 0, 2);
		if (!EVP_DigestUpdate(md, copy + at, n))
			return -ENOMEM;
	}
	return 0;
}

/* No page is made that is then overwritten whole, and a lack of memory is an error instead of a signal. */
static int write_all(int fd, uint64_t at, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = pwrite(fd, data, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += (size_t)n;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int chunk(struct rproc_copy *c, size_t at, size_t n)
{
	static _Thread_local uint8_t buffer[CHUNK];
	uint8_t *copy = c->map ? c->map + at : buffer;
	int r;

	memcpy(copy, c->from + at, n);
	r = hash(c->md, copy, n, c->from + at + n);
	if (r < 0 || c->map)
		return r;
	return c->fd < 0 ? c->store(c->arg, c->at + at, copy, n)
			 : write_all(c->fd, c->at + at, copy, n);
}

void rproc_copy_run(struct rproc_copy *c, const atomic_uint *stop, unsigned index)
{
	c->result = 0;
	for (size_t at = 0; c->result == 0 && at < c->len; at += CHUNK) {
		size_t n = c->len - at < CHUNK ? c->len - at : CHUNK;

		if (stop && atomic_load_explicit(stop, memory_order_relaxed) < index)
			c->result = -ECANCELED;
		else
			c->result = chunk(c, at, n);
	}
	if (c->result == 0 && !EVP_DigestFinal_ex(c->md, c->digest, NULL))
		c->result = -ENOMEM;
}
