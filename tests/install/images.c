// SPDX-License-Identifier: BSD-2-Clause
/*
 * install/images.c - libcorewarden-image.so.0 through its public header alone, over every image of the generator
 *
 *	test-image-library TABLE FOLDER
 */
#include <assert.h>
#include <corewarden/image.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The regions of the virtual STM32MP15 that are not for exchange; the SRAM has two addresses. */
static const struct cw_image_region regions[] = {
	{"retram", 0x00000000, 0x10000, 0x38000000},
	{"mcuram", 0x30000000, 0x40000, 0x10000000},
	{"mcuram2", 0x10000000, 0x40000, 0x10000000},
};

enum { FILE_NAME, KEY, REQUIRE, MINIMUM, VERDICT, CODE, KEYWORD, COLUMNS };
static const char *const headings[COLUMNS] = {"file", "key", "require", "minimum", "verdict", "code", "keyword"};

static unsigned char *read_file(const char *folder, const char *name, size_t *ret_size)
{
	char path[4096];
	unsigned char *bytes = malloc(32 << 20);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	assert(f && bytes);
	*ret_size = fread(bytes, 1, 32 << 20, f);
	fclose(f);
	/* Exactly as large as the file, so that a sanitizer sees whoever reads past it. */
	return realloc(bytes, *ret_size ? *ret_size : 1);
}

static unsigned require_bits(const char *words)
{
	return (strstr(words, "version") ? CW_IMAGE_REQUIRE_VERSION : 0) |
	       (strstr(words, "target") ? CW_IMAGE_REQUIRE_TARGET : 0) |
	       (strstr(words, "headers") ? CW_IMAGE_REQUIRE_HEADERS : 0);
}

static void check_image(const struct cw_image *image, size_t size)
{
	const struct cw_image_segment *s;
	uint64_t entry, da;
	size_t table_size;
	unsigned n = 0;

	assert(cw_image_authentic(image) && cw_image_digest(image));
	assert(cw_image_format(image) == CW_IMAGE_RPROC && !cw_image_uuid(image));
	while ((s = cw_image_segment(image, n))) {
		assert(s->file_offset + s->filesz <= size && s->filesz <= s->memsz && s->sha256);
		n++;
	}
	assert(n && n == cw_image_segments(image) && cw_image_entry(image, 0, &entry));
	assert(!cw_image_entry(image, 8, &entry));
	if (cw_image_resource_table(image, &table_size, &da))
		assert(table_size >= 16 && table_size <= 4096);
}

/* The sentence and the code are those of the table. */
static int check_row(const char *folder, char *const cell[COLUMNS])
{
	struct cw_image_check check = {
		.require = require_bits(cell[REQUIRE]),
		.minimum_version = strtoull(cell[MINIMUM], NULL, 10),
		.compatible = "st,stm32mp1-m4",
		.regions = regions,
		.n_regions = sizeof(regions) / sizeof(regions[0]),
	};
	struct cw_image *image = NULL;
	struct cw_error err = {0};
	struct cw_key *key;
	char path[4096];
	size_t size;
	unsigned char *bytes = read_file(folder, cell[FILE_NAME], &size);
	int r, wrong;

	snprintf(path, sizeof(path), "%s/%s", folder, cell[KEY]);
	assert(cw_image_key_load(path, &key, &err) == 0 && strlen(cw_image_key_fingerprint(key)) == 64);
	check.key = key;
	r = cw_image_open(bytes, size, &check, &image, &err);
	if (!strcmp(cell[VERDICT], "accept")) {
		wrong = r != 0;
		if (!wrong)
			check_image(image, size);
	} else {
		wrong = r >= 0 || r != err.code || strcmp(cw_image_reason_name(err.reason), cell[CODE]) ||
			/* which formats there are, and where regions lie, others say in other words */
			(!strcasestr(err.text, cell[KEYWORD]) && strcmp(cell[CODE], "address") &&
			 strcmp(cell[CODE], "magic"));
	}
	if (wrong)
		printf("%s: %d (%s) '%s', wanted %s %s '%s'\n", cell[FILE_NAME], r,
		       cw_image_reason_name(err.reason), err.text, cell[VERDICT], cell[CODE], cell[KEYWORD]);
	cw_image_free(image);
	cw_image_key_free(key);
	free(bytes);
	return wrong;
}

/* Cut at tabs; @at says which column each cell belongs to, -1 none. */
static void cut(char *line, const int *at, char **cell)
{
	char *part;

	line[strcspn(line, "\r\n")] = '\0';
	for (int i = 0; (part = strsep(&line, "\t")); i++)
		if (i < 32 && at[i] >= 0)
			cell[at[i]] = part;
}

static void check_plain(const char *folder)
{
	struct cw_image *image;
	struct cw_error err;
	size_t size;
	unsigned char *bytes = read_file(folder, "../../../firmware/echo.elf", &size);

	assert(cw_image_recognise(bytes, size) == CW_IMAGE_ELF);
	assert(cw_image_open(bytes, size, NULL, &image, &err) == 0);
	assert(!cw_image_authentic(image) && !cw_image_digest(image) && !cw_image_target(image));
	assert(cw_image_segments(image) == 3 && !cw_image_segment(image, 0)->sha256);
	cw_image_free(image);
	for (size_t cut_at = 0; cut_at < size; cut_at += cut_at < 512 ? 1 : 997) {
		unsigned char *part = malloc(cut_at ? cut_at : 1);

		memcpy(part, bytes, cut_at);
		if (cw_image_open(part, cut_at, NULL, &image, &err) == 0)
			cw_image_free(image);
		free(part);
	}
	free(bytes);
	assert(cw_image_open("junk", 4, NULL, &image, &err) == -EBADMSG);
	assert(!strcmp(cw_image_reason_name(err.reason), "magic"));
	assert(cw_image_open(NULL, 0, NULL, &image, &err) == -EBADMSG);
	assert(cw_image_open("junk", 4, NULL, &image, NULL) == -EBADMSG);
	assert(!cw_image_free(NULL) && !cw_image_key_free(NULL));
	assert(!strcmp(cw_image_format_name(CW_IMAGE_TA), "ta"));
	assert(!strcmp(cw_image_format_name((enum cw_image_format)77), "unknown"));
}

int main(int argc, char **argv)
{
	int at[32], rows = 0, wrong = 0;
	char line[8192], *part, *rest = line;
	FILE *f = argc == 3 ? fopen(argv[1], "r") : NULL;

	assert(f && fgets(line, sizeof(line), f));
	memset(at, -1, sizeof(at));
	line[strcspn(line, "\r\n")] = '\0';
	for (int i = 0; (part = strsep(&rest, "\t")) && i < 32; i++)
		for (int k = 0; k < COLUMNS; k++)
			if (!strcmp(part, headings[k]))
				at[i] = k;
	while (fgets(line, sizeof(line), f)) {
		char *cell[COLUMNS] = {0};

		cut(line, at, cell);
		wrong += check_row(argv[2], cell);
		rows++;
	}
	fclose(f);
	check_plain(argv[2]);
	printf("%d images, %d judged otherwise than by everybody else\n", rows, wrong);
	return wrong || rows < 60;
}
