/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scenario/bench.h - a board to experiment on
 *
 * A scenario works in a folder of its own, with programs of this build, and with keys and images made by the tools a user
 * has. Everything it starts ends with it. Helpers fail the running cmocka test; they do not return errors.
 */
#ifndef SCENARIO_BENCH_H
#define SCENARIO_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <corewarden/error.h>
#include <tee_client_api.h>

#include "bus/bus.h"

struct bench {
	char dir[256];	 /* ours, removed in the end */
	char build[512]; /* top of the build tree, or of the private copy of it */
};

/* Make the folder. @build: top of the build tree. With @drop_root and when root: become uid and gid 65534 for good, after
 * copying the programs to where that uid can run them. */
void bench_open(struct bench *b, const char *build, bool drop_root);
void bench_close(struct bench *b);

/* Path of a file in the bench's folder; the next calls but 7 overwrite it. */
const char *bench_path(struct bench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Run a program, by its name in the build tree's top ("corewarden") or in PATH, with stdout and stderr in @ret_output
 * (may be NULL; caller frees). Returns its exit status. */
int bench_run(struct bench *b, char **ret_output, const char *program, ...) __attribute__((sentinel));

/* Make a key pair NAME.pem and NAME.pub in the folder; kind: "rsa2048", "rsa3072", "rsa4096", "p256". */
void bench_key(struct bench *b, const char *name, const char *kind);

/* Provision state folder @state with public key file @pub; @require may be NULL. */
void bench_provision(struct bench *b, const char *state, const char *pub, const char *require);

/* Sign an ELF file, as @out, with the key in @key; @version (of the firmware) may be NULL, and so may @device, the key of
 * the board that it is encrypted to, which wants a version too. Fails the test with what the tool says. */
void bench_sign(struct bench *b, const char *elf, const char *out, const char *key, const char *version,
		const char *device);
/* NAME.elf of the build's firmware; kept as long as what bench_path() gives. */
const char *bench_firmware(struct bench *b, const char *name);

/* The process of a pidfd; -1 when it is gone. */
pid_t bench_pid(int pidfd);

/* A whole file, caller frees. */
void *bench_read_file(const char *path, size_t *ret_len);

/* What a generator made: a table of rows of cells between tabs, under a heading, and the folder of the images it tells of. */
struct bench_table {
	const char *folder;
	char *text, *next;
};
void bench_table_open(struct bench_table *t, const char *path, const char *folder);
/* Cut the next row into @n cells, "" for those that are not there; they live until the table is closed. False: no more. */
bool bench_table_row(struct bench_table *t, unsigned n, const char **cells[]);
void bench_table_close(struct bench_table *t);
/* One of its images, whole; the caller frees. */
void *bench_table_image(const struct bench_table *t, const char *file, size_t *ret_len);

/* A powered board without lib/rproc: the bus, and a TEE context. */
struct bench_board {
	struct cw_bus *bus;
	int silicon;	/* pidfd */
	pid_t pid;	/* of silicon */
	TEEC_Context tee;
	TEEC_Session session; /* with the remoteproc TA */
	bool has_session;
};

enum bench_mode {
	BENCH_PROTECTED = 0,
	BENCH_DEBUG,	/* processes can be looked into */
	BENCH_WEAK_GENERATIONS, /* and old mappings reach new generations */
};
void bench_board_on(struct bench *b, struct bench_board *board, const char *state,
		    enum bench_mode mode);
void bench_board_session(struct bench_board *board);
/* Ends the session, powers off; fails the test unless silicon ended in order. */
void bench_board_off(struct bench_board *board);

/* Commands of the TA. */
TEEC_Result bench_load(struct bench_board *board, const void *image, size_t len);
TEEC_Result bench_command(struct bench_board *board, uint32_t command); /* START, STOP, RELEASE */
/* The judge's last sentence and code. */
void bench_reason(struct bench_board *board, char *text, size_t size, uint32_t *ret_code);

/* Is every byte of memory that the normal world can read zero? The first that is not goes to @ret_pa. Memory that it
 * cannot read counts as not zero. */
bool bench_memory_clean(struct bench_board *board, uint64_t *ret_pa);

#endif
