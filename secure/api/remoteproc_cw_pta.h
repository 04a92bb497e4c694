/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remoteproc_cw_pta.h - this project's commands of the remoteproc platform service
 *
 * By themselves, so that a service inside OP-TEE can have them beside OP-TEE's own remoteproc_pta.h.
 */
#ifndef REMOTEPROC_CW_PTA_H
#define REMOTEPROC_CW_PTA_H

#define PTA_CW_LOAD_BEGIN  0x43570010 /* VI id: lock and zero every firmware region before the first segment (FMT-W12) */
#define PTA_CW_BOARD_INFO  0x43570011 /* VI id; VO a = CW_FUSE_REQUIRE_*, b = 0; VO rollback lo/hi; MO compatible, or none. The
					 rollback minimum is that of the key that VERIFY_DIGEST found good last, or
					 the highest of all fused keys before that */
#define PTA_CW_SET_VERSION 0x43570012 /* VI id; VI version lo/hi: what START and life will make the new minimum */
#define PTA_CW_WINDOWS	   0x43570013 /* VI id; VI a = da, b = size of the resource table: windows of design.md 5 */
#define PTA_CW_WRITE_TABLE 0x43570014 /* VI id; VI a = da; MI bytes: write the table at its place, before START */
#define PTA_CW_KEY_TEXT	   0x43570015 /* VI id; MO text: fingerprints of the fused keys, for refusals; empty: blank */
#define PTA_CW_REGIONS	   0x43570016 /* VI id; MO text: the regions' device addresses, for refusals */
#define PTA_CW_READ_MEMORY 0x43570017 /* VI id; VI da lo/hi; MO bytes: read back what was loaded */
#define PTA_CW_CANONICAL   0x43570018 /* VI id; VI da lo/hi; VO lo/hi: one name for a byte that has several addresses */
#define PTA_CW_STATUS	   0x43570019 /* VI id; VO a = 0 idle, 1 memory locked, 2 running, b = 1 quarantined */
#define PTA_CW_LOAD_SEGMENTS 0x43570020 /* VI id, b = 1: LOAD_BEGIN first; MI image; MI table; VO a = first entry that is
					 refused: all segments of an image, after LOAD_BEGIN; zeros wherever none lies. Codes of LOAD_SEGMENT */
#define PTA_CW_SEARCH	   0x43570021 /* VI id; VI a = da, b = len; VO a = bytes before the next place, a multiple of 4
					 behind da, where the head of a resource table may stand; len: nowhere */
#define PTA_CW_DECRYPT	   0x43570022 /* VI id; MI record 0x1C004; MI signed program headers of all PT_LOADs, 32 bytes each;
					 VO a = number of the segment: decrypt in place what was loaded, wipe the key.
					 ITEM_NOT_FOUND this board has no device key; SECURITY the record was not made
					 for it, or not by who signed the image; MAC_INVALID segment a does not have its
					 tag; after any of these all of the processor's memory is zero */
#define PTA_CW_PLACE	   0x43570023 /* VI id; VI a = da, b = size; VO lo/hi: as CANONICAL, when firmware may load to all of
					 it; ACCESS_DENIED otherwise */

/* An entry of LOAD_SEGMENTS, little-endian: u64 offset in the image, u32 da, u32 bytes, u32 bytes in memory, u32 0, SHA-256 */
#define PTA_CW_SEGMENT_SIZE 56
#define PTA_CW_SEGMENTS_MAX 128

#endif
