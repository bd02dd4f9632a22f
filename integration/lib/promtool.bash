# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For .bats files that run Debian's promtool; to be loaded after common.bash.

# Find it, for PROMTOOL; skip (in strict mode: fail) where there is none. Not in a subshell, which could not skip.
need_promtool() {
	PROMTOOL=$(PATH=$B/unpacked/usr/bin:$PATH type -P promtool) ||
		skip_or_fail "promtool is not there: it is in Debian's package prometheus"
}

# The text in file $1: what promtool rejects or complains of is a failure.
promtool_check() {
	local said
	need_promtool
	said=$("$PROMTOOL" check metrics <"$1" 2>&1) || fail "promtool check metrics:" "$said"
	expect_equal "$said" "" "what promtool check metrics says"
}
