# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For .bats files that run the real programs of `make deps-workloads`; to be loaded after common.bash.

UNPACKED=$TOP/integration/lib/unpacked

# Skip (in strict mode: fail) where one of these programs is not there.
need_program() {
	local name
	for name in "$@"; do
		"$UNPACKED" sh -c 'command -v "$0" >/dev/null' "$name" ||
			skip_or_fail "$name is not there: run \`make deps-workloads\`"
	done
}

# promtool check metrics, on standard input: what is no Prometheus text, or against its conventions, fails.
promtool_check() {
	need_program promtool
	"$UNPACKED" promtool check metrics
}
