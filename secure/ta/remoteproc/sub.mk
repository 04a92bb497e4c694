# SPDX-License-Identifier: BSD-2-Clause
# For OP-TEE's build. Absolute paths, so that objects of lib/ land inside the output folder.
cw-root := $(abspath $(sub-dir)/../../..)

global-incdirs-y += .
global-incdirs-y += ../../api
cppflags-y += -I$(cw-root)/lib -I$(cw-root)
ifneq ($(CFG_CW_TA_UUID),)
cppflags-y += -DCFG_CW_TA_UUID=0x$(CFG_CW_TA_UUID)
endif

srcs-y += main.c
srcs-y += load.c
srcs-y += service.c
srcs-y += key.c
srcs-y += result.c

srcs-y += $(cw-root)/lib/base/refusal.c
srcs-y += $(addprefix $(cw-root)/lib/image/, elf32.c rsc_table.c tlv.c rproc.c rproc_records.c rproc_elf.c rproc_encryption.c rproc_rsc.c rproc_search.c)
