// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/early.c - preloaded: end a program right after linking and library start, where its main() would begin
 *
 * With BENCH_EARLY=libraries the libraries that are there and start only when used are started: OpenSSL fetches SHA-256,
 * Unicorn makes an engine and runs one instruction.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unicorn/unicorn.h>

typedef int main_fn(int argc, char **argv, char **envp);
typedef int start_fn(main_fn *fn, int argc, char **argv, void (*init)(void), void (*fini)(void),
		     void (*rtld_fini)(void), void *stack_end);

int __libc_start_main(main_fn *fn, int argc, char **argv, void (*init)(void), void (*fini)(void),
		      void (*rtld_fini)(void), void *stack_end) __attribute__((visibility("default")));

static void *find(const char *name)
{
	return dlsym(RTLD_DEFAULT, name);
}

static void start_openssl(void)
{
	void *(*fetch)(void *ctx, const char *name, const char *properties) = find("EVP_MD_fetch");

	if (fetch)
		fetch(NULL, "SHA256", NULL);
}

static void start_unicorn(void)
{
	uc_err (*open)(uc_arch, uc_mode, uc_engine **) = find("uc_open");
	uc_err (*map)(uc_engine *, uint64_t, size_t, uint32_t) = find("uc_mem_map");
	uc_err (*start)(uc_engine *, uint64_t, uint64_t, uint64_t, size_t) = find("uc_emu_start");
	uc_engine *uc;

	if (!open || !map || !start || open(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, &uc))
		return;
	map(uc, 0, 4096, UC_PROT_ALL);
	start(uc, 1, 0xfffffffe, 0, 1);
}

static int early(int argc, char **argv, char **envp)
{
	const char *how = getenv("BENCH_EARLY");

	if (how && !strcmp(how, "libraries")) {
		start_openssl();
		start_unicorn();
	}
	_exit(0);
}

int __libc_start_main(main_fn *fn, int argc, char **argv, void (*init)(void), void (*fini)(void),
		      void (*rtld_fini)(void), void *stack_end)
{
	start_fn *real = (start_fn *)dlsym(RTLD_NEXT, "__libc_start_main");

	return real(early, argc, argv, init, fini, rtld_fini, stack_end);
}
