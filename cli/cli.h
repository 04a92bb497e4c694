/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/cli.h - what the sub-commands of corewarden share
 *
 * Each sub-command is one function in a file of its own, listed in main.c. It gets its own name as
 * argv[0] and returns the exit status. Text for people goes to stdout, one sentence with the remedy
 * to stderr; with --json, stdout carries one object instead, also when the command fails.
 */
#ifndef CW_CLI_CLI_H
#define CW_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/error.h>

#include "base/refusal.h"
#include "base/span.h"

enum cli_exit {
	CLI_DONE = 0,
	CLI_REFUSED = 1, /* refused or failed */
	CLI_USAGE = 2,
};

#define CLI_FILE_MAX (512u << 20) /* bytes of an input file */

int cmd_sign(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_verify_tee(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_ca(int argc, char **argv);
int cmd_provision(int argc, char **argv);
int cmd_boot(int argc, char **argv);

/* ---- options ---- */

struct option;

/* getopt_long() without its own messages: the next option's value, -1 at the end, or '?' after a
 * sentence was printed (return CLI_USAGE then). */
int cli_getopt(int argc, char **argv, const char *shorts, const struct option *longs);

/* Print "corewarden COMMAND: sentence" and where help is; returns CLI_USAGE. */
int cli_usage(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Print a help text to stdout; returns what cli_flush() does. */
int cli_help(const char *text);

/* A number in decimal, 0x or 0 form, at most @max. False when it is anything else. */
bool cli_number(const char *text, uint64_t max, uint64_t *ret);

/* What --require of @command was given, "version,target,headers", as CW_FUSE_REQUIRE_* bits. CLI_DONE, or CLI_USAGE after a
 * sentence. */
int cli_require(const char *command, const char *text, uint32_t *ret_bits);

/* ---- boards ---- */

#define CLI_BOARD_DEFAULT "stm32mp15"

/* Where the state of @board lives: @state when it is not NULL, else the default for the board's
 * name (of a path, the file's name without ".dtb"; NULL: CLI_BOARD_DEFAULT). Caller frees *@ret. */
int cli_state_path(const char *state, const char *board, char **ret, struct cw_error *err);

/* ---- results ---- */

/* Tell why a command failed, on stderr and (with @json) as {"ok": false, ...} on stdout. Returns
 * CLI_REFUSED. */
int cli_fail(bool json, const struct cw_error *err);

/* Everything printed is written, or a sentence says that it is not: CLI_DONE or CLI_REFUSED. */
int cli_flush(void);

struct report;

/* What a judge said, as members of a JSON object: verdict, code, and of a refusal its sentence and offset. */
void cli_report_verdict(struct report *r, int code, const struct cw_refusal *why);

/* Tell on stderr that @path is refused, after all that was printed: what, where, why. @r was filled by a judge that returned
 * @code. */
void cli_tell_refusal(const char *path, int code, const struct cw_refusal *r);

/* ---- input ---- */

/* A whole file, as a copy: another party may change or cut a file that is mapped, also while it is judged. @ret_bytes is the
 * caller's to free (never NULL on success). -EFBIG over CLI_FILE_MAX. */
int cli_read_file(const char *path, uint8_t **ret_bytes, size_t *ret_len, struct cw_error *err);

/* Bytes from elsewhere, for a terminal or JSON: what is not printable ASCII becomes \xNN, and what
 * does not fit is cut with
 * "...". Returns @buf. */
const char *cli_printable(struct cw_span bytes, char *buf, size_t size);

/* ---- passphrases ---- */

/* Where the passphrase of encrypted keys, or the PIN of a token, comes from. All zero: it is asked for on the terminal, at
 * each key. Else it is read once, when it is first wanted, and is good for all keys of the command. */
struct cli_passin {
	char *source; /* as openssl's -passin: pass:TEXT, file:PATH, env:NAME, fd:NUMBER, stdin; borrowed from argv */
	bool read;
	int len; /* of @phrase, or negative errno */
	char phrase[1024];
};

/* Take @text as the source: CLI_DONE, or CLI_USAGE after a sentence. */
int cli_passin_take(struct cli_passin *p, const char *command, char *text);

/* Wipe it, and what the command line or the environment holds of it. */
void cli_passin_done(struct cli_passin *p);

/* Has the shape of cw_key_passphrase; @arg is a struct cli_passin. */
int cli_passphrase(void *arg, const char *name, char *buf, size_t size);

#endif
