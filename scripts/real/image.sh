#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The initial RAM disk of the real stack: Debian's tools and libraries, our programs, TAs. Usage: image.sh DIR, after build.sh
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/scripts/real/lib.sh"
dir=$(cd "${1:?usage: image.sh DIR}" && pwd)
work=$(mktemp -d "$dir/image.XXXXXX")
trap 'rm -rf "$work"' EXIT
debian=$real/debian
lib=usr/lib/aarch64-linux-gnu
kernel=$(ls "$debian/usr/lib/modules")

cd "$work"
mkdir -p bin dev proc sys tmp mod usr/bin usr/sbin $lib usr/lib/debian usr/lib/optee_armtz usr/lib/tee-supplicant/plugins
ln -s usr/lib lib
ln -s aarch64-linux-gnu/ld-linux-aarch64.so.1 usr/lib/ld-linux-aarch64.so.1
cp "$debian/$lib/libteec.so.2" usr/lib/debian/
cp "$dir/linux/lib/teec/libteec.so.2.0.0" $lib/libteec.so.2
cp "$debian/usr/bin/busybox" bin/
cp "$debian/usr/sbin/tee-supplicant" usr/sbin/
cp "$debian/usr/bin/xtest" "$dir/linux/corewarden" "$dir/linux/tests/real/real-client" usr/bin/
# What all this is linked with, and what that is: of the programs' release, or else of ours.
while :; do
	missing=$(for f in usr/bin/* usr/sbin/* $lib/*; do
		${cross}readelf -d "$f" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
	done | sort -u | while read -r l; do [ -e "$lib/$l" ] || echo "$l"; done)
	[ -n "$missing" ] || break
	for l in $missing; do
		cp "$debian/$lib/$l" $lib/ 2>/dev/null || cp "$real/cross/$lib/$l" $lib/
	done
done
cp "$debian"/usr/lib/optee_armtz/*.ta "$dir"/ta-*/*.ta usr/lib/optee_armtz/
cp "$debian"/usr/lib/tee-supplicant/plugins/*.plugin usr/lib/tee-supplicant/plugins/
for m in firmware/arm_ffa/ffa-core tee/tee tee/optee/optee; do
	[ ! -f "$debian/usr/lib/modules/$kernel/kernel/drivers/$m.ko.xz" ] ||
		xz -dc "$debian/usr/lib/modules/$kernel/kernel/drivers/$m.ko.xz" >mod/"${m##*/}".ko
done
cat >init <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin:/usr/sbin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
ifconfig lo 127.0.0.1 up
for m in ffa-core tee optee; do
	[ ! -f /mod/$m.ko ] || insmod /mod/$m.ko || echo "FAIL insmod $m"
done
echo "Linux $(uname -r)"
i=0
while [ ! -e /dev/teepriv0 ] && [ $i -lt 1200 ]; do
	sleep 0.1
	i=$((i + 1))
done
# With Debian's library: what is tested is not what the tests stand on.
LD_LIBRARY_PATH=/usr/lib/debian tee-supplicant -d
cd /job
sh /job/job.sh
echo "JOB $?"
sync
poweroff -f
INIT
chmod +x init
find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 | gzip -1 >"$dir/image.gz.new"
mv "$dir/image.gz.new" "$dir/image.gz"
