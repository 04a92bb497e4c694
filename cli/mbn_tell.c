// SPDX-License-Identifier: BSD-2-Clause
/* cli/mbn_tell.c - bindings and certificates in words */
#include "cli/mbn.h"

#include <stdio.h>
#include <string.h>

/* "0x6003 0x6007"; how many. */
static unsigned soc_list(const struct cw_mbn_binding *b, char *text, size_t size)
{
	unsigned n = 0;
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < CW_MBN_SOCS; i++)
		if (b->soc[i]) {
			used += cw_format(text + used, size - used, "%s0x%x", n ? " " : "",
					  b->soc[i]);
			n++;
		}
	return n;
}

static void tell_id(struct report *r, const char *key, const char *label, uint32_t value,
		    bool bound)
{
	char bound_key[48];

	snprintf(bound_key, sizeof(bound_key), "%s_bound", key);
	report_num(r, key, label, value, "0x%x%s", value, bound ? "" : " (not bound)");
	report_bool(r, bound_key, NULL, bound);
}

static void tell_serials(struct report *r, const struct cw_mbn_binding *b)
{
	char text[CW_MBN_SERIALS * 20] = "";
	size_t used = 0;

	for (unsigned i = 0; i < CW_MBN_SERIALS; i++)
		if (b->serial[i])
			used += cw_format(text + used, sizeof(text) - used, "%s0x%llx",
					  used ? " " : "", (unsigned long long)b->serial[i]);
	if (used || b->serial_bound)
		report_text(r, "serials", "serial numbers", "%s%s", used ? text : "none",
			    b->serial_bound ? "" : " (not bound)");
}

/* Of version 7 every flag is 1 (no) or 2 (yes): another was refused with the metadata. */
static void tell_flags(struct report *r, uint32_t version, const struct cw_mbn_binding *b)
{
	char text[256] = "";
	const char *name;
	unsigned value;
	size_t used = 0;

	for (unsigned i = 0; cw_mbn_flag(version, b->flags, i, &name, &value); i++) {
		if (version == 7 ? value == 1 : !value)
			continue;
		used += cw_format(text + used, sizeof(text) - used, "%s%s", used ? ", " : "", name);
		if (version != 7 && value > 1)
			used += cw_format(text + used, sizeof(text) - used, " = %u", value);
	}
	report_num(r, "flags", "flags", b->flags, "0x%x: %s", b->flags, used ? text : "none");
	report_text(r, "flags_in_words", NULL, "%s", text);
}

static void tell_v7(struct report *r, const struct cw_mbn_binding *b)
{
	char hash[2 * sizeof(b->root_hash) + 1];
	size_t len = b->root_algorithm == CW_MBN_SHA256 ? 32 : 48;

	tell_id(r, "feature_id", "SoC feature id", b->feature_id, b->feature_bound);
	report_num(r, "oem_lifecycle", "OEM lifecycle", b->lifecycle, "0x%llx%s",
		   (unsigned long long)b->lifecycle, b->lifecycle_bound ? "" : " (not bound)");
	if (!b->root_algorithm && !b->root_bound)
		return;
	cw_hex_encode(b->root_hash + sizeof(b->root_hash) - len, len, hash);
	report_text(r, "oem_root_hash", "OEM root hash", "%s%s", hash,
		    b->root_bound ? "" : " (not bound)");
}

void cli_mbn_tell_binding(struct report *r, uint32_t version, const struct cw_mbn_binding *b)
{
	char list[CW_MBN_SOCS * 12 + 1];

	report_num(r, "software_id", "SW_ID", b->software_id, "0x%x (%s)", b->software_id,
		   cw_mbn_software_name(b->software_id));
	report_text(r, "software", NULL, "%s", cw_mbn_software_name(b->software_id));
	report_num(r, "rollback", "rollback version", b->rollback, NULL);
	if (version >= 6)
		report_text(r, "metadata_version", "metadata version", "%u.%u", b->major, b->minor);
	tell_id(r, "hw_id", "HW_ID", b->hw_id, b->hw_bound);
	if (soc_list(b, list, sizeof(list)))
		report_text(r, "soc_versions", "SoC versions", "%s%s", list,
			    b->soc_bound ? "" : " (not bound)");
	else
		report_text(r, "soc_versions", "SoC versions", "none%s",
			    b->soc_bound ? "" : " (not bound)");
	report_bool(r, "soc_bound", NULL, b->soc_bound);
	tell_id(r, "oem_id", "OEM id", b->oem_id, b->oem_bound);
	tell_id(r, "model_id", "model id", b->model_id, b->model_bound);
	tell_serials(r, b);
	if (version == 7)
		tell_v7(r, b);
	if (version >= 6) {
		report_num(r, "app_id", "app id", b->app_id, "0x%x", b->app_id);
		report_num(r, "root_index", "root index", b->root_index, NULL);
		tell_flags(r, version, b);
	}
	report_bool(r, "debug", NULL, b->debug);
	if (b->debug)
		report_text(r, NULL, "debug", "switched on by this image");
}

static const char *role(const struct cw_chain *chain, unsigned i)
{
	if (!i)
		return "leaf";
	return i == 1 && cw_chain_count(chain) > 2 ? "authority" : "root";
}

void cli_mbn_tell_chain(struct report *r, const struct cw_chain *chain)
{
	struct cw_cert_info info;

	report_list_open(r, "certificates");
	for (unsigned i = 0; i < cw_chain_count(chain); i++) {
		cw_chain_cert(chain, i, &info);
		report_open(r, NULL, "certificate %u (%s)", i, role(chain, i));
		report_text(r, "role", NULL, "%s", role(chain, i));
		report_text(r, "subject", "subject", "%s", info.subject);
		report_text(r, "issuer", info.self_issued ? NULL : "issuer", "%s", info.issuer);
		report_text(r, "serial", "serial", "%s", info.serial);
		report_text(r, "key", "key", "%s", info.key);
		report_text(r, "algorithm", "signed with", "%s", info.algorithm);
		report_text(r, "not_before", NULL, "%s", info.not_before);
		report_text(r, "not_after", NULL, "%s", info.not_after);
		report_text(r, NULL, "valid", "%s to %s UTC", info.not_before, info.not_after);
		report_text(r, "sha256", "SHA-256", "%s", info.sha256);
		report_text(r, "sha384", role(chain, i)[0] == 'r' ? "SHA-384" : NULL, "%s",
			    info.sha384);
		report_num(r, "offset", NULL, info.offset, NULL);
		report_num(r, "size", NULL, info.len, NULL);
		report_close(r);
	}
	report_list_close(r);
}
