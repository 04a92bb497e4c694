#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Print the path of Debian's stm32mp157c-dk2.dtb, taken out of the armhf kernel package of this machine's own archive and
# kept in the user's cache. Exit 77 with the reason when it cannot be had. Changes nothing of the system's apt state.
set -eu

skip() {
	printf 'SKIP: %s\n' "$*" >&2
	exit 77
}

cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/corewarden
mkdir -p "$cache" 2>/dev/null || skip "the cache directory $cache cannot be made"
[ -w "$cache" ] || skip "the cache directory $cache cannot be written"
dtb=$cache/stm32mp157c-dk2.dtb

exec 9>"$cache/dk2.lock"
flock 9
if [ -s "$dtb" ]; then
	printf '%s\n' "$dtb"
	exit 0
fi
command -v apt-get >/dev/null || skip "no apt-get on this machine"
work=$(mktemp -d "$cache/dk2.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/dpkg"
: >"$work/dpkg/status"

apt="-o Dir::State=$work -o Dir::State::lists=$work/lists -o Dir::State::status=$work/dpkg/status
	-o Dir::Cache=$work -o Dir::Cache::archives=$work/archives -o APT::Architecture=armhf
	-o APT::Architectures=armhf -o APT::Sandbox::User= -o Acquire::Retries=2
	-o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 -o Dir::Log=$work
	-o Dir::Etc::SourceParts=$work/sources -o Dir::Etc::SourceList=/dev/null"

# Only Debian's own sources: others need not carry armhf.
mkdir "$work/sources"
for f in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
	[ -f "$f" ] || continue
	case $f in
	*.sources) cp "$f" "$work/sources/" ;;
	*) cp "$f" "$work/sources/debian.list" ;;
	esac
done
# shellcheck disable=SC2086
apt-get $apt update -qq >"$work/log" 2>&1 || : # one suite of several may be out of step; the package decides
# shellcheck disable=SC2086
package=$(apt-cache $apt depends linux-image-armmp 2>/dev/null |
	sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*-armmp\)$/\1/p' | head -n1)
[ -n "$package" ] || skip "the archive is out of reach or has no linux-image-armmp for armhf ($(tail -n1 "$work/log"))"
# shellcheck disable=SC2086
(cd "$work" && apt-get $apt download -qq "$package" >>"$work/log" 2>&1) ||
	skip "could not download $package ($(tail -n1 "$work/log"))"
dpkg-deb --fsys-tarfile "$work"/*.deb | tar -xf - -C "$work" --wildcards '*/stm32mp157c-dk2.dtb' ||
	skip "$package holds no stm32mp157c-dk2.dtb"
found=$(find "$work" -name stm32mp157c-dk2.dtb | head -n1)
mv "$found" "$dtb.new"
mv "$dtb.new" "$dtb"
printf '%s\n' "$dtb"
