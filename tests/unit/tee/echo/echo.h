/* SPDX-License-Identifier: BSD-2-Clause */
/* echo.h - the trusted application of the TEE's own tests: it does what its caller says, also what no TA should */
#ifndef CW_TEST_ECHO_H
#define CW_TEST_ECHO_H

/* The same source is built three times, with other flags. */
#define ECHO_UUID	 {0x5d1c7a10, 0x9c3e, 0x4b58, {0x8f, 0x11, 0x2a, 0x6e, 0x0c, 0x43, 0x57, 0x01}}
#define ECHO_MULTI_UUID	 {0x5d1c7a10, 0x9c3e, 0x4b58, {0x8f, 0x11, 0x2a, 0x6e, 0x0c, 0x43, 0x57, 0x02}}
#define ECHO_SINGLE_UUID {0x5d1c7a10, 0x9c3e, 0x4b58, {0x8f, 0x11, 0x2a, 0x6e, 0x0c, 0x43, 0x57, 0x03}}
/* The platform service that the test links into its TEE. */
#define ECHO_PTA_UUID	 {0x5d1c7a10, 0x9c3e, 0x4b58, {0x8f, 0x11, 0x2a, 0x6e, 0x0c, 0x43, 0x57, 0x10}}

enum echo_cmd {
	ECHO_VALUES = 1,     /* VIO a,b -> b,a; VI -> VO the same */
	ECHO_COPY = 2,	     /* MI -> MO the same bytes, SHORT_BUFFER when they do not fit */
	ECHO_XOR = 3,	     /* MIO: every byte ^ VI a */
	ECHO_WAIT = 4,	     /* VI a = milliseconds, b = 1: unmask cancellation */
	ECHO_PANIC = 5,
	ECHO_CRASH = 6,
	ECHO_LOOP = 7,
	ECHO_COUNT = 8,	     /* VO a = sessions of this instance, b = calls so far */
	ECHO_TYPES = 9,	     /* any parameters; result 0 and first byte of every output set to its index + 1 */
	ECHO_PTA = 10,	     /* VI a = command for the platform service; MIO through it; VO a = 1 when seen as shared */
	ECHO_SYSCALL = 11,   /* VI a: what a TA must not be able to do; VO a = errno when it lives */
	ECHO_EXIT = 12,
	ECHO_HEAP = 13,	     /* VO a = bytes that TEE_Malloc gave in blocks of 256, then freed */
	ECHO_NULL = 14,	     /* MO NULL: size 77, SHORT_BUFFER */
	ECHO_CLIENT = 15,    /* VO a = login; MO the UUID */
	ECHO_DIGEST = 16,    /* VI a = TEE_ALG_*; MI data; MO digest */
	ECHO_PTA_PRIVATE = 17, /* MIO through the platform service from the TA's own memory; VO a as ECHO_PTA */
	ECHO_VERIFY = 18,    /* VI a = TEE_ALG_*; MI key: RSA u32 modulus length + modulus + exponent, EC X + Y;
				MI digest; MI signature */
	ECHO_RAW = 20,	     /* MI a frame, sent to the TEE as it is; VO a = result word of the answer to a call
				of a platform service, else 0 */
	ECHO_RIGHTS = 21,    /* any, MREF, VI a = rights: the TEE's word on that memory */
	ECHO_API = 19,	     /* the rest of the API checks itself; VO a = line of the first failure */
};

#define ECHO_PTA_XOR	1 /* MIO ^ 0x5A; VO a = shared */
#define ECHO_PTA_GROW	2 /* MO: wants 100 bytes, filled with 0x11 */
#define ECHO_PTA_CALLER 3 /* MO: UUID of the calling TA */
#define ECHO_PTA_OPEN	4 /* VO a = open sessions of the service */

#endif
