// SPDX-License-Identifier: BSD-2-Clause
/* cli/mbn_files.c - which files make up an image */
#include "cli/mbn.h"

#include <errno.h>
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

/* ".zst" or ".xz" at the end of a name, or an empty string. */
static const char *packing_of(const char *path)
{
	static const char *const endings[] = {".zst", ".xz"};
	size_t len = strlen(path);

	for (unsigned i = 0; i < 2; i++)
		if (len > strlen(endings[i]) && !strcmp(path + len - strlen(endings[i]), endings[i]))
			return path + len - strlen(endings[i]);
	return path + len;
}

/* The part beside "x.mdt", or compressed beside "x.mdt.zst", as Linux's loader finds them. */
static int read_part(struct cli_mbn_files *f, const char *name, const char *packing, unsigned index,
		     struct cw_error *err)
{
	cleanup_free char *packed = NULL;
	int r = cli_read_file(name, &f->bytes[index], &f->len[index], err);

	if (r == -ENOENT && *packing) {
		if (asprintf(&packed, "%s%s", name, packing) < 0)
			return cw_error_set(err, -ENOMEM, "no memory for a name");
		r = cli_read_file(packed, &f->bytes[index], &f->len[index], err);
	}
	if (!r)
		r = cli_unpack_file(packed ?: name, &f->bytes[index], &f->len[index], err);
	if (r < 0) {
		free(f->bytes[index]);
		f->bytes[index] = NULL;
	}
	return r;
}

int cli_mbn_part(void *ctx, unsigned index, struct cw_span *ret, struct cw_refusal *r)
{
	struct cli_mbn_files *f = ctx;
	const char *packing = packing_of(f->path);
	cleanup_free char *plain = strndup(f->path, (size_t)(packing - f->path));
	cleanup_free char *name = plain ? cli_mbn_part_name(plain, index) : NULL;
	char shown[160];
	struct cw_error err;
	int rc;

	if (!name)
		return cw_refuse(r, CW_CODE_TRUNCATED, CW_NO_OFFSET,
				 "segment %u lies behind the end of the file, and a split image "
				 "cannot have this name or number",
				 index);
	rc = f->bytes[index] ? 0 : read_part(f, name, packing, index, &err);
	if (rc < 0) {
		cli_printable(cw_span(name, strlen(name)), shown, sizeof(shown));
		return cw_refuse(r, CW_CODE_TRUNCATED, CW_NO_OFFSET,
				 "segment %u lies behind the end of the file, and %s '%s' that holds it%s",
				 index, rc == -ENOENT ? "there is no" : "there is no readable", shown,
				 rc == -EBADMSG ? " (it is compressed, and broken)" : "");
	}
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
	if (cw_mbn_find_hash(file, &elf) != -1 ||
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
