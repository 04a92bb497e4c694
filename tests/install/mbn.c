// SPDX-License-Identifier: BSD-2-Clause
/*
 * install/mbn.c - Qualcomm's images through the public header of libcorewarden-image.so.0, every one of the generator
 *
 *	test-image-library-mbn TABLE FOLDER
 */
#include <assert.h>
#include <corewarden/image.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SPLIT_MAX 100

struct files {
	const char *folder, *name;
	unsigned char *bytes[SPLIT_MAX];
	size_t size[SPLIT_MAX];
};

/* Exactly as large as the file, so that a sanitizer sees whoever reads past it; NULL: there is none. */
static unsigned char *read_file(const char *folder, const char *name, size_t *ret_size)
{
	char path[4096];
	unsigned char *bytes = malloc(8 << 20);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	*ret_size = f && bytes ? fread(bytes, 1, 8 << 20, f) : 0;
	if (!f) {
		free(bytes);
		return NULL;
	}
	fclose(f);
	return realloc(bytes, *ret_size ? *ret_size : 1);
}

static int part(void *ctx, unsigned index, const void **ret, size_t *ret_size)
{
	struct files *f = ctx;
	char name[256];

	if (index >= SPLIT_MAX || strlen(f->name) < 5)
		return -ENOENT;
	snprintf(name, sizeof(name), "%.*sb%02u", (int)strlen(f->name) - 3, f->name, index);
	if (!f->bytes[index])
		f->bytes[index] = read_file(f->folder, name, &f->size[index]);
	*ret = f->bytes[index];
	*ret_size = f->size[index];
	return f->bytes[index] ? 0 : -ENOENT;
}

static struct cw_image_root *root(const char *folder, const char *word)
{
	struct cw_image_root *ret = NULL;
	struct cw_error err;
	char path[4096];

	if (!strcmp(word, "self"))
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", folder, word);
	if (cw_image_root_load(path, &ret, &err) < 0 && cw_image_root_load(word, &ret, &err) < 0) {
		printf("root '%s': %s\n", word, err.text);
		abort();
	}
	return ret;
}

struct asked {
	struct cw_image_mbn_check check;
	uint32_t soc, oem, model;
	struct cw_image_root *oem_root, *qti_root;
};

/* The words of the command line. */
static void read_args(const char *folder, char *args, struct asked *a)
{
	char *word, *value;

	while ((word = strsep(&args, " "))) {
		if (!strcmp(word, "--check-validity"))
			a->check.valid_at = time(NULL);
		if (!strcmp(word, "--check-validity") || !strcmp(word, "--unsigned-container"))
			continue;
		value = strsep(&args, " ");
		assert(value);
		if (!strcmp(word, "--root"))
			a->check.oem_root = a->oem_root = root(folder, value);
		else if (!strcmp(word, "--qti-root"))
			a->check.qti_root = a->qti_root = root(folder, value);
		else if (!strcmp(word, "--pas"))
			a->check.pas = value;
		else if (!strcmp(word, "--min-rollback"))
			a->check.minimum_rollback = (uint32_t)strtoul(value, NULL, 0);
		else if (!strcmp(word, "--soc"))
			a->soc = (uint32_t)strtoul(value, NULL, 0), a->check.soc = &a->soc;
		else if (!strcmp(word, "--oem"))
			a->oem = (uint32_t)strtoul(value, NULL, 0), a->check.oem = &a->oem;
		else if (!strcmp(word, "--model"))
			a->model = (uint32_t)strtoul(value, NULL, 0), a->check.model = &a->model;
		else
			assert(!"an option that this test does not know");
	}
}

static void check_image(const struct cw_image *image, const struct asked *a)
{
	const struct cw_image_segment *s;
	const struct cw_image_signer *who = cw_image_signer(image, 0);
	uint64_t version;
	unsigned n = 0;

	assert(cw_image_format(image) == CW_IMAGE_MBN && cw_image_digest(image));
	assert(cw_image_authentic(image) == !!a->oem_root);
	assert(who && !strcmp(who->authority, "OEM") && strlen(who->root_sha256) == 64 &&
	       strlen(who->root_sha384) == 96 && who->scheme && who->software);
	assert(cw_image_version(image, &version) && version == who->rollback);
	assert(version >= a->check.minimum_rollback && (who->n_soc || !who->soc_bound));
	assert(!a->qti_root || !strcmp(cw_image_signer(image, 1)->authority, "QTI"));
	assert(!cw_image_signer(image, 2));
	while ((s = cw_image_segment(image, n))) {
		assert(s->filesz <= s->memsz && (s->digest_size || !s->filesz));
		assert(!s->sha256 || s->digest_size == 32);
		n++;
	}
	assert(n && n == cw_image_segments(image));
}

/* "*" is any refusal. */
static int is_code(int reason, const char *code)
{
	return !strcmp(code, "*") || !strcmp(cw_image_reason_name(reason), code);
}

/* 0 as the table says, 1 otherwise, -1: what the library leaves to its caller, several ELF files in one. */
static int check_row(const char *folder, const char *name, char *args, const char *code,
		     const char *keyword)
{
	struct files files = {.folder = folder, .name = name};
	struct asked a = {.check = {.part = part, .ctx = &files}};
	struct cw_image *image = NULL;
	struct cw_error err = {0};
	size_t size;
	unsigned char *bytes = read_file(folder, name, &size);
	int r, ret = 0;

	assert(bytes);
	/* What cannot be asked of the library: an ELF file before the image, any root for a signature that is required. */
	if (strstr(args, "--unsigned-container") || strstr(args, "--qti-root self")) {
		free(bytes);
		return -1;
	}
	read_args(folder, args, &a);
	r = cw_image_open_mbn(bytes, size, &a.check, &image, &err);
	if (!r)
		check_image(image, &a);
	if (r == -EOPNOTSUPP && strstr(err.text, "another ELF file"))
		ret = -1;
	else if (!strcmp(code, "ok"))
		ret = r != 0;
	else
		ret = r >= 0 || !is_code(err.reason, code) ||
		      /* what the files of a split image are called is the caller's affair */
		      (!strcasestr(err.text, keyword) && !strstr(err.text, "in no file of its own"));
	if (ret > 0)
		printf("%s: %d (%s) '%s', wanted %s '%s'\n", name, r, r ? cw_image_reason_name(err.reason) : "ok",
		       err.text, code, keyword);
	cw_image_free(image);
	cw_image_root_free(a.oem_root);
	cw_image_root_free(a.qti_root);
	for (unsigned i = 0; i < SPLIT_MAX; i++)
		free(files.bytes[i]);
	free(bytes);
	return ret;
}

static void check_odd(const char *folder)
{
	static const uint32_t soc = 0x6001;
	struct cw_image_mbn_check check = {.pas = "adsp"};
	struct cw_image_check key = {.compatible = "x"};
	struct cw_image_region region = {.name = "hole", .da = 0, .size = 16};
	struct cw_image_root *none = NULL;
	struct cw_image *image = NULL;
	struct cw_error err;
	size_t size;
	unsigned char *bytes = read_file(folder, "good-v7-p384.mbn", &size);
	unsigned char zeros[16] = {1};

	assert(bytes && cw_image_recognise(bytes, size) == CW_IMAGE_MBN);
	assert(!strcmp(cw_image_format_name(CW_IMAGE_MBN), "mbn"));
	assert(cw_image_open(bytes, size, NULL, &image, &err) == 0);
	assert(!cw_image_authentic(image) && cw_image_signer(image, 0));
	assert(!cw_image_resource_table(image, &size, NULL) && !cw_image_target(image));
	image = cw_image_free(image);
	bytes = (free(bytes), read_file(folder, "good-v7-p384.mbn", &size));
	assert(cw_image_open(bytes, size, &key, &image, &err) == -EOPNOTSUPP && !image);
	check.soc = &soc;
	check.regions = &region;
	check.n_regions = 1;
	assert(cw_image_open_mbn(bytes, size, &check, &image, &err) == -ERANGE && strstr(err.text, "hole"));
	check.pas = "nobody";
	assert(cw_image_open_mbn(bytes, size, &check, &image, NULL) == -EINVAL);
	assert(cw_image_open_mbn(bytes, 3, NULL, &image, &err) == -EBADMSG);
	assert(cw_image_open_mbn(bytes, size, NULL, &image, &err) == 0);
	cw_image_free(image);
	for (size_t cut = 0; cut < size; cut += cut < 512 ? 1 : 331) {
		unsigned char *head = malloc(cut ? cut : 1);

		memcpy(head, bytes, cut);
		assert(cw_image_open_mbn(head, cut, NULL, &image, &err) < 0);
		if (cw_image_open(head, cut, NULL, &image, &err) == 0)
			cw_image_free(image);
		free(head);
	}
	free(bytes);
	assert(cw_image_root_load("self", &none, &err) == -EBADMSG && !none);
	assert(cw_image_root_load("/nowhere", &none, &err) < 0 && !cw_image_root_free(NULL));
	assert(cw_image_check_resource_table(zeros, sizeof(zeros), &err) == 0);
	assert(cw_image_check_resource_table(zeros, 15, &err) == -EBADMSG);
	zeros[0] = 2;
	assert(cw_image_check_resource_table(zeros, sizeof(zeros), NULL) == -EBADMSG);
}

int main(int argc, char **argv)
{
	int rows = 0, wrong = 0, several = 0;
	char line[8192], *rest;
	FILE *f = argc == 3 ? fopen(argv[1], "r") : NULL;

	assert(f && fgets(line, sizeof(line), f) && !strncmp(line, "file\targs\tcode\tkeyword\t", 23));
	while (fgets(line, sizeof(line), f)) {
		char *name = (rest = line, strsep(&rest, "\t")), *args = strsep(&rest, "\t");
		char *code = strsep(&rest, "\t"), *keyword = strsep(&rest, "\t");
		int r = check_row(argv[2], name, args, code, keyword);

		wrong += r > 0;
		several += r < 0;
		rows++;
	}
	fclose(f);
	check_odd(argv[2]);
	printf("%d images, %d that the library is not asked about, %d judged otherwise than by everybody else\n", rows, several,
	       wrong);
	return wrong || rows < 60 || several < 1 || several > 10;
}
