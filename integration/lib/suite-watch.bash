# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bodies of the tests that runc and crun share: what a watch shows of real containers.

load ../lib/common
RUNTIME=$(basename "$BATS_TEST_DIRNAME")

watch_json() {
	"$CTL" watch --json "$@" </dev/null >"$T/watch.out" 2>"$T/watch.err" 3>&- &
	BACKGROUND+=($!)
	wait_for test -e "$RUN_DIR/.watch"
}

lines() { # that the filter selects
	jq -c "$1" "$T/watch.out"
}

has_lines() { # FILTER NUMBER
	[ "$(lines "$1" | wc -l)" = "$2" ]
}

case_later_containers() {
	watch_json
	start c1 "$(policy_bundle c1 "$(deny_mark)")"
	probe_in c1 socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
	start c2 "$(policy_bundle c2 "$(deny_mark)")"
	probe_in c2 socket inet6 dgram : set socket SO_MARK int 6
	wait_for has_lines 'select(.type == "verdict")' 2
	expect_equal "$(lines '[.id, .kind, .rule, .option, .action, .errno, .before.value, .socket.familyName]')" \
		'["c1","container","mark","SO_MARK","deny","EACCES",5,"AF_INET"]
["c2","container","mark","SO_MARK","deny","EACCES",6,"AF_INET6"]' "events"
	delete c1
	delete c2
	expect_nothing_left
}

case_named_container() {
	local bundle
	bundle=$(policy_bundle c1 "$(deny_mark)")
	annotate "$bundle" io.kubernetes.cri.container-name web
	annotate "$bundle" io.kubernetes.cri.sandbox-name pod-1
	annotate "$bundle" io.kubernetes.cri.sandbox-namespace shop
	watch_json c1
	start c1 "$bundle"
	start c2 "$(policy_bundle c2 "$(deny_mark)")"
	probe_in c2 socket inet stream : set socket SO_MARK int 5
	probe_in c1 socket inet stream : set socket SO_MARK int 5
	wait_for has_lines 'select(.type == "verdict")' 1
	expect_equal "$(lines '[.id, .namespace, .pod, .container]')" '["c1","shop","pod-1","web"]' "the event of the named one"
	probe_in c1 socket inet stream : set socket SO_MARK int 5
	kill -TERM "${BACKGROUND[0]}"
	wait "${BACKGROUND[0]}" || true
	probe_in c1 socket inet stream : set socket SO_MARK int 5
	run "$CTL" watch --count 1 c1
	expect_text 'shop/pod-1/web  mark'
}
