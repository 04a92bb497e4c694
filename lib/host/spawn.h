/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host/spawn.h - start another world's process so that nobody of the same uid can look into it
 *
 * A process that execs a file it may not read is never dumpable, not even between exec and its first instruction. So a
 * world's program is copied into a memfd of mode 0111 and run from there: its /proc/PID/{mem,fd,map_files} and
 * pidfd_getfd are closed to the uid from the start. Root is outside (docs/threat-model.md).
 */
#ifndef CW_HOST_SPAWN_H
#define CW_HOST_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include <corewarden/error.h>

/* Descriptors a world's process may be given: 3 .. 3 + CW_SPAWN_KEEP_MAX - 1. */
#define CW_SPAWN_KEEP_MAX 8

/* Find a helper program. With COREWARDEN_LIBEXEC in the environment: there and nowhere else. Otherwise beside the
 * file this code runs from (a program, or libcorewarden.so), in its build tree's folder for it (silicon/bus, secure/tee),
 * else where cw_install_path() says. Only the normal world calls this (it looks at /proc/self/exe). @ret_fd: O_PATH-free
 * readable descriptor, CLOEXEC. 0, -ENOENT with the places that were tried. */
int cw_spawn_find(const char *name, int *ret_fd, struct cw_error *err);

/* The folder of the trusted applications that belong to these helpers: the build tree's secure/ta, else the installed
 * one. Caller frees; NULL only without memory. Only the normal world calls this. */
char *cw_spawn_ta_dir(void);

/* Where @configured (CW_LIBEXECDIR, CW_TADIR, CW_DATADIR) is now: below the prefix that our program or library lies in,
 * when that is laid out as configured, so that an installation may be moved; else @configured itself. Caller frees;
 * NULL only without memory. */
char *cw_install_path(const char *configured);

/* @sub ("/boards") of the build tree that our program or library lies in. Caller frees; NULL: it lies in none. */
char *cw_build_path(const char *sub);

/* True when debug mode was asked for (environment COREWARDEN_DEBUG=1, or a sanitizer build, or cw_spawn_debug_set):
 * processes stay dumpable and unfiltered, and say NOT PROTECTED. The choice travels to children in their argument
 * list ("--debug", the first argument), not in environment. */
bool cw_spawn_debug(void);

/* The argument list said --debug. Before any other thread starts. */
void cw_spawn_debug_set(void);

/* Become undumpable: PR_SET_DUMPABLE 0, PR_SET_NO_NEW_PRIVS 1, core limit 0; refuse to go on when traced. Then, unless
 * already running from an unreadable memfd, run oneself again from one with the same arguments and descriptors (does
 * not return). First thing in main() of silicon, and of every world that cw_spawn() started, because exec makes a
 * process of root dumpable again. A first argument "--debug" turns debug mode on. No-op in debug mode.
 * 0, -EPERM (traced), -errno. */
int cw_spawn_harden_self(char **argv, struct cw_error *err);

/* Fork and exec @exe_fd from an unreadable memfd. @keep_fds[i] becomes descriptor 3+i in the child, every other one is
 * closed; 0 and 1 are /dev/null; environment is empty but for PATH-free essentials (LANG, and *SAN_OPTIONS in debug
 * mode); stderr is kept. Signal dispositions and mask are the defaults. @ret_pidfd and @ret_pid may be NULL. The child
 * gets SIGKILL when the spawning thread ends. It has its own working directory: "/".
 * 0; -EINVAL too many descriptors; or -errno, also when exec failed (then nothing is left of the child). */
int cw_spawn(int exe_fd, char *const argv[], const int *keep_fds, unsigned n_keep, pid_t *ret_pid,
	     int *ret_pidfd, struct cw_error *err);

/* The same for a process that outlives the calling thread and shares no terminal with it (silicon, started by the
 * normal world): a new session, so that a terminal's Ctrl-C reaches only the caller; no SIGKILL when the thread ends; the
 * working directory is kept. */
int cw_spawn_session(int exe_fd, char *const argv[], const int *keep_fds, unsigned n_keep,
		     pid_t *ret_pid, int *ret_pidfd, struct cw_error *err);

#endif
