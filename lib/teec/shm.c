// SPDX-License-Identifier: BSD-2-Clause
/*
 * teec/shm.c - memory that both worlds see
 *
 * Allocated memory is the TEE's, mapped: no copies. Registered memory is registered where the TEE can (a kernel with
 * TEE_GEN_CAP_REG_MEM); elsewhere it has memory of the TEE as its shadow. The same goes for memory behind a descriptor,
 * which is mapped to be copied. Temporary references share a few pieces that stay mapped between calls, so that a call
 * costs no allocation.
 *
 *			buffer		shadow_buffer	registered_fd	flags beside the generation
 *	allocated	the TEE's	the same	the context's	SHM_ALLOCATED
 *	shadowed	the client's	the TEE's	the context's	-
 *	registered	the client's	NULL		the kernel's	SHM_KERNEL
 *	allocated or shadowed, and too large for one piece of the kernel's: memory of ours, registered
 *					ours		the kernel's	SHM_KERNEL
 *	descriptor	mapping of it	the TEE's	the context's	SHM_MAPPED
 *	  by a kernel	NULL		NULL		the kernel's	SHM_KERNEL
 */
#include "teec/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/memfd.h"
#include "host/point.h"

#define SHM_ALLOCATED  (1u << 24)
#define SHM_KERNEL     (1u << 25)
#define SHM_MAPPED     (1u << 26)
#define GENERATION(fl) ((fl)&0xFFFFFFu)

/* Linux gives the TEE's memory out in one piece, of at most 4 MiB and only while there are any. Where larger ones can be
 * registered instead, they are; OP-TEE's libteec does so with all. */
#define KERNEL_PIECE (256u << 10)

/* The result of imp.flags of memory that is not shared any more: no context has this generation. */
#define SHM_GONE 0

static int shm_free_message(struct teec_ctx *c, int id)
{
	struct cw_tee_shm_free arg = {.id = id};

	return c->t->ops->request(c->t, CW_TEE_SHM_FREE, &arg, sizeof(arg), NULL);
}

static TEEC_Result register_own(struct teec_ctx *c, size_t size, struct teec_mem *ret)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct tee_ioctl_shm_register_data arg = {.addr = (uintptr_t)p, .length = size};
	int fd, r;

	if (p == MAP_FAILED)
		return TEEC_ERROR_OUT_OF_MEMORY;
	r = c->t->ops->request(c->t, TEE_IOC_SHM_REGISTER, &arg, sizeof(arg), &fd);
	if (r < 0) {
		munmap(p, size);
		return teec_result_of_errno(r);
	}
	*ret = (struct teec_mem){.fd = fd, .id = arg.id, .ptr = p, .size = size};
	return TEEC_SUCCESS;
}

TEEC_Result teec_mem_alloc(struct teec_ctx *c, size_t size, struct teec_mem *ret)
{
	/* GlobalPlatform allows memory of no bytes; a mapping needs some. */
	struct tee_ioctl_shm_alloc_data arg = {.size = size ? size : 1};
	cleanup_fd int fd = -1;
	void *p;
	int r;

	if (c->t->kernel && c->t->reg_mem && size > KERNEL_PIECE)
		return register_own(c, size, ret);
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
	cw_memfd_advise(p, arg.size);
	CW_POINT(teec_mapped, arg.size);
	*ret = (struct teec_mem){.fd = -1, .id = arg.id, .ptr = p, .size = arg.size};
	return TEEC_SUCCESS;
}

void teec_mem_free(struct teec_ctx *c, struct teec_mem *m)
{
	munmap(m->ptr, m->size);
	if (m->fd >= 0)
		close(m->fd);
	else
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

bool teec_shm_of(const struct teec_ctx *c, const TEEC_SharedMemory *shm)
{
	return GENERATION(shm->imp.flags) == c->generation;
}

static void put_memory(struct teec_ctx *c, TEEC_SharedMemory *shm, const struct teec_mem *m,
		       uint32_t flags)
{
	shm->imp.id = m->id;
	shm->imp.alloced_size = m->size;
	shm->imp.shadow_buffer = m->ptr;
	shm->imp.registered_fd = m->fd >= 0 ? m->fd : c->t->fd;
	shm->imp.flags = c->generation | flags | (m->fd >= 0 ? SHM_KERNEL : 0);
}

/* What the kernel gave a descriptor for. */
static void put_kernel(struct teec_ctx *c, TEEC_SharedMemory *shm, int id, int fd)
{
	shm->imp.id = id;
	shm->imp.alloced_size = shm->size;
	shm->imp.shadow_buffer = NULL;
	shm->imp.registered_fd = fd;
	shm->imp.flags = c->generation | SHM_KERNEL;
}

/* Register the client's memory as it is. False: it has to be shadowed. */
static bool kernel_register(struct teec_ctx *c, TEEC_SharedMemory *shm)
{
	struct tee_ioctl_shm_register_data arg = {.addr = (uintptr_t)shm->buffer, .length = shm->size};
	int fd;

	if (!c->t->reg_mem || !shm->size ||
	    c->t->ops->request(c->t, TEE_IOC_SHM_REGISTER, &arg, sizeof(arg), &fd) < 0)
		return false; /* read-only memory, for one, is not taken */
	put_kernel(c, shm, arg.id, fd);
	return true;
}

static struct teec_ctx *shm_ctx(const TEEC_Context *context, const TEEC_SharedMemory *shm)
{
	if (!context || !shm || !flags_ok(shm->flags))
		return NULL;
	return teec_ctx_find(context->imp.fd);
}

TEEC_EXPORT TEEC_Result TEEC_RegisterSharedMemory(TEEC_Context *context,
						  TEEC_SharedMemory *sharedMem)
{
	struct teec_ctx *c = shm_ctx(context, sharedMem);
	struct teec_mem m;
	TEEC_Result res;

	if (!c || !sharedMem->buffer)
		return TEEC_ERROR_BAD_PARAMETERS;
	if (kernel_register(c, sharedMem))
		return TEEC_SUCCESS;
	res = teec_mem_alloc(c, sharedMem->size, &m);
	if (!res)
		put_memory(c, sharedMem, &m, 0);
	return res;
}

TEEC_EXPORT TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context,
						  TEEC_SharedMemory *sharedMem)
{
	struct teec_ctx *c = shm_ctx(context, sharedMem);
	struct teec_mem m;
	TEEC_Result res;

	if (!c)
		return TEEC_ERROR_BAD_PARAMETERS;
	res = teec_mem_alloc(c, sharedMem->size, &m);
	if (res)
		return res;
	sharedMem->buffer = m.ptr;
	put_memory(c, sharedMem, &m, SHM_ALLOCATED);
	return TEEC_SUCCESS;
}

static TEEC_Result kernel_register_fd(struct teec_ctx *c, TEEC_SharedMemory *shm, int fd)
{
	struct tee_ioctl_shm_register_fd_data arg = {.fd = fd};
	int kept, r;

	r = c->t->ops->request(c->t, TEE_IOC_SHM_REGISTER_FD, &arg, sizeof(arg), &kept);
	if (r < 0)
		return r == -EBADF ? TEEC_ERROR_BAD_PARAMETERS : teec_result_of_errno(r);
	shm->buffer = NULL;
	shm->size = arg.size;
	put_kernel(c, shm, arg.id, kept);
	return TEEC_SUCCESS;
}

/* Bytes behind a descriptor: a memfd or file says so itself, a DMA buffer when asked where its end is. 0: none. */
static size_t size_of_fd(int fd)
{
	struct stat st;
	off_t end;

	if (fstat(fd, &st) < 0)
		return 0;
	end = st.st_size ? st.st_size : lseek(fd, 0, SEEK_END);
	return end > 0 ? (size_t)end : 0;
}

static TEEC_Result map_fd(struct teec_ctx *c, TEEC_SharedMemory *shm, int fd)
{
	int prot = PROT_READ | (shm->flags & TEEC_MEM_OUTPUT ? PROT_WRITE : 0);
	size_t size = size_of_fd(fd);
	struct teec_mem m;
	TEEC_Result res;
	void *p;

	if (!size)
		return TEEC_ERROR_BAD_PARAMETERS;
	res = teec_mem_alloc(c, size, &m);
	if (res)
		return res;
	p = mmap(NULL, m.size, prot, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		res = errno == ENOMEM ? TEEC_ERROR_OUT_OF_MEMORY : TEEC_ERROR_BAD_PARAMETERS;
		teec_mem_free(c, &m);
		return res;
	}
	shm->buffer = p;
	shm->size = size;
	put_memory(c, shm, &m, SHM_MAPPED);
	return TEEC_SUCCESS;
}

TEEC_EXPORT TEEC_Result TEEC_RegisterSharedMemoryFileDescriptor(TEEC_Context *context,
								TEEC_SharedMemory *sharedMem, int fd)
{
	struct teec_ctx *c = shm_ctx(context, sharedMem);

	if (!c || fd < 0)
		return TEEC_ERROR_BAD_PARAMETERS;
	return c->t->kernel ? kernel_register_fd(c, sharedMem, fd) : map_fd(c, sharedMem, fd);
}

/* The TEE's memory behind @shm: allocated, or a shadow. */
static void release_memory(TEEC_SharedMemory *shm)
{
	struct teec_ctx *c = teec_ctx_find(shm->imp.registered_fd);

	munmap(shm->imp.shadow_buffer, shm->imp.alloced_size);
	if (c && teec_shm_of(c, shm))
		shm_free_message(c, shm->imp.id);
	if (shm->imp.flags & SHM_MAPPED)
		munmap(shm->buffer, shm->imp.alloced_size);
	if (shm->imp.flags & (SHM_ALLOCATED | SHM_MAPPED))
		shm->buffer = NULL;
}

static void release_kernel(TEEC_SharedMemory *shm)
{
	close(shm->imp.registered_fd);
	if (shm->imp.shadow_buffer)
		munmap(shm->imp.shadow_buffer, shm->imp.alloced_size);
	if (shm->imp.flags & SHM_ALLOCATED)
		shm->buffer = NULL;
}

TEEC_EXPORT void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *shm)
{
	if (!shm || GENERATION(shm->imp.flags) == SHM_GONE)
		return;
	if (shm->imp.flags & SHM_KERNEL)
		release_kernel(shm);
	else if (shm->imp.shadow_buffer)
		release_memory(shm);
	memset(&shm->imp, 0, sizeof(shm->imp));
	shm->imp.id = -1;
}
