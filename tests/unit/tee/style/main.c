// SPDX-License-Identifier: BSD-2-Clause
/*
 * main.c - a TA that uses what TAs of OP-TEE's remoteproc kind use, and from the headers they take it from
 *
 * Whoever takes a name out of include/tee/ext finds out here. Nothing includes what it uses: that is the point.
 */
#include <assert.h>
#include <elf32.h>
#include <remoteproc_pta.h>
#include <string.h>
#include <sys/queue.h>
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>
#include <types_ext.h>
#include <utee_defines.h>

#define STYLE_ALIGN(x) ROUNDUP((x), sizeof(uint64_t))
#define STYLE_MAGIC    U(0x53545945)

struct style_entry {
	uint32_t id;
	paddr_t pa;
	TAILQ_ENTRY(style_entry) link;
};

TAILQ_HEAD(style_list, style_entry);

static struct style_list style_list = TAILQ_HEAD_INITIALIZER(style_list);

static const uint32_t style_algorithms[] = {
	TEE_ALG_RSASSA_PKCS1_V1_5_SHA256,
	TEE_ALG_ECDSA_P256,
};

static void style_show(struct style_entry __maybe_unused *e)
{
	DMSG("entry %#" PRIx32 " at %#" PRIxPA, e->id, e->pa);
	FMSG("not compiled in");
}

static bool style_elf(const void *image, size_t size)
{
	const Elf32_Ehdr *ehdr = image;
	const Elf32_Phdr *phdr = (const void *)((vaddr_t)image + sizeof(*ehdr));

	return size >= sizeof(*ehdr) + sizeof(*phdr) && IS_ALIGNED_WITH_TYPE(image, uint32_t) &&
	       IS_ELF(*ehdr) && ehdr->e_ident[EI_CLASS] == ELFCLASS32 && phdr->p_type == PT_LOAD;
}

static TEE_Result style_numbers(uint32_t a, uint32_t b, uint32_t *high, uint32_t *low)
{
	uint32_t sum = 0, product = 0;
	size_t rounded = 0;

	if (ADD_OVERFLOW(a, b, &sum) || MUL_OVERFLOW(a, 3, &product) ||
	    ROUNDUP_OVERFLOW(sum, 16u, &rounded))
		return TEE_ERROR_OVERFLOW;
	reg_pair_from_64(reg_pair_to_64(sum, product) + STYLE_ALIGN(sum) + MIN(sum, product) +
				 MAX(a, b) + BIT32(3),
			 high, low);
	return TEE_SUCCESS;
}

static TEE_Result style_key_info(void)
{
	struct rproc_pta_key_info *info = TEE_Malloc(sizeof(*info) + 4, TEE_MALLOC_FILL_ZERO);
	size_t size = 0;

	if (!info)
		return TEE_ERROR_OUT_OF_MEMORY;
	info->algo = style_algorithms[ARRAY_SIZE(style_algorithms) - 1];
	info->info_size = 4;
	size = rproc_pta_keyinfo_size(info);
	TEE_Free(info);
	return size == sizeof(*info) + 4 ? TEE_SUCCESS : TEE_ERROR_GENERIC;
}

TEE_Result TA_CreateEntryPoint(void)
{
	uint8_t hash[TEE_SHA256_HASH_SIZE] = {};
	size_t hash_len = sizeof(hash);
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	TEE_Result res = TEE_AllocateOperation(&op, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);
	struct style_entry *e = NULL;

	if (res)
		return res;
	TEE_DigestUpdate(op, "x", 1);
	res = TEE_DigestDoFinal(op, NULL, 0, hash, &hash_len);
	TEE_FreeOperation(op);
	e = TEE_Malloc(sizeof(*e), TEE_MALLOC_FILL_ZERO);
	if (res || !e)
		return res ? res : TEE_ERROR_OUT_OF_MEMORY;
	e->id = TEE_U32_FROM_LITTLE_ENDIAN(STYLE_MAGIC);
	TAILQ_INSERT_TAIL(&style_list, e, link);
	style_show(e);
	assert(PTA_RPROC_HWCAP_FMT_ELF && PTA_RPROC_HWCAP_PROT_HASH_TABLE);
	return style_key_info();
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t pt, TEE_Param params[TEE_NUM_PARAMS],
				    void **sess __unused)
{
	static const TEE_UUID uuid = PTA_RPROC_UUID;
	TEE_TASessionHandle pta = TEE_HANDLE_NULL;

	if (pt)
		return TEE_ERROR_BAD_PARAMETERS;
	/* There is none here, and that is all right. */
	if (TEE_OpenTASession(&uuid, TEE_TIMEOUT_INFINITE, pt, params, &pta, NULL) ==
	    TEE_ERROR_ITEM_NOT_FOUND)
		EMSG("no %s, release would be %d", "remoteproc service", PTA_REMOTEPROC_RELEASE);
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *sess __unused)
{
}

TEE_Result TA_InvokeCommandEntryPoint(void *sess __unused, uint32_t cmd_id, uint32_t pt,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	const uint32_t exp_pt =
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT,
				TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_NONE);

	if (pt != exp_pt || style_elf(params[2].memref.buffer, params[2].memref.size))
		return TEE_ERROR_BAD_PARAMETERS;
	return style_numbers(params[0].value.a, params[0].value.b, &params[1].value.a,
			     &params[1].value.b);
}
