/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host/cleanup.h - scoped ownership for hosted code
 *
 * A variable marked with one of these attributes releases what it holds when it leaves scope; a value leaves a function
 * only through cw_steal_fd() or cw_steal_ptr(). File descriptors start at -1.
 */
#ifndef CW_HOST_CLEANUP_H
#define CW_HOST_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define cw_cleanup(fn) __attribute__((cleanup(fn)))

static inline void cw_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline void cw_free_ptr(void *p)
{
	free(*(void **)p);
}

static inline void cw_close_file(FILE **f)
{
	if (*f)
		fclose(*f);
	*f = NULL;
}

#define cleanup_fd   cw_cleanup(cw_close_fd)
#define cleanup_free cw_cleanup(cw_free_ptr)
#define cleanup_file cw_cleanup(cw_close_file)

static inline int cw_steal_fd(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

#define cw_steal_ptr(p)                    \
	({                                 \
		__typeof__(*(p)) v_ = *(p); \
		*(p) = NULL;               \
		v_;                        \
	})

#endif
