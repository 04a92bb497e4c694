/* SPDX-License-Identifier: BSD-2-Clause */
/* bus/fake_tee.h - operations of the fake TEE that are not the bus' */
#ifndef TESTS_UNIT_BUS_FAKE_TEE_H
#define TESTS_UNIT_BUS_FAKE_TEE_H

#define FAKE_EXIT 1000
#define FAKE_HANG 1001
#define FAKE_ARGS 1002

#endif
