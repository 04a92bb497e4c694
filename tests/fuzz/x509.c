// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/x509.c - certificate chains of Qualcomm images
 *
 * OpenSSL decodes; what is ours is the walk over the area, the fields of the leaf, every sentence, and all text for a
 * terminal.
 */
#include "fuzz.h"

#include "crypto/verify.h"
#include "crypto/x509.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	cw_crypto_start();
	return 0;
}

static void printable(const char *text)
{
	for (; *text; text++)
		fuzz_check(*text >= ' ' && *text <= '~');
}

static void look(struct cw_chain *chain, struct cw_span area)
{
	struct cw_cert_info info;
	struct cw_refusal why = {0};
	struct cw_cert_ids ids;
	enum cw_scheme scheme;
	size_t end = 0;

	for (unsigned i = 0; i < cw_chain_count(chain); i++) {
		cw_chain_cert(chain, i, &info);
		fuzz_check(info.offset == end && info.len);
		end += info.len;
		printable(info.subject);
		printable(info.issuer);
		printable(info.serial);
		printable(info.key);
		printable(info.algorithm);
		printable(info.not_before);
		printable(info.not_after);
	}
	fuzz_check(end <= area.len);
	fuzz_refusal(cw_chain_scheme(chain, &scheme, &why), &why, area.len);
	fuzz_refusal(cw_chain_ids(chain, &ids, &why), &why, area.len);
	fuzz_refusal(cw_chain_check_time(chain, 1700000000, &why), &why, area.len);
	for (unsigned root = 0; root < 3; root++) {
		struct cw_root named = {.len = CW_SHA384_SIZE};
		struct cw_span der = cw_chain_der(chain, root < cw_chain_count(chain) ? root : 0);
		int all = cw_chain_check(chain, root, NULL, &why), but_named;

		fuzz_refusal(all, &why, area.len);
		fuzz_check(cw_digest_parts(&der, 1, named.len, named.digest));
		but_named = cw_chain_check(chain, root, &named, &why);
		fuzz_refusal(but_named, &why, area.len);
		fuzz_check(all || !but_named); /* what is good stays good */
	}
	fuzz_refusal(cw_chain_verify(chain, &area, 1, area, 0, &why), &why, area.len);
	cw_chain_leaf_spki(chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);
	struct cw_span area = cw_span(copy, size);
	struct cw_chain *chain = NULL;
	struct cw_refusal why = {0};
	int rc = cw_chain_read(area, 0, &chain, &why);

	fuzz_refusal(rc, &why, size);
	fuzz_check(!rc == !!chain);
	if (chain)
		look(chain, area);
	cw_chain_free(chain);
	free(copy);
	return 0;
}
