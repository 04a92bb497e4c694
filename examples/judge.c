// SPDX-License-Identifier: BSD-2-Clause
/* judge.c - what is in a firmware image, and would a board that trusts KEY take it?
 *
 *	cc judge.c -o judge $(pkg-config --cflags --libs corewarden-image)
 *	./judge echo.signed key.pub
 */
#include <corewarden/image.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	struct cw_image_check check = {.compatible = "st,stm32mp1-m4"};
	static unsigned char bytes[16 << 20];
	const struct cw_image_segment *s;
	struct cw_key *key = NULL;
	struct cw_image *image;
	struct cw_error err;
	FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
	size_t size = f ? fread(bytes, 1, sizeof(bytes), f) : 0;

	if (!f)
		return fprintf(stderr, "usage: judge FILE [PUBLIC-KEY]\n"), 2;
	fclose(f);
	if (argc > 2 && cw_image_key_load(argv[2], &key, &err) < 0)
		return fprintf(stderr, "%s\n", err.text), 1;
	check.key = key;
	if (cw_image_open(bytes, size, &check, &image, &err) < 0) {
		printf("refused (%s): %s\n", cw_image_reason_name(err.reason), err.text);
		cw_image_key_free(key);
		return 1;
	}
	printf("%s, %s\n", cw_image_format_name(cw_image_format(image)),
	       cw_image_authentic(image) ? "authentic" : "the signature was not checked");
	for (unsigned i = 0; (s = cw_image_segment(image, i)); i++)
		printf("0x%08llx %8llu bytes %s%s%s\n", (unsigned long long)s->da,
		       (unsigned long long)s->memsz, s->flags & 4 ? "r" : "-", s->flags & 2 ? "w" : "-",
		       s->flags & 1 ? "x" : "-");
	cw_image_free(image);
	cw_image_key_free(key);
	return 0;
}
