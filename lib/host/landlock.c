// SPDX-License-Identifier: BSD-2-Clause
/* host/landlock.c - files by path, by raw system calls: the C library has no wrappers */
#include "host/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/spawn.h"

/* include/uapi/linux/landlock.h of Linux 6.12, ABI 6, of which older headers know only the start.
 */
struct ruleset {
	uint64_t fs;
	uint64_t net;	 /* from ABI 4 */
	uint64_t scoped; /* from ABI 6 */
};

#define FS_EXECUTE     (1ULL << 0)
#define FS_WRITE_FILE  (1ULL << 1)
#define FS_READ_FILE   (1ULL << 2)
#define FS_READ_DIR    (1ULL << 3)
#define FS_ABI_1       ((1ULL << 13) - 1)
#define FS_REFER       (1ULL << 13) /* ABI 2 */
#define FS_TRUNCATE    (1ULL << 14) /* ABI 3 */
#define FS_IOCTL_DEV   (1ULL << 15) /* ABI 5 */
#define NET_TCP	       3ULL	    /* bind, connect */
#define SCOPE_ABSTRACT 1ULL

/* What makes sense on a plain file; the kernel refuses a rule with more. */
#define FS_OF_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

static struct ruleset all_rights(long abi, size_t *ret_size)
{
	struct ruleset all = {.fs = FS_ABI_1};

	if (abi >= 2)
		all.fs |= FS_REFER;
	if (abi >= 3)
		all.fs |= FS_TRUNCATE;
	if (abi >= 5)
		all.fs |= FS_IOCTL_DEV;
	if (abi >= 4)
		all.net = NET_TCP;
	if (abi >= 6)
		all.scoped = SCOPE_ABSTRACT;
	*ret_size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
	return all;
}

static uint64_t rights_of(unsigned allow, uint64_t handled)
{
	uint64_t fs = 0;

	if (allow & CW_SANDBOX_READ)
		fs |= FS_READ_FILE | FS_READ_DIR;
	if (allow & CW_SANDBOX_EXEC)
		fs |= FS_EXECUTE;
	if (allow & CW_SANDBOX_WRITE)
		fs |= FS_ABI_1 & ~(FS_READ_FILE | FS_READ_DIR | FS_EXECUTE);
	if (allow & CW_SANDBOX_WRITE)
		fs |= FS_TRUNCATE | FS_REFER;
	return fs & handled;
}

static int add_path(int ruleset, const struct cw_sandbox_path *p, uint64_t handled,
		    struct cw_error *err)
{
	cleanup_fd int fd = open(p->path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {.parent_fd = fd};
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return cw_error_errno(err, "landlock: open '%s'", p->path);
	rule.allowed_access = rights_of(p->allow, handled);
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_OF_FILES;
	if (!rule.allowed_access)
		return 0;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return cw_error_errno(err, "landlock: rule for '%s'", p->path);
	return 0;
}

int cw_sandbox_paths(const struct cw_sandbox_path *paths, struct cw_error *err)
{
	cleanup_fd int ruleset = -1;
	struct ruleset all;
	size_t size;
	long abi;

	if (cw_spawn_debug())
		return 0;
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return 0;
	all = all_rights(abi, &size);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (ruleset < 0)
		return cw_error_errno(err, "landlock: ruleset");
	for (const struct cw_sandbox_path *p = paths; p && p->path; p++) {
		int r = add_path(ruleset, p, all.fs, err);

		if (r < 0)
			return r;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return cw_error_errno(err, "landlock: enforce");
	return 1;
}
