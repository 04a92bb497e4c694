/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_kernel.h - Linux's TEE subsystem as a table of functions, behind struct teec_calls
 *
 * Devices are /dev/tee0 to /dev/tee9. Descriptors are real ones, so that what is not closed can be counted. It checks every
 * struct as drivers/tee/tee_core.c does, and its one trusted application does what the command says.
 */
#ifndef CW_TEST_FAKE_KERNEL_H
#define CW_TEST_FAKE_KERNEL_H

#include <linux/tee.h>
#include <stdbool.h>
#include <stdint.h>

#define FAKE_DEVICES 10

struct fake_device {
	bool there;
	int open_errno; /* 0: it opens */
	struct tee_ioctl_version_data version;
};

enum fake_cmd {
	FAKE_XOR = 1,	/* every byte of every memory ^ 0x5A; outputs of values: input + 1 */
	FAKE_WAIT = 2,	/* until it is cancelled: TEEC_ERROR_CANCEL */
	FAKE_SIZES = 3, /* output memory: size 1000 and TEEC_ERROR_SHORT_BUFFER */
	FAKE_CUT = 4,	/* as FAKE_XOR, but memory: size 1000, and all is well */
};

/* What was asked, for the test to look at. Written under a lock, read when nothing runs. */
struct fake_kernel {
	struct fake_device device[FAKE_DEVICES];
	int fail_errno;	     /* of the next ioctl with number fail_nr, then 0 */
	uint32_t fail_nr;
	unsigned allocs, registers, register_fds, opens, closes, cancels, invokes;
	uint32_t login;
	uint8_t client[16], uuid[16];
	uint64_t last_register_addr, last_register_len;
	struct tee_ioctl_param params[4]; /* of the last open or invoke, as they came */
};

extern struct fake_kernel fake_kernel;

/* Put it in the place of the real one, without devices. */
void fake_kernel_reset(void);
/* /dev/teeN with these capabilities. */
void fake_kernel_device(unsigned n, uint32_t impl_id, uint32_t gen_caps);

#endif
