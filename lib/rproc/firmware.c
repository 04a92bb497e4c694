/* SPDX-License-Identifier: BSD-2-Clause */
/* rproc/firmware.c - read the firmware file whole, anew each time it is asked for */
#include "rproc/internal.h"

#include <errno.h>
#include <fcntl.h>
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

int cw_firmware_request(const char *path, struct cw_firmware *ret_fw, struct cw_error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	cleanup_free uint8_t *buf = NULL;
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
	buf = malloc((size_t)st.st_size);
	if (!buf)
		return cw_error_set(err, -ENOMEM, "firmware '%s': no memory for %lld bytes", path,
				    (long long)st.st_size);
	r = read_all(fd, path, buf, (size_t)st.st_size, err);
	if (r < 0)
		return r;
	ret_fw->data = cw_steal_ptr(&buf);
	ret_fw->size = (size_t)st.st_size;
	return 0;
}

void cw_firmware_free(struct cw_firmware *fw)
{
	free(fw->data);
	fw->data = NULL;
	fw->size = 0;
}
