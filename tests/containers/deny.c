// SPDX-License-Identifier: BSD-2-Clause
/*
 * containers/deny.c - run a program under a seccomp profile that denies system calls, as container runtimes do
 *
 *	deny ERRNO CALL[,CALL...] PROGRAM [ARGUMENT...]
 *
 * ERRNO is EPERM (a profile that knows the call) or ENOSYS (one that is older than it). A CALL that this machine does not
 * have is not an error.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int code, nr;

	if (argc < 4 || !filter)
		return 2;
	code = strcmp(argv[1], "ENOSYS") ? EPERM : ENOSYS;
	for (char *name = strtok(argv[2], ","); name; name = strtok(NULL, ",")) {
		nr = seccomp_syscall_resolve_name(name);
		if (nr < 0)
			return fprintf(stderr, "deny: no call '%s'\n", name), 2;
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned)code), nr, 0) < 0)
			return 2;
	}
	/* Whoever set up the container was privileged; what runs in it loses nothing else. */
	if (seccomp_load(filter) < 0)
		return 2;
	seccomp_release(filter);
	execvp(argv[3], argv + 3);
	return 127;
}
