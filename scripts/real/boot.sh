#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Boot the real stack once: TF-A, OP-TEE, u-boot, Linux; run JOB/job.sh there with all that lies in JOB, power off. What
# Linux said is then in OUT/linux.log, what OP-TEE said in OUT/optee.log, both in order in OUT/both.log. There is no limit to
# the time, which is the host's load more than anything; but a machine that is silent for ten minutes is ended. Exit status:
# job.sh's. Usage: boot.sh DIR ours|debian JOB OUT [--show]; ours or debian: whose OP-TEE; --show: print both.log on the way
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/scripts/real/lib.sh"
dir=$1 tee=$2 job=$3 out=$4 show=${5-}
mkdir -p "$out"
kernel=$(ls "$real/debian/usr/lib/modules")
vmlinuz=$real/debian/usr/lib/modules/$kernel/vmlinuz
[ -f "$vmlinuz" ] || vmlinuz=$real/debian/boot/vmlinuz-$kernel

work=$(mktemp -d "$out/boot.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir "$work/root"
cp -rL "$job" "$work/root/job"
# Another copy of build.sh may be at work.
flock -s "$dir/lock" cp "$dir/image.gz" "$work/initrd"
flock -s "$dir/lock" cp "$dir/tfa-$tee/qemu/release/qemu_fw.bios" "$work/bios"
(cd "$work/root" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1) >>"$work/initrd"
status=0
python3 -B "$root/scripts/real/consoles.py" $show "$out" \
	qemu-system-aarch64 -nodefaults -no-reboot -display none -monitor none \
	-machine virt,acpi=off,secure=on,gic-version=3 -cpu cortex-a57 -smp 2 -m 1024 -accel tcg,thread=multi \
	-bios "$work/bios" -kernel "$vmlinuz" -initrd "$work/initrd" -append "console=ttyAMA0 panic=-1 quiet" \
	-serial pipe:@linux -serial pipe:@optee || status=$?
# QEMU's own status says nothing of what happened inside.
[ "$status" -ne 125 ] || {
	tail -n 30 "$out/both.log" >&2 || :
	die "the machine did not come to the end of its job"
}
exit "$status"
