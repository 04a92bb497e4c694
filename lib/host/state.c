// SPDX-License-Identifier: BSD-2-Clause
/* host/state.c - the state directory of a virtual board: the directory itself and its small files
 */
#include "host/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/point.h"

#define VERSION_TEXT "corewarden-state 1\n"
#define NAME_MAX_LEN 128
#define RESET_DEPTH  3 /* tee/keys/FP.der */

#define cleanup_dir cw_cleanup(close_dir)
static void close_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

int cw_state_default_path(const char *board, char **ret_path, struct cw_error *err)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char *path;
	int n;

	if (!*board || strchr(board, '/') || board[0] == '.')
		return cw_error_set(err, -EINVAL, "board name '%s' cannot name a state directory",
				    board);
	if (state && state[0] == '/')
		n = asprintf(&path, "%s/corewarden/%s", state, board);
	else if (home && home[0] == '/')
		n = asprintf(&path, "%s/.local/state/corewarden/%s", home, board);
	else
		return cw_error_set(
			err, -ENOENT,
			"neither XDG_STATE_HOME nor HOME is set; name a state directory");
	if (n < 0)
		return cw_error_set(err, -ENOMEM, "out of memory");
	*ret_path = path;
	return 0;
}

static int make_path(const char *path, struct cw_error *err)
{
	char buf[PATH_MAX];

	if ((size_t)snprintf(buf, sizeof(buf), "%s", path) >= sizeof(buf))
		return cw_error_set(err, -ENAMETOOLONG, "state directory: path too long");
	for (char *p = buf + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(buf, 0700) < 0 && errno != EEXIST)
			return cw_error_errno(err, "make state directory '%s'", buf);
		*p = '/';
	}
	if (mkdir(buf, 0700) < 0 && errno != EEXIST)
		return cw_error_errno(err, "make state directory '%s'", buf);
	return 0;
}

static int check_owner(int fd, const char *path, struct cw_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cw_error_errno(err, "state directory '%s'", path);
	if (st.st_uid != geteuid())
		return cw_error_set(err, -EPERM,
				    "state directory '%s' belongs to uid %u, not to %u", path,
				    st.st_uid, geteuid());
	if (st.st_mode & 022)
		return cw_error_set(
			err, -EPERM,
			"state directory '%s' may be written by others (mode %03o): chmod 700 it",
			path, st.st_mode & 0777);
	return 0;
}

static bool empty_dir(int fd)
{
	cleanup_fd int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;

	if (!d)
		return false;
	cw_steal_fd(&copy);
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			return false;
	return true;
}

/* A directory of something else is not taken over: only a new or empty one gets our version file.
 */
static int check_version(int fd, const char *path, int create, struct cw_error *err)
{
	char text[64];
	int n = cw_state_file_read(fd, "version", text, sizeof(text), NULL);

	if (n == -ENOENT && create && empty_dir(fd))
		return cw_state_file_write(fd, "version", VERSION_TEXT, strlen(VERSION_TEXT), err);
	if (n == (int)strlen(VERSION_TEXT) && memcmp(text, VERSION_TEXT, (size_t)n) == 0)
		return 0;
	if (n == -ENOENT)
		return cw_error_set(err, -EPROTO, "'%s' is not a state directory of Corewarden",
				    path);
	return cw_error_set(err, -EPROTO, "state directory '%s' was written by another version",
			    path);
}

int cw_state_open(const char *path, int create, int *ret_fd, struct cw_error *err)
{
	cleanup_fd int fd = -1;
	int r;

	if (create) {
		r = make_path(path, err);
		if (r < 0)
			return r;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return cw_error_errno(err, "open state directory '%s'", path);
	r = check_owner(fd, path, err);
	if (r == 0)
		r = check_version(fd, path, create, err);
	if (r < 0)
		return r;
	*ret_fd = cw_steal_fd(&fd);
	return 0;
}

int cw_state_open_tee(int dir_fd, int *ret_fd, struct cw_error *err)
{
	cleanup_fd int fd = -1;
	int r;

	if (mkdirat(dir_fd, "tee", 0700) < 0 && errno != EEXIST)
		return cw_error_errno(err, "make the state's tee folder");
	fd = openat(dir_fd, "tee", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return cw_error_errno(err, "open the state's tee folder");
	r = check_owner(fd, "tee", err);
	if (r < 0)
		return r;
	*ret_fd = cw_steal_fd(&fd);
	return 0;
}

int cw_state_lock(int dir_fd, int *ret_fd, struct cw_error *err)
{
	cleanup_fd int fd = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return cw_error_errno(err, "open the state's lock");
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? cw_error_set(
					 err, -EBUSY,
					 "another board is powered on with this state directory")
			       : cw_error_errno(err, "lock the state directory");
	*ret_fd = cw_steal_fd(&fd);
	return 0;
}

static bool name_ok(const char *name)
{
	const char *part = name;

	if (strlen(name) > NAME_MAX_LEN)
		return false;
	for (const char *p = name;; p++) {
		if (*p == '/' || *p == '\0') {
			if (p == part || part[0] == '.')
				return false;
			if (!*p)
				return true;
			part = p + 1;
		} else if (!strchr("0123456789abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-",
				   *p)) {
			return false;
		}
	}
}

/* Walk to the folder of @name, one part at a time and never through a link. Returns a descriptor or
 * -errno;
 * *@ret_leaf is the last part. */
static int open_parent(int dir_fd, const char *name, bool create, const char **ret_leaf)
{
	cleanup_fd int at = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *slash;

	if (at < 0)
		return -errno;
	while ((slash = strchr(name, '/'))) {
		char part[NAME_MAX_LEN + 1] = {0};
		int next;

		memcpy(part, name, (size_t)(slash - name));
		if (create && mkdirat(at, part, 0700) < 0 && errno != EEXIST)
			return -errno;
		next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		close(at);
		at = next;
		name = slash + 1;
	}
	*ret_leaf = name;
	return cw_steal_fd(&at);
}

static int write_synced(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return fsync(fd);
}

int cw_state_file_write(int dir_fd, const char *name, const void *data, size_t len,
			struct cw_error *err)
{
	cleanup_fd int parent = -1, fd = -1;
	char fresh[NAME_MAX_LEN + 8];
	const char *leaf;

	if (!name_ok(name))
		return cw_error_set(err, -EINVAL, "state file: bad name");
	parent = open_parent(dir_fd, name, true, &leaf);
	if (parent < 0) {
		errno = -parent;
		return cw_error_errno(err, "state file '%s'", name);
	}
	snprintf(fresh, sizeof(fresh), "%s.new", leaf);
	if (unlinkat(parent, fresh, 0) < 0 && errno != ENOENT)
		return cw_error_errno(err, "state file '%s': remove what a power cut left", name);
	fd = openat(parent, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write_synced(fd, data, len) < 0)
		return cw_error_errno(err, "write state file '%s'", name);
	CW_POINT(state_written);
	if (renameat(parent, fresh, parent, leaf) < 0 || fsync(parent) < 0)
		return cw_error_errno(err, "write state file '%s'", name);
	CW_POINT(state_renamed);
	return 0;
}

int cw_state_file_read(int dir_fd, const char *name, void *buf, size_t size, struct cw_error *err)
{
	cleanup_fd int parent = -1, fd = -1;
	const char *leaf;
	struct stat st;
	ssize_t n;

	if (!name_ok(name) || size > INT_MAX)
		return cw_error_set(err, -EINVAL, "state file: bad name or size");
	parent = open_parent(dir_fd, name, false, &leaf);
	errno = parent < 0 ? -parent : 0;
	if (parent >= 0)
		fd = openat(parent, leaf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return cw_error_errno(err, "open state file '%s'", name);
	if (!S_ISREG(st.st_mode))
		return cw_error_set(err, -EBADMSG, "state file '%s' is not a plain file", name);
	if (st.st_size < 0 || (uint64_t)st.st_size > size)
		return cw_error_set(err, -EFBIG, "state file '%s' is longer than %zu bytes", name,
				    size);
	n = pread(fd, buf, (size_t)st.st_size, 0);
	return n < 0 ? cw_error_errno(err, "read state file '%s'", name) : (int)n;
}

/* What may be removed: nothing but plain files and folders of ours, nothing behind links. */
static int remove_tree(int dir_fd, const char *name, unsigned depth)
{
	cleanup_fd int fd = -1;
	cleanup_dir DIR *d = NULL;
	struct dirent *e;

	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if ((errno != EISDIR && errno != EPERM) || !depth)
		return -errno;
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	d = fdopendir(fd);
	if (!d)
		return -errno;
	cw_steal_fd(&fd);
	while ((e = readdir(d))) {
		int r = 0;

		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = remove_tree(dirfd(d), e->d_name, depth - 1);
		if (r < 0)
			return r;
	}
	return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int cw_state_reset(int dir_fd, struct cw_error *err)
{
	static const char *const ours[] = {"tee", "fuses.new", "version.new", "fuses"};

	for (unsigned i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
		int r = remove_tree(dir_fd, ours[i], RESET_DEPTH);

		if (r < 0) {
			errno = -r;
			return cw_error_errno(err, "reset the state: remove '%s'", ours[i]);
		}
	}
	if (fsync(dir_fd) < 0)
		return cw_error_errno(err, "reset the state");
	return 0;
}
