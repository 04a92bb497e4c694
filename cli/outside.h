/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/outside.h - the key of 'corewarden sign': at hand, or elsewhere
 *
 * --digest-out writes what must be signed, --signature-in takes what was made of it; with either, --key is a public key.
 */
#ifndef CW_CLI_OUTSIDE_H
#define CW_CLI_OUTSIDE_H

#include "cli/cli.h"
#include "cli/report.h"
#include "crypto/key.h"

struct cli_outside {
	const char *digest_out, *signature_in;
};

#define CLI_OUTSIDE_HELP                                                                              \
	"      --passin SOURCE       passphrase of the key, PIN of the token: pass:TEXT, file:PATH, env:NAME,\n" \
	"                            fd:NUMBER or stdin, as with openssl; else it is asked for\n"             \
	"      --digest-out FILE     sign elsewhere, first pass: KEY is public, FILE gets the digest to sign\n"  \
	"      --signature-in FILE   second pass, with the same options: FILE holds the signature\n"

/* CLI_DONE, or CLI_USAGE after a sentence. */
int cli_outside_check(const struct cli_outside *o);

/* Load the key @name says. @wide: one that signs Qualcomm images. */
int cli_outside_load(const struct cli_outside *o, struct cli_passin *passin, const char *name,
		     bool wide, struct cw_key **ret, struct cw_error *err);

/* What signing returned, @r: in the first pass the digest is written instead, and 0 says so. */
int cli_outside_digest(const struct cli_outside *o, const struct cw_key *key, int r,
		       struct cw_error *err);

/* The answer of the first pass. */
int cli_outside_tell(const struct cli_outside *o, const struct cw_key *key, bool json);

#endif
