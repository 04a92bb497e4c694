/* SPDX-License-Identifier: BSD-2-Clause */
/* dt/load.c - find a board's device tree by name, and read it */
#include <corewarden/board.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dt/tree.h"
#include "host/cleanup.h"
#include "host/spawn.h"

/* 0, -ENOENT without words (the caller knows what else it tried), or another failure in words. */
static int read_dtb(const char *path, void **ret_dtb, size_t *ret_size, struct cw_error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	cleanup_free uint8_t *buf = NULL;
	struct stat st;
	size_t got = 0, size;
	ssize_t n;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return -ENOENT;
	if (fd < 0 || fstat(fd, &st) < 0)
		return cw_error_errno(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return cw_error_set(err, -EBADMSG, "%s: not a file", path);
	if (st.st_size > CW_DTB_MAX)
		return cw_error_set(err, -EBADMSG, "%s: %lld bytes; a device tree has at most %u",
				    path, (long long)st.st_size, CW_DTB_MAX);
	size = (size_t)st.st_size;
	buf = malloc(size ? size : 1);
	if (!buf)
		return cw_error_set(err, -ENOMEM, "%s: no memory for %zu bytes", path, size);
	while (got < size) {
		n = read(fd, buf + got, size - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cw_error_errno(err, "%s", path);
		if (!n)
			break;
		got += (size_t)n;
	}
	*ret_dtb = cw_steal_ptr(&buf);
	*ret_size = got;
	return 0;
}

static bool is_name(const char *s)
{
	size_t len = strlen(s);

	if (!len || s[0] == '.' || len >= NAME_MAX - 4)
		return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-") == len;
}

/* @folder/boards/@name.dtb. Takes @folder, which may be NULL: then there is nothing. */
static char *board_path(char *folder, const char *name)
{
	char *path;
	int n = folder ? asprintf(&path, "%s/boards/%s.dtb", folder, name) : -1;

	free(folder);
	return n < 0 ? NULL : path;
}

int cw_board_load(const char *name, void **ret_dtb, size_t *ret_size, struct cw_error *err)
{
	cleanup_free char *built = NULL, *installed = NULL;
	size_t len = strlen(name);
	int r;

	if (strchr(name, '/') || (len > 4 && !strcmp(name + len - 4, ".dtb"))) {
		r = read_dtb(name, ret_dtb, ret_size, err);
		if (r == -ENOENT)
			cw_error_set(err, r, "board '%s': no such file", name);
		return r;
	}
	if (!is_name(name))
		return cw_error_set(err, -EINVAL,
				    "board '%s': neither a board's name nor the path of a .dtb", name);
	built = board_path(cw_build_path(""), name);
	installed = board_path(cw_install_path(CW_DATADIR), name);
	r = built ? read_dtb(built, ret_dtb, ret_size, err) : -ENOENT;
	if (r == -ENOENT && installed)
		r = read_dtb(installed, ret_dtb, ret_size, err);
	if (r == -ENOENT)
		cw_error_set(err, r, "board '%s': not found; tried %s%s%s", name, built ? built : "",
			     built ? ", " : "", installed ? installed : "");
	return r;
}
