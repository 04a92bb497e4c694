/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * redteam/process_attacks.h - ways to look into another process of the same uid
 *
 * Each attack runs in the caller and returns 1 when it got in, 0 when it was refused. They are plain uses of documented
 * kernel interfaces, each of which succeeds on an ordinary process of the same uid (that is the negative control).
 */
#ifndef REDTEAM_PROCESS_ATTACKS_H
#define REDTEAM_PROCESS_ATTACKS_H

#include <sys/types.h>

struct process_attack {
	const char *name;
	int (*run)(pid_t pid);
};

extern const struct process_attack process_attacks[]; /* ended by .name = NULL */

/* Direct children of @pid, by /proc. Returns how many were stored. */
unsigned process_children(pid_t pid, pid_t *ret, unsigned max);

/* The name of @pid as the kernel shows it ("corewarden-tee"), "" when it is gone. */
void process_name(pid_t pid, char *buf, size_t size);

#endif
