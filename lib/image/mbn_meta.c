// SPDX-License-Identifier: BSD-2-Clause
/*
 * image/mbn_meta.c - metadata: what a signature of version 6 or 7 binds
 *
 *	v6, 120 bytes: major 0, minor 4, software id 8, hardware id 12, OEM id 16, model id 20, app id 24, flags 28,
 *	    12 SoC hardware versions 32, 8 serial numbers 80, root index 112, rollback 116
 *	v7, 224 bytes: major 0, minor 4, rollback 8, root index 12, 12 SoC hardware versions 16, feature id 64, hardware
 *	    id 68, 8 serial numbers of 64 bits 72, OEM id 136, model id 140, OEM lifecycle (64 bits) 144, root hash
 *	    algorithm 152, root hash (64 bytes) 156, flags 220
 *	v7 common, 24 bytes: major, minor, software id, app id, hash algorithm, measurement register
 */
#include "image/mbn.h"

#include <string.h>

#define V6_SOC_VERSION	     (1u << 1)
#define V6_SERIAL	     (1u << 2)
#define V6_OEM_INDEPENDENT   (1u << 3)
#define V6_DEBUG(flags)	     ((flags) >> 8 & 3)
#define V6_DEBUG_ON	     2u /* 1 keeps it off */
#define V6_HW_ID	     (1u << 10)
#define V6_MODEL_INDEPENDENT (1u << 11)
#define V7_FLAGS	     11 /* of two bits each */
#define V7_NO		     1u
#define V7_YES		     2u

bool cw_mbn_common(const struct cw_mbn_hash *h, struct cw_mbn_common *ret)
{
	const uint8_t *p = h->part[CW_MBN_COMMON].ptr;

	if (!h->part[CW_MBN_COMMON].len)
		return false;
	*ret = (struct cw_mbn_common){
		.major = cw_get_le32(p),
		.minor = cw_get_le32(p + 4),
		.software_id = cw_get_le32(p + 8),
		.app_id = cw_get_le32(p + 12),
		.hash_algorithm = cw_get_le32(p + 16),
		.measurement = cw_get_le32(p + 20),
	};
	return true;
}

static void read_v6(const uint8_t *p, struct cw_mbn_binding *b)
{
	b->software_id = cw_get_le32(p + 8);
	b->hw_id = cw_get_le32(p + 12);
	b->oem_id = cw_get_le32(p + 16);
	b->model_id = cw_get_le32(p + 20);
	b->app_id = cw_get_le32(p + 24);
	b->flags = cw_get_le32(p + 28);
	for (unsigned i = 0; i < CW_MBN_SOCS; i++)
		b->soc[i] = cw_get_le32(p + 32 + 4 * i);
	for (unsigned i = 0; i < CW_MBN_SERIALS; i++)
		b->serial[i] = cw_get_le32(p + 80 + 4 * i);
	b->root_index = cw_get_le32(p + 112);
	b->rollback = cw_get_le32(p + 116);
	b->soc_bound = b->flags & V6_SOC_VERSION;
	b->serial_bound = b->flags & V6_SERIAL;
	b->oem_bound = !(b->flags & V6_OEM_INDEPENDENT);
	b->debug = V6_DEBUG(b->flags) == V6_DEBUG_ON;
	/* The last two flags came with major version 1. */
	b->hw_bound = b->major && b->flags & V6_HW_ID;
	b->model_bound = !b->major || !(b->flags & V6_MODEL_INDEPENDENT);
}

static bool v7_flag(const struct cw_mbn_binding *b, unsigned shift)
{
	return (b->flags >> shift & 3) == V7_YES;
}

static void read_v7(const uint8_t *p, struct cw_mbn_binding *b)
{
	b->rollback = cw_get_le32(p + 8);
	b->root_index = cw_get_le32(p + 12);
	for (unsigned i = 0; i < CW_MBN_SOCS; i++)
		b->soc[i] = cw_get_le32(p + 16 + 4 * i);
	b->feature_id = cw_get_le32(p + 64);
	b->hw_id = cw_get_le32(p + 68);
	for (unsigned i = 0; i < CW_MBN_SERIALS; i++)
		b->serial[i] = cw_get_le64(p + 72 + 8 * i);
	b->oem_id = cw_get_le32(p + 136);
	b->model_id = cw_get_le32(p + 140);
	b->lifecycle = cw_get_le64(p + 144);
	b->root_algorithm = cw_get_le32(p + 152);
	memcpy(b->root_hash, p + 156, sizeof(b->root_hash));
	b->flags = cw_get_le32(p + 220);
	b->soc_bound = v7_flag(b, 0);
	b->feature_bound = v7_flag(b, 2);
	b->hw_bound = v7_flag(b, 4);
	b->serial_bound = v7_flag(b, 6);
	b->oem_bound = v7_flag(b, 8);
	b->model_bound = v7_flag(b, 10);
	b->soc_lifecycle_bound = v7_flag(b, 12);
	b->lifecycle_bound = v7_flag(b, 14);
	b->root_bound = v7_flag(b, 16);
	b->debug = v7_flag(b, 18);
}

static int check_v7_flags(const struct cw_mbn_hash *h, enum cw_mbn_authority who, uint32_t flags,
			  struct cw_refusal *r)
{
	uint64_t at = cw_mbn_part_at(h, cw_mbn_meta_part(who));
	const char *name = "";
	unsigned value = 0;

	for (unsigned i = 0; i < V7_FLAGS; i++) {
		cw_mbn_flag(7, flags, i, &name, &value);
		if (value != V7_NO && value != V7_YES)
			return cw_refuse(r, CW_CODE_RECORD, at == CW_NO_OFFSET ? at : at + 220,
					 "%s metadata: the flag '%s' is %u, neither no (1) nor yes "
					 "(2)",
					 cw_mbn_authority_name(who), name, value);
	}
	return 0;
}

int cw_mbn_metadata(const struct cw_mbn_hash *h, enum cw_mbn_authority who,
		    struct cw_mbn_binding *ret, struct cw_refusal *r)
{
	struct cw_span part = h->part[cw_mbn_meta_part(who)];
	struct cw_mbn_binding b = {0};
	struct cw_mbn_common common;
	int rc = 0;

	if (!part.len)
		return cw_refuse(r, CW_CODE_MISSING, h->at,
				 "the image has no %s metadata, so nothing says what it is for",
				 cw_mbn_authority_name(who));
	b.major = cw_get_le32(part.ptr);
	b.minor = cw_get_le32(part.ptr + 4);
	if (h->version == 7) {
		read_v7(part.ptr, &b);
		if (cw_mbn_common(h, &common)) {
			b.software_id = common.software_id;
			b.app_id = common.app_id;
		}
		rc = check_v7_flags(h, who, b.flags, r);
	} else {
		read_v6(part.ptr, &b);
	}
	if (!rc)
		*ret = b;
	return rc;
}
