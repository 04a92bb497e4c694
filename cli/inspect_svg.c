// SPDX-License-Identifier: BSD-2-Clause
/* cli/inspect_svg.c - inspect --svg: gather, lay out, draw, write */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"
#include "cli/picture.h"
#include "host/cleanup.h"
#include "sign/container.h"

#define PICTURE_TOP 116.0

static const char *format_words(const char *format)
{
	static const char *const words[][2] = {
		{"rproc", "signed remoteproc container"},
		{"rproc-2021", "signed container of 2021"},
		{"elf", "ELF file"},
		{"elf64", "ELF file of 64 bits"},
		{"mbn", "Qualcomm image"},
		{"ta", "trusted application"},
		{"mali-csffw", "firmware of a Mali GPU"},
		{"resource-table", "resource table"},
	};

	for (size_t i = 0; format && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(format, words[i][0]))
			return words[i][1];
	return "file";
}

static int write_picture(const struct inspect_picture *what, const struct picture *p,
			 const json_t *tree, const struct cli_map *map, bool broken,
			 struct cw_error *err)
{
	cleanup_free char *bytes = NULL;
	const char *slash = strrchr(what->file, '/');
	const char *name = slash ? slash + 1 : what->file;
	char title[240], subtitle[240], shown[160];
	size_t len = 0;
	FILE *f = open_memstream(&bytes, &len);
	bool lost;

	if (!f)
		return cw_error_set(err, -ENOMEM, "no memory for the picture");
	snprintf(title, sizeof(title), "Memory map of %s",
		 cli_printable(cw_span(name, strlen(name)), shown, sizeof(shown)));
	snprintf(subtitle, sizeof(subtitle), "%s%s",
		 format_words(json_string_value(json_object_get(tree, "format"))),
		 broken ? ", which is broken: see inspect" : "");
	if (map)
		snprintf(subtitle + strlen(subtitle), sizeof(subtitle) - strlen(subtitle),
			 "; %.60s, processor %s; device addresses", map->board.model,
			 map->rproc->name);
	picture_draw(f, p, title, subtitle);
	lost = ferror(f);
	if (fclose(f) || lost)
		return cw_error_set(err, -ENOMEM, "no memory for the picture");
	return cw_sign_write_file(what->out, bytes, len, err);
}

static int draw(const struct inspect_picture *what, struct inspect *i, struct cw_error *err)
{
	cleanup_free struct picture *p = calloc(1, sizeof(*p));
	cleanup_free struct cli_map *map = what->board ? calloc(1, sizeof(*map)) : NULL;
	json_t *tree;
	int r;

	if (!p || (what->board && !map))
		return cw_error_set(err, -ENOMEM, "no memory for the picture");
	if (map) {
		r = cli_map_load(what->board, what->rproc, map, err);
		if (r < 0)
			return r;
	}
	i->keep_places = true;
	i->r = report_new(true);
	r = i->r ? inspect_path(i, what->file, err) : cw_error_set(err, -ENOMEM, "no memory");
	tree = report_take(i->r);
	if (!r && (!tree || i->failed))
		r = cw_error_set(err, -ENOMEM, "no memory for the picture");
	if (!r)
		r = picture_collect(i, map, p, err);
	if (!r) {
		picture_lay_out(p, PICTURE_TOP);
		r = write_picture(what, p, tree, map, i->broken, err);
	}
	json_decref(tree);
	return r;
}

int inspect_draw(const struct inspect_picture *what)
{
	struct inspect i = {0};
	struct cw_error err;
	int r = draw(what, &i, &err);

	inspect_done(&i);
	if (!r)
		return CLI_DONE;
	cw_error_wrap(&err, r, "inspect '%s'", what->file);
	return cli_fail(false, &err);
}
