#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The folders of Qualcomm firmware out of Debian's package firmware-qcom-soc (scripts/fetch_debian_firmware.sh). Suites:
# CW_QCOM_SUITES, default "trixie sid".
set -eu
# shellcheck disable=SC2086
exec "$(dirname "$0")/fetch_debian_firmware.sh" qcom firmware-qcom-soc qcom ${CW_QCOM_SUITES:-trixie sid}
