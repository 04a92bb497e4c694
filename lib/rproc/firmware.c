/* SPDX-License-Identifier: BSD-2-Clause */
/* rproc/firmware.c - read the firmware file whole, anew each time it is asked for, to where the back end wants it */
#include "rproc/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "host/cleanup.h"

static int read_all(int fd, const char *path, uint8_t *buf, size_t size, struct cw_error *err)
{
	size_t got = 0;
	ssize_t n;

	while (got < size) {
		n = read(fd, buf + got, size - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cw_error_errno(err, "firmware '%s'", path);
		if (!n)
			return cw_error_set(err, -EIO, "firmware '%s' shrank while it was read", path);
		got += (size_t)n;
	}
	return 0;
}

static int alloc(struct cw_rproc *rproc, size_t size, struct cw_firmware *fw, struct cw_error *err)
{
	int r;

	if (rproc->ops->alloc_fw) {
		r = rproc->ops->alloc_fw(rproc, size, fw, err);
		if (r < 0)
			return r;
		fw->data = fw->shm.buffer;
	} else {
		fw->data = malloc(size);
		if (!fw->data)
			return cw_error_set(err, -ENOMEM, "firmware '%s': no memory for %zu bytes",
					    rproc->firmware, size);
	}
	fw->size = size;
	return 0;
}

int cw_firmware_request(struct cw_rproc *rproc, struct cw_firmware *fw, struct cw_error *err)
{
	const char *path = rproc->firmware;
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return cw_error_errno(err, "firmware '%s'", path);
	if (!S_ISREG(st.st_mode))
		return cw_error_set(err, -EINVAL, "firmware '%s': not a file", path);
	if (!st.st_size)
		return cw_error_set(err, -EINVAL, "firmware '%s' is empty", path);
	if (st.st_size > (off_t)CW_RPROC_FIRMWARE_MAX)
		return cw_error_set(err, -EFBIG, "firmware '%s': %lld bytes, more than %u", path,
				    (long long)st.st_size, CW_RPROC_FIRMWARE_MAX);
	r = alloc(rproc, (size_t)st.st_size, fw, err);
	return r < 0 ? r : read_all(fd, path, fw->data, fw->size, err);
}

void cw_firmware_free(struct cw_firmware *fw)
{
	if (fw->shm.buffer)
		TEEC_ReleaseSharedMemory(&fw->shm);
	else
		free(fw->data);
	*fw = (struct cw_firmware){0};
}
