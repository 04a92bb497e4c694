/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image/source.h - where the judge reads an image from
 *
 * An image may lie in memory that another world can change at any moment. So the judge never looks into it: it asks for
 * copies of the parts it must understand, once each, and leaves the segments' bytes to the loader, which copies them to
 * a locked destination and hashes that. A source over private memory (an off-line tool) is the same with memcpy.
 */
#ifndef CW_IMAGE_SOURCE_H
#define CW_IMAGE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct cw_source {
	void *ctx;
	uint64_t size; /* bytes of the whole image, fixed */
	/* Copy [off, off+len), which the caller has checked against @size. 0, or -enum cw_code. */
	int (*read)(void *ctx, uint64_t off, void *buf, size_t len);
};

#endif
