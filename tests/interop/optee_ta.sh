#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# OP-TEE's own remoteproc TA, from Debian's source package, compiled unchanged against our headers, signed with the build's
# key and loaded in place of ours: it boots our firmware, and what it does not check cannot be used against it.
# Usage: optee_ta.sh BUILD SOURCE
set -eu
build=$1
source=$2
PATH=$build:$PATH
uuid=80a4c275-0a47-4905-8285-1486a9771a08

optee=$("$source/scripts/fetch_optee.sh" optee-os) || exit $?
ta=$optee/ta/remoteproc
work=$(mktemp -d "${TMPDIR:-/tmp}/corewarden-optee.XXXXXX")
trap 'rm -rf "$work"' EXIT
cat "$optee/version"

fail() {
	printf 'FAIL: %s\n' "$*" >&2
	exit 1
}

# Usage: boots WHAT IMAGE STATE [options]
boots() {
	what=$1 image=$2 state=$3
	shift 3
	printf -- '-- %s\n' "$what"
	corewarden boot "$work/$image" --state "$work/$state" --ta-dir "$work/ta" "$@" >"$work/out" 2>&1 || {
		cat "$work/out"
		fail "$what: did not boot"
	}
}

# Usage: refused WHAT WORDS IMAGE STATE [options]
refused() {
	what=$1 words=$2 image=$3 state=$4
	shift 4
	printf -- '-- %s\n' "$what"
	if corewarden boot "$work/$image" --state "$work/$state" --ta-dir "$work/ta" --echo 1 "$@" \
		>"$work/out" 2>&1; then
		cat "$work/out"
		fail "$what: booted"
	fi
	tail -n 2 "$work/out"
	grep -q "$words" "$work/out" || fail "$what: the refusal does not say '$words'"
}

# Usage: change IN OUT PYTHON: edits `elf`, a view of the ELF at `at` in `data`; section() finds a header's offset
change() {
	python3 - "$work/$1" "$work/$2" "$3" <<'PY'
import struct
import sys

data = bytearray(open(sys.argv[1], "rb").read())
at = data.index(b"\x7fELF")


def word(offset):
    return struct.unpack_from("<I", data, at + offset)[0]


def put(offset, value):
    struct.pack_into("<I", data, at + offset, value)


def section(name):
    shoff, count, names = word(32), *struct.unpack_from("<HH", data, at + 48)
    strings = word(shoff + 40 * names + 16)
    for i in range(count):
        start = at + strings + word(shoff + 40 * i)
        if data[start:data.index(0, start)].decode() == name:
            return shoff + 40 * i
    raise SystemExit("no section " + name)


exec(sys.argv[3])
open(sys.argv[2], "wb").write(data)
PY
}

mkdir "$work/ta"
"${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -Wno-unused-parameter -fPIC -shared -D_GNU_SOURCE -fvisibility=hidden \
	-DTRACE_LEVEL=3 '-DCFG_REMOTEPROC_TA_HEAP_SIZE=(4 * 1024)' -I"$ta/include" -I"$ta/src" \
	-I"$source/secure/api" -I"$source/include/tee" -I"$source/include/tee/ext" \
	"$ta"/src/*.c "$source/secure/api/user_ta_header.c" \
	-Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack -o "$work/optee.so"
"$build/secure/api/sign-ta" sign "$build/secure/api/ta-key.pem" $uuid 1 "$work/optee.so" "$work/ta/$uuid.ta"

for algorithm in EC RSA; do
	case $algorithm in
	EC) option=ec_paramgen_curve:P-256 ;;
	RSA) option=rsa_keygen_bits:2048 ;;
	esac
	openssl genpkey -quiet -algorithm $algorithm -pkeyopt $option -out "$work/$algorithm.pem"
	openssl pkey -in "$work/$algorithm.pem" -pubout -out "$work/$algorithm.pub"
	corewarden provision --key "$work/$algorithm.pub" --state "$work/state-$algorithm" >/dev/null
	corewarden sign "$build/firmware/echo.elf" -o "$work/plain-$algorithm" --key "$work/$algorithm.pem" --plain >/dev/null
	boots "plain image, $algorithm" plain-$algorithm state-$algorithm --echo 10 --log debug
	# It was OP-TEE's TA: only that one says this.
	grep -q 'Resource table device address' "$work/out" || { cat "$work/out"; fail "another TA answered"; }
done
grep -v '^corewarden-' "$work/out" || :

# Our records are in the range that it does not look at.
corewarden sign "$build/firmware/echo.elf" -o "$work/records" --key "$work/EC.pem" --fw-version 3 >/dev/null
boots "image with our records" records state-EC --echo 1
corewarden sign "$build/firmware/bare.elf" -o "$work/bare" --key "$work/EC.pem" --plain >/dev/null
boots "image without a resource table" bare state-EC --timeout 1

# What it refuses, and what would be refused by nobody but the platform service.
refused "image of another key" SIGNATURE_INVALID plain-RSA state-EC
change plain-EC changed 'data[at + max((word(word(28) + 32 * i + 16), word(word(28) + 32 * i + 4)) for i in range(struct.unpack_from("<H", data, at + 44)[0]))[1] + 64] ^= 1'
refused "a changed segment" SECURITY changed state-EC
change plain-EC larger 's = section(".resource_table"); put(s + 20, word(s + 20) + 64)'
refused "a resource table that was enlarged" "cannot be read" larger state-EC
change plain-EC moved 's = section(".resource_table"); put(s + 12, word(s + 12) + 4)'
refused "a resource table that was moved" "cannot be read" moved state-EC
corewarden provision --key "$work/EC.pub" --state "$work/strict" --require version >/dev/null
refused "a board that insists on a version" SECURITY records strict
boots "the same after all that" plain-EC state-EC --echo 1
