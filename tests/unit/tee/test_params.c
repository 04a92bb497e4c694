// SPDX-License-Identifier: BSD-2-Clause
/* test_params.c - every kind of parameter, in both directions, and through a platform service */
#include "fixture.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include <tee_api_defines.h>

#include "teec/wire.h"

struct ctx {
	struct fixture *f;
	TEEC_Context teec;
	TEEC_Session s;
};

static int setup(void **state)
{
	struct ctx *c = calloc(1, sizeof(*c));

	c->f = fixture_start(NULL);
	fixture_client(c->f, &c->teec);
	echo_open(&c->teec, &echo_uuid, &c->s);
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct ctx *c = *state;
	struct cw_tee_stats st;

	TEEC_CloseSession(&c->s);
	fixture_wait_idle(&c->teec, 0, 0);
	assert_int_equal(cw_teec_stats(&c->teec, &st), TEEC_SUCCESS);
	/* only the pool of temporary memory is left */
	assert_true(st.shms <= 4);
	TEEC_FinalizeContext(&c->teec);
	fixture_stop(c->f);
	free(c);
	return 0;
}

static void test_values(void **state)
{
	struct ctx *c = *state;
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INOUT, TEEC_VALUE_INPUT,
							    TEEC_VALUE_OUTPUT, TEEC_NONE)};

	op.params[0].value = (TEEC_Value){1, 2};
	op.params[1].value = (TEEC_Value){0xFFFFFFFF, 0x80000000};
	op.params[3].value = (TEEC_Value){7, 8};
	assert_int_equal(echo_call(&c->s, ECHO_VALUES, &op), TEEC_SUCCESS);
	assert_int_equal(op.params[0].value.a, 2);
	assert_int_equal(op.params[0].value.b, 1);
	assert_int_equal(op.params[2].value.a, 0xFFFFFFFF);
	assert_int_equal(op.params[2].value.b, 0x80000000);
	assert_int_equal(op.params[3].value.a, 7);
}

static void test_no_operation(void **state)
{
	struct ctx *c = *state;

	assert_int_equal(echo_call(&c->s, 0x1234, NULL), TEEC_ERROR_NOT_SUPPORTED);
	assert_int_equal(echo_call(&c->s, ECHO_TYPES, NULL), TEEC_SUCCESS);
}

static void test_tmp_inout(void **state)
{
	struct ctx *c = *state;
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INOUT, TEEC_VALUE_INPUT, 0, 0)};
	size_t len = 3 << 20;
	uint8_t *buf = malloc(len);

	memset(buf, 0x33, len);
	op.params[0].tmpref = (TEEC_TempMemoryReference){buf, len};
	op.params[1].value.a = 0xFF;
	assert_int_equal(echo_call(&c->s, ECHO_XOR, &op), TEEC_SUCCESS);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(buf[i], 0xCC);
	free(buf);
}

/* Four temporary references at once share one piece of memory, and do not touch one another. */
static void test_four_tmp(void **state)
{
	struct ctx *c = *state;
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_OUTPUT, TEEC_MEMREF_TEMP_INOUT,
					       TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT)};
	uint8_t b[4][5];

	memset(b, 0x77, sizeof(b));
	for (unsigned i = 0; i < 4; i++)
		op.params[i].tmpref = (TEEC_TempMemoryReference){b[i], 5};
	op.params[3].tmpref.size = 0;
	assert_int_equal(echo_call(&c->s, ECHO_TYPES, &op), TEEC_SUCCESS);
	assert_int_equal(b[0][0], 1);
	assert_int_equal(b[1][0], 2);
	assert_int_equal(b[1][1], 0x77);
	assert_int_equal(b[2][0], 0x77);
	assert_int_equal(b[3][0], 0x77);
}

static void test_short_buffer(void **state)
{
	struct ctx *c = *state;
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
							    TEEC_MEMREF_TEMP_OUTPUT, 0, 0)};
	uint8_t in[100], out[100];

	memset(in, 1, sizeof(in));
	memset(out, 2, sizeof(out));
	op.params[0].tmpref = (TEEC_TempMemoryReference){in, sizeof(in)};
	op.params[1].tmpref = (TEEC_TempMemoryReference){out, 99};
	assert_int_equal(echo_call(&c->s, ECHO_COPY, &op), TEEC_ERROR_SHORT_BUFFER);
	assert_int_equal(op.params[1].tmpref.size, 100);
	assert_int_equal(out[0], 2);
	assert_int_equal(echo_call(&c->s, ECHO_COPY, &op), TEEC_SUCCESS);
	assert_int_equal(out[99], 1);
}

static void test_null(void **state)
{
	struct ctx *c = *state;
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_OUTPUT, 0, 0, 0)};
	uint32_t origin;

	assert_int_equal(echo_call(&c->s, ECHO_NULL, &op), TEEC_ERROR_SHORT_BUFFER);
	assert_int_equal(op.params[0].tmpref.size, 77);
	/* no memory, but a size: not a question but a mistake */
	assert_int_equal(TEEC_InvokeCommand(&c->s, ECHO_NULL, &op, &origin),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(origin, TEEC_ORIGIN_API);
}

static void use_whole(struct ctx *c, TEEC_SharedMemory *shm)
{
	TEEC_Operation op = {.paramTypes =
				     TEEC_PARAM_TYPES(TEEC_MEMREF_WHOLE, TEEC_VALUE_INPUT, 0, 0)};
	uint8_t *b = shm->buffer;

	memset(b, 0x0F, shm->size);
	op.params[0].memref.parent = shm;
	op.params[1].value.a = 0xF0;
	assert_int_equal(echo_call(&c->s, ECHO_XOR, &op), TEEC_SUCCESS);
	for (size_t i = 0; i < shm->size; i++)
		assert_int_equal(b[i], 0xFF);
	assert_int_equal(op.params[0].memref.size, shm->size);
}

static void use_partial(struct ctx *c, TEEC_SharedMemory *shm)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INPUT,
							    TEEC_MEMREF_PARTIAL_OUTPUT, 0, 0)};
	uint8_t *b = shm->buffer;

	for (size_t i = 0; i < shm->size; i++)
		b[i] = (uint8_t)i;
	op.params[0].memref = (TEEC_RegisteredMemoryReference){shm, 10, 7};
	op.params[1].memref = (TEEC_RegisteredMemoryReference){shm, 20, 100};
	assert_int_equal(echo_call(&c->s, ECHO_COPY, &op), TEEC_SUCCESS);
	assert_int_equal(op.params[1].memref.size, 10);
	assert_memory_equal(b + 100, b + 7, 10);
	assert_int_equal(b[99], 99);
	assert_int_equal(b[110], 110);
	/* in and out of the same bytes */
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INOUT, TEEC_VALUE_INPUT, 0, 0);
	op.params[0].memref = (TEEC_RegisteredMemoryReference){shm, 1, 3};
	op.params[1].value.a = 3;
	assert_int_equal(echo_call(&c->s, ECHO_XOR, &op), TEEC_SUCCESS);
	assert_int_equal(b[3], 0);
	assert_int_equal(b[4], 4);
}

static void test_allocated(void **state)
{
	struct ctx *c = *state;
	TEEC_SharedMemory shm = {.size = 5000, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};

	assert_int_equal(TEEC_AllocateSharedMemory(&c->teec, &shm), TEEC_SUCCESS);
	use_whole(c, &shm);
	use_partial(c, &shm);
	TEEC_ReleaseSharedMemory(&shm);
	assert_null(shm.buffer);
	TEEC_ReleaseSharedMemory(&shm);
	TEEC_ReleaseSharedMemory(NULL);
	shm.size = 0;
	assert_int_equal(TEEC_AllocateSharedMemory(&c->teec, &shm), TEEC_SUCCESS);
	assert_non_null(shm.buffer);
	TEEC_ReleaseSharedMemory(&shm);
}

/* found by fuzzing: the first parameter that had the memory decided for all */
static void test_same_memory_in_and_out(void **state)
{
	struct ctx *c = *state;
	TEEC_SharedMemory shm = {.size = 100, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INPUT, TEEC_MEMREF_PARTIAL_OUTPUT,
							    TEEC_VALUE_INPUT, 0)};

	assert_int_equal(TEEC_AllocateSharedMemory(&c->teec, &shm), TEEC_SUCCESS);
	op.params[0].memref = op.params[1].memref = (TEEC_RegisteredMemoryReference){&shm, 100, 0};
	op.params[2].value.a = TEE_MEMORY_ACCESS_ANY_OWNER | TEE_MEMORY_ACCESS_READ;
	assert_int_equal(echo_call(&c->s, ECHO_RIGHTS, &op), TEEC_SUCCESS);
	op.params[2].value.a = TEE_MEMORY_ACCESS_ANY_OWNER | TEE_MEMORY_ACCESS_WRITE;
	assert_int_equal(echo_call(&c->s, ECHO_RIGHTS, &op), TEEC_SUCCESS);
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INPUT, TEEC_MEMREF_PARTIAL_INPUT, TEEC_VALUE_INPUT, 0);
	assert_int_equal(echo_call(&c->s, ECHO_RIGHTS, &op), TEEC_ERROR_ACCESS_DENIED);
	TEEC_ReleaseSharedMemory(&shm);
}

static void test_registered(void **state)
{
	struct ctx *c = *state;
	uint8_t memory[300];
	TEEC_SharedMemory shm = {.buffer = memory,
				 .size = sizeof(memory),
				 .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};

	assert_int_equal(TEEC_RegisterSharedMemory(&c->teec, &shm), TEEC_SUCCESS);
	use_whole(c, &shm);
	use_partial(c, &shm);
	TEEC_ReleaseSharedMemory(&shm);
	assert_ptr_equal(shm.buffer, memory);
}

static void test_wrong_references(void **state)
{
	struct ctx *c = *state;
	TEEC_SharedMemory shm = {.size = 100, .flags = TEEC_MEM_INPUT};
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_OUTPUT, 0, 0, 0)};

	assert_int_equal(TEEC_AllocateSharedMemory(&c->teec, &shm), TEEC_SUCCESS);
	op.params[0].memref = (TEEC_RegisteredMemoryReference){&shm, 10, 0};
	assert_int_equal(echo_call(&c->s, ECHO_TYPES, &op), TEEC_ERROR_BAD_PARAMETERS);
	op.paramTypes = TEEC_MEMREF_PARTIAL_INPUT;
	op.params[0].memref.offset = 91;
	assert_int_equal(echo_call(&c->s, ECHO_TYPES, &op), TEEC_ERROR_BAD_PARAMETERS);
	op.params[0].memref.offset = SIZE_MAX;
	assert_int_equal(echo_call(&c->s, ECHO_TYPES, &op), TEEC_ERROR_BAD_PARAMETERS);
	op.params[0].memref = (TEEC_RegisteredMemoryReference){&shm, 9, 91};
	assert_int_equal(echo_call(&c->s, ECHO_TYPES, &op), TEEC_SUCCESS);
	for (uint32_t type = 8; type < TEEC_MEMREF_WHOLE; type++) {
		op.paramTypes = type;
		assert_int_equal(echo_call(&c->s, ECHO_TYPES, &op), TEEC_ERROR_BAD_PARAMETERS);
	}
	op.paramTypes = 4;
	assert_int_equal(echo_call(&c->s, ECHO_TYPES, &op), TEEC_ERROR_BAD_PARAMETERS);
	TEEC_ReleaseSharedMemory(&shm);
	shm.flags = 4;
	assert_int_equal(TEEC_AllocateSharedMemory(&c->teec, &shm), TEEC_ERROR_BAD_PARAMETERS);
}

/* More pieces of memory than an instance maps: the oldest ones go and come back. */
static void test_many_memories(void **state)
{
	struct ctx *c = *state;
	TEEC_SharedMemory shm[80];

	for (unsigned i = 0; i < 80; i++) {
		shm[i] = (TEEC_SharedMemory){.size = 64, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
		assert_int_equal(TEEC_AllocateSharedMemory(&c->teec, &shm[i]), TEEC_SUCCESS);
		use_whole(c, &shm[i]);
	}
	for (unsigned i = 0; i < 80; i++)
		use_whole(c, &shm[i]);
	for (unsigned i = 0; i < 80; i++)
		TEEC_ReleaseSharedMemory(&shm[i]);
}

static TEEC_Result pta(struct ctx *c, uint32_t cmd, uint32_t ta_cmd, uint8_t *buf, size_t *size,
		       uint32_t *ret_shared)
{
	TEEC_Operation op = {.paramTypes =
				     TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_INOUT,
						      TEEC_VALUE_OUTPUT, 0)};
	TEEC_Result res;

	op.params[0].value = (TEEC_Value){cmd, 0};
	op.params[1].tmpref = (TEEC_TempMemoryReference){buf, *size};
	res = echo_call(&c->s, ta_cmd, &op);
	*size = op.params[1].tmpref.size;
	*ret_shared = op.params[2].value.a;
	return res;
}

/* The client's memory goes through as it is; the TA's own goes inside the frame or through the bounce memory. */
static void test_pta_memory(void **state)
{
	static const size_t sizes[] = {1, 100, 2048, 2049, 70000, 1 << 20};
	struct ctx *c = *state;
	uint8_t *buf = malloc(2 << 20);
	uint32_t shared;

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i];

		memset(buf, 0xA5, size);
		assert_int_equal(pta(c, ECHO_PTA_XOR, ECHO_PTA, buf, &size, &shared), TEEC_SUCCESS);
		assert_int_equal(shared, 1);
		assert_int_equal(buf[0], 0xFF);
		assert_int_equal(buf[size - 1], 0xFF);
		assert_int_equal(pta(c, ECHO_PTA_XOR, ECHO_PTA_PRIVATE, buf, &size, &shared),
				 TEEC_SUCCESS);
		assert_int_equal(shared, 0);
		assert_int_equal(buf[0], 0xA5);
		assert_int_equal(buf[size - 1], 0xA5);
	}
	for (size_t size = (1 << 20) + 1; size < (2 << 20); size += 1 << 19) {
		size_t s = size;

		assert_int_equal(pta(c, ECHO_PTA_XOR, ECHO_PTA, buf, &s, &shared), TEEC_SUCCESS);
		assert_int_equal(pta(c, ECHO_PTA_XOR, ECHO_PTA_PRIVATE, buf, &s, &shared),
				 TEEC_ERROR_OUT_OF_MEMORY);
	}
	free(buf);
}

static void test_pta_short_buffer(void **state)
{
	struct ctx *c = *state;
	uint8_t buf[200] = {0};
	size_t size = 99;
	uint32_t shared;

	for (uint32_t cmd = ECHO_PTA; cmd <= ECHO_PTA_PRIVATE; cmd += ECHO_PTA_PRIVATE - ECHO_PTA) {
		size = 99;
		assert_int_equal(pta(c, ECHO_PTA_GROW, cmd, buf, &size, &shared),
				 TEEC_ERROR_SHORT_BUFFER);
		assert_int_equal(size, 100);
		size = sizeof(buf);
		assert_int_equal(pta(c, ECHO_PTA_GROW, cmd, buf, &size, &shared), TEEC_SUCCESS);
		assert_int_equal(size, 100);
		assert_int_equal(buf[99], 0x11);
		assert_int_equal(buf[100], 0);
		memset(buf, 0, sizeof(buf));
	}
}

static void test_pta_caller(void **state)
{
	struct ctx *c = *state;
	uint8_t buf[16];
	size_t size = sizeof(buf);
	uint32_t shared, n;

	assert_int_equal(pta(c, ECHO_PTA_CALLER, ECHO_PTA, buf, &size, &shared), TEEC_SUCCESS);
	assert_memory_equal(buf, &echo_uuid, 16);
	size = sizeof(buf);
	assert_int_equal(pta(c, ECHO_PTA_OPEN, ECHO_PTA, buf, &size, &n), TEEC_SUCCESS);
	assert_int_equal(n, 1);
	size = sizeof(buf);
	assert_int_equal(pta(c, 0x999, ECHO_PTA, buf, &size, &n), TEEC_ERROR_NOT_SUPPORTED);
}

static void test_digests(void **state)
{
	static const struct {
		uint32_t alg;
		const char *name;
	} algs[] = {{0x50000002, "SHA1"},
		    {0x50000003, "SHA224"},
		    {0x50000004, "SHA256"},
		    {0x50000005, "SHA384"},
		    {0x50000006, "SHA512"}};
	struct ctx *c = *state;
	uint8_t data[1000], got[64], want[64];
	unsigned len;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	for (unsigned i = 0; i < 5; i++) {
		TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT,
								    TEEC_MEMREF_TEMP_INPUT,
								    TEEC_MEMREF_TEMP_OUTPUT, 0)};

		op.params[0].value.a = algs[i].alg;
		op.params[1].tmpref = (TEEC_TempMemoryReference){data, sizeof(data)};
		op.params[2].tmpref = (TEEC_TempMemoryReference){got, 10};
		assert_int_equal(echo_call(&c->s, ECHO_DIGEST, &op), TEEC_ERROR_SHORT_BUFFER);
		assert_int_equal(echo_call(&c->s, ECHO_DIGEST, &op), TEEC_SUCCESS);
		EVP_Digest(data, sizeof(data), want, &len, EVP_get_digestbyname(algs[i].name),
			   NULL);
		assert_int_equal(op.params[2].tmpref.size, len);
		assert_memory_equal(got, want, len);
	}
}

static TEEC_Result verify(struct ctx *c, uint32_t alg, uint8_t *key, size_t key_len,
			  uint8_t *digest, uint8_t *sig, size_t sig_len)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_INPUT,
					       TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_INPUT)};

	op.params[0].value.a = alg;
	op.params[1].tmpref = (TEEC_TempMemoryReference){key, key_len};
	op.params[2].tmpref = (TEEC_TempMemoryReference){digest, 32};
	op.params[3].tmpref = (TEEC_TempMemoryReference){sig, sig_len};
	return echo_call(&c->s, ECHO_VERIFY, &op);
}

static size_t rsa_sign(EVP_PKEY *key, bool pss, const uint8_t digest[32], uint8_t *sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t len = 512;

	assert_true(EVP_PKEY_sign_init(ctx) > 0);
	assert_true(EVP_PKEY_CTX_set_rsa_padding(ctx, pss ? RSA_PKCS1_PSS_PADDING
							  : RSA_PKCS1_PADDING) > 0);
	assert_true(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) > 0);
	if (pss)
		assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
	assert_true(EVP_PKEY_sign(ctx, sig, &len, digest, 32) > 0);
	EVP_PKEY_CTX_free(ctx);
	return len;
}

static void test_verify_rsa(void **state)
{
	struct ctx *c = *state;
	EVP_PKEY *key = EVP_RSA_gen(2048);
	uint8_t material[600], digest[32] = {1, 2, 3}, sig[512];
	BIGNUM *n = NULL, *e = NULL;
	uint32_t n_len, algs[] = {0x70004830, 0x70414930};
	size_t len;

	EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n);
	EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e);
	n_len = (uint32_t)BN_num_bytes(n);
	memcpy(material, &n_len, 4);
	BN_bn2bin(n, material + 4);
	len = 4 + n_len + (size_t)BN_bn2bin(e, material + 4 + n_len);
	for (unsigned pss = 0; pss < 2; pss++) {
		size_t sig_len = rsa_sign(key, pss, digest, sig);

		assert_int_equal(verify(c, algs[pss], material, len, digest, sig, sig_len),
				 TEEC_SUCCESS);
		assert_int_equal(verify(c, algs[!pss], material, len, digest, sig, sig_len),
				 0xFFFF3072);
		digest[0] ^= 1;
		assert_int_equal(verify(c, algs[pss], material, len, digest, sig, sig_len),
				 0xFFFF3072);
		digest[0] ^= 1;
		assert_int_equal(verify(c, algs[pss], material, len, digest, sig, sig_len - 1),
				 0xFFFF3072);
	}
	BN_free(n);
	BN_free(e);
	EVP_PKEY_free(key);
}

static void test_verify_ecdsa(void **state)
{
	struct ctx *c = *state;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	uint8_t point[65], digest[32] = {9}, der[100], raw[64];
	const uint8_t *p = der;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t len = sizeof(point), der_len = sizeof(der);
	ECDSA_SIG *sig;

	assert_true(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
						    sizeof(point), &len) > 0);
	assert_true(EVP_PKEY_sign_init(ctx) > 0);
	assert_true(EVP_PKEY_sign(ctx, der, &der_len, digest, 32) > 0);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)der_len);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
	assert_int_equal(verify(c, 0x70003042, point + 1, 64, digest, raw, 64), TEEC_SUCCESS);
	raw[40] ^= 1;
	assert_int_equal(verify(c, 0x70003042, point + 1, 64, digest, raw, 64), 0xFFFF3072);
	assert_int_equal(verify(c, 0x70003042, point + 1, 64, digest, raw, 63), 0xFFFF3072);
	/* not a point of the curve */
	point[64] ^= 1;
	assert_int_equal(verify(c, 0x70003042, point + 1, 64, digest, raw, 64),
			 TEEC_ERROR_BAD_PARAMETERS);
	ECDSA_SIG_free(sig);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_values),	       T(test_no_operation), T(test_tmp_inout),
		T(test_four_tmp),      T(test_short_buffer), T(test_null),
		T(test_allocated), T(test_same_memory_in_and_out),     T(test_registered),   T(test_wrong_references),
		T(test_many_memories), T(test_pta_memory),   T(test_pta_short_buffer),
		T(test_pta_caller),    T(test_digests),	     T(test_verify_rsa),
		T(test_verify_ecdsa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
