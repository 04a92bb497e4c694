// SPDX-License-Identifier: BSD-2-Clause
/* sign/output.c - a file appears whole or not at all */
#include "sign/container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cleanup.h"

static int write_piece(int fd, const uint8_t *p, size_t len)
{
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

static int write_all(int fd, const struct cw_pieces *file)
{
	int r = 0;

	for (unsigned i = 0; !r && i < file->n; i++)
		r = write_piece(fd, file->piece[i].ptr, file->piece[i].len);
	return r;
}

static int write_direct(const char *path, const struct cw_pieces *file, struct cw_error *err)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return cw_error_errno(err, "open '%s'", path);
	r = write_all(fd, file);
	return r < 0 ? cw_error_set(err, r, "write '%s': %s", path, strerror(-r)) : 0;
}

/* As if it had been created with 0666. */
static int give_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, 0666 & ~mask);
}

static int write_temporary(int fd, const struct cw_pieces *file)
{
	int r = write_all(fd, file);

	return !r && give_mode(fd) < 0 ? -errno : r;
}

int cw_sign_write_pieces(const char *path, const struct cw_pieces *file, struct cw_error *err)
{
	cleanup_free char *temporary = NULL;
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return write_direct(path, file, err);
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return cw_error_set(err, -ENOMEM, "no memory to write '%s'", path);
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return cw_error_errno(err, "create a file beside '%s'", path);
	r = write_temporary(fd, file);
	if (!r && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0) {
		unlink(temporary);
		return cw_error_set(err, r, "write '%s': %s", path, strerror(-r));
	}
	return 0;
}

int cw_sign_write_file(const char *path, const void *data, size_t len, struct cw_error *err)
{
	struct cw_span whole = cw_span(data, len);
	struct cw_pieces file = {.piece = &whole, .n = 1, .len = len};

	return cw_sign_write_pieces(path, &file, err);
}
