#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The folders of Mali CSF firmware (archN.M/mali_csffw.bin) out of Debian's package firmware-misc-nonfree
# (scripts/fetch_debian_firmware.sh). Suites: CW_MALI_SUITES, default "trixie sid"; bookworm's package has none.
set -eu
# shellcheck disable=SC2086
exec "$(dirname "$0")/fetch_debian_firmware.sh" mali firmware-misc-nonfree arm/mali ${CW_MALI_SUITES:-trixie sid}
