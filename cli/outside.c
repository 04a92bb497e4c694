// SPDX-License-Identifier: BSD-2-Clause
/* cli/outside.c - sign with a key that is elsewhere, in two passes */
#include "cli/outside.h"

#include <errno.h>

#include "host/cleanup.h"
#include "sign/container.h"

int cli_outside_check(const struct cli_outside *o)
{
	if (o->digest_out && o->signature_in)
		return cli_usage("sign",
				 "--digest-out and --signature-in are two passes: first the "
				 "one, then the other");
	return CLI_DONE;
}

static int load_public(const struct cli_outside *o, const char *name, bool wide,
		       struct cw_key **ret, struct cw_error *err)
{
	cleanup_free uint8_t *signature = NULL;
	size_t len = 0;
	int r = wide ? cw_key_load_verifier(name, ret, err) : cw_key_load_public(name, ret, err);

	if (!r && o->signature_in)
		r = cli_read_file(o->signature_in, &signature, &len, err);
	if (!r && o->signature_in && !len)
		r = cw_error_set(err, -EKEYREJECTED, "'%s' is empty where a signature belongs",
				 o->signature_in);
	return r < 0 ? r : cw_key_sign_outside(*ret, cw_span(signature, len), err);
}

int cli_outside_load(const struct cli_outside *o, struct cli_passin *passin, const char *name,
		     bool wide, struct cw_key **ret, struct cw_error *err)
{
	if (o->digest_out || o->signature_in)
		return load_public(o, name, wide, ret, err);
	return wide ? cw_key_load_signer(name, cli_passphrase, passin, ret, err)
		    : cw_key_load_private(name, cli_passphrase, passin, ret, err);
}

int cli_outside_digest(const struct cli_outside *o, const struct cw_key *key, int r,
		       struct cw_error *err)
{
	struct cw_key_task task;

	if (r != -EINPROGRESS || !cw_key_task(key, &task))
		return r;
	return cw_sign_write_file(o->digest_out, task.digest, task.len, err);
}

int cli_outside_tell(const struct cli_outside *o, const struct cw_key *key, bool json)
{
	struct report *r = report_new(json);
	char digest[2 * CW_SHA384_SIZE + 1];
	struct cw_key_task task;

	if (!r)
		return CLI_REFUSED;
	if (!cw_key_task(key, &task))
		return report_end(r), CLI_REFUSED;
	cw_hex_encode(task.digest, task.len, digest);
	report_line(r, false, "wrote %s: %zu bytes to sign, nothing is signed yet", o->digest_out,
		    task.len);
	report_bool(r, "ok", NULL, true);
	report_text(r, "digest_out", NULL, "%s", o->digest_out);
	report_text(r, "digest", "  digest", "%s", digest);
	report_text(r, "algorithm", "  algorithm", "%s", task.algorithm);
	report_text(r, "key_kind", "  key", "%s", cw_key_kind(key));
	report_text(r, "fingerprint", "  fingerprint", "%s", cw_key_fingerprint(key));
	report_text(r, "openssl", "  for example",
		    "openssl pkeyutl -sign -inkey KEY -in %s -out SIGNATURE %s", o->digest_out,
		    task.openssl);
	report_line(r, false,
		    "  then: the same command with --signature-in SIGNATURE instead of "
		    "--digest-out");
	return report_end(r) ? CLI_REFUSED : CLI_DONE;
}
