// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/mbn.c - judging a Qualcomm image in memory, against SHA on all processors
 *
 *	bench-mbn IMAGE NAME REPETITIONS ROOT
 *
 * Ours: the whole judgement, certificates and signature too, as `corewarden verify --root ROOT` makes it. Reference: OpenSSL's
 * digest, the one that the image has, over as many bytes, cut evenly into one piece for each processor, each hashed by a thread
 * of its own: nobody can be faster with these processors.
 */
#include "bench/bench.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "sign/mbn.h"

#define CPUS_MAX 64

struct piece {
	struct cw_span bytes;
	const EVP_MD *md;
};

static void *hash(void *arg)
{
	const struct piece *p = arg;
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (EVP_Digest(p->bytes.ptr, p->bytes.len, digest, NULL, p->md, NULL) != 1)
		bench_die("OpenSSL does not hash");
	return NULL;
}

static unsigned processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) > CPUS_MAX)
		return CPUS_MAX;
	return (unsigned)CPU_COUNT(&set);
}

static void all_sha(struct cw_span bytes, const EVP_MD *md)
{
	pthread_t threads[CPUS_MAX];
	struct piece pieces[CPUS_MAX];
	unsigned n = processors();

	for (unsigned i = 0; i < n; i++) {
		size_t from = bytes.len / n * i, end = i + 1 < n ? bytes.len / n * (i + 1) : bytes.len;

		pieces[i] = (struct piece){cw_span(bytes.ptr + from, end - from), md};
		if (i && pthread_create(&threads[i], NULL, hash, &pieces[i]))
			bench_die("a thread cannot be started");
	}
	hash(&pieces[0]);
	for (unsigned i = 1; i < n; i++)
		pthread_join(threads[i], NULL);
}

static const EVP_MD *judge(struct cw_span file, const struct cw_root *root)
{
	struct cw_mbn_offline offline = {.root = root};
	struct cw_mbn_verdict verdict = {0};
	struct cw_refusal r;
	unsigned size;

	if (cw_mbn_offline_judge(file, 0, NULL, &offline, &verdict, &r))
		bench_die("the image is refused: %s", r.text);
	size = verdict.mbn.digest_size;
	cw_mbn_verdict_done(&verdict);
	return size == 32 ? EVP_sha256() : EVP_sha384();
}

int main(int argc, char **argv)
{
	unsigned repetitions = (unsigned)bench_number(argc, argv, 3, 21);
	struct bench_row wall = {.unit = "MiB/s"}, cpu = {.unit = "MiB/s"};
	char cpu_name[128];
	struct cw_error err;
	struct cw_root root;
	struct cw_span file;
	const EVP_MD *md;
	double mib;

	if (argc < 3)
		bench_die("usage: bench-mbn IMAGE NAME [REPETITIONS [ROOT]]");
	wall.name = argv[2];
	snprintf(cpu_name, sizeof(cpu_name), "%s, CPU time", argv[2]);
	cpu.name = cpu_name;
	cw_crypto_start();
	if (cw_root_load(argc > 4 ? argv[4] : "self", &root, &err) < 0)
		bench_die("%s", err.text);
	file.ptr = bench_read(argv[1], &file.len);
	mib = (double)file.len / (1 << 20);
	md = judge(file, &root);
	all_sha(file, md);
	for (unsigned i = 0; i < repetitions; i++) {
		uint64_t t[3], c[3];

		t[0] = bench_now(), c[0] = bench_own_cpu();
		judge(file, &root);
		t[1] = bench_now(), c[1] = bench_own_cpu();
		all_sha(file, md);
		t[2] = bench_now(), c[2] = bench_own_cpu();
		bench_pair(&wall, mib * 1e9 / (double)(t[1] - t[0]), mib * 1e9 / (double)(t[2] - t[1]));
		bench_pair(&cpu, mib * 1e9 / (double)(c[1] - c[0]), mib * 1e9 / (double)(c[2] - c[1]));
	}
	bench_print(&wall, "high", 0.85);
	bench_print(&cpu, "high", 0.85);
	return 0;
}
