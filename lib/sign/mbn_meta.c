// SPDX-License-Identifier: BSD-2-Clause
/* sign/mbn_meta.c - writing metadata: the reverse of image/mbn_meta.c, whose tables say where the fields are */
#include <string.h>

#include "sign/mbn_internal.h"

#define V7_MAJOR 3u

static uint32_t v6_flags(const struct cw_mbn_binding *b)
{
	uint32_t flags = 0;

	flags |= b->soc_bound ? 1u << 1 : 0;
	flags |= b->serial_bound ? 1u << 2 : 0;
	flags |= b->oem_bound ? 0 : 1u << 3;
	flags |= b->debug ? 2u << 8 : 0;
	flags |= b->hw_bound ? 1u << 10 : 0;
	flags |= b->model_bound ? 0 : 1u << 11;
	return flags;
}

static uint32_t v7_flag(bool yes, unsigned shift)
{
	return (yes ? 2u : 1u) << shift;
}

static uint32_t v7_flags(const struct cw_mbn_binding *b)
{
	return v7_flag(b->soc_bound, 0) | v7_flag(b->feature_bound, 2) | v7_flag(b->hw_bound, 4) |
	       v7_flag(b->serial_bound, 6) | v7_flag(b->oem_bound, 8) |
	       v7_flag(b->model_bound, 10) | v7_flag(b->soc_lifecycle_bound, 12) |
	       v7_flag(b->lifecycle_bound, 14) | v7_flag(b->root_bound, 16) |
	       v7_flag(b->debug, 18) | v7_flag(false, 20);
}

static void write_v6(const struct cw_mbn_binding *b, uint8_t *p)
{
	/* The flags of hardware id and model id count from major version 1 on. */
	cw_put_le32(p, b->hw_bound || !b->model_bound);
	cw_put_le32(p + 8, b->software_id);
	cw_put_le32(p + 12, b->hw_id);
	cw_put_le32(p + 16, b->oem_id);
	cw_put_le32(p + 20, b->model_id);
	cw_put_le32(p + 24, b->app_id);
	cw_put_le32(p + 28, v6_flags(b));
	for (unsigned i = 0; i < CW_MBN_SOCS; i++)
		cw_put_le32(p + 32 + 4 * i, b->soc[i]);
	for (unsigned i = 0; i < CW_MBN_SERIALS; i++)
		cw_put_le32(p + 80 + 4 * i, (uint32_t)b->serial[i]);
	cw_put_le32(p + 112, b->root_index);
	cw_put_le32(p + 116, b->rollback);
}

static void write_v7(const struct cw_mbn_binding *b, uint8_t *p)
{
	cw_put_le32(p, V7_MAJOR);
	cw_put_le32(p + 8, b->rollback);
	cw_put_le32(p + 12, b->root_index);
	for (unsigned i = 0; i < CW_MBN_SOCS; i++)
		cw_put_le32(p + 16 + 4 * i, b->soc[i]);
	cw_put_le32(p + 64, b->feature_id);
	cw_put_le32(p + 68, b->hw_id);
	for (unsigned i = 0; i < CW_MBN_SERIALS; i++)
		cw_put_le64(p + 72 + 8 * i, b->serial[i]);
	cw_put_le32(p + 136, b->oem_id);
	cw_put_le32(p + 140, b->model_id);
	cw_put_le64(p + 144, b->lifecycle);
	cw_put_le32(p + 152, b->root_algorithm);
	memcpy(p + 156, b->root_hash, sizeof(b->root_hash));
	cw_put_le32(p + 220, v7_flags(b));
}

void cw_mbn_write_meta(uint32_t version, enum cw_mbn_authority who, const struct cw_mbn_binding *b,
		       uint8_t *p)
{
	struct cw_mbn_binding mine = *b;

	/* A device belongs to an OEM; the second authority vouches for parts, not for customers. */
	if (who == CW_MBN_QTI) {
		mine.oem_bound = mine.model_bound = mine.root_bound = mine.debug = false;
		mine.root_algorithm = 0;
		memset(mine.root_hash, 0, sizeof(mine.root_hash));
	}
	if (version == 7)
		write_v7(&mine, p);
	else
		write_v6(&mine, p);
}

void cw_mbn_write_common(const struct cw_mbn_binding *b, unsigned digest_size, uint8_t *p)
{
	cw_put_le32(p + 8, b->software_id);
	cw_put_le32(p + 12, b->app_id);
	cw_put_le32(p + 16, digest_size == CW_SHA256_SIZE ? CW_MBN_SHA256 : CW_MBN_SHA384);
}
