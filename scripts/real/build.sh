#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Build the real stack out of what fetch.sh brought: OP-TEE with our platform service, our trusted application in it (64 bit)
# and beside it (32 bit), OP-TEE's own, TF-A, and for the same machine our libteec.so.2 and corewarden. Everything
# lands in DIR; what is up to date is not built again. Usage: build.sh DIR
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/scripts/real/lib.sh"
dir=${1:?usage: build.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
# Debian's own Python has the modules that OP-TEE's scripts ask for.
PATH=/usr/bin:$PATH
jobs=-j$(nproc)
exec 9>"$dir/lock"
flock 9

# Usage: logged NAME COMMAND...
logged() {
	log=$dir/$1.log
	shift
	"$@" >"$log" 2>&1 || {
		tail -n 40 "$log" >&2
		die "building failed; the whole log is $log"
	}
}

# A digest of everything in these files and folders.
digest() {
	find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}

# Usage: stale NAME FILES...; true when NAME was not built of these files yet; `fresh NAME` afterwards
stale() {
	name=$1
	shift
	digest "$@" >"$dir/$name.now"
	! cmp -s "$dir/$name.now" "$dir/$name.built"
}
fresh() {
	mv "$dir/$1.now" "$dir/$1.built"
}

callers=$(printf '%s' "{0x80a4c275,0x0a47,0x4905,{0x82,0x85,0x14,0x86,0xa9,0x77,0x00,0x32}},\
{0x80a4c275,0x0a47,0x4905,{0x82,0x85,0x14,0x86,0xa9,0x77,0x04,0x10}}")
# One key for all: that of Debian's build, which is not the same in every release and which its test programs are signed with.
key=$real/debian/usr/lib/optee-os-dev/vexpress-qemu_armv8a/keys/default_ta.pem
optee_make() {
	make -C "$dir/optee-os" "$jobs" O="$dir/optee" PLATFORM=vexpress-qemu_armv8a \
		CROSS_COMPILE=$cross CROSS_COMPILE64=$cross CROSS_COMPILE32=arm-linux-gnueabihf- \
		CFG_ARM64_core=y CFG_USER_TA_TARGETS="ta_arm64 ta_arm32" CFG_ARM_GICV3=y DEBUG=0 \
		CFG_TEE_CORE_LOG_LEVEL=2 CFG_TEE_TA_LOG_LEVEL=2 CFG_TEE_BENCHMARK=n CFG_BUILD_IN_TREE_TA=n \
		TEE_IMPL_VERSION="$optee_version" CFG_TZDRAM_SIZE=0x00600000 CFG_CORE_HEAP_SIZE=524288 \
		CFG_PGT_CACHE_ENTRIES=64 CFG_EARLY_TA=y \
		CFG_DRIVERS_REMOTEPROC=y CFG_REMOTEPROC_PTA=n \
		TA_SIGN_KEY="$key" CFG_CW_RPROC_QEMU=y CFG_CW_BENCH_FUSES=y CFG_CW_BENCH_CALLERS="$callers" "$@"
}

# ---- OP-TEE's source with our platform service in it
optee_source=$("$root/scripts/fetch_optee.sh" optee-os)
optee_version=$(sed 's/^optee-os_\(.*\)\.dsc$/\1/' "$optee_source/version")
service=$dir/optee-os/core/pta/corewarden
if [ ! -d "$service" ]; then
	rm -rf "$dir/optee-os"
	cp -r "$optee_source" "$dir/optee-os"
	printf '\nsubdirs-y += corewarden\n' >>"$dir/optee-os/core/pta/sub.mk"
	mkdir "$service"
fi
for f in "$root"/secure/optee/*.[ch] "$root/secure/optee/sub.mk" "$root/secure/api/remoteproc_cw_pta.h"; do
	cmp -s "$f" "$service/${f##*/}" || cp "$f" "$service/"
done

# ---- the TA dev kits, then every build of the TA with them
if stale kit "$optee_source/version"; then
	say "OP-TEE's TA dev kits"
	logged kit optee_make ta_dev_kit
	fresh kit
fi

# Usage: ta KIT COMPILER FROM UUID [make arguments]
ta() {
	kit=$1 compiler=$2 from=$3 uuid=$4
	shift 4
	out=$dir/ta-$uuid
	logged "ta-$uuid" make -C "$from" "$jobs" O="$out" CROSS_COMPILE="$compiler" \
		TA_DEV_KIT_DIR="$dir/optee/export-$kit" BINARY="$uuid" TA_SIGN_KEY="$key" CFG_TEE_TA_LOG_LEVEL=2 \
		"$@"
}
if stale tas "$dir/kit.built" "$key" "$root/scripts/real/build.sh" "$root/secure/ta/remoteproc" "$root/secure/optee/ta" \
	"$root/secure/api" "$root/lib/base" "$root/lib/image" "$optee_source/ta/remoteproc" "$root/tests/real/strain"; then
	say "trusted applications"
	rm -f "$dir"/ta-*/*.ta # make does not see that the key is another
	ta ta_arm64 $cross "$root/secure/ta/remoteproc" $ta_uuid
	ta ta_arm32 arm-linux-gnueabihf- "$root/secure/ta/remoteproc" $ta32_uuid CFG_CW_TA_UUID=32
	ta ta_arm64 $cross "$root/secure/optee/ta" $optee_uuid OPTEE_TA="$optee_source/ta/remoteproc"
	ta ta_arm64 $cross "$root/tests/real/strain" $strain_uuid
	ta ta_arm64 $cross "$root/tests/real/strain" $strain_many_uuid CFG_STRAIN_MANY=y
	fresh tas
fi

# ---- OP-TEE with the 64-bit TA inside: only a TA that is there before Linux is shows up on its TEE bus
if stale optee "$dir/kit.built" "$dir/tas.built" "$root/secure/optee" "$root/secure/api/remoteproc_cw_pta.h" \
	"$root/scripts/real/build.sh"; then
	say "OP-TEE"
	rm -f "$dir/optee/core/ta_pub_key.c"
	logged optee optee_make EARLY_TA_PATHS="$dir/ta-$ta_uuid/$ta_uuid.stripped.elf"
	fresh optee
fi

# ---- TF-A in front of it, and in front of Debian's own OP-TEE
tfa() {
	logged "tfa-$1" make -C "$real/tfa" "$jobs" PLAT=qemu CROSS_COMPILE=$cross SPD=opteed BL32_RAM_LOCATION=tdram \
		QEMU_USE_GIC_DRIVER=QEMU_GICV3 LOG_LEVEL=20 DEBUG=0 BUILD_BASE="$dir/tfa-$1" \
		BL32="$2/tee-header_v2.bin" BL32_EXTRA1="$2/tee-pager_v2.bin" BL32_EXTRA2="$2/tee-pageable_v2.bin" \
		BL33="$real/debian/usr/lib/u-boot/qemu_arm64/u-boot.bin" all fip
}
if stale tfa "$dir/optee/core/tee-header_v2.bin" "$dir/optee/core/tee-pager_v2.bin" "$real/unpacked"; then
	say "TF-A"
	tfa ours "$dir/optee/core"
	tfa debian "$real/debian/usr/lib/optee/vexpress-qemu_armv8a"
	fresh tfa
fi

# ---- the normal world's side
cat >"$dir/cross.ini.new" <<INI
[binaries]
c = '${cross}gcc'
ar = '${cross}ar'
strip = '${cross}strip'
pkgconfig = 'pkg-config'
exe_wrapper = 'true' # configuring wants one; nothing that is made here for arm64 runs here
[built-in options]
c_args = ['-isystem', '$real/cross/usr/include', '-isystem', '$real/cross/usr/include/aarch64-linux-gnu']
c_link_args = ['-L$real/cross/usr/lib/aarch64-linux-gnu', '-Wl,-rpath-link,$real/cross/usr/lib/aarch64-linux-gnu']
[properties]
sys_root = '$real/cross'
pkg_config_libdir = '$real/cross/usr/lib/aarch64-linux-gnu/pkgconfig:$real/cross/usr/share/pkgconfig'
[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'cortex-a57'
endian = 'little'
INI
if ! cmp -s "$dir/cross.ini.new" "$dir/cross.ini" || [ ! -f "$dir/linux/build.ninja" ]; then
	say "corewarden and libteec for arm64"
	mv "$dir/cross.ini.new" "$dir/cross.ini"
	rm -rf "$dir/linux"
	logged linux-setup meson setup "$dir/linux" "$root" --cross-file "$dir/cross.ini" --prefix /usr
fi
logged linux ninja -C "$dir/linux" corewarden lib/teec/libteec.so.2.0.0 tests/real/real-client
"$root/scripts/real/image.sh" "$dir"
