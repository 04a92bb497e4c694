// SPDX-License-Identifier: BSD-2-Clause
/* cli/main.c - the program `corewarden`: a table of sub-commands, nothing more */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "crypto/key.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *does;
} commands[] = {
	{"sign", cmd_sign, "sign ELF files into an image that a trusted loader takes"},
	{"verify", cmd_verify, "tell whether an image would boot, and if not, why"},
	{"inspect", cmd_inspect, "show everything in an image, also when it is broken"},
	{"diff", cmd_diff, "show what changed between two images"},
	{"ca", cmd_ca, "make keys and certificates for development"},
	{"provision", cmd_provision, "burn the fuses of a virtual board"},
	{"boot", cmd_boot, "boot an image on a virtual board and tell the story"},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	printf("corewarden " CW_VERSION " - boots signed firmware on the other cores of an SoC\n\n"
	       "usage: corewarden COMMAND ...\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-10s  %s\n", commands[i].name, commands[i].does);
	printf("\n'corewarden COMMAND --help' tells the rest. Exit status: 0 done, 1 refused or failed, "
	       "2 wrong usage.\n");
	return cli_flush();
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		fprintf(stderr, "corewarden: which command? see 'corewarden --help'\n");
		return CLI_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help();
	if (!strcmp(argv[1], "--version")) {
		puts("corewarden " CW_VERSION);
		return cli_flush();
	}
	command = find(argv[1]);
	if (!command) {
		fprintf(stderr, "corewarden: there is no command '%s'; see 'corewarden --help'\n",
			argv[1]);
		return CLI_USAGE;
	}
	cw_crypto_wipe_freed(); /* first: it is about all that OpenSSL will allocate */
	cw_crypto_start_program();
	return command->run(argc - 1, argv + 1);
}
