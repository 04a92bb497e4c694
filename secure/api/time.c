// SPDX-License-Identifier: BSD-2-Clause
/* secure/api/time.c - time, waiting, cancellation, random bytes, and the extensions of OP-TEE */
#include "secure/api/internal.h"

#include <sys/random.h>
#include <time.h>

#include "image/ta_header.h"

static int64_t monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void get_time(clockid_t clock, TEE_Time *ret)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ret->seconds = (uint32_t)ts.tv_sec;
	ret->millis = (uint32_t)(ts.tv_nsec / 1000000);
}

TA_API void TEE_GetSystemTime(TEE_Time *time)
{
	get_time(CLOCK_MONOTONIC, time);
}

TA_API void TEE_GetREETime(TEE_Time *time)
{
	get_time(CLOCK_REALTIME, time);
}

TA_API bool TEE_GetCancellationFlag(void)
{
	while (ta_poll_events(0))
		;
	return ta_rt.cancelled && !ta_rt.cancel_masked;
}

static bool set_mask(bool masked)
{
	bool before = ta_rt.cancel_masked;

	ta_rt.cancel_masked = masked;
	return before;
}

TA_API bool TEE_UnmaskCancellation(void)
{
	return set_mask(false);
}

TA_API bool TEE_MaskCancellation(void)
{
	return set_mask(true);
}

TA_API TEE_Result TEE_Wait(uint32_t timeout)
{
	int64_t end = monotonic_ms() + timeout;

	for (;;) {
		int64_t left = end - monotonic_ms();

		if (TEE_GetCancellationFlag())
			return TEE_ERROR_CANCEL;
		if (timeout != TEE_TIMEOUT_INFINITE && left <= 0)
			return TEE_SUCCESS;
		ta_poll_events(timeout == TEE_TIMEOUT_INFINITE ? -1
			       : left > 60000		       ? 60000
							       : (int)left);
	}
}

TA_API void TEE_GenerateRandom(void *randomBuffer, size_t randomBufferLen)
{
	uint8_t *p = randomBuffer;

	while (randomBufferLen) {
		ssize_t n = getrandom(p, randomBufferLen, 0);

		/* A TA must never go on with bytes that are not random. */
		if (n <= 0)
			TEE_Panic(TEE_ERROR_GENERIC);
		p += n;
		randomBufferLen -= (size_t)n;
	}
}

TA_API TEE_Result tee_uuid_from_str(TEE_UUID *uuid, const char *s)
{
	uint8_t b[16];

	if (!cw_ta_uuid_parse(s, b))
		return TEE_ERROR_BAD_FORMAT;
	uuid->timeLow = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	uuid->timeMid = (uint16_t)(b[4] << 8 | b[5]);
	uuid->timeHiAndVersion = (uint16_t)(b[6] << 8 | b[7]);
	for (unsigned i = 0; i < sizeof(uuid->clockSeqAndNode); i++)
		uuid->clockSeqAndNode[i] = b[8 + i];
	return TEE_SUCCESS;
}

static TEE_Result cache_operation(char *buf, size_t len)
{
	/* OP-TEE allows these only to TAs that say they need them. */
	if (!(ta_rt.head->flags & TA_FLAG_CACHE_MAINTENANCE))
		return TEE_ERROR_ACCESS_DENIED;
	return TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_ANY_OWNER, buf, len);
}

TA_API TEE_Result TEE_CacheClean(char *buf, size_t len)
{
	return cache_operation(buf, len);
}

TA_API TEE_Result TEE_CacheFlush(char *buf, size_t len)
{
	return cache_operation(buf, len);
}

TA_API TEE_Result TEE_CacheInvalidate(char *buf, size_t len)
{
	return cache_operation(buf, len);
}
