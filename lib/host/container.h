/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host/container.h - what a container takes away that a board needs
 *
 * A container's profile makes system calls fail that work everywhere else, and the error of the one that was hit first says
 * little. So when a board does not come up for want of permission, everything that it needs is tried, harmlessly.
 * docs/containers.md tells what each is for.
 */
#ifndef CW_HOST_CONTAINER_H
#define CW_HOST_CONTAINER_H

#include <stddef.h>

#include <corewarden/error.h>

/* What is denied here: "seccomp, execveat", "" when nothing is. Returns @buf. */
const char *cw_container_lacks(char *buf, size_t size);

/* After a failure with @code: when permission or a system call was wanting and something is denied, add to the sentence in @err
 * (may be NULL) what it is. Returns @code. */
int cw_container_explain(int code, struct cw_error *err);

#endif
