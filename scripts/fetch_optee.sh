#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Usage: fetch_optee.sh optee-os | optee-client-dev
# Print a directory that holds this package of Debian, unpacked: the source of OP-TEE, or the client library's headers (of
# arm64, which is all there is; headers are the same everywhere). It comes from this machine's own archive, of the newest
# suite that gives it, and stays in the user's cache; the file `version` in it says which it is. Exit 77 with the reason
# when it cannot be had. Changes nothing of the system's apt state.
set -eu

skip() {
	printf 'SKIP: %s\n' "$*" >&2
	exit 77
}

package=$1
case $package in
optee-os) kind=deb-src ;;
optee-client-dev) kind=deb ;;
*) printf 'usage: %s optee-os | optee-client-dev\n' "$0" >&2; exit 2 ;;
esac
cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/corewarden
mkdir -p "$cache" 2>/dev/null || skip "the cache directory $cache cannot be made"
[ -w "$cache" ] || skip "the cache directory $cache cannot be written"
result=$cache/$package

exec 9>"$cache/$package.lock"
flock 9
if [ -s "$result/version" ]; then
	printf '%s\n' "$result"
	exit 0
fi
command -v apt-get >/dev/null || skip "no apt-get on this machine"
work=$(mktemp -d "$cache/$package.XXXXXX")
trap 'rm -rf "$work"' EXIT

# The archive and the key that signs it: Debian's own entry of this machine, of the release itself.
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
[ -r "$key" ] || skip "the archive's key $key cannot be read"

# Usage: fetch SUITE. A frozen suite's lists may be past their date: an older package serves as well.
fetch() {
	dir=$work/$1
	mkdir -p "$dir/lists/partial" "$dir/archives/partial" "$dir/files"
	: >"$dir/status"
	printf '%s [signed-by=%s] %s %s main\n' "$kind" "$key" "$uri" "$1" >"$dir/debian.list"
	set -- -qq -o Dir::State="$dir" -o Dir::State::lists="$dir/lists" \
		-o Dir::State::status="$dir/status" -o Dir::Cache="$dir" \
		-o Dir::Cache::archives="$dir/archives" -o Dir::Log="$dir" \
		-o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::SourceList="$dir/debian.list" \
		-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User= \
		-o Acquire::Check-Valid-Until=false -o Acquire::Languages=none -o Acquire::Retries=2 \
		-o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30
	apt-get "$@" update >>"$work/log" 2>&1 || return 1
	cd "$dir/files"
	if [ "$kind" = deb ]; then
		apt-get "$@" download "$package" >>"$work/log" 2>&1
	else
		apt-get "$@" source --download-only "$package" >>"$work/log" 2>&1
	fi
}

for suite in sid forky trixie; do
	(fetch "$suite") || continue
	mkdir "$work/out"
	cd "$work/$suite/files"
	if [ "$kind" = deb ]; then
		dpkg-deb -x "$package"_*.deb "$work/out"
		ls -- *.deb >"$work/version"
	else
		tar -xf "$package"_*.orig.tar.* -C "$work/out" --strip-components=1
		ls -- *.dsc >"$work/version"
	fi
	mv "$work/version" "$work/out/version"
	rm -rf "$result"
	mv "$work/out" "$result"
	printf '%s\n' "$result"
	exit 0
done
skip "no suite of the archive gives $package ($(grep '^E:' "$work/log" | tail -n1))"
