// SPDX-License-Identifier: BSD-2-Clause
/* host/memfd.c - anonymous files: memory that can be handed to another process */
#include "host/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cleanup.h"

/* Younger than the C library's headers: Linux 6.3. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#define SEALS_SIZE (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)

/* Kernels before 6.3 refuse a flag they do not know; then the file is as it always was. */
static int create(const char *name, unsigned extra)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | extra);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

static int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int cw_memfd_new(const char *name, uint64_t size)
{
	cleanup_fd int fd = -1;

	if (!size || size > INT64_MAX)
		return -EINVAL;
	fd = create(name, MFD_NOEXEC_SEAL);
	if (fd < 0)
		return fd;
	if (ftruncate(fd, (off_t)size) < 0 || fcntl(fd, F_ADD_SEALS, SEALS_SIZE) < 0)
		return -errno;
	return cw_steal_fd(&fd);
}

int cw_memfd_sealed(const char *name, const void *data, size_t len)
{
	cleanup_fd int fd = -1;
	int r;

	if (!len)
		return -EINVAL;
	fd = create(name, MFD_NOEXEC_SEAL);
	if (fd < 0)
		return fd;
	r = write_all(fd, data, len);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, SEALS_SIZE | F_SEAL_WRITE) < 0)
		return -errno;
	return cw_steal_fd(&fd);
}

static int copy_program(int to, int from)
{
	char buf[16384];
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(from, buf, sizeof(buf), at);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return at ? 0 : -ENOEXEC;
		at += n;
		if (at > CW_MEMFD_PROGRAM_MAX)
			return -EFBIG;
		r = write_all(to, buf, (size_t)n);
		if (r < 0)
			return r;
	}
}

int cw_memfd_program(const char *name, int exe_fd)
{
	cleanup_fd int fd = create(name, MFD_EXEC);
	int r;

	if (fd < 0)
		return fd;
	r = copy_program(fd, exe_fd);
	if (r < 0)
		return r;
	/* Without read permission the kernel never lets the running program be dumped, not even
	 * between exec and its first instruction. */
	if (fchmod(fd, 0111) < 0 || fcntl(fd, F_ADD_SEALS, SEALS_SIZE | F_SEAL_WRITE) < 0)
		return -errno;
	return cw_steal_fd(&fd);
}
