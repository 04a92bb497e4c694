# SPDX-License-Identifier: BSD-2-Clause
# For OP-TEE's build, as core/pta/corewarden/sub.mk.
srcs-$(CFG_CW_RPROC_QEMU) += rproc_qemu.c
srcs-$(CFG_CW_RPROC_QEMU) += rproc_pta.c
srcs-$(CFG_CW_RPROC_QEMU) += rproc_batch.c
srcs-$(CFG_CW_RPROC_QEMU) += rproc_words.c
srcs-$(CFG_CW_RPROC_QEMU) += fuses.c
