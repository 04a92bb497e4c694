# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the scripts of this folder: where things are, and how one gives up. Needs $root, the source tree.

real=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/corewarden/real
cross=aarch64-linux-gnu-
ta_uuid=80a4c275-0a47-4905-8285-1486a9771a08  # ours, 64 bit; the UUID that Linux and the platform service know
ta32_uuid=80a4c275-0a47-4905-8285-1486a9770032 # ours, 32 bit
optee_uuid=80a4c275-0a47-4905-8285-1486a9770410 # OP-TEE's own
strain_uuid=43570f05-2c1b-4e0a-8d4f-5e1c0b935702      # tests/real/strain, one instance for all
strain_many_uuid=43570f05-2c1b-4e0a-8d4f-5e1c0b935703 # and one for each session

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

skip() {
	printf 'SKIP: %s\n' "$*" >&2
	exit 77
}

# The archive and the key that signs it: Debian's own entry of this machine, of the release itself.
archive() {
	uri= key=
	for f in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
		[ -f "$f" ] && [ -z "$uri" ] || continue
		case $f in
		*.sources)
			uri=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' "$f" | grep -v security | head -n1)
			key=$(sed -n 's/^Signed-By: *\(\/[^ ]*\).*/\1/p' "$f" | head -n1)
			;;
		*) uri=$(sed -n 's/^deb  *\(\[[^]]*\]  *\)*\([^ ]*\) .*/\2/p' "$f" | grep -v security | head -n1) ;;
		esac
	done
	[ -n "$uri" ] || skip "this machine's apt names no Debian archive"
	key=${key:-/usr/share/keyrings/debian-archive-keyring.gpg}
}
