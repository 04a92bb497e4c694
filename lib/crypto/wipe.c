// SPDX-License-Identifier: BSD-2-Clause
/*
 * crypto/wipe.c - nothing of a private key outlives its use
 *
 * OpenSSL wipes the numbers of a key, but not all it made on the way to them: PEM text, decoded DER, the buffers between
 * its decoders, intermediate values on the stack. Wiping whatever it frees, and the stack it used, needs no list of such
 * places, which would be another with every version.
 */
#include <malloc.h>
#include <string.h>

#include "crypto/key_internal.h"
#include "host/fault.h"

#define BURN_SIZE 65536 /* bytes; decoding an encrypted key uses about 20 KiB */

static void *plain_malloc(size_t size, const char *file, int line)
{
	void *p;

	cw_fault_foreign(true);
	p = malloc(size);
	cw_fault_foreign(false);
	return p;
}

static void wiping_free(void *p, const char *file, int line)
{
	if (p)
		OPENSSL_cleanse(p, malloc_usable_size(p));
	free(p);
}

/* realloc() would leave the old place as it is. */
static void *wiping_realloc(void *p, size_t size, const char *file, int line)
{
	size_t old = p ? malloc_usable_size(p) : 0;
	void *new;

	if (p && !size) {
		wiping_free(p, file, line);
		return NULL;
	}
	new = plain_malloc(size, file, line);
	if (new &&p) {
		memcpy(new, p, old < size ? old : size);
		wiping_free(p, file, line);
	}
	return new;
}

bool cw_crypto_wipe_freed(void)
{
	return CRYPTO_set_mem_functions(plain_malloc, wiping_realloc, wiping_free) == 1;
}

__attribute__((noinline)) void cw_crypto_burn_stack(void)
{
	uint8_t burn[BURN_SIZE];

	OPENSSL_cleanse(burn, sizeof(burn));
}
