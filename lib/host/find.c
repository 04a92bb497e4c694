// SPDX-License-Identifier: BSD-2-Clause
/*
 * host/find.c - where what belongs to us is: helper programs, trusted applications, boards
 *
 * Everything is sought relative to the file this code runs from: the program that has it built in, or
 * libcorewarden.so. So a build tree finds its own, and an installation may be moved as a whole.
 */
#include "host/spawn.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
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

/* The file that holds this code. */
static bool own_file(char path[PATH_MAX])
{
	Dl_info ours, program;
	ssize_t n;

	if (dladdr((void *)own_file, &ours) && dladdr((void *)getauxval(AT_PHDR), &program) &&
	    ours.dli_fbase != program.dli_fbase)
		return realpath(ours.dli_fname, path) != NULL;
	n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	if (n <= 0) /* no /proc */
		return realpath((const char *)getauxval(AT_EXECFN), path) != NULL;
	path[n] = '\0';
	return true;
}

/* The folder it lies in; false when it cannot be told. */
static bool own_folder(char dir[PATH_MAX])
{
	char *slash;

	if (!own_file(dir))
		return false;
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

/* What follows the prefix in @path as it was configured, with its slash; NULL when it lies elsewhere. */
static const char *below_prefix(const char *path)
{
	size_t len = strlen(CW_PREFIX);

	return !strncmp(path, CW_PREFIX, len) && path[len] == '/' ? path + len : NULL;
}

/* Cut the configured @home (a folder programs or libraries are installed in) off the end of @dir. */
static bool cut_home(char dir[PATH_MAX], const char *home)
{
	const char *tail = below_prefix(home);
	size_t len = strlen(dir), tail_len = tail ? strlen(tail) : 0;

	if (!tail || len <= tail_len || strcmp(dir + len - tail_len, tail))
		return false;
	dir[len - tail_len] = '\0';
	return true;
}

char *cw_install_path(const char *configured)
{
	const char *tail = below_prefix(configured);
	char dir[PATH_MAX], *path;

	if (!tail || !own_folder(dir) || (!cut_home(dir, CW_BINDIR) && !cut_home(dir, CW_LIBDIR)))
		return strdup(configured);
	return asprintf(&path, "%s%s", dir, tail) < 0 ? NULL : path;
}

char *cw_build_path(const char *sub)
{
	char dir[PATH_MAX], *path;

	if (!own_folder(dir) || !to_build_tree(dir))
		return NULL;
	return asprintf(&path, "%s%s", dir, sub) < 0 ? NULL : path;
}

static bool look_installed(struct search *s)
{
	cleanup_free char *dir = cw_install_path(CW_LIBEXECDIR);

	return dir && look(s, dir, "");
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
			look_installed(&s);
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
	char *path = cw_build_path("/secure/ta");

	return path ? path : cw_install_path(CW_TADIR);
}
