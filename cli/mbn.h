/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/mbn.h - what sign, verify and inspect share about Qualcomm's images
 */
#ifndef CW_CLI_MBN_H
#define CW_CLI_MBN_H

#include "cli/inspect.h"
#include "cli/report.h"
#include "sign/mbn.h"

/* The .bNN files beside an .mdt: read when asked for, kept until the end. Starts as {.path = "dir/name.mdt"}. */
struct cli_mbn_files {
	const char *path;
	uint8_t *bytes[CW_MBN_PHDRS_MAX];
	size_t len[CW_MBN_PHDRS_MAX];
};

/* Has the shape of cw_mbn_files.part. */
int cli_mbn_part(void *files, unsigned index, struct cw_span *ret, struct cw_refusal *r);
void cli_mbn_files_done(struct cli_mbn_files *files);

/* Name of the file of segment @i: the last three characters become bNN. NULL: the name is too short, or no memory. */
char *cli_mbn_part_name(const char *path, unsigned i);

/* Is it an MBN, or several ELF files of which one may be? */
bool cli_is_mbn(struct cw_span file);

/* Step through the ELF files of a file, one behind the other: true and *@ret (from its header on), *@ret_base. *@pos starts
 * at 0. What is no readable ELF file after all is handed out too, so that somebody says why. */
bool cli_mbn_next(struct cw_span file, size_t *pos, struct cw_span *ret, uint64_t *ret_base);

/* Show what a signature binds, its certificates. */
void cli_mbn_tell_binding(struct report *r, uint32_t version, const struct cw_mbn_binding *b);
void cli_mbn_tell_chain(struct report *r, const struct cw_chain *chain);

/* corewarden inspect, verify --root, and sign --format mbn. */
void inspect_mbn(struct inspect *i, const char *path);
int cmd_verify_mbn(int argc, char **argv);
int cmd_sign_mbn(int argc, char **argv);

#endif
