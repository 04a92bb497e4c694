#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ./test --real: our trusted application and our libteec in a real OP-TEE under a real Linux. One line a suite, the last
# line "N passed, M failed, K skipped"; logs stay in REAL/out. Usage: test.sh BUILD REAL [--long]
# BUILD of meson, built; --long: all of xtest's regression suite instead of what takes a minute.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/scripts/real/lib.sh"
cd "$root" || exit 1
native=$(cd "$1" && pwd) || exit 1
build=$2
long=${3-}
passed=0 failed=0

if "$root/scripts/real/fetch.sh" >&2; then
	:
elif [ $? -eq 77 ]; then
	say "0 passed, 0 failed, 1 skipped"
	exit 0
else
	say "0 passed, 1 failed, 0 skipped"
	exit 1
fi
"$root/scripts/real/build.sh" "$build" >&2 || {
	say "0 passed, 1 failed, 0 skipped"
	exit 1
}
dir=$(cd "$build" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/corewarden-real.XXXXXX") || exit 1
# Copies that share REAL write nothing to the same place; the last one's logs stay.
publish() {
	cp -r "$work/out" "$dir/out.$$" && flock "$dir/lock" sh -c 'rm -rf "$1/out" && mv "$1/out.$2" "$1/out"' - "$dir" $$
	rm -rf "$work"
}
trap publish EXIT
trap 'exit 130' INT TERM
out=$work/out
mkdir -p "$out"
PATH=$native:$PATH
images=$native/tests/generator/images

# Usage: suite NAME COMMAND...
suite() {
	name=$1
	shift
	if "$@" >"$out/$name.txt" 2>&1; then
		passed=$((passed + 1))
		say "ok   $name: $(tail -n1 "$out/$name.txt")"
	else
		failed=$((failed + 1))
		say "FAIL $name:"
		tail -n 30 "$out/$name.txt" | sed 's/^/  /'
	fi
}

log_of() {
	tr -d '\r' <"$out/$1/linux.log"
}

# ---- what the machine gets
job=$work/ours
mkdir -p "$job/images/keys" "$job/big" "$work/stock"
cp "$native/tests/generator/images.tsv" "$job/"
cp "$images"/*.rproc "$job/images/"
cp "$images"/keys/*.pub.pem "$job/images/keys/"
cp "$images/good-rsa2048.rproc" "$images/good-p256.rproc" "$images/bad-dropped.rproc" "$images/keys/rsa2048.pub.pem" \
	"$images/keys/p256.pub.pem" "$work/stock/"
for kib in 64 1024 4096; do
	python3 scripts/real/big.py tests/generator "$work/big.elf" $((kib * 1024))
	corewarden sign "$work/big.elf" -o "$job/big/$kib" --key "$images/keys/rsa2048.pem" >/dev/null || exit 1
	corewarden sign "$work/big.elf" -o "$job/big/plain-$kib" --key "$images/keys/rsa2048.pem" --plain >/dev/null || exit 1
done
for mib in 40; do
	python3 scripts/real/big.py tests/generator "$work/big.elf" 1024 $((mib * 1048576))
	corewarden sign "$work/big.elf" -o "$job/big/wide-$mib" --key "$images/keys/rsa2048.pem" --plain >/dev/null || exit 1
done
cat >"$job/job.sh" <<'JOB'
echo "DEVICE $(ls /sys/bus/tee/devices | grep 80a4c275)"
real-client table images.tsv images ours ours32 optee || exit 1
key=images/keys/rsa2048.pub.pem
real-client fuses $key
for f in good-rsa2048 bad-dropped good-p256; do
	corewarden verify images/$f.rproc --tee=/dev/tee0
	echo "VERIFY $f $?"
done
echo "MEMORY while it is loaded"
real-client hold $key images/good-rsa2048.rproc 0ec00000 0ec10000 04000000
real-client limits $key images/good-rsa2048.rproc
real-client behave
real-client fuses $key
real-client wide big/wide-40
real-client measure big/64 big/1024 big/4096 big/plain-64 big/plain-1024 big/plain-4096 -- ours ours32 optee
for kib in 64 1024 4096; do
	xtest --hash-perf -a SHA256 -s $((kib * 1024)) -n 10 | sed "s/^/HASH $((kib * 1024)) /"
done
JOB
cases="1001 1004 1005 1006 1007 1008 1011 1012 1015 1016 1019 1020 1022 1025 1026 1027 1033 2001 6001"
[ -z "$long" ] || cases=
cat >"$work/stock/job.sh" <<JOB
for f in good-rsa2048 good-p256 bad-dropped; do
	corewarden verify \$f.rproc --tee
	echo "VERIFY \$f none \$?"
	for k in rsa2048 p256; do
		corewarden verify \$f.rproc --tee --key \$k.pub.pem
		echo "VERIFY \$f \$k \$?"
	done
done
real-client largest ours ours32
xtest_with() {
	echo "XTEST \$1 begins"
	LD_LIBRARY_PATH=\$2 xtest -t regression $cases 2>&1
	echo "XTEST \$1 ends"
}
xtest_with debian /usr/lib/debian
xtest_with ours /usr/lib/aarch64-linux-gnu
exit 0
JOB

# ---- what must come out
verdicts() {
	python3 -B tests/generator/check_tee.py "$native/corewarden" "$native/tests/generator/images.tsv" "$images" \
		"$work/tee.tsv" || return 1
	log_of ours >"$work/linux.log"
	python3 -B tests/real/verdicts.py "$native/tests/generator/images.tsv" "$work/tee.tsv" "$work/linux.log" \
		docs/verdicts.md
}

device() {
	log_of ours | grep "^DEVICE optee-ta-$ta_uuid$"
}

verify_tee() {
	log_of ours | grep '^VERIFY' >"$work/verify"
	printf 'VERIFY %s\n' 'good-rsa2048 0' 'bad-dropped 1' 'good-p256 1' | diff - "$work/verify" &&
		log_of ours | grep -q "is refused: the signed table has 3 entries, the ELF only 2" &&
		[ "$(log_of ours | grep -c '^  *application  *Remote processor firmware, authenticated 1.0$')" -eq 3 ] &&
		log_of ours | grep -q '^  *system  *OPTEE ' &&
		say "the same exit status and sentence through /dev/tee0"
}

verify_stock() {
	log_of stock | grep '^VERIFY' >"$work/verify"
	printf 'VERIFY %s\n' 'good-rsa2048 none 1' 'good-rsa2048 rsa2048 0' 'good-rsa2048 p256 1' \
		'good-p256 none 1' 'good-p256 rsa2048 1' 'good-p256 p256 0' \
		'bad-dropped none 1' 'bad-dropped rsa2048 1' 'bad-dropped p256 1' | diff - "$work/verify" &&
		[ "$(log_of stock | grep -c 'nobody checked the signature')" -eq 2 ] &&
		log_of stock | grep -q 'not checked  *memory map' &&
		say "an unmodified OP-TEE judges form, digests and the signature under a given key"
}

memory() {
	log_of ours | sed -n '/^MEMORY while/,/^LIMIT/p' | grep '^MEMORY 0x' | tee "$work/memory"
	printf 'MEMORY %s\n' '0x0ec00000 SIGBUS' '0x0ec10000 SIGBUS' '0x04000000 read 0x00000000' | diff - "$work/memory" &&
		log_of ours | grep '^HELD [1-9]' && say "Linux's root faults on loaded memory, and reads its own"
}

limits() {
	{
		log_of ours | grep -E '^LIMIT'
		log_of stock | grep '^LIMIT' | sed 's/^LIMIT/STOCK/'
	} >"$out/limits.tsv"
	cat "$out/limits.tsv"
	log_of ours | grep -q '^LIMITS done$' && say "sessions, sizes, clients killed in LOAD: see out/limits.tsv"
}

behave() {
	log_of ours | grep '^BEHAVE' && log_of ours | grep -q '^BEHAVE done$' &&
		say "applications that die and memory that ends: as on our TEE"
}

xtest() {
	python3 -B tests/real/xtest.py "$out/stock/linux.log"
}

# Every symbol of OP-TEE's is there, and nothing but additions.
abi() {
	abidiff --no-added-syms "$real/debian/usr/lib/aarch64-linux-gnu/libteec.so.2" "$dir/linux/lib/teec/libteec.so.2.0.0" || return 1
	say "no symbol of OP-TEE's libteec.so.2 is missing or changed"
}

measures() {
	log_of ours | grep -a -E '^(MEASURE|HASH)' >"$out/measured.tsv"
	python3 -B tests/real/measures.py "$out/measured.tsv"
}

headers() {
	python3 -B tests/real/drift.py ${cross}gcc "$root" "$dir/optee/export-ta_arm64" "$real/debian/usr/include"
}

boot_ours() {
	"$root/scripts/real/boot.sh" "$dir" ours "$job" "$out/ours" && say "a real OP-TEE, with our platform service"
}
boot_stock() {
	"$root/scripts/real/boot.sh" "$dir" debian "$work/stock" "$out/stock" &&
		say "Debian's OP-TEE as it is"
}

suite boot-ours boot_ours
suite device device
suite verdicts verdicts
suite verify-tee verify_tee
suite memory memory
suite behave behave
suite measures measures
suite boot-stock boot_stock
suite limits limits
suite verify-stock verify_stock
suite xtest xtest
suite abi abi
suite headers headers
say "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
