#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Audit changes nothing: CPython's tests of its socket module (without AF_VSOCK) end the same, case by case, under a
# policy that would refuse every call.

load ../lib/common
load ../lib/unpacked

setup() {
	common_setup
	# build/unpacked has what is not installed on the machine.
	local file
	for file in "$B"/unpacked/usr/lib/python3*/test/test_socket.py /usr/lib/python3*/test/test_socket.py; do
		[ ! -e "$file" ] || break
	done
	[ -e "$file" ] || skip_or_fail "CPython's test_socket is not there: run \`make deps-workloads\`"
	LIBRARY=$(dirname "$(dirname "$file")")
	REFUSE_ALL=$T/refuse-all.json
	policy | jq '.defaultAction = "deny" | .defaultErrno = "EACCES"' >"$REFUSE_ALL"
}

# cases NAME TEXT [SOCKOPTCTL-WORD…]: start all cases with TEXT in their name, with a network and a folder of their own.
# The results are in NAME/results, sorted by case. With LAST, that command runs at the end, under the policy too.
cases() {
	local folder=$T/$1 text=$2
	shift 2
	mkdir "$folder"
	[ $# = 0 ] || set -- "$CTL" "$@" --
	# shellcheck disable=SC2016  # expanded by that shell
	set -- unshare --net sh -c 'ip link set lo up && cd "$0" && exec "$@"' "$folder" "$@" \
		sh -c '"$@" && eval "$0"' "${LAST:-true}" env B="$B" PYTHONPATH="$LIBRARY" PYTHONDONTWRITEBYTECODE=1 timeout 300 "$UNPACKED" \
		"$(basename "$LIBRARY")" "$TOP/integration/audit/socket-cases" results "$text"
	"$@" </dev/null >"$folder/output" 2>&1 3>&- &
	BACKGROUND+=($!)
}

all_cases_end() {
	local pid status
	for pid in "${BACKGROUND[@]}"; do
		status=0
		wait "$pid" || status=$?
		[ $status = 0 ] || fail "exit status of a run: got $status, expected 0" "$(tail -n 20 "$T"/*/output)"
	done
}

# A case that differs between two plain runs tells nothing. One or two are a matter of the machine, more are a fault.
flaky_cases() {
	diff "$T/plain/results" "$T/again/results" | sed -n 's/^[<>] \([^ ]*\) .*/\1/p' | sort -u >"$T/flaky"
	[ ! -s "$T/flaky" ] || echo "# differ between two plain runs, and are left out: $(paste -sd" " "$T/flaky")" >&3
	[ "$(wc -l <"$T/flaky")" -le 2 ] || fail "cases differ between two plain runs:" "$(< "$T/flaky")"
}

# The results of a run, without the flaky cases.
steady() {
	awk -v flaky="$T/flaky" 'BEGIN { while ((getline name < flaky) > 0) out[name] } !($1 in out)' "$T/$1/results"
}

@test "CPython's test_socket ends the same under audit" {
	local denials
	# They mostly sleep, so that all can run at the same time.
	cases plain ''
	cases again ''
	LAST="'$CTL' stats --json audited >stats" cases audit '' run --mode audit --id audited --policy "$REFUSE_ALL"
	all_cases_end
	[ "$(grep -c ' ok$' "$T/plain/results")" -gt 300 ] || fail "too few cases to mean anything:" "$(< "$T/plain/results")"
	denials=$(jq '[.[].rules[].denials] | add' "$T/audit/stats")
	[ "$denials" -gt 100 ] || fail "calls that would have been refused: got $denials, expected more than 100"
	flaky_cases
	[ "$(steady audit | wc -l)" -gt 300 ] || fail "too few cases:" "$(< "$T/audit/results")"
	expect_equal "$(diff <(steady plain) <(steady audit))" "" "cases, plainly (<) and under audit (>)"
}

@test "the same policy, enforced, makes cases fail" {
	cases enforced .GeneralModuleTests. run --policy "$REFUSE_ALL"
	all_cases_end
	output=$(< "$T/enforced/results")
	expect_line 'test.test_socket.GeneralModuleTests.testSetSockOpt error: PermissionError'
	expect_line 'test.test_socket.GeneralModuleTests.testGetSockOpt error: PermissionError'
}
