/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host/state.h - the state directory of a virtual board
 *
 *	version		"corewarden-state 1\n"
 *	fuses		text, one "name value" a line; written by provision, read by silicon
 *	lock		flock()ed by silicon while the board is powered
 *	tee/board	compatible string and SHA-256 of the device tree; written by the TEE at first power-on
 *	tee/keys/FP.der	public keys, FP = hex SHA-256 of their DER SubjectPublicKeyInfo; also checked at every read
 *	tee/device.key	private half of the device key, PKCS#8: images are encrypted to it; made by provision, on demand
 *	tee/rollback	"rproc FP version" a line: what has run, signed by which key
 *
 * Every write goes to a new file, is fsynced and renamed; files are 0600, the directory 0700. A directory that is not
 * owned by the caller's uid, or that others may write, is refused. Readers bound every length: the directory belongs to
 * the uid, not to us.
 */
#ifndef CW_HOST_STATE_H
#define CW_HOST_STATE_H

#include <stdint.h>

#include <corewarden/error.h>
#include "bus/wire.h"

/* The default: $XDG_STATE_HOME/corewarden/BOARD, or ~/.local/state/corewarden/BOARD. Caller frees. */
int cw_state_default_path(const char *board, char **ret_path, struct cw_error *err);

/* Open (and with @create make) the directory. @ret_fd CLOEXEC, the caller's. -ENOENT, -EPERM wrong owner or mode,
 * -EPROTO unknown version. */
int cw_state_open(const char *path, int create, int *ret_fd, struct cw_error *err);

/* Take the board's lock for as long as the returned descriptor lives. -EBUSY when another board runs on this state. */
int cw_state_lock(int dir_fd, int *ret_fd, struct cw_error *err);

/* Fuses. A missing file is a blank board: all zero, 0 returned. -EBADMSG malformed (line named). */
int cw_state_fuses_read(int dir_fd, struct cw_bus_fuses *ret, struct cw_error *err);
int cw_state_fuses_write(int dir_fd, const struct cw_bus_fuses *fuses, struct cw_error *err);

/* Open, and make when it is not there, the TEE's folder below the state directory. @ret_fd CLOEXEC, the caller's. */
int cw_state_open_tee(int dir_fd, int *ret_fd, struct cw_error *err);

/* Compare with, or at the first time record, the board this state belongs to. -ESTALE with both names when it is
 * another one; -EBADMSG malformed. @tee_fd: what cw_state_open_tee() opened, which is all the TEE gets. */
int cw_state_board_check(int tee_fd, const char *compatible, const uint8_t dtb_sha256[32],
			 struct cw_error *err);

/* Small files below the directory (either descriptor), replaced atomically; folders in @name ("keys/FP.der") are made.
 * @name: letters, digits, "._-", "/" between parts, no part starting with a dot; else -EINVAL. Read: -ENOENT, -EFBIG
 * over @size, -EBADMSG not a plain file; returns the length. */
int cw_state_file_write(int dir_fd, const char *name, const void *data, size_t len,
			struct cw_error *err);
int cw_state_file_read(int dir_fd, const char *name, void *buf, size_t size, struct cw_error *err);

/* Remove everything we ever write there, but not the lock: back to a blank board. The caller holds the lock. */
int cw_state_reset(int dir_fd, struct cw_error *err);

#endif
