// SPDX-License-Identifier: BSD-2-Clause
/* cli/mbn_files.c - which files make up an image */
#include "cli/mbn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "host/cleanup.h"

#define PART_MAX 99 /* two decimal digits */

char *cli_mbn_part_name(const char *path, unsigned i)
{
	const char *slash = strrchr(path, '/');
	size_t len = strlen(path);
	char *name;

	if (strlen(slash ? slash + 1 : path) < 4 || i > PART_MAX)
		return NULL;
	if (asprintf(&name, "%.*sb%02u", (int)(len - 3), path, i) < 0)
		return NULL;
	return name;
}

int cli_mbn_part(void *ctx, unsigned index, struct cw_span *ret, struct cw_refusal *r)
{
	struct cli_mbn_files *f = ctx;
	cleanup_free char *name = cli_mbn_part_name(f->path, index);
	char shown[160];
	struct cw_error err;

	if (!name)
		return cw_refuse(r, CW_CODE_TRUNCATED, CW_NO_OFFSET,
				 "segment %u lies behind the end of the file, and a split image "
				 "cannot have this name or number",
				 index);
	if (!f->bytes[index] && cli_read_file(name, &f->bytes[index], &f->len[index], &err) < 0)
		return cw_refuse(r, CW_CODE_TRUNCATED, CW_NO_OFFSET,
				 "segment %u lies behind the end of the file, and there is no '%s' "
				 "that holds it",
				 index,
				 cli_printable(cw_span(name, strlen(name)), shown, sizeof(shown)));
	*ret = cw_span(f->bytes[index], f->len[index]);
	return 0;
}

void cli_mbn_files_done(struct cli_mbn_files *f)
{
	for (unsigned i = 0; i < CW_MBN_PHDRS_MAX; i++)
		free(f->bytes[i]);
}

bool cli_is_mbn(struct cw_span file)
{
	struct cw_mbn_elf elf;
	struct cw_mbn_phdr p;
	size_t end;

	if (cw_mbn_elf(file, 0, &elf, NULL))
		return false;
	cw_mbn_phdr(file, &elf, 0, &p);
	if (elf.is64 || cw_mbn_find_hash(file, &elf) != -1 ||
	    cw_mbn_segment(p.flags) == CW_MBN_SEGMENT_HEADERS)
		return true;
	end = cw_mbn_extent(file, &elf);
	/* Sections lie behind the segments of an ordinary ELF file: those do not count as a second file. */
	return !elf.shnum && cw_mbn_next_elf(file, end) < file.len;
}

bool cli_mbn_next(struct cw_span file, size_t *pos, struct cw_span *ret, uint64_t *ret_base)
{
	size_t base = *pos ? cw_mbn_next_elf(file, *pos) : 0, end;
	struct cw_mbn_elf elf;
	struct cw_span rest;

	if (base >= file.len && *pos)
		return false;
	rest = cw_span(file.ptr + base, file.len - base);
	if (cw_mbn_elf(rest, base, &elf, NULL)) {
		end = base + 4 < file.len ? base + 4 : file.len + 1;
	} else {
		end = base + cw_mbn_extent(rest, &elf);
		/* What follows belongs to the next ELF file, or to nobody. */
		if (base || cw_mbn_next_elf(file, end) < file.len)
			rest.len = end - base;
	}
	*pos = end;
	*ret = rest;
	*ret_base = base;
	return true;
}
