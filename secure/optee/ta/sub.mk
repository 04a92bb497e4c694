# SPDX-License-Identifier: BSD-2-Clause
global-incdirs-y += include
srcs-y += $(OPTEE_TA)/src/remoteproc_core.c $(OPTEE_TA)/src/elf_parser.c
