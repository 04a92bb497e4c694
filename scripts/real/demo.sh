#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ./run --real: a signed firmware is authenticated and loaded by our trusted application inside a real OP-TEE, next to a
# real Linux, and a changed one refused. Usage: demo.sh BUILD REAL; BUILD of meson, REAL of build.sh
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/scripts/real/lib.sh"
cd "$root"
native=$(cd "$1" && pwd)
"$root/scripts/real/fetch.sh"
say "building OP-TEE, TF-A and what runs in front of them (the first time takes a few minutes) ..."
"$root/scripts/real/build.sh" "$2"
dir=$(cd "$2" && pwd)
PATH=$native:$PATH

demo=$(mktemp -d "${TMPDIR:-/tmp}/corewarden-real.XXXXXX")
trap 'rm -rf "$demo"' EXIT
trap 'exit 130' INT TERM
mkdir "$demo/job"
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out "$demo/demo.pem"
openssl pkey -in "$demo/demo.pem" -pubout -out "$demo/job/demo.pub"
corewarden sign "$native/firmware/echo.elf" -o "$demo/job/echo.signed" --key "$demo/demo.pem" --fw-version 1 >/dev/null
python3 "$root/scripts/real/change.py" "$demo/job/echo.signed" "$demo/job/echo.changed"
cat >"$demo/job/job.sh" <<'JOB'
stty raw -echo # consoles.py answers on this console
export CLIENT_CONSOLE=asks
step() {
	echo
	echo "== $1"
	shift
	echo "\$ $*"
	"$@"
}
step "the trusted application on Linux's TEE bus" ls /sys/bus/tee/devices
step "the signed firmware" real-client steps demo.pub echo.signed || exit 1
step "the same with one bit changed" real-client steps demo.pub echo.changed && exit 1
step "the processor's memory, as Linux's root sees it" real-client memory 0ec00000 0ec10000
step "and, to compare, memory of its own by the same way" real-client memory 04000000
echo
exit 0
JOB
say "booting TF-A, OP-TEE, u-boot and Linux; what both consoles say, in order:"
status=0
"$root/scripts/real/boot.sh" "$dir" ours "$demo/job" "$demo/out" --show || status=$?
[ "$status" -eq 0 ] || die "not as it should be: see above"
printf 'A real OP-TEE took the signed firmware and refused the changed one.\n'
