// SPDX-License-Identifier: BSD-2-Clause
/*
 * host/fuses.c - the two judged files of the state directory: fuses, and the board it belongs to
 *
 *	key0 HEX64 ... key3 HEX64	SHA-256 of DER SubjectPublicKeyInfo; a line is absent when
 *the fuse is blank require version,target,headers	any of the words state-id HEX64
 */
#include "host/state.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FUSES_FILE_MAX 2048
#define BOARD_FILE_MAX 512

static const struct {
	const char *word;
	uint32_t bit;
} requires[] = {
	{"version", CW_FUSE_REQUIRE_VERSION},
	{"target", CW_FUSE_REQUIRE_TARGET},
	{"headers", CW_FUSE_REQUIRE_HEADERS},
};
#define N_REQUIRES (sizeof(requires) / sizeof(*requires))

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool hex_read(const char *text, uint8_t ret[32])
{
	uint8_t v[32];

	if (strlen(text) != 64)
		return false;
	for (unsigned i = 0; i < 32; i++) {
		int hi = hex_digit(text[2 * i]), lo = hex_digit(text[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		v[i] = (uint8_t)(hi << 4 | lo);
	}
	memcpy(ret, v, sizeof(v));
	return true;
}

static void hex_write(const uint8_t v[32], char ret[65])
{
	for (unsigned i = 0; i < 32; i++)
		snprintf(ret + 2 * i, 3, "%02x", v[i]);
}

static bool blank(const uint8_t v[32])
{
	uint8_t any = 0;

	for (unsigned i = 0; i < 32; i++)
		any |= v[i];
	return !any;
}

static bool require_read(char *words, uint32_t *ret)
{
	char *save, *w;
	uint32_t mask = 0;

	for (w = strtok_r(words, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		unsigned i;

		for (i = 0; i < N_REQUIRES && strcmp(w, requires[i].word) != 0; i++)
			;
		if (i == N_REQUIRES)
			return false;
		mask |= requires[i].bit;
	}
	*ret = mask;
	return mask != 0;
}

/* One line, its newline cut off. @seen: a bit for each name, so that none comes twice. */
static bool fuse_line(char *line, struct cw_bus_fuses *f, unsigned *seen)
{
	char *value = strchr(line, ' ');
	unsigned bit;
	bool ok;

	if (!value)
		return false;
	*value++ = '\0';
	if (strncmp(line, "key", 3) == 0 && line[3] >= '0' && line[3] < '0' + CW_FUSE_KEYS &&
	    !line[4]) {
		bit = 1u << (line[3] - '0');
		ok = hex_read(value, f->key[line[3] - '0']) && !blank(f->key[line[3] - '0']);
	} else if (strcmp(line, "require") == 0) {
		bit = 1u << CW_FUSE_KEYS;
		ok = require_read(value, &f->require);
	} else if (strcmp(line, "state-id") == 0) {
		bit = 1u << (CW_FUSE_KEYS + 1);
		ok = hex_read(value, f->state_id);
	} else {
		return false;
	}
	if (*seen & bit)
		return false;
	*seen |= bit;
	return ok;
}

int cw_state_fuses_read(int dir_fd, struct cw_bus_fuses *ret, struct cw_error *err)
{
	struct cw_bus_fuses f = {0};
	char text[FUSES_FILE_MAX + 1];
	unsigned seen = 0, number = 0;
	int n = cw_state_file_read(dir_fd, "fuses", text, FUSES_FILE_MAX, err);

	if (n < 0 && n != -ENOENT)
		return n;
	if (n < 0)
		n = 0;
	text[n] = '\0';
	for (char *line = text, *end; line < text + n; line = end + 1) {
		number++;
		end = memchr(line, '\n', (size_t)(text + n - line));
		if (end)
			*end = '\0';
		/* A NUL inside would hide the rest of its line. */
		if (!end || strlen(line) != (size_t)(end - line) || !fuse_line(line, &f, &seen))
			return cw_error_set(err, -EBADMSG,
					    "state file 'fuses': line %u is malformed", number);
	}
	*ret = f;
	return 0;
}

int cw_state_fuses_write(int dir_fd, const struct cw_bus_fuses *fuses, struct cw_error *err)
{
	char text[FUSES_FILE_MAX], hex[65];
	size_t n = 0;
	const char *comma = "";

	for (unsigned i = 0; i < CW_FUSE_KEYS; i++) {
		if (blank(fuses->key[i]))
			continue;
		hex_write(fuses->key[i], hex);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "key%u %s\n", i, hex);
	}
	if (fuses->require &
	    ~(CW_FUSE_REQUIRE_VERSION | CW_FUSE_REQUIRE_TARGET | CW_FUSE_REQUIRE_HEADERS))
		return cw_error_set(err, -EINVAL, "fuses: unknown requirement 0x%x",
				    fuses->require);
	if (fuses->require) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "require ");
		for (unsigned i = 0; i < N_REQUIRES; i++) {
			if (!(fuses->require & requires[i].bit))
				continue;
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", comma,
					      requires[i].word);
			comma = ",";
		}
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\n");
	}
	hex_write(fuses->state_id, hex);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "state-id %s\n", hex);
	return cw_state_file_write(dir_fd, "fuses", text, n, err);
}

/* End @text after its first line, which is shown to people: false when it is not one of printable characters. */
static bool cut_line(char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	if (*text != '\n')
		return false;
	*text = '\0';
	return true;
}

int cw_state_board_check(int tee_fd, const char *compatible, const uint8_t dtb_sha256[32],
			 struct cw_error *err)
{
	char mine[BOARD_FILE_MAX], theirs[BOARD_FILE_MAX + 1], hex[65];
	int len, n;

	hex_write(dtb_sha256, hex);
	len = snprintf(mine, sizeof(mine), "%s\n%s\n", compatible, hex);
	if (len >= (int)sizeof(mine) || strpbrk(compatible, "\n"))
		return cw_error_set(err, -EINVAL, "board name cannot be recorded");
	n = cw_state_file_read(tee_fd, "board", theirs, BOARD_FILE_MAX, err);
	if (n == -ENOENT)
		return cw_state_file_write(tee_fd, "board", mine, (size_t)len, err);
	if (n < 0)
		return n;
	theirs[n] = '\0';
	if (n == len && memcmp(mine, theirs, (size_t)len) == 0)
		return 0;
	if (!cut_line(theirs))
		return cw_error_set(err, -EBADMSG, "state file 'board' is malformed");
	if (strcmp(theirs, compatible) == 0)
		return cw_error_set(err, -ESTALE,
				    "this state belongs to board %s with another device tree",
				    theirs);
	return cw_error_set(err, -ESTALE, "this state belongs to board %s, not to %s", theirs,
			    compatible);
}
