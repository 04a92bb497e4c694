#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Boot the real stack once: TF-A, OP-TEE, u-boot, Linux; run JOB/job.sh there with all that lies in JOB, power off. What
# Linux said is then in OUT/linux.log, what OP-TEE said in OUT/optee.log. Exit status: job.sh's.
# Usage: boot.sh DIR ours|debian JOB OUT [SECONDS]; ours or debian: whose OP-TEE
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/scripts/real/lib.sh"
dir=$1 tee=$2 job=$3 out=$4 seconds=${5:-120}
mkdir -p "$out"
rm -f "$out/linux.log" "$out/optee.log"
kernel=$(ls "$real/debian/usr/lib/modules")
vmlinuz=$real/debian/usr/lib/modules/$kernel/vmlinuz
[ -f "$vmlinuz" ] || vmlinuz=$real/debian/boot/vmlinuz-$kernel

work=$(mktemp -d "$out/boot.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/root"
cp -rL "$job" "$work/root/job"
cp "$dir/image.gz" "$work/initrd"
(cd "$work/root" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1) >>"$work/initrd"
timeout "$seconds" qemu-system-aarch64 -nodefaults -no-reboot -display none -monitor none \
	-machine virt,acpi=off,secure=on,gic-version=3 -cpu cortex-a57 -smp 2 -m 1024 -accel tcg,thread=multi \
	-bios "$dir/tfa-$tee/qemu/release/qemu_fw.bios" -kernel "$vmlinuz" -initrd "$work/initrd" \
	-append "console=ttyAMA0 panic=-1 quiet" \
	-serial "file:$out/linux.log" -serial "file:$out/optee.log" </dev/null >"$out/qemu.log" 2>&1 ||
	say "QEMU ended with $?" >&2
# QEMU's own status says nothing of what happened inside.
status=$(tr -d '\r' <"$out/linux.log" | sed -n 's/^JOB \([0-9]*\)$/\1/p' | tail -n1)
[ -n "$status" ] || {
	tail -n 15 "$out/linux.log" "$out/optee.log" "$out/qemu.log" >&2 || :
	die "the machine did not come to the end of its job within $seconds s"
}
exit "$status"
