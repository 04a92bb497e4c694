#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Print the folders FOLDER of firmware (below /usr/lib/firmware) out of Debian's package PACKAGE, one folder a suite, kept in
# the user's cache as NAME: scripts/fetch_debian_firmware.sh NAME PACKAGE FOLDER SUITE... ; the machine's own suite when those
# are out of reach. Exit 77 with the reason when none can be had. The archive is that of this machine's own configuration,
# with the component non-free-firmware added in a private copy. Changes nothing of the system's apt state.
set -eu
[ $# -ge 4 ] || {
	printf 'usage: %s NAME PACKAGE FOLDER SUITE...\n' "$0" >&2
	exit 2
}
name=$1 package=$2 folder=$3
shift 3

skip() {
	printf 'SKIP: %s\n' "$*" >&2
	exit 77
}

cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/corewarden
mkdir -p "$cache" 2>/dev/null || skip "the cache directory $cache cannot be made"
[ -w "$cache" ] || skip "the cache directory $cache cannot be written"
store=$cache/$name

have() {
	for d in "$store"/*/; do
		for f in "${d}usr/lib/firmware/$folder" "${d}lib/firmware/$folder"; do
			[ -d "$f" ] || continue
			printf '%s\n' "$f"
			found=1
			break
		done
	done
	[ -n "${found:-}" ]
}

exec 9>"$cache/$name.lock"
flock 9
[ -e "$store/complete" ] && have && exit 0
command -v apt-get >/dev/null || skip "no apt-get on this machine"
work=$(mktemp -d "$cache/$name.XXXXXX")
trap 'rm -rf "$work"' EXIT

# sources SUITE: Debian's own sources of this machine, for one suite (empty: its own), with the component added.
sources() {
	rm -rf "$work/sources"
	mkdir "$work/sources"
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
		[ -f "$f" ] || continue
		case $f in
		*.sources)
			sed -e "s/^Components:.*/Components: non-free-firmware/" ${1:+-e "s/^Suites:.*/Suites: $1/"} "$f" |
				awk -v suite="$1" 'BEGIN { RS = ""; ORS = "\n\n" } suite == "" || !/URIs:[^\n]*security/' >"$work/sources/debian.sources"
			;;
		*) sed -n -E "s/^(deb +(\[[^]]*\] +)?[^ ]+) +([^ ]+) +.*/\1 ${1:-\3} non-free-firmware/p" "$f" |
			grep -v security | sort -u >"$work/sources/debian.list" || : ;;
		esac
	done
}

# fetch SUITE: unpack the folder into the store; false when it cannot be had.
fetch() {
	rm -rf "$work/state"
	mkdir -p "$work/state/lists/partial" "$work/state/archives/partial" "$work/state/dpkg"
	: >"$work/state/dpkg/status"
	sources "$1"
	apt="-o Dir::State=$work/state -o Dir::State::lists=$work/state/lists
		-o Dir::State::status=$work/state/dpkg/status -o Dir::Cache=$work/state
		-o Dir::Cache::archives=$work/state/archives -o APT::Sandbox::User= -o Acquire::Retries=2
		-o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 -o Dir::Log=$work/state
		-o Dir::Etc::SourceParts=$work/sources -o Dir::Etc::SourceList=/dev/null -o Acquire::Languages=none"
	# shellcheck disable=SC2086
	apt-get $apt update -qq >>"$work/log" 2>&1 || : # one suite of several may be out of step; the package decides
	# shellcheck disable=SC2086
	(cd "$work/state" && apt-get $apt download -qq "$package" >>"$work/log" 2>&1) || return 1
	suite=${1:-own}
	rm -rf "$store/$suite.new" "$store/$suite" "$work/all"
	mkdir -p "$store" "$work/all" "$store/$suite.new"
	dpkg-deb -x "$work/state/$package"_*.deb "$work/all"
	# Of large packages only the folder is kept; a suite without it is remembered as empty.
	for root in usr/lib/firmware lib/firmware; do
		[ -d "$work/all/$root/$folder" ] || continue
		mkdir -p "$store/$suite.new/$root/$folder"
		cp -a "$work/all/$root/$folder/." "$store/$suite.new/$root/$folder/"
	done
	mv "$store/$suite.new" "$store/$suite"
}

missing=
for suite in "$@"; do
	[ -d "$store/$suite" ] || fetch "$suite" || missing=$suite
done
have >/dev/null || fetch "" || skip "the archive is out of reach or has no $package ($(tail -n1 "$work/log"))"
have >/dev/null || skip "$package of this machine's suite has no $folder"
[ -n "$missing" ] || touch "$store/complete"
have
