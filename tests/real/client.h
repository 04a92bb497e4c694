/* SPDX-License-Identifier: BSD-2-Clause */
/* client.h - what runs in the normal world of the real stack: asks trusted applications, and the bench's fuses */
#ifndef REAL_CLIENT_H
#define REAL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tee_client_api.h>

extern TEEC_Context client_context;

_Noreturn void client_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void *client_file(const char *path, size_t *ret_size);

/* "ours", "ours32", "optee": the builds of the remoteproc TA that scripts/real installs. */
TEEC_UUID client_uuid(const char *name);

TEEC_Result client_open(TEEC_Session *session, const char *ta, uint32_t rproc);
TEEC_Result client_load(TEEC_Session *session, uint32_t rproc, const void *image, size_t size);
TEEC_Result client_simple(TEEC_Session *session, uint32_t command, uint32_t rproc);
/* Code and sentence of the last refusal; "" from a TA that has none. */
uint32_t client_reason(TEEC_Session *session, uint32_t rproc, char *text, size_t size);

/* @pem NULL: no key. */
void client_fuses(const char *pem, uint32_t require, uint64_t minimum);
size_t client_left(uint32_t rproc); /* bytes of the processor's memory that are not zero */

int client_memory(int argc, char **argv);
int client_limits(int argc, char **argv);
int client_largest(int argc, char **argv);
int client_wide(int argc, char **argv);
int client_measure(int argc, char **argv);

#endif
