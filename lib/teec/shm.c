// SPDX-License-Identifier: BSD-2-Clause
/*
 * teec/shm.c - memory that both worlds see
 *
 * Allocated memory is the TEE's memfd, mapped: no copies. Registered memory has such a memfd as its shadow. Temporary
 * references share a few pieces that stay mapped between calls, so that a call costs no allocation.
 */
#include "teec/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/point.h"

#define SHM_ALLOCATED  (1u << 24)
#define GENERATION(fl) ((fl)&0xFFFFFFu)

/* The result of imp.flags of memory that is not shared any more: no context has this generation. */
#define SHM_GONE 0

static int shm_free_message(struct teec_ctx *c, int id)
{
	struct cw_tee_shm_free arg = {.id = id};

	return c->t->ops->request(c->t, CW_TEE_SHM_FREE, &arg, sizeof(arg), NULL);
}

TEEC_Result teec_mem_alloc(struct teec_ctx *c, size_t size, struct teec_mem *ret)
{
	/* GlobalPlatform allows memory of no bytes; a mapping needs some. */
	struct tee_ioctl_shm_alloc_data arg = {.size = size ? size : 1};
	cleanup_fd int fd = -1;
	void *p;
	int r;

	r = c->t->ops->request(c->t, TEE_IOC_SHM_ALLOC, &arg, sizeof(arg), &fd);
	if (r < 0)
		return teec_result_of_errno(r);
	if (arg.size < size)
		return TEEC_ERROR_COMMUNICATION;
	p = mmap(NULL, arg.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		shm_free_message(c, arg.id);
		return TEEC_ERROR_OUT_OF_MEMORY;
	}
	CW_POINT(teec_mapped, arg.size);
	*ret = (struct teec_mem){.id = arg.id, .ptr = p, .size = arg.size};
	return TEEC_SUCCESS;
}

void teec_mem_free(struct teec_ctx *c, struct teec_mem *m)
{
	munmap(m->ptr, m->size);
	shm_free_message(c, m->id);
	m->ptr = NULL;
}

/* The smallest piece that is large enough. */
static bool pool_take(struct teec_ctx *c, size_t size, struct teec_mem *ret)
{
	unsigned best = TEEC_POOL_MAX;

	for (unsigned i = 0; i < c->n_pool; i++)
		if (c->pool[i].size >= size &&
		    (best == TEEC_POOL_MAX || c->pool[i].size < c->pool[best].size))
			best = i;
	if (best == TEEC_POOL_MAX)
		return false;
	*ret = c->pool[best];
	c->pool_bytes -= ret->size;
	memmove(&c->pool[best], &c->pool[best + 1], (--c->n_pool - best) * sizeof(c->pool[0]));
	return true;
}

TEEC_Result teec_tmp_take(struct teec_ctx *c, size_t size, struct teec_mem *ret)
{
	size_t rounded;
	bool found;

	if (__builtin_add_overflow(size, TEEC_POOL_UNIT - 1, &rounded))
		return TEEC_ERROR_OUT_OF_MEMORY;
	pthread_mutex_lock(&c->lock);
	found = pool_take(c, size, ret);
	pthread_mutex_unlock(&c->lock);
	return found ? TEEC_SUCCESS
		     : teec_mem_alloc(c, rounded / TEEC_POOL_UNIT * TEEC_POOL_UNIT, ret);
}

static struct teec_mem pool_drop_oldest(struct teec_ctx *c)
{
	struct teec_mem oldest = c->pool[0];

	memmove(&c->pool[0], &c->pool[1], --c->n_pool * sizeof(c->pool[0]));
	c->pool_bytes -= oldest.size;
	return oldest;
}

void teec_tmp_give(struct teec_ctx *c, struct teec_mem *m)
{
	struct teec_mem out[TEEC_POOL_MAX];
	unsigned n_out = 0;

	if (m->size > TEEC_POOL_BYTES_MAX) {
		teec_mem_free(c, m);
		return;
	}
	pthread_mutex_lock(&c->lock);
	while (c->n_pool == TEEC_POOL_MAX ||
	       (c->n_pool && c->pool_bytes + m->size > TEEC_POOL_BYTES_MAX))
		out[n_out++] = pool_drop_oldest(c);
	c->pool[c->n_pool++] = *m;
	c->pool_bytes += m->size;
	pthread_mutex_unlock(&c->lock);
	m->ptr = NULL;
	while (n_out)
		teec_mem_free(c, &out[--n_out]);
}

static bool flags_ok(uint32_t flags)
{
	return flags && !(flags & ~(uint32_t)(TEEC_MEM_INPUT | TEEC_MEM_OUTPUT));
}

static TEEC_Result share(TEEC_Context *context, TEEC_SharedMemory *shm, bool allocate)
{
	struct teec_ctx *c = context ? teec_ctx_find(context->imp.fd) : NULL;
	struct teec_mem m;
	TEEC_Result res;

	if (!c || !shm || !flags_ok(shm->flags) || (!allocate && !shm->buffer))
		return TEEC_ERROR_BAD_PARAMETERS;
	res = teec_mem_alloc(c, shm->size, &m);
	if (res)
		return res;
	if (allocate)
		shm->buffer = m.ptr;
	shm->imp.id = m.id;
	shm->imp.alloced_size = m.size;
	shm->imp.shadow_buffer = m.ptr;
	shm->imp.registered_fd = context->imp.fd;
	shm->imp.flags = c->generation | (allocate ? SHM_ALLOCATED : 0);
	return TEEC_SUCCESS;
}

TEEC_EXPORT TEEC_Result TEEC_RegisterSharedMemory(TEEC_Context *context,
						  TEEC_SharedMemory *sharedMem)
{
	return share(context, sharedMem, false);
}

TEEC_EXPORT TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context,
						  TEEC_SharedMemory *sharedMem)
{
	return share(context, sharedMem, true);
}

TEEC_EXPORT void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *shm)
{
	struct teec_ctx *c;

	if (!shm || GENERATION(shm->imp.flags) == SHM_GONE || !shm->imp.shadow_buffer)
		return;
	munmap(shm->imp.shadow_buffer, shm->imp.alloced_size);
	c = teec_ctx_find(shm->imp.registered_fd);
	if (c && c->generation == GENERATION(shm->imp.flags))
		shm_free_message(c, shm->imp.id);
	if (shm->imp.flags & SHM_ALLOCATED)
		shm->buffer = NULL;
	memset(&shm->imp, 0, sizeof(shm->imp));
	shm->imp.id = -1;
}
