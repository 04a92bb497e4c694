// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/api/memory.c - the TA's heap and memory helpers
 *
 * The heap has the TA_DATA_SIZE bytes that the TA asked for; the C library keeps the blocks, this file the account. A
 * block costs its size rounded up to 16, and 16 more, about what an allocator inside those bytes would take.
 */
#include "secure/api/internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#define BLOCK_UNIT  16
#define BLOCK_MAGIC 0x5AB1EC0DEULL
#define PAGE	    4096u

struct block {
	uint64_t magic;
	size_t size;
};
_Static_assert(sizeof(struct block) == BLOCK_UNIT, "blocks stay aligned");

static size_t heap_used;
static const void *instance_data;
static int probe[2] = {-1, -1};

void ta_memory_init(void)
{
	/* To ask the kernel whether memory is there, see readable(). */
	if (pipe2(probe, O_CLOEXEC) < 0)
		ta_leave(1);
}

/* What a block of @size bytes costs; 0 when that cannot be said. */
static size_t cost(size_t size)
{
	size_t sum;

	if (__builtin_add_overflow(size, sizeof(struct block) + BLOCK_UNIT - 1, &sum))
		return 0;
	return sum & ~(size_t)(BLOCK_UNIT - 1);
}

static struct block *block_of(void *p)
{
	struct block *b = (struct block *)p - 1;

	if (b->magic != BLOCK_MAGIC)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	return b;
}

TA_API void *TEE_Malloc(size_t size, uint32_t hint)
{
	size_t c = cost(size);
	struct block *b;

	if (!c || c > ta_rt.heap_size - heap_used)
		return NULL;
	b = calloc(1, c);
	if (!b)
		return NULL;
	heap_used += c;
	b->magic = BLOCK_MAGIC;
	b->size = size;
	return b + 1;
}

TA_API void TEE_Free(void *buffer)
{
	struct block *b;

	if (!buffer)
		return;
	b = block_of(buffer);
	heap_used -= cost(b->size);
	OPENSSL_cleanse(b, cost(b->size));
	free(b);
}

TA_API void *TEE_Realloc(void *buffer, size_t newSize)
{
	struct block *b;
	void *p;

	if (!buffer)
		return TEE_Malloc(newSize, 0);
	b = block_of(buffer);
	p = TEE_Malloc(newSize, 0);
	if (!p)
		return NULL;
	memcpy(p, buffer, b->size < newSize ? b->size : newSize);
	TEE_Free(buffer);
	return p;
}

TA_API void *tee_map_zi(size_t len, uint32_t flags)
{
	return len && !(flags & ~TEE_MEMORY_ACCESS_ANY_OWNER) ? TEE_Malloc(len, TEE_MALLOC_FILL_ZERO) : NULL;
}

TA_API TEE_Result tee_unmap(void *buf, size_t len)
{
	if (!buf || block_of(buf)->size != len)
		return TEE_ERROR_BAD_PARAMETERS;
	TEE_Free(buf);
	return TEE_SUCCESS;
}

TA_API void TEE_MemMove(void *dest, const void *src, size_t size)
{
	if (size)
		memmove(dest, src, size);
}

TA_API int32_t TEE_MemCompare(const void *buffer1, const void *buffer2, size_t size)
{
	const volatile uint8_t *a = buffer1, *b = buffer2;
	int32_t result = 0;

	/* From the end, so that the first difference is what remains; no branch depends on the bytes. */
	while (size--) {
		int32_t diff = (int32_t)a[size] - (int32_t)b[size];
		int32_t differs = -(int32_t)(((uint32_t)diff | (0u - (uint32_t)diff)) >> 31);

		result = (result & ~differs) | (diff & differs);
	}
	return result;
}

TA_API void TEE_MemFill(void *buff, uint32_t x, size_t size)
{
	if (size)
		memset(buff, (int)(x & 0xFF), size);
}

TA_API void TEE_SetInstanceData(const void *instanceData)
{
	instance_data = instanceData;
}

TA_API const void *TEE_GetInstanceData(void)
{
	return instance_data;
}

/* Can this byte be read, and, when @write, also be written? The kernel says, without a fault. */
static bool accessible(uint8_t *p, bool write_too)
{
	uint8_t byte;

	if (write(probe[1], p, 1) != 1)
		return false;
	/* Writing back the byte just read changes nothing, as the instance has one thread. */
	if (write_too && read(probe[0], p, 1) == 1)
		return true;
	return read(probe[0], &byte, 1) == 1 && !write_too;
}

static bool range_accessible(uint8_t *p, size_t size, bool write_too)
{
	uintptr_t at = (uintptr_t)p, last = at + size - 1;

	for (;; at = (at | (PAGE - 1)) + 1) {
		if (!accessible((uint8_t *)at, write_too))
			return false;
		if ((at | (PAGE - 1)) >= last)
			return true;
	}
}

/* Does [buf, buf+size) touch memory that the client sees? */
static bool touches_shared(const void *buf, size_t size)
{
	for (unsigned i = 0; i < TA_MEMS_MAX; i++) {
		const struct ta_mem *m = &ta_rt.mems[i];

		if (m->number && m->ptr &&
		    cw_range_overlap((uintptr_t)buf, size, (uintptr_t)m->ptr, m->size))
			return true;
	}
	return false;
}

TA_API TEE_Result TEE_CheckMemoryAccessRights(uint32_t accessFlags, void *buffer, size_t size)
{
	bool want_write = accessFlags & TEE_MEMORY_ACCESS_WRITE;
	uintptr_t end;

	if (!size)
		return TEE_SUCCESS;
	if (!buffer || __builtin_add_overflow((uintptr_t)buffer, size - 1, &end))
		return TEE_ERROR_ACCESS_DENIED;
	if (touches_shared(buffer, size)) {
		unsigned use = (accessFlags & TEE_MEMORY_ACCESS_READ ? TA_READS : 0u) |
			       (want_write ? TA_WRITES : 0u);

		if (!(accessFlags & TEE_MEMORY_ACCESS_ANY_OWNER) || ta_find_shared(buffer, size, use) < 0)
			return TEE_ERROR_ACCESS_DENIED;
		return TEE_SUCCESS;
	}
	return range_accessible(buffer, size, want_write) ? TEE_SUCCESS : TEE_ERROR_ACCESS_DENIED;
}
