// SPDX-License-Identifier: BSD-2-Clause
/* host/find.c - where the helper programs are */
#include "host/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/cleanup.h"

/* Folders above the program in which a build tree's top may be: build/tests/unit/bus/test is three
 * below it. */
#define BUILD_DEPTH_MAX 4

struct search {
	const char *name;
	char tried[CW_ERROR_TEXT_MAX / 2];
	int fd;
};

/* True when the search is over. */
static bool look(struct search *s, const char *dir, const char *sub)
{
	char path[PATH_MAX];
	size_t used = strlen(s->tried);

	if ((size_t)snprintf(path, sizeof(path), "%s%s/%s", dir, sub, s->name) >= sizeof(path))
		return false;
	snprintf(s->tried + used, sizeof(s->tried) - used, "%s%s", used ? ", " : "", path);
	if (access(path, X_OK) == 0)
		s->fd = open(path, O_RDONLY | O_CLOEXEC);
	return s->fd >= 0;
}

/* The folder of the running program; false when it cannot be told. */
static bool own_folder(char dir[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	char *slash;

	if (n <= 0)
		return false;
	dir[n] = '\0';
	slash = strrchr(dir, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

/* Is @dir the top of a meson build tree? Elsewhere its sub-folders' names mean nothing. */
static bool build_tree(const char *dir)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/meson-private", dir);
	return access(path, F_OK) == 0;
}

/* Shorten @dir to the top of the build tree it lies in; false when it lies in none. */
static bool to_build_tree(char dir[PATH_MAX])
{
	for (unsigned i = 0; i < BUILD_DEPTH_MAX; i++) {
		char *slash;

		if (build_tree(dir))
			return true;
		slash = strrchr(dir, '/');
		if (!slash)
			return false;
		*slash = '\0';
	}
	return false;
}

static bool look_in_build_tree(struct search *s, char dir[PATH_MAX])
{
	return to_build_tree(dir) && (look(s, dir, "/silicon/bus") || look(s, dir, "/secure/tee"));
}

int cw_spawn_find(const char *name, int *ret_fd, struct cw_error *err)
{
	const char *only = getenv("COREWARDEN_LIBEXEC");
	struct search s = {.name = name, .fd = -1};
	char dir[PATH_MAX];
	bool found;

	if (only && *only)
		found = look(&s, only, "");
	else
		found = (own_folder(dir) && (look(&s, dir, "") || look_in_build_tree(&s, dir))) ||
			look(&s, CW_LIBEXECDIR, "");
	if (!found)
		return cw_error_set(err, -ENOENT,
				    "helper program %s not found (looked for %s); "
				    "COREWARDEN_LIBEXEC can name its folder",
				    name, s.tried);
	*ret_fd = s.fd;
	return 0;
}

char *cw_spawn_ta_dir(void)
{
	char dir[PATH_MAX], *path;

	if (!own_folder(dir) || !to_build_tree(dir))
		return strdup(CW_TADIR);
	return asprintf(&path, "%s/secure/ta", dir) < 0 ? NULL : path;
}
