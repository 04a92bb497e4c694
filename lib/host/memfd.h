/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host/memfd.h - anonymous files: memory that can be handed to another process
 *
 * Every one is close-on-exec and sealed against shrinking and growing, so that no holder can turn another's mapping
 * into a SIGBUS; the seal set itself is sealed too. Kernels that know the flag also forbid to execute them.
 */
#ifndef CW_HOST_MEMFD_H
#define CW_HOST_MEMFD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

/* @size zero bytes, writable. The descriptor, which is the caller's, or -EINVAL for size 0, -ENOMEM, another -errno. */
int cw_memfd_new(const char *name, uint64_t size);

/* Memory that was just mapped from one, when it is large, is filled and read in pages of 2 MiB where the kernel has them:
 * a fault for each 4 KiB would cost as much as copying them. Advice only: nothing depends on it. */
static inline void cw_memfd_advise(void *map, uint64_t size)
{
	if (size >= 2u << 20)
		(void)madvise(map, size, MADV_HUGEPAGE);
}

/* A copy of @len bytes that nobody can change any more. The descriptor, or -errno as above. */
int cw_memfd_sealed(const char *name, const void *data, size_t len);

/* A copy of the program behind @exe_fd (read from its start, at most CW_MEMFD_PROGRAM_MAX bytes), of mode 0111 and
 * sealed against every change: it can be run but not read, see host/spawn.h. The descriptor, -EFBIG, or -errno. */
int cw_memfd_program(const char *name, int exe_fd);
#define CW_MEMFD_PROGRAM_MAX (64u << 20)

#endif
