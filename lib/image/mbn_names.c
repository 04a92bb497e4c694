// SPDX-License-Identifier: BSD-2-Clause
/* image/mbn_names.c - numbers of MBN images in words */
#include "image/mbn.h"

#include <string.h>

const char *cw_mbn_segment_name(enum cw_mbn_segment type)
{
	static const char *const names[] = {"normal", "AMSS",	 "hash",      "boot",
					    "L4BSP",  "swapped", "swap pool", "headers"};

	return (unsigned)type < 8 ? names[type] : "?";
}

const char *cw_mbn_access_name(uint32_t flags)
{
	static const char *const names[] = {"RW",     "RO", "zero-init", "not used",
					    "shared", "5",  "6",	 "7"};

	return names[flags >> 21 & 7];
}

struct name {
	uint32_t number;
	const char *name;
};

static const char *find(const struct name *names, size_t n, uint32_t number, const char *none)
{
	for (size_t i = 0; i < n; i++)
		if (names[i].number == number)
			return names[i].name;
	return none;
}

#define FIND(table, number, none) find(table, sizeof(table) / sizeof(table[0]), number, none)

const char *cw_mbn_machine_name(uint16_t machine)
{
	static const struct name names[] = {
		{40, "ARM"}, {94, "Xtensa"}, {164, "Hexagon"}, {183, "AArch64"}, {243, "RISC-V"},
	};

	return FIND(names, machine, "?");
}

const char *cw_mbn_software_name(uint32_t software_id)
{
	static const struct name names[] = {
		{0x00, "sbl1"},	       {0x01, "mba"},	 {0x02, "modem"},      {0x03, "programmer"},
		{0x04, "adsp"},	       {0x05, "devcfg"}, {0x07, "tz"},	       {0x09, "uefi"},
		{0x0A, "rpm"},	       {0x0C, "tz app"}, {0x0D, "wcnss"},      {0x0E, "venus"},
		{0x12, "wlanmdsp"},    {0x14, "zap"},	 {0x15, "hyp"},	       {0x17, "cdsp"},
		{0x18, "slpi"},	       {0x1C, "abl"},	 {0x1D, "ipa"},	       {0x1F, "cmnlib"},
		{0x21, "aop"},	       {0x24, "qup"},	 {0x25, "xbl config"}, {0x31, "cpucp"},
		{0x42, "xbl ramdump"}, {0x44, "cdsp1"},	 {0x51, "modem_dtb"},  {0x52, "cdsp_dtb"},
		{0x53, "adsp_dtb"},    {0x58, "gpdsp0"}, {0x5A, "gpdsp1"},     {0x69, "av1"},
		{0x71, "kernel"},      {0x88, "soccp"},	 {0x9F, "soccp_dtb"},  {0xD1, "lpaicp"},
		{0xD2, "lpaicp_dtb"},
	};

	return FIND(names, software_id, "unknown");
}

/* PAS ids as Linux uses them; a second name of the same peripheral follows the first. */
static const struct cw_mbn_pas pas_table[] = {
	{"adsp", 1, 0x04},	 {"modem", 4, 0x02},	 {"wcnss", 6, 0x0D},
	{"venus", 9, 0x0E},	 {"video", 9, 0x0E},	 {"slpi", 12, 0x18},
	{"zap", 13, 0x14},	 {"gpu", 13, 0x14},	 {"ipa", 15, 0x1D},
	{"cdsp", 18, 0x17},	 {"cdsp0", 18, 0x17},	 {"cdsp1", 30, 0x44},
	{"adsp_dtb", 36, 0x53},	 {"cdsp_dtb", 37, 0x52}, {"modem_dtb", 38, 0x51},
	{"gpdsp0", 39, 0x58},	 {"gpdsp1", 40, 0x5A},	 {"soccp", 51, 0x88},
	{"soccp_dtb", 65, 0x9F}, {"lpaicp", 86, 0xD1},	 {"lpaicp_dtb", 87, 0xD2},
};

#define N_PAS (sizeof(pas_table) / sizeof(pas_table[0]))

const struct cw_mbn_pas *cw_mbn_pas_at(unsigned i)
{
	return i < N_PAS ? &pas_table[i] : NULL;
}

const struct cw_mbn_pas *cw_mbn_pas_by_name(const char *name)
{
	for (size_t i = 0; i < N_PAS; i++)
		if (!strcmp(pas_table[i].name, name))
			return &pas_table[i];
	return NULL;
}

const struct cw_mbn_pas *cw_mbn_pas_by_id(uint32_t id)
{
	for (size_t i = 0; i < N_PAS; i++)
		if (pas_table[i].id == id)
			return &pas_table[i];
	return NULL;
}

/* Fields of v6 flags; of v7 every field has two bits. */
struct flag {
	unsigned shift, bits;
	const char *name;
};

static const struct flag v6_flags[] = {
	{0, 1, "root of trust enable"},
	{1, 1, "use SoC hardware version"},
	{2, 1, "use serial number"},
	{3, 1, "independent of OEM id"},
	{4, 2, "root revoke or activate"},
	{6, 2, "UIE key switch"},
	{8, 2, "debug"},
	{10, 1, "use hardware id"},
	{11, 1, "independent of model id"},
};

static const struct flag v7_flags[] = {
	{0, 2, "SoC hardware version"},
	{2, 2, "SoC feature id"},
	{4, 2, "hardware id"},
	{6, 2, "serial number"},
	{8, 2, "OEM id"},
	{10, 2, "model id"},
	{12, 2, "SoC lifecycle"},
	{14, 2, "OEM lifecycle"},
	{16, 2, "OEM root hash"},
	{18, 2, "debug"},
	{20, 2, "root of trust enable"},
};

bool cw_mbn_flag(uint32_t version, uint32_t flags, unsigned i, const char **ret_name,
		 unsigned *ret_value)
{
	const struct flag *f = version == 7 ? v7_flags : v6_flags;
	size_t n = version == 7 ? sizeof(v7_flags) / sizeof(*f) : sizeof(v6_flags) / sizeof(*f);

	if (i >= n)
		return false;
	*ret_name = f[i].name;
	*ret_value = flags >> f[i].shift & ((1u << f[i].bits) - 1);
	return true;
}
