/* SPDX-License-Identifier: BSD-2-Clause */
/* elf32.h - ELF types under the header name that TAs written for OP-TEE use */
#ifndef CW_TEE_ELF32_H
#define CW_TEE_ELF32_H

#include <elf.h>

#ifndef IS_ELF
#define IS_ELF(h)                                                                                  \
	((h).e_ident[EI_MAG0] == ELFMAG0 && (h).e_ident[EI_MAG1] == ELFMAG1 &&                     \
	 (h).e_ident[EI_MAG2] == ELFMAG2 && (h).e_ident[EI_MAG3] == ELFMAG3)
#endif

#endif
