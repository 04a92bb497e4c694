# SPDX-License-Identifier: BSD-2-Clause
global-incdirs-y += .
ifeq ($(CFG_STRAIN_MANY),y)
cppflags-y += -DCFG_STRAIN_MANY
endif
srcs-y += main.c
