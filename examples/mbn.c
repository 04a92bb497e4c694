// SPDX-License-Identifier: BSD-2-Clause
/* mbn.c - who signed a Qualcomm image, for what, and would a device that trusts ROOT take it?
 *
 *	cc mbn.c -o mbn $(pkg-config --cflags --libs corewarden-image)
 *	./mbn adsp.mbn root.crt adsp
 */
#include <corewarden/image.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	struct cw_image_mbn_check check = {.pas = argc > 3 ? argv[3] : NULL};
	static unsigned char bytes[64 << 20];
	const struct cw_image_signer *who;
	struct cw_image_root *root = NULL;
	struct cw_image *image;
	struct cw_error err;
	FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
	size_t size = f ? fread(bytes, 1, sizeof(bytes), f) : 0;

	if (!f)
		return fprintf(stderr, "usage: mbn FILE [ROOT [PERIPHERAL]]\n"), 2;
	fclose(f);
	if (argc > 2 && cw_image_root_load(argv[2], &root, &err) < 0)
		return fprintf(stderr, "%s\n", err.text), 1;
	check.oem_root = root;
	if (cw_image_open_mbn(bytes, size, &check, &image, &err) < 0) {
		printf("refused (%s): %s\n", cw_image_reason_name(err.reason), err.text);
		cw_image_root_free(root);
		return 1;
	}
	printf("%s\n", cw_image_authentic(image) ? "authentic" : "whole, but nobody said whom to trust");
	for (unsigned i = 0; (who = cw_image_signer(image, i)); i++)
		printf("%s: image type 0x%x (%s), rollback %u, %s, root %s\n", who->authority,
		       who->software_id, who->software, who->rollback, who->scheme, who->root_sha384);
	cw_image_free(image);
	cw_image_root_free(root);
	return 0;
}
