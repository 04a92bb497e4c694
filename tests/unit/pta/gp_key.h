/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/pta/gp_key.h - public keys of the Internal Core API, and as the TA's command wants them */
#ifndef TEST_PTA_GP_KEY_H
#define TEST_PTA_GP_KEY_H

#include <stdbool.h>

#include <tee_internal_api.h>

bool gp_key_verify(TEE_ObjectHandle key, const void *digest, const void *sig, size_t len);
size_t gp_key_of(const uint8_t *der, size_t len, uint8_t out[520]);

#endif
