// SPDX-License-Identifier: BSD-2-Clause
/* sign/test-mbn.c - what is wrong with a chain is found beside the signing, and is said first */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crypto/ca.h"
#include "sign/bytes.h"
#include "sign/mbn.h"

#define SEGMENT (1u << 20) /* so that hashing has a thread, too */
#define HEADERS 4096u

struct world {
	struct cw_identity *root, *authority, *leaf;
	uint8_t *elf, *chain;
	size_t chain_len;
	struct cw_key *key, *public;
};

static struct cw_identity *identity(enum cw_ca_role role, const struct cw_identity *issuer)
{
	struct cw_ca_request request = {
		.kind = CW_CA_P384, .role = role, .name = "test", .days = 2, .issuer = issuer};
	struct cw_identity *id;
	struct cw_error err;

	assert_int_equal(cw_identity_new(&request, &id, &err), 0);
	return id;
}

/* A file without a place. */
static int file_of(const char *const *texts, unsigned n, char path[32])
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static void load_chain(struct world *w)
{
	const struct cw_identity *all[] = {w->leaf, w->authority, w->root};
	char *text[3], path[32];
	struct cw_error err;
	int fd;

	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(cw_identity_cert_pem(all[i], &text[i], &err), 0);
	fd = file_of((const char *const *)text, 3, path);
	assert_int_equal(cw_chain_load_file(path, &w->chain, &w->chain_len, &err), 0);
	close(fd);
	fd = file_of((const char *const *)text, 1, path);
	assert_int_equal(cw_key_load_verifier(path, &w->public, &err), 0);
	close(fd);
	for (unsigned i = 0; i < 3; i++)
		cw_ca_text_free(text[i]);
	assert_int_equal(cw_identity_key_pem(w->leaf, &text[0], &err), 0);
	fd = file_of((const char *const *)text, 1, path);
	assert_int_equal(cw_key_load_signer(path, NULL, NULL, &w->key, &err), 0);
	close(fd);
	cw_ca_text_free(text[0]);
}

/* An ELF file of one segment. */
static void write_elf(uint8_t *p)
{
	static const uint8_t ident[] = {0x7F, 'E', 'L', 'F', 1, 1, 1};
	static const uint32_t phdr[] = {1, HEADERS, 0x86000000, 0x86000000, SEGMENT, SEGMENT, 5, 4};

	memcpy(p, ident, sizeof(ident));
	cw_put_le32(p + 16, 2 | 164 << 16);
	cw_put_le32(p + 20, 1);
	cw_put_le32(p + 28, 52);
	cw_put_le32(p + 40, 52 | 32 << 16);
	cw_put_le32(p + 44, 1);
	for (unsigned i = 0; i < 8; i++)
		cw_put_le32(p + 52 + 4 * (size_t)i, phdr[i]);
	memset(p + HEADERS, 0x5A, SEGMENT);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	cw_crypto_start();
	w->root = identity(CW_CA_ROOT, NULL);
	w->authority = identity(CW_CA_AUTHORITY, w->root);
	w->leaf = identity(CW_CA_LEAF, w->authority);
	load_chain(w);
	w->elf = calloc(1, HEADERS + SEGMENT);
	assert_non_null(w->elf);
	write_elf(w->elf);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	cw_key_free(w->key);
	cw_key_free(w->public);
	cw_identity_free(w->leaf);
	cw_identity_free(w->authority);
	cw_identity_free(w->root);
	free(w->chain);
	free(w->elf);
	free(w);
	return 0;
}

static struct cw_mbn_request request_of(struct world *w, const struct cw_key *key)
{
	return (struct cw_mbn_request){
		.name = "test.elf",
		.elf = cw_span(w->elf, HEADERS + SEGMENT),
		.version = 7,
		.signer = {[CW_MBN_OEM] = {key, cw_span(w->chain, w->chain_len)}},
		.binding = {.software_id = 4},
	};
}

/* The last byte is of the root's signature of itself. */
static void damage(struct world *w)
{
	w->chain[w->chain_len - 1] ^= 1;
}

static void good(void **state)
{
	struct cw_mbn_request q = request_of(*state, ((struct world *)*state)->key);
	struct cw_mbn_made made = {0};
	struct cw_error err;

	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(cw_sign_mbn(&q, &made, &err), 0);
		assert_int_equal(made.software_id, 4);
		assert_true(made.len > SEGMENT);
		cw_mbn_made_done(&made);
	}
}

static void refused(const struct cw_mbn_request *q)
{
	struct cw_mbn_made made = {0};
	struct cw_error err;

	assert_int_equal(cw_sign_mbn(q, &made, &err), -EINVAL);
	assert_non_null(strstr(err.text, "OEM: certificate 2 of the chain is not signed by certificate 2, itself"));
	assert_null(made.head);
}

static void bad_root(void **state)
{
	struct world *w = *state;
	struct cw_mbn_request q = request_of(w, w->key);

	damage(w);
	refused(&q);
	damage(w);
}

/* No other processor: in the end, by the caller. */
static void alone(void **state)
{
	cpu_set_t before, one;

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	for (int i = 0; !CPU_COUNT(&one); i++)
		if (CPU_ISSET(i, &before))
			CPU_SET(i, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	good(state);
	bad_root(state);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

/* The rest fails in any case: nothing is signed yet. */
static void said_first(void **state)
{
	struct world *w = *state;
	struct cw_mbn_request q = request_of(w, w->public);
	struct cw_mbn_made made = {0};
	struct cw_error err;

	assert_int_equal(cw_key_sign_outside(w->public, cw_span(w->chain, 0), &err), 0);
	assert_int_equal(cw_sign_mbn(&q, &made, &err), -EINPROGRESS);
	damage(w);
	refused(&q);
	damage(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad_root),
		cmocka_unit_test(alone),
		cmocka_unit_test(said_first),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
