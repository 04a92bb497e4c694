/* SPDX-License-Identifier: BSD-2-Clause */
/* tee_api.h - the same as tee_internal_api.h, under the name that other TEEs also use */
#ifndef TEE_API_H
#define TEE_API_H

#include <tee_internal_api.h>

#endif
