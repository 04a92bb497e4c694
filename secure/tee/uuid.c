// SPDX-License-Identifier: BSD-2-Clause
/* secure/tee/uuid.c - UUIDs as GlobalPlatform's struct, as bytes, as text */
#include "secure/tee/internal.h"

#include <string.h>

#include "image/ta_header.h"

TEE_UUID uuid_from_bytes(const uint8_t b[16])
{
	TEE_UUID u = {
		.timeLow = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3],
		.timeMid = (uint16_t)(b[4] << 8 | b[5]),
		.timeHiAndVersion = (uint16_t)(b[6] << 8 | b[7]),
	};

	memcpy(u.clockSeqAndNode, b + 8, sizeof(u.clockSeqAndNode));
	return u;
}

void uuid_to_bytes(const TEE_UUID *u, uint8_t ret[16])
{
	for (int i = 0; i < 4; i++)
		ret[i] = (uint8_t)(u->timeLow >> (24 - 8 * i));
	ret[4] = (uint8_t)(u->timeMid >> 8);
	ret[5] = (uint8_t)u->timeMid;
	ret[6] = (uint8_t)(u->timeHiAndVersion >> 8);
	ret[7] = (uint8_t)u->timeHiAndVersion;
	memcpy(ret + 8, u->clockSeqAndNode, sizeof(u->clockSeqAndNode));
}

bool uuid_equal(const TEE_UUID *a, const TEE_UUID *b)
{
	/* 16 bytes without holes */
	return memcmp(a, b, sizeof(*a)) == 0;
}

void uuid_text(const TEE_UUID *uuid, char ret[37])
{
	uint8_t bytes[16];

	uuid_to_bytes(uuid, bytes);
	cw_ta_uuid_text(bytes, ret);
}
