# SPDX-License-Identifier: BSD-2-Clause
# Sourced by ./run and ./test: install what is missing, build. Needs the repository's root as working directory.

PACKAGES="gcc libc6-dev pkg-config meson ninja-build python3 openssl libssl-dev libfdt-dev
	device-tree-compiler libunicorn-dev libseccomp-dev libjansson-dev libp11-kit-dev
	systemtap-sdt-dev libcmocka-dev libzstd-dev liblzma-dev gcc-arm-none-eabi libnewlib-arm-none-eabi scdoc"
# For tests that compare with what others made; without them these are skipped.
OPTIONAL_PACKAGES="qemu-system-arm valgrind softhsm2 librsvg2-bin"
# For fuzzing, on top of these.
FUZZ_PACKAGES="clang libclang-rt-14-dev"
# For --real (scripts/real), on top of these.
REAL_PACKAGES="qemu-system-arm gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-arm-linux-gnueabihf
	libc6-dev-armhf-cross make python3-cryptography python3-pyelftools curl cpio xz-utils abigail-tools"

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Usage: missing_packages PACKAGE...
missing_packages() {
	for p in "$@"; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) in
		installed) ;;
		*) printf '%s ' "$p" ;;
		esac
	done
}

# Tries; goes on without, and asks nobody for a password.
install_optional_packages() {
	missing=$(missing_packages $OPTIONAL_PACKAGES)
	[ -n "$missing" ] || return 0
	if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
		say "some comparisons are skipped without: $missing"
		return 0
	fi
	say "installing: $missing"
	wait="-o DPkg::Lock::Timeout=600 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30"
	apt-get $wait update -qq >/dev/null 2>&1 || :
	DEBIAN_FRONTEND=noninteractive apt-get $wait install -y -qq --no-install-recommends $missing \
		>/dev/null 2>&1 || say "could not install them; some comparisons are skipped"
}

install_packages() {
	missing=$(missing_packages $PACKAGES)
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null || die "this is not Debian; install by hand: $missing"
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null ||
			die "packages are missing; as root: apt-get install $missing"
		say "installing system packages needs root: $missing"
		as_root=sudo
	else
		say "installing: $missing"
	fi
	# Another copy may be installing the same things at this moment: wait for it.
	wait="-o DPkg::Lock::Timeout=600"
	$as_root apt-get $wait update -qq || say "package lists could not be refreshed; trying what is known"
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get $wait install -y -qq \
		--no-install-recommends $missing >/dev/null ||
		die "could not install: $missing"
}

# Usage: build_in DIR [meson options]; $build_targets says what, everything when it is not set; $build_nice goes before whatever
# works. Copies of this script that share the tree take turns. A build directory made by another checkout or user is not touched
# but refused by meson itself, in words.
build_in() {
	dir=$1
	shift
	(
		flock 9
		if [ ! -f "$dir/build.ninja" ]; then
			${build_nice-} meson setup "$dir" "$@" >"$dir.setup.log" 2>&1 || {
				cat "$dir.setup.log" >&2
				die "meson could not set up $dir"
			}
		fi
		${build_nice-} ninja -C "$dir" ${build_targets-} >"$dir.ninja.log" 2>&1 || {
			tail -n 60 "$dir.ninja.log" >&2
			die "the build in $dir failed"
		}
	) 9>".$(basename "$dir").lock" || exit 1
}
