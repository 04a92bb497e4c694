#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Fetch what the real stack is made of (about 125 MB, once) into the user's cache and unpack it: Linux, u-boot, the TEE's
# user space and its test program as Debian built them for arm64, the sources of TF-A and OP-TEE, and the libraries that
# our own programs are linked with. Resumes what was cut off, checks every byte against the lists beside this script, and
# needs no network when everything is there. Exit 77 with the reason when it cannot be had.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/scripts/real/lib.sh"

mkdir -p "$real/files" 2>/dev/null || skip "the cache directory $real cannot be made"
[ -w "$real/files" ] || skip "the cache directory $real cannot be written"
exec 9>"$real/fetch.lock"
flock 9

good() {
	[ -f "$real/files/$3" ] && printf '%s  %s\n' "$1" "$real/files/$3" | sha256sum -c --status
}

# Usage: get SHA BYTES PATH NAME
get() {
	if [ -f "$real/files/$4" ]; then
		good "$1" "$2" "$4" && return 0
		rm -f "$real/files/$4"
	fi
	say "fetching $4 ($(($2 / 1024)) KiB)"
	curl -fsSL --retry 2 --connect-timeout 20 --speed-limit 1000 --speed-time 60 -C - \
		-o "$real/files/$4.part" "$uri/$3" || {
		# What is longer than the file is not the file; anything else is kept for the next time.
		[ "$(stat -c %s "$real/files/$4.part" 2>/dev/null || echo 0)" -lt "$2" ] || rm -f "$real/files/$4.part"
		return 1
	}
	mv "$real/files/$4.part" "$real/files/$4"
	good "$1" "$2" "$4" && return 0
	rm -f "$real/files/$4"
	say "$4 is not what it should be: its checksum differs"
	return 1
}

get_list() {
	while read -r sum bytes path; do
		case $sum in \#* | '') continue ;; esac
		get "$sum" "$bytes" "$path" "$(basename "$path")" || return 1
	done <"$1"
}

unpack_list() {
	rm -rf "$real/debian.new" "$real/debian" "$real/tfa"
	mkdir -p "$real/debian.new" "$real/tfa"
	while read -r sum bytes path; do
		case $path in
		*.deb) dpkg-deb -x "$real/files/$(basename "$path")" "$real/debian.new" ;;
		*.tar.xz) tar -xf "$real/files/$(basename "$path")" -C "$real/tfa" --strip-components=1 ;;
		esac
	done <"$1"
	mv "$real/debian.new" "$real/debian"
	sha256sum <"$1" >"$real/unpacked"
}

for list in packages packages.stable; do
	list=$root/scripts/real/$list
	if [ -f "$real/unpacked" ] && sha256sum <"$list" | cmp -s - "$real/unpacked"; then
		unpacked=1
		break
	fi
done
if [ -z "${unpacked-}" ]; then
	command -v curl >/dev/null || skip "curl is not installed"
	archive
	for list in packages packages.stable none; do
		[ "$list" != none ] || skip "the archive is out of reach, or has none of the two lists any more"
		list=$root/scripts/real/$list
		get_list "$list" && break
		say "not everything of ${list##*/} can be had"
	done
	unpack_list "$list"
fi

# Our programs run on Debian's arm64 libraries of this machine's own release, checked by apt.
cross_packages="libssl-dev libssl3 libjansson-dev libjansson4 libfdt-dev libfdt1 libseccomp-dev libseccomp2
	libp11-kit-dev libp11-kit0 libffi8 libunicorn-dev libunicorn2 libcmocka-dev libcmocka0 systemtap-sdt-dev
	libzstd-dev libzstd1 liblzma-dev liblzma5"
if [ "$(cat "$real/cross/complete" 2>/dev/null)" != "$cross_packages" ]; then
	command -v apt-get >/dev/null || skip "no apt-get on this machine"
	archive
	work=$(mktemp -d "$real/cross.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/root" "$real/cross.files" # what was fetched is kept
	: >"$work/status"
	suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	printf 'deb [signed-by=%s] %s %s main\n' "$key" "$uri" "$suite" >"$work/debian.list"
	apt="-qq -o Dir::State=$work -o Dir::State::lists=$work/lists -o Dir::State::status=$work/status
		-o Dir::Cache=$work -o Dir::Cache::archives=$work/archives -o Dir::Log=$work
		-o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::SourceList=$work/debian.list
		-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=
		-o Acquire::Languages=none -o Acquire::Retries=2
		-o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30"
	say "fetching libraries for arm64"
	# shellcheck disable=SC2086
	apt-get $apt update >"$work/log" 2>&1 && (cd "$real/cross.files" && apt-get $apt download $cross_packages >>"$work/log" 2>&1) ||
		skip "the archive is out of reach ($(grep '^E:' "$work/log" | tail -n1))"
	for deb in "$real"/cross.files/*.deb; do
		dpkg-deb -x "$deb" "$work/root"
	done
	printf '%s\n' "$cross_packages" >"$work/root/complete"
	rm -rf "$real/cross" "$real/cross.files"
	mv "$work/root" "$real/cross"
fi
"$root/scripts/fetch_optee.sh" optee-os >/dev/null
