#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A board description that nobody here wrote: Debian's stm32mp157c-dk2.dtb boots our firmware, and the same tree with its
# processor disabled, or without its memory regions, is refused in words.
# Usage: dk2.sh BUILD SOURCE
set -eu
build=$1
source=$2
PATH=$build:$PATH

dtb=$("$source/scripts/fetch_dk2_dtb.sh") || exit $?
work=$(mktemp -d "${TMPDIR:-/tmp}/corewarden-dk2.XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
	printf 'FAIL: %s\n' "$*" >&2
	exit 1
}

refused() {
	words=$1
	shift
	if corewarden boot "$work/echo.signed" --state "$work/none" --board "$@" >"$work/out" 2>&1; then
		fail "a board with $words was accepted"
	fi
	cat "$work/out"
	grep -qi "$words" "$work/out" || fail "the refusal does not say '$words'"
}

openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/key.pem"
openssl pkey -in "$work/key.pem" -pubout -out "$work/key.pub"
corewarden provision --key "$work/key.pub" --state "$work/state" --board "$dtb"
corewarden sign "$build/firmware/echo.elf" -o "$work/echo.signed" --key "$work/key.pem"
corewarden verify "$work/echo.signed" --key "$work/key.pub" --board "$dtb"
corewarden boot "$work/echo.signed" --state "$work/state" --board "$dtb" --echo 10

# The same state with another tree: refused, the state belongs to its board.
if corewarden boot "$work/echo.signed" --state "$work/state" --echo 1 >"$work/out" 2>&1; then
	fail "another device tree was accepted for the same state"
fi
cat "$work/out"

node=
for bus in $(fdtget -l "$dtb" /); do
	m4=$(fdtget -l "$dtb" "/$bus" | grep -m1 '^m4@' || :)
	[ -z "$m4" ] || node=/$bus/$m4
done
[ -n "$node" ] || fail "the tree has no m4 node"
cp "$dtb" "$work/disabled.dtb"
fdtput -t s "$work/disabled.dtb" "$node" status disabled
refused disabled "$work/disabled.dtb"
cp "$dtb" "$work/regions.dtb"
fdtput -d "$work/regions.dtb" "$node" memory-region
refused memory-region "$work/regions.dtb"
head -c 1000 "$dtb" >"$work/cut.dtb"
refused "device tree" "$work/cut.dtb"
