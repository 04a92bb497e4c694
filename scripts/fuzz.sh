#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Run every fuzzing target from its committed corpus: scripts/fuzz.sh [SECONDS [TARGET...]]; as many at a time as there are
# cores; scripts/fuzz.sh --build only builds them. FUZZ_SEED makes runs alike; without it each goes its own way. The last line
# says "N passed, M failed". $FUZZ_BESIDE is a command that takes the first core before the targets do. See docs/fuzzing.md.
set -eu
cd "$(dirname "$0")/.."
. scripts/setup.sh

build=build-fuzz
found=$build/found # reproducers

# One figure of libFuzzer's last status line: "#123 DONE cov: 45 ft: 67 corp: 8/9Kb ...".
figure() {
	sed -n "s/^#.* $2: \([0-9]*\).*/\1/p" "$1" | tail -n 1
}

one() {
	seconds=$1 target=$2
	exe=$build/tests/fuzz/fuzz_$target
	# In memory where there is some: some targets write files.
	[ -w /dev/shm ] && tmp=/dev/shm || tmp=/tmp
	work=$(mktemp -d "${TMPDIR:-$tmp}/corewarden-fuzz.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
	mkdir "$work/new" "$work/tmp"
	set -- -seed="${FUZZ_SEED:-0}" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$work/$target-"
	[ ! -f "tests/fuzz/$target.dict" ] || set -- "$@" -dict="tests/fuzz/$target.dict"
	rc=0
	TMPDIR="$work/tmp" UBSAN_OPTIONS=print_stacktrace=1 \
		"$exe" "$@" "$work/new" "tests/fuzz/corpus/$target" >"$work/log" 2>&1 || rc=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$work/log")
	printf '%-16s %10s runs  %6s places covered  %6s features  %s\n' "$target" "${runs:-?}" \
		"$(figure "$work/log" cov)" "$(figure "$work/log" ft)" \
		"$([ "$rc" -eq 0 ] && echo ok || echo FAILED)"
	[ "$rc" -ne 0 ] || return 0
	mkdir -p "$found"
	grep -v '^#' "$work/log" | tail -n 60
	for f in "$work/$target"-*; do
		[ -f "$f" ] || continue
		cp "$f" "$found/"
		say "reproduce with: $exe $found/${f##*/}"
	done
	return 1
}

if [ "${1-}" = --one ]; then
	[ "$3" != --beside ] || exec $FUZZ_BESIDE
	one "$2" "$3"
	exit
fi

build_targets=fuzz
build() {
	PACKAGES="$PACKAGES $FUZZ_PACKAGES"
	install_packages
	CC=clang build_in "$build" -Dfuzz=true -Db_sanitize=address,undefined
}

if [ "${1-}" = --build ]; then
	build
	exit
fi

seconds=${1:-60}
case $seconds in
'' | *[!0-9]*) die "usage: scripts/fuzz.sh [SECONDS [TARGET...]]" ;;
esac
[ $# -eq 0 ] || shift
build
[ $# -gt 0 ] || set -- $(cd tests/fuzz/corpus && echo *)
say "== fuzzing, $seconds s each: $*"
logs=$(mktemp "${TMPDIR:-/tmp}/corewarden-fuzz.XXXXXX")
trap 'rm -f "$logs"' EXIT
trap 'exit 130' INT TERM
printf '%s\n' ${FUZZ_BESIDE:+--beside} "$@" | xargs -P "$(nproc)" -n 1 "$0" --one "$seconds" | tee "$logs" || true
passed=$(grep -c ' ok$' "$logs") || true
say "$passed passed, $(($# - passed)) failed"
[ "$passed" -eq $# ]
